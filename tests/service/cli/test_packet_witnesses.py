"""A packet's time stamp, checked by OpenSSL, and copies at the Wayback Machine; both services are local."""

import json
import subprocess
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import pytest

from service.demo.fakes.loopback import LoopbackHandler, Served
from service.runtime import witnesses
from tests.service.cli.test_evidence import rewritten, verified
from tests.service.cli.test_snapshots import Lived

AUTHORITY = """\
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_cert = cert.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
"""
pytestmark = pytest.mark.sqlite  # what a packet holds is tested on both

SECRET = "s3cr3t-of-the-desk"


class Witnesses(LoopbackHandler):
    """A time-stamping authority and a Wayback Machine. Its class attributes are their state."""

    folder: ClassVar[Path]
    asked: ClassVar[list[str]]
    fixed: ClassVar[tuple[int, bytes] | None]  # what the authority answers instead of a time stamp

    def do_POST(self) -> None:  # noqa: N802 - the name http.server looks for
        (self.folder / "query").write_bytes(self.read_body())
        self.asked.append(f"{self.path} {self.headers['Content-Type']} {self.headers['Authorization']}")
        if self.fixed is None:
            openssl(self.folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
        status, body = self.fixed or (200, (self.folder / "reply").read_bytes())
        self.send_head(status, {"Content-Type": "application/timestamp-reply"}, len(body))
        self.wfile.write(body)

    def do_GET(self) -> None:  # noqa: N802 - the name http.server looks for
        self.asked.append(self.path)
        place = {"Location": f"/web/20261129014500/{self.path.removeprefix('/save/')}"}
        self.send_head(*((429, {}, 0) if self.fixed else (302, place, 0)))


def openssl(folder: Path, *words: str) -> str:
    command = ["openssl", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture(scope="module")
def lived(shared_home: Path) -> Lived:
    return Lived(shared_home)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    usage = ("keyUsage=critical,digitalSignature", "extendedKeyUsage=critical,timeStamping")
    made = ("-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=authority", "-days", "2")
    added = (word for one in usage for word in ("-addext", one))
    openssl(folder, "req", *made, *added, "-keyout", "key.pem", "-out", "cert.pem")
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(AUTHORITY)
    return folder


@pytest.fixture
def site(keys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    Witnesses.folder, Witnesses.asked, Witnesses.fixed = keys, [], None
    with Served(Witnesses) as running:
        monkeypatch.setattr(witnesses, "SAVE", running.url("/save/"))
        yield running


@pytest.fixture
def watching(lived: Lived, site: Served) -> Iterator[Lived]:
    """Give the history with both services in its watch file."""
    file = lived.folder / "watch.yaml"
    before = file.read_text()
    address = site.url("/tsr").replace("://", f"://desk:{SECRET}@")
    file.write_text(f"{before}evidence: {{time_stamp: '{address}', wayback: true, allow_private: true}}\n")
    yield lived
    file.write_text(before)


def test_a_packet_carries_a_time_stamp_and_where_its_pages_are_saved(
    watching: Lived, keys: Path, tmp_path: Path
) -> None:
    path = tmp_path / "packet.zip"
    ran = watching.run("evidence", "1", "-o", str(path), "--no-pictures")
    assert ran.code == 0, ran.err
    with zipfile.ZipFile(path) as packed:
        packed.extractall(tmp_path)
    assert verified(path) == (0, "This packet is whole and unchanged.\n")
    signed = ("-data", str(tmp_path / "manifest.json"), "-in", str(tmp_path / "manifest.tsr"))
    assert "Verification: OK" in openssl(keys, "ts", "-verify", *signed, "-CAfile", "cert.pem")
    ((address, copy),) = json.loads((tmp_path / "copies.json").read_text()).items()
    assert copy.endswith(f"/web/20261129014500/{address}")
    assert f"{address}: {copy}" in ran.err
    login = b64encode(f"desk:{SECRET}".encode()).decode()
    asked = [f"/save/{address}", f"/tsr application/timestamp-query Basic {login}"]
    assert Witnesses.asked == asked
    stamped = sha256((tmp_path / "manifest.json").read_bytes()).digest()
    other_stamp = (tmp_path / "manifest.tsr").read_bytes().replace(stamped, bytes(32))
    other = verified(rewritten(path, "manifest.tsr", other_stamp))
    assert other == (1, "WRONG: manifest.tsr is a time stamp of something else\n")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((503, b"busy"), "127.0.0.1 gave no time stamp; no packet was written: it answered 503"),
        ((200, b"<html>"), "127.0.0.1 gave no time stamp; no packet was written: it answered 200"),
        ((200, b"old"), "127.0.0.1 gave no time stamp; no packet was written: it stamped something else"),
    ],
)
def test_without_a_valid_time_stamp_no_packet_is_written(
    answer: tuple[int, bytes], sentence: str, watching: Lived, keys: Path, tmp_path: Path
) -> None:
    if answer[1] == b"old":  # the answer to another question
        (keys / "data").write_text("something else")
        openssl(keys, "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
        openssl(keys, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
        answer = (200, (keys / "reply").read_bytes())
    Witnesses.fixed = answer
    ran = watching.run("evidence", "1", "-o", str(tmp_path / "packet.zip"), "--no-pictures")
    assert (ran.code, list(tmp_path.iterdir())) == (2, [])
    assert sentence in " ".join(ran.err.split())
    assert SECRET not in ran.all


def test_what_the_wayback_machine_does_not_save_is_said(lived: Lived, site: Served, tmp_path: Path) -> None:
    Witnesses.fixed = (429, b"")
    file = lived.folder / "watch.yaml"
    before = file.read_text()
    for rest, sentence in (
        ("allow_private: true", "not saved: the Wayback Machine answered 429"),
        ("allow_private: false", "not saved: its address leads to 127.0.0.1"),
    ):
        file.write_text(f"{before}evidence: {{wayback: true, {rest}}}\n")
        ran = lived.run("evidence", "1", "-o", str(tmp_path / "packet.zip"), "--no-pictures")
        assert ran.code == 0
        assert sentence in " ".join(ran.err.split())
    file.write_text(f"{before}evidence: {{time_stamp: 'ftp://tsa.example.org/{SECRET}'}}\n")
    ran = lived.run("config", "check")
    file.write_text(before)
    assert "must be an http(s) URL with a host" in ran.all
    assert SECRET not in ran.all
