"""The words for the shelf: `passo-lod releases list`, `show`, `verify`, `rollback`, `prune` and `diff`.

What they do is in `release/shelf.py` and `release/difference.py`; here it is printed, for the person who keeps the data (docs/releases.md).
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from passo_lod.errors import PassoError
from passo_lod.release.publish_policy import KEEP
from passo_lod.release.repository import releases as shelf
from passo_lod.release.repository.durable_io import readable_size
from passo_lod.release.repository.releases import StoredRelease

if TYPE_CHECKING:
    from passo_lod.release.changes.dump_diff import DumpRef

app = typer.Typer(help="List, check and change the releases that are kept.", no_args_is_help=True)

Releases = Annotated[Path, typer.Option(help="The folder that holds the releases and the link `current`.")]
Id = Annotated[
    str | None, typer.Argument(metavar="ID", help="The release, or the beginning of its name; else the current one.")
]

_FOLDER = Path("releases")
_HEADS = ("", "release", "time (UTC)", "published", "quarantined", "withdrawn", "quads", "size")


@app.command("list")
def list_releases(releases: Releases = _FOLDER) -> None:
    """List the releases, the newest first; a star marks the current one."""
    rows = [_row(each) for each in reversed(shelf.stored_releases(releases))]
    if not rows:
        typer.echo(f"{releases}: no release yet", err=True)
        return
    typer.echo("\n".join(_table([_HEADS, *rows], texts=3)))
    if not any(row[0] for row in rows):
        typer.echo(f"{releases}: `current` points at none of them; `passo-lod releases rollback ID` mends it", err=True)


@app.command()
def show(release: Id = None, releases: Releases = _FOLDER) -> None:
    """Show what a release says about itself: its records by source, and its files."""
    typer.echo("\n".join(_shown(shelf.find(releases, release))))


@app.command()
def verify(release: Id = None, releases: Releases = _FOLDER) -> None:
    """Recompute every checksum of a release; ends with 1 where a file is wrong, missing or extra."""
    found, wrong = shelf.verify(releases, release)
    for finding in wrong:
        typer.echo(str(finding))
    if wrong:
        files = len({each.path for each in wrong})
        typer.echo(f"{found.id}: {files} {'file is' if files == 1 else 'files are'} not as published")
        raise typer.Exit(1)
    typer.echo(f"{found.id}: whole, {len(found.manifest.get('files', ()))} files, {readable_size(found.size)}")


@app.command()
def rollback(
    release: Annotated[
        str | None, typer.Argument(metavar="ID", help="The release; else the one before the current one.")
    ] = None,
    releases: Releases = _FOLDER,
) -> None:
    """Make an earlier release current, in one step; a running server turns to it within seconds."""
    before, now = shelf.rollback(releases, release)
    typer.echo(f"current:  {now.id}")
    typer.echo(f"before:   {before.id if before else '(none)'}")
    if unknown := shelf.remove_release(before, now):
        typer.echo(f"note:     {unknown:,} ids that were published since are not found there; publish again soon")


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay.")] = KEEP, releases: Releases = _FOLDER
) -> None:
    """Remove the oldest releases; never the current one, the one before it, or one that is being served."""
    removed = shelf.prune(releases, keep)
    for each in removed:
        typer.echo(f"removed:  {each.name}")
    typer.echo(f"kept:     {len(shelf.stored_releases(releases))} releases")


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="[A]", help="A release's id, current or previous.")] = "previous",
    after: Annotated[str, typer.Argument(metavar="[B]", help="The release to compare it with.")] = "current",
    form: Annotated[str, typer.Option("--format", help="words, or patch (RDF Patch).")] = "words",
    language: Annotated[str, typer.Option(help="The language of the words: it or en.")] = "en",
    releases: Releases = _FOLDER,
) -> None:
    """Say what changed from one release to another, in words or as an RDF Patch."""
    from passo_lod.release.changes import dump_diff as difference

    _check_choice("--format", form, ("words", "patch"))
    one, other = (difference.DumpRef.open(difference.find(releases, name)) for name in (before, after))
    if form == "patch":
        for line in difference.patch(one, other):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        return
    for words in _in_words(one, other, language):
        typer.echo(words)


# -------------------------------------------------------------------------------------------------------------- as text


def _row(release: StoredRelease) -> tuple[str, ...]:
    mark = "*" if release.is_current else ""
    time = str(release.manifest.get("created", "(no manifest)")).replace("T", " ").removesuffix("Z")
    keys = (("accounting", "published"), ("accounting", "quarantined"), ("accounting", "withdrawn"), ("quads",))
    return mark, release.id, time, *(_number(release.count(*each)) for each in keys), readable_size(release.size)


def _number(count: Any) -> str:
    return f"{count:,}" if isinstance(count, int) else "?"


def _table(rows: list[tuple[str, ...]], texts: int) -> Iterator[str]:
    """Columns as wide as their widest cell; the first are texts, and the others numbers, which stand right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.ljust(width) if at < texts else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _shown(release: StoredRelease) -> Iterator[str]:
    said = release.manifest
    yield f"release:   {release.id}{' (current)' if release.is_current else ''}"
    yield f"folder:    {release.folder}"
    if not said:
        yield "manifest:  cannot be read; `passo-lod releases verify` says what is wrong"
        return
    for name, key in (("published", "created"), ("software", "software"), ("base", "base"), ("licence", "licence")):
        yield f"{name + ':':<10} {said.get(key, '?')}"
    yield f"quads:     {_number(said.get('quads'))}"
    results = said.get("results")
    if isinstance(results, dict):
        yield "results:   " + ", ".join(f"{_number(count)} {name}" for name, count in results.items())
    yield f"size:      {readable_size(release.size)}"
    yield ""
    heads = ("source", "in", "published", "quarantined", "withdrawn")
    yield from _table([heads, *map(_source, said.get("sources", ()))], texts=1)
    yield ""
    yield from _table([("file", "sha256", "bytes"), *map(_file, said.get("files", ()))], texts=2)


def _source(source: dict[str, Any]) -> tuple[str, ...]:
    counts = (_number(source.get(key)) for key in ("in", "published", "quarantined", "withdrawn"))
    return str(source.get("name")), *counts


def _file(file: dict[str, Any]) -> tuple[str, ...]:
    return str(file.get("path")), str(file.get("sha256"))[:16] + "…", _number(file.get("bytes"))


def _in_words(one: "DumpRef", other: "DumpRef", language: str) -> Iterator[str]:
    from passo_lod.namespaces import shorten
    from passo_lod.release.changes import diff_text as telling
    from passo_lod.release.changes import dump_diff as difference
    from passo_lod.web.pages.ui_messages import LANGUAGES, TERMS

    _check_choice("--language", language, LANGUAGES)
    at = LANGUAGES.index(language)

    def term(iri: str) -> str:
        return TERMS[short][at] if (short := shorten(iri)) in TERMS else ""

    return telling.diff_as_text(difference.compare(one, other), language, term)


def _check_choice(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise PassoError(f"{option} {value}: not known; there are {', '.join(choices)}")
