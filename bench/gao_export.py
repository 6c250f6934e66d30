"""A made-up export of GAO's recommendations database in its documented form, of any size and seed."""

import csv
import io
import random
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

HEADING = (
    "Publication Name,Publication  Number,Date Publication Issued,Director Name,Director Phone,Agency,"
    "Recommendation,Status,Priority,Comments,Topics"
)
COLUMNS = tuple(HEADING.split(","))
STATUS, COMMENT = COLUMNS.index("Status"), COLUMNS.index("Comments")
FIRST_OF_ALL = datetime(2026, 9, 28, 19, 5)  # noqa: DTZ001 - written as GAO writes it, without a zone
BOILERPLATE = (
    "When we confirm what actions the agency has taken in response to this recommendation, we will provide"
    " updated information."
)
_CURLY, _RARE = 0.3, 0.02  # shares of texts with curly quotes, and with narrow or zero-width spaces
_OPEN, _PARTLY = "Open", "Open--Partially Addressed"
_AGENCIES = (
    "Department of Widgets",
    "Department of Gadgets: Office of the Under Secretary",
    "Department of Health &amp; Gears",
    "United States Springs Service",
    "Bureau of Bolts",
)
_TOPICS = ("Homeland Security", "Health Care", "Information Technology", "National Defense", "")
_DIRECTORS = ("Avery Example", "Jordan Sample", "Robin Specimen", "")
_PHONES = ("(202) 555-0101", "(202)555-0102", "(202) 555-0101 and (202) 555-0103")
_WORDS = re.findall(
    r"\S+",
    "assess count document evaluate record report the a each every all of for in with and to risk costs data"
    " widgets gadgets gears springs programs officials guidance schedule milestones controls oversight"
    " performance measures goals staff training contracts systems plans field offices",
)
_ENDINGS = (
    *(["(Recommendation {})"] * 40),
    "[Recommendation {}]",
    "(Recommendations {})",
    "(recommendation {})",
    "(Recommendation {}.)",
    "(Recommendation 19-0{})",
    "(Recommendation {}",
)
_MATTERS = ("(Matter for Consideration {})", "(Matter for Congressional Consideration {})", "(Matter {})")

Row = list[str]


def export_rows(count: int, seed: int = 1) -> list[Row]:
    """Return that many rows, one for each recommendation and agency."""
    chance, rows, product = random.Random(seed), list[Row](), 0
    while len(rows) < count:
        product += 1
        rows += _of_product(chance, product)
    return rows[:count]


def _of_product(chance: random.Random, product: int) -> Iterator[Row]:
    issued = date(2016, 1, 4) + timedelta(days=chance.randrange(3_800))
    number = f"GAO-{issued:%y}-{900_000 + product}"
    title = f"{_said(chance, 2).title()} &amp; {_said(chance, 2).title()}: {_said(chance, 6).capitalize()}"
    if chance.random() < 0.02:
        title = title.replace(": ", ":\n")
    topics = ", ".join(dict.fromkeys(filter(None, chance.choices(_TOPICS, k=chance.choice((1, 1, 1, 2))))))
    director, phone = chance.choice(_DIRECTORS), chance.choice(_PHONES)
    head = [title, number, f"{issued:%b} {issued.day}, {issued.year}", director, phone if director else ""]
    for place in range(1, chance.randrange(2, 9)):
        text, agencies = _text(chance, place)
        for agency in agencies:
            yield [*head, agency, text, *_standing(chance), topics]


def _text(chance: random.Random, place: int) -> tuple[str, Sequence[str]]:
    """Return the text of a recommendation or matter, and the agencies it is addressed to."""
    quoted = f"“{_said(chance, 2)}”" if chance.random() < _CURLY else _said(chance, 3)
    if chance.random() < _RARE:
        quoted = f"{quoted}\u202f§ 5\u200b"
    words = f"{_said(chance, 38)} {quoted}, {_said(chance, 12)}."
    kind = chance.random()
    if kind < 0.04:
        return f"Congress should consider {words} {chance.choice(_MATTERS).format(place)}", ("Congress",)
    agencies = chance.sample(_AGENCIES, 3 if kind < 0.08 else 1)
    if kind < 0.17:
        return f'To improve its register, the agency should {words} It should "{_said(chance, 3)}".', agencies
    return f"The Secretary should {words} {chance.choice(_ENDINGS).format(place)}", agencies


def _standing(chance: random.Random) -> tuple[str, str, str]:
    status = _PARTLY if chance.random() < 0.2 else _OPEN
    if status == _OPEN and chance.random() < 0.5:
        return status, "No", BOILERPLATE
    whose = "agency’s" if chance.random() < _CURLY else "bureau"
    said = (
        f"As of March 2026, {whose} {_said(chance, 60)}, officials said. {_said(chance, 70).capitalize()}.\n"
    )
    return status, "Yes" if chance.random() < 0.1 else "No", f"  {said}{_said(chance, 25).capitalize()}.  "


def _said(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


def as_file(rows: Sequence[Row], as_of: datetime = FIRST_OF_ALL) -> bytes:
    """Return rows as GAO writes them: preamble, heading, and no line end after the last row."""
    commas = "," * 10
    stamp = f"{as_of:%b} {as_of.day}, {as_of.year} at {as_of.hour % 12 or 12}:{as_of:%M %p} EST"
    preamble = (
        f'"Title: Download of GAO Recommendation Results"{commas}\r\n'
        f'"Prepared by: GAO"{commas}\r\n'
        f'"Source: GAO recommendations database, status as of {stamp}" {commas}\r\n'
        f"{commas}\r\n{commas}\r\n"
    )
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return f"{preamble}{HEADING}\n{written.getvalue().removesuffix(chr(10))}".encode()


def with_changes(rows: Sequence[Row], count: int = 20, seed: int = 1) -> list[Row]:
    """Return another day's rows: of `count` changes a quarter each are comments, statuses, left and new."""
    chance, quarter, changed = random.Random(seed), count // 4, [list(row) for row in rows]
    edited = chance.sample(range(1, len(rows) - 1), 3 * quarter)
    for at in edited[:quarter]:
        changed[at][COMMENT] = f"As of October 2026, {_said(chance, 30)}."
    for at in edited[quarter : 2 * quarter]:
        changed[at][STATUS] = _OPEN if changed[at][STATUS] == _PARTLY else _PARTLY
    left = set(edited[2 * quarter :])
    new = export_rows(quarter, seed + 1_000)
    for place, row in enumerate(new):
        row[1] = f"GAO-26-{980_000 + place}"
    return [*new, *(row for at, row in enumerate(changed) if at not in left)]
