"""The table of file formats: for each value of `reader` in source.yaml, the parser of its layout and the reader of its files.

A new format is one line of this table and a module with its reader.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from passo_lod.records import Reading
from passo_lod.sources.json_files.json_layout import JsonLayout
from passo_lod.sources.json_files.json_reader import read_json, read_json_lines
from passo_lod.sources.page_files.labelled_html_reader import read_html_page
from passo_lod.sources.page_files.labelled_text_reader import read_text_page
from passo_lod.sources.page_files.page_layout import PageLayout
from passo_lod.sources.rdf_files.rdf_file import RdfLayout
from passo_lod.sources.rdf_files.rdf_reader import read_rdf
from passo_lod.sources.table_files.table_layout import TableLayout
from passo_lod.sources.table_files.table_reader import read_table
from passo_lod.yaml_loader import YamlMapping


class Reader(Protocol):
    """Reads the records of one file."""

    def __call__(self, source: Any, path: Path, display_path: str) -> Iterator[Reading]:
        """One `Reading` for each record.

        Args:
            source: the `Source` that the file belongs to.
            path: the file.
            display_path: the file, as results name it.
        """
        ...


Layout = Any
"""The structure of a source's files, from `layout` in source.yaml; each reader has a class of its own."""

READERS: dict[str, tuple[Callable[[Path, YamlMapping], Layout], Reader]] = {
    "labelled-text": (PageLayout.parse, read_text_page),
    "labelled-html": (PageLayout.parse, read_html_page),
    "table": (TableLayout.parse, read_table),
    "json": (JsonLayout.parse, read_json),
    "jsonl": (JsonLayout.parse_for_lines, read_json_lines),
    "rdf": (RdfLayout.parse, read_rdf),
}

RDF_READERS = frozenset({"rdf"})
"""Readers of records that are RDF already: their sources have no mapping.yaml, nor settings that only a mapping uses."""
