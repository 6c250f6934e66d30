"""The headings that publishers give a column, by field. The likeliest come first."""

import re
from collections.abc import Mapping
from functools import lru_cache

from monitor.domain.text import comparable_title
from monitor.domain.types import RecordKind

# How programs write a heading, report_number or ReportNumber, and what may follow one: (MM/DD/YYYY).
_JOINED = re.compile(r"_|(?<=[a-z])(?=[A-Z])")
_NOTE = re.compile(r"\s*\([^()]*\)(?=\W*$)")
_TITLE = ("Title", "Report Title", "Report Name", "Name of Report", "Report", "Subject", "Product Title")
_NUMBER = (
    "Report Number",
    "Report No.",
    "Report #",
    "Report ID",
    "Product Number",
    "Number",
    "No.",
    "Audit Number",
    "Case Number",
)
_AGENCY = (
    "Agency",
    "Agency Affected",
    "Agency Reviewed",
    "Agency Reviewed / Investigated",
    "Responsible Agency",
    "Component",
    "Department",
    "Organization",
    "Entity",
    "Audited Entity",
    "Auditee",
)
_DAY = (
    "Issue Date",
    "Date Issued",
    "Report Date",
    "Publication Date",
    "Date Publication Issued",
    "Published",
    "Issued",
    "Release Date",
    "Date Published",
    "Date Posted",
    "Released",
    "Date Released",
)
# What it says is added to the comment of a profile without headings of its own.
TARGET_DATE = (
    "Target Date",
    "Target Completion Date",
    "Estimated Completion Date",
    "Expected Completion Date",
    "Planned Completion Date",
    "Projected Completion Date",
    "Estimated Implementation Date",
    "Target Implementation Date",
    "Due Date",
)
_TOPICS = ("Topics", "Topic", "Subjects")
_LINK = ("URL", "Link", "Report Link", "Report URL", "Product URL", "Download", "View Report")
HEADINGS: Mapping[RecordKind, Mapping[str, tuple[str, ...]]] = {
    RecordKind.REPORT: {
        "report_number": _NUMBER,
        "title": _TITLE,
        "abstract": ("Abstract", "Summary", "Description"),
        "issue_date": (*_DAY, "Date"),
        "fiscal_year": ("Fiscal Year", "FY"),
        "agency": _AGENCY,
        "topics": _TOPICS,
        "url": _LINK,
    },
    RecordKind.RECOMMENDATION: {
        "report_number": _NUMBER,
        "report_title": _TITLE,
        "recommendation_number": (
            "Recommendation Number",
            "Rec. No.",
            "Rec No.",
            "Rec. #",
            "Rec.",
            "Rec Number",
            "Rec #",
            "Recommendation #",
            "Recommendation No.",
        ),
        "matter_number": ("Matter Number", "Matter No."),
        "agency": _AGENCY,
        "recommendation": ("Recommendation", "Recommendation Text", "Recommendations", "Text"),
        "status_text": ("Status", "Recommendation Status", "Implementation Status"),
        "status_comment": ("Comments", "Comment", "Status Comments", "Status Comment", "Agency Response"),
        "agreement": ("Agreement", "Response", "Management Response", "Concurrence", "Management Decision"),
        "priority": ("Priority", "Priority Rec.", "Priority Recommendation"),
        # Not a bare "Date": beside a recommendation that may be the day of its status.
        "issue_date": _DAY,
        "topics": _TOPICS,
        "director": ("Director", "Director Name"),
        "url": _LINK,
    },
}


@lru_cache(maxsize=1_000)  # every row asks for the same headings
def folded(words: str) -> str:
    """Return a heading in the form in which headings are compared."""
    named = _NOTE.sub("", _JOINED.sub(" ", words)) or words
    return comparable_title(named).strip(" :.*\u2020\u2021")
