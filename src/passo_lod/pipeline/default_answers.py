"""Answer each question of comparison with its default groups when a release is made: for the files that the server answers from, and the data cube.

The answers come from the same code as those of the server, over a store of those quads of the release whose predicates the queries name. They
are cached by these quads and the program, so that a release that changes nothing computes nothing (docs/decisions/0046-default-answers.md).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, QuerySolutions, RdfFormat

from passo_lod.cache import ContentCache, code_digest
from passo_lod.canonical_literals import canonical_quads
from passo_lod.comparison.address import read_comparison
from passo_lod.comparison.answers import completed, fetch
from passo_lod.comparison.cube import CubeContext, CubeQuestion, cube_quads
from passo_lod.comparison.declarations import Declarations
from passo_lod.comparison.evidence_query import Comparison, evidence_query
from passo_lod.comparison.names_query import names_query
from passo_lod.comparison.stored_answers import as_stored
from passo_lod.framing import join_parts, split_parts
from passo_lod.namespaces import RDF, SKOS, VOCABULARY
from passo_lod.queries.questions import Question, questions
from passo_lod.release.dump.nquads_sorter import QuadSorter

_PREFIX = re.compile(r"\bPREFIX ([\w-]++): <([^<>\s]*+)>")
_PREFIXED_NAME = re.compile(r"(?<![<\w-])([\w-]++):([A-Za-z][\w-]*+)")
_IRI = re.compile(r"<([^<>\s]*+)>")


@dataclass(frozen=True)
class DefaultAnswers:
    """The default answers of a release.

    Attributes:
        files: the stored answer of each question by its name.
        cube: the quads of the data cube, as lines of N-Quads.
    """

    files: Mapping[str, bytes]
    cube: bytes


def default_answers(
    vocabulary: Iterable[Quad], lines: QuadSorter, sources: Mapping[str, str], cache: ContentCache
) -> DefaultAnswers:
    """Answer all questions that are comparisons; none if the vocabulary declares no measures.

    Args:
        vocabulary: the quads with the declarations.
        lines: all quads of the release.
        sources: the licence of each source by the IRI of its dataset.
        cache: of the answers of earlier releases.
    """
    graph = NamedNode(f"{VOCABULARY}comparison")
    declared = Declarations.of(quad.triple for quad in vocabulary if quad.graph_name == graph)
    comparisons = _comparisons(declared)
    if not comparisons:
        return DefaultAnswers({}, b"")
    selected = _selected(lines, _predicates(comparisons.values()))
    key = hashlib.sha256(b"\0".join((code_digest().encode(), repr(sorted(sources.items())).encode(), selected)))
    if cached := cache.get(key.digest()):
        cube, *files = split_parts(cached)
        return DefaultAnswers(dict(zip(comparisons, files, strict=True)), cube)
    answers = _answers(comparisons, selected, lines.base, sources)
    cache.put(key.digest(), join_parts((answers.cube, *answers.files.values())))
    return answers


def _comparisons(declared: Declarations) -> Mapping[str, Comparison]:
    """The default comparison of each question by its name."""
    if not declared.measures:
        return {}
    asked = {name: each.comparison for name, each in questions().items() if each.comparison}
    return {name: read_comparison(list(each.items()), declared) for name, each in asked.items()}


def _predicates(comparisons: Iterable[Comparison]) -> frozenset[bytes]:
    """All IRIs in the queries, as terms of N-Quads: the predicates that an answer depends on are among them."""
    found = {RDF.type.value, SKOS.inScheme.value}
    texts = [evidence_query(each) for each in comparisons]
    texts.append(names_query([VOCABULARY], populations=True) or "")
    for text in texts:
        prefixes = dict(_PREFIX.findall(text))
        found |= set(_IRI.findall(text))
        found |= {prefixes[prefix] + name for prefix, name in _PREFIXED_NAME.findall(text) if prefix in prefixes}
    return frozenset(f"<{iri}>".encode() for iri in found)


def _selected(lines: QuadSorter, predicates: frozenset[bytes]) -> bytes:
    """Those lines of a release that have one of some predicates."""
    # Only \n ends a line: literals may contain other line separators.
    found = (line for block in lines.blocks() for _, text in block.parts for line in text.split(b"\n") if line)
    return b"".join(line + b"\n" for line in found if line.split(b" ", 2)[1] in predicates)


def _answers(
    comparisons: Mapping[str, Comparison], selected: bytes, base: str, sources: Mapping[str, str]
) -> DefaultAnswers:
    store = ox.Store()
    # The lines were written by the engine itself, so it need not validate them again.
    store.bulk_load(selected, format=RdfFormat.N_QUADS, lenient=True)

    async def ask(query: str) -> QuerySolutions:
        return store.query(query, use_default_graph_as_union=True)  # type: ignore[return-value]

    fetched = {name: completed(fetch(each, ask)) for name, each in comparisons.items()}
    licences = sorted(set(sources.values()))
    context = CubeContext(base, sorted(sources), licences, _concepts(store))
    asked = (CubeQuestion(name, *_texts(questions()[name]), each) for name, each in fetched.items())
    cube = ox.serialize(canonical_quads(cube_quads(asked, context)), format=RdfFormat.N_QUADS) or b""
    return DefaultAnswers({name: as_stored(each) for name, each in fetched.items()}, cube)


def _texts(question: Question) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return question.query.titles, question.query.notes


def _concepts(store: ox.Store) -> Mapping[str, Sequence[str]]:
    """The concepts of each scheme."""
    found: dict[str, list[str]] = {}
    for quad in store.quads_for_pattern(None, SKOS.inScheme, None, None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            found.setdefault(quad.object.value, []).append(quad.subject.value)
    return {scheme: sorted(concepts) for scheme, concepts in found.items()}
