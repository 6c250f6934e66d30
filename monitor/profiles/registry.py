"""All profiles by name: those written in Python, and those that a YAML file describes."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from monitor.profiles.profile import Profile

__all__ = ["PROFILES", "Profile"]

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


class _BuiltIn(Mapping[str, Profile]):
    """The profiles that come with the program, each loaded when it is first asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Profile] = {}

    def __getitem__(self, name: str) -> Profile:
        if name not in self._loaded:
            self._loaded[name] = _loaded(name)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in _IN_PYTHON or name in _OF_ONE_SITE or name in _OF_ANY_SITE

    def __iter__(self) -> Iterator[str]:
        return iter((*_IN_PYTHON, *_OF_ONE_SITE, *_OF_ANY_SITE))

    def __len__(self) -> int:
        return len(_IN_PYTHON) + len(_OF_ONE_SITE) + len(_OF_ANY_SITE)


def _loaded(name: str) -> Profile:
    if name in _IN_PYTHON:
        found: Profile = import_module(f"monitor.profiles.builtin.{_IN_PYTHON[name]}").PROFILE
        return found
    if name not in (*_OF_ONE_SITE, *_OF_ANY_SITE):
        raise KeyError(name)
    from monitor.domain import yaml_core  # noqa: PLC0415 - commands that only read need no profile
    from monitor.profiles.declarative.engine import described  # noqa: PLC0415
    from monitor.profiles.declarative.settings import ProfileSettings  # noqa: PLC0415

    text = (_FOLDER / f"{name.replace('-', '_')}.yaml").read_text("utf-8")
    return described(name, ProfileSettings.model_validate(yaml_core.load(text)))


PROFILES: Mapping[str, Profile] = _BuiltIn()
