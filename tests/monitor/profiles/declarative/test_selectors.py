"""A profile of one's own reads the page in its hands: no file, no environment, no network, bounded time."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.domain.types import Parse
from monitor.profiles.declarative.engine import described
from monitor.profiles.declarative.settings import ProfileSettings

SECRET = "out-of-bounds"
_REACHES = ("open", "os.system", "os.exec", "os.listdir", "subprocess.Popen", "urllib.Request")
_heard: list[tuple[str, str]] = []
_listening = [False]


# The hook outlives the names of its module when the interpreter ends, but not its own defaults.
def _listen(event: str, details: tuple[Any, ...], listening: list[bool] = _listening) -> None:
    if listening[0] and (event in _REACHES or event.startswith("socket.")):
        _heard.append((event, repr(details)[:200]))


sys.addaudithook(_listen)


@pytest.fixture
def secret_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a file that holds what no page may learn; the environment holds it too."""
    monkeypatch.setenv("OUT_OF_BOUNDS", SECRET)
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def reached() -> Iterator[list[tuple[str, str]]]:
    """Give what the interpreter reports as reached for by `watched`."""
    _heard.clear()
    yield _heard
    _listening[0] = False


def watched(settings: dict[str, Any], text: str) -> Parse | None:
    """Read a page by a profile; None where the profile is refused as it is read."""
    page = {"describes": "reports", "kind": "report", **settings}
    warm = {"describes": "reports", "kind": "report", "format": settings.get("format", "html")}
    place = {"css": "b"} if warm["format"] == "html" else {"path": "title"}
    fields = {"title": {"header": "Title"} if warm["format"] == "csv" else place}
    warm |= {"html": {"rows": "tr"}, "json": {"rows": "rows"}}.get(warm["format"], {})
    # Libraries load parts of themselves at the first use.
    warm_up = ProfileSettings.model_validate({**warm, "fields": fields})
    described("own", warm_up).parse(text[:40] + "<rss>", "")
    _listening[0] = True
    try:
        profile = described("own", ProfileSettings.model_validate(page))
        profile.recognizes(text, "https://example.gov/")
        return profile.parse(text, "https://example.gov/")
    except ValidationError:
        return None
    finally:
        _listening[0] = False


CSS = (
    "unparsed-text('file://{file}')",
    "//title | document('{file}')",
    "b::attr(url(file://{file}))",
    "@import url('file://{file}'); b",
    "b:contains(env('OUT_OF_BOUNDS'))",
    "b[title=expression(open('{file}'))]",
    "b:has(" * 200 + "b" + ")" * 200,
)
JMESPATH = (
    "env('OUT_OF_BOUNDS')",
    "$ENV.OUT_OF_BOUNDS",
    "env.OUT_OF_BOUNDS",
    "read_file('{file}')",
    "input_filename",
    "@ | system('cat {file}')",
    "__class__.__init__.__globals__",
    "map(&open('{file}'), @)",
    "[" * 400 + "0" + "]" * 400,
)
PATTERNS = (
    "(?{{ open('{file}') }})",
    "(?P>env)",
    r"(?:(?:(?:a{{1,9}}){{1,9}}){{1,9}}){{1,9}}$",
)


@pytest.mark.parametrize("payload", CSS)
@pytest.mark.parametrize("where", ["rows", "fields", "recognize"])
def test_a_css_selector_reaches_nothing_but_the_page(
    payload: str, where: str, secret_file: Path, reached: list[Any]
) -> None:
    css = payload.replace("{file}", str(secret_file))
    settings: dict[str, Any] = {"rows": "tr", "fields": {"title": {"css": "b"}}}
    settings[where] = (
        css if where == "rows" else {"title": {"css": css}} if where == "fields" else {"css": css}
    )
    parse = watched(settings, "<table><tr><td><b>A Review of Something</b></td></tr></table>")
    assert SECRET not in repr(parse)
    assert reached == []


