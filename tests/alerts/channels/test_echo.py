"""A channel that answers by repeating our request learns nothing new, and shows nobody a secret."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from alerts.channels.redact import redact, repeats, secrets_of, tokens_of
from service.demo.fakes.receivers import Answer, WebhookServer
from tests.alerts.channels.test_send import at, failure, only

USER, PASSWORD, TOKEN = "reporter", 'pä"ss/w+rd', "tok3n-0f-ours"
UNCODED = "schlüssel(7)"  # written in the URL as it is
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
DRESSES = {
    "plain": PASSWORD,
    "percent-encoded": quote(PASSWORD, safe=""),
    "percent-encoded in small letters": quote(PASSWORD, safe="").lower(),
    "JSON": json.dumps({"said": PASSWORD}),
    "HTML": "p\u00e4&quot;ss/w+rd",
    "base64": base64.b64encode(PASSWORD.encode()).decode(),
    "the login": BASIC,
    "the header": f"Authorization: Basic {BASIC}",
    "a piece of the header": f"AUTHORIZATION {BASIC[:9]} and {BASIC[9:]}",
    "a part that the URL does not encode": quote(UNCODED, safe=""),
    "a token of the path": f"POST /hook/{TOKEN}",
    "beyond what is shown": "x" * 290 + TOKEN,
}

BYTES = PASSWORD.encode()
DISGUISES = {
    "in one sentence of base64": base64.b64encode(b"your password was " + BYTES).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(b"?>" + BYTES).decode(),
    "base64 over two lines": f"{BASIC[:10]}\n{BASIC[10:]}",
    "base64 twice": base64.b64encode(BASIC.encode()).decode(),
    "the login the other way round": base64.b64encode(BYTES + b":" + USER.encode()).decode(),
    "every letter percent-encoded": "".join(f"%{byte:02x}" for byte in BYTES),
    "percent-encoded twice": quote(quote(PASSWORD, safe=""), safe=""),
    "escapes of JSON": "".join(f"\\u{ord(letter):04x}" for letter in PASSWORD),
    "a slash as JSON may write it": PASSWORD.replace("/", "\\/"),
    "entities": "".join(f"&#{ord(letter)};" for letter in PASSWORD),
    "entities in hexadecimal": "".join(f"&#x{ord(letter):x};" for letter in PASSWORD),
    "quoted-printable": "".join(f"={byte:02X}" for byte in BYTES),
    "hexadecimal": BYTES.hex(),
    "hexadecimal with colons": BYTES.hex(":").upper(),
    "escapes of Python": "".join(f"\\x{byte:02x}" for byte in BYTES),
    "octal": "".join(f"\\{byte:03o}" for byte in BYTES),
    "numbers": str(list(BYTES)),
    "backwards": PASSWORD[::-1],
    "capitals": PASSWORD.upper(),
    "small letters": PASSWORD.lower().replace("ss", "SS"),
    "two lines": f"{PASSWORD[:5]}\r\n\t{PASSWORD[5:]}",
    "blanks": " ".join(PASSWORD),
    "invisible blanks": "\u200b".join(PASSWORD),
    "a tag within": f"{PASSWORD[:5]}<b>{PASSWORD[5:]}",
}


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        quote(PASSWORD, safe=""),
        quote(PASSWORD),
        quote(PASSWORD, safe="").lower(),
        json.dumps(PASSWORD)[1:-1],
        html.escape(PASSWORD),
        BYTES.decode("latin-1"),
        base64.b64encode(BYTES).decode().rstrip("="),
    ],
)
def test_a_secret_in_a_usual_form_is_hidden_and_the_words_around_it_stay(form: str) -> None:
    url = f"json://{USER}:{quote(PASSWORD, safe='')}@host.example/hook"
    assert redact(f"The login {form} is wrong", secrets_of(url)) == "The login *** is wrong"


@pytest.mark.parametrize("disguise", DISGUISES)
def test_words_that_hold_a_secret_in_any_form_are_left_out(
    webhook_server: WebhookServer, disguise: str
) -> None:
    url = at(webhook_server, "json", "/hook").replace("://", f"://{USER}:{quote(PASSWORD, safe='')}@")
    webhook_server.answers.append(Answer(400, {}, f"you said {DISGUISES[disguise]} today".encode()))

    said = str(failure(only(url)))

    assert said.startswith("the channel answered 400")
    assert "***" in said or "(the words repeat a secret, so they are not shown)" in said
    assert not repeats(said, [PASSWORD])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "404: no_service"),
        ("https://me:wr0ng-s3cret@newsroom.example.gov/hooks-2024/alerts", "401: wrong password for alerts"),
        (
            "mailtos://me%40example.gov:abcdefghijklmnop@smtp.example.gov",
            "535 5.7.8 me@example.gov not accepted",
        ),
        (
            "https://a.logic.azure.com/workflows/1?sp=%2Ftriggers%2Fmanual%2Frun",
            "404: no triggers/manual/run",
        ),
    ],
)
def test_a_hint_stays_readable(url: str, said: str) -> None:
    assert not repeats(said, tokens_of(url))


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=utf-8", "text/html; charset=latin-1"])
@pytest.mark.parametrize("status", [400, 503])
@pytest.mark.parametrize("dress", DRESSES)
def test_no_secret_comes_back_in_an_error(
    webhook_server: WebhookServer, status: int, dress: str, kind: str
) -> None:
    url = at(webhook_server, "json", f"/hook/{TOKEN}/{UNCODED}").replace(
        "://", f"://{USER}:{quote(PASSWORD, safe='')}@"
    )
    webhook_server.answers.append(
        Answer(status, {"Content-Type": kind}, f"you said {DRESSES[dress]}".encode())
    )

    said = str(failure(only(url)))

    assert f"the channel answered {status}" in said
    assert len(said) <= 300
    for secret in (
        *list(DRESSES.values())[:7],
        TOKEN,
        TOKEN[:8],
        quote(UNCODED, safe=""),
        BASIC[:9],
        BASIC[9:],
    ):
        assert secret not in said
        assert secret.encode().decode("latin-1") not in said


def test_an_answer_is_kept_as_one_bounded_line(webhook_server: WebhookServer) -> None:
    webhook_server.answers.append(Answer(400, {}, b"no such\r\n\x1b[31mroom\x00 " + b"y" * 100_000))

    said = str(failure(only(at(webhook_server, "json", "/hook"))))

    assert said.startswith("the channel answered 400 Bad Request: no such")
    assert said.isprintable()
    assert len(said) <= 300
