"""Trying, proposing and testing profiles, as a user does it at the command line."""

import json
import re
from pathlib import Path

import pytest

from monitor.profiles.registry import PROFILES
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite
from service.dryrun.profile_tests import PageTest, page_tests, run_test, run_tests
from tests.monitor.fetch.sites import serving
from tests.monitor.profiles.page_shapes import CARDS, SHAPES, TITLES, page
from tests.service.commands import ROOT, Ran, run

PAGES = ROOT / "tests" / "pages"
PROFILE = """
describes: a list of reports
kind: report
site: https://www.example.gov/
rows: li.report
hook: fix
habits: {every: 1d, delay: 9s}
fields:
  title: {css: a}
  url: {css: a, attribute: href}
  issue_date: {css: .date}
"""
HOOK = "def fix(fields, words):\n    return None if 'Podcast' in words else fields\n"
LIST = page(
    "<ul><li class=report><a href=/1>Gates at the Border</a> <b class=date>May 1, 2024</b></li>"
    "<li class=report><a href=/2>Locks on the Doors</a> <b class=date>Spring 2024</b></li>"
    "<li class=report><a href=/3>Our Podcast</a></li>"
    "<li class=report><a href=/4></a> <b class=date>May 2, 2024</b></li></ul>"
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "mine.yaml").write_text(PROFILE)
    (tmp_path / "profiles" / "mine.py").write_text(HOOK)
    (tmp_path / "list.html").write_text(LIST)
    return tmp_path


def tried(here: Path, *more: str) -> Ran:
    return run(here, "sources", "try", "list.html", "--profile", "mine", *more)


# sources try


def test_a_trial_shows_each_row_with_its_fields_and_what_could_not_be_read(here: Path) -> None:
    shown = tried(here).out
    assert "row 1  https://www.example.gov/1\n" in shown
    assert re.search(r"\n    issue_date +2024-05-01\n", shown)
    assert "    ! issue_date 'Spring 2024' was not understood\n" in shown
    assert "row 3  dropped by the hook\n    words: Our Podcast\n" in shown
    assert "row 4  not read\n    words: May 2, 2024\n    ! it has no title\n" in shown
    assert "title 2" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_trial_as_json_accounts_for_every_row(here: Path) -> None:
    found = json.loads(tried(here, "--json").out)
    assert list(found)[:5] == ["profile", "declared_total", "complete", "records", "problems"]
    assert [row["row"] for row in found["rows"]] == [1, 2, 3, 4]
    assert [row["record"] is not None for row in found["rows"]] == [True, True, False, False]
    assert found["rows"][3]["problems"] == ["it has no title"]
    assert (found["filled"]["issue_date"], found["habits"]) == (1, {"every": "1d", "delay": "9s"})


@pytest.mark.parametrize("name", ["mine", "profiles/mine.yaml", "elsewhere/my_own.yaml"])
def test_a_profile_is_named_or_given_as_a_file(name: str, here: Path) -> None:
    (here / "elsewhere").mkdir()
    (here / "elsewhere" / "my_own.yaml").write_text(PROFILE.replace("hook: fix\n", ""))
    found = run(here, "sources", "try", "list.html", "--profile", name, "--json")
    assert json.loads(found.out)["profile"] == ("my-own" if "own" in name else "mine")


def test_the_folder_of_the_watch_file_is_looked_in_even_where_the_rest_of_it_is_broken(here: Path) -> None:
    (here / "profiles").rename(here / "own")
    (here / "watch.yaml").write_text("profile_folder: own\nsourses: {}\n")
    assert tried(here).code == 0
    assert run(here, "sources", "try", "list.html", "--profile", "mine", "--profiles", "own").code == 0
    assert "there is no folder nowhere" in tried(here, "--profiles", "nowhere").err


def test_a_broken_profile_is_told_where_it_is_and_hinders_no_other(here: Path) -> None:
    (here / "profiles" / "broken.yaml").write_text("kind: reprot\n")
    assert tried(here).code == 0
    broken = run(here, "sources", "try", "list.html", "--profile", "broken")
    assert (broken.code, "broken.yaml:1:7: kind: 'reprot'" in broken.err) == (2, True)
    unknown = run(here, "sources", "try", "list.html", "--profile", "mien")
    assert (unknown.code, "did you mean 'mine'" in unknown.err) == (2, True)
    missing = run(here, "sources", "try", "list.html", "--profile", "x.yaml")
    assert (missing.code, "there is no profile file x.yaml" in missing.err) == (2, True)


