"""Suggest the lines of mapping.yaml and source.yaml with which refused values would be read, for `passo-lod check`.

Each suggestion is tried on all values of the field before it is made, so that whoever copies it needs no other.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode

from passo_lod import yaml_loader
from passo_lod.drafting.column_evidence import KINDS_BY_DATATYPE, SEPARATORS, KnownValues
from passo_lod.drafting.draft_files import scalar
from passo_lod.errors import MappingError, PassoError, SourceError
from passo_lod.mapping.converters.conversion import ConversionError
from passo_lod.mapping.converters.money_converters import CURRENCY_CODES
from passo_lod.namespaces import XSD
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.record_ids import slug
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping, YamlSequence, YamlText

MAX_MEANINGS = 20
"""Texts of one field for which a suggested line states the concept; more show that the texts are no such concepts."""

_MEANS_THE_SAME = 70.0
"""Similarity, of 100, from which a label may mean the same as a text; a less similar one is left to a person to choose."""

CHOICE = "CHOOSE"
"""Stands in a suggested line for a notation that only a person can choose."""

_WITHOUT_CURRENCY = ("map.no-currency.problem", "map.several-currencies.problem")
_CURRENCIES = ("EUR", "CHF", "CZK", "DKK", "GBP", "NOK", "PLN", "SEK", "USD", "or another code of ISO 4217")

_DATES = frozenset({XSD.date, XSD.gYearMonth, XSD.gYear})
"""Datatypes of which a date has the one that says as much as its text."""


@dataclass(frozen=True)
class LineEdit:
    """A change of one file.

    Attributes:
        path: the file.
        line: the first line of the entry that the text replaces, or the line below which it goes (from 1).
        last_line: the last line of the replaced entry; None if the text is an addition.
        text: one line, with its indentation.
        choices: the notations of which one replaces each `CHOOSE` of the text; empty if the text is complete.
    """

    path: Path
    line: int
    last_line: int | None
    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """A line of mapping.yaml that reads a field, as YAML, and the map that it belongs to."""

    map_name: str
    block: YamlMapping

    @property
    def separator(self) -> str | None:
        return str(self.block["split"]) if "split" in self.block else None


@dataclass(frozen=True)
class LineSuggestions:
    """Suggests lines for the results of one source.

    Attributes:
        folder: of the source.
        known: the converters, schemes and places of the source.
        texts: the texts of each field that has a value, in all records that were read.
        region: the code of the region in which the source looks places up.
    """

    folder: Path
    known: KnownValues
    texts: Mapping[str, Sequence[str]]
    region: str
    _files: dict[str, list[str]] = field(default_factory=dict, compare=False)

    def suggest(self, results: Sequence[ValidationResult]) -> tuple[LineEdit, ...]:
        """The edits with which no result of a kind would come up again; none if the data are to be corrected instead.

        Args:
            results: at least one, of one code and one field.
        """
        code = results[0].code
        if code == "id":
            return tuple(self._id_pattern(results))
        if code == "unknown-column":
            return tuple(self._unknown_column(results[0]))
        if results[0].is_absence:
            return tuple(self._condition(results[0])) if results[0].severity is Severity.VIOLATION else ()
        if getattr(results[0].message, "key", "") in _WITHOUT_CURRENCY:
            return tuple(edit for entry in self._entries(results[0]) for edit in self._currency(entry))
        return tuple(edit for entry in self._entries(results[0]) for edit in self._for_values(entry, results[0]))

    # ---------------------------------------------------------------------------------------------------- the settings

    @cached_property
    def _mapping(self) -> YamlMapping:
        with suppress(PassoError):
            return yaml_loader.load(self.folder / "mapping.yaml", MappingError)
        return YamlMapping()  # a source that is RDF has no mapping

    @cached_property
    def _settings(self) -> YamlMapping:
        return yaml_loader.load(self.folder / "source.yaml", SourceError)

    def _entries(self, result: ValidationResult) -> Iterator[_Entry]:
        """The lines that may have given a result: those that read its field with the converter or scheme of its code."""
        for name, triples_map in self._mapping.get("mappings", YamlMapping()).items():
            for block in triples_map["po"]:
                labels = block.get("from", ())
                if result.field in ([labels] if isinstance(labels, YamlText) else labels) and _reads(block, result):
                    yield _Entry(str(name), block)

    def _line(self, name: str, line: int) -> str:
        if name not in self._files:
            self._files[name] = (self.folder / name).read_text(encoding="utf-8-sig").splitlines()
        return self._files[name][line - 1]

    def _indentation(self, name: str, line: int) -> str:
        text = self._line(name, line)
        return text[: len(text) - len(text.lstrip())]

    def _replacement(self, entry: _Entry, changes: Mapping[str, Any], choices: Sequence[str] = ()) -> LineEdit:
        block = entry.block
        indentation = self._indentation("mapping.yaml", block.line)
        text = f"{indentation}- {flow_style(_changed(block, changes))}"
        return LineEdit(self.folder / "mapping.yaml", block.line, _last_line(block), text, tuple(choices))

    # ------------------------------------------------------------------------------------------------ values of a field

    def _for_values(self, entry: _Entry, result: ValidationResult) -> Iterator[LineEdit]:
        texts = list(dict.fromkeys(self.texts.get(result.field or "", ())))
        items = [item for text in texts for item in _split(text, entry.separator)]
        refused = [item for item in dict.fromkeys(items) if not self._is_read(entry.block, item)]
        missing = [item for item in refused if self.known.hints.missing_value_reason(item)]
        if missing:
            yield from self._missing_values(missing)
        texts = [text for text in texts if text not in missing]
        if set(refused) - set(missing):
            changes, choices = self._changes(entry, texts, [each for each in refused if each not in missing])
            if changes:
                yield self._replacement(entry, changes, choices)

    def _is_read(self, block: Mapping[str, Any], text: str) -> bool:
        """Whether a line with these keys gives a text an object."""
        if "concept" in block:
            meaning = _meanings(block).get(fold(text), text)
            return self.known.schemes[str(block["concept"])].find(meaning) is not None
        name = str(block.get("convert", "text"))
        if name == "place":
            kinds = ("municipality", "province", "region")
            return any(self.known.places.find(text, self.region, kind) for kind in kinds)
        return name not in self.known.converters or self._datatype(block, text) in self._datatypes_of(name)

    def _changes(
        self, entry: _Entry, texts: Sequence[str], refused: Sequence[str]
    ) -> tuple[Mapping[str, Any], Sequence[str]]:
        """The keys with which a line reads all texts, and the notations to choose from; no keys if none are found."""
        conventions = [each for each in self._conventions(entry, texts) if self._reads_all(entry.block, each, texts)]
        if len(conventions) > 1:
            (key,) = conventions[0]
            return {key: CHOICE}, [each[key] for each in conventions]
        for changes in (*conventions, *self._candidates(entry)):
            if self._reads_all(entry.block, changes, texts):
                return changes, ()
        if "concept" in entry.block:
            return self._stated_meanings(entry, texts, refused)
        if entry.block.get("convert") == "place" and len(refused) * 2 > len(texts):
            return {"p": "passo:territoryDescription", "convert": "text", "split": None}, ()
        return {}, ()

    def _reads_all(self, block: YamlMapping, changes: Mapping[str, Any], texts: Sequence[str]) -> bool:
        changed = {**block, **changes}
        separator = str(changed["split"]) if "split" in changed else None
        return all(self._is_read(changed, item) for text in texts for item in _split(text, separator))

    def _conventions(self, entry: _Entry, texts: Sequence[str]) -> Iterator[Mapping[str, str]]:
        """The ways to read texts with two readings, such as a day before its month, if the line states none: those that texts show."""
        converter = self.known.converters.get(str(entry.block.get("convert")))
        convention = converter.convention if converter else None
        if convention is not None and convention.key not in entry.block:
            items = (item for text in texts for item in _split(text, entry.separator))
            shown = {value for item in items if (value := convention.shown_by(item)) is not None}
            yield from (
                {convention.key: value} for value in convention.converts if value in (shown or convention.converts)
            )

    def _candidates(self, entry: _Entry) -> Iterator[Mapping[str, Any]]:
        """Other converters or schemes for the same property; then a separator, and both."""
        others = list(self._other_readers(entry.block))
        yield from others
        if entry.separator is None:
            for separator in SEPARATORS:
                yield {"split": separator}
                yield from ({**changes, "split": separator} for changes in others)

    def _other_readers(self, block: YamlMapping) -> Iterator[Mapping[str, str]]:
        if "concept" in block:
            schemes = (each.schemes for each in self.known.hints.targets if each.p == block["p"])
            others = dict.fromkeys(code for codes in schemes for code in codes)
            yield from ({"concept": code} for code in others if code in self.known.schemes and code != block["concept"])
        name = str(block.get("convert"))
        yield from ({"convert": other} for other in self._converters_like(name) if other != name)
        if name in ("date", "year"):
            # Of a period of years, a property of an end states the last.
            is_end = re.search("(?i)end|clos", str(block["p"])) is not None
            yield {"convert": "last-year" if is_end else "first-year"}

    def _converters_like(self, name: str) -> Sequence[str]:
        """The converters to the same kind of value, this one among them; none if its kind has no others."""
        converter = self.known.converters.get(name)
        datatype = self._datatype({"convert": name}, converter.example) if converter else None
        for kind in KINDS_BY_DATATYPE.values():
            if kind.datatype == datatype and name not in kind.not_by:
                return [
                    other
                    for other, found in self.known.converters.items()
                    if other not in kind.not_by and self._datatype({"convert": other}, found.example) == datatype
                ]
        return ()

    def _datatypes_of(self, name: str) -> frozenset[NamedNode | bool | None]:
        converter = self.known.converters.get(name)
        datatype = self._datatype({"convert": name}, converter.example) if converter else None
        return _DATES if datatype == XSD.date else frozenset({datatype})

    def _datatype(self, block: Mapping[str, Any], text: str) -> NamedNode | bool | None:
        """The datatype that the converter of a line gives a text; None if the term is an IRI, False if it cannot read the text."""
        converter = self.known.converters[str(block["convert"])]
        convention = block.get(converter.convention.key) if converter.convention else None
        try:
            term = converter.by(str(convention) if convention else None)(text)
        except ConversionError:
            return False
        return term.datatype if isinstance(term, Literal) else None

    def _currency(self, entry: _Entry) -> Iterator[LineEdit]:
        """The field that has the currency of amounts without one, or else a choice."""
        for label, texts in self.texts.items():
            if {text.upper() for text in texts} <= CURRENCY_CODES:
                yield self._replacement(entry, {"currency-from": label})
                yield from self._no_longer_ignored(label)
                return
        yield self._replacement(entry, {"currency": CHOICE}, _CURRENCIES)

    def _no_longer_ignored(self, label: str) -> Iterator[LineEdit]:
        """The edit of `ignore` for a label that another line now maps; none if nothing ignores it."""
        ignored = self._mapping.get("ignore", YamlMapping())
        key = next((each for each in ignored if each == label), None)
        if key is None:
            return
        first = next(each for each in self._mapping if each == "ignore").line  # type: ignore[attr-defined]
        others = {each: reason for each, reason in ignored.items() if each != label}
        if others and key.line > first:
            text = f"{self._indentation('mapping.yaml', key.line)}# {label} is mapped"
            yield LineEdit(self.folder / "mapping.yaml", key.line, _last_line(ignored[key]), text)
        else:
            yield LineEdit(self.folder / "mapping.yaml", first, _last_line(ignored), f"ignore: {flow_style(others)}")

    # ------------------------------------------------------------------------------------------------------- concepts

    def _stated_meanings(
        self, entry: _Entry, texts: Sequence[str], refused: Sequence[str]
    ) -> tuple[Mapping[str, Any], Sequence[str]]:
        """The key `values` with the nearest notation for each refused text; lists are split first."""
        code = str(entry.block["concept"])
        separator = None if entry.separator else self._list_separator(entry.block, texts)
        items = dict.fromkeys(item for text in refused for item in _split(text, separator))
        unknown = [item for item in items if not self._is_read(entry.block, item)]
        if len(unknown) > MAX_MEANINGS:
            return {}, ()
        nearest = {item: self._nearest_notation(code, item) for item in unknown}
        meanings = {**entry.block.get("values", {}), **nearest}
        changes = {"values": meanings, **({"split": separator} if separator else {})}
        is_complete = CHOICE not in nearest.values()
        return changes, () if is_complete else [_notation(each) for each in self.known.schemes[code].members]

    def _list_separator(self, block: YamlMapping, texts: Sequence[str]) -> str | None:
        """The separator between items of which at least one names a concept."""
        for separator in SEPARATORS:
            lists = [items for text in texts if len(items := _split(text, separator)) > 1]
            if lists and any(self._is_read(block, item) for items in lists for item in items):
                return separator
        return None

    def _nearest_notation(self, code: str, text: str) -> str:
        words = self.known.hints.concepts.get(code, {})
        known = next((concept for concept, names in words.items() if fold(text) in names), None)
        if known is not None and self.known.schemes[code].find(known) is not None:
            return known
        nearest = self.known.schemes[code].suggest(text, _MEANS_THE_SAME)
        return _notation(nearest[0]) if nearest else CHOICE

    # ---------------------------------------------------------------------------------------------------- source.yaml

    def _missing_values(self, texts: Sequence[str]) -> Iterator[LineEdit]:
        """Entries of `sentinels` for texts that mean «no value»."""
        reasons = {text: self.known.hints.missing_value_reason(text) for text in texts}
        meanings = {text: "not-stated" if reason == "absent" else str(reason) for text, reason in reasons.items()}
        yield from self._extend("source.yaml", self._settings.get("layout"), "sentinels", meanings)

    def _id_pattern(self, results: Sequence[ValidationResult]) -> Iterator[LineEdit]:
        """An id pattern that takes the whole id, if every refused id has a letter or figure."""
        pattern = self._settings.get("id")
        if pattern is not None and all(slug(each.value or "") for each in results):
            text = f"{self._indentation('source.yaml', pattern.line)}id: '(?P<id>.+)'"
            yield LineEdit(self.folder / "source.yaml", pattern.line, pattern.line, text)

    def _unknown_column(self, result: ValidationResult) -> Iterator[LineEdit]:
        """A column for source.yaml, and a reason to ignore it for mapping.yaml until a person maps it."""
        layout = self._settings.get("layout", YamlMapping())
        columns = layout.get("columns")
        if not isinstance(columns, YamlSequence) or not columns or result.field is None:
            return
        source = self.folder / "source.yaml"
        name, last = scalar(result.field), columns[-1].line
        if self._line("source.yaml", last).lstrip().startswith("- "):
            yield LineEdit(source, last, None, f"{self._indentation('source.yaml', last)}- {name}")
        else:
            key = next(key for key in layout if key == "columns")
            text = f"{self._indentation('source.yaml', key.line)}columns: {flow_style([*columns, result.field])}"
            yield LineEdit(source, key.line, last, text)
        yield from self._extend("mapping.yaml", self._mapping, "ignore", {result.field: "nobody has mapped it yet"})

    def _extend(
        self, file: str, parent: YamlMapping | None, key: str, entries: Mapping[str, str]
    ) -> Iterator[LineEdit]:
        """The edits that add entries to the mapping below a key, or the key with the entries to its parent."""
        if not isinstance(parent, YamlMapping) or not parent:
            return
        found = next((each for each in parent if each == key), None)
        if found is None:
            first = next(iter(parent))
            text = f"{self._indentation(file, first.line)}{key}: {flow_style(entries)}"  # type: ignore[attr-defined]
            yield LineEdit(self.folder / file, _last_line(parent), None, text)
            return
        block, indentation = parent[found], self._indentation(file, found.line)  # type: ignore[attr-defined]
        if not block or next(iter(block)).line == found.line:  # type: ignore[attr-defined]
            text = f"{indentation}{key}: {flow_style({**block, **entries})}"
            yield LineEdit(self.folder / file, found.line, _last_line(block), text)  # type: ignore[attr-defined]
        else:
            below = self._indentation(file, next(iter(block)).line)
            for name, value in entries.items():
                text = f"{below}{scalar(name)}: {scalar(value)}"
                yield LineEdit(self.folder / file, found.line, None, text)  # type: ignore[attr-defined]

    # ----------------------------------------------------------------------------------------------------- conditions

    def _condition(self, result: ValidationResult) -> Iterator[LineEdit]:
        """The condition `when` for a map that states other things of a subject which lacks a required property."""
        labels = (result.field or "").split(" / ")
        for name, block in self._mapping.get("mappings", YamlMapping()).items():
            stated = [label for entry in block["po"] if (label := _label_of(entry)) in labels]
            is_part = str(block["s"]).count("/") > 2 or "#" in str(block["s"])
            if stated and is_part and "each" not in block and _matches(str(block["s"]), result.focus_node or ""):
                yield from self._when(name, block, str(stated[0]))

    def _when(self, name: Any, block: YamlMapping, label: str) -> Iterator[LineEdit]:
        key = next((each for each in block if each == "when"), None)
        subject = next(each for each in block if each == "s")
        line = key.line if key is not None else subject.line  # type: ignore[attr-defined]
        text = f"{self._indentation('mapping.yaml', line)}when: {flow_style([label])}"
        last = None if key is None else _last_line(block["when"])
        yield LineEdit(self.folder / "mapping.yaml", line, last, text)


# ---------------------------------------------------------------------------------------------------------- YAML as text


def flow_style(value: Any) -> str:
    """A value of a YAML file on one line (YAML 1.2, 7.4).

    >>> flow_style({"p": "passo:cost", "from": ["Costo", "Coût: €"], "split": " / "})
    "{p: passo:cost, from: [Costo, 'Coût: €'], split: ' / '}"
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow_style(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow_style, value)) + "]"
    text = str(value)
    return text if re.fullmatch(r"[A-Za-z][\w-]*:[\w./-]+|[a-z]+/[\w/$().-]+", text) else scalar(text)


