"""A source is a folder: this reads its `source.yaml`, finds its files and hands out one `Reading` a record."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

from passo_lod import yaml_loader as yaml_text
from passo_lod.errors import SourceError
from passo_lod.records import Reading
from passo_lod.sources.reader_registry import READERS, STATING, Layout, Reader
from passo_lod.text_folding import shown
from passo_lod.yaml_loader import YamlMapping, YamlText

UNDECIDED = "https://to-be-decided.invalid/"
"""How the IRIs begin that a person has yet to give; `.invalid` is nobody's name (RFC 2606, 2)."""

RESERVED = ("places", "vocabulary", "all", "releases")
"""Names of datasets that every catalogue has, so that no source is called so; what begins with `all-` is a version of all data."""

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
    "formats",
    "id",
    "id-from",
    "layout",
    "withdrawn",
    "merged",
    "renamed",
    "split",
}
_REQUIRED = ("title", "prefix", "observatory", "language", "licence", "site", "region", "reader", "files", "id")
_FOR_MAPPING = ("observatory", "language", "site", "region", "id")
"""What only a mapping asks for: records that are RDF already state it themselves."""

_LAST_SEGMENT = r".*[/#](?P<id>[^/#]+)[/#]?"
"""The part of a process's IRI that is its id, where nothing else is stated."""


_IRI = r"[^\s<>\"{}|\\^`]"
"""A character of an IRI (RFC 3987, 2.2, short of its finer rules)."""


@dataclass(frozen=True)
class ReplacedId:
    """What became of an id that the source gave up, and the line of source.yaml that says so.

    Attributes:
        why: `merged`, `renamed` or `split`.
        by: the ids in its place, as paths below the base IRI.
    """

    why: str
    by: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Source:
    """A folder below `data/sources/`, published as one dataset under one licence (RML logical source).

    Attributes:
        region: the code of the region (ISTAT) or country (ISO 3166-1 alpha-3) in which the source's place names are looked up.
        id_from: the field that holds a record's id; the file's name where none is named.
        site: the IRI against which the source's relative file paths are resolved.
        withdrawn: ids of records that the source took back, with the reason; they are counted and not published.
        replaced: ids that the source gave up for others, by their paths below the base IRI.
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
    id_from: str | None = None
    further: tuple["Source", ...] = ()
    """The same source with the reader and layout of its further file formats."""
    withdrawn: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, ReplacedId] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> "Source":
        """The source that lies in a folder.

        Raises:
            SourceError: `source.yaml` is missing or wrong.
        """
        path = folder / "source.yaml"
        if not path.is_file():
            raise SourceError(f"{path}: not found; a source is a folder with source.yaml and mapping.yaml")
        # The name stands in the IRI of the source's dataset, beside that of the catalogue's own.
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", folder.name) or _is_reserved(folder.name):
            raise SourceError(
                f"{folder}: a source's folder has a name in a-z, 0-9 and hyphens, other than {', '.join(map(repr, RESERVED))} and what begins with 'all-'"
            )
        return _source(folder, path, yaml_text.load(path, SourceError))

    def paths(self) -> list[Path]:
        """The record files of the source, sorted by name so that their order in the folder does not matter.

        What cannot be opened, such as a link that leads nowhere, is listed too: it is a record that cannot be read.
        """
        return sorted(set(self._paths()), key=attrgetter("parts"))

    @property
    def has_files(self) -> bool:
        """Whether there is any."""
        return next(self._paths(), None) is not None

    def _paths(self) -> Iterator[Path]:
        formats = (self, *self.further)
        return (path for each in formats for path in self.folder.glob(each.files) if not path.is_dir())

    def readings(self, paths: Sequence[Path] | None = None) -> Iterator[Reading]:
        """One `Reading` for every record that the files hold.

        Args:
            paths: the files to read; the source's own where none are given.
        """
        for path in self.paths() if paths is None else paths:
            source = self.for_file(path)
            yield from source.reader(source, path, self.shown(path))

    def for_file(self, path: Path) -> "Source":
        """The source with the format of a file: the first whose pattern fits the file's name, or else the first."""
        formats = (self, *self.further)
        return next((each for each in formats if path.match(Path(each.files).name)), self)

    @property
    def names(self) -> frozenset[str]:
        """All that a record of the source can say, in any of its formats."""
        return frozenset().union(*(each.layout.names for each in (self, *self.further)))

    @property
    def is_mapped(self) -> bool:
        """Whether its records have to be mapped; those of a reader of RDF are taken as they are."""
        return all(self.reader is not READERS[name][1] for name in STATING)

    def shown(self, path: Path) -> str:
        """How results name a file: below the source's folder, or as the caller named it."""
        return shown(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)

    def thing(self, record: str) -> str:
        """The path below the base IRI of what a record is about; its id may be written with the prefix or without."""
        return _thing(record, self.prefix)

    def record_id(self, text: str) -> tuple[str, dict[str, str]] | None:
        """The id that a file's name or a field gives a record, and the template variables of the id pattern.

        Ids are minted in `[a-z0-9-]` from the source's own id, never from a title, which people edit
        (https://www.w3.org/TR/cooluris/).
        """
        match = self.id_pattern.fullmatch(text)
        if match is None:
            return None
        groups = {name: text for name, text in match.groupdict().items() if text}
        code = _code(groups.get("id", ""))
        return (code, {**groups, "id": code}) if code else None


