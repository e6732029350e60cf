"""Write as many record pages as a benchmark needs, of the shape and size of real ones: about a hundred statements each.

Each is a shipped page told anew: its labels in their order, its prose in other words of the same length, its dates shifted together, its
amounts scaled by one factor, so that sums, percentages and durations stay right; with other municipalities (real ones), bodies and techniques.
Ten of the eleven shipped pages break off where their source was cut: labels that stand there without their prose are given some, and the
fields that a page has further down follow as often as not, each by chance. One page in `FAULTY` is broken on purpose, the kinds of faults in turn.
The same number and seed make the same bytes.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pyoxigraph as ox
import yaml

from benchmarks.records import prose

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "data" / "sources" / "emilia-romagna"
FAULTY = 60
"""One page in so many breaks a duty, contradicts itself, or cannot be read."""

_REGION = "08"
_FULL = "9c01f1f444d477c3"
_BOILERPLATE = "Hai gestito, partecipato"
_MODIFIED = "Data ultima modifica"
_BODIES = 400
_DAY = re.compile(r"\b(\d\d)/(\d\d)/(\d{4})\b")
_AMOUNT = re.compile(r"([\d.]+,\d\d) €")

_LATE = (
    "Caratteristiche",
    "Numero persone partecipanti (stimate o effettive)",
    "Territorio Interessato",
    "Tecniche di Partecipazione",
    "Obiettivi e Risultati",
    "Obiettivi",
    "Risultati Attesi",
    "Indice di partecipazione",
    "Livello di partecipazione",
    "Crediti",
    "Dettagli o note sulle fonti utilizzate",
)
"""What a page has further down than the shipped ones were cut, in its order."""


@dataclass(frozen=True)
class Part:
    """A label or heading of a page with the lines below it; the first part of a page has none."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What is drawn once for a page, because several of its lines must agree."""

    chance: Random
    days: int
    """By which all dates are shifted."""
    years: int
    """By which years are shifted that no date beside them tells."""
    end: date | None
    """The last day, where the page tells it."""
    factor: Decimal
    """By which all amounts are multiplied."""
    towns: tuple[str, ...]
    """Municipalities of one province; the first is the page's own."""


# ---------------------------------------------------------------------------------------------------------- what is made


