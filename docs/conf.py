"""The site of the documentation. `make docs` builds it offline, and fails on any broken link."""

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from docs import reference
from monitor.domain.program import program_version

project = "Oversight Watch"
author = "The Oversight Watch developers"
release = program_version()
extensions = ["myst_parser"]
exclude_patterns = ["examples"]
html_theme = "furo"
html_title = f"Oversight Watch {release}"
html_static_path = ["images/site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
highlight_language = "text"  # of blocks that name no language
myst_heading_anchors = 4
myst_links_external_new_tab = False
suppress_warnings = ["myst.header"]  # a page may begin with a heading of the second level

_SECTION = re.compile(r"^## (.+)\n((?:.*\n)*?)(?=^## |\Z)", re.MULTILINE)
_PAGE = re.compile(r"\]\(([\w/-]+)\.md\)")
_OUTSIDE = re.compile(r"\[([^]]+)\]\((?:\.\./)+(?:CONTRIBUTING|SECURITY|CHANGELOG|README|\w+/README)\.md\)")


def setup(app: Any) -> None:
    """Write the generated pages, and make the site's navigation from the links of index.md."""
    reference.write(Path(app.srcdir) / reference.FOLDER)
    app.connect("source-read", _adapt)


def _adapt(_app: Any, name: str, source: list[str]) -> None:
    """Add the navigation to a page of links; only name pages that are not in the site."""
    source[0] = _OUTSIDE.sub(r"\1", source[0])
    if name == "index":
        trees = [_tree(title, _pages(title, text)) for title, text in _SECTION.findall(source[0])]
    elif name == "decisions/README":
        trees = [_tree("Decisions", _PAGE.findall(source[0]))]
    else:
        return
    source[0] += "\n\n" + "\n\n".join(trees) + "\n"


def _pages(title: str, text: str) -> list[str]:
    made = [f"{reference.FOLDER}/{page}" for page in reference.PAGES] if title == "Reference" else []
    return [*_PAGE.findall(text), *made]


def _tree(caption: str, pages: list[str]) -> str:
    return "\n".join(("```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"))
