"""What is inside a report reaches its readers: the sentence with its page, once, and both texts on file."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.profiles.registry import PROFILES
from monitor.store.changes import latest_changes
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from service.readmodel.lives import lives_as_data
from service.readmodel.page_diff import page_diff_as_data
from service.readmodel.topics import explained_as_data
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.terminal.records import show_lives
from tests.clock import FrozenClock
from tests.pdf_files import pdf
from tests.service.web.served_watch import reading

PATH = "/files/OIG-26-90.pdf"


@pytest.mark.sqlite  # the databases are told apart in tests/monitor/documents
def test_an_alert_quotes_what_a_topic_finds_inside_a_report(
    watch_file: Path,
    make_watch: Callable[[], Watch],
    site: ReplicaSite,
    mail_server: MailServer,
    clock: FrozenClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = watch_file.read_text().replace("    delay: 1s\n", "    delay: 1s\n    documents: text\n", 1)
    inside = "everything: {match: {any: ['text:\"facial recognition\"']}, send"
    watch_file.write_text(text.replace("everything: {send", inside))
    watch = make_watch()
    check_source(watch, "audits")
    site.documents[PATH] = pdf(
        "A first page.", "It was late. CBP did not test facial recognition. It should."
    )
    row = {**site.reports[0], "report_number": "OIG-26-90", "title": "Ports", "abstract": None}
    site.reports.insert(0, {**row, "issue_date": clock().date().isoformat(), "href": PATH})
    clock.advance(timedelta(hours=6))
    check_source(watch, "audits")
    watch.deliver()
    (mail,) = mail_server.sent_to("desk@example.org")
    said = " ".join(mail.message.get_body(("plain",)).get_content().split())
    assert "“p. 2: CBP did not test facial recognition.”" in said
    site.documents[PATH] = pdf("A first page.", "It was late. CBP did test facial recognition. It should.")
    clock.advance(timedelta(days=2))
    check_source(watch, "audits")
    watch.deliver()
    (_, mail) = mail_server.sent_to("desk@example.org")
    said = " ".join(mail.message.get_body(("plain",)).get_content().split())
    assert "CBP did [-not-] test" in said
    with watch.database.read() as session:
        (change,) = latest_changes(session, limit=1)
        found = page_diff_as_data(session, change.before_sha256 or "", change.after_sha256, PROFILES)
        explained = explained_as_data(session, watch.settings, change.id, clock())
        lives = lives_as_data(session, "OIG-26-90", None, "America/New_York")
    (line,) = found["words"]
    assert [(one["kind"], one["text"]) for one in line if one["kind"] != "same"] == [("removed", "not")]
    assert "p. 2: CBP did test facial recognition." in str(explained)
    show_lives(lives, "America/New_York")
    assert f"hash {change.after_sha256[:12]}" in " ".join(capsys.readouterr().out.split())
    with reading(watch_file.parent) as page:
        shown = page.get("/records/audits/OIG-26-90").text
        text = page.get(f"/snapshots/{change.after_sha256}").text
    assert f'/snapshots/{change.after_sha256}/file">the file as it was</a>' in shown
    assert "<b>Text of the file:</b> p. 2: CBP did <del>not</del> test" in shown
    assert "p. 2: CBP did test facial recognition." in text
