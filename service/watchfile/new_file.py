"""Write a file that is not there yet; one that is there is never touched."""

import os
from functools import partial
from pathlib import Path
from typing import BinaryIO

from monitor.domain.errors import OversightError


def write_new(
    path: Path, content: bytes, otherwise: str, *, with_folder: bool = False, mode: int = 0o666
) -> None:
    """Write a new file, and its folder where that may be made; `otherwise` says what to do where it exists.

    Raises OversightError where it exists already (it stays as it is) or cannot be written.
    """
    try:
        if with_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb", opener=partial(os.open, mode=mode)) as file:
            _write_whole(file, path, content)
    except FileExistsError:
        raise OversightError(f"{path} exists already and stays as it is; {otherwise}") from None
    except OSError as error:
        raise OversightError(f"{path} cannot be written: {error.strerror}; check the folder") from None


def _write_whole(file: BinaryIO, path: Path, content: bytes) -> None:
    """Write all of it; a part, where the disk is full, is taken away again: it would be in the way."""
    try:
        file.write(content)
        file.flush()
    except OSError:
        path.unlink(missing_ok=True)
        raise
