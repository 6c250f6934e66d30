"""Guards toward the outside: connections, manners, secrets, templates of the user's own."""

from tests.guards.guard import Guard

_EGRESS = "tests/monitor/fetch/test_egress.py"
_ROUTES = "tests/monitor/fetch/test_routes.py"
_BROWSER = "tests/monitor/fetch/test_browser.py"
_LEASES = "tests/monitor/fetch/politeness/test_leases.py"
_CHANNELS = "tests/alerts/channels/"
_LOGIN = "test_a_server_that_repeats_the_login_does_not_put_it_into_the_database"
_OWN = "frozenset({(httpx.URL(url).host, httpx.URL(url).port or 80)})"
_BOUNDS = "tests/alerts/rendering/test_environments.py::test_a_template_just_over_a_bound_is_refused"

CONNECTIONS = (
    Guard(
        "a page is fetched from public addresses only",
        "monitor/fetch/egress.py",
        "        self._guarded = _transport(context, limits, GuardedBackend(resolve))\n",
        "        self._guarded = self._open\n",
        (_EGRESS,),
    ),
    Guard(
        "the address that was checked is the one connected to",
        "monitor/fetch/egress.py",
        "return connect(self._network, str(address), port,",
        "return connect(self._network, host, port,",
        (_EGRESS,),
    ),
    Guard(
        "robots.txt is asked for at public addresses only",
        "monitor/fetch/politeness/turns.py",
        "        with client.ask(url, {}, Terms(_ROBOTS_TIMEOUT, private)) as response:\n",
        "        with client.ask(url, {}, Terms(_ROBOTS_TIMEOUT, " + _OWN + ")) as response:\n",
        (_EGRESS,),
    ),
    Guard(
        "a redirect leads an allowed source to no other private place",
        "monitor/fetch/client.py",
        "bool(terms.private) and not terms.private.isdisjoint(_places(address))",
        "bool(terms.private)",
        (_EGRESS,),
    ),
    Guard(
        "a page in the browser loads nothing from private addresses",
        "monitor/fetch/browser.py",
        "        terms = replace(self._terms, seconds=self.left_ms() / 1000)\n",
        "        terms = replace(self._terms, seconds=self.left_ms() / 1000, private=" + _OWN + ")\n",
        (_BROWSER,),
    ),
    Guard(
        "a proxy is not asked for a private address",
        "monitor/fetch/egress.py",
        "if (address := _written_address(request.url.host)) and not is_public(address):",
        "if (address := _written_address(request.url.host)) and False:",
        (_ROUTES,),
    ),
    Guard(
        "an allowed source does not go through a proxy",
        "monitor/fetch/egress.py",
        "        if request.extensions.get(_ALLOW_PRIVATE) is True:\n",
        "        if request.extensions.get(_ALLOW_PRIVATE) is True and not self._proxied:\n",
        (_ROUTES,),
    ),
    Guard(
        "every session of a channel is guarded",
        "alerts/channels/responses.py",
        "GuardedAdapter() if guarded else OpenAdapter()",
        "OpenAdapter()",
        (f"{_CHANNELS}test_egress.py",),
    ),
    Guard(
        "what a message opened is cut when its time is up",
        "alerts/channels/send.py",
        "        connections.cut()\n",
        "        pass\n",
        (f"{_CHANNELS}test_send.py",),
    ),
    Guard(
        "an answer of a chat is read up to a bound",
        "alerts/channels/responses.py",
        "            if len(kept) >= limit:\n",
        "            if False:\n",
        (f"{_CHANNELS}test_send.py",),
    ),
    Guard(
        "an answer of a mail server is read up to a bound",
        "alerts/channels/smtp.py",
        "        if self._left < 0:\n",
        "        if False:\n",
        (f"{_CHANNELS}test_smtp_session.py",),
    ),
    Guard(
        "a channel connects to the address that was checked",
        "alerts/channels/egress.py",
        "        self._dns_host = self._looked_up(name, self.port)\n",
        "        self._looked_up(name, self.port)\n",
        (f"{_CHANNELS}test_egress.py",),
    ),
    Guard(
        "a channel's redirect is not followed",
        "alerts/channels/services.py",
        "http_redirects=False,",
        "http_redirects=True,",
        (f"{_CHANNELS}test_egress.py",),
    ),
)

_WEBHOOK = "alerts/channels/webhook.py"
_WEBHOOK_TESTS = (f"{_CHANNELS}test_webhook.py",)

WEBHOOKS = (
    Guard(
        "the body of a webhook is signed",
        _WEBHOOK,
        '    signed = f"{identity}.{timestamp}.".encode() + body\n',
        '    signed = f"{identity}.{timestamp}.".encode()\n',
        _WEBHOOK_TESTS,
    ),
    Guard(
        "a webhook has the same identity at each attempt",
        _WEBHOOK,
        '"Webhook-Id": message.identity,',
        '"Webhook-Id": f"{message.identity}{timestamp}",',
        _WEBHOOK_TESTS,
    ),
    Guard(
        "a webhook is signed with the time of the attempt",
        _WEBHOOK,
        "timestamp = int((message.date or datetime.now(UTC)).timestamp())",
        "timestamp = 0",
        _WEBHOOK_TESTS,
    ),
    Guard(
        "events leave unencrypted for the own network only",
        _WEBHOOK,
        '            session.mount("http://", PrivateAdapter())\n',
        "            pass\n",
        _WEBHOOK_TESTS,
    ),
    Guard(
        "no proxy is asked where the address must be of the own network",
        _WEBHOOK,
        'not url.lower().startswith("http:")',
        "True",
        _WEBHOOK_TESTS,
    ),
    Guard(
        "a webhook's redirect is not followed",
        _WEBHOOK,
        "allow_redirects=False",
        "allow_redirects=True",
        _WEBHOOK_TESTS,
    ),
    Guard(
        "of a webhook's answer only the beginning is read",
        _WEBHOOK,
        "            keep_beginning(answer, LONGEST_ANSWER)\n",
        "            answer.content  # noqa: B018\n",
        _WEBHOOK_TESTS,
    ),
    Guard(
        "a webhook's secret is not shown",
        "alerts/channels/send.py",
        "*(forms_of(secret) if secret else ())",
        "*(() if secret else ())",
        _WEBHOOK_TESTS,
    ),
    Guard(
        "an event is not posted unencrypted across the internet",
        "alerts/domain/settings.py",
        '            raise Mistakes([(("webhook", "url"), _NOT_ENCRYPTED)])\n',
        "            pass\n",
        _WEBHOOK_TESTS,
    ),
)

