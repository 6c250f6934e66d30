"""The digest commands: show the next digest, send it by hand, and list, show or resend stored ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from alerts.domain.types import DeliveryOutcome
from monitor.domain.errors import OversightError
from service.cli.completion import names_in
from service.cli.options import MOST, WATCH_FILE, Json, Limit, WatchPath, opened, opened_watch, print_json

if TYPE_CHECKING:
    from alerts.outbox.deliver import Delivered
    from service.runtime.app import Watch

# alerts.digests.stored.Format, written again so that --help does not load the templates.
Format = Literal["html", "markdown", "json", "text"]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="The format shown and written. Default: text, and HTML files."),
]
Out = Annotated[Path | None, typer.Option(help="Also write it as a new file into this folder.")]
Number = Annotated[int, typer.Argument(min=1, max=MOST, help="A stored digest's number.")]


class _WithDefault(TyperGroup):
    """Runs `next` where no command is named: `digest weekly` is short for `digest next weekly`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert the default command where none is named."""
        named = bool(args) and (args[0] in self.commands or args[0] in ("-h", "--help"))
        return super().parse_args(ctx, args if named else ["next", *args])


digest = typer.Typer(help="Show, send, list and resend digests.", cls=_WithDefault)


@digest.command("next")
def digest_next(
    name: Annotated[
        str, typer.Argument(autocompletion=names_in("digests"), help="The digest's name.")
    ] = "weekly",
    send: Annotated[
        bool, typer.Option("--send", help="Send it now. The scheduled one is sent anyway.")
    ] = False,
    format_: FormatOption = None,
    out: Out = None,
    preview: Annotated[bool, typer.Option("--preview", hidden=True)] = False,
    last: Annotated[bool, typer.Option("--last", hidden=True)] = False,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show what the next digest will contain so far; with --send, send it now."""
    from service.readmodel.digests import by_hand, last_digest
    from service.readmodel.lookups import require_digest
    from service.runtime.digests import preview_digest, send_digest

    if send + preview + last > 1:
        raise OversightError("--send, --preview and --last exclude each other; use one of them")
    watch = opened_watch(watch_file, only_reads=not send)
    require_digest(watch.settings, name)
    if last:
        with watch.database.read() as session:
            content = last_digest(session, name)
    else:
        content = preview_digest(watch, name)
    path = _new_file(content, out, format_)
    if send:
        content = send_digest(watch, name, by_hand(name)).content
    _show(watch, content, "json" if as_json else format_)
    _write(watch, content, path, format_, quiet=as_json or format_ is not None)
    if send:
        _report(watch, watch.deliver(), quiet=as_json or format_ is not None)


@digest.command("list")
def digest_list(
    name: Annotated[
        str | None, typer.Argument(autocompletion=names_in("digests"), help="Only digests of this name.")
    ] = None,
    limit: Limit = 20,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """List stored digests, newest first."""
    from service.readmodel.digests import digests_as_data
    from service.readmodel.lookups import require_digest
    from service.terminal.messages import show_digests

    settings, database = opened(watch_file)
    if name is not None:
        require_digest(settings, name)
    with database.read() as session:
        data = digests_as_data(session, name, limit)
    print_json(data) if as_json else show_digests(data, settings.time_zone)


@digest.command("show")
def digest_show(
    number: Number,
    format_: FormatOption = None,
    out: Out = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show a stored digest in full."""
    from service.readmodel.digests import digest_content

    watch = opened_watch(watch_file, only_reads=True)
    with watch.database.read() as session:
        content = digest_content(session, number)
    path = _new_file(content, out, format_)
    _show(watch, content, "json" if as_json else format_)
    _write(watch, content, path, format_, quiet=as_json or format_ is not None)


@digest.command("resend")
def digest_resend(number: Number, watch_file: WatchPath = WATCH_FILE) -> None:
    """Send a stored digest again to everyone who got it."""
    from service.readmodel.digests import digest_content
    from service.runtime.digests import resend_digest

    watch = opened_watch(watch_file)
    with watch.database.read() as session:
        digest_content(session, number)
    if not resend_digest(watch, number):
        raise OversightError(
            f"digest {number} was sent to nobody: it had no news or no channel. To send the current one:"
            " oversight-watch digest NAME --send"
        )
    _report(watch, watch.deliver(), quiet=False)


def _new_file(content: Mapping[str, Any], folder: Path | None, format_: Format | None) -> Path | None:
    """Return the file to write, before anything is sent. Raises OversightError where it exists."""
    from alerts.digests.stored import file_name

    if folder is None:
        return None
    path = folder / file_name(content, format_ or "html")
    if path.exists():
        raise OversightError(f"{path} already exists and is kept; name another folder with --out")
    return path


def _write(
    watch: "Watch", content: Mapping[str, Any], path: Path | None, format_: Format | None, *, quiet: bool
) -> None:
    from alerts.rendering.digest_files import write_digest_file

    if path is not None:
        write_digest_file(content, path.parent, watch.templates, format_ or "html", watch.settings.display)
        typer.echo(f"written: {path}", err=quiet)


def _report(watch: "Watch", delivered: "list[Delivered]", *, quiet: bool) -> None:
    from alerts.language.text import counted
    from alerts.outbox.queue import waiting_digests
    from service.terminal.messages import show_delivered

    if quiet:
        return
    show_delivered(delivered, watch.settings.time_zone)
    with watch.database.read() as session:
        waiting = waiting_digests(session)
    if waiting:
        said = counted(waiting, "digest message")
        typer.echo(f"Waiting to be sent: {said}. To see why: oversight-watch outbox list")
    elif not delivered:
        typer.echo(
            "Nothing was sent: it has no news and `heartbeat: true` is not set, or no channel gets it."
        )
    raise typer.Exit(1 if any(one.outcome != DeliveryOutcome.ACCEPTED for one in delivered) else 0)


def _show(watch: "Watch", content: Mapping[str, Any], format_: Format | None) -> None:
    from alerts.rendering.digest_files import published, whole_digest
    from service.terminal.messages import show_digest
    from service.terminal.text import harmless

    match format_:
        case "json":
            print_json(published(content))
        case None | "text":
            show_digest(content, watch.templates, watch.settings.display)
        case _:
            page = whole_digest(content, format_, watch.templates, watch.settings.display)
            typer.echo(harmless(page), nl=False)
