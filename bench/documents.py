"""What do documents cost? A PDF of 300 pages: seconds and memory of reading it, bytes of keeping it.

`python -m bench.documents` prints the table, and what ten years of 100 sources come to.
"""

import argparse
import hashlib
import json
import random
import resource
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select
from sqlmodel import Session, col

from monitor.domain.types import PDF, Page
from monitor.fetch.pdf_text import PdfText, read_pdf
from monitor.store.document_texts import keep_text
from monitor.store.models import SnapshotBody
from monitor.store.page_bodies import keep_body
from service.database.database import Database, open_database

_NOW = datetime(2026, 3, 2, tzinfo=UTC)
_PAGES, _LINES, _WORDS = 300, 40, 11
_VOCABULARY = 4_000
_SOURCES, _YEARS, _REPORTS = 100, 10, 100  # reports a source and year
_USUAL = 1_500_000  # bytes of a report's file: pictures and fonts take most of them


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one PDF, and of the same with one word changed."""

    pages: int
    file_bytes: int
    read_cpu_seconds: float
    read_memory_mib: float
    kept_file_bytes: int
    kept_text_bytes: int
    kept_next_file_bytes: int
    kept_next_text_bytes: int
    decade_gib: float  # 100 sources, ten years, 100 reports a year of each, 1.5 MB a file, with texts


def pdf(pages: int, seed: int = 1, word: str = "") -> bytes:
    """Return a PDF of made-up sentences with compressed pages, as publishers' programs write them."""
    made = random.Random(seed)
    words = ["".join(made.choices("abcdefghilmnoprstu", k=made.randint(2, 11))) for _ in range(_VOCABULARY)]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(pages):
        lines = [f"({' '.join(made.choices(words, k=_WORDS))}.) Tj T*" for _ in range(_LINES)]
        lines += [f"({word}) Tj"] if word and number == pages // 2 else []
        content = zlib.compress(f"BT /F1 10 Tf 14 TL 60 740 Td\n{chr(10).join(lines)}\nET".encode())
        page = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
            f" /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        head = f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode()
        objects += [page.encode(), head + content + b"\nendstream"]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + one + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode()


def cost(pages: int = _PAGES) -> Cost:
    """Read and keep a PDF and its next version."""
    first, second = pdf(pages), pdf(pages, word="One word more.")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    texts = [read_pdf(first)]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    texts.append(read_pdf(second))
    seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'bench.db'}")
        kept: list[int] = []
        shas: list[tuple[str | None, str | None]] = [(None, None)]
        for body, text in zip((first, second), texts, strict=True):
            if not isinstance(text, PdfText):
                raise SystemExit(text.why)
            shas.append(_keep(database, body, text, shas[-1], kept))
        database.close()
    one_text = kept[1] * (40 / pages)  # a report has some forty pages
    whole = _SOURCES * _YEARS * _REPORTS * (_USUAL + one_text) / 2**30
    return Cost(
        pages=pages,
        file_bytes=len(first),
        read_cpu_seconds=round(seconds, 2),
        read_memory_mib=round(used.ru_maxrss / 1024, 1),
        kept_file_bytes=kept[0],
        kept_text_bytes=kept[1],
        kept_next_file_bytes=kept[2],
        kept_next_text_bytes=kept[3],
        decade_gib=round(whole, 1),
    )


def _keep(
    database: Database, body: bytes, text: PdfText, before: tuple[str | None, str | None], kept: list[int]
) -> tuple[str, str]:
    page = Page("", "", body, hashlib.sha256(body).hexdigest(), _NOW, PDF)
    with database.write() as session:
        there = _size(session)
        keep_body(session, page, [before[0]] if before[0] else ())
        with_file = _size(session)
        keep_text(session, text.body, text.sha256, before[1], _NOW)
        kept += [with_file - there, _size(session) - with_file]
    return page.sha256, text.sha256


def _size(session: Session) -> int:
    return session.connection().execute(select(func.sum(func.length(col(SnapshotBody.body))))).scalar() or 0


def main() -> None:
    """Print what documents cost."""
    parser = argparse.ArgumentParser(prog="python -m bench.documents")
    parser.add_argument("--pages", type=int, default=_PAGES)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = cost(args.pages)
    if args.json:
        print(json.dumps(asdict(found)))
        return
    for name, value in asdict(found).items():
        print(f"{name.replace('_', ' '):<22} {value:>14,}")


if __name__ == "__main__":
    main()
