"""Bounds for a user's template: it is refused once it takes too many steps or makes too much text.

Loop passes, calls, filters, operators and pieces of text are counted, and sizes are checked before they
grow. A count is the same on a slow machine, and needs neither a child process nor a timer beside the threads.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from itertools import islice
from typing import Any, cast

from jinja2 import Environment, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.utils import _PassArg
from markupsafe import Markup

from alerts.language.text import Segment

# A message of a dozen changes takes some thousand steps; what it shows adds to what its template may spend.
_STEPS, _STEPS_PER_ITEM = 20_000, 300
_CHARACTERS, _CHARACTERS_PER_ITEM = 5_000_000, 20_000
_LARGEST_NUMBER = 10**18
_LARGEST_ARGUMENT = 100_000
_LARGEST_PRODUCT = 20_000_000  # of two sizes: what one filter or operator can make or look through
_PRODUCT_OF_A_CHARACTER = 20
_CHARACTERS_OF_AN_ITEM = 20  # an item of a list takes longer than a character
_USUAL_WIDTH = 79  # of wordwrap
_COPIED_AT_ONCE = 100  # characters
_WIDE = re.compile(r"%[^%a-zA-Z]*(?:\d{4}|\*)")
# They multiply three sizes, or make markup of page text.
_WITHOUT_FILTERS = ("pprint", "tojson", "urlize", "xmlattr")
_WITHOUT_GLOBALS = ("lipsum",)
_TEXT, _ITEMS, _PIECE = "bounded_text", "bounded_items", "bounded_piece"


class BoundError(SecurityError):
    """A template went over its bounds."""


@dataclass(slots=True)
class _Budget:
    """What one rendering may still spend."""

    steps: int
    characters: int

    def spend(self, characters: int = 0, steps: int = 1) -> None:
        self.steps -= steps
        self.characters -= characters
        if self.steps < 0:
            raise BoundError("it takes too many steps")
        if self.characters < 0:
            raise BoundError("it makes too much text")


_BUDGET: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def budget_for(context: Mapping[str, Any]) -> Iterator[None]:
    """Bound what is rendered inside, by how much there is to show."""
    items = _items(context)
    spent = _Budget(_STEPS + _STEPS_PER_ITEM * items, _CHARACTERS + _CHARACTERS_PER_ITEM * items)
    before = _BUDGET.set(spent)
    try:
        yield
    finally:
        _BUDGET.reset(before)


def _items(value: object) -> int:
    """Return how many items the lists of a context have in all."""
    if isinstance(value, list | tuple):
        return sum(1 + _items(one) for one in value)
    if isinstance(value, Mapping):
        return sum(map(_items, value.values()))
    if is_dataclass(value):
        return sum(_items(getattr(value, field.name)) for field in fields(value))
    return 0


def spend(*values: object) -> None:
    """Count one step on these values. Raises BoundError if the budget is used up."""
    budget = _BUDGET.get()
    if budget is not None:
        budget.spend(sum(map(_size, values)))


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Segment):
        return len(value.text)
    if isinstance(value, list | tuple):
        return sum(_CHARACTERS_OF_AN_ITEM + _size(one) for one in value)
    return len(value) if isinstance(value, Sized) and not isinstance(value, Undefined) else 1


def check_operator(operator: str, left: object, right: object) -> None:
    """Refuse an operator that would make something huge, before it does. Raises BoundError."""
    if operator == "**":
        raise BoundError("the operator **")
    if operator == "%" and isinstance(left, str):
        _check_format(left)
    numbers = [abs(side) for side in (left, right) if isinstance(side, int | float)]
    if len(numbers) == 2 and operator in "+-*" and any(one > _LARGEST_NUMBER for one in numbers):
        raise BoundError("a number this large")
    if operator == "*" and len(numbers) == 1:
        size = _size(right if isinstance(left, int | float) else left)
        if size * numbers[0] > _LARGEST_ARGUMENT:
            raise BoundError("the operator * to make something this large")
    spend(left, right)


def _check_format(text: str) -> None:
    if _WIDE.search(text):
        raise BoundError("a format wider than 999 characters")


def check_call(called: object, *values: object) -> None:
    """Refuse a call whose arguments could make something huge. Raises BoundError."""
    owner = getattr(called, "__self__", None)
    values = (owner if isinstance(owner, str | list | tuple) else "", *values)
    _check_arguments(values)
    spend(*values)
    budget = _BUDGET.get()
    if budget is not None and isinstance(called, LoopContext):
        budget.spend(0, _size(values))


def _check_arguments(values: Iterable[object]) -> None:
    sizes = []
    for value in values:
        if isinstance(value, int | float) and abs(value) > _LARGEST_ARGUMENT:
            raise BoundError("a number this large as an argument")
        sizes.append(int(abs(value)) if isinstance(value, int | float) else _size(value))
    *_, second, first = [0, 0, *sorted(sizes)]
    if first * second > _LARGEST_PRODUCT:
        raise BoundError("to make something this large")
    budget = _BUDGET.get()
    if budget is not None:
        budget.spend(first * second // _PRODUCT_OF_A_CHARACTER, 0)


def _check_words(text: str, width: object) -> None:
    """Count what it takes to cut the longest word: at each cut, the rest of it is copied."""
    longest = max(map(len, text.split()), default=0)
    budget = _BUDGET.get()
    if budget is not None and isinstance(width, int):
        budget.spend(longest**2 // max(width, 1) // _COPIED_AT_ONCE, 0)


def _bounded(filter_: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a filter that checks its arguments and counts its result."""
    wanted = _PassArg.from_obj(filter_)

    @pass_context
    @wraps(filter_)
    def checked(context: Context, value: Any = None, *args: Any, **kwargs: Any) -> Any:
        # The value itself may be any number: it is shown, not multiplied.
        _check_arguments((0 if isinstance(value, int | float) else value, *args, *kwargs.values()))
        if name == "format":
            _check_format(str(value))
        if name == "wordwrap":
            _check_words(str(value), args[0] if args else kwargs.get("width", _USUAL_WIDTH))
        spend(value, *args, *kwargs.values())
        first: tuple[Any, ...] = ()
        if wanted is _PassArg.context:
            first = (context,)
        elif wanted is _PassArg.eval_context:
            first = (context.eval_ctx,)
        elif wanted is _PassArg.environment:
            first = (context.environment,)
        found = filter_(*first, value, *args, **kwargs)
        spend(found)
        return found

    return checked


