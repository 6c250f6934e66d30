"""The demo's story: what happens at the two publishers in one week, and what must come of it each day.

The saved pages are real; every event below is invented, and so are its numbers, which no publisher uses.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.demo.fakes.replica import (
    EXPORT_PATH,
    LISTING_PATH,
    ReplicaRow,
    ReplicaSite,
    redesign,
    rewritten,
    unavailable,
)

ZONE = ZoneInfo("America/New_York")
BEGIN = datetime(2026, 3, 2, 8, tzinfo=ZONE)
END = datetime(2026, 3, 9, 8, tzinfo=ZONE)

# What readers and the operator are called; example.org is reserved, so no such mailbox exists.
NEWSROOM = "newsroom@example.org"
OPERATOR = "operator@example.org"

_WATCH_FILE = """\
# The watch file of the demo, as it ran. The addresses on 127.0.0.1 were servers of the
# demo and ended with it. To watch the real pages, begin with a file of your own, in
# which every choice is explained:   oversight-watch init

time_zone: America/New_York
database: sqlite:///oversight-watch.db # beside this file
contact: watch@example.org # told to the sites that are read

sources:
  cbp-audits: # really https://www.oig.dhs.gov/reports/...
    profile: dhs-oig
    url: "{listing}"
    allow_private: true # the demo's publishers are on this machine
    every: 4h
    tell_operator_after: 3 # troubled checks in a row

  gao-open: # really https://www.gao.gov/open-recs2-csv?q=
    profile: gao-csv
    url: "{export}"
    allow_private: true
    cron: "30 6,12,18 * * *" # minute, hour, day, month, weekday

channels:
  newsroom:
    to: "mailto://{mail}?from=watch@example.org&to={newsroom}"
  slack:
    to: "slack+{hook}/T0DEMO/B0DEMO/nosecret"
    allow_private: true
  ops: # told when a page can no longer be read, and when it can again
    to: "mailto://{mail}?from=watch@example.org&to={operator}"
    purpose: operator

topics:
  facial-recognition:
    title: Facial recognition # what readers see in the place of the name
    match: {{any: [facial recognition, facial matching, "biometric*"]}}
    send: {{immediately: [newsroom, slack]}}

  migrants-in-custody:
    title: Migrants in custody
    match: {{any: ["migrant*", unaccompanied children, "title:custody"]}}
    on: [new_report, status_changed]
    send: {{immediately: newsroom}}

  gao-on-cbp: # no words: every change of this source
    title: GAO on CBP
    sources: [gao-open]
    send: {{immediately: [newsroom, slack]}}

digests:
  weekly:
    cron: "0 8 * * mon"
    send_to: [newsroom]
    topics: all
