"""Read record pages saved as HTML, as the lines that the page shows, in the grammar of text pages: reader `labelled-html`.

A page saved as HTML loses less than one saved as text: it still has the ticks of its checkboxes.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from passo_lod.records import Reading, SourceLine
from passo_lod.sources.html_text import decode_html, visible_lines
from passo_lod.sources.page_files.labelled_text_reader import read_page, read_page_bytes
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_cleaning import clean_text

MAX_BYTES = 5_000_000
"""Bytes of a page; with scripts and styles most have some 200,000, and a larger file is rejected before it is parsed."""


def read_html_page(source: Any, path: Path, display_path: str) -> Iterator[Reading]:
    """The one record of a page saved as HTML."""
    return read_page(source, path, display_path, _read_lines)


def _read_lines(path: Path) -> list[SourceLine]:
    markup = clean_text(decode_html(read_page_bytes(path, MAX_BYTES, "html-page")))
    if not re.search(r"<[a-zA-Z!]", markup):
        raise ReadError("other-kind", "read.page.no-html-element")
    return visible_lines(markup)
