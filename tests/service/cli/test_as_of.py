"""The day of which a list says that it speaks is shown where its changes are: alert, show and status."""

import json
from datetime import timedelta
from pathlib import Path

from alerts.language.text import shown_date
from bench.gao_export import FIRST_OF_ALL, as_file, export_rows, with_changes
from service.demo.fakes.receivers import MailServer
from tests.service.commands import run
from tests.service.home import database_line

ROWS = export_rows(60, seed=4)


def test_the_day_of_a_list_is_in_the_alert_in_show_and_in_status(home: Path, mail_server: MailServer) -> None:
    page = home / "export.csv"
    (home / "watch.yaml").write_text(
        database_line(home) + f"sources: {{gao: {{url: {page}, profile: gao-csv}}}}\n"
        f'channels: {{desk: {{to: "mailto://{mail_server.host}:{mail_server.port}?from=w@a.org&to=d@a.org"}}}}\n'
        "topics: {all: {send: {immediately: [desk]}}}\n"
    )
    for rows, days in ((ROWS, 0), (with_changes(ROWS, count=4), 1)):
        page.write_bytes(as_file(rows, FIRST_OF_ALL + timedelta(days=days)))
        assert run(home, "check").code == 0
    day = (FIRST_OF_ALL + timedelta(days=1)).date()
    said = shown_date(day.isoformat())
    (mail,) = mail_server.messages
    body = mail.message.get_body(("plain",))
    assert body is not None
    assert f"GAO’s list as of {said}" in " ".join(body.get_content().split())
    (first, *_) = json.loads(run(home, "changes", "--json").out)
    assert first["as_of"] == day.isoformat()
    assert f"list as of {said}" in " ".join(run(home, "show", first["record"]).out.split())
    assert f"list as of {said}" in " ".join(run(home, "status").out.split())
    assert json.loads(run(home, "status", "--json").out)["sources"][0]["as_of"] == day.isoformat()
