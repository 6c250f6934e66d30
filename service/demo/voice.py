"""How the demo speaks: plain lines of at most 80 columns, colored on a terminal only. Decides nothing."""

import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console

from alerts.language.text import plain, shortened
from monitor.domain.us_dates import clock_words, day_words
from service.demo.fakes.receivers import ReceivedMail, ReceivedPost
from service.demo.story import BEGIN, END, ZONE, Act, Day
from service.demo.week import Figures, Look

_WIDEST = 80


class Voice:
    """Prints the story in plain lines of at most 80 columns; colored on a terminal only."""

    def __init__(self) -> None:
        if hasattr(sys.stdout, "reconfigure"):
            # A terminal that lacks a dash should show a question mark, not end the demo.
            sys.stdout.reconfigure(errors="replace")
        self._console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._width = min(self._console.width, _WIDEST)
        self._reasons: dict[str, tuple[str, ...]] = {}  # what was last wrong with each source

    def introduce(self) -> None:
        """Return what is about to be seen, and what of it is real."""
        self._print("Oversight Watch: a week in seconds", style="bold")
        self._print(
            "A replica of two publishers, a mail server and a Slack-shaped webhook run on this machine;"
            " nothing leaves it. The clock is virtual, everything else is the real program. The 50 reports"
            " of DHS OIG and the 10 open recommendations of GAO are from saved pages. Their dates, links and"
            " GAO report numbers, and all that happens below, are invented for this demo."
        )

    def day(self, day: Day) -> None:
        """Begin a day."""
        self._print()
        note = f" ({day.note})" if day.note else ""
        self._print(f"{day.date:%A}, {day_words(day.date)}{note}", style="bold cyan")

    def act(self, act: Act) -> None:
        """Return what happens at the publishers."""
        self._timed(act.at, act.said)

    def follow(self, looks: Iterable[Look]) -> list[Look]:
        """Print checks as they are done; those that found nothing are left for the day's end."""
        done = []
        for look in looks:
            done.append(look)
            if not look.is_quiet:
                self._look(look)
        return done

    def _look(self, look: Look) -> None:
        settled = look.settled
        again = bool(settled.reasons) and self._reasons.get(settled.source) == settled.reasons
        self._reasons[settled.source] = settled.reasons
        self._timed(look.at, f"{settled.source}: {_said(look, again=again)}", style="bold")
        self._told(look.mails, look.posts)

    def quiet(self, looks: Sequence[Look]) -> None:
        """Count the checks that found nothing, and how the site answered them."""
        quiet = [look for look in looks if look.is_quiet]
        if not quiet:
            return
        same = sum(look.is_same for look in quiet)
        compared = len(quiet) - same
        how = f"{same} answered \u201cnot modified\u201d" if same else ""
        read = f"{compared} with a page to read and compare" if compared else ""
        said = ", ".join(part for part in (how, read) if part)
        others = "other " if len(quiet) < len(looks) else ""
        self._print(f"{_counted(len(quiet), f'{others}check')} found nothing new: {said}.", 9)

    def mails(self, at: datetime, mails: Iterable[ReceivedMail]) -> None:
        """Print mails that no check caused."""
        for mail in mails:
            self._timed(at, "The weekly digest is due.", style="bold")
            self._told([mail], [])

    def moral(self, day: Day) -> None:
        """Return what the day showed, once it is known that it did."""
        self._print(day.moral, 2, style="green")

    def sum_up(self, figures: Figures, seconds: float) -> None:
        """Return the week's numbers."""
        days = (END - BEGIN).days
        self._print()
        self._print(f"The week in numbers ({seconds:.1f} seconds)", style="bold cyan")
        self._print(
            f"{days} days, {_counted(figures.checks, 'check')}, {_counted(figures.requests, 'request')},"
            f" of which {figures.not_modified} were answered \u201cnot modified\u201d",
            2,
        )
        sent = figures.messages
        self._print(
            f"{_counted(len(figures.changes), 'change')}, {_counted(sent.total(), 'message')}:"
            f" {_counted(sent['changes'], 'alert')}, {_counted(sent['operator'], 'notice')} to the operator,"
            f" {_counted(sent['digest'], 'digest')}; {figures.waiting} waiting or given up",
            2,
        )
        self._print(
            f"{_counted(figures.false_alarms, 'false alarm')}: cosmetic edit, outage and redesign told no"
            " reader anything",
            2,
        )

    def show_the_way(self, folder: Path, digest: Path, mails: int, posts: int) -> None:
        """Return where everything lies and what to do with it."""
        self._print()
        self._print("What it left behind", style="bold cyan")
        for path, what in (
            (folder / "watch.yaml", "sources, channels and topics, to read and to change"),
            (folder / "oversight-watch.db", "the history, and every page as it was"),
            (folder / "mails", f"{mails} mails; a mail program opens them"),
            (folder / "slack", f"{posts} posts, as Slack would get them"),
            (digest, "the digest; a browser opens it"),
        ):
            self._console.print(f"  {path}", style="bold")
            self._print(what, 4)
        self._print()
        self._print("What to try next", style="bold cyan")
        for command in next_commands(folder):
            self._console.print(f"  {command}")
        self._print("The first one shows this history in your browser, at http://127.0.0.1:8517/.", 2)
        self._print()
        self._print(
            "The replica has ended: links in the messages, and a new check of this watch file, lead nowhere."
        )

    def _told(self, mails: Iterable[ReceivedMail], posts: Iterable[ReceivedPost]) -> None:
        """Print who received what; those who received the same message are named together."""
        told: dict[str, list[str]] = {}
        for mail in mails:
            told.setdefault(_subject(mail), []).extend(mail.recipients)
        for post in posts:
            told.setdefault(_title(post), []).append("Slack")
        for what, whom in told.items():
            self._print(f"to {' and '.join(whom)}:", 9, style="bold")
            self._print(shortened(what, max(60, 3 * (self._width - 20))), 11)

    def _timed(self, at: datetime, said: str, style: str | None = None) -> None:
        self._print(f"  {clock_words(at.astimezone(ZONE)):>10}  {plain(said)}", 0, hanging=9, style=style)

    def _print(
        self, text: str = "", indent: int = 0, *, hanging: int | None = None, style: str | None = None
    ) -> None:
        wrapped = textwrap.wrap(
            text,
            self._width - 1,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent if hanging is None else hanging),
            drop_whitespace=True,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in wrapped or [""]:
            self._console.print(line, style=style)


