"""Generate pages of records for benchmarks, with the shape and size of real ones: about a hundred triples each.

Each is a variant of a shipped page: the same labels in the same order, prose of the same length in other words, all dates shifted by the same
number of days, all amounts multiplied by the same factor (so that sums, percentages and durations stay correct), with other municipalities, bodies
and techniques. Ten of the eleven shipped pages are truncated: labels without prose get some, and each of the fields that a complete page has
further down is added with a probability of one half. One page in `FAULT_RATE` has a fault, of each kind in turn. The same number and seed give
the same bytes.
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
FAULT_RATE = 60
"""One page in so many violates a shape, contradicts itself, or cannot be read."""

_REGION = "08"
_COMPLETE_PAGE = "9c01f1f444d477c3"
_BOILERPLATE = "Hai gestito, partecipato"
_MODIFIED = "Data ultima modifica"
_BODY_COUNT = 400
_DAY = re.compile(r"\b(\d\d)/(\d\d)/(\d{4})\b")
_AMOUNT = re.compile(r"([\d.]+,\d\d) €")

_LATER_LABELS = (
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
"""The labels that follow where the shipped pages are truncated, in order."""


@dataclass(frozen=True)
class Section:
    """A label or heading of a page with the lines below it; the first section of a page has no label."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class PageParameters:
    """What is drawn once for a page, because several of its lines must agree."""

    chance: Random
    days: int
    """Added to all dates."""
    years: int
    """Added to all years."""
    end: date | None
    """The last day, if the page has one."""
    factor: Decimal
    """All amounts are multiplied by it."""
    towns: tuple[str, ...]
    """Municipalities of one province, first that of the process."""


# ---------------------------------------------------------------------------------------------------------- generating


