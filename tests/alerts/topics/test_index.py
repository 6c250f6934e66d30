"""Which topics want a change, and because of which words."""

import cProfile
import logging
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.domain.settings import TopicSettings
from alerts.topics.candidate import Candidate
from alerts.topics.index import TopicIndex, TopicMatch
from alerts.topics.terms import parse_term
from alerts.topics.words import Passage
from monitor.domain.types import ChangeKind


def topic(**settings: Any) -> TopicSettings:
    words = {key: settings.pop(key) for key in ("any", "all", "none") if key in settings}
    return TopicSettings.model_validate({**settings, "match": words})


def report(**fields: Any) -> Candidate:
    return Candidate(ChangeKind.NEW_REPORT, "cbp-audits", fields)


def words(candidate: Candidate, **settings: Any) -> tuple[str, ...] | None:
    matches = TopicIndex({"it": topic(**settings)}).matches(candidate)
    return matches[0].words if matches else None


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("facial recognition", "Use of Facial Recognition at Ports", "Facial Recognition"),
        ("facial-recognition", "use of facial recognition", "facial recognition"),
        ("facial recognition", "the facial-recognition pilot", "facial-recognition"),
        ("facial recognition", "facial\u00a0\n  recognition", "facial recognition"),
        ("facial recognition", "“facial” recognition", 'facial" recognition'),
        ("“open source”", "open source data", "open source"),
        ("agency's plan", "the agency’s plan", "agency's plan"),
        ("facial recognition", "facial features and recognition", None),
        ("port", "airport and ports", None),
        ("biometric*", "Biometrics everywhere", "Biometrics"),
        ("biometric*", "biometric", "biometric"),
        ("biometric*", "a probiometric", None),
        ("border wall system*", "Border Wall Systems", "Border Wall Systems"),
        ("border wall system*", "border wall", None),
        ("STRASSE", "straße", None),
        ("strasse", "Straße", "Straße"),
        ("ICE", "ICE detention", "ICE"),
        ("ICE", "ice on the road", None),
        ("ice", "ICE detention", "ICE"),
        ("ICE", "POLICE", None),
        ("TSA*", "TSA-wide", "TSA"),
        ("ICE detention", "ice detention", "ice detention"),
        ("COVID-19", "COVID 19 response", "COVID 19"),
        ("C++ (beta)", "in C++, beta", "C++, beta"),
        ("a.*b", "axxb", None),
        ("a.*b", "a b", "a b"),
        ("U.S. Coast Guard", "the U.S. Coast Guard", "U.S. Coast Guard"),
        ("/OIG-2[3-5]/", "OIG-24-01", "OIG-24"),
        ("/oig/", "OIG-24-01", None),
        ("/oig/i", "OIG-24-01", "OIG"),
        (r"/\$[0-9.,]+ [mb]illion/i", "cost $1.5 Million", "$1.5 Million"),
        ("/cost – plus/", "cost - plus", "cost - plus"),
    ],
)
def test_a_term_finds_what_a_reader_would_call_the_same_words(
    term: str, text: str, found: str | None
) -> None:
    assert words(report(title=text), any=term) == (None if found is None else (found,))


