"""The user's templates are held against every kind of change before the watch file is used."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from monitor.domain.types import ChangeKind
from service.dryrun.sample_history import samples
from service.dryrun.template_check import wrong_templates
from tests.service.commands import ROOT, run
from tests.service.history import write_watch_file


@pytest.fixture(autouse=True, scope="module")
def _samples_made_once() -> Iterator[None]:
    """Make the samples once for all checks of this file, as they are the same each time."""
    with patch("service.dryrun.template_check.samples", cache(samples)):
        yield


def user_file(folder: Path, name: str, text: str) -> Path:
    file = folder / "templates" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def checked(folder: Path) -> str:
    write_watch_file(folder)
    ran = run(folder, "config", "check")
    assert (ran.code, "templates" in ran.err) in ((0, False), (2, True))
    return ran.err.removeprefix("oversight-watch: ") if ran.code == 2 else ""


def test_there_is_a_sample_of_every_kind_and_of_full_and_empty_digests() -> None:
    made = samples()
    assert {change.kind for change in made.changes} == {*ChangeKind}
    assert [any(content["numbers"].values()) for content in made.digests] == [True, False]


def test_the_example_we_ship_is_sound(tmp_path: Path) -> None:
    assert wrong_templates(ROOT / "config" / "templates") == []
    shutil.copytree(ROOT / "config" / "templates", tmp_path / "templates")
    assert checked(tmp_path) == ""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Give a template that fails on each kind in a line of its own, from the second on, and what is said."""
    lines = [f"{{% if e.kind == '{kind}' %}}{{{{ e.nonsense }}}}{{% endif %}}" for kind in ChangeKind]
    folder = tmp_path_factory.mktemp("failing")
    text = "\n".join(["{% for e in entries %}", *lines, "{% endfor %}"])
    return user_file(folder, "text/changes.txt", text), checked(folder).splitlines()


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_template_that_fails_on_one_kind_only_is_refused_with_file_and_line(
    failing: tuple[Path, list[str]], kind: ChangeKind
) -> None:
    file, said = failing
    line = 2 + list(ChangeKind).index(kind)
    assert sum(one.startswith(f"{file}:{line}:1: ") for one in said) == 1


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("html/changes.html", "\n{{ entries[12345].what }}", 2),
        ("markdown/changes.md", "\n\n{{ nothing }}", 3),
        ("slack/changes.md", "{{ 1 / 0 }}", 1),
        ("text/digest.txt", "\n{{ digest.nonsense }}", 2),
        ("html/digest.html", "{% if wide %}\n{{ digest.nonsense }}{% endif %}", 2),
        ("markdown/notice.md", "{% for line in lines %}\n{{ line.nonsense }}{% endfor %}", 2),
        ("text/changes.txt", "{% if more %}\n{{ nonsense }}{% endif %}", 2),
        ("text/own-piece.txt", "\n{% if %}", 2),
    ],
)
def test_every_face_digest_and_notice_is_rendered(tmp_path: Path, name: str, text: str, line: int) -> None:
    file = user_file(tmp_path, name, text)
    assert checked(tmp_path).startswith(f"{file}:{line}:1: ")


def test_a_mistake_is_told_once_and_all_are_told(tmp_path: Path) -> None:
    one = user_file(tmp_path, "text/changes.txt", "{{ a }}")
    other = user_file(tmp_path, "text/notice.txt", "{{ b }}")
    assert checked(tmp_path) == f"{one}:1:1: 'a' is undefined\n{other}:1:1: 'b' is undefined\n"


def test_a_file_that_lacks_what_ours_use_is_named_by_its_folder(tmp_path: Path) -> None:
    user_file(tmp_path, "text/blocks.txt", "{% macro mine() %}{% endmacro %}")
    said = checked(tmp_path)
    assert said.startswith(f"{tmp_path / 'templates'}:1:1: templates: template ")
    assert "one of your files replaces one of ours" in said


@pytest.mark.parametrize(
    "payload",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__']['__mro__'] }}",
        "{{ ''|attr('__class__') }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format('') }}",
        "{{ entries.append(1) }}",
        "{{ 'a' * 1000000000 }}",
        '{% include "../../../../etc/passwd" %}',
        "{% import 'os' as os %}{{ os.popen('id') }}",
        # What would run for nobody today is refused as well.
        "{% if false %}{{ ''.__class__ }}{% endif %}",
        "{% macro never() %}{{ ''['__class__'] }}{% endmacro %}",
        "{% if subject == 'x' %}{{ ''|attr('__class__') }}{% endif %}",
    ],
)
def test_a_template_that_reaches_out_of_its_sandbox_is_refused_at_load(tmp_path: Path, payload: str) -> None:
    file = user_file(tmp_path, "text/changes.txt", payload)
    assert checked(tmp_path).startswith(f"{file}:1:1: ")


def test_a_template_that_is_no_text_is_refused(tmp_path: Path) -> None:
    user_file(tmp_path, "text/changes.txt", "").write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8 text" in checked(tmp_path)


def test_a_template_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    file = user_file(tmp_path, "text/changes.txt", "{% if 1 %}" * 5000 + "{% endif %}" * 5000)
    assert checked(tmp_path).startswith(f"{file}:1:1: ")
    assert "is nested too deeply" in checked(tmp_path)


def test_what_was_checked_is_what_is_rendered(tmp_path: Path) -> None:
    from alerts.rendering.environments import templates

    file = user_file(tmp_path, "text/changes.txt", "sound")
    faces = templates(tmp_path / "templates")
    file.write_text("{{ broken }}", encoding="utf-8")
    assert faces.render("text", "changes.txt") == "sound"


def test_a_template_that_spends_too_much_is_refused_once(tmp_path: Path) -> None:
    text = "{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}"
    file = user_file(tmp_path, "text/changes.txt", text)
    said = checked(tmp_path)
    assert said.count("this is not allowed in a template: it takes too many steps") == 1
    assert f"{file}:1:1: " in said
