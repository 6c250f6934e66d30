"""Pages in the markup that publishers' systems write: what `sources new` must make sense of."""

import json

TITLES = (
    "Management of Fuel Contracts in the Field",
    "Controls Over Purchase Cards at Headquarters",
    "Follow-up on Prior Recommendations for Body Cameras",
    "Evaluation of the Grants Closeout Process",
)
DAYS = ("September 30, 2024", "August 14, 2024", "July 1, 2024", "June 3, 2024")
LINKS = "".join(f'<li><a href="/{n}">About the office, page number {n}</a></li>' for n in range(6))
NAV = f'<header><nav class="menu"><ul>{LINKS}</ul></nav></header>'


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>Reports</title>{head}</head><body>{NAV}{body}</body></html>"


def _rows(form: str) -> str:
    return "".join(
        form.format(n=n, title=title, day=day)
        for n, (title, day) in enumerate(zip(TITLES, DAYS, strict=True), 1)
    )


DRUPAL_TABLE = page(
    "<main><h1>Audits</h1><p>Displaying 1 - 4 of 812</p><table class='views-table'><thead><tr>"
    "<th>Date Issued</th><th>Report Title</th><th>Report No.</th><th>Office</th></tr></thead><tbody>"
    + _rows(
        "<tr class='odd views-row-{n}'><td>{day}</td><td><a href='/report/{n}'>{title}</a></td>"
        "<td>2024-NY-100{n}</td><td>New York</td></tr>"
    )
    + "</tbody></table></main>"
)
DRUPAL_ROWS = page(
    "<div class='view-content'>"
    + _rows(
        "<div class='views-row views-row-{n}'><div class='views-field views-field-title'>"
        "<span class='field-content'><a href='/node/{n}'>{title}</a></span></div>"
        "<div class='views-field views-field-field-publication-date'>{day}</div>"
        "<div class='views-field views-field-field-doc-number'>OIG-A-2024-00{n}</div></div>"
    )
    + "</div><ul class='pager'><li class='pager-next'><a href='/list?page=1'>next ›</a></li></ul>"
)
DEFINITIONS = page(
    "<dl class='reports'>"
    + _rows("<dt><a href='/{n}.pdf'>{title}</a></dt><dd>Report No. AUD-FM-24-0{n}. Issued {day}.</dd>")
    + "</dl>"
)
CARDS = page(
    "<main><h1>Reports</h1><p>4 results</p><ul class='usa-card-group'>"
    + _rows(
        "<li class='usa-card tablet:grid-col-4'><div class='usa-card__container'>"
        "<h3 class='usa-card__heading'><a class='usa-link' href='/reports/{n}'>{title}</a></h3>"
        "<div class='usa-card__body'><span><strong>Report Number:</strong> <span>A22NY0{n}01</span></span>"
        "<span><strong>Date:</strong> <span>{day}</span></span><p>{title} was the subject of an evaluation"
        " that our office made at the request of the department's leadership.</p></div></div></li>"
    )
    + "</ul><nav><a href='/reports?p=2' class='usa-pagination__next-page'><span>Next</span></a></nav></main>"
)
WORDPRESS = page(
    "<main>"
    + _rows(
        "<article id='post-{n}' class='post-{n} post hentry'><h2 class='entry-title'>"
        "<a href='https://oversight.example.org/{n}/'>{title}</a></h2><time class='entry-date published' "
        "datetime='2024-0{n}-11T09:00:00-05:00'>long ago</time></article>"
    )
    + "<nav class='navigation'><a href='/page/2/'>Older posts</a></nav></main>"
)
BARE = page("<div>" + _rows("<p><a href='docs/{n}.pdf'>{title}</a> ({day}) PDF, 2 MB</p>") + "</div>")
JSON_API = json.dumps(
    {
        "data": [
            {
                "id": f"uuid-{n}",
                "attributes": {"title": title, "field_report_number": f"OIG-CA-24-00{n}"},
                "links": {"self": {"href": f"https://oig.example.gov/node/{n}"}},
                "field_release_date": f"2024-0{n}-02",
            }
            for n, title in enumerate(TITLES, 1)
        ],
        "meta": {"count": "4"},
        "links": {"next": {"href": "https://oig.example.gov/node?page[offset]=4"}},
    }
)
CSV = "Report ID;Publication Date;Report Title;Report Link;Component\n" + "".join(
    f"E-24-0{n};{n:02}/01/2024;{title};https://x.example.gov/{n};ATF\n" for n, title in enumerate(TITLES, 1)
)
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>'
    + _rows(
        "<item><title>OIG-24-0{n}: {title}</title><link>https://x.example.gov/{n}</link>"
        "<pubDate>Mon, 0{n} Jan 2024 10:00:00 GMT</pubDate></item>"
    )
    + "</channel></rss>"
)
SHAPES = {
    "drupal-table.html": DRUPAL_TABLE,
    "drupal-rows.html": DRUPAL_ROWS,
    "definitions.html": DEFINITIONS,
    "cards.html": CARDS,
    "wordpress.html": WORDPRESS,
    "bare.html": BARE,
    "api.json": JSON_API,
    "export.csv": CSV,
    "feed.xml": FEED,
}
