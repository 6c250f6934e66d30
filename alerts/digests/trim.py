"""Trim a digest's content to what a message holds: whole lists are for the file."""

from typing import TypeVar

from alerts.digests.schema import DigestContent, OpenData, PromisedData, PromisesData

_AGENCIES_IN_A_MESSAGE = 8
_OPEN_IN_A_MESSAGE = 5  # open recommendations named one by one: more is a list, not news
_PROMISES_IN_A_MESSAGE = 5  # of each kind: passed, moved, due soon
_Row = TypeVar("_Row")


def longest_list(content: DigestContent) -> int:
    """Return the length of the longer list: changes, or the open recommendations that a message names.

    Recommendations with promised dates are among the open ones.
    """
    return max(len(content["changes"]), min(len(content["open"]["listed"]), _OPEN_IN_A_MESSAGE))


def shortened_content(content: DigestContent, most: int) -> DigestContent:
    """Return the content with at most `most` changes, and with its other lists cut for a message."""
    changes, left_out = _cut(content["changes"], most)
    return {
        **content,
        "changes": changes,
        "more": content["more"] + left_out,
        "open": _shorter_open(content["open"], min(most, _OPEN_IN_A_MESSAGE)),
        "promises": _shorter_promises(content["promises"], min(most, _PROMISES_IN_A_MESSAGE)),
    }


def _cut(rows: list[_Row], most: int) -> tuple[list[_Row], int]:
    """Return the first rows, and how many are left out."""
    return rows[:most], max(len(rows) - most, 0)


def _shorter_open(open_: OpenData, most: int) -> OpenData:
    agencies, agencies_left_out = _cut(open_["agencies"], _AGENCIES_IN_A_MESSAGE)
    listed, left_out = _cut(open_["listed"], most)
    return {
        **open_,
        "agencies": agencies,
        "agencies_rest": open_["agencies_rest"] + agencies_left_out,
        "listed": listed,
        "rest": open_["rest"] + left_out,
    }


def _shorter_promises(promises: PromisesData, most: int) -> PromisesData:
    return {
        **promises,
        "passed": _shorter_list(promises["passed"], most),
        "moved": _shorter_list(promises["moved"], most),
        "soon": _shorter_list(promises["soon"], most),
    }


def _shorter_list(some: PromisedData, most: int) -> PromisedData:
    listed, left_out = _cut(some["listed"], most)
    return {"listed": listed, "rest": some["rest"] + left_out}
