"""How to add an optional part of the program to the installation that is running."""

import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

_NAME = "oversight-watch"


def install_command(extra: str) -> str:
    """Return the command that installs an extra's packages beside this program."""
    packages = " ".join(f"'{one}'" for one in _packages(extra))
    if "pipx" in sys.prefix.split("/"):
        return f"pipx inject {_NAME} {packages}"
    if find_spec("pip") is None:  # uv makes environments without it
        return f"uv pip install --python {sys.executable} {packages}"
    return f"{sys.executable} -m pip install {packages}"


def is_installed(extra: str) -> bool:
    """Return whether an extra's packages are there."""
    names = (re.split(r"[\[<>=! ]", one)[0] for one in _packages(extra))
    return all(find_spec(name.replace("-", "_")) is not None for name in names)


def _packages(extra: str) -> list[str]:
    try:
        known = requires(_NAME) or []
    except PackageNotFoundError:
        known = []
    marked = re.compile(rf"(?P<package>[^;]+?) *; *extra == ['\"]{re.escape(extra)}['\"]")
    found = [found["package"] for one in known if (found := marked.fullmatch(one))]
    return found or [f"{_NAME}[{extra}]"]  # an installation from before there was this extra
