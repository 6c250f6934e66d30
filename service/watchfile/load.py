"""Load a watch file: all of it is checked before anything runs, and all its mistakes are reported at once.

Reading is service.watchfile.yaml_tree's, bringing parts together service.watchfile.merge'; here every
entry is validated and every name it uses is looked up. Nothing is fetched, sent or written.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alerts.domain.errors import RenderError
from alerts.domain.settings import IMMEDIATELY
from alerts.topics.terms import parse_term
from monitor.domain.settings import SourceSettings, Strict
from monitor.profiles.declarative.defaults import habits_of
from monitor.profiles.profile import Profile
from service.watchfile.merge import Collector, Document, with_templates
from service.watchfile.profiles import (
    USUAL_FOLDER,
    files_that_count,
    profile_files,
    profile_name,
    read_profiles,
)
from service.watchfile.settings import DEFAULT_DIGESTS, SECTIONS, Basics, WatchFile, relative_to
from service.watchfile.validate import validated
from service.watchfile.yaml_tree import (
    MOST_SHOWN,
    Entry,
    Items,
    Keys,
    Place,
    Problem,
    Problems,
    Scalar,
    Tree,
    WatchFileError,
)

# Sections without which everything that is stored can be read.
_NOT_READ_FOR = (("channels",), ("topics",), ("digests",))
_MOST_URLS = 2_000  # of channels: to look at each takes a moment

__all__ = ["Problem", "WatchFile", "WatchFileError", "load"]


def load(
    path: Path,
    environment: Mapping[str, str],
    *,
    check_url: Callable[[str], str | None] | None = None,
    wrong_templates: Callable[[Path], Iterable[RenderError]] | None = None,
    profiles: Mapping[str, Profile] | None = None,
    only_reads: bool = False,
) -> WatchFile:
    """Read the watch file at `path` and all it includes.

    `check_url` gives a sentence for a channel URL it does not understand, and must not quote the URL;
    `profiles` are the built-in profiles; `wrong_templates` says what is wrong with a folder of
    templates. What is not handed in is not checked.
    For a command that `only_reads` what is stored, channels, topics and digests with mistakes are left out.
    Raises WatchFileError with every mistake, in the order of files and positions.
    """
    problems = Problems()
    collector = Collector(environment, problems)
    collector.read(path, Place(path, 1, 1))
    checker = _Checker(collector.document, problems)
    settings = checker.settings(path)
    folder = settings.get("profile_folder") or path.parent.absolute() / USUAL_FOLDER
    own = read_profiles(folder, profiles or (), problems)
    if collector.document.whole:
        checker.check_names(
            profiles if profiles is None else (*profiles, *map(profile_name, profile_files(folder)))
        )
    checker.check_terms()
    checker.check_urls(check_url)
    faces: Path | None = settings.get("templates")
    if faces is not None and wrong_templates is not None:
        _note_templates(faces, wrong_templates(faces), problems)
    found = sorted(problems.found)
    if any(not only_reads or problem.keys[:1] not in _NOT_READ_FOR for problem in found):
        raise WatchFileError(found)
    _leave_out(settings, {problem.keys[:2] for problem in found})
    settings["left_out"] = tuple(map(str, found))
    files = (*collector.document.files, *files_that_count(folder), *template_files(faces))
    return WatchFile(**_with_habits(settings, own, profiles or {}), profiles=own, files=files)


def _leave_out(settings: dict[str, Any], wrong: Collection[tuple[str, ...]]) -> None:
    """Take out the entries that have mistakes, and wrong topics also out of the digests that name them."""
    for section in SECTIONS:
        for name in [name for name in settings[section] if (section, name) in wrong]:
            del settings[section][name]
    for name, digest in settings["digests"].items():
        if digest.topics != "all":
            topics = tuple(topic for topic in digest.topics if topic in settings["topics"])
            settings["digests"][name] = digest.model_copy(update={"topics": topics})


def _with_habits(settings: dict[str, Any], *profiles: Mapping[str, Profile]) -> dict[str, Any]:
    """Return the settings with what each source takes over from its profile."""
    taken = {key: habits_of(source, *profiles) for key, source in settings["sources"].items()}
    sources = {key: source.model_copy(update=taken[key]) for key, source in settings["sources"].items()}
    return {
        **settings,
        "sources": sources,
        "habits": {key: tuple(names) for key, names in taken.items() if names},
    }


class _Checker:
    """Looks at the document from every side; each check notes its own problems and stops no other."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self._problems = problems
        self._basics = document.basics
        self._whole = document.whole
        self._sections = {
            name: with_templates(name, entries, problems) for name, entries in document.sections.items()
        }

    def settings(self, path: Path) -> dict[str, Any]:
        """Return what WatchFile is made of: validated, defaults filled in, paths absolute."""
        start = Place(path, 1, 1)
        basics = validated(Basics, Entry(start, Keys.of(start, self._basics)), (), self._problems)
        parts = {name: self._validated_section(name, model) for name, model in SECTIONS.items()}
        for name in self._rhythms():
            if name in DEFAULT_DIGESTS:
                parts["digests"].setdefault(name, DEFAULT_DIGESTS[name])
        if self._whole and not self._sections["sources"]:
            self._problems.add(start, (), "there is no source: add at least one under 'sources:'")
        return {**(self._with_absolute_paths(basics, path.parent) if basics else {}), **parts}

    def _with_absolute_paths(self, basics: Basics, folder: Path) -> dict[str, Any]:
        """Return the basics with every path made absolute from the folder of the file that says it."""
        places = {key: entry.value.place for key, entry in self._basics.items()}
        folders = {key: place.file.parent.absolute() for key, place in places.items()}
        folder = folder.absolute()

        def own(key: str, name: str) -> Path | None:
            written = getattr(basics, key)
            found = folders.get(key, folder) / (written or name)
            if written and not found.is_dir():
                self._problems.add(places[key], (key,), f"there is no folder {found}")
            return found if found.is_dir() else None

        ca_file = folders.get("ca_file", folder) / basics.ca_file if basics.ca_file else None
        if ca_file and not ca_file.is_file():
            self._problems.add(places["ca_file"], ("ca_file",), f"there is no file {ca_file}")
        return {
            **basics.model_dump(),
            "ca_file": ca_file,
            "database": relative_to(folders.get("database", folder), basics.database),
            "digest_folder": folders.get("digest_folder", folder) / basics.digest_folder,
            "inbox": folders.get("inbox", folder) / basics.inbox,
            "reading_room": basics.reading_room.in_folder(folders.get("reading_room", folder)),
            "templates": own("templates", "templates"),
            "profile_folder": own("profile_folder", USUAL_FOLDER),
        }

    def _validated_section(self, section: str, model: type[Strict]) -> dict[str, Strict]:
        parts = {}
        for name, entry in self._sections[section].items():
            part = validated(model, entry, (section, name), self._problems)
            if isinstance(part, SourceSettings):
                part = _with_absolute_path(part, entry)
            if part is not None:
                parts[name] = part
        return parts

    def check_names(self, profiles: Collection[str] | None) -> None:
        """Look up every name that one part uses for another."""
        digests = {*self._sections["digests"], *DEFAULT_DIGESTS}
        for path, scalar in self._texts("topics", "sources"):
            self._look_up(scalar, path, "source", self._sections["sources"])
        for path, rhythm, value in self._sends():
            if rhythm.plain not in (IMMEDIATELY, *digests):
                self._look_up(rhythm, path, "digest", [IMMEDIATELY, *sorted(digests)])
            for scalar in _scalars(value):
                self._look_up(scalar, (*path, str(rhythm.plain)), "channel", self._sections["channels"])
        for section in SECTIONS:
            self._check_former_names(section)
        for path, scalar in self._texts("digests", "send_to"):
            self._look_up(scalar, path, "channel", self._sections["channels"])
        for path, scalar in self._texts("digests", "topics"):
            if scalar.plain != "all":
                self._look_up(scalar, path, "topic", self._sections["topics"])
        for path, scalar in self._texts("sources", "profile") if profiles is not None else ():
            self._look_up(scalar, path, "profile", profiles or ())
        if IMMEDIATELY in self._sections["digests"]:
            place = self._sections["digests"][IMMEDIATELY].place
            self._problems.add(
                place, ("digests",), f"{IMMEDIATELY!r} cannot be a digest's name; choose another"
            )

    def _check_former_names(self, section: str) -> None:
        claimed: dict[object, str] = {}
        for path, scalar in self._texts(section, "was"):
            if scalar.plain in self._sections[section]:
                sentence = f"{scalar.shown} is still a {section[:-1]}; 'was' names one that is gone"
                self._problems.add(scalar.place, path, sentence)
            other = claimed.setdefault(scalar.plain, path[1])
            if other != path[1]:
                sentence = f"{scalar.shown} is the former name of {other} too; keep one"
                self._problems.add(scalar.place, path, sentence)

    def check_terms(self) -> None:
        """Read every term of every topic as matching will."""
        for name, entry in self._sections["topics"].items():
            match = _child(entry.value, "match")
            for key in ("any", "all", "none"):
                for scalar in _scalars(_child(match, key)):
                    try:
                        parse_term(str(scalar.plain))
                    except ValueError as error:
                        # What the environment holds is not repeated.
                        hidden = (
                            f"the value of {scalar.shown} is not a valid term"
                            if scalar.from_environment
                            else ""
                        )
                        self._problems.add(scalar.place, ("topics", name, "match", key), hidden or str(error))

    def check_urls(self, check_url: Callable[[str], str | None] | None) -> None:
        """Ask whether every channel's URLs will be understood when they are needed."""
        for number, (path, scalar) in enumerate(self._texts("channels", "to") if check_url else ()):
            if len(self._problems.found) >= MOST_SHOWN:
                return
            if number == _MOST_URLS:
                said = f"is one of more than {_MOST_URLS:,} URLs of channels; one mail URL can name many"
                self._problems.add(scalar.place, path, f"{said} addresses, with commas between them")
                return
            sentence = check_url(str(scalar.plain)) if check_url else None
            if sentence:
                self._problems.add(scalar.place, path, sentence)

    def _look_up(self, scalar: Scalar, path: tuple[str, ...], kind: str, known: Collection[str]) -> None:
        if scalar.plain not in known:
            advice = self._problems.hint(str(scalar.plain), known)
            self._problems.add(scalar.place, path, f"no {kind} is called {scalar.shown}{advice}")

    def _texts(self, section: str, key: str) -> Iterator[tuple[tuple[str, ...], Scalar]]:
        for name, entry in self._sections[section].items():
            for scalar in _scalars(_child(entry.value, key)):
                yield (section, name, key), scalar

    def _sends(self) -> Iterator[tuple[tuple[str, ...], Scalar, Tree]]:
        for name, entry in self._sections["topics"].items():
            send = _child(entry.value, "send")
            for rhythm, target in send.entries.items() if isinstance(send, Keys) else ():
                yield ("topics", name, "send"), Scalar(target.place, rhythm, rhythm), target.value

    def _rhythms(self) -> set[str]:
        return {str(rhythm.plain) for _, rhythm, _ in self._sends()}


