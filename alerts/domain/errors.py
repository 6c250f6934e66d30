"""What can go wrong between a recorded change and a reader.

AlertError
├── RenderError     a template cannot be rendered, or there is nothing to say
└── DeliveryError   a channel did not accept; permanent or worth another try

Messages never hold a channel's URL: only its name.
"""

from pathlib import Path


class AlertError(Exception):
    """A mistake or trouble with a sentence for the user; never shown as a traceback."""


class RenderError(AlertError):
    """A message cannot be rendered. `file` and `line` say where, if a template is at fault."""

    def __init__(self, message: str, file: Path | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.file, self.line = file, line


class TemplateBoundError(RenderError):
    """A template takes too many steps or makes too much text."""


class DeliveryError(AlertError):
    """A channel did not accept a message.

    `permanent` says that the same message will never be accepted; `retry_after` is the wait in seconds
    that the channel asked for. `of_channel` says that the channel itself is in trouble, whatever the message.
    """

    def __init__(
        self, message: str, *, permanent: bool, retry_after: float | None = None, of_channel: bool = False
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.of_channel = of_channel