@pytest.mark.parametrize("payload", JMESPATH)
@pytest.mark.parametrize("where", ["rows", "next", "total", "fields"])
def test_a_jmespath_expression_reaches_nothing_but_the_file_in_hand(
    payload: str, where: str, secret_file: Path, reached: list[Any]
) -> None:
    path = payload.replace("{file}", str(secret_file))
    settings: dict[str, Any] = {"format": "json", "rows": "rows", "fields": {"title": {"path": "title"}}}
    settings[where] = path if where != "fields" else {"title": {"path": path}}
    parse = watched(settings, json.dumps({"rows": [{"title": "A Review of Something"}]}))
    assert SECRET not in repr(parse)
    assert reached == []


@pytest.mark.parametrize("payload", PATTERNS)
def test_a_pattern_reaches_nothing_but_its_text(payload: str, secret_file: Path, reached: list[Any]) -> None:
    pattern = payload.replace("{file}", str(secret_file)).replace("{{", "{").replace("}}", "}")
    settings = {"rows": "tr", "fields": {"title": {"css": "b", "pattern": pattern}}}
    parse = watched(
        settings, "<table><tr><td><b>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab</b></td></tr></table>"
    )
    assert SECRET not in repr(parse)
    assert reached == []


@pytest.mark.parametrize(
    "site",
    ["{title.__class__}", "{title.__init__.__globals__}", "{title!r}", "{0}", "{title:>999999999}"],
)
def test_the_page_of_a_record_that_left_is_named_by_fields_alone(site: str) -> None:
    settings = {"follow_up": f"https://example.gov/{site}", "rows": "tr", "fields": {"title": {"css": "b"}}}
    with pytest.raises(ValidationError, match="not a field of this profile"):
        ProfileSettings.model_validate({"describes": "reports", "kind": "report", **settings})


def test_a_pattern_that_never_ends_is_cut_short_said_and_takes_no_other_field_with_it() -> None:
    agency = {"css": "i", "pattern": "^(?:a|aa)+$"}
    settings = {"rows": "tr", "fields": {"title": {"css": "b"}, "agency": agency}}
    row = f"<tr><td><b>A Review of Something</b><i>{'a' * 60}!</i></td></tr>"
    parse = watched(settings, f"<table>{row}</table>")
    assert parse is not None
    assert [record.fields["title"] for record in parse.records] == ["A Review of Something"]
    assert [said for said in parse.problems if "the pattern of agency took too long" in said]


FEED = "<rss version='2.0'><channel><title>Reports</title><item><title>{}</title></item></channel></rss>"
LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
BOMBS = {
    "billion laughs": f"<!DOCTYPE rss [<!ENTITY l0 'ha'>{LAUGHS}]>{FEED.format('&l9;')}",
    "quadratic": f"<!DOCTYPE rss [<!ENTITY a '{'a' * 50_000}'>]>{FEED.format('&a;' * 50_000)}",
    "file": f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file://{{file}}'>]>{FEED.format('&x;')}",
    "web": f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'http://127.0.0.1:9/x'>]>{FEED.format('&x;')}",
    "external declarations": f"<!DOCTYPE rss SYSTEM 'http://127.0.0.1:9/x.dtd'>{FEED.format('A Review')}",
    "parameter entity": f"<!DOCTYPE rss [<!ENTITY % x SYSTEM 'file://{{file}}'> %x;]>{FEED.format('A')}",
    "include": FEED.format("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://{file}'/>"),
    "style sheet": f"<?xml-stylesheet type='text/xsl' href='file://{{file}}'?>{FEED.format('A Review')}",
    "deep": FEED.format("<a>" * 20_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_feed_loads_no_entity_and_grows_no_larger_than_it_came(
    name: str, secret_file: Path, reached: list[Any]
) -> None:
    text = "<?xml version='1.0'?>" + BOMBS[name].replace("{file}", str(secret_file))
    parse = watched({"format": "feed", "fields": {"title": {"path": "title"}}}, text)
    assert SECRET not in repr(parse)
    assert parse is not None
    assert len(repr(parse.records)) < 2 * len(text) + 1_000
    assert reached == []
