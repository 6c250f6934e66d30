"""Insert rows, or update those that are there."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert


def upsert(table: Any) -> "Insert":
    """Return PostgreSQL's INSERT … ON CONFLICT, whose form SQLite accepts too."""
    # It loads all of PostgreSQL's drivers, which commands that only read do without.
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

    return insert(table)


@cache
def renewing(table: Any, known_by: tuple[str, ...], columns: tuple[str, ...]) -> "Insert":
    """Return the statement that inserts rows, or sets these columns of the row that has the same key."""
    added = upsert(table)
    return added.on_conflict_do_update(
        index_elements=known_by, set_={name: added.excluded[name] for name in columns}
    )
