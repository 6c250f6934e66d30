"""Write the commented example as a watch file to start from."""

import re
from pathlib import Path

from monitor.domain.errors import OversightError
from service.watchfile.new_file import write_new

_NAME = "watch.example.yaml"
_PACKAGED = Path(__file__).with_name(_NAME)
_CHECKOUT = Path(__file__).parents[2] / "config" / _NAME
_HEAD = re.compile(r"# Copy this file to watch\.yaml, change what you like, and try it: *")
_ZONE_LINK = Path("/etc/localtime")
_OTHERWISE = "name another file"
_CONTACT = ("\ncontact: watch@example.org", "\n# contact: you@example.org")
_USUAL_ZONE = "America/New_York"
_URL_VARIABLE = "ALERTS_URL"  # of the example's channels


def write_example(path: Path) -> str:
    """Write the example as a watch file and say what to do next.

    Raises OversightError where the file exists already (it stays as it is) or cannot be written.
    """
    write_file(
        path, _HEAD.sub("# Change what you like, and try it: ", _example(), count=1).replace(*_CONTACT, 1)
    )
    return _next_steps(path)


def refuse_existing(path: Path) -> None:
    """Raise OversightError where the file exists, before anything is asked."""
    if path.exists():
        raise OversightError(f"{path} exists already and stays as it is; {_OTHERWISE}")


def write_file(path: Path, text: str) -> None:
    """Write a new watch file for its owner alone: it will hold recipients, perhaps passwords."""
    write_new(path, text.encode(), _OTHERWISE, mode=0o600)


def local_zone() -> str:
    """Return this machine's time zone where its name can be found."""
    name = str(_ZONE_LINK.resolve()).partition("zoneinfo/")[2]
    known = bool(name) and name not in ("UTC", "Etc/UTC")
    return name if known else _USUAL_ZONE


def _example() -> str:
    found = _PACKAGED if _PACKAGED.exists() else _CHECKOUT
    return found.read_text(encoding="utf-8")


def _next_steps(path: Path) -> str:
    file = "" if path == Path("watch.yaml") else f" --watch-file {path}"
    url = "webhook, or mailtos://user:password@host?to=a@example.org"
    steps = [
        ("config check", "lists mistakes in the file"),
        ("channels test", "sends a message to each channel"),
        ("check", "records what is there now, and sends nothing"),
        ("run", "runs until you stop it"),
    ]
    longest = max(len(command) for command, _ in steps) + len(file)
    lines = [f"  oversight-watch {command + file:<{longest}}  # {what}" for command, what in steps]
    return "\n".join([f"written: {path}", "", "Next:", f"  export {_URL_VARIABLE}='{url}'", *lines])
