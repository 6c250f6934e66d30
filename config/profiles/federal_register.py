"""The hook of federal_register.yaml: what no key of a profile can say.

This file is run by the service, with all that the service may do.
"""


def tidy(fields, words):
    """Give the fields as they should be; None drops the row. `words` is the whole row as text."""
    if '"type": "Correction"' in words:
        return None  # a correction repeats the title of what it corrects
    if fields["title"]:
        fields["title"] = fields["title"].removesuffix(".")
    return fields
