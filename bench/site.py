"""The loopback site in a process of its own, so that what it costs is not counted as ours."""

from collections import Counter
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from bench.pages import make_page, page_path
from service.demo.fakes.loopback import LoopbackHandler, LoopbackServer
from service.demo.fakes.replica.seeds import seed_reports

_HTML = {"Content-Type": "text/html; charset=UTF-8"}
_PATIENCE = 60.0  # seconds


class Site:
    """The running site, as the bench talks to it. Use it in a `with` block."""

    def __init__(self, pages: int) -> None:
        context = get_context("spawn")
        self.pages = pages
        self._control, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, pages), daemon=True)
        self._process.start()
        theirs.close()
        self._base_url = str(self._answer())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control.close()
        self._process.join(_PATIENCE)
        self._process.close()

    def url(self, number: int) -> str:
        """Return the address of one page."""
        return f"{self._base_url}{page_path(number)}"

    def show(self, version: int, *, etags: bool) -> Counter[int]:
        """Show every page at this version from now on; give the statuses answered since the last time."""
        self._control.send((version, etags))
        answered: dict[int, int] = self._answer()
        return Counter(answered)

    def _answer(self) -> Any:
        if not self._control.poll(_PATIENCE):
            raise TimeoutError("the site of the bench does not answer")
        return self._control.recv()


class _Pages(LoopbackHandler):
    """Answers with pages made beforehand. Its class attributes are the site's state."""

    shown: dict[str, bytes]
    etag: str | None
    answered: Counter[int]

    def do_GET(self) -> None:  # noqa: N802 - the name http.server looks for
        """Answer with the page, or say that it is as it was."""
        body = self.shown.get(self.path)
        tag = {} if self.etag is None else {"ETag": self.etag}
        if body is None:
            self.send_head(404, _HTML, 0)
        elif self.etag is not None and self.headers.get("If-None-Match") == self.etag:
            self.answered[304] += 1
            self.send_head(304, tag, 0)
        else:
            self.answered[200] += 1
            self.send_head(200, _HTML | tag, len(body))
            self.wfile.write(body)


def _serve(control: Connection, pages: int) -> None:
    """Answer until the other end of `control` is closed."""
    seeds = seed_reports()
    shown = -1
    server = LoopbackServer(_Pages, "0.0.0.0")  # so that 127.0.1.1 and others are hosts of it too
    _Pages.answered, _Pages.shown, _Pages.etag = Counter(), {}, None
    server.start()
    control.send(server.base_url)
    try:
        while True:
            version, etags = control.recv()
            if version != shown:
                _Pages.shown = {page_path(n): make_page(seeds, n, version) for n in range(pages)}
                shown = version
            _Pages.etag = f'"{version}"' if etags else None
            answered, _Pages.answered = _Pages.answered, Counter()
            control.send(dict(answered))
    except EOFError:
        server.stop()
