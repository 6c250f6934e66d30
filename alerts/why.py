"""Why a topic wants a change or does not, in sentences, and where it would go. Pure."""

from collections.abc import Mapping, Sequence

from alerts.digest import channel_scopes
from alerts.headlines import LABELS
from alerts.match import Verdict
from alerts.settings import IMMEDIATELY, DigestSettings, TopicSettings
from alerts.wording import listed, plain
from monitor.queries import ChangeView

Destination = tuple[str, str]  # a rhythm ("immediately" or a digest), a channel


def reasons(verdict: Verdict, topic: TopicSettings, change: ChangeView) -> list[str]:
    """Say what keeps a topic from a change, all of it; or what speaks for it."""
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


def destinations(
    topics: Mapping[str, TopicSettings], digests: Mapping[str, DigestSettings]
) -> dict[str, list[Destination]]:
    """Give for every topic where its changes go: at once, and in which digests."""
    found = {
        name: [(IMMEDIATELY, channel) for channel in topic.send.get(IMMEDIATELY, ())]
        for name, topic in topics.items()
    }
    for digest, settings in digests.items():
        for channel, scope in channel_scopes(digest, settings, topics).items():
            for name in topics if scope == "all" else scope:
                found[name].append((digest, channel))
    return found
