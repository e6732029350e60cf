"""Format the three files of a draft as text, from the facts of its source and the lines of its mapping, which are defined here."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from passo_lod.drafting.hints import DraftMap
from passo_lod.drafting.matching import LOCATE, Match
from passo_lod.sources.reading_builder import LINE_NUMBER
from passo_lod.sources.source_settings import UNDECIDED

TO_BE_DECIDED = "to be decided"
"""Marks each line of a draft that a person has to decide."""


@dataclass(frozen=True)
class SourceFacts:
    """The settings of a drafted source; None for those that are neither stated nor guessed.

    Attributes:
        comparison: the line of the mapping for the region of comparison; empty if there is none.
        layout: the `layout` of source.yaml.
        notes: for some settings, the evidence of a guess or a question for the person.

    The other attributes are the settings of source.yaml.
    """

    name: str
    prefix: str
    title: str
    language: str
    licence: str | None
    observatory: str | None
    site: str | None
    region: str
    comparison: str
    id_pattern: str
    id_from: tuple[str, ...]
    reader: str
    files: str
    layout: Mapping[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)


def scalar(text: str) -> str:
    """A text as a YAML scalar, quoted if it has to be, also inside brackets.

    >>> scalar("Costo totale"), scalar("Coût (€): 1, 2"), scalar("@title"), scalar("d'avvio")
    ('Costo totale', "'Coût (€): 1, 2'", "'@title'", "d'avvio")
    """
    if re.fullmatch(r"[^\W_][\w '’().%€/°+-]*", text) and text == text.strip() and not re.search(r"\s#|:\s|:$", text):
        return text
    if text.isprintable() and text:
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escape, text)) + '"'


def _escape(character: str) -> str:
    """A character inside double quotes (YAML 1.1, 5.7)."""
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _comment(text: str) -> str:
    """A text on one line, without characters that are not printable."""
    return " ".join(re.sub(r"[^\S ]|[^\w\W]", " ", text if text.isprintable() else repr(text)[1:-1]).split())


# --------------------------------------------------------------------------------------------------------- source.yaml


def source_yaml(facts: SourceFacts, sample_summary: str) -> str:
    """The text of source.yaml.

    Args:
        facts: the settings.
        sample_summary: which files were sampled.
    """
    organisation = f"id/organisation/{facts.prefix}-observatory"
    lines = [
        f"# Drafted by `passo-lod new-source {facts.name}` from {_comment(sample_summary)}.",
        f"# A line marked `{TO_BE_DECIDED}` or `guess` waits for a person; the keys are explained in docs/new-source.md.",
        "",
        f"title:{_note(facts, 'title')}",
        f"  {facts.language}: {scalar(facts.title)}",
        f"prefix: {facts.prefix}    # a process is id/process/{facts.prefix}-<id>; never change it once it is published",
        f"observatory: {organisation}    # described in reference.ttl",
        f"language: {facts.language}{_note(facts, 'language')}",
        f"licence: {facts.licence or UNDECIDED + 'licence'}{_note(facts, 'licence')}",
        *([f"attribution: {scalar(facts.observatory)}"] if facts.observatory else []),
        f"site: {facts.site or UNDECIDED}{_note(facts, 'site')}",
        f"region: {scalar(facts.region) if facts.region.isalpha() else json.dumps(facts.region)}{_note(facts, 'region')}",
        f"reader: {facts.reader}",
        f"files: {scalar(facts.files) if '*' not in facts.files else facts.files}",
        *([f"id-from: {_one_or_list(facts.id_from)}{_note(facts, 'id-from')}"] if facts.id_from else []),
        f"id: {_quoted(facts.id_pattern)}",
        "",
        "layout:",
        *_layout_lines(facts.layout, "  "),
    ]
    return "\n".join(lines) + "\n"


def _one_or_list(texts: Sequence[str]) -> str:
    return scalar(texts[0]) if len(texts) == 1 else f"[{', '.join(map(scalar, texts))}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _note(facts: SourceFacts, key: str) -> str:
    return f"    # {_comment(facts.notes[key])}" if key in facts.notes else ""


def _layout_lines(block: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in block.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{scalar(str(key))}:"
            yield from _layout_lines(value, indent + "  ")
        elif isinstance(value, (list, tuple)) and value:
            yield f"{indent}{scalar(str(key))}:"
            yield from (f"{indent}  - {scalar(str(item))}" for item in value)
        elif value:
            yield f"{indent}{scalar(str(key))}: {scalar(str(value))}"


# -------------------------------------------------------------------------------------------------------- mapping.yaml


@dataclass(frozen=True)
class DraftLine:
    """A line of a drafted mapping.

    Attributes:
        map: the map that it belongs to.
        text: the line; empty for a question without one.
        comment: the evidence of a guess, or a question; empty if the line is sure.
        labels: the columns that the line reads.
    """

    map: str
    text: str
    comment: str = ""
    labels: tuple[str, ...] = ()


def draft_lines(match: Match) -> Iterator[DraftLine]:
    """The line of the mapping for a matched column, after the questions about it."""
    for question in match.values.questions:
        yield DraftLine(match.target.map, "", f"{TO_BE_DECIDED}: {question}")
    comment = "" if match.is_sure else f"{match.column.name!r} is {match.target.p}, because {match.evidence}"
    yield DraftLine(match.target.map, _line_text(match), comment, match.labels)


def suggested_line(match: Match) -> str:
    """A line that a column could become, with the map that it would belong to, for a comment."""
    return f"{match.target.map}: {_line_text(match)}"


def _line_text(match: Match) -> str:
    target, values = match.target, match.values
    if values.by == LOCATE:
        named = ", ".join(f"{key}: {scalar(label)}" for key, label in values.options.items())
        return f"{{p: {target.p}, locate: {{as: place, {named}}}}}"
    labels = ", ".join(map(scalar, match.labels))
    parts = [f"p: {target.p}", f"from: [{labels}]" if match.more_columns else f"from: {labels}"]
    if values.split and not match.column.column.is_list:
        parts.append(f"split: {json.dumps(values.split)}")
    if target.reads == "concept":
        parts += [f"concept: {values.by}", *_meanings(match)]
    else:
        parts.append(f"convert: {target.reads if target.reads in ('place', 'organisation') else values.by}")
        parts += [f"{key}: {scalar(value)}" for key, value in values.options.items()]
    return "{" + ", ".join(parts) + "}"


def _meanings(match: Match) -> Iterator[str]:
    """The key `values`: what texts without a label in the scheme mean."""
    meanings = ((text, code) for code, texts in match.values.words.items() for text in texts)
    pairs = [f"{scalar(text)}: {_quoted(code) if code in ('yes', 'no') else code}" for text, code in meanings]
    if pairs:
        yield f"values: {{{', '.join(pairs)}}}"


def mapping_yaml(
    facts: SourceFacts,
    lines: Sequence[DraftLine],
    maps: Mapping[str, DraftMap],
    ignored: Mapping[str, tuple[str, Sequence[str]]],
    existence_label: str,
    sample_summary: str,
) -> str:
    """The text of mapping.yaml.

    Args:
        facts: the settings of the source.
        lines: the lines of the mapping.
        maps: maps other than process and record, by name; those that a line needs are written.
        ignored: the columns under `ignore`, each with the reason and lines that it could become.
        existence_label: the label whose value makes a record exist.
        sample_summary: which files were sampled.
    """
    needed = _needed_maps(lines, maps)
    blocks = [
        f"# Drafted by `passo-lod new-source {facts.name}` from {_comment(sample_summary)}.\n"
        "# Read and confirm each `guess`. Columns under `ignore` are not published until a person maps them. The keys are\n"
        "# explained in docs/mapping.md; after every change, `passo-lod check` lists what is still wrong.\n\n"
        "missing-values: record\n\nmappings:\n",
        _map("process", f"id/process/{facts.prefix}-$(id)", _process_lines(facts, lines, needed, maps)),
        _map(
            "record",
            f"doc/process/{facts.prefix}-$(id)",
            _record_lines(facts, lines, needed, maps),
            f"when: [{scalar(existence_label)}]",
        ),
        *(
            _map(
                name,
                _fill(maps[name].s, facts),
                _map_lines(name, facts, lines, needed, maps),
                _condition(name, lines, needed, maps),
            )
            for name in needed
        ),
    ]
    return "\n".join(blocks) + "\n" + "\n".join(_ignored_lines(ignored)) + "\n"


def _needed_maps(lines: Iterable[DraftLine], maps: Mapping[str, DraftMap]) -> list[str]:
    """The maps with a line, and the maps that link to them."""
    used = {line.map for line in lines} - {"process", "record"}
    for name in sorted(used):
        while (parent := maps[name].linked_from) in maps:
            used.add(parent)
            name = parent
    return [name for name in maps if name in used]


def _map(name: str, subject: str, lines: Iterable[str], condition: str = "") -> str:
    head = [f"  {name}:", f"    s: {subject}", *([f"    {condition}"] if condition else []), "    po:"]
    return "\n".join([*head, *lines]) + "\n"


def _process_lines(
    facts: SourceFacts, lines: Sequence[DraftLine], needed: Sequence[str], maps: Mapping[str, DraftMap]
) -> Iterator[str]:
    yield "      - {p: rdf:type, o: passo:ParticipatoryProcess}"
    yield f"      - {{p: dct:identifier, o: {facts.prefix}-$(id)}}"
    if "comparison" in facts.notes:
        yield f"      # {_comment(facts.notes['comparison'])}"
    if facts.comparison:
        yield f"      - {facts.comparison}"
    yield "      - {p: foaf:isPrimaryTopicOf, mapping: record}"
    yield from _column_lines("process", lines)
    yield from _link_lines("process", needed, maps)


def _record_lines(
    facts: SourceFacts, lines: Sequence[DraftLine], needed: Sequence[str], maps: Mapping[str, DraftMap]
) -> Iterator[str]:
    yield "      - {p: rdf:type, o: passo:ObservatoryRecord}"
    yield "      - {p: foaf:primaryTopic, mapping: process}"
    if len(facts.id_from) == 1 and facts.id_from[0] != LINE_NUMBER:
        yield f"      - {{p: dct:identifier, from: {scalar(facts.id_from[0])}, convert: string}}"
    else:
        yield "      - {p: dct:identifier, o: $(id)}"
    yield "      - {p: dct:source, o: $(site)}"
    yield "      - {p: dct:license, o: $(licence)}"
    yield "      - {p: passo:observatory, o: $(observatory)}"
    yield from _column_lines("record", lines)
    yield from _link_lines("record", needed, maps)


def _condition(name: str, lines: Sequence[DraftLine], needed: Sequence[str], maps: Mapping[str, DraftMap]) -> str:
    """The condition by which a map that links to others exists wherever one of them does; empty for any other map."""
    reached = [name]
    for each in reached:
        reached += (other for other in needed if maps[other].linked_from == each)
    labels = dict.fromkeys(label for line in lines if line.map in reached for label in line.labels)
    return f"when: [{', '.join(map(scalar, labels))}]" if len(reached) > 1 else ""


def _map_lines(
    name: str, facts: SourceFacts, lines: Sequence[DraftLine], needed: Sequence[str], maps: Mapping[str, DraftMap]
) -> Iterator[str]:
    yield from (f"      - {_fill(line, facts)}" for line in maps[name].first)
    yield from _column_lines(name, lines)
    yield from (f"      - {_fill(line, facts)}" for line in maps[name].last)
    yield from _link_lines(name, needed, maps)


def _column_lines(name: str, lines: Sequence[DraftLine]) -> Iterator[str]:
    for line in lines:
        if line.map == name:
            if line.comment:
                kind = "" if line.comment.startswith(TO_BE_DECIDED) else "guess: "
                yield f"      # {kind}{_comment(line.comment)}"
            if line.text:
                yield f"      - {line.text}"


def _link_lines(name: str, needed: Sequence[str], maps: Mapping[str, DraftMap]) -> Iterator[str]:
    for each in needed:
        if maps[each].linked_from == name:
            yield f"      - {{p: {maps[each].p}, mapping: {each}}}"


def _fill(template: str, facts: SourceFacts) -> str:
    return template.replace("$(prefix)", facts.prefix)


def _ignored_lines(ignored: Mapping[str, tuple[str, Sequence[str]]]) -> Iterator[str]:
    if not ignored:
        yield "ignore: {}"
        return
    yield "# Not published until it is decided. To map a column, delete its line here and put it below `po:` of the map that is named."
    yield "ignore:"
    for label, (reason, suggestions) in ignored.items():
        yield f"  {scalar(label)}: {scalar(_comment(reason))}"
        yield from (f"    # perhaps {_comment(each)}" for each in suggestions)


# ------------------------------------------------------------------------------------------------------- reference.ttl


def reference_ttl(facts: SourceFacts) -> str:
    """The text of reference.ttl: the observatory, by the name that the person stated, else by the title of the source."""
    name = facts.observatory or facts.title
    question = "" if facts.observatory else f"    # {TO_BE_DECIDED}: who describes these processes?"
    homepage = f" ;\n    foaf:homepage   <{facts.site}>" if facts.site else ""
    return (
        "# What the records refer to and do not describe themselves. IRIs are relative to the catalogue's base.\n\n"
        "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
        "@prefix org:  <http://www.w3.org/ns/org#> .\n"
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n\n"
        f"<id/organisation/{facts.prefix}-observatory>\n"
        f"    a               org:Organization ;\n"
        f"    skos:prefLabel  {json.dumps(name, ensure_ascii=False)}@{facts.language}{homepage} .{question}\n"
    )
