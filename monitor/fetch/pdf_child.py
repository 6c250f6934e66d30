"""Read the text of a PDF from standard input, in a process of its own with little to spend.

Run by `monitor.fetch.pdf_text` as a file, so it imports nothing of this program. Prints JSON: `pages` with
the text of each, or `unread` with the reason.
"""

import json
import resource
import sys

MEMORY = 1 << 30  # bytes of address space
CPU_SECONDS = 60
MOST_PAGES = 3_000
MOST_CHARACTERS = 20_000_000
_LEAST = 20  # characters of a page that has a text layer, on average of those that have any


def main() -> None:
    """Read, and print what was found."""
    # First of all: whatever the file does happens within these bounds.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(_read(sys.stdin.buffer.read()), sys.stdout)


def _read(body: bytes) -> dict[str, object]:
    import pypdfium2  # noqa: PLC0415 - within the bounds

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        return {"unread": "it is encrypted" if locked else "it is damaged"}
    if len(document) > MOST_PAGES:
        return {"unread": f"it has {len(document):,} pages; at most {MOST_PAGES:,} are read"}
    pages: list[str] = []
    left = MOST_CHARACTERS
    for number in range(len(document)):
        try:
            page = document[number]
            text = page.get_textpage().get_text_bounded(errors="replace")
            page.close()
        except pypdfium2.PdfiumError:
            return {"unread": f"its page {number + 1} is damaged"}
        pages.append(text.encode("utf-8", "replace").decode())
        left -= len(text)
        if left < 0:
            return {"unread": f"it has more than {MOST_CHARACTERS:,} characters"}
    if sum(len(page.strip()) for page in pages) < _LEAST:
        return {"unread": "it has no text layer: its pages are pictures"}
    return {"pages": pages}


if __name__ == "__main__":
    main()
