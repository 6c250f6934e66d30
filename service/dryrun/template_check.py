"""Render the user's templates with every kind of message before they are used."""

from collections.abc import Callable, Iterator
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any, get_args

from alerts.digests.stored import Format
from alerts.domain.errors import RenderError, TemplateBoundError
from alerts.domain.messages import Face
from alerts.rendering.digest_files import whole_digest
from alerts.rendering.environments import Templates, templates
from alerts.rendering.render import Entry, render_changes, render_digest, render_notice, render_reminder
from service.dryrun.sample_history import TOPIC, WORDS, Samples, samples

_TIGHT = 900  # characters: too few for all samples, so that "and 3 more" is rendered too
_NOTICE = {"title": "A notice", "lines": ["Its first line.", "Its second."]}


def wrong_templates(folder: Path) -> list[RenderError]:
    """Return everything that is wrong with the templates of a folder, each mistake once."""
    try:
        faces = templates(folder)
    except RenderError as error:
        return [error]
    if not faces.files:
        return []
    found = list(faces.hidden_asked_for()) or list(_errors(_renderings(faces, samples())))
    return list({str(error): error for error in found}.values())


def _errors(renderings: Iterator[Callable[[], object]]) -> Iterator[RenderError]:
    """Return the errors of all renderings, up to the first that spends too much: others would as well."""
    for render in renderings:
        if error := _error_of(render):
            yield error
        if isinstance(error, TemplateBoundError):
            return


def _error_of(render: Callable[[], object]) -> RenderError | None:
    try:
        render()
    except RenderError as error:
        return error
    return None


def _renderings(faces: Templates, made: Samples) -> Iterator[Callable[[], object]]:
    """Return every message there is: all faces, kinds, lengths, digests, reminders and notices."""
    entries = [Entry(change, (TOPIC,), WORDS) for change in made.changes]
    several = [(entries, None), (entries, _TIGHT)]
    for face in get_args(Face):
        shared: dict[str, Any] = {"face": face, "identity": "", "templates": faces}
        for told, limit in [([entry], None) for entry in entries] + several:
            yield partial(render_changes, told, time_zone=UTC, limit=limit, full=2, **shared)
        for content in made.digests:
            yield partial(render_digest, content, time_zone=UTC, **shared)
        for limit in (None, _TIGHT):
            yield partial(render_reminder, made.reminder, time_zone=UTC, limit=limit, **shared)
        yield partial(render_notice, _NOTICE, **shared)
    for content in made.digests:
        for format_ in get_args(Format):
            yield partial(whole_digest, content, format_, faces)
