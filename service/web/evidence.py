"""Stored pages as evidence. A browser gets them as plain text: nothing in them runs or loads here."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, HTTPException, Path, Request
from fastapi.responses import RedirectResponse, Response

from alerts.language.text import moment
from monitor.domain.types import PDF
from monitor.profiles.readable import shown_text
from service.readmodel.evidence import quarantine_as_data, snapshot_as_data, text_of
from service.readmodel.lookups import require_watched
from service.readmodel.packet import Proof, life_of, packet_of, proof_of
from service.readmodel.sandboxed import POLICY, sandboxed
from service.readmodel.status import sources_as_data
from service.web.actions import accept_page
from service.web.queries import ChangeId
from service.web.rendering import source_path
from service.web.room import InRoom, Room, answer, page

routes = APIRouter(include_in_schema=False)

Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


@routes.get("/snapshots/{sha256}")
def snapshot(request: Request, room: InRoom, sha256: Sha256) -> Response:
    """Return a stored page as text, as it was sent."""
    with room.database.read() as session:
        _, found = snapshot_as_data(session, sha256)
    return answer(
        request,
        shown_text(found) if found.content_type == PDF else text_of(found.body, found.charset),
        "text/plain; charset=utf-8",
        **{"Content-Security-Policy": _SANDBOX},
    )


@routes.get("/snapshots/{sha256}/shown")
def snapshot_shown(request: Request, room: InRoom, sha256: Sha256) -> Response:
    """Show a stored page as a browser shows it, in a frame where nothing runs and nothing is loaded."""
    with room.database.read() as session:
        _, found = snapshot_as_data(session, sha256)
    about = f"{found.url}, {moment(found.fetched_at, room.zone)}, SHA-256 {sha256}"
    headers = {"Content-Security-Policy": f"sandbox; {POLICY}; frame-ancestors 'none'"}
    return answer(request, sandboxed(found, about), "text/html; charset=utf-8", **headers)


@routes.get("/snapshots/{sha256}/file")
def snapshot_file(request: Request, room: InRoom, sha256: Sha256) -> Response:
    """Return the bytes of a stored page to save; their SHA-256 is the one in the address."""
    with room.database.read() as session:
        _, found = snapshot_as_data(session, sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{sha256}.bin"',
        "Content-Security-Policy": _SANDBOX,
    }
    return answer(request, found.body, "application/octet-stream", **headers)


@routes.get("/evidence/changes/{number}.zip")
def change_packet(room: InRoom, number: ChangeId) -> Response:
    """Return the evidence packet of one change."""
    with room.database.read() as session:
        proof = proof_of(session, [number])
    return _packet(room, proof, f"evidence-change-{number}")


@routes.get("/evidence/records/{source}/{key:path}.zip")
def record_packet(room: InRoom, source: str, key: str) -> Response:
    """Return the evidence packet of all that happened to one record."""
    with room.database.read() as session:
        life = life_of(session, key, source, room.settings.time_zone)
        proof = proof_of(session, [one["id"] for one in life["changes"]], life)
    return _packet(room, proof, "evidence-record")


def _packet(room: Room, proof: Proof, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.zip"',
        "Cache-Control": "private, no-cache",
    }
    return Response(packet_of(proof, room.zone, {}), media_type="application/zip", headers=headers)


@routes.get("/sources/{key}")
def source(request: Request, room: InRoom, key: str) -> Response:
    """Show one source; a page that was set aside is beside the last good one."""
    with room.database.read() as session:
        data = sources_as_data(session, room.settings)
        aside = quarantine_as_data(session, key)
    found = next((one for one in data["sources"] if one["source"] == key), None)
    if found is None:
        raise HTTPException(404, f"No source is called {key}.")
    return page(
        request, room, "source.html", one=found, aside=aside, accepting="accepting" in request.query_params
    )


@routes.post("/sources/{key}/accept")
def accept(room: InRoom, key: str, later: BackgroundTasks) -> Response:
    """Check a source again and accept its page as it is; a check may take minutes, so after the answer."""
    require_watched(room.settings, key)
    later.add_task(accept_page, room, key)
    return RedirectResponse(f"{source_path(key)}?accepting", 303, background=later)
