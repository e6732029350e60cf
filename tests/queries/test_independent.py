"""Each stored query gives what plain Python computes from the N-Quads of a release of the shipped data: each row, each column, in order.

Nothing here parses or runs SPARQL, and no number is written down: the computation follows the data. `edge_cases.trig` has what the
shipped data do not have, such as a shared grant, a cost in another currency and a question that does not apply.
"""

import csv
import gzip
import io
import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from passo_lod.queries.stored_queries import StoredQuery, stored_queries

BASE = "https://w3id.org/passo/"
PASSO = f"{BASE}onto/"
VOCABULARY = f"{BASE}controlled-vocabulary/"
ANSWER = f"{VOCABULARY}answer/"
YES, NO, NOT_ASKED, NOT_CAPTURED, NOT_STATED, NOT_APPLICABLE, NOT_UNDERSTOOD = (
    ANSWER + each
    for each in ("yes", "no", "not-asked", "not-captured", "not-stated", "not-applicable", "not-understood")
)
REASONS = [ANSWER + each for each in ("not-stated", "not-applicable", "not-captured", "not-understood", "withheld")]
FORMAT = PASSO + "sourceFormat"
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
        self._predicates: dict[str, set[str]] = defaultdict(set)
        for line in filter(None, text.split("\n")):
            match = _LINE.fullmatch(line)
            assert match, line
            subject, predicate, iri, literal, language, graph = match.groups()
            term: Term = Text(_ESCAPE.sub(unescape, literal), language or "") if iri is None else iri
            self.graphs[graph].add((subject, predicate, term))
            self._objects[subject, predicate].add(term)
            self._subjects[predicate, term].add(subject)
            self._predicates[subject].add(predicate)
        process = PASSO + "ParticipatoryProcess"
        self.sources = {
            graph: found
            for graph, statements in sorted(self.graphs.items())
            if (found := sorted(s for s, p, o in statements if (p, o) == (TYPE, process)))
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

    def missing(self, process: str, name: str) -> set[str]:
        """The reasons that the records of a process give for a property without a value."""
        return {
            reason
            for record in self.subjects(PRIMARY_TOPIC, process)
            for node in self.iris(record, PASSO + "hasMissingValue")
            if name in self.all(node, PASSO + "missingProperty")
            for reason in self.iris(node, PASSO + "answer")
        }

    def formats(self, process: str) -> set[str]:
        return {each for record in self.subjects(PRIMARY_TOPIC, process) for each in self.iris(record, FORMAT)}

    @cached_property
    def _questions(self) -> dict[str, set[str]]:
        """The properties that some record of a format answers."""
        found: dict[str, set[str]] = defaultdict(set)
        for statements in self.graphs.values():
            for record, file_format in ((s, o) for s, p, o in statements if p == FORMAT and isinstance(o, str)):
                for process in self.iris(record, PRIMARY_TOPIC):
                    found[file_format] |= self._predicates[process]
                for missing in self.iris(record, PASSO + "hasMissingValue"):
                    found[file_format] |= self.iris(missing, PASSO + "missingProperty")
        return found

    def states(self, process: str, *names: str) -> set[str]:
        """Each reason why there is no value; “yes” if there is one; “not asked” if no record of the format says anything."""
        found = {YES} if any(self.all(process, name) for name in names) else set()
        found |= {reason for name in names for reason in self.missing(process, name)}
        silent = (
            {NOT_CAPTURED}
            if any(self._questions[each].intersection(names) for each in self.formats(process))
            else {NOT_ASKED}
        )
        return found or silent

    def asked(self, *names: str) -> list[str]:
        """The processes whose formats ask for one of the properties, without those that the first question does not concern."""
        return [
            each
            for each in self.processes
            if NOT_ASKED not in self.states(each, *names)
            and (YES in self.states(each, names[0]) or NOT_APPLICABLE not in self.missing(each, names[0]))
        ]

    def not_asked(self, *names: str) -> list[str]:
        return [each for each in self.processes if NOT_ASKED in self.states(each, *names)]

    def regions(self, process: str) -> list[str]:
        """The region of comparison; else the reason why there is none."""
        name = PASSO + "comparisonRegion"
        return sorted(self.iris(process, name)) or sorted(self.missing(process, name)) or [NOT_ASKED]

    def by_region(self, processes: Iterable[str]) -> dict[str, set[str]]:
        return grouped((region, process) for process in processes for region in self.regions(process))


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
        filled = {each for each in found if data.all(each, name)}
        states = [data.states(each, name) for each in found if each not in filled]
        *reasons, not_asked = (sum(1 for each in states if reason in each) for reason in (*REASONS, NOT_ASKED))
        counts = [len(found), len(filled), *reasons, not_asked]
        assert counts[0] == sum(counts[1:])
        rows.append((name, source, *map(str, counts), percent(len(filled), len(found) - reasons[1] - not_asked)))
    return rows


@computes("costs-by-region")
def costs_by_region(data: Data) -> Rows:
    rows = []
    silent = data.by_region(data.not_asked(PASSO + "cost"))
    for region, asked in data.by_region(data.asked(PASSO + "cost")).items():
        costs = [
            euro
            for process in data.processes
            if region in data.regions(process)
            for cost in data.iris(process, PASSO + "cost")
            if "EUR" in data.texts(cost, SCHEMA + "currency")
            for euro in data.numbers(cost, SCHEMA + "value")
        ]
        figures = [""] * 4
        if costs:
            mean = rounded(sum(costs, Fraction()) / len(costs))
            figures = [number(statistics.median(costs)), mean, number(min(costs)), number(max(costs))]
        rows.append((region, *counted(asked, silent.get(region, ()), costs), *figures))
    return sorted(rows, key=lambda row: (-int(row[3]), row[0]))


@computes("decision-holders")
def decision_holders(data: Data) -> Rows:
    name = PASSO + "decisionHolder"
    holders = grouped((holder, process) for process in data.processes for holder in data.iris(process, name))
    stating = {process for found in holders.values() for process in found}
    known = counted(stating, data.asked(name), data.not_asked(name))
    return [
        (holder, kind, str(count), *known)
        for holder, count in most_first(holders)
        for kind in sorted(data.iris(holder, PASSO + "organisationType")) or [""]
    ]


@computes("decision-methods")
def decision_methods(data: Data) -> Rows:
    ways: list[tuple[str, str]] = []
    for process in data.processes:
        for method in data.iris(process, PASSO + "decisionMethod"):
            tops = {each for each in data.broader(method) if not data.iris(each, SKOS + "broader")}
            ways += [(top, process) for top in tops]
    methods = grouped(ways)
    stating = len({process for _, process in ways})
    return [(method, str(n), str(stating), percent(n, stating)) for method, n in most_first(methods)]


def counted(*groups: Collection[object]) -> tuple[str, ...]:
    return tuple(str(len(each)) for each in groups)


def month(date: str) -> int:
    year, of_year, *_ = date.split("-")
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
                if len(start) > len("2020") and len(end) > len("2020")
            ]
            if months:
                mean = rounded(sum(months, Fraction()) / len(months), 1)
                figures = (number(statistics.median(months)), mean, number(min(months)), number(max(months)))
                rows.append((region, source, str(len(processes)), str(len(months)), *figures))
    return sorted(rows, key=lambda row: (-int(row[3]), row[:2]))


