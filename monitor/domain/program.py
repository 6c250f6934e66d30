"""Which program this is."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def program_version() -> str:
    """Return the installed version; "0" if the program is not installed."""
    try:
        return version("oversight-watch")
    except PackageNotFoundError:
        return "0"
