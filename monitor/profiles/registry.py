"""All profiles by name: those written in Python, and those that a YAML file describes."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from monitor.profiles.profile import Profile

__all__ = ["PROFILES", "Profile", "with_built_in"]

_FOLDER = Path(__file__).parent / "builtin"
_IN_PYTHON = {
    "dhs-oig": "dhs_oig",
    "gao-csv": "gao_csv",
    "gao-recommendations": "gao",
    "hhs-oig-tracker": "hhs_oig",
    "va-oig": "va_oig",
}
# Of one site first: they know it better than those for pages of any site.
_OF_ONE_SITE = ("gao-reports", "oversight-gov", "oversight-gov-report")
_OF_ANY_SITE = ("csv", "csv-recommendations", "feed", "json", "page", "table", "table-recommendations")
_BUILT_IN = (*_IN_PYTHON, *_OF_ONE_SITE, *_OF_ANY_SITE)


class _Profiles(Mapping[str, Profile]):
    """Profiles of the user and those that come with the program, each loaded when it is first asked for."""

    def __init__(self, own: Mapping[str, Profile]) -> None:
        self._own = {name: profile for name, profile in own.items() if name not in _BUILT_IN}

    def __getitem__(self, name: str) -> Profile:
        return _loaded(name) if name in _BUILT_IN else self._own[name]

    def __contains__(self, name: object) -> bool:
        return name in _BUILT_IN or name in self._own

    def __iter__(self) -> Iterator[str]:
        return iter((*self._own, *_BUILT_IN))

    def __len__(self) -> int:
        return len(self._own) + len(_BUILT_IN)


@cache
def _loaded(name: str) -> Profile:
    if name in _IN_PYTHON:
        found: Profile = import_module(f"monitor.profiles.builtin.{_IN_PYTHON[name]}").PROFILE
        return found
    from monitor.domain import yaml_core  # noqa: PLC0415 - commands that only read need no profile
    from monitor.profiles.declarative.engine import described  # noqa: PLC0415
    from monitor.profiles.declarative.settings import ProfileSettings  # noqa: PLC0415

    text = (_FOLDER / f"{name.replace('-', '_')}.yaml").read_text("utf-8")
    return described(name, ProfileSettings.model_validate(yaml_core.load(text)))


PROFILES: Mapping[str, Profile] = _Profiles({})


def with_built_in(own: Mapping[str, Profile]) -> Mapping[str, Profile]:
    """Return the user's own profiles and the built-in ones by name; no own one replaces one of these."""
    return _Profiles(own)
