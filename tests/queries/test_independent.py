"""Each stored query gives what plain Python computes from the N-Quads of a release of the shipped data: each row, each column, in order.

Nothing here parses or runs SPARQL, and no number is written down: the computation follows the data. `edge_cases.trig` has what the
shipped data do not have, such as a shared grant, a cost in another currency and a question that does not apply.
"""

import csv
import gzip
import io
import math
import re
import shutil
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from passo_lod.queries.stored_queries import StoredQuery, stored_queries
from tests.conftest import ROOT

BASE = "https://w3id.org/passo/"
PASSO = f"{BASE}onto/"
VOCABULARY = f"{BASE}controlled-vocabulary/"
ANSWER = f"{VOCABULARY}answer/"
YES, NO, NOT_STATED, NOT_CAPTURED, NOT_APPLICABLE = (
    ANSWER + each for each in ("yes", "no", "not-stated", "not-captured", "not-applicable")
)
SCHEMA = "https://schema.org/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCT = "http://purl.org/dc/terms/"
GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
PRIMARY_TOPIC = "http://xmlns.com/foaf/0.1/primaryTopic"
UNIT_OF = "http://www.w3.org/ns/org#unitOf"
EDGE_CASES = Path(__file__).parent / "edge_cases.trig"

Rows = list[tuple[str, ...]]


# ------------------------------------------------------------------------------------------------------------- N-Quads


class Text(NamedTuple):
    """A literal; any other term is its IRI."""

    value: str
    language: str


Term = str | Text
Statement = tuple[str, str, Term]

_LINE = re.compile(r'<([^>]*)> <([^>]*)> (?:<([^>]*)>|"((?:[^"\\]|\\.)*)"(?:\^\^<[^>]*>|@([\w-]+))?) <([^>]*)> \.')
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def unescape(match: re.Match[str]) -> str:
    four, eight, one = match.groups()
    return _ESCAPED.get(one, one) if one else chr(int(four or eight, 16))


class Data:
    """The statements of a release, by graph and by subject and predicate."""

    def __init__(self, text: str) -> None:
        self.graphs: dict[str, set[Statement]] = defaultdict(set)
        self._objects: dict[tuple[str, str], set[Term]] = defaultdict(set)
        self._subjects: dict[tuple[str, Term], set[str]] = defaultdict(set)
        for line in filter(None, text.split("\n")):
            match = _LINE.fullmatch(line)
            assert match, line
            subject, predicate, iri, literal, language, graph = match.groups()
            term: Term = Text(_ESCAPE.sub(unescape, literal), language or "") if iri is None else iri
            self.graphs[graph].add((subject, predicate, term))
            self._objects[subject, predicate].add(term)
            self._subjects[predicate, term].add(subject)
        process = PASSO + "ParticipatoryProcess"
        self.sources = {
            graph: found
            for graph, statements in sorted(self.graphs.items())
            if (found := sorted(s for s, p, o in statements if (p, o) == (TYPE, process)))
        }
        self._asked = {
            source: {o if p == PASSO + "missingProperty" else p for _, p, o in self.graphs[source]}
            for source in self.sources
        }

    @property
    def processes(self) -> list[str]:
        return sorted({each for found in self.sources.values() for each in found})

    def all(self, subject: str, *predicates: str) -> set[Term]:
        """The ends of a path."""
        ends: set[Term] = {subject}
        for predicate in predicates:
            ends = {term for each in ends if isinstance(each, str) for term in self._objects[each, predicate]}
        return ends

    def iris(self, subject: str, *predicates: str) -> set[str]:
        return {term for term in self.all(subject, *predicates) if isinstance(term, str)}

    def texts(self, subject: str, *predicates: str) -> set[str]:
        return {term.value for term in self.all(subject, *predicates) if isinstance(term, Text)}

    def numbers(self, subject: str, *predicates: str) -> set[Fraction]:
        return {Fraction(text) for text in self.texts(subject, *predicates)}

    def subjects(self, predicate: str, term: Term) -> set[str]:
        return self._subjects[predicate, term]

    def broader(self, concept: str) -> set[str]:
        """The concept and all above it."""
        return {concept}.union(*(self.broader(each) for each in self.iris(concept, SKOS + "broader")))

    def reason(self, term: Term) -> str | None:
        """The reason for absence that a value stands for."""
        if isinstance(term, Text) or term in (YES, NO):
            return None
        if term.startswith(ANSWER):
            return term
        return next((each for each in self.iris(term, SKOS + "closeMatch") if each.startswith(ANSWER)), None)

    def missing(self, process: str, name: str) -> set[str]:
        """The reasons that the records of a process give for a property without a value."""
        return {
            reason
            for record in self.subjects(PRIMARY_TOPIC, process)
            for node in self.iris(record, PASSO + "hasMissingValue")
            if name in self.all(node, PASSO + "missingProperty")
            for reason in self.iris(node, PASSO + "answer")
        }

    def reasons(self, process: str, name: str) -> set[str]:
        values = {reason for term in self.all(process, name) if (reason := self.reason(term))}
        return values | self.missing(process, name)

    def values(self, process: str, name: str) -> set[Term]:
        return {term for term in self.all(process, name) if not self.reason(term)}

    def asked(self, *names: str) -> Iterator[tuple[str, str]]:
        """Source and process, where the source asks for one of the properties and the question applies to the process."""
        for source, found in self.sources.items():
            if self._asked[source].intersection(names):
                yield from ((source, each) for each in found if NOT_APPLICABLE not in self.reasons(each, names[0]))

    def regions(self, process: str) -> list[str]:
        return sorted(self.iris(process, PASSO + "comparisonRegion"))

    def by_region(self, *names: str) -> dict[str, set[str]]:
        """The processes of `asked` by region."""
        return grouped((region, process) for _, process in self.asked(*names) for region in self.regions(process))


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        groups[key].add(value)
    return groups


