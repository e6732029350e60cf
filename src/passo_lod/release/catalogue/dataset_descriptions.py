"""What the catalogue describes, gathered before any of it is written down: each dataset with its files, dates, places and terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import FOAF, PREFIXES, SKOS
from passo_lod.release.authority_tables import file_type
from passo_lod.release.content import Content, Dataset
from passo_lod.release.dataset_dates import DatasetDates, day, version
from passo_lod.release.distribution import Distribution
from passo_lod.release.dump.statistics import GraphCounts, GraphStatistics

IPA_CODE = NamedNode(PREFIXES["covapit"] + "IPAcode")

WHOLE, PLACES, VOCABULARY, SERIES = "all", "places", "vocabulary", "releases"
"""Names of the datasets that every catalogue has, and of the series; no source is called so."""

Texts = Mapping[str, str]

TITLES: Mapping[str, Texts] = {
    WHOLE: {"it": "Tutti i dati", "en": "All data"},
    PLACES: {"it": "Luoghi", "en": "Places"},
    VOCABULARY: {"it": "Vocabolario e liste di codici", "en": "Vocabulary and code lists"},
    SERIES: {"it": "Pubblicazioni", "en": "Releases"},
}
DESCRIPTIONS: Mapping[str, Texts] = {
    WHOLE: {
        "it": "Tutto ciò che è pubblicato, da ogni fonte, con vocabolario, liste di codici e luoghi. Ogni fonte ha la sua licenza.",
        "en": "All that is published, of every source, with vocabulary, code lists and places. Each source has its own licence.",
    },
    PLACES: {
        "it": "Comuni, province, regioni e stati, con codici, nomi e corrispondenze con gli elenchi ufficiali.",
        "en": "Municipalities, provinces, regions and countries, with codes, names and matches with the official lists.",
    },
    VOCABULARY: {
        "it": "Ontologia, liste di codici (SKOS) e allineamenti ad altri vocabolari.",
        "en": "Ontology, code lists (SKOS) and alignments to other vocabularies.",
    },
    SERIES: {
        "it": "Lo stesso catalogo, a ogni pubblicazione; l’ultima è l’insieme di tutti i dati.",
        "en": "The same catalogue, at each release; the latest is the dataset of all data.",
    },
}


@dataclass(frozen=True)
class RightsHolder:
    """Who holds the rights in a dataset (dct:rightsHolder).

    Attributes:
        identifier: the code of the body in the index of public administrations (IPA), where the data know it.
    """

    iri: str
    name: Texts
    identifier: str
    page: str = ""


@dataclass(frozen=True)
class DatasetDescription:
    """One dataset of the catalogue.

    Attributes:
        licences: of what is in it; several where sources under several are in it.
        graphs: the named graphs that hold it.
        places: what it covers.
        period: the first and the last day it covers, as far as they are known.
    """

    name: str
    iri: str
    title: Texts
    description: Texts
    licences: tuple[str, ...]
    attribution: str
    holder: RightsHolder
    site: str
    languages: tuple[str, ...]
    counts: GraphCounts
    graphs: tuple[str, ...]
    files: tuple[Distribution, ...]
    dates: DatasetDates
    places: tuple[str, ...]
    period: tuple[str, str]


def publisher(content: Content) -> RightsHolder:
    """Who publishes the catalogue."""
    iri = f"{content.base}catalog#publisher"
    return RightsHolder(iri, content.publisher, content.portal.identifier or iri, content.portal.page)


def observatories(content: Content) -> Mapping[str, str]:
    """The IRI of who describes the processes of each source, by the source's name."""
    return {each.name: _resolved(content.base, each.observatory) for each in content.datasets if each.observatory}


def describe_datasets(
    content: Content, tally: GraphStatistics, files: Sequence[Distribution]
) -> list[DatasetDescription]:
    """Every dataset of a release: one a source, the places, the vocabulary, and the whole."""
    gathered = [*_sources(content, tally, files), *_own(content, tally, files)]
    return [*gathered, _whole(content, tally, files, gathered)]


def _sources(content: Content, tally: GraphStatistics, files: Sequence[Distribution]) -> Iterator[DatasetDescription]:
    for source in content.datasets:
        counts = tally.graphs.get(source.iri, GraphCounts())
        own = _files_of(source.name, content, files)
        covered = tuple(sorted(counts.covered()))
        yield DatasetDescription(
            name=source.name,
            iri=source.iri,
            title=source.title or {"en": source.name},
            description=source.description or source.title or {"en": source.name},
            licences=(source.licence,),
            attribution=source.attribution,
            holder=_holder(source, content, tally),
            site=source.site,
            languages=(source.language,) if source.language else content.languages,
            counts=counts,
            graphs=(source.iri,),
            files=own,
            dates=_dates(content, source.name, source.iri, own, counts),
            places=(*covered, *sorted(tally.countries(covered) - set(covered))),
            period=(counts.start, counts.end),
        )


