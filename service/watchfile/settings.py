"""The watch file as a whole: what each part must be, and its defaults.

The parts validate themselves (monitor.domain.settings, alerts.domain.settings); reading the file is
service.watchfile.load.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, InstanceOf, field_validator
from pydantic.json_schema import SkipJsonSchema

from alerts.domain.display import Display
from alerts.domain.settings import ChannelSettings, DigestSettings, TopicSettings
from monitor.domain.network import PROXY_FORM, is_proxy, shown_address
from monitor.domain.settings import DEFAULT, USUAL_REQUESTS, SourceSettings, Strict, duration
from monitor.domain.text import nearest
from monitor.profiles.profile import Profile
from service.watchfile.evidence import EvidenceSettings
from service.watchfile.heartbeat import Heartbeat
from service.watchfile.reading_room import ReadingRoomSettings

SECTIONS: dict[str, type[Strict]] = {
    "sources": SourceSettings,
    "channels": ChannelSettings,
    "topics": TopicSettings,
    "digests": DigestSettings,
}

# Rhythms a topic may send at without a digest of that name being written.
DEFAULT_DIGESTS = {
    "daily": DigestSettings.model_validate({"cron": "0 8 * * *"}),
    "weekly": DigestSettings.model_validate({"cron": "0 8 * * mon"}),
    "monthly": DigestSettings.model_validate({"cron": "0 8 1 * *"}),
}

_SQLITE = "sqlite:///"
_PSYCOPG = "postgresql+psycopg"
_POSTGRES = re.compile(r"postgres(ql)?(\+\w+)?:")
_POSTGRES_PARTS = re.compile(
    r"postgres(?:ql)?(?:\+psycopg)?://"
    r"(?P<rest>(?:[^@/:?#\s]+(?::[^@/:?#\s]*)?@)?"  # user and password
    r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])?(?::\d{1,5})?/[^/?#\s]+)"  # host, port and name
    r"(?P<options>\?[^#\s]*)?"
)
_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|https?://[^\s/]+\S*")


def _keep(value: Any) -> Any:
    """Read a length of time, or "forever"."""
    return None if value is None or value == "forever" else duration(value)


def _requests(value: Any) -> Any:
    """Read one number for every host as a number for the hosts that are not named."""
    return value if isinstance(value, dict) else {DEFAULT: value}


Requests = Annotated[
    dict[str, Annotated[int, Field(ge=1, le=1_000_000)]],
    BeforeValidator(_requests, json_schema_input_type=int | dict[str, int]),
]


Keep = Annotated[timedelta | None, BeforeValidator(_keep)]


class KeepSettings(Strict):
    """How long to keep pages that no change refers to; records, changes and evidence are kept forever."""

    snapshots: Keep = Field(timedelta(days=400), description="Pages that no change refers to; or forever.")
    checks: Keep = Field(timedelta(days=400), description="Checks that found nothing; or forever.")
    attempts: Keep = Field(timedelta(days=400), description="Failed attempts to deliver; or forever.")


class Basics(Strict):
    """The keys of a watch file outside its sections."""

    time_zone: str = Field("UTC", description="The zone of schedules and quiet hours: America/New_York.")
    database: str = Field(
        f"{_SQLITE}oversight-watch.db",
        description="Where history is kept.",
        repr=False,  # may hold a password
    )
    contact: str | None = Field(
        None, description="An e-mail address or URL, sent to the sites we check so they can contact you."
    )
    proxy: str | None = Field(
        None,
        description="The proxy for pages: http://proxy.example.org:3128; by default the environment's.",
        repr=False,  # may hold a password
    )
    ca_file: Path | None = Field(
        None, description="Certificates to trust in addition to the public ones, in PEM form."
    )
    requests_per_day: Requests = Field(
        default_factory=lambda: {DEFAULT: USUAL_REQUESTS},
        description="Most requests to one host in a UTC day: one number, or one per host.",
    )
    digest_folder: Path = Field(Path("digests"), description="Where digests are saved as HTML files.")
    inbox: Path = Field(Path("inbox"), description="The folder for pages that are saved by hand.")
    templates: Path | None = Field(None, description="A folder of templates that replace ours.")
    profile_folder: Path | None = Field(None, description="A folder of profiles of your own.")
    keep: KeepSettings = Field(
        default_factory=lambda: KeepSettings.model_validate({}),
        description="How long to keep pages and checks that no change refers to.",
    )
    reading_room: ReadingRoomSettings = Field(
        default_factory=lambda: ReadingRoomSettings.model_validate({}),
        description="The web pages: where they listen and who may read them.",
    )
    evidence: EvidenceSettings = Field(
        default_factory=lambda: EvidenceSettings.model_validate({}),
        description="Who else confirms a packet of evidence.",
    )
    heartbeat: Heartbeat | None = Field(
        None, description="An address to ping while all is well, so that silence is noticed."
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, KeyError, OSError):
            near = nearest(value, sorted(available_timezones()))
            meant = f"did you mean {near!r}? " if near else ""
            said = f"{value!r} is not a time zone; {meant}US Eastern time is America/New_York"
            raise ValueError(said) from None
        return value

    @field_validator("database")
    @classmethod
    def _can_store(cls, value: str) -> str:
        return database_url(value)

    @field_validator("proxy")
    @classmethod
    def _is_usable_proxy(cls, value: str | None) -> str | None:
        if value is not None and not is_proxy(value):
            # Without the value, which may hold a password.
            raise ValueError(f"is not the address of a proxy: {PROXY_FORM}")
        return value

    @field_validator("contact")
    @classmethod
    def _can_be_reached(cls, value: str | None) -> str | None:
        # It goes into a header of every request.
        if value is not None and not (_CONTACT.fullmatch(value) and value.isascii() and value.isprintable()):
            raise ValueError("must be an e-mail address or an http(s) URL, as in watch@example.org")
        return value


class WatchFile(Basics):
    """A whole watch file, valid in itself: every name it uses is defined, every path is absolute."""

    sources: dict[str, SourceSettings] = Field(min_length=1, description="The sources to check.")
    channels: dict[str, ChannelSettings] = Field(default_factory=dict, description="Where messages go.")
    topics: dict[str, TopicSettings] = Field(
        default_factory=dict, description="Which changes to send, and where."
    )
    digests: dict[str, DigestSettings] = Field(default_factory=dict, description="Scheduled digests.")
    profiles: SkipJsonSchema[dict[str, InstanceOf[Profile]]] = Field(
        default_factory=dict, description="The user's own, by name."
    )
    habits: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="By source, the settings that its profile gives."
    )
    files: tuple[Path, ...] = Field((), description="The files it was read from, the main one first.")
    left_out: tuple[str, ...] = Field((), description="Mistakes in what commands that only read do without.")

    def digest(self, name: str) -> DigestSettings | None:
        """Return a digest as written, or the built-in daily, weekly or monthly one; None for another name."""
        return self.digests.get(name) or DEFAULT_DIGESTS.get(name)

    @property
    def web_addresses(self) -> dict[str, str]:
        """Return the web address of each source that has one, without any secret in it."""
        shown = {key: shown_address(source.url) for key, source in self.sources.items()}
        return {key: address for key, address in shown.items() if address}

    @property
    def display(self) -> Display:
        """Return the titles of topics, channels and sources, and where the reading room is."""
        return Display(
            topics=_titles(self.topics),
            channels=_titles(self.channels),
            sources=_titles(self.sources),
            reading_room=self.reading_room.url,
        )


def _titles(some: Mapping[str, TopicSettings | ChannelSettings | SourceSettings]) -> dict[str, str]:
    return {name: one.title for name, one in some.items() if one.title}


def database_url(written: str) -> str:
    """Return a database's URL as the program uses it. Raises ValueError, which never quotes it."""
    if _POSTGRES.match(written):
        return _postgres_url(written)
    if not written.startswith(_SQLITE) or written.removeprefix(_SQLITE) in ("", ":memory:"):
        raise ValueError(
            f"must be {_SQLITE} and a file, as in {_SQLITE}oversight-watch.db,"
            " or the URL of a PostgreSQL database"
        )
    return written


def _postgres_url(written: str) -> str:
    """Check what can be checked without a server: a password cut in two would be taken for the host."""
    found = _POSTGRES_PARTS.fullmatch(written)
    if not found or "password" in (found["options"] or ""):
        raise ValueError(
            f"must be {_PSYCOPG}:// and then USER:PASSWORD@HOST:PORT/NAME; in the password,"
            " write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25"
        )
    return f"{_PSYCOPG}://{found['rest']}{found['options'] or ''}"


def relative_to(folder: Path, database: str) -> str:
    """Return the database URL with a relative path made absolute from `folder`."""
    if not database.startswith(_SQLITE):
        return database
    return f"{_SQLITE}{folder.absolute() / database.removeprefix(_SQLITE)}"