def _counted_test(test: Callable[..., Any]) -> Callable[..., Any]:
    """Return a test (`is`) that counts what it looks at."""

    @wraps(test)
    def counting(*args: Any, **kwargs: Any) -> Any:
        spend(*args)
        return test(*args, **kwargs)

    return counting


@pass_context
def _text(_context: Context, text: str) -> Markup:
    """Count a piece of a template's own text."""
    spend(text)
    return Markup(text)  # noqa: S704 - written by the template's author


@pass_context
def _piece(_context: Context, value: Any) -> Any:
    """Count an operand of ~ or of a comparison, or what a slice is taken of."""
    spend(value)
    return value


@pass_context
def _passes(_context: Context, items: Iterable[Any]) -> list[Any]:
    """Count the passes of a loop before the first one."""
    budget = _BUDGET.get()
    if budget is None:
        return list(items)
    found = list(islice(items, budget.steps + 1))
    budget.spend(0, 1 + len(found))
    return found


def bound(environment: Environment) -> None:
    """Make an environment count and check what its templates do."""
    for name in _WITHOUT_FILTERS:
        del environment.filters[name]
    for name in _WITHOUT_GLOBALS:
        del environment.globals[name]
    for name, filter_ in environment.filters.items():
        environment.filters[name] = _bounded(filter_, name)
    environment.filters |= {_TEXT: _text, _ITEMS: _passes, _PIECE: _piece}
    for name, test in environment.tests.items():
        environment.tests[name] = _counted_test(cast("Callable[..., Any]", test))
    escaped = environment.finalize

    def finalized(value: Any) -> Any:
        spend(value)  # blanks take time too, though they are not shown
        shown = escaped(value) if escaped else value
        spend(shown)
        return shown

    environment.finalize = finalized


def counted(template: nodes.Template) -> nodes.Template:
    """Return a parsed template whose text, loops, comparisons, slices and ~ are counted."""
    for output in template.find_all(nodes.Output):
        output.nodes = [
            _filtered(_TEXT, nodes.Const(node.data, lineno=node.lineno))
            if isinstance(node, nodes.TemplateData)
            else node
            for node in output.nodes
        ]
    for loop in template.find_all(nodes.For):
        loop.iter = _filtered(_ITEMS, loop.iter)
    for joined in template.find_all(nodes.Concat):
        joined.nodes = [_filtered(_PIECE, node) for node in joined.nodes]
    for compared in template.find_all(nodes.Compare):
        compared.expr = _filtered(_PIECE, compared.expr)
        for operand in compared.ops:
            operand.expr = _filtered(_PIECE, operand.expr)
    for part in template.find_all(nodes.Getitem):
        if isinstance(part.arg, nodes.Slice):
            part.node = _filtered(_PIECE, part.node)
    # A template can include itself without any text or loop of its own.
    template.body.insert(0, nodes.Output([_filtered(_TEXT, nodes.Const("", lineno=1))], lineno=1))
    return template


def _filtered(name: str, node: nodes.Node) -> nodes.Filter:
    return nodes.Filter(cast("nodes.Expr", node), name, [], [], None, None, lineno=node.lineno)
