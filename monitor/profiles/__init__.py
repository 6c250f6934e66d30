"""The kinds of page that can be read, by name."""

from collections.abc import Mapping

from monitor.profiles import dhs_oig, gao_recommendations
from monitor.profiles.profile import Profile

PROFILES: Mapping[str, Profile] = {
    profile.name: profile for profile in (dhs_oig.PROFILE, gao_recommendations.PROFILE)
}

__all__ = ["PROFILES", "Profile"]
