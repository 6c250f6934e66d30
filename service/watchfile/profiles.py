"""Read the user's own profiles: a folder of YAML files, each one a kind of page; its name is the file's.

A profile may name a hook, a function in the Python file of the same name beside it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from monitor.domain.errors import SourceError
from monitor.profiles.declarative.hooks import LONGEST, Hook, HookError, load_hook
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES, with_built_in
from service.watchfile.merge import Collector
from service.watchfile.validate import validated
from service.watchfile.yaml_tree import Entry, Keys, Place, Problems, Scalar, WatchFileError, read_tree

USUAL_FOLDER = "profiles"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SUFFIXES = (".yaml", ".yml")


def folder_of(watch_file: Path) -> Path:
    """Return the folder of a watch file's own profiles, whatever else is wrong with the file or missing."""
    collector = Collector({}, Problems())
    collector.read(watch_file, Place(watch_file, 1, 1))
    entry = collector.document.basics.get("profile_folder")
    written = entry.value if entry and isinstance(entry.value, Scalar) else None
    if written is None or not isinstance(written.plain, str):
        return watch_file.parent / USUAL_FOLDER
    return written.place.file.parent / written.plain


def profile_files(folder: Path) -> list[Path]:
    """Return the profile files of a folder, in the order of their names; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())


def files_that_count(folder: Path) -> Iterator[Path]:
    """Return what has changed where profiles have: the folder, its profiles, and the hooks beside them."""
    yield folder
    for path in profile_files(folder):
        yield path
        yield path.with_suffix(".py")


def profile_name(path: Path) -> str:
    """Return the name of the profile in a file."""
    return path.stem.replace("_", "-")


def read_profile(path: Path, problems: Problems) -> Profile | None:
    """Return the profile of a file; None where it is invalid; `problems` then says why, and where."""
    start = Place(path, 1, 1)
    before = len(problems.found)
    try:
        tree = read_tree(path, {}, problems)
    except (OSError, ValueError) as error:
        problems.add(start, (), f"cannot be read: {getattr(error, 'strerror', None) or error}")
        return None
    if tree is None and len(problems.found) == before:
        problems.add(start, (), "the file is empty; a profile has describes, kind, rows and fields")
    if tree is None:
        return None
    # Few have profiles of their own.
    from monitor.profiles.declarative.engine import described  # noqa: PLC0415
    from monitor.profiles.declarative.settings import ProfileSettings  # noqa: PLC0415

    settings = validated(ProfileSettings, Entry(tree.place, tree), (), problems, more=())
    if settings is None or len(problems.found) > before:
        return None
    name = profile_name(path)
    if settings.hook is None or not isinstance(tree, Keys):
        return described(name, settings)
    hook = _hook(path, settings.hook, tree.entries["hook"].value.place, problems)
    return described(name, settings, hook) if hook else None


def _hook(path: Path, name: str, place: Place, problems: Problems) -> Hook | None:
    file = path.with_suffix(".py")
    try:
        return load_hook(file, name)
    except HookError as error:
        # A mistake in the Python file is reported there; what the profile requires of it, here.
        line = Place(file, error.line, 1)
        problems.add(line if error.line else place, ("hook",), f"{file.name} {error}")
    except TimeoutError:
        problems.add(place, ("hook",), f"{file.name} takes longer than {LONGEST:g} s to load")
    return None


def read_profiles(folder: Path, built_in: Collection[str], problems: Problems) -> dict[str, Profile]:
    """Return every sound profile of a folder, by name; `problems` says what is wrong with the others."""
    found: dict[str, Profile] = {}
    for path in profile_files(folder):
        name, start = profile_name(path), Place(path, 1, 1)
        if not _NAME.fullmatch(path.stem):
            problems.add(
                start, (), f"{path.stem!r} is not a valid name; use lower-case letters, digits, - and _"
            )
        elif name in built_in or name in found:
            whose = "a built-in profile" if name in built_in else "another file here"
            problems.add(start, (), f"{name!r} is the name of {whose}; rename the file")
        elif (profile := read_profile(path, problems)) is not None:
            found[name] = profile
    return found


def all_profiles(folder: Path) -> Mapping[str, Profile]:
    """Return a folder's profiles, then the built-in ones. Raises WatchFileError with all its mistakes."""
    problems = Problems()
    own = read_profiles(folder, PROFILES, problems)
    if problems.found:
        raise WatchFileError(sorted(problems.found))
    return with_built_in(own)


def one_profile(wanted: str, folder: Path) -> Profile:
    """Return the profile of a name or of a file, whatever is wrong with the others of the folder.

    Raises WatchFileError where its file is broken, SourceError where there is none.
    """
    files = {profile_name(path): path for path in profile_files(folder)}
    path = Path(wanted) if Path(wanted).suffix in _SUFFIXES else files.get(wanted.replace("_", "-"))
    if path is None:
        from monitor.profiles.parse import named  # noqa: PLC0415

        return named(wanted, {**PROFILES, **dict.fromkeys(files, PROFILES["page"])})
    if not path.is_file():
        raise SourceError(
            f"there is no profile file {path}; known profiles: oversight-watch sources profiles"
        )
    problems = Problems()
    profile = read_profile(path, problems)
    if profile is None:
        raise WatchFileError(sorted(problems.found))
    return profile
