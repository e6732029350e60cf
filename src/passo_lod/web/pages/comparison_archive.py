"""Pack a comparison as a ZIP file: its answer, its chart, its query, and a README that says what each column is, in the reader's language."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from passo_lod.messages.message_catalogue import message

_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time of a ZIP file, so that the same answer gives the same bytes."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP file of some files, by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def readme(title: str, paragraphs: Sequence[str], columns: Sequence[str], language: str) -> str:
    """Return the README in Markdown: a title, paragraphs, and the meaning of each column."""
    meanings = [f"- `{each}`: {message(f'page.compare-column-{kebab_case(each)}', language)}" for each in columns]
    heading = message("page.compare-columns", language)
    return "\n\n".join([f"# {title}", *filter(None, paragraphs), f"## {heading}", "\n".join(meanings)]) + "\n"


def kebab_case(column: str) -> str:
    """The last part of the key of the message about a column or variable.

    >>> kebab_case("groupName")
    'group-name'
    """
    return re.sub("[A-Z]", lambda match: f"-{match[0].lower()}", column)
