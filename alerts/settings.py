"""Topics, channels and digests as the user wrote them: their own validation and defaults.

References between sections (a topic's channels, a digest's topics) are checked where the whole file is
known, in service.watch_file.
"""

import re
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from monitor.settings import CronLine, Duration, Strict
from monitor.types import ChangeKind

Template = Literal["email", "slack", "markdown", "text"]
IMMEDIATELY = "immediately"


def as_list(value: object) -> object:
    """Let a user write one thing where a list is meant."""
    return [value] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(as_list)]
Names = Annotated[tuple[str, ...], BeforeValidator(as_list)]


class MatchSettings(Strict):
    """What a topic's words are: at least one of `any`, every one of `all`, none of `none`.

    A term is a word or phrase, `prefix*`, `/regex/`, one of these after `title:`, `agency:`, `status:` or
    `number:`, or a condition after `fy:`, `age:` or `priority:`. Without any term everything matches.
    """

    any: Words = ()
    all: Words = ()
    none: Words = ()


class TopicSettings(Strict):
    """What somebody cares about, and where it goes.

    `send` maps a rhythm ("immediately" or the name of a digest) to channels.
    """

    match: MatchSettings = MatchSettings()
    on: Annotated[tuple[ChangeKind, ...], BeforeValidator(as_list)] = Field(
        tuple(ChangeKind), description="Kinds of change; all when left out."
    )
    sources: Names | None = Field(None, description="Keys of sources; all when left out.")
    send: dict[str, Names] = Field(default_factory=dict)
    at_most: str = Field(
        "30/hour", description="Most messages to one recipient; what is above comes as an hourly summary."
    )

    @field_validator("at_most")
    @classmethod
    def _at_most_is_a_rate(cls, value: str) -> str:
        message_rate(value)
        return value


class ChannelSettings(Strict):
    """Where messages go: one or more Apprise URLs, each with one recipient or several."""

    to: Annotated[tuple[SecretStr, ...], BeforeValidator(as_list)] = Field(min_length=1)
    template: Template | None = Field(None, description="The face; chosen from the URL when left out.")
    purpose: Literal["readers", "operator"] = "readers"
    quiet: str | None = Field(None, description="Local hours in which messages wait: 22:00-07:00.")
    at_most: str | None = Field(None, description="Most messages in a time: 20/hour.")
    allow_private: bool = Field(False, description="A web service on the own network may be told.")
    give_up_after: Duration = Field(
        timedelta(days=3), description="How long to try before a message is dead."
    )

    @field_validator("quiet")
    @classmethod
    def _quiet_is_two_times(cls, value: str | None) -> str | None:
        if value is not None:
            quiet_hours(value)
        return value

    @field_validator("at_most")
    @classmethod
    def _at_most_is_a_rate(cls, value: str | None) -> str | None:
        if value is not None:
            message_rate(value)
        return value


def quiet_hours(text: str) -> tuple[time, time]:
    """Give the begin and end of quiet hours written as 22:00-07:00. Raises ValueError."""
    found = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*", text)
    if found:
        begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
        if max(begin_hour, end_hour) < 24 and max(begin_minute, end_minute) < 60:
            return time(begin_hour, begin_minute), time(end_hour, end_minute)
    raise ValueError(f"{text!r} are no quiet hours; write them as 22:00-07:00")


def message_rate(text: str) -> tuple[int, timedelta]:
    """Give the count and the window of a rate written as 20/hour. Raises ValueError."""
    windows = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
    found = re.fullmatch(r"\s*([1-9]\d{0,5})\s*/\s*(minute|hour|day)\s*", text)
    if not found:
        raise ValueError(f"{text!r} is no rate; write for example 20/hour, 5/minute or 100/day")
    return int(found[1]), windows[found[2]]


class DigestSettings(Strict):
    """A regular reading: when it is made, for whom, of which topics.

    Channels that topics name under this digest's name in their `send` get those topics too.
    """

    cron: CronLine = "0 8 * * mon"
    send_to: Names = ()
    topics: Literal["all"] | tuple[str, ...] = "all"
    heartbeat: bool = Field(False, description="Send it even when nothing happened.")

    @model_validator(mode="before")
    @classmethod
    def _one_topic_is_a_list(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("topics"), str) and data["topics"] != "all":
            return {**data, "topics": (data["topics"],)}
        return data