@pytest.mark.parametrize(
    ("term", "fields", "matches"),
    [
        ("title:biometric*", {"title": "Biometrics"}, True),
        ("title:biometric*", {"report_title": "Biometrics"}, True),
        ("title:biometric*", {"abstract": "Biometrics"}, False),
        ('title:"open source"', {"title": "Open-source data"}, True),
        ("Title:x", {"title": "x"}, True),
        ("agency:Coast Guard", {"agency": "U.S. Coast Guard"}, True),
        ("agency:Coast Guard", {"title": "U.S. Coast Guard"}, False),
        ("status:closed*", {"status": "closed_not_implemented"}, True),
        ('status:"partially addressed"', {"status_text": "Open – Partially Addressed"}, True),
        ("status:/^Open$/", {"status_text": "Open"}, True),
        ("number:OIG-24", {"report_number": "OIG-24-01"}, True),
        ("number:OIG-24", {"report_number": "OIG-21-24"}, False),
        ("number:4", {"recommendation_number": 4}, True),
        ("open", {"status": "open"}, False),
        ("x", {"abstract": "x"}, True),
        ("x", {"report_title": "x"}, True),
        ("x", {"recommendation": "x"}, True),
        ("x", {"status_comment": "x"}, True),
        ("OIG-24-01", {"report_number": "OIG-24-01"}, True),
        ("x", {"url": "x", "title": None}, False),
        ("one two", {"title": "one", "abstract": "two"}, False),
    ],
)
def test_a_term_looks_in_the_field_it_names_and_else_in_all_texts(
    term: str, fields: dict[str, Any], matches: bool
) -> None:
    assert (words(report(**fields), any=term) is not None) is matches


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"any": ["wall", "drone"]}, ("wall",)),
        ({"any": ["river", "drone"]}, None),
        ({"all": ["wall", "border"]}, ("wall", "border")),
        ({"all": ["wall", "drone"]}, None),
        ({"all": ["border"], "any": ["wall", "drone"]}, ("wall", "border")),
        ({"all": ["border"], "any": ["drone"]}, None),
        ({"all": ["border", "/w[a-z]+l/"]}, ("border", "wall")),
        ({"all": ["/zzz/"], "any": ["border"]}, None),
        ({"any": ["/zzz/", "border"]}, ("border",)),
        ({"any": ["border"], "none": ["wall"]}, None),
        ({"any": ["border"], "none": ["/wal+/"]}, None),
        ({"any": ["border"], "none": ["drone"]}, ("border",)),
        ({"none": ["wall"]}, None),
        ({"none": ["drone"]}, ()),
        ({}, ()),
        ({"any": ["wall", "/wall/"]}, ("wall",)),
    ],
)
def test_any_needs_one_all_needs_every_one_and_none_forbids(
    settings: dict[str, Any], found: tuple[str, ...] | None
) -> None:
    assert words(report(title="The border wall"), **settings) == found


@pytest.mark.parametrize("match", [{}, {"any": "wall"}, {"any": "/wall/"}])
def test_kinds_and_sources_are_looked_at_whatever_the_words(match: dict[str, Any]) -> None:
    candidate = report(title="wall")
    assert words(candidate, **match, on="new_report", sources="cbp-audits") is not None
    assert words(candidate, **match, on="withdrawn") is None
    assert words(candidate, **match, sources=["cbp-gao"]) is None


def test_words_that_a_change_took_away_still_speak_for_a_topic() -> None:
    revised = Candidate(
        ChangeKind.TITLE_REVISED,
        "s",
        {"title": "Screening pilot", "status": "closed"},
        {"title": "Facial recognition pilot", "status": "open"},
    )
    assert words(revised, any="facial recognition") == ("Facial recognition",)
    assert words(revised, any="/Facial/") == ("Facial",)
    assert words(revised, any="status:open") is None, "a status counts as it is now"
    assert words(revised, any="screening", none="facial") == ("Screening",)
    assert words(revised, any="facial", none="pilot") is None


def test_matches_come_in_the_order_of_topics() -> None:
    index = TopicIndex({"b": topic(), "a": topic(any="wall"), "c": topic(any="/wal/"), "d": topic(any="sea")})
    assert index.matches(report(title="Wall wall")) == [
        TopicMatch("b", ()),
        TopicMatch("a", ("Wall",)),
        TopicMatch("c", ("wal",)),
    ]


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ("titel:x", "'titel' is not a field; did you mean 'title'?"),
        ("https://x.org", "'https' is not a field; put the whole term in quotes to look for its words"),
        ("+++", "'+++' has no letter or digit to look for"),
        ("", "'' has no letter or digit to look for"),
        ("title:*", "'title:*' has no letter or digit to look for"),
        ("bio*metric", "'bio*metric': a * may only end the last word, as in biometric*"),
        ("bio* data", "'bio* data': a * may only end the last word, as in biometric*"),
        ("/abc", "'/abc': a pattern stands between two slashes, as in /OIG-2[3-5]/"),
        ("/abc/x", "'/abc/x': the only flag is i, for upper and lower case alike"),
        ("/a(b/", "'/a(b/' is not a pattern: missing ) at position 3"),
        ("/a*/", "'/a*/' matches empty text, so it would match everything"),
        ("title://", "'//' matches empty text, so it would match everything"),
        (f"/{'a' * 1001}/", "a pattern of 1,001 characters; at most 1,000 are allowed"),
        (
            "/(?:(?:a{600}){600,}){600}/",
            "'/(?:(?:a{600}){600,}){600}/' repeats something more than 10,000 times",
        ),
    ],
)
def test_a_bad_term_is_refused_with_a_sentence(term: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_term(term)
    assert str(caught.value) == sentence


def test_a_catastrophic_pattern_is_not_found_and_the_log_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    index = TopicIndex({"it": topic(any=["/^(.*?,){30}P/", "comma"])})
    slow = report(title="," * 3 + "1,2,3,4,5,6,7,8,9,10,11,12," * 30, abstract="comma")
    with caplog.at_level(logging.WARNING):
        for _ in range(12):
            assert index.matches(slow) == [TopicMatch("it", ("comma",))]
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "pattern_timed_out",
        "pattern_given_up",
    ]


