"""Write a watch file for a purpose: what to watch, where alerts go, to whom, when, and who hears of trouble.

No secret is in it: where alerts go, and a mail server's password, are named as variables.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.domain.agencies import short_name
from monitor.domain.errors import OversightError
from monitor.domain.text import hint

ALERTS_URL, TROUBLE_URL, MAIL_PASSWORD = "ALERTS_URL", "TROUBLE_URL", "MAIL_PASSWORD"
_OIG = "https://www.oig.dhs.gov/reports/audits-inspections-and-evaluations"
WEBHOOK = "webhook"  # in place of an address that is in the environment already


@dataclass(frozen=True, slots=True)
class Preset:
    """A source to choose from: what it is, its short title, and its lines in a watch file."""

    said: str
    title: str
    source: str


KNOWN: Mapping[str, Preset] = {
    "cbp-audits": Preset(
        "reports of the DHS inspector general on CBP, every 2 hours",
        "DHS OIG on CBP",
        f'{{profile: dhs-oig, url: "{_OIG}?field_dhs_agency_target_id=1", every: 2h}}',
    ),
    "dhs-oig": Preset(
        "all reports of the DHS inspector general, every 2 hours",
        "DHS OIG",
        f'{{profile: dhs-oig, url: "{_OIG}", every: 2h}}',
    ),
    "gao-open": Preset(
        "every open recommendation of GAO, once a day",
        "GAO recommendations",
        '{profile: gao-csv, url: "https://www.gao.gov/open-recs2-csv?q=", cron: "30 6 * * *"}',
    ),
    "gao-reports": Preset(
        "GAO's new reports, every 6 hours",
        "GAO reports",
        '{url: "https://www.gao.gov/rss/reports.xml", every: 6h}',
    ),
}
WHEN = {
    "immediately": "as soon as a check finds something",
    "daily": "one digest a day",
    "weekly": "one digest on Monday morning",
}
_MAIL_SERVERS = {
    "gmail.com": "smtp.gmail.com",
    "googlemail.com": "smtp.gmail.com",
    "outlook.com": "smtp-mail.outlook.com",
    "hotmail.com": "smtp-mail.outlook.com",
    "yahoo.com": "smtp.mail.yahoo.com",
    "icloud.com": "smtp.mail.me.com",
}
_ADDRESS = re.compile(r"[^\s@,]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Purpose:
    """The answers. `where` is the address that mails come from, or a webhook's address (a secret)."""

    what: tuple[str, ...]
    where: str
    whom: tuple[str, ...] = ()
    when: tuple[str, ...] = ("immediately",)
    trouble: str = ""  # an address, a webhook's address, or nothing: where alerts go
    about: tuple[str, ...] = ()
    time_zone: str = "America/New_York"
    mail_server: str = ""

    @property
    def by_mail(self) -> bool:
        """Whether alerts go by mail."""
        return is_address(self.where)

    def secrets(self) -> dict[str, str]:
        """Return what the file names and does not hold; a password is asked for, so it is not among them."""
        named = {ALERTS_URL: self.where, TROUBLE_URL: self.trouble}
        return {name: url for name, url in named.items() if url and url != WEBHOOK and not is_address(url)}

    def variables(self) -> list[str]:
        """Return the variables that the file names."""
        found = [MAIL_PASSWORD if self.by_mail else ALERTS_URL]
        return [*found, TROUBLE_URL] if self.trouble and not is_address(self.trouble) else found


def is_address(text: str) -> bool:
    """Return whether a text is a mail address."""
    return _ADDRESS.fullmatch(text) is not None


def server_for(address: str) -> str:
    """Return the server that probably sends the mails of an address."""
    domain = address.rpartition("@")[2].lower()
    return _MAIL_SERVERS.get(domain, f"smtp.{domain}")


def comma_separated(text: str) -> tuple[str, ...]:
    """Return the parts of an answer between its commas."""
    return tuple(found for part in text.split(",") if (found := part.strip()))


def checked_what(names: str) -> tuple[str, ...]:
    """Return the sources that are named, separated by commas. Raises OversightError."""
    found = comma_separated(names)
    for name in found:
        if name not in KNOWN and not name.startswith(("http://", "https://")):
            raise OversightError(
                f"{name!r} is neither a web address nor one of {', '.join(KNOWN)}{hint(name, KNOWN)}"
            )
    if not found:
        raise OversightError("name at least one thing to watch")
    return found


def checked_when(names: str) -> tuple[str, ...]:
    """Return when alerts are sent, separated by commas. Raises OversightError."""
    found = comma_separated(names)
    for name in found:
        if name not in WHEN:
            raise OversightError(f"{name!r} is not a time for alerts{hint(name, WHEN)}")
    return found or ("immediately",)


