"""UTF-16 without a byte order mark is read where every second byte is zero; nothing else is."""

from pathlib import Path

import pytest

from bench.gao_export import as_file, export_rows, with_changes
from monitor.domain.types import Outcome
from monitor.fetch.charset import charset_of
from monitor.fetch.file_kinds import kind_of
from tests.checking import Checker

PAGE = "<html><head><meta charset=utf-8></head><body><p>TSA’s “open” list – 2026</p>" + "a row\r\n" * 40


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_text_whose_every_second_byte_is_zero_is_utf_16(charset: str) -> None:
    body = PAGE.encode(charset)
    assert charset_of(body, "text/html; charset=utf-8", None) == charset
    assert kind_of(body, charset) is None


@pytest.mark.parametrize(
    "body",
    [
        PAGE.encode(),
        PAGE.encode().replace(b"a row", b"a\0row"),
        b"\0" * 400,
        b"MZ\x90\0\x03\0\0\0" * 40,
        PAGE.encode("utf-32-le"),
        "状況一覧".encode("utf-16-le") * 40,  # no byte of it is zero: it may be anything
        b"a\0b\0",
    ],
    ids=["UTF-8", "a few zero bytes", "zero bytes only", "a program", "UTF-32", "no ASCII", "too short"],
)
def test_what_may_be_something_else_is_not_taken_for_utf_16(body: bytes) -> None:
    assert not charset_of(body, "", None).startswith("utf-16")


@pytest.mark.sqlite
@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_a_csv_file_in_utf_16_without_a_mark_is_read_whole(
    checker: Checker, tmp_path: Path, charset: str
) -> None:
    page, rows = tmp_path / "export.csv", export_rows(60, seed=6)
    for some in (rows, with_changes(rows, count=4)):
        page.write_bytes(as_file(some).decode("utf-8").encode(charset))
        settled = checker.check(str(page), profile="gao-csv")
    assert (settled.outcome, settled.rows, len(settled.change_ids)) == (Outcome.CHANGED, 60, 4)
