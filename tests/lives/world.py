"""What happens to two publishers: events in any order, and the history of every thing they list.

A story is a seed: the same seed lives the same life.
"""

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from service.demo.fakes.replica import seed_recommendations, seed_reports
from service.demo.fakes.replica.pages import AGENCY, ReplicaRow
from tests.lives.site import THING, LifeSite, State

ICE = "United States Immigration and Customs Enforcement"
GONE: Mapping[str, Any] = {"listed": False}
View = Mapping[str, Any]
Event = Callable[["World"], str | None]


class World:
    """A site that changes, with `history`: every state that each thing's row was in, in order.

    `quiet` holds the things and fields of revisions that a publisher made site-wide: they must be recorded,
    and need not be told one by one.
    """

    def __init__(self, site: LifeSite, seed: str, *, reports: int, pages: int) -> None:
        self.random = random.Random(seed)
        self.site = site
        self.history: dict[int, list[View]] = {}
        self.quiet: set[tuple[int, str]] = set()
        self.renumbered: set[int] = set()  # since the last check that saw the site as it is
        self.twins: set[int] = set()  # what got another report of its title since then
        self.touched: set[int] = set()  # in what else tells a report from others, since then
        self.past: list[State] = []
        self._things = 0
        self._today = date(2026, 3, 1)
        site.reports = [self._reports_row(row) for row in seed_reports()[:reports]]
        while len(site.reports) < reports:
            site.reports.append(self.new_report(days=-len(site.reports)))
        site.recommendations = [{**row, THING: self.next_thing()} for row in seed_recommendations()]
        site.listing_page_size = max(1, -(-reports // pages))
        self.note()

    def _reports_row(self, row: ReplicaRow) -> ReplicaRow:
        return {**row, "abstract": None, THING: self.next_thing()}

    def next_thing(self) -> int:
        """Return a number that no thing has had."""
        self._things += 1
        return self._things

    def new_report(self, days: int = 0, **given: object) -> ReplicaRow:
        """Return a report that was issued today, or some days after; `given` replaces what it would say."""
        n = self.next_thing()
        self._today += timedelta(days=1 if not days else 0)
        issued = self._today + timedelta(days=days)
        number = f"OIG-{issued:%y}-{n + 1000}"
        words = self.random.sample(_WORDS, 4)
        return {
            "report_number": number,
            "title": f"CBP Needs to Improve {words[0]} and {words[1]} of {words[2]}’s {words[3]} – No. {n}",
            "abstract": None,
            "issue_date": issued.isoformat(),
            "fiscal_year": issued.year + (issued.month > 9),
            "href": f"/sites/default/files/assets/{issued:%Y-%m}/{number}.pdf",
            THING: n,
            **given,
        }

    def new_recommendation(self, **given: object) -> ReplicaRow:
        """Return an open recommendation to CBP in a report of its own."""
        n = self.next_thing()
        return {
            "report_number": f"GAO-26-{910000 + n}",
            "report_title": f"Border Matters: Agencies Should Look Into Number {n}",
            "recommendation_number": 1,
            "agency": AGENCY,
            "recommendation": f"The Commissioner of CBP should look into matter {n}. (Recommendation 1)",
            "status_text": "Open",
            "status_comment": f"Nothing has been done about matter {n}.",
            "priority": False,
            THING: n,
            **given,
        }

    def any_report(self, *, renumber: bool = False) -> ReplicaRow | None:
        """Return some report of the list; one whose number changes with title, link or date is another."""
        apart = self.touched if renumber else self.renumbered
        rows = [row for row in self.site.reports if row[THING] not in apart]
        if not rows:
            return None
        row = self.random.choice(rows)
        (self.renumbered if renumber else self.touched).add(row[THING])
        return row

    def any_open(self) -> ReplicaRow | None:
        """Return some open recommendation to CBP."""
        rows = [row for row in self.site.recommendations if is_on_list(row)]
        return self.random.choice(rows) if rows else None

    def happen(self) -> str:
        """Let one event happen that can, and return its name."""
        while True:
            event = self.random.choice(EVENTS)
            if said := event(self):
                self.note()
                return said

    def note(self) -> None:
        """Write down how every thing is now; a thing that is no longer listed is noted as gone."""
        now = {row[THING]: report_view(row) for row in self.site.reports}
        now |= {row[THING]: recommendation_view(row) for row in self.site.recommendations}
        for thing in {*now, *self.history}:
            states = self.history.setdefault(thing, [GONE])
            if states[-1] != (view := now.get(thing, GONE)):
                states.append(view)

    def seen(self) -> None:
        """Note that a check saw the site as it is: old copies are of such states only.

        What no check ever saw cannot be recognized as old.
        """
        self.renumbered.clear()
        self.touched.clear()
        self.twins.clear()
        self.past = [*self.past[-30:], self.site.state()]

    def quieten(self, rows: list[ReplicaRow], *names: str) -> None:
        """Note that these rows were revised all together."""
        self.quiet |= {(row[THING], name) for row in rows for name in names}


def report_view(row: ReplicaRow) -> View:
    """Return what a report's row says, field by field, as an editor would compare it."""
    return {
        "listed": True,
        "report_number": number(row["report_number"]),
        "title": row["title"],
        "issue_date": row["issue_date"],
        "fiscal_year": row["fiscal_year"],
        "url": path(row["href"]),
    }


def recommendation_view(row: ReplicaRow) -> View:
    """Return what a recommendation's row says, with whether CBP's open list has it."""
    names = ("report_title", "recommendation_number", "agency", "status_comment")
    status = {"Open": "open", "Closed – Implemented": "closed_implemented"}
    return {
        "listed": is_on_list(row),
        "recommendation": statement(row["recommendation"]),
        "report_number": number(row["report_number"]),
        "status": status.get(row["status_text"], "closed_not_implemented"),
        "priority": bool(row["priority"]),
        "url": path(f"/products/{row['report_number'].lower()}"),
        **{name: row[name] for name in names},
    }


def is_on_list(row: ReplicaRow) -> bool:
    """Whether CBP's list of open recommendations shows a row."""
    return bool(row["agency"] == AGENCY and row["status_text"] == "Open")


def number(text: object) -> str:
    """Return a report number without case, blanks and punctuation."""
    return "".join(c for c in str(text or "").upper() if c.isalnum())


def statement(text: object) -> str:
    """Return a recommendation's text without the number behind it."""
    return str(text or "").partition(" (Recommendation")[0]


def path(url: object) -> str:
    """Return an address without scheme, host, query and final slash."""
    written = str(url or "").partition("?")[0].rstrip("/")
    return "/" + written.split("/", 3)[3] if "://" in written else written


# ---- events: each returns what happened, or None where it cannot happen now


def _publish(world: World) -> str:
    world.site.reports.append(world.new_report())
    return "a new report"


def _publish_several(world: World) -> str:
    count = world.random.randint(2, 5)
    world.site.reports += [world.new_report() for _ in range(count)]
    return f"{count} new reports"


def _publish_old(world: World) -> str:
    count = world.random.choice((1, 2, 8))
    rows = [world.new_report(days=-9000 - world.random.randrange(900)) for _ in range(count)]
    world.site.reports += rows
    world.quieten(rows, "listed")
    return f"{count} old reports added to the list"


def _withdraw(world: World) -> str | None:
    # One that leaves as another of its title and day comes is that one under another number.
    rows = [row for row in world.site.reports if row[THING] not in world.twins]
    if len(world.site.reports) < 3 or not rows:
        return None
    world.site.reports.remove(world.random.choice(rows))
    return "a report withdrawn"


def _retitle(world: World) -> str | None:
    if (row := world.any_report()) is None:
        return None
    row["title"] = f"{row['title'].partition(' (Rev')[0]} (Rev. {world.random.randrange(1000)})"
    return "a title corrected"


def _redate(world: World) -> str | None:
    row = world.any_report()
    if row is None or not row["issue_date"]:
        return None
    issued = date.fromisoformat(row["issue_date"])
    row["issue_date"] = issued.replace(day=issued.day % 27 + 1).isoformat()
    return "a date corrected"


def _renumber(world: World) -> str | None:
    if (row := world.any_report(renumber=True)) is None:
        return None
    row["report_number"] = f"OIG-{world.random.randrange(10, 27)}-{world.next_thing() + 20_000}"
    return "a report renumbered"


def _respell_number(world: World) -> str | None:
    if (row := world.any_report()) is None:
        return None
    text = row["report_number"]
    row["report_number"] = text.lower() if text.isupper() else text.upper()
    return "a number in other letters"


def _move_file(world: World) -> str | None:
    if (row := world.any_report()) is None:
        return None
    row["href"] = f"/sites/default/files/moved/{world.next_thing()}.pdf"
    return "a file moved"


def _split(world: World) -> str | None:
    if (row := world.any_report()) is None:
        return None
    title = row["title"]
    row["title"] = f"{title}, Volume I"
    world.site.reports.append(world.new_report(title=f"{title}, Volume II"))
    return "a report in two volumes"


def _same_title(world: World) -> str | None:
    if (row := world.any_report()) is None:
        return None
    world.twins.add(row[THING])
    world.site.reports.append(world.new_report(title=row["title"]))
    return "another report of a series"


def _sort_again(world: World) -> str:
    world.site.order = world.random.choice(("issue_date", "title", "report_number", "href"))
    return f"sorted by {world.site.order}"


def _other_page_size(world: World) -> str:
    pages = world.random.randint(1, 40 if len(world.site.reports) > 200 else 4)
    world.site.listing_page_size = max(1, -(-len(world.site.reports) // pages))
    world.site.page_size = world.random.choice((5, 10, 20))
    return f"{world.site.listing_page_size} rows a page"


def _query_on_links(world: World) -> str:
    mark = f"?v={world.next_thing()}"
    for row in world.site.reports:
        row["href"] = row["href"].partition("?")[0] + mark
    return "?v= on every link"


def _links_moved(world: World) -> str | None:
    if world.renumbered:
        return None
    world.touched |= {row[THING] for row in world.site.reports}
    place = f"/files/{world.next_thing()}"
    for row in world.site.reports:
        row["href"] = f"{place}/{row['href'].partition('?')[0].rpartition('/')[2]}"
    world.quieten(world.site.reports, "url")
    return "every file moved"


def _recommend(world: World) -> str:
    world.site.recommendations.append(world.new_recommendation())
    return "a new recommendation"


def _recommend_jointly(world: World) -> str:
    row = world.new_recommendation()
    world.site.recommendations += [{**row, "agency": ICE, THING: world.next_thing()}, row]
    return "a recommendation to two agencies"


def _comment(world: World) -> str | None:
    if (row := world.any_open()) is None:
        return None
    row["status_comment"] = f"As of today, CBP has taken step {world.next_thing()} of its plan."
    return "a comment rewritten"


def _prioritize(world: World) -> str | None:
    if (row := world.any_open()) is None:
        return None
    row["priority"] = not row["priority"]
    return "a priority set or taken away"


def _close(world: World) -> str | None:
    row = world.any_open()
    if row is None or sum(map(is_on_list, world.site.recommendations)) < 5:
        return None
    row["status_text"] = world.random.choice(("Closed – Implemented", "Closed – Not Implemented"))
    row["status_comment"] = f"CBP ended this at step {world.next_thing()}."
    return "a recommendation closed"


def _close_others_row(world: World) -> str | None:
    rows = [
        row for row in world.site.recommendations if row["agency"] == ICE and row["status_text"] == "Open"
    ]
    if not rows:
        return None
    row = world.random.choice(rows)
    row["status_text"], row["status_comment"] = "Closed – Not Implemented", "ICE closed its part."
    return "the other agency's part closed"


def _reopen(world: World) -> str | None:
    rows = [r for r in world.site.recommendations if r["agency"] == AGENCY and r["status_text"] != "Open"]
    if not rows:
        return None
    row = world.random.choice(rows)
    row["status_text"], row["status_comment"] = "Open", f"Reopened for reason {world.next_thing()}."
    return "a recommendation reopened"


def _move_agency(world: World) -> str | None:
    row = world.any_open()
    if row is None or sum(map(is_on_list, world.site.recommendations)) < 5:
        return None
    row["agency"] = "Department of Homeland Security"
    return "a recommendation moved to another agency"


def _renumber_recommendation(world: World) -> str | None:
    row = world.any_open()
    if row is None:
        return None
    row["recommendation_number"] = world.random.randrange(50, 999)
    text = row["recommendation"].partition(" (Recommendation")[0]
    row["recommendation"] = f"{text} (Recommendation {row['recommendation_number']})"
    return "a recommendation renumbered"


_WORDS = (
    *("Oversight", "Management", "Security", "Detention", "Screening", "Planning", "Training", "Contracting"),
    *("Housing", "Cargo", "Technology", "Recruitment", "Reporting", "Maintenance", "Staffing", "Inspection"),
    *("Ports", "Stations", "Airports", "Vessels", "Facilities", "Records", "Grants", "Vehicles", "Seizures"),
)
EVENTS: tuple[Event, ...] = (
    *(_publish, _publish, _publish_several, _publish_old, _withdraw, _retitle, _redate, _renumber),
    *(_respell_number, _move_file, _split, _same_title, _sort_again, _other_page_size, _query_on_links),
    *(_links_moved, _recommend, _recommend_jointly, _comment, _comment, _prioritize, _close, _close),
    *(_close_others_row, _reopen, _move_agency, _renumber_recommendation),
)
