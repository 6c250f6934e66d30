"""A publisher's site that remembers: any request may be answered from an earlier state, or changed midway."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.demo.fakes.replica import ReplicaSite, pages
from service.demo.fakes.replica.pages import ReplicaRow
from service.demo.fakes.replica.site import Reply, Sheet

# Where one thing's row carries its number in the story; no page shows it.
THING = "thing"


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the pages are made from."""

    reports: tuple[ReplicaRow, ...]
    recommendations: tuple[ReplicaRow, ...]
    listing_page_size: int
    page_size: int
    order: str


class LifeSite(ReplicaSite):
    """The replica, with a hook before each page and an order of its listing.

    `before_page` gets the path and the page number, may change the site, and returns the state to answer
    from, or None for the present one. `order` is the field that the listing is sorted by, newest first.
    Who changes the site while it is asked holds `lock`.
    """

    order = "issue_date"
    claims_unchanged = False  # answers 304 to every conditional request
    total_lag = 0  # how many more the agency page announces than it lists

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.before_page: Callable[[str, int], State | None] = lambda _path, _page: None
        self.lock = threading.RLock()

    def state(self) -> State:
        """Return a copy of what the pages are made from."""
        return State(
            tuple(map(dict, self.reports)),
            tuple(map(dict, self.recommendations)),
            self.listing_page_size,
            self.page_size,
            self.order,
        )

    def show(self, state: State) -> None:
        """Make the pages from this state from now on."""
        self.reports = [dict(row) for row in state.reports]
        self.recommendations = [dict(row) for row in state.recommendations]
        self.listing_page_size, self.page_size = state.listing_page_size, state.page_size
        self.order = state.order

    def _html(self, path: str, query: dict[str, str], *, endless: bool) -> str | None:
        with self.lock:
            return self._html_of_one_moment(path, query, endless=endless)

    def _html_of_one_moment(self, path: str, query: dict[str, str], *, endless: bool) -> str | None:
        past = self.before_page(path, int(query.get("page", "0")))
        if past is None:
            return super()._html(path, query, endless=endless)
        kept = (self.reports, self.recommendations, self.listing_page_size, self.page_size, self.order)
        self.show(past)
        try:
            return super()._html(path, query, endless=endless)
        finally:
            self.reports, self.recommendations, self.listing_page_size, self.page_size, self.order = kept

    def _listing(self, query: dict[str, str], **_endless: bool) -> str:
        rows = sorted(self.reports, key=lambda row: str(row.get(self.order) or ""), reverse=True)
        page, size = int(query.get("page", "0")), self.listing_page_size
        shown = rows[page * size : (page + 1) * size]
        return pages.listing_page(Sheet(shown, query, page, (page + 1) * size < len(rows)))

    def _agency(self, name: str, query: dict[str, str], *, endless: bool) -> str | None:
        text = super()._agency(name, query, endless=endless)
        if text is None or not self.total_lag:
            return text
        total = sum(
            pages.slug(row["agency"]) == name and str(row["status_text"]).startswith("Open")
            for row in self.recommendations
        )
        return text.replace(f"({total} total)", f"({total + self.total_lag} total)")

    def _conditional(
        self, target: str, status: int, media_type: str, body: bytes, headers: dict[str, str]
    ) -> Reply:
        if self.claims_unchanged and {"if-none-match", "if-modified-since"} & headers.keys():
            return Reply(304, {"Content-Type": media_type})
        return super()._conditional(target, status, media_type, body, headers)
