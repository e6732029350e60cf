"""Write a draft as a person would: one line a column, the evidence beside a guess, the question where a person decides."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from passo_lod.drafting.hints import DraftMap, MappingTarget
from passo_lod.drafting.matching import Match
from passo_lod.sources.source_settings import UNDECIDED

TO_BE_DECIDED = "to be decided"
"""What stands in a draft wherever a person decides."""


@dataclass(frozen=True)
class SourceFacts:
    """What a draft says of its source as a whole; `None` is what nobody told and nothing tells.

    Attributes:
        notes: for a setting, how it came to be guessed, or what the person is asked.
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
    currency: str
    id_pattern: str
    id_from: str | None
    reader: str
    files: str
    layout: Mapping[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)


def scalar(text: str) -> str:
    """A text as a YAML scalar, in quotes where it needs them, also within brackets.

    >>> scalar("Costo totale"), scalar("Coût (€): 1, 2"), scalar("@title"), scalar("d'avvio")
    ('Costo totale', "'Coût (€): 1, 2'", "'@title'", "d'avvio")
    """
    if re.fullmatch(r"[^\W_][\w '’().%€/°+-]*", text) and text == text.strip() and not re.search(r"\s#|:\s|:$", text):
        return text
    if text.isprintable() and text:
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(sign: str) -> str:
    """A character within double quotes (YAML 1.1, 5.7)."""
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    return (
        f"\\x{ord(sign):02x}" if sign < "\x80" else f"\\u{ord(sign):04x}" if sign <= "\uffff" else f"\\U{ord(sign):08x}"
    )


def _comment(text: str) -> str:
    return " ".join(re.sub(r"[^\S ]|[^\w\W]", " ", text if text.isprintable() else repr(text)[1:-1]).split())


# --------------------------------------------------------------------------------------------------------- source.yaml


