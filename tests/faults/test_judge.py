"""The judge must find every broken promise, or its verdict is worth nothing."""

from dataclasses import replace

import pytest

from tests.faults.judge import Account, Item, Receipt, Reminding, ToldChange, Truth, Verdict, judge

READER, DIGEST_READER = "reader@example.org", "weekly@example.org"
TRUTH = Truth(
    {("OIG-27-001", "listed"): [None, True], ("OIG-14-131", "title"): ["Old", "New Z00001", "Newer Z00002"]},
    frozenset({READER}),
    frozenset({DIGEST_READER}),
)
CHANGES = (
    ToldChange(1, "OIG-27-001", {"listed": None}, {"listed": True}, "OIG-27-001"),
    ToldChange(2, "OIG-14-131", {"title": "Old"}, {"title": "New Z00001"}, "Z00001"),
    ToldChange(3, "OIG-14-131", {"title": "New Z00001"}, {"title": "Newer Z00002"}, "Z00002"),
)
ITEMS = (
    Item("a", "changes", "desk", READER, "sent", ((1, "t"), (2, "t"))),
    Item("b", "changes", "desk", READER, "sent", ((3, "t"),)),
    Item("c", "digest", "weekly", DIGEST_READER, "sent", (), (1, 2)),
    Item("d", "digest", "weekly", DIGEST_READER, "sent", (), (3,)),
)
RECEIPTS = (
    Receipt(READER, "a", "OIG-27-001 and Z00001"),
    Receipt(READER, "b", "Z00002"),
    Receipt(DIGEST_READER, "c", "two changes"),
    Receipt(DIGEST_READER, "d", "one change"),
)
ACCOUNT = Account(CHANGES, ITEMS, ((0, 2), (2, 3)))

SILENT = "GAO-24-1 rec 1"
REMINDED = replace(
    ACCOUNT,
    items=(*ITEMS, *(Item(name, "reminder", "desk", READER, "sent") for name in "ef")),
    reminders=tuple(Reminding(name, SILENT, "t", "desk", READER, n) for n, name in enumerate("ef", 1)),
)
REMINDERS = (*RECEIPTS, Receipt(READER, "e", "of GAO-24-1 rec\n1"), Receipt(READER, "f", f"of {SILENT}"))


def test_a_true_account_breaks_no_promise() -> None:
    assert judge(TRUTH, ACCOUNT, RECEIPTS) == Verdict(events=3, changes=3, messages=4, digests=2)


def test_a_message_taken_twice_under_one_identity_is_a_repeat_and_no_fault() -> None:
    verdict = judge(TRUTH, ACCOUNT, (*RECEIPTS, RECEIPTS[0]))
    assert (verdict.repeated, verdict.broken) == (1, [])


def test_a_message_that_never_arrived_is_lost() -> None:
    verdict = judge(TRUTH, ACCOUNT, RECEIPTS[1:])
    assert verdict.lost == [
        f"change 1 of OIG-27-001 never reached {READER}",
        f"change 2 of OIG-14-131 never reached {READER}",
    ]


def test_an_event_that_became_no_change_is_lost() -> None:
    verdict = judge(TRUTH, replace(ACCOUNT, changes=CHANGES[:2]), RECEIPTS)
    assert verdict.lost == ["title of OIG-14-131: 1 event(s) never became a change"]


def test_a_message_that_does_not_say_its_change_is_lost() -> None:
    silent = (*RECEIPTS[:1], Receipt(READER, "b", "something changed"), *RECEIPTS[2:])
    assert judge(TRUTH, ACCOUNT, silent).lost == [f"what {READER} got of change 3 does not say Z00002"]


def test_one_change_under_two_identities_is_found() -> None:
    twin = Item("e", "changes", "desk", READER, "sent", ((3, "t"),))
    verdict = judge(
        TRUTH, replace(ACCOUNT, items=(*ITEMS, twin)), (*RECEIPTS, Receipt(READER, "e", "Z00002"))
    )
    assert len(verdict.two_identities) == 2


