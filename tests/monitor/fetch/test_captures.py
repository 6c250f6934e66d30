"""Archives of every kind are read in bounded memory, and what is wrong in one is left out with a sentence."""

import gzip
import json
import os
import tracemalloc
import zlib
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from monitor.domain.errors import SourceError
from monitor.domain.settings import SourceSettings
from monitor.fetch import warc
from monitor.fetch.archive_index import Refused
from monitor.fetch.captures import Capture, captures_in, page_of
from tests.archives import record, sha1, write_warc

URL = "https://www.example.gov/list?a=1"
AT = datetime(2024, 3, 1, 12, tzinfo=UTC)
BODY = b"<html><body>A list of audits</body></html>"
MOST = 1_000_000


def read(path: Path) -> tuple[list[Capture], list[Refused]]:
    spool = path.parent / "spool"
    spool.mkdir(exist_ok=True)
    found = list(captures_in(path, spool, MOST))
    return [one for one in found if isinstance(one, Capture)], [
        one for one in found if isinstance(one, Refused)
    ]


def said(path: Path) -> str:
    captures, refused = read(path)
    assert not captures
    (one,) = refused
    return one.said


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_captures_of_a_warc_file_are_read_with_their_encodings_undone(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(BODY)
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    path = write_warc(
        tmp_path / name,
        b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 4\r\n\r\nabcd\r\n\r\n",
        record(URL, AT, BODY),
        record(f"<{URL}>", "2024-03-02T12:00:00.123456Z", packed, headers="Content-Encoding: gzip\r\n"),
        record(
            URL, "2024-03-03T12:00:00Z", chunked, headers="Transfer-Encoding: chunked\r\n", digest=sha1(BODY)
        ),
        record(URL, "2024-03-04T12:00:00Z", BODY, headers="Transfer-Encoding: chunked\r\n"),
        record(URL, "2024-03-05T12:00:00Z", kind="revisit", digest=sha1(BODY)),
        record("https://web.archive.org/web/20240306120000id_/" + URL, AT, BODY),
        record(URL, "2024-03-07T12:00:00Z", brotli.compress(BODY), headers="Content-Encoding: br\r\n"),
        record("dns:www.example.gov", AT, b"x", kind="resource"),
    )
    captures, refused = read(path)
    assert not refused
    assert sorted(one.at.day for one in captures) == [1, 2, 3, 4, 5, 6, 7]
    assert {one.url for one in captures} == {URL}
    assert {one.body.read_bytes() for one in captures} == {BODY}


def test_what_is_wrong_in_one_record_leaves_the_others(tmp_path: Path) -> None:
    bomb = zlib.compress(b"\0" * 50_000_000, 9)
    path = write_warc(
        tmp_path / "a.warc",
        record(URL, AT, b"", status=301, headers="Location: /x\r\n"),
        record(URL, AT, b"Not here", status=404),
        record(URL, AT, BODY, digest=sha1(b"other")),
        record(URL, AT, BODY, kind="resource", digest=sha1(b"other")),
        record(URL, AT, bomb, headers="Content-Encoding: deflate\r\n"),
        record(URL, AT, b"x" * (MOST + 1)),
        record(URL, AT, BODY, headers="Content-Encoding: compress\r\n"),
        record(URL, AT, kind="revisit", digest=sha1(b"elsewhere")),
        record(URL, "yesterday", BODY),
        record(URL, "0001-01-01T00:00:00+14:00", BODY),
        record(URL, AT, BODY),
    )
    tracemalloc.start()
    captures, refused = read(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert [one.body.read_bytes() for one in captures] == [BODY]
    assert [one.said.partition(" (")[0] for one in refused] == [
        "the site redirected then",
        "the site answered 404 then",
        *["its bytes are not those of its digest"] * 2,
        f"{URL} is larger than max_bytes",
        f"{URL} is larger than max_bytes",
        "the body is in the encoding 'compress', which cannot be read",
        *["it does not say when and where it was captured"] * 2,
        "it repeats an earlier capture that is not here",
    ]
    assert refused[0].name == "a.warc, record 1"


def test_a_file_that_is_cut_damaged_or_a_bomb_gives_what_came_before_it(tmp_path: Path) -> None:
    good, path = record(URL, AT, BODY), tmp_path / "a.warc.gz"
    packed = gzip.compress(good)
    for rest, why in (
        (packed[:60], "it is cut off"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\3garbage", "it is damaged"),
        (gzip.compress(b"x" * 30_000_000, 1), "a line of its headers does not end"),
        (gzip.compress(record(URL, AT, b"\0" * 300_000_000, length=10**12)), "it expands to over 200 times"),
        (gzip.compress(b"no record"), "no record begins where one should"),
        (gzip.compress(b"WARC/1.0\r\nContent-Length: -1\r\n\r\n"), "a record does not state its length"),
        (gzip.compress(record(URL, AT, BODY, length=9_999)), "it is cut off"),
    ):
        path.write_bytes(packed + rest)
        captures, refused = read(path)
        assert [one.body.read_bytes() for one in captures] == [BODY]
        assert why in refused[-1].said
    block = b"HTTP/1.1 200 X\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + BODY
    unproved = record(URL, AT, BODY, digest="none", length=len(block) - 9)
    captures, refused = read(write_warc(tmp_path / "b.warc.gz", good + unproved + good))
    assert [one.body.read_bytes() for one in captures] == [BODY]
    assert [one.said for one in refused] == [
        "its length is not what it says",
        "no record begins where one should; what comes after it was not read",
    ]
    path.write_bytes(b"a page")
    assert said(path) == "it is not a WARC file; what comes after it was not read"
    with pytest.raises(SourceError, match="there is no file or folder"):
        read(tmp_path / "none.warc")


@pytest.mark.parametrize("wrong", [-9, 9_999])
@pytest.mark.parametrize("step", [1, 65_536])
def test_a_wrong_length_costs_one_record_where_each_is_packed_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: int, step: int
) -> None:
    monkeypatch.setattr(warc, "_STEP", step)
    records = [record(URL, f"2024-03-0{day}T12:00:00Z", BODY) for day in range(1, 5)]
    block = len(b"HTTP/1.1 200 X\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + BODY)
    records[1] = record(URL, "2024-03-02T12:00:00Z", BODY, digest="none", length=block + wrong)
    captures, refused = read(write_warc(tmp_path / "a.warc.gz", *records))
    assert [(one.at.day, one.name) for one in captures] == [
        (day, f"a.warc.gz, record {day}") for day in (1, 3, 4)
    ]
    assert [(one.name, one.said) for one in refused] == [
        ("a.warc.gz, record 2", "its length is not what it says")
    ]


def test_a_page_that_begins_as_a_record_does_is_a_page(tmp_path: Path) -> None:
    page = record(URL, "2024-03-02T12:00:00Z", b"not a page of its own")
    path = write_warc(
        tmp_path / "a.warc.gz", record(URL, AT, page), record(URL, "2024-03-03T12:00:00Z", BODY)
    )
    captures, refused = read(path)
    assert ([one.at.day for one in captures], refused) == ([1, 3], [])


def test_an_archive_that_is_packed_in_blocks_of_any_length_is_read_whole(tmp_path: Path) -> None:
    whole = b"".join(record(URL, f"2024-03-0{day}T12:00:00Z", BODY) for day in (1, 2, 3))
    blocks = (whole[place : place + 50] for place in range(0, len(whole), 50))
    (tmp_path / "a.warc.gz").write_bytes(b"".join(map(gzip.compress, blocks)))
    captures, refused = read(tmp_path / "a.warc.gz")
    assert ([one.at.day for one in captures], refused) == ([1, 2, 3], [])


def test_pages_of_a_folder_have_their_time_and_address_from_names_index_or_page(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    for name, text in {
        "20240301120000.html": "<link rel='canonical' href='https://www.example.gov/list?a=1'>",
        "20240302/www.example.gov/list.html": "told by nothing",
        "20240303120000/www.example.gov/list/index.html": "by path",
        "20240304120000.html": "by index",
        "20240305120000.html": "an error by index",
        "20240308120000/www.example.gov/list/index.html": "one of two pages of this second",
        "20240309120000.html": "either of two pages of this second",
        "export_2024-03-06.csv": "a,b",
        "2024-03-07T0930 page.html": "<a href='/web/20240307093000/https://www.example.gov/x'>x</a>",
        "undated.html": "x",
        ".hidden/20240308120000.html": "x",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "index.cdx").write_text(
        " CDX N b a m s k S\n"
        "gov,example)/list 20240304120000 https://www.example.gov/list?b=2 text/html 200 AAAA 10\n"
        "gov,example)/list 20240305120000 https://www.example.gov/list text/html 503 AAAA 10\n"
        "gov,example)/list 20240308120000 http://www.example.gov/list text/html 200 AAAA 10\n"
        "gov,example)/list 20240308120000 http://www.example.gov/other text/html 404 AAAA 10\n"
        "gov,example)/list 20240309120000 http://www.example.gov/list text/html 200 AAAA 10\n"
        "gov,example)/list 20240309120000 http://www.example.gov/other text/html 200 AAAA 10\n"
    )
    captures, refused = read(folder)
    assert {one.at.day: one.url for one in captures} == {
        1: URL,
        2: None,
        3: "https://www.example.gov/list",
        4: "https://www.example.gov/list?b=2",
        6: None,
        7: None,
        8: "http://www.example.gov/list",
    }
    assert [(one.name, one.said) for one in refused] == [
        ("20240305120000.html", "the site answered 503 then"),
        ("20240309120000.html", "the index names several addresses for its time"),
        ("undated.html", "its name has no capture time, such as 20260301120000"),
    ]
    csv = next(one for one in captures if one.at.day == 6)
    assert (csv.content_type, csv.at.hour) == ("text/csv", 12)


def test_an_index_says_which_captures_of_its_file_count(tmp_path: Path) -> None:
    write_warc(tmp_path / "a.warc.gz", record(URL, AT, BODY), record(URL, "2024-03-02T12:00:00Z", BODY))
    said_of = {"url": URL, "mime": "text/html", "status": "200", "filename": "a.warc.gz", "offset": "0"}
    index = tmp_path / "a.cdxj"
    index.write_text(f"gov,example)/list 20240302120000 {json.dumps(said_of)}\nnonsense\n")
    captures, refused = read(index)
    assert [one.at.day for one in captures] == [2]
    assert [one.said for one in refused] == ["it names no capture"]
    index.write_text(f"k 20240302120000 {URL} text/html 200 AAAA - - 10 0 lost.warc.gz\n")
    assert "names it, and it is not in the folder" in said(index)
    index.write_text(f"k 20240302120000 {URL} text/html 200 AAAA - - 10 0 {'a' * 5_000}\n")
    assert "names it, and it is not in the folder" in said(index)
    index.write_text(f"k 20240302120000 {URL} text/html 200 AAAA 10\n")
    with pytest.raises(SourceError, match="names no WARC file"):
        read(index)


ROW = f"gov,example)/list 20240302120000 {URL} text/html 200 AAAA - - 10 0 a.warc.gz"
HEAD = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "redirect", "meta", "length"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.cdx", f" CDX N b a m s k r M S V g\n{ROW}\n"),
        ("a.cdx", f"\ufeff CDX N b a m s k g\r\nk 20240302120000 {URL} text/html 200 AAAA a.warc.gz\r\n"),
        ("a.cdx", f" CDX g s b a\na.warc.gz 200 20240302120000 {URL}\n"),
        ("a.cdx", ROW.replace(" ", "\t")),
        ("a.cdx", ROW.replace(" ", "  ")),
        ("a.cdx", ROW.replace("120000 ", "120000123 ")),
        ("a.cdx", json.dumps([[*HEAD, "offset", "filename"], ROW.split()])),
        ("a.json", json.dumps([[*HEAD, "offset", "filename"], ROW.split()]).replace("], ", "],\n")),
        ("a.cdx.gz", ROW),
    ],
)
def test_every_form_of_an_index_names_the_same_capture(tmp_path: Path, name: str, text: str) -> None:
    write_warc(tmp_path / "a.warc.gz", record(URL, AT, BODY), record(URL, "2024-03-02T12:00:00Z", BODY))
    content = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    captures, refused = read(tmp_path / name)
    assert ([one.at.day for one in captures], refused) == ([2], [])


def test_a_broken_index_is_a_sentence_and_what_came_before_it_counts(tmp_path: Path) -> None:
    write_warc(tmp_path / "a.warc.gz", record(URL, "2024-03-02T12:00:00Z", BODY))
    (tmp_path / "a.cdx.gz").write_bytes(gzip.compress(f"{ROW}\n".encode() * 2)[:-9])
    captures, refused = read(tmp_path / "a.cdx.gz")
    assert [one.at.day for one in captures] == [2]
    assert "it is damaged or cut off" in refused[0].said
    rows = (
        '[["timestamp","original","filename"],',
        '["2024"],',
        '["202403',
        f'["20240302120000","{URL}","a.warc.gz"]]',
    )
    (tmp_path / "b.cdx").write_text("\n".join(rows))
    captures, refused = read(tmp_path / "b.cdx")
    assert [one.name for one in (*refused, *captures)] == [
        *("b.cdx, line 2", "b.cdx, line 3", "a.warc.gz, record 1"),
    ]


def test_a_list_in_json_is_an_index_by_its_columns_only(tmp_path: Path) -> None:
    for name, head in (("20240302120000", ["timestamp", "title"]), ("cdx-20240303120000", HEAD)):
        (tmp_path / f"{name}.json").write_text(json.dumps([head, ["20240302120000", "A"]]))
    captures, refused = read(tmp_path)
    assert [(one.name, one.content_type) for one in captures] == [("20240302120000.json", "application/json")]
    assert not refused


def test_of_the_rows_for_one_page_in_a_second_the_good_one_counts_and_a_repetition_is_a_page(
    tmp_path: Path,
) -> None:
    for day in (2, 3, 4, 5):
        (tmp_path / f"2024030{day}120000.html").write_bytes(BODY)
    bare = "https://www.example.gov/list"
    rows = (
        "k 20240302120000 http://www.example.gov/list text/html 301 A 9",
        f"k 20240302120000 {bare} text/html 200 A 9",
        f"k 20240303120000 {bare} warc/revisit - A 9",
        f"20240304120000 {bare}",
        f"20240305120000 {bare} 404 text/html",
    )
    (tmp_path / "i.cdx").write_text("\n".join(rows))
    captures, refused = read(tmp_path)
    assert [(one.at.day, one.url, one.content_type) for one in captures] == [
        (day, bare, "text/html") for day in (2, 3, 4)
    ]
    assert [one.said for one in refused] == ["the site answered 404 then"]


def repeated(at: str, refers_to: str) -> bytes:
    """Give a record that says a page had not changed since a capture, without a digest."""
    return record(URL, at, kind="revisit").replace(
        f"WARC-Payload-Digest: {sha1(b'')}".encode(),
        f"WARC-Refers-To-Target-URI: {URL}\r\nWARC-Refers-To-Date: {refers_to}".encode(),
    )


def test_a_record_may_repeat_one_of_another_file_or_one_that_comes_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "crawls"
    folder.mkdir()
    times = [f"2024-03-0{day}T12:00:00Z" for day in range(1, 6)]
    write_warc(
        folder / "a.warc", record(URL, times[1], kind="revisit", digest=sha1(BODY)), record(URL, AT, BODY)
    )
    write_warc(
        folder / "b.warc.gz",
        record(URL, times[2], kind="revisit", digest=sha1(BODY)),
        repeated(times[3], times[0]),
        repeated(times[4], "2023-01-01T00:00:00Z"),
    )
    captures, refused = read(folder)
    assert sorted((one.at.day, one.body.read_bytes()) for one in captures) == [
        (n, BODY) for n in (1, 2, 3, 4)
    ]
    assert [(one.name, one.said) for one in refused] == [
        ("b.warc.gz, record 3", "it repeats an earlier capture that is not here")
    ]
    (folder / "a.cdx").write_text(f"k 20240302120000 {URL} warc/revisit - A - - 1 0 a.warc\n")
    assert [one.at.day for one in read(folder / "a.cdx")[0]] == [2]


def test_a_page_in_several_records_is_refused_and_not_taken_for_its_beginning(tmp_path: Path) -> None:
    first, rest = (
        record(URL, AT, BODY, kind=kind).replace(
            b"WARC-Date", b"WARC-Segment-Number: %d\r\nWARC-Date" % number
        )
        for number, kind in ((1, "response"), (2, "continuation"))
    )
    assert "it is a part of a page" in said(write_warc(tmp_path / "a.warc", first, rest))


def test_links_and_toolbar_of_a_web_archive_are_taken_back(tmp_path: Path) -> None:
    page = (
        b"<html><head><script src='https://web-static.archive.org/_static/js/bundle.js'></script>"
        b"<!-- End Wayback Rewrite JS Include -->\n<title>Audits</title></head><body>"
        b"<!-- BEGIN WAYBACK TOOLBAR INSERT --><div>archive</div><!-- END WAYBACK TOOLBAR INSERT -->"
        b"<a href='https://web.archive.org/web/20240301120000/https://www.example.gov/a'>A</a>"
        b"<img src='/web/20240301120000im_/https://www.example.gov/b'></body></html>\n"
        b"<!--\n     FILE ARCHIVED ON 12:00:00 Mar 01, 2024 AND RETRIEVED -->"
    )
    (captures, _) = read(write_warc(tmp_path / "a.warc", record(URL, AT, page)))
    restored = page_of(captures[0], SourceSettings(url=URL)).body
    assert b"archive" not in restored
    assert b"ARCHIVED" not in restored
    assert b"<a href='https://www.example.gov/a'>A</a><img src='https://www.example.gov/b'>" in restored


def test_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "captures.warc")
    with pytest.raises(SourceError, match="it is a pipe or a device, not a file"):
        read(tmp_path / "captures.warc")
