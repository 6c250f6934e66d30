"""The PDFs that reports link to, over the life of a source: reissued, withdrawn, back, and in trouble."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from sqlmodel import select, update

from alerts.domain.settings import MatchSettings, TopicSettings
from alerts.topics.candidate import candidate_of
from alerts.topics.index import TopicIndex
from monitor.changes.apply import Settled
from monitor.domain.extras import is_installed
from monitor.domain.types import ChangeKind, Outcome
from monitor.fetch import pdf_text
from monitor.store.changes import ChangeView, latest_changes
from monitor.store.models import Check, Document, Record, Snapshot
from monitor.store.page_bodies import stored_body
from service.demo.fakes.replica import ReplicaSite, answer, unavailable
from service.demo.fakes.replica.site import Reply
from service.demo.fakes.replica.trouble import HTML, TroubleKind
from tests.checking import Checker
from tests.clock import FrozenClock
from tests.pdf_files import pdf

LISTING = "/reports/audits-inspections-and-evaluations"
PATH = "/sites/default/files/assets/2026-03/OIG-26-90.pdf"
FIRST = pdf("CBP did not test facial recognition.")
SECOND = pdf("CBP did test facial recognition.", "A page more.")


class DocumentSite(ReplicaSite):
    """A site whose server treats requests for files in its own way."""

    refuses_head = False
    empty_head = False  # it says to HEAD that its files have no bytes
    always_same = False  # it answers 304 to every conditional question
    headers: ClassVar[dict[str, str]] = {}  # instead of those it would send
    how = TroubleKind.ANSWER  # its files are sent

    def reply(self, method: str, target: str, headers: dict[str, str]) -> Reply:
        reply = super().reply(method, target, headers)
        if target not in self.documents:
            return reply
        if method == "HEAD" and self.refuses_head:
            return Reply(405)
        if method == "HEAD" and self.empty_head:
            reply = replace(reply, body=b"")
        if self.always_same and "if-none-match" in headers:
            return Reply(304)
        return replace(reply, headers={**reply.headers, **self.headers}, kind=self.how)

    def asked(self) -> list[tuple[str, int]]:
        return [(seen.method, seen.status) for seen in self.requests if seen.path in self.documents]


@pytest.fixture
def own_site(clock: FrozenClock) -> Iterator[DocumentSite]:
    row = {
        "report_number": "OIG-26-90",
        "title": "CBP Did Not Test Facial Recognition at Ports of Entry",
        "abstract": None,
        "issue_date": clock().date().isoformat(),
        "fiscal_year": 2026,
        "href": PATH,
    }
    with DocumentSite([row], now=clock) as site:
        site.documents[PATH] = FIRST
        yield site


@pytest.fixture
def watched(own_site: DocumentSite, checker: Checker) -> "Watched":
    return Watched(own_site, checker)


class Watched:
    """One source with one report; `check` lets a day pass after it."""

    def __init__(self, site: DocumentSite, checker: Checker) -> None:
        self.site, self.checker = site, checker

    def check(self, documents: str = "bytes", **settings: Any) -> Settled:
        settled = self.checker.check(self.site.url(LISTING), documents=documents, **settings)
        self.checker.clock.advance(timedelta(days=1))
        return settled

    def kinds(self) -> list[ChangeKind]:
        return [change.kind for change in self.checker.changes()]

    def row(self) -> Document:
        with self.checker.database.read() as session:
            (found,) = session.exec(select(Document)).all()
            session.expunge(found)
            return found


def test_a_reissued_file_is_one_change_with_both_files_as_evidence(watched: Watched) -> None:
    assert watched.check().change_ids == ()
    assert watched.check().outcome is Outcome.UNCHANGED
    watched.site.documents[PATH] = SECOND
    settled = watched.check()
    (change,) = watched.checker.changes()
    assert (settled.outcome, settled.change_ids) == (Outcome.CHANGED, (change.id,))
    assert (change.kind, change.record_key) == (ChangeKind.DOCUMENT_REISSUED, "OIG-26-90")
    assert (change.before["file_size"], change.after["file_size"]) == (len(FIRST), len(SECOND))
    assert change.not_before is not None
    assert change.not_before < change.seen_at
    with watched.checker.database.read() as session:
        assert stored_body(session, change.before_sha256 or "") == FIRST
        assert stored_body(session, change.after_sha256) == SECOND
        kept = session.exec(select(Snapshot).where(Snapshot.sha256 == change.after_sha256)).one()
        assert session.get_one(Check, kept.check_id).outcome == Outcome.CHANGED
    assert watched.check().outcome is Outcome.UNCHANGED
    assert watched.site.asked() == [("GET", 200), ("GET", 304), ("GET", 200), ("GET", 304)]


def test_other_validators_with_the_same_bytes_are_no_change(watched: Watched) -> None:
    watched.check()
    watched.site.headers = {"ETag": '"another server"', "Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT"}
    watched.site.validators = False  # so that it never answers 304
    assert watched.check().outcome is Outcome.UNCHANGED
    assert watched.kinds() == []


def test_bytes_that_were_there_before_have_to_be_seen_twice(watched: Watched) -> None:
    """Two servers that disagree for a while are no news."""
    watched.check()
    watched.site.documents[PATH] = SECOND
    watched.check()
    for body in (FIRST, SECOND, FIRST, FIRST):
        watched.site.documents[PATH] = body
        watched.check()
    assert watched.kinds() == [ChangeKind.DOCUMENT_REISSUED] * 2


def test_a_server_that_always_says_unchanged_is_asked_anew_after_a_month(watched: Watched) -> None:
    watched.check()
    watched.site.always_same = True
    watched.site.documents[PATH] = SECOND
    watched.check()
    assert watched.kinds() == []
    watched.checker.clock.advance(timedelta(days=30))
    watched.check()
    assert watched.kinds() == [ChangeKind.DOCUMENT_REISSUED]


def test_a_missing_file_is_called_withdrawn_by_a_second_check_and_may_come_back(watched: Watched) -> None:
    watched.check()
    del watched.site.documents[PATH]
    settled = watched.check()
    assert (settled.outcome, watched.kinds()) == (Outcome.UNCHANGED, [])
    assert "404" in " ".join(settled.reasons)
    watched.check()
    watched.check()
    watched.site.documents[PATH] = FIRST
    watched.check()
    assert watched.kinds() == [ChangeKind.DOCUMENT_WITHDRAWN, ChangeKind.DOCUMENT_RETURNED]
    withdrawn, returned = watched.checker.changes()
    assert withdrawn.before["file_size"] == len(FIRST)
    assert withdrawn.after_sha256 == returned.after_sha256 == watched.row().sha256


@pytest.mark.parametrize("documents", ["headers", "bytes", "text"])
@pytest.mark.parametrize("location", [None, "/login"])
def test_another_page_in_place_of_a_file_is_a_withdrawal_after_a_day_and_told_once(
    watched: Watched, documents: str, location: str | None
) -> None:
    watched.check(documents)
    page = answer(200, "<html><body>Please log in</body></html>", {"Content-Type": HTML})
    watched.site.faults["/login"] = page
    watched.site.faults[PATH] = answer(302, "", {"Location": location}) if location else page
    watched.check(documents)
    watched.site.faults.pop(PATH)
    watched.check(documents)  # it was a mistake of a day
    assert (watched.kinds(), watched.row().trouble) == ([], None)
    watched.site.faults[PATH] = answer(302, "", {"Location": location}) if location else page
    watched.checker.check(watched.site.url(LISTING), documents=documents)
    watched.checker.clock.advance(timedelta(hours=21))  # and two that each check takes
    watched.checker.check(watched.site.url(LISTING), documents=documents)
    assert watched.kinds() == []
    for _ in range(3):
        watched.check(documents)
    assert watched.kinds() == [ChangeKind.DOCUMENT_WITHDRAWN]
    assert (watched.row().state, watched.row().other_since) == ("withdrawn", None)
    watched.site.faults.pop(PATH)
    watched.check(documents)
    watched.check(documents)
    assert watched.kinds() == [ChangeKind.DOCUMENT_WITHDRAWN, ChangeKind.DOCUMENT_RETURNED]


def test_a_login_page_in_place_of_all_files_withdraws_none_and_a_single_one_is_told(watched: Watched) -> None:
    for number in ("91", "92"):
        row = {**watched.site.reports[0], "report_number": f"OIG-26-{number}", "title": f"Report {number}"}
        watched.site.reports.append({**row, "href": f"/files/{number}.pdf"})
        watched.site.documents[f"/files/{number}.pdf"] = pdf(f"Report {number}")
    watched.check()
    login = answer(200, "<html><body>Please log in</body></html>", {"Content-Type": HTML})
    watched.site.faults.update(dict.fromkeys(watched.site.documents, login))
    for _ in range(4):
        watched.check()
    assert watched.kinds() == []
    watched.site.faults.pop(PATH)
    watched.check()
    assert watched.kinds() == [ChangeKind.DOCUMENT_WITHDRAWN] * 2  # they only


def test_a_login_page_in_place_of_the_only_file_withdraws_it_after_a_week(watched: Watched) -> None:
    watched.check()
    form = "<html><body><form><input name=u><input name=p type='password'></form></body></html>"
    watched.site.faults[PATH] = answer(200, form, {"Content-Type": HTML})
    for _ in range(6):
        watched.check()
    assert (watched.kinds(), "sent a login page where a PDF" in str(watched.row().trouble)) == ([], True)
    fault = watched.site.faults.pop(PATH)
    watched.check()
    assert (watched.kinds(), watched.row().trouble) == ([], None)
    watched.site.faults[PATH] = fault
    for _ in range(9):
        watched.check()
    assert watched.kinds() == [ChangeKind.DOCUMENT_WITHDRAWN]


@pytest.mark.sqlite
def test_a_file_is_not_withdrawn_until_another_one_that_is_asked_for_less_often_is_found(
    watched: Watched,
) -> None:
    old = (watched.checker.clock() - timedelta(days=60)).date().isoformat()
    row = {**watched.site.reports[0], "report_number": "OIG-26-91", "title": "An older report"}
    watched.site.reports.append({**row, "issue_date": old, "href": "/files/91.pdf"})
    watched.site.documents["/files/91.pdf"] = SECOND
    watched.check()
    watched.site.faults[PATH] = answer(200, "<html><body>Please log in</body></html>", {"Content-Type": HTML})
    for _ in range(5):
        watched.check()
    assert watched.kinds() == []
    for _ in range(2):
        watched.check()
    assert watched.kinds() == [ChangeKind.DOCUMENT_WITHDRAWN]


@pytest.mark.sqlite
def test_a_file_whose_place_says_now_this_and_now_that_is_withdrawn(watched: Watched) -> None:
    watched.check()
    page = answer(200, "<html><body>Not found</body></html>", {"Content-Type": HTML})
    for fault in (answer(404, "no"), page, answer(404, "no")):
        watched.site.faults[PATH] = fault
        watched.checker.check(watched.site.url(LISTING), documents="bytes")
        watched.checker.clock.advance(timedelta(hours=12))
    for _ in range(2):
        watched.check()
    assert watched.kinds() == [ChangeKind.DOCUMENT_WITHDRAWN]


@pytest.mark.parametrize(
    "fault",
    [
        unavailable(),
        answer(403, "no"),
        answer(302, "", {"Location": "http://elsewhere.example/OIG-26-90.pdf"}),
        answer(200, ""),
    ],
    ids=["503", "403", "another site", "empty"],
)
@pytest.mark.sqlite  # the network, not the database
def test_trouble_is_noted_and_changes_nothing(watched: Watched, fault: Any) -> None:
    watched.check()
    for _ in range(3):
        watched.site.faults[PATH] = fault
        settled = watched.check()
        assert settled.outcome is Outcome.UNCHANGED
    assert watched.row().trouble
    assert any(PATH in reason for reason in settled.reasons)
    watched.site.faults.clear()
    watched.check()
    assert (watched.kinds(), watched.row().trouble) == ([], None)


@pytest.mark.sqlite
@pytest.mark.parametrize("how", [TroubleKind.TRUNCATED, TroubleKind.UNBOUNDED])
def test_a_file_that_was_cut_is_trouble_and_read_again(watched: Watched, how: TroubleKind) -> None:
    watched.check()
    watched.site.documents[PATH] = SECOND
    watched.site.how = how
    watched.check()
    assert (watched.kinds(), PATH in (watched.row().trouble or "")) == ([], True)
    watched.site.how = TroubleKind.ANSWER
    watched.check()
    assert watched.kinds() == [ChangeKind.DOCUMENT_REISSUED]


@pytest.mark.sqlite
def test_a_file_is_not_followed_to_another_site(watched: Watched) -> None:
    watched.site.faults[PATH] = answer(302, "", {"Location": "http://elsewhere.example/OIG-26-90.pdf"})
    watched.check()
    assert "it redirects to elsewhere.example, which is not of the site" in (watched.row().trouble or "")


@pytest.mark.sqlite
def test_where_a_site_wants_long_pauses_a_check_asks_for_one_file(watched: Watched) -> None:
    other = {**watched.site.reports[0], "report_number": "OIG-26-91", "href": "/files/91.pdf"}
    watched.site.reports.append(other)
    watched.site.documents["/files/91.pdf"] = SECOND
    watched.site.robots = "User-agent: *\nCrawl-delay: 61"
    for asked in (1, 2):
        watched.check()
        assert len(watched.site.asked()) == asked


@pytest.mark.sqlite
def test_headers_alone_have_to_say_so_twice(watched: Watched) -> None:
    watched.check("headers")
    watched.site.headers = {"ETag": '"another server"'}
    for watched.site.empty_head in (True, True, False):
        watched.check("headers")
    assert (watched.kinds(), watched.site.asked()) == ([], [("HEAD", 200)] * 4)
    watched.site.headers = {}
    watched.site.documents[PATH] = SECOND
    watched.check("headers")
    assert watched.kinds() == []
    watched.check("headers")
    assert watched.kinds() == [ChangeKind.DOCUMENT_REISSUED]
    (change,) = watched.checker.changes()
    assert change.after["file_size"] == len(SECOND)
    assert change.before_sha256 is None
    # From now on the bytes count: they are read once, and that is no change.
    watched.check("bytes")
    assert (watched.kinds(), watched.row().length) == ([ChangeKind.DOCUMENT_REISSUED], len(SECOND))


@pytest.mark.sqlite
def test_a_server_that_refuses_head_is_asked_for_its_headers_by_get(watched: Watched) -> None:
    watched.site.refuses_head = True
    watched.check("headers")
    assert watched.row().length == len(FIRST)
    watched.site.refuses_head = False
    watched.check("headers")
    assert watched.kinds() == []


@pytest.mark.sqlite
def test_a_long_list_is_asked_for_in_parts_newest_first_and_then_seldom(watched: Watched) -> None:
    rows = watched.site.reports
    for number in range(45):
        day = f"2024-{1 + number // 28:02}-{1 + number % 28:02}"
        rows.append({**rows[0], "report_number": f"OIG-24-{number:02}", "issue_date": day})
        rows[-1]["href"] = f"/files/{number}.pdf"
        watched.site.documents[f"/files/{number}.pdf"] = pdf(f"Report {number}")
    asked = []
    for _ in range(5):
        before = len(watched.site.requests)
        watched.checker.check(watched.site.url(LISTING), documents="bytes")
        asked.append([seen.path for seen in watched.site.requests[before:] if seen.path.endswith(".pdf")])
    assert list(map(len, asked)) == [20, 20, 6, 0, 0]
    assert asked[0][:2] == [PATH, "/files/44.pdf"]
    assert watched.kinds() == []


def test_a_file_of_two_reports_is_watched_for_as_long_as_one_of_them_links_to_it(watched: Watched) -> None:
    first = watched.site.reports[0]
    watched.site.reports.append({**first, "report_number": "OIG-26-91", "title": "Another"})
    watched.check()
    first["href"] = "/files/90.pdf"
    watched.site.documents["/files/90.pdf"] = pdf("Of its own")
    watched.check()  # also where an earlier version had lost it by now
    moved = select(Record.id).where(Record.key == "OIG-26-90").scalar_subquery()
    with watched.checker.database.write() as session:
        session.exec(update(Document).values(record_id=moved))
    watched.site.reports[1]["title"] = "Another title"
    watched.check()
    watched.site.documents[PATH] = SECOND
    watched.check()
    change = watched.checker.changes()[-1]
    assert (change.kind, change.record_key) == (ChangeKind.DOCUMENT_REISSUED, "OIG-26-91")


@pytest.mark.sqlite
def test_links_to_other_sites_and_to_web_pages_are_left_alone(watched: Watched) -> None:
    watched.site.reports[0]["href"] = "https://elsewhere.example/report.pdf"
    watched.check()
    page = {**watched.site.reports[0], "report_number": "OIG-26-91", "href": "/reports/91"}
    watched.site.reports.append(page)
    watched.site.faults["/reports/91"] = answer(200, "<html>A report</html>", {"Content-Type": HTML})
    for _ in range(4):
        watched.check()
    assert (watched.row().state, len(watched.site.requests_for("/reports/91"))) == ("no_pdf", 1)
    assert watched.kinds() == [ChangeKind.NEW_REPORT]


@pytest.mark.sqlite
def test_documents_are_watched_from_an_unchanged_check_on_and_only_where_asked(watched: Watched) -> None:
    watched.check("off")
    assert watched.site.asked() == []
    watched.check("bytes")
    assert watched.row().sha256 is not None
    watched.site.documents[PATH] = SECOND
    watched.check("off")
    assert watched.kinds() == []


@pytest.mark.sqlite
def test_robots_txt_keeps_us_from_files_too(watched: Watched) -> None:
    watched.site.robots = "User-agent: *\nDisallow: /sites/"
    settled = watched.check()
    assert watched.site.asked() == []
    assert "robots.txt" in " ".join(settled.reasons)


# ---- text


def test_a_changed_text_is_told_by_its_sentences_and_a_file_made_anew_is_not(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = ["A first page.", "CBP did not test facial recognition. It should have."]
    watched.site.documents[PATH] = pdf(*pages)
    assert not is_installed("an extra of a later version")
    with monkeypatch.context() as without:
        without.setattr(pdf_text, "is_installed", lambda _extra: False)
        watched.check("text")
        watched.check("text")
    assert watched.site.asked() == [("GET", 200), ("GET", 304)]
    watched.check("text")  # what was not installed then is now
    assert (watched.row().unread, watched.row().text_sha256 is None, watched.kinds()) == (None, False, [])
    watched.site.documents[PATH] = pdf(*pages, made="2026-04-01")
    assert watched.check("text").outcome is Outcome.UNCHANGED
    watched.site.documents[PATH] = pdf(pages[0], "CBP did not fully test facial recognition. It should have.")
    watched.check("text")
    (change,) = watched.checker.changes()
    assert change.kind is ChangeKind.DOCUMENT_TEXT_CHANGED
    assert change.before == {"file_text": "p. 2: CBP did not test facial recognition."}
    assert change.after == {"file_text": "p. 2: CBP did not fully test facial recognition."}
    watched.site.documents[PATH] = b"%PDF-1.4 damaged %%EOF"
    watched.check("text")
    assert watched.kinds()[1:] == [ChangeKind.DOCUMENT_REISSUED]
    assert watched.row().unread == "it is damaged"


@pytest.mark.sqlite
def test_a_file_that_is_read_after_its_report_was_announced_is_news_for_topics_that_look_inside(
    watched: Watched,
) -> None:
    inside = TopicSettings(match=MatchSettings(any=("text:facial recognition",)))
    either = TopicSettings(match=MatchSettings(any=("text:facial recognition", "ports")))
    plainly = TopicSettings(match=MatchSettings(any=("ports",)))
    index = TopicIndex({"inside": inside, "either": either, "plainly": plainly})

    def matched(change: ChangeView) -> dict[str, tuple[str, ...]]:
        return {match.topic: match.words for match in index.matches(candidate_of(change))}

    body = pdf("A first page.", "It was late. CBP did not test facial recognition. It should have.")
    quote = "p. 2: CBP did not test facial recognition."
    watched.check("text")
    for number, documents in (("91", {}), ("92", {"/files/92.pdf": body})):
        row = {**watched.site.reports[0], "report_number": f"OIG-26-{number}", "title": "On Ports of Entry"}
        watched.site.reports.append({**row, "href": f"/files/{number}.pdf"})
        watched.site.documents.update(documents)
        watched.check("text")
    watched.site.documents["/files/91.pdf"] = body
    watched.check("text")
    with watched.checker.database.read() as session:
        late, second, first = latest_changes(session, limit=3)
        assert [first.kind, second.kind] == [ChangeKind.NEW_REPORT] * 2
        assert matched(second) == {"inside": (quote,), "either": (quote, "Ports"), "plainly": ("Ports",)}
        assert (late.kind, matched(late)) == (ChangeKind.DOCUMENT_READ, {"inside": (quote,)})
