"""The user's own templates: read once, so that what was found sound is what is rendered, and looked through.

A template that was changed on the disk since counts when the watch file is read anew, and has been checked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import BaseLoader, Environment, FunctionLoader, nodes

from alerts.domain.errors import RenderError


@dataclass(frozen=True, slots=True)
class UserFile:
    """One template file: its folder (html, text, markdown or slack), its name there, and what it holds."""

    flavour: str
    name: str
    path: Path
    text: str


def user_files(folder: Path | None, flavours: Iterable[str]) -> list[UserFile]:
    """Read every file below the folders of these flavours. Raises RenderError for one that is no text."""
    if folder is None:
        return []
    return [
        UserFile(flavour, path.relative_to(folder / flavour).as_posix(), path, _text(path))
        for flavour in flavours
        for path in sorted((folder / flavour).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RenderError(f"template {path} cannot be read: {error.strerror}", path, 1) from error
    except ValueError as error:
        raise RenderError(f"template {path} is no UTF-8 text", path, 1) from error


def loader_of(files: Iterable[UserFile], flavours: Iterable[str]) -> BaseLoader:
    """Give what Jinja loads these files by, those of the first flavour first."""
    found: Mapping[str, UserFile] = {
        file.name: file for flavour in reversed([*flavours]) for file in files if file.flavour == flavour
    }

    def load(name: str) -> tuple[str, str | None, Callable[[], bool] | None] | None:
        file = found.get(name)
        return (file.text, str(file.path), None) if file else None

    return FunctionLoader(load)


def reaches_out(environment: Environment, file: UserFile) -> Iterator[RenderError]:
    """Give every place where a template asks for what is hidden, also where it would never come to run.

    The sandbox refuses these when they run; this finds them before. Raises TemplateSyntaxError.
    """
    for node in environment.parse(file.text, file.name, str(file.path)).find_all(
        (nodes.Getattr, nodes.Getitem, nodes.Filter)
    ):
        asked = _asked_for(node)
        if asked.startswith("_"):
            said = f"this is not allowed in a template: to ask for {asked!r}, which is hidden"
            raise_at = f"template {file.path}, line {node.lineno}: {said}"
            yield RenderError(raise_at, file.path, node.lineno)


def _asked_for(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    value = node.arg if isinstance(node, nodes.Getitem) else None
    if isinstance(node, nodes.Filter) and node.name == "attr" and node.args:
        value = node.args[0]
    return str(value.value) if isinstance(value, nodes.Const) else ""
