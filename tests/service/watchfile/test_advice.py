"""What `config check` warns of: a watch file that is valid and cannot do what was meant."""

from pathlib import Path

import pytest

from service.watchfile.advice import warnings
from service.watchfile.load import load

SOUND = """
sources:
  audits: {url: "https://oig.example.gov/audits"}
channels:
  desk: {to: "json://example.org"}
  ops: {to: "json://example.org", purpose: operator}
topics:
  everything: {send: {immediately: desk}}
"""


def found(folder: Path, text: str) -> list[str]:
    (folder / "watch.yaml").write_text(text)
    return warnings(load(folder / "watch.yaml", {}))


def test_a_hundred_warnings_are_enough(tmp_path: Path) -> None:
    topics = "".join(f"  t{number}: {{match: {{any: ['a AND b']}}}}\n" for number in range(300))
    said = found(tmp_path, SOUND + topics)

    assert len(said) == 101
    assert said[-1] == "there are more than these 100; mend them and check again"


def test_a_file_that_works_brings_no_warning(tmp_path: Path) -> None:
    assert found(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    "term",
    [
        "agency:CBP",
        "agency:border protection",
        "agency:customs*",
        "agency:/NASA|NOAA/",
        "agency:us coast guard",
    ],
)
def test_an_agency_that_is_known_brings_no_warning(tmp_path: Path, term: str) -> None:
    assert found(tmp_path, SOUND.replace("{send:", f"{{match: {{any: ['{term}']}}, send:")) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://oig.example.gov", "www.example.gov", "write https://www.example.gov/audits"),
        ('"https://oig.example.gov/audits"', "“https://oig.example.gov/audits”", "typographic quotes"),
        ("https://oig.example.gov/audits", "saved/none.html", "there is no file or folder"),
        ("/audits", "/aud\u200bits", "a character that cannot be seen"),
        ('audits"}', 'audits", every: 1s}', "too often for a public site"),
        (
            'audits"}',
            'audits", profile: dhs-oig, expect: {filled: {recommendation: 50%}}}',
            "'expect' names recommendation, which no report has",
        ),
        (", purpose: operator", "", "Until then notices of trouble go to all channels once a day"),
        ("{send: {immediately: desk}}", "{}", "topic everything: it is sent nowhere"),
        ("{send:", '{match: {any: ["agency:Custums and Border"]}, send:', "'Customs and Border Protection'"),
        ("{send:", "{match: {any: [-facial recognition -detention]}, send:", "begins with a hyphen"),
        ("{send:", "{match: {any: [facial AND recognition]}, send:", "matched literally, AND, OR and NOT"),
        ("json://example.org", "syslog://", "channel desk: syslog:// writes into a system log"),
        (
            "json://example.org",
            "rsyslog://logs.example.org",
            "channel desk: rsyslog:// writes into",
        ),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SOUND
    (sentence,) = found(tmp_path, SOUND.replace(old, new, 1))
    assert said in sentence


def test_a_file_without_channels_and_topics_sends_nothing_and_says_so(tmp_path: Path) -> None:
    said = found(tmp_path, SOUND.partition("channels:")[0])
    assert [sentence.split(",")[0] for sentence in said] == ["there is no channel", "there is no topic"]