SOME_WORDS = st.sampled_from(["border", "wall", "ICE", "ice", "facial", "recognition", "face"])
TEXT = st.lists(SOME_WORDS, max_size=8).map(" ".join)
TERM = st.one_of(
    SOME_WORDS,
    st.tuples(SOME_WORDS, SOME_WORDS).map("-".join),
    SOME_WORDS.map(lambda word: f"{word[:3]}*"),
    SOME_WORDS.map(lambda word: f"title:{word}"),
    SOME_WORDS.map(lambda word: f"/{word}/"),
)
TERMS = st.lists(TERM, max_size=3)
TOPIC = st.builds(lambda any_, all_, none: topic(any=any_, all=all_, none=none), TERMS, TERMS, TERMS)


@given(st.dictionaries(st.text("abc", min_size=1), TOPIC), TEXT, TEXT, TEXT, st.randoms())
def test_the_order_of_topics_and_their_company_change_nothing(
    topics: dict[str, TopicSettings], title: str, abstract: str, before: str, chance: random.Random
) -> None:
    candidate = Candidate(
        ChangeKind.TITLE_REVISED, "s", {"title": title, "abstract": abstract}, {"title": before}
    )
    names = list(topics)
    chance.shuffle(names)
    alone = [match for name in topics for match in TopicIndex({name: topics[name]}).matches(candidate)]
    assert TopicIndex(topics).matches(candidate) == alone
    shuffled = TopicIndex({name: topics[name] for name in names}).matches(candidate)
    assert sorted(shuffled, key=lambda match: list(topics).index(match.topic)) == alone


@given(st.text(min_size=1), st.text())
def test_any_text_is_either_a_term_or_refused_and_never_stops_matching(term: str, text: str) -> None:
    try:
        parse_term(term)
    except ValueError:
        return
    index = TopicIndex({"it": topic(any=[term])})
    assert index.matches(report(title=f"{text} {term}", abstract=text)) is not None


@given(
    st.text(".^$+?{}[]()|\\", min_size=1, max_size=5), st.text("ab", min_size=1), st.text("ab", min_size=1)
)
def test_the_signs_of_patterns_are_plain_punctuation_in_a_term(signs: str, left: str, right: str) -> None:
    term = f"{left}{signs}{right}"
    assert words(report(title=f"x {left} {right} x"), any=term) == (f"{left} {right}",)
    assert words(report(title=f"x {left}y{right} x"), any=term) is None


@given(st.text() | st.text(st.characters(codec="ascii")))
def test_a_text_is_cut_into_the_same_words_in_small_letters_and_as_written(text: str) -> None:
    passage = Passage("title", text, now=True)
    assert passage.folded == [word.casefold() for word in passage.plain]


def test_ten_thousand_topics_cost_little_more_than_a_hundred() -> None:
    chance = random.Random(1)
    common = [f"common{number}" for number in range(2000)]

    def index(size: int) -> TopicIndex:
        return TopicIndex(
            {
                f"t{number}": topic(
                    any=[f"{chance.choice(common)} rare{number}", f"rare{number}*"], none=["retracted"]
                )
                for number in range(size)
            }
        )

    candidates = [
        report(title=" ".join(chance.choices(common, k=10)), abstract=" ".join(chance.choices(common, k=150)))
        for _ in range(200)
    ]
    few, many = (_calls(index(size), candidates) for size in (100, 10_000))
    assert many < few * 2


def _calls(index: TopicIndex, candidates: list[Candidate]) -> int:
    """Give how many functions are called: what is done, on however busy a machine."""
    profile = cProfile.Profile()
    profile.enable()
    for candidate in candidates:
        index.matches(candidate)
    profile.disable()
    return sum(one.callcount for one in profile.getstats())
