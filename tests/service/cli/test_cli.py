"""Every command, run as a user runs it, against the replica of the publishers' sites."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.demo.fakes.receivers import Answer, MailServer, WebhookServer
from service.demo.fakes.replica import (
    AGENCY_PATH,
    LISTING_PATH,
    ReplicaSite,
    seed_recommendations,
    seed_reports,
)
from tests.alerts.channels.test_webhook import is_signed
from tests.event_schema import MESSAGE
from tests.service.commands import Ran, run
from tests.service.home import database_line

HOSTILE = "New \x1b[31mthing\x1b]0;owned\x07 \u202e[bold]at[/bold] the border"
COMMENT = "CBP has agreed with this and will train the investigators by 2027."


@dataclass
class Lived:
    """A watch that took stock, and then saw one new report and one updated comment."""

    folder: Path
    site: ReplicaSite
    mail: MailServer
    hook: WebhookServer
    second: Ran

    def run(self, *arguments: str) -> Ran:
        return run(self.folder, *arguments)

    def json(self, *arguments: str) -> Any:
        ran = self.run(*arguments, "--json")
        assert ran.code == 0, ran.err
        return json.loads(ran.out)


def write_watch_file(folder: Path, site: ReplicaSite, mail: MailServer, hook: WebhookServer) -> None:
    webhook = hook.url("/alerts").removeprefix("http://")
    (folder / "watch.yaml").write_text(f"""\
time_zone: America/New_York
sources:
  audits: {{url: "{site.url(LISTING_PATH)}", delay: 1s, allow_private: true}}
  gao: {{url: "{site.url(AGENCY_PATH)}", delay: 1s, allow_private: true}}
channels:
  desk: {{to: "mailto://{mail.host}:{mail.port}?from=watch@example.org&to=desk@example.org"}}
  room: {{to: "json://{webhook}", allow_private: true}}
