"""Filtered lists as files: CSV and JSON Lines of any length, and workbooks."""

from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from service.readmodel.export_files import parts, write_xlsx
from service.readmodel.export_format import ExportFormat
from service.readmodel.exports import (
    CHANGE_COLUMNS,
    RECORD_COLUMNS,
    Column,
    Row,
    change_rows,
    record_rows,
)
from service.web.queries import ChangeFilters, RecordFilters
from service.web.room import InRoom

_KINDS = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.JSONL: "application/jsonl; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CHUNK = 1 << 16
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole list as a file.",
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in _KINDS.values()},
    }
}

routes = APIRouter(tags=["exports"])


@routes.get("/changes.{form}", response_class=StreamingResponse, responses=_FILES)
def changes(room: InRoom, form: ExportFormat, asked: Annotated[ChangeFilters, Query()]) -> StreamingResponse:
    """Return all changes that match, newest first, as a file; a workbook has at most 100,000."""
    rows = change_rows(room.database, room.settings, asked.wanted(room))
    return _file("changes", form, CHANGE_COLUMNS, rows)


@routes.get("/records.{form}", response_class=StreamingResponse, responses=_FILES)
def records(room: InRoom, form: ExportFormat, asked: Annotated[RecordFilters, Query()]) -> StreamingResponse:
    """Return all records that match, as they were last seen, as a file; a workbook has at most 100,000."""
    rows = record_rows(room.database, asked.wanted(open_only=False))
    return _file("records", form, RECORD_COLUMNS, rows)


def _file(name: str, form: ExportFormat, columns: Sequence[Column], rows: Iterator[Row]) -> StreamingResponse:
    is_workbook = form is ExportFormat.XLSX
    content = _workbook(name, columns, rows) if is_workbook else parts(form, columns, rows)
    headers = {
        "Content-Disposition": f'attachment; filename="oversight-{name}.{form}"',
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(content, media_type=_KINDS[form], headers=headers)


def _workbook(name: str, columns: Sequence[Column], rows: Iterator[Row]) -> Iterator[bytes]:
    with TemporaryFile() as file:
        write_xlsx(file, name, columns, rows)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
