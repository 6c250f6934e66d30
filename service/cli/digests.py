"""The command that makes a digest, shows one, and writes one as a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from alerts.domain.types import DeliveryOutcome
from monitor.domain.errors import OversightError
from service.cli.options import WATCH_FILE, Json, WatchPath, opened_watch, print_json

if TYPE_CHECKING:
    from service.runtime.app import Watch

# alerts.rendering.digest_files.Format, named again so that --help need not load the templates.
Format = Literal["html", "markdown", "json", "text"]


def digest(
    name: Annotated[str, typer.Argument(help="The digest's name.")] = "weekly",
    preview: Annotated[bool, typer.Option("--preview", help="Show it; send and record nothing.")] = False,
    last: Annotated[bool, typer.Option("--last", help="Show the last one made, whole.")] = False,
    format_: Annotated[
        Format | None, typer.Option("--format", help="How to show and to write it; a file is HTML otherwise.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the file into this folder.")] = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Make a digest of everything since the last one, send it, and write it as a file."""
    from alerts.rendering.digest_files import write_digest_file
    from service.readmodel.lookups import require_digest
    from service.terminal.messages import show_delivered

    if preview and last:
        raise OversightError("--preview shows the next digest and --last the last one; ask for one of them")
    shown = "json" if as_json else format_
    watch = opened_watch(watch_file)
    require_digest(watch.settings, name)
    content = _content(watch, name, preview=preview, last=last)
    _show(watch, content, shown or "text")
    made = not preview and not last
    if out is not None or made:
        folder = out or watch.settings.digest_folder
        path = write_digest_file(content, folder, watch.templates, format_ or "html")
        typer.echo(f"written: {path}", err=shown is not None)
    delivered = watch.deliver() if made else []
    if shown is None:
        show_delivered(delivered, watch.settings.time_zone)
    raise typer.Exit(1 if any(one.outcome != DeliveryOutcome.ACCEPTED for one in delivered) else 0)


def _content(watch: "Watch", name: str, *, preview: bool, last: bool) -> Mapping[str, Any]:
    from service.runtime.digests import last_digest, make_digest, preview_digest

    if last:
        return last_digest(watch, name)
    return preview_digest(watch, name) if preview else make_digest(watch, name).content


def _show(watch: "Watch", content: Mapping[str, Any], format_: Format) -> None:
    from alerts.rendering.digest_files import published, whole_digest
    from service.terminal.messages import show_digest
    from service.terminal.text import harmless

    match format_:
        case "json":
            print_json(published(content))
        case "text":
            show_digest(content, watch.templates)
        case _:
            typer.echo(harmless(whole_digest(content, format_, watch.templates)), nl=False)
