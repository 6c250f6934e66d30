"""The contents of digests and reminders as typed, JSON-able data. A digest is docs/digest.schema.json.

Times and dates are ISO 8601 strings. A test compares the digest types with the published schema.
"""

from typing import Literal, NotRequired, TypedDict

from alerts.language.hero import Tone
from alerts.triage.annotations import CareData
from monitor.commitments.queries import Way

SourceState = Literal["ok", "recovered", "partial", "silent", "failing", "quarantined"]
ListName = Literal["passed", "moved", "soon"]
SegmentData = tuple[Literal["same", "removed", "added"], str]


class SchemaData(TypedDict):
    """The name and version of the format."""

    name: Literal["oversight-watch/digest"]
    version: Literal[1]


class WindowData(TypedDict):
    """The changes of one earlier period, counted by pile."""

    since: str
    until: str
    numbers: dict[str, int]


class UsualData(TypedDict):
    """The median and range of the totals of several periods."""

    windows: int
    median: float
    least: int
    most: int


class AgesData(TypedDict):
    """Counts by age band: from the date of the report (`ages`) or from first sight (`ages_here`)."""

    ages: list[int]
    ages_here: list[int]


class TotalsData(AgesData):
    """How many recommendations are open, and how old they are."""

    total: int


class AgencyData(TotalsData):
    """The open recommendations of one agency."""

    agency: str


class ReportData(TypedDict):
    """What the publisher says of a recommendation's report, or of a report itself."""

    issue_date: str | None
    topics: list[str]
    director: str | None


class OpenRowData(TypedDict):
    """One open recommendation. `dated` means that `since` is the date of the report, not of first sight."""

    source: str
    label: str
    text: str
    agency: str
    url: str | None
    priority: bool
    since: str
    dated: bool
    years: float
    care: NotRequired[CareData | None]
    report: NotRequired[ReportData]


class OpenData(TotalsData):
    """All open recommendations; `rest` and `agencies_rest` count what the lists leave out."""

    agencies: list[AgencyData]
    agencies_rest: int
    listed: list[OpenRowData]
    rest: int


class PromiseData(TypedDict):
    """A date as a comment promises it; `due` is the last day it can mean."""

    words: str
    date: str
    precision: Literal["day", "month", "quarter", "season", "fiscal_year", "year"]
    due: str


class PromisedRowData(OpenRowData):
    """An open recommendation with the date promised for it, now and before."""

    record: str
    promise: PromiseData | None
    before: PromiseData | None
    moved: Way | None
    read: str
    seen: str | None


class PromisedData(TypedDict):
    """One list of promised dates; `rest` counts what it leaves out."""

    listed: list[PromisedRowData]
    rest: int


class PromiseNumbers(TypedDict):
    """How many promised dates passed, moved by direction, and are due soon."""

    passed: int
    later: int
    earlier: int
    made: int
    taken_back: int
    soon: int


class PromisesData(TypedDict):
    """The promised dates of open recommendations."""

    numbers: PromiseNumbers
    soon_until: str
    passed: PromisedData
    moved: PromisedData
    soon: PromisedData


class SourceData(TypedDict):
    """The health of one source. `checks` is None where it is not known."""

    key: str
    state: SourceState
    checks: int | None
    troubled_checks: int
    rows: int
    declared: int | None
    complete: bool
    read: bool
    trouble: str
    trouble_since: str | None
    last_checked: str | None


class DifferenceData(TypedDict):
    """One changed field with its words, word for word."""

    label: str
    segments: list[SegmentData]


class TopicData(TypedDict):
    """A topic that matches a change, and the words that matched."""

    topic: str
    words: list[str]


class BadgeData(TypedDict):
    """Words on a color, as a mail begins with: the status of a record, or the kind of its change."""

    words: str
    tone: Tone


class ChangeData(TypedDict):
    """One change."""

    id: int
    kind: str
    source: str
    record: str
    what: str
    about: str
    also: list[str]
    told_before: str | None
    lead: str
    url: str | None
    address: str
    seen: str
    differences: list[DifferenceData]
    topics: list[TopicData]
    report: NotRequired[ReportData]
    badges: NotRequired[list[BadgeData]]


class PageData(TypedDict):
    """A page that shows what became of recommendations which left their list; `labels` name them."""

    url: str
    labels: list[str]


class PagesData(TypedDict):
    """The pages that a person would have to open; `rest` counts those that are not listed."""

    listed: list[PageData]
    rest: int


class DigestContent(TypedDict):
    """A whole digest."""

    schema: SchemaData
    name: str
    topics: Literal["all"] | list[str]
    since: str
    until: str
    missed: list[str]
    time_zone: str
    after_change_id: int
    up_to_change_id: int
    first: bool
    heartbeat: bool
    file: str | None
    numbers: dict[str, int]
    history: list[WindowData]
    usual: UsualData | None
    told_before: int
    before: TotalsData | None
    changes: list[ChangeData]
    more: int
    snoozed: int
    other: int
    promises: PromisesData
    open: OpenData
    to_open: NotRequired[PagesData]
    sources: list[SourceData]


class ReminderRowData(OpenRowData):
    """An open recommendation in a reminder; `promised` is the date named for it, `passed` if it is over."""

    promised: str | None
    passed: bool


class ReminderContent(TypedDict):
    """A whole reminder; `rest` counts what the list leaves out."""

    topic: str
    days: int
    until: str
    listed: list[ReminderRowData]
    rest: int
