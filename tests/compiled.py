"""Lets the engines of a whole test run share the statements that SQLAlchemy compiled.

Nearly every test has a fresh database, and compiling its statements again took a sixth of the run.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

_COMPILED: LRUCache[Any, Any] = LRUCache(5_000)
_make_engine = Engine.__init__


def share_compiled_statements() -> None:
    """Let dialects that compile alike count as one, as they are part of what a statement is found by."""
    DefaultDialect.__eq__ = lambda one, other: _kind(one) == _kind(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]
    Engine.__init__ = _make_sharing_engine  # type: ignore[method-assign]


def _make_sharing_engine(engine: Engine, *given: Any, **named: Any) -> None:
    _make_engine(engine, *given, **named)
    engine._compiled_cache = _COMPILED


def _kind(dialect: object) -> tuple[Any, ...]:
    serializer = getattr(dialect, "_json_serializer", None)
    return type(dialect), serializer, getattr(dialect, "server_version_info", None)
