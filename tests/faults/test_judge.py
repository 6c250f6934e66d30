"""The judge must find every broken promise, or its verdict is worth nothing."""

from dataclasses import replace

import pytest

from tests.faults.judge import Account, Item, Receipt, ToldChange, Truth, Verdict, judge

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
