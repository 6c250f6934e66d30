"""YAML with the core schema of version 1.2 (`on` and `22:00` are text), read by the C library if present."""

import re
from typing import Any

import yaml

_DIGITS = list("-+0123456789")
_KINDS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9_]+)", _DIGITS),
    (
        "float",
        r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        [*_DIGITS, "."],
    ),
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's name for it


for _kind, _form, _first in _KINDS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"(?:{_form})\Z"), _first)


def compose(text: str) -> yaml.Node | None:
    """Return the nodes of a document, each with its place; None for an empty one. Raises yaml.YAMLError."""
    node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    return node


def load(text: str) -> Any:
    """Return the values of a document. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


def load_all(text: str) -> list[Any]:
    """Return the values of every document in a text. Raises yaml.YAMLError."""
    return list(yaml.load_all(text, Loader=_Loader))


def aliases(text: str) -> int:
    """Return how many places of a text repeat another by reference. Raises yaml.YAMLError."""
    return sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Loader))