def _changed(block: YamlMapping, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a line with some of them changed; those that become None are dropped, and `split` comes before the reader."""
    keys = {**block, **changes}
    order = ["p", "from", "value", "split"]
    ordered = sorted(keys, key=lambda key: order.index(key) if key in order else len(order))
    return {str(key): keys[key] for key in ordered if keys[key] is not None}


def _last_line(value: YamlMapping | YamlSequence | YamlText) -> int:
    """The last line of a YAML value."""
    if isinstance(value, YamlMapping):
        return max([value.line, *(_last_line(each) for each in value.values())])
    if isinstance(value, YamlSequence):
        return max([value.line, *map(_last_line, value)])
    return value.line


def _reads(block: YamlMapping, result: ValidationResult) -> bool:
    """Whether a line reads its field in the way of a result: by the converter, the scheme or the look-up of its code."""
    codes = {"unknown-concept": "concept", "unknown-place": "place"}
    if codes.get(result.code) == "concept":
        return "concept" in block
    return block.get("convert") == codes.get(result.code, result.code)


def _meanings(block: Mapping[str, Any]) -> dict[str, str]:
    return {fold(text): str(concept) for text, concept in block.get("values", {}).items()}


def _split(text: str, separator: str | None) -> list[str]:
    if separator is None:
        return [text]
    return [item.strip() for item in f"{text} ".split(separator) if item.strip()]


def _notation(concept: NamedNode) -> str:
    return concept.value.rpartition("/")[2]


def _label_of(entry: YamlMapping) -> str | None:
    label = entry.get("from")
    return str(label) if isinstance(label, YamlText) else None


def _matches(template: str, iri: str) -> bool:
    """Whether an IRI can be one of a template's, below any base."""
    pattern = "".join(".+" if part.startswith("$(") else re.escape(part) for part in re.split(r"(\$\(\w+\))", template))
    return re.fullmatch(f"(?:.*/)?{pattern}", iri) is not None
