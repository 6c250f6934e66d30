"""Links in mails: a reader unsubscribes, comes back and snoozes, and nobody else does any of it."""

import json
import re
import shutil
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
import time_machine

from alerts.channels.send import targets
from alerts.domain.messages import ReaderLinks
from alerts.outbox.opt_outs import opt_out
from alerts.outbox.queue import add_notice
from service.cli.options import settings_of
from service.database.database import open_database
from service.demo.fakes.receivers import MailServer
from service.runtime.app import utc_now
from service.runtime.mail_links import MailLinks
from service.watchfile.reading_room import ReadingRoomSettings
from service.web.access import Tries
from tests.service.commands import ROOT, run
from tests.service.history import place_database
from tests.service.home import database_line
from tests.service.web.served_watch import ADMIN, TOKENS, reading

URL = "https://watch.example.org"
ROOM = f"{TOKENS}, url: '{URL}'"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ANNA, BEN = "anna@example.org", "ben@example.org"
COMMENT = "When we confirm what actions the agency has taken"


@pytest.fixture(autouse=True)
def fresh_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_wrong", "_used"):
        monkeypatch.setattr(f"service.web.mail_links.{name}", Tries())


@pytest.fixture
def watched(home: Path, mail_server: MailServer) -> Path:
    """A watch of GAO's list whose alerts go to Anna and Ben, with a contact for their operator."""
    shutil.copy(ROOT / "seeds" / "gao-cbp-open-recommendations.txt", home / "gao.txt")
    mail = f"mailto://127.0.0.1:{mail_server.port}?from=watch@example.org"
    (home / "watch.yaml").write_text(
        f"contact: watch@example.org\n{database_line(home)}"
        "sources: {gao: {profile: gao-recommendations, url: gao.txt}}\n"
        f"channels:\n  desk: {{to: '{mail}&to={ANNA},{BEN}'}}\n"
        f"  ours: {{to: '{mail}&to=op@example.org', purpose: operator}}\n"
        "topics: {all: {send: {immediately: desk}}}\n"
        f"reading_room: {{listen: 'off'{ROOM}}}\n"
    )
    place_database(home)
    run(home, "check")
    return home


def revise(folder: Path, comment: str, count: int = 1) -> None:
    """Publish other comments on the first recommendations, check, and send."""
    page = folder / "gao.txt"
    page.write_text(page.read_text().replace(COMMENT, comment, count))
    run(folder, "check")


def only_mail(server: MailServer, recipient: str = ANNA) -> EmailMessage:
    (mail,) = server.sent_to(recipient)
    return mail.message


def bodies(mail: EmailMessage) -> list[str]:
    return [part.get_content() for part in mail.iter_parts()]  # type: ignore[attr-defined]


def path_of(mail: EmailMessage, purpose: str = "unsubscribe") -> str:
    found = re.search(rf"{URL}(/{purpose}/[\w.-]+)", bodies(mail)[0])
    assert found
    return found[1]


def links_of(recipient: str, channel: str = "desk", token: str = ADMIN) -> ReaderLinks:
    links = MailLinks.of(ReadingRoomSettings.model_validate({"url": URL, "admin_token": token}))
    assert links
    return links.of_reader(channel, recipient)


def unsubscribed(folder: Path) -> list[tuple[str, str]]:
    listed = json.loads(run(folder, "channels", "unsubscribed", "--json").out)
    return [(one["channel"], one["recipient"]) for one in listed]


def outbox(folder: Path) -> list[tuple[str, str, str | None]]:
    listed = json.loads(run(folder, "outbox", "list", "--json").out)
    return [(one["recipient"], one["state"], one["error"]) for one in reversed(listed)]


def test_a_mail_names_its_readers_own_links_in_its_headers_and_at_its_end(
    watched: Path, mail_server: MailServer
) -> None:
    revise(watched, "CBP has trained its investigators")
    mail, other = only_mail(mail_server), only_mail(mail_server, BEN)
    path = path_of(mail)
    asked = (
        f"<{URL}{path}>, <mailto:watch@example.org?subject=unsubscribe%20desk%20{ANNA.replace('@', '%40')}>"
    )
    assert mail["List-Unsubscribe"] == asked
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert path_of(other) != path
    text, html = bodies(mail)
    assert f"\nUnsubscribe: {URL}{path}" in text.replace("\r", "")
    assert f'{path}"' in html
    assert ">Unsubscribe</a>" in html
    snooze = f"{URL}{path_of(mail, 'snooze')}"
    assert f"Snooze this recommendation: {snooze}" in text
    assert "Snooze this recommendation</a>" in html
    shown = run(watched, "outbox", "show", "1").out
    assert "Why you get this" in shown
    assert f"{URL}/unsubscribe/" not in shown  # the link is the reader's alone


