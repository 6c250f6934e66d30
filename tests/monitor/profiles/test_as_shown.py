"""Pages as a browser shows them: cells on a grid, hidden parts, pagers of every kind, ends and days."""

import pytest

from monitor.domain.types import Parse
from monitor.profiles.days import day_of
from monitor.profiles.page_end import ends_whole
from monitor.profiles.registry import PROFILES

HEAD = "<tr><th>Component</th><th>Report Number</th><th>Title</th><th>Date Issued</th></tr>"
ROWS = "".join(
    f"<tr><td>FEMA</td><td>26-{n:02d}</td><td>Audit of shelter {n}</td><td>03/{n:02d}/2026</td></tr>"
    for n in range(1, 11)
)
URL = "https://www.example.gov/reports"


def page(rows: str, after: str = "", head: str = HEAD, top: str = "") -> str:
    body = f"<main><table>{head}{rows}</table>{after}</main>"
    return f"<!doctype html><html><head>{top}</head><body>{body}</body></html>"


def read(text: str, url: str = URL, profile: str = "table") -> Parse:
    return PROFILES[profile].parse(text, url)


def shown(found: Parse) -> list[tuple[object, ...]]:
    names = ("agency", "report_number", "title", "issue_date")
    return [tuple(record.fields[name] for name in names) for record in found.records]


def test_a_cell_over_several_rows_counts_in_each_of_them() -> None:
    found = read(
        page(
            "<tr><td rowspan='2'>FEMA</td><td>26-01</td><td>Tents</td><td>03/01/2026</td></tr>"
            "<tr><td>26-02</td><td>Water</td><td rowspan='0'>03/02/2026</td></tr>"
            "<tr><td>CBP</td><td>26-03</td><td>Cars</td></tr>"
        )
    )
    assert shown(found) == [
        ("FEMA", "26-01", "Tents", "2026-03-01"),
        ("FEMA", "26-02", "Water", "2026-03-02"),
        ("CBP", "26-03", "Cars", "2026-03-02"),
    ]
    assert found.complete


def test_what_a_wide_cell_covers_has_no_value_and_moves_no_other() -> None:
    rows = "<tr><td>FEMA</td><td>26-01</td><td colspan='2'>Tents</td></tr>"
    rows += "<tr><td colspan='2'>CBP</td><td>Cars</td><td>03/02/2026</td></tr>"
    assert shown(read(page(rows))) == [("FEMA", "26-01", "Tents", None), ("CBP", None, "Cars", "2026-03-02")]


def test_a_head_in_two_rows_is_read_by_its_lowest_words() -> None:
    head = "<thead><tr><th colspan='2'>Report</th><th rowspan='2'>Date Issued</th></tr>"
    head += "<tr><th>Number</th><th>Title</th></tr></thead>"
    found = read(page("<tr><td>26-01</td><td>Tents</td><td>03/01/2026</td></tr>", head=head))
    assert shown(found) == [(None, "26-01", "Tents", "2026-03-01")]


@pytest.mark.parametrize(
    "notice",
    [
        "<tr><td colspan='4'>Older reports are on request.</td></tr>",
        "<tr><td colspan='9'>2025</td></tr>",
        "<tr><td></td><td>&nbsp;</td><td></td><td></td></tr>",
        HEAD,
        HEAD.replace("th", "td"),
    ],
)
def test_a_row_that_is_plainly_no_record_is_left_out_and_silences_nothing(notice: str) -> None:
    found = read(page(ROWS + notice + ROWS.replace("26-", "25-")))
    assert (len(found.records), found.problems, found.complete) == (20, (), True)


def test_a_notice_in_cells_of_its_own_is_no_report() -> None:
    notice = "<tr><td></td><td>{}</td><td>This site will be down on Saturday.</td><td>{}</td></tr>"
    found = read(page(ROWS + notice.format("Notice", "")))
    assert (len(found.records), found.complete) == (10, False)
    assert found.problems == ("Row 11: 'Notice' is not a report number.",)
    for number, day in (("", ""), ("N/A", ""), ("Pending", "03/01/2026"), ("26-77", "")):
        assert len(read(page(ROWS + notice.format(number, day))).records) == 11


