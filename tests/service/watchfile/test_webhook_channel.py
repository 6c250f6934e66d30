"""What a mistake in a webhook says: where it is, the key that was meant, and never a secret."""

from pathlib import Path

import pytest

from alerts.channels.services import check_url
from service.watchfile.load import WatchFileError, load
from service.watchfile.schema import json_schema

SECRET = "8675309-and-then-some"
PLACE = "https://newsroom.example.gov/hook"


def write(folder: Path, webhook: str, more: str = "") -> Path:
    path = folder / "watch.yaml"
    channel = f"  desk:\n    webhook: {{{webhook}}}\n{more}"
    path.write_text(f"sources: {{a: {{url: x.html, profile: auto}}}}\nchannels:\n{channel}")
    return path


def mistakes(folder: Path, webhook: str, more: str = "", **environment: str) -> list[str]:
    with pytest.raises(WatchFileError) as caught:
        load(write(folder, webhook, more), environment, check_url=check_url)
    assert SECRET not in str(caught.value)
    assert "newsroom" not in str(caught.value).replace("https://newsroom.example.org/hook", "")
    return str(caught.value).replace(f"{folder / 'watch.yaml'}:", "").splitlines()


def test_a_webhook_is_read_with_its_secret_from_the_environment(tmp_path: Path) -> None:
    found = load(write(tmp_path, f'url: "{PLACE}", secret: "${{HOOK_SECRET}}"'), {"HOOK_SECRET": SECRET})
    webhook = found.channels["desk"].webhook
    assert webhook is not None
    assert (webhook.url.get_secret_value(), webhook.secret.get_secret_value()) == (PLACE, SECRET)
    assert SECRET not in repr(found)
    assert PLACE not in repr(found)


@pytest.mark.parametrize(
    ("webhook", "said"),
    [
        (f"url: '{PLACE}'", "4:5: channels.desk.webhook: needs the key 'secret'"),
        (f"secret: {SECRET}", "4:5: channels.desk.webhook: needs the key 'url'"),
        (
            f"url: '{PLACE}', secret: {SECRET}, sekret: x",
            "4:88: channels.desk.webhook: unknown key 'sekret'; did you mean 'secret'?",
        ),
        (
            f"url: newsroom.example.gov/hook, secret: {SECRET}",
            "4:20: channels.desk.webhook.url: must be a web address, as in https://newsroom.example.org/hook",
        ),
        (
            f"url: '{PLACE}', secret: 8675309",
            "4:65: channels.desk.webhook.secret: needs text; write it in quotes",
        ),
        (
            f"url: '{PLACE}', secret: '86753'",
            "4:65: channels.desk.webhook.secret: must have at least 16 characters, better 32 random ones",
        ),
        (
            f"url: '{PLACE.replace('https', 'http')}', secret: {SECRET}",
            "4:20: channels.desk.webhook.url: must begin with https, because events would cross the internet"
            " unencrypted; http is only for an address of your own network, with 'allow_private: true'",
        ),
        (
            f"url: '{PLACE}', secret: '${{HOOK_SECRET}}'",
            "4:65: channels.desk.webhook.secret: the environment variable HOOK_SECRET is not set"
            " (${HOOK_SECRET:-…} gives it a default)",
        ),
    ],
)
def test_a_mistake_is_named_with_line_and_column(tmp_path: Path, webhook: str, said: str) -> None:
    assert mistakes(tmp_path, webhook) == [said]


def test_what_the_environment_holds_is_not_repeated(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, f"url: '{PLACE}', secret: '${{HOOK_SECRET}}'", HOOK_SECRET="86753")
    assert said == (
        "4:65: channels.desk.webhook.secret: the value of '${HOOK_SECRET}' must have at least 16 characters,"
        " better 32 random ones"
    )


def test_a_face_beside_a_webhook_alone_is_refused_at_its_place(tmp_path: Path) -> None:
    assert mistakes(tmp_path, f"url: '{PLACE}', secret: {SECRET}", "    template: text\n") == [
        "5:15: channels.desk.template: says nothing here; a webhook gets events as JSON"
    ]


def test_an_address_alone_under_to_stays_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "watch.yaml"
    path.write_text(
        f"sources: {{a: {{url: x.html, profile: auto}}}}\nchannels: {{desk: {{to: '{PLACE}'}}}}\n"
    )
    desk = load(path, {}, check_url=check_url).channels["desk"]
    assert desk.webhook is None
    assert [url.get_secret_value() for url in desk.to] == [PLACE]


def test_editors_know_the_keys_of_a_webhook() -> None:
    webhook = json_schema()["$defs"]["WebhookSettings"]
    assert webhook["required"] == ["url", "secret"]
    assert webhook["additionalProperties"] is False
