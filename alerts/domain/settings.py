"""Topics, channels and digests as the user wrote them: their own validation and defaults.

References between sections (a topic's channels, a digest's topics) are checked where the whole file is
known, in service.watchfile.load.
"""

import re
from base64 import b64decode
from contextlib import suppress
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_serializer, field_validator, model_validator

from monitor.domain.settings import CronLine, Duration, Mistakes, Strict, Title, Whole, spelled
from monitor.domain.types import USUAL_KINDS, ChangeKind

Template = Literal["email", "slack", "teams", "discord", "markdown", "text"]
IMMEDIATELY = "immediately"
SIGNING_PREFIX = "whsec_"
_SHORTEST_SECRET = 16
_CHAT = re.compile(
    r"(?:.*\.)?(?:slack|slack-gov|discord|discordapp|office|logic\.azure|powerplatform)\.com", re.I
)
_NOT_ENCRYPTED = (
    "must begin with https, because events would cross the internet unencrypted; http is only for an"
    " address of your own network, with 'allow_private: true'"
)


# RFC 5321 without quoted local parts; the domain in letters, digits and hyphens.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAIL_ADDRESS = re.compile(rf"{_LOCAL}(?:\.{_LOCAL})*@{_LABEL}(?:\.{_LABEL})*")
_ADDRESSES = re.compile(r"[^\s,;:<>@]+@[^\s,;:<>@]+")  # as far as they can be told apart


def as_list(value: object) -> object:
    """Let a user write one thing where a list is meant."""
    return [value] if isinstance(value, str) else value


def _at_least_one(value: Any) -> Any:
    if value == ():
        raise ValueError("is empty, which matches nothing; leave it out for all")
    return value


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

    title: Title | None = Field(None, description="What readers call it; its name when left out.")
    match: MatchSettings = MatchSettings()
    on: Annotated[tuple[ChangeKind, ...], BeforeValidator(as_list)] = Field(
        USUAL_KINDS,
        description="Kinds of change; all but promise_passed, no_update and document_read when left out.",
    )
    no_update_months: Whole = Field(
        12, ge=1, le=120, description="Months without an update after which no_update is reported."
    )
    sources: Names | None = Field(None, description="Keys of sources; all when left out.")
    send: dict[str, Names] = Field(default_factory=dict)
    at_most: str = Field(
        "30/hour", description="Most messages to one recipient; what is above comes as an hourly summary."
    )
    remind_every: Duration | None = Field(
        None, description="Remind of open recommendations about which nothing was sent for this long: 30d."
    )

    was: str | None = Field(None, description="The topic's former name; what it sent counts as sent.")

    _names_something = field_validator("on", "sources")(_at_least_one)

    @field_serializer("remind_every", when_used="json-unless-none")
    def _remind_every_as_written(self, value: timedelta) -> str:
        return spelled(value)

    @model_validator(mode="after")
    def _reminders_go_somewhere(self) -> Self:
        if self.remind_every is None:
            return self
        if self.remind_every < timedelta(days=1):
            raise ValueError("remind_every is at least a day; write for example 30d")
        if not self.send.get(IMMEDIATELY):
            raise ValueError("remind_every says nothing here; name a channel under 'immediately' in 'send'")
        return self

    @field_validator("at_most")
    @classmethod
    def _at_most_is_a_rate(cls, value: str) -> str:
        message_rate(value)
        return value

    @model_validator(mode="after")
    def _months_are_asked_for(self) -> Self:
        if "no_update_months" in self.model_fields_set and ChangeKind.NO_UPDATE not in self.on:
            raise ValueError("no_update_months says nothing here; put no_update into 'on' as well")
        return self


def kinds_of(topic: TopicSettings) -> tuple[ChangeKind, ...]:
    """Return the kinds of change a topic matches.

    A recommendation that leaves the open list has a new status, even before its page says which. What looks
    inside new reports is also matched when a report's file is read later.
    """
    kinds = topic.on
    if ChangeKind.STATUS_CHANGED in kinds and ChangeKind.LEFT_LIST not in kinds:
        kinds = (*kinds, ChangeKind.LEFT_LIST)
    if ChangeKind.NEW_REPORT in kinds and ChangeKind.DOCUMENT_READ not in kinds and looks_inside(topic):
        kinds = (*kinds, ChangeKind.DOCUMENT_READ)
    return kinds


def looks_inside(topic: TopicSettings) -> bool:
    """Return whether a topic has a term for the text of documents."""
    return any(term.strip().casefold().startswith("text:") for term in terms_of(topic))


def terms_of(topic: TopicSettings) -> tuple[str, ...]:
    """Return every term of a topic, as it is written."""
    return (*topic.match.any, *topic.match.all, *topic.match.none)


