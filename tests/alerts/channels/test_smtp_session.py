"""What a mail server says of the session concerns no message: it waits, and the operator is notified."""

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from service.demo.fakes.receivers import WebhookServer
from tests.alerts.outbox_world import World


class _Script:
    """The server's greeting and its answers by command; anything else is answered 250."""

    def __init__(self, **answers: str) -> None:
        self.answers = {
            "GREETING": "220 here",
            "AUTH": "235 in",
            "DATA": "354 go on",
            "QUIT": "221 bye",
            **answers,
        }
        self.mails = 0
        self.logins: list[str] = []

    def talk(self, handler: socketserver.StreamRequestHandler) -> None:
        def say(text: str) -> None:
            handler.wfile.write(f"{text}\r\n".encode())

        say(self.answers["GREETING"])
        while line := handler.rfile.readline().decode():
            word = line.split()[0].upper()
            if word == "AUTH":
                self.logins.append(line.split()[-1])
            if self.answers.get(word) == "cut":
                return
            say(self.answers.get(word, "250-here\r\n250 AUTH PLAIN" if word == "EHLO" else "250 fine"))
            if word == "DATA" and self.answers["DATA"].startswith("354"):
                while handler.rfile.readline() != b".\r\n":
                    pass
                self.mails += 1
                if self.answers.get("TAKEN") == "cut":
                    return
                say(self.answers.get("TAKEN", "250 taken"))


@contextmanager
def served(script: _Script) -> Iterator[int]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            script.talk(self)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"AUTH": "535 5.7.8 wrong password"}, "refused the session: 535 5.7.8 wrong password"),
        ({"GREETING": "554 no service today"}, "refused the session: 554 no service today"),
        ({"EHLO": "501 what name is that", "HELO": "501 what name is that"}, "501 what name is that"),
        ({"MAIL": "530 5.7.0 log in first"}, "said 530 5.7.0 log in first"),
        ({"MAIL": "553 5.7.1 sender not owned by user"}, "does not accept mail from watch@example.gov: 553"),
        ({"MAIL": "550 sender rejected"}, "does not accept mail from watch@example.gov: 550"),
        ({"RCPT": "554 5.7.1 <ines@example.gov>: Relay access denied"}, "said 554 5.7.1"),
        ({"RCPT": "550 5.7.1 Client was not authenticated"}, "said 550 5.7.1"),
        ({"RCPT": "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using a list"}, "said 554"),
        ({"RCPT": "550 5.7.606 Access denied, banned sending IP [192.0.2.1]"}, "said 550 5.7.606"),
        ({"RCPT": "553 5.7.1 <watch@example.gov>: Sender address rejected: not owned"}, "said 553 5.7.1"),
        ({"RCPT": "500 5.5.1 command unrecognized"}, "said 500 5.5.1 command unrecognized"),
        ({"RCPT": "504 5.5.2 <desk>: Helo command rejected: need a full name"}, "said 504 5.5.2"),
        ({"TAKEN": "550 5.4.5 Daily user sending limit exceeded"}, "said 550 5.4.5"),
        ({"TAKEN": "550 5.7.26 blocked because the sender is unauthenticated"}, "said 550 5.7.26"),
        ({"TAKEN": "554 5.2.252 SendAsDenied; watch@example.gov not allowed"}, "said 554 5.2.252"),
        ({"EHLO": "250 here"}, "cannot do what the channel asks"),
        ({"EHLO": "250-here\r\n250 AUTH XOAUTH2"}, "cannot do what the channel asks: No suitable"),
        (
            {"EHLO": "250-here\r\n250 AUTH CRAM-MD5", "AUTH": "334 !not-base64"},
            "cannot do what the channel asks",
        ),
    ],
)
def test_trouble_with_the_session_lets_messages_wait(
    world: World, webhook_server: WebhookServer, answers: dict[str, str], said: str
) -> None:
    script = _Script(**answers)
    with served(script) as port:
        url = f"mailto://me:s3cretmark@127.0.0.1:{port}?from=watch@example.gov&mode=insecure"
        world.channels = {
            "desk": {"to": f"{url}&to=ines@example.gov,omar@example.gov"},
            "ops": {"to": webhook_server.url("/x").replace("http", "json"), "purpose": "operator"},
        }
        number = world.put("desk")
        world.deliver_all()

        item = world.item(number)
        assert item.state == "pending"
        assert said in (item.error or "")
        (notice,) = world.items(kind="operator")
        assert notice.content is not None
        assert notice.content["title"] == "Channel desk is not working"
        assert "s3cretmark" not in f"{notice.content} {item.error}"

        script.answers = {name: said for name, said in script.answers.items() if name not in answers}
        script.answers.setdefault("GREETING", "220 here")
        script.answers["AUTH"] = "235 in"
        script.mails = 0  # what was offered and refused at its end
        world.clock.advance(timedelta(minutes=1))
        world.deliver_all()
    assert script.mails == 2


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": "550 5.1.1 no such user"},
        {"RCPT": "550 5.1.1 <ines@example.gov>: User unknown in relay recipient table"},
        {"RCPT": "552 5.2.2 mailbox full, over quota"},
        {"DATA": "554 5.6.0 no"},
        {"TAKEN": "554 5.7.1 looks like spam"},
        {"TAKEN": "552 5.3.4 message size exceeds the limit"},
    ],
)
def test_a_refusal_of_one_message_is_no_trouble_of_the_channel(world: World, answers: dict[str, str]) -> None:
    with served(_Script(**answers)) as port:
        url = f"mailto://127.0.0.1:{port}?from=watch@example.gov&mode=insecure&to=ines@example.gov"
        world.channels = {"desk": {"to": url}}
        number = world.put("desk")
        world.deliver_all()
    assert world.item(number).state == "dead"


