"""Who is let into the reading room: nobody by default, and no other website in anybody's name."""

from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from monitor.domain.errors import OversightError
from service.cli.options import settings_of
from service.database.database import open_database
from service.web.app import ROUTES, make_app
from service.web.room import Room
from tests.service.web.served_watch import ADMIN, READ, SOURCES, TOKENS, make_history, reading

pytestmark = pytest.mark.slow  # a server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A watch that all tests of the file read."""
    made = tmp_path_factory.mktemp("watch")
    make_history(made)
    return made


PUBLIC = {"/healthz", "/readyz", "/sign-in", "/static"}
SIGNED = ("/unsubscribe/", "/snooze/")  # the address is the permission: test_mail_links.py


def test_every_route_asks_for_a_token(folder: Path) -> None:
    with reading(folder, TOKENS) as client:
        client.headers.pop("Accept")
        for route in [one for router in ROUTES for one in router.routes]:
            path = route.path.replace("{", "").replace("}", "").replace(":path", "")  # type: ignore[attr-defined]
            for method in getattr(route, "methods", None) or {"GET"}:
                if path in PUBLIC or path == "/sign-out" or path.startswith(SIGNED):
                    continue
                refused = client.request(method, path)
                assert refused.status_code == 401, (method, path)
                assert method == "HEAD" or refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        (f"Bearer {READ}", True),
        (f"bearer {ADMIN}", True),
        ("Basic " + b64encode(f"any:{READ}".encode()).decode(), True),
        (f"Bearer {READ[:-1]}", False),
        ("Bearer", False),
        ("Basic %%%", False),
        ("Bearer ünïcödé-0123456789", False),
    ],
)
def test_a_token_is_taken_from_the_header_only_if_it_is_whole(
    folder: Path, header: str, allowed: bool
) -> None:
    with reading(folder, TOKENS) as client:
        answer = client.get("/changes.json", headers=[(b"Authorization", header.encode())])
    assert (answer.status_code == 200) is allowed


def test_a_person_signs_in_reads_and_signs_out(folder: Path) -> None:
    with reading(folder, TOKENS) as client:
        asked = client.get("/sources?x=1")
        assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Fsources%3Fx%3D1")
        wrong = client.post("/sign-in", data={"token": "no such token at all"})
        assert (wrong.status_code, "not a token" in wrong.text) == (403, True)
        entered = client.post("/sign-in", data={"token": READ, "next": "/sources"})
        assert (entered.status_code, entered.headers["location"]) == (303, "/sources")
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert READ not in entered.headers["set-cookie"]
        assert client.get("/sources").status_code == 200
        client.post("/sign-out")
        assert client.get("/sources").status_code == 303


def test_a_token_that_is_changed_in_the_watch_file_ends_the_old_one_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.web.room._LOOK_SECONDS", 0)
    with reading(folder, TOKENS, READ) as client:
        assert client.get("/sources").status_code == 200
        watch_file = folder / "watch.yaml"
        watch_file.write_text(watch_file.read_text().replace(READ, READ[::-1]))
        assert client.get("/sources").status_code == 303
        client.headers["Authorization"] = f"Bearer {READ[::-1]}"
        assert client.get("/sources").status_code == 200
        watch_file.write_text(watch_file.read_text().replace(f"'{TOKENS}", "'"))


@pytest.mark.parametrize("headers", [{"Origin": "http://["}, {"Host": "["}, {"Host": "", "Origin": "x"}])
def test_headers_that_are_no_address_are_refused_and_are_no_bug(
    folder: Path, headers: dict[str, str]
) -> None:
    with reading(folder) as client:
        assert client.post("/messages/1/retry", headers=headers).status_code in (400, 403)


def test_what_can_be_read_can_be_asked_for_its_head(folder: Path) -> None:
    with reading(folder) as client:
        for path in ("/", "/changes.json", "/changes.atom", "/healthz", "/static/style.css"):
            head = client.head(path)
            assert (head.status_code, head.content) == (200, b""), path
            assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_signing_in_leads_to_no_other_site(folder: Path, elsewhere: str) -> None:
    with reading(folder, TOKENS) as client:
        assert client.post("/sign-in", data={"token": READ, "next": elsewhere}).headers["location"] == "/"