def yes_and_no(key: str, asked: int, silent: int, yes: int, no: int) -> tuple[str, ...]:
    return (key, str(asked), str(silent), str(yes), str(no), str(asked - yes - no), percent(yes, yes + no))


def without_percent(row: tuple[str, ...]) -> tuple[str, ...]:
    """A row of `yes_and_no`, where nobody answers “no” and nobody may be able to."""
    return row if row[4] != "0" else (*row[:-1], "")


@computes("facilitators")
def facilitators(data: Data) -> Rows:
    answered, figure = PASSO + "usesFacilitator", PASSO + "professionalFigure"
    facilitator = VOCABULARY + "professional-figure/facilitator"
    rows = []
    for source, found in data.sources.items():
        asked = set(data.asked(answered, figure)).intersection(found)
        silent = set(data.not_asked(answered, figure)).intersection(found)
        if not asked:
            continue
        yes = {
            each
            for each in asked
            if YES in data.all(each, answered)
            or any(facilitator in data.broader(role) for role in data.iris(each, figure))
        }
        no = {each for each in asked - yes if NO in data.all(each, answered)}
        rows.append(without_percent(yes_and_no(source, len(asked), len(silent), len(yes), len(no))))
    return sorted(rows, key=lambda row: (-int(row[1]), row[0]))


