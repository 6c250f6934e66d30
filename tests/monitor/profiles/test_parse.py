"""From bytes to records: the right profile, and nothing false from damaged pages."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.domain.errors import ParseError, SourceError
from monitor.domain.types import Page, Parse, ParsedRecord
from monitor.fetch.charset import decoded
from monitor.guard.error_pages import unhealthy
from monitor.profiles.parse import parse

ROOT = Path(__file__).parents[3]
URLS = {
    "tests/pages/dhs-oig-ice-title-asc.txt": "https://www.oig.dhs.gov/reports/audits-inspections-and-evaluations?page=47",
    "tests/pages/dhs-oig-listing.html": "https://www.oig.dhs.gov/reports/audits-inspections-and-evaluations",
    "tests/pages/gao-agency-uscg-94-total.txt": "http://gao.gov/agencies/united-states-coast-guard",
    "tests/pages/gao-product.html": "https://www.gao.gov/products/gao-23-105711",
    "seeds/dhs-oig-audits-cbp.txt": "https://www.oig.dhs.gov/reports/audits-inspections-and-evaluations",
    "seeds/gao-cbp-open-recommendations.txt": "https://www.gao.gov/agencies/customs-and-border-protection",
}
BYTES = {name: (ROOT / name).read_bytes() for name in URLS}
PROFILES_OF = {name: "dhs-oig" if "dhs" in name else "gao-recommendations" for name in URLS}
names = st.sampled_from(sorted(URLS))
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def page(body: bytes, url: str = "file:///saved/page", charset: str = "utf-8") -> Page:
    return Page(url, url, body, "0" * 64, datetime(2026, 3, 2, tzinfo=UTC), charset=charset)


def read(name: str, body: bytes) -> Parse:
    return parse(page(body, URLS[name]), PROFILES_OF[name])


TRUE = {name: {record.key: record for record in read(name, body).records} for name, body in BYTES.items()}


def differing(record: ParsedRecord, true: ParsedRecord) -> set[str]:
    return {name for name, value in record.fields.items() if value != true.fields[name]}


# Which profile


@pytest.mark.parametrize("name", sorted(URLS))
def test_a_saved_page_is_recognized_without_its_address(name: str) -> None:
    assert parse(page(BYTES[name])).profile == PROFILES_OF[name]


@pytest.mark.parametrize("name", sorted(URLS))
def test_a_page_is_recognized_by_its_address(name: str) -> None:
    assert parse(page(b"<html><body>All new</body></html>", URLS[name])).profile == PROFILES_OF[name]


def test_the_address_at_the_head_of_a_saved_text_serves_as_its_address() -> None:
    body = b"# https://www.gao.gov/agencies/coast-guard\nAll new\n"
    assert parse(page(body)).profile == "gao-recommendations"


def test_an_unknown_profile_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SourceError, match="did you mean 'dhs-oig"):
        parse(page(b"x"), "dhs-iog")
    with pytest.raises(SourceError, match="known are dhs-oig, gao-csv, gao-recommendations, hhs-oig"):
        parse(page(b"x"), "zzz")


def test_a_page_nobody_knows_is_refused_with_what_to_do() -> None:
    with pytest.raises(ParseError) as caught:
        parse(page(b"<html><body>Cake recipes</body></html>", "https://cake.example/"))
    for part in ("https://cake.example/", "sources new", "sources profiles"):
        assert part in str(caught.value)


@pytest.mark.parametrize("profile", ["dhs-oig", "gao-recommendations"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OIG-20-10 said so in 2021\n",
        b"<html><body><table><tr><td>OIG-20-10</td><td>Locks</td></tr></table></body></html>",
        b"The agency's status:\nOpen\nSoon. (Recommendation 1)\n",
    ],
)
def test_a_page_that_is_none_of_ours_gives_no_record(profile: str, body: bytes) -> None:
    assert parse(page(body), profile).records == ()


# Bytes


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("Café – “x”".encode(), "utf-8"),
        (b"\xef\xbb\xbf" + "Café – “x”".encode(), "latin-1"),
        ("Café – “x”".encode("cp1252"), "cp1252"),
        (b"\xff\xfe" + "Café – “x”".encode("utf-16-le"), "utf-8"),
        ("Café – “x”".encode(), "no-such-charset"),
        ("Ca\x00fé – “x”".encode(), "utf-8"),
    ],
)
def test_bytes_become_text_by_their_mark_then_by_the_charset(body: bytes, charset: str) -> None:
    assert decoded(page(body, charset=charset)) == "Café – “x”"


def test_line_ends_of_other_systems_make_no_difference() -> None:
    name = "seeds/gao-cbp-open-recommendations.txt"
    assert read(name, BYTES[name].replace(b"\n", b"\r\n")) == read(name, BYTES[name])


# Damage


@many
@given(names, st.floats(0, 1))
def test_a_page_cut_anywhere_gives_only_true_records_and_says_what_is_cut(name: str, share: float) -> None:
    body = BYTES[name]
    found = read(name, body[: int(len(body) * share)])
    for record in found.records:
        assert differing(record, TRUE[name][record.key]) <= record.cut
    assert [record.key for record in found.records] == list(TRUE[name])[: len(found.records)]


@many
@given(names, st.floats(0, 0.98))
def test_a_page_cut_anywhere_never_counts_as_complete_without_all_its_rows(name: str, share: float) -> None:
    body = BYTES[name]
    found = read(name, body[: int(len(body) * share)])
    # A cut between two elements behind the rows leaves a page that an author may have written so.
    assert not found.complete or [record.key for record in found.records] == list(TRUE[name])


@many
@given(names, st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=6)), max_size=8))
def test_garbled_bytes_never_raise_and_never_add_records(
    name: str, damage: list[tuple[float, bytes]]
) -> None:
    body = bytearray(BYTES[name])
    for share, junk in damage:
        at = int(len(body) * share)
        body[at : at + len(junk)] = junk
    found = read(name, bytes(body))
    assert len(found.records) <= len(TRUE[name])
    for record in found.records:
        assert any(sign.isdigit() for sign in record.key) or record.fields.get("recommendation")
        assert record.fields.get("title") or record.fields.get("report_title")


@many
@given(names, st.data())
def test_an_undecodable_byte_at_the_head_of_a_line_spoils_one_record_at_most(
    name: str, data: st.DataObject
) -> None:
    lines = BYTES[name].split(b"\n")
    begins = [at for at, line in enumerate(lines) if line.startswith((b"OIG-", b"United States ", b"  <td"))][
        1:
    ]
    if not begins:
        return
    at = data.draw(st.sampled_from(begins))
    lines[at] = lines[at][:9] + b"\xff" + lines[at][10:]
    found = read(name, b"\n".join(lines))
    assert len(found.records) == len(TRUE[name]) or found.problems
    unharmed = [
        key
        for key, true in TRUE[name].items()
        if any(r.key == key and not differing(r, true) for r in found.records)
    ]
    assert len(unharmed) >= len(TRUE[name]) - (2 if name.endswith(".html") else 1)


@many
@given(st.binary(max_size=400), st.sampled_from(["dhs-oig", "gao-recommendations"]), st.booleans())
def test_noise_never_raises_and_never_makes_records(noise: bytes, profile: str, markup: bool) -> None:
    body = b"<html><table><tr><td>" + noise if markup else noise
    assert parse(page(body), profile).records == ()


@many
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_record(shuffler: random.Random) -> None:
    name = "seeds/gao-cbp-open-recommendations.txt"
    head, *blocks = BYTES[name].decode().replace("\n\nShow\n", "\n@Show\n").split("\n\n")
    fixed, moved = blocks[:3], [block for block in blocks if "@Show" in block]
    shuffler.shuffle(moved)
    text = "\n\n".join([head, *fixed[:2], *([] if "@Show" in fixed[2] else fixed[2:]), *moved])
    found = read(name, text.replace("\n@Show\n", "\n\nShow\n").encode())
    true = {key: record.fields for key, record in TRUE[name].items()}
    assert {record.key: record.fields for record in found.records} == true


@many
@given(st.randoms(use_true_random=False))
def test_the_order_of_reports_changes_no_record(shuffler: random.Random) -> None:
    name = "seeds/dhs-oig-audits-cbp.txt"
    head, rows = BYTES[name].decode().split("Fiscal Year\n")
    starts = [
        at for at in range(len(rows)) if rows.startswith("OIG-", at) and (at == 0 or rows[at - 1] == "\n")
    ]
    parts = [rows[at:end].rstrip("\n") for at, end in zip(starts, [*starts[1:], None], strict=True)]
    shuffler.shuffle(parts)
    found = read(name, (head + "Fiscal Year\n" + "\n".join(parts)).encode())
    assert {record.key: record for record in found.records} == TRUE[name]
    assert found.problems == ()


# Pages that stand in for the real one


def html(title: str = "", h1: str = "", body: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{h1}</h1>{body}</body></html>"


@pytest.mark.parametrize(
    "text",
    [
        html("Access Denied", "Access Denied"),
        html("Just a moment...", body="<script>x</script>"),
        html("Attention Required! | Cloudflare"),
        html("Site under maintenance"),
        html("Office of Inspector General", "Site under maintenance"),
        html("Page not found | U.S. GAO", body="x" * 50_000),
        html("404 Not Found"),
        html("Error 404"),
        html("403 Forbidden"),
        html("Sign in to your account"),
        html("Log in | Office of Inspector General"),
        html("Are you a robot?"),
        html("Pardon Our Interruption"),
        html("503 Service Temporarily Unavailable"),
        "Request unsuccessful. Incapsula incident ID: 877000230071592386-1234",
        html(body="Request unsuccessful. Incapsula incident ID: 8770002300"),
        html(body="<p>You don't have permission to access this.</p>"),
        html("Portal", body='<form><input name="p" type="password"></form>'),
        '<html><head><META NAME="robots"><script src="/_Incapsula_Resource?x=1"></script></head></html>',
        "Access Denied\n\nReference #18.2d351ab8",
        "",
        " \n\u00a0",
    ],
)
def test_a_page_that_stands_in_for_the_real_one_is_told(text: str) -> None:
    said = unhealthy(text)
    assert said is not None
    assert said.endswith(".")


@pytest.mark.parametrize("name", sorted(URLS))
def test_a_genuine_page_is_healthy(name: str) -> None:
    assert unhealthy(BYTES[name].decode()) is None


@pytest.mark.parametrize(
    "words", ["Access Denied", "Page Not Found", "Site Under Maintenance", "Just a moment..."]
)
def test_a_listing_whose_reports_are_called_so_is_healthy(words: str) -> None:
    listing = BYTES["tests/pages/dhs-oig-listing.html"].decode()
    assert unhealthy(listing.replace("ICE Needs to Improve Medical Surveillance", words)) is None
    seed = BYTES["seeds/dhs-oig-audits-cbp.txt"].decode()
    assert unhealthy(seed.replace("CBP Does Not Have a Comprehensive Strategy", words)) is None


def test_a_report_called_access_denied_has_a_healthy_product_page() -> None:
    words = "Access Denied: Coast Guard Needs Better Locks"
    assert (
        unhealthy(
            BYTES["tests/pages/gao-product.html"].decode().replace("Coast Guard: Aircraft Fleet", words)
        )
        is None
    )
    assert unhealthy(html(f"{words} | U.S. GAO", words, "x" * 50_000)) is None