def number(value: Fraction | int) -> str:
    exact = Fraction(value)
    return str(exact.numerator) if exact.denominator == 1 else f"{float(exact):.12f}".rstrip("0")


def rounded(value: Fraction, digits: int = 0) -> str:
    """Half a unit goes up."""
    scale = 10**digits
    return number(Fraction(math.floor(value * scale + Fraction(1, 2)), scale))


def percent(part: int, whole: int) -> str:
    return rounded(Fraction(100 * part, whole), 1) if whole else ""


def most_first(counts: dict[str, set[str]]) -> list[tuple[str, int]]:
    return sorted(((key, len(found)) for key, found in counts.items()), key=lambda pair: (-pair[1], pair[0]))


# ------------------------------------------------------------------------------------------------------- computations

COMPUTATIONS: dict[str, Callable[[Data], Rows]] = {}


def computes(name: str) -> Callable[[Callable[[Data], Rows]], Callable[[Data], Rows]]:
    def register(function: Callable[[Data], Rows]) -> Callable[[Data], Rows]:
        COMPUTATIONS[name] = function
        return function

    return register


@computes("all-processes")
def all_processes(data: Data) -> Rows:
    rows = []
    for source, found in data.sources.items():
        for process in found:
            titles = {term for term in data.all(process, DCT + "title") if isinstance(term, Text)}
            shown = {title for title in titles if title.language == "it"} or titles
            optional: list[Sequence[str]] = [
                sorted(found) or [""]
                for found in (
                    data.iris(process, PASSO + "comparisonRegion"),
                    data.iris(process, PASSO + "progressStatus"),
                    data.texts(process, SCHEMA + "startDate"),
                    data.texts(process, SCHEMA + "endDate"),
                )
            ]
            rows += [(process, title.value, source, *rest) for title in shown for rest in product(*optional)]
    return sorted(rows, key=lambda row: (row[1], row[0]))[:100]


MEASURED = [SCHEMA + "endDate", SCHEMA + "startDate"] + [
    PASSO + name
    for name in [
        "affectedTerritory",
        "comparisonRegion",
        "cost",
        "decisionHolder",
        "hasFunding",
        "participantCount",
        "participationLevel",
        "policyArea",
        "progressStatus",
        "usesTechnique",
    ]
]


@computes("completeness")
def completeness(data: Data) -> Rows:
    rows: Rows = []
    for name, (source, found) in product(MEASURED, data.sources.items()):
        asked = [process for where, process in data.asked(name) if where == source]
        filled = sum(1 for process in found if data.values(process, name))
        counts = [str(filled), percent(filled, len(asked))] if asked else ["", ""]
        rows.append((name, source, str(len(found)), str(len(asked)), *counts))
    return rows


