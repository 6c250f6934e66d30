"""The section `evidence`: who else is asked to confirm a packet, which nobody is unless it is written."""

from pydantic import Field, SecretStr, field_validator

from monitor.domain.network import is_web_address
from monitor.domain.settings import Strict


class EvidenceSettings(Strict):
    """Outside services that are asked when a packet is written."""

    time_stamp: SecretStr | None = Field(
        None, description="The address of a time-stamping authority (RFC 3161) that signs each packet's time."
    )
    wayback: bool = Field(False, description="Ask the Wayback Machine to save the pages of a packet.")
    allow_private: bool = Field(False, description="The authority may be on the local network.")

    @field_validator("time_stamp")
    @classmethod
    def _can_be_asked(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not is_web_address(value.get_secret_value()):
            # Without the value, which may hold a password.
            raise ValueError("must be an http(s) URL with a host, as in https://tsa.example.org/tsr")
        return value
