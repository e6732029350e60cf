"""Read, map and validate a few files as records of a source, for `passo-lod check`; nothing is written."""

from collections.abc import Sequence
from pathlib import Path

from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process


def check_files(catalog: Catalog, source: str, paths: Sequence[Path]) -> list[RecordOutcome]:
    """Process files as records of a source.

    Args:
        catalog: the catalogue that has the source.
        source: the name of its folder, such as `emilia-romagna`.
        paths: the files.

    Raises:
        PassoError: the catalogue has no such source, or a setting is wrong.
    """
    context = PipelineContext.open(catalog)
    folders = {folder.name: folder for folder in catalog.source_folders()}
    if source not in folders:
        raise PassoError(f"unknown source {source!r}; known: {', '.join(folders)}")
    return process(SourcePipeline.open(folders[source], context), context, paths)
