"""The file formats we read: one line of this table, and one room, each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from passo_lod.records import Reading
from passo_lod.sources import json_reader as json_tree
from passo_lod.sources import labelled_html_reader as labelled_html
from passo_lod.sources import labelled_text_reader as labelled_text
from passo_lod.sources import rdf_reader as rdf
from passo_lod.sources import table_reader as tabular
from passo_lod.yaml_loader import YamlMapping


class Reader(Protocol):
    """Reads the records of one file."""

    def __call__(self, source: Any, path: Path, shown: str) -> Iterator[Reading]:
        """One `Reading` a record.

        Args:
            source: the `Source` that the file belongs to.
            path: the file.
            shown: how results name the file.
        """
        ...


Layout = Any
"""What a reader knows of its source's files, from the key `layout` of `source.yaml`; each reader has its own."""

READERS: dict[str, tuple[Callable[[Path, YamlMapping], Layout], Reader]] = {
    "labelled-text": (labelled_text.LabelledTextLayout.parse, labelled_text.read),
    "labelled-html": (labelled_html.Layout.parse, labelled_html.read),
    "table": (tabular.Layout.parse, tabular.read),
    "json": (json_tree.JsonLayout.parse, json_tree.read),
    "jsonl": (json_tree.JsonLayout.parse_lines, json_tree.read_lines),
    "rdf": (rdf.RdfLayout.parse, rdf.read),
}

STATING = frozenset({"rdf"})
"""Readers of records that are RDF already: their sources have no mapping.yaml, and state nothing that only a mapping asks for."""
