"""Agencies by the short names their readers use, from agencies.txt. Pure."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from monitor.domain.text import comparable_title

_PART, _LIKE = 6, 60.0  # characters; percent
_DEPARTMENT = "Department of "
_SHORTENED = re.compile(r"^dept\.? of ")
_LEADS = ("the ", "u.s. ", "us ", "united states ")


def _listed() -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in files("monitor.domain").joinpath("agencies.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            short, _, names = line.partition(": ")
            yield short, tuple(names.split("; "))


AGENCIES: Mapping[str, tuple[str, ...]] = dict(_listed())


def _bare(name: str) -> str:
    """Return a name as compared: without the country before it, and with Department for Dept."""
    name = comparable_title(name)
    while lead := next((lead for lead in _LEADS if name.startswith(lead)), ""):
        name = name.removeprefix(lead)
    return _SHORTENED.sub("department of ", name)


_SHORT: Mapping[str, str] = {
    _bare(name): short for short, full in AGENCIES.items() for name in (short, *full)
}


def short_name(text: str) -> str | None:
    """Return the short name of the one agency that a text names, None where it is not known: CBP.

    "Customs and Border Protection (CBP)" with its bracket is understood too, and "Department of Homeland
    Security: Customs and Border Protection" by its last part.
    """
    name = _bare(text.rpartition(": ")[2])
    head, _, bracket = name.partition(" (")
    found = _SHORT.get(name) or _SHORT.get(head)
    return found if found and (not bracket or _SHORT.get(bracket.rstrip(")")) == found) else None


def agency_key(names: str) -> str:
    """Return the form in which agencies are compared: `CBP; ICE` under any of their names, in any order."""
    return "; ".join(sorted(short_name(name) or comparable_title(name) for name in names.split("; ")))


def names_of(term: str) -> tuple[str, ...]:
    """Return every name of the agency that a term names, its short name first; () where it is not known."""
    short = short_name(term)
    if short is None:
        return ()
    forms = (form for name in AGENCIES[short] for form in _forms(name))
    return (short, *dict.fromkeys(forms))


def _forms(name: str) -> tuple[str, ...]:
    """Return a name with the country before it, as publishers write it, and without."""
    short = (f"Dept. of {name.removeprefix(_DEPARTMENT)}",) if name.startswith(_DEPARTMENT) else ()
    return (f"U.S. {name}", f"United States {name}", *short, name) if " " in name else (name,)


def is_part_of_a_name(words: str, *, prefix: bool = False) -> bool:
    """Return whether words stand together in the name of an agency; with `prefix` the last may go on."""
    sought = f" {comparable_title(words)}{'' if prefix else ' '}"
    return any(sought in name for name in _all_names())


def nearest_names(text: str, most: int = 3) -> list[str]:
    """Return the names of agencies that are most like a text."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - for mistakes only; commands are to be quick

    sought = comparable_title(text)

    def likeness(name: str) -> float:
        folded = comparable_title(name)
        # A part of a name is compared with the part that fits it best; a short name only as a whole.
        part = fuzz.partial_ratio(sought, folded) - 5 if _PART <= len(sought) < len(folded) else 0
        return max(fuzz.ratio(sought, folded), part)

    names = [name for short, full in AGENCIES.items() for name in (short, *full)]
    found = sorted(((likeness(name), name) for name in names), reverse=True)
    return [name for like, name in found[:most] if like >= _LIKE]


@cache
def _all_names() -> tuple[str, ...]:
    return tuple(f" {comparable_title(name)} " for short, full in AGENCIES.items() for name in (short, *full))