def test_a_notice_to_an_operator_has_no_links_and_is_sent_even_to_who_unsubscribed(
    watched: Path, mail_server: MailServer
) -> None:
    settings = settings_of(watched / "watch.yaml")
    database = open_database(settings.database)
    with database.write() as session:
        opt_out(session, "ours", "op@example.org", utc_now())
        add_notice(session, targets("ours", settings.channels["ours"]), "A notice", ["Look."], utc_now(), "n")
    database.close()
    run(watched, "check")
    notice = only_mail(mail_server, "op@example.org")
    assert notice["List-Unsubscribe-Post"] is None
    assert "Unsubscribe" not in "".join(bodies(notice))


@pytest.mark.parametrize("given", [{"url": "http://watch.example.org", "admin_token": ADMIN}, {"url": URL}])
def test_without_https_or_an_admin_token_mails_have_no_links(given: dict[str, str]) -> None:
    assert MailLinks.of(ReadingRoomSettings.model_validate(given)) is None


def test_one_click_stops_one_readers_mails_and_following_the_link_changes_nothing(
    watched: Path, mail_server: MailServer
) -> None:
    path = links_of(ANNA).unsubscribe().removeprefix(URL)
    with reading(watched, ROOM) as client:
        shown = client.get(path)
        assert (shown.status_code, ANNA in shown.text, "desk" in shown.text) == (200, True, True)
        assert unsubscribed(watched) == []
        provider = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example.net"}
        done = httpx.post(
            client.base_url.join(path), data=ONE_CLICK, headers=provider, timeout=600, trust_env=False
        )
        assert (done.status_code, "no more mails" in done.text) == (200, True)
        assert client.post(path, data=ONE_CLICK).status_code == 200  # a provider asks twice
        assert "Subscribe again" in client.get(path).text
    assert unsubscribed(watched) == [("desk", ANNA)]
    revise(watched, "CBP has trained its investigators")
    assert mail_server.sent_to(ANNA) == []
    assert only_mail(mail_server, BEN)
    assert outbox(watched) == [(ANNA, "dropped", "unsubscribed by its reader"), (BEN, "sent", None)]
    assert "unsubscribed by its reader" in run(watched, "outbox", "list").out
    assert f"1 reader unsubscribed: {ANNA} (desk)" in " ".join(run(watched, "status").out.split())


def test_a_reader_subscribes_again_with_the_same_link(watched: Path, mail_server: MailServer) -> None:
    path = links_of(ANNA).unsubscribe().removeprefix(URL)
    with reading(watched, ROOM) as client:
        client.post(path)
        again = client.post(f"{path}/again")
        assert f"{ANNA} gets the mails of the channel desk again" in again.text
    assert unsubscribed(watched) == []
    revise(watched, "CBP has trained its investigators")
    assert only_mail(mail_server)


def test_the_command_lists_and_undoes_whatever_the_case_of_the_address(watched: Path) -> None:
    with reading(watched, ROOM) as client:
        client.post(links_of("Anna@example.org").unsubscribe().removeprefix(URL))
    assert "Anna@example.org, since" in run(watched, "channels", "unsubscribed").out
    undone = run(watched, "channels", "unsubscribed", "--undo", ANNA)
    assert (undone.code, undone.out) == (0, f"{ANNA} gets messages again: desk\n")
    assert run(watched, "channels", "unsubscribed").out == "No reader has unsubscribed.\n"
    assert run(watched, "channels", "unsubscribed", "--undo", ANNA).code == 2


