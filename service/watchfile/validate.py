"""Validate one part of a watch file and say what is wrong with it in plain words, at its place."""

import re
from types import NoneType
from typing import Any, TypeVar, get_args

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from monitor.domain.settings import Mistakes, Strict
from monitor.domain.text import hint, nearest
from service.watchfile.yaml_tree import Entry, Items, Keys, Place, Problems, Scalar, Tree

Part = TypeVar("Part", bound=Strict)

# What is needed, by the first word of pydantic's name for the mistake.
_NEEDS = {
    "string": "text",
    "path": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping, such as {key: value}",
    "model": "a mapping, such as {key: value}",
}
_LIMITS = {"greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le")}
_CHOICE = re.compile(r"'([^']*)'")


def validated(
    model: type[Part],
    entry: Entry,
    path: tuple[str, ...],
    problems: Problems,
    more: tuple[str, ...] = ("extends",),
) -> Part | None:
    """Return the entry as its model; None where it is invalid; `problems` then says why.

    `more` are keys that the entry may have beside those of its model.
    """
    try:
        return model.model_validate(entry.value.plain)
    except OverflowError:
        problems.add(entry.place, path, "has a number or duration that is far too large")
    except ValidationError as error:
        # The values themselves stay out: they may be secrets.
        details = error.errors(include_url=False, include_input=False)
        unknown = [str(detail["loc"][-1]) for detail in details if detail["type"] == "extra_forbidden"]
        meant = {nearest(key, _keys_of(model)) for key in unknown}
        for detail in details:
            # A misspelled key is one mistake, not also a missing one.
            if not (detail["type"] == "missing" and detail["loc"][-1] in meant):
                _explain(model, detail, entry, path, problems, more)
    return None


def _explain(
    model: type[Strict],
    detail: ErrorDetails,
    entry: Entry,
    path: tuple[str, ...],
    problems: Problems,
    more: tuple[str, ...],
) -> None:
    place, tree, steps = _found_at(entry, detail["loc"])
    last = str(detail["loc"][-1]) if detail["loc"] else ""
    kind = detail["type"]
    if last.startswith("literal["):
        return  # one of two forms a value may have; what the other one lacks says more
    if kind == "missing":
        problems.add(place, (*path, *steps), f"needs the key {last!r}")
    elif isinstance(error := detail.get("ctx", {}).get("error"), Mistakes):
        for at, sentence in error.found:
            place, tree, steps = _found_at(entry, (*detail["loc"], *at))
            where = tree.place if isinstance(tree, Scalar) else place
            problems.add(where, (*path, *steps), _own_sentence(sentence, tree))
    elif kind == "extra_forbidden":
        within = steps[:-1]
        key, colon, _ = last.partition(":")
        known = [*_keys_of(_annotation_at(model, within) or model), *(more if not within else ())]
        # The rest may be a password.
        said = f"{f'{key}:…'!r}; write a space after the colon" if colon else f"{last!r}"
        problems.add(
            place, (*path, *within), f"unknown key {said}{'' if colon else problems.hint(last, known)}"
        )
    else:
        # A mistake of the entry as a whole (two keys that exclude each other) is reported at its name.
        secret = _holds_secret(_annotation_at(model, steps))
        problems.add(tree.place if steps else place, (*path, *steps), _sentence(detail, tree, secret=secret))


def _found_at(entry: Entry, loc: tuple[int | str, ...]) -> tuple[Place, Tree, tuple[str, ...]]:
    """Walk down to what pydantic speaks of; steps that are not in the file (a union's name) are skipped.

    The place is that of the last key or list item on the way.
    """
    place, tree = entry.place, entry.value
    steps: list[str] = []
    for step in loc:
        if isinstance(tree, Keys) and str(step) in tree.entries:
            child = tree.entries[str(step)]
            place = child.place
            tree = child.value
            steps.append(str(step))
        elif isinstance(tree, Items) and isinstance(step, int) and step < len(tree.items):
            tree = tree.items[step]
            place = tree.place
    return place, tree, tuple(steps)


def _annotation_at(model: type[Strict], steps: tuple[str, ...]) -> Any:
    """Return the type of what some keys lead to; None where that is not known."""
    inner: Any = model
    for step in steps:
        if _is_model(inner):
            fields = {field.alias or name: field for name, field in inner.model_fields.items()}
            inner = fields[step].annotation if step in fields else None
        else:
            inner = next(iter(get_args(inner)[1:]), None)  # the type of a dict's values
        given = [one for one in get_args(inner) if one is not NoneType]
        if len(given) < len(get_args(inner)) and len(given) == 1:
            (inner,) = given
    return inner


def _keys_of(model: Any) -> list[str]:
    """Return the keys of a mapping as they are written."""
    found = model.model_fields if _is_model(model) else {}
    return [field.alias or name for name, field in found.items()]


def _holds_secret(inner: Any) -> bool:
    parts = (
        [field.annotation for field in inner.model_fields.values()] if _is_model(inner) else get_args(inner)
    )
    return inner is SecretStr or any(map(_holds_secret, parts))


def _is_model(inner: Any) -> bool:
    return isinstance(inner, type) and issubclass(inner, Strict)


def _sentence(detail: ErrorDetails, tree: Tree, *, secret: bool) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return _own_sentence(str(context["error"]), tree)
    if kind in ("enum", "literal_error"):
        return _choice_sentence(tree, _CHOICE.findall(str(context["expected"])))
    if kind in _LIMITS:
        words, limit = _LIMITS[kind]
        return f"must be {words} {context[limit]:g}"
    if kind == "too_short":
        return "needs at least one"
    needed = _NEEDS.get(kind.partition("_")[0])
    if needed is None:
        return str(detail["msg"])
    quotes = "; write it in quotes" if needed == "text" and isinstance(tree, Scalar) and tree.written else ""
    shown = "" if secret and isinstance(tree, Scalar) else f", not {_what(tree)}"
    return f"needs {needed}{shown}{quotes}"


def _own_sentence(sentence: str, tree: Tree) -> str:
    """Return what our own check says; it quotes the value, which must not show what the environment holds."""
    if not isinstance(tree, Scalar):
        return sentence
    if tree.from_environment:
        return f"the value of {tree.shown} {_without(str(tree.plain), sentence)}"
    _, scheme, rest = str(tree.plain).partition("://")
    if not scheme or not rest.strip("/"):
        return sentence  # nothing to hide, and an example may begin like it
    for value in (repr(tree.plain), str(tree.plain)):
        sentence = re.sub(rf"{re.escape(value)}(?![\w/])", lambda _: tree.shown, sentence)
    return sentence


def _without(value: str, sentence: str) -> str:
    """Return as much of a sentence about a value as repeats no part of it."""
    whole = sentence.replace(repr(value), "").strip()
    parts = [*re.split(r"[\s,;]+", value), *re.findall(r"\w{4,}", value)]
    for said in (whole, whole.partition(";")[0]):
        if not any(part in said for part in parts):
            return said
    return "cannot be used here"


def _choice_sentence(tree: Tree, choices: list[str]) -> str:
    name = tree.plain if isinstance(tree, Scalar) and not tree.from_environment else ""
    advice = hint(name, choices) if isinstance(name, str) and name else f"; use one of {', '.join(choices)}"
    return f"{_what(tree)} is not valid here{advice}"


def _what(tree: Tree) -> str:
    if isinstance(tree, Items):
        return "a list"
    if isinstance(tree, Keys):
        return "a mapping"
    if tree.plain is None:
        return "nothing"
    if isinstance(tree.plain, int | float) and not isinstance(tree.plain, bool):
        return f"the number {tree.shown}"
    return tree.shown