@computes("costs-by-region")
def costs_by_region(data: Data) -> Rows:
    rows = []
    for region, asked in data.by_region(PASSO + "cost").items():
        costs = [
            euro
            for process in data.subjects(PASSO + "comparisonRegion", region)
            for cost in data.iris(process, PASSO + "cost")
            if "EUR" in data.texts(cost, SCHEMA + "currency")
            for euro in data.numbers(cost, SCHEMA + "value")
        ]
        figures = [""] * 4
        if costs:
            mean = rounded(sum(costs, Fraction()) / len(costs))
            figures = [number(statistics.median(costs)), mean, number(min(costs)), number(max(costs))]
        rows.append((region, str(len(asked)), str(len(costs)), *figures))
    return sorted(rows, key=lambda row: (-int(row[2]), row[0]))


@computes("decision-holders")
def decision_holders(data: Data) -> Rows:
    name = PASSO + "decisionHolder"
    holders = grouped((holder, process) for process in data.processes for holder in data.iris(process, name))
    stating = {process for found in holders.values() for process in found}
    asked = list(data.asked(name))
    return [
        (holder, kind, str(count), str(len(stating)), str(len(asked)))
        for holder, count in most_first(holders)
        for kind in sorted(data.iris(holder, PASSO + "organisationType")) or [""]
    ]


@computes("decision-methods")
def decision_methods(data: Data) -> Rows:
    ways: list[tuple[str, str]] = []
    for process in data.processes:
        for method in data.values(process, PASSO + "decisionMethod"):
            assert isinstance(method, str)
            tops = {each for each in data.broader(method) if not data.iris(each, SKOS + "broader")}
            ways += [(top, process) for top in tops]
    methods = grouped(ways)
    stating = len({process for _, process in ways})
    return [(method, str(n), str(stating), percent(n, stating)) for method, n in most_first(methods)]


def month(date: str) -> int:
    year, of_year, _ = date.split("-", 2)
    return 12 * int(year) + int(of_year)


@computes("duration-by-region")
def duration_by_region(data: Data) -> Rows:
    rows = []
    for source, found in data.sources.items():
        for region, processes in grouped((region, each) for each in found for region in data.regions(each)).items():
            months = [
                Fraction(month(end) - month(start))
                for each in processes
                for start in data.texts(each, SCHEMA + "startDate")
                for end in data.texts(each, SCHEMA + "endDate")
            ]
            if months:
                mean = rounded(sum(months, Fraction()) / len(months), 1)
                figures = (number(statistics.median(months)), mean, number(min(months)), number(max(months)))
                rows.append((region, source, str(len(processes)), str(len(months)), *figures))
    return sorted(rows, key=lambda row: (-int(row[3]), row[:2]))


def yes_and_no(key: str, asked: int, yes: int, no: int) -> tuple[str, ...]:
    return (key, str(asked), str(yes), str(no), str(asked - yes - no), percent(yes, yes + no))


def without_percent(row: tuple[str, ...]) -> tuple[str, ...]:
    """A row of `yes_and_no`, where nobody answers “no” and nobody may be able to."""
    return row if row[3] != "0" else (*row[:-1], "")


@computes("facilitators")
def facilitators(data: Data) -> Rows:
    answered, figure = PASSO + "usesFacilitator", PASSO + "professionalFigure"
    facilitator = VOCABULARY + "professional-figure/facilitator"
    rows = []
    for source, asked in grouped(data.asked(answered, figure)).items():
        yes = {
            each
            for each in asked
            if YES in data.all(each, answered)
            or any(facilitator in data.broader(role) for role in data.iris(each, figure))
        }
        no = {each for each in asked - yes if NO in data.all(each, answered)}
        rows.append(without_percent(yes_and_no(source, len(asked), len(yes), len(no))))
    return sorted(rows, key=lambda row: (-int(row[1]), row[0]))


@computes("female-presence")
def female_presence(data: Data) -> Rows:
    name = PASSO + "femalePresence"
    rows = []
    for region, asked in data.by_region(name).items():
        yes, no = ({each for each in asked if answer in data.all(each, name)} for answer in (YES, NO))
        rows.append(yes_and_no(region, len(asked), len(yes), len(no)))
    return sorted(rows, key=lambda row: (-int(row[1]), row[0]))


