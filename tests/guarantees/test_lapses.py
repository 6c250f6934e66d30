"""Promised dates that pass, and silence: told once, to those who ask, never for trouble of our own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

import service.runtime.checks
from monitor.changes.apply import Settled
from monitor.domain.dates import months_after
from monitor.domain.types import ChangeKind, Outcome
from monitor.store.models import Change, Record
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite, rewritten, unavailable
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import make_due_digests
from tests.clock import FrozenClock

AGENCY = "/agencies/united-states-customs-and-border-protection"
DAY = timedelta(days=1)
LAPSES = (ChangeKind.PROMISE_PASSED.value, ChangeKind.NO_UPDATE.value)


@pytest.fixture
def asked(watch_file: Path, make_watch: Callable[[], Watch]) -> Watch:
    """Give a watch whose topic asks for promises that pass, and for nothing else."""
    return asking(watch_file, make_watch, "on: [promise_passed]")


def asking(watch_file: Path, make_watch: Callable[[], Watch], *lines: str) -> Watch:
    """Give a watch in which each of `lines` is a topic that tells the desk."""
    written = watch_file.read_text()
    topics = "".join(
        f"  topic{number}: {{{line}, send: {{immediately: [desk]}}}}\n" for number, line in enumerate(lines)
    )
    before, _, rest = written.partition("topics:\n")
    watch_file.write_text(f"{before}topics:\n{topics}digests:{rest.partition('digests:')[2]}")
    return make_watch()


def promise(site: ReplicaSite, comment: str, number: int = 0) -> None:
    site.recommendations[number]["status_comment"] = comment


def go_on(watch: Watch, clock: FrozenClock, until: datetime) -> None:
    """Check once a week, and at that time itself."""
    while clock.now < until:
        clock.advance(min(7 * DAY, until - clock.now))
        check_source(watch, "gao")


def lapses(watch: Watch) -> list[dict[str, object]]:
    with watch.database.read() as session:
        found = session.exec(select(Change).where(Change.kind.in_(LAPSES)).order_by(Change.id)).all()  # type: ignore[attr-defined]
        return [
            {"kind": one.kind, "seen": one.seen_at, "record": one.record_id, **one.after} for one in found
        ]


def test_a_promised_date_that_passes_is_told_once_and_on_the_day_after(
    site: ReplicaSite,
    asked: Watch,
    clock: FrozenClock,
    mail_server: MailServer,
    make_watch: Callable[[], Watch],
) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    check_source(asked, "gao")
    go_on(asked, clock, datetime(2026, 3, 31, 12, tzinfo=UTC))
    clock.advance(timedelta(hours=15))  # 1 April in UTC, still 31 March in New York
    check_source(asked, "gao")
    assert lapses(asked) == []
    clock.advance(timedelta(hours=9))
    check_source(asked, "gao")
    (told,) = lapses(asked)
    assert (told["promise"], told["due"], told["since"]) == ("by March 2026", "2026-03-31", "2026-03-02")
    restarted = make_watch()
    go_on(restarted, clock, datetime(2026, 6, 1, tzinfo=UTC))
    restarted.deliver()
    assert len(lapses(restarted)) == 1
    (mail,) = mail_server.sent_to("desk@example.org")
    assert "promised date for" in str(mail.message["Subject"])


def test_the_page_never_changed_meanwhile(site: ReplicaSite, asked: Watch, clock: FrozenClock) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    check_source(asked, "gao")
    clock.advance(40 * DAY)
    settled = check_source(asked, "gao")
    assert settled.outcome is Outcome.UNCHANGED
    assert len(settled.change_ids) == len(lapses(asked)) == 1


def test_nobody_is_told_who_does_not_ask(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    check_source(watch, "gao")
    go_on(watch, clock, datetime(2026, 5, 1, tzinfo=UTC))
    watch.deliver()
    assert (lapses(watch), mail_server.sent_to("desk@example.org")) == ([], [])


def test_who_asks_later_is_not_told_of_what_had_passed(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, watch_file: Path, make_watch: Callable[[], Watch]
) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    promise(site, "CBP plans to finish by May 2026.", number=1)
    check_source(watch, "gao")
    go_on(watch, clock, datetime(2026, 4, 5, 12, tzinfo=UTC))
    asked = asking(watch_file, make_watch, "on: [promise_passed]")
    go_on(asked, clock, datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert [told["promise"] for told in lapses(asked)] == ["by May 2026"]


def test_a_promise_that_had_passed_when_it_was_first_read_is_no_news(
    site: ReplicaSite, asked: Watch, clock: FrozenClock
) -> None:
    check_source(asked, "gao")  # two promises of 2024 stand in the seed
    go_on(asked, clock, datetime(2026, 3, 10, 12, tzinfo=UTC))
    promise(site, "CBP had trouble and plans to finish by February 2026.")
    go_on(asked, clock, datetime(2026, 4, 10, 12, tzinfo=UTC))
    assert lapses(asked) == []


def test_a_new_date_counts_from_then_on(site: ReplicaSite, asked: Watch, clock: FrozenClock) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    check_source(asked, "gao")
    go_on(asked, clock, datetime(2026, 3, 20, 12, tzinfo=UTC))
    promise(site, "CBP now plans to finish by May 2026.")
    go_on(asked, clock, datetime(2026, 5, 20, 12, tzinfo=UTC))
    assert lapses(asked) == []
    go_on(asked, clock, datetime(2026, 6, 2, 12, tzinfo=UTC))
    assert [told["promised"] for told in lapses(asked)] == ["May 2026"]


def test_a_new_date_that_came_while_we_could_not_look_leaves_nothing_to_tell(
    site: ReplicaSite, asked: Watch, clock: FrozenClock
) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    check_source(asked, "gao")
    site.faults[AGENCY] = unavailable()
    go_on(asked, clock, datetime(2026, 4, 10, 12, tzinfo=UTC))
    assert lapses(asked) == []
    promise(site, "CBP now plans to finish by May 2026.")
    del site.faults[AGENCY]
    go_on(asked, clock, datetime(2026, 4, 20, 12, tzinfo=UTC))
    assert lapses(asked) == []


def test_a_promise_kept_is_not_told_as_passed(site: ReplicaSite, asked: Watch, clock: FrozenClock) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    check_source(asked, "gao")
    site.recommendations[0].update(status_text="Closed – Implemented")
    go_on(asked, clock, datetime(2026, 4, 20, 12, tzinfo=UTC))
    assert lapses(asked) == []


def test_a_clock_set_back_repeats_nothing(site: ReplicaSite, asked: Watch, clock: FrozenClock) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    check_source(asked, "gao")
    go_on(asked, clock, datetime(2026, 4, 3, 12, tzinfo=UTC))
    clock.now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    go_on(asked, clock, datetime(2026, 4, 20, 12, tzinfo=UTC))
    assert len(lapses(asked)) == 1


def test_a_crash_before_the_commit_tells_it_at_the_next_check_and_once(
    site: ReplicaSite, asked: Watch, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(site, "CBP plans to finish by March 2026.")
    check_source(asked, "gao")
    clock.advance(40 * DAY)

    def crash(_self: Watch, _session: Session, _settled: Settled) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(service.runtime.checks, "queue_messages", crash)
        check_source(asked, "gao")
    assert lapses(asked) == []
    go_on(asked, clock, clock.now + 3 * DAY)
    assert len(lapses(asked)) == 1


def test_what_an_incomplete_list_does_not_show_any_more_is_not_held_to_its_date(
    site: ReplicaSite, asked: Watch, clock: FrozenClock
) -> None:
    site.faults[AGENCY] = rewritten(
        lambda text: text.replace("(10 total)", "(25 total)").replace("(9 total)", "(25 total)")
    )
    promise(site, "CBP plans to finish by March 2026.")
    check_source(asked, "gao")
    clock.advance(DAY)
    seen = clock.now
    check_source(asked, "gao")
    gone = site.recommendations.pop(0)
    go_on(asked, clock, datetime(2026, 4, 10, 12, tzinfo=UTC))
    assert lapses(asked) == []
    with asked.database.read() as session:
        last = session.exec(select(Record.last_seen_at).where(Record.last_seen_at.is_not(None))).all()  # type: ignore[union-attr]
    assert last == [seen]
    site.recommendations.insert(0, {**gone, "status_comment": "CBP plans to finish by May 2026."})
    go_on(asked, clock, datetime(2026, 6, 10, 12, tzinfo=UTC))
    assert [told["promised"] for told in lapses(asked)] == ["May 2026"]


def test_each_topic_says_after_how_many_months_silence_is_news(
    site: ReplicaSite,
    clock: FrozenClock,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    mail_server: MailServer,
) -> None:
    del site.recommendations[1:]
    watch = asking(
        watch_file,
        make_watch,
        "on: [no_update], no_update_months: 2",
        "on: [no_update], no_update_months: 4",
        "on: [status_changed]",
    )
    check_source(watch, "gao")
    go_on(watch, clock, datetime(2026, 5, 2, 12, tzinfo=UTC))
    assert lapses(watch) == []
    go_on(watch, clock, datetime(2026, 9, 2, 12, tzinfo=UTC))
    assert [(told["months"], told["since"]) for told in lapses(watch)] == [
        (2, "2026-03-02"),
        (4, "2026-03-02"),
    ]
    watch.deliver()
    said = [
        str(mail.message["Subject"]).partition(" for ")[2][:8]
        for mail in mail_server.sent_to("desk@example.org")
    ]
    assert said == ["2 months", "4 months"]


def test_a_word_from_the_agency_starts_the_months_anew(
    site: ReplicaSite, clock: FrozenClock, watch_file: Path, make_watch: Callable[[], Watch]
) -> None:
    del site.recommendations[1:]
    watch = asking(watch_file, make_watch, "on: [no_update], no_update_months: 2")
    check_source(watch, "gao")
    go_on(watch, clock, datetime(2026, 4, 20, 12, tzinfo=UTC))
    promise(site, "As of January 2025, CBP agreed.")  # rewritten now, whatever it says of itself
    go_on(watch, clock, datetime(2026, 6, 20, 12, tzinfo=UTC))
    assert lapses(watch) == []
    go_on(watch, clock, datetime(2026, 7, 20, 12, tzinfo=UTC))
    assert [told["since"] for told in lapses(watch)] == ["2026-04-27"]


def test_the_date_that_a_comment_states_counts_where_we_saw_no_change(
    site: ReplicaSite, clock: FrozenClock, watch_file: Path, make_watch: Callable[[], Watch]
) -> None:
    del site.recommendations[1:]
    promise(site, "As of January 2026, CBP agreed.")
    watch = asking(watch_file, make_watch, "on: [no_update], no_update_months: 2")
    check_source(watch, "gao")
    go_on(watch, clock, datetime(2026, 4, 5, 12, tzinfo=UTC))
    assert [told["since"] for told in lapses(watch)] == ["2026-01-31"]


def test_months_end_on_a_day_that_is_there() -> None:
    assert months_after(datetime(2026, 1, 31, tzinfo=UTC).date(), 1).isoformat() == "2026-02-28"
    assert months_after(datetime(2026, 12, 5, tzinfo=UTC).date(), 1).isoformat() == "2027-01-05"


@pytest.mark.parametrize("down", [False, True], ids=["read all along", "not to be read since"])
def test_all_digests_that_are_due_tell_a_passed_date_once_each_and_what_was_not_read_since(
    site: ReplicaSite,
    clock: FrozenClock,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    mail_server: MailServer,
    down: bool,
) -> None:
    daily = 'digests:\n  daily: {cron: "0 8 * * *", send_to: [desk]}\n'
    watch_file.write_text(watch_file.read_text().replace("digests:\n", daily))
    watch = make_watch()
    due = clock.now + 9 * DAY
    promise(site, f"CBP plans to finish by {due:%B} {due.day}, {due.year}.")
    check_source(watch, "gao")
    told: dict[str, list[str]] = {"daily": [], "weekly": []}
    for day in range(1, 22):
        clock.advance(DAY)
        if down and day >= 9:
            site.answers.append(unavailable())
        check_source(watch, "gao")
        for run in make_due_digests(watch):
            told[run.name] += [row["record"] for row in run.content["promises"]["passed"]["listed"]]
        watch.deliver()
    assert {name: len(found) for name, found in told.items()} == {"daily": 1, "weekly": 1}
    bodies = [mail.message.get_body(("plain",)) for mail in mail_server.sent_to("desk@example.org")]
    texts = [" ".join(body.get_content().split()) for body in bodies if body is not None]
    texts = [text for text in texts if "Passed, still open" in text]
    assert len(texts) == 2
    assert all(("do not know what has happened since" in text) == down for text in texts)
