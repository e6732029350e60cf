"""Sample files that no source.yaml describes yet: tell their kind, and read their columns and some of the values.

Only the beginning of a file is read, so that a large file takes no longer than a small one. The source's own reader confirms
the guess when it reads the draft (`draft.py`).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from passo_lod.drafting.file_kind import detect_kind
from passo_lod.drafting.json_sample import sample_json, sample_json_lines
from passo_lod.drafting.page_labels import sample_pages
from passo_lod.drafting.sample import Sample, check_column_count
from passo_lod.drafting.table_sample import sample_html_tables, sample_text_tables, sample_workbooks
from passo_lod.errors import SourceError
from passo_lod.text_folding import printable_path

_SAMPLERS: dict[str, Callable[[Sequence[Path]], Sample]] = {
    "table": sample_text_tables,
    "html-table": sample_html_tables,
    "workbook": sample_workbooks,
    "jsonl": sample_json_lines,
}


def sample_files(files: Sequence[Path], records: str | None = None) -> Sample:
    """Sample some files of one kind.

    Args:
        files: the files.
        records: of JSON files, the path to the records; None to find it.

    Raises:
        SourceError: they are empty, of no kind that can be read, or of several kinds.
    """
    kinds = {path: detect_kind(path) for path in files}
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"{printable_path(path)} ({kind})" for path, kind in kinds.items())
        raise SourceError(f"--from: files of one kind make one source, and these are of several: {listed}")
    kind = next(iter(kinds.values()))
    if kind in ("text", "html"):
        return sample_pages(files, kind)
    if records is not None and kind != "json":
        raise SourceError(f"--records {records!r} is a path in JSON files; {printable_path(files[0])} is none")
    sample = sample_json(files, records) if kind == "json" else _SAMPLERS[kind](files)
    _check_columns(sample)
    return sample


def _check_columns(sample: Sample) -> None:
    name = printable_path(sample.files[0])
    if not sample.columns or not sample.record_count:
        raise SourceError(f"{name}: holds no records; a table has a line of column names and a row a record")
    check_column_count(sample.files[0], len(sample.columns))
