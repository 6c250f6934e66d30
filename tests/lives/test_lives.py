"""Chance lives two publishers' lives; the editor's model agrees with every change that is recorded."""

from collections.abc import Iterator

import pytest

from monitor.changes import hold
from tests.lives.run import live

pytestmark = pytest.mark.slow  # a database, and hundreds of checks


@pytest.mark.parametrize("seed", ["ci/1", "ci/2", "ci/3"])
def test_whatever_happens_each_change_is_told_once_and_none_is_false(seed: str) -> None:
    life, faults = live(seed, 15)
    assert not faults, "\n".join([*life.story, *faults])
    assert life.changes > 5


@pytest.fixture
def believing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the program believe every old copy."""
    monkeypatch.setattr(hold, "_returning", lambda *_: [])
    yield


@pytest.mark.usefixtures("believing")
def test_a_program_that_believes_old_copies_is_found_out() -> None:
    assert any(live(f"believing/{n}", 30)[1] for n in range(6))