def checked_server(name: str) -> str:
    """Return the name of a mail server, with or without a port. Raises OversightError."""
    if not re.fullmatch(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?", name):
        raise OversightError(f"{name!r} is not the name of a mail server; write for example smtp.example.org")
    return name


def checked_trouble(purpose: Purpose) -> None:
    """Raise OversightError where who hears of trouble cannot be reached that way."""
    if is_address(purpose.trouble) and not purpose.by_mail:
        raise OversightError(
            "notices go to a mail address only where alerts go by mail; give a webhook's address"
        )


def text_of(purpose: Purpose) -> str:
    """Return the watch file."""
    contact = purpose.trouble if is_address(purpose.trouble) else purpose.where if purpose.by_mail else ""
    lines = [
        "# What Oversight Watch checks, and who gets which alerts. `oversight-watch config check` lists",
        "# mistakes, `config plan FILE` shows what a changed file would do. Secrets are in the environment,",
        "# or in the file .env beside this one.",
        "",
        f"time_zone: {purpose.time_zone}",
        "database: sqlite:///oversight-watch.db # beside this file",
        f"contact: {_quoted(contact)} # sent to the sites, so they can write to you"
        if contact
        else "# contact: you@example.org # sent to the sites, so they can write to you before they block you",
        "",
        "sources:",
        *(f"  {name}: {entry}" for name, entry in _sources(purpose)),
        "",
        "channels:",
        *_channels(purpose),
        "",
        "topics:",
        *_topic(purpose),
        *_digests(purpose),
    ]
    return "\n".join(lines) + "\n"


def _sources(purpose: Purpose) -> list[tuple[str, str]]:
    found = []
    for number, name in enumerate(purpose.what, 1):
        if name in KNOWN:
            found.append((name, KNOWN[name].source))
        else:
            host = (urlsplit(name).hostname or f"page-{number}").removeprefix("www.")
            key = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")
            taken = {one for one, _ in found}
            found.append(
                (key if key not in taken else f"{key}-{number}", f"{{url: {_quoted(name)}, every: 6h}}")
            )
    return found


def _channels(purpose: Purpose) -> list[str]:
    trouble = purpose.trouble or (purpose.where if purpose.by_mail else "")
    if purpose.by_mail:
        to = ", ".join(_quoted(one) for one in purpose.whom or (purpose.where,))
        lines = ["  desk:", f"    mail: {_mail(purpose, f'[{to}]')}"]
    else:
        lines = ["  desk:", f'    to: "${{{ALERTS_URL}}}" # the address stays in the environment']
    lines += [
        "  operator: # hears of trouble with a source or a channel, and of its end",
        "    purpose: operator",
    ]
    if is_address(trouble):
        return [*lines, f"    mail: {_mail(purpose, _quoted(trouble))}"]
    return [*lines, f'    to: "${{{TROUBLE_URL if purpose.trouble else ALERTS_URL}}}"']


def _mail(purpose: Purpose, to: str) -> str:
    host, _, port = (purpose.mail_server or server_for(purpose.where)).partition(":")
    user = _quoted(purpose.where)
    server = f"{host}, port: {port}{', security: tls' if port == '465' else ''}" if port else host
    return f'{{host: {server}, user: {user}, password: "${{{MAIL_PASSWORD}}}", from: {user}, to: {to}}}'


def _topic(purpose: Purpose) -> list[str]:
    name = "watched" if not purpose.about else "subject"
    agencies = (f"agency:{short}" for one in purpose.about if (short := short_name(one)))
    words = ", ".join(_quoted(one) for one in dict.fromkeys((*purpose.about, *agencies)))
    title = ", ".join(purpose.about or (KNOWN[one].title if one in KNOWN else one for one in purpose.what))
    match = (
        f'    match: {{any: [{words}]}} # at least one of these must occur; "biometric*" takes any ending'
        if words
        else '    # match: {any: [facial recognition, "biometric*"]} # without words: everything new'
    )
    send = ", ".join(f"{when}: [desk]" for when in purpose.when)
    lines = [f"  {name}:", f"    title: {_quoted(title)} # what readers see", match]
    if "gao-open" in purpose.what:
        lines.append(
            "    # on: [status_changed, left_list, withdrawn, reappeared] # without it: every kind of change"
        )
    return [*lines, f"    send: {{{send}}}"]


def _digests(purpose: Purpose) -> list[str]:
    if "weekly" not in purpose.when:
        return []
    return ["", "digests:", "  weekly: {heartbeat: true} # sent on Monday also when nothing happened"]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is one of YAML too
