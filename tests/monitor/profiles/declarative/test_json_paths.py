"""Paths of names alone are read without the library, and give what it gives."""

from itertools import product
from typing import Any

import jmespath
import pytest

from monitor.profiles.declarative.data import _at

VALUES: tuple[Any, ...] = (None, "", [], {}, False, 0, True, "text", ["text"], {"b": ""}, {"b": {"c": 1}})


@pytest.mark.parametrize("path", ["a", " a ", "a.b", "a.b.c || d", "a||d", "a.b || d || a", "d || a.b"])
def test_a_path_of_names_gives_what_jmespath_gives(path: str) -> None:
    rows = [{"a": one, "d": other} for one, other in product(VALUES, VALUES)]
    for row in (*rows, {}, [], "text", None):
        assert repr(_at(path, row)) == repr(jmespath.search(path, row))


@pytest.mark.parametrize("path", ["@", "a[0]", "a[].b", "a || 'x'", "a && d", '"a"', "length(a)"])
def test_any_other_path_is_read_by_the_library(path: str) -> None:
    row = {"a": [{"b": "text"}], "d": 1}
    assert _at(path, row) == jmespath.search(path, row)
