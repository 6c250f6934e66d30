"""The five questions of `init`, the mail password, and whether the test arrived."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import typer

from monitor.domain.errors import OversightError
from service.watchfile.purpose import (
    KNOWN,
    MAIL_PASSWORD,
    WEBHOOK,
    WHEN,
    Purpose,
    checked_server,
    checked_trouble,
    checked_what,
    checked_when,
    comma_separated,
    is_address,
    server_for,
)

Answer = TypeVar("Answer")
_SAME = "the same"
_NOT_ARRIVED = (
    "If it did not arrive: look into the spam folder; check the address; some servers want a password made"
    " for programs (an app password). `oversight-watch doctor` tries the log-in, `oversight-watch channels"
    " test` sends again."
)


def asked(zone: str) -> Purpose:
    """Ask five questions; an empty answer takes the one in brackets."""
    typer.echo("Five questions. Press Enter to take the answer in brackets.\n")
    typer.echo("1. What do you want to watch?")
    for name, preset in KNOWN.items():
        typer.echo(f"     {name:<13}{preset.said}")
    what = _ask("   Names from this list or web addresses, with commas", "cbp-audits", checked_what)
    about = _ask("   Only about (words, with commas)", "everything", _words)
    typer.echo("\n2. Where do alerts go?")
    where = _ask(
        '   The mail address they are sent from, or "webhook" for Slack, Teams, Discord', WEBHOOK, _where
    )
    if where == WEBHOOK:
        where = _ask(
            "   Its address as the site shows it (not shown, not in the file)", "", _webhook, hidden=True
        )
    purpose = Purpose(what, where, about=about, time_zone=zone)
    if purpose.by_mail:
        server = _ask("   Its mail server", server_for(where), checked_server)
        whom = _ask("\n3. Who gets them? Mail addresses, with commas", where, _addresses)
        purpose = replace(purpose, mail_server=server, whom=whom)
    else:
        typer.echo("\n3. Who gets them? Everybody in that channel.")
    typer.echo("\n4. When?")
    for name, said in WHEN.items():
        typer.echo(f"     {name:<13}{said}")
    when = _ask("   One or several, with commas", "immediately, weekly", checked_when)
    typer.echo("\n5. Who hears of trouble, such as a page that can no longer be read?")

    other = _ask("   A mail address or a webhook's address", _SAME, lambda said: _trouble(purpose, said))
    return replace(purpose, when=when, trouble=other)


def _trouble(purpose: Purpose, said: str) -> str:
    """Return who hears of trouble, nothing where it is who gets the alerts."""
    if said == _SAME:
        return ""
    checked_trouble(replace(purpose, trouble=_where(said)))
    return said


def from_flags(given: dict[str, str | None], zone: str) -> Purpose:
    """Return the answers that were given as flags. Raises OversightError for one that is wrong or missing."""
    if not given["what"] or not given["where"]:
        raise OversightError("without a terminal, init needs --what and --where; see oversight-watch init -h")
    purpose = Purpose(
        checked_what(given["what"]),
        _where(given["where"]),
        _addresses(given["whom"]) if given["whom"] else (),
        checked_when(given["when"] or "immediately"),
        _where(given["trouble"]) if given["trouble"] else "",
        _words(given["about"] or ""),
        zone,
        checked_server(given["mail_server"]) if given["mail_server"] else "",
    )
    checked_trouble(purpose)
    return purpose


def password() -> str:
    """Ask for the mail password, which may be left out."""
    typer.echo("\nThe password of the mail account goes into .env beside the file, readable by you alone.")
    return str(
        typer.prompt(
            f"   {MAIL_PASSWORD} (not shown; Enter to set it later)", "", hide_input=True, show_default=False
        )
    )


def arrived() -> bool:
    """Ask whether the test arrived, and say what to do if it did not."""
    from service.terminal.console import paragraph

    if typer.confirm("Did the test message arrive?", default=True):
        return True
    paragraph(_NOT_ARRIVED)
    return False


def _ask(question: str, default: str, read: Callable[[str], Answer], *, hidden: bool = False) -> Answer:
    while True:
        said = str(
            typer.prompt(question, default=default, hide_input=hidden, show_default=bool(default))
        ).strip()
        try:
            return read(said)
        except OversightError as error:
            typer.echo(f"   {error}")


def _words(said: str) -> tuple[str, ...]:
    return () if said == "everything" else comma_separated(said)


def _addresses(said: str) -> tuple[str, ...]:
    found = comma_separated(said)
    for one in found:
        if not is_address(one):
            raise OversightError(f"{one!r} is not a mail address; write for example ana@example.org")
    return found


def _webhook(said: str) -> str:
    """Return a webhook's address, or the mail address that is given in its place."""
    if not said or said == WEBHOOK:
        raise OversightError("paste the address that begins with https://, or give a mail address instead")
    return _where(said)


def _where(said: str) -> str:
    """Return a mail address or a channel's address. Raises OversightError; it repeats no secret."""
    from alerts.channels.services import check_url

    if is_address(said) or said == WEBHOOK:
        return said
    if "://" not in said:
        raise OversightError(
            "that is neither a mail address (ana@example.org) nor the address of a webhook (https://…)"
        )
    if wrong := check_url(said):
        raise OversightError(wrong)
    return said


def without_questions(path: Path) -> str:
    """Return that nothing was asked, and how the questions are answered without a terminal."""
    return (
        "Nothing was asked, for this is not a terminal: the file is the example."
        f"\nFor one of your own: delete {path}, and give init the answers (init -h)."
    )


def next_steps(path: Path, missing: list[str], *, tried: bool) -> str:
    """Return what to do next; a file that was tried has its baseline."""
    file = "" if path == Path("watch.yaml") else f" -w {path}"
    lines = (
        []
        if tried
        else [
            f"  oversight-watch doctor{file}   # can everything work from here?",
            f"  oversight-watch check{file}    # record what is there now, and send nothing",
        ]
    )
    lines.append(f"  oversight-watch run{file}      # watch, until you stop it")
    set_first = [f"  echo \"{name}='…'\" >> {path.parent / '.env'}" for name in missing]
    return "\n".join(["Next:", *set_first, *lines])
