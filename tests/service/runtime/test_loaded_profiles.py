"""A check loads the profiles of its sources and no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.commands import ROOT

pytestmark = pytest.mark.slow  # it runs a command
_CHECK = """
import atexit, sys, service.cli.main as program
sys.argv[1:] = ["check"]
names = ("dhs_oig", "va_oig")
atexit.register(lambda: print([one for one in names if f"monitor.profiles.builtin.{one}" in sys.modules]))
program.main()
"""


def test_a_check_loads_the_profiles_of_its_sources_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text("sources: {audits: {url: page.html, profile: dhs-oig}}\n")
    (tmp_path / "page.html").write_bytes((ROOT / "tests/pages/dhs-oig-listing.html").read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", _CHECK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "baseline" in done.stdout, done.stderr
    assert done.stdout.splitlines()[-1] == "['dhs_oig']"
