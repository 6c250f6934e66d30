"""A value from the environment is one part of the URL it stands in, whatever signs it holds."""

from pathlib import Path

import pytest

from service.watchfile.load import WatchFileError, load

SIGNS = "q@x/y?z#1:2&to=eve@example.com%é"


def url_of(tmp_path: Path, written: str, **environment: str) -> str:
    path = tmp_path / "watch.yaml"
    path.write_text(f'sources: {{a: {{url: x.html, profile: auto}}}}\nchannels: {{c: {{to: "{written}"}}}}\n')
    return load(path, environment).channels["c"].to[0].get_secret_value()


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("mailto://me:${SECRET}@example.gov?to=a@b.gov", "mailto://me:{}@example.gov?to=a@b.gov"),
        (
            "json://example.gov/${SECRET}/x",
            "json://example.gov/q%40x/y%3Fz%231%3A2%26to%3Deve%40example.com%25%C3%A9/x",
        ),
        ("json://example.gov?k=${SECRET}", "json://example.gov?k={}"),
        ("${SECRET}", SIGNS),
    ],
)
def test_a_secret_is_filled_in_as_one_part(tmp_path: Path, written: str, filled: str) -> None:
    coded = "q%40x%2Fy%3Fz%231%3A2%26to%3Deve%40example.com%25%C3%A9"

    assert url_of(tmp_path, written, SECRET=SIGNS) == filled.replace("{}", coded)


@pytest.mark.parametrize("host", ["example.gov", "example.gov:25", "[::1]:25"])
def test_a_host_may_come_from_the_environment(tmp_path: Path, host: str) -> None:
    assert url_of(tmp_path, "json://${HOST}/x", HOST=host) == f"json://{host}/x"


def test_more_than_a_host_is_refused_where_a_host_is_expected(tmp_path: Path) -> None:
    with pytest.raises(WatchFileError, match="HOST stands where a host is expected") as caught:
        url_of(tmp_path, "json://${HOST}/x", HOST=SIGNS)
    assert "eve" not in str(caught.value)
