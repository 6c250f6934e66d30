"""The key `heartbeat`: the address at which the service reports that it is well."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from monitor.domain.network import is_web_address
from monitor.domain.settings import Strict


class HeartbeatSettings(Strict):
    """Where the service reports every minute, so that somebody else notices its silence."""

    url: SecretStr = Field(description="The address to ping; best as ${ENV}, for it is a secret.")
    allow_private: bool = Field(False, description="It may be on the local network.")

    @field_validator("url")
    @classmethod
    def _url_can_be_pinged(cls, value: SecretStr) -> SecretStr:
        if not is_web_address(value.get_secret_value()):
            # Without the value, which is a secret.
            raise ValueError("must be an http(s) URL with a host; the one that your heartbeat monitor shows")
        return value


def _as_mapping(value: Any) -> Any:
    """Read an address alone as the mapping that has it."""
    return {"url": value} if isinstance(value, str) else value


Heartbeat = Annotated[
    HeartbeatSettings, BeforeValidator(_as_mapping, json_schema_input_type=str | HeartbeatSettings)
]