def _own(content: Content, tally: GraphStatistics, files: Sequence[Distribution]) -> Iterator[DatasetDescription]:
    """The places, and the vocabulary with the code lists: what is not of any source."""
    room = f"{content.base}dataset/"
    sources = {source.iri for source in content.datasets}
    graphs = {
        PLACES: tuple(sorted(graph for graph in tally.graphs if graph == room + PLACES)),
        VOCABULARY: tuple(
            sorted(graph for graph in tally.graphs if not graph.startswith(room) and graph not in sources)
        ),
    }
    countries = sorted(tally.countries(set().union(*(each.covered() for each in tally.graphs.values()))))
    for name, held in graphs.items():
        if held:
            counts = GraphCounts.together(tally.graphs[graph] for graph in held)
            yield _described(content, name, counts, held, _files_of(name, content, files), tuple(countries))


def _described(
    content: Content,
    name: str,
    counts: GraphCounts,
    graphs: tuple[str, ...],
    files: tuple[Distribution, ...],
    places: tuple[str, ...],
) -> DatasetDescription:
    iri = f"{content.base}dataset/{name}"
    dates = _dates(content, name, iri, files, counts)
    return DatasetDescription(
        name=name,
        iri=iri,
        title=_of_catalogue(content, TITLES[name]),
        description=DESCRIPTIONS[name],
        licences=(content.licence,),
        attribution="",
        holder=publisher(content),
        site="",
        languages=content.languages,
        counts=counts,
        graphs=graphs,
        files=files,
        dates=dates,
        places=places,
        # Codes and places are of use from the day they are published, until they are changed.
        period=(counts.created or dates.issued, ""),
    )


def _whole(
    content: Content, tally: GraphStatistics, files: Sequence[Distribution], parts: Sequence[DatasetDescription]
) -> DatasetDescription:
    counts = GraphCounts.together(tally.graphs.values())
    counts.created = min((each.dates.issued for each in parts if each.dates.issued), default="")
    counts.modified = max((each.dates.modified for each in parts), default="")
    places = tuple(dict.fromkeys(place for each in parts for place in each.places))
    graphs = tuple(sorted(tally.graphs))
    one = _described(content, WHOLE, counts, graphs, _files_of(WHOLE, content, files), places)
    start = min((each.counts.start for each in parts if each.counts.start), default=one.period[0])
    licences = tuple(sorted({licence for each in parts for licence in each.licences}))
    return replace(one, licences=licences, period=(start, counts.end))


def _of_catalogue(content: Content, title: Texts) -> Texts:
    return {
        language: f"{content.title[language]}: {text[0].lower()}{text[1:]}" if language in content.title else text
        for language, text in title.items()
    }


def _files_of(name: str, content: Content, files: Sequence[Distribution]) -> tuple[Distribution, ...]:
    """The files to download that hold a dataset, in a format that portals know."""
    names = [PLACES, VOCABULARY, *(source.name for source in content.datasets)]
    return tuple(
        file
        for file in sorted(files, key=lambda each: each.path)
        if file.path.startswith("dump/")
        and file_type(file.media_type)
        and (file.dataset or _dataset_of(file, names)) == name
    )


def _dataset_of(file: Distribution, names: Sequence[str]) -> str:
    """The dataset that a file holds, by its name: `passo-<dataset>`, and what is not one's is of all."""
    stem = file.path.rpartition("/")[2].removeprefix("passo-")
    fitting = [name for name in names if stem.startswith(name) and stem[len(name) : len(name) + 1] in ("", ".", "-")]
    return max(fitting, key=len, default=WHOLE)


def _dates(content: Content, name: str, iri: str, files: Sequence[Distribution], counts: GraphCounts) -> DatasetDates:
    """The dates of a dataset; its content is told by the digest of its N-Quads, or else of its N-Triples."""
    known = content.identity.registry.entries.get(f"dataset/{name}") if content.identity else None
    first = day(known.first) if known and known.first else counts.created
    lines = {file.media_type.extension: file.content_sha256 for file in files}
    content_digest = lines.get("nq") or lines.get("nt") or ""
    return content.dating.dates(iri, version(content_digest), DatasetDates(first, counts.modified))


def _holder(source: Dataset, content: Content, tally: GraphStatistics) -> RightsHolder:
    iri = observatories(content).get(source.name, "")
    said = tally.triples_about(iri)
    name = dict(sorted(_texts(said))) or {content.languages[0]: source.attribution or source.name}
    codes = sorted(triple.object.value for triple in said if triple.predicate == IPA_CODE)  # type: ignore[union-attr]
    pages = sorted(triple.object.value for triple in said if triple.predicate == FOAF.homepage)  # type: ignore[union-attr]
    iri = iri or f"{source.iri}#holder"
    return RightsHolder(iri, name, f"codiceIPA:{codes[0]}" if codes else iri, pages[0] if pages else "")


def _texts(said: Sequence[Triple]) -> Iterator[tuple[str, str]]:
    for triple in said:
        if triple.predicate in (SKOS.prefLabel, FOAF.name) and isinstance(triple.object, Literal):
            yield triple.object.language or "it", triple.object.value


def _resolved(base: str, iri: str) -> str:
    return iri if iri.startswith("http") else base + iri
