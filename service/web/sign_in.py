"""Signing in with a token, and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from service.web.access import COOKIE, COOKIE_SECONDS, Keys, Role, Tries
from service.web.rendering import rendered

routes = APIRouter(include_in_schema=False)
_tries = Tries()


@routes.get("/sign-in")
def sign_in_page(next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the form."""
    return _form(next)


@routes.post("/sign-in")
def sign_in(
    request: Request,
    token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Set the cookie of whoever knows a token; let nobody guess for long."""
    keys: Keys = request.scope["state"]["keys"]
    client: str = request.scope["state"]["client"]
    if wait := _tries.seconds_to_wait(client):
        answer = _form(next, f"Too many wrong tokens. Try again in {wait} seconds.", 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    role = keys.role_of_token(token.strip())
    if role == Role.NOBODY:
        _tries.add(client)
        return _form(next, "This is not a token of this reading room.", 403)
    answer = RedirectResponse(_own_path(next), 303)
    answer.set_cookie(
        COOKIE,
        keys.cookie_for(role),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or (keys.settings.url or "").startswith("https:"),
    )
    return answer


@routes.post("/sign-out")
def sign_out() -> Response:
    """Forget the cookie."""
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _own_path(asked: str) -> str:
    """Return where to go next, on this site only."""
    return asked if asked.startswith("/") and not asked.startswith(("//", "/\\")) else "/"


def _form(asked: str, wrong: str = "", status: int = 200) -> Response:
    page = rendered("sign_in.html", next=_own_path(asked), wrong=wrong, role=0, open=False, path="/sign-in")
    return Response(
        page, status, media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
