"""Errors, in one shape: a page for people, the same words as JSON for programs."""

import logging
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from itertools import groupby

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from monitor.domain.errors import OversightError, StoreError
from monitor.domain.log import Line
from service.web.rendering import rendered

log = logging.getLogger("oversight_watch")

_SAID = {
    404: "There is no such page. The address may be mistyped, or what it named was never recorded.",
    405: "This address cannot be used in this way.",
}
_TITLES = {422: "This cannot be answered"}
_CHOICE = re.compile(r"'([^']*)'")
# By pydantic's name for the mistake.
_WRONG = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_pattern_mismatch": "has the wrong form",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
}


def sentence_of(error: Exception) -> str:
    """Return an error's words as a sentence of their own."""
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."


def error_response(scope: Scope, status: int, said: str) -> Response:
    """Return an error as the reader or the program that met it can use it."""
    if _wants_page(scope):
        title = _TITLES.get(status) or HTTPStatus(status).phrase
        page = rendered("error.html", status=status, title=title, said=said, nav="", role=0, open=True)
        return HTMLResponse(page, status)
    return JSONResponse({"error": {"status": status, "message": said}}, status)


def _wants_page(scope: Scope) -> bool:
    path: str = scope["path"]
    if path.startswith("/api/") or path.endswith((".json", ".csv", ".atom", ".ics", ".jsonl", ".xlsx")):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


def _wrong_values(errors: Sequence[ErrorDetails]) -> Iterator[str]:
    """Yield a sentence for each parameter that is wrong; several errors of one are the forms it may have."""
    for name, found in groupby(errors, lambda error: str(error["loc"][min(1, len(error["loc"]) - 1)])):
        forms = list(found)
        if choices := [
            one for form in forms for one in _CHOICE.findall(form.get("ctx", {}).get("expected", ""))
        ]:
            yield f"{name} must be one of {', '.join(choices)}"
        else:
            said = _WRONG.get(forms[0]["type"], "").format(**forms[0].get("ctx", {}))
            yield f"{name} {said}" if said else f"{name}: {forms[0]['msg'].removeprefix('Value error, ')}"


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error in the one shape; none shows a traceback."""

    @app.exception_handler(HTTPException)
    def _on_http(request: Request, error: HTTPException) -> Response:
        said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
        answer = error_response(
            request.scope, error.status_code, said or _SAID.get(error.status_code, error.detail)
        )
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    def _on_wrong_query(request: Request, error: RequestValidationError) -> Response:
        return error_response(
            request.scope, 422, f"The address is wrong: {'; '.join(_wrong_values(error.errors()))}."
        )

    @app.exception_handler(StoreError)
    def _on_store(request: Request, error: StoreError) -> Response:
        log.error(Line("page_failed", path=request.url.path, reason=error))
        return error_response(
            request.scope, 503, "The database cannot be read at the moment. Try again soon."
        )

    @app.exception_handler(OversightError)
    def _on_user(request: Request, error: OversightError) -> Response:
        return error_response(request.scope, 404, sentence_of(error))

    @app.exception_handler(Exception)
    def _on_bug(request: Request, error: Exception) -> Response:
        log.error(Line("page_crashed", path=request.url.path), exc_info=error)
        return error_response(request.scope, 500, "This page could not be made. The service's log says why.")