def test_a_forged_or_changed_link_changes_nothing_and_guessing_is_stopped(watched: Path) -> None:
    path = links_of(ANNA).unsubscribe().removeprefix(URL)
    forged = [
        links_of(ANNA, token=ADMIN[::-1]).unsubscribe().removeprefix(URL),
        links_of(ANNA).snooze("gao", "x").removeprefix(URL).replace("/snooze/", "/unsubscribe/"),
        path[:-1],
        f"/unsubscribe/{'x' * 50}",
        "/unsubscribe/%00",
    ]
    with reading(watched, ROOM) as client:
        for one in forged:
            for method in ("GET", "POST"):
                refused = client.request(method, one)
                assert (refused.status_code, "open it from a newer mail" in refused.text) == (403, True)
        assert client.post("/unsubscribe/x").status_code == 429
        assert client.get(path).status_code == 200  # whoever has a link is not stopped by those who guess
        for one in (
            "/unsubscribe/%2e%2e/messages/1/drop",
            "/unsubscribe/..%2fmessages/1/drop",
            "/unsubscribe/",
        ):
            assert client.post(one).status_code == 404
    assert unsubscribed(watched) == []


def test_one_link_cannot_be_used_without_end(watched: Path) -> None:
    path = links_of(ANNA).unsubscribe().removeprefix(URL)
    with reading(watched, ROOM) as client:
        codes = [client.post(path + more).status_code for more in ["", "/again"] * 6]
    assert codes == [200] * 10 + [429] * 2


@pytest.mark.parametrize(("purpose", "days"), [("unsubscribe", 90), ("snooze", 30)])
def test_a_link_expires_and_says_what_to_do(watched: Path, purpose: str, days: int) -> None:
    revise(watched, "CBP has trained its investigators")
    key = json.loads(run(watched, "changes", "--json").out)[0]["record"]
    with reading(watched, ROOM) as client:
        for age, status in ((days * 24 - 1, 200), (days * 24 + 1, 403)):
            with time_machine.travel(utc_now() - timedelta(hours=age)):
                links = links_of(ANNA)
                made = links.unsubscribe() if purpose == "unsubscribe" else links.snooze("gao", key)
            answer = client.get(made.removeprefix(URL))
            assert answer.status_code == status
    assert f"expired after {days} days; use the one in a newer mail" in answer.text


@pytest.mark.parametrize(
    ("form", "until"), [({}, None), ({"until": "2990-01-02"}, "2990-01-02T00:00:00+00:00")]
)
def test_a_recommendation_is_snoozed_from_its_mail_in_its_readers_name(
    watched: Path, mail_server: MailServer, form: dict[str, str], until: str | None
) -> None:
    revise(watched, "CBP has trained its investigators")
    path = path_of(only_mail(mail_server), "snooze")
    key = json.loads(run(watched, "changes", "--json").out)[0]["record"]
    with reading(watched, ROOM) as client:
        shown = client.get(path)
        assert (shown.status_code, "trains investigators" in shown.text) == (200, True)
        assert json.loads(run(watched, "show", key, "--json").out)[0]["care"] is None
        other_site = client.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert other_site.status_code == 403
        assert client.post(path, data={"until": "2020-01-02"}).status_code == 422
        done = client.post(path, data=form)
        assert (done.status_code, "Snoozed until" in done.text) == (200, True)
    care = json.loads(run(watched, "show", key, "--json").out)[0]["care"]
    assert (care["snoozed"], care["snoozed_by"], care["snoozed_until"]) == (True, ANNA, until)


def test_a_mail_about_several_recommendations_has_no_snooze_link(
    watched: Path, mail_server: MailServer
) -> None:
    revise(watched, "CBP has trained its investigators", 2)
    text = bodies(only_mail(mail_server))[0]
    assert f"{URL}/unsubscribe/" in text
    assert "/snooze/" not in text


def test_an_unsubscribed_reader_stays_so_when_the_channel_is_renamed(
    watched: Path, mail_server: MailServer
) -> None:
    path = links_of(ANNA).unsubscribe().removeprefix(URL)
    with reading(watched, ROOM) as client:
        client.post(path)
    written = watched / "watch.yaml"
    text = written.read_text().replace("  desk: {", "  news: {was: desk, ")
    written.write_text(text.replace("immediately: desk", "immediately: news"))
    revise(watched, "CBP has trained its investigators")
    assert mail_server.sent_to(ANNA) == []
    assert unsubscribed(watched) == [("news", ANNA)]
    assert settings_of(written).channels["news"].was == "desk"
    with reading(watched, ROOM) as client:
        client.post(f"{path}/again")
    assert unsubscribed(watched) == []
