"""The pages of the bench: distinct listings in the publisher's live markup, of a real page's size. Pure."""

import random
from collections.abc import Sequence

from service.demo.fakes.replica.pages import LISTING_PATH, ReplicaRow, Sheet, listing_page

ROWS = 50
# The menus and footer of a site, which a check has to read past; they bring a page to about 100 KB.
_LINKS = 170
_NEW_WORDS = 150
_LINK = (
    '<li class="menu-item menu-item--collapsed"><a href="/about/organization/office-{n}/what-we-do" '
    'class="menu-link" data-drupal-link-system-path="node/{n}">Office of the Inspector General, part {n}</a>'
    "</li>\n"
)


def page_path(number: int) -> str:
    """Return the address of one page, without scheme and host."""
    return f"{LISTING_PATH}?listing={number}"


def make_page(seeds: Sequence[ReplicaRow], number: int, version: int) -> bytes:
    """Return one page as it is at a version: each version shows one row more, at the top."""
    return _page(seeds, number, range(ROWS + version))


def newest_rows(seeds: Sequence[ReplicaRow], number: int, version: int) -> bytes:
    """Return one page that shows its newest rows only: each version brings one and drops the oldest."""
    return _page(seeds, number, range(version, ROWS + version))


def _page(seeds: Sequence[ReplicaRow], number: int, places: range) -> bytes:
    rows = [_row(seeds, number, place) for place in reversed(places)]
    text = listing_page(Sheet(rows, {}, 0, False))
    menu = "".join(_LINK.format(n=number * 1000 + n) for n in range(_LINKS // 2))
    return (
        text.replace("<body>", f'<body><nav><ul class="menu">{menu}</ul></nav>')
        .replace("</body>", f'<footer><ul class="menu">{menu}</ul></footer></body>')
        .encode()
    )


def _row(seeds: Sequence[ReplicaRow], number: int, place: int) -> ReplicaRow:
    """Return a row that is on this page only: the first as published, later ones in new sentences."""
    seed = seeds[(number + place) % len(seeds)]
    if place >= ROWS:
        seed = {**seed, "abstract": _new_text(seeds, f"{number} {place}")}
    report = f"OIG-{10 + number % 15}-{number // 15 * 100 + place + 1}"
    return {
        **seed,
        "report_number": report,
        "title": f"{seed['title']} ({number}-{place})",
        "href": f"/sites/default/files/assets/2026-{1 + place % 12:02}/{number}/{report}.pdf",
    }


def _new_text(seeds: Sequence[ReplicaRow], mark: str) -> str:
    """Return an abstract of usual length that repeats no sentence, so that storing it is not made easy."""
    words = " ".join(row["abstract"] or "" for row in seeds).split()
    return " ".join(random.Random(mark).sample(words, _NEW_WORDS))
