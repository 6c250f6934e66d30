"""A process that dies while it fetches."""

from monitor.domain.settings import SourceSettings
from monitor.domain.types import NotModified, Page, Validators
from monitor.fetch.fetcher import Fetcher


class KilledError(BaseException):
    """Stands for the end of the process."""


class DyingFetcher(Fetcher):
    """Fetches so many pages, and then the process is no more."""

    left = 0

    def fetch(self, url: str, validators: Validators, settings: SourceSettings) -> Page | NotModified:
        """Fetch a page while there is life left."""
        if self.left == 0:
            raise KilledError
        self.left -= 1
        return super().fetch(url, validators, settings)
