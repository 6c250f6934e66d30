"""Why a topic wants a change or does not, in sentences, and where it would go. Pure."""

from collections.abc import Sequence

from alerts.domain.settings import TopicSettings
from alerts.language.headlines import LABELS
from alerts.language.text import listed, plain
from alerts.topics.index import Verdict
from monitor.store.changes import ChangeView


def reasons(verdict: Verdict, topic: TopicSettings, change: ChangeView) -> list[str]:
    """Return what keeps a topic from a change, all of it; or what matched."""
    said = []
    if not verdict.kind:
        said.append(f"it does not ask for {change.kind.value}: its 'on' is {listed(topic.on)}")
    if not verdict.source:
        said.append(
            f"it does not read {plain(change.source)}: its 'sources' are {listed(topic.sources or ())}"
        )
    if verdict.missing:
        said.append(f"not there, and needed by 'all': {_terms(verdict.missing)}")
    if verdict.none_of:
        said.append(f"not there, and one is needed by 'any': {_terms(verdict.none_of)}")
    said += [
        f"kept away by {plain(one.term)!r} under 'none': “{plain(one.text)}” in the"
        f" {LABELS.get(one.field, one.field.replace('_', ' '))}"
        for one in verdict.against
    ]
    if not said:
        words = ", ".join(f"“{plain(word)}”" for word in verdict.words)
        said.append(f"because of {words}" if words else "it asks for no words")
    return said


def _terms(terms: Sequence[str]) -> str:
    return ", ".join(repr(plain(term)) for term in terms)
