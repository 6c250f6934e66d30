"""The command that imports: exports of earlier days, and what it says of what it leaves out."""

import json
import zipfile
from datetime import timedelta
from pathlib import Path

from bench.gao_export import FIRST_OF_ALL, as_file, export_rows, with_changes
from service.readmodel.packet_verify import check
from tests.service.commands import run
from tests.service.home import database_line


def test_exports_of_earlier_days_are_imported_by_the_days_in_their_names(home: Path) -> None:
    exports, rows = home / "exports", export_rows(60, seed=4)
    exports.mkdir()
    for days in range(3):
        at = FIRST_OF_ALL + timedelta(days=days)
        (exports / f"open-recs-{at:%Y-%m-%d}.csv").write_bytes(as_file(rows, at))
        rows = with_changes(rows, count=4, seed=days)
    (exports / "readme.txt").write_text("Exports of GAO.")
    (exports / "20260930120000.csv").write_text("this,is\nanother,list\n")
    (home / "watch.yaml").write_text(
        "sources:\n  gao: {url: 'https://www.gao.gov/open-recs2-csv?q=', profile: gao-csv}\n"
        f"  saved: {{url: {exports / 'readme.txt'}}}\n"
        "  dead: {url: 'http://127.0.0.1:9/x', profile: gao-csv, allow_private: true}\n" + database_line(home)
    )
    imported = run(home, "import", "gao", "exports")
    said = " ".join(imported.out.split())
    assert "changes recorded; nobody is alerted" in said, imported.all
    assert "readme.txt not imported: its name has no capture time, such as 20260301120000" in said
    assert (imported.code, "20260930120000.csv set aside:" in said) == (1, True)
    changes = json.loads(run(home, "changes", "--json").out)
    assert {one["seen"][:10] for one in changes} <= {
        f"{FIRST_OF_ALL + timedelta(days=n):%Y-%m-%d}" for n in (1, 2)
    }
    assert changes
    assert all(one["imported"] and one["id"] < 0 for one in changes)
    assert ", imported)" in run(home, "changes").out
    assert "imported" in run(home, "show", changes[0]["record"]).out
    (home / "nothing.txt").write_text("No page.")
    assert run(home, "import", "gao", "nothing.txt").code == 1
    again = json.loads(run(home, "import", "gao", "exports", "--json").out)
    assert (again["captures"], again["changes"]) == (0, 0)
    replayed = run(home, "replay")
    assert (replayed.code, f"changes: {len(changes)} the same" in replayed.out) == (0, True), replayed.all
    assert run(home, "db", "check").code == 0
    numbers = [str(one["id"]) for one in changes]
    assert "no alert: from an imported page" in run(home, "topics", "explain", numbers[0]).out
    assert run(home, "evidence", *numbers, "-o", "packet.zip", "--no-pictures").code == 0
    wrong: list[str] = []
    check(home / "packet.zip", wrong)
    assert wrong == []
    chain = json.loads(zipfile.ZipFile(home / "packet.zip").read("chain.json"))
    assert {json.loads(row["sealed"])[1] for row in chain["rows"]} >= {one["id"] for one in changes}
    verified = run(home, "db", "verify")
    assert verified.code == 0, verified.all
    assert run(home, "check", "dead").code == 1
    for arguments, why in (
        (("dead", "exports"), "no check could read dead yet"),
        (("saved", "exports"), "saved reads files"),
        (("gao", "nowhere"), "there is no file or folder nowhere"),
        (("goa", "exports"), "no source is called 'goa'"),
    ):
        refused = run(home, "import", *arguments)
        assert (refused.code, why in refused.err) == (2, True), refused.all
