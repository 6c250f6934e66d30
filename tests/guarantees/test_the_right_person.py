"""The right person hears, once: recipients are known by what they are, whatever the watch file calls them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select, update

from alerts.domain.models import AppliedSettings, OutboxEntry, OutboxItem
from service.demo.fakes.receivers import Answer, MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.digests import send_digest
from service.watchfile.load import WatchFileError
from tests.clock import FrozenClock
from tests.guarantees.test_the_other_promises import check_with_news


def rewrite(watch_file: Path, *pairs: tuple[str, str]) -> None:
    text = watch_file.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    watch_file.write_text(text)


def test_one_person_on_two_channels_and_in_two_spellings_gets_one_mail(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    mail = f"mailto://{mail_server.host}:{mail_server.port}?from=watch@example.org&to="
    rewrite(
        watch_file,
        ("channels:\n", f'channels:\n  chiefs: {{to: "{mail}DESK@example.org,ines@example.org"}}\n'),
        ("&to=desk@example.org", "&to=desk@example.org,Desk@Example.org"),
        ("immediately: [desk]", "immediately: [desk, chiefs]"),
        ("immediately: [newsroom]", "immediately: [newsroom, chiefs]"),
    )
    watch = make_watch()
    check_with_news(site, watch, clock)
    watch.deliver()

    assert sorted(one for mail in mail_server.messages for one in mail.recipients) == [
        "desk@example.org",
        "ines@example.org",
    ]
    send_digest(watch, "weekly")
    watch.deliver()
    assert len(mail_server.sent_to("desk@example.org")) == 2


def test_a_message_waits_for_its_channel_under_a_new_name(
    site: ReplicaSite,
    watch: Watch,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    webhook_server: WebhookServer,
) -> None:
    webhook_server.answers.append(Answer(503, {}, b"down"))
    watch.note_applied()
    check_with_news(site, watch, clock)
    watch.deliver()
    rewrite(
        watch_file,
        ("  newsroom:\n", "  press:\n    was: newsroom\n"),
        ("immediately: [newsroom]", "immediately: [press]"),
    )
    renamed = make_watch()
    renamed.note_applied()
    clock.advance(timedelta(hours=1))

    assert [(done.channel, done.outcome) for done in renamed.deliver()] == [("press", "accepted")]
    with renamed.database.read() as session:
        assert "newsroom" not in set(session.exec(select(OutboxEntry.channel)))


def test_a_former_name_that_is_still_a_channel_is_refused(
    watch_file: Path, make_watch: Callable[[], Watch]
) -> None:
    rewrite(watch_file, ("  newsroom:\n", "  newsroom:\n    was: desk\n"))
    with pytest.raises(WatchFileError, match="'desk' is still a channel"):
        make_watch()


@pytest.mark.parametrize("same_length", [True, False])
def test_a_message_to_a_numbered_recipient_reaches_whom_the_number_meant(
    site: ReplicaSite,
    watch: Watch,
    clock: FrozenClock,
    webhook_server: WebhookServer,
    same_length: bool,
) -> None:
    watch.note_applied()
    check_with_news(site, watch, clock)
    with watch.database.write() as session:  # as earlier versions wrote them
        for table in (OutboxItem, OutboxEntry):
            of_hook = col(table.channel) == "newsroom"
            session.exec(update(table).where(of_hook).values(recipient="#1"))
        applied = session.exec(select(AppliedSettings)).one()
        known = ["#1"] if same_length else ["#1", "#2"]
        newsroom = {**applied.content["channels"]["newsroom"], "recipients": known}
        channels = {**applied.content["channels"], "newsroom": newsroom}
        applied.content = {**applied.content, "channels": channels}
        session.add(applied)
    watch.note_applied()

    sent = {done.channel: done.outcome for done in watch.deliver()}
    assert sent["newsroom"] == ("accepted" if same_length else "refused")
