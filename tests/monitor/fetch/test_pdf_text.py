"""The text of PDFs: read within bounds, whatever the file is."""

import pytest

from monitor.domain.sentences import differing
from monitor.fetch import pdf_text
from monitor.fetch.pdf_text import PdfText, Unread, read_pdf
from tests.pdf_files import pdf


def test_the_text_of_each_page_is_read() -> None:
    found = read_pdf(pdf("CBP did not test it.\nIt should have.", "A second page (of 2)."))
    assert found == PdfText(("CBP did not test it. It should have.", "A second page (of 2)."))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"%PDF-1.4 and no more", "it is damaged"),
        (pdf("", ""), "it has no text layer: its pages are pictures"),
        (pdf(*["x"] * 3_001), "it has 3,001 pages; at most 3,000 are read"),
        (
            pdf("A page that is encrypted.").replace(
                b"/Root 1 0 R",
                b"/Root 1 0 R /ID [<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]"
                b" /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"
                + b"41" * 32
                + b"> /U <"
                + b"42" * 32
                + b"> >>",
            ),
            "it is encrypted",
        ),
    ],
    ids=["damaged", "pictures", "too many pages", "encrypted"],
)
def test_a_pdf_that_has_no_text_for_us_gives_one_reason(body: bytes, why: str) -> None:
    assert read_pdf(body) == Unread(why)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("while True: pass", "it takes too much time or memory to read"),
        ("bytearray(3 << 30)", "it takes too much memory to read"),
        ("import os; os.abort()", "the reader of PDFs broke down on it"),
        ("import time; time.sleep(60)", "it could not be read in 2 seconds"),
    ],
    ids=["loops", "eats memory", "crashes", "waits"],
)
def test_a_reader_that_goes_wrong_is_ended(
    code: str, why: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child with its own bounds, and in place of the library what a hostile file makes of it."""
    child = pdf_text._CHILD.read_text().replace("import pypdfium2  # noqa: PLC0415 - within the bounds", code)
    hostile = tmp_path / "child.py"  # type: ignore[operator]
    hostile.write_text(child.replace("CPU_SECONDS = 60", "CPU_SECONDS = 1"))
    monkeypatch.setattr(pdf_text, "_CHILD", hostile)
    assert read_pdf(pdf("x"), seconds=2 if "sleep" in code else 60) == Unread(why)


def test_texts_are_compared_by_sentences_with_their_pages() -> None:
    before = ("One stays. CBP did not test it. The end of it", "goes on here. Two stays.")
    after = ("One stays. CBP did not fully test it. The end of it", "goes on here. Two stays. New.")
    assert differing(before, after) == (
        "p. 1: CBP did not test it.",
        "p. 1: CBP did not fully test it. … p. 2: New.",
    )
