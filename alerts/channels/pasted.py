"""Web addresses of chats as their sites show them: Apprise reads only some. Pure.

What is a service's own address is never taken for a plain webhook, whose messages the service would refuse.
"""

import re

_DISCORD = re.compile(
    r"https?://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(?P<webhook>\d+/[\w-]+)"
    r"(?:/slack|/github)?/?(?P<query>\?.*)?",
    re.IGNORECASE,
)
_MATTERMOST = re.compile(
    r"http(?P<safe>s?)://(?P<server>[^?#\s]+)/hooks/(?P<token>[a-z0-9]{26})/?(?P<query>\?.*)?", re.IGNORECASE
)
_ROCKET = re.compile(
    r"http(?P<safe>s?)://(?P<server>[^?#\s]+)/hooks/(?P<token>[a-z0-9]{17,24}/[a-z0-9]{30,50})/?(?P<query>\?.*)?",
    re.IGNORECASE,
)
_TELEGRAM = re.compile(
    r"https?://api\.telegram\.org/bot(?P<token>\d+:[\w-]+)/sendMessage/?\?chat_id=(?P<room>(?:@|%40)?-?\w+)",
    re.IGNORECASE,
)
_OF_SERVICE = re.compile(
    r"https?://(?:[\w.-]+\.)?(?:(?P<discord>discord(?:app)?\.com)|(?P<teams>logic\.azure\.com"
    r"|powerplatform\.com)|(?P<retired>office(?:365)?\.com)|(?P<page>slack\.com|teams\.microsoft\.com"
    r"|(?:chat|mail)\.google\.com|discord\.gg|t\.me|telegram\.(?:me|dog)|web\.telegram\.org|matrix\.to"
    r"|app\.element\.io|wa\.me|whatsapp\.com|signal\.group)|(?P<bot>api\.telegram\.org))(?=[:/?#]|$)"
    r"|(?P<old>msteams)://",
    re.IGNORECASE,
)


def as_apprise(url: str) -> str:
    """Return a chat's own web address in Apprise's form; any other URL as it is."""
    if found := _ROCKET.fullmatch(url):
        return f"rocket{found['safe'].lower()}://{found['token']}@{found['server']}/{found['query'] or ''}"
    if found := _TELEGRAM.fullmatch(url):
        return f"tgram://{found['token']}/{found['room']}"
    if found := _MATTERMOST.fullmatch(url):
        return f"mmost{found['safe'].lower()}://{found['server']}/{found['token']}/{found['query'] or ''}"
    found = _DISCORD.fullmatch(url)
    if found is None:
        return url
    return f"discord://{found['webhook']}/{(found['query'] or '').replace('thread_id=', 'thread=')}"


def wrong_address_of(url: str) -> str | None:
    """Return what to do about a URL of a chat that is not a webhook; None for others."""
    found = _OF_SERVICE.match(url.strip())
    if found is None:
        return None
    if found["retired"] or found["old"]:
        return (
            "Microsoft has shut down this kind of Teams webhook; in Teams, create a workflow that sends"
            " webhook alerts to a channel, and write the address that it shows"
        )
    if "://hooks.slack" in found[0].lower():
        return "this address is not a complete Slack webhook; copy it again, to the end"
    if found["bot"]:
        return "a Telegram bot is written tgram://TOKEN/CHAT, with the number of the chat behind its token"
    if found["page"]:
        return "this is a page for people, which takes no messages; in the chat, create an incoming webhook"
    service = "Discord" if found["discord"] else "Teams"
    return f"this address is not a complete {service} webhook; copy it again, to the end"