def euros(data: Data, award: str) -> list[Fraction]:
    return [
        euro
        for amount in data.iris(award, SCHEMA + "amount")
        if "EUR" in data.texts(amount, SCHEMA + "currency")
        for euro in data.numbers(amount, SCHEMA + "value")
    ]


@computes("grants-by-region")
def grants_by_region(data: Data) -> Rows:
    rows = []
    for region, asked in data.by_region(PASSO + "hasFunding").items():
        funded = {each for each in asked if data.iris(each, PASSO + "hasFunding")}
        awards = {award for each in funded for award in data.iris(each, PASSO + "hasFunding")}
        amounts = [euro for award in awards for euro in euros(data, award)]
        counts = [str(len(each)) for each in (asked, funded, awards, amounts)]
        rows.append((region, *counts, number(sum(amounts, Fraction())) if amounts else ""))
    return sorted(rows, key=lambda row: (-int(row[3]), row[0]))


@computes("grants-by-year")
def grants_by_year(data: Data) -> Rows:
    awards = data.subjects(TYPE, PASSO + "FundingAward")
    years = grouped((year, award) for award in awards for year in data.texts(award, PASSO + "fundingYear") or {""})
    rows = []
    for year, found in sorted(years.items()):
        amounts = [euro for award in found for euro in euros(data, award)]
        rows.append((year, str(len(found)), str(len(amounts)), number(sum(amounts, Fraction())) if amounts else ""))
    return rows


@computes("graphs")
def graphs(data: Data) -> Rows:
    sizes = [(graph, len(statements)) for graph, statements in data.graphs.items()]
    return [(graph, str(size)) for graph, size in sorted(sizes, key=lambda pair: (-pair[1], pair[0]))]


@computes("levels-by-region")
def levels_by_region(data: Data) -> Rows:
    name = PASSO + "participationLevel"
    rows = []
    for region, asked in sorted(data.by_region(name).items()):
        levels = {each: data.values(each, name) for each in asked if data.values(each, name)}
        bands: list[tuple[str, str]] = []
        for process, found in levels.items():
            for level in found:
                assert isinstance(level, str)
                broad = data.iris(level, SKOS + "broadMatch")
                known = {each for each in broad if each.startswith(VOCABULARY + "participation-band/")}
                bands += [(band, process) for band in known or {""}]
        for band, processes in sorted(grouped(bands).items()):
            share = percent(len(processes), len(levels))
            rows.append((region, band, str(len(processes)), str(len(levels)), share, str(len(asked))))
    return rows


@computes("missing-values")
def missing_values(data: Data) -> Rows:
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for source, processes in data.sources.items():
        for subject, name, term in data.graphs[source]:
            if subject in processes and (reason := data.reason(term)):
                found[name, source, reason].add(subject)
            if name == PASSO + "hasMissingValue" and isinstance(term, str):
                for process, missing in product(
                    data.iris(subject, PRIMARY_TOPIC), data.iris(term, PASSO + "missingProperty")
                ):
                    for reason in data.iris(term, PASSO + "answer"):
                        found[missing, source, reason].add(process)
    counted = [(*key, str(len(processes))) for key, processes in found.items()]
    return sorted(counted, key=lambda row: (-int(row[3]), row[:3]))


SIZES = [(50, "0–49"), (200, "50–199"), (1000, "200–999"), (10000, "1000–9999"), (math.inf, "10000 +")]


@computes("participants")
def participants(data: Data) -> Rows:
    name = PASSO + "participantCount"
    sizes: Counter[str] = Counter()
    for _, process in data.asked(name):
        counts = data.numbers(process, name)
        sizes.update({next(label for bound, label in SIZES if count < bound) for count in counts} or {""})
    stating = sum(1 for process in data.processes if data.all(process, name))
    rows = [(label, str(sizes[label]), percent(sizes[label], stating)) for _, label in SIZES if sizes[label]]
    return [*rows, ("", str(sizes[""]), "")] if sizes[""] else rows


@computes("places-on-the-map")
def places_on_the_map(data: Data) -> Rows:
    places = grouped((place, each) for each in data.processes for place in data.iris(each, PASSO + "affectedTerritory"))
    return [
        (place, latitude, longitude, str(count))
        for place, count in most_first(places)
        for latitude in data.texts(place, GEO + "lat")
        for longitude in data.texts(place, GEO + "long")
    ]


