"""The commands about sources: try a page, propose and test profiles, compare what sources list."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.domain.errors import OversightError, StoreError
from service.cli.completion import names_in
from service.cli.options import (
    WATCH_FILE,
    Json,
    Limit,
    WatchPath,
    basics_of,
    opened,
    opened_watch,
    print_json,
)

sources = typer.Typer(help="Try pages, write and test profiles, compare sources.", no_args_is_help=True)

ProfilesFolder = Annotated[
    Path | None,
    typer.Option("--profiles", help="The folder of your own profiles. Default: the watch file's."),
]


def _folder(given: Path | None, watch_file: Path) -> Path:
    from service.watchfile.profiles import folder_of

    if given is not None and not given.is_dir():
        raise OversightError(f"there is no folder {given}")
    return given or folder_of(watch_file)


@sources.command("try")
def sources_try(
    address: Annotated[str, typer.Argument(help="A URL, a saved page or a folder of saved pages.")],
    profile: Annotated[
        str | None, typer.Option(help="A profile's name or file. Default: recognized from the page.")
    ] = None,
    profiles: ProfilesFolder = None,
    limit: Limit = 20,
    save_expected: Annotated[
        bool, typer.Option("--save-expected", help="Save what is read as a test of the profile.")
    ] = False,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Fetch a page and show row by row what a profile reads. Records nothing."""
    from monitor.profiles.registry import PROFILES
    from service.dryrun.profile_tests import USUAL_FOLDER, save_test
    from service.dryrun.try_page import as_data, nothing_read, read_address
    from service.terminal.profiles import show_trial
    from service.watchfile.profiles import all_profiles, one_profile

    folder = _folder(profiles, watch_file)
    chosen = one_profile(profile, folder) if profile else None
    known = {**PROFILES, chosen.name: chosen} if chosen else all_profiles(folder)
    try:
        trial = read_address(address, chosen.name if chosen else None, known, lambda: basics_of(watch_file))
    except OversightError as error:
        if as_json:
            print_json(nothing_read(error))
        raise
    result = as_data(trial)
    print_json(result) if as_json else show_trial(result, limit)
    for page, parsed in trial.pages.values() if save_expected else ():
        typer.echo(f"written: {save_test(page, parsed, folder / USUAL_FOLDER)}", err=as_json)
    raise typer.Exit(1 if trial.set_aside else 0)


@sources.command("new")
def sources_new(
    address: Annotated[str, typer.Argument(help="A URL or a saved page that no profile reads yet.")],
    name: Annotated[
        str | None, typer.Option(help="The profile's name. Default: made from the address.")
    ] = None,
    profiles: ProfilesFolder = None,
    watch_file: WatchPath = WATCH_FILE,
) -> None:
    """Draft a profile from a page as a commented file, and show what it reads."""
    from service.dryrun.new_profile import name_for, write_profile
    from service.dryrun.try_page import as_data, proposed, read_page
    from service.terminal.profiles import show_proposal
    from service.watchfile.profiles import folder_of, one_profile

    page, proposal = proposed(address, lambda: basics_of(watch_file))
    path = write_profile(profiles or folder_of(watch_file), name_for(address, name), address, proposal)
    result = as_data(read_page(page, one_profile(str(path), path.parent)))
    show_proposal(result, proposal.doubts, path, address)


@sources.command("test")
def sources_test(
    names: Annotated[list[str] | None, typer.Argument(metavar="PROFILE")] = None,
    pages: Annotated[
        Path | None,
        typer.Option(help="A folder of pages with expectations. Default: 'tests' beside the profiles."),
    ] = None,
    profiles: ProfilesFolder = None,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Test profiles (all by default) on saved pages."""
    from service.dryrun.profile_tests import USUAL_FOLDER, run_tests
    from service.terminal.profiles import show_tests
    from service.watchfile.profiles import all_profiles

    folder = _folder(profiles, watch_file)
    tested = run_tests(pages or folder / USUAL_FOLDER, all_profiles(folder), names or [])
    print_json([one.as_data() for one in tested]) if as_json else show_tests(tested)
    raise typer.Exit(0 if all(one.passed for one in tested) else 1)


@sources.command("inbox")
def sources_inbox(
    source: Annotated[
        str, typer.Argument(autocompletion=names_in("sources"), help="The source that the pages are of.")
    ],
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Pages saved by hand.")],
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Check a source with pages that were saved by hand: HTML, MHTML, text or CSV."""
    from service.readmodel.lookups import require_watched
    from service.readmodel.status import settled_as_data
    from service.runtime.inbox import as_data, take_files
    from service.terminal.messages import show_delivered
    from service.terminal.status import show_inbox, show_settled

    watch = opened_watch(watch_file, create=True)
    require_watched(watch.settings, source)
    watch.note_applied()
    delivery = take_files(watch, files, source)
    delivered = watch.deliver()
    data = {"files": as_data(delivery), "checks": settled_as_data(delivery.settled)}
    if as_json:
        print_json(data)
    else:
        show_inbox(data["files"])
        show_settled(data["checks"])
        show_delivered(delivered, watch.settings.time_zone)
    raise typer.Exit(0 if all(one.sources for one in delivery.files) else 1)


@sources.command("profiles")
def sources_profiles(
    profiles: ProfilesFolder = None, watch_file: WatchPath = WATCH_FILE, as_json: Json = False
) -> None:
    """List profiles: your own, then the built-in ones."""
    from monitor.profiles.registry import PROFILES
    from service.terminal.profiles import profiles_as_data, show_profiles
    from service.watchfile.profiles import all_profiles

    data = profiles_as_data(all_profiles(_folder(profiles, watch_file)), PROFILES)
    print_json(data) if as_json else show_profiles(data)


@sources.command("compare")
def sources_compare(
    one: Annotated[str, typer.Argument(metavar="A", autocompletion=names_in("sources"), help="A source.")],
    other: Annotated[
        str,
        typer.Argument(
            metavar="B", autocompletion=names_in("sources"), help="The source to compare it with."
        ),
    ],
    limit: Limit = 50,
    watch_file: WatchPath = WATCH_FILE,
    as_json: Json = False,
) -> None:
    """Show what only A lists, what only B lists, and what both list."""
    from monitor.linkage.links import is_waiting, link_waiting
    from service.readmodel.lives import compared_as_data
    from service.readmodel.lookups import require_source
    from service.terminal.records import show_compared

    if one == other:
        raise OversightError(f"name two different sources; {one!r} lists what it lists")
    settings, database = opened(watch_file)
    with database.read() as session:
        for key in (one, other):
            require_source(session, settings, key)
        waiting = is_waiting(session)
    if waiting:
        # Recorded by an older version, which linked nothing; the next check would do the same.
        try:
            with database.write() as session:
                link_waiting(session)
        except StoreError as error:
            typer.echo(
                f"Some records may not be found to be the same: they are not linked yet, and {error}",
                err=True,
            )
    with database.read() as session:
        data = compared_as_data(session, one, other)
    print_json(data) if as_json else show_compared(data, limit)
