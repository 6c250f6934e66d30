"""The text of a PDF, page by page, read by a child process with bounds on its time and memory."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.domain.extras import install_command, is_installed

_CHILD = Path(__file__).with_name("pdf_child.py")
_SECONDS = 90.0  # by wall clock
_MOST_OUTPUT = 200_000_000  # bytes


@dataclass(frozen=True, slots=True)
class PdfText:
    """The text of each page, in the order of the pages, blanks and line ends made single blanks."""

    pages: tuple[str, ...]

    @property
    def body(self) -> bytes:
        """Return it as it is stored."""
        return json.dumps(self.pages, ensure_ascii=False, separators=(",", ":")).encode("utf-8")

    @property
    def sha256(self) -> str:
        """Return the hash of what is stored."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a PDF has no text for us, as a part of a sentence: it is encrypted.

    It was not `tried` where nothing is installed that reads PDFs.
    """

    why: str
    tried: bool = True


def can_read() -> bool:
    """Return whether what reads PDFs is installed."""
    return is_installed("documents")


def read_pdf(body: bytes, seconds: float = _SECONDS) -> PdfText | Unread:
    """Return the text of a PDF, or why it has none. Whatever the file does, it ends in time."""
    if not can_read():
        said = f"the extra 'documents' is not installed; run: {install_command('documents')}"
        return Unread(said, tried=False)
    # Isolated: neither the environment nor the folder it is started in can change what is run.
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        done = subprocess.run(  # noqa: S603 - our own file
            command, input=body, capture_output=True, timeout=seconds, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        return Unread(f"it could not be read in {seconds:.0f} seconds")
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return Unread("it takes too much time or memory to read")
    if done.returncode or len(done.stdout) > _MOST_OUTPUT:
        memory = b"MemoryError" in done.stderr
        return Unread("it takes too much memory to read" if memory else "the reader of PDFs broke down on it")
    found = json.loads(done.stdout)
    if "unread" in found:
        return Unread(str(found["unread"]))
    return PdfText(tuple(" ".join(page.split()) for page in _texts(found["pages"])))


def _texts(pages: Sequence[object]) -> list[str]:
    """Return the pages as text; a word that was parted at the end of a line is one word."""
    return [str(page).replace("\ufffe\r\n", "").replace("\ufffe", "").replace("\x02", "") for page in pages]
