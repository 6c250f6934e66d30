"""Insert a row, or update the one that is there."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert


def upsert(table: Any) -> "Insert":
    """Return PostgreSQL's INSERT … ON CONFLICT, whose form SQLite accepts too."""
    # It loads all of PostgreSQL's drivers, which commands that only read do without.
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

    return insert(table)
