"""What the source files say of each process, read in plain Python: no mapping, no RDF of a release, no SPARQL.

Names of concepts come from the vocabulary (`ontology/schemes`, `ontology/alignments`), names of places from `data/places`. A fact is a set of
values, or the reason why there is none.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from rdflib import SKOS, Graph

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "data" / "sources"
PLACES = ROOT / "data" / "places"
SCHEMES = ROOT / "ontology" / "schemes"

REASONS = ("not-comparable", "not-understood", "withheld", "not-captured", "not-stated", "not-applicable", "not-asked")


@dataclass(frozen=True)
class Fact:
    """The values of something, or the reason why there are none."""

    values: frozenset[str] = frozenset()
    reason: str = ""

    @property
    def groups(self) -> frozenset[str]:
        return self.values or frozenset({self.reason})

    def number(self) -> float | None:
        return float(next(iter(self.values))) if self.values else None


def known(*values: object) -> Fact:
    return Fact(frozenset(map(str, values)))


def absent(reason: str) -> Fact:
    return Fact(reason=reason)


NOT_ASKED = absent("not-asked")


@dataclass(frozen=True)
class Case:
    """A process: its id, and its facts by name; what is not among them its source does not ask."""

    id: str
    source: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Fact:
        return self.facts.get(name, NOT_ASKED)


def cases(parts: Sequence[str]) -> list[Case]:
    """All processes of the source files in some folders of each source (`samples`, `cases`), without what is merged or quarantined."""
    return [*emilia_romagna(parts), *participedia(parts)]


# ---------------------------------------------------------------------------------------------------------- vocabulary


@cache
def _concepts(scheme: str) -> Mapping[str, str]:
    graph = Graph().parse(SCHEMES / f"{scheme}.ttl")
    found = {}
    for label in (SKOS.hiddenLabel, SKOS.altLabel, SKOS.prefLabel, SKOS.notation):
        for concept, text in graph.subject_objects(label):
            if f"/{scheme}/" in str(concept):
                found[str(text).casefold()] = last(str(concept))
    return found


@cache
def _matches() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for file in (ROOT / "ontology" / "alignments").glob("*.ttl"):
        graph = Graph().parse(file)
        for relation in (SKOS.closeMatch, SKOS.broadMatch):
            for concept, other in graph.subject_objects(relation):
                found["/".join(str(concept).split("/")[-2:])].add(str(other))
    return {concept: frozenset(others) for concept, others in found.items()}


def last(iri: str) -> str:
    return iri.rpartition("/")[2]


def aligned(fact: Fact, scheme: str, hub: str) -> Fact:
    """The concepts of a hub for those of a scheme."""
    hubs = {last(o) for each in fact.values for o in _matches().get(f"{scheme}/{each}", ()) if f"/{hub}/" in o}
    return Fact(frozenset(hubs)) if hubs else absent("not-comparable") if fact.values else fact


def named(texts: Iterable[str], scheme: str) -> Fact:
    codes = [_concepts(scheme).get(text.casefold()) for text in texts]
    return Fact(frozenset(filter(None, codes))) if any(codes) else absent("not-understood")


def answer(text: str) -> Fact:
    return {"si": known("yes"), "sì": known("yes"), "no": known("no")}.get(text.casefold(), known(text))


# -------------------------------------------------------------------------------------------------------------- places


@cache
def _rows(name: str) -> Sequence[Mapping[str, str]]:
    with (PLACES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _names(table: str) -> Mapping[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in _rows(table):
        names = [
            row["name"],
            row.get("name_en", ""),
            *row.get("also_known_as", "").split(";"),
            row.get("abbreviation", ""),
        ]
        for name in {folded(each) for each in names if each}:
            found[name].append(row)
    return found


def folded(text: str) -> str:
    return " ".join(re.sub(r"['’\-]", " ", text.casefold()).split())


def municipality(name: str, region: str) -> str:
    """The ISTAT code of a current municipality of a region."""
    regions = {row["code"]: row["region"] for row in _rows("provinces")}
    found = [each["code"] for each in _names("municipalities")[folded(name)] if regions[each["province"]] == region]
    return found[0]


def current_municipalities() -> Mapping[str, Mapping[str, str]]:
    return {row["code"]: row for row in _rows("municipalities") if row["status"] == "current"}


def inhabitants_by_region() -> Mapping[str, int]:
    """The inhabitants of all municipalities, current and abolished, by the code of their region."""
    regions = {row["code"]: row["region"] for row in _rows("provinces")}
    found: dict[str, int] = defaultdict(int)
    for row in _rows("municipalities"):
        found[f"istat-{regions[row['province']]}"] += int(row["population"] or 0)
    return found


# ------------------------------------------------------------------------------------------------------ Emilia-Romagna

ER = SOURCES / "emilia-romagna"
Page = Mapping[str, list[str]]
"""The lines below each label of a page; a label that is shown without a value has none."""


@cache
def _layout() -> Mapping[str, object]:
    return yaml.safe_load((ER / "source.yaml").read_text(encoding="utf-8"))["layout"]  # type: ignore[no-any-return]


def pages(parts: Sequence[str]) -> dict[str, Page]:
    return {
        f"er-{each.stem}": page(each.read_text(encoding="utf-8"))
        for part in parts
        for each in (ER / part).glob("*.txt")
    }


def page(text: str) -> Page:
    sections: Mapping[str, list[str]] = _layout()["sections"]  # type: ignore[assignment]
    labels = {label for section in sections.values() for label in section}
    found: dict[str, list[str]] = {}
    label = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line in labels:
            label = line
            found.setdefault(label, [])
        elif line in sections:
            label = ""
        elif label == "Mappa" and not re.search(r"\.(jpe?g|png|gif|svg|webp)$", line, re.IGNORECASE):
            found["Territorio Interessato"] = [line]
        elif label and not line.startswith("Data ultima modifica"):
            found[label].append(line)
    return found


class Form:
    """What the pages of the observatory ask: every label that at least one of them shows."""

    def __init__(self, found: Mapping[str, Page]) -> None:
        self.shown = {label for each in found.values() for label in each}

    def text(self, shown: Page, *labels: str) -> str | Fact:
        """The text below the first label that has one; else why there is none."""
        sentinels: Mapping[str, str] = _layout()["sentinels"]  # type: ignore[assignment]
        reasons = []
        for label in labels:
            text = " ".join(shown.get(label, ()))
            if text and text not in sentinels:
                return text
            if label in shown:
                reasons.append(sentinels[text] if text else "not-captured")
        if reasons:
            return absent(min(reasons, key=REASONS.index))
        return absent("not-captured") if self.shown.intersection(labels) else NOT_ASKED


COST = ("Costo del processo", "Costo complessivo del processo")
GRANT = "Importo finanziato dal Bando"
START, END = ("Data inizio", "Data inizio del processo"), ("Data fine", "Data fine del processo")
WOMEN = "Tra i soggetti partecipanti si registra la presenza femminile"
GENDER = "Riscontro della prevalenza di genere fra i partecipanti"
BALANCE = "Conciliazione con tempi di vita e lavoro dei partecipanti nella gestione del processo"
PLATFORM = "Utilizzo di piattaforme tecnologiche, metodologie e strumenti digitali"
APPROVED = "Documenti di proposta partecipata approvati al termine del processo"
ACT = "04 - Presa d'atto Ente Titolare della decisione"


def emilia_romagna(parts: Sequence[str]) -> Iterator[Case]:
    found = pages(parts)
    form = Form(found)
    for name, shown in sorted(found.items()):
        yield Case(name, "emilia-romagna", dict(_page_facts(form, shown)))


def _page_facts(form: Form, shown: Page) -> Iterator[tuple[str, Fact]]:
    def coded(scheme: str, *labels: str, separator: str = "\n") -> Fact:
        text = form.text(shown, *labels)
        return text if isinstance(text, Fact) else named(text.split(separator), scheme)

    def converted(convert: object, *labels: str) -> Fact:
        text = form.text(shown, *labels)
        return text if isinstance(text, Fact) else convert(text)  # type: ignore[operator]

    yield "region", known("istat-08")
    yield "status", coded("progress-status", "Stato di avanzamento")
    yield "nature", coded("process-nature", "Natura Processo")
    yield "start", converted(italian_date, *START)
    yield "end", converted(italian_date, *END)
    yield "year", converted(lambda text: known(text[-4:]), "Anno di avvio", *START)
    yield "extension", converted(answer, "Richiesta e concessione della proroga")
    yield "cost", converted(euros, *COST)
    yield "grant", converted(euros, GRANT)
    yield "cofinanced", converted(answer, "Cofinanziamento", "Cofinanziamento altri soggetti")
    yield "participants", converted(known, "Numero persone partecipanti (stimate o effettive)")
    yield "women", converted(answer, WOMEN)
    yield "prevailing-gender", coded("gender-prevalence", GENDER)
    yield "balance", converted(answer, BALANCE)
    yield "participation-type", coded("participation-type", "Tipo di partecipazione")
    yield "pandemic-impact", coded("pandemic-impact", "Impatto emergenza Covid19 sul processo")
    yield "digital", converted(lambda _: known("yes"), PLATFORM, "Descrizione strumenti digitali")
    yield "facilitator", converted(figures, "Figure Professionali")
    yield "proposer-type", coded("proposer-type", "Tipologia di Soggetto proponente")
    yield "participant-category", coded("participant-category", "Partecipanti", separator=" / ")
    yield "policy-area", coded("policy-area", "Ambito di intervento")
    yield (
        "level-band",
        aligned(
            coded("participation-level-er", "Livello di partecipazione"), "participation-level-er", "participation-band"
        ),
    )
    techniques = coded("technique", "Tecniche di Partecipazione", separator=" / ")
    yield "techniques", techniques
    yield "technique-family", aligned(techniques, "technique", "technique-family")
    yield "outcome", converted(lambda text: answer(text) if text in ("Si", "Sì", "No") else known("yes"), APPROVED, ACT)
    yield "territories", converted(municipalities, "Territorio Interessato")


def italian_date(text: str) -> Fact:
    day, month, year = text.split("/")
    return known(f"{year}-{month}-{day}")


def euros(text: str) -> Fact:
    return known(text.removesuffix("€").strip().replace(".", "").replace(",", "."))


def figures(text: str) -> Fact:
    return known("yes") if "Facilitator" in text else absent("not-comparable")


def municipalities(text: str) -> Fact:
    return known(*(municipality(each, "08") for each in text.split(" / ")))


# -------------------------------------------------------------------------------------------------------- Participedia

PP = SOURCES / "participedia"
SAYS_NOTHING = {"not": "not-applicable", "not_applicable_or_not_relevant": "not-applicable"}
Row = Mapping[str, object]


def participedia(parts: Sequence[str]) -> Iterator[Case]:
    rows = [*_json_rows(parts), *_csv_rows(parts)]
    merged = _merged({str(row["id"]) for row in rows})
    for row in sorted(rows, key=lambda row: str(row["id"])):
        if row["id"] not in merged and not _ends_before_it_begins(row):
            yield Case(f"pp-{row['id']}", "participedia", dict(_case_facts(row)))


def _json_rows(parts: Sequence[str]) -> list[Row]:
    return [
        row
        for part in parts
        for file in sorted((PP / part).glob("*.json"))
        for row in json.loads(file.read_text(encoding="utf-8"))
    ]


def _csv_rows(parts: Sequence[str]) -> list[Row]:
    found: list[Row] = []
    for part in parts:
        for path in sorted((PP / part).glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                found += [{name: _cell(text) for name, text in row.items()} for row in csv.DictReader(file)]
    return found


def _cell(text: str) -> object:
    if text in ("", "NULL", "Unknown"):
        return None
    if text.startswith("{"):
        return [each.strip('"') for each in text[1:-1].split(",") if each]
    return text


def _merged(ids: set[str]) -> set[str]:
    decisions = yaml.safe_load((PP / "duplicates.yaml").read_text(encoding="utf-8"))["same"]
    return {each for decision in decisions if decision["keep"] in ids for each in decision["duplicates"]}


def _ends_before_it_begins(row: Row) -> bool:
    start, end = row.get("start_date"), row.get("end_date")
    return bool(start and end and str(end)[:10] < str(start)[:10])


ZERO_OF_CLOCK = "1969-12-31T16:00:00"


def _year_of_start(text: str) -> Fact:
    """The year; in the last hours of a year the clock of the site may be behind that of the case."""
    return absent("not-understood") if "-12-31T" in text and text[11:13] >= "12" else known(text[:4])


def _case_facts(row: Row) -> Iterator[tuple[str, Fact]]:
    """The facts of a case; a column that its file does not have is not asked."""

    def texts(column: str) -> list[str] | Fact:
        if column not in row:
            return NOT_ASKED
        value = row[column]
        listed = value if isinstance(value, list) else [] if value in (None, "", ZERO_OF_CLOCK) else [value]
        listed = [each for each in listed if each != "other"]
        stated = [str(each) for each in listed if str(each) not in SAYS_NOTHING]
        return stated or absent("not-applicable" if listed else "not-stated")

    def coded(scheme: str, column: str, prefix: str = "") -> Fact:
        found = texts(column)
        return found if isinstance(found, Fact) else named([prefix + each for each in found], scheme)

    def first(column: str, convert: object) -> Fact:
        found = texts(column)
        return found if isinstance(found, Fact) else convert(found[0])  # type: ignore[operator]

    yield "region", region_of(row)
    yield "status", first("ongoing", lambda text: known({"True": "ongoing", "False": "completed"}[text]))
    yield "start", first("start_date", lambda text: known(text[:10]))
    yield "end", first("end_date", lambda text: known(text[:10]))
    yield "year", first("start_date", _year_of_start)
    yield "participants", first("number_of_participants", known)
    yield "interaction-mode", coded("interaction-mode", "facetoface_online_or_both")
    yield "facilitator", first("facilitators", lambda text: known({"True": "yes", "False": "no"}[text]))
    yield "policy-area", aligned(coded("participedia-issue", "issues"), "participedia-issue", "policy-area")
    yield "organiser-type", coded("organiser-type", "organizer_types")
    techniques = coded("technique", "specific_methods_tools_techniques", "participedia-method-")
    yield "techniques", techniques
    yield "technique-family", aligned(techniques, "technique", "technique-family")


def region_of(row: Row) -> Fact:
    """The region of an Italian case; the country of any other; nothing for a case of several countries."""
    if not any(row.get(name) for name in ("country", "province", "city")):
        return absent("not-stated")
    if row.get("scope_of_influence") == ["multinational"]:
        return absent("not-applicable")
    countries = _names("countries").get(folded(str(row.get("country") or "")), [])
    if not countries:
        return absent("not-understood")
    if countries[0]["code"] != "ITA":
        return known(f"country-{countries[0]['code'].lower()}")
    # One text may name both, as in `San Cassiano (Lecce)`.
    city, _, beside = str(row.get("city") or "").partition(" (")
    province = str(row.get("province") or beside.rstrip(")"))
    for table, text in (
        ("regions", province),
        ("provinces", province),
        ("municipalities", city),
        ("provinces", city),
    ):
        found = {_region_code(table, each) for each in _names(table).get(folded(text), [])}
        if len(found) == 1:
            return known(f"istat-{found.pop()}")
    return absent("not-understood" if row.get("province") or row.get("city") else "not-stated")


def _region_code(table: str, row: Mapping[str, str]) -> str:
    if table == "municipalities":
        return next(each["region"] for each in _rows("provinces") if each["code"] == row["province"])
    return row["code"] if table == "regions" else row["region"]