class MailSettings(Strict):
    """A mail server in plain keys: no part needs percent-encoding."""

    host: str = Field(description="The server: mail.example.org or an IP address.")
    port: Whole | None = Field(
        None, ge=1, le=65535, description="587, 465 or 25 by `security` when left out."
    )
    user: str | None = None
    password: SecretStr | None = None
    sender: str = Field(alias="from", description="The address that mail comes from.")
    to: Words = Field(min_length=1, description="Who gets mail, each a mail of their own.")
    cc: Words = Field((), description="Who gets it as well; they too get a mail of their own.")
    security: Literal["starttls", "tls", "none"] = "starttls"

    @field_validator("host")
    @classmethod
    def _host_is_a_host(cls, value: str) -> str:
        if not re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*|\[?[0-9A-Fa-f]*(?::[0-9A-Fa-f.]*)+\]?", value):
            raise ValueError("must be a host alone, as in mail.example.org; its port goes into 'port'")
        return value.strip("[]")

    @field_validator("sender", "to", "cc")
    @classmethod
    def _addresses_are_addresses(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            if wrong := wrong_address(address, listed=True):
                raise ValueError(wrong)
        return value

    @model_validator(mode="after")
    def _logs_in_whole(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("'user' and 'password' go together; give both, or neither")
        return self

    @property
    def url(self) -> SecretStr:
        """The same as an Apprise URL."""
        mode, port = {"starttls": ("starttls", 587), "tls": ("ssl", 465), "none": ("insecure", 25)}[
            self.security
        ]
        login = ""
        if self.user and self.password:
            login = f"{quote(self.user, safe='')}:{quote(self.password.get_secret_value(), safe='')}@"
        host = f"[{self.host}]" if ":" in self.host else self.host
        named = [("from", (self.sender,)), ("to", self.to), ("cc", self.cc)]
        query = "&".join(f"{key}={quote(','.join(values), safe=',@')}" for key, values in named if values)
        scheme = "mailto" if self.security == "none" else "mailtos"
        return SecretStr(f"{scheme}://{login}{host}:{self.port or port}/?mode={mode}&{query}")


class WebhookSettings(Strict):
    """A program that gets events as signed JSON."""

    url: SecretStr = Field(description="Where they are posted: https://newsroom.example.org/hook.")
    secret: SecretStr = Field(
        description="What they are signed with: at least 16 characters, or whsec_ and base64."
    )

    @field_validator("url")
    @classmethod
    def _url_is_an_address(cls, value: SecretStr) -> SecretStr:
        # No sentence repeats the address: it may hold a secret.
        written = value.get_secret_value()
        try:
            parts = urlsplit(written)
            is_address = bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address or not re.fullmatch(r"https?://[!-~]+", written, re.IGNORECASE):
            raise ValueError("must be a web address, as in https://newsroom.example.org/hook")
        if _CHAT.fullmatch(parts.hostname or ""):
            raise ValueError(
                "is the address of a chat, which shows messages and no events; write it under 'to'"
            )
        return value

    @field_validator("secret")
    @classmethod
    def _secret_is_long(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value().removeprefix(SIGNING_PREFIX)) < _SHORTEST_SECRET:
            raise ValueError(f"must have at least {_SHORTEST_SECRET} characters, better 32 random ones")
        signing_key(value.get_secret_value())
        return value


def signing_key(secret: str) -> bytes:
    """Return the key that a webhook's secret stands for. Raises ValueError for one in a broken form.

    With whsec_ before it, it is base64, as the libraries of Standard Webhooks expect it.
    """
    if not secret.startswith(SIGNING_PREFIX):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(SIGNING_PREFIX), validate=True)
    except ValueError:
        raise ValueError(f"must be base64 after {SIGNING_PREFIX}; copy it again, to the end") from None


class ChannelSettings(Strict):
    """Where messages go: to people by mail or Apprise URLs, to programs as events by a webhook."""

    to: Annotated[tuple[SecretStr, ...], BeforeValidator(as_list)] = ()
    mail: MailSettings | None = Field(None, description="A mail server and who gets mail through it.")
    webhook: WebhookSettings | None = Field(None, description="A program that gets events as signed JSON.")
    title: Title | None = Field(None, description="What readers call it; its name when left out.")
    template: Template | None = Field(None, description="The face; chosen from the URL when left out.")
    was: str | None = Field(None, description="The channel's former name; what waits for it comes along.")
    purpose: Literal["readers", "operator"] = "readers"
    quiet: str | None = Field(None, description="Local hours in which messages wait: 22:00-07:00.")
    at_most: str | None = Field(None, description="Most messages in a time: 20/hour.")
    allow_private: bool = Field(False, description="Messages may go to a web service on the local network.")
    give_up_after: Duration = Field(
        timedelta(days=3), description="How long to try before a message is dead."
    )
    unsubscribe: str | None = Field(
        None, description="Where a reader of its mails asks to be left out: an e-mail address or a URL."
    )

    @property
    def urls(self) -> tuple[SecretStr, ...]:
        """Every URL of the channel through which people get messages, that of its mail server too."""
        return (*self.to, self.mail.url) if self.mail else self.to

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if not self.urls and self.webhook is None:
            raise ValueError(
                "reaches nobody; give it 'to' (one URL or several), 'mail' (a mail server) or 'webhook' (a"
                " program)"
            )
        return self

    @model_validator(mode="after")
    def _webhook_fits(self) -> Self:
        if self.webhook is None:
            return self
        if not self.urls and self.template:
            raise Mistakes([(("template",), "says nothing here; a webhook gets events as JSON")])
        if not self.allow_private and self.webhook.url.get_secret_value().lower().startswith("http:"):
            raise Mistakes([(("webhook", "url"), _NOT_ENCRYPTED)])
        return self

    @field_validator("unsubscribe")
    @classmethod
    def _unsubscribe_is_an_address(cls, value: str | None) -> str | None:
        if value is not None and unsubscribe_address(value, "") is None:
            raise ValueError("must be an e-mail address or an http(s) URL, as in watch@example.org")
        return value

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


def wrong_address(address: str, *, listed: bool = False) -> str | None:
    """Return what is wrong with a mail address, and what to write instead; None where mail can go to it.

    Several addresses are `listed` in the watch file, or else have commas between them.
    """
    if _MAIL_ADDRESS.fullmatch(address):
        return None
    inside = _ADDRESSES.findall(address)
    if len(inside) > 1:
        form = f"a list: [{', '.join(inside)}]" if listed else "a comma between two"
        return f"{address!r} is not one mail address; write {form}"
    if inside and inside != [address] and _MAIL_ADDRESS.fullmatch(inside[0]):
        return f"{address!r} is not a mail address alone; write {inside[0]}"
    local, _, domain = address.rpartition("@")
    with suppress(UnicodeError):
        if local.isascii() and not domain.isascii():
            return f"{address!r}: write its domain as {local}@{domain.encode('idna').decode()}"
    if not local.isascii():
        return f"{address!r} has a letter before the @ that mail servers do not take"
    return f"{address!r} is not a mail address; write one such as anna@example.org"


def unsubscribe_address(given: str, about: str) -> str | None:
    """Return the address of a mail's List-Unsubscribe header for an e-mail address or URL; else None.

    A mail written to it names what it is `about`.
    """
    if not given.isascii() or re.search(r"[\s<>,\"]", given):
        return None
    if re.fullmatch(r"https?://[^/]+.*", given):
        return given
    address = given.removeprefix("mailto:")
    if not re.fullmatch(r"[^@?&/]+@[^@?&/]+", address):
        return None
    return f"mailto:{quote(address, safe='@+')}?subject={quote(f'unsubscribe {about}'.strip())}"


def quiet_hours(text: str) -> tuple[time, time]:
    """Return the begin and end, never the same, of quiet hours written as 22:00-07:00. Raises ValueError."""
    found = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*", text)
    if found:
        begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
        if max(begin_hour, end_hour) < 24 and max(begin_minute, end_minute) < 60:
            begin, end = time(begin_hour, begin_minute), time(end_hour, end_minute)
            if begin == end:
                raise ValueError(f"{text!r} end when they begin; write two times, or leave 'quiet' out")
            return begin, end
    raise ValueError(f"{text!r} are not quiet hours; write them as 22:00-07:00")


def message_rate(text: str) -> tuple[int, timedelta]:
    """Return the count and the window of a rate written as 20/hour. Raises ValueError."""
    windows = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
    found = re.fullmatch(r"\s*([1-9]\d{0,5})\s*/\s*(minute|hour|day)\s*", text)
    if not found:
        raise ValueError(f"{text!r} is not a rate; write for example 20/hour, 5/minute or 100/day")
    return int(found[1]), windows[found[2]]


class DigestSettings(Strict):
    """A regular reading: when it is made, for whom, of which topics.

    Channels that topics name under this digest's name in their `send` get those topics too.
    """

    cron: CronLine = "0 8 * * mon"
    send_to: Names = ()
    topics: Literal["all"] | tuple[str, ...] = "all"
    heartbeat: bool = Field(False, description="Send it even when nothing happened.")
    was: str | None = Field(None, description="The digest's former name; it goes on where that one ended.")

    _names_something = field_validator("topics")(_at_least_one)

    @model_validator(mode="before")
    @classmethod
    def _one_topic_is_a_list(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("topics"), str) and data["topics"] != "all":
            return {**data, "topics": (data["topics"],)}
        return data