def _is_reserved(name: str) -> bool:
    return name in RESERVED or name.startswith("all-")


def _code(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _source(folder: Path, path: Path, block: YamlMapping) -> Source:
    _check_keys(path, block)
    formats = [_format(path, each, block) for each in block.get("formats", [block])]
    common: dict[str, Any] = {
        "name": folder.name,
        "folder": folder,
        "title": _texts(path, block, "title"),
        "description": _texts(path, block, "description"),
        "prefix": _matching(path, block, "prefix", r"[a-z]{2,12}", "two to twelve small letters, such as er"),
        "observatory": _matching(path, block, "observatory", rf"(id/|https?://){_IRI}+", "an IRI: id/… or http…"),
        "language": _matching(path, block, "language", r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "a language tag, such as it"),
        "licence": _matching(path, block, "licence", rf"https?://{_IRI}+", "the licence's IRI"),
        "attribution": str(block.get("attribution", "")),
        "site": _matching(path, block, "site", rf"https?://{_IRI}+/", "an IRI that ends in a slash"),
        "region": _matching(path, block, "region", r"[0-9]{2}|[A-Z]{3}", "an ISTAT code or a country's three letters"),
        "withdrawn": _withdrawn(path, block),
        "replaced": _replaced(path, block),
    }
    further = tuple(Source(**common, **each) for each in formats[1:])
    return Source(**common, **formats[0], further=further)


def _format(path: Path, block: YamlMapping, root: YamlMapping) -> dict[str, Any]:
    """What a source says of one of its file formats."""
    if not isinstance(block, YamlMapping) or not block.get("reader") or not block.get("files"):
        raise SourceError(f"{path}:{root['formats'].line}: each of formats should state reader, files and layout")
    reader = str(block["reader"])
    if reader not in READERS:
        raise SourceError(f"{path}:{block['reader'].line}: unknown reader {reader!r}; known: {', '.join(READERS)}")
    if reader in STATING and block is not root:
        raise SourceError(
            f"{path}:{block['reader'].line}: {reader} is no format beside others; give it a source of its own"
        )
    layout, read = READERS[reader]
    return {
        "reader": read,
        "layout": layout(path, yaml_text.mapping(block, "layout", path, SourceError)),
        "files": _matching(path, block, "files", r"(?!/).+", "a pattern below the folder, such as samples/*.txt"),
        "id_pattern": _pattern(path, block if "id" in block else root),
        "id_from": str(block["id-from"]) if block.get("id-from") else None,
    }


def _check_keys(path: Path, block: YamlMapping) -> None:
    for key in block:
        if key not in _KEYS:
            raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r}; known: {', '.join(sorted(_KEYS))}")  # type: ignore[attr-defined]
    formats = ("reader", "files") if block.get("formats") else ()
    required = [key for key in _REQUIRED if str(block.get("reader")) not in STATING or key not in _FOR_MAPPING]
    missing = [key for key in required if not block.get(key) and key not in formats]
    if missing:
        raise SourceError(f"{path}: {', '.join(missing)} missing; a source states {', '.join(required)}")


