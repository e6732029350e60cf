"""A source: a folder with source.yaml and record files, of which `readings` yields each record; for the pipeline."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path

from passo_lod.errors import SourceError
from passo_lod.records import Reading
from passo_lod.report import ValidationResult
from passo_lod.sources.duplicate_decisions import DuplicateDecisions
from passo_lod.sources.reader_registry import RDF_READERS, READERS, Layout, Reader
from passo_lod.sources.record_ids import resource_path, slug
from passo_lod.sources.record_joins import RecordJoin, key_of, with_notes
from passo_lod.sources.record_merging import grouped
from passo_lod.sources.source_settings import JoinedFiles, ReplacedId, load_settings
from passo_lod.text_folding import printable_path

RESERVED_NAMES = ("places", "vocabulary", "cube", "all", "releases")
"""Names of the catalogue's own datasets. No source may have one, nor a name in `all-`, a version of all data."""


@dataclass(frozen=True)
class Source:
    """A folder below `data/sources/`, published as one dataset under one licence (RML logical source).

    Attributes:
        name: of the folder, and in the IRI of the dataset.
        title: by language, as `description`.
        prefix: of the ids of its records.
        observatory: the IRI of the body that describes the processes; below the base IRI if it begins with `id/`.
        licence: its IRI.
        attribution: whom users of the data should name.
        site: the IRI against which relative file paths in the data are resolved.
        region: the code of the region (ISTAT) or country (ISO 3166-1 alpha-3) in which place names are looked up.
        format: name of the file format, such as `json`; another format with the same reader has a number, `json-2`.
        reader: reads the records of one file.
        layout: the structure of the files.
        files: the pattern of the files below the folder.
        files_line: the line of source.yaml that has the pattern (from 1).
        id_pattern: finds the id in a file's name or field; its named groups are variables of the mapping's templates.
        id_from: the field that holds a record's id, or the first of several; None if the file's name is the id.
        id_columns: all fields that make a record's id together.
        repeated: the columns that may have another value in each of the rows that have one id; None if a row is a record.
        joins: the files whose rows extend its records.
        other_formats: the same source with the reader and layout of its further file formats.
        withdrawn: the ids, without prefix, of records that the source took back, each with the reason; they are counted,
            not published.
        replaced: the ids that the source gave up for others, as paths below the base IRI.
        duplicates: which of its records describe one case, as duplicates.yaml says.
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
    format: str
    reader: Reader
    layout: Layout
    files: str
    files_line: int
    id_pattern: re.Pattern[str]
    id_from: str | None = None
    id_columns: tuple[str, ...] = ()
    repeated: frozenset[str] | None = None
    joins: tuple[JoinedFiles, ...] = ()
    other_formats: tuple["Source", ...] = ()
    withdrawn: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, ReplacedId] = field(default_factory=dict)
    duplicates: DuplicateDecisions = field(default_factory=DuplicateDecisions)

    @classmethod
    def open(cls, folder: Path) -> "Source":
        """Open the source in a folder.

        Raises:
            SourceError: `source.yaml` is missing or wrong, or the folder's name cannot name a dataset.
        """
        path = folder / "source.yaml"
        if not path.is_file():
            raise SourceError(f"{path}: not found; a source is a folder with source.yaml and mapping.yaml")
        _check_name(folder)
        settings, formats = load_settings(path)
        common = {"name": folder.name, "folder": folder, **vars(settings)}
        first, *others = [cls(**common, **vars(each)) for each in formats]
        return replace(first, other_formats=tuple(others))

    def paths(self) -> list[Path]:
        """The record files of the source, sorted by name so that their order in the folder does not matter.

        A file that cannot be opened, such as a dangling link, is listed too: it is a record that cannot be read.

        Raises:
            SourceError: a link leads out of the source's folder.
        """
        return sorted(set(self._find_paths()), key=attrgetter("parts"))

    @property
    def has_files(self) -> bool:
        """Whether the source has any record file."""
        return next(self._find_paths(), None) is not None

    def _find_paths(self) -> Iterator[Path]:
        folder = os.path.realpath(self.folder)
        joined = set(self.joined_paths())
        for each in self._formats:
            for path in self.folder.glob(each.files):
                if not path.is_dir() and path not in joined:
                    each._check_inside(path, folder)
                    yield path

    def joined_paths(self) -> Iterator[Path]:
        """The files that are joined to its records."""
        for join in self.joins:
            yield from (path for path in self.folder.glob(join.files) if not path.is_dir())

    def _check_inside(self, path: Path, folder: str) -> None:
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(folder):
            raise SourceError(
                f"{self.folder / 'source.yaml'}:{self.files_line}: files {self.files!r} fits {self.display_path(path)}, which is "
                f"{printable_path(target)}, outside of the source's folder; copy the file into the folder"
            )

    @property
    def _formats(self) -> tuple["Source", ...]:
        return (self, *self.other_formats)

    def readings(self, paths: Sequence[Path] | None = None) -> Iterator[Reading]:
        """One `Reading` for each record in the files.

        Args:
            paths: the files; if None, all of the source.
        """
        for path in self.paths() if paths is None else paths:
            yield from self._joined(path) if self.joins else self._read(path)

    def _read(self, path: Path) -> Iterator[Reading]:
        source = self.for_file(path)
        found = source.reader(source, path, self.display_path(path))
        return grouped(found, source.repeated) if source.repeated is not None else found

    def _joined(self, path: Path) -> Iterator[Reading]:
        """The readings of a file, extended by the rows of the joined files; the first record of all has the notes on these."""
        readings = self._extended(path)
        is_first = path == next(iter(self.paths()), None)
        return with_notes(readings, lambda: self._join_notes, self.is_set_aside) if is_first else readings

    def _extended(self, path: Path) -> Iterator[Reading]:
        readings = self._read(path)
        for join in self._record_joins:
            readings = map(join.extended, readings)
        return readings

    @cached_property
    def _record_joins(self) -> tuple[RecordJoin, ...]:
        any_id = re.compile(r"(?s)(?P<id>.*)")
        joins = []
        for each in self.joins:
            paths = tuple(sorted(path for path in self.folder.glob(each.files) if not path.is_dir()))
            for path in paths:
                replace(self, files=each.files, files_line=each.files_line)._check_inside(
                    path, os.path.realpath(self.folder)
                )
            of_files = {
                "reader": each.reader,
                "layout": each.layout,
                "files": each.files,
                "files_line": each.files_line,
            }
            source = replace(
                self,
                **of_files,
                id_pattern=any_id,
                id_from=each.parent,
                id_columns=(each.parent,),
                repeated=None,
                joins=(),
            )
            joins.append(RecordJoin(source, each, paths))
        return tuple(joins)

    @cached_property
    def _join_notes(self) -> tuple[ValidationResult, ...]:
        """What is wrong with the joined files; for this all record files are read once more."""
        keys: dict[str, set[str]] = {join.joined.child: set() for join in self._record_joins}
        records = (reading.record for path in self.paths() for reading in self._extended(path) if reading.record)
        for record in records:
            for child, found in keys.items():
                found.add(key_of(record.fields, child))
        return tuple(note for join in self._record_joins for note in join.notes(keys[join.joined.child]))

    def for_file(self, path: Path) -> "Source":
        """The source with the format of a file: the first whose pattern matches the file's name, else the first."""
        return next((each for each in self._formats if path.match(Path(each.files).name)), self)

    @property
    def labels(self) -> frozenset[str]:
        """The labels that a record may have, in any of the formats."""
        joined = (each.labels.values() for each in self.joins)
        return frozenset().union(*(each.layout.labels for each in self._formats), *joined)

    @property
    def is_mapped(self) -> bool:
        """Whether its records need a mapping; those of an RDF reader are passed through (`mapping.rdf_passthrough`)."""
        return all(self.reader is not READERS[name][1] for name in RDF_READERS)

    def display_path(self, path: Path) -> str:
        """A file as results name it: relative to the source's folder, or as the caller named it."""
        return printable_path(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)

    def is_set_aside(self, record: str) -> bool:
        """Whether a record, named by its id with the prefix, is withdrawn or a duplicate, so that it is not published."""
        return record.removeprefix(f"{self.prefix}-") in self.withdrawn or record in self.duplicates.same

    def resource_path(self, record: str) -> str:
        """The path below the base IRI of the resource that a record describes; its id may have the prefix or not."""
        return resource_path(record, self.prefix)

    def record_id(self, text: str) -> tuple[str, dict[str, str]] | None:
        """The id, without prefix, that a file's name or a field gives a record, and the id pattern's template variables.

        An id has the characters `[a-z0-9-]`. It comes from the source's own id, never from a title, which people edit
        (https://www.w3.org/TR/cooluris/).

        Returns:
            None if the text does not match the id pattern.
        """
        match = self.id_pattern.fullmatch(text)
        if match is None:
            return None
        groups = {name: value for name, value in match.groupdict().items() if value}
        code = slug(groups.get("id", ""))
        return (code, {**groups, "id": code}) if code else None


def _check_name(folder: Path) -> None:
    """Raise SourceError for a name that cannot stand in the IRI of a dataset, or is that of the catalogue's own."""
    is_reserved = folder.name in RESERVED_NAMES or folder.name.startswith("all-")
    if is_reserved or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", folder.name):
        reserved = ", ".join(map(repr, RESERVED_NAMES))
        raise SourceError(
            f"{folder}: a source's folder has a name in a-z, 0-9 and hyphens, other than {reserved} and what begins with 'all-'"
        )
