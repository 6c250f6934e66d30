"""What do documents cost? A PDF of 300 pages: seconds and memory of reading it, bytes of keeping it.

`python -m bench.documents` prints the table, and what ten years of 100 sources come to.
"""

import argparse
import hashlib
import json
import random
import resource
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
from tests.pdf_files import pdf

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


def made_up(pages: int, word: str = "") -> bytes:
    """Return a PDF of made-up sentences with compressed pages, `word` on the middle one."""
    made = random.Random(1)
    words = ["".join(made.choices("abcdefghilmnoprstu", k=made.randint(2, 11))) for _ in range(_VOCABULARY)]
    texts = []
    for number in range(pages):
        lines = [f"{' '.join(made.choices(words, k=_WORDS))}." for _ in range(_LINES)]
        lines += [word] if number == pages // 2 else []
        texts.append("\n".join(lines))
    return pdf(*texts, compressed=True)


def cost(pages: int = _PAGES) -> Cost:
    """Read and keep a PDF and its next version."""
    first, second = made_up(pages), made_up(pages, word="One word more.")
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
