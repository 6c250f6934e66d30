"""A loopback replica of the two publishers' sites, in their live markup, that changes when told to.

For the demo, the tests and the bench: what is on it is a replica's word, never a publisher's.
"""

from service.demo.fakes.replica.pages import AGENCY, AGENCY_PATH, EXPORT_PATH, LISTING_PATH, ReplicaRow, slug
from service.demo.fakes.replica.seeds import seed_bytes, seed_recommendations, seed_reports
from service.demo.fakes.replica.site import ReplicaSite, RequestSeen
from service.demo.fakes.replica.trouble import (
    Fault,
    Trouble,
    access_denied,
    answer,
    challenge,
    connection_dropped,
    cut_without_length,
    empty_body,
    endless_paging,
    maintenance,
    not_found,
    redesign,
    redirect_loop,
    rewritten,
    server_error,
    slow_drip,
    soft_not_found,
    to_home_page,
    too_many_requests,
    truncated,
    unavailable,
    wrong_content_type,
)

__all__ = [
    "AGENCY",
    "AGENCY_PATH",
    "EXPORT_PATH",
    "LISTING_PATH",
    "Fault",
    "ReplicaRow",
    "ReplicaSite",
    "RequestSeen",
    "Trouble",
    "access_denied",
    "answer",
    "challenge",
    "connection_dropped",
    "cut_without_length",
    "empty_body",
    "endless_paging",
    "maintenance",
    "not_found",
    "redesign",
    "redirect_loop",
    "rewritten",
    "seed_bytes",
    "seed_recommendations",
    "seed_reports",
    "server_error",
    "slow_drip",
    "slug",
    "soft_not_found",
    "to_home_page",
    "too_many_requests",
    "truncated",
    "unavailable",
    "wrong_content_type",
]
