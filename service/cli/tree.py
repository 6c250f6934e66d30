"""The commands as data: what --help lists, and where each command is loaded from when it runs.

Nothing is imported here, so that --help and --version answer at once.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Entry(NamedTuple):
    """A command or group: its name, `module:attribute` in service.cli, and its help in a line."""

    name: str
    found_in: str
    help: str


ABOUT = "Watch federal oversight pages and report what changed, with the evidence."

PANELS: dict[str, tuple[Entry, ...]] = {
    "Start": (
        Entry(
            "init",
            "start:init",
            "Write a watch file for your purpose, by five questions or a flag for each.",
        ),
        Entry(
            "demo", "start:demo", "Simulate a week of oversight in seconds. Needs no account and no internet."
        ),
        Entry(
            "doctor",
            "doctor:doctor",
            "Check what can keep the service from working here, and say how to fix it. Sends nothing.",
        ),
    ),
    "Watch": (
        Entry("check", "checks:check", "Check sources now (all by default) and send the alerts."),
        Entry(
            "run",
            "run:run",
            "Run the service: check on schedule, send alerts, make digests, serve the reading room.",
        ),
        Entry(
            "serve",
            "run:serve",
            "Serve the reading room: the recorded history as web pages. Checks and sends nothing.",
        ),
        Entry("worker", "run:worker", "Run as one of several workers that share a PostgreSQL database."),
    ),
    "Read": (
        Entry("changes", "records:changes", "Show what changed, newest first."),
        Entry(
            "records", "records:records", "Show the records as they were last seen, or as they were on a day."
        ),
        Entry("search", "search:search", "Search records and all their past texts."),
        Entry(
            "show",
            "records:show",
            "Show a record's history: every version, every change, and their evidence.",
        ),
        Entry("snapshots", "snapshots:snapshots", "List a source's stored pages, newest first."),
        Entry(
            "snapshot",
            "snapshots:snapshot",
            "Show how a stored page came, write it, open it or compare it with another.",
        ),
        Entry(
            "evidence",
            "evidence:evidence",
            "Write an evidence packet: what proves changes, for people without this program.",
        ),
        Entry(
            "promises",
            "records:promises",
            "List open recommendations whose comment names a target date, earliest first.",
        ),
        Entry("digest", "digests:digest", "Show, send, list and resend digests."),
        Entry("events", "events:events", "Print changes as events, oldest first: one JSON object a line."),
        Entry("export", "export:export", "Write changes or records into a file for other programs."),
    ),
    "Follow up": (
        Entry(
            "assign",
            "triage:assign",
            "Assign a recommendation or report. Digests, reminders and `show` name the person.",
        ),
        Entry(
            "assigned", "triage:assigned", "List assigned records by person, with status, note and snooze."
        ),
        Entry(
            "note",
            "triage:note",
            "Add a note to a recommendation or report. Earlier notes stay in its history.",
        ),
        Entry(
            "snooze",
            "triage:snooze",
            "Mute reminders and rewritten comments until a date. Status changes still alert.",
        ),
    ),
    "Set up": (
        Entry("config", "config:config", "Check the watch file and plan changes to it."),
        Entry("sources", "sources:sources", "Try pages, write and test profiles, compare sources."),
        Entry("topics", "topics:topics", "Back-test topics and explain their decisions."),
        Entry(
            "channels",
            "outbox:channels",
            "Test the channels that messages go to; list who unsubscribed.",
        ),
        Entry("alerts", "topics:alerts", "Preview messages as their readers get them."),
    ),
    "Keep it healthy": (
        Entry("status", "checks:status", "Show each source's health and completeness, and the outbox."),
        Entry(
            "health",
            "health:health",
            "Report whether the service runs, checks on time and delivers; exit with 1 if not.",
        ),
        Entry("metrics", "health:metrics", "Print all metrics for Prometheus, as for a textfile collector."),
        Entry("outbox", "outbox:outbox", "List, show, retry and drop messages."),
        Entry("db", "db:db", "Check, back up, copy and prune the database."),
        Entry(
            "import",
            "history:import_",
            "Import archived pages of a source, dated when they were captured. Alerts nobody.",
        ),
        Entry(
            "replay",
            "history:replay",
            "Read the stored pages again with today's profiles, and show what differs from the record.",
        ),
    ),
}

OPTIONS = (
    ("-h, --help", "Show this help, or that of a command."),
    ("--version", "Show the version."),
    ("--install-completion", "Complete commands and names in this shell with Tab."),
    ("--show-completion", "Show what would be installed."),
)

EXAMPLES = (
    ("oversight-watch demo", "see it work, on this machine"),
    ("oversight-watch init", "start a watch file of your own"),
    ("oversight-watch changes --since 7d", "what happened this week?"),
    ('oversight-watch show "GAO-24-106148 rec 4"', "a recommendation's history"),
)

_WIDTH = 80
_COLUMN = 13  # of the help beside a command


def entries() -> Iterator[Entry]:
    """Yield all commands in the order of the help."""
    for panel in PANELS.values():
        yield from panel


def overview() -> str:
    """Return the help of the program: its commands by purpose, its options, and where to begin."""
    lines = ["Usage: oversight-watch [OPTIONS] COMMAND [ARGS]...", "", ABOUT]
    for title, panel in PANELS.items():
        lines += ["", f"{title}:"]
        for entry in panel:
            lines += _beside(f"  {entry.name}".ljust(_COLUMN), entry.help)
    lines += ["", "Options:", *(f"  {name:<22}{said}" for name, said in OPTIONS)]
    lines += ["", "Examples:", *(f"  {typed:<44}# {said}" for typed, said in EXAMPLES)]
    return "\n".join(lines)


def _beside(first: str, text: str) -> Iterator[str]:
    """Yield a text in lines that begin where the first one does."""
    line = first
    for word in text.split():
        if len(line) + len(word) + 1 > _WIDTH:
            yield line.rstrip()
            line = " " * _COLUMN
        line = f"{line}{word} "
    yield line.rstrip()
