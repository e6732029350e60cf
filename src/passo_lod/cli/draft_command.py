"""Run `passo-lod new-source`: draft a source from its files, write the draft, and check it at once."""

from contextlib import suppress
from itertools import islice
from pathlib import Path

import typer

from passo_lod.catalog import Catalog
from passo_lod.cli.check_report import group_lines, line_suggestions
from passo_lod.cli.console import result_counts
from passo_lod.drafting import draft as drafting
from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft_options import DraftOptions, check_source_name
from passo_lod.drafting.draft_report import draft_report, next_steps
from passo_lod.drafting.hints import Hints
from passo_lod.errors import PassoError
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.pipeline import processing
from passo_lod.pipeline.check import CheckedFiles
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.sources.source import Source

MAX_CHECKED = 500
"""Records of a draft that are checked; the first ones of a longer file show what to correct."""

MAX_KINDS = 10
"""Kinds of results that are shown of a draft."""


def draft_source(catalog: Catalog, name: str, files: list[Path], options: DraftOptions) -> None:
    """Draft a source and print what is certain, what is guessed, what remains to be decided, and what `check` finds.

    Raises:
        PassoError: the name is taken, a file cannot be read, or an option is wrong.
    """
    sources = catalog.data / "sources"
    check_source_name(sources, name)
    context = PipelineContext.open(catalog)
    table = converters(options.language or "it", options.site or "https://example.org/")
    known = KnownValues(table, context.schemes, context.places, Hints.open(context.vocabulary_quads))
    draft = drafting.draft_source(name, files, known, options, _prefixes_in_use(sources))
    folder = draft.write(sources, lambda folder: SourcePipeline.open(folder, context))
    typer.echo(draft_report(draft, folder))
    _check_draft(folder, context)
    typer.echo("\n".join(next_steps(draft, folder, catalog.data)))


def _prefixes_in_use(sources: Path) -> set[str]:
    """The id prefixes of all sources whose `source.yaml` can be read."""
    prefixes = set()
    for path in sources.glob("[!._]*/source.yaml"):
        with suppress(PassoError):
            prefixes.add(Source.open(path.parent).prefix)
    return prefixes


def _check_draft(folder: Path, context: PipelineContext) -> None:
    pipeline = SourcePipeline.open(folder, context)
    readings = list(islice(pipeline.source.readings(), MAX_CHECKED + 1))
    is_long = len(readings) > MAX_CHECKED
    if is_long:
        outcomes = processing.process_batch(readings[:MAX_CHECKED], pipeline, context)
    else:
        outcomes = processing.process(pipeline, context)
    checked = CheckedFiles(pipeline, context, tuple(outcomes))
    typer.echo("What `check` finds" + (f" in the first {MAX_CHECKED} records" if is_long else ""))
    typer.echo(f"  records:  {checked.accounting} (nothing was published)")
    typer.echo(f"  results:  {result_counts(checked.report.summary)}")
    for line in group_lines(checked.groups[:MAX_KINDS], line_suggestions(checked), "en", with_examples=True):
        typer.echo(line)
    typer.echo()
