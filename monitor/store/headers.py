"""The headers of a stored page, packed: most pages share most of them, so they take a fraction of the space.

What they share is in `_USUAL`. It belongs to the stored form: with another list that form would need another
mark in front, or what is stored could not be read any more.
"""

import json

import zstandard

from monitor.domain.types import Headers

_MARK = b"1"
_LEVEL = 3
_USUAL = (
    ("x-drupal-cache", "HIT"),
    ("x-drupal-dynamic-cache", "MISS"),
    ("x-generator", "Drupal 10 (https://www.drupal.org)"),
    ("x-cache", "Hit from cloudfront"),
    ("x-amz-cf-pop", "IAD"),
    ("x-amz-cf-id", ""),
    ("x-request-id", ""),
    ("via", "1.1 varnish"),
    ("age", "0"),
    ("cf-ray", ""),
    ("alt-svc", 'h3=":443"; ma=86400'),
    ("permissions-policy", "interest-cohort=()"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("content-security-policy", "default-src 'self'; frame-ancestors 'self'"),
    ("x-frame-options", "SAMEORIGIN"),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "1; mode=block"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
    ("access-control-allow-origin", "*"),
    ("pragma", "no-cache"),
    ("expires", "Sun, 19 Nov 1978 05:00:00 GMT"),
    ("cache-control", "max-age=0, must-revalidate, no-cache, private"),
    ("vary", "Accept-Encoding,Cookie"),
    ("content-language", "en"),
    ("server", "nginx"),
    ("server", "Apache"),
    ("connection", "keep-alive"),
    ("transfer-encoding", "chunked"),
    ("content-encoding", "gzip"),
    ("content-type", "text/csv"),
    ("content-type", "text/html; charset=UTF-8"),
    ("content-length", ""),
    ("last-modified", "Mon, 02 Nov 2026 10:00:00 GMT"),
    ("etag", 'W/""'),
    ("date", "Sat, 28 Nov 2026 12:00:00 GMT"),
    ("host", "www.gao.gov"),
    ("host", "www.oig.dhs.gov"),
    ("user-agent", "OversightWatch/0.1.0 (+"),
    (
        "accept",
        "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json,"
        " application/json;q=0.9, text/csv;q=0.9, application/csv;q=0.9, text/xml;q=0.9,"
        " application/xml;q=0.9, text/plain;q=0.8, */*;q=0.1",
    ),
    ("accept-encoding", "gzip"),
    ("cache-control", "no-cache"),
    ("if-none-match", ""),
    ("if-modified-since", ""),
)
_MOST = 1_000_000  # bytes that a damaged one may claim to hold


def _plain(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


_SHARED = zstandard.ZstdCompressionDict(_plain(_USUAL), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
_SHARED.precompute_compress(level=_LEVEL)


def packed(headers: Headers | None) -> bytes | None:
    """Return headers as they are stored."""
    if headers is None:
        return None
    plain = _plain([headers.status, headers.rendered, headers.request, headers.response])
    return _MARK + zstandard.ZstdCompressor(_LEVEL, dict_data=_SHARED).compress(plain)


def unpacked(stored: bytes | None) -> Headers | None:
    """Return stored headers; None where there are none, or where what is stored is damaged."""
    if stored is None or stored[:1] != _MARK:
        return None
    try:
        plain = zstandard.ZstdDecompressor(dict_data=_SHARED).decompress(stored[1:], max_output_size=_MOST)
        status, rendered, asked, answered = json.loads(plain)
        request, response = (
            tuple((str(name), str(value)) for name, value in some) for some in (asked, answered)
        )
        return Headers(int(status), request, response, rendered=bool(rendered))
    except (zstandard.ZstdError, ValueError, TypeError):
        return None
