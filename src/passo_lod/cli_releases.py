"""The words people type about releases that are there: `passo-lod releases …`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passo_lod.errors import PassoError

if TYPE_CHECKING:
    from passo_lod.release.difference import Edition

app = typer.Typer(help="Look at the releases that are kept.", no_args_is_help=True)

Releases = Annotated[Path, typer.Option(help="The folder that holds the releases and the link `current`.")]


@app.callback()
def _releases() -> None:
    """Look at the releases that are kept."""


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="[A]", help="A release's id, current or previous.")] = "previous",
    after: Annotated[str, typer.Argument(metavar="[B]", help="The release to compare it with.")] = "current",
    form: Annotated[str, typer.Option("--format", help="words, or patch (RDF Patch).")] = "words",
    language: Annotated[str, typer.Option(help="The language of the words: it or en.")] = "en",
    releases: Releases = Path("releases"),
) -> None:
    """Say what changed from one release to another, in words or as an RDF Patch."""
    from passo_lod.release import difference

    _check_choice("--format", form, ("words", "patch"))
    one, other = (difference.Edition.open(difference.find(releases, name)) for name in (before, after))
    if form == "patch":
        for line in difference.patch(one, other):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        return
    for words in _in_words(one, other, language):
        typer.echo(words)


def _in_words(one: "Edition", other: "Edition", language: str) -> Iterator[str]:
    from passo_lod.release import difference, telling
    from passo_lod.terms import shorten
    from passo_lod.web.words import LANGUAGES, TERMS

    _check_choice("--language", language, LANGUAGES)
    at = LANGUAGES.index(language)

    def term(iri: str) -> str:
        return TERMS[short][at] if (short := shorten(iri)) in TERMS else ""

    return telling.told(difference.compare(one, other), language, term)


def _check_choice(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise PassoError(f"{option} {value}: not known; there are {', '.join(choices)}")
