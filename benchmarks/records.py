"""Generate records as N-Quads for benchmarks, with the shape and size of the published ones.

    python benchmarks/records.py --records 10000 passo-10000.nq

Every process of a release, with its parts and its document, is a template: its triples are copied for a new process, with other places,
concepts, bodies and words. All dates are shifted by the same number of days, and all amounts multiplied by the same factor, so that sums,
percentages and durations stay correct. One record in `FAULT_RATE` has a fault. The file contains the release unchanged, and the generated
records in a named graph of their own. The same seed gives the same bytes. Records are generated one by one in the order of the file, so that
memory does not grow with their number.
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

LONG_PREFIX = "er-"
"""How the ids of the source with long descriptions begin."""

LONG_IN_FIVE = 4
"""Four records in five come from the source with long descriptions, which gives about 70 triples a record, as in the shipped data."""

FAULT_RATE = 60
"""One record in so many violates a shape."""

WORDS = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").split()
FUNCTION_WORDS = ("e", "di", "per", "con", "il", "la", "tra", "nella", "sul", "una")

T = TypeVar("T")
Triple = tuple[str, str, str]


# ---------------------------------------------------------------------------------------------------------- templates


@dataclass
class Templates:
    """The published processes as templates, and what their values are drawn from: concepts by scheme, municipalities by region."""

    processes: dict[str, list[Triple]] = field(default_factory=lambda: defaultdict(list))
    concepts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    municipalities: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._within: dict[str, str] = {}

    @classmethod
    def read(cls, dump: Path) -> "Templates":
        """Read the dump of a release."""
        templates = cls()
        with _open_text(dump) as lines:
            for line in lines:
                templates._add(*_triple(line))
        templates._group_municipalities()
        return templates

    def _add(self, subject: str, predicate: str, value: str) -> None:
        if found := _PROCESS.match(subject):
            self.processes[found[1]].append((subject, predicate, value))
        elif (found := _CONCEPT.match(subject)) and predicate.endswith("#inScheme>"):
            self.concepts[found[1]].append(subject)
        elif predicate.endswith("/CLV/situatedWithin>"):
            self._within[subject] = value

    def _group_municipalities(self) -> None:
        """Group municipalities by region, which contains the province that contains them."""
        for place, province in sorted(self._within.items()):
            if _MUNICIPALITY.match(place) and province in self._within:
                self.municipalities[self._within[province]].append(place)

    def ordered(self) -> tuple[list[str], list[str]]:
        """The ids of the templates with long descriptions and of the others, the largest first."""
        names = sorted(self.processes, key=lambda name: (-len(self.processes[name]), name))
        long = [name for name in names if name.startswith(LONG_PREFIX)]
        return long, [name for name in names if not name.startswith(LONG_PREFIX)]


def _triple(line: str) -> Triple:
    subject, predicate, rest = line.split(" ", 2)
    return subject, predicate, rest.rsplit(" ", 2)[0]


@contextmanager
def _open_text(path: Path) -> Iterator[IO[str]]:
    """Open a text file, decompressing it if its name ends with `.gz`."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="\n") as file:
        yield file


# ---------------------------------------------------------------------------------------------------------- generating


@dataclass(frozen=True)
class RecordParameters:
    """What is drawn once for a record, because several of its triples must agree."""

    name: str
    region: str
    places: Sequence[str]
    days: int
    """Added to all dates of the template."""
    years: int
    """Added to all its years."""
    factor: Decimal
    """All its amounts are multiplied by it."""
    closing: int | None
    """The year of the last day, if the template has one."""
    fault: str | None
    """The name of the property with a wrong value, if there is one."""

    def day(self, value: str) -> str:
        """Shift a date."""
        return _typed(date.fromisoformat(_lexical(value)) + timedelta(days=self.days), "date")

    def year(self, value: str) -> str:
        """Shift a year."""
        return _typed(int(_lexical(value)) + self.years, "gYear")

    def amount(self, value: str) -> str:
        """Multiply an amount."""
        return _typed(f"{Decimal(_lexical(value)) * self.factor:.2f}", "decimal")


def _lexical(literal: str) -> str:
    """The text of a literal."""
    return literal[1:].partition('"')[0]


