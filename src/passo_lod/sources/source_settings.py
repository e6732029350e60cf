"""Parse and check source.yaml and duplicates.yaml, the settings of one source, and reject a draft with open questions; `Source.open` and `publish` call it."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.sources.duplicate_decisions import DUPLICATES_FILE, DuplicateDecisions, load_decisions
from passo_lod.sources.reader_registry import RDF_READERS, READERS, Layout, Reader
from passo_lod.sources.record_ids import IRI_CHARACTER, resource_path, slug
from passo_lod.yaml_loader import YamlMapping, YamlText

UNDECIDED = "https://to-be-decided.invalid/"
"""How the IRIs begin that a person has yet to give; `.invalid` is nobody's name (RFC 2606, 2)."""

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
_USED_BY_MAPPING = ("observatory", "language", "site", "region", "id")
"""Settings that only a mapping uses: records that are RDF already state them themselves."""

_LAST_SEGMENT = r".*[/#](?P<id>[^/#]+)[/#]?"
"""The default id pattern of RDF sources: the part of a process's IRI after the last slash or hash."""


_BELOW = r"(?!/)(?!(?:.*/)?\.\.(?:/|$)).+"
"""A relative path without `..`."""


@dataclass(frozen=True)
class ReplacedId:
    """An id that the source gave up for others.

    Attributes:
        why: `merged`, `renamed` or `split`.
        by: the ids in its place, as paths below the base IRI.
        line: the line of source.yaml (from 1).
    """

    why: str
    by: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class FileFormat:
    """The reader and layout of some of a source's files.

    Attributes:
        format: its name within the source: that of the reader, with a number if a format before it has the same.
        reader: reads the records of one file.
        layout: the structure of the files.
        files: the pattern of the files below the source's folder.
        files_line: the line of source.yaml that has the pattern (from 1).
        id_pattern: finds the id in a file's name or field; its named groups are variables of the mapping's templates.
        id_from: the field that holds a record's id; None if the file's name is the id.
    """

    format: str
    reader: Reader
    layout: Layout
    files: str
    files_line: int
    id_pattern: re.Pattern[str]
    id_from: str | None


@dataclass(frozen=True)
class SourceSettings:
    """A source.yaml and its duplicates.yaml; the attributes are those of `Source`."""

    title: Mapping[str, str]
    description: Mapping[str, str]
    prefix: str
    observatory: str
    language: str
    licence: str
    attribution: str
    site: str
    region: str
    withdrawn: Mapping[str, str]
    replaced: Mapping[str, ReplacedId]
    duplicates: DuplicateDecisions


def load_settings(path: Path) -> tuple[SourceSettings, list[FileFormat]]:
    """Load a source.yaml: the settings of the source, and those of its file formats, of which there is at least one.

    Raises:
        SourceError: the file or the duplicates.yaml beside it cannot be read, or a setting is unknown, missing or wrong.
    """
    block = yaml_loader.load(path, SourceError)
    _check_keys(path, block)
    formats: list[FileFormat] = []
    for each in block.get("formats", [block]):
        formats.append(_parse_format(path, each, block, {known.format for known in formats}))
    return _parse_settings(path, block), formats


def _check_keys(path: Path, block: YamlMapping) -> None:
    for key in block:
        if key not in _KEYS:
            raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r}; known: {', '.join(sorted(_KEYS))}")  # type: ignore[attr-defined]
    in_formats = ("reader", "files") if block.get("formats") else ()
    required = [key for key in _REQUIRED if str(block.get("reader")) not in RDF_READERS or key not in _USED_BY_MAPPING]
    missing = [key for key in required if not block.get(key) and key not in in_formats]
    if missing:
        raise SourceError(f"{path}: {', '.join(missing)} missing; a source states {', '.join(required)}")


def _parse_settings(path: Path, block: YamlMapping) -> SourceSettings:
    iri = IRI_CHARACTER
    return SourceSettings(
        title=_parse_texts(path, block, "title"),
        description=_parse_texts(path, block, "description"),
        prefix=_parse_matching(path, block, "prefix", r"[a-z]{2,12}", "two to twelve small letters, such as er"),
        observatory=_parse_matching(
            path, block, "observatory", rf"(id/|https?://(?![^/?#]*@)){iri}+", "an IRI: id/… or http…"
        ),
        language=_parse_matching(path, block, "language", r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "a language tag, such as it"),
        licence=_parse_matching(path, block, "licence", rf"https?://(?![^/?#]*@){iri}+", "the licence's IRI"),
        attribution=str(block.get("attribution", "")),
        site=_parse_matching(path, block, "site", rf"https?://(?![^/?#]*@){iri}+/", "an IRI that ends in a slash"),
        region=_parse_matching(
            path, block, "region", r"[0-9]{2}|[A-Z]{3}", "an ISTAT code or a country's three letters"
        ),
        withdrawn=_parse_withdrawn(path, block),
        replaced=_parse_replaced(path, block),
        duplicates=load_decisions(path.parent / DUPLICATES_FILE, str(block["prefix"]), _unpublished_ids(block)),
    )


