"""Read duplicates.yaml, in which a person says which records of a source are one case and which are not; `source_settings` calls it.

The finder of likely duplicates (`pipeline.duplicate_finder`) only asks; this file answers (docs/identity.md).
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from passo_lod import yaml_loader
from passo_lod.errors import SourceError
from passo_lod.sources.record_ids import slug
from passo_lod.yaml_loader import YamlMapping, YamlSequence, YamlText

DUPLICATES_FILE = "duplicates.yaml"

_EXAMPLES = {
    "same": '{keep: "105", duplicates: ["595"], why: same place and dates}',
    "different": '{records: ["123", "588"], why: two projects of one programme}',
}


@dataclass(frozen=True)
class Duplicate:
    """A record that describes the case of another record.

    Attributes:
        survivor: the id of the record that is published instead, with the prefix.
        why: the person's reason.
        line: the line of duplicates.yaml on which its entry begins (from 1).
    """

    survivor: str
    why: str
    line: int


@dataclass(frozen=True)
class DuplicateDecisions:
    """What a person decided on the records of a source; ids have the source's prefix.

    Attributes:
        same: the duplicates, by id.
        different: the pairs of records that are two cases.
        lines: every id that the file names, with the first line that does (from 1).
    """

    same: Mapping[str, Duplicate] = field(default_factory=dict)
    different: Set[frozenset[str]] = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def survivors(self) -> dict[str, int]:
        """The ids that stand for several records, each with the line of its entry."""
        return {each.survivor: each.line for each in self.same.values()}

    def are_different(self, first: str, second: str) -> bool:
        """Whether a person decided that two published records are two cases."""
        return frozenset({first, second}) in self.different


def load_decisions(path: Path, prefix: str, unpublished: Mapping[str, int]) -> DuplicateDecisions:
    """Load a duplicates.yaml; without the file nothing is decided.

    Args:
        path: the file.
        prefix: the source's prefix.
        unpublished: the ids that source.yaml withdraws or replaces, with its lines.

    Raises:
        SourceError: an entry is wrong, or contradicts another or source.yaml; names file and line.
    """
    if not path.exists() and not path.is_symlink():
        return DuplicateDecisions()
    block = yaml_loader.load(path, SourceError)
    for key in block:
        if key not in _EXAMPLES:
            raise _error(path, key, f"unknown key {str(key)!r}; known: {', '.join(_EXAMPLES)}")
    return _DecisionParser(path, prefix, unpublished).parse(block)


class _DecisionParser:
    """Parses one file, and remembers which id stands where."""

    def __init__(self, path: Path, prefix: str, unpublished: Mapping[str, int]) -> None:
        self._path, self._prefix, self._unpublished = path, prefix, unpublished
        self._lines: dict[str, int] = {}
        self._same: dict[str, Duplicate] = {}

    def parse(self, block: YamlMapping) -> DuplicateDecisions:
        survivors: dict[str, int] = {}
        for entry in self._entries(block, "same"):
            self._add_same(entry, survivors)
        different = {pair for entry in self._entries(block, "different") for pair in self._different_pairs(entry)}
        return DuplicateDecisions(self._same, different, self._lines)

    def _entries(self, block: YamlMapping, key: str) -> Iterator[YamlMapping]:
        """The entries of a list; each has exactly the keys of the example."""
        listed = block.get(key, YamlSequence())
        keys = {"same": {"keep", "duplicates", "why"}, "different": {"records", "why"}}[key]
        if not isinstance(listed, YamlSequence):
            raise _error(self._path, listed, f"{key} should hold a list of entries, such as {_EXAMPLES[key]}")
        for entry in listed:
            if not isinstance(entry, YamlMapping) or set(entry) != keys:
                raise _error(
                    self._path, entry, f"an entry of {key} should have {', '.join(sorted(keys))}: {_EXAMPLES[key]}"
                )
            yield entry

    def _add_same(self, entry: YamlMapping, survivors: dict[str, int]) -> None:
        survivor, why = self._id(entry["keep"]), self._text(entry, "why")
        if survivor in survivors:
            raise _error(
                self._path,
                entry["keep"],
                f"keep: {survivor} is kept on line {survivors[survivor]} too; join the two entries",
            )
        if survivor in self._same:
            raise self._chain(entry["keep"], survivor)
        survivors[survivor] = entry["keep"].line
        for text in self._list(entry, "duplicates", 1):
            id_ = self._id(text)
            if id_ in self._same or id_ == survivor:
                raise _error(
                    self._path, text, f"duplicates: {id_} stands on line {self._lines[id_]} already; list each id once"
                )
            if id_ in survivors:
                raise self._chain(text, id_)
            self._same[id_] = Duplicate(survivor, why, entry.line)

    def _different_pairs(self, entry: YamlMapping) -> Iterator[frozenset[str]]:
        """Each pair of an entry, a duplicate being represented by its survivor."""
        self._text(entry, "why")
        listed = [(self._id(text), text) for text in self._list(entry, "records", 2)]
        for (first, text), (second, _) in combinations(listed, 2):
            pair = frozenset(self._same[id_].survivor if id_ in self._same else id_ for id_ in (first, second))
            if len(pair) == 1:
                problem = "are the same according to `same`" if first != second else "are one record"
                raise _error(
                    self._path, text, f"different: {first} and {second} {problem}; keep one of the two statements"
                )
            yield pair

    def _id(self, text: Any) -> str:
        """The id of a record with the prefix; the file may write it without."""
        code = slug(text).removeprefix(f"{self._prefix}-") if isinstance(text, YamlText) else ""
        if not code:
            raise _error(self._path, text, f'{str(text)!r} should be the id of a record, such as "105"')
        id_ = f"{self._prefix}-{code}"
        if line := self._unpublished.get(id_):
            raise _error(
                self._path,
                text,
                f"{id_} is withdrawn, merged, renamed or split by source.yaml, line {line}; list each id once",
            )
        self._lines.setdefault(id_, text.line)
        return id_

    def _text(self, entry: YamlMapping, key: str) -> str:
        value = entry[key]
        if not isinstance(value, YamlText) or not value.strip():
            raise _error(self._path, value, f"{key} should give the reason for the decision, in words")
        return str(value)

    def _list(self, entry: YamlMapping, key: str, least: int) -> list[Any]:
        value = entry[key]
        if not isinstance(value, YamlSequence) or len(value) < least:
            expected = "two or more ids" if least > 1 else "one or more ids"
            raise _error(self._path, value, f'{key} should list {expected}, such as ["595", "2373"]')
        return value

    def _chain(self, text: YamlText, id_: str) -> SourceError:
        return _error(
            self._path,
            text,
            f"{id_} is kept in one entry and a duplicate in another (line {self._lines[id_]}); name one survivor for all of them",
        )


def _error(path: Path, value: Any, message: str) -> SourceError:
    return SourceError(f"{path}:{value.line}: {message}")
