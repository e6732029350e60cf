"""Open what all records are mapped and validated with: vocabulary, places, shapes, and the mapping of each source."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.canonical_literals import canonical_quads
from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError, VocabularyError
from passo_lod.mapping.concepts import ConceptSchemes
from passo_lod.mapping.converters.conversion import Converter
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.mapping.mapper import Mapper
from passo_lod.mapping.organisations import GENERAL_RULES, OrganisationResolver
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import code_abroad, place_quads
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.rdf_passthrough import PassthroughMapper, subjects_by_match
from passo_lod.mapping.rdfs_entailment import RdfsEntailment
from passo_lod.mapping.yarrrml.mapping_parser import LOOKUP_CONVERTERS, parse_mapping, parse_organisation_rules
from passo_lod.mapping.yarrrml.mapping_terms import KnownNames
from passo_lod.namespaces import PASSO, PREFIXES, RDF, SCHEMA, SKOS, VOCABULARY, XSD, curie, shorten
from passo_lod.release.tables.shared_descriptions import SharedDescriptions
from passo_lod.sources.source import Source
from passo_lod.term_labels import TermLabels
from passo_lod.validation.validator import Validator

_Node = NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True)
class PipelineContext:
    """Vocabulary, places and shapes, opened once for all sources.

    Attributes:
        entailment: what the ontology entails.
        labels: the names of terms and concepts, for messages.
        vocabulary_quads: ontology, concept schemes and alignments, each in its named graph.
        place_quads: the description of every country and place of Italy, in the graph of the dataset `places`.
    """

    catalog: Catalog
    schemes: ConceptSchemes
    places: PlaceIndex
    entailment: RdfsEntailment
    labels: TermLabels
    validator: Validator
    vocabulary_quads: tuple[Quad, ...]
    place_quads: tuple[Quad, ...]

    @classmethod
    def open(cls, catalog: Catalog) -> "PipelineContext":
        """Read ontology, schemes, alignments, shapes and places.

        Raises:
            PassoError: a file of them is missing or wrong.
        """
        quads = tuple(_vocabulary_quads(catalog.ontology))
        places = PlaceIndex.open(catalog.places)
        labels = TermLabels.of(quads)
        ontology = [quad for quad in quads if quad.graph_name == NamedNode(VOCABULARY + "onto")]
        return cls(
            catalog=catalog,
            schemes=ConceptSchemes.open(catalog.ontology),
            places=places,
            entailment=RdfsEntailment.of(ontology),
            labels=labels,
            validator=Validator.open(catalog.shapes, _concept_statements(quads), labels),
            vocabulary_quads=quads,
            place_quads=_place_quads(catalog.base, places),
        )

    @cached_property
    def background(self) -> SharedDescriptions:
        """Vocabulary and places, as table rows refer to them."""
        return SharedDescriptions([*self.vocabulary_quads, *self.place_quads], self.quads_of_place)

    def places_in(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """Describe the places that quads refer to, and all places that contain them."""
        start = f"{self.catalog.base}id/place/"
        places = {
            quad.object for quad in quads if isinstance(quad.object, NamedNode) and quad.object.value.startswith(start)
        }
        for place in sorted(self._with_containing_places(places), key=str):
            yield from self.quads_of_place(place.value)

    def places_abroad(self, local_names: Iterable[str]) -> Iterator[Quad]:
        """Describe places outside Italy, each given by the local name of its IRI, and the subdivisions that contain them."""
        start = f"{self.catalog.base}id/place/"
        places = self._with_containing_places(NamedNode(start + name) for name in local_names)
        for place in sorted(places, key=str):
            if code_abroad(place.value.removeprefix(start)):
                yield from self.quads_of_place(place.value)

    def quads_of_place(self, iri: str) -> Sequence[Quad]:
        """The description of a place; empty if the IRI is that of no known place."""
        start = f"{self.catalog.base}id/place/"
        if iri not in self._quads_by_place and iri.startswith(start):
            code = code_abroad(iri.removeprefix(start))
            place = self.places.by_code(code) if code else None
            self._quads_by_place[iri] = list(_place_quads(self.catalog.base, [place])) if place else []
        return self._quads_by_place.get(iri, ())

    @cached_property
    def _quads_by_place(self) -> dict[str, list[Quad]]:
        """The description of each country, place of Italy and place abroad that was asked for, by its IRI."""
        by_place: dict[str, list[Quad]] = {}
        for quad in self.place_quads:
            by_place.setdefault(cast(NamedNode, quad.subject).value, []).append(quad)
        return by_place

    def _with_containing_places(self, places: Iterable[NamedNode]) -> set[NamedNode]:
        """The given places and, transitively, the places that they are situated within."""
        found: set[NamedNode] = set()
        pending = list(places)
        while pending:
            place = pending.pop()
            if place not in found:
                found.add(place)
                within = (each for each in self.quads_of_place(place.value) if each.predicate == _WITHIN)
                pending += (cast(NamedNode, quad.object) for quad in within)
        return found


_WITHIN = curie("clvapit:situatedWithin")


def _place_quads(base: str, places: Iterable[Place]) -> tuple[Quad, ...]:
    """Describe places in the graph of the dataset `places`."""
    return canonical_quads(place_quads(base, places, NamedNode(base + "dataset/places")))


def _vocabulary_quads(folder: Path) -> Iterator[Quad]:
    """The ontology, each scheme and each alignment, in a named graph of its own."""
    yield from _turtle(folder / "passo.ttl", NamedNode(VOCABULARY + "onto"))
    for path in sorted(folder.glob("schemes/*.ttl")):
        yield from _turtle(path, NamedNode(f"{VOCABULARY}controlled-vocabulary/{path.stem}"))
    for path in sorted(folder.glob("alignments/*.ttl")):
        yield from _turtle(path, NamedNode(f"{VOCABULARY}alignment/{path.stem}"))
    yield from _skolemized(_turtle(folder / "comparison.ttl", NamedNode(VOCABULARY + "comparison")))


def _turtle(path: Path, graph: NamedNode, base: str | None = None) -> Iterator[Quad]:
    try:
        triples = ox.parse(path=str(path), base_iri=base)
        yield from canonical_quads(Quad(each.subject, each.predicate, each.object, graph) for each in triples)
    except (SyntaxError, OSError) as problem:
        raise VocabularyError(f"{path}: {problem}") from problem


def _skolemized(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Replace blank nodes by IRIs that number them within their graph, so that the same file gives the same statements."""
    iris: dict[_Node, NamedNode] = {}
    for quad in quads:
        for node in (quad.subject, quad.object):
            if isinstance(node, ox.BlankNode):
                iris.setdefault(node, NamedNode(f"{quad.graph_name.value}#{len(iris) + 1}"))  # type: ignore[union-attr]
        subject, value = (iris.get(node, node) for node in (quad.subject, quad.object))
        yield Quad(subject, quad.predicate, value, quad.graph_name)  # type: ignore[arg-type]


