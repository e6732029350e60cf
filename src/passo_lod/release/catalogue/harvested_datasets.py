"""Choose the datasets that harvesters see, as `harvested` in passo.yaml says, and leave the others out of the catalogue documents.

A harvester makes a dataset of its own from each dataset of a catalogue, and deletes it when the catalogue no longer has it. Former versions, which
come and go, would be such datasets with almost equal titles.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pyoxigraph import NamedNode, Triple

from passo_lod.namespaces import DCAT, RDF
from passo_lod.release.catalogue.dataset_descriptions import ALL_DATA, SERIES
from passo_lod.release.content import Content

_VERSION = re.compile(rf"{ALL_DATA}-[0-9a-f]{{12}}")


def harvested_triples(triples: Iterable[Triple], content: Content) -> list[Triple]:
    """Select the triples about the datasets that harvesters see, and about everything that these refer to.

    Args:
        triples: of the complete catalogue.
        content: of the release, with the setting.
    """
    complete = list(triples)
    by_subject: dict[object, list[Triple]] = {}
    for triple in complete:
        by_subject.setdefault(triple.subject, []).append(triple)
    hidden = set(_hidden_nodes(by_subject, content))
    left_out = _reachable(by_subject, hidden, ()) - _reachable(
        by_subject, [NamedNode(f"{content.base}catalog")], hidden
    )
    return [triple for triple in complete if triple.subject not in left_out and triple.object not in hidden]


def _hidden_nodes(by_subject: Mapping[object, Sequence[Triple]], content: Content) -> Iterator[NamedNode]:
    """The datasets that harvesters do not see; and the series, if they do not see its last member."""
    sources = {source.iri for source in content.datasets}
    for node, triples in by_subject.items():
        is_dataset = any(triple.predicate == RDF.type and triple.object == DCAT.Dataset for triple in triples)
        if isinstance(node, NamedNode) and is_dataset and _kind(node, sources, content) not in content.dcat.harvested:
            yield node
    if ALL_DATA not in content.dcat.harvested:
        yield NamedNode(f"{content.base}dataset/{SERIES}")


def _kind(dataset: NamedNode, sources: Collection[str], content: Content) -> str:
    """The kind of a dataset, one of `dcat_settings.DATASET_KINDS`."""
    name = dataset.value.removeprefix(f"{content.base}dataset/")
    if dataset.value in sources:
        return "sources"
    return "versions" if _VERSION.fullmatch(name) else name


def _reachable(
    by_subject: Mapping[object, Sequence[Triple]], roots: Iterable[object], barred: Collection[object]
) -> set[object]:
    """The subjects to which a chain of triples leads from some nodes, through none of the barred ones."""
    found: set[object] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node in by_subject and node not in found and node not in barred:
            found.add(node)
            waiting += (triple.object for triple in by_subject[node])
    return found
