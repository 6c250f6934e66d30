"""Pages saved by hand are read as if they had been fetched, and only where they belong."""

import json
import os
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from service.demo.fakes.replica import AGENCY_PATH, ReplicaSite, seed_recommendations
from tests.service.commands import Ran, run
from tests.service.home import database_line

HOST = "https://www.gao.example"


@pytest.fixture
def site() -> Iterator[ReplicaSite]:
    with ReplicaSite(recommendations=seed_recommendations()) as site:
        yield site


@pytest.fixture
def here(home: Path) -> Path:
    (home / "watch.yaml").write_text(
        database_line(home)
        + f"sources:\n  gao: {{url: '{HOST}{AGENCY_PATH}', profile: gao-recommendations, fetcher: inbox}}\n"
        "channels:\n  desk: {to: 'mailto://127.0.0.1:1?from=a@example.org&to=b@example.org'}\n"
        "topics:\n  all: {send: {daily: [desk]}}\n"
    )
    return home


def saved(site: ReplicaSite, folder: Path, path: str, name: str, *, address: str | None = None) -> Path:
    """Save a page as a browser does: with a note of where it is from."""
    text = httpx.get(site.url(path), timeout=600).text
    noted = f"<!-- saved from url=(0042){address or HOST + path} -->\n"
    file = folder / name
    file.write_text(text.replace("<html", f"{noted}<html", 1))
    return file


def taken(here: Path, *files: Path) -> Ran:
    return run(here, "sources", "inbox", "gao", *map(str, files))


def changes(here: Path) -> list[dict[str, object]]:
    return list(json.loads(run(here, "changes", "--json").out))


def close(site: ReplicaSite) -> str:
    """Close the first open recommendation; return its product page's path."""
    row = next(row for row in site.recommendations if row["status_text"] == "Open")
    row["status_text"] = "Closed – Implemented"
    return f"/products/{row['report_number'].lower()}"


def test_a_saved_page_is_a_baseline_and_the_next_one_shows_what_changed(
    site: ReplicaSite, here: Path
) -> None:
    ran = taken(here, saved(site, here, AGENCY_PATH, "monday.html"))
    assert (ran.code, ran.err) == (0, "")
    assert "taken    monday.html" in ran.out
    site.recommendations[0]["status_comment"] = "The agency has begun."
    ran = taken(here, saved(site, here, AGENCY_PATH, "tuesday.html"))
    assert [change["kind"] for change in changes(here)] == ["comment_updated"]


def test_a_product_page_says_what_became_of_what_left_the_list(site: ReplicaSite, here: Path) -> None:
    taken(here, saved(site, here, AGENCY_PATH, "monday.html"))
    product = close(site)
    ran = taken(here, saved(site, here, AGENCY_PATH, "tuesday.html"))
    assert "is not among the saved pages" in " ".join(ran.out.split())
    for face in ("text", "markdown", "html"):
        shown = run(here, "digest", "next", "weekly", "--format", face).out
        assert "pages to open" in shown.lower()
        assert HOST + product in shown
    ran = taken(here, saved(site, here, product, "product.html"))
    assert ran.code == 0, ran.all
    assert "status_changed" in [change["kind"] for change in changes(here)]


@pytest.mark.sqlite  # it is about files
def test_a_product_page_that_nothing_waits_for_is_refused(site: ReplicaSite, here: Path) -> None:
    taken(here, saved(site, here, AGENCY_PATH, "monday.html"))
    number = str(site.recommendations[0]["report_number"]).lower()
    ran = taken(here, saved(site, here, f"/products/{number}", "product.html"))
    assert ran.code == 1
    assert "none of its records waits for this page" in " ".join(ran.out.split())


@pytest.mark.sqlite  # it is about files
@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "other.html",
            "<link rel=canonical href='https://www.other.example/x'><p>x",
            "which gao neither lists",
        ),
        ("odd.html", "<!-- saved from url=(0042)http://[::1 --><p>Just a page.", "gao set it aside"),
        (
            "odd.mhtml",
            "Snapshot-Content-Location: http://[::1\nContent-Type: text/html\n\n<p>Just a page.",
            "gao set it aside",
        ),
        ("empty.html", "", "is empty"),
        ("report.pdf", "%PDF-1.7", "it is not a saved page"),
        ("cut.mhtml", "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n", "holds no page"),
        (
            "many.mhtml",
            "Content-Type: multipart/related; boundary=x\n\n" + "--x\n\nx\n" * 5_001,
            "5,000 parts",
        ),
        (
            "deep.mhtml",
            "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2_000)),
            "holds no page",
        ),
        ("none.html", "<p>Just a page.", "gao set it aside"),
        ("missing.html", None, "cannot be read"),
    ],
)
def test_what_is_no_page_of_the_source_is_refused_with_a_sentence_and_records_nothing(
    name: str, text: str | None, said: str, site: ReplicaSite, here: Path
) -> None:
    taken(here, saved(site, here, AGENCY_PATH, "monday.html"))
    if text is not None:
        (here / name).write_text(text)
    ran = taken(here, here / name)
    assert ran.code == 1
    assert said in " ".join(ran.out.split())
    assert "Traceback" not in ran.all
    assert changes(here) == []


