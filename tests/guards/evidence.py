"""The guards of documents and of evidence packets."""

from tests.guards.guard import Guard

_DOCUMENTS = ("tests/monitor/documents/test_documents.py",)
_PDF = ("tests/monitor/fetch/test_pdf_text.py",)
_WITNESSES = ("tests/service/cli/test_packet_witnesses.py",)
_PACKETS = ("tests/service/cli/test_evidence.py",)
_COMPARE = "monitor/documents/compare.py"

DOCUMENTS = (
    Guard(
        "a file is withdrawn only after a second check",
        _COMPARE,
        "    elif known.doubt != _MISSING:\n",
        "    elif False:\n",
        _DOCUMENTS,
    ),
    Guard(
        "trouble is no withdrawal",
        _COMPARE,
        "if not (other or error.status in _GONE) or known.state",
        "if known.state",
        _DOCUMENTS,
    ),
    Guard(
        "a page in place of all files is no withdrawal",
        _COMPARE,
        "if walled or now - since < lasting:",
        "if now - since < lasting:",
        _DOCUMENTS,
    ),
    Guard(
        "bytes that were there before are seen twice",
        _COMPARE,
        "believed = not seen_before or known.doubt == mark",
        "believed = True",
        _DOCUMENTS,
    ),
    Guard(
        "headers alone are seen twice",
        _COMPARE,
        "            believed = known.doubt == mark\n        case Page():",
        "            believed = True\n        case Page():",
        _DOCUMENTS,
    ),
    Guard(
        "a file with the same text is no change",
        _COMPARE,
        "DOCUMENT_TEXT_CHANGED if texts[0] != texts[1] else None",
        "DOCUMENT_TEXT_CHANGED",
        _DOCUMENTS,
    ),
    Guard(
        "files of other sites are not asked for",
        "monitor/documents/look.py",
        ' and is_of_site(parts.hostname or "", site)',
        "",
        _DOCUMENTS,
    ),
    Guard(
        "a redirect of a file does not leave the site",
        "monitor/fetch/client.py",
        "    if site is not None and not is_of_site(url.host, site):\n",
        "    if False:\n",
        _DOCUMENTS,
    ),
    Guard(
        "a file that ends too early is no file",
        "monitor/fetch/documents.py",
        "if not end_is_proved(response, body) and",
        "if False and",
        _DOCUMENTS,
    ),
    Guard(
        "a check asks for some files only",
        "monitor/documents/look.py",
        "*rest][:_MOST_ASKED]",
        "*rest]",
        _DOCUMENTS,
    ),
    Guard(
        "a check asks the host once where it wants long pauses",
        "monitor/documents/look.py",
        "        if place and fetcher.asked_pause(linked.url) > _LONGEST_PAUSE:\n            return\n",
        "",
        _DOCUMENTS,
    ),
    Guard(
        "a PDF is read with little memory",
        "monitor/fetch/pdf_child.py",
        "    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))\n",
        "",
        _PDF,
    ),
    Guard(
        "a PDF is read with little CPU time",
        "monitor/fetch/pdf_child.py",
        "    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))\n",
        "",
        _PDF,
    ),
    Guard(
        "a file read later alerts nobody who was alerted of its report",
        "alerts/topics/index.py",
        "[match for match in found if match.topic not in before]",
        "found",
        (*_DOCUMENTS, "tests/guarantees/test_documents.py"),
    ),
)
PACKETS = (
    Guard(
        "a time stamp is of this packet",
        "service/runtime/witnesses.py",
        "said.message_imprint.message != sha256(content).digest() or said.nonce != asked.nonce",
        "False",
        _WITNESSES,
    ),
    Guard(
        "an authority is asked at public addresses only",
        "service/runtime/witnesses.py",
        "allow_private=allowed",
        "allow_private=True",
        _WITNESSES,
    ),
    Guard(
        "a time stamp that was exchanged is found",
        "service/readmodel/packet_verify.py",
        "hashlib.sha256(text).digest() not in stamp",
        "False",
        _WITNESSES,
    ),
    Guard(
        "a file is in a packet once",
        "service/readmodel/packet_verify.py",
        "if name in found or is_outside",
        "if is_outside",
        _PACKETS,
    ),
)
