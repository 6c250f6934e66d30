"""Test profiles on saved pages: beside a page X.html, X.expected.json has what it should give.

Our own profiles and those of a user are tested by this same code. Only what the expectation says is compared.
"""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from alerts.language.text import listed
from monitor.domain.errors import OversightError, SourceError
from monitor.domain.identity import shorten
from monitor.domain.settings import SourceSettings
from monitor.domain.types import FIELDS, Page, Parse, RecordKind
from monitor.fetch.charset import charset_of, decoded
from monitor.fetch.saved import EXPECTED, SAVED_TYPES, saved_page
from monitor.profiles.markup import is_web
from monitor.profiles.parse import named, parse
from monitor.profiles.profile import Profile
from service.dryrun.try_page import day_as_of, record_as_data
from service.watchfile.new_file import write_new

USUAL_FOLDER = "tests"
_OTHERWISE = "look at it, and delete it where it is no longer right"
_OF_THE_PAGE = ("declared_total", "complete", "next_url", "says_empty", "title")
_FIELDS = ("kind", "key", "type", *dict.fromkeys(name for kind in RecordKind for name in FIELDS[kind]))


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected: where, what should be there, and what is."""

    where: str
    expected: Any
    read: Any


@dataclass(frozen=True, slots=True)
class PageTest:
    """One page with what it should give; `profile` is the one that reads it, as far as the file says."""

    page: Path
    expected: Mapping[str, Any]

    @property
    def profile(self) -> str | None:
        """Return the name of the profile; None where it is to be recognized."""
        return self.expected.get("profile")


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of one test: the differences, or `error` where the page could not be read at all."""

    page: Path
    profile: str
    records: int
    differences: tuple[Difference, ...] = ()
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return self.error is None and not self.differences

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "page": str(self.page), "passed": self.passed}


def run_tests(folder: Path, profiles: Mapping[str, Profile], names: Sequence[str]) -> list[Tested]:
    """Run the tests of a folder, of all profiles or of the named ones. Raises OversightError for none."""
    for name in names:
        named(name, profiles)
    tested = [run_test(test, profiles) for test in page_tests(folder)]
    found = [one for one in tested if not names or one.profile in names]
    if not found:
        whose = f" of {listed(names)}" if names else ""
        raise OversightError(
            f"there is no test{whose} in {folder}; to make one, save a page and run:"
            " oversight-watch sources try PAGE --profile NAME --save-expected"
        )
    return found


def run_test(test: PageTest, profiles: Mapping[str, Profile]) -> Tested:
    """Test one page against its expectation."""
    try:
        found = read_test(test, profiles)
    except OversightError as error:
        return Tested(test.page, test.profile or "", 0, error=str(error))
    return Tested(test.page, found.profile, len(found.records), tuple(differences(test, found)))


def page_tests(folder: Path) -> list[PageTest]:
    """Return the tests of a folder and the folders in it. Raises SourceError for one that cannot be read."""
    return [_test(path) for path in sorted(folder.rglob(f"*{EXPECTED}"))]


def _test(path: Path) -> PageTest:
    stem = path.name.removesuffix(EXPECTED)
    pages = [path.with_name(stem + ending) for ending in SAVED_TYPES]
    page = next((page for page in pages if page.is_file() and page != path), None)
    if page is None:
        raise SourceError(f"{path} has no page: {stem}.html (or .json, .csv, …) is missing beside it")
    try:
        expected = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(expected, dict) or not isinstance(expected.get("records"), list):
        raise SourceError(f"{path} must hold an object with 'records', a list of what the page gives")
    if not all(isinstance(record, dict) for record in expected["records"]):
        raise SourceError(f"{path}: each of 'records' is an object with fields")
    return PageTest(page, expected)


def read_test(test: PageTest, profiles: Mapping[str, Profile]) -> Parse:
    """Read the page of a test, as if it came from the address it was saved from. Raises OversightError."""
    page = saved_page(test.page, datetime.now(UTC), SourceSettings.model_validate({"url": str(test.page)}))
    address = test.expected.get("source_url")
    return parse(replace(page, final_url=address) if address else page, test.profile, profiles)


