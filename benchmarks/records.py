"""Make as many records as a benchmark needs, of the shape and size of the real ones, from those that are published.

    python benchmarks/records.py --records 10000 passo-10000.nq

Every process of a release (with its parts and its document) is a template: its statements are told again of a new process, with other
places, concepts, bodies and words, all its dates shifted by as many days and all its amounts multiplied by one factor, so that sums,
percentages and durations stay as right as they were. One record in `FAULTY` is broken on purpose. The release itself stays in the file as it is; what is made stands in a graph of its own.
The same seed makes the same bytes. Records are made one at a time and in the order of the file, so that memory does not grow with their number.
"""

import argparse
import gzip
import heapq
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import IO, TypeVar

ROOT = Path(__file__).resolve().parent.parent
BASE = "https://w3id.org/passo/"
GRAPH = f"<{BASE}dataset/benchmark>"
XSD = "http://www.w3.org/2001/XMLSchema#"

_PROCESS = re.compile(rf"<{BASE}(?:id|doc)/process/([a-z0-9-]+)[/#>]")
_CONCEPT = re.compile(rf"<{BASE}controlled-vocabulary/([a-z0-9-]+)/[^>]+>\Z")
_MUNICIPALITY = re.compile(rf"<{BASE}id/place/istat-(\d{{6}})>\Z")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"@([a-z-]+)\Z')

RICH = "er-"
RICH_OF_FIVE = 4
"""Four records in five are of the source that describes its processes at length: about 70 statements a record, as measured."""

FAULTY = 60
"""One record in so many breaks a duty."""

WORDS = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").split()
JOINTS = ("e", "di", "per", "con", "il", "la", "tra", "nella", "sul", "una")

T = TypeVar("T")
Triple = tuple[str, str, str]


# ---------------------------------------------------------------------------------------------------------- what there is


@dataclass
class Stock:
    """What a release offers to choose from: its processes as templates, its concepts by scheme, its municipalities by region."""

    templates: dict[str, list[Triple]] = field(default_factory=lambda: defaultdict(list))
    concepts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    municipalities: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._within: dict[str, str] = {}

    @classmethod
    def of(cls, dump: Path) -> "Stock":
        """Read a release's dump."""
        stock = cls()
        with _opened(dump) as lines:
            for line in lines:
                stock._take(*_triple(line))
        stock._sort_places()
        return stock

    def _take(self, subject: str, predicate: str, value: str) -> None:
        if found := _PROCESS.match(subject):
            self.templates[found[1]].append((subject, predicate, value))
        elif (found := _CONCEPT.match(subject)) and predicate.endswith("#inScheme>"):
            self.concepts[found[1]].append(subject)
        elif predicate.endswith("/CLV/situatedWithin>"):
            self._within[subject] = value

    def _sort_places(self) -> None:
        """Each municipality to its region: two steps up, over its province."""
        for place, province in sorted(self._within.items()):
            if _MUNICIPALITY.match(place) and province in self._within:
                self.municipalities[self._within[province]].append(place)

    def ordered(self) -> tuple[list[str], list[str]]:
        """The names of the rich templates and of the others, the largest first."""
        names = sorted(self.templates, key=lambda name: (-len(self.templates[name]), name))
        rich = [name for name in names if name.startswith(RICH)]
        return rich, [name for name in names if not name.startswith(RICH)]


def _triple(line: str) -> Triple:
    subject, predicate, rest = line.split(" ", 2)
    return subject, predicate, rest.rsplit(" ", 2)[0]


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """A file of lines, compressed with gzip or not."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="\n") as file:
        yield file


# ---------------------------------------------------------------------------------------------------------- what is made


@dataclass(frozen=True)
class Facts:
    """What is drawn once for a record, because several statements of it must agree."""

    name: str
    region: str
    places: Sequence[str]
    days: int
    """By which the template's dates are shifted."""
    years: int
    """By which its years are."""
    factor: Decimal
    """By which its amounts are multiplied."""
    closing: int | None
    """The year of the last day, where the template tells it."""
    fault: str | None
    """The property whose value is wrong."""

    def day(self, value: str) -> str:
        """A date, shifted."""
        return _typed(date.fromisoformat(_lexical(value)) + timedelta(days=self.days), "date")

    def year(self, value: str) -> str:
        """A year, shifted."""
        return _typed(int(_lexical(value)) + self.years, "gYear")

    def amount(self, value: str) -> str:
        """An amount, multiplied."""
        return _typed(f"{Decimal(_lexical(value)) * self.factor:.2f}", "decimal")


