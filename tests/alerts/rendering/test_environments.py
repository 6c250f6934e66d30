"""The user's own templates: they come before ours, build on ours, and stay in their sandbox."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.domain.errors import RenderError
from alerts.domain.messages import Face, Message
from alerts.rendering.environments import templates
from alerts.rendering.render import Entry, render_changes
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from tests.alerts.stories import closed, view


def message(change: ChangeView, face: Face, folder: Path) -> Message:
    entry = Entry(change, ("facial-recognition",), ("biometric",))
    zone = ZoneInfo("America/New_York")
    return render_changes([entry], face=face, identity="one", templates=templates(folder), time_zone=zone)


def user_file(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_file_of_the_user_comes_before_ours(tmp_path: Path) -> None:
    user_file(
        tmp_path, "text/changes.txt", "{% for e in entries %}{{ e.label }} says <{{ e.what }}>{% endfor %}"
    )
    said = message(closed(), "text", tmp_path)
    assert said.text == "GAO-24-106148 rec 4 says <GAO closed a CBP recommendation as implemented>\n"


def test_a_file_of_the_user_can_build_on_ours(tmp_path: Path) -> None:
    text = '{% extends "ours/changes.html" %}{% block brand %}The Desk{% endblock %}'
    user_file(tmp_path, "html/changes.html", text)
    html = str(message(closed(), "email", tmp_path).html)
    assert "The Desk" in html
    assert "GAO closed a CBP recommendation" in html


def test_a_markdown_file_of_the_user_serves_slack_too(tmp_path: Path) -> None:
    user_file(tmp_path, "markdown/changes.md", "{{ entries[0].about | bold }}")
    assert str(message(closed(), "slack", tmp_path).markdown).startswith("*GAO-24-106148")


def test_page_text_is_escaped_in_the_users_templates_too(tmp_path: Path) -> None:
    user_file(tmp_path, "slack/changes.md", "{{ entries[0].fields.title }}")
    change = view(ChangeKind.NEW_REPORT, fields={"title": "<!channel> & <https://evil|GAO>"})
    assert "<" not in str(message(change, "slack", tmp_path).markdown)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("fine\n{% if %}\n", 2, "Expected"),
        ("a\nb\n{{ entries[0].nonsense }}", 3, "nonsense"),
        ("{{ missing }}", 1, "'missing' is undefined"),
        ("\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
        ('{% include "gone.txt" %}', 1, "there is no template 'gone.txt'"),
    ],
)
def test_a_broken_template_is_named_with_file_and_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    file = user_file(tmp_path, "text/changes.txt", text)
    with pytest.raises(RenderError) as caught:
        message(closed(), "text", tmp_path)
    assert f"{file}, line {line}: " in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "payload",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ ''['__class__']['__mro__'][1]['__subclasses__']() }}",
        "{{ ''|attr('__class__') }}",
        "{{ entries.__class__.__init__.__globals__ }}",
        "{{ entries[0].__init__.__globals__['__builtins__'] }}",
        "{{ entries[0].__dataclass_fields__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ request.application.__globals__ }}",
        "{{ '{0.__class__}'.format('') }}",
        "{{ entries.append(1) }}",
        "{{ entries[0].fields.update({'a': 1}) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9999999 }}",
        "{% for i in range(999999999) %}x{% endfor %}",
        '{% include "../../../../../../etc/passwd" %}',
        '{% include "/etc/passwd" %}',
        "{% import 'os' as os %}{{ os.popen('id') }}",
    ],
)
def test_a_template_that_reaches_out_of_its_sandbox_is_refused(tmp_path: Path, payload: str) -> None:
    user_file(tmp_path, "text/changes.txt", payload)
    with pytest.raises(RenderError):
        message(closed(), "text", tmp_path)


LINES = r"'a\n' * 50000"
BLANKS = "{% set x = ' ' | center(90000) %}"
LISTS = "{% set n = range(90000) | list %}{% set m = range(90000) | list %}"


@pytest.mark.parametrize(
    "payload",
    [
        "{{ 'a' | center(1000000000) }}",
        "{% for i in range(1000) %}{{ 'a' | center(100000) }}{% endfor %}",
        "{% set x = 'a' | center(100000) %}{{ x | indent(100000) }}",
        "{% set x = " + LINES + " %}{{ x | indent(100000, true) }}",
        "{% set x = 'a' | center(90000) %}{{ x | replace('', x) }}",
        "{% set x = 'a' | center(90000) %}{{ x | list | join(x) }}",
        "{% set x = 'a' | center(90000) %}{{ x | wordwrap(1, true, x) }}",
        "{{ lipsum(100000) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ '{:>1000000000}'.format(1) }}",
        "{{ 'a'.center(1000000000) }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ 'a'.zfill(1000000000) }}",
        "{% set x = 'a'.center(90000) %}{{ x.replace('', x) }}",
        "{% set x = 'a'.center(90000) %}{{ x.join(x) }}",
        "{{ [0] * 1000000000 }}",
        "{{ 1000000000 * [0] }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% set n = namespace(x=9) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=[0]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}"
        "{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}{% endfor %}",
        "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}",
        "{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}",
        "{{ range(90000) | map('center', 90000) | list | length }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(99) }}",
        "{% for n in [99] recursive %}{% if n %}{{ loop([n - 1, n - 1]) }}{% endif %}{% endfor %}",
        "{% with rest = (rest or range(99) | list)[1:] %}{% if rest %}"
        "{% include 'changes.txt' %}{% include 'changes.txt' %}{% endif %}{% endwith %}",
        "{% filter center(1000000000) %}a{% endfilter %}",
        # Comparisons, slices and tests look through what they are given.
        LISTS + "{% for i in range(19000) %}{% if m == n %}{% endif %}{% endfor %}",
        LISTS + "{% for i in range(19000) %}{% if -1 in n %}{% endif %}{% endfor %}",
        LISTS + "{% for i in range(19000) %}{% if n is eq m %}{% endif %}{% endfor %}",
        LISTS + "{% for i in range(19000) %}{% set part = n[1:] %}{% endfor %}",
        LISTS + "{{ n | select('in', m) | list | length }}",
        BLANKS + "{% for i in range(19000) %}{% if x is lower %}{% endif %}{% endfor %}",
        BLANKS + "{% for i in range(19000) %}{% if 'b' in x %}{% endif %}{% endfor %}",
        "{{ entries[0].what | found([" + "'abcdefgh' | center(90000)," * 60 + "]) }}",
    ],
)
def test_a_template_that_spends_too_much_is_refused(tmp_path: Path, payload: str) -> None:
    user_file(tmp_path, "text/changes.txt", "{% set rest = rest | default([]) %}" + payload)
    with pytest.raises(RenderError) as caught:
        message(closed(), "text", tmp_path)
    said = str(caught.value)
    assert "this is not allowed in a template: " in said or "'lipsum' is undefined" in said, said


# Each is refused by one bound alone, and harmless without it: tests.guards takes them out one by one.
@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (
            "{% for i in range(90) %}{% for j in range(900) %}{{ j }}{% endfor %}{% endfor %}",
            "too many steps",
        ),
        ("{% for i in range(60000) %}{% endfor %}", "too many steps"),
        ("{% for i in range(400) %}{{ x }}{% endfor %}", "too much text"),
        ("{{ 'a' * 200000 }}", "the operator * to make something this large"),
        ("{{ 'a' | center(200000) }}", "a number this large as an argument"),
        ("{{ y.replace('', y) }}", "to make something this large"),
        ("{{ '%2000d' % 1 }}", "a format wider than 999 characters"),
        ("{{ 2 ** 2 }}", "the operator **"),
        ("{{ 2000000000000000000 + 1 }}", "a number this large"),
        ("{{ '{:>2000}'.format(1) }}", "format"),
        ("{% for i in range(9) %}{% if 1 == n %}{% endif %}{% endfor %}", "too much text"),
        ("{% for i in range(9) %}{% if n is sequence %}{% endif %}{% endfor %}", "too much text"),
        ("{% for i in range(9) %}{% set part = n[1:] %}{% endfor %}", "too much text"),
        ("{{ ('a' * 30000) | wordwrap(1) }}", "too much text"),
    ],
)
def test_a_template_just_over_a_bound_is_refused(tmp_path: Path, payload: str, said: str) -> None:
    made = (
        "{% set x = 'a' | center(90000) %}{% set y = 'a' | center(5000) %}{% set n = range(90000) | list %}"
    )
    user_file(tmp_path, "text/changes.txt", made + payload)
    with pytest.raises(RenderError, match=re.escape(said)):
        message(closed(), "text", tmp_path)


@pytest.mark.parametrize(
    "payload",
    ["{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{% include 'changes.txt' %}"],
)
def test_a_template_that_calls_itself_without_end_is_refused(tmp_path: Path, payload: str) -> None:
    user_file(tmp_path, "text/changes.txt", payload)
    with pytest.raises(RenderError, match=r"line 1: a macro or an include calls itself without end"):
        message(closed(), "text", tmp_path)


def test_a_template_of_any_size_it_needs_is_rendered(tmp_path: Path) -> None:
    text = (
        "{% for e in entries %}{% for i in range(200) %}{{ e.what | upper | indent }}{{ '%-20s' % e.label }}"
        "{{ ', '.join(['a', 'b']) }} {{ e.about | replace('a', 'b') | truncate(80) }} {{ loop.index * 2 }}\n"
        "{% endfor %}{% endfor %}"
    )
    user_file(tmp_path, "text/changes.txt", text)
    said = message(closed(), "text", tmp_path).text
    assert said.count("GAO CLOSED A CBP RECOMMENDATION") == 200


def test_a_template_file_has_a_largest_size(tmp_path: Path) -> None:
    file = user_file(tmp_path, "text/changes.txt", "a" * 200_001)
    with pytest.raises(RenderError, match=re.escape(f"template {file} is longer than 200,000 characters")):
        templates(tmp_path)
