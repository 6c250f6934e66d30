"""The page about sources names every profile, and its addresses make a watch file as they stand."""

import re
import textwrap
from pathlib import Path

from monitor.profiles.registry import PROFILES
from service.watchfile.load import load
from tests.service.commands import ROOT

PAGE = (ROOT / "docs" / "sources.md").read_text()
# Taken by what they begin with, or named.
UNRECOGNISED = {"gao-saved", "epa-compendium", "va-new", "doj-news", "hhs-news", "gsa-news"}


def test_every_built_in_profile_stands_in_the_table() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(PROFILES)


def test_the_addresses_to_begin_with_make_a_watch_file_and_their_profiles_know_them(tmp_path: Path) -> None:
    blocks = re.findall(r"\n\n((?:    .*\n|\n)+)", PAGE)
    (text,) = (textwrap.dedent(block) for block in blocks if "sources:" in block)
    (tmp_path / "watch.yaml").write_text(f"contact: watch@example.org\n{text}")
    sources = load(tmp_path / "watch.yaml", {}, profiles=PROFILES).sources
    assert len(sources) == 18
    for key, source in sources.items():
        known = [name for name, profile in PROFILES.items() if profile.is_of(source.url)]
        assert len(known) == (key not in UNRECOGNISED), key
