"""The versions of the data that are kept beside a release: each a dataset of the series, in the words of its own catalogue.

A version is told by the digest of its content, so that what was published twice is one version, and publishing what has not changed changes
nothing here. Its files are at the addresses of their hashes, which stay what they are as long as the release is kept.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from passo_lod.namespaces import DCAT, DCATAP, DCT, SPDX
from passo_lod.release.authority_tables import TEMPORARY
from passo_lod.release.catalogue.dataset_descriptions import SERIES, WHOLE

_FILES = ("passo.nq.gz", "passo.nq.zst")
"""Of a version, the files that hold all of it."""

_DIGEST, _SHA256 = re.compile(r"[0-9a-f]{12}"), re.compile(r"[0-9a-f]{64}")

_DATED: Mapping[str, str] = {
    "it": "{title}, versione del {day} ({version})",
    "en": "{title}, version of {day} ({version})",
}


@dataclass(frozen=True)
class DatasetVersion:
    """What was published as the whole once.

    Attributes:
        version: the digest of its content (dcat:version).
        triples: what is said of it, about the IRI that it has now.
    """

    iri: str
    version: str
    triples: tuple[Triple, ...]


def listed_versions(folders: Iterable[Path], base: str, current: str, url: str) -> list[DatasetVersion]:
    """The versions that releases hold, in their order; of several with one content the last.

    Args:
        folders: of the releases, the oldest first; one whose catalogue cannot be read is passed over.
        base: the catalogue's base IRI.
        current: the version that is published now, which is no former one.
        url: the address under which the server is reached now.
    """
    by_content: dict[str, DatasetVersion] = {}
    for folder in folders:
        if (found := _version(folder, base, url)) and found.version != current:
            by_content.pop(found.version, None)
            by_content[found.version] = found
    return list(by_content.values())


def series(known: Sequence[DatasetVersion], base: str) -> Iterator[Triple]:
    """The versions as datasets of the catalogue, each with the one before it; the whole is the last of them."""
    catalogue, whole = NamedNode(f"{base}catalog"), NamedNode(f"{base}dataset/{WHOLE}")
    nodes = [NamedNode(each.iri) for each in known]
    for each in known:
        yield from each.triples
        yield Triple(catalogue, DCAT.dataset, NamedNode(each.iri))
    for before, after in pairwise([*nodes, whole]):
        yield Triple(after, DCAT.prev, before)
    yield Triple(NamedNode(f"{base}dataset/{SERIES}"), DCAT.first, (nodes or [whole])[0])


def _version(folder: Path, base: str, url: str) -> DatasetVersion | None:
    try:
        said = list(parse(path=str(folder / "catalog.ttl"), format=RdfFormat.TURTLE))
    except (OSError, SyntaxError):
        return None
    if not all(isinstance(term, NamedNode | Literal) for quad in said for term in (quad.subject, quad.object)):
        return None  # as our catalogues are written, nothing in them is without a name
    about: dict[object, list[Triple]] = {}
    for quad in said:
        about.setdefault(quad.subject, []).append(quad.triple)
    whole = NamedNode(f"{base}dataset/{WHOLE}")
    version = next((each.object.value for each in about.get(whole, ()) if each.predicate == DCAT.version), "")  # type: ignore[union-attr]
    if not _DIGEST.fullmatch(version):
        return None
    told = _told(about, base)
    iri = f"{whole.value}-{version}"
    return DatasetVersion(iri, version, tuple(_renamed(told, base, iri, version, url)))


def _told(about: Mapping[object, Sequence[Triple]], base: str) -> list[Triple]:
    """What a catalogue says of the whole and of what it refers to, but of those of its files that hold all of it alone."""
    whole = NamedNode(f"{base}dataset/{WHOLE}")
    sums = _sums(triple for triples in about.values() for triple in triples)
    files = {NamedNode(f"{whole.value}#{name}") for name in _FILES if f"{whole.value}#{name}" in sums}
    others = tuple(f"{base}{room}" for room in ("catalog", f"dataset/{SERIES}"))
    found: dict[object, list[Triple]] = {}
    todo: list[object] = [whole]
    while todo:
        node = todo.pop()
        if node in about and node not in found:
            found[node] = [
                each
                for each in about[node]
                if each.predicate != DCAT.prev and (each.predicate != DCAT.distribution or each.object in files)
            ]
            objects = (each.object for each in found[node])
            todo += (each for each in objects if isinstance(each, NamedNode) and not each.value.startswith(others))
    return [triple for triples in found.values() for triple in triples]


def _sums(said: Iterable[Triple]) -> dict[str, str]:
    """The checksum of each file that has one, by its IRI."""
    listed = list(said)
    values = {each.subject: each.object.value.lower() for each in listed if each.predicate == SPDX.checksumValue}  # type: ignore[union-attr]
    pairs = ((each.subject, each.object) for each in listed if each.predicate == SPDX.checksum)
    return {file.value: values[node] for file, node in pairs if _SHA256.fullmatch(values.get(node, ""))}  # type: ignore[union-attr,index,arg-type]


def _renamed(said: Sequence[Triple], base: str, iri: str, version: str, url: str) -> Iterator[Triple]:
    """What was said of the whole, said of a version: its IRI, its page, its title, where its files are now, and for how long."""
    whole = f"{base}dataset/{WHOLE}"
    day = next((each.object.value for each in said if each.predicate == DCT.modified), "")  # type: ignore[union-attr]
    sums = _sums(said)

    def named(term: NamedNode | Literal) -> NamedNode | Literal:
        if isinstance(term, Literal):
            return term
        if term.value.endswith(f"/dataset/{WHOLE}.html"):
            return NamedNode(f"{url}dataset/{WHOLE}-{version}.html")
        return NamedNode(iri + term.value.removeprefix(whole)) if is_own(term) else term

    def is_own(term: object) -> bool:
        return isinstance(term, NamedNode) and (term.value == whole or term.value.startswith(f"{whole}#"))

    for each in said:
        subject, value = each.subject, each.object
        assert isinstance(subject, NamedNode)  # noqa: S101 - a catalogue has no other nodes
        assert isinstance(value, NamedNode | Literal)  # noqa: S101
        if is_own(subject) and each.predicate == DCT.title and isinstance(value, Literal):
            form = _DATED.get(value.language or "", "{title} ({version})")
            value = Literal(form.format(title=value.value, day=day, version=version), language=value.language)
        elif each.predicate == DCT.identifier and value.value == whole:
            value = Literal(iri)
        elif each.predicate == DCATAP.availability:
            value = TEMPORARY
        elif each.predicate == DCAT.downloadURL:
            if subject.value not in sums:
                continue
            value = NamedNode(f"{url}by-hash/sha256/{sums[subject.value]}")
        yield Triple(named(subject), each.predicate, named(value))  # type: ignore[arg-type]
