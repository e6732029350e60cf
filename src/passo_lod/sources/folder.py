"""A source is a folder: this reads its `source.yaml`, finds its files and hands out one `Reading` a record."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from passo_lod import yaml_text
from passo_lod.errors import SourceError
from passo_lod.records import Reading
from passo_lod.sources.readers import READERS, Layout, Reader
from passo_lod.text import shown
from passo_lod.yaml_text import Block, Text

_KEYS = {
    "title",
    "description",
    "prefix",
    "observatory",
    "language",
    "licence",
    "attribution",
    "site",
    "region",
    "reader",
    "files",
    "id",
    "layout",
    "withdrawn",
}
_REQUIRED = ("title", "prefix", "observatory", "language", "licence", "site", "region", "reader", "files", "id")


_IRI = r"[^\s<>\"{}|\\^`]"
"""A character of an IRI (RFC 3987, 2.2, short of its finer rules)."""


@dataclass(frozen=True)
class Source:
    """A folder below `data/sources/`, published as one dataset under one licence (RML logical source).

    Attributes:
        region: the ISTAT code of the region within which the source's place names are looked up.
        site: the IRI against which the source's relative file paths are resolved.
        withdrawn: ids of records that the source took back, with the reason; they are counted and not published.
    """

    name: str
    folder: Path
    title: Mapping[str, str]
    description: Mapping[str, str]
    prefix: str
    observatory: str
    language: str
    licence: str
    attribution: str
    site: str
    region: str
    reader: Reader
    layout: Layout
    files: str
    id_pattern: re.Pattern[str]
    withdrawn: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> "Source":
        """The source that lies in a folder.

        Raises:
            SourceError: `source.yaml` is missing or wrong.
        """
        path = folder / "source.yaml"
        if not path.is_file():
            raise SourceError(f"{path}: not found; a source is a folder with source.yaml and mapping.yaml")
        # The name stands in the IRI of the source's dataset, beside that of the places.
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", folder.name) or folder.name == "places":
            raise SourceError(f"{folder}: a source's folder has a name in a-z, 0-9 and hyphens, other than 'places'")
        return _source(folder, path, yaml_text.load(path, SourceError))

    def paths(self) -> list[Path]:
        """The record files of the source, sorted by name so that their order in the folder does not matter.

        What cannot be opened, such as a link that leads nowhere, is listed too: it is a record that cannot be read.
        """
        return sorted(path for path in self.folder.glob(self.files) if not path.is_dir())

    def readings(self, paths: Sequence[Path] | None = None) -> Iterator[Reading]:
        """One `Reading` for every record that the files hold.

        Args:
            paths: the files to read; the source's own where none are given.
        """
        for path in self.paths() if paths is None else paths:
            yield from self.reader(self, path, self.shown(path))

    def shown(self, path: Path) -> str:
        """How results name a file: below the source's folder, or as the caller named it."""
        return shown(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)

    def record_id(self, stem: str) -> tuple[str, dict[str, str]] | None:
        """The id that a file's name gives a record, and the template variables of the id pattern.

        Ids are minted in `[a-z0-9-]` from the source's own id, never from a title, which people edit
        (https://www.w3.org/TR/cooluris/).
        """
        match = self.id_pattern.fullmatch(stem)
        if match is None:
            return None
        groups = {name: text for name, text in match.groupdict().items() if text}
        code = _code(groups.get("id", ""))
        return (code, {**groups, "id": code}) if code else None


def _code(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _source(folder: Path, path: Path, block: Block) -> Source:
    _check_keys(path, block)
    reader = str(block["reader"])
    if reader not in READERS:
        raise SourceError(f"{path}:{block['reader'].line}: unknown reader {reader!r}; known: {', '.join(READERS)}")
    layout, read = READERS[reader]
    return Source(
        name=folder.name,
        folder=folder,
        title=_texts(path, block, "title"),
        description=_texts(path, block, "description"),
        prefix=_matching(path, block, "prefix", r"[a-z]{2,12}", "two to twelve small letters, such as er"),
        observatory=_matching(path, block, "observatory", rf"(id/|https?://){_IRI}+", "an IRI: id/… or http…"),
        language=_matching(path, block, "language", r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "a language tag, such as it"),
        licence=_matching(path, block, "licence", rf"https?://{_IRI}+", "the licence's IRI"),
        attribution=str(block.get("attribution", "")),
        site=_matching(path, block, "site", rf"https?://{_IRI}+/", "an IRI that ends in a slash"),
        region=_matching(path, block, "region", r"[0-9]{2}", "the two digits of a region's ISTAT code"),
        reader=read,
        layout=layout(path, yaml_text.mapping(block, "layout", path, SourceError)),
        files=_matching(path, block, "files", r"(?!/).+", "a pattern below the source's folder, such as samples/*.txt"),
        id_pattern=_pattern(path, block),
        withdrawn=_withdrawn(path, block),
    )


def _check_keys(path: Path, block: Block) -> None:
    for key in block:
        if key not in _KEYS:
            raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r}; known: {', '.join(sorted(_KEYS))}")  # type: ignore[attr-defined]
    missing = [key for key in _REQUIRED if not block.get(key)]
    if missing:
        raise SourceError(f"{path}: {', '.join(missing)} missing; a source states {', '.join(_REQUIRED)}")


def _texts(path: Path, block: Block, key: str) -> dict[str, str]:
    value = block.get(key, Block())
    if not isinstance(value, Block) or not all(isinstance(text, Text) for text in value.values()):
        raise SourceError(f"{path}:{value.line}: {key} should hold one text a language, such as 'it: …'")
    return {str(language): str(text) for language, text in value.items()}


def _withdrawn(path: Path, block: Block) -> dict[str, str]:
    """The reasons by id, which may be written with the source's prefix or without."""
    listed = yaml_text.mapping(block, "withdrawn", path, SourceError)
    for record, reason in listed.items():
        if not isinstance(reason, Text) or not reason.strip():
            raise SourceError(f"{path}:{record.line}: withdrawn should say why {str(record)!r} was taken back")  # type: ignore[attr-defined]
    return {_code(record).removeprefix(f"{block['prefix']}-"): str(reason) for record, reason in listed.items()}


def _matching(path: Path, block: Block, key: str, pattern: str, expected: str) -> str:
    value = block[key]
    if not isinstance(value, Text) or not re.fullmatch(pattern, value):
        raise SourceError(f"{path}:{value.line}: {key} {str(value)!r} should be {expected}")
    return str(value)


def _pattern(path: Path, block: Block) -> re.Pattern[str]:
    value = block["id"]
    try:
        pattern = re.compile(str(value))
    except re.error as problem:
        raise SourceError(f"{path}:{value.line}: id is not a regular expression: {problem}") from problem
    if "id" not in pattern.groupindex:
        raise SourceError(f"{path}:{value.line}: id should name the part of a file's name that is the id: (?P<id>…)")
    return pattern
