"""Every face of every kind of change is as it was last looked at, and every mail is sound."""

from email import message_from_bytes, policy
from functools import cache

import pytest

from alerts.channels.send import targets
from alerts.domain.change_kinds import KINDS
from alerts.domain.settings import ChannelSettings
from alerts.rendering.environments import templates
from alerts.rendering.render import Entry, render_changes
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from tests.alerts.golden import FOLDER, NEW_YORK, WORDS, golden_files, raw_mail
from tests.alerts.stories import closed, every_kind

GMAIL_CLIP = 102_000  # bytes of HTML above which Gmail hides the rest
ANEW = "if this is as it should be: python -m tests.alerts.golden"


def mail(*changes: ChangeView) -> bytes:
    (desk,) = targets(
        "desk", ChannelSettings.model_validate({"to": "mailto://localhost?from=a@b.org&to=c@d.org"})
    )
    entries = [Entry(change, ("facial-recognition",), WORDS) for change in changes]
    message = render_changes(
        entries,
        face="email",
        identity="one",
        templates=templates(None),
        time_zone=NEW_YORK,
        limit=desk.limit,
    )
    return raw_mail(message)


def test_every_kind_of_change_has_its_line_in_the_table_and_its_story() -> None:
    assert set(KINDS) == set(ChangeKind)
    assert {change.kind for change in every_kind()} == set(ChangeKind)


@cache
def made() -> dict[str, str]:
    return dict(golden_files())


KEPT = sorted(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.*"))


@pytest.mark.parametrize("name", KEPT)
def test_a_face_is_as_it_was_last_looked_at(name: str) -> None:
    assert made().get(name) == (FOLDER / name).read_text(encoding="utf-8"), ANEW


def test_every_face_has_its_golden_file_and_none_is_left_over() -> None:
    assert set(KEPT) == set(made()), ANEW


@pytest.mark.parametrize("change", every_kind(), ids=lambda change: change.kind.value)
def test_a_mail_is_valid_to_a_strict_parser_and_far_below_what_is_clipped(change: ChangeView) -> None:
    raw = mail(change)
    parsed = message_from_bytes(raw, policy=policy.strict)
    assert [part.defects for part in parsed.walk()] == [[], [], []]
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    assert not [name for name, value in parsed.items() if value.defects]
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert len(raw) < GMAIL_CLIP // 4


def test_even_a_mail_of_very_many_changes_is_not_clipped() -> None:
    long = "CBP’s “long” comment goes on and on. " * 120
    changes = [
        closed(
            record_id=n,
            record_key=f"GAO-24-{n} rec 1",
            fields={"report_number": f"GAO-24-{n}", "recommendation_number": "1", "recommendation": long},
        )
        for n in range(60)
    ]
    parsed = message_from_bytes(mail(*changes), policy=policy.default)
    html = parsed.get_body(("html",))
    assert html is not None
    assert len(html.as_bytes()) < GMAIL_CLIP
    assert all(f"GAO-24-{n} rec 1" in html.get_content() for n in range(60))