"""


def watch_file(site: ReplicaSite, mail: str, hook: str) -> str:
    """Return the demo's watch file; `mail` is a host and port, `hook` a web address without closing slash."""
    return _WATCH_FILE.format(
        listing=site.url(f"{LISTING_PATH}?field_dhs_agency_target_id=1"),
        export=site.url(f"{EXPORT_PATH}?q="),
        mail=mail,
        hook=hook,
        newsroom=NEWSROOM,
        operator=OPERATOR,
    )


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens at the publishers: when, what the terminal says of it, and the doing."""

    at: datetime
    said: str
    do: Callable[[ReplicaSite], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a day comes to: changes as "kind key", and how often each other thing happened."""

    changes: tuple[str, ...] = ()
    baselines: int = 0
    failed: int = 0
    quarantined: int = 0
    compared: int = 0  # checks that got a page to read and found no difference; one a day is asked for so
    mails: int = 0  # to the newsroom
    posts: int = 0  # to Slack
    notices: int = 0  # to the operator


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what happens, what must come of it, and what may be said only where it does."""

    date: date
    acts: tuple[Act, ...]
    expected: Outcome
    moral: str
    note: str = ""

    @property
    def end(self) -> datetime:
        """When the day ends: at midnight, or with the story."""
        return min(datetime.combine(self.date + timedelta(days=1), time(), ZONE), END)


def story() -> Iterator[Day]:
    """Return the days from the first Monday to the second."""
    yield _monday()
    yield _tuesday()
    yield _wednesday()
    yield _thursday()
    yield _friday()
    yield _saturday()
    yield _sunday()
    yield Day(
        date(2026, 3, 9),
        (),
        Outcome(mails=1, compared=1),
        "The week on one page, by mail and as a file: what changed and why you got it, and what is open and"
        " for how long.",
    )


def _monday() -> Day:
    moral = "The first check records a baseline and alerts nobody: fifty old reports are not news."
    return Day(date(2026, 3, 2), (), Outcome(baselines=2, compared=1), moral)


def _tuesday() -> Day:
    def publish(site: ReplicaSite) -> None:
        site.reports.append(_MATCHING_REPORT)

    said = (
        f"DHS OIG publishes {_MATCHING_REPORT['report_number']}: {_MATCHING_REPORT['title']}. The list, until"
        " now of one page, has two."
    )
    return Day(
        date(2026, 3, 3),
        (Act(_at(3, 10, 15), said, publish),),
        Outcome(changes=("new_report OIG-26-901",), mails=1, posts=1, compared=2),
        "One new report, one message to each channel whose topic asks for it.",
    )


def _wednesday() -> Day:
    cosmetic = (
        "Both sites change their looks: curly quotes for straight ones, no-break spaces, and the rows in"
        " another order. The bytes are others; the words are the same."
    )
    commented = "GAO rewrites its comment on a facial recognition recommendation, GAO-24-900005 rec 4."
    return Day(
        date(2026, 3, 4),
        (Act(_at(4, 9, 0), cosmetic, _change_looks), Act(_at(4, 15, 40), commented, _update_comment)),
        Outcome(changes=("comment_updated GAO-24-900005 rec 4",), compared=4, mails=1, posts=1),
        "The cosmetic edit was fetched, compared record by record and found to say the same: no alert."
        " The comment is news; two topics want it, and each channel gets it once.",
    )


def _thursday() -> Day:
    said = (
        "GAO closes GAO-24-900002 rec 1 as implemented. Its export has open recommendations only, so there"
        " the row just vanishes."
    )
    return Day(
        date(2026, 3, 5),
        (Act(_at(5, 11, 5), said, _close),),
        Outcome(changes=("status_changed GAO-24-900002 rec 1",), mails=1, posts=1, compared=2),
        "A row that is gone proves nothing. The report's own page was asked, and the alert carries its"
        " answer with GAO's closing comment.",
    )


def _friday() -> Day:
    def fail(site: ReplicaSite) -> None:
        site.faults = {"/": unavailable(2 * 3600)}

    return Day(
        date(2026, 3, 6),
        (
            Act(_at(6, 11, 30), "Both sites answer 503 and ask to come back in two hours.", fail),
            Act(_at(6, 13, 15), "Both sites are up again.", _restore),
        ),
        Outcome(failed=2, compared=2),
        "A page that cannot be read says nothing about its reports: nothing is concluded, and for so short"
        " an outage nobody is woken.",
    )


def _saturday() -> Day:
    def rebuild(site: ReplicaSite) -> None:
        site.faults = {LISTING_PATH: redesign()}

    def publish(site: ReplicaSite) -> None:
        site.reports.append(_CARE_REPORT)

    said = f"Meanwhile, DHS OIG publishes {_CARE_REPORT['report_number']}: {_CARE_REPORT['title']}."
    return Day(
        date(2026, 3, 7),
        (
            Act(_at(7, 6, 0), "DHS OIG redesigns its page: same words, unknown markup.", rebuild),
            Act(_at(7, 14, 20), said, publish),
        ),
        Outcome(quarantined=4, notices=1, compared=1),
        "Fifty-one reports seem to be gone, and no reader hears of it. Each page is kept as evidence, and"
        " after three in a row the operator gets one notice. GAO is read as usual.",
    )


def _sunday() -> Day:
    return Day(
        date(2026, 3, 8),
        (Act(_at(8, 10, 30), "DHS OIG puts its old page back.", _restore),),
        Outcome(changes=("new_report OIG-26-902",), quarantined=3, mails=1, notices=1, compared=2),
        "The operator hears once that all is well, and Saturday's report is found after all: late, but not"
        " lost.",
        note="the clocks went forward",
    )


def _at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


# What the publishers do


def _change_looks(site: ReplicaSite) -> None:
    for row in (*site.reports, *site.recommendations):
        for name in ("title", "abstract", "report_title", "recommendation", "status_comment"):
            if row.get(name):
                row[name] = _typeset(row[name])
    site.recommendations.reverse()
    _restore(site)


def _typeset(text: str) -> str:
    """Set text as a content system might: the same words in other characters."""
    text = re.sub(r"(?<=\w)'", "\u2019", text)
    text = re.sub(r'"([^"]*)"', "\u201c\\1\u201d", text)
    return re.sub(r"\b(CBP|DHS|GAO|Section) ", "\\1\u00a0", text)


def _restore(site: ReplicaSite) -> None:
    """Let every page be read again; the listing's rows stay in the order they have had since Wednesday."""
    site.faults = {LISTING_PATH: rewritten(_rows_reversed)}


