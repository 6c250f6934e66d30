"""The kinds of page that can be read, by name: those in Python, and those that a YAML file describes."""

from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML

from monitor.profiles import dhs_oig, gao_recommendations
from monitor.profiles.described import described
from monitor.profiles.hooks import Hook
from monitor.profiles.profile import Profile
from monitor.profiles.profile_settings import ProfileSettings

__all__ = ["PROFILES", "Hook", "Profile", "ProfileSettings", "described"]


def _read(path: Path) -> Profile:
    settings = ProfileSettings.model_validate(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))
    return described(path.stem.replace("_", "-"), settings)


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        dhs_oig.PROFILE,
        gao_recommendations.PROFILE,
        *map(_read, sorted(Path(__file__).parent.glob("*.yaml"))),
    )
}
