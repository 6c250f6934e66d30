"""A stored page as a file that a browser can show: nothing in it runs or is loaded from elsewhere."""

from html import escape

from monitor.domain.types import Page
from monitor.profiles.markup import is_markup
from monitor.profiles.readable import shown_text

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'"
_FILE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer"><title>{title}</title>
<style>html,body{{margin:0;height:100%;font-family:sans-serif}}body{{display:flex;flex-direction:column}}
p{{margin:.5em 1em;overflow-wrap:anywhere}}iframe{{flex:1;border:0;border-top:1px solid}}
pre{{margin:1em;white-space:pre-wrap;overflow-wrap:anywhere}}</style></head>
<body><p>{about}</p>{shown}</body></html>
"""


def sandboxed(page: Page, about: str) -> str:
    """Return an HTML file that shows a page below a line about it.

    Markup is in a sandboxed frame without an origin: its scripts, forms and links out of it are dead, and the
    file's policy, which the frame inherits, loads no image, style or font from any address.
    """
    text = shown_text(page)
    shown = (
        f'<iframe sandbox title="The stored page" srcdoc="{escape(text)}"></iframe>'
        if is_markup(text)
        else f"<pre>{escape(text)}</pre>"
    )
    return _FILE.format(policy=POLICY, title=f"Page {page.sha256[:12]}", about=escape(about), shown=shown)
