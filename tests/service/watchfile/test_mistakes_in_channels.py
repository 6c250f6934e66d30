"""What a mistake in a channel says: the key or the form that was meant, and never a secret."""

from pathlib import Path

import pytest

from alerts.channels.services import check_url
from service.watchfile.load import WatchFileError, load

SECRET = "8675309"


def mistakes(tmp_path: Path, written: str) -> list[str]:
    path = tmp_path / "watch.yaml"
    path.write_text(f"sources: {{a: {{url: x.html, profile: auto}}}}\nchannels:\n  desk: {{{written}}}\n")
    with pytest.raises(WatchFileError) as caught:
        load(path, {}, check_url=check_url)
    return [line.partition(": channels.desk")[2] for line in str(caught.value).splitlines()]


def mail(keys: str) -> str:
    return f"mail: {{host: mail.example.gov, from: watch@example.gov, {keys}}}"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("to: ann@example.gov, pass: x", "unknown key 'pass'; did you mean 'password'?"),
        (
            "to: ann@example.gov, bcc: ben@example.gov",
            "unknown key 'bcc'; did you mean 'cc'?",
        ),
        (
            "to: ann@example.gov, timeout: 5",
            "unknown key 'timeout'; known are host, port, user, password, from, to, cc, security",
        ),
    ],
)
def test_an_unknown_key_of_a_mail_server_is_compared_with_its_own_keys(
    tmp_path: Path, keys: str, said: str
) -> None:
    assert mistakes(tmp_path, mail(keys)) == [f".mail: {said}"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (
            "ann@example.gov;ben@example.gov",
            "is not one mail address; write a list: [ann@example.gov, ben@example.gov]",
        ),
        (
            "ann@example.gov, ben@example.gov",
            "is not one mail address; write a list: [ann@example.gov, ben@example.gov]",
        ),
        ("Ann Lee <ann@example.gov>", "is not a mail address alone; write ann@example.gov"),
        ("mailto:ann@example.gov", "is not a mail address alone; write ann@example.gov"),
        ("jörg@example.gov", "has a letter before the @ that mail servers do not take"),
    ],
)
def test_a_wrong_recipient_of_a_mail_server_is_told_its_right_form(
    tmp_path: Path, to: str, said: str
) -> None:
    assert mistakes(tmp_path, mail(f"to: '{to}'")) == [f".mail.to: {to!r} {said}"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("ann@example.gov;ben@example.gov", "is not one mail address; write a comma between two"),
        ("ann@example.gov ben@example.gov", "is not one mail address; write a comma between two"),
    ],
)
def test_a_wrong_recipient_of_a_mail_url_is_told_its_right_form(tmp_path: Path, to: str, said: str) -> None:
    assert mistakes(tmp_path, f"to: 'mailto://example.gov?to={to}'") == [f".to: {to!r} {said}"]


@pytest.mark.parametrize(
    "written",
    [
        mail(f"to: ann@example.gov, user: me, password: {SECRET}"),
        mail(f"to: ann@example.gov, user: me, password:{SECRET}"),
        f"mail: 'me:{SECRET}@mail.example.gov'",
        f"mail: [mail.example.gov, {SECRET}]",
        f"to: {SECRET}",
        f"to: [{SECRET}]",
        f"to: 'mailtos:/me:{SECRET}@mail.example.gov'",
    ],
)
def test_no_mistake_shows_a_secret(tmp_path: Path, written: str) -> None:
    found = mistakes(tmp_path, written)
    assert found
    assert SECRET not in "".join(found)


def test_a_key_without_a_space_after_its_colon_is_told_so(tmp_path: Path) -> None:
    found = mistakes(tmp_path, mail(f"to: ann@example.gov, user: me, password:{SECRET}"))
    assert ".mail: unknown key 'password:…'; write a space after the colon" in found