def test_a_page_that_was_saved_before_the_last_check_is_refused(site: ReplicaSite, here: Path) -> None:
    old = saved(site, here, AGENCY_PATH, "old.html")
    os.utime(old, (0, 0))
    close(site)
    taken(here, saved(site, here, AGENCY_PATH, "new.html"))
    ran = taken(here, old)
    assert ran.code == 1
    assert "it was saved on Thurs., Jan. 1, 1970" in " ".join(ran.out.split())


@pytest.mark.sqlite  # it is about files
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_copies_of_one_page_the_later_is_taken_and_the_other_refused(
    order: tuple[int, int], site: ReplicaSite, here: Path
) -> None:
    files = [saved(site, here, AGENCY_PATH, name) for name in ("old.html", "new.html")]
    files[0].write_text(files[0].read_text().replace("</html>", "<!-- an older layout --></html>"))
    os.utime(files[0], (0, 0))
    ran = taken(here, *(files[at] for at in order))
    assert ran.code == 1
    assert "taken    new.html" in ran.out
    assert "refused  old.html\n         new.html is a later copy of the same page" in ran.out


def test_of_a_list_in_pages_the_first_must_be_there_and_nothing_is_gone_without_the_rest(
    site: ReplicaSite, here: Path
) -> None:
    site.page_size = 5
    pages = [
        saved(site, here, f"{AGENCY_PATH}{query}", f"{name}.html")
        for name, query in (("1", ""), ("2", "?page=1"))
    ]
    assert taken(here, *pages).code == 0
    ran = taken(here, pages[1])
    assert "the first page of gao is missing" in " ".join(ran.out.split())
    pages[0].write_text(pages[0].read_text() + "<!-- again -->")
    ran = taken(here, pages[0])
    assert "partial" in ran.out
    assert changes(here) == []


@pytest.mark.sqlite  # it is about files
@pytest.mark.parametrize("name", ["page.mhtml", "page.html"])
def test_an_mhtml_file_knows_its_address(site: ReplicaSite, here: Path, name: str) -> None:
    message = EmailMessage()
    message["Snapshot-Content-Location"] = HOST + AGENCY_PATH
    message.set_content(httpx.get(site.url(AGENCY_PATH), timeout=600).text, subtype="html")
    message.make_related()
    (here / name).write_bytes(bytes(message))
    assert taken(here, here / name).code == 0


def test_the_folder_is_read_by_a_check_and_emptied(site: ReplicaSite, here: Path) -> None:
    (here / "inbox").mkdir()
    saved(site, here / "inbox", AGENCY_PATH, "page.html")
    (here / "inbox" / "notes.docx").write_text("not a page")
    for file in (here / "inbox").iterdir():
        os.utime(file, (file.stat().st_mtime - 60,) * 2)
    ran = run(here, "check")
    assert ran.code == 0, ran.all
    assert [file.name.partition("-")[2] for file in (here / "inbox" / "taken").iterdir()] == ["page.html"]
    assert [file.name.partition("-")[2] for file in (here / "inbox" / "refused").iterdir()] == ["notes.docx"]
    assert [file.name for file in (here / "inbox").iterdir() if file.is_file()] == []


@pytest.mark.sqlite  # it is about files
def test_a_source_of_saved_pages_is_never_fetched(here: Path) -> None:
    assert run(here, "check").code == 0
    ran = run(here, "check", "gao")
    assert ran.code == 2
    assert "gao is read from pages that you save" in " ".join(ran.err.split())


def test_status_shows_a_source_whose_pages_are_handed_in(site: ReplicaSite, here: Path) -> None:
    taken(here, saved(site, here, AGENCY_PATH, "monday.html"))
    ran = run(here, "status")
    assert ran.code == 0, ran.all
    assert "read when its pages are handed in" in ran.out


@pytest.mark.sqlite  # it is about files
def test_what_the_folder_refuses_is_said_in_short_without_paths_and_other_commands(here: Path) -> None:
    (here / "inbox").mkdir()
    for name, text in {"empty.html": "", "hello.html": "<html><p>Hello.</p></html>"}.items():
        file = here / "inbox" / name
        file.write_text(text)
        os.utime(file, (file.stat().st_mtime - 60,) * 2)
    said = " ".join(run(here, "check").out.split())
    assert "empty.html it is empty" in said
    assert "hello.html No profile recognizes the page: it looks like an HTML page" in said
    assert str(here) not in said
    assert "sources new" not in said


@pytest.mark.sqlite  # it is about files
def test_two_files_with_the_same_content_are_both_taken(site: ReplicaSite, here: Path) -> None:
    first = saved(site, here, AGENCY_PATH, "monday.html")
    copies = [here / f"monday ({number}).html" for number in (1, 2)]
    for copy in copies:
        copy.write_bytes(first.read_bytes())
    ran = taken(here, first, *copies)
    assert ran.code == 0, ran.all
    assert ran.out.count("taken    monday") == 3
