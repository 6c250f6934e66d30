"""The list of guards stays true: each is found in its file, once, and its tests exist."""

import pytest
from jinja2 import Environment

from tests.guards.guard import Guard
from tests.guards.guards import GUARDS
from tests.guards.run import ROOT, broken


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_each_guard_is_where_the_list_says(guard: Guard) -> None:
    text = broken(guard, (ROOT / guard.file).read_text("utf-8"))
    if guard.file.endswith(".py"):
        compile(text, guard.file, "exec")
    else:
        Environment(autoescape=True).parse(text)
    assert all((ROOT / path.partition("::")[0]).exists() for path in guard.tests)


def test_no_two_guards_have_one_name() -> None:
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)