def _rows_reversed(page: str) -> str:
    head, opening, rest = page.partition("<tbody>")
    rows, closing, tail = rest.partition("</tbody>")
    found = re.findall(r"<tr>.*?</tr>\n", rows, re.DOTALL)
    return f"{head}{opening}\n{''.join(reversed(found))}{closing}{tail}"


def _update_comment(site: ReplicaSite) -> None:
    row = _recommendation(site, "GAO-24-900005", 4)
    row["status_comment"] = (
        row["status_comment"].replace("As of March 2024", "As of March 2026").replace("May 2024", "July 2026")
    )


def _close(site: ReplicaSite) -> None:
    row = _recommendation(site, "GAO-24-900002", 1)
    row["status_text"] = "Closed \u2013 Implemented"
    row["status_comment"] = (
        "In March 2026, CBP gave us the revised letters that it sends when it denies or revokes membership in"
        " a trusted traveler program. The letters now tell travelers how to ask for the specific reasons."
        " This meets the intent of our recommendation. (Invented for the demo of Oversight Watch.)"
    )


def _recommendation(site: ReplicaSite, report: str, number: int) -> ReplicaRow:
    return next(
        row
        for row in site.recommendations
        if (row["report_number"], row["recommendation_number"]) == (report, number)
    )


_MATCHING_REPORT: ReplicaRow = {
    "report_number": "OIG-26-901",
    "title": "CBP Did Not Consistently Review Facial Recognition Mismatches at Ports of Entry",
    "abstract": (
        "We visited eight ports of entry. At five of them, officers did not consistently record why travelers"
        " were sent to a second inspection after a facial recognition mismatch, and supervisors did not"
        " review the records. We made three recommendations; CBP concurred with all three."
        "\n\n(Invented for the demo of Oversight Watch.)"
    ),
    "issue_date": "2026-02-27",
    "fiscal_year": 2026,
    "href": "/sites/default/files/assets/2026-03/OIG-26-901.pdf",
}
_CARE_REPORT: ReplicaRow = {
    "report_number": "OIG-26-902",
    "title": "CBP Improved the Medical Care of Migrants in Its Custody but Records Remain Incomplete",
    "abstract": (
        "CBP screened more migrants on arrival than in our last review. At two of six facilities, records of"
        " medication were incomplete. (Invented for the demo of Oversight Watch.)"
    ),
    "issue_date": "2026-03-05",
    "fiscal_year": 2026,
    "href": "/sites/default/files/assets/2026-03/OIG-26-902.pdf",
}
