"""Whom a mail URL reaches: everybody it names, or a refusal that says what to change."""

import pytest

from alerts.channels.mail_urls import read_mail_url
from alerts.channels.send import mail_route, send, targets
from alerts.channels.services import check_url, service_of
from alerts.domain.settings import ChannelSettings
from service.demo.fakes.receivers import MailServer
from tests.alerts.channels.test_send import mail_url, message

FRONT = "mailto://mail.example.gov:2525"


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("?to=d'arcy@example.gov", ("d'arcy@example.gov",)),
        ("?to=ig+alerts@example.gov", ("ig+alerts@example.gov",)),
        ("?to=ig%2Balerts@example.gov", ("ig+alerts@example.gov",)),
        ("?to=ben@example.gov,eva@example.gov", ("ben@example.gov", "eva@example.gov")),
        ("?to=Ben@Example.gov,ben@example.gov", ("Ben@Example.gov",)),
        (
            "?to=ben@example.gov&cc=eva@example.gov&bcc=BEN@example.gov",
            ("ben@example.gov", "eva@example.gov"),
        ),
        ("/ben@example.gov/eva@example.gov", ("ben@example.gov", "eva@example.gov")),
        ("?to=Ben%20Ray%20<ben@example.gov>", ("ben@example.gov",)),
        ("?to=root@localhost", ("root@localhost",)),
    ],
)
def test_everybody_a_url_names_is_a_recipient_once(written: str, named: tuple[str, ...]) -> None:
    url = f"{FRONT}{written}{'&' if '?' in written else '?'}from=watch@example.gov"

    assert check_url(url) is None
    assert read_mail_url(url).recipients == named
    assert [one.recipient for one in targets("desk", ChannelSettings.model_validate({"to": url}))] == [*named]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (
            "to=ben@example.gov;eva@example.gov",
            "'ben@example.gov;eva@example.gov' is not one mail address; write a comma between two",
        ),
        ("to=ben@@example.gov", "'ben@@example.gov' is not a mail address"),
        ("to=ben@example.gov&cc=eva.example.gov", "'eva.example.gov' is not a mail address"),
        ("to=eva@münchen.example", "write its domain as eva@xn--mnchen-3ya.example"),
        ("to=ben@example.gov&to=eva@example.gov", "has 'to' twice"),
        ("to=ben@example.gov&bbc=eva@example.gov", "has a key 'bbc' that is not known; did you mean 'bcc'?"),
    ],
)
def test_a_recipient_who_would_get_nothing_is_refused_by_name(written: str, sentence: str) -> None:
    assert sentence in (check_url(f"{FRONT}?from=watch@example.gov&{written}") or "")


def test_an_apostrophe_in_an_address_arrives(mail_server: MailServer) -> None:
    settings = ChannelSettings.model_validate({"to": mail_url(mail_server, "d'arcy@example.gov")})
    for target in targets("desk", settings):
        send(target, message())

    assert mail_server.attempts == ["d'arcy@example.gov"]


@pytest.mark.parametrize(
    "written",
    [
        "mailto://me:p%40ss%2541@mail.example.gov?to=ben@example.gov",
        "mailto://me:p@ss%2541@mail.example.gov?to=ben@example.gov",
        "mailto://mail.example.gov?user=me&pass=p%40ss%2541&to=ben@example.gov",
        "mailto://mail.example.gov/?password=p%40ss%2541&user=me&to=ben@example.gov",
    ],
)
def test_a_password_is_decoded_once_wherever_it_is_written(written: str) -> None:
    service = service_of(written)
    assert (service.user, service.password, service.smtp_host) == ("me", "p@ss%41", "mail.example.gov")


@pytest.mark.parametrize("password", ["s3@c:ret", "s3c%ret", ":@"])
def test_a_password_keeps_the_signs_that_end_no_part_of_a_url(password: str) -> None:
    service = service_of(f"mailto://me:{password}@mail.example.gov:2525?to=ben@example.gov")
    assert (service.password, service.smtp_host, service.port) == (password, "mail.example.gov", 2525)


@pytest.mark.parametrize("sender", ["", "&from=watch@example.gov"])
@pytest.mark.parametrize("password", ["s3c#ret", "s3c/ret", "s3c?ret"])
def test_a_sign_that_cuts_a_url_short_is_explained(password: str, sender: str) -> None:
    said = check_url(f"mailto://me:{password}@mail.example.gov?to=ben@example.gov{sender}") or ""
    assert "goes under 'mail:' into 'password'" in said
    assert "s3c" not in said


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("d'arcy@example.gov", "Oversight Watch", "d'arcy@example.gov"),
        ("root@srv01", "Oversight Watch", "root@srv01"),
        ("Ben%20Ray%20<d'arcy@example.gov>", "Ben Ray", "d'arcy@example.gov"),
        ("%22Ray%2C%20Ben%22%20%3Cben@example.gov%3E", "Ray, Ben", "ben@example.gov"),
        ("ben@example.gov&name=The%20desk", "The desk", "ben@example.gov"),
    ],
)
def test_mail_comes_from_the_address_that_is_written(written: str, name: str, address: str) -> None:
    url = f"{FRONT}?to=eva@example.gov&from={written}"
    (target,) = targets("desk", ChannelSettings.model_validate({"to": url}))

    route = mail_route(url, target)

    assert check_url(url) is None
    assert (route.sender_name, route.sender) == (name, address)


@pytest.mark.parametrize("sender", ["d'arcy@example.gov", "root@srv01", "watch@10.0.0.7"])
def test_the_keys_of_a_mail_server_take_the_same_senders(sender: str) -> None:
    settings = ChannelSettings.model_validate(
        {"mail": {"host": "mail.example.gov", "from": sender, "to": "eva@example.gov"}}
    )
    (target,) = targets("desk", settings)

    assert mail_route(target.url.get_secret_value(), target).sender == sender


def test_answers_go_to_the_addresses_that_are_written() -> None:
    url = f"{FRONT}?to=eva@example.gov&from=w@example.gov&reply=d'arcy@example.gov,ben@example.gov"
    (target,) = targets("desk", ChannelSettings.model_validate({"to": url}))

    assert mail_route(url, target).reply_to == ("d'arcy@example.gov", "ben@example.gov")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("from=w@example.gov;v@example.gov&to=eva@example.gov", "is not one mail address"),
        ("from=w@münchen.example&to=eva@example.gov", "write its domain as w@xn--mnchen-3ya.example"),
        ("from=Desk&to=eva@example.gov", "does not say whom mail comes from"),
        ("from=w@example.gov&to=eva@example.gov&reply=ben", "'ben' is not a mail address"),
        ("from=w@example.gov&to=", "names nobody after 'to='"),
        ("from=w@example.gov&cc=,", "names nobody after 'cc='"),
        ("from=w@example.gov&to=eva@example.gov&smtp=relay.example.gov:2525", "'smtp' is a server alone"),
    ],
)
def test_an_address_that_would_be_changed_or_left_out_is_refused(written: str, sentence: str) -> None:
    assert sentence in (check_url(f"{FRONT}?{written}") or "")