def test_a_cookie_of_a_token_that_has_changed_is_worth_nothing(folder: Path) -> None:
    with reading(folder, TOKENS) as client:
        client.post("/sign-in", data={"token": READ})
        kept = dict(client.cookies)
    with reading(folder, TOKENS.replace(READ, READ[::-1])) as client:
        client.cookies.update(kept)
        assert client.get("/sources").status_code == 303


def test_guessing_is_stopped_after_ten_wrong_tokens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "service.web.sign_in._tries", type(__import__("service.web.sign_in").web.sign_in._tries)()
    )
    with reading(folder, TOKENS) as client:
        codes = [
            client.post("/sign-in", data={"token": f"guess {number}"}).status_code for number in range(11)
        ]
        stopped = client.post("/sign-in", data={"token": READ})
    assert codes == [403] * 10 + [429]
    assert (stopped.status_code, int(stopped.headers["retry-after"]) > 0) == (429, True)


def test_tokens_in_headers_cannot_be_guessed_for_long_either(folder: Path) -> None:
    with reading(folder, TOKENS) as client:
        client.headers.pop("Accept")
        wrong = [
            client.get("/changes.json", headers={"Authorization": f"Bearer guess {n}"}).status_code
            for n in range(11)
        ]
        right = client.get("/changes.json", headers={"Authorization": f"Bearer {READ}"})
        form = client.post("/sign-in", data={"token": READ})
        assert client.get("/healthz", headers={"Authorization": "Bearer guess"}).status_code == 200
    assert wrong == [401] * 10 + [429]
    assert (right.status_code, int(right.headers["retry-after"]) > 0) == (429, True)
    assert form.status_code == 303  # whoever signs in is not locked out by a program with an old token


def test_behind_the_proxy_only_the_client_that_guesses_has_to_wait(folder: Path) -> None:
    proxied = TOKENS + ", proxy: {address: 127.0.0.1}"
    with reading(folder, proxied) as client:
        for n in range(11):
            guess = {"Authorization": f"Bearer guess {n}", "X-Forwarded-For": f"10.0.0.{n}, 198.51.100.1"}
            last = client.get("/changes.json", headers=guess)
        other = {"Authorization": f"Bearer {READ}", "X-Forwarded-For": "198.51.100.2"}
        assert (last.status_code, client.get("/changes.json", headers=other).status_code) == (429, 200)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_website_changes_nothing(folder: Path, headers: dict[str, str]) -> None:
    with reading(folder) as client:
        refused = client.post("/sign-out", headers=headers)
    assert (refused.status_code, "another website" in refused.text) == (403, True)


def test_a_reader_may_not_write(folder: Path) -> None:
    with reading(folder, TOKENS, READ) as client:
        assert client.post("/messages/1/retry").status_code == 403


def test_without_a_token_only_this_machine_is_answered(folder: Path) -> None:
    with reading(folder) as client:
        assert client.get("/").status_code == 200
        rebound = client.get("/", headers={"Host": "evil.example"})
    assert (rebound.status_code, "localhost" in rebound.text) == (403, True)


@pytest.mark.parametrize("listen", ["0.0.0.0:8517", "[::]:8517", "watch.example.org:80"])
def test_it_does_not_start_open_to_other_machines(tmp_path: Path, listen: str) -> None:
    (tmp_path / "watch.yaml").write_text(f"{SOURCES}reading_room: {{listen: '{listen}'}}\n")
    settings = settings_of(tmp_path / "watch.yaml")
    room = Room(settings, lambda: settings, open_database(settings.database))
    with pytest.raises(OversightError, match="set read_token and admin_token"):
        make_app(room)
    room.close()


def test_a_proxy_is_believed_from_its_own_address_only(folder: Path) -> None:
    named = {"X-Forwarded-User": "ana"}
    with reading(folder, f"{TOKENS}, proxy: {{address: 127.0.0.1, admins: [ana]}}") as client:
        assert client.get("/sources").status_code == 303
        assert client.get("/sources", headers=named).status_code == 200
    with reading(folder, f"{TOKENS}, proxy: {{address: 10.1.2.3}}") as client:
        assert client.get("/sources", headers=named).status_code == 303


def test_every_answer_keeps_a_browser_from_doing_more(folder: Path) -> None:
    with reading(folder, TOKENS) as client:
        answers = [
            client.get(path)
            for path in ("/sign-in", "/sources", "/static/style.css", "/healthz", "/static/nope")
        ]
    for answer in answers:
        _is_safe(answer)


def _is_safe(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers
