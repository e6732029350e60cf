"""Each question gives, over the shipped release, what plain Python computes from the source files (`source_facts`)."""

import asyncio
import csv
import gzip
import io
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import mean, median, quantiles

import pyoxigraph as ox
import pytest
from pyoxigraph import QuerySolutions, RdfFormat, Store

from passo_lod.comparison.address import read_comparison
from passo_lod.comparison.answer_rows import code_of
from passo_lod.comparison.answers import AnsweredComparison, answer
from passo_lod.comparison.declarations import Declarations
from passo_lod.queries.questions import Question, questions
from tests.comparison.source_facts import (
    NOT_ASKED,
    REASONS,
    Case,
    Fact,
    Form,
    absent,
    cases,
    current_municipalities,
    inhabitants_by_region,
    known,
    pages,
)

ROOT = Path(__file__).resolve().parents[2]
RELEASES = {"shipped": ("samples",), "shipped_in_full": ("samples", "cases")}
"""The folders of each source that a release of the tests has (`tests/conftest.py`)."""

COMPARISONS = [each for each in questions().values() if each.comparison]
QUERIES = [each for each in questions().values() if each.query.text.strip()]


@pytest.fixture(scope="module", params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """The name of a fixture with a release."""
    return str(request.param)


@pytest.fixture(scope="module")
def store(release: str, request: pytest.FixtureRequest) -> Store:
    folder: Path = request.getfixturevalue(release)
    store = Store()
    store.bulk_load(gzip.decompress((folder / "dump" / "passo.nq.gz").read_bytes()), format=RdfFormat.N_QUADS)
    return store


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return Declarations.of(ox.parse(path=str(ROOT / "ontology" / "comparison.ttl")))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(release: str) -> list[Case]:
    return cases(RELEASES[release])


def answered(store: Store, declared: Declarations, parameters: Iterable[tuple[str, str]]) -> AnsweredComparison:
    async def ask(query: str) -> QuerySolutions:
        return store.query(query, use_default_graph_as_union=True)  # type: ignore[return-value]

    return asyncio.run(answer(read_comparison(list(parameters), declared), ask, ("en",)))


def table(store: Store, name: str) -> list[dict[str, str]]:
    """The answer of a query of its own, IRIs by their last segments."""
    solutions = store.query(questions()[name].query.text, use_default_graph_as_union=True)
    assert isinstance(solutions, QuerySolutions)
    text = bytes(solutions.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode()
    return [
        {key: code_of(value) for key, value in row.items()} for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


# ------------------------------------------------------------------------------------------------------------- heads


def test_the_questions_are_listed_in_the_order_of_their_heads() -> None:
    orders = [each.order for each in questions().values()]
    assert orders == sorted(orders)
    assert len(set(orders)) == len(orders)
    assert next(iter(questions())) == "territorial-spread"


@pytest.mark.parametrize("question", questions().values(), ids=lambda each: each.name)
def test_a_question_has_a_title_a_note_and_limits_in_both_languages(question: Question) -> None:
    for texts in (question.query.titles, question.query.notes, question.limits):
        assert texts.keys() == {"it", "en"}
    assert all(title.endswith("?") for title in question.query.titles.values())


@pytest.mark.parametrize("question", questions().values(), ids=lambda each: each.name)
def test_a_question_is_a_comparison_or_a_query_or_says_why_there_is_no_answer(question: Question) -> None:
    ways = [bool(question.comparison), bool(question.query.text.strip()), question.unanswerable.keys() == {"it", "en"}]
    assert sum(ways) == 1


@pytest.mark.parametrize("question", COMPARISONS, ids=lambda each: each.name)
def test_a_comparison_names_declared_measures_and_dimensions(question: Question, declared: Declarations) -> None:
    assert read_comparison(list(question.comparison.items()), declared).measure.code == question.comparison["measure"]


# ------------------------------------------------------------------------------------------------------- comparisons

Values = tuple[float, ...]


def one(_: Case) -> Fact:
    return known(1)


def ratio(over: str, under: str) -> Callable[[Case], Fact]:
    def value(case: Case) -> Fact:
        first, second = case[over], case[under]
        if first.values and second.values:
            return known(first.number() / second.number())  # type: ignore[operator]
        return absent(max((each.reason for each in (first, second) if each.reason), key=REASONS.index))

    return value


def count(name: str) -> Callable[[Case], Fact]:
    return lambda case: known(len(case[name].values)) if case[name].values else case[name]


def months(case: Case) -> Fact:
    if case["start"].values and case["end"].values:
        (start,), (end,) = case["start"].values, case["end"].values
        return known(12 * (int(end[:4]) - int(start[:4])) + int(end[5:7]) - int(start[5:7]))
    return absent(min((each.reason for each in (case["start"], case["end"]) if each.reason), key=REASONS.index))


def fact(name: str) -> Callable[[Case], Fact]:
    return lambda case: case[name]


SHARES = {
    "cofinanced": "cofinanced",
    "women-present": "women",
    "facilitator-present": "facilitator",
    "outcome-taken-up": "outcome",
    "extension-granted": "extension",
    "work-life-balance": "balance",
    "digital-tools": "digital",
}
MEASURES: Mapping[str, Callable[[Case], Fact]] = {
    "processes": one,
    "processes-per-100000": one,
    "participants": fact("participants"),
    "total-cost": fact("cost"),
    "public-grant": fact("grant"),
    "cost-per-participant": ratio("cost", "participants"),
    "grant-share": ratio("grant", "cost"),
    "duration": months,
    "techniques": count("techniques"),
    "territories": count("territories"),
} | {measure: fact(name) for measure, name in SHARES.items()}

RATIOS = {"cost-per-participant", "grant-share"}
UNREAD = {"provinces", "municipalities-per-process"}
"""Questions about the places of Participedia, which only its mapping reads: `test_places_of_the_observatory` reads those of the other source."""


def groups(case: Case, dimension: str) -> frozenset[str]:
    return frozenset({case.source}) if dimension == "source" else case[dimension].groups


def figures(found: Iterable[Case], measure: str, by: str, series: str | None) -> dict[tuple[str, str], dict[str, str]]:
    """The columns of each row that the cases decide."""
    cells: dict[tuple[str, str], list[Fact]] = {}
    for case in found:
        for group in groups(case, by):
            for other in groups(case, series) if series else ("",):
                cells.setdefault((group, other), []).append(MEASURES[measure](case))
    return {key: columns(facts, measure) for key, facts in cells.items()}


def columns(facts: list[Fact], measure: str) -> dict[str, str]:
    stated = [each for each in facts if each.values]
    row = {"processes": str(len(facts)), "known": str(len(stated))}
    row |= {camel(reason): str(sum(each.reason == reason for each in facts)) for reason in REASONS}
    if measure.startswith("processes"):
        return row
    if measure in SHARES:
        yes, no = (sum(value in each.values for each in stated) for value in ("yes", "no"))
        share = f"{100 * yes / len(stated):.1f}".removesuffix(".0") if len(stated) >= 10 and no else ""
        return row | {"yes": str(yes), "no": str(no), "percent": share}
    # A sum of ratios says nothing.
    without_total = {"total": ""} if measure in RATIOS else {}
    return row | numbers([float(next(iter(each.values))) for each in stated]) | without_total


def numbers(values: list[float]) -> dict[str, str]:
    names = ("total", "mean", "lowest", "firstQuartile", "median", "thirdQuartile", "highest")
    if not values:
        return dict.fromkeys(names, "")
    low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    exact = (sum(values), mean(values), min(values), low, median(values), high, max(values))
    return {name: f"{number:.2f}".rstrip("0").rstrip(".") for name, number in zip(names, exact, strict=True)}


def camel(reason: str) -> str:
    first, *rest = reason.split("-")
    return first + "".join(part.title() for part in rest)


@pytest.mark.parametrize(
    "question", [each for each in COMPARISONS if each.name not in UNREAD], ids=lambda each: each.name
)
def test_a_comparison_gives_what_the_source_files_say(
    question: Question, store: Store, declared: Declarations, found: list[Case]
) -> None:
    measure, by = question.comparison["measure"], question.comparison["by"]
    series = question.comparison.get("and")
    expected = figures(found, measure, by, series)
    rows = answered(store, declared, question.comparison.items()).rows
    given = {(row["group"], row.get("series", "")): row for row in rows}
    assert len(given) == len(rows)
    assert given.keys() == expected.keys()
    assert {key: {name: given[key][name] for name in row} for key, row in expected.items()} == expected


def test_places_of_the_observatory(store: Store, declared: Declarations, found: list[Case]) -> None:
    here = [case for case in found if case.source == "emilia-romagna"]
    filters = [("source", "emilia-romagna")]
    (row,) = answered(store, declared, [("measure", "territories"), ("by", "region"), *filters]).rows
    (expected,) = figures(here, "territories", "region", None).values()
    assert {name: row[name] for name in expected} == expected
    provinces = [
        Case(
            case.id,
            case.source,
            {
                "province": Fact(
                    frozenset(f"istat-{code[:3]}" for code in case["territories"].values), case["territories"].reason
                )
            },
        )
        for case in here
    ]
    rows = answered(store, declared, [("measure", "processes"), ("by", "province"), *filters]).rows
    assert {row["group"]: row["processes"] for row in rows} == {
        group: row["processes"] for (group, _), row in figures(provinces, "processes", "province", None).items()
    }


def test_inhabitants_of_a_region_are_those_of_its_municipalities(store: Store, declared: Declarations) -> None:
    """Of the census of 2011: those that were merged later have none, and those that they come from do."""
    people = inhabitants_by_region()
    rows = answered(store, declared, questions()["per-inhabitant"].comparison.items()).rows
    regions = {row["group"]: row for row in rows if row["group"].startswith("istat-")}
    assert {"istat-08", "istat-09"} <= regions.keys()
    for code, row in regions.items():
        rate = 100_000 * int(row["processes"]) / people[code]
        assert (row["population"], row["populationYear"]) == (str(people[code]), "2011")
        assert float(row["per100000"]) == pytest.approx(rate, abs=0.005)
    assert all(not row["per100000"] for row in rows if row["group"].startswith("country-"))


# ------------------------------------------------------------------------------------------------- queries of their own


def page_facts() -> tuple[Form, list[Mapping[str, list[str]]]]:
    found = pages(("samples",))
    return Form(found), list(found.values())


def test_laws_are_those_that_the_assessments_cite(store: Store, found: list[Case]) -> None:
    _, shown = page_facts()
    texts = [text for page in shown if (text := " ".join(page.get("Sintesi della valutazione regionale", ())))]
    laws = [
        (f"er-lr-{year}-{number}", text)
        for text in texts
        for number, year in re.findall(r"L\.R\. n\. (\d+)/(\d{4})", text)
    ]
    acts = [
        (f"er-dgr-{year}-{number}", text)
        for text in texts
        for number, year in re.findall(r"delibera n\. (\d+) del [\d/]+/(\d{4})", text)
    ]
    citing = {law: {text for each, text in (*laws, *acts) if each == law} for law, _ in (*laws, *acts)}
    stating = len({text for cited in citing.values() for text in cited})
    assert citing
    assert {
        (row["law"], row["role"], row["citing"], row["stating"], row["asked"], row["processes"])
        for row in table(store, "laws")
    } == {
        (law, "legalBasis", str(len(cited)), str(stating), str(len(shown)), str(len(found)))
        for law, cited in citing.items()
    }


def test_roles_are_of_one_body_where_the_page_names_it_in_both(store: Store, found: list[Case]) -> None:
    labels = {
        "decisionHolder": "Titolari della decisione",
        "proposer": "Proponente",
        "grantBeneficiary": "Soggetto beneficiario dei contributi",
    }
    form, shown = page_facts()

    def bodies(page: Mapping[str, list[str]], role: str) -> set[str]:
        text = form.text(page, labels[role])
        return set() if isinstance(text, Fact) else {each.casefold() for each in text.split(" / ")}

    rows = table(store, "same-body")
    assert [(row["role"], row["otherRole"]) for row in rows] == [
        ("decisionHolder", "proposer"),
        ("decisionHolder", "grantBeneficiary"),
        ("proposer", "grantBeneficiary"),
    ]
    every = [page for page in shown if all(bodies(page, role) for role in labels)]
    for row in rows:
        pair = (row["role"], row["otherRole"])
        both = [page for page in shown if all(bodies(page, role) for role in pair)]
        same = [page for page in both if bodies(page, pair[0]) & bodies(page, pair[1])]
        asked = len(shown) if all(labels[role] in form.shown for role in pair) else 0
        expected = (len(same), len(both), asked, len(found), len(every))
        assert tuple(int(row[name]) for name in ("same", "stating", "asked", "processes", "allStating")) == expected


CRITERIA = {
    "formal-agreement": "Premialità accordo formale preventivo",
    "sector": "Premialità settore",
    "petitions": "Premialità petizioni",
    "gender-equality": "Bonus Parità di Genere",
    "confiscated-assets": "Bonus Beni Confiscati",
    "reserved-places": "Riserva di posti",
    "ecological-transition": "Progetto in materia di transizione ecologica",
    "inclusion": "Modalità di inclusione",
    "monitoring": "Premialità modalità del monitoraggio",
}
COUNTS = ("asked", "stating", "yes", "no", "described", "notForeseen", "unknown")


def criterion_counts(*labels: str) -> dict[str, str]:
    form, shown = page_facts()
    stating = [page for page in shown if any(label in page for label in labels)]
    texts = [form.text(page, *labels) for page in stating]
    counts = {
        "asked": len(shown),
        "stating": len(stating),
        "yes": sum(text in ("Si", "Sì") for text in texts),
        "no": sum(text == "No" for text in texts),
        "described": sum(isinstance(text, str) and text not in ("Si", "Sì", "No") for text in texts),
        "notForeseen": sum(text == absent("not-applicable") for text in texts),
        "unknown": sum(isinstance(text, Fact) and text.reason not in ("", "not-applicable") for text in texts),
    }
    return {name: str(number) for name, number in counts.items()}


@pytest.mark.parametrize(("criterion", "label"), CRITERIA.items())
def test_criteria_are_those_that_the_pages_show(criterion: str, label: str, store: Store) -> None:
    (row,) = [row for row in table(store, "award-criteria") if row["criterion"] == criterion]
    assert {name: row[name] for name in COUNTS} == criterion_counts(label)


def test_staff_training_is_answered_or_described(store: Store) -> None:
    (row,) = table(store, "staff-training")
    expected = criterion_counts("Premialità formazione del personale", "Descrizione delle attività di formazione")
    assert row["region"] == "istat-08"
    assert {name: row[name] for name in row if name in COUNTS} == {
        name: expected[name] for name in row if name in COUNTS
    }


def test_municipalities_are_covered_or_never_covered(store: Store, found: list[Case]) -> None:
    """Of the provinces of the pages: Participedia may cover more, so each municipality of the pages is covered, and the parts add up."""
    current = current_municipalities()
    named = {code for case in found for code in case["territories"].values}
    covered = {row["province"]: row for row in table(store, "municipalities-covered")}
    never = [row["municipality"].removeprefix("istat-") for row in table(store, "municipalities-never-covered")]
    assert {f"istat-{code[:3]}" for code in named} <= covered.keys()
    assert not named.intersection(never)
    people = [int(current[code]["population"] or 0) for code in never]
    assert people == sorted(people, reverse=True)
    for province, row in covered.items():
        inside = {
            code: int(each["population"] or 0)
            for code, each in current.items()
            if each["province"] == province.removeprefix("istat-")
        }
        missing = [code for code in never if code in inside]
        assert (int(row["municipalities"]), int(row["inhabitants"])) == (len(inside), sum(inside.values()))
        assert (int(row["neverCovered"]), int(row["inhabitantsNeverCovered"])) == (
            len(missing),
            sum(map(inside.__getitem__, missing)),
        )
        assert int(row["covered"]) == len(inside) - len(missing)


PAIR = """
@prefix passo: <https://w3id.org/passo/onto/> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix p: <https://w3id.org/passo/id/process/> .
@prefix place: <https://w3id.org/passo/id/place/> .
<https://w3id.org/passo/dataset/one> {
  p:aa-1 a passo:ParticipatoryProcess ; passo:affectedTerritory place:istat-036002 ; passo:startYear "2020"^^xsd:gYear ; passo:participantCount 60 .
  p:aa-2 a passo:ParticipatoryProcess ; passo:affectedTerritory place:istat-036002 ; passo:startYear "2021"^^xsd:gYear .
  p:aa-3 a passo:ParticipatoryProcess ; skos:exactMatch p:bb-3 .
}
<https://w3id.org/passo/dataset/two> {
  p:bb-1 a passo:ParticipatoryProcess ; passo:affectedTerritory place:istat-036002 ; passo:startYear "2020"^^xsd:gYear ; passo:participantCount 80 .
  p:bb-3 a passo:ParticipatoryProcess .
}
"""


def test_processes_of_two_sources_are_paired_by_what_a_source_declares_or_by_place_and_year(store: Store) -> None:
    pairs = Store()
    pairs.extend(store)
    pairs.load(PAIR, format=RdfFormat.TRIG)
    rows = [
        row
        for row in table(pairs, "several-sources")
        if row["process"].startswith("aa-") and row["other"].startswith("bb-")
    ]
    assert [(row["process"], row["other"], row["because"]) for row in rows] == [
        ("aa-1", "bb-1", "startYear"),
        ("aa-3", "bb-3", "core#exactMatch"),
    ]
    assert (rows[0]["participants"], rows[0]["otherParticipants"]) == ("60", "80")


def test_processes_of_one_source_are_no_pair(store: Store) -> None:
    assert all(row["process"][:3] != row["other"][:3] for row in table(store, "several-sources"))


def test_every_query_of_its_own_is_examined_here() -> None:
    assert {each.name for each in QUERIES} == {
        "laws",
        "same-body",
        "award-criteria",
        "staff-training",
        "municipalities-covered",
        "municipalities-never-covered",
        "several-sources",
    }
    assert NOT_ASKED.groups == {"not-asked"}