_CONCEPT_PREDICATES = frozenset(
    {RDF.type, SKOS.inScheme, SKOS.broadMatch, SKOS.closeMatch, SKOS.exactMatch, SCHEMA.worstRating, SCHEMA.bestRating}
)


def _concept_statements(quads: Iterable[Quad]) -> list[Quad]:
    """The statements about concepts that record shapes refer to: class, scheme, matches and scale, without labels."""
    return [quad for quad in quads if quad.predicate in _CONCEPT_PREDICATES]


# ------------------------------------------------------------------------------------------------------------ a source


@dataclass(frozen=True)
class SourcePipeline:
    """One source with its mapper and reference data.

    Attributes:
        reference: the quads of its `reference.ttl`.
    """

    source: Source
    mapper: Mapper | PassthroughMapper
    reference: tuple[Quad, ...]

    def other_inputs(self) -> tuple[str, ...]:
        """The files, below the source's folder, on which the result for every record depends, besides those with fixed names.

        A record depends on the tables of its look-ups. In a source with joins, what is wrong with the joined files is reported with
        one record, and depends on all of them.
        """
        tables = self.mapper.mapping.lookup_files if isinstance(self.mapper, Mapper) else ()
        joined = [*self.source.joined_paths(), *self.source.paths()] if self.source.joins else []
        return (*tables, *(path.relative_to(self.source.folder).as_posix() for path in joined))

    @classmethod
    def open(cls, folder: Path, context: PipelineContext) -> "SourcePipeline":
        """Open the source in a folder.

        Raises:
            PassoError: source.yaml, mapping.yaml or reference.ttl is wrong.
        """
        source = Source.open(folder)
        base = context.catalog.base
        graph = NamedNode(f"{base}dataset/{source.name}")
        path = folder / "reference.ttl"
        reference = tuple(_turtle(path, graph, base)) if os.path.lexists(path) else ()
        mapped = source.is_mapped
        mapper = _mapper(source, context, graph, reference) if mapped else _passthrough(source, context, graph)
        return cls(source, mapper, reference)


