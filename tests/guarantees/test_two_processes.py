"""Two services on one database; `python -m tests.guarantees.two_processes` runs it for minutes."""

import os
from pathlib import Path

import pytest

from tests.databases import KINDS, Kind, run_database
from tests.guarantees.two_processes import SOURCES, run


@pytest.mark.parametrize("kind", KINDS)
def test_two_services_and_a_reader_on_one_database_meet_no_lock_and_tell_everything_once(
    tmp_path: Path, kind: Kind
) -> None:
    with run_database(kind, tmp_path) as database:
        found = run(tmp_path, float(os.environ.get("TWO_PROCESSES_SECONDS", "4")), database)
    assert found.complaints == []
    assert found.damages == []
    assert found.surprises == []
    assert set(found.codes) == {0}, found
    assert (found.missing, found.repeated) == (0, 0), found
    assert set(found.identities.values()) == {1}
    assert found.changes == SOURCES * found.published > SOURCES * 10
    # Without all of this it would have shown nothing.
    assert found.shared > SOURCES, found
    assert found.reads > 20, found
    assert found.copies > 0, found
    assert found.refused > 0, found
