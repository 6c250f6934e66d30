"""What the two kinds of store, service.database.sqlite and service.database.postgres, have in common."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine


class Queue:
    """Lets the threads of this process write one after the other.

    The lock of a file is given to whoever happens to ask when it is free; of many threads some would wait
    forever. One that has waited for `patience` seconds asks beside the others, and gets an error that says
    why it cannot write.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the threads that came before."""
        taken = self._lock.acquire(timeout=self._patience)
        try:
            yield
        finally:
            if taken:
                self._lock.release()


@dataclass(frozen=True, slots=True)
class Engines:
    """Connections for three kinds of transaction: one writer at a time, readers of one moment, notes."""

    writer: Engine
    reader: Engine
    noter: Engine
    turn: Callable[[], AbstractContextManager[None]] = nullcontext  # of a writer, where none is given there

    def dispose(self) -> None:
        """Close every connection."""
        for engine in (self.writer, self.reader, self.noter):
            engine.dispose()


def to_json(value: Any) -> str:
    """Return the text in which a value is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
