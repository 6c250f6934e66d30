"""Which character encoding a page uses, and its text. All decisions about charsets are made here."""

import codecs
import re
from contextlib import suppress
from dataclasses import replace

from monitor.domain.types import Page

_XML_CHARSET = re.compile(rb"\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]{2,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LOOKED_AT = 4096  # bytes
_AT_ONCE = 65_536  # bytes
_FEWEST_PAIRS = 8
_UNUSED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # bytes that mean nothing in Windows-1252
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def charset_of(body: bytes, content_type: str, declared: str | None) -> str:
    """Return a page's charset: of its byte order mark or zero bytes, the source's setting, header, XML, meta.

    The user's setting wins over what the server and the page state, because they may be wrong. Where
    nobody states one it is UTF-8, or Windows-1252 where the bytes plainly are not UTF-8.
    """
    for mark, marked in _BOMS:
        if body.startswith(mark):
            return marked
    if wide := _wide(body):
        return wide
    header = re.search(r"charset\s*=\s*[\"']?([\w:.-]+)", content_type, re.IGNORECASE)
    stated = _XML_CHARSET.match(body) or _META_CHARSET.search(body, 0, 4096)
    for name in (declared, header and header[1], stated and stated[1].decode("ascii", "replace")):
        if name:
            try:
                found = codecs.lookup(name).name
            except LookupError:
                continue
            # Pages that say latin-1 mean what browsers read: windows-1252.
            return "cp1252" if found in ("iso8859-1", "ascii") else found
    return "cp1252" if _is_windows(body) else "utf-8"


def _wide(body: bytes) -> str | None:
    """Return the form of UTF-16 that bytes without a mark plainly have: every second one is zero, no other.

    Most letters of a page are of the ASCII kind; no other charset has zero bytes in text.
    """
    start = body[:_LOOKED_AT]
    zeros, pairs = [start[at::2].count(0) for at in (0, 1)], len(start) // 2
    if pairs < _FEWEST_PAIRS or min(zeros) or max(zeros) * 5 < pairs * 4:
        return None
    return "utf-16-le" if zeros[1] else "utf-16-be"


def _is_windows(body: bytes) -> bool:
    """Return whether bytes of no stated charset are Windows-1252: hardly any of them fit UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()  # a character that the end cuts is not an error
    with suppress(UnicodeDecodeError):
        for start in range(0, len(body), _AT_ONCE):  # its whole text may take four times the memory
            decoder.decode(body[start : start + _AT_ONCE])
        return False
    shown = body.decode("utf-8", "replace")
    lost = shown.count("\ufffd")
    fitting = len(_NOT_ASCII.findall(shown)) - lost
    return fitting * 4 < lost and not _UNUSED.search(body)


def as_declared(page: Page, declared: str | None) -> Page:
    """Return a stored page with the charset that its source declares now, if it declares one."""
    if declared is None:
        return page
    charset = charset_of(page.body, "", declared)
    return page if charset == page.charset else replace(page, charset=charset)


def undecoded(page: Page, text: str) -> str | None:
    """Return a sentence where bytes of a page do not fit its charset; None where all of them do."""
    lost = text.count("\ufffd")
    if not lost or lost <= page.body.count("\ufffd".encode()):
        return None
    return (
        f"{lost:,} characters of the page are not valid {page.charset} and were lost; if the page uses"
        " another charset, name it in the source, for example 'charset: cp1252'"
    )


def decoded(page: Page) -> str:
    """Return a page's text, without byte order mark and NULs and with simple line ends."""
    body, charset = page.body, page.charset
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            body, charset = body[len(mark) :], name
            break
    if charset == "utf-8" and b"\r" in body:  # in bytes, because a text may take twice their memory
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = body.decode(charset, errors="replace")
    except (LookupError, ValueError):
        text = body.decode("utf-8", errors="replace")
    # In UTF-8 this byte is only this character, and searching bytes takes a tenth of the time.
    if charset != "utf-8" or b"\x00" in body:
        text = text.replace("\x00", "")
    if "\r" in text:  # takes a fiftieth of the time of searching for a pair
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.lstrip("\ufeff")
