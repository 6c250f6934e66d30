"""The publishers of a fault run: they publish, revise and close from a seed, and keep the true story.

Now and then a check gets pages of an earlier moment, or something happens between two of its pages.
"""

import random
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from service.demo.fakes.replica.pages import LISTING_PATH
from service.demo.fakes.replica.seeds import seed_recommendations, seed_reports
from service.demo.fakes.replica.trouble import (
    Trouble,
    challenge,
    connection_dropped,
    cut_without_length,
    rewritten,
    server_error,
    truncated,
    unavailable,
)
from tests.faults.judge import Aspect, Value
from tests.lives.site import LifeSite, State
from tests.lives.troubles import calm

_TROUBLES: Sequence[Callable[[], Trouble]] = (
    challenge,
    connection_dropped,
    cut_without_length,
    lambda: rewritten(lambda page: page[: len(page) * 2 // 3]),
    server_error,
    truncated,
    unavailable,
)
# The pages of each source, by its key in the watch file.
_PATHS = {"reports": LISTING_PATH, "gao": "/agencies/"}
# The list must stay as long as it usually is, or a guard sets the check aside, as it should.
_FEWEST_OPEN, _FEWEST_REPORTS = 8, 48
# With more at once that nobody has read yet a guard sets the check aside too.
_MOST_UNREAD = 10


class World:
    """A site that changes. `timelines` holds every value each thing ever had, in order, no value twice."""

    def __init__(self, site: LifeSite, seed: str) -> None:
        self._random = random.Random(seed)
        self._site = site
        self._counted = 0
        self.timelines: dict[Aspect, list[Value]] = {}
        site.reports, site.recommendations = seed_reports(), seed_recommendations()
        site.listing_page_size, site.page_size = 20, 5
        self._recorded = [site.state()]
        self._looks: dict[str, list[datetime]] = {source: [] for source in _PATHS}
        self._next_copy = dict.fromkeys(_PATHS, 0)
        self.copies = self.torn = 0

    def evolve(self, settled: Mapping[Aspect, int], accepted: Mapping[str, datetime]) -> None:
        """Let a few things happen.

        `settled` says how far along its timeline each aspect is recorded, `accepted` when each source was
        last read.
        """
        with self._site.lock:
            calm(self._site)
            behind = self._behind(settled)
            self._remember(behind, accepted)
            happenings = self._random.choices((0, 1, 2, 3), (3, 4, 2, 1))[0]
            for _ in range(happenings if len(behind) < _MOST_UNREAD else 0):
                self._happen(settled)
            if self._random.random() < 0.3:
                self._site.answers.append(self._random.choice(_TROUBLES)())
            if self._random.random() < 0.2:
                self._random.shuffle(self._site.recommendations)
            source, chance = self._random.choice(list(_PATHS)), self._random.random()
            if chance < 0.3:
                self._serve_copy(source)
            elif chance < 0.6:
                self._tear(source, settled)

    def _happen(self, settled: Mapping[Aspect, int]) -> None:
        happening = self._random.choices(
            (self._publish, self._retitle, self._comment, self._recommend, self._close, self._withdraw),
            (5, 3, 5, 2, 2, 1),
        )[0]
        happening(settled)

    def _behind(self, settled: Mapping[Aspect, int]) -> Set[str]:
        """Return the things that are not recorded as they are now."""
        return {
            thing
            for (thing, name), values in self.timelines.items()
            if settled.get((thing, name), 0) != len(values) - 1
        }

    def _remember(self, behind: Set[str], accepted: Mapping[str, datetime]) -> None:
        """Keep the present state, each half only where all that led to it is recorded."""
        publishers = {thing[:3] for thing in behind}
        last, now = self._recorded[-1], self._site.state()
        self._recorded.append(
            replace(
                now,
                reports=last.reports if "OIG" in publishers else now.reports,
                recommendations=last.recommendations if "GAO" in publishers else now.recommendations,
            )
        )
        for source, at in accepted.items():
            if at not in self._looks[source]:
                self._looks[source].append(at)

    def _serve_copy(self, source: str) -> None:
        """Answer one check with pages of a recorded moment; what two in a row show counts as true."""
        if len(self._looks[source]) < self._next_copy[source]:
            return
        self._next_copy[source] = len(self._looks[source]) + 2
        old, whole, begun = self._random.choice(self._recorded), self._random.random() < 0.5, False

        def copy(path: str, page: int) -> State | None:
            nonlocal begun
            if not path.startswith(_PATHS[source]):
                return None
            if begun and (page == 0 or not whole):
                calm(self._site)
                return None
            self.copies += not begun
            begun = True
            return old

        self._site.before_page = copy

    def _tear(self, source: str, settled: Mapping[Aspect, int]) -> None:
        """Let something happen after a page of the list was read and before the next one is."""

        def meanwhile(path: str, page: int) -> State | None:
            if path.startswith(_PATHS[source]) and page > 0:
                calm(self._site)
                self.torn += 1
                self._happen(settled)
            return None

        self._site.before_page = meanwhile

    def silent(self) -> frozenset[str]:
        """Name the open recommendations of which there was never anything to tell."""
        told = {thing for thing, _ in self.timelines}
        return frozenset(self._all_open()) - told

    def calm(self) -> None:
        """Put an end to all trouble."""
        with self._site.lock:
            calm(self._site)
            self._site.answers.clear()

    def _next(self) -> int:
        self._counted += 1
        return self._counted

    def _word(self) -> str:
        """Give a word that was never used before: it tells one telling from another."""
        return f"Z{self._next():05}"

    def _step(self, aspect: Aspect, before: Value, after: Value) -> None:
        self.timelines.setdefault(aspect, [before]).append(after)

    def _known(self, things: Collection[str], settled: Mapping[Aspect, int]) -> list[str]:
        """Give the things of which every step so far is recorded."""
        open_ends = {
            thing
            for (thing, name), values in self.timelines.items()
            if settled.get((thing, name), 0) != len(values) - 1
        }
        return sorted(set(things) - open_ends)

    def _publish(self, _settled: Mapping[Aspect, int]) -> None:
        n = self._next()
        number = f"OIG-27-{n:03}"
        self._site.reports.insert(
            0,
            {
                "report_number": number,
                "title": f"A Review of Fault {n}",
                "abstract": None,
                "issue_date": "2027-01-01",
                "fiscal_year": 2027,
                "href": f"/sites/default/files/assets/2027-01/{number}.pdf",
            },
        )
        self._step((number, "listed"), None, True)

    def _retitle(self, settled: Mapping[Aspect, int]) -> None:
        rows = {str(row["report_number"]): row for row in self._site.reports}
        # A new title of a report nobody has seen yet is its only title.
        chosen = self._random.choice(self._known(rows, settled) or [""])
        if chosen:
            before = str(rows[chosen]["title"])
            rows[chosen]["title"] = f"{before.partition(', revision')[0]}, revision {self._word()}"
            self._step((chosen, "title"), before, str(rows[chosen]["title"]))

    def _withdraw(self, settled: Mapping[Aspect, int]) -> None:
        known = self._known([str(row["report_number"]) for row in self._site.reports], settled)
        if len(self._site.reports) <= _FEWEST_REPORTS or not known:
            return
        gone = self._random.choice(known)
        self._site.reports[:] = [row for row in self._site.reports if row["report_number"] != gone]
        self._step((gone, "listed"), True, False)

    def _open(self, settled: Mapping[Aspect, int]) -> list[str]:
        return self._known(self._all_open(), settled)

    def _all_open(self) -> list[str]:
        rows = self._site.recommendations
        return [_key(row) for row in rows if str(row["status_text"]).startswith("Open")]

    def _row(self, key: str) -> dict[str, object]:
        return next(row for row in self._site.recommendations if _key(row) == key)

    def _comment(self, settled: Mapping[Aspect, int]) -> None:
        known = self._open(settled)
        if known:
            chosen = self._random.choice(known)
            row = self._row(chosen)
            before = _comment_of(row)
            row["status_comment"] = f"As of today, the agency is at step {self._word()} of its plan."
            self._step((chosen, "status_comment"), before, _comment_of(row))

    def _recommend(self, _settled: Mapping[Aspect, int]) -> None:
        n = self._next()
        row = {
            **self._site.recommendations[0],
            "report_number": f"GAO-27-{910000 + n}",
            "report_title": f"Faults: Agencies Should Look Into Number {n}",
            "recommendation_number": 1,
            "recommendation": f"The Commissioner should look into fault {n}. (Recommendation 1)",
            "status_text": "Open",
            "status_comment": f"Nothing was done about fault {n}.",
        }
        self._site.recommendations.append(row)
        self._step((_key(row), "listed"), None, True)

    def _close(self, settled: Mapping[Aspect, int]) -> None:
        known = self._open(settled)
        if len(known) > _FEWEST_OPEN:
            chosen = self._random.choice(known)
            row = self._row(chosen)
            before = _comment_of(row)
            row["status_text"] = "Closed – Implemented"
            row["status_comment"] = f"Done at step {self._word()}."
            self._step((chosen, "status"), "open", "closed_implemented")
            self._step((chosen, "status_comment"), before, _comment_of(row))


def _key(row: Mapping[str, object]) -> str:
    return f"{row['report_number']} rec {row['recommendation_number']}"


def _comment_of(row: Mapping[str, object]) -> str:
    return str(row["status_comment"])
