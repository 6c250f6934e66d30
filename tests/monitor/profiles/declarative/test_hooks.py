"""The user's own function beside a profile: what it may do, and what becomes of its mistakes."""

from pathlib import Path
from typing import Any

import pytest

from monitor.domain.types import Parse
from monitor.profiles.declarative.engine import described
from monitor.profiles.declarative.hooks import Hook, HookError, load_hook
from monitor.profiles.declarative.settings import ProfileSettings

SETTINGS = ProfileSettings.model_validate(
    {
        "describes": "a list",
        "kind": "report",
        "rows": "li",
        "hook": "fix",
        "fields": {"title": {"css": "a"}, "url": {"css": "a", "attribute": "href"}},
    }
)
PAGE = (
    "<!doctype html><html><body><ul>"
    + "".join(f'<li><a href="/{n}">Report {n}</a></li>' for n in (1, 2, 3, 4, 5, 6))
    + "</ul></body></html>"
)


def read(tmp_path: Path, body: str) -> Parse:
    return described("mine", SETTINGS, hook(tmp_path, body)).parse(PAGE, "https://www.example.gov/list")


def hook(tmp_path: Path, body: str, name: str = "fix") -> Hook:
    path = tmp_path / "mine.py"
    path.write_text(f"def fix(fields, words):\n    {body}\n")
    return load_hook(path, name)


def test_a_hook_changes_fields_and_drops_rows(tmp_path: Path) -> None:
    parse = read(
        tmp_path,
        "return None if words.endswith('3') else {**fields, 'agency': 'CBP', 'url': '/x' + words[-1]}",
    )
    assert [record.fields["title"][-1] for record in parse.records] == ["1", "2", "4", "5", "6"]
    assert {record.fields["agency"] for record in parse.records} == {"CBP"}
    assert parse.records[0].fields["url"] == "https://www.example.gov/x1"
    assert parse.problems == ()
    assert [(row.number, row.words) for row in parse.rows if row.record is None] == [(3, "Report 3")]


def test_a_row_whose_hook_raises_is_told_with_its_line_and_never_loses_the_others(tmp_path: Path) -> None:
    parse = read(tmp_path, "return {**fields, 'agency': {'1': 'CBP'}.get(words[-1]) or words['2']}")
    assert len(parse.records) == 1
    said = "Row 2: the hook fix failed in line 2: TypeError: string indices must be integers, not 'str'."
    assert parse.problems[0] == said
    assert not parse.complete


@pytest.mark.parametrize("loop", ["\n    while words:\n        pass", "while True: pass"])
def test_a_hook_that_loops_is_ended_and_the_rest_of_the_page_is_left(tmp_path: Path, loop: str) -> None:
    parse = read(tmp_path, loop)
    assert parse.records == ()
    assert parse.problems[0] == "Row 1: the hook fix took too long."
    assert parse.problems[-1] == "Row 3: the 3 rows after it were not read, for the same reason."


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 7", "returned 7; it must return the fields, or None to drop the row"),
        (
            "return {'titel': 'x'}",
            "returned 'titel', which is not a field of a report; did you mean 'title'?",
        ),
        ("return {**fields, 'title': 7}", "returned 7 for title; it takes text or None"),
        (
            "return {**fields, 'fiscal_year': '2024'}",
            "returned '2024' for fiscal_year; it takes a whole number",
        ),
        ("return {**fields, 'issue_date': 'May'}", "returned 'May' for issue_date; it takes a day such as"),
        ("raise SystemExit(1)", "failed in line 2: SystemExit: 1"),
        ("raise RecursionError", "failed in line 2: RecursionError"),
    ],
)
def test_what_a_hook_may_not_give_is_told_in_a_sentence(tmp_path: Path, body: str, said: str) -> None:
    parse = read(tmp_path, body)
    assert parse.records == ()
    assert said in parse.problems[0]


@pytest.mark.parametrize(
    ("source", "said", "line"),
    [
        ("def fix(fields, words)\n    return fields\n", "is not valid Python: expected ':'", 1),
        ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named 'nothing_of_this_name'", 1),
        ("x = 1\n\nx / 0\n", "ZeroDivisionError: division by zero", 3),
        ("def fixx(fields, words): ...\n", "has no function 'fix'; did you mean 'fixx'?", 0),
        ("", "has no function 'fix'; write: def fix(fields, words):", 0),
        ("\ndef fix(fields): ...\n", "the function 'fix' must take two arguments", 2),
        ("\0", "is not valid Python", 0),
        ("raise SystemExit\n", "SystemExit", 1),
    ],
)
def test_a_file_that_cannot_be_a_hook_says_why_and_where(
    tmp_path: Path, source: str, said: str, line: int
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)
    with pytest.raises(HookError) as caught:
        load_hook(path, "fix")
    assert said in str(caught.value)
    assert caught.value.line == line


def test_a_file_that_loops_while_it_loads_is_ended(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("while True:\n    pass\n")
    with pytest.raises(TimeoutError):
        load_hook(tmp_path / "mine.py", "fix")


def test_a_file_that_was_saved_anew_is_read_as_it_is_now(tmp_path: Path) -> None:
    fields: dict[str, Any] = {}
    assert hook(tmp_path, "return {'title': 'a'}")(fields, "") == {"title": "a"}
    assert hook(tmp_path, "return {'title': 'b'}")(fields, "") == {"title": "b"}
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]