def source_yaml(facts: SourceFacts, seen: str) -> str:
    """The source.yaml of a draft."""
    organisation = f"id/organisation/{facts.prefix}-observatory"
    lines = [
        f"# Drafted by `passo-lod new-source {facts.name}` from {_comment(seen)}.",
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
        *([f"id-from: {scalar(facts.id_from)}{_note(facts, 'id-from')}"] if facts.id_from else []),
        f"id: {_quoted(facts.id_pattern)}",
        "",
        "layout:",
        *_layout(facts.layout, "  "),
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _note(facts: SourceFacts, key: str) -> str:
    return f"    # {_comment(facts.notes[key])}" if key in facts.notes else ""


def _layout(block: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in block.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{scalar(str(key))}:"
            yield from _layout(value, indent + "  ")
        elif isinstance(value, (list, tuple)) and value:
            yield f"{indent}{scalar(str(key))}:"
            yield from (f"{indent}  - {scalar(str(item))}" for item in value)
        elif value:
            yield f"{indent}{scalar(str(key))}: {scalar(str(value))}"


# -------------------------------------------------------------------------------------------------------- mapping.yaml


@dataclass(frozen=True)
class DraftLine:
    """A line of a drafted mapping, and what was guessed of it."""

    map: str
    text: str
    guess: str = ""


def line_of(match: Match, facts: SourceFacts) -> DraftLine:
    """The line that a matched column becomes."""
    target, column = match.target, match.column
    guess = "" if match.sure else f"{column.name!r} is {target.p}, because {match.because}"
    return DraftLine(target.map, _line(target, match, facts), guess)


def _line(target: MappingTarget, match: Match, facts: SourceFacts) -> str:
    names = ", ".join(map(scalar, match.labels))
    parts = [f"p: {target.p}", f"from: [{names}]" if match.also else f"from: {names}"]
    if match.fit.split and not match.column.column.items:
        parts.append(f"split: {json.dumps(match.fit.split)}")
    if target.reads == "concept":
        parts.append(f"concept: {match.fit.by}")
        meanings = ((text, code) for code, texts in match.fit.words.items() for text in texts)
        values = ", ".join(
            f"{scalar(text)}: {_quoted(code) if code in ('yes', 'no') else code}" for text, code in meanings
        )
        parts += [f"values: {{{values}}}"] if values else []
        # A process has one status, so that a record whose status is empty states that it is not known.
        parts += ["default: cvl:answer/not-stated"] if target.name == "status" else []
    else:
        parts.append(f"convert: {match.fit.by if target.reads not in ('place', 'organisation') else target.reads}")
    return "{" + ", ".join(parts) + "}"


def suggestion(match: Match, facts: SourceFacts) -> str:
    """A line that a column could become, for a comment."""
    return f"{match.target.map}: {_line(match.target, match, facts)}"


def mapping_yaml(
    facts: SourceFacts,
    lines: Sequence[DraftLine],
    maps: Mapping[str, DraftMap],
    ignored: Mapping[str, tuple[str, Sequence[str]]],
    when: str,
    seen: str,
) -> str:
    """The mapping.yaml of a draft.

    Args:
        facts: the source.
        lines: the lines of the matched columns.
        maps: the maps that may be needed beside process and record.
        ignored: columns left to the person: why, and lines they could become.
        when: the label whose value makes a record exist.
        seen: what was looked into.
    """
    needed = _needed(lines, maps)
    blocks = [
        f"# Drafted by `passo-lod new-source {facts.name}` from {_comment(seen)}.\n"
        "# A `guess` is to be read and confirmed; what stands under `ignore` is not published until a person maps it. The keys are\n"
        "# explained in docs/mapping.md, and after every change `passo-lod check` says what is still wrong.\n\n"
        "missing-values: record\n\nmappings:\n",
        _map("process", f"id/process/{facts.prefix}-$(id)", _process(facts, lines, needed, maps)),
        _map(
            "record",
            f"doc/process/{facts.prefix}-$(id)",
            _record(facts, lines, needed, maps),
            f"when: [{scalar(when)}]",
        ),
        *(_map(name, _fill(maps[name].s, facts), _further(name, facts, lines, needed, maps)) for name in needed),
    ]
    return "\n".join(blocks) + "\n" + "\n".join(_ignored(ignored)) + "\n"


def _needed(lines: Iterable[DraftLine], maps: Mapping[str, DraftMap]) -> list[str]:
    """The maps that have a line, and those over which they are reached."""
    used = {line.map for line in lines} - {"process", "record"}
    for name in sorted(used):
        while (over := maps[name].linked_from) in maps:
            used.add(over)
            name = over
    return [name for name in maps if name in used]


def _map(name: str, subject: str, lines: Iterable[str], condition: str = "") -> str:
    head = [f"  {name}:", f"    s: {subject}", *([f"    {condition}"] if condition else []), "    po:"]
    return "\n".join([*head, *lines]) + "\n"


def _process(
    facts: SourceFacts, lines: Sequence[DraftLine], needed: Sequence[str], maps: Mapping[str, DraftMap]
) -> Iterator[str]:
    yield "      - {p: rdf:type, o: passo:ParticipatoryProcess}"
    yield f"      - {{p: dct:identifier, o: {facts.prefix}-$(id)}}"
    if "comparison" in facts.notes:
        yield f"      # {_comment(facts.notes['comparison'])}"
    yield f"      - {facts.comparison}"
    yield "      - {p: foaf:isPrimaryTopicOf, mapping: record}"
    yield from _columns("process", lines)
    yield from _links("process", needed, maps)


def _record(
    facts: SourceFacts, lines: Sequence[DraftLine], needed: Sequence[str], maps: Mapping[str, DraftMap]
) -> Iterator[str]:
    yield "      - {p: rdf:type, o: passo:ObservatoryRecord}"
    yield "      - {p: foaf:primaryTopic, mapping: process}"
    if facts.id_from:
        yield f"      - {{p: dct:identifier, from: {scalar(facts.id_from)}, convert: string}}"
    else:
        yield "      - {p: dct:identifier, o: $(id)}"
    yield "      - {p: dct:source, o: $(site)}"
    yield "      - {p: dct:license, o: $(licence)}"
    yield "      - {p: passo:observatory, o: $(observatory)}"
    yield from _columns("record", lines)
    yield from _links("record", needed, maps)


def _further(
    name: str, facts: SourceFacts, lines: Sequence[DraftLine], needed: Sequence[str], maps: Mapping[str, DraftMap]
) -> Iterator[str]:
    yield from (f"      - {_fill(line, facts)}" for line in maps[name].first)
    yield from _columns(name, lines)
    yield from (f"      - {_fill(line, facts)}" for line in maps[name].last)
    yield from _links(name, needed, maps)


def _columns(name: str, lines: Sequence[DraftLine]) -> Iterator[str]:
    for line in lines:
        if line.map == name:
            if line.guess:
                kind = "" if line.guess.startswith(TO_BE_DECIDED) else "guess: "
                yield f"      # {kind}{_comment(line.guess)}"
            if line.text:
                yield f"      - {line.text}"


def _links(name: str, needed: Sequence[str], maps: Mapping[str, DraftMap]) -> Iterator[str]:
    for each in needed:
        if maps[each].linked_from == name:
            yield f"      - {{p: {maps[each].p}, mapping: {each}}}"


def _fill(template: str, facts: SourceFacts) -> str:
    return template.replace("$(prefix)", facts.prefix).replace("$(currency)", facts.currency)


def _ignored(ignored: Mapping[str, tuple[str, Sequence[str]]]) -> Iterator[str]:
    if not ignored:
        yield "ignore: {}"
        return
    yield "# Not published until it is decided. To map one, take its line away here and put it below `po:` of the map that is named."
    yield "ignore:"
    for label, (why, suggestions) in ignored.items():
        yield f"  {scalar(label)}: {scalar(_comment(why))}"
        yield from (f"    # perhaps {_comment(each)}" for each in suggestions)


# ------------------------------------------------------------------------------------------------------- reference.ttl


def reference_ttl(facts: SourceFacts) -> str:
    """The reference.ttl of a draft: the observatory, by the name that the person gave, or by that of the source."""
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
