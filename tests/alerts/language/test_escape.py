"""Page text that would ping, link or mark must read as it stands; what arrives is tested in test_channels."""

import pytest

from alerts.language.escape import clean, escape_markdown, escape_slack, one_line, shorten

GAP = "\u200b"


@pytest.mark.parametrize(
    ("page_text", "shown"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;".replace("@", f"@{GAP}")),
        ("<https://evil.example|GAO>", f"&lt;https:{GAP}//evil.example|GAO&gt;"),
        ("*bold* _slanted_", f"*{GAP}bold{GAP}* _{GAP}slanted{GAP}_"),
        ("**x**", f"*{GAP}*{GAP}x{GAP}*{GAP}*"),
        ("file_name_here and 2*3", "file_name_here and 2*3"),
        ("5 * 3 and ~", "5 * 3 and ~"),
        ("write to a@example.gov", "write to a@example.gov"),
        ("ask @everyone", f"ask @{GAP}everyone"),
        ("“CBP’s” § 5 — über 🛂", "“CBP’s” § 5 — über 🛂"),
    ],
)
def test_slack_shows_page_text_as_it_stands(page_text: str, shown: str) -> None:
    assert escape_slack(page_text) == shown


@pytest.mark.parametrize(
    ("page_text", "shown"),
    [
        ("<!channel> & [GAO](http://evil)", rf"\<!channel\> & \[GAO\](http:{GAP}//evil)"),
        ("*x* _y_ `z` ~s~ a|b", r"\*x\* \_y\_ \`z\` \~s\~ a\|b"),
        ("# 1 heading", r"\# 1 heading"),
        ("- item\n2. item\n3) item", "\\- item\n2\\. item\n3\\) item"),
        ("R&D is not &lt;", r"R&D is not \&lt;"),
        ("a - b, no. 5 #2", "a - b, no. 5 #2"),
        ("\\*", r"\\\*"),
        ("@here", f"@{GAP}here"),
    ],
)
def test_markdown_shows_page_text_as_it_stands(page_text: str, shown: str) -> None:
    assert escape_markdown(page_text) == shown


def test_clean_text_can_be_carried_by_every_channel() -> None:
    assert clean("a\x00b\x1b[31m\ud800c\r\nd\re\tf\x0cg") == "ab[31m\ufffdc\nd\ne\tf g"
    clean("\udfff").encode("utf-8")


def test_a_header_line_holds_no_line_break() -> None:
    assert one_line("Title\r\nBcc: all@example.org\n\x00 end") == "Title Bcc: all@example.org end"


def test_a_body_within_the_limit_stays_whole() -> None:
    assert shorten("x" * 50, 50) == "x" * 50


@pytest.mark.parametrize("body", ["line\n" * 400, "word " * 400, "x" * 2_000, "🛂" * 2_000])
def test_a_long_body_is_cut_within_the_limit_and_says_so(body: str) -> None:
    short = shorten(body, 500)

    assert len(short) <= 500
    assert short.endswith("(shortened: this channel allows 500 characters)")
    assert body.startswith(short.partition("\n…")[0])
