"""The index of all texts that records ever had, for searching: kept by the database itself.

PostgreSQL has it as a column of record_version, which migration 0012 makes. SQLite has it as an FTS5 table
with triggers, made here and not by a migration: SQLite may be built without FTS5, and a file may be carried
from one build to another. Without it a search reads the newest texts themselves.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

TABLE = "record_search"
# The fields that are searched.
SEARCHED = (
    *("title", "report_title", "abstract", "recommendation", "status_comment", "status_text"),
    *("report_number", "agency", "director", "topics"),
)
_COLUMNS = ", ".join(SEARCHED)
_TRIGGERS = (f"{TABLE}_insert", f"{TABLE}_delete")


def _values(row: str) -> str:
    return ", ".join(f"json_extract({row}.fields, '$.{name}')" for name in SEARCHED)


# Without a copy of the texts, and without their lengths: hits are marked in the texts themselves.
_MAKE = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5({_COLUMNS}, content='', columnsize=0,"
    " tokenize='unicode61 remove_diacritics 0')",
    f"INSERT INTO {TABLE}(rowid, {_COLUMNS}) SELECT id, {_values('record_version')} FROM record_version",
    f"CREATE TRIGGER {_TRIGGERS[0]} AFTER INSERT ON record_version BEGIN"
    f" INSERT INTO {TABLE}(rowid, {_COLUMNS}) VALUES (new.id, {_values('new')}); END",
    f"CREATE TRIGGER {_TRIGGERS[1]} AFTER DELETE ON record_version BEGIN"
    f" INSERT INTO {TABLE}({TABLE}, rowid, {_COLUMNS}) VALUES ('delete', old.id, {_values('old')}); END",
)


def keep_index(connection: Connection) -> None:
    """Make the index of a SQLite file where it is missing; let a build without FTS5 write without it."""
    has_fts5, is_kept = _has_fts5(connection), _is_kept(connection)
    if has_fts5 and not is_kept:
        drop_index(connection)
        for statement in _MAKE:
            connection.exec_driver_sql(statement)
    elif is_kept and not has_fts5:
        _drop_triggers(connection)


def is_searchable(connection: Connection) -> bool:
    """Whether the index has every text, and can be read."""
    return connection.dialect.name != "sqlite" or (_has_fts5(connection) and _is_kept(connection))


def drop_index(connection: Any) -> None:
    """Remove the index from a SQLite file."""
    _drop_triggers(connection)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {TABLE}")


def _drop_triggers(connection: Connection) -> None:
    for name in _TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def _has_fts5(connection: Connection) -> bool:
    return (
        connection.execute(text("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'")).first() is not None
    )


def _is_kept(connection: Connection) -> bool:
    statement = text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN (:one, :other)")
    found = connection.execute(statement, {"one": _TRIGGERS[0], "other": _TRIGGERS[1]}).scalar_one()
    return bool(found == len(_TRIGGERS))


def is_of_models(name: str | None, _kind: Any, parents: Mapping[Any, str | None]) -> bool:
    """Whether a table, column or index of a database is one of a model's; those of the search are not."""
    of_search = (name or "").startswith(TABLE) or name == "ix_record_version_words"
    return not of_search and (name, parents.get("table_name")) != ("words", "record_version")
