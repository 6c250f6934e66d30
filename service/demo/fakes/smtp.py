"""Enough of SMTP (RFC 5321) to take a mail from a client on this machine."""

from collections.abc import Callable
from socketserver import StreamRequestHandler
from typing import Protocol

_LONGEST_LINE = 1_000_000  # ours have long headers; a client that sends more is cut off
_HANG_UP = "421"  # a reply of this code ends the connection unsaid


class Mailbox(Protocol):
    """Who decides on recipients and mails; each answer is an SMTP reply such as "250 2.0.0 OK"."""

    def offered(self, recipient: str) -> str:
        """Return the reply to RCPT."""

    def taken(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        """Return the reply to a whole mail; 421 hangs up without one."""


class SmtpHandler(StreamRequestHandler):
    """One connection: a greeting, then a command a line until QUIT."""

    mailbox: Mailbox

    def handle(self) -> None:
        """Answer every command in its order."""
        commands: dict[str, Callable[[str], str]] = {
            "HELO": lambda _: "250 localhost",
            "EHLO": lambda _: "250-localhost\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "NOOP": lambda _: "250 2.0.0 OK",
            "RSET": self._reset,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
        }
        self._reset("")
        self._say("220 localhost ready")
        while (line := self.rfile.readline(_LONGEST_LINE)).endswith(b"\n"):
            word, _, rest = line.decode(errors="replace").strip().partition(" ")
            if word.upper() == "QUIT":
                self._say("221 2.0.0 Bye")
                return
            command = commands.get(word.upper())
            reply = command(rest) if command else "502 5.5.2 this command is not known here"
            if reply.startswith(_HANG_UP):
                return
            self._say(reply)

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())

    def _reset(self, _rest: str) -> str:
        self._sender: str | None = None
        self._recipients: list[str] = []
        return "250 2.0.0 OK"

    def _mail(self, rest: str) -> str:
        if self._sender is not None:
            return "503 5.5.1 one MAIL at a time"
        if not rest.upper().startswith("FROM:"):
            return "501 5.5.4 write MAIL FROM:<address>"
        self._sender = _address(rest)
        return "250 2.0.0 OK"

    def _rcpt(self, rest: str) -> str:
        if self._sender is None:
            return "503 5.5.1 MAIL comes first"
        if not rest.upper().startswith("TO:"):
            return "501 5.5.4 write RCPT TO:<address>"
        reply = self.mailbox.offered(_address(rest))
        if reply.startswith("250"):
            self._recipients.append(_address(rest))
        return reply

    def _data(self, _rest: str) -> str:
        if self._sender is None or not self._recipients:
            return "503 5.5.1 RCPT comes first"
        self._say("354 end with a line that holds a dot only")
        lines = []
        while (line := self.rfile.readline(_LONGEST_LINE)) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if not line:
            return _HANG_UP  # cut off within the mail: it never came
        sender, recipients = self._sender, tuple(self._recipients)
        self._reset("")
        return self.mailbox.taken(sender, recipients, b"".join(lines))


def _address(rest: str) -> str:
    """Return what is between the angle brackets."""
    return rest.partition("<")[2].partition(">")[0]
