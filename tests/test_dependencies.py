"""Every dependency says what it is for, and every package that the program imports is declared."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from service.cli.examples import EXAMPLES

ROOT = Path(__file__).parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
PARTS = {"dependencies": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
# What a declared package brings and hands on as its own.
BROUGHT = {
    "anyio": "httpx",
    "click": "typer",
    "h11": "uvicorn",
    "markupsafe": "jinja2",
    "pydantic": "sqlmodel",
    "pydantic-core": "sqlmodel",
    "requests": "apprise",
    "sqlalchemy": "sqlmodel",
    "starlette": "fastapi",
    "urllib3": "apprise",
}


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return found[0].lower().replace("_", "-")


@pytest.mark.parametrize("part", PARTS)
def test_each_dependency_says_what_it_is_for_and_is_on_the_page(part: str) -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for requirement in PARTS[part]:
        said = re.search(rf'^  "{re.escape(requirement)}", +# (\S.+)$', PYPROJECT, re.MULTILINE)
        assert said, requirement
        package = re.split(r"[<>=]", requirement)[0]
        assert f"| {package} | {said[1]} |" in page, "run .ci/dependencies"


def test_all_that_the_program_imports_is_declared() -> None:
    known = packages_distributions()
    declared = {name_of(one) for part, named in PARTS.items() if part != "dev" for one in named}
    for folder in ("monitor", "alerts", "service"):
        for path in (ROOT / folder).rglob("*.py"):
            for top in imported(path.read_text(encoding="utf-8")):
                if top in sys.stdlib_module_names or top in ("monitor", "alerts", "service"):
                    continue
                owners = {name.lower().replace("_", "-") for name in known.get(top, [top])}
                assert {BROUGHT.get(one, one) for one in owners} & declared, f"{path}: {top}"


def imported(code: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_the_lock_has_every_package_of_the_program_with_hashes_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", lock, re.MULTILINE))
    constraints = dict(
        re.findall(r"^([A-Za-z0-9._-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    )
    for requirement in (*PARTS["dependencies"], *PARTS["workers"]):
        name = name_of(requirement)
        assert pinned[name] == constraints.get(name, pinned[name]), "run make generated"
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert "://" not in lock


def test_the_manual_page_has_every_command() -> None:
    page = (ROOT / "deploy" / "oversight-watch.1").read_text(encoding="utf-8").replace("\\-", "-")
    for path in EXAMPLES:
        assert f"\n.SS {path}\n" in page, "run make generated"
