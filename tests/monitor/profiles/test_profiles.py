"""Saved pages against the records that are on them, and the odd rows that publishers make."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.identity import merge
from monitor.domain.types import FIELDS, Parse, RecordKind
from monitor.profiles.registry import PROFILES

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "tests" / "pages"
LISTING = "https://www.oig.dhs.gov/reports/audits-inspections-and-evaluations"
AGENCY = "https://www.gao.gov/agencies/united-states-coast-guard"
SAMPLES = {
    "dhs-oig-ice-title-asc.txt": "dhs-oig",
    "dhs-oig-listing.html": "dhs-oig",
    "gao-agency-uscg-94-total.txt": "gao-recommendations",
    "gao-product.html": "gao-recommendations",
}


def read(profile: str, text: str, url: str = "") -> Parse:
    return PROFILES[profile].parse(text, url)


def sample(name: str) -> tuple[Parse, dict[str, Any]]:
    expected = json.loads((PAGES / f"{name.rpartition('.')[0]}.expected.json").read_text())
    return read(SAMPLES[name], (PAGES / name).read_text(), expected["source_url"]), expected


def seed(name: str, profile: str) -> Parse:
    return read(profile, (ROOT / "seeds" / name).read_text())


# The saved pages


@pytest.mark.parametrize("name", SAMPLES)
def test_a_saved_page_gives_the_records_that_are_on_it(name: str) -> None:
    parse, expected = sample(name)
    assert len(parse.records) == expected["record_count"]
    for record, wanted in zip(parse.records, expected["records"], strict=True):
        assert record.kind == wanted["kind"]
        assert set(record.fields) == set(FIELDS[record.kind])
        known = {field: wanted[field] for field in record.fields if field in wanted}
        assert {field: record.fields[field] for field in known} == known


def test_a_row_cut_by_the_end_of_the_text_is_told_and_not_recorded() -> None:
    parse, _ = sample("dhs-oig-ice-title-asc.txt")
    assert len(parse.problems) == 1
    assert "OIG-13-66" in parse.problems[0]


def test_a_comment_cut_by_the_end_of_the_text_is_marked_as_cut() -> None:
    parse, _ = sample("gao-agency-uscg-94-total.txt")
    assert [record.cut for record in parse.records] == [set(), set(), {"status_comment"}]
    assert parse.declared_total == 94
    assert not parse.complete


def test_the_next_page_keeps_the_filters_of_this_one() -> None:
    parse, _ = sample("dhs-oig-listing.html")
    assert parse.next_url == f"{LISTING}?field_dhs_agency_target_id=3&field_fy_value=All&page=1"
    assert not parse.complete


@pytest.mark.parametrize("rel", ["next", "nofollow next", "next prefetch"])
def test_the_next_page_is_found_however_its_rel_is_written(rel: str) -> None:
    page = (PAGES / "dhs-oig-listing.html").read_text()
    assert 'rel="next"' in page
    parse = read("dhs-oig", page.replace('rel="next"', f"rel='{rel}'"), LISTING)
    assert parse.next_url == f"{LISTING}?page=1"


def test_two_broken_rows_with_one_link_each_keep_their_own_abstract() -> None:
    rows = "".join(
        f'<tr><td class="views-field-field-report-number">OIG-26-{n}</td><td class="views-field-title">'
        f'<a href="/one.pdf" title=<p>What {n} says.</p>\n>Title {n}</a></td></tr>'
        for n in (1, 2)
    )
    parse = read("dhs-oig", f"<html><body><table>{rows}</table></body></html>", LISTING)
    assert [(one.fields["title"], one.fields["abstract"]) for one in parse.records] == [
        ("Title 1", "What 1 says."),
        ("Title 2", "What 2 says."),
    ]


def test_a_product_page_is_complete_and_names_itself() -> None:
    parse, expected = sample("gao-product.html")
    assert parse.complete
    assert {record.fields["url"] for record in parse.records} == {expected["source_url"]}
    assert [record.key for record in parse.records] == ["GAO-23-105711 rec 1", "GAO-23-105711 rec 2"]


def test_a_product_page_saved_to_a_file_names_its_product_all_the_same() -> None:
    parse = read("gao-recommendations", (PAGES / "gao-product.html").read_text(), "file:///saved/page.html")
    assert {record.fields["url"] for record in parse.records} == {
        "https://www.gao.gov/products/gao-23-105711"
    }


def test_the_seed_of_reports_gives_all_fifty() -> None:
    parse = seed("dhs-oig-audits-cbp.txt", "dhs-oig")
    fields = {record.key: record.fields for record in parse.records}
    assert (len(parse.records), len(fields), parse.problems, parse.complete) == (50, 50, (), False)
    assert sum(one["abstract"] is not None for one in fields.values()) == 27
    assert Counter(one["fiscal_year"] for one in fields.values())[2021] == 12
    assert fields["OIG-14-131"]["title"].endswith("Ajo, Arizona (Revised)")
    assert fields["OIG-19-49"]["abstract"].count("\n\n") == 1
    assert fields["OIG-15-64"]["abstract"].startswith("U .S. Customs")
    assert fields["OIG-10-54"]["abstract"] is None


def test_the_seed_of_recommendations_gives_ten_of_twenty_five() -> None:
    parse = seed("gao-cbp-open-recommendations.txt", "gao-recommendations")
    assert (len(parse.records), parse.declared_total, parse.complete, parse.problems) == (10, 25, False, ())
    assert len({record.key for record in parse.records}) == 10
    assert len({record.fields["report_title"] for record in parse.records}) == 6
    assert {record.fields["status"] for record in parse.records} == {"open"}
    assert {record.fields["agency"] for record in parse.records} == {
        "United States Customs and Border Protection"
    }
    assert merge(parse.records) == (parse.records, ())


# Rows of the inspector general, as text

HEADER = "Audits, Inspections, and Evaluations\n\nReport Number Title Issue Date Fiscal Year\n"


def text_rows(rows: str) -> Parse:
    return read("dhs-oig", HEADER + rows)


def test_a_title_that_ends_in_a_year_keeps_it() -> None:
    one, other = text_rows(
        "OIG-09-10 Claims through 2006 2009\nOIG-09-11 \u00a0\n\n>Audits of 2006\n2009\n"
    ).records
    assert (one.fields["title"], one.fields["fiscal_year"]) == ("Claims through 2006", 2009)
    assert (other.fields["title"], other.fields["fiscal_year"]) == ("Audits of 2006", 2009)


def test_a_paragraph_that_begins_with_a_report_number_is_no_row() -> None:
    (record,) = text_rows("OIG-21-10 We looked back.\n\nOIG-19-46 said so.\n\n>Looking Back\n2021\n").records
    assert record.fields["abstract"] == "We looked back.\n\nOIG-19-46 said so."


def test_a_row_without_year_does_not_take_the_next_with_it() -> None:
    parse = text_rows("OIG-21-10 Locks\nOIG-21-11 Doors 2021\nOIG-21-12 \u00a0\n\nOIG-20-13 Gates 2020\n")
    assert [record.key for record in parse.records] == ["OIG-21-10", "OIG-21-11", "OIG-20-13"]
    assert parse.records[0].fields["fiscal_year"] is None
    assert "OIG-21-12" in parse.problems[0]
    assert parse.problems[1:] == ("Row 1 (OIG-21-10): it has no fiscal year.",)


def test_a_date_before_the_year_is_the_issue_date() -> None:
    (record,) = text_rows("OIG-26-18 Gates 07/23/2026 2026\nPagination\nNext page\n").records
    assert (record.fields["title"], record.fields["issue_date"]) == ("Gates", "2026-07-23")


@pytest.mark.parametrize("end", ["as of September 30, 2012", "in 2013", "the United States"])
def test_a_sentence_that_the_end_of_the_text_cuts_is_no_title(end: str) -> None:
    parse = text_rows(f"OIG-13-66 We looked at the balance sheet {end}")
    assert parse.records == ()
    assert len(parse.problems) == 1


def test_a_text_without_the_header_gives_nothing_and_names_the_columns() -> None:
    parse = read("dhs-oig", "News\nOIG-20-10 was discussed in 2021\n")
    assert parse.records == ()
    assert "Report Number" in parse.missing_columns


# Rows of the inspector general, as HTML

HEADS = "".join(
    f'<th class="views-field views-field-{name}">{words}</th>'
    for name, words in [
        ("field-report-number", "Report Number"),
        ("title", "Title"),
        ("field-issue-date", "Issue Date"),
        ("field-fy", "Fiscal Year"),
    ]
)


def cell(name: str, content: str) -> str:
    return f'<td class="views-field views-field-{name}">{content}   </td>'


def row(number: str = "OIG-26-18", link: str = '<a href="/a.pdf">Gates</a>', more: str = "") -> str:
    return f"<tr>{cell('field-report-number', number)}{cell('title', link)}{more}</tr>"


def listing(*rows: str, after: str = "", head: str = "") -> str:
    table = (
        f"<table class='views-table'><thead><tr>{HEADS}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return f"<!DOCTYPE html><html><head>{head}</head><body><h1>Audits</h1>{table}{after}</body></html>"


def html_rows(*rows: str, after: str = "", head: str = "", url: str = LISTING) -> Parse:
    return read("dhs-oig", listing(*rows, after=after, head=head), url)


def test_a_listing_of_one_page_is_complete_but_not_one_of_a_later_page() -> None:
    assert html_rows(row()).complete
    assert not html_rows(row(), url=LISTING + "?page=3").complete


def test_a_page_that_breaks_off_is_not_complete_and_says_so() -> None:
    whole = listing(row(), row("OIG-26-19"))
    parse = read("dhs-oig", whole[: whole.index("</tbody>")], LISTING)
    assert len(parse.records) == 2
    assert not parse.complete
    assert "breaks off" in parse.problems[0]


def test_one_bad_row_is_told_and_loses_no_other() -> None:
    parse = html_rows(row(), row("OIG-26-19", ""), row("OIG-26-20"))
    assert [record.key for record in parse.records] == ["OIG-26-18", "OIG-26-20"]
    assert parse.problems == ("Row 2 was not read: it has no title (number 'OIG-26-19').",)
    assert not parse.complete


@pytest.mark.parametrize(
    ("link", "title", "abstract"),
    [
        ('<a href="/a.pdf" title=<p>We looked.</p>\n\n>Gates</a>', "Gates", "We looked."),
        (
            '<a href="/a.pdf" title=<p>One.</p>\n<p>Two &amp; more.</p>\n\n>Gates</a>',
            "Gates",
            "One.\n\nTwo & more.",
        ),
        ('<a href="/a.pdf" title=<p>Said "no" to it.</p>\n\n>Gates</a>', "Gates", 'Said "no" to it.'),
        ('<a href="/a.pdf" title=<p>&nbsp;</p>\n\n>Gates</a>', "Gates", None),
        (
            '<a href="/a.pdf" title=" abstract with "quotes" and <p>markup</p>">Real <b>Title</b></a>',
            "Real Title",
            'abstract with "quotes" and\n\nmarkup',
        ),
        ('<a href="/a.pdf" title=" View the Gates PDF">Gates</a>', "Gates", None),
        ("Gates (Revised) (", "Gates (Revised)", None),
    ],
)
def test_an_abstract_that_spilled_out_of_its_attribute_is_parted_from_the_title(
    link: str, title: str, abstract: str | None
) -> None:
    (record,) = html_rows(row(link=link)).records
    assert (record.fields["title"], record.fields["abstract"]) == (title, abstract)


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/sites/a.pdf", "https://www.oig.dhs.gov/sites/a.pdf"),
        ("a.pdf", "https://www.oig.dhs.gov/reports/a.pdf"),
        ("http://oig.dhs.gov/sites/a.pdf", "https://www.oig.dhs.gov/sites/a.pdf"),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_links_are_absolute_or_none(href: str, url: str | None) -> None:
    (record,) = html_rows(row(link=f'<a href="{href}">Gates</a>')).records
    assert record.fields["url"] == url


@pytest.mark.parametrize("tag", ["base", "BASE"])
def test_a_base_element_says_what_links_are_relative_to(tag: str) -> None:
    (record,) = html_rows(row(), head=f'<{tag} href="https://mirror.example/x/">').records
    assert record.fields["url"] == "https://mirror.example/a.pdf"


@pytest.mark.parametrize(
    ("content", "day"),
    [
        ('<time datetime="2026-07-23T12:00:00Z">07/23/2026</time>', "2026-07-23"),
        ("<time>07/23/2026</time>", "2026-07-23"),
        ("07/23/2026", "2026-07-23"),
        ("soon", None),
    ],
)
def test_an_issue_date_is_a_day(content: str, day: str | None) -> None:
    (record,) = html_rows(row(more=cell("field-issue-date", content))).records
    assert record.fields["issue_date"] == day
    assert record.fields["fiscal_year"] is None


def test_a_report_without_number_is_known_by_its_link() -> None:
    (record,) = html_rows(row("")).records
    assert record.key == "https://www.oig.dhs.gov/a.pdf"
    assert record.fields["report_number"] is None


def test_a_redesign_names_the_columns_that_are_gone() -> None:
    page = listing(row()).replace("views-field-field-fy", "fy").replace("Fiscal Year", "Year")
    assert read("dhs-oig", page, LISTING).missing_columns == ("Fiscal Year",)
    gone = read("dhs-oig", "<html><body><div>All new</div></body></html>", LISTING)
    assert len(gone.missing_columns) == 4
    assert not gone.says_empty


def test_a_page_that_says_that_it_is_empty_is_no_redesign() -> None:
    page = "<html><body><main><h1>Audits</h1><div class='view-empty'>None found</div></main></body></html>"
    parse = read("dhs-oig", page, LISTING)
    assert (parse.says_empty, parse.missing_columns, parse.records) == (True, (), ())


def test_the_old_site_had_neither_classes_nor_heads() -> None:
    row_of_old = "<tr><td>OIG-19-46</td><td><a href='/index.php/a.pdf'>Locks</a></td><td>06/30/2019</td></tr>"
    page = (
        f"<html><body><div id='content-area'><table><tbody>{row_of_old}</tbody></table></div></body></html>"
    )
    (record,) = read("dhs-oig", page, LISTING).records
    assert (record.key, record.fields["issue_date"]) == ("OIG-19-46", "2019-06-30")


@pytest.mark.parametrize(
    ("href", "following"),
    [
        ("?page=2", f"{LISTING}?order=title&sort=asc&page=2"),
        ("?order=title&amp;sort=asc&amp;page=2", f"{LISTING}?order=title&sort=asc&page=2"),
        ("/reports/management-alerts?page=2", "https://www.oig.dhs.gov/reports/management-alerts?page=2"),
    ],
)
def test_a_pager_leads_on_with_the_filters(href: str, following: str) -> None:
    pager = f'<ul><li class="pager__item pager__item--next"><a href="{href}">Next</a></li></ul>'
    parse = html_rows(row(), after=pager, url=f"{LISTING}?page=1&order=title&sort=asc")
    assert parse.next_url == following


# Rows of GAO, as text


def gao_text(
    body: str, heading: str = "United States Coast Guard\n\nJump To:\n\nOpen Recommendations (9 total)\n\n"
) -> Parse:
    return read("gao-recommendations", heading + body)


SAIL = "United States Coast Guard The Commandant should sail. (Recommendation 1)"
ROW = "United States Coast Guard The Commandant should row. (Recommendation 2)"
BLOCK = (
    "Boats: Sail Them\n\nShow\n2 Open Recommendations\n1 Priority\nAgency Affected Recommendation Status\n"
)
FULL_DEFINITION = (
    "Actions to satisfy the intent of the recommendation have not been taken or are being planned, or"
    " actions that partially satisfy the intent of the recommendation have been taken.\n"
)


def test_a_priority_line_parts_agency_from_text() -> None:
    one, other = gao_text(
        BLOCK + "United States Coast Guard\nPriority Rec.\nThe Commandant should sail. (Recommendation 1)\n"
        "Open\nNot yet.\n"
        f"{ROW}\nOpen – Partially Addressed\nHalf.\n"
    ).records
    assert (one.fields["priority"], other.fields["priority"]) == (True, False)
    assert one.fields["recommendation"] == "The Commandant should sail. (Recommendation 1)"
    assert (one.fields["status_comment"], other.fields["status_comment"]) == ("Not yet.", "Half.")
    assert other.fields["status"] == "open_partially_addressed"


def test_the_definition_of_a_status_is_not_its_comment() -> None:
    one, other = gao_text(
        BLOCK + f"{SAIL}\nOpen\n{FULL_DEFINITION}Soon.\n{ROW}\nOpen\n{FULL_DEFINITION}"
    ).records
    assert (one.fields["status_comment"], other.fields["status_comment"]) == ("Soon.", None)


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        (
            "Department of the Treasury The Secretary of the Treasury should pay.",
            "Department of the Treasury",
        ),
        ("Internal Revenue Service To save money, IRS should pay.", "Internal Revenue Service"),
        ("Department of Energy In order to save, DOE should pay.", "Department of Energy"),
    ],
)
def test_on_a_page_of_many_agencies_the_usual_openings_part_agency_from_text(line: str, agency: str) -> None:
    heading = "1 - 17 of 17 Recommendations, including 0 Priority Recommendations\n\n"
    page = heading + BLOCK.replace(" Affected", "") + f"{line} (Recommendation 1)\nOpen\nNo.\n"
    parse = read("gao-recommendations", page)
    assert (parse.records[0].fields["agency"], parse.declared_total) == (agency, 17)


def test_where_the_page_has_no_status_words_the_count_of_open_ones_says_it() -> None:
    body = BLOCK.replace("Show", "Mar 11, 2025") + (f"{SAIL}\nIn May we asked again.\n")
    (record,) = gao_text(body).records
    assert (record.fields["status"], record.fields["status_comment"]) == ("open", "In May we asked again.")


def test_a_status_nobody_has_seen_is_unknown_and_keeps_its_words() -> None:
    body = BLOCK + f"{SAIL}\nOpen – Revisited\nHm.\n"
    (record,) = gao_text(body).records
    assert (record.fields["status"], record.fields["status_text"]) == ("unknown", "Open – Revisited")


def test_a_comment_that_cites_another_recommendation_stays_a_comment() -> None:
    body = BLOCK + (f"{SAIL}\nOpen\nWe said more. See the next one. (Recommendation 2)\nAnd so on.\n")
    (record,) = gao_text(body).records
    assert (
        record.fields["status_comment"] == "We said more. See the next one. (Recommendation 2)\n\nAnd so on."
    )


def test_the_foot_of_a_page_is_not_part_of_the_last_comment() -> None:
    body = BLOCK + (
        f"{SAIL}\nOpen\nSoon.\n\nFull Recommendations Database\n\nStay informed as we add new reports.\n"
    )
    parse = gao_text(body)
    assert parse.records[0].fields["status_comment"] == "Soon."
    assert parse.problems == ()


def test_the_beginning_of_the_next_title_is_not_part_of_the_last_comment() -> None:
    body = BLOCK + (f"{SAIL}\nOpen\nSoon.\n\nShips: Build Th")
    parse = gao_text(body)
    assert parse.records[0].fields["status_comment"] == "Soon."
    assert "Ships: Build Th" in parse.problems[0]


def test_a_page_of_2016_labels_its_values() -> None:
    parse = read(
        "gao-recommendations",
        "1 publications with a total of 2 open recommendations including 0 priority recommendations\n"
        "Boats: Sail Them\nGAO-16-500\nDirector: A. Person\nPhone: (202) 512-0000\n2 open recommendations\n"
        "Recommendation: The Commandant should sail.\nAgency: Department of Homeland Security\nStatus: Open\n"
        "Comments: Not yet.\nRecommendation: The Commandant should row.\nStatus: Open\n",
    )
    assert parse.declared_total == 2
    assert [record.fields["recommendation"][-4:] for record in parse.records] == ["ail.", "row."]
    assert parse.records[0].fields["status_comment"] == "Not yet."


def test_a_text_that_has_lost_the_recommendations_gives_problems_and_no_records() -> None:
    parse = read(
        "gao-recommendations",
        "GAO-20-594, Sep 8, 2020\nPhone: (202) 512-0000\n"
        "Agency: Department of State\nStatus: Open\nComments: Soon.\n",
    )
    assert parse.records == ()
    assert "GAO-20-594" in parse.problems[0]


# Rows of GAO, as HTML


def gao_row(
    text: str, agency: str = "United States Coast Guard", status: str = "Open", comment: str = "Soon."
) -> str:
    return (
        f'<tr><td class="views-field views-field-name">{agency}</td>'
        f'<td class="views-field views-field-field-recommendation"><p>{text}</p></td>'
        '<td class="views-field views-field-field-status-code">'
        f'<div class="code">{status}</div><div class="comment"><p>{comment}</p></div></td></tr>'
    )


def gao_block(number: str, title: str, *rows: str) -> str:
    head = f'<h4><a href="/products/{number}">{title}</a></h4><span>{len(rows)} Open Recommendations</span>'
    return f"{head}<table class='views-table'><tbody>{''.join(rows)}</tbody></table>"


def gao_page(*blocks: str, total: int) -> str:
    heading = f"<h1>United States Coast Guard</h1><h2>Open Recommendations ({total} total)</h2>"
    return f"<html><head><title>x</title></head><body>{heading}{''.join(blocks)}</body></html>"


def test_on_an_agency_page_the_link_over_each_table_names_its_report() -> None:
    page = gao_page(
        gao_block(
            "gao-24-106148",
            "Boats: Sail Them",
            gao_row("Sail. (Recommendation 1)"),
            gao_row("Row. (Recommendation 2)"),
        ),
        gao_block("gao-23-105711", "Ships", gao_row("Build. (Recommendation 1)", comment="One.</p><p>Two.")),
        total=3,
    )
    parse = read("gao-recommendations", page, AGENCY + "?order=x")
    assert [record.key for record in parse.records] == [
        "GAO-24-106148 rec 1",
        "GAO-24-106148 rec 2",
        "GAO-23-105711 rec 1",
    ]
    assert parse.records[0].fields["report_title"] == "Boats: Sail Them"
    assert parse.records[2].fields["url"] == "https://www.gao.gov/products/gao-23-105711"
    assert parse.records[2].fields["status_comment"] == "One.\n\nTwo."
    assert (parse.declared_total, parse.complete, parse.title) == (3, True, "United States Coast Guard")


def test_a_list_shorter_than_it_says_is_not_complete() -> None:
    page = gao_page(gao_block("gao-24-106148", "Boats", gao_row("Sail. (Recommendation 1)")), total=25)
    assert not read("gao-recommendations", page, AGENCY).complete


def test_a_table_without_a_report_of_its_own_does_not_go_to_the_one_before() -> None:
    stray = f"<table><tbody>{gao_row('Row. (Recommendation 2)')}</tbody></table>"
    page = gao_page(gao_block("gao-24-106148", "Boats", gao_row("Sail. (Recommendation 1)")), stray, total=2)
    parse = read("gao-recommendations", page, AGENCY)
    assert len(parse.records) == 1
    assert "no title" in parse.problems[0]


def test_columns_are_found_by_the_words_of_their_heads_too() -> None:
    table = (
        "<h3><a href='/products/gao-24-106148'>Boats: Sail Them</a></h3><table><tr><th>Agency Affected</th>"
        "<th>Recommendation</th><th>Status</th></tr><tr><td>Navy<br>Priority Rec.</td>"
        "<td>Sail. (Recommendation 1)</td>"
        "<td><p>Closed – Implemented</p><p>Done in 2024.</p></td></tr></table>"
    )
    (record,) = read("gao-recommendations", gao_page(table, total=1), AGENCY).records
    assert (record.fields["agency"], record.fields["priority"]) == ("Navy", True)
    assert (record.fields["status"], record.fields["status_comment"]) == (
        "closed_implemented",
        "Done in 2024.",
    )


def test_a_matter_for_congress_has_no_agency_column() -> None:
    page = (PAGES / "gao-product.html").read_text()
    matter = (
        '<section class="view--recommendations--block-3"><h2>Matter for Congressional Consideration</h2>'
        '<table><tbody><tr><td class="views-field views-field-field-recommendation">Congress should act.'
        " (Matter for Consideration 1)</td>"
        '<td class="views-field views-field-field-status-code"><div class="code">Open</div></td></tr>'
        "</tbody></table></section></body>"
    )
    records = read("gao-recommendations", page.replace("</body>", matter), AGENCY).records
    assert records[-1].key == "GAO-23-105711 matter 1"
    assert records[-1].fields["agency"] == "Congress"
    assert records[-1].fields["status_comment"] is None


def test_the_trailing_dot_of_a_host_makes_no_other_address() -> None:
    page = (PAGES / "gao-product.html").read_text()
    parse = read("gao-recommendations", page, "https://gao.gov./products/gao-23-105711?utm=x")
    assert parse.records[0].fields["url"] == "https://www.gao.gov/products/gao-23-105711"


def test_an_agency_page_with_nothing_open_says_so() -> None:
    parse = read("gao-recommendations", gao_page(total=0), AGENCY)
    assert (parse.says_empty, parse.complete, parse.declared_total) == (True, True, 0)


# What to look up when a record leaves its list


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"url": "https://gao.gov./products/gao-24-1"}, "https://www.gao.gov/products/gao-24-1"),
        ({"report_number": "GAO-24-106148"}, "https://www.gao.gov/products/gao-24-106148"),
        ({"url": "https://www.gao.gov/agencies/x", "report_number": None}, None),
        ({}, None),
    ],
)
def test_the_product_page_tells_what_became_of_a_recommendation(
    fields: dict[str, Any], url: str | None
) -> None:
    assert PROFILES["gao-recommendations"].follow_up_url(fields) == url
    assert PROFILES["dhs-oig"].follow_up_url(fields) is None


def test_every_profile_names_itself_and_the_fields_it_needs() -> None:
    for name, profile in PROFILES.items():
        assert profile.name == name
        assert profile.kind in RecordKind
        assert set(profile.required) <= set(FIELDS[profile.kind])
