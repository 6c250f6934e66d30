"""Guards of the reading room: who gets in, what another website can do, and what a stored page can."""

from tests.guards.guard import Guard

_ACCESS = ("tests/service/web/test_access.py",)
_PEOPLE = ("tests/service/web/test_people.py",)
_PAGES = ("tests/service/web/test_pages.py",)
_FILE = "service/web/access.py"

READING_ROOM = (
    Guard(
        "whoever has no token is asked to sign in",
        _FILE,
        "        return _ask_to_sign_in(scope, headers)\n",
        "        pass\n",
        _ACCESS,
    ),
    Guard(
        "a reader may not write",
        _FILE,
        'if scope["method"] not in _READING and role < Role.ADMIN:',
        "if False:",
        _ACCESS,
    ),
    Guard(
        "another website changes nothing",
        _FILE,
        'if scope["method"] not in _READING and not is_own:',
        "if False:",
        _ACCESS,
    ),
    Guard(
        "an origin is compared with the host asked for",
        _FILE,
        'return origin is None or _host_of(origin).netloc == headers.get("host")',
        "return True",
        _ACCESS,
    ),
    Guard(
        "without a token only the names of this machine are answered",
        _FILE,
        "if keys.is_open and not is_loopback_name(",
        "if False and not is_loopback_name(",
        _ACCESS,
    ),
    Guard(
        "a proxy is believed from its own address only",
        _FILE,
        "or _address_of(scope) != proxy.address:",
        "or False:",
        _ACCESS,
    ),
    Guard(
        "guessing a token in headers is stopped",
        _FILE,
        "            guesses.add(client)\n",
        "            pass\n",
        _ACCESS,
    ),
    Guard(
        "a silent client is cut",
        "service/web/slow_clients.py",
        "            self.transport.abort()\n",
        "            pass\n",
        ("tests/service/web/test_slow_clients.py",),
    ),
    Guard(
        "guessing a token is stopped",
        "service/web/sign_in.py",
        "        _tries.add(client)\n",
        "",
        _ACCESS,
    ),
    Guard(
        "signing in leads to no other site",
        "service/web/sign_in.py",
        'and not asked.startswith(("//", "/\\\\"))',
        "",
        _ACCESS,
    ),
    Guard(
        "a cookie is out of reach of scripts",
        "service/web/sign_in.py",
        "        httponly=True,\n",
        "",
        _ACCESS,
    ),
    Guard(
        "it does not start open to other machines",
        "service/web/app.py",
        "    settings.refuse_open_door()\n",
        "",
        _ACCESS,
    ),
    Guard(
        "an answer to a bug has the headers of all others",
        "service/web/app.py",
        "return _WithHeaders(Access(app, keys_in_use))",
        "return Access(app, keys_in_use)",
        (*_ACCESS, *_PAGES),
    ),
    Guard(
        "a stored page is in a sandbox",
        "service/web/evidence.py",
        "_SANDBOX = \"sandbox; default-src 'none'; frame-ancestors 'none'\"",
        "_SANDBOX = \"default-src 'none'; frame-ancestors 'none'\"",
        _PEOPLE,
    ),
    Guard(
        "a page escapes what it shows",
        "service/web/rendering.py",
        "        autoescape=True,\n",
        "        autoescape=False,\n",
        (*_PAGES, *_PEOPLE),
    ),
    Guard(
        "why the service is not ready is for readers",
        "service/web/api.py",
        'found if request.scope["state"]["role"] else {"ready": found["ready"]}',
        "found",
        _PEOPLE,
    ),
)
