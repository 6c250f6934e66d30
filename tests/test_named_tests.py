"""The documents point at tests; a test that was renamed or is gone must not go on being pointed at."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
_NAMED = re.compile(r"`((?:\w+/)*test_\w+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("document", ["known-failures.md", "reliability.md", "threat-model.md"])
def test_every_test_that_a_document_names_is_there(document: str) -> None:
    named = _NAMED.findall((TESTS.parent / "docs" / document).read_text())
    assert len(named) > 10
    for file, name in named:
        path = next((p for p in (TESTS / file, *TESTS.glob(f"*/{file}")) if p.is_file()), None)
        assert path is not None, f"{document} names {file}"
        assert not name or f"def {name}(" in path.read_text(), f"{document} names {file}::{name}"