def test_an_own_profile_is_recognized_before_the_built_in_ones(here: Path) -> None:
    feed = "describes: ours\nkind: report\nformat: feed\nwhole: false\nrecognize: {text: '<rss'}\n"
    (here / "profiles" / "ours.yaml").write_text(feed + "fields: {title: {path: title}}\n")
    (here / "feed.xml").write_text(SHAPES["feed.xml"])
    assert json.loads(run(here, "sources", "try", "feed.xml", "--json").out)["profile"] == "ours"


# sources test, --save-expected


def test_what_is_read_now_can_be_kept_as_a_test_and_a_change_is_shown(here: Path) -> None:
    folder = here / "profiles" / "tests" / "mine"
    folder.mkdir(parents=True)
    (here / "list.html").rename(folder / "list.html")
    kept = run(here, "sources", "try", str(folder / "list.html"), "--profile", "mine", "--save-expected")
    assert "written: " in kept.out
    assert run(here, "sources", "test", "mine").code == 0
    (here / "profiles" / "mine.yaml").write_text(PROFILE.replace("css: .date", "css: .day"))
    failed = run(here, "sources", "test")
    assert failed.code == 1
    assert "FAIL  profiles/tests/mine/list.html" in failed.out
    assert "record 1, issue_date\n        expected  2024-05-01\n        read      nothing\n" in failed.out
    assert "1 of 1 page not as expected" in failed.out
    found = json.loads(run(here, "sources", "test", "--json").out)
    assert (found[0]["passed"], found[0]["differences"][0]["where"]) == (False, "record 1, issue_date")


def test_an_expectation_is_never_written_over(here: Path) -> None:
    (here / "list.expected.json").write_text("mine")
    refused = tried(here, "--save-expected")
    assert (refused.code, "exists already and stays as it is" in refused.err) == (2, True)
    assert (here / "list.expected.json").read_text() == "mine"


def test_a_row_too_many_is_named_and_makes_no_other_differ(here: Path) -> None:
    tried(here, "--save-expected")
    first = "<li class=report><a href=/0>News</a></li><li class=r"
    (here / "list.html").write_text(LIST.replace("<li class=r", first, 1))
    found = json.loads(run(here, "sources", "test", "--pages", ".", "--json").out)
    where = [difference["where"] for difference in found[0]["differences"] if "record" in difference["where"]]
    assert where == ["number of records", "record 1, which is not expected"]


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "must hold an object with 'records'"),
        ('{"records": [1]}', "each of 'records' is an object"),
    ],
)
def test_an_expectation_that_is_none_is_told(expected: str, said: str, here: Path) -> None:
    (here / "list.expected.json").write_text(expected)
    failed = run(here, "sources", "test", "--pages", ".")
    assert (failed.code, said in failed.err) == (2, True)


def test_an_expectation_without_its_page_or_with_an_unknown_field_is_told(here: Path) -> None:
    (here / "list.expected.json").write_text('{"profile": "mine", "records": [{"titel": "x"}]}')
    assert "no record has such a field" in run(here, "sources", "test", "--pages", ".").out
    (here / "list.html").unlink()
    assert "has no page" in run(here, "sources", "test", "--pages", ".").err


def test_where_there_is_no_test_it_is_said_how_to_make_one(here: Path) -> None:
    none = run(here, "sources", "test", "mine")
    assert (none.code, "--save-expected" in none.err) == (2, True)


@pytest.mark.parametrize("one", page_tests(PAGES), ids=lambda one: one.page.name)
def test_the_built_in_profiles_pass_the_tests_beside_their_pages(one: PageTest) -> None:
    tested = run_test(one, PROFILES)
    assert (tested.error, tested.differences) == (None, ())


def test_the_profile_in_config_passes_the_test_that_is_beside_it() -> None:
    shown = run(ROOT / "config", "sources", "test", "--profiles", "profiles")
    assert (shown.code, shown.err) == (0, "")
    assert len(run_tests(PAGES, PROFILES, ["dhs-oig"])) >= 2


# sources new


@pytest.mark.parametrize("name", SHAPES)
def test_a_proposed_profile_is_a_sound_file_that_reads_the_page(name: str, here: Path) -> None:
    (here / name).write_text(SHAPES[name])
    made = run(here, "sources", "new", name, "--name", "made")
    assert (made.code, made.err) == (0, "")
    assert "sources try" in made.out
    written = (here / "profiles" / "made.yaml").read_text()
    assert written.startswith("# A draft, made from")
    found = json.loads(run(here, "sources", "try", name, "--profile", "made", "--json").out)
    assert len(found["records"]) == len(TITLES)
    assert found["problems"] == []


