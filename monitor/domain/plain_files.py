"""Files that a user names, read so that reading ends."""

import errno
from pathlib import Path


def read_file(path: Path) -> bytes:
    """Return what is in a file. Raises OSError for a pipe or a device too: these may never end."""
    refuse_pipe(path)
    return path.read_bytes()


def refuse_pipe(path: Path) -> None:
    """Raise OSError where a path is neither a file nor a folder."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
