"""What a list of records can be sorted by."""

from enum import StrEnum


class RecordSort(StrEnum):
    """By age: from a record's date, else from our first sight. By due: only what has a target date."""

    AGE = "age"
    CHANGED = "changed"
    AGENCY = "agency"
    KEY = "key"
    DUE = "due"
