"""An evidence packet: what proves some changes, as one file that anybody can check without this program."""

import base64
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from alerts.language.text import listed
from monitor.domain.errors import OversightError
from monitor.domain.types import Page
from monitor.store.changes import ChangeView
from monitor.store.models import RecordVersion, Snapshot
from monitor.store.seals import FORM, TABLES, leaf_text, rows_with, seal_before, seals_covering
from service.readmodel.changes import ChangeFilter, changes_found
from service.readmodel.evidence import stored
from service.readmodel.json_text import as_json
from service.readmodel.lives import lives_as_data
from service.readmodel.lookups import required_changes, unknown_key
from service.readmodel.packet_pages import readable_page, statement
from service.readmodel.records import change_as_data
from service.readmodel.warc import warc_of

MOST_CHANGES = 500  # of one packet
MOST_BYTES = 400_000_000  # of its pages: verify.py unpacks few more
_VERIFY = Path(__file__).parent / "packet_verify.py"
# Of a record's life, what its publisher said: not who was notified, nor what people noted.
_PUBLIC = (
    *("source", "kind", "key", "first_seen", "listed", "unlisted", "fields"),
    *("versions", "statuses", "comments"),
)
Shot = Mapping[str, bytes]  # pictures of pages, by the hash of the page


@dataclass(frozen=True, slots=True)
class Proof:
    """What a packet is made from: changes, and the pages that show them with their source and reader."""

    changes: tuple[ChangeView, ...]
    pages: Mapping[str, tuple[str, Page, str | None]]
    chain: Mapping[str, Any]
    life: Mapping[str, Any] | None = None


def proof_of(session: Session, ids: Sequence[int], life: Mapping[str, Any] | None = None) -> Proof:
    """Return what proves changes; with `life`, as `lives_as_data` gives it, every version of that record too.

    Raises OversightError where a change is unknown or a page is gone.
    """
    if len(ids) > MOST_CHANGES:
        raise OversightError(
            f"{len(ids):,} changes are more than one packet takes, which is {MOST_CHANGES}; name fewer"
        )
    views = required_changes(session, ids)
    hashes = [one for view in views for one in (view.before_sha256, view.after_sha256) if one]
    hashes += [one["snapshot_sha256"] for one in life["versions"]] if life else []
    pages: dict[str, tuple[str, Page, str | None]] = {}
    for one in sorted(set(hashes)):
        pages[one] = stored(session, one)
        if sum(len(page.body) for _, page, _ in pages.values()) > MOST_BYTES:
            raise OversightError(
                f"the pages of these changes are more than one packet takes, which is {MOST_BYTES:,} bytes;"
                " name fewer changes"
            )
    return Proof(tuple(views), pages, _chain(session, views, list(pages)), life)


def life_of(session: Session, key: str, source: str | None, time_zone: str) -> dict[str, Any]:
    """Return the life of the one record of a key. Raises OversightError where there is none, or several."""
    lives = [one for one in lives_as_data(session, key, None, time_zone) if source in (None, one["source"])]
    if not lives:
        raise unknown_key(session, key)
    if len(lives) > 1:
        raise OversightError(
            f"{listed([one['source'] for one in lives])} have {key!r}; choose one with --source"
        )
    kept = {name: value for name, value in lives[0].items() if name in _PUBLIC}
    what = ("id", "kind", "seen", "not_before", "before", "after", "before_sha256", "after_sha256")
    return {**kept, "changes": [{name: one[name] for name in what} for one in lives[0]["changes"]]}


def changes_of_filter(session: Session, wanted: ChangeFilter) -> list[int]:
    """Return the ids of the changes that match. Raises OversightError where none does, or too many."""
    found: list[int] = []
    for page in changes_found(session, wanted):
        found += [view.id for view in page.changes]
        if len(found) > MOST_CHANGES:
            break
    if not found:
        raise OversightError("no recorded change matches; `oversight-watch changes` shows what there is")
    return sorted(found)


def _chain(session: Session, views: Sequence[ChangeView], hashes: Sequence[str]) -> dict[str, Any]:
    """Return the sealed rows behind changes and pages, and the seals that cover them.

    What was recorded since the last seal, or before there were seals, is not among them.
    """
    connection, seals, rows = session.connection(), dict[int, Any](), list[dict[str, Any]]()
    checks = {view.check_id for view in views}
    versions = select(RecordVersion.id).where(
        col(RecordVersion.record_id).in_({view.record_id for view in views}),
        col(RecordVersion.check_id).in_(checks),
    )
    shown = select(Snapshot.id).where(col(Snapshot.sha256).in_(hashes))
    wanted: dict[str, Iterable[int]] = {
        "check": checks,
        "snapshot": session.exec(shown).all(),
        "record_version": session.exec(versions).all(),
        "change": [view.id for view in views],
    }
    for table, ids in wanted.items():
        covering = seals_covering(connection, table, sorted(ids))
        for row in rows_with(connection, table, covering):
            one = covering[row[0]]
            seals[one.id] = one
            rows.append({"seal": one.id, "sealed": leaf_text(table, row)})
    before = {one: found.entry if (found := seal_before(connection, one)) else "" for one in seals}
    return {
        "form": FORM,
        "tables": list(TABLES),
        "seals": [
            {
                "id": one.id,
                "at": one.at,
                "before": before[one.id],
                "marks": list(one.marks),
                "leaves": base64.b64encode(one.leaves).decode(),
                "entry": one.entry,
            }
            for _, one in sorted(seals.items())
        ],
        "rows": rows,
    }


def packet_of(
    proof: Proof,
    zone: Any,
    shots: Shot,
    copies: Mapping[str, str] | None = None,
    stamp: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """Return the packet as a zip file. The same history gives the same bytes.

    `copies` says of addresses where else they are saved; `stamp` returns a time stamp of the manifest.
    """
    pages = [page for _, page, _ in proof.pages.values()]
    files: dict[str, bytes] = {
        "statement.txt": statement(proof.changes, proof.pages, proof.chain, zone).encode(),
        "changes.json": as_json([change_as_data(one) for one in proof.changes], "utf-8").encode(),
        "chain.json": as_json(proof.chain, "utf-8").encode(),
        "pages.warc.gz": warc_of(pages),
        "verify.py": _VERIFY.read_bytes(),
    }
    if proof.life:
        files["record.json"] = as_json(proof.life, "utf-8").encode()
    for view in proof.changes:
        before = proof.pages[view.before_sha256][1] if view.before_sha256 else None
        after = proof.pages[view.after_sha256][1]
        for name, page, other in (("before", before, after), ("after", after, before)):
            if page is not None:
                shown = readable_page(view, page, other, is_before=name == "before", zone=zone)
                files[f"readable/change-{view.id}-{name}.html"] = shown.encode()
    if copies:
        files["copies.json"] = as_json(copies, "utf-8").encode()
    files |= {f"pictures/{name}.png": picture for name, picture in shots.items()}
    manifest = {
        "files": {name: sha256(content).hexdigest() for name, content in files.items()},
        "pages": {page.sha256: page.final_url for page in pages},
    }
    files["manifest.json"] = json.dumps(manifest, indent=1, sort_keys=True).encode()
    if stamp:
        files["manifest.tsr"] = stamp(files["manifest.json"])
    return _zipped(files)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file without compression or times, so that it can be written again byte for byte."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            packed.writestr(entry, files[name])
    return whole.getvalue()
