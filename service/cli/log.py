"""How the long-running commands log: lines for people, or JSON for programs."""

import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from monitor.domain.log import Line

_NOISY = ("alembic", "apscheduler", "httpx", "httpcore", "apprise", "psycopg")
_OF_THE_DATABASE = ("ConnectorException", "PoolTimeout", "OperationalError")
_ONE_LINE = ("procrastinate", "asyncio")


class LogFormat(StrEnum):
    """The form of each line of the log."""

    TEXT = "text"
    JSON = "json"


LogOption = Annotated[
    LogFormat,
    typer.Option("--log-format", envvar="OVERSIGHT_WATCH_LOG_FORMAT", help="Log lines of text, or of JSON."),
]


def log_to_stderr(form: LogFormat = LogFormat.TEXT) -> None:
    """Log what the service does, without the noise of its libraries."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    for name in (*_NOISY, *_ONE_LINE):
        logging.getLogger(name).setLevel(logging.ERROR)
    # On the handler: a logger's own filter does not see its children's records.
    for handler in logging.getLogger().handlers:
        handler.addFilter(_in_one_line)
        if form is LogFormat.JSON:
            handler.setFormatter(json_lines())


def json_lines() -> logging.Formatter:
    """Return what writes each record as one line of JSON: time, level, event and the words of the event."""
    from structlog.processors import JSONRenderer, format_exc_info
    from structlog.stdlib import ProcessorFormatter

    last = (ProcessorFormatter.remove_processors_meta, format_exc_info, JSONRenderer(default=str))
    return ProcessorFormatter(processors=[_as_data, *last])


def _as_data(_logger: Any, _method: str, given: Any) -> dict[str, Any]:
    """Return a record's event and words; the text of a library's record is its event."""
    record = given["_record"]
    said = (
        record.msg.data if isinstance(record.msg, Line) else {"event": given["event"], "logger": record.name}
    )
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return {"time": time, "level": record.levelname.lower(), **said, **given, "event": said["event"]}


def _in_one_line(record: logging.LogRecord) -> bool:
    """Reduce a library's error to one line with its cause; drop outages, which we log ourselves."""
    if not record.name.startswith(_ONE_LINE):
        return True
    error = record.exc_info[1] if record.exc_info else None
    if type(error).__name__ in _OF_THE_DATABASE:
        return False
    cause = f" reason={error}" if error else ""
    record.msg, record.args = " ".join(f"{record.getMessage()}{cause}".split()), None
    record.exc_info = record.exc_text = None
    return True
