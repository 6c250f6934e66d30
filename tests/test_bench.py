"""The bench runs and says what it promises to say; how fast anything was is nobody's business here."""

import json
import re

import pytest

from bench.__main__ import main
from bench.digest import main as digest_main
from bench.figures import figures
from bench.fleet import main as fleet_main
from bench.growth import main as growth_main
from bench.open_list import measure as measure_open_list
from bench.parsing import ParseRun
from bench.peers import Account
from bench.peers import table as peers_table
from bench.replay import main as replay_main
from bench.report import as_table
from bench.requests import main as requests_main
from bench.topics import main as topics_main
from bench.versions import main as versions_main
from bench.watchers import Cost

NAMES = [
    "baseline",
    "unchanged_304",
    "unchanged_200",
    "changed",
    "parse_bare",
    "parse_ours",
    "parse_ratio",
    "log_per_unchanged",
    "written_per_unchanged",
    "snapshot_per_version",
    "file_per_version",
    "peak_memory",
]


def test_the_bench_measures_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--pages", "3", "--repeats", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["shape"]["pages"] == 3
    assert found["shape"]["rows"] == 50
    assert 95_000 < found["shape"]["page_bytes"] < 115_000
    assert list(found["figures"]) == NAMES
    for name, figure in found["figures"].items():
        if name != "written_per_unchanged":  # not every system counts it
            assert figure["value"] > 0, name
            assert figure["low"] <= figure["value"] <= figure["high"]
    assert {"cores", "python", "sqlite", "httpx", "selectolax"} <= set(found["machine"])


def test_the_table_fits_a_terminal_and_names_what_is_quoted() -> None:
    shape = {"pages": 200, "rows": 50, "page_bytes": 105_000, "repeats": 5}
    table = as_table(shape, figures([], [], [ParseRun(1.0, 2.5), ParseRun(1.0, 1.5)], 80.0))
    assert max(map(len, table.splitlines())) <= 80
    assert "quoted, not measured here" in table
    ratio = next(line for line in table.splitlines() if line.startswith("parse, records to bare"))
    assert ratio.split()[-5:] == ["x", "1.50-2.50", "2.00", "measured", "yes"]
    unknown = next(line for line in table.splitlines() if line.startswith("written, unchanged"))
    assert "unknown" in unknown


def test_quick_looks_and_a_sweep_ask_far_less_than_full_walks_and_find_every_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert requests_main(["--rows", "200", "--minutes", "120", "--new", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["naive"]["requests"] == 12 * 4
    # Eleven looks, a second page where something was new, and one sweep of the pages there are by then.
    assert found["ours"]["requests"] == 11 + 2 + 5
    assert found["ours"]["sent"] < found["naive"]["sent"] / 3


@pytest.mark.parametrize("argument", ["0", "-1", "many"])
def test_a_senseless_number_is_refused(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--pages", argument])
    assert ended.value.code == 2
    assert "--pages" in capsys.readouterr().err


def test_more_topics_match_what_they_did_and_more_history_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert topics_main(["--topics", "300", "--changes", "20", "--repeats", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["few"]["topics"], found["many"]["topics"]) == (100, 300)
    assert found["few"]["matches"] == found["many"]["matches"] > 0
    assert growth_main(["--records", "3000", "--few", "50", "--pages", "2", "--repeats", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["many"]["megabytes"] > found["few"]["megabytes"] > 0
    assert found["many"]["changed"] > 0


def test_a_digest_holds_the_changes_of_its_week_of_a_long_history(capsys: pytest.CaptureFixture[str]) -> None:
    assert digest_main(["--changes", "520", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["changes"] == 520 // 52
    assert found["gathered"] > found["file"] > 0


def test_a_command_is_run_over_the_history_as_its_users_run_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert replay_main(["--changes", "100", "--only", "config", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["command"] == "config plan --against --days 365"
    assert found["cpu"] > 0
    assert found["megabytes"] > 10


@pytest.mark.usefixtures("postgres")  # where there is no server to start, the bench has none either
def test_workers_are_measured_and_what_a_check_costs_beside_a_history(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fleet_main(["--workers", "1", "--sources", "2", "--seconds", "6", "--beside", "1:60"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said[::2]] == ["1 worker(s), unchanged", "  unchanged"]
    assert said[1].startswith("beside 1 sources and 60 records (")
    assert said[3].startswith("  one new row: ")
    assert all("checks a second" in line for line in (said[0], *said[2:]))


def test_the_table_of_peers_fits_a_terminal_and_shows_multiples_of_ours() -> None:
    def account(cpu: float) -> Account:
        costs = {
            step: [Cost(cpu, cpu, 100.0, 2048)]
            for step in ("first check", "304", "same bytes", "one new row")
        }
        return Account("1.0", costs, [10_000, 20_000])

    table = peers_table({"oversight-watch": account(0.1), "urlwatch": account(0.4)}, 100)
    assert max(map(len, table.splitlines())) <= 80
    row = next(line for line in table.splitlines() if line.startswith("urlwatch  "))
    assert row.split()[1:3] == ["4.00", "(4.0x)"]


def test_versions_of_a_page_take_a_fraction_of_it_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert versions_main(["--versions", "20"]) == 0
    said = re.search(
        r"20 versions: ([\d,]+) B each, 1 of them whole \(the first ([\d,]+) B\)", capsys.readouterr().out
    )
    assert said is not None
    each, whole = (int(number.replace(",", "")) for number in said.groups())
    assert each < whole / 5


def test_the_bench_of_the_open_list_finds_its_changes() -> None:
    costs = measure_open_list(rows=60, changes=8)
    assert list(costs) == ["first check", "8 changes", "same file"]
