"""One mail to one address: built so that any mail program reads it, sent over SMTP with its answer kept.

Knows nothing of Apprise: the composition of a mail URL comes in as a `MailRoute`.
"""

import binascii
import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from functools import cache
from typing import Any, Literal

from alerts.channels.egress import noted
from alerts.domain.errors import DeliveryError
from alerts.domain.messages import Message
from alerts.language.escape import clean, one_line

_OUR_DOMAIN = "oversight-watch.local"  # where the sender's address has no domain
_LONGEST_SUBJECT = 250
_LONGEST_LINE = 900
_LONGEST_SESSION = 1_000_000  # bytes that a mail server may say
# The server may have taken the mail and its answer been lost: give it time before asking again.
UNKNOWN_WAIT = 600.0
# Answers to any command that are about the login, the session or what the server can do: RFC 4954, RFC 5321.
_OF_SESSION = frozenset({421, 500, 502, 503, 530, 534, 535, 538})
# Of our address, login, sender or pace: servers often say so only when they hear of a recipient.
_NOT_OF_MESSAGE = re.compile(
    r"\brelay(?:ing|ed)?\b(?! recipient)|not (?:logged in|authenticated)|authentication|unauthenticated"
    r"|\b(?:spf|dkim|dmarc)\b|client host|helo command rejected|sender address rejected|send ?as ?denied"
    r"|\b(?:spamhaus|dnsbl|rbl)\b|\b(?:ip|host)\b.{,80}\b(?:block|blacklist|bann|listed)"
    r"|\b(?:block|blacklist|bann)\w*\b.{,40}\b(?:ip|host)\b|too many (?:messages|mails|emails|connections)"
    r"|\b(?:sending|daily|hourly|outgoing|outbound)\b.{,20}\b(?:limit|quota)",
    re.IGNORECASE,
)
_OUR_HEADERS = frozenset(
    {
        "auto-submitted",
        "bcc",
        "cc",
        "content-transfer-encoding",
        "content-type",
        "date",
        "from",
        "in-reply-to",
        "list-id",
        "message-id",
        "mime-version",
        "references",
        "reply-to",
        "subject",
        "to",
    }
)


@dataclass(frozen=True, slots=True)
class MailRoute:
    """How a mail leaves: the server, how it is talked to, and as whom."""

    host: str
    port: int
    secure: Literal["insecure", "starttls", "ssl"]
    sender: str
    sender_name: str = ""
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    reply_to: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    unsubscribe: str | None = None  # a mailto: or http(s) address
    verify: bool = True
    timeout: float = 15.0


class _Policy(EmailPolicy):
    """Encodes subject and sender as a whole: Python's own folding loses blanks between encoded words."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name in ("Subject", "From") and not str(value).isascii():
            (sender,) = getattr(value, "addresses", None) or (None,)
            coded = (
                formataddr((sender.display_name, sender.addr_spec))
                if sender
                else Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
            )
            return f"{name}: {coded}{self.linesep}".encode("ascii")
        if name == "List-Unsubscribe" and str(value).isascii() and len(value) < _LONGEST_LINE:
            # Folded, it would begin with an empty line, which not every mail program reads on from.
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n")


def build_mail(route: MailRoute, recipient: str, message: Message) -> EmailMessage:
    """Write the mail: our text and HTML side by side, exactly one Message-ID, no line too long for SMTP.

    Raises DeliveryError where an address is not valid in a header.
    """
    mail = EmailMessage(policy=_POLICY)
    try:
        mail["From"] = Address(one_line(route.sender_name), addr_spec=route.sender)
        mail["To"] = Address(addr_spec=recipient)
        if route.reply_to:
            mail["Reply-To"] = [Address(addr_spec=address) for address in route.reply_to]
    except (ValueError, MessageError, IndexError) as error:
        raise DeliveryError(f"an address is not valid: {error}", permanent=True) from error
    domain = route.sender.rpartition("@")[2] or _OUR_DOMAIN
    mail["Subject"] = one_line(message.subject)[:_LONGEST_SUBJECT]
    mail["Date"] = format_datetime(message.date or datetime.now(UTC))
    mail["Message-ID"] = f"<{message.identity}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.references:
        earlier = [f"<{one_line(identity)}@{domain}>" for identity in message.references]
        mail["References"] = " ".join(earlier)
        # Some mail programs follow only this one.
        mail["In-Reply-To"] = earlier[-1]
    if message.list_id:
        mail["List-Id"] = f"<{one_line(message.list_id).strip('<>')}>"
    given = {name.lower() for name in route.headers}
    asked = [f"<{one_line(one)}>" for one in (message.unsubscribe, route.unsubscribe) if one]
    if asked and "list-unsubscribe" not in given:
        mail["List-Unsubscribe"] = ", ".join(asked)
        if message.unsubscribe:
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for name, value in route.headers.items():
        if name.lower() not in _OUR_HEADERS:
            mail[one_line(name)] = one_line(value)
    # Quoted-printable whatever the text is: no line is long, and no relay has to recode it.
    mail.set_content(clean(message.text), cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(clean(message.html), subtype="html", cte="quoted-printable")
    return mail


def send_mail(route: MailRoute, recipient: str, message: Message) -> None:
    """Hand one mail to the server; return once it was accepted.

    Raises DeliveryError with the server's own words: permanent for 5xx, worth another try for 4xx, a
    refused connection, silence, and whatever the server says before it has heard of the message.
    """
    mail = build_mail(route, recipient, message).as_bytes()
    try:
        with _session(route) as server:
            _sender_accepted(server.mail(route.sender), route.sender)
            _accepted(server.rcpt(recipient))
            _hand_over(server, mail)
    except smtplib.SMTPResponseException as error:
        _accepted((error.smtp_code, error.smtp_error))
        raise DeliveryError(f"the mail server broke off: {error}", permanent=False) from error
    except UnicodeEncodeError as error:
        raise DeliveryError(
            "a mail address must be plain ASCII; write its domain in xn-- form", permanent=True
        ) from error
    except smtplib.SMTPServerDisconnected as error:
        raise DeliveryError("the mail server ended the connection too soon", permanent=False) from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(
            f"could not connect to the mail server ({_in_words(error)}); check its host and port",
            permanent=False,
        ) from error


def log_in(route: MailRoute) -> None:
    """Open a session as for a mail, and end it. Raises DeliveryError with the server's own words."""
    try:
        with _session(route) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(
            f"could not connect to the mail server {route.host}:{route.port} ({_in_words(error)})",
            permanent=False,
        ) from error


