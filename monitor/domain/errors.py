"""What can go wrong on the way to a recorded change.

OversightError
├── FetchError      no page to look at; retryable or not
│   ├── Refused     the site does not want programs, or not without a log-in
│   └── HostWaits   the host is to be left alone for now; nothing was asked
├── ParseError      a page no profile can read
├── Quarantined     a page that does not look like its source
├── SourceError     the source as written cannot be checked (missing file, unknown profile)
└── StoreError      the database cannot be used as it is
    └── StoreAway   its server does not answer at present; all that was committed stands

Every message is a sentence for the person who can act: what was wrong, where, what would be right.
"""

from monitor.domain.types import Page


class OversightError(Exception):
    """A mistake or trouble with a sentence for the user; never shown as a traceback."""

    retryable = False


class Stopping(Exception):  # noqa: N818 - what happens
    """The program is to stop, and who was to ask a host does no longer.

    No OversightError, for it is nobody's trouble: a check ends here as if the process had been killed, with
    nothing recorded.
    """


class FetchError(OversightError):
    """A page could not be fetched.

    `retryable` says whether asking again may help; `retry_after` is the wait in seconds that the server
    asked for; `status` the HTTP status where there was one.
    """

    def __init__(
        self, message: str, *, retryable: bool, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.status = status
        self.retry_after = retry_after


class Refused(FetchError):  # noqa: N818 - what it is
    """The site asks programs to keep away: robots.txt, or 401 or 403. Asking in disguise is not for us."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message, retryable=False, status=status)


class HostWaits(FetchError):  # noqa: N818 - what it does
    """The host is to be left alone for `retry_after` seconds: it said so, or the day's requests are spent.

    `spent` is that number of requests, None where the host itself asked to be left alone.
    """

    def __init__(self, message: str, *, host: str, retry_after: float, spent: int | None = None) -> None:
        super().__init__(message, retryable=True, retry_after=retry_after)
        self.host = host
        self.spent = spent


class ParseError(OversightError):
    """No profile reads this page."""


class Quarantined(OversightError):  # noqa: N818 - the domain's word for this outcome
    """A page was fetched but does not look like its source.

    `reasons` are sentences with numbers; `page` is the evidence, which `--accept` takes if `acceptable`.
    """

    def __init__(self, reasons: tuple[str, ...], page: Page, *, acceptable: bool = False) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.page = page
        self.acceptable = acceptable


class SourceError(OversightError):
    """A source as the user wrote it cannot be checked."""


class StoreError(OversightError):
    """The database is damaged, newer than this program, read-only or full."""


class StoreAway(StoreError):  # noqa: N818 - what it is
    """The database's server does not answer at present, or has just ended the connection: try again."""