def test_a_row_without_its_title_is_not_read() -> None:
    for lost in ("", "N/A", "undefined", "—", "null"):
        found = read(page(ROWS + f"<tr><td>FEMA</td><td>26-99</td><td>{lost}</td><td></td></tr>"))
        assert (len(found.records), found.complete) == (10, False)
        assert "it has no title" in found.problems[0]


@pytest.mark.parametrize(
    "title",
    [
        "Tents<br>and water",
        "<p>Tents</p><p>and water</p>",
        "<div>Tents</div>and water",
        "Tents and water<script>var x = 1</script><style>a{}</style>",
        "Tents <span hidden>secret</span>and water",
        "Tents <span style='DISPLAY : none'>0001</span>and water",
        "Tents and&nbsp;water <i aria-hidden='true'>›</i>",
        "<span aria-hidden='true'>Tents</span> and water<template>x</template>",
        "Tents and water<sup>1</sup>",
        "Tents and water <sup><a href='#note'>[12]</a></sup>",
        "Tents<sup>†</sup> and water",
        "Tents and water 🆕",
    ],
)
def test_a_cell_is_read_as_it_is_shown(title: str) -> None:
    found = read(page(f"<tr><td>FEMA</td><td>26-01</td><td>{title}</td><td>03/01/2026</td></tr>"))
    assert shown(found)[0][2] == "Tents and water"


@pytest.mark.parametrize("mark", ["th", "2"])
def test_a_small_sign_that_is_part_of_the_words_is_read(mark: str) -> None:
    before = "Tents for the 5" if mark == "th" else "Tents of 9 m"
    found = read(
        page(f"<tr><td>FEMA</td><td>26-01</td><td>{before}<sup>{mark}</sup></td><td>03/01/2026</td></tr>")
    )
    assert shown(found)[0][2] == f"{before}{mark}"


def test_the_mark_of_a_footnote_behind_a_number_or_a_day_is_left_out() -> None:
    cells = "<td>FEMA</td><td>OIG-26-01<sup>2</sup></td><td>Tents</td><td>03/01/2026<sup>1</sup></td>"
    (found,) = read(page(f"<tr>{cells}</tr>")).records
    assert (found.key, found.fields["issue_date"]) == ("OIG-26-01", "2026-03-01")


@pytest.mark.parametrize("label", ["Report No. ", "Report Number: ", "Report ", "# ", "No. "])
def test_a_label_before_a_number_is_no_part_of_it(label: str) -> None:
    found = read(page(f"<tr><td>FEMA</td><td>{label}OIG-26-01</td><td>Tents</td><td>03/01/2026</td></tr>"))
    assert found.records[0].key == "OIG-26-01"


NEXT = f"{URL}?page=2"


@pytest.mark.parametrize(
    "pager",
    [
        "<nav aria-label='Pagination'><a class='usa-pagination__link' href='?page=2' aria-label='Next page'>"
        "<span>Next</span></a></nav>",
        "<ul class='pagination'><li class='page-item active'><a href='?page=1'>1</a></li>"
        "<li class='page-item'><a href='?page=2'>2</a></li></ul>",
        "<ul class='pagination'><li><b aria-current='page'>1</b></li><li><a href='?page=2'>2</a></li></ul>",
        "<nav class='pager'><li class='pager__item--next'><a href='?page=2'>x</a></li></nav>",
        "<p class='pager'>1 <a href='?page=2'>2</a> <a href='?page=3'>3</a></p>",
        "<a rel='next' href='?page=2'>more of it</a>",
        "<p><a href='?page=2'>Older reports</a></p>",
        "<p><a href='?page=2'>Next 10</a></p>",
        "<div class='paging'><a href='?page=2'>»</a></div>",
        "<div id='pagination'><a href='?page=2' title='Next page'><img></a></div>",
        # No class says that these are a pager: the links differ from the page in a number alone.
        "<div><b>1</b> <a href='?page=2'>2</a> <a href='?page=3'>3</a> … <a href='?page=12'>12</a></div>",
        "<a href='?page=2'><img alt='Next page' src='n.gif'></a>",
        "<a href='?page=2'>›</a> <a href='?page=12'>»</a>",
        "<p><a href='?page=2'>More …</a></p>",
        "<p><a href='?page=2'>Siguiente</a></p>",
        "<p><a href='?page=2' aria-label='Go to the next page of results'><svg></svg></a></p>",
        "<p><a href='?page=2'>Continue to page 2</a></p>",
        "<p><a href='?page=2'>Forward</a></p>",
        "<ul class='pager'><li><a href='?page=2'>››</a></li></ul>",
        "<p>[1] <a href='?page=2'>[2]</a> <a href='?page=3'>[3]</a></p>",
        # Each number is a link, and none of them is this page's own address.
        "<p><a href='?page=1'>1</a> <a href='?page=2'>2</a> <a href='?page=3'>3</a></p>",
    ],
)
def test_the_next_page_is_known_by_what_its_link_is(pager: str) -> None:
    found = read(page(ROWS, pager))
    assert (found.next_url, found.complete, found.problems) == (NEXT, False, ())


