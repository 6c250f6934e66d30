"""Read the user's own profiles: a folder of YAML files, each one a kind of page; its name is the file's."""

import re
from collections.abc import Collection
from pathlib import Path

from monitor.profiles.profile_settings import ProfileSettings
from service.watch_tree import Entry, Place, Problems, read_tree
from service.watch_words import validated

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def profile_files(folder: Path | None) -> list[Path]:
    """Give the profile files of a folder, in the order of their names; none where there is no folder."""
    if folder is None or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())


def read_profile(path: Path, problems: Problems) -> ProfileSettings | None:
    """Give the profile of a file; None where it is none, and `problems` then says why, and where."""
    start = Place(path, 1, 1)
    try:
        tree = read_tree(path, {}, problems)
    except (OSError, ValueError) as error:
        problems.add(start, (), f"cannot be read: {getattr(error, 'strerror', None) or error}")
        return None
    if tree is None:
        if not any(problem.file == path for problem in problems.found):
            problems.add(start, (), "the file is empty; a profile says describes, kind, rows and fields")
        return None
    return validated(ProfileSettings, Entry(tree.place, tree), (), problems)


def read_profiles(
    folder: Path | None, built_in: Collection[str], problems: Problems
) -> dict[str, ProfileSettings]:
    """Give every sound profile of a folder, by name; `problems` says what is wrong with the others."""
    found: dict[str, ProfileSettings] = {}
    for path in profile_files(folder):
        name, start = path.stem.replace("_", "-"), Place(path, 1, 1)
        if not _NAME.fullmatch(path.stem):
            problems.add(start, (), f"{path.stem!r} is no name; use small letters, digits, - and _")
        elif name in built_in or name in found:
            whose = "a built-in profile" if name in built_in else "another file here"
            problems.add(start, (), f"{name!r} is the name of {whose}; rename the file")
        elif (profile := read_profile(path, problems)) is not None:
            found[name] = profile
    return found