@computes("female-presence")
def female_presence(data: Data) -> Rows:
    name = PASSO + "femalePresence"
    rows = []
    silent = data.by_region(data.not_asked(name))
    for region, asked in data.by_region(data.asked(name)).items():
        yes, no = ({each for each in asked if answer in data.all(each, name)} for answer in (YES, NO))
        rows.append(yes_and_no(region, len(asked), len(silent.get(region, ())), len(yes), len(no)))
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
    silent = data.by_region(data.not_asked(PASSO + "hasFunding"))
    for region, asked in data.by_region(data.asked(PASSO + "hasFunding")).items():
        funded = {each for each in asked if data.iris(each, PASSO + "hasFunding")}
        awards = {award for each in funded for award in data.iris(each, PASSO + "hasFunding")}
        amounts = [euro for award in awards for euro in euros(data, award)]
        counts = counted(asked, silent.get(region, ()), funded, awards, amounts)
        rows.append((region, *counts, number(sum(amounts, Fraction())) if amounts else ""))
    return sorted(rows, key=lambda row: (-int(row[4]), row[0]))


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
    asked, silent = data.by_region(data.asked(name)), data.by_region(data.not_asked(name))
    for region, found in sorted(data.by_region(data.processes).items()):
        levels = {each: data.iris(each, name) for each in found if data.iris(each, name)}
        bands: list[tuple[str, str]] = []
        for process, stated in levels.items():
            for level in stated:
                broad = data.iris(level, SKOS + "broadMatch")
                known = {each for each in broad if each.startswith(VOCABULARY + "participation-band/")}
                bands += [(band, process) for band in known or {""}]
        for band, processes in sorted(grouped(bands).items()):
            share = percent(len(processes), len(levels))
            known = counted(asked[region], silent.get(region, ()))
            rows.append((region, band, *counted(processes, levels), share, *known))
    return rows


@computes("missing-values")
def missing_values(data: Data) -> Rows:
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for source, statements in data.graphs.items():
        for record, missing in ((s, o) for s, p, o in statements if p == PASSO + "hasMissingValue"):
            assert isinstance(missing, str)
            about = product(data.iris(missing, PASSO + "missingProperty"), data.iris(missing, PASSO + "answer"))
            for (name, reason), process in product(about, data.iris(record, PRIMARY_TOPIC)):
                if not data.all(process, name):
                    found[name, source, reason].add(process)
    rows = [(*key, str(len(processes))) for key, processes in found.items()]
    return sorted(rows, key=lambda row: (-int(row[3]), row[:3]))


SIZES = [(50, "0–49"), (200, "50–199"), (1000, "200–999"), (10000, "1000–9999"), (math.inf, "10000 +")]


@computes("participants")
def participants(data: Data) -> Rows:
    name = PASSO + "participantCount"
    sizes: Counter[str] = Counter()
    for process in data.asked(name):
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


@computes("places-by-level")
def places_by_level(data: Data) -> Rows:
    rows = []
    for source, found in data.sources.items():
        levels = grouped((level, each) for each in found for level in data.iris(each, PASSO + "placeLevel") or {""})
        for level, count in most_first(levels):
            unknown = sum(
                1 for each in levels[level] if NOT_UNDERSTOOD in data.missing(each, PASSO + "affectedTerritory")
            )
            rows.append((source, level, str(count), str(unknown), str(len(found)), percent(count, len(found))))
    return rows


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
    known = counted(dated, data.asked(name), data.not_asked(name))
    return [(year, str(len(found)), *known) for year, found in sorted(years.items())]


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
    for step, name in enumerate(("hasProposalDocument", "proposalApproved", "hasDecisionAct")):
        outcome = PASSO + name
        silent = data.by_region(data.not_asked(outcome))
        for region, asked in data.by_region(data.asked(outcome)).items():
            told = [values for each in asked if (values := data.all(each, outcome))]
            yes = [values for values in told if values != {NO}]
            known = counted(asked, silent.get(region, ()), told, yes)
            rows.append(((-len(asked), region, step), (region, outcome, *known)))
    return [row for _, row in sorted(rows)]


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
def dump(shipped_in_full: Path) -> str:
    """The N-Quads of a release of the shipped data."""
    return gzip.decompress((shipped_in_full / "dump" / "passo.nq.gz").read_bytes()).decode()


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