class _Connection:
    """An SMTP connection that is closed whatever happens; a farewell that fails does not count."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def __enter__(self) -> smtplib.SMTP:
        return self._server

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with suppress(OSError, smtplib.SMTPException):
            # After silence a farewell would only wait for the time-out again.
            if kind is None or not issubclass(kind, OSError):
                self._server.quit()
        self._server.close()


class _Utf8(str):
    """Text that smtplib encodes for a login: it knows ASCII only, and passwords know more."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:  # noqa: ARG002
        return super().encode("utf-8", errors)


class _BoundedFile:
    """What a mail server says, read up to a bound: its answer may have lines without end."""

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, _LONGEST_SESSION

    def readline(self, size: int) -> bytes:
        line: bytes = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("its answer has no end")
        return line

    def close(self) -> None:
        self._file.close()


class _SMTP(smtplib.SMTP):
    """Logs in with any user and password, can be cut, and reads answers up to a bound."""

    def _get_socket(self, *args: Any) -> Any:
        return noted(super()._get_socket(*args))  # type: ignore[misc]

    def getreply(self) -> tuple[int, bytes]:
        """Return the server's answer."""
        if self.file is None and self.sock:
            self.file = _BoundedFile(self.sock.makefile("rb"))
        return super().getreply()

    def auth_plain(self, challenge: object = None) -> str:  # noqa: ARG002
        """Return the answer to the server's challenge."""
        return _Utf8(f"\0{self.user}\0{self.password}")


class _SMTPS(_SMTP, smtplib.SMTP_SSL):
    pass


# Reading all certificates takes longer than sending a mail, so a process does it once.
@cache
def _trusting(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _connected(route: MailRoute) -> _Connection:
    if route.secure == "ssl":
        server: smtplib.SMTP = _SMTPS(
            route.host, route.port, timeout=route.timeout, context=_trusting(verify=route.verify)
        )
    else:
        server = _SMTP(route.host, route.port, timeout=route.timeout)
    try:
        if route.secure == "starttls":
            server.starttls(context=_trusting(verify=route.verify))
        server.ehlo_or_helo_if_needed()
        if route.user and route.password:
            server.login(_Utf8(route.user), _Utf8(route.password))
    except BaseException:
        server.close()
        raise
    return _Connection(server)


def _session(route: MailRoute) -> _Connection:
    """Return an open session. What the server says of it is not about any message: they wait."""
    try:
        return _connected(route)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPResponseException as error:
        said = f"the mail server refused the session: {_in_reply(error.smtp_code, error.smtp_error)}"
    # It knows no way to log in that we know, or garbles what it asks by CRAM-MD5.
    except (smtplib.SMTPException, binascii.Error) as error:
        said = f"the mail server cannot do what the channel asks: {one_line(str(error))}"
    raise DeliveryError(said, permanent=False, of_channel=True) from None


def _hand_over(server: smtplib.SMTP, mail: bytes) -> None:
    """Send the mail. Only after its last line may the server have taken it."""
    code, said = server.docmd("DATA")
    if code != 354:
        raise smtplib.SMTPDataError(code, said)
    server.send(re.sub(rb"(?m)^\.", b"..", mail).removesuffix(b"\r\n") + b"\r\n.\r\n")
    try:
        reply = server.getreply()
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise DeliveryError(
            "the mail server fell silent after it was given the mail, and may have taken it"
            f" ({_in_words(error)})",
            permanent=False,
            retry_after=UNKNOWN_WAIT,
        ) from error
    _accepted(reply)


def _sender_accepted(reply: tuple[int, bytes | str], sender: str) -> None:
    code, said = reply
    if 500 <= code < 600 and code not in _OF_SESSION:  # it would refuse any message
        refused = f"the mail server does not accept mail from {sender}: {_in_reply(code, said)}"
        raise DeliveryError(refused, permanent=False, of_channel=True)
    _accepted(reply)


def _accepted(reply: tuple[int, bytes | str]) -> None:
    code, said = reply
    if 200 <= code < 300:
        return
    refused = 500 <= code < 600
    of_channel = code in _OF_SESSION or (refused and bool(_NOT_OF_MESSAGE.search(_in_reply(code, said))))
    raise DeliveryError(
        f"the mail server said {_in_reply(code, said)}",
        permanent=refused and not of_channel,
        of_channel=of_channel,
    )


def _in_reply(code: int, said: bytes | str) -> str:
    return f"{code} {one_line(said.decode('utf-8', 'replace') if isinstance(said, bytes) else said)}".rstrip()


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(str(error)) or type(error).__name__