def template_files(folder: Path | None) -> list[Path]:
    """Return a folder of templates with all in it; folders too, which change when files come or go."""
    return sorted([folder, *folder.rglob("*")]) if folder else []


def _note_templates(folder: Path, wrong: Iterable[RenderError], problems: Problems) -> None:
    for error in wrong:
        if error.file is not None and error.file.is_relative_to(folder):
            sentence = str(error).removeprefix(f"template {error.file}, line {error.line}: ")
            problems.add(Place(error.file, error.line or 1, 1), (), sentence)
        else:
            missing = "one of your files replaces one of ours and lacks what is used here"
            problems.add(Place(folder, 1, 1), ("templates",), f"{error}; {missing}")


def _child(tree: Tree | None, key: str) -> Tree | None:
    entry = tree.entries.get(key) if isinstance(tree, Keys) else None
    return entry.value if entry else None


def _scalars(tree: Tree | None) -> Iterator[Scalar]:
    """Return the texts of a value that is one text or a list of them; anything else is reported elsewhere."""
    for item in tree.items if isinstance(tree, Items) else (tree,):
        if isinstance(item, Scalar) and isinstance(item.plain, str):
            yield item


def _with_absolute_path(source: SourceSettings, entry: Entry) -> SourceSettings:
    url = _child(entry.value, "url")
    if url is None or urlsplit(source.url).scheme:
        return source
    # From the folder of the file that says so: an included file brings its own pages.
    return source.model_copy(update={"url": str(url.place.file.parent.absolute() / source.url)})
