"""Parse a mapping.yaml into a `SourceMapping`: which fields of a record become which triples, in keys for domain experts.

`prefixes`, `mappings`, `s`, `po`, `p`, `o` and `$(…)` are YARRRML's (https://rml.io/yarrrml/spec/); `from`, `convert`,
`split`, `concept`, `each` and `ignore` are ours (docs/decisions/0002-mapping-in-yaml.md; reference in docs/mapping.md).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from passo_lod import yaml_loader
from passo_lod.errors import MappingError
from passo_lod.mapping.converters.converter_registry import MONEY
from passo_lod.mapping.converters.date_converters import ORDER
from passo_lod.mapping.converters.money_converters import CURRENCY_CODES
from passo_lod.mapping.converters.number_converters import DECIMAL_MARK
from passo_lod.mapping.redaction import KINDS
from passo_lod.mapping.yarrrml.lookup_table import LookupTable, LookupTableError
from passo_lod.mapping.yarrrml.mapping_terms import IRI_STARTS, VARIABLE, KnownNames, MappingTerms
from passo_lod.mapping.yarrrml.reachability import reachable_maps
from passo_lod.mapping.yarrrml.triples_map import (
    Condition,
    Fallback,
    Iteration,
    Operation,
    OrganisationRule,
    PlaceReference,
    PredicateObjectMap,
    SourceMapping,
    TriplesMap,
)
from passo_lod.namespaces import CVL
from passo_lod.text_folding import fold
from passo_lod.yaml_loader import YamlMapping, YamlSequence, YamlText

LOOKUP_CONVERTERS = ("place", "place-level", "organisation")
"""Converters that look a name up, beside those of `converters.converters`."""

_PLACE_KINDS = ("municipality", "province", "region")
_ORGANISATION_KEYS = ("match", "iri", "types", "label", "legal-status", "place", "in", "kind", "ipa-code")
_ANSWERS = "cvl:answer/"
_KNOWN_ANSWERS = (f"{_ANSWERS}yes", f"{_ANSWERS}no")
_LOCATION_KINDS = ("region", "place", "level", "text")
_OPERATIONS = ("sum", "difference")
_OBJECT_KEYS = ("o", "from", "value", "mapping", "locate", *_OPERATIONS)
_CONVENTION_KEYS = (ORDER, DECIMAL_MARK)
_CURRENCY_KEYS = ("currency", "currency-from")
_OPTION_KEYS = (
    "convert",
    "concept",
    "split",
    "else",
    "only",
    "compare",
    "language",
    "default",
    "values",
    "mask",
    "inferred",
    "when",
    "lookup",
    *_CONVENTION_KEYS,
    *_CURRENCY_KEYS,
)
_DEPENDENT_KEYS = (
    ("split", ("from",)),
    ("else", ("concept",)),
    ("only", ("from", "value")),
    ("language", ("convert",)),
    ("default", ("from",)),
    ("values", ("concept",)),
    ("mask", ("convert",)),
    ("lookup", ("from", "value")),
    ("inferred", ("from", "value", "mapping")),
)
"""Keys of a predicate-object map, each with those of which it needs one."""

_LOOKUP_KEYS = ("file", "key", "value")
_DESCRIBED = ("required", "optional")
_EXCLUSIVE_ITERATION_KEYS = (
    ("labels", "split"),
    ("labels", "find"),
    ("labels", "parse"),
    ("labels", "headings"),
    ("headings", "split"),
    ("headings", "find"),
    ("headings", "parse"),
    ("find", "split"),
    ("find", "parse"),
)


def parse_mapping(path: Path, known: KnownNames) -> SourceMapping:
    """Read and check a mapping.yaml.

    Raises:
        MappingError: the file cannot be read or refers to something unknown; the message names file, line, and what is known.
    """
    return _MappingParser(path, known).parse(yaml_loader.load(path, MappingError))


def parse_organisation_rules(path: Path, known: KnownNames) -> tuple[OrganisationRule, ...]:
    """Read and check a file that has rules for organisations only, such as `organisation_rules.yaml`.

    Raises:
        MappingError: as `parse_mapping`.
    """
    return _MappingParser(path, known).organisation_rules(yaml_loader.load(path, MappingError))


class _MappingParser(MappingTerms):
    def parse(self, root: YamlMapping) -> SourceMapping:
        self.check_keys(root, ("prefixes", "mappings", "organisations", "missing-values", "mask", "ignore"))
        self.add_prefixes(self.require_mapping(root.get("prefixes", YamlMapping()), "prefixes", root))
        maps = self.require_mapping(root.get("mappings"), "mappings", root)
        ignored = self.require_mapping(root.get("ignore", YamlMapping()), "ignore", root)
        mapping = SourceMapping(
            path=self.path,
            triples_maps={
                str(name): self._triples_map(name, self.require_mapping(block, name, maps), maps)
                for name, block in maps.items()
            },
            ignored_labels={str(label): str(reason) for label, reason in ignored.items()},
            organisation_rules=self.organisation_rules(root),
            missing_value_map=self._map_name(root["missing-values"], maps) if "missing-values" in root else None,
            redacted_kinds=self._redacted_kinds(root),
        )
        self._check_ignored(mapping, ignored)
        self._check_complete(mapping)
        self._check_inferred(mapping, root)
        self._check_existence(mapping, maps)
        self._check_reachability(mapping, maps)
        return mapping

    def _redacted_kinds(self, root: YamlMapping) -> tuple[str, ...]:
        if "mask" not in root:
            return KINDS
        kinds = self.require_list(root["mask"], "mask")
        return tuple(self.require_one_of(kind, "kind of personal data", KINDS) for kind in kinds)

    def _check_ignored(self, mapping: SourceMapping, ignored: YamlMapping) -> None:
        for label in ignored:
            if label not in self.known.labels:
                raise self.error(label, f"ignores {str(label)!r}, which the source does not list", self.known.labels)
            if label in mapping.mapped_labels:
                raise self.error(label, f"both maps and ignores {str(label)!r}")
            if not ignored[label]:
                raise self.error(label, f"ignores {str(label)!r} without a reason")

    def _check_complete(self, mapping: SourceMapping) -> None:
        """Every label of the source is either mapped or ignored."""
        missing = sorted(set(self.known.labels) - mapping.mapped_labels - set(mapping.ignored_labels))
        if missing:
            names = ", ".join(repr(label) for label in missing)
            raise MappingError(
                f"{self.path}: the source lists {names}; map each, or name it under `ignore` with a reason"
            )

    def _check_inferred(self, mapping: SourceMapping, root: YamlMapping) -> None:
        if mapping.missing_value_map is None and any(each.inferred for each in mapping.predicate_object_maps):
            message = "a line with inferred needs the map of the record, which says so: missing-values"
            raise self.error(root, message, mapping.triples_maps)

    def _check_existence(self, mapping: SourceMapping, maps: YamlMapping) -> None:
        """Every map has a line, a condition or an iteration by which some record can give it a subject."""
        for name in maps:
            if not mapping.triples_maps[name].may_exist:
                linked = [each.parent_map for each in mapping.triples_maps[name].predicate_object_maps]
                parts = ", ".join(repr(each) for each in dict.fromkeys(linked) if each)
                lost = f", so nothing links to what it has under mapping ({parts})" if parts else ""
                raise self.error(
                    name,
                    f"the map {str(name)!r} never exists{lost}: no line of it has a field, and it has neither each nor when; "
                    "name under when the fields that make it exist, such as when: [label]",
                )

    def _check_reachability(self, mapping: SourceMapping, maps: YamlMapping) -> None:
        """Links lead to every map from the process or its record."""
        if not mapping.root_maps:
            raise self.error(
                maps,
                "no map is that of the process; one should have the line {p: rdf:type, o: passo:ParticipatoryProcess}",
            )
        reached = reachable_maps(mapping)
        for name in maps:
            if name not in reached:
                raise self.error(
                    name,
                    f"nothing links to the map {str(name)!r} from the process or its record; "
                    f"a map that is linked to should have a line such as {{p: passo:…, mapping: {name}}}",
                    reached,
                )

    # ------------------------------------------------------------------------------------------------- a triples map

    def _triples_map(self, name: str, block: YamlMapping, maps: YamlMapping) -> TriplesMap:
        self.check_keys(block, ("s", "po", "each", "when", "variables", "described"))
        for key in ("s", "po"):
            if not block.get(key):
                raise self.error(block, f"the map {str(name)!r} should state {key}")
        iteration = self._iteration(self.require_mapping(block["each"], "each", block)) if "each" in block else None
        fields = self._variables(self.require_mapping(block.get("variables", YamlMapping()), "variables", block))
        variables = (*self.known.variables, *_iteration_variables(iteration), *fields)
        items = (self.require_mapping(item, "po", block) for item in self.require_list(block["po"], "po"))
        self._check_one_currency(block)
        return TriplesMap(
            str(name),
            self.iri_template(block["s"], variables, self.known.labels),
            tuple(self._predicate_object_map(item, maps, variables) for item in items),
            iteration,
            self._conditions(block),
            fields,
            self._template_labels(block["s"], variables),
            self.require_one_of(block["described"], "kind of description", _DESCRIBED)
            if "described" in block
            else None,
        )

    def _variables(self, block: YamlMapping) -> dict[str, tuple[str, ...]]:
        for name in block:
            self._check_variable(name)
        return {str(name): self.labels(labels, ()) for name, labels in block.items()}

    def _check_variable(self, name: Any) -> None:
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", str(name)):
            raise self.error(name, f"the variable {str(name)!r} should be in a-z, 0-9 and _, and begin with no figure")

    def _iteration(self, block: YamlMapping) -> Iteration:
        self.check_keys(block, ("from", "split", "find", "parse", "labels", "headings", "sections"))
        if ("from" in block) == ("labels" in block):
            raise self.error(block, "each should state either from or labels")
        for key, other in _EXCLUSIVE_ITERATION_KEYS:
            if key in block and other in block:
                raise self.error(block[other], f"{other} has no effect beside {key}")
        if "sections" in block and "headings" not in block:
            raise self.error(block["sections"], "sections has no effect without headings")
        keys = self.require_mapping(block.get("labels", YamlMapping()), "labels", block)
        for label, key in keys.items():
            self.label(label)
            if not re.fullmatch(r"[a-z0-9-]+", str(key)):
                raise self.error(key, f"the key {str(key)!r} of {str(label)!r} should be in a-z, 0-9 and hyphens")
        return Iteration(
            labels=self.labels(block["from"], ()) if "from" in block else (),
            separator=str(self.require_text(block["split"], "split")) if "split" in block else None,
            item_pattern=self.require_pattern(block["find"]) if "find" in block else None,
            group_pattern=self.require_pattern(block["parse"]) if "parse" in block else None,
            keys={str(label): str(key) for label, key in keys.items()} if keys else None,
            heading_pattern=self.require_pattern(block["headings"]) if "headings" in block else None,
            sections=self._sections(self.require_mapping(block.get("sections", YamlMapping()), "sections", block)),
        )

    def _sections(self, block: YamlMapping) -> dict[str, re.Pattern[str]]:
        for name in block:
            self._check_variable(name)
        return {str(name): self.require_pattern(pattern) for name, pattern in block.items()}

    def _conditions(self, block: YamlMapping) -> tuple[Condition, ...]:
        """Return the conditions of a map or a line, of which one has to hold."""
        return tuple(self._condition(item) for item in self.require_list(block.get("when", YamlSequence()), "when"))

    def _condition(self, item: Any) -> Condition:
        if isinstance(item, YamlText):
            return Condition(self.label(item))
        if not isinstance(item, YamlMapping) or len(item) != 1:
            raise self.error(item, "when should hold labels, or one label with values: Label: [value, another]")
        ((label, values),) = item.items()
        texts = (self.require_text(value, "a value of when") for value in self.require_list(values, str(label)))
        return Condition(self.label(label), tuple(str(text) for text in texts))

    def _map_name(self, name: Any, maps: YamlMapping) -> str:
        return self.require_one_of(name, "map", maps)

    # --------------------------------------------------------------------------------------- a predicate-object map

    def _predicate_object_map(
        self, block: YamlMapping, maps: YamlMapping, variables: Collection[str]
    ) -> PredicateObjectMap:
        self._check_combination(block)
        self._check_value(block)
        self._check_money(block)
        operation = self._operation(block)
        return PredicateObjectMap(
            predicate=self.term(block["p"]),
            constant=self._constant(block["o"], variables) if "o" in block else None,
            datatype=self.term(block["o"][1]) if isinstance(block.get("o"), YamlSequence) else None,
            labels=self.labels(block["from"], variables) if "from" in block else (),
            templates=self._templates(block["value"], variables) if "value" in block else (),
            template_labels=self._template_labels(block.get("value", block.get("o")), variables),
            operation=operation,
            lookup=self._lookup(block["lookup"]) if "lookup" in block else None,
            parent_map=self._map_name(block["mapping"], maps) if "mapping" in block else None,
            converter=self._converter(block["convert"]) if "convert" in block else None,
            **self._convention(block),
            currency=self._currency(block["currency"]) if "currency" in block else None,
            currency_label=self.label(block["currency-from"]) if "currency-from" in block else None,
            scheme=self.require_one_of(block["concept"], "scheme", self.known.schemes) if "concept" in block else None,
            separator=str(self.require_text(block["split"], "split")) if "split" in block else None,
            fallback=self._fallback(self.require_mapping(block["else"], "else", block)) if "else" in block else None,
            allowed=self.require_pattern(block["only"]) if "only" in block else None,
            compare_only=self._yes_or_no(block["compare"]) if "compare" in block else False,
            redacted=self._yes_or_no(block["mask"]) if "mask" in block else True,
            synonyms=self._synonyms(self.require_mapping(block["values"], "values", block))
            if "values" in block
            else {},
            default=self.term(block["default"]) if "default" in block else None,
            conditions=self._conditions(block),
            inferred=self._yes_or_no(block["inferred"]) if "inferred" in block else operation is not None,
            language=str(self.require_text(block["language"], "language")) if "language" in block else None,
            place_reference=self._place_reference(self.require_mapping(block["locate"], "locate", block))
            if "locate" in block
            else None,
        )

    def _convention(self, block: YamlMapping) -> dict[str, Any]:
        """Return how the converter reads texts that can be read in two ways, as attributes of the predicate-object map."""
        name = str(block.get("convert", ""))
        convention = self.known.conventions.get(name)
        for key in _CONVENTION_KEYS:
            if key in block and (convention is None or convention.key != key):
                takers = [each for each, other in self.known.conventions.items() if other.key == key]
                raise self.error(block[key], f"{key} has no effect on a line with convert: {name}", takers)
        if convention is None or convention.key not in block:
            return {}
        value = self.require_one_of(block[convention.key], convention.key, convention.converts)
        return {"convention": value, "convention_key": convention.key}

    def _currency(self, code: Any) -> str:
        if self.require_text(code, "currency") not in CURRENCY_CODES:
            raise self.error(code, f"{str(code)!r} should be the code of a currency, such as EUR (ISO 4217)")
        return str(code)

    def _check_money(self, block: YamlMapping) -> None:
        """Check that only an amount has a currency, and that it belongs to a sum of money."""
        is_money = block.get("convert") == MONEY
        for key in _CURRENCY_KEYS:
            if key in block and not is_money:
                raise self.error(block[key], f"{key} has no effect on a line without convert: {MONEY}")
        if is_money and block["p"] != "schema:value":
            raise self.error(
                block["p"],
                f"convert: {MONEY} states schema:value and schema:currency of a schema:MonetaryAmount; the line should have "
                "p: schema:value and be in a map of its own",
            )

    def _check_one_currency(self, block: YamlMapping) -> None:
        """Check that a map with an amount states no currency besides that of the amount."""
        lines = [each for each in block["po"] if isinstance(each, YamlMapping)]
        if any(each.get("convert") == MONEY for each in lines):
            for each in lines:
                if each.get("p") == "schema:currency":
                    raise self.error(
                        each,
                        f"the line with convert: {MONEY} states the currency; in place of this line it should have "
                        "currency: EUR, or currency-from: a label",
                    )

    def _check_combination(self, block: YamlMapping) -> None:
        """Check the keys of a predicate-object map; one without an effect is a mistake."""
        self.check_keys(block, ("p", *_OBJECT_KEYS, *_OPTION_KEYS))
        if "p" not in block:
            raise self.error(block, "a line should state its predicate: p")
        objects = [key for key in _OBJECT_KEYS if key in block]
        if len(objects) != 1:
            raise self.error(block, f"a line should state one of {', '.join(_OBJECT_KEYS)}, not {objects or 'none'}")
        if objects[0] in _OPERATIONS and ("concept" in block or "convert" not in block):
            raise self.error(
                block, f"a line with {objects[0]} should state convert: the converter that reads its numbers"
            )
        if ("convert" in block) + ("concept" in block) != (objects[0] in ("from", "value", *_OPERATIONS)):
            raise self.error(
                block, "a line with from or value should state one of convert and concept; any other line neither"
            )
        for key, others in _DEPENDENT_KEYS:
            if key in block and not any(other in block for other in others):
                raise self.error(block[key], f"{key} has no effect on a line without {' or '.join(others)}")

    def _check_value(self, block: YamlMapping) -> None:
        """Check that no constant is a reason for absence (docs/decisions/0032-reasons-for-absence.md)."""
        for key in ("o", "default"):
            text = block.get(key)
            if isinstance(text, YamlText) and text.startswith(_ANSWERS) and text not in _KNOWN_ANSWERS:
                raise self.error(
                    text, f"{str(text)!r} is no value but a reason why there is none; leave it out: the record says why"
                )

    def _templates(self, value: Any, variables: Collection[str]) -> tuple[str, ...]:
        items = value if isinstance(value, YamlSequence) else [value]
        return tuple(self.template(item, variables, self.known.labels) for item in items)

    def _template_labels(self, value: Any, variables: Collection[str]) -> tuple[str, ...]:
        """Return the labels that templates name as variables; a variable of the same name comes first."""
        items = value if isinstance(value, YamlSequence) else [value]
        names = dict.fromkeys(name for item in items if item for name in VARIABLE.findall(item))
        return tuple(name for name in names if name not in variables and name not in self.known.constants)

    def _operation(self, block: YamlMapping) -> Operation | None:
        name = next((each for each in _OPERATIONS if each in block), None)
        if name is None:
            return None
        labels = self.require_list(block[name], name)
        if len(labels) < 2:
            raise self.error(labels, f"{name} should hold two labels or more, such as [Costo, Contributo]")
        numeric = self.known.numeric_converters
        if numeric and block["convert"] not in numeric:
            raise self.error(
                block["convert"], f"{name} needs a converter that gives numbers, not {str(block['convert'])!r}", numeric
            )
        return Operation(name, tuple(self.label(label) for label in labels))

    def _lookup(self, value: Any) -> LookupTable:
        """Read a table beside mapping.yaml, of which a text gives the name, and a mapping the columns of keys and values too."""
        names = [value]
        if isinstance(value, YamlMapping):
            self.check_keys(value, _LOOKUP_KEYS)
            names = [value.get(key) or value for key in _LOOKUP_KEYS]
        texts = [str(self.require_text(name, f"each of {', '.join(_LOOKUP_KEYS)} in lookup")) for name in names]
        try:
            return LookupTable.read(self.path.parent, *texts)
        except LookupTableError as error:
            raise self.error(value, f"lookup: {error}") from error

    def _constant(self, value: Any, variables: Collection[str]) -> str:
        """Return a template; YARRRML's pair of a template and a datatype is allowed."""
        if isinstance(value, YamlSequence) and len(value) != 2:
            raise self.error(value, "o should be a template, or a pair of a template and a datatype")
        text = value[0] if isinstance(value, YamlSequence) else value
        template = self.template(text, variables, self.known.labels)
        is_iri = template.startswith(IRI_STARTS)
        return self.iri_template(text, variables, self.known.labels) if is_iri else template

    def _converter(self, name: Any) -> str:
        return self.require_one_of(name, "converter", self.known.converters)

    def _yes_or_no(self, text: Any) -> bool:
        return self.require_one_of(text, "answer", ("yes", "no")) == "yes"

    def _synonyms(self, block: YamlMapping) -> dict[str, str]:
        return {fold(text): str(self.require_text(label, "values")) for text, label in block.items()}

    def _place_reference(self, block: YamlMapping) -> PlaceReference:
        self.check_keys(block, ("as", "country", "province", "city", "scope"))
        if "as" not in block or not block.keys() & {"country", "province", "city"}:
            raise self.error(block, "locate should state as, and at least one of country, province and city")
        labels = {str(key): self.label(label) for key, label in block.items() if key != "as"}
        return PlaceReference(self.require_one_of(block["as"], "kind of location", _LOCATION_KINDS), **labels)

    def _fallback(self, block: YamlMapping) -> Fallback:
        self.check_keys(block, ("p", "convert"))
        if "p" not in block:
            raise self.error(block, "else should state its predicate: p")
        converter = self._converter(block.get("convert", YamlText("text")))
        return Fallback(self.term(block["p"]), converter)

    # ----------------------------------------------------------------------------------------- an organisation rule

    def organisation_rules(self, root: YamlMapping) -> tuple[OrganisationRule, ...]:
        """Return the rules under `organisations`; of a rule those that hold in one country come first."""
        listed = self.require_list(root.get("organisations", YamlSequence()), "organisations")
        blocks = [self.require_mapping(block, "organisations", root) for block in listed]
        return tuple(rule for block in blocks for rule in self._rules_by_country(block))

    def _rules_by_country(self, block: YamlMapping) -> Iterator[OrganisationRule]:
        self.check_keys(block, _ORGANISATION_KEYS)
        for key in ("match", "iri", "types"):
            if key not in block:
                raise self.error(block, f"an organisation rule should state {key}")
        if "in" in block and "place" not in block:
            raise self.error(block["in"], "in needs a place, whose country decides")
        rule = self._organisation_rule(block)
        for country, differences in self.require_mapping(block.get("in", YamlMapping()), "in", block).items():
            values = self.require_mapping(differences, "in", block)
            self.check_keys(values, ("iri", "types", "label", "legal-status", "ipa-code"))
            merged = YamlMapping({**block, **values})
            merged.line = values.line
            yield replace(self._organisation_rule(merged), country=str(country))
        yield rule

    def _organisation_rule(self, block: YamlMapping) -> OrganisationRule:
        pattern = self.require_pattern(block["match"])
        place_kind = self.require_one_of(block["place"], "kind of place", _PLACE_KINDS) if "place" in block else None
        if place_kind and "place" not in pattern.groupindex:
            raise self.error(block["match"], "match should name the part that is the place: (?P<place>…)")
        variables = ("slug", "code") if place_kind else ("slug",)
        return OrganisationRule(
            pattern=pattern,
            iri=self.iri_template(block["iri"], variables),
            types=tuple(self.term(name) for name in self.require_list(block["types"], "types")),
            labels=self._label_templates(block["label"], (*variables, "name")) if "label" in block else {},
            legal_status=NamedNode(self.iri_template(block["legal-status"], ())) if "legal-status" in block else None,
            place_kind=place_kind,
            organisation_type=self._organisation_type(block["kind"]) if "kind" in block else None,
            ipa_code=str(self.require_text(block["ipa-code"], "ipa-code")) if "ipa-code" in block else None,
        )

    def _label_templates(self, value: Any, variables: Collection[str]) -> dict[str | None, str]:
        """Return the templates of a label by language: a text is in the language of the source."""
        if isinstance(value, YamlMapping):
            return {str(language): self.template(text, variables) for language, text in value.items()}
        return {None: self.template(value, variables)}

    def _organisation_type(self, text: YamlText) -> NamedNode:
        code = self.require_one_of(text, "type of organisation", self.known.organisation_types)
        return CVL[f"organisation-type/{code}"]


def _iteration_variables(iteration: Iteration | None) -> tuple[str, ...]:
    """Return the names of the variables that an iteration adds to a map's templates."""
    if iteration is None:
        return ()
    if iteration.keys is not None:
        return ("label", "key")
    patterns = filter(None, (iteration.item_pattern, iteration.group_pattern, iteration.heading_pattern))
    groups = (name for pattern in patterns for name in pattern.groupindex)
    return ("item", "n", *groups, *(("text",) if iteration.heading_pattern else ()), *iteration.sections)
