"""All profiles by name: those written in Python, and those that a YAML file describes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from monitor.domain import yaml_core
from monitor.profiles.builtin import dhs_oig, gao_csv, hhs_oig, va_oig
from monitor.profiles.builtin import gao as gao_recommendations
from monitor.profiles.declarative.engine import described
from monitor.profiles.declarative.hooks import Hook
from monitor.profiles.declarative.settings import ProfileSettings
from monitor.profiles.profile import Profile

__all__ = ["PROFILES", "Hook", "Profile", "ProfileSettings", "described"]


def _built_in() -> Iterator[Profile]:
    """Yield the profiles of the built-in YAML files, those for one site first: they know it better."""
    paths = sorted((Path(__file__).parent / "builtin").glob("*.yaml"))
    read = [(path, ProfileSettings.model_validate(yaml_core.load(path.read_text("utf-8")))) for path in paths]
    for path, settings in sorted(read, key=lambda one: not one[1].recognise.hosts):
        yield described(path.stem.replace("_", "-"), settings)


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        dhs_oig.PROFILE,
        gao_csv.PROFILE,
        gao_recommendations.PROFILE,
        hhs_oig.PROFILE,
        va_oig.PROFILE,
        *_built_in(),
    )
}
