"""A channel that answers by repeating our request learns nothing new, and shows nobody a secret."""

import base64
import json
from urllib.parse import quote

import pytest

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
