"""Agencies by the short names their readers use. Plain data and two look-ups; pure.

To teach the program another agency, add a line: the short name, then every full name publishers write.
"""

from collections.abc import Mapping

from monitor.domain.text import comparable_title

AGENCIES: Mapping[str, tuple[str, ...]] = {
    "CBP": (
        "U.S. Customs and Border Protection",
        "United States Customs and Border Protection",
        "Customs and Border Protection",
    ),
    "CDC": ("Centers for Disease Control and Prevention",),
    "CISA": ("Cybersecurity and Infrastructure Security Agency",),
    "CMS": ("Centers for Medicare & Medicaid Services", "Centers for Medicare and Medicaid Services"),
    "CWMD": ("Countering Weapons of Mass Destruction Office",),
    "DHS": ("Department of Homeland Security", "U.S. Department of Homeland Security"),
    "DOD": ("Department of Defense", "U.S. Department of Defense"),
    "DOE": ("Department of Energy", "U.S. Department of Energy"),
    "DOJ": ("Department of Justice", "U.S. Department of Justice"),
    "DOL": ("Department of Labor", "U.S. Department of Labor"),
    "DOT": ("Department of Transportation", "U.S. Department of Transportation"),
    "EPA": ("Environmental Protection Agency", "U.S. Environmental Protection Agency"),
    "FAA": ("Federal Aviation Administration",),
    "FBI": ("Federal Bureau of Investigation",),
    "FDA": ("Food and Drug Administration", "U.S. Food and Drug Administration"),
    "FEMA": ("Federal Emergency Management Agency",),
    "FLETC": ("Federal Law Enforcement Training Centers", "Federal Law Enforcement Training Center"),
    "GSA": ("General Services Administration", "U.S. General Services Administration"),
    "HHS": ("Department of Health and Human Services", "U.S. Department of Health and Human Services"),
    "HUD": ("Department of Housing and Urban Development",),
    "I&A": ("Office of Intelligence and Analysis",),
    "ICE": (
        "U.S. Immigration and Customs Enforcement",
        "United States Immigration and Customs Enforcement",
        "Immigration and Customs Enforcement",
    ),
    "IRS": ("Internal Revenue Service",),
    "NASA": ("National Aeronautics and Space Administration",),
    "NRC": ("Nuclear Regulatory Commission", "U.S. Nuclear Regulatory Commission"),
    "OMB": ("Office of Management and Budget",),
    "OPM": ("Office of Personnel Management", "U.S. Office of Personnel Management"),
    "SBA": ("Small Business Administration", "U.S. Small Business Administration"),
    "SSA": ("Social Security Administration", "U.S. Social Security Administration"),
    "TSA": ("Transportation Security Administration",),
    "USAID": ("U.S. Agency for International Development", "Agency for International Development"),
    "USCG": ("U.S. Coast Guard", "United States Coast Guard", "Coast Guard"),
    "USCIS": (
        "U.S. Citizenship and Immigration Services",
        "United States Citizenship and Immigration Services",
    ),
    "USDA": ("Department of Agriculture", "U.S. Department of Agriculture"),
    "USPS": ("U.S. Postal Service", "United States Postal Service"),
    "USSS": ("U.S. Secret Service", "United States Secret Service", "Secret Service"),
    "VA": ("Department of Veterans Affairs", "U.S. Department of Veterans Affairs"),
}

_SHORT: Mapping[str, str] = {
    comparable_title(name): short for short, full in AGENCIES.items() for name in (short, *full)
}


def short_name(text: str) -> str | None:
    """Return the short name of the one agency that a text names, None where it is not known: CBP.

    "Customs and Border Protection (CBP)" with its bracket is understood too.
    """
    name = comparable_title(text)
    head, _, bracket = name.partition(" (")
    found = _SHORT.get(name) or _SHORT.get(head)
    return found if found and (not bracket or _SHORT.get(bracket.rstrip(")")) == found) else None


def names_of(term: str) -> tuple[str, ...]:
    """Return every name of the agency that a term names, its short name first; () where it is not known."""
    short = short_name(term)
    return (short, *AGENCIES[short]) if short else ()
