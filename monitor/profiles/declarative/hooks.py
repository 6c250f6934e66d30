"""The user's own function beside a profile: load it from its file, and call it within a time limit.

It is ordinary code and runs with all rights of the service. The time limit stops an accidental endless loop;
it does not stop malicious code or a wait inside a library.
"""

import inspect
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from monitor.domain.identity import shorten
from monitor.domain.text import nearest
from monitor.domain.types import FIELDS, RecordKind

# Returns the changed fields of a record, or None to drop the row; it also receives the row's words.
Hook = Callable[[dict[str, Any], str], dict[str, Any] | None]
LONGEST = 1.0  # seconds that a hook may take for one row, and to load

_NUMBERS = ("fiscal_year", "recommendation_number", "matter_number")
_ISO_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


class _TooLong(BaseException):
    """Ends a user's function; not an Exception, so the function's own handlers do not catch it."""


class HookError(Exception):
    """What is wrong with a hook's file or its result; `line` is the place, 0 where it is unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def load_hook(path: Path, name: str) -> Hook:
    """Return the function `name` of a Python file, which is executed for that. Raises HookError."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise HookError(f"cannot be read: {error.strerror}") from None
    # Neither imported nor cached, so that a file saved a moment ago is read as it is now.
    module = ModuleType(f"oversight_watch_profile_{path.stem}")
    module.__file__ = str(path)
    try:
        code = compile(source, str(path), "exec")
    except SyntaxError as error:
        raise HookError(f"is not valid Python: {error.msg}", error.lineno or 0) from None
    except ValueError as error:
        raise HookError(f"is not valid Python: {error}") from None
    _bounded(lambda: exec(code, module.__dict__), str(path))  # noqa: S102 - what a hook is for
    return _function(module, name)


def _function(module: ModuleType, name: str) -> Hook:
    known = [key for key, value in vars(module).items() if inspect.isfunction(value)]
    hook: Hook | None = vars(module).get(name)
    if not callable(hook):
        near = nearest(name, known)
        advice = f"did you mean {near!r}?" if near else f"write: def {name}(fields, words):"
        raise HookError(f"has no function {name!r}; {advice}")
    try:
        inspect.signature(hook).bind({}, "")
    except TypeError:
        line = hook.__code__.co_firstlineno if inspect.isfunction(hook) else 0
        raise HookError(
            f"the function {name!r} must take two arguments: def {name}(fields, words):", line
        ) from None
    return hook


def ask(hook: Hook, fields: Mapping[str, Any], words: str, kind: RecordKind) -> dict[str, Any] | None:
    """Return the fields as a hook changed them, or None where it drops the row.

    Raises HookError where it fails or returns an invalid field, TimeoutError where it takes too long.
    """
    file = getattr(getattr(hook, "__code__", None), "co_filename", "")
    given = _bounded(lambda: hook(dict(fields), words), file)
    if given is None:
        return None
    if not isinstance(given, dict):
        raise HookError(f"returned {_shown(given)}; it must return the fields, or None to drop the row")
    for name, value in given.items():
        if name not in FIELDS[kind]:
            near = nearest(str(name), FIELDS[kind])
            advice = f"; did you mean {near!r}?" if near else ""
            raise HookError(f"returned {name!r}, which is not a field of a {kind}{advice}")
        if value is not None and (wanted := _wanted(name, value)):
            raise HookError(f"returned {_shown(value)} for {name}; {wanted}")
    return {name: given.get(name) for name in fields}


def _wanted(name: str, value: object) -> str | None:
    """Return what a field takes where a value does not fit it, or None where it fits."""
    if name == "status":
        return "it follows from status_text, so return that"
    if name in _NUMBERS:
        return None if type(value) is int else "it takes a whole number or None"
    if name == "priority":
        return None if isinstance(value, bool) else "it takes True, False or None"
    if name == "topics":
        is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return None if is_list else "it takes a list of texts or None"
    if not isinstance(value, str):
        return "it takes text or None"
    is_day = name != "issue_date" or _ISO_DAY.fullmatch(value)
    return None if is_day else "it takes a day such as 2026-07-23, or None"


def _shown(value: object) -> str:
    return shorten(repr(value), 60)


def _bounded(work: Callable[[], Any], file: str) -> Any:
    """Run the user's code; a mistake becomes a HookError with its line, a loop a TimeoutError."""
    ends = time.monotonic() + LONGEST

    def watch(frame: FrameType, _event: str, _value: Any) -> Any:
        # A loop on one line never reaches another line, so instructions are traced too.
        frame.f_trace_opcodes = True
        if time.monotonic() > ends:
            raise _TooLong
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        return work()
    except _TooLong:
        raise TimeoutError from None
    except (Exception, SystemExit) as error:
        sys.settrace(before)
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file
        ]
        said = traceback.format_exception_only(error)[-1].strip()
        raise HookError(said, (lines[-1] or 0) if lines else 0) from None
    finally:
        sys.settrace(before)
