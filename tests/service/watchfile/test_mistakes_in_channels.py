"""What a mistake in a channel says: the key or the form that was meant, and never a secret."""

from pathlib import Path

import pytest

from alerts.channels.services import check_url
from service.watchfile.load import WatchFileError, load

SECRET = "8675309"


def mistakes(tmp_path: Path, written: str, **environment: str) -> list[str]:
    path = tmp_path / "watch.yaml"
    path.write_text(f"sources: {{a: {{url: x.html, profile: auto}}}}\nchannels:\n  desk: {{{written}}}\n")
    with pytest.raises(WatchFileError) as caught:
        load(path, environment, check_url=check_url)
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


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("to: 'mailto://mail.example.gov?to=ann@example.gov'", "add from=watch@example.org"),
        (
            "to: 'mailto://me:pw@mail.example.gov:99999?to=ann@example.gov'",
            "the port of this mail URL is not valid",
        ),
        ("to: 'smtp://me:pw@mail.example.gov'", "a mail server is written mailtos://"),
    ],
)
def test_what_a_mail_url_lacks_is_named(tmp_path: Path, written: str, said: str) -> None:
    (found,) = mistakes(tmp_path, written)
    assert said in found


@pytest.mark.parametrize(
    "written", ["to: '${DESK}'", "to: 'mailto://me:${DESK}@mail.example.gov?to=ann@example.gov'"]
)
def test_an_empty_variable_is_named(tmp_path: Path, written: str) -> None:
    (found,) = mistakes(tmp_path, written, DESK="")
    assert "the environment variable DESK is empty" in found


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "host",
            "smtp.office.gov:587",
            "must be a host alone, as in mail.example.org; its port goes into 'port'",
        ),
        ("from", "nobody", "is not a mail address; write one such as anna@example.org"),
        ("from", "ann@office.gov, ben@office.gov", "is not one mail address"),
    ],
)
def test_what_is_wrong_with_a_variable_is_told_without_its_value(
    tmp_path: Path, key: str, value: str, said: str
) -> None:
    keys = {
        "host": "mail.example.gov",
        "from": "watch@example.gov",
        "to": "ann@example.gov",
        key: "'${GIVEN}'",
    }
    written = ", ".join(f"{name}: {one}" for name, one in keys.items())
    found = mistakes(tmp_path, f"mail: {{{written}}}", GIVEN=value)
    assert found == [f".mail.{key}: the value of '${{GIVEN}}' {said}"]


def test_the_line_break_at_the_end_of_a_secret_is_not_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "watch.yaml"
    written = mail("to: ann@example.gov, user: me, password: '${SECRET}'")
    path.write_text(f"sources: {{a: {{url: x.html, profile: auto}}}}\nchannels: {{desk: {{{written}}}}}\n")
    settings = load(path, {"SECRET": "s3cret\n"}, check_url=check_url).channels["desk"].mail
    assert settings is not None and settings.password is not None
    assert settings.password.get_secret_value() == "s3cret"
