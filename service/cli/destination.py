"""The file that a command writes."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import typer


@contextmanager
def destination(output: Path) -> Iterator[IO[bytes]]:
    """Open what is to be written; an older file stays as it is until the new one is whole."""
    if output.is_dir():
        raise typer.BadParameter(f"{output} is a folder; name a file in it")
    if str(output) == "-":
        yield sys.stdout.buffer
    elif output.exists() and not output.is_file():  # a device or a pipe, which must stay what it is
        with output.open("wb") as file:
            yield file
    else:
        with _replacing(output.resolve(), output) as file:  # what a link leads to
            yield file


@contextmanager
def _replacing(whole: Path, asked: Path) -> Iterator[IO[bytes]]:
    """Open a file beside its place, and move it there at the end."""
    from tempfile import NamedTemporaryFile

    if not whole.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(asked))
    with NamedTemporaryFile(dir=whole.parent, prefix=f".{whole.name}.", delete=False) as file:
        part = Path(file.name)
        try:
            yield file
            file.flush()
            part.chmod(whole.stat().st_mode & 0o777 if whole.exists() else 0o600)
            part.replace(whole)
        finally:
            part.unlink(missing_ok=True)