topics:
  everything: {{send: {{immediately: [desk, room], weekly: desk}}}}
{database_line(folder)}""")


@pytest.fixture(scope="module")
def lived(shared_home: Path) -> Iterator[Lived]:
    folder = shared_home
    with (
        ReplicaSite(seed_reports(), seed_recommendations()) as site,
        MailServer() as mail,
        WebhookServer() as hook,
    ):
        write_watch_file(folder, site, mail, hook)
        first = run(folder, "check")
        assert first.code == 0, first.err
        assert "baseline     50 rows, complete" in first.out
        assert "baseline     10 of 10, complete" in first.out
        new = {"report_number": "OIG-26-99", "title": HOSTILE, "abstract": None, "fiscal_year": 2026}
        site.reports.insert(0, {**new, "issue_date": "2026-11-20", "href": "/sites/OIG-26-99.pdf"})
        site.recommendations[0]["status_comment"] = COMMENT
        yield Lived(folder, site, mail, hook, run(folder, "check"))


def changed_key(lived: Lived) -> str:
    return str(next(c["record"] for c in lived.json("changes") if c["kind"] == "comment_updated"))


def test_a_check_tells_what_changed_and_sends_it(lived: Lived) -> None:
    assert lived.second.code == 0, lived.second.err
    assert "audits  changed      51 rows, complete; 1 change\n" in lived.second.out
    assert len(lived.mail.messages) >= 2
    assert len(lived.hook.accepted) >= 2
    assert "sent message 1 to desk (desk@example.org)" in lived.second.out


def test_changes_are_shown_by_day_and_given_as_json(lived: Lived) -> None:
    shown = lived.run("changes")
    assert shown.code == 0
    assert "New DHS OIG report OIG-26-99" in shown.out
    numbers = [f"(change {one['id']})" for one in lived.json("changes")]
    assert len(numbers) >= 2
    assert all(number in " ".join(shown.out.split()) for number in numbers)
    assert {change["kind"] for change in lived.json("changes", "--days", "2")} == {
        "new_report",
        "comment_updated",
    }
    [only] = lived.json("changes", "--source", "gao")
    assert only["after"]["status_comment"] == COMMENT


def test_what_a_page_says_steers_no_terminal_and_is_no_markup(lived: Lived) -> None:
    commands = (
        ["changes"],
        ["records", "-n", "1000"],
        ["show", "OIG-26-99"],
        ["digest", "--preview"],
        ["outbox", "show", "1"],
        ["outbox", "show", "2"],
        ["changes", "--json"],
        ["events"],
        ["records", "--json"],
        ["show", "OIG-26-99", "--json"],
    )
    for command in commands:
        shown = lived.run(*command).out
        assert shown, command
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown), command
    assert "thing [bold]at[/bold] the border" in lived.run("show", "OIG-26-99").out


def test_json_gives_back_the_publishers_own_text(lived: Lived) -> None:
    found = {record["key"]: record for record in lived.json("records", "--source", "audits")}
    assert len(found) == 51
    assert "\u202e[bold]at[/bold]" in found["OIG-26-99"]["title"]


def test_no_line_is_wider_than_eighty_columns(lived: Lived) -> None:
    commands = (["status"], ["changes"], ["records"], ["show", changed_key(lived)], ["outbox", "list"])
    for command in commands:
        wide = [line for line in lived.run(*command).out.splitlines() if len(line) > 80]
        assert not wide, command


def test_nothing_is_coloured_when_piped(lived: Lived) -> None:
    for command in (["status"], ["changes"], ["show", changed_key(lived)]):
        assert "\x1b" not in lived.run(*command).all


def test_status_tells_completeness_and_what_is_next(lived: Lived) -> None:
    shown = lived.run("status").out
    assert "51 rows, complete" in shown
    assert "10 of 10, complete" in shown
    assert re.search(r"next \w{3,5}\., \w{3,5}\.? \d+, \d{4}, \d+:\d\d [ap]\.m\. E[SD]T", shown)
    assert re.search(r"^outbox   \d+ sent$", shown, re.MULTILINE)
    assert "digest   weekly: " in shown
    data = lived.json("status")
    assert [one["source"] for one in data["sources"]] == ["audits", "gao"]
    assert set(data["outbox"]) == {"pending", "leased", "sent", "dead", "dropped"}


def test_records_can_be_narrowed_by_source_and_status(lived: Lived) -> None:
    assert len(lived.json("records", "--status", "open")) == 10
    assert lived.json("records", "--status", "closed") == []
    cut = lived.run("records", "--source", "gao", "-n", "2").out
    assert "… and 8 more; --limit 10 shows them all" in cut


def test_a_records_life_shows_before_and_after_with_the_proofs(lived: Lived) -> None:
    key = changed_key(lived)
    shown = lived.run("show", key).out
    assert "comment updated" in shown
    assert "{+CBP has agreed with" in " ".join(shown.split())
    [life] = lived.json("show", key)
    [change] = life["changes"]
    assert f"page before {change['before_sha256']}" in shown
    assert f"page after  {change['after_sha256']}" in shown
    assert life["listed"] is True
    assert [version["snapshot_sha256"] for version in life["versions"]] == [
        change["before_sha256"],
        change["after_sha256"],
    ]


def test_one_command_says_for_a_change_what_matched_and_what_was_sent(lived: Lived) -> None:
    key = changed_key(lived)
    shown = " ".join(lived.run("show", key).out.split())
    assert re.search(
        r"sent to desk \(desk@example\.org\), topic everything; message \d+, sent \w{3,5}\., \w{3,5}", shown
    )
    [change] = lived.json("show", key)[0]["changes"]
    assert (change["decision"], change["topics"]) == ("sent", ["everything"])
    told = {telling["channel"]: telling for telling in change["told"]}
    assert {name: one["state"] for name, one in told.items()} == {"desk": "sent", "room": "sent"}
    assert told["desk"]["recipient"] == "desk@example.org"
    assert "GAO updated" in lived.run("outbox", "show", str(told["desk"]["message"])).out


def test_a_record_is_shown_as_it_stood_at_the_end_of_a_local_day(lived: Lived) -> None:
    key = changed_key(lived)
    [before] = lived.json("show", key, "--on", "2020-01-01")
    assert (before["fields"], before["versions"]) == (None, [])
    assert "not known on that day" in lived.run("show", key, "--on", "2020-01-01").out
    [after] = lived.json("show", key, "--on", "today")
    assert after["fields"]["status_comment"] == COMMENT


def test_a_record_is_found_whatever_the_case_of_its_key(lived: Lived) -> None:
    assert "OIG-26-99" in lived.run("show", "oig-26-99").out


def test_a_digest_preview_keeps_and_sends_nothing(lived: Lived) -> None:
    sent = len(lived.json("outbox", "list"))
    shown = lived.run("digest", "--preview")
    assert shown.code == 0
    assert "New DHS OIG report OIG-26-99" in shown.out
    assert lived.json("digest", "--preview")["numbers"]["new_reports"] == 1
    assert len(lived.json("outbox", "list")) == sent
    assert not (lived.folder / "digests").exists()


def test_a_digest_preview_can_be_written_into_a_folder(lived: Lived, tmp_path: Path) -> None:
    assert lived.run("digest", "--preview", "--out", str(tmp_path)).code == 0
    [page] = tmp_path.glob("digest-weekly-*.html")
    assert "OIG-26-99" in page.read_text()


def test_a_message_is_shown_as_its_reader_gets_it(lived: Lived) -> None:
    shown = lived.run("outbox", "show", "1").out
    assert "subject   New DHS OIG report OIG-26-99" in shown
    assert "Why you get this: topic everything" in shown
    assert re.search(r"^attempt 1  .*  accepted$", shown, re.MULTILINE)


def test_messages_are_listed_by_state(lived: Lived) -> None:
    assert {item["state"] for item in lived.json("outbox", "list", "--state", "sent")} == {"sent"}
    assert lived.json("outbox", "list", "--state", "dead") == []
    assert "lease" not in lived.json("outbox", "list")[0]
    assert lived.run("outbox", "list", "--state", "ded").code == 2


def test_only_a_dead_or_dropped_message_can_be_retried(lived: Lived) -> None:
    for command in ("retry", "drop"):
        refused = lived.run("outbox", command, "1")
        assert refused.code == 2
        assert "message 1 is" in refused.err
    assert "there is no message 999" in lived.run("outbox", "show", "999").err


def test_the_test_of_a_webhook_says_where_it_went(home: Path) -> None:
    with WebhookServer() as hook:
        webhook = f'{{url: "{hook.url("/s3cret-path")}", secret: an-old-and-long-secret}}'
        (home / "watch.yaml").write_text(
            f"sources: {{a: {{url: x.html, profile: dhs-oig}}}}\n"
            f"channels: {{desk: {{webhook: {webhook}, allow_private: true}}}}\n"
        )
        hook.answers += [Answer(), Answer(401, body=b"an-old-and-long-secret is not it")]
        good, bad = run(home, "channels", "test"), run(home, "channels", "test")
    assert good.code == 0
    assert re.fullmatch(r"accepted: desk \(webhook-\w{8} at 127\.0\.0\.1\)\n", good.out)
    assert bad.code == 1
    assert bad.out.endswith("at 127.0.0.1): the channel answered 401 Unauthorized: *** is not it\n")
    MESSAGE.validate(hook.posts[0].json)
    assert hook.posts[0].json["notice"]["title"] == "Test of the channel desk"
    assert is_signed(hook.posts[0], "an-old-and-long-secret")


def test_channels_are_tested_the_way_alerts_are_sent(lived: Lived) -> None:
    mails, posts = len(lived.mail.messages), len(lived.hook.accepted)
    tested = lived.run("channels", "test")
    assert tested.code == 0
    assert re.fullmatch(
        r"accepted: desk \(desk@example\.org\)\naccepted: room \(json-[0-9a-f]{8}\)\n", tested.out
    )
    assert (len(lived.mail.messages), len(lived.hook.accepted)) == (mails + 1, posts + 1)
    mail = lived.mail.messages[-1].message
    assert "Test of the channel desk" in str(mail["Subject"])
    assert re.search(r"sent .* E[SD]T\.", mail.get_body(("plain",)).get_content())


def test_a_channel_that_refuses_is_named_and_ends_in_code_one(lived: Lived) -> None:
    lived.hook.answers.append(Answer(500))
    refused = lived.run("channels", "test", "room")
    assert refused.code == 1
    assert refused.out.startswith("not accepted: room (json-")


def test_a_copy_of_the_database_is_whole_and_replaces_nothing(lived: Lived, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    assert lived.run("db", "backup", str(target)).out == f"written: {target}\n"
    assert list(tmp_path.iterdir()) == [target]
    bytes_before = target.read_bytes()
    again = lived.run("db", "backup", str(target))
    assert (again.code, target.read_bytes()) == (3, bytes_before)
    assert "exists already" in again.err
    assert lived.run("db", "backup", str(tmp_path / "no" / "copy.db")).code == 3
    if bytes_before.startswith(b"SQLite"):  # how a dump of PostgreSQL is read back: test_postgres.py
        with closing(sqlite3.connect(target)) as copy:
            assert copy.execute("SELECT count(*) FROM record").fetchone() == (61,)


def test_the_database_is_brought_up_to_date_on_demand(lived: Lived) -> None:
    assert lived.run("db", "upgrade").out == "the database is up to date\n"


def test_the_watch_file_is_checked_and_its_schema_printed(lived: Lived) -> None:
    checked = lived.run("config", "check")
    assert checked.out.startswith("watch.yaml can be used, with 1 warning: 2 sources, 2 channels")
    assert "no channel has 'purpose: operator'" in checked.err
    assert "sources" in json.loads(lived.run("config", "schema").out)["properties"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["check", "audit"], "no source is called 'audit'; did you mean 'audits'?"),
        (["changes", "--source", "gaw"], "no source is called 'gaw'; did you mean 'gao'?"),
        (["records", "--source", "gaw"], "no source is called 'gaw'; did you mean 'gao'?"),
        (["show", "OIG-26-98"], "no record has the key 'OIG-26-98'; did you mean 'OIG-26-99'?"),
        (["digest", "weakly"], "no digest is called 'weakly'; did you mean 'weekly'?"),
        (["channels", "test", "rom"], "no channel is called 'rom'; did you mean 'room'?"),
        (["snapshots"], "name a source; known are audits, gao"),
        (["topics", "test"], "name a topic; known are everything"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(lived: Lived, command: list[str], said: str) -> None:
    ran = lived.run(*command)
    assert (ran.code, ran.err) == (2, f"oversight-watch: {said}\n")


def test_trouble_is_shown_with_its_reason_and_ends_in_code_one(
    home: Path, site: ReplicaSite, mail_server: MailServer, webhook_server: WebhookServer
) -> None:
    write_watch_file(home, site, mail_server, webhook_server)
    text = (home / "watch.yaml").read_text().replace(site.url(AGENCY_PATH), site.url("/agencies/nowhere"))
    (home / "watch.yaml").write_text(text)
    checked = run(home, "check")
    assert checked.code == 1
    assert "answered 404" in " ".join(checked.out.split())
    shown = " ".join(run(home, "status").out.split())
    assert "in trouble since" in shown
    assert "1 check in a row" in shown
    assert json.loads(run(home, "check", "gao", "--json").out)[0]["outcome"] == "failed"


def test_a_digest_is_sent_and_written_and_a_dropped_message_can_come_back(
    home: Path, site: ReplicaSite, mail_server: MailServer, webhook_server: WebhookServer
) -> None:
    write_watch_file(home, site, mail_server, webhook_server)
    assert run(home, "check", "gao").code == 0
    site.recommendations[0]["status_comment"] = COMMENT
    mail_server.refuse = lambda _: "451 4.3.0 try again later"
    refused = run(home, "check", "gao")
    assert refused.code == 1
    assert "not sent: message 1 to desk (desk@example.org)" in refused.out
    assert run(home, "outbox", "drop", "1").code == 0
    mail_server.refuse = None
    assert "sent message 1 to desk" in run(home, "outbox", "retry", "1").out
    digest = run(home, "digest", "weekly", "--send", "--out", "digests")
    assert digest.code == 0
    assert mail_server.messages[-1].message["Subject"].startswith("Weekly digest")
    [page] = (home / "digests").glob("*.html")
    assert f"written: digests/{page.name}" in digest.out
    assert max(map(len, run(home, "status").out.splitlines())) <= 80


def test_the_help_is_there_for_every_group() -> None:
    for group in (["outbox"], ["channels"], ["sources"], ["config"], ["db"]):
        assert "Commands:" in run(Path.cwd(), *group, "--help").out
