"""What is read of a file's beginning to draft a source: its columns with some of their texts, and the reader that fits."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from passo_lod.errors import SourceError
from passo_lod.text_folding import printable_path

MAX_ROWS = 2_000
"""Rows or objects of a file that are sampled."""

MAX_COLUMNS = 500
"""Columns of a draft; a file with more is no table of records."""

MAX_PAGES = 200
"""Record pages that are sampled."""


@dataclass
class SampledColumn:
    """One column, path or label with its text in each record of the sample.

    Attributes:
        name: its label in the mapping.
        texts: one text for each record, empty if the record has none; of a list, one for each item.
        path: for JSON, the path of its value.
        is_list: whether the texts are items of lists, of which a record may have several.
        section: for pages, the heading below which it stands.
    """

    name: str
    texts: list[str] = field(default_factory=list)
    path: str = ""
    is_list: bool = False
    section: str = ""

    @property
    def non_empty(self) -> list[str]:
        """The texts that are not empty."""
        return [text for text in self.texts if text]


@dataclass
class Sample:
    """The beginning of some files of one kind.

    Attributes:
        reader: the reader of these files, by its name in `sources.reader_registry`.
        files: the files.
        columns: their columns.
        record_count: how many records were sampled.
        is_complete: whether the files have no more records.
        layout: the settings of the layout in source.yaml, other than its columns.
    """

    reader: str
    files: tuple[Path, ...]
    columns: list[SampledColumn]
    record_count: int
    is_complete: bool = True
    layout: dict[str, Any] = field(default_factory=dict)


def check_column_count(path: Path, count: int) -> None:
    """Raise SourceError for a file with too many columns."""
    if count > MAX_COLUMNS:
        raise SourceError(
            f"{printable_path(path)}: has {count:,} columns; a draft is made for {MAX_COLUMNS} at most: delete those to the right"
            " of the table, even if they are empty"
        )
