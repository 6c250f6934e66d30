"""The end of a process whose threads may wait for an answer that never comes."""

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

PATIENCE = 5.0  # seconds; what is recording needs less


class Ending:
    """A pool of threads that takes nothing more from now on."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._waiting = threading.Thread(target=pool.shutdown, daemon=True)
        self._waiting.start()

    def is_over(self) -> bool:
        """Wait for a moment and say whether all its threads have ended."""
        self._waiting.join(PATIENCE)
        return not self._waiting.is_alive()


def leave() -> NoReturn:
    """End the process though threads of it wait: the interpreter would wait with them."""
    logging.shutdown()
    os._exit(0)
