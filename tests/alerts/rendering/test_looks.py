"""What a reader sees: mails and digests in a real browser, on a phone and on a desk."""

from typing import Any

import pytest

from alerts.rendering.render import Entry, render_changes, render_reminder
from monitor.domain.types import ChangeKind
from tests.alerts.golden import REMINDER
from tests.alerts.rendering.test_render import NEW_YORK, OURS
from tests.alerts.stories import every_kind, view
from tests.browser import Tab, tab

__all__ = ["tab"]  # the fixture

PHONE, DESK = 390, 1200
AA = 4.5  # the contrast that WCAG 2 asks of text at level AA
pytestmark = pytest.mark.browser
HOSTILE = (
    "<script>window.touched=1</script><img src=x onerror=window.touched=1>\"'><svg onload=window.touched=1>"
)


def mail(*changes: Any) -> str:
    entries = [
        Entry(change, ("facial-recognition",), ("biometric", "training", "March 2026", "May 2025"))
        for change in changes
    ]
    message = render_changes(entries, face="email", identity="i", templates=OURS, time_zone=NEW_YORK)
    assert message.html is not None
    return message.html


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_mail_with_every_kind_of_change_fits_its_reader(tab: Tab, width: int, dark: bool) -> None:
    shade = "dark" if dark else "light"
    html = mail(*every_kind())
    too_wide, _ = tab.look(html, f"mail-{width}-{shade}", width, dark=dark)
    assert too_wide <= 0
    ratio, text = tab.faintest(html, width, dark=dark)
    assert ratio >= AA, text


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_reminder_fits_its_reader(tab: Tab, width: int, dark: bool) -> None:
    message = render_reminder(REMINDER, face="email", identity="i", templates=OURS, time_zone=NEW_YORK)
    assert message.html is not None
    too_wide, _ = tab.look(message.html, f"reminder-{width}-{'dark' if dark else 'light'}", width, dark=dark)
    assert too_wide <= 0
    ratio, text = tab.faintest(message.html, width, dark=dark)
    assert ratio >= AA, text


def test_a_word_without_end_does_not_push_a_mail_off_the_phone(tab: Tab) -> None:
    change = view(
        ChangeKind.NEW_REPORT, fields={"report_number": "OIG-26-01", "title": "W" * 400, "url": None}
    )
    too_wide, _ = tab.look(mail(change), "mail-long-word", 390)
    assert too_wide <= 0


def test_page_text_never_runs_in_a_mail(tab: Tab) -> None:
    fields = dict.fromkeys(("report_number", "title", "abstract", "agency", "url"), HOSTILE)
    _, ran = tab.look(mail(view(ChangeKind.NEW_REPORT, fields=fields)), "mail-hostile", 640)
    assert not ran


def test_the_browser_would_notice_a_script_and_a_wide_page(tab: Tab) -> None:
    too_wide, ran = tab.look(f'<div style="width:900px">{HOSTILE}</div>', "control", 390)
    assert ran
    assert too_wide > 0


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#767676", 4.54), ("#000000", 21.0), ("rgba(0,0,0,0.5)", 3.95)]
)
def test_the_browser_would_notice_faint_text(tab: Tab, colour: str, ratio: float) -> None:
    found, text = tab.faintest(f'<p style="color:{colour};font-size:15px">faint</p>', PHONE)
    assert (round(found, 1), text) == (round(ratio, 1), "faint")


def test_the_browser_looks_in_the_dark_where_asked(tab: Tab) -> None:
    page = "<style>p {color: #000} @media (prefers-color-scheme: dark) {p {color: #999}}</style><p>words</p>"
    assert tab.faintest(page, PHONE)[0] > AA > tab.faintest(page, PHONE, dark=True)[0]
