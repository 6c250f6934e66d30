"""What the two kinds of store, service.sqlite and service.postgres, have in common."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Engines:
    """Connections for three kinds of transaction: one writer at a time, readers of one moment, notes."""

    writer: Engine
    reader: Engine
    noter: Engine

    def dispose(self) -> None:
        """Close every connection."""
        for engine in (self.writer, self.reader, self.noter):
            engine.dispose()


def to_json(value: Any) -> str:
    """Give the text in which a value is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
