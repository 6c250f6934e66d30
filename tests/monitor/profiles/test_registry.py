"""Profiles by name, of which only those are loaded that are asked for."""

import subprocess
import sys
from dataclasses import replace

import pytest

from monitor.profiles.registry import PROFILES, with_built_in


def test_own_profiles_come_first_and_replace_no_built_in_one() -> None:
    own = {
        "mine": replace(PROFILES["page"], name="mine"),
        "page": replace(PROFILES["page"], name="not this one"),
    }
    known = with_built_in(own)
    assert list(known) == ["mine", *PROFILES]
    assert (known["mine"].name, known["page"].name, known.get("other")) == ("mine", "page", None)
    assert ("mine" in known, "csv" in known, "other" in known) == (True, True, False)


@pytest.mark.slow  # it runs a process
def test_a_profile_that_is_not_asked_for_is_not_loaded() -> None:
    code = (
        "import sys; from monitor.profiles.registry import with_built_in;"
        " known = with_built_in({}); known['gao-csv']; 'va-oig' in known, list(known), len(known);"
        " names = 'gao_csv', 'va_oig';"
        " print([one for one in names if f'monitor.profiles.builtin.{one}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['gao_csv']"
