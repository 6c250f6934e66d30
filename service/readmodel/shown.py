"""A change as the pages and feeds of the reading room show it; apart, as messages load slowly."""

from datetime import tzinfo

from alerts.language.change import Shown, shown
from monitor.store.changes import ChangeView
from service.readmodel.changes import ChangePage


def shown_on(page: ChangePage, change: ChangeView, zone: tzinfo) -> Shown:
    """Return a change of a page as readers see it, with the topics and words that matched."""
    decided = page.decided.get(change.id)
    words = [word for one in decided.tellings for word in one.words] if decided else []
    return shown(change, page.topics_of(change), tuple(dict.fromkeys(words)), zone)
