"""Write the pages of the reference that are made from the program itself, so that they cannot be out of date.

`make docs` does it for the site; `python -m docs.reference FOLDER` writes the same Markdown into a folder.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from monitor.domain.settings import spelled
from monitor.profiles.declarative.settings import FieldPlace, Habits, Signs
from service.cli.app import app
from service.cli.examples import EXAMPLES
from service.cli.tree import PANELS
from service.database.database import open_database
from service.readmodel.metrics import Metrics
from service.watchfile.load import load
from service.watchfile.schema import json_schema, profile_schema
from service.watchfile.settings import SECTIONS
from service.web.app import ROUTES

FOLDER = "generated"  # in docs/, not in git
_DOCS = Path(__file__).parent
_PROFILE_PARTS = {"recognize": Signs, "fields": FieldPlace, "habits": Habits}
_WATCH_FILE = """
sources: {all: {url: "https://www.example.gov/", profile: page}}
channels: {desk: {to: "json://127.0.0.1/", allow_private: true}}
digests: {weekly: {}}
"""

Lines = Iterator[str]


def write(folder: Path) -> None:
    """Write all pages, and leave those alone that are the same, so that a site is built again quickly."""
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        path, text = folder / f"{name}.md", "\n".join(page()) + "\n"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def _commands() -> Lines:
    yield from _head("All commands and options", "Each command with its arguments, options and examples.")
    yield "[Commands](../commands.md) explains them, with exit codes and the forms of days."
    for title, entries in PANELS.items():
        yield from ("", f"## {title}")
        for entry in entries:
            yield from _command(app.commands[entry.name], entry.name)


def _command(command: Any, path: str) -> Lines:
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from _command(one, f"{path} {name}")
        return
    yield from ("", f"### oversight-watch {path}", "", " ".join((command.help or "").split()))
    rows = [_parameter(one) for one in command.params if not getattr(one, "hidden", False)]
    if rows:
        yield from ("", *_table(("argument or option", "meaning", "default"), rows))
    if examples := EXAMPLES.get(path):
        yield from ("", "```sh", *examples, "```")


def _parameter(one: Any) -> tuple[str, str, str]:
    is_option = any(name.startswith("-") for name in one.opts)
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    if not is_option:
        names = f"`{one.metavar or one.name.upper()}`"
    elif not one.is_flag and one.metavar:
        names += f" `{one.metavar}`"
    help_ = " ".join((one.help or "").split())
    help_ += f" Also from the environment: `{one.envvar}`." if one.envvar else ""
    default = "required" if one.required else _default(one.default)
    return names, help_, default


def _watch_file() -> Lines:
    schema = json_schema()
    parts = schema["$defs"]
    yield from _head("All keys of the watch file", "Each key with its form, default and meaning.")
    yield "[The watch file](../watch-file.md) explains them; `oversight-watch config schema` prints a schema."
    yield from ("", "## At the top", "", *_keys(schema))
    for section, model in SECTIONS.items():
        part = parts.pop(model.__name__)
        yield from ("", f"## {section}", "", "The keys of each entry.", "", *_keys(part))
    for name, part in parts.items():
        if "properties" in part:
            yield from ("", f"## {_words(name)}", "", part["description"].split("\n\n")[0], "", *_keys(part))


def _profile() -> Lines:
    yield from _head(
        "All keys of a profile", "Each key of a profile file with its form, default and meaning."
    )
    yield "[Profiles](../profiles.md) explains them; `config schema --profile` prints a schema."
    schema = profile_schema()
    yield from ("", "## The file", "", *_keys(schema))
    for name, model in _PROFILE_PARTS.items():
        yield from ("", f"## {name}", "", *_keys(schema["$defs"][model.__name__]))


def _events() -> Lines:
    schema = json.loads((_DOCS / "event.schema.json").read_text("utf-8"))
    yield from _head("Events", f"{schema['description']} [Webhooks](../webhooks.md) explains them.")
    yield from ("", "## An event", "", *_keys(schema))
    yield from _definitions(schema["$defs"])


def _digests() -> Lines:
    schema = json.loads((_DOCS / "digest.schema.json").read_text("utf-8"))
    yield from _head(
        "A digest as JSON", "What `--format json` writes. [The digest](../digest.md) explains it."
    )
    yield from ("", "## A digest", "", *_keys(schema))
    yield from _definitions(schema["$defs"])


def _outputs() -> Lines:
    schema = json.loads((_DOCS / "output.schema.json").read_text("utf-8"))
    yield from _head("What commands print with --json", schema["description"])
    for name, part in schema["$defs"].items():
        form = ("", "A list of objects with these keys.") if part.get("type") == "array" else ()
        yield from ("", f"## {name}", *form, "", *_keys(part.get("items", part)))


def _http() -> Lines:
    room = FastAPI(title="Oversight Watch")
    for routes in ROUTES:
        room.include_router(routes)
    description = room.openapi()
    yield from _head("JSON of the reading room", "The addresses that answer with data, and what they answer.")
    yield "A running service describes them at `/api/openapi.json`. More: [Feeds and exports](../feeds.md)."
    rows = [
        (f"`{method.upper()} {path}`", one.get("description") or one.get("summary", ""), _asked(one))
        for path, methods in description["paths"].items()
        for method, one in methods.items()
    ]
    yield from ("", "## Addresses", "", *_table(("address", "answer", "parameters"), rows))
    parts = description["components"]["schemas"]
    yield from _definitions(
        {name: part for name, part in parts.items() if not name.endswith("ValidationError")}
    )


def _metrics() -> Lines:
    yield from _head("Metrics", "What `/metrics` and `oversight-watch metrics` give to Prometheus.")
    yield "[Running it](../running.md#watch-the-watcher) says which to alert on."
    with TemporaryDirectory() as folder:
        path = Path(folder, "watch.yaml")
        path.write_text(_WATCH_FILE, "utf-8")
        settings = load(path, {})
        text = Metrics().text(open_database(settings.database), settings, datetime.now(UTC))
    helps = dict(line.split(" ", 3)[2:] for line in text.splitlines() if line.startswith("# HELP"))
    kinds = dict(line.split(" ", 3)[2:] for line in text.splitlines() if line.startswith("# TYPE"))
    yield from (
        "",
        *_table(("metric", "type", "meaning"), [(f"`{n}`", kinds[n], helps[n]) for n in sorted(helps)]),
    )


PAGES: Mapping[str, Callable[[], Lines]] = {
    "commands": _commands,
    "watch-file": _watch_file,
    "profiles": _profile,
    "events": _events,
    "digests": _digests,
    "outputs": _outputs,
    "http": _http,
    "metrics": _metrics,
}


def _head(title: str, about: str) -> Lines:
    yield from (f"# {title}", "", about, "")


def _definitions(parts: Mapping[str, Any]) -> Lines:
    for name, part in parts.items():
        if "properties" in part:
            yield from (
                "",
                f"## {_words(name)}",
                "",
                part.get("description", "").split("\n\n")[0],
                "",
                *_keys(part),
            )


def _keys(part: Mapping[str, Any]) -> Lines:
    """Return the table of an object's keys; those of an object within it follow its own key."""
    yield from _table(("key", "form", "default", "meaning"), list(_rows(part, "")))