def next_commands(folder: Path) -> list[str]:
    """Return commands that work on what the demo left, as they are to be typed here."""
    program = "oversight-watch"
    if shutil.which(program) is None:
        # Started from a virtual environment that is not active: by the path it was started with.
        program = shlex.quote(_from_here(Path(sys.argv[0])))
    option = f"-w {shlex.quote(str(folder / 'watch.yaml'))}"
    return [
        f"{program} serve {option}",
        f"{program} changes {option}",
        f"{program} show 'GAO-24-900002 rec 1' {option}",
        f"{program} status {option}",
        f"{program} outbox list {option}",
        f"{program} init",
    ]


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _said(look: Look, *, again: bool) -> str:
    """Return what one check came to."""
    settled = look.settled
    match settled.outcome.value:
        case "baseline":
            whole = ", the whole list" if settled.complete else ""
            return f"first check, {settled.rows} records{whole}."
        case "failed" | "quarantined" as how:
            retry = f" Next try at {clock_words(look.retried_at.astimezone(ZONE))}" if look.retried_at else ""
            why = "as before" if again else _without_host("; ".join(settled.reasons))
            return f"{how}: {why}.{retry}"
        case _:
            well = "readable again, " if settled.health and settled.health.well else ""
            return f"{well}{_counted(len(look.changes), 'change')}."


def _without_host(text: str) -> str:
    """Leave of the replica's addresses what tells its pages apart."""
    return re.sub(r"http://127\.0\.0\.1:\d+([^\s?]*)\S*", r"\1", text)


def _subject(mail: ReceivedMail) -> str:
    return plain(mail.message["Subject"])


def _title(post: ReceivedPost) -> str:
    return plain(post.json["text"])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