def test_an_identity_the_outbox_does_not_know_is_found() -> None:
    verdict = judge(TRUTH, ACCOUNT, (*RECEIPTS, Receipt(READER, "x", "Z00002")))
    assert verdict.two_identities == [f"{READER} got x, an identity the outbox does not know"]


@pytest.mark.parametrize(
    "change",
    [
        ToldChange(4, "OIG-14-131", {"title": "Newer Z00002"}, {"title": "Invented"}, "Invented"),
        ToldChange(4, "OIG-14-131", {"title": "New Z00001"}, {"title": "Newer Z00002"}, "Z00002"),
        ToldChange(4, "OIG-99-999", {"listed": None}, {"listed": True}, "OIG-99-999"),
        ToldChange(4, "OIG-14-131", {}, {}, "OIG-14-131"),
    ],
    ids=["a value that never was", "the same step again", "a thing that never was", "nothing at all"],
)
def test_a_change_that_did_not_happen_is_false(change: ToldChange) -> None:
    assert judge(TRUTH, replace(ACCOUNT, changes=(*CHANGES, change)), RECEIPTS).false


@pytest.mark.parametrize(
    "digests", [((0, 2),), ((0, 2), (1, 3)), ((0, 1), (2, 3))], ids=["an end missing", "an overlap", "a gap"]
)
def test_digests_that_do_not_chain_are_found(digests: tuple[tuple[int, int], ...]) -> None:
    assert judge(TRUTH, replace(ACCOUNT, digests=digests), RECEIPTS).digest_faults


def test_a_change_in_two_digests_or_in_none_is_found() -> None:
    items = (*ITEMS[:3], Item("d", "digest", "weekly", DIGEST_READER, "sent", (), (1,)))
    assert judge(TRUTH, replace(ACCOUNT, items=items), RECEIPTS).digest_faults == [
        f"change 1 is in 2 digests that reached {DIGEST_READER}",
        f"change 3 is in 0 digests that reached {DIGEST_READER}",
    ]


def test_a_message_that_ended_unsent_is_found() -> None:
    items = (replace(ITEMS[0], state="dead"), *ITEMS[1:])
    assert judge(TRUTH, replace(ACCOUNT, items=items), RECEIPTS).other == ["message a ended dead"]


def test_reminders_that_came_once_each_break_no_promise() -> None:
    verdict = judge(replace(TRUTH, silent=frozenset({SILENT})), REMINDED, REMINDERS)
    assert (verdict.reminders, verdict.messages, verdict.broken) == (2, 6, [])


def test_a_reminder_that_never_came_is_lost() -> None:
    assert judge(TRUTH, REMINDED, REMINDERS[:-1]).lost == [f"reminder 2 of {SILENT} to {READER} never came"]


def test_a_reminder_that_does_not_name_what_it_is_of_is_lost() -> None:
    vague = (*REMINDERS[:-1], Receipt(READER, "f", "of something"))
    assert judge(TRUTH, REMINDED, vague).lost == [f"reminder 2 of {SILENT} to {READER} does not name it"]


def test_what_stood_open_in_silence_and_was_never_brought_to_mind_is_lost() -> None:
    truth = replace(TRUTH, silent=frozenset({SILENT}))
    assert judge(truth, ACCOUNT, RECEIPTS).lost == [f"{READER} was never reminded of {SILENT}"]


@pytest.mark.parametrize("numbers", [(1, 1), (2, 3), (1, 3)], ids=["the same again", "no first", "a gap"])
def test_reminders_that_are_not_numbered_on_are_found(numbers: tuple[int, int]) -> None:
    first, second = REMINDED.reminders
    wrong = tuple(replace(one, number=n) for one, n in zip((first, second), numbers, strict=True))
    assert judge(TRUTH, replace(REMINDED, reminders=wrong), REMINDERS).two_identities == [
        f"reminders of {SILENT} to {READER} are numbered {list(numbers)}"
    ]


def test_a_reminder_that_nothing_remembers_is_found() -> None:
    forgetful = replace(REMINDED, reminders=REMINDED.reminders[:1])
    assert judge(TRUTH, forgetful, REMINDERS).two_identities == [
        "nothing remembers what reminder f is of, so it comes again"
    ]
