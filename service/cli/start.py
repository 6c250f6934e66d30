"""The commands to start with: init and demo."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import WATCH_FILE, opened_watch, settings_of


def init(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")] = WATCH_FILE,
    what: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="What to watch: cbp-audits, dhs-oig, gao-open, gao-reports or URLs.",
        ),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Where alerts go: the mail address they are sent from, or webhook, with ALERTS_URL set.",
        ),
    ] = None,
    whom: Annotated[str | None, typer.Option(metavar="ADDRESSES", help="Who gets the mails.")] = None,
    when: Annotated[
        str | None, typer.Option(metavar="NAMES", help="When: immediately, daily, weekly or several.")
    ] = None,
    trouble: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Who hears of trouble. Default: who gets alerts.")
    ] = None,
    about: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Only what has one of these words. Default: all.")
    ] = None,
    mail_server: Annotated[
        str | None, typer.Option(metavar="HOST", help="The mail server. Default: by the address.")
    ] = None,
    try_it: Annotated[
        bool | None,
        typer.Option("--try/--no-try", help="Send a test and record what is there now. Default: ask."),
    ] = None,
) -> None:
    """Write a watch file for your purpose, by five questions or a flag for each.

    A file that is there already is never touched.
    """
    from service.cli.interview import asked, from_flags, next_steps, password, without_questions
    from service.watchfile.dotenv import NAME, add_secrets, with_dotenv
    from service.watchfile.purpose import MAIL_PASSWORD, text_of
    from service.watchfile.starter import local_zone, refuse_existing, write_example, write_file

    refuse_existing(path)
    given = {"what": what, "where": where, "whom": whom, "when": when, "trouble": trouble, "about": about}
    flags = any(given.values())
    asks = not flags and _is_terminal()
    if not flags and not asks:
        typer.echo(write_example(path))
        typer.echo(without_questions(path))
        return
    purpose = asked(local_zone()) if asks else from_flags({**given, "mail_server": mail_server}, local_zone())
    secrets = purpose.secrets()
    if asks and purpose.by_mail and (said := password()):
        secrets[MAIL_PASSWORD] = said
    write_file(path, text_of(purpose))
    typer.echo(f"written: {path}")
    if secrets:
        add_secrets(path.parent / NAME, secrets)
        typer.echo(f"written: {path.parent / NAME} ({', '.join(secrets)}), readable by you alone")
    known = with_dotenv(path, os.environ)
    missing = [name for name in purpose.variables() if not known.get(name)]
    tries = not missing and (try_it if try_it is not None else asks)
    tried = tries and _try(path, asks=asks)
    typer.echo(next_steps(path, missing, tried=tried))


def _is_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _try(path: Path, *, asks: bool) -> bool:
    """Send a test, ask whether it arrived, and record what is there now; return whether all of it worked."""
    from service.cli.interview import arrived
    from service.dryrun.channel_test import send_tests
    from service.readmodel.status import settled_as_data
    from service.runtime.checks import check_source
    from service.terminal.status import progress, say_pause, show_settled

    settings = settings_of(path)
    typer.echo("\nSending a test message:")
    works = not send_tests(settings, [])
    if works and asks:
        works = arrived()
    typer.echo("\nRecording what is there now; this sends nothing:")
    watch = opened_watch(path, create=True)
    watch.note_applied()
    watch.fetcher.politeness.on_pause = say_pause
    settled = [check_source(watch, key) for key in progress(list(settings.sources), "Reading")]
    show_settled(settled_as_data(settled))
    return works and all(one.outcome == "baseline" for one in settled)


def demo(
    folder: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the database, mails and digest are written.")
    ] = Path("demo-output"),
) -> None:
    """Simulate a week of oversight in seconds. Needs no account and no internet."""
    from service.demo.play import play

    play(folder)
