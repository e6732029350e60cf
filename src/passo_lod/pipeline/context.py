"""What every record is mapped and validated with: the vocabulary, the places, the shapes, and the mapping of its source."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad

from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError, VocabularyError
from passo_lod.mapping import triples_map
from passo_lod.mapping.concepts import ConceptSchemes
from passo_lod.mapping.converters import converters
from passo_lod.mapping.mapper import Mapper, Vocabulary
from passo_lod.mapping.organisations import Organisations
from passo_lod.mapping.places import Places, place_quads
from passo_lod.mapping.rdf_passthrough import PassthroughMapper, matches
from passo_lod.namespaces import PREFIXES, RDF, SKOS, VOCABULARY, curie
from passo_lod.release.tables.record_rows import SharedDescriptions
from passo_lod.sources.source import Source
from passo_lod.validation.validator import Validator

_Node = NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True)
class PipelineContext:
    """What every record is mapped and validated with, opened once."""

    catalog: Catalog
    schemes: ConceptSchemes
    places: Places
    vocabulary: Vocabulary
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
        places = Places.open(catalog.places)
        ontology = [quad for quad in quads if quad.graph_name == NamedNode(VOCABULARY + "onto")]
        return cls(
            catalog=catalog,
            schemes=ConceptSchemes.open(catalog.ontology / "schemes"),
            places=places,
            vocabulary=Vocabulary.of(ontology),
            validator=Validator.open(catalog.shapes, _background(quads)),
            vocabulary_quads=quads,
            place_quads=tuple(place_quads(catalog.base, places, NamedNode(catalog.base + "dataset/places"))),
        )

    @cached_property
    def background(self) -> SharedDescriptions:
        """Vocabulary and places, as the rows of tables refer to them."""
        return SharedDescriptions([*self.vocabulary_quads, *self.place_quads])

    def places_in(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """The description of the places that quads refer to, and of those that these lie in."""
        start = f"{self.catalog.base}id/place/"
        named = {
            quad.object for quad in quads if isinstance(quad.object, NamedNode) and quad.object.value.startswith(start)
        }
        for place in sorted(self._with_those_around(named), key=str):
            yield from self._quads_of_place.get(place, ())

    @cached_property
    def _quads_of_place(self) -> dict[_Node, list[Quad]]:
        """The description of each place, sorted out once for all batches."""
        by_place: dict[_Node, list[Quad]] = {}
        for quad in self.place_quads:
            by_place.setdefault(quad.subject, []).append(quad)
        return by_place

    def _with_those_around(self, named: Iterable[_Node]) -> set[_Node]:
        """The places named and all that they lie in."""
        found: set[_Node] = set()
        todo = list(named)
        while todo:
            place = todo.pop()
            if place not in found:
                found.add(place)
                described = self._quads_of_place.get(place, ())
                todo += (quad.object for quad in described if quad.predicate.value.endswith("situatedWithin"))
        return found


def _vocabulary_quads(folder: Path) -> Iterator[Quad]:
    """The ontology, each scheme and each alignment, in a named graph of its own."""
    yield from _turtle(folder / "passo.ttl", NamedNode(VOCABULARY + "onto"))
    for path in sorted(folder.glob("schemes/*.ttl")):
        yield from _turtle(path, NamedNode(f"{VOCABULARY}controlled-vocabulary/{path.stem}"))
    for path in sorted(folder.glob("alignments/*.ttl")):
        yield from _turtle(path, NamedNode(f"{VOCABULARY}alignment/{path.stem}"))


def _turtle(path: Path, graph: NamedNode, base: str | None = None) -> Iterator[Quad]:
    try:
        for quad in ox.parse(path=str(path), base_iri=base):
            yield Quad(quad.subject, quad.predicate, quad.object, graph)
    except (SyntaxError, OSError) as problem:
        raise VocabularyError(f"{path}: {problem}") from problem


_OF_CONCEPTS = frozenset({RDF.type, SKOS.inScheme, SKOS.broadMatch, SKOS.closeMatch, SKOS.exactMatch})


def _background(quads: Iterable[Quad]) -> list[Quad]:
    """What the shapes for records ask of concepts: their scheme and their band; their labels are not data here."""
    return [quad for quad in quads if quad.predicate in _OF_CONCEPTS]


# ------------------------------------------------------------------------------------------------------------ a source


@dataclass(frozen=True)
class SourcePipeline:
    """One source with its mapper: what turns its files into quads and results."""

    source: Source
    mapper: Mapper | PassthroughMapper
    reference: tuple[Quad, ...]

    @classmethod
    def open(cls, folder: Path, workshop: PipelineContext) -> "SourcePipeline":
        """The source of a folder, with its mapping and its reference data.

        Raises:
            PassoError: source.yaml, mapping.yaml or reference.ttl is wrong.
        """
        source = Source.open(folder)
        base = workshop.catalog.base
        graph = NamedNode(f"{base}dataset/{source.name}")
        reference = folder / "reference.ttl"
        return cls(
            source,
            _mapper(source, workshop, graph) if source.is_mapped else _taker(source, workshop, graph),
            tuple(_turtle(reference, graph, base)) if os.path.lexists(reference) else (),
        )


def _mapper(source: Source, workshop: PipelineContext, graph: NamedNode) -> Mapper:
    base = workshop.catalog.base
    place = workshop.places.by_code(source.region)
    if place is None or place.kind not in ("region", "country"):
        raise PassoError(f"{source.folder / 'source.yaml'}: no region or country has the code {source.region!r}")
    table = converters(source.language, source.site)
    constants = {"licence": source.licence, "observatory": source.observatory, "site": source.site}
    known = triples_map.KnownNames(
        labels=source.names,
        converters={*table, *triples_map.LOOK_UPS},
        schemes=workshop.schemes.codes,
        constants=constants,
        variables=source.id_pattern.groupindex,
        organisation_types=workshop.schemes.codes_in("organisation-type"),
    )
    mapping = triples_map.load(source.folder / "mapping.yaml", known)
    organisations = Organisations(
        mapping.organisations, base, source.prefix, source.language, workshop.places, source.region
    )
    return Mapper(
        mapping=mapping,
        base=base,
        graph=graph,
        converters=table,
        schemes=workshop.schemes,
        places=workshop.places,
        region=source.region,
        organisations=organisations,
        vocabulary=workshop.vocabulary,
    )


def _taker(source: Source, workshop: PipelineContext, graph: NamedNode) -> PassthroughMapper:
    """For a source of RDF, whose records are taken as they are."""
    above = {each for supers in workshop.vocabulary.super_properties.values() for each in supers}
    return PassthroughMapper(
        base=workshop.catalog.base,
        graph=graph,
        licence=source.licence,
        vocabulary=workshop.vocabulary,
        places=workshop.places,
        ours=frozenset(quad.subject for quad in workshop.vocabulary_quads),
        properties=frozenset({*_terms(workshop.catalog.ontology / "context.jsonld"), *above, RDF.type}),
        elsewhere=matches(workshop.place_quads),
    )


def _terms(context: Path) -> Iterator[NamedNode]:
    """What the JSON-LD context has words for: all that our data says."""
    definitions = json.loads(context.read_text(encoding="utf-8"))["@context"].values()
    names = (str(each.get("@id", "")) if isinstance(each, dict) else str(each) for each in definitions)
    return (curie(name) for name in names if name.partition(":")[0] in PREFIXES)