@computes("processes-by-region-and-source")
def processes_by_region_and_source(data: Data) -> Rows:
    counts = Counter(
        (region, source) for source, found in data.sources.items() for each in found for region in data.regions(each)
    )
    return [(*key, str(count)) for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


@computes("processes-by-year")
def processes_by_year(data: Data) -> Rows:
    name = PASSO + "startYear"
    years = grouped((year, process) for process in data.processes for year in data.texts(process, name))
    dated = {process for found in years.values() for process in found}
    asked = list(data.asked(name))
    return [(year, str(len(found)), str(len(dated)), str(len(asked))) for year, found in sorted(years.items())]


@computes("promoters")
def promoters(data: Data) -> Rows:
    roles = (
        [PASSO + "decisionHolder"],
        [PASSO + "proposer"],
        [PASSO + "hasFunding", PASSO + "grantBeneficiary"],
        [PASSO + "responsibleUnit", UNIT_OF],
    )
    by_role = [grouped((body, each) for each in data.processes for body in data.iris(each, *role)) for role in roles]
    whole = grouped((body, each) for found in by_role for body, processes in found.items() for each in processes)
    return [
        (body, str(count), *(str(len(found.get(body, ()))) for found in by_role)) for body, count in most_first(whole)
    ]


@computes("proposal-outcome")
def proposal_outcome(data: Data) -> Rows:
    rows = []
    for step, outcome in enumerate(("hasProposalDocument", "proposalApproved", "hasDecisionAct")):
        for region, asked in data.by_region(PASSO + outcome).items():
            told = [values for each in asked if (values := data.values(each, PASSO + outcome))]
            yes = [values for values in told if values != {NO}]
            rows.append(((-len(asked), region, step), (region, PASSO + outcome, len(asked), len(told), len(yes))))
    return [tuple(map(str, row)) for _, row in sorted(rows)]


@computes("techniques")
def techniques(data: Data) -> Rows:
    name = PASSO + "usesTechnique"
    used = grouped(
        (technique, each)
        for each in data.processes
        for technique in data.iris(each, name) | data.iris(each, PASSO + "hasPhase", name)
    )
    stating = {process for found in used.values() for process in found}
    stating |= {each for each in data.processes if data.missing(each, name) - {NOT_STATED, NOT_APPLICABLE}}
    return [(technique, str(n), str(len(stating)), percent(n, len(stating))) for technique, n in most_first(used)]


# --------------------------------------------------------------------------------------------------------------- tests


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The N-Quads of a release of the shipped data."""
    folder = tmp_path_factory.mktemp("independent")
    # Publishing writes the registry into the data folder: a trial wants a copy of it.
    data, releases = shutil.copytree(ROOT / "data", folder / "data"), folder / "releases"
    command = [sys.executable, "-m", "passo_lod", "publish", "--data", str(data), "--releases", str(releases)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return gzip.decompress((releases / "current" / "dump" / "passo.nq.gz").read_bytes()).decode()


def edge_cases() -> str:
    quads = ox.parse(EDGE_CASES.read_bytes(), format=ox.RdfFormat.TRIG)
    return bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").decode()


class Published(NamedTuple):
    """The same statements for the two ways of computing."""

    store: ox.Store
    data: Data


@pytest.fixture(scope="module", params=["the shipped data", "the shipped data with edge cases"])
def published(dump: str, request: pytest.FixtureRequest) -> Published:
    text = dump + (edge_cases() if "edge cases" in request.param else "")
    store = ox.Store()
    store.bulk_load(text.encode(), format=ox.RdfFormat.N_QUADS)
    return Published(store, Data(text))


@pytest.mark.parametrize("query", stored_queries(), ids=lambda query: query.name)
def test_a_stored_query_gives_what_plain_python_computes(query: StoredQuery, published: Published) -> None:
    solutions = published.store.query(query.text, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    text = bytes(solutions.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode()
    _, *rows = csv.reader(io.StringIO(text, newline=""))
    computed = COMPUTATIONS[query.name](published.data)
    assert computed
    assert [tuple(row) for row in rows] == computed
