"""List the retained versions of the data in the catalogue: each a dataset of the series, as its own catalogue described it.

A version is identified by the digest of its content: publishing the same content again does not add one. Its files are at the addresses of
their SHA-256 digests, which stay valid as long as a release with this version is retained.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from passo_lod.messages.message_catalogue import in_every_language
from passo_lod.namespaces import DCAT, DCATAP, DCT, SPDX
from passo_lod.release.authority_tables import TEMPORARY
from passo_lod.release.catalogue.dataset_descriptions import ALL_DATA, SERIES
from passo_lod.release_layout import description_of_datasets

_FILES = ("passo.nq.gz", "passo.nq.zst")
"""The files of a version that are listed: those with all data in one syntax."""

_VERSION, _SHA256 = re.compile(r"[0-9a-f]{12}"), re.compile(r"[0-9a-f]{64}")

_TITLES: Mapping[str, str] = in_every_language("dataset.version-title")


@dataclass(frozen=True)
class DatasetVersion:
    """A former version of the dataset of all data.

    Attributes:
        iri: of the version.
        version: the digest of its content (dcat:version).
        triples: its description.
    """

    iri: str
    version: str
    triples: tuple[Triple, ...]


def former_versions(folders: Iterable[Path], base: str, current: str, server_url: str) -> list[DatasetVersion]:
    """Read the versions in releases, in the order of the releases; a version that comes twice is listed where it comes last.

    Args:
        folders: of the releases, the oldest first; one whose catalogue cannot be read is skipped.
        base: the base IRI.
        current: the version that is being published, which is not a former one.
        server_url: the address under which the server is reached now.
    """
    by_version: dict[str, DatasetVersion] = {}
    for folder in folders:
        if (found := _read_version(folder, base, server_url)) and found.version != current:
            by_version.pop(found.version, None)
            by_version[found.version] = found
    return list(by_version.values())


def series_triples(versions: Sequence[DatasetVersion], base: str) -> Iterator[Triple]:
    """Describe former versions as datasets of the catalogue, each with its predecessor; the current one comes last."""
    catalogue, all_data = NamedNode(f"{base}catalog"), NamedNode(f"{base}dataset/{ALL_DATA}")
    nodes = [NamedNode(each.iri) for each in versions]
    for each in versions:
        yield from each.triples
        yield Triple(catalogue, DCAT.dataset, NamedNode(each.iri))
    for before, after in pairwise([*nodes, all_data]):
        yield Triple(after, DCAT.prev, before)
    yield Triple(NamedNode(f"{base}dataset/{SERIES}"), DCAT.first, (nodes or [all_data])[0])


def _read_version(folder: Path, base: str, server_url: str) -> DatasetVersion | None:
    """Read the version of a release from its catalogue; None if the catalogue is missing or damaged."""
    try:
        quads = list(parse(path=str(description_of_datasets(folder)), format=RdfFormat.TURTLE))
    except (OSError, SyntaxError):
        return None
    if not all(isinstance(term, NamedNode | Literal) for quad in quads for term in (quad.subject, quad.object)):
        return None  # our catalogues have neither blank nodes nor triple terms
    by_subject: dict[object, list[Triple]] = {}
    for quad in quads:
        by_subject.setdefault(quad.subject, []).append(quad.triple)
    all_data = NamedNode(f"{base}dataset/{ALL_DATA}")
    about = by_subject.get(all_data, ())
    version = next((each.object.value for each in about if each.predicate == DCAT.version), "")  # type: ignore[union-attr]
    if not _VERSION.fullmatch(version):
        return None
    triples = _reachable_triples(by_subject, base)
    iri = f"{all_data.value}-{version}"
    return DatasetVersion(iri, version, tuple(_as_version(triples, base, iri, version, server_url)))


def _reachable_triples(by_subject: Mapping[object, Sequence[Triple]], base: str) -> list[Triple]:
    """Select the triples of the dataset of all data and of what it refers to; of its files only `_FILES`."""
    all_data = NamedNode(f"{base}dataset/{ALL_DATA}")
    checksums = _checksums(triple for triples in by_subject.values() for triple in triples)
    files = {NamedNode(f"{all_data.value}#{name}") for name in _FILES if f"{all_data.value}#{name}" in checksums}
    excluded = tuple(f"{base}{path}" for path in ("catalog", f"dataset/{SERIES}"))
    found: dict[object, list[Triple]] = {}
    pending: list[object] = [all_data]
    while pending:
        node = pending.pop()
        if node in by_subject and node not in found:
            found[node] = [
                each
                for each in by_subject[node]
                if each.predicate != DCAT.prev and (each.predicate != DCAT.distribution or each.object in files)
            ]
            objects = (each.object for each in found[node])
            pending += (each for each in objects if isinstance(each, NamedNode) and not each.value.startswith(excluded))
    return [triple for triples in found.values() for triple in triples]


def _checksums(triples: Iterable[Triple]) -> dict[str, str]:
    """Return the SHA-256 of each file that has a valid one, by its IRI."""
    listed = list(triples)
    values = {each.subject: each.object.value.lower() for each in listed if each.predicate == SPDX.checksumValue}  # type: ignore[union-attr]
    pairs = ((each.subject, each.object) for each in listed if each.predicate == SPDX.checksum)
    return {file.value: values[node] for file, node in pairs if _SHA256.fullmatch(values.get(node, ""))}  # type: ignore[union-attr,index,arg-type]


def _as_version(triples: Sequence[Triple], base: str, iri: str, version: str, server_url: str) -> Iterator[Triple]:
    """Change a description of all data into one of a version: other IRIs, page, title and file addresses, and temporary availability."""
    day = next((each.object.value for each in triples if each.predicate == DCT.modified), "")  # type: ignore[union-attr]
    checksums = _checksums(triples)
    names = _VersionNames(f"{base}dataset/{ALL_DATA}", iri, f"{server_url}dataset/{ALL_DATA}-{version}.html")
    for each in triples:
        subject, value = each.subject, each.object
        assert isinstance(subject, NamedNode)  # noqa: S101 - `_read_version` has checked it
        assert isinstance(value, NamedNode | Literal)  # noqa: S101
        if names.is_own(subject) and each.predicate == DCT.title and isinstance(value, Literal):
            template = _TITLES.get(value.language or "", "{title} ({version})")
            value = Literal(template.format(title=value.value, day=day, version=version), language=value.language)
        elif each.predicate == DCT.identifier and value.value == names.all_data:
            value = Literal(iri)
        elif each.predicate == DCATAP.availability:
            value = TEMPORARY
        elif each.predicate == DCAT.downloadURL:
            if subject.value not in checksums:
                continue
            value = NamedNode(f"{server_url}by-hash/sha256/{checksums[subject.value]}")
        yield Triple(names.renamed(subject), each.predicate, names.renamed(value))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _VersionNames:
    """Renames the dataset of all data, and what is below its IRI, to a version of it.

    Attributes:
        all_data: IRI of the dataset.
        iri: IRI of the version.
        page: address of the page of the version.
    """

    all_data: str
    iri: str
    page: str

    def renamed(self, term: NamedNode | Literal) -> NamedNode | Literal:
        """Return the term with which a description of the version replaces a term."""
        if isinstance(term, Literal):
            return term
        if term.value.endswith(f"/dataset/{ALL_DATA}.html"):
            return NamedNode(self.page)
        return NamedNode(self.iri + term.value.removeprefix(self.all_data)) if self.is_own(term) else term

    def is_own(self, node: NamedNode) -> bool:
        """Whether a node is the dataset or below it."""
        return node.value == self.all_data or node.value.startswith(f"{self.all_data}#")
