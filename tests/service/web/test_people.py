"""The other pages: messages, digests, evidence, owners and notes, a page that was set aside."""

import hashlib
import time
from pathlib import Path

import pytest

from tests.service.commands import run
from tests.service.home import database_line
from tests.service.web.served_watch import SOURCES, TOKENS, reading, write_pages

RECORD = "/records/oig/OIG-26-90"


def test_a_message_is_shown_as_its_reader_gets_it_and_can_be_cancelled_and_sent_again(folder: Path) -> None:
    with reading(folder) as client:
        listed = client.get("/messages").text
        shown = client.get("/messages/1").text
        assert "desk@example.org" in listed
        assert "Cameras at ports" in shown
        assert client.post("/messages/1/drop").headers["location"] == "/messages/1"
        assert ">dropped<" in client.get("/messages/1").text
        assert "Send again" in client.get("/messages/1").text
        assert client.post("/messages/1/retry").status_code == 303
        assert ">pending<" in client.get("/messages?state=pending").text
        again = client.post("/messages/1/retry")
        assert (again.status_code, "only a dead or dropped one" in again.text) == (409, True)
        assert client.get("/messages/99").status_code == 404
        assert client.post("/messages/99999999999999999999/retry").status_code == 422
        assert "No message is in this state." in client.get("/messages?state=dead").text


def test_a_stored_digest_has_an_address_of_its_own_in_every_form(folder: Path) -> None:
    with reading(folder) as client:
        assert "No digest was made yet" in client.get("/digests").text
        run(folder, "digest", "weekly", "--send")
        assert 'href="/digests/1"' in client.get("/digests").text
        page = client.get("/digests/1")
        assert "Weekly digest" in page.text
        assert "'sha256-" in page.headers["content-security-policy"]
        assert "unsafe-inline" not in page.headers["content-security-policy"]
        assert client.get("/digests/1?format=json").json()["name"] == "weekly"
        assert client.get("/digests/1?format=text").headers["content-type"].startswith("text/plain")
        assert client.get("/digests/9").status_code == 404


def test_a_stored_page_is_served_as_text_that_runs_nowhere_and_as_the_bytes_of_its_hash(folder: Path) -> None:
    with reading(folder) as client:
        sha256 = client.get(f"/api{RECORD}").json()["snapshot_sha256"]
        shown, saved = client.get(f"/snapshots/{sha256}"), client.get(f"/snapshots/{sha256}/file")
        framed = client.get(f"/snapshots/{sha256}/shown")
        packets = [client.get(f"/evidence{path}.zip") for path in ("/changes/1", RECORD, "/changes/99")]
        missing, odd = client.get(f"/snapshots/{'0' * 64}"), client.get("/snapshots/abc")
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert shown.headers["content-security-policy"].startswith("sandbox")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.text.startswith("<html>")
    assert [one.status_code for one in packets] == [200, 200, 404]
    assert all(one.content.startswith(b"PK") for one in packets[:2])
    assert framed.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert '<iframe sandbox title="The stored page" srcdoc="&lt;html&gt;' in framed.text
    assert hashlib.sha256(saved.content).hexdigest() == sha256
    assert "attachment" in saved.headers["content-disposition"]
    assert (missing.status_code, odd.status_code) == (404, 422)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "assigned", "text": "Ana <b>Ruiz</b>"}, "Ana &lt;b&gt;Ruiz&lt;/b&gt;"),
        ({"kind": "note", "text": "Ask\nGAO"}, "Ask GAO"),
        ({"kind": "snoozed_until", "until": "2990-01-02"}, "until <time"),
        ({"kind": "snoozed_until_change"}, "until its next change"),
    ],
)
def test_a_record_is_assigned_noted_and_snoozed_on_its_page(
    folder: Path, form: dict[str, str], said: str
) -> None:
    with reading(folder) as client:
        done = client.post("/triage/oig/OIG-26-90", data={**form, "by": "Ben"})
        assert (done.status_code, done.headers["location"]) == (303, f"{RECORD}#triage")
        page = client.get(RECORD).text
    assert said in page
    assert "Ben" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "note", "text": " ", "by": "Ben"}, "note is empty"),
        ({"kind": "note", "text": "x"}, "name is empty"),
        ({"kind": "snoozed_until", "until": "2020-01-02", "by": "Ben"}, "already begun"),
        ({"kind": "snoozed_until", "by": "Ben"}, "needs a day"),
        ({"kind": "snoozed_until", "until": "soon", "by": "Ben"}, "soon"),
        ({"kind": "painted", "by": "Ben"}, "kind"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(
    folder: Path, form: dict[str, str], said: str
) -> None:
    with reading(folder) as client:
        refused = client.post("/triage/oig/OIG-26-90", data=form)
    assert (refused.status_code, said in refused.text) == (422, True)


def test_a_proxys_user_is_named_in_what_he_writes_and_nobody_can_write_in_his_name(folder: Path) -> None:
    room = f"{TOKENS}, proxy: {{address: 127.0.0.1, admins: [ana, ben]}}"
    with reading(folder, room) as client:
        client.headers["X-Forwarded-User"] = "ana"
        client.post("/triage/oig/OIG-26-90", data={"kind": "note", "text": "mine", "by": "ben"})
        assert "by ana" in client.get(RECORD).text
        client.headers["X-Forwarded-User"] = "carl"
        assert client.post("/triage/oig/OIG-26-90", data={"kind": "note", "text": "x"}).status_code == 403
        assert "Assign, note or snooze" not in client.get(RECORD).text


def test_a_page_set_aside_is_beside_the_last_good_one_and_can_be_accepted(home: Path) -> None:
    (home / "watch.yaml").write_text(SOURCES + database_line(home))
    write_pages(home)
    page = home / "oig.html"
    rows = "".join(
        f"<tr><td>OIG-26-{n}</td><td>Title {n}</td><td>March 2, 2026</td></tr>" for n in range(20, 40)
    )
    heads = "<tr><th>Report Number</th><th>Title</th><th>Issue Date</th></tr>"
    page.write_text(f"<html><body><table>{heads}{rows}</table></body></html>")
    run(home, "check")
    page.write_text(f"<html><body><table>{heads}{rows.split('<tr><td>OIG-26-22')[0]}</table></body></html>")
    assert "quarantined" in run(home, "check", "oig").out
    with reading(home) as client:
        shown = client.get("/sources/oig").text
        assert "The page that was set aside" in shown
        assert "Title 39" in shown
        assert client.post("/sources/oig/accept").status_code == 303
        until = time.monotonic() + 300
        while "The page that was set aside" in client.get("/sources/oig").text:
            assert time.monotonic() < until
        assert client.post("/sources/nope/accept").status_code == 404
        assert client.get("/sources/nope").status_code == 404


def test_ready_or_not_is_public_and_why_is_for_readers(folder: Path) -> None:
    with reading(folder, TOKENS) as client:
        assert client.get("/readyz").json() == {"ready": False}
        client.post("/sign-in", data={"token": TOKENS.split()[2].rstrip(",")})
        told = client.get("/readyz")
    assert told.status_code == 503
    assert told.json()["reasons"]


def test_metrics_are_for_readers_as_prometheus_reads_them(folder: Path) -> None:
    with reading(folder) as client:
        found = client.get("/metrics")
    assert found.headers["content-type"].startswith("text/plain")
    assert "oversight_watch_build_info" in found.text