@pytest.mark.parametrize(
    "more",
    [
        "<p>1-10 of 25</p>",
        "<div>Showing <b>1</b> to <b>10</b> of <b>1,025</b> entries</div>",
        "<p>Page 1 of 3</p>",
        "<p>Page&nbsp;1 / 3</p>",
        "<p>Results 1 – 10 of about 25</p>",
        "<div class='pagination'><a href='#'>Next</a></div>",
        "<div class='pager'><a href=\"javascript:__doPostBack('Grid','Page$2')\">2</a></div>",
        "<div class='pagination'><button>Next</button></div>",
        "<button type='button'>Load more</button>",
        "<form class='pager'><input type='submit' value='Next &gt;'></form>",
        "<form method='post'><input type='submit' value='Next'></form>",
        "<a href='javascript:void(0)'>Next &raquo;</a>",
        "<td>1</td><td><a href=\"javascript:__doPostBack('Grid','Page$2')\">2</a></td>",
        "<label>Page <select name='page'><option>1</option><option>2</option></select></label>",
        "<div hx-get='/reports?page=2' hx-trigger='revealed'></div>",
        "<div data-next-url='/reports?page=2'></div>",
        "<p>Results&nbsp;1&nbsp;&#8211;&nbsp;10&nbsp;of&nbsp;about&nbsp;25</p>",
        "<h2>25 results found</h2>",
        "<div>Total records: 1,025</div>",
        "<p>Only the 10 most recent reports are shown.</p>",
        "<p>10 of 25 reports shown</p>",
        "<p>Results: 25</p>",
        "<p>25 reports</p>",
        "<p>Total: 25</p>",
        "<p>25 total</p>",
        "<p>Number of reports: 25</p>",
        "<p>There are 25 reports in total.</p>",
        "<p>10 of 25 reports</p>",
        "<p>Displaying 10 out of 25</p>",
        "<a href='/all'>Show all 25 reports</a>",
        "<div role='button' tabindex='0'>Show more</div>",
        "<span class='next' onclick='go(2)'>Next</span>",
        "<div class='pager'><button data-page='1'>1</button><button data-page='2'>2</button></div>",
        "<select id='go'><option>Page 1</option><option>Page 2</option></select>",
        # Pages, as it seems, by a name that only a pager's class would explain.
        "<div><b>1</b> <a href='?x=2'>2</a> <a href='?x=3'>3</a></div>",
    ],
)
def test_a_page_that_speaks_of_more_than_can_be_followed_is_never_complete(more: str) -> None:
    found = read(page(ROWS, more))
    assert (found.next_url, found.complete) == (None, False)
    assert found.problems or found.declared_total == 1025


