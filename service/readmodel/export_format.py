"""The kinds of file that lists are exported to; apart, as --help needs them and nothing else."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """The kinds of file."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"
