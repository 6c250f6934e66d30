"""Write a commented watch file to start from, with the answers of whoever sits at the terminal put in.

No secret is ever written: where alerts go stays in the environment.
"""

import re
from collections.abc import Callable
from pathlib import Path

import typer
from pydantic import ValidationError

from monitor.domain.errors import OversightError
from service.watchfile.new_file import write_new
from service.watchfile.settings import Basics

_NAME = "watch.example.yaml"
_PACKAGED = Path(__file__).with_name(_NAME)
_CHECKOUT = Path(__file__).parents[2] / "config" / _NAME
_HEAD = re.compile(r"# Copy this file to watch\.yaml, change what you like, and try it: *")
_ZONE_LINK = Path("/etc/localtime")
_OTHERWISE = "name another file"
_LATER = "later"
_USUAL_ZONE = "America/New_York"
_URL_VARIABLE = "ALERTS_URL"  # of the example's channels


def write_starter(path: Path, ask: bool) -> str:
    """Write the watch file and say what to do next; where `ask`, ask for what differs between users.

    Raises OversightError where the file exists already (it stays as it is) or cannot be written.
    """
    if path.exists():
        raise OversightError(f"{path} exists already and stays as it is; {_OTHERWISE}")
    contact, zone, given = _answers() if ask else ("", "", False)
    text = _filled(_example(), contact, zone)
    write_new(path, text.encode(), _OTHERWISE, mode=0o600)  # it will hold recipients, perhaps passwords
    return _next_steps(path, given)


def _example() -> str:
    found = _PACKAGED if _PACKAGED.exists() else _CHECKOUT
    return found.read_text(encoding="utf-8")


def _filled(text: str, contact: str, zone: str) -> str:
    """Put the answers in; a contact nobody gave is left out, or the sites would get an invented one."""
    text = _HEAD.sub("# Change what you like, and try it: ", text, count=1)
    if zone:
        text = re.sub(r"^time_zone: \S+", f"time_zone: {zone}", text, count=1, flags=re.MULTILINE)
    written = f'contact: "{contact}"' if contact else "# contact: you@example.org"
    return re.sub(r"^contact: \S+", lambda _: written, text, count=1, flags=re.MULTILINE)


def _answers() -> tuple[str, str, bool]:
    """Ask three questions; an empty answer takes the default in brackets."""
    typer.echo("Three questions. Press Enter to accept the answer in brackets.\n")
    contact = _asked(
        "Contact (an e-mail address or URL) for the sites you check",
        "none",
        lambda said: _wrong("contact", said),
    )
    zone = _asked("Your time zone", _local_zone(), lambda said: _wrong("time_zone", said))
    where = _asked(
        "Where alerts go: a Slack, Teams or Discord webhook, or mailtos://… (not shown, not in the file)",
        _LATER,
        _wrong_url,
        hidden=True,
    )
    return ("" if contact == "none" else contact), zone, where != _LATER


def _asked(question: str, default: str, wrong: Callable[[str], str | None], *, hidden: bool = False) -> str:
    while True:
        said = str(typer.prompt(question, default=default, hide_input=hidden)).strip()
        sentence = None if said == default else wrong(said)
        if sentence is None:
            return said
        typer.echo(f"  {sentence}")


def _wrong(name: str, said: str) -> str | None:
    try:
        Basics.model_validate({name: said})
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return None


def _wrong_url(said: str) -> str | None:
    # Channels take long to load; whoever is not asked does without.
    from alerts.channels.services import check_url  # noqa: PLC0415

    return check_url(said)


def _local_zone() -> str:
    """Return this machine's time zone where its name can be found."""
    name = str(_ZONE_LINK.resolve()).partition("zoneinfo/")[2]
    known = bool(name) and name not in ("UTC", "Etc/UTC") and _wrong("time_zone", name) is None
    return name if known else _USUAL_ZONE


def _next_steps(path: Path, given: bool) -> str:
    file = "" if path == Path("watch.yaml") else f" --watch-file {path}"
    url = "the URL you gave" if given else "a webhook, or mailtos://user:password@host?to=you@example.org"
    steps = [
        ("config check", "lists mistakes in the file"),
        ("channels test", "sends a message to each channel"),
        ("check", "records what is there; the first check sends nothing"),
        ("run", "runs until you stop it"),
    ]
    longest = max(len(command) for command, _ in steps) + len(file)
    lines = [f"  oversight-watch {command + file:<{longest}}  # {what}" for command, what in steps]
    return "\n".join([f"written: {path}", "", "Next:", f"  export {_URL_VARIABLE}='{url}'", *lines])
