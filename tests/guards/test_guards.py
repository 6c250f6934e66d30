"""The list of guards stays true: each is found in its file, once, and its tests exist."""

import pytest

from tests.guards.guards import GUARDS, Guard
from tests.guards.run import ROOT, broken


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_each_guard_is_where_the_list_says(guard: Guard) -> None:
    text = (ROOT / guard.file).read_text("utf-8")
    compile(broken(guard, text), guard.file, "exec")
    assert all((ROOT / path.partition("::")[0]).exists() for path in guard.tests)
