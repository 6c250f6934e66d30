"""What a reader sees: mails and digests in a real browser, on a phone and on a desk."""

from typing import Any

import pytest

from alerts.render import Entry, render_changes
from monitor.types import ChangeKind
from tests.alerts.stories import every_kind, view
from tests.alerts.test_render import NEW_YORK, OURS
from tests.browser import look

pytestmark = pytest.mark.browser
HOSTILE = (
    "<script>window.touched=1</script><img src=x onerror=window.touched=1>\"'><svg onload=window.touched=1>"
)


def mail(*changes: Any) -> str:
    entries = [Entry(change, ("topic",), ("word",)) for change in changes]
    message = render_changes(entries, face="email", identity="i", templates=OURS, time_zone=NEW_YORK)
    assert message.html is not None
    return message.html


@pytest.mark.parametrize("width", [390, 640])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_mail_with_every_kind_of_change_fits_its_reader(width: int, dark: bool) -> None:
    shade = "dark" if dark else "light"
    too_wide, _ = look(mail(*every_kind()), f"mail-{width}-{shade}", width, dark=dark)
    assert too_wide <= 0


def test_a_word_without_end_does_not_push_a_mail_off_the_phone() -> None:
    change = view(
        ChangeKind.NEW_REPORT, fields={"report_number": "OIG-26-01", "title": "W" * 400, "url": None}
    )
    too_wide, _ = look(mail(change), "mail-long-word", 390)
    assert too_wide <= 0


def test_page_text_never_runs_in_a_mail() -> None:
    fields = dict.fromkeys(("report_number", "title", "abstract", "agency", "url"), HOSTILE)
    _, ran = look(mail(view(ChangeKind.NEW_REPORT, fields=fields)), "mail-hostile", 640)
    assert not ran


def test_the_browser_would_notice_a_script_and_a_wide_page() -> None:
    too_wide, ran = look(f'<div style="width:900px">{HOSTILE}</div>', "control", 390)
    assert ran
    assert too_wide > 0