@pytest.mark.parametrize(
    "end",
    [
        "",
        "<p>1-10 of 10 entries</p><p>Page 3 of 3</p>",
        "<div class='pagination'><a class='disabled' href='#'>Next</a></div>",
        "<div class='pagination'><button disabled>Next</button></div>",
        "<p class='pager'><a href='?page=0'>1</a><b class='active'><a href='?page=9'>2</a></b></p>",
        "<p>Audit of Phase 1-3 of 25 sites and what we found on page 1 of 3 of it</p>",
        "<p><a href='/news/2'>Next</a> <a href='#top'>Next</a> <a href='/contact'>»</a></p>",
        "<h2>2025 Reports</h2><p>10 reports</p><p>10 of 10 reports shown</p><p>Results: 10</p>",
        "<p>Total: 10</p><p>10 total</p><p>Total: $25</p><p>3 of 25 reports</p><p>Total cost 25</p>",
        "<p>10 results found</p><p>The 5 latest reports of 2025</p><p><a href='?year=2025'>2025</a></p>",
        "<div class='carousel'><button>Next</button><a href='javascript:go()'>Next</a></div>",
        "<ul class='topics'><li><a href='?topic=4'>Border</a></li><li><a href='?topic=12'>More</a></li></ul>",
        "<p>April 2026 <a href='?month=5'>»</a></p>",
        "<p>Region <a href='?region=1'>1</a> <a href='?region=2'>2</a> <a href='?region=3'>3</a></p>",
        "<p><a class='active' href='?fy=2025'>2025</a> <a href='?fy=2026'>2026</a></p>",
    ],
)
def test_a_page_that_shows_all_is_complete(end: str) -> None:
    found = read(page(ROWS, end))
    assert (found.next_url, found.complete, found.problems) == (None, True, ())


def test_a_total_that_is_met_needs_no_further_page() -> None:
    assert read(page(ROWS, "<p>Showing 1 to 5 of 10 entries</p>")).problems == ()


@pytest.mark.parametrize(
    ("href", "followed"),
    [
        ("?page=2", True),
        ("/reports/page/2", True),
        ("/2026/03/a-word-from-the-inspector", False),
        ("https://blog.example/reports?page=2", False),
    ],
)
def test_a_next_link_in_the_head_counts_only_where_it_leads_to_the_same_list(
    href: str, followed: bool
) -> None:
    found = read(page(ROWS, top=f"<link rel='next' href='{href}'>"))
    assert (found.next_url is not None, found.complete) == (followed, not followed)


BEGUN = f"<!doctype html><html><body><main><table>{HEAD}{ROWS}"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (BEGUN + "</table></main></body></html>", True),
        (BEGUN + "</table></main>", True),
        (BEGUN + "</table></main><p>Contact us<br>", True),
        (BEGUN + "</table></main><p>Contact u", False),
        (BEGUN + "</table></main></body></html><!-- " + "x" * 9000 + " -->", True),
        (BEGUN + "</table></main></HTML>\n" + "<script>" + "y" * 9000 + "</script>", True),
        (BEGUN + "</table></main></html>" + " " * 5000 + "<p>More <a href='x", False),
        (BEGUN + "</table>", False),
        (BEGUN, False),
        (BEGUN[:-9], False),
        (BEGUN + "</table></main><!-- never ended", False),
        ("<table><tr><td>x</table>", True),
    ],
)
def test_a_page_is_whole_where_only_elements_are_open_that_may_stay_open(text: str, whole: bool) -> None:
    assert ends_whole(text) is whole


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Sept 8 2026", "2026-09-08"),
        ("8 September 2026", "2026-09-08"),
        ("Tuesday, September 8th, 2026", "2026-09-08"),
        ("Sep. 8,2026", "2026-09-08"),
        ("08-Sep-2026", "2026-09-08"),
        ("9/8/26", "2026-09-08"),
        ("8-Sep-26", "2026-09-08"),
        ("20260908", "2026-09-08"),
        ("20269908", None),
        ("OIG 20260908", None),
        ("9/8/98", "1998-09-08"),
        ("9-8-2026", "2026-09-08"),
        ("2026/9/8", "2026-09-08"),
        ("2026-09-08T12:00:00Z", "2026-09-08"),
        ("September 8, 0226", None),
        ("9/8/9999", None),
        ("13/32/2026", None),
        ("OIG-26-08-09", None),
        ("soon", None),
    ],
)
def test_a_day_is_read_as_american_offices_write_it(words: str, day: str | None) -> None:
    assert day_of(words) == day