def _parse_format(path: Path, block: YamlMapping, root: YamlMapping, others: Set[str]) -> FileFormat:
    if not isinstance(block, YamlMapping) or not block.get("reader") or not block.get("files"):
        raise SourceError(f"{path}:{root['formats'].line}: each of formats should state reader, files and layout")
    name = str(block["reader"])
    if name not in READERS:
        raise SourceError(f"{path}:{block['reader'].line}: unknown reader {name!r}; known: {', '.join(READERS)}")
    if name in RDF_READERS and block is not root:
        raise SourceError(
            f"{path}:{block['reader'].line}: {name} cannot be one of several formats; give these files a source of their own"
        )
    parse_layout, reader = READERS[name]
    return FileFormat(
        format=next(each for each in _numbered(name) if each not in others),
        reader=reader,
        layout=parse_layout(path, yaml_loader.mapping(block, "layout", path, SourceError)),
        files=_parse_matching(path, block, "files", _BELOW, "a pattern below the folder, such as samples/*.txt"),
        files_line=block["files"].line,
        id_pattern=_parse_id_pattern(path, block if "id" in block else root),
        id_from=str(block["id-from"]) if block.get("id-from") else None,
    )


def _numbered(name: str) -> Iterator[str]:
    """The name, then the name with each number from 2."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def _parse_texts(path: Path, block: YamlMapping, key: str) -> dict[str, str]:
    value = block.get(key, YamlMapping())
    if not isinstance(value, YamlMapping) or not all(isinstance(text, YamlText) for text in value.values()):
        raise SourceError(f"{path}:{value.line}: {key} should hold one text a language, such as 'it: …'")
    return {str(language): str(text) for language, text in value.items()}


def _parse_matching(path: Path, block: YamlMapping, key: str, pattern: str, expected: str) -> str:
    if key not in block:
        return ""  # `_check_keys` has found the required ones
    value = block[key]
    if not isinstance(value, YamlText) or not re.fullmatch(pattern, value):
        raise SourceError(f"{path}:{value.line}: {key} {str(value)!r} should be {expected}")
    return str(value)


def _parse_id_pattern(path: Path, block: YamlMapping) -> re.Pattern[str]:
    if "id" not in block:
        return re.compile(_LAST_SEGMENT)
    value = block["id"]
    try:
        pattern = re.compile(str(value))
    except re.error as error:
        raise SourceError(f"{path}:{value.line}: id is not a regular expression: {error}") from error
    if "id" not in pattern.groupindex:
        raise SourceError(f"{path}:{value.line}: id should name the part of a file's name that is the id: (?P<id>…)")
    return pattern


def _parse_withdrawn(path: Path, block: YamlMapping) -> dict[str, str]:
    """The reasons by id, without the prefix; source.yaml may write ids with it or without."""
    listed = yaml_loader.mapping(block, "withdrawn", path, SourceError)
    for record, reason in listed.items():
        if not isinstance(reason, YamlText) or not reason.strip():
            raise SourceError(f"{path}:{record.line}: withdrawn should say why {str(record)!r} was taken back")  # type: ignore[attr-defined]
    return {slug(record).removeprefix(f"{block['prefix']}-"): str(reason) for record, reason in listed.items()}


def _parse_replaced(path: Path, block: YamlMapping) -> dict[str, ReplacedId]:
    """The ids under merged, renamed and split, as paths below the base IRI."""
    prefix = str(block["prefix"])
    replaced: dict[str, ReplacedId] = {}
    listed = {resource_path(record, prefix) for record in yaml_loader.mapping(block, "withdrawn", path, SourceError)}
    for why in ("merged", "renamed", "split"):
        for record, value in yaml_loader.mapping(block, why, path, SourceError).items():
            resource, by = resource_path(record, prefix), _parse_replacements(path, why, record, value, prefix)
            if not resource or resource in listed:
                problem = "is also withdrawn, merged, renamed or split elsewhere" if resource else "is no id"
                raise SourceError(f"{path}:{record.line}: {why}: {str(record)!r} {problem}; list each id once")  # type: ignore[attr-defined]
            listed.add(resource)
            replaced[resource] = ReplacedId(why, by, record.line)  # type: ignore[attr-defined]
    return replaced


def _unpublished_ids(block: YamlMapping) -> dict[str, int]:
    """The ids with the prefix that source.yaml withdraws or replaces, with their lines; `_parse_settings` has checked them."""
    prefix = str(block["prefix"])
    listed = (record for why in ("withdrawn", "merged", "renamed", "split") for record in block.get(why, {}))
    return {resource_path(each, prefix).rpartition("/")[2]: each.line for each in listed}


def _parse_replacements(path: Path, why: str, record: str, value: Any, prefix: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, YamlText) and why != "split" else value
    if isinstance(texts, list) and all(isinstance(each, YamlText) for each in texts):
        resources = tuple(dict.fromkeys(resource_path(each, prefix) for each in texts))
        if all(resources) and (len(resources) > 1) == (why == "split") and resources:
            return resources
    expected = "two or more ids, such as [12, 13]" if why == "split" else "one id, such as 12"
    raise SourceError(f"{path}:{value.line}: {why}: {str(record)!r} should be replaced by {expected}")


def check_draft_decided(folder: Path) -> None:
    """Check that a person has decided what a draft of source.yaml leaves open.

    Raises:
        SourceError: the licence or the site is still to be decided; names file, line and question.
    """
    path = folder / "source.yaml"
    block = yaml_loader.load(path, SourceError) if path.is_file() else YamlMapping()
    for key, question in (
        ("licence", "under which licence were these data published? Nothing is published without one"),
        ("site", "where on the web do these data come from? Every record names its source"),
    ):
        value = block.get(key, "")
        if str(value).startswith(UNDECIDED):
            raise SourceError(f"{path}:{value.line}: {key} is to be decided: {question} (nothing was published)")
