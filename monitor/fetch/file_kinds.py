"""What kind of file some bytes are, in words for people; a page of text is not one of these. Pure."""

import re

_BEGINS = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "an image (PNG)"),
    (b"GIF8", "an image (GIF)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"BM", "an image (BMP)"),
    (b"II*\0", "an image (TIFF)"),
    (b"MM\0*", "an image (TIFF)"),
    (b"\xd0\xcf\x11\xe0", "an Office file (Word, Excel or PowerPoint)"),
    (b"{\\rtf", "a rich-text file (RTF)"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"7z\xbc\xaf", "an archive (7z)"),
    (b"Rar!", "an archive (RAR)"),
    (b"SQLite format 3", "a database (SQLite)"),
)
_IN_ZIP = ((b"word/", "a Word file"), (b"xl/", "an Excel file"), (b"ppt/", "a PowerPoint file"))
_TYPES = (
    ("application/pdf", "a PDF"),
    ("image/", "an image"),
    ("audio/", "a sound"),
    ("video/", "a video"),
    ("font/", "a font"),
    ("application/zip", "a ZIP file"),
    ("application/msword", "a Word file"),
    ("application/vnd.ms-powerpoint", "a PowerPoint file"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml", "a Word file"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml", "an Excel file"),
    ("application/vnd.openxmlformats", "an Office file"),
)
_MEDIA = (b"ftyp", b"WEBP", b"WAVE", b"AVI ")
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<svg\b", re.DOTALL
)
_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n\f\r\x1b")
_WIDE = ("utf-16", "utf-32")  # charsets that have zero bytes
_LOOKED_AT = 4096  # bytes
_SEARCHED = 200_000


def kind_of(body: bytes, charset: str = "utf-8") -> str | None:
    """Return what a file is that is not a page of text, such as `a PDF`; None for one that may be a page."""
    if not body.strip():
        return "an empty file"
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:_LOOKED_AT]
    known = next((name for begun, name in _BEGINS if start.startswith(begun)), None)
    if known and (known != "an image (BMP)" or b"\0" in start):
        return known
    if start.startswith(b"PK\x03\x04"):
        return next((name for part, name in _IN_ZIP if part in body[:_SEARCHED]), "a ZIP file")
    if start[4:8] in _MEDIA or start[8:12] in _MEDIA or _SVG.match(body, 0, _LOOKED_AT):
        return "an image, a sound or a video"
    # A few control characters are damage to a text; zero bytes are left out.
    controls = len(start) - len(start.translate(None, _CONTROLS))
    if controls * 20 > len(start) and not charset.startswith(_WIDE):
        return "a binary file"
    return None


def kind_of_type(content_type: str) -> str:
    """Return in words what a server calls a file, such as `a PDF` for application/pdf."""
    return next(
        (words for begun, words in _TYPES if content_type.startswith(begun)), "a file of another kind"
    )


def not_a_page(what: str) -> str:
    """Return the sentence about a file that is not a page."""
    return f"This is {what}, not a page"