def page(number: int, seed: int = 1) -> str:
    """Generate a page.

    Args:
        number: of the page; it selects the template and the fault.
        seed: another seed gives other pages.
    """
    chance = Random(f"{seed}/{number}")
    fault = FAULTS[number // FAULT_RATE % len(FAULTS)] if number % FAULT_RATE == 0 else None
    sections = _page(_COMPLETE_PAGE) if fault else _template(number, chance)
    parameters = _parameters(sections, chance)
    text = "\n\n".join(line for section in sections for line in _vary(section, parameters)) + "\n"
    return fault(text) if fault else text


def _template(number: int, chance: Random) -> tuple[Section, ...]:
    """A shipped page; to a truncated one, some later sections are added."""
    name = _page_names()[number % len(_page_names())]
    sections = _page(name)
    if name == _COMPLETE_PAGE:
        return sections
    present = {section.label for section in sections}
    later = (each for each in _page(_COMPLETE_PAGE) if each.label in _LATER_LABELS and each.label not in present)
    return (*sections, *(each for each in later if not each.lines or chance.random() < 0.5))


def _parameters(sections: Sequence[Section], chance: Random) -> PageParameters:
    days = chance.randint(-2200, 300)
    start, end = (_date(sections, label) for label in ("Data inizio", "Data fine"))
    shifted = start + timedelta(days=days) if start else None
    towns = chance.choice(_towns())
    return PageParameters(
        chance=chance,
        days=days,
        years=shifted.year - start.year if shifted and start else round(days / 365),
        end=end + timedelta(days=days) if end else None,
        factor=Decimal(chance.randint(6, 40)) / 20,
        towns=tuple(chance.sample(towns, 6)),
    )


def _date(sections: Sequence[Section], label: str) -> date | None:
    lines = (line for section in sections if section.label.startswith(label) for line in section.lines)
    return next((_day(match) for line in lines if (match := _DAY.search(line))), None)


def _vary(section: Section, parameters: PageParameters) -> Iterator[str]:
    """The lines of a section with other values."""
    if not section.label:
        yield from _head(section.lines, parameters)
        return
    yield section.label
    vary_lines = _LABELS.get(section.label)
    if vary_lines is not None:
        yield from vary_lines(parameters, section.lines)
    elif section.label in _layout()["free-text"]:
        yield from _prose(parameters, section.lines)
    else:
        yield from (_shift_figures(line, parameters) for line in section.lines)


def _head(lines: Sequence[str], parameters: PageParameters) -> Iterator[str]:
    """The lines before the first heading: region, title, boilerplate, badge."""
    for line, following in zip(lines, (*lines[1:], ""), strict=True):
        yield prose(len(line), parameters.chance) if following.startswith(_BOILERPLATE) else line


def _prose(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    """Prose of the same length, or of any if there is none; one text in fifty has an e-mail address, which publishing must mask."""
    for line in lines or ("x" * parameters.chance.randint(150, 500),):
        if line.startswith(_MODIFIED):
            yield _shift_figures(line, parameters)
            continue
        text = prose(len(line), parameters.chance) + "."
        yield f"{text} Informazioni: ufficio@example.org." if parameters.chance.random() < 0.02 else text


def _phases(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    """Prose, or phases with a title and a period as in the complete page."""
    if parameters.chance.random() < 0.5:
        yield from _prose(parameters, lines)
        return
    titles = (prose(30, parameters.chance).upper() for _ in range(parameters.chance.randint(2, 4)))
    yield " ".join(
        f"FASE {at}: {title} (mesi {2 * at - 1}-{2 * at}) {prose(250, parameters.chance)}."
        for at, title in enumerate(titles, start=1)
    )


def _bodies(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    """Associations and companies, some of which occur in many pages."""
    number = parameters.chance.randint(1, 12)
    yield " / ".join(dict.fromkeys(_body(int(_BODY_COUNT * parameters.chance.random() ** 2)) for _ in range(number)))


def _body(number: int) -> str:
    chance = Random(f"body/{number}")
    kind = chance.choice(("Associazione ", "Pro Loco ", "Circolo ", "Cooperativa ", ""))
    return kind + prose(16, chance).title()


def _holder(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    """The municipality of the page, or a union named after it."""
    is_union = any("Union" in line for line in lines)
    yield f"Unione dei Comuni di {parameters.towns[0]}" if is_union else f"Comune di {parameters.towns[0]}"


def _address(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    street = parameters.chance.choice(("Via", "Piazza", "Viale"))
    yield f"{street} {prose(12, parameters.chance)}, {parameters.chance.randint(1, 90)}, 4{parameters.chance.randint(0, 9999):04} {parameters.towns[0]}"


def _map(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    yield f"archive/{parameters.chance.randrange(10**8):08}.jpg"
    yield from _territory(parameters, lines)


def _territory(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    """Some municipalities, or none if the label is a heading."""
    if lines:
        yield " / ".join(parameters.towns[: parameters.chance.randint(1, 6)])


def _techniques(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    yield " / ".join(parameters.chance.sample(_labels("technique"), parameters.chance.randint(1, 4)))


def _level(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    yield parameters.chance.choice(_labels("participation-level-er")).upper()


def _persons(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    yield str(int(parameters.chance.lognormvariate(4.5, 1.0)) + 1)


def _score(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    yield f"{parameters.chance.randint(5, 30)} / 30"


def _closing(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    """The year of the last day."""
    yield from (str(parameters.end.year) if parameters.end else line for line in lines)


def _year(parameters: PageParameters, lines: Sequence[str]) -> Iterator[str]:
    yield from (str(int(line) + parameters.years) for line in lines)


def _shift_figures(line: str, parameters: PageParameters) -> str:
    """Shift the dates of a line, and multiply its amounts."""
    line = _DAY.sub(lambda found: f"{_day(found) + timedelta(days=parameters.days):%d/%m/%Y}", line)
    return _AMOUNT.sub(lambda found: f"{_euro(_decimal(found[1]) * parameters.factor)} €", line)


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


_LABELS: Mapping[str, Callable[[PageParameters, Sequence[str]], Iterator[str]]] = {
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
"""How the lines of a section are drawn, by label."""


# ---------------------------------------------------------------------------------------------------------- faults


def _replace_field(label: str, value: str) -> Callable[[str], str]:
    """A function that gives one field of a page another value."""
    return lambda text: re.sub(rf"(?m)^({label})\n\n.+$", rf"\1\n\n{value}", text)


FAULTS: Sequence[Callable[[str], str]] = (
    _replace_field("Importo finanziato dal Bando", "999.000,00 €"),
    _replace_field("Data inizio", "31/12/2029"),
    _replace_field("Indice di partecipazione", "31 / 30"),
    _replace_field("Anno di chiusura", "1999"),
    _replace_field("Percentuale Cofinanziamento", "140%"),
    _replace_field("Costo del processo", "diecimila euro"),
    _replace_field("Data fine", "31/02/2020"),
    lambda text: text.replace("Concluso", "Concluso\nVISIBLE=True;UPDATABLE=True;NEEDED=False;DEFAULT=;ORDER=1004"),
)
"""Functions that put a fault into a page: a value that violates a shape, one that cannot be converted, or a page that was not filled in."""


# ---------------------------------------------------------------------------------------------------------- shipped pages and what values are drawn from


@cache
def _page_names() -> list[str]:
    return sorted(path.stem for path in (SOURCE / "samples").glob("*.txt"))


@cache
def _layout() -> Mapping[str, Any]:
    layout: Mapping[str, Any] = yaml.safe_load((SOURCE / "source.yaml").read_text(encoding="utf-8"))["layout"]
    return layout


@cache
def _page(name: str) -> tuple[Section, ...]:
    """The sections of a shipped page."""
    layout: Mapping[str, list[str]] = _layout()["sections"]
    known = {*layout, *(label for labels in layout.values() for label in labels)}
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in (SOURCE / "samples" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() in known:
            sections.append((line.strip(), []))
        elif line.strip():
            sections[-1][1].append(line.strip())
    return tuple(Section(label, tuple(lines)) for label, lines in sections)


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
