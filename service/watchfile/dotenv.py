"""Secrets in a file .env beside the watch file, for those who start the program by hand or from cron."""

import re
from collections.abc import Mapping
from pathlib import Path

from service.watchfile.new_file import write_new

NAME = ".env"
_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*")
_LARGEST = 100_000


def with_dotenv(watch_file: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment with what the file beside the watch file adds; what is set already counts."""
    return {**read_dotenv(watch_file.parent / NAME), **environment}


def read_dotenv(path: Path) -> dict[str, str]:
    """Return the variables of a file of NAME=value lines; nothing where it cannot be read."""
    try:
        text = path.read_bytes()[:_LARGEST].decode("utf-8", "replace")
    except OSError:
        return {}
    found = {}
    for line in text.splitlines():
        if (entry := _LINE.fullmatch(line)) and not line.lstrip().startswith("#"):
            value = entry["value"]
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[entry["name"]] = value[1:-1] if quoted else value.partition(" #")[0].rstrip()
    return found


def add_secrets(path: Path, secrets: Mapping[str, str]) -> None:
    """Write variables into the file, readable by its owner only; what it holds already stays."""
    lines = "".join(f"{name}='{value}'\n" for name, value in secrets.items())
    if not path.exists():
        write_new(path, lines.encode(), "take its place", mode=0o600)
        return
    kept = path.read_text(encoding="utf-8")
    path.chmod(0o600)
    path.write_text(f"{kept.rstrip()}\n{lines}".lstrip("\n"), encoding="utf-8")
