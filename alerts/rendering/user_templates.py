"""The user's own templates: read once, so that the text that was checked is the text that is rendered.

Edits on disk take effect when the watch file is reloaded and the templates have been checked again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import BaseLoader, Environment, FunctionLoader, nodes

from alerts.domain.errors import RenderError

_LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class UserFile:
    """One template file: its folder (html, text, markdown, slack or teams), its name there, and its text."""

    flavor: str
    name: str
    path: Path
    text: str


def user_files(folder: Path | None, flavors: Iterable[str]) -> list[UserFile]:
    """Return every file in the folders of these flavors. Raises RenderError for one that is not text."""
    if folder is None:
        return []
    return [
        UserFile(flavor, path.relative_to(folder / flavor).as_posix(), path, _text(path))
        for flavor in flavors
        for path in sorted((folder / flavor).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    ]


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RenderError(f"template {path} cannot be read: {error.strerror}", path, 1) from error
    except ValueError as error:
        raise RenderError(f"template {path} is not UTF-8 text", path, 1) from error
    if len(text) > _LONGEST:
        raise RenderError(f"template {path} is longer than {_LONGEST:,} characters", path, 1)
    return text


def loader_of(files: Iterable[UserFile], flavors: Iterable[str]) -> BaseLoader:
    """Return a Jinja loader for these files, with those of the first flavor first."""
    found: Mapping[str, UserFile] = {
        file.name: file for flavor in reversed([*flavors]) for file in files if file.flavor == flavor
    }

    def load(name: str) -> tuple[str, str | None, Callable[[], bool] | None] | None:
        file = found.get(name)
        return (file.text, str(file.path), None) if file else None

    return FunctionLoader(load)


def reaches_out(environment: Environment, file: UserFile) -> Iterator[RenderError]:
    """Return every access to a private name in a template, even in code that never runs.

    The sandbox refuses these at run time; this finds them earlier. Raises TemplateSyntaxError.
    """
    for node in environment.parse(file.text, file.name, str(file.path)).find_all(
        (nodes.Getattr, nodes.Getitem, nodes.Filter)
    ):
        asked = _asked_for(node)
        if asked.startswith("_"):
            said = f"this is not allowed in a template: access to {asked!r}, which is private"
            raise_at = f"template {file.path}, line {node.lineno}: {said}"
            yield RenderError(raise_at, file.path, node.lineno)


def _asked_for(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    value = node.arg if isinstance(node, nodes.Getitem) else None
    if isinstance(node, nodes.Filter) and node.name == "attr" and node.args:
        value = node.args[0]
    return str(value.value) if isinstance(value, nodes.Const) else ""
