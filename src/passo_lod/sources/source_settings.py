"""Parse and check source.yaml and duplicates.yaml, the settings of one source, and reject a draft with open questions; `Source.open` and `publish` call it."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.sources.duplicate_decisions import DUPLICATES_FILE, DuplicateDecisions, load_decisions
from passo_lod.sources.json_files.json_layout import JsonLayout
from passo_lod.sources.reader_registry import RDF_READERS, READERS, Layout, Reader
from passo_lod.sources.reading_builder import LINE_NUMBER
from passo_lod.sources.record_ids import IRI_CHARACTER, resource_path, slug
from passo_lod.sources.table_files.table_layout import TableLayout
from passo_lod.yaml_loader import YamlMapping, YamlSequence, YamlText

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
    "repeated",
    "join",
}
_JOIN_KEYS = ("reader", "files", "layout", "child", "parent", "repeated")
_REQUIRED = ("title", "prefix", "observatory", "language", "licence", "site", "region", "reader", "files", "id")
_USED_BY_MAPPING = ("observatory", "language", "site", "region", "id")
"""Settings that only a mapping uses: records that are RDF already state them themselves."""

_JOINABLE = ("table", "json", "jsonl")
"""Readers of files with rows, which can be joined to records."""

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
class JoinedFiles:
    """Files whose rows extend the records of a source (R2RML, 8: a join of a child and a parent).

    Attributes:
        reader: reads the rows of one file.
        layout: the structure of the files.
        files: the pattern of the files below the source's folder.
        files_line: the line of source.yaml that has the pattern (from 1).
        child: the label of the records' field with the key.
        parent: the column of the files with the key.
        repeated: the columns that may have another value in each row with the same key.
        labels: by column of the files, the label that its field has in a record.
    """

    reader: Reader
    layout: Layout
    files: str
    files_line: int
    child: str
    parent: str
    repeated: frozenset[str]
    labels: Mapping[str, str]


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
        id_from: the field that holds a record's id, or the first of several; None if the file's name is the id.
        id_columns: all fields that make a record's id together.
        repeated: the columns that may have another value in each of the rows that have one id; None if a row is a record.
    """

    format: str
    reader: Reader
    layout: Layout
    files: str
    files_line: int
    id_pattern: re.Pattern[str]
    id_from: str | None
    id_columns: tuple[str, ...]
    repeated: frozenset[str] | None = None


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
    joins: tuple[JoinedFiles, ...] = ()


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
    return replace(_parse_settings(path, block), joins=_parse_joins(path, block, formats)), formats


def _check_keys(path: Path, block: YamlMapping) -> None:
    for key in block:
        if key not in _KEYS:
            raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r}; known: {', '.join(sorted(_KEYS))}")  # type: ignore[attr-defined]
    in_formats = ("reader", "files") if block.get("formats") else ()
    for key in (*in_formats, "layout") if in_formats else ():
        if key in block:
            raise SourceError(f"{path}:{block[key].line}: {key} belongs into each of formats, not beside formats")
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
    id_columns = _parse_id_columns(path, block if "id-from" in block else root)
    layout = parse_layout(path, yaml_loader.mapping(block, "layout", path, SourceError))
    if isinstance(layout, TableLayout | JsonLayout):
        _check_id_columns(path, block if "id-from" in block else root, id_columns, layout)
    return FileFormat(
        format=next(each for each in _numbered(name) if each not in others),
        reader=reader,
        layout=layout,
        files=_parse_matching(path, block, "files", _BELOW, "a pattern below the folder, such as samples/*.txt"),
        files_line=block["files"].line,
        id_pattern=_parse_id_pattern(path, block if "id" in block else root),
        id_from=next(iter(id_columns), None),
        id_columns=id_columns,
        repeated=_parse_repeated(path, block, id_columns, layout.labels) if "repeated" in block else None,
    )


