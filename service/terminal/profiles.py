"""Show profiles in a terminal: what one reads row by row, test results, and the list."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alerts.language.text import counted, plain, shortened
from monitor.profiles.profile import Profile
from service.dryrun.profile_tests import Difference, Tested, test_command
from service.dryrun.try_page import habits_as_data
from service.terminal.console import paragraph, say, width
from service.terminal.status import completeness

_LONGEST = 240  # characters of one field that are shown
_INDENT = "    "
_NOT_FIELDS = ("kind", "key")


def show_trial(result: Mapping[str, Any], limit: int) -> None:
    """Show what a profile reads on a page row by row, what it could not read, and how full each field is."""
    read = completeness({**result, "rows": len(result["records"])})
    say(f"profile {result['profile']}: ", (read, "bold"))
    if result["habits"]:
        habits = ", ".join(f"{name} {value}" for name, value in result["habits"].items())
        paragraph(f"{habits}, unless the watch file says otherwise", "habits  ")
    several = len({row["page"] for row in result["rows"]}) > 1
    shown = [row for at, row in enumerate(result["rows"]) if at < limit or row["problems"]]
    for row in shown:
        _show_row(row, several)
    if len(shown) < len(result["rows"]):
        rest = len(result["rows"]) - len(shown)
        say(f"… and {counted(rest, 'row')} without problems; --limit {len(result['rows'])} shows all")
    told = {_as_told(row, sentence) for row in result["rows"] for sentence in row["problems"]}
    for problem in result["problems"]:
        if not any(problem.endswith(sentence) for sentence in told):
            paragraph(problem, "! ", "yellow")
    if result["rows"]:
        _show_filled(result)


def _as_told(row: Mapping[str, Any], sentence: str) -> str:
    return f"Row {row['row']}: {sentence}."


def _show_row(row: Mapping[str, Any], several: bool) -> None:
    record, page = row["record"], f"  {plain(row['page'])}" if several else ""
    said = plain(record["key"]) if record else "not read" if row["problems"] else "dropped by the hook"
    first = f"row {row['row']}  "
    say(first, (said, "bold" if record else "yellow"), page)
    fields = {name: value for name, value in (record or {}).items() if name not in _NOT_FIELDS}
    longest = max(map(len, fields), default=0)
    for name, value in fields.items():
        if value is not None:
            _show_field(f"{_INDENT}{name:<{longest}}  ", plain(value))
    if record and (missing := [name for name, value in fields.items() if value is None]):
        paragraph(", ".join(missing), f"{_INDENT}nothing for ", "dim")
    if row["words"]:
        paragraph(shortened(plain(row["words"]), _LONGEST), f"{_INDENT}words: ", "dim")
    for sentence in row["problems"]:
        paragraph(sentence, f"{_INDENT}! ", "yellow")


def _show_field(label: str, value: str) -> None:
    if len(label) + len(value) <= width() or " " in value:
        paragraph(shortened(value, _LONGEST), label)
    else:  # an address longer than the line stands whole on one of its own
        say(label)
        say(f"{_INDENT}  {value}")


def _show_filled(result: Mapping[str, Any]) -> None:
    count = len(result["records"])
    filled = ", ".join(f"{name} {number:,}" for name, number in result["filled"].items())
    paragraph(filled, f"filled, of {counted(count, 'record')}: ", "bold")


def show_proposal(result: Mapping[str, Any], doubts: Sequence[str], path: Path, address: str) -> None:
    """Show the first rows that a proposed profile reads, what may be wrong, and what to do with it."""
    show_trial(result, 3)
    for doubt in doubts:
        paragraph(doubt, "! ", "yellow")
    say()
    say("written: ", (_short(path), "bold"))
    paragraph("This is a draft. Compare the rows above with the page, edit the file and try it again:")
    say(f'  oversight-watch sources try "{address}" --profile {_short(path)}')
    paragraph("When every row is right, save the page and its rows as a test, and run it:")
    say(f'  oversight-watch sources try "{address}" --profile {_short(path)} --save-expected')
    say(f"  {test_command(result['profile'], address)}")


def show_tests(tested: Sequence[Tested]) -> None:
    """Show how each test went, and every difference with what was expected and what was read."""
    for one in tested:
        mark = ("ok    ", "green") if one.passed else ("FAIL  ", "red")
        say(mark, f"{_short(one.page)}  ", (f"{one.profile}, {counted(one.records, 'record')}", "dim"))
        if one.error:
            paragraph(one.error, "      ")
        for difference in one.differences:
            _show_difference(difference)
    failed = sum(not one.passed for one in tested)
    end = f"{failed} of {counted(len(tested), 'page')} not as expected" if failed else ""
    say((end, "red") if failed else (f"{counted(len(tested), 'page')} as expected", "green"))


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _show_difference(difference: Difference) -> None:
    say(f"      {plain(difference.where)}")
    paragraph(_value(difference.expected), "        expected  ", "red")
    paragraph(_value(difference.read), "        read      ", "green")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " / ".join(map(str, value)) or "none"
    return "nothing" if value is None else str(value)


def profiles_as_data(profiles: Mapping[str, Profile], built_in: Iterable[str]) -> list[dict[str, Any]]:
    """Return what there is to know of each profile."""
    ours = set(built_in)
    return [
        {
            "profile": name,
            "built_in": name in ours,
            "kind": profile.kind.value,
            "describes": profile.describes,
            "version": profile.version,
            "habits": habits_as_data(profile.habits),
        }
        for name, profile in profiles.items()
    ]


def show_profiles(data: Sequence[Mapping[str, Any]]) -> None:
    """Show each profile on a line: its name, whether it is your own, and what it reads."""
    longest = max(len(one["profile"]) for one in data)
    for one in data:
        whose = "        " if one["built_in"] else "(own)   "
        say(
            f"{one['profile']:<{longest}}  {whose}",
            shortened(plain(one["describes"]), width() - longest - 10),
        )