SHEET = "Report Number,Title,Date Issued\r\n26-01,Tents,03/01/2026\r\n26-02,Water,03/02/2026\r\n"


@pytest.mark.parametrize(
    ("text", "rows", "complete"),
    [
        (SHEET, 2, True),
        (SHEET.rstrip(), 2, True),
        (SHEET + "26-03,Ca", 2, False),
        (SHEET + '26-03,"Cars and', 2, False),
        (SHEET + "As of March 2026\r\n", 2, True),
    ],
)
def test_a_csv_file_that_ends_within_a_row_is_not_complete(text: str, rows: int, complete: bool) -> None:
    found = read(text, profile="csv")
    assert (len(found.records), found.complete) == (rows, complete)


def feed(*items: str) -> Parse:
    body = "".join(f"<item>{item}</item>" for item in items)
    return read(f"<?xml version='1.0'?><rss version='2.0'><channel>{body}</channel></rss>", profile="feed")


def test_a_guid_identifies_a_feeds_entry_and_becomes_a_link_only_where_it_is_one() -> None:
    found = feed(
        "<title>Tents</title><guid>777</guid>",
        "<title>Water</title><guid>https://www.example.gov/water</guid>",
        "<title>Cars</title><link>https://www.example.gov/c?sid=1</link><guid isPermaLink='false'>c1</guid>",
    )
    assert [(record.key, record.fields["url"]) for record in found.records] == [
        ("777", None),
        ("https://www.example.gov/water", "https://www.example.gov/water"),
        ("c1", "https://www.example.gov/c?sid=1"),
    ]
    assert found.records[2].aliases == ("https://www.example.gov/c?sid=1",)


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("2024-02/OIG-24-10-Feb24.pdf", "OIG-24-10"),
        ("audit/oig-24-10-door-locks", "OIG-24-10"),
        ("audit/24-01234-56-bedford", "24-01234-56"),
        ("OIG-24-10-UNSUM.pdf", "OIG-24-10-UNSUM"),
        ("oig-24-10-a", "OIG-24-10-A"),
        ("OIG-24-10-2", None),
    ],
)
def test_the_number_in_the_link_of_an_entry_ends_before_the_words_of_a_file(
    link: str, number: str | None
) -> None:
    (record,) = feed(f"<title>Tents</title><link>https://www.example.gov/{link}</link>").records
    assert record.fields["report_number"] == number


def test_entries_that_share_a_guid_are_known_by_their_links() -> None:
    link = "<link>https://www.example.gov/{0}</link><guid isPermaLink='false'>same</guid><title>T {0}</title>"
    keys = [record.key for record in feed(link.format(1), link.format(2)).records]
    assert keys == ["https://www.example.gov/1", "https://www.example.gov/2"]


@pytest.mark.parametrize(
    ("cell", "title"),
    [
        ("<a href='/1'>Better Than the <em>New</em></a>", "Better Than the New"),
        ("<a href='/1'>Better Than the New</a>", "Better Than the New"),
        ("<a href='/1'>New</a>", "New"),
        ("<span class='badge'>New</span>", "New"),
        ("See <a href='/1'>Rules</a> <b>New</b> for all", "See Rules New for all"),
        ("<a href='/1'>Rules</a> <b>Updated</b> March 3, 2026", "Rules Updated March 3, 2026"),
        ("<a href='/1'>Rules</a> Status: <b>New</b>", "Rules Status: New"),
        ("<a href='/1'>Guide to PDF</a>", "Guide to PDF"),
        ("<a href='/1'>Costs of 12 Pages</a>", "Costs of 12 Pages"),
        ("<a href='/1'>Costs (Updated)</a>", "Costs (Updated)"),
    ],
)
def test_words_that_are_a_title_a_label_or_a_value_are_no_badge(cell: str, title: str) -> None:
    found = read(page(f"<tr><td>FEMA</td><td>26-01</td><td>{cell}</td><td></td></tr>"))
    assert shown(found) == [("FEMA", "26-01", title, None)]