@pytest.mark.sqlite
@pytest.mark.parametrize("command", ["GREETING", "EHLO", "MAIL", "RCPT", "TAKEN"])
def test_an_answer_without_end_ends_the_session(world: World, command: str) -> None:
    code = "220" if command == "GREETING" else "250"
    with served(_Script(**{command: f"{code}-more\r\n" * 200_000})) as port:
        url = f"mailto://127.0.0.1:{port}?from=watch@example.gov&mode=insecure&to=ines@example.gov"
        world.channels = {"desk": {"to": url}}
        number = world.put("desk")
        world.deliver_all()
    assert world.item(number).state == "pending"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("answers", "may_have_been_taken"),
    [
        ({"RCPT": "cut"}, False),
        ({"RCPT": "999 5.1.1"}, False),
        ({"DATA": "cut"}, False),
        ({"TAKEN": "cut"}, True),
    ],
)
def test_only_a_cut_after_the_whole_mail_leaves_it_open_whether_it_was_taken(
    world: World, answers: dict[str, str], may_have_been_taken: bool
) -> None:
    script = _Script(**answers)
    with served(script) as port:
        url = f"mailto://127.0.0.1:{port}?from=watch@example.gov&mode=insecure&to=ines@example.gov"
        world.channels = {"desk": {"to": url}}
        number = world.put("desk")
        world.deliver_all()

        item = world.item(number)
        assert item.state == "pending"
        assert ("may have taken it" in (item.error or "")) == may_have_been_taken
        assert ("could not connect" in (item.error or "")) is False

        script.answers |= {"RCPT": "250 fine", "DATA": "354 go on", "TAKEN": "250 taken"}
        script.mails = 0
        world.clock.advance(timedelta(minutes=1))
        world.deliver_all()
    assert script.mails == (not may_have_been_taken)


@pytest.mark.sqlite
def test_a_password_beyond_ascii_logs_in(world: World) -> None:
    script = _Script(AUTH="235 in")
    with served(script) as port:
        url = f"mailto://me:%E2%82%ACuro%40@127.0.0.1:{port}?from=watch@example.gov&to=ines@example.gov"
        world.channels = {"desk": {"to": url + "&mode=insecure"}}
        world.put("desk")
        world.deliver_all()
    assert script.logins == ["AG1lAOKCrHVyb0A="]


@pytest.mark.sqlite
def test_a_server_that_repeats_the_login_does_not_put_it_into_the_database(world: World) -> None:
    login = base64.b64encode(b"\0me\0s3cretmark").decode()
    with served(_Script(AUTH=f"535 5.7.8 cannot use {login}")) as port:
        url = f"mailto://me:s3cretmark@127.0.0.1:{port}?from=watch@example.gov&to=ines@example.gov"
        world.channels = {"desk": {"to": url + "&mode=insecure"}}
        number = world.put("desk")
        world.deliver_all()
    assert "535 5.7.8 cannot use ***" in (world.item(number).error or "")
