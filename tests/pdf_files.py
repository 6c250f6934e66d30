"""A tiny writer of PDFs: a page for each text, in Helvetica, a line for each of its lines."""

import zlib
from collections.abc import Sequence


def pdf(*pages: str, made: str = "2026-03-01", compressed: bool = False) -> bytes:
    """Return a PDF; another time of its making changes its bytes and nothing that a reader sees."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        head = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
            f" /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects += [head.encode(), _stream(page, compressed=compressed)]
    objects.append(f"<< /CreationDate (D:{made.replace('-', '')}000000Z) >>".encode())
    return _file(objects)


def _stream(page: str, *, compressed: bool) -> bytes:
    lines = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in page.splitlines()]
    shown = "\n".join(f"({line}) Tj T*" for line in lines)
    content = f"BT /F1 11 Tf 14 TL 72 720 Td\n{shown}\nET".encode("cp1252")
    packed = zlib.compress(content) if compressed else content
    how = " /Filter /FlateDecode" if compressed else ""
    return f"<< /Length {len(packed)}{how} >>\nstream\n".encode() + packed + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + one + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count, end = len(objects) + 1, len(body)
    trailer = f"trailer\n<< /Size {count} /Root 1 0 R /Info {len(objects)} 0 R >>\nstartxref\n{end}\n%%EOF\n"
    return body + f"xref\n0 {count}\n0000000000 65535 f \n{table}{trailer}".encode()