def _lexical(literal: str) -> str:
    """The text of a literal."""
    return literal[1:].partition('"')[0]


class Maker:
    """Makes records from a stock, each by its number."""

    def __init__(self, stock: Stock, records: int, seed: int) -> None:
        self._stock = stock
        self._seed = seed
        self._records = records
        self._rich, self._plain = stock.ordered()
        self._regions = sorted(stock.municipalities)
        self._bodies = max(20, records // 5)

    def lines(self) -> Iterator[str]:
        """All that is made, as sorted lines: documents, then bodies, then processes, which is the order of their IRIs."""
        for kind in (f"<{BASE}doc/", f"<{BASE}id/process/"):
            for number in range(1, self._records + 1):
                yield from (line for line in self._record(number) if line.startswith(kind))
            if kind.endswith("doc/"):
                for number in range(self._bodies):
                    yield from self._body(number)

    def _record(self, number: int) -> list[str]:
        random = Random(f"{self._seed}/{number}")
        template = self._template(number)
        facts = self._facts(number, self._stock.templates[template], random)
        varied = (self._varied(each, template, facts, random) for each in self._stock.templates[template])
        return sorted({f"{subject} {predicate} {value} {GRAPH} .\n" for subject, predicate, value in varied})

    def _template(self, number: int) -> str:
        fives, one = divmod(number - 1, 5)
        if one < RICH_OF_FIVE or not self._plain:
            return self._rich[(fives * RICH_OF_FIVE + one) % len(self._rich)]
        return self._plain[fives % len(self._plain)]

    def _facts(self, number: int, template: Sequence[Triple], random: Random) -> Facts:
        region = _skewed(self._regions, random)
        places = [_skewed(self._stock.municipalities[region], random) for _ in range(6)]
        start = date(2008, 1, 1) + timedelta(days=random.randrange(17 * 365))
        before = _date(template, "startDate") or date(2019, 7, 1)
        end = _date(template, "endDate")
        return Facts(
            name=f"bench-{number:07}",
            region=region,
            places=places,
            days=(start - before).days,
            years=start.year - before.year,
            factor=Decimal(random.randrange(6, 60)) / 20,
            closing=(end + (start - before)).year if end else None,
            fault=sorted(_WRONG)[number // FAULTY % len(_WRONG)] if number % FAULTY == 0 else None,
        )

    def _varied(self, triple: Triple, template: str, facts: Facts, random: Random) -> Triple:
        """A statement of the template, told of the new process."""
        subject, predicate, value = (part.replace(f"/process/{template}", f"/process/{facts.name}") for part in triple)
        return subject, predicate, self._value(subject, predicate, value, facts, random)

    def _value(self, subject: str, predicate: str, value: str, facts: Facts, random: Random) -> str:
        name = re.split(r"[/#]", predicate)[-1].rstrip(">")
        if name == facts.fault and f"/process/{facts.name}>" in subject:
            return _WRONG[name]
        if name in _DRAWN:
            return _DRAWN[name](facts, random, value)
        if found := _TEXT.match(value):
            return f'"{prose(len(found[1]), random)}"@{found[2]}'
        if name not in _KEPT and (found := _CONCEPT.match(value)) and f"/process/{facts.name}>" in subject:
            return _skewed(self._stock.concepts[found[1]], random)
        if _MUNICIPALITY.match(value):
            return facts.places[sum(value.encode()) % len(facts.places)]
        if f"{BASE}id/organisation/" in value and name not in ("publisher", "observatory"):
            return body(_skewed(range(self._bodies), random))
        return value

    def _body(self, number: int) -> list[str]:
        random = Random(f"{self._seed}/body/{number}")
        kind = _skewed(self._stock.concepts["organisation-type"], random)
        place = _skewed(self._stock.municipalities[_skewed(self._regions, random)], random)
        said = {
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": "<http://www.w3.org/ns/org#Organization>",
            "http://www.w3.org/2004/02/skos/core#prefLabel": f'"{prose(24, random)}"@it',
            "http://purl.org/dc/terms/type": kind,
            "http://purl.org/dc/terms/spatial": place,
            f"{BASE}onto/organisationType": kind,
        }
        return sorted(f"{body(number)} <{predicate}> {value} {GRAPH} .\n" for predicate, value in said.items())


def _date(template: Sequence[Triple], name: str) -> date | None:
    """When a template's process began, or ended."""
    told = (value for _, predicate, value in template if predicate == f"<https://schema.org/{name}>")
    return next((date.fromisoformat(_lexical(value)) for value in told), None)


_WRONG: Mapping[str, str] = {
    "comparisonRegion": f"<{BASE}id/place/nowhere>",
    "progressStatus": f"<{BASE}controlled-vocabulary/answer/yes>",
    "title": '"A title that does not say its language"',
}
"""What breaks a duty, by the property whose value it takes the place of."""


def body(number: int) -> str:
    """The IRI of a body that is made."""
    return f"<{BASE}id/organisation/bench-{number:06}>"


def prose(length: int, random: Random) -> str:
    """Words of about this many characters."""
    words: list[str] = []
    while length > 0:
        words.append(random.choice(JOINTS) if len(words) % 3 == 1 else random.choice(WORDS))
        length -= len(words[-1]) + 1
    return " ".join(words).capitalize()


def _skewed(choices: Sequence[T], random: Random) -> T:
    """One of the choices; the first ones much oftener than the last, as in life."""
    return choices[int(len(choices) * random.random() ** 2)]


def _typed(value: object, kind: str) -> str:
    return f'"{value}"^^<{XSD}{kind}>'


_DRAWN: Mapping[str, Callable[[Facts, Random, str], str]] = {
    "comparisonRegion": lambda facts, _, __: facts.region,
    "identifier": lambda facts, _, __: f'"{facts.name}"',
    **{name: lambda facts, _, value: facts.day(value) for name in ("startDate", "endDate", "modified")},
    **{name: lambda facts, _, value: facts.year(value) for name in ("startYear", "certificationYear", "fundingYear")},
    "closingYear": lambda facts, _, value: _typed(facts.closing, "gYear") if facts.closing else facts.year(value),
    "value": lambda facts, _, value: facts.amount(value),
    "participantCount": lambda _, random, __: _typed(int(random.lognormvariate(4.5, 1.0)) + 1, "integer"),
    "ratingValue": lambda _, random, __: _typed(random.randrange(31), "integer"),
}
"""The values that are drawn anew, by the name of their property."""

_KEPT = frozenset({"progressStatus", "processNature", "cofinanced", "femalePresence", "prevailingGender"})
"""Concepts that must agree with what else the template says."""


# ---------------------------------------------------------------------------------------------------------- the command


@contextmanager
def published() -> Iterator[Path]:
    """The dump of a release of the shipped data, made in a folder that is removed in the end."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "data", Path(folder) / "data")
        shutil.copy(ROOT / "passo.yaml", folder)
        command = [sys.executable, "-m", "passo_lod", "publish", "--data", "data", "--releases", "releases"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield Path(folder) / "releases" / "current" / "dump" / "passo.nq.gz"


def write(records: int, out: Path, dump: Path, seed: int = 1) -> int:
    """Write the release with that many more records; how many quads there are."""
    maker = Maker(Stock.of(dump), records, seed)
    quads = 0
    with (
        _opened(dump) as kept,
        (gzip.open if out.suffix == ".gz" else open)(out, "wt", encoding="utf-8", newline="\n") as file,
    ):
        for line in heapq.merge(kept, maker.lines()):
            file.write(line)
            quads += 1
    return quads


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="the file to write, N-Quads; .gz compresses it")
    parser.add_argument("--records", type=int, default=10_000, help="how many records to make")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same bytes")
    parser.add_argument("--dump", type=Path, help="a release's passo.nq.gz; without it the shipped data is published")
    asked = parser.parse_args()
    if asked.dump:
        quads = write(asked.records, asked.out, asked.dump, asked.seed)
    else:
        with published() as dump:
            quads = write(asked.records, asked.out, dump, asked.seed)
    print(f"{asked.out.name}: {asked.records:,} records made, {quads:,} quads in all")


if __name__ == "__main__":
    main()