def _check_id_columns(
    path: Path, block: YamlMapping, id_columns: tuple[str, ...], layout: TableLayout | JsonLayout
) -> None:
    missing = next((label for label in id_columns if label not in (*layout.labels, LINE_NUMBER)), None)
    if missing is not None:
        known = ", ".join(sorted(layout.labels))
        raise SourceError(
            f"{path}:{block['id-from'].line}: id-from should be one of layout's columns ({known}), not {missing!r};"
            " beside formats it holds for each of them, and within one of formats for that one"
        )


def _parse_repeated(path: Path, block: YamlMapping, key: tuple[str, ...], labels: Set[str]) -> frozenset[str]:
    """The columns with a value a row; the rows are found by another column."""
    columns = yaml_loader.text_list(block, "repeated", path, SourceError)
    if not key:
        raise SourceError(
            f"{path}:{block['repeated'].line}: repeated has no effect without id-from, the column with the ids"
        )
    for column in columns:
        if column not in labels or column in key:
            known = ", ".join(sorted(labels - set(key)))
            raise SourceError(f"{path}:{block['repeated'].line}: repeated: {column!r} should be one of: {known}")
    return frozenset(columns)


def _parse_joins(path: Path, root: YamlMapping, formats: list[FileFormat]) -> tuple[JoinedFiles, ...]:
    """The joins of a source; a column that another file has too gets a number."""
    taken = {label for each in formats for label in each.layout.labels}
    joins: list[JoinedFiles] = []
    blocks = root.get("join", YamlSequence())
    if not isinstance(blocks, YamlSequence) or not all(isinstance(each, YamlMapping) for each in blocks):
        raise SourceError(
            f"{path}:{blocks.line}: join should hold a list, with {', '.join(_JOIN_KEYS)} for each kind of file"
        )
    for block in blocks:
        joins.append(_parse_join(path, block, taken))
        taken |= set(joins[-1].labels.values())
    return tuple(joins)


def _parse_join(path: Path, block: YamlMapping, taken: Set[str]) -> JoinedFiles:
    for key in block:
        if key not in _JOIN_KEYS:
            raise SourceError(f"{path}:{key.line}: unknown key {str(key)!r} in join; known: {', '.join(_JOIN_KEYS)}")  # type: ignore[attr-defined]
    if missing := [key for key in _JOIN_KEYS if key != "repeated" and not block.get(key)]:
        raise SourceError(
            f"{path}:{block.line}: {', '.join(missing)} missing; a join states {', '.join(_JOIN_KEYS[:-1])}"
        )
    name = str(block["reader"])
    if name not in _JOINABLE:
        raise SourceError(
            f"{path}:{block['reader'].line}: reader {name!r} cannot be joined; known: {', '.join(_JOINABLE)}"
        )
    parse_layout, reader = READERS[name]
    layout = parse_layout(path, yaml_loader.mapping(block, "layout", path, SourceError))
    child, parent = (_parse_matching(path, block, key, r"(?s).+", "one column") for key in ("child", "parent"))
    for key, column, known in (("child", child, taken), ("parent", parent, layout.labels)):
        if column not in known:
            raise SourceError(
                f"{path}:{block[key].line}: {key}: {column!r} is no column; known: {', '.join(sorted(known))}"
            )
    return JoinedFiles(
        reader=reader,
        layout=layout,
        files=_parse_matching(path, block, "files", _BELOW, "a pattern below the folder, such as costs.csv"),
        files_line=block["files"].line,
        child=child,
        parent=parent,
        repeated=_parse_repeated(path, block, (parent,), layout.labels) if "repeated" in block else frozenset(),
        labels={label: _free_label(label, taken) for label in sorted(layout.labels - {parent})},
    )


def _free_label(label: str, taken: Set[str]) -> str:
    """The label, with the first number from 2 that makes it different from those of other files, as for columns of one table."""
    numbered = (f"{label} ({number})" for number in count(2))
    return label if label not in taken else next(each for each in numbered if each not in taken)


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


def _parse_id_columns(path: Path, block: YamlMapping) -> tuple[str, ...]:
    value = block.get("id-from", "")
    if isinstance(value, YamlText):
        return (str(value),) if value else ()
    return yaml_loader.text_list(block, "id-from", path, SourceError)


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
