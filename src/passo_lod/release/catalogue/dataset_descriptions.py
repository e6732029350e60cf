"""Collect what the catalogue says about each dataset of a release: files, dates, places, licences, rights holder.

DCAT, VoID and DQV documents are written from these descriptions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.comparison.cube import DATASET as CUBE
from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.namespaces import FOAF, PREFIXES, SKOS
from passo_lod.release.authority_tables import file_type
from passo_lod.release.catalogue.triple_builders import Texts
from passo_lod.release.content import Content
from passo_lod.release.dataset import Dataset
from passo_lod.release.dataset_dates import DatasetDates, day
from passo_lod.release.distribution import Distribution
from passo_lod.release.dump.statistics import GraphCounts, GraphStatistics
from passo_lod.release_layout import version

IPA_CODE = NamedNode(PREFIXES["covapit"] + "IPAcode")

ALL_DATA, PLACES, VOCABULARY, SERIES = "all", "places", "vocabulary", "releases"
"""Names of the datasets in every catalogue, and of the series of releases; no source may have such a name."""

_NAMES = (ALL_DATA, PLACES, VOCABULARY, CUBE, SERIES)
TITLES: Mapping[str, Texts] = {name: in_every_language(f"dataset.{name}.title") for name in _NAMES}
DESCRIPTIONS: Mapping[str, Texts] = {name: in_every_language(f"dataset.{name}.description") for name in _NAMES}


@dataclass(frozen=True)
class RightsHolder:
    """Who owns the rights in a dataset (dct:rightsHolder).

    Attributes:
        identifier: its code in the index of public administrations (IPA), if the data has it; else its IRI.
        page: its website; empty if unknown.
    """

    iri: str
    name: Texts
    identifier: str
    page: str = ""


@dataclass(frozen=True)
class DatasetDescription:
    """One dataset of the catalogue.

    Attributes:
        licences: IRIs; several if the dataset contains data of several sources.
        attribution: who must be cited; empty if nobody.
        site: the website it comes from; empty if there is none.
        counts: of all its graphs together.
        graphs: IRIs of its named graphs.
        places: IRIs of the regions and countries that it covers.
        period: the first and the last day that it covers (ISO 8601), each empty if unknown.
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


def publisher_of(content: Content) -> RightsHolder:
    """Describe the publisher of the catalogue."""
    iri = f"{content.base}catalog#publisher"
    return RightsHolder(iri, content.publisher, content.dcat.identifier or iri, content.dcat.page)


def observatories(content: Content) -> Mapping[str, str]:
    """Return the IRI of the observatory of each source that names one, by the source's name."""
    return {each.name: _absolute(content.base, each.observatory) for each in content.datasets if each.observatory}


def describe_datasets(
    content: Content, statistics: GraphStatistics, files: Sequence[Distribution]
) -> list[DatasetDescription]:
    """Describe every dataset of a release: one per source, the places, the vocabulary, the data cube, and all data."""
    parts = [*_source_datasets(content, statistics, files), *_shared_datasets(content, statistics, files)]
    return [*parts, _all_data(content, statistics, files, parts)]


def _source_datasets(
    content: Content, statistics: GraphStatistics, files: Sequence[Distribution]
) -> Iterator[DatasetDescription]:
    for source in content.datasets:
        counts = statistics.graphs.get(source.iri, GraphCounts())
        own = _files_of(source.name, content, files)
        regions = tuple(sorted(counts.regions))
        yield DatasetDescription(
            name=source.name,
            iri=source.iri,
            title=source.title or {"en": source.name},
            description=source.description or source.title or {"en": source.name},
            licences=(source.licence,),
            attribution=source.attribution,
            holder=_holder(source, content, statistics),
            site=source.site,
            languages=(source.language,) if source.language else content.languages,
            counts=counts,
            graphs=(source.iri,),
            files=own,
            dates=_dates(content, source.name, source.iri, own, counts),
            places=(*regions, *sorted(statistics.countries_of(regions) - set(regions))),
            period=(counts.start, counts.end),
        )


def _shared_datasets(
    content: Content, statistics: GraphStatistics, files: Sequence[Distribution]
) -> Iterator[DatasetDescription]:
    """Describe the places, the vocabulary with the code lists, and the data cube, which belong to no source."""
    start = f"{content.base}dataset/"
    sources = {source.iri for source in content.datasets}
    other_graphs = sorted(graph for graph in statistics.graphs if not graph.startswith(start) and graph not in sources)
    graphs_by_name = {
        PLACES: tuple(graph for graph in statistics.graphs if graph == start + PLACES),
        VOCABULARY: tuple(other_graphs),
        CUBE: tuple(graph for graph in statistics.graphs if graph == start + CUBE),
    }
    regions = {region for counts in statistics.graphs.values() for region in counts.regions}
    countries = tuple(sorted(statistics.countries_of(regions)))
    for name, graphs in graphs_by_name.items():
        if graphs:
            counts = GraphCounts.sum_of(statistics.graphs[graph] for graph in graphs)
            described = _described(content, name, counts, graphs, _files_of(name, content, files), countries)
            yield replace(described, licences=content.licences_of_sources) if name == CUBE else described