def _texts(path: Path, block: YamlMapping, key: str) -> dict[str, str]:
    value = block.get(key, YamlMapping())
    if not isinstance(value, YamlMapping) or not all(isinstance(text, YamlText) for text in value.values()):
        raise SourceError(f"{path}:{value.line}: {key} should hold one text a language, such as 'it: …'")
    return {str(language): str(text) for language, text in value.items()}


def _withdrawn(path: Path, block: YamlMapping) -> dict[str, str]:
    """The reasons by id, which may be written with the source's prefix or without."""
    listed = yaml_text.mapping(block, "withdrawn", path, SourceError)
    for record, reason in listed.items():
        if not isinstance(reason, YamlText) or not reason.strip():
            raise SourceError(f"{path}:{record.line}: withdrawn should say why {str(record)!r} was taken back")  # type: ignore[attr-defined]
    return {_code(record).removeprefix(f"{block['prefix']}-"): str(reason) for record, reason in listed.items()}


def _thing(text: str, prefix: str) -> str:
    if re.fullmatch(r"id/[a-z-]+/[^/#?]+", text) and re.fullmatch(rf"{_IRI}+", text):
        return text
    code = _code(text).removeprefix(f"{prefix}-")
    return f"id/process/{prefix}-{code}" if code else ""


def _replaced(path: Path, block: YamlMapping) -> dict[str, ReplacedId]:
    """What is said under merged, renamed and split; an id has one fate."""
    prefix = str(block["prefix"])
    found: dict[str, ReplacedId] = {}
    taken = {_thing(record, prefix) for record in yaml_text.mapping(block, "withdrawn", path, SourceError)}
    for why in ("merged", "renamed", "split"):
        for record, value in yaml_text.mapping(block, why, path, SourceError).items():
            thing, by = _thing(record, prefix), _targets(path, why, record, value, prefix)
            if not thing or thing in taken:
                wrong = "is also withdrawn, merged, renamed or split elsewhere" if thing else "is no id"
                raise SourceError(f"{path}:{record.line}: {why}: {str(record)!r} {wrong}; an id has one fate")  # type: ignore[attr-defined]
            taken.add(thing)
            found[thing] = ReplacedId(why, by, record.line)  # type: ignore[attr-defined]
    return found


def _targets(path: Path, why: str, record: str, value: Any, prefix: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, YamlText) and why != "split" else value
    if isinstance(texts, list) and all(isinstance(each, YamlText) for each in texts):
        things = tuple(dict.fromkeys(_thing(each, prefix) for each in texts))
        if all(things) and (len(things) > 1) == (why == "split") and things:
            return things
    expected = "two or more ids, such as [12, 13]" if why == "split" else "one id, such as 12"
    raise SourceError(f"{path}:{value.line}: {why}: in the place of {str(record)!r} should stand {expected}")


def _matching(path: Path, block: YamlMapping, key: str, pattern: str, expected: str) -> str:
    if key not in block:
        return ""  # not required, or it would have been missed
    value = block[key]
    if not isinstance(value, YamlText) or not re.fullmatch(pattern, value):
        raise SourceError(f"{path}:{value.line}: {key} {str(value)!r} should be {expected}")
    return str(value)


def _pattern(path: Path, block: YamlMapping) -> re.Pattern[str]:
    if "id" not in block:
        return re.compile(_LAST_SEGMENT)
    value = block["id"]
    try:
        pattern = re.compile(str(value))
    except re.error as problem:
        raise SourceError(f"{path}:{value.line}: id is not a regular expression: {problem}") from problem
    if "id" not in pattern.groupindex:
        raise SourceError(f"{path}:{value.line}: id should name the part of a file's name that is the id: (?P<id>…)")
    return pattern


def check_draft_decided(folder: Path) -> None:
    """Pass a source of which a person has decided what nobody else can.

    Raises:
        SourceError: the licence, or where the data come from, is yet to be decided; with file and line.
    """
    path = folder / "source.yaml"
    block = yaml_text.load(path, SourceError) if path.is_file() else YamlMapping()
    for key, question in (
        ("licence", "under which licence were these data published? Nothing is published without one"),
        ("site", "where on the web do these data come from? Every record names its source"),
    ):
        value = block.get(key, "")
        if str(value).startswith(UNDECIDED):
            raise SourceError(f"{path}:{value.line}: {key} is to be decided: {question} (nothing was published)")