def differences(test: PageTest, found: Parse) -> list[Difference]:
    """Return all that is not as expected, in the order of the page."""
    expected = test.expected
    wanted, records = expected["records"], [record_as_data(record) for record in found.records]
    said = [*_of_the_page(expected, found), *_of_the_records(wanted, records)]
    if (problems := expected.get("problems")) is not None and problems != list(found.problems):
        said.append(Difference("problems", problems, list(found.problems)))
    return said


def _of_the_page(expected: Mapping[str, Any], found: Parse) -> Iterator[Difference]:
    for name in _OF_THE_PAGE:
        if name in expected and expected[name] != getattr(found, name):
            yield Difference(name, expected[name], getattr(found, name))
    if "as_of" in expected and expected["as_of"] != (day := day_as_of(found)):
        yield Difference("as_of", expected["as_of"], day)
    count = expected.get("record_count", len(expected["records"]))
    if count != len(found.records):
        yield Difference("number of records", count, len(found.records))


def _of_the_records(
    wanted: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    """Pair records by what they are, so that one row too many does not make all that follow differ."""
    labels = [_label(record) for record in wanted], [_label(record) for record in found]
    for kind, i, i_end, j, j_end in SequenceMatcher(None, *labels, autojunk=False).get_opcodes():
        paired = min(i_end - i, j_end - j) if kind in ("equal", "replace") else 0
        for at in range(paired):
            yield from _of_a_record(i + at + 1, wanted[i + at], found[j + at])
        for at in range(i + paired, i_end):
            yield Difference(f"record {at + 1}", labels[0][at], None)
        for at in range(j + paired, j_end):
            yield Difference(f"record {at + 1}, which is not expected", None, labels[1][at])


def _label(record: Mapping[str, Any]) -> str:
    return shorten(str(record.get("recommendation") or record.get("title") or record.get("key")))


def _of_a_record(number: int, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Difference]:
    for name, value in wanted.items():
        if name not in _FIELDS:
            yield Difference(f"record {number}, {name}", value, "nothing: no record has such a field")
        elif value != found.get(name):
            yield Difference(f"record {number}, {name}", value, found.get(name))


def expectation(page: Page, found: Parse) -> dict[str, Any]:
    """Return what is read from a page now, as the expectation stored next to it."""
    return {
        "profile": found.profile,
        "source_url": page.final_url if is_web(page.final_url) else None,
        "declared_total": found.declared_total,
        "as_of": day_as_of(found),
        "complete": found.complete,
        "next_url": found.next_url,
        "problems": list(found.problems),
        "records": [record_as_data(record) for record in found.records],
    }


def save_test(page: Page, found: Parse, folder: Path) -> Path:
    """Write the expectation beside a saved page; a page of the web is saved first, into `folder`.

    Gives the file written. Raises OversightError where there is one already.
    """
    from_web = is_web(page.final_url)
    saved_at = Path(unquote(urlsplit(page.url).path))
    path = folder / found.profile / _file_name(page) if from_web else saved_at
    target = path.with_suffix(EXPECTED)
    write_new(
        target,
        json.dumps(expectation(page, found), indent=1, ensure_ascii=False).encode() + b"\n",
        _OTHERWISE,
        with_folder=True,
    )
    if from_web:
        # What only the answer's header said of the encoding, the file itself must say.
        plain = charset_of(page.body, "", None) == page.charset
        write_new(
            path, page.body if plain else decoded(page).encode("utf-8-sig"), _OTHERWISE, with_folder=True
        )
    return target


def test_command(name: str, address: str) -> str:
    """Return the command that runs the test which `save_test` makes of an address."""
    beside = "" if is_web(address) else f" --pages {shlex.quote(str(Path(address).parent))}"
    return f"oversight-watch sources test {name}{beside}"


def _file_name(page: Page) -> str:
    words = [word for word in urlsplit(page.final_url).path.split("/") if word] or ["page"]
    stem = "".join(sign if sign.isalnum() else "-" for sign in words[-1]).strip("-")
    kind = page.content_type.partition(";")[0].strip().lower()
    return stem + next((ending for ending, known in SAVED_TYPES.items() if known == kind), ".html")