def _rows(part: Mapping[str, Any], above: str) -> Iterator[tuple[str, str, str, str]]:
    needed = part.get("required", ())
    for key, given in part.get("properties", {}).items():
        value = given if isinstance(given, dict) else {}  # `true`: whatever it is
        form, default = _form(value), "required"
        if key not in needed:  # where null is how to leave it out
            form, default = form.removesuffix(" or null"), _default(value.get("default"))
        yield f"`{above}{key}`", form, default, value.get("description", "")
        within = value.get("items", value)  # of a list, what each entry has
        if isinstance(within, dict) and "properties" in within:
            yield from _rows(within, f"{above}{key}.")


def _form(value: Mapping[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if "$ref" in value:
        return _words(value["$ref"].rpartition("/")[2])
    if "const" in value:
        return f"`{json.dumps(value['const'])}`".replace('"', "")
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    if choices := value.get("anyOf") or value.get("oneOf") or value.get("allOf"):
        forms = dict.fromkeys(_form(one) for one in choices if one.get("pattern") != r"\$\{")
        return " or ".join(forms)
    kind = value.get("type", "any")
    if kind == "array":
        return f"list of {_form(value.get('items', {}))}"
    return " or ".join([kind] if isinstance(kind, str) else kind).replace("string", "text")


def _default(value: Any) -> str:
    if value in (None, [], {}, ""):
        return ""
    if isinstance(value, str) and value.startswith("P"):
        try:
            return f"`{spelled(TypeAdapter(timedelta).validate_python(value))}`"
        except ValidationError:
            pass
    return f"`{json.dumps(value, default=str)}`".replace('"', "")


def _asked(one: Mapping[str, Any]) -> str:
    return ", ".join(f"`{given['name']}`" for given in one.get("parameters", ()))


def _words(name: str) -> str:
    """Return the name of a part as words: MailSettings is "mail settings"."""
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name).replace("_", " ").strip()


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Lines:
    yield f"| {' | '.join(heads)} |"
    yield "| --- " * len(heads) + "|"
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;") for cell in row)
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