MANNERS = (
    Guard(
        "robots.txt is obeyed",
        "monitor/fetch/politeness/turns.py",
        "        if not robots.rules.can_fetch(url, agent):\n",
        "        if False:\n",
        ("tests/monitor/fetch/test_fetcher.py", _LEASES),
    ),
    Guard(
        "the day's requests to a host are bounded",
        "monitor/fetch/politeness/leases.py",
        "    if requests >= limit:\n",
        "    if False:\n",
        (f"{_LEASES}::test_over_budget_a_host_is_left_alone_until_the_next_day_in_utc",),
    ),
    Guard(
        "the budget counts for turns in files",
        "monitor/fetch/politeness/locks.py",
        "            require_budget(host, count.written + count.more, self.limits, now)\n",
        "",
        (f"{_LEASES}::test_over_budget_a_host_is_left_alone_until_the_next_day_in_utc",),
    ),
    Guard(
        "requests for robots.txt count",
        "monitor/fetch/politeness/turns.py",
        "            turn.more += 1\n",
        "",
        (f"{_LEASES}::test_every_request_counts_robots_txt_too",),
    ),
)


def _undressed(name: str, whole: str, broken: str) -> Guard:
    tests = (f"{_CHANNELS}test_echo.py", f"{_CHANNELS}test_smtp_session.py::{_LOGIN}")
    return Guard(f"a secret is not shown {name}", "alerts/channels/redact.py", whole, broken, tests)


SECRETS = (
    _undressed("decoded", "(part, unquote(part), unquote_plus(part))", "(part,)"),
    _undressed("in base64", "{*coded, *percent, *lower, *escaped", "{*percent, *lower, *escaped"),
    _undressed("percent-encoded", "*coded, *percent, *lower, *esc", "*coded, *lower, *esc"),
    _undressed("percent-encoded in small letters", "*percent, *lower, *esc", "*percent, *esc"),
    _undressed("escaped as in JSON", "{json.dumps(secret)[1:-1], ", "{"),
    _undressed("in a wrong charset", "*escaped, *misread}", "*escaped}"),
    _undressed("escaped as in HTML", " html.escape(secret),", ""),
    _undressed(
        "as the login of a mail server",
        '        found += [f"\\0{unquote(user)}\\0{unquote(password)}"] if password else []',
        "        del user, password",
    ),
    Guard(
        "an answer that repeats our headers is not shown",
        "alerts/channels/responses.py",
        "if _ECHO.search(said) else said",
        "if False else said",
        (f"{_CHANNELS}test_echo.py",),
    ),
    Guard(
        "an error of a plugin is known by its kind only",
        "alerts/channels/send.py",
        'f"the sender failed with {type(error).__name__}"',
        'f"the sender failed with {error}"',
        (_CHANNELS,),
    ),
)


def _unbounded(name: str, file: str, whole: str, broken: str) -> Guard:
    return Guard(f"a template of the user's {name}", file, whole, broken, (_BOUNDS,))


_FILE = "alerts/rendering/bounds.py"
BOUNDS = (
    _unbounded(
        "takes a bounded number of steps", _FILE, "        if self.steps < 0:\n", "        if False:\n"
    ),
    _unbounded(
        "makes a bounded amount of text", _FILE, "        if self.characters < 0:\n", "        if False:\n"
    ),
    _unbounded("multiplies only small things", _FILE, "        if size * numbers[0] >", "        if 0 >"),
    _unbounded("calls with small numbers only", _FILE, "abs(value) > _LARGEST_ARGUMENT:", "False:"),
    _unbounded("does not multiply two sizes", _FILE, "    if first * second >", "    if 0 >"),
    _unbounded("has no wide formats", _FILE, "    if _WIDE.search(text):\n", "    if False:\n"),
    _unbounded(
        "compares little",
        _FILE,
        "            operand.expr = _filtered(_PIECE, operand.expr)\n",
        "            pass\n",
    ),
    _unbounded("tests little", _FILE, "        spend(*args)\n        return test(", "        return test("),
    _unbounded(
        "slices little", _FILE, "            part.node = _filtered(_PIECE, part.node)\n", "            pass\n"
    ),
    _unbounded("has no powers", _FILE, '    if operator == "**":\n', "    if False:\n"),
    _unbounded("has no large numbers", _FILE, "    if len(numbers) == 2 and", "    if False and"),
    _unbounded(
        "has no str.format",
        "alerts/rendering/environments.py",
        'isinstance(obj, str) and attr in ("format", "format_map")',
        "False",
    ),
    _unbounded(
        "counts the passes of its loops",
        _FILE,
        "        loop.iter = _filtered(_ITEMS, loop.iter)\n",
        "        pass\n",
    ),
)
