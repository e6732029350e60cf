"""The options of `passo-lod new-source`, and the checks of options, source name and files before anything is drafted."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from passo_lod.errors import SourceError
from passo_lod.mapping.places.place_index import PlaceIndex

LANGUAGES = ("it", "en", "de", "fr", "sl", "es", "pt", "ca", "nl")
"""Languages in which texts are published (shapes/process.ttl)."""


@dataclass(frozen=True)
class DraftOptions:
    """What the person states beforehand; a value that is None is guessed, or asked for in the draft.

    Attributes:
        licence: the IRI of the licence.
        title: of the data.
        prefix: of ids.
        observatory: the name of the body that describes the processes.
        site: the IRI of the site of the data; it ends in a slash.
        language: the language tag of the texts.
        region: the ISTAT code of a region, or the three letters of a country.
        id_from: the names of the columns that make the ids; none to guess them.
        records: of JSON files, the path to the list of records.
    """

    licence: str | None = None
    title: str | None = None
    prefix: str | None = None
    observatory: str | None = None
    site: str | None = None
    language: str | None = None
    region: str | None = None
    id_from: tuple[str, ...] = ()
    records: str | None = None


_IRI = r"https?://[^\s<>\"{}|\\^`]+"
_PATTERNS = (
    ("licence", _IRI, "the licence's IRI, such as https://creativecommons.org/licenses/by/4.0/"),
    ("site", f"{_IRI}/", "an IRI that ends in a slash, such as https://example.org/"),
    ("prefix", r"[a-z]{2,12}", "two to twelve small letters, such as er"),
)


def check_options(options: DraftOptions, places: PlaceIndex, prefixes: Collection[str]) -> None:
    """Check the options of a draft.

    Args:
        options: the options.
        places: the known regions and countries.
        prefixes: the prefixes of other sources.

    Raises:
        SourceError: a value is not what it should be.
    """
    for option, pattern, expected in _PATTERNS:
        value = getattr(options, option)
        if value is not None and not re.fullmatch(pattern, value):
            raise SourceError(f"--{option} {value!r} should be {expected}")
    if options.prefix in prefixes:
        raise SourceError(
            f"--prefix {options.prefix!r} is that of another source; taken: {', '.join(sorted(prefixes))}"
        )
    if options.language is not None and options.language not in LANGUAGES:
        raise SourceError(f"--language {options.language!r} should be one of {', '.join(LANGUAGES)}")
    if options.region is not None and not _is_region(options.region, places):
        raise SourceError(
            f"--region {options.region!r} should be a region's ISTAT code such as 09, or a country's such as FRA"
        )


def _is_region(code: str, places: PlaceIndex) -> bool:
    place = places.by_code(code)
    return place is not None and place.kind in ("region", "country")


def check_file_names(files: Sequence[Path]) -> None:
    """Check that files of different folders can be copied to one.

    Raises:
        SourceError: two files have the same name.
    """
    names = Counter(path.name for path in files)
    twice = next((name for name, count in names.items() if count > 1), None)
    if twice:
        raise SourceError(f"--from: two files are called {twice!r}, and all go to one folder; rename one")


def check_source_name(sources: Path, name: str) -> None:
    """Check that a new source can have a name, so that no source is ever overwritten.

    Args:
        sources: the folder of the sources.
        name: the name of the new source.

    Raises:
        SourceError: a source of that name exists, or no source can have it.
    """
    folder = sources / name
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or name == "places":
        raise SourceError(
            f"{name!r} is no name for a source: it stands in IRIs, so it has a-z, 0-9 and single hyphens, such as "
            "toscana or trentino-alto-adige"
        )
    if folder.exists():
        raise SourceError(
            f"{folder}: there is a source of this name; nothing was written over. Choose another name, or move it"
        )
