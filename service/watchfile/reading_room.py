"""The section `reading_room`: where the web pages listen, and what lets people in."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from monitor.domain.errors import OversightError
from monitor.domain.plain_files import read_file
from monitor.domain.settings import Strict

_LISTEN = re.compile(r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:]+\]):(?P<port>\d{1,5})")
_SHORTEST_TOKEN = 16
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")


def is_loopback_name(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class ProxySettings(Strict):
    """A reverse proxy that has already asked who somebody is."""

    address: str = Field(description="The address from which the proxy connects; nobody else is believed.")
    header: str = Field("X-Forwarded-User", description="The header in which it gives the name.")
    admins: tuple[str, ...] = Field((), description="Names that may also change things.")

    @field_validator("address")
    @classmethod
    def _address_is_one(cls, value: str) -> str:
        try:
            return str(ip_address(value))
        except ValueError:
            raise ValueError(
                f"{value!r} is not an IP address; write the one that the proxy connects from"
            ) from None

    @field_validator("header")
    @classmethod
    def _header_is_one(cls, value: str) -> str:
        if not _HEADER.fullmatch(value):
            raise ValueError(f"{value!r} is not the name of a header")
        return value


def _off(value: Any) -> Any:
    """Read YAML's off, which is False, as the word."""
    return "off" if value is False else value


class ReadingRoomSettings(Strict):
    """Where the reading room listens and who is let in."""

    listen: Annotated[str | Literal["off"], BeforeValidator(_off)] = Field(
        "127.0.0.1:8517", description="Host and port; off to serve no pages from `run`."
    )
    url: str | None = Field(None, description="The address that readers use, for links in messages.")
    read_token: SecretStr | None = Field(None, description="Lets people read; best as ${ENV}.")
    admin_token: SecretStr | None = Field(None, description="Lets people read and change; best as ${ENV}.")
    read_token_file: Path | None = Field(None, description="A file that holds the read token.")
    admin_token_file: Path | None = Field(None, description="A file that holds the admin token.")
    proxy: ProxySettings | None = Field(None, description="A reverse proxy that signs people in.")

    @field_validator("listen")
    @classmethod
    def _listens_somewhere(cls, value: str) -> str:
        found = _LISTEN.fullmatch(value)
        if value != "off" and not (found and 0 < int(found["port"]) < 65536):
            raise ValueError(f"{value!r} is not a host and a port; write for example 127.0.0.1:8517, or off")
        return value

    @field_validator("url")
    @classmethod
    def _url_is_one(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[\w.\-:\[\]]+(/[^\s?#]*)?", value):
            raise ValueError(f"{value!r} is not a web address; write for example https://watch.example.org")
        return value.rstrip("/") if value else value

    @field_validator("read_token", "admin_token")
    @classmethod
    def _token_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and (wrong := _wrong_token(value.get_secret_value())):
            raise ValueError(wrong)
        return value

    @model_validator(mode="after")
    def _each_token_is_given_once(self) -> Self:
        for name in ("read_token", "admin_token"):
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"give '{name}' or '{name}_file', not both")
        return self

    def in_folder(self, folder: Path) -> Self:
        """Return the same with the paths of its files absolute."""
        named = ("read_token_file", "admin_token_file")
        return self.model_copy(
            update={name: folder / file for name in named if (file := getattr(self, name))}
        )

    @property
    def host(self) -> str:
        """Return the host to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Return the port to listen on."""
        return int(self.listen.rpartition(":")[2])

    def token(self, kind: Literal["read", "admin"]) -> str | None:
        """Return a token, also from its file. Raises OversightError for a file that cannot be used."""
        given: SecretStr | None = getattr(self, f"{kind}_token")
        file: Path | None = getattr(self, f"{kind}_token_file")
        if file is None:
            return given.get_secret_value() if given else None
        try:
            token = read_file(file).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise OversightError(f"the file of the {kind} token, {file}, cannot be read: {error}") from error
        if wrong := _wrong_token(token):
            raise OversightError(f"the file of the {kind} token, {file}, holds a token that {wrong}")
        return token

    def refuse_open_door(self) -> None:
        """Raise OversightError where other machines could read without signing in."""
        if not is_loopback_name(self.host) and not (self.token("read") or self.token("admin") or self.proxy):
            raise OversightError(
                f"the reading room would listen on {self.listen}, where others can reach it, without asking"
                " who they are; set read_token and admin_token under 'reading_room', or listen on 127.0.0.1"
            )


def _wrong_token(token: str) -> str | None:
    if len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        return f"must have at least {_SHORTEST_TOKEN} letters, digits or signs, without spaces"
    return None