def _mapper(source: Source, context: PipelineContext, graph: NamedNode, reference: Iterable[Quad]) -> Mapper:
    base = context.catalog.base
    place = context.places.by_code(source.region)
    if place is None or place.kind not in ("region", "country"):
        raise PassoError(f"{source.folder / 'source.yaml'}: no region or country has the code {source.region!r}")
    table = converters(source.language, source.site)
    constants = {"licence": source.licence, "observatory": source.observatory, "site": source.site}
    known = KnownNames(
        labels=source.labels,
        converters={*table, *LOOKUP_CONVERTERS},
        conventions={name: each.convention for name, each in table.items() if each.convention},
        schemes=context.schemes.codes,
        constants=constants,
        variables=source.id_pattern.groupindex,
        organisation_types=context.schemes.codes_in("organisation-type"),
        numeric_converters={name for name, converter in table.items() if _gives_numbers(converter)},
        vocabulary={
            shorten(subject.value)
            for quad in context.vocabulary_quads
            if isinstance(subject := quad.subject, NamedNode) and subject.value.startswith(PASSO.iri)
        },
    )
    mapping = parse_mapping(source.folder / "mapping.yaml", known)
    general = parse_organisation_rules(GENERAL_RULES, replace(known, constants={"prefix": source.prefix}))
    rules = (*mapping.organisation_rules, *general)
    organisations = OrganisationResolver(rules, base, source.prefix, source.language, context.places, source.region)
    return Mapper(
        mapping=mapping,
        base=base,
        graph=graph,
        converters=table,
        schemes=context.schemes,
        places=context.places,
        region=source.region,
        language=source.language,
        labels=context.labels,
        organisations=organisations,
        entailment=context.entailment,
        described=frozenset(quad.subject for quad in reference if isinstance(quad.subject, NamedNode)),
    )


def _gives_numbers(converter: Converter) -> bool:
    term = converter.convert(converter.example)
    return isinstance(term, Literal) and term.datatype in (XSD.decimal, XSD.integer)


def _passthrough(source: Source, context: PipelineContext, graph: NamedNode) -> PassthroughMapper:
    """For a source whose records are RDF already."""
    super_properties = {each for supers in context.entailment.super_properties.values() for each in supers}
    return PassthroughMapper(
        base=context.catalog.base,
        graph=graph,
        licence=source.licence,
        entailment=context.entailment,
        places=context.places,
        vocabulary_subjects=frozenset(quad.subject for quad in context.vocabulary_quads),
        known_properties=frozenset({*_terms(context.catalog.ontology / "context.jsonld"), *super_properties, RDF.type}),
        places_by_match=subjects_by_match(context.place_quads),
    )


def _terms(path: Path) -> Iterator[NamedNode]:
    """The terms of the JSON-LD context: every class and property that our data uses."""
    try:
        definitions = json.loads(path.read_text(encoding="utf-8"))["@context"].values()
    except (OSError, ValueError, KeyError) as problem:
        raise VocabularyError(f"{path}: should be a JSON-LD context, {{'@context': …}} ({problem})") from problem
    names = (str(each.get("@id", "")) if isinstance(each, dict) else str(each) for each in definitions)
    return (curie(name) for name in names if name.partition(":")[0] in PREFIXES)
