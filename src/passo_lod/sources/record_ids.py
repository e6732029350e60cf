"""Make the id of a record from the source's own id, and the path of the resource that the record describes."""

import re

from passo_lod.text_folding import to_ascii_letters

IRI_CHARACTER = r"[^\s<>\"{}|\\^`]"
"""A character of an IRI (RFC 3987, 2.2, without its finer rules)."""


def slug(text: str) -> str:
    """A text in `[a-z0-9-]`; empty if it has a letter that has no form in these.

    >>> slug("PR 12/a"), slug("Łódź-1"), slug("à-1"), slug("日本-1")
    ('pr-12-a', 'lodz-1', 'a-1', '')
    """
    letters = to_ascii_letters(text)
    if not letters.isascii() and any(each.isalnum() and not each.isascii() for each in letters):
        return ""
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def resource_path(record: str, prefix: str) -> str:
    """The path below the base IRI of the resource that a record describes; empty if the text gives no id.

    >>> resource_path("12", "er"), resource_path("er-12", "er"), resource_path("id/organisation/er-1", "er")
    ('id/process/er-12', 'id/process/er-12', 'id/organisation/er-1')

    Args:
        record: an id with or without the prefix, or a path below the base IRI.
        prefix: the source's prefix.
    """
    if re.fullmatch(r"id/[a-z-]+/[^/#?]+", record) and re.fullmatch(rf"{IRI_CHARACTER}+", record):
        return record
    code = slug(record).removeprefix(f"{prefix}-")
    return f"id/process/{prefix}-{code}" if code else ""
