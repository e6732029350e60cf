"""Settle records once: here, in other processes or on other machines, and not again what was settled before.

What becomes of a record depends on the record, on its source's two YAML files, and on vocabulary, shapes, places and program, and on nothing
else: not on the records beside it, nor on the order, the clock or the machine. So it can be kept by a hash of these, and be worked out
anywhere; the release has the same bytes either way.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

from passo_lod import batches
from passo_lod.batches import BATCH, Outcome, Progress, no_progress
from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError
from passo_lod.kept import Kept, digest, program
from passo_lod.records import Reading
from passo_lod.report import Severity, ValidationResult
from passo_lod.workshop import Line, Workshop


@dataclass(frozen=True)
class Settled:
    """What became of one record, in a form that can be kept and sent.

    Attributes:
        quads: what it says, as N-Quads; nothing where it is kept out.
        names: the bodies that it names, and how.
    """

    path: str
    id: str
    quads: str = ""
    names: tuple[tuple[str, str], ...] = ()
    results: tuple[ValidationResult, ...] = ()
    withdrawn: str | None = None
    published: bool = False

    @property
    def quarantined(self) -> bool:
        """Whether a violation keeps the record out."""
        return not self.published and self.withdrawn is None

    @classmethod
    def of(cls, outcome: Outcome) -> "Settled":
        """The outcome without what only its making needed."""
        mapped = outcome.mapped if outcome.published else None
        return cls(
            path=outcome.reading.path,
            id=outcome.reading.id,
            quads=(ox.serialize(mapped.quads, format=RdfFormat.N_QUADS) or b"").decode() if mapped else "",
            names=tuple(mapped.names) if mapped else (),
            results=outcome.results,
            withdrawn=outcome.withdrawn,
            published=outcome.published,
        )

    def statements(self) -> Iterator[Quad]:
        """What is published of the record."""
        return iter(ox.parse(self.quads, format=RdfFormat.N_QUADS))

    def as_json(self) -> str:
        """As it is kept."""
        results = [asdict(result) | {"severity": result.severity.value} for result in self.results]
        return json.dumps(asdict(self) | {"results": results}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Settled":
        """What `as_json` wrote.

        Raises:
            ValueError, TypeError, KeyError: it is something else.
        """
        kept = json.loads(text)
        results = (ValidationResult(**{**each, "severity": Severity(each["severity"])}) for each in kept.pop("results"))
        names = ((iri, name) for iri, name in kept.pop("names"))
        return cls(**kept, names=tuple(names), results=tuple(results))


# ---------------------------------------------------------------------------------------------------------- settling


class Settler:
    """Settles the records of sources.

    Args:
        workshop: the vocabulary.
        kept: what was settled before, if it is kept.
        executor: who works (a pool of processes, a cluster); without one it is done here.
    """

    def __init__(self, workshop: Workshop, kept: Kept | None = None, executor: Executor | None = None) -> None:
        self._workshop = workshop
        self._kept = kept
        self._executor = executor
        self._digest = _digest_of_all(workshop.catalog)

    def settle(self, line: Line, progress: Progress = no_progress) -> list[Settled]:
        """What becomes of each record of a source, in the order of its files."""
        readings = batches.readings(line.source)
        decided_by = f"{self._digest}\0{digest(line.source.folder, _SETTINGS)}\0"
        keys = [_key(decided_by, reading) for reading in readings]
        known = _known(self._kept, keys)
        new = [(key, reading) for key, reading in zip(keys, readings, strict=True) if key not in known]
        progress(line.source.name, len(readings) - len(new), len(readings))
        for key, settled in self._settle_new(line, new, progress, len(readings)):
            known[key] = settled
            if self._kept:
                self._kept.put(key, settled.as_json().encode())
        return [known[key] for key in keys]

    def _settle_new(
        self, line: Line, new: Sequence[tuple[bytes, Reading]], progress: Progress, total: int
    ) -> Iterator[tuple[bytes, Settled]]:
        some = [new[start : start + BATCH] for start in range(0, len(new), BATCH)]
        done = total - len(new)
        for batch, settled in zip(some, self._worked(line, some), strict=True):
            done += len(batch)
            progress(line.source.name, done, total)
            yield from zip((key for key, _ in batch), settled, strict=True)

    def _worked(self, line: Line, some: Sequence[Sequence[tuple[bytes, Reading]]]) -> Iterator[list[Settled]]:
        listed = [[reading for _, reading in batch] for batch in some]
        if self._executor is None:
            return (_settled(readings, line, self._workshop) for readings in listed)
        data, name = self._workshop.catalog.data.resolve(), line.source.folder.name
        futures: list[Future[list[Settled]]] = [self._executor.submit(work, data, name, each) for each in listed]
        return (future.result() for future in futures)


def _key(decided_by: str, reading: Reading) -> bytes:
    """Of all that decides what becomes of a record; where it stands among the others is not of it."""
    return hashlib.sha256((decided_by + repr(reading)).encode("utf-8", "surrogatepass")).digest()


def work(data: Path, source: str, readings: Sequence[Reading]) -> list[Settled]:
    """What a worker is asked: settle some records of a source; the data folder must be at this path for it too."""
    workshop = _workshop(data)
    return _settled(readings, _line(data, source), workshop)


def _settled(readings: Sequence[Reading], line: Line, workshop: Workshop) -> list[Settled]:
    return [Settled.of(outcome) for outcome in batches.process_batch(readings, line, workshop)]


@lru_cache(1)
def _workshop(data: Path) -> Workshop:
    return Workshop.open(Catalog.open(data))


@lru_cache(16)
def _line(data: Path, source: str) -> Line:
    return Line.open(data / "sources" / source, _workshop(data))


# ----------------------------------------------------------------------------------------------------------- workers


@contextmanager
def executor(workers: int = 1, cluster: str | None = None) -> Iterator[Executor | None]:
    """Who settles: processes of this machine, a dask cluster at an address, or (None) this process itself.

    Raises:
        PassoError: the cluster cannot be reached, or is not supported here; or a worker has ended.
    """
    if cluster is not None:
        with _cluster(cluster) as on_cluster:
            yield on_cluster
    elif workers > 1:
        try:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                yield pool
        except BrokenExecutor as problem:
            raise PassoError(
                f"a worker has ended ({problem}); with fewer --workers there is more memory for each"
            ) from problem
    else:
        yield None


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client as Unknown
    except ImportError as problem:
        raise PassoError("--cluster needs dask: install passo-lod with its extra, passo-lod[cluster]") from problem
    try:
        connect: Any = Unknown  # it tells no types
        client = connect(address, timeout="10s")
    except (OSError, ValueError) as problem:
        raise PassoError(f"--cluster {address}: no dask scheduler answers there ({problem})") from problem
    try:
        yield client.get_executor()
    finally:
        client.close()


# ----------------------------------------------------------------------------------------------------------- keeping

_SETTINGS = ("source.yaml", "mapping.yaml", "reference.ttl")


def _digest_of_all(catalog: Catalog) -> str:
    """Of what decides about every record: vocabulary, shapes, places, the catalogue, and the program and its engines."""
    parts: Mapping[str, str] = {
        **{folder.name: digest(folder) for folder in (catalog.ontology, catalog.shapes, catalog.places)},
        "settings": hashlib.sha256(catalog.settings.read_bytes()).hexdigest(),
        "program": program(),
    }
    return json.dumps(parts, sort_keys=True)


def _known(kept: Kept | None, keys: Sequence[bytes]) -> dict[bytes, Settled]:
    """Those of the records that were settled before."""
    found: dict[bytes, Settled] = {}
    for key in keys if kept else ():
        with suppress(ValueError, TypeError, KeyError):
            if value := kept.get(key):  # type: ignore[union-attr]
                found[key] = Settled.from_json(value.decode())
    return found