def _described(
    content: Content,
    name: str,
    counts: GraphCounts,
    graphs: tuple[str, ...],
    files: tuple[Distribution, ...],
    places: tuple[str, ...],
) -> DatasetDescription:
    """Describe a dataset of the catalogue's publisher."""
    iri = f"{content.base}dataset/{name}"
    dates = _dates(content, name, iri, files, counts)
    return DatasetDescription(
        name=name,
        iri=iri,
        title=_with_catalogue_title(content, TITLES[name]),
        description=DESCRIPTIONS[name],
        licences=(content.licence,),
        attribution="",
        holder=publisher_of(content),
        site="",
        languages=content.languages,
        counts=counts,
        graphs=graphs,
        files=files,
        dates=dates,
        places=places,
        # Codes and places apply from the day they are published until they are changed.
        period=(counts.created or dates.issued, ""),
    )


def _all_data(
    content: Content, statistics: GraphStatistics, files: Sequence[Distribution], parts: Sequence[DatasetDescription]
) -> DatasetDescription:
    counts = GraphCounts.sum_of(statistics.graphs.values())
    counts.created = min((each.dates.issued for each in parts if each.dates.issued), default="")
    counts.modified = max((each.dates.modified for each in parts), default="")
    places = tuple(dict.fromkeys(place for each in parts for place in each.places))
    graphs = tuple(sorted(statistics.graphs))
    described = _described(content, ALL_DATA, counts, graphs, _files_of(ALL_DATA, content, files), places)
    start = min((each.counts.start for each in parts if each.counts.start), default=described.period[0])
    licences = tuple(sorted({licence for each in parts for licence in each.licences}))
    return replace(described, licences=licences, period=(start, counts.end))


def _with_catalogue_title(content: Content, title: Texts) -> Texts:
    return {
        language: f"{content.title[language]}: {text[0].lower()}{text[1:]}" if language in content.title else text
        for language, text in title.items()
    }


def _files_of(name: str, content: Content, files: Sequence[Distribution]) -> tuple[Distribution, ...]:
    """Choose the dumps and tables of a dataset whose format is in the EU authority table."""
    names = [PLACES, VOCABULARY, CUBE, *(source.name for source in content.datasets)]
    return tuple(
        file
        for file in sorted(files, key=lambda each: each.path)
        if file.path.startswith("dump/")
        and file_type(file.media_type)
        and (file.dataset or _dataset_in_path(file, names)) == name
    )


def _dataset_in_path(file: Distribution, names: Sequence[str]) -> str:
    """Find the dataset of a file by its path, `dump/passo-<dataset>…`; other files contain all data."""
    stem = file.path.rpartition("/")[2].removeprefix("passo-")
    found = [name for name in names if stem.startswith(name) and stem[len(name) : len(name) + 1] in ("", ".", "-")]
    return max(found, key=len, default=ALL_DATA)


def _dates(content: Content, name: str, iri: str, files: Sequence[Distribution], counts: GraphCounts) -> DatasetDates:
    """Determine the dates of a dataset; its version is the digest of its N-Quads, or else of its N-Triples."""
    known = content.identity.registry.entries.get(f"dataset/{name}") if content.identity else None
    issued = day(known.first) if known and known.first else counts.created
    digests = {file.media_type.extension: file.content_sha256 for file in files}
    content_digest = digests.get("nq") or digests.get("nt") or ""
    return content.dating.dates(iri, version(content_digest), DatasetDates(issued, counts.modified))


def _holder(source: Dataset, content: Content, statistics: GraphStatistics) -> RightsHolder:
    """Describe the observatory of a source, or whom it asks to cite."""
    iri = observatories(content).get(source.name, "")
    triples = statistics.triples_about(iri)
    name = dict(sorted(_names(triples))) or {content.languages[0]: source.attribution or source.name}
    codes = sorted(triple.object.value for triple in triples if triple.predicate == IPA_CODE)  # type: ignore[union-attr]
    pages = sorted(triple.object.value for triple in triples if triple.predicate == FOAF.homepage)  # type: ignore[union-attr]
    iri = iri or f"{source.iri}#holder"
    return RightsHolder(iri, name, f"codiceIPA:{codes[0]}" if codes else iri, pages[0] if pages else "")


def _names(triples: Sequence[Triple]) -> Iterator[tuple[str, str]]:
    for triple in triples:
        if triple.predicate in (SKOS.prefLabel, FOAF.name) and isinstance(triple.object, Literal):
            yield triple.object.language or "it", triple.object.value


def _absolute(base: str, iri: str) -> str:
    return iri if iri.startswith("http") else base + iri
