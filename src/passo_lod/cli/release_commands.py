"""The commands `passo-lod releases list`, `show`, `verify`, `rollback`, `prune` and `diff` (docs/releases.md).

Each prints what `release.repository` or `release.changes` returns.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passo_lod.cli.console import print_table
from passo_lod.errors import PassoError
from passo_lod.release.publish_policy import KEEP
from passo_lod.release.repository import pruning
from passo_lod.release.repository import releases as repository
from passo_lod.release.repository.durable_io import readable_size
from passo_lod.release.repository.releases import StoredRelease
from passo_lod.release_layout import ListedFile, SourceSummary

if TYPE_CHECKING:
    from passo_lod.release.changes.dump_ref import DumpRef

app = typer.Typer(help="List, verify and change the releases on disk.", no_args_is_help=True)

Releases = Annotated[Path, typer.Option(help="The folder that holds the releases and the link `current`.")]
Id = Annotated[
    str | None, typer.Argument(metavar="ID", help="The release, or the beginning of its name; else the current one.")
]

_FOLDER = Path("releases")
_HEADS = ("", "release", "time (UTC)", "published", "quarantined", "withdrawn", "merged", "quads", "size")


@app.command("list")
def list_releases(releases: Releases = _FOLDER) -> None:
    """List the releases, the newest first; a star marks the current one."""
    stored = repository.stored_releases(releases)
    if not stored:
        typer.echo(f"{releases}: no release yet", err=True)
        return
    print_table(_HEADS, [_row(release) for release in reversed(stored)], text_columns=3)
    if not any(release.is_current for release in stored):
        typer.echo(
            f"{releases}: `current` points at none of them; set it with `passo-lod releases rollback ID`", err=True
        )


@app.command()
def show(release: Id = None, releases: Releases = _FOLDER) -> None:
    """Show the manifest of a release: its records by source, and its files."""
    _print_release(repository.find_release(releases, release))


@app.command()
def verify(release: Id = None, releases: Releases = _FOLDER) -> None:
    """Recompute every checksum of a release; exit status 1 if a file is wrong, missing or extra."""
    found, damaged = repository.verify_release(releases, release)
    for file in damaged:
        typer.echo(str(file))
    if damaged:
        files = len({file.path for file in damaged})
        typer.echo(f"{found.id}: {files} {'file is' if files == 1 else 'files are'} not as published")
        raise typer.Exit(1)
    files = len(found.manifest.files) if found.manifest else 0
    typer.echo(f"{found.id}: whole, {files} files, {readable_size(found.size)}")


@app.command()
def rollback(
    release: Annotated[
        str | None, typer.Argument(metavar="ID", help="The release; else the one before the current one.")
    ] = None,
    releases: Releases = _FOLDER,
) -> None:
    """Make an earlier release current, in one step; a running server switches to it within seconds."""
    before, now = repository.rollback(releases, release)
    typer.echo(f"current:  {now.id}")
    typer.echo(f"before:   {before.id if before else '(none)'}")
    if unknown := repository.count_unknown_ids(before, now):
        typer.echo(f"note:     {unknown:,} ids that were published since are not found there; publish again soon")


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest to retain.")] = KEEP,
    releases: Releases = _FOLDER,
) -> None:
    """Remove the oldest releases; never the current one, the one before it, or one that is being served."""
    for folder in pruning.prune(releases, keep):
        typer.echo(f"removed:  {folder.name}")
    typer.echo(f"kept:     {len(repository.stored_releases(releases))} releases")


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="[A]", help="A release's id, current or previous.")] = "previous",
    after: Annotated[str, typer.Argument(metavar="[B]", help="The release to compare it with.")] = "current",
    form: Annotated[str, typer.Option("--format", help="words, or patch (RDF Patch).")] = "words",
    language: Annotated[str, typer.Option(help="The language of the words: it or en.")] = "en",
    releases: Releases = _FOLDER,
) -> None:
    """Show what changed from one release to another, in words or as an RDF Patch."""
    from passo_lod.release.changes.dump_ref import DumpRef, find_release_folder
    from passo_lod.release.changes.line_diff import rdf_patch

    _check_choice("--format", form, ("words", "patch"))
    one, other = (DumpRef.open(find_release_folder(releases, name)) for name in (before, after))
    if form == "patch":
        for line in rdf_patch(one, other):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        return
    for text in _diff_in_words(one, other, language):
        typer.echo(text)


# --------------------------------------------------------------------------------------------------------------- output


def _row(release: StoredRelease) -> tuple[str, ...]:
    mark = "*" if release.is_current else ""
    manifest = release.manifest
    if manifest is None:
        return mark, release.id, "(no manifest)", "?", "?", "?", "?", "?", readable_size(release.size)
    records = manifest.accounting
    counts = (records.published, records.quarantined, records.withdrawn, records.merged, manifest.quads)
    time = f"{manifest.created:%Y-%m-%d %H:%M:%S}"
    return mark, release.id, time, *(f"{count:,}" for count in counts), readable_size(release.size)


def _print_release(release: StoredRelease) -> None:
    manifest = release.manifest
    typer.echo(f"release:   {release.id}{' (current)' if release.is_current else ''}")
    typer.echo(f"folder:    {release.folder}")
    if manifest is None:
        typer.echo("manifest:  cannot be read; `passo-lod releases verify` says what is wrong")
        return
    typer.echo(f"published: {manifest.created:%Y-%m-%dT%H:%M:%SZ}")
    typer.echo(f"software:  {manifest.software or '?'}")
    typer.echo(f"base:      {manifest.base}")
    typer.echo(f"licence:   {manifest.licence or '?'}")
    typer.echo(f"quads:     {manifest.quads:,}")
    if manifest.results:
        typer.echo("results:   " + ", ".join(f"{count:,} {name}" for name, count in manifest.results.items()))
    typer.echo(f"size:      {readable_size(release.size)}")
    typer.echo()
    heads = ("source", "in", "published", "quarantined", "withdrawn", "merged")
    print_table(heads, [_source_row(source) for source in manifest.sources], text_columns=1)
    typer.echo()
    print_table(("file", "sha256", "bytes"), [_file_row(file) for file in manifest.files], text_columns=2)


def _source_row(source: SourceSummary) -> tuple[str, ...]:
    counts = (source.records, source.published, source.quarantined, source.withdrawn, source.merged)
    return source.name, *(f"{count:,}" for count in counts)


def _file_row(file: ListedFile) -> tuple[str, ...]:
    return file.path, file.sha256[:16] + "…", f"{file.size:,}"


def _diff_in_words(one: "DumpRef", other: "DumpRef", language: str) -> Iterator[str]:
    from passo_lod.messages.message_catalogue import LANGUAGES, find_message
    from passo_lod.namespaces import shorten
    from passo_lod.release.changes.diff_text import diff_as_text
    from passo_lod.release.changes.dump_diff import compare

    _check_choice("--language", language, LANGUAGES)

    def term(iri: str) -> str:
        return find_message(f"term.{shorten(iri)}", language) or ""

    return diff_as_text(compare(one, other), language, term)


def _check_choice(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise PassoError(f"{option} {value}: not known; there are {', '.join(choices)}")
