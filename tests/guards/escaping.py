"""Escaping, taken out for one field in one face at a time: titles, statements, agencies and subjects."""

from tests.guards.guard import Guard

_TEMPLATES = "alerts/rendering/templates/"
_TESTS = "tests/alerts/rendering/test_escaping.py::test_no_text_gets_through_unescaped"

# What is shown, the template, and the expression with as much around it as makes it the only one there.
_FIELDS = (
    ("the name of a change", "html/blocks.html", '">{{ e.heading | found(e.words) }}'),
    ("the title of a report", "html/blocks.html", '"about">{{ e.deck | found(e.words) }}'),
    ("a new statement", "html/blocks.html", "{{ d.segments | changed(e.words) }}"),
    ("a fact, such as the agency", "html/blocks.html", '<td valign="top">{{ value }}'),
    ("the subject", "html/layout.html", "<title>{{ subject }}"),
    ("the subject of a notice", "html/notice.html", "<h1>{{ subject }}"),
    ("a line of a notice", "html/notice.html", 'class="row"{% endif %}>{{ line | noted }}'),
    ("the subject of a reminder", "html/reminder.html", "<h1>{{ subject }}"),
    ("the statement in a reminder", "html/reminder.html", "{{ row.open.text }}"),
    ("the agency in a reminder", "html/reminder.html", "{{ row.open.agency }}"),
    ("the statement of a promise", "html/digest.html", "{{ row.open.text }}"),
    ("the agency of a promise", "html/digest.html", "{{ row.open.agency }}"),
    ("an open statement", "html/digest.html", "{{ row.text }}"),
    ("the agency of an open statement", "html/digest.html", '"quiet">{{ row.agency }}'),
    ("an agency of the numbers", "html/digest.html", '"left">{{ row.agency }}'),
    ("the name of a change", "markdown/blocks.md", "{% if named %}\n{{ e.what | linked(e.url) }}"),
    (
        "the title of a report",
        "markdown/blocks.md",
        "{% if e.about %}\n{{ e.about | short(200) | found(e.words) }}",
    ),
    ("a new statement", "markdown/blocks.md", "{{ d.segments | changed(e.words) }}"),
    ("a fact, such as the agency", "markdown/blocks.md", "{{ value | found(e.words) }}"),
    ("a line of a notice", "markdown/notice.md", '{{ line.removeprefix("- ") | noted }}'),
    ("the statement in a reminder", "markdown/reminder.md", "{{ row.open.text }}"),
    ("the agency in a reminder", "markdown/reminder.md", "({{ row.open.agency }}"),
    ("the statement of a promise", "markdown/digest.md", "{{ row.open.text }}"),
    ("the agency of a promise", "markdown/digest.md", "({{ row.open.agency }}"),
    ("an open statement", "markdown/digest.md", "{{ row.text }}"),
    ("the agency of an open statement", "markdown/digest.md", "({{ row.agency }}"),
    ("the name of a change", "text/blocks.txt", "{{ e.what | wrapped }}"),
    ("the title of a report", "text/blocks.txt", "{{ e.about | found(e.words) | wrapped }}"),
    ("a new statement", "text/blocks.txt", "{{ d.segments | changed(e.words) | wrapped(4) }}"),
    ("the subject of a notice", "text/notice.txt", "{{ subject | wrapped }}"),
    ("the statement in a reminder", "text/reminder.txt", "{{ row.open.text | wrapped(2, 2) }}"),
    ("the agency in a reminder", "text/reminder.txt", "{{ row.open.agency | wrapped(2, 2) }}"),
    ("an open statement", "text/digest.txt", "{{ row.text | wrapped(2, 2) }}"),
    ("the agency of an open statement", "text/digest.txt", "{{ row.agency | wrapped(2, 2) }}"),
)


def _unescaped(whole: str) -> str:
    before, _, expression = whole.partition("{{ ")
    shown = expression.partition(" }}")[0].partition(" | ")[0]
    if shown.endswith("segments"):
        shown += " | map(attribute='text') | join(' ')"
    return f"{before}{{{{ {shown} | safe }}}}"


FIELDS = tuple(
    Guard(f"{name} is escaped ({file})", _TEMPLATES + file, whole, _unescaped(whole), (_TESTS,))
    for name, file, whole in _FIELDS
)