def page(number: int, seed: int = 1) -> str:
    """A page by its number."""
    chance = Random(f"{seed}/{number}")
    fault = FAULTS[number // FAULTY % len(FAULTS)] if number % FAULTY == 0 else None
    parts = _page(_FULL) if fault else _template(number, chance)
    facts = _facts(parts, chance)
    text = "\n\n".join(line for part in parts for line in _told(part, facts)) + "\n"
    return fault(text) if fault else text


def _template(number: int, chance: Random) -> tuple[Part, ...]:
    """A shipped page; one that breaks off with some of what follows."""
    name = _names()[number % len(_names())]
    parts = _page(name)
    if name == _FULL:
        return parts
    there = {part.label for part in parts}
    late = (part for part in _page(_FULL) if part.label in _LATE and part.label not in there)
    return (*parts, *(part for part in late if not part.lines or chance.random() < 0.5))


def _facts(parts: Sequence[Part], chance: Random) -> Facts:
    days = chance.randint(-2200, 300)
    start, end = (_date(parts, label) for label in ("Data inizio", "Data fine"))
    moved = start + timedelta(days=days) if start else None
    towns = chance.choice(_towns())
    return Facts(
        chance=chance,
        days=days,
        years=moved.year - start.year if moved and start else round(days / 365),
        end=end + timedelta(days=days) if end else None,
        factor=Decimal(chance.randint(6, 40)) / 20,
        towns=tuple(chance.sample(towns, 6)),
    )


def _date(parts: Sequence[Part], label: str) -> date | None:
    lines = (line for part in parts if part.label.startswith(label) for line in part.lines)
    return next((_day(match) for line in lines if (match := _DAY.search(line))), None)


def _told(part: Part, facts: Facts) -> Iterator[str]:
    """The lines of a part, told anew."""
    if not part.label:
        yield from _head(part.lines, facts)
        return
    yield part.label
    tell = _LABELS.get(part.label)
    if tell is not None:
        yield from tell(facts, part.lines)
    elif part.label in _layout()["free-text"]:
        yield from _prose(facts, part.lines)
    else:
        yield from (_figures(line, facts) for line in part.lines)


def _head(lines: Sequence[str], facts: Facts) -> Iterator[str]:
    """The lines before the first heading: region, title, boilerplate, badge."""
    for line, following in zip(lines, (*lines[1:], ""), strict=True):
        yield prose(len(line), facts.chance) if following.startswith(_BOILERPLATE) else line


def _prose(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    """Prose of the same length; where there is none, some. One in fifty tells an address, which is to be masked."""
    for line in lines or ("x" * facts.chance.randint(150, 500),):
        if line.startswith(_MODIFIED):
            yield _figures(line, facts)
            continue
        text = prose(len(line), facts.chance) + "."
        yield f"{text} Informazioni: ufficio@example.org." if facts.chance.random() < 0.02 else text


def _phases(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    """What the way is: prose, or phases with a title and a period, as in the full page."""
    if facts.chance.random() < 0.5:
        yield from _prose(facts, lines)
        return
    titles = (prose(30, facts.chance).upper() for _ in range(facts.chance.randint(2, 4)))
    yield " ".join(
        f"FASE {at}: {title} (mesi {2 * at - 1}-{2 * at}) {prose(250, facts.chance)}."
        for at, title in enumerate(titles, start=1)
    )


def _bodies(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    """Associations and firms, of which some are in many pages."""
    number = facts.chance.randint(1, 12)
    yield " / ".join(dict.fromkeys(_body(int(_BODIES * facts.chance.random() ** 2)) for _ in range(number)))


def _body(number: int) -> str:
    chance = Random(f"body/{number}")
    kind = chance.choice(("Associazione ", "Pro Loco ", "Circolo ", "Cooperativa ", ""))
    return kind + prose(16, chance).title()


def _holder(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    """The municipality of the page, or a union named after it."""
    union = any("Union" in line for line in lines)
    yield f"Unione dei Comuni di {facts.towns[0]}" if union else f"Comune di {facts.towns[0]}"


def _address(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    street = facts.chance.choice(("Via", "Piazza", "Viale"))
    yield f"{street} {prose(12, facts.chance)}, {facts.chance.randint(1, 90)}, 4{facts.chance.randint(0, 9999):04} {facts.towns[0]}"


def _map(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    yield f"archive/{facts.chance.randrange(10**8):08}.jpg"
    yield from _territory(facts, lines)


def _territory(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    """Some municipalities; where the label is a heading, none."""
    if lines:
        yield " / ".join(facts.towns[: facts.chance.randint(1, 6)])


def _techniques(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    yield " / ".join(facts.chance.sample(_labels("technique"), facts.chance.randint(1, 4)))


def _level(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    yield facts.chance.choice(_labels("participation-level-er")).upper()


def _persons(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    yield str(int(facts.chance.lognormvariate(4.5, 1.0)) + 1)


def _score(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    yield f"{facts.chance.randint(5, 30)} / 30"


def _closing(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    """The year of the last day."""
    yield from (str(facts.end.year) if facts.end else line for line in lines)


def _year(facts: Facts, lines: Sequence[str]) -> Iterator[str]:
    yield from (str(int(line) + facts.years) for line in lines)


def _figures(line: str, facts: Facts) -> str:
    """A line with its dates shifted, and its amounts multiplied."""
    line = _DAY.sub(lambda found: f"{_day(found) + timedelta(days=facts.days):%d/%m/%Y}", line)
    return _AMOUNT.sub(lambda found: f"{_euro(_decimal(found[1]) * facts.factor)} €", line)


def _day(found: re.Match[str]) -> date:
    day, month, year = map(int, found.groups())
    return date(year, month, day)


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", "."))


def _euro(amount: Decimal) -> str:
    """An amount in Italian notation.

    >>> _euro(Decimal("10000.5"))
    '10.000,50'
    """
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


_LABELS: Mapping[str, Callable[[Facts, Sequence[str]], Iterator[str]]] = {
    "Titolari della decisione": _holder,
    "Soggetto beneficiario dei contributi": _holder,
    "Soggetti esterni": _bodies,
    "Indirizzo": _address,
    "Fasi del percorso": _phases,
    "Design del processo partecipativo": _phases,
    "Mappa": _map,
    "Territorio Interessato": _territory,
    "Tecniche di Partecipazione": _techniques,
    "Livello di partecipazione": _level,
    "Anno di chiusura": _closing,
    "Anno della certificazione": _year,
    "Anno Finanziamento": _year,
    "Indice di partecipazione": _score,
    "Numero persone partecipanti (stimate o effettive)": _persons,
}
"""The labels whose values are drawn anew."""


# ---------------------------------------------------------------------------------------------------------- what is broken


def _with(label: str, value: str) -> Callable[[str], str]:
    """A page in which one field has another value."""
    return lambda text: re.sub(rf"(?m)^({label})\n\n.+$", rf"\1\n\n{value}", text)


FAULTS: Sequence[Callable[[str], str]] = (
    _with("Importo finanziato dal Bando", "999.000,00 €"),
    _with("Data inizio", "31/12/2029"),
    _with("Indice di partecipazione", "31 / 30"),
    _with("Anno di chiusura", "1999"),
    _with("Percentuale Cofinanziamento", "140%"),
    _with("Costo del processo", "diecimila euro"),
    _with("Data fine", "31/02/2020"),
    lambda text: text.replace("Concluso", "Concluso\nVISIBLE=True;UPDATABLE=True;NEEDED=False;DEFAULT=;ORDER=1004"),
)
"""What breaks a page: against a duty of the shapes, against a converter, and a page that was not filled in."""


# ---------------------------------------------------------------------------------------------------------- what there is


@cache
def _names() -> list[str]:
    return sorted(path.stem for path in (SOURCE / "samples").glob("*.txt"))


@cache
def _layout() -> Mapping[str, Any]:
    layout: Mapping[str, Any] = yaml.safe_load((SOURCE / "source.yaml").read_text(encoding="utf-8"))["layout"]
    return layout


@cache
def _page(name: str) -> tuple[Part, ...]:
    """The parts of a shipped page."""
    sections: Mapping[str, list[str]] = _layout()["sections"]
    known = {*sections, *(label for labels in sections.values() for label in labels)}
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in (SOURCE / "samples" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() in known:
            parts.append((line.strip(), []))
        elif line.strip():
            parts[-1][1].append(line.strip())
    return tuple(Part(label, tuple(lines)) for label, lines in parts)


@cache
def _towns() -> list[list[str]]:
    """The municipalities of each province of the region."""
    provinces = {row["code"] for row in _rows("provinces") if row["region"] == _REGION}
    towns: dict[str, list[str]] = {}
    for row in _rows("municipalities"):
        if row["province"] in provinces and row["status"] == "current":
            towns.setdefault(row["province"], []).append(row["name"])
    return list(towns.values())


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / "places" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _labels(scheme: str) -> list[str]:
    """The Italian labels of a scheme's concepts."""
    quads = ox.parse(path=str(ROOT / "ontology" / "schemes" / f"{scheme}.ttl"))
    concepts = (
        each for each in quads if each.predicate.value.endswith("#prefLabel") and "scheme" not in each.subject.value
    )
    return sorted(each.object.value for each in concepts if each.object.language == "it")