def test_a_proposal_is_never_written_over_an_existing_file(here: Path) -> None:
    (here / "cards.html").write_text(CARDS)
    refused = run(here, "sources", "new", "cards.html", "--name", "mine")
    assert (refused.code, "exists already and stays as it is" in refused.err) == (2, True)
    assert (here / "profiles" / "mine.yaml").read_text() == PROFILE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.html"], "there is no file or folder nowhere.html"),
        (["."], "is a folder; a profile is proposed from one page"),
        (["list.html", "--name", "No Name"], "is not a valid profile name"),
        (["list.html", "--name", "dhs-oig"], "is the name of a built-in profile"),
    ],
)
def test_what_cannot_be_proposed_is_told_and_writes_nothing(
    arguments: list[str], said: str, here: Path
) -> None:
    refused = run(here, "sources", "new", *arguments)
    assert (refused.code, said in refused.err) == (2, True)
    assert sorted(path.name for path in (here / "profiles").iterdir()) == ["mine.py", "mine.yaml"]


def test_the_profiles_there_are_are_listed_own_ones_first(here: Path) -> None:
    shown = run(here, "sources", "profiles").out.splitlines()
    assert re.match(r"mine +\(own\) +a list of reports", shown[0])
    assert len(shown) == len(PROFILES) + 1
    found = json.loads(run(here, "sources", "profiles", "--json").out)
    assert found[0]["habits"] == {"every": "1d", "delay": "9s"}


# Pages and files that mean harm


def test_a_selector_that_fits_everything_reads_nothing_and_says_why(here: Path) -> None:
    (here / "profiles" / "mine.yaml").write_text(PROFILE.replace("li.report", "'*'"))
    found = json.loads(tried(here, "--json").out)
    assert found["records"] == []
    assert "'rows' (*) fits too much" in " ".join(found["problems"])


def test_a_catastrophic_pattern_ends_and_the_rest_of_the_page_is_left(here: Path) -> None:
    rows = "".join(f"<li class=report><a href=/{n}>{'a' * 4000}!</a></li>" for n in range(200))
    (here / "list.html").write_text(page(f"<ul>{rows}</ul>"))
    place = "title: {css: a, pattern: '(a|aa|aaa)+$'}"
    (here / "profiles" / "mine.yaml").write_text(PROFILE.replace("title: {css: a}", place))
    found = json.loads(tried(here, "--json").out)
    assert found["records"] == []
    assert len(found["rows"]) == 3
    assert "the 197 rows after it were not read" in found["problems"][-1]


def test_a_trial_of_what_is_no_page_is_json_too_and_fails_in_the_same_way(here: Path) -> None:
    (here / "report.html").write_bytes(b"%PDF-1.7 and so on")
    found = run(here, "sources", "try", "report.html", "--json")
    assert (found.code, json.loads(found.out)["records"]) == (2, [])
    assert (run(here, "sources", "try", "report.html").code, found.err[:17]) == (2, "oversight-watch: ")
    assert "This is a PDF, not a page" in json.loads(found.out)["problems"][0]


def test_a_trial_fails_where_a_check_would_set_the_page_aside_and_says_each_problem_once(here: Path) -> None:
    (here / "page.html").write_text(page("<table><tr><th>Cake</th></tr><tr><td>Plum</td></tr></table>"))
    found = run(here, "sources", "try", "page.html", "--profile", "table", "--json")
    problems = json.loads(found.out)["problems"]
    assert (found.code, len(problems)) == (1, len(set(problems)))
    (here / "page.html").write_text(page("<p>No reports were found</p>"))
    assert run(here, "sources", "try", "page.html", "--profile", "table").code == 0


@pytest.mark.parametrize("command", ["try", "new"])
def test_a_page_is_tried_through_the_proxy_of_the_watch_file(tmp_path: Path, command: str) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno"
    with serving(lambda connection, _path: connection.sendall(page)) as proxy:
        (tmp_path / "watch.yaml").write_text(
            f'proxy: "http://127.0.0.1:{proxy.port}"\nsources: {{a: {{url: a.html}}}}\n'
        )
        run(tmp_path, "sources", command, "http://www.example.gov/list")
    assert proxy.asked[-1] == "http://www.example.gov/list"


@pytest.mark.parametrize("written", ["", "sources: [", "chanels: {}"])
def test_a_page_is_tried_whatever_is_wrong_with_the_watch_file(
    tmp_path: Path, site: ReplicaSite, written: str
) -> None:
    (tmp_path / "watch.yaml").write_text(written)
    assert run(tmp_path, "sources", "try", site.url(LISTING_PATH)).code == 0