class RecordGenerator:
    """Generates records from templates, each by its number."""

    def __init__(self, templates: Templates, records: int, seed: int) -> None:
        self._templates = templates
        self._seed = seed
        self._records = records
        self._long, self._short = templates.ordered()
        self._regions = sorted(templates.municipalities)
        self._bodies = max(20, records // 5)

    def lines(self) -> Iterator[str]:
        """Yield all lines sorted: documents, then bodies, then processes, which is the order of their IRIs."""
        for prefix in (f"<{BASE}doc/", f"<{BASE}id/process/"):
            for number in range(1, self._records + 1):
                yield from (line for line in self._record(number) if line.startswith(prefix))
            if prefix.endswith("doc/"):
                for number in range(self._bodies):
                    yield from self._body(number)

    def _record(self, number: int) -> list[str]:
        random = Random(f"{self._seed}/{number}")
        template = self._template(number)
        parameters = self._parameters(number, self._templates.processes[template], random)
        varied = (self._vary(each, template, parameters, random) for each in self._templates.processes[template])
        return sorted({f"{subject} {predicate} {value} {GRAPH} .\n" for subject, predicate, value in varied})

    def _template(self, number: int) -> str:
        fives, one = divmod(number - 1, 5)
        if one < LONG_IN_FIVE or not self._short:
            return self._long[(fives * LONG_IN_FIVE + one) % len(self._long)]
        return self._short[fives % len(self._short)]

    def _parameters(self, number: int, template: Sequence[Triple], random: Random) -> RecordParameters:
        region = _skewed(self._regions, random)
        places = [_skewed(self._templates.municipalities[region], random) for _ in range(6)]
        start = date(2008, 1, 1) + timedelta(days=random.randrange(17 * 365))
        before = _date(template, "startDate") or date(2019, 7, 1)
        end = _date(template, "endDate")
        return RecordParameters(
            name=f"bench-{number:07}",
            region=region,
            places=places,
            days=(start - before).days,
            years=start.year - before.year,
            factor=Decimal(random.randrange(6, 60)) / 20,
            closing=(end + (start - before)).year if end else None,
            fault=sorted(_FAULTS)[number // FAULT_RATE % len(_FAULTS)] if number % FAULT_RATE == 0 else None,
        )

    def _vary(self, triple: Triple, template: str, parameters: RecordParameters, random: Random) -> Triple:
        """Copy a triple of the template for the new process."""
        subject, predicate, value = (
            part.replace(f"/process/{template}", f"/process/{parameters.name}") for part in triple
        )
        return subject, predicate, self._value(subject, predicate, value, parameters, random)

    def _value(self, subject: str, predicate: str, value: str, parameters: RecordParameters, random: Random) -> str:
        name = re.split(r"[/#]", predicate)[-1].rstrip(">")
        if name == parameters.fault and f"/process/{parameters.name}>" in subject:
            return _FAULTS[name]
        if name in _DRAWN:
            return _DRAWN[name](parameters, random, value)
        if found := _TEXT.match(value):
            return f'"{prose(len(found[1]), random)}"@{found[2]}'
        if name not in _COPIED and (found := _CONCEPT.match(value)) and f"/process/{parameters.name}>" in subject:
            return _skewed(self._templates.concepts[found[1]], random)
        if _MUNICIPALITY.match(value):
            return parameters.places[sum(value.encode()) % len(parameters.places)]
        if f"{BASE}id/organisation/" in value and name not in ("publisher", "observatory"):
            return body(_skewed(range(self._bodies), random))
        return value

    def _body(self, number: int) -> list[str]:
        random = Random(f"{self._seed}/body/{number}")
        kind = _skewed(self._templates.concepts["organisation-type"], random)
        place = _skewed(self._templates.municipalities[_skewed(self._regions, random)], random)
        values = {
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": "<http://www.w3.org/ns/org#Organization>",
            "http://www.w3.org/2004/02/skos/core#prefLabel": f'"{prose(24, random)}"@it',
            "http://purl.org/dc/terms/type": kind,
            "http://purl.org/dc/terms/spatial": place,
            f"{BASE}onto/organisationType": kind,
        }
        return sorted(f"{body(number)} <{predicate}> {value} {GRAPH} .\n" for predicate, value in values.items())


def _date(template: Sequence[Triple], name: str) -> date | None:
    """The day when a template's process began or ended."""
    values = (value for _, predicate, value in template if predicate == f"<https://schema.org/{name}>")
    return next((date.fromisoformat(_lexical(value)) for value in values), None)


_FAULTS: Mapping[str, str] = {
    "comparisonRegion": f"<{BASE}id/place/nowhere>",
    "progressStatus": f"<{BASE}controlled-vocabulary/answer/yes>",
    "title": '"A title that does not say its language"',
}
"""Values that violate a shape, by name of the property."""


def body(number: int) -> str:
    """The IRI of a generated body."""
    return f"<{BASE}id/organisation/bench-{number:06}>"


def prose(length: int, random: Random) -> str:
    """Draw words with about this many characters together."""
    words: list[str] = []
    while length > 0:
        words.append(random.choice(FUNCTION_WORDS) if len(words) % 3 == 1 else random.choice(WORDS))
        length -= len(words[-1]) + 1
    return " ".join(words).capitalize()


def _skewed(choices: Sequence[T], random: Random) -> T:
    """Draw one of the choices, the first ones much more often than the last, as in real data."""
    return choices[int(len(choices) * random.random() ** 2)]


def _typed(value: object, kind: str) -> str:
    return f'"{value}"^^<{XSD}{kind}>'


_DRAWN: Mapping[str, Callable[[RecordParameters, Random, str], str]] = {
    "comparisonRegion": lambda parameters, _, __: parameters.region,
    "identifier": lambda parameters, _, __: f'"{parameters.name}"',
    **{name: lambda parameters, _, value: parameters.day(value) for name in ("startDate", "endDate", "modified")},
    **{
        name: lambda parameters, _, value: parameters.year(value)
        for name in ("startYear", "certificationYear", "fundingYear")
    },
    "closingYear": lambda parameters, _, value: (
        _typed(parameters.closing, "gYear") if parameters.closing else parameters.year(value)
    ),
    "value": lambda parameters, _, value: parameters.amount(value),
    "participantCount": lambda _, random, __: _typed(int(random.lognormvariate(4.5, 1.0)) + 1, "integer"),
    "ratingValue": lambda _, random, __: _typed(random.randrange(31), "integer"),
}
"""How values are drawn or shifted, by name of the property."""

_COPIED = frozenset({"progressStatus", "processNature", "cofinanced", "femalePresence", "prevailingGender"})
"""Properties whose concepts must agree with other values of the template, so that they are copied."""


# ---------------------------------------------------------------------------------------------------------- command line


@contextmanager
def publish_shipped() -> Iterator[Path]:
    """Publish the shipped data into a temporary folder, and give the path of its dump."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "data", Path(folder) / "data")
        shutil.copy(ROOT / "passo.yaml", folder)
        command = [sys.executable, "-m", "passo_lod", "publish", "--data", "data", "--releases", "releases"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield Path(folder) / "releases" / "current" / "dump" / "passo.nq.gz"


def write(records: int, out: Path, dump: Path, seed: int = 1) -> int:
    """Write the quads of a release and of generated records; return the number of quads."""
    generator = RecordGenerator(Templates.read(dump), records, seed)
    quads = 0
    with (
        _open_text(dump) as released,
        (gzip.open if out.suffix == ".gz" else open)(out, "wt", encoding="utf-8", newline="\n") as file,
    ):
        for line in heapq.merge(released, generator.lines()):
            file.write(line)
            quads += 1
    return quads


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="the file to write, N-Quads; .gz compresses it")
    parser.add_argument("--records", type=int, default=10_000, help="how many records to generate")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes")
    parser.add_argument("--dump", type=Path, help="a release's passo.nq.gz; without it the shipped data is published")
    options = parser.parse_args()
    if options.dump:
        quads = write(options.records, options.out, options.dump, options.seed)
    else:
        with publish_shipped() as dump:
            quads = write(options.records, options.out, dump, options.seed)
    print(f"{options.out.name}: {options.records:,} records generated, {quads:,} quads in all")


if __name__ == "__main__":
    main()
