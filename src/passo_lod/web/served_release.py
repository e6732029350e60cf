"""The release that is being served: opened, followed when another is published, and always whole for one request."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, parse

from passo_lod.errors import PassoError
from passo_lod.namespaces import PREFIXES, VOCABULARY
from passo_lod.store.client_budget import Budget, ClientBudgets
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Limits, Store
from passo_lod.store.query_service import QueryService
from passo_lod.store.release import Manifest, Release, find_release
from passo_lod.store.remote_store import RemoteStore
from passo_lod.store.workers.admission import AdmissionPolicy
from passo_lod.store.workers.pool import WorkerPool
from passo_lod.web.endpoints.listings import Listings
from passo_lod.web.endpoints.resources import Documents
from passo_lod.web.http.iri_policy import IriPolicy

_LOG = logging.getLogger(__name__)
_LOOK_EVERY = 1.0
CONTEXT = "context.jsonld"
SHAPES = "shapes.ttl"


@dataclass(frozen=True)
class ServerSettings:
    """How to serve, apart from what.

    Attributes:
        limits: what one query may cost.
        workers: how many queries run at once; by default one a core, and two at least.
        admission: how many queries run and wait.
        budget: what one client may have.
        place: where a release is held.
        store: the SPARQL endpoint that holds the release instead, if one does.
        url: the address under which people reach this server; by default the one they ask.
    """

    limits: Limits = field(default_factory=Limits)
    workers: int | None = None
    admission: AdmissionPolicy = field(default_factory=AdmissionPolicy)
    budget: Budget = field(default_factory=Budget)
    place: StoragePolicy = field(default_factory=StoragePolicy)
    store: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class ServedRelease:
    """One release and all that answers from it; a request takes it once and keeps it to its end."""

    release: Release
    settings: ServerSettings
    store: Store
    desk: QueryService
    addresses: IriPolicy
    documents: Documents
    listings: Listings
    shapes: frozenset[str]

    @property
    def manifest(self) -> Manifest:
        """What the release says about itself."""
        return self.release.manifest

    @classmethod
    def open(cls, folder: Path, settings: ServerSettings, clients: ClientBudgets) -> "ServedRelease":
        """Load a release folder.

        Raises:
            ReleaseError: the folder is not a whole release.
        """
        release = Release.open(folder)
        store = open_store(release, settings)
        addresses = IriPolicy(release.manifest.base)
        context = read_context(release)
        documents = Documents(store, addresses, context, property_order(context))
        listings = Listings(store, addresses)
        desk = QueryService(store, store.graphs().keys(), clients)
        return cls(release, settings, store, desk, addresses, documents, listings, read_shapes(release))


def open_store(release: Release, settings: ServerSettings) -> Store:
    """What answers for a release.

    Raises:
        ReleaseError: the release cannot be read, or the endpoint does not hold it.
    """
    if settings.store:
        return RemoteStore.open(release, settings.store, settings.limits)
    held = LoadedRelease.open(release, settings.place)
    engine = WorkerPool(held.origin, settings.limits, settings.workers, settings.admission, union=held.union)
    return LocalStore(release, held, engine)


def read_context(release: Release) -> Mapping[str, Any] | None:
    """The JSON-LD context of the release, if it has one."""
    if not release.has(CONTEXT):
        return None
    return dict(json.loads(release.file(CONTEXT).read_bytes())["@context"])


def property_order(context: Mapping[str, Any] | None) -> list[str]:
    """The IRIs of a context's terms, in the order of the context: the order in which pages show properties."""
    terms = context or {}
    names = (value.get("@id") if isinstance(value, dict) else value for value in terms.values())
    return [_expanded(name, terms) for name in names if isinstance(name, str)]


def _expanded(name: str, context: Mapping[str, Any]) -> str:
    prefix, _, rest = name.partition(":")
    start = context.get(prefix, PREFIXES.get(prefix))
    return start + rest if isinstance(start, str) and not rest.startswith("//") else name


def read_shapes(release: Release) -> frozenset[str]:
    """The names of the shapes that the release holds."""
    if not release.has(SHAPES):
        return frozenset()
    start = VOCABULARY + "shapes/"
    subjects = (quad.subject for quad in parse(path=release.file(SHAPES), format=RdfFormat.TURTLE))
    named = (subject.value for subject in subjects if isinstance(subject, NamedNode))
    return frozenset(iri.removeprefix(start) for iri in named if iri.startswith(start))


class ReleaseWatcher:
    """Holds what is being served, and turns to another release when `current` does."""

    def __init__(self, place: Path, settings: ServerSettings | None = None) -> None:
        self._place = place
        self.settings = settings or ServerSettings()
        self.clients = ClientBudgets(self.settings.budget)
        self._serving: ServedRelease | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        Release.open(find_release(place))

    @property
    def current(self) -> ServedRelease:
        """What is being served now."""
        if self._serving is None:
            raise RuntimeError("nothing is served yet: call start() first")
        return self._serving

    def open(self) -> None:
        """Open the release, before there is a server, so that what is wrong with it can be told.

        Raises:
            ReleaseError: there is no whole release, or its store does not hold it.
        """
        self._serving = ServedRelease.open(find_release(self._place), self.settings, self.clients)

    async def start(self) -> None:
        """Begin to answer queries, and to follow the release."""
        if self._serving is None:
            await asyncio.to_thread(self.open)
        await self.current.store.start()
        self._task(self._follow())

    async def stop(self) -> None:
        """End all that was started."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.current.store.stop()

    async def _open(self, folder: Path) -> ServedRelease:
        serving = await asyncio.to_thread(ServedRelease.open, folder, self.settings, self.clients)
        await serving.store.start()
        return serving

    async def _follow(self) -> None:
        """Look where `current` points; a release that cannot be opened is not turned to, which is said once.

        A file that is wrong stays wrong and is tried once; an endpoint may yet be given the release.
        """
        refused: Path | None = None
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                folder = find_release(self._place)
                if folder == self.current.release.place or (folder == refused and not self.settings.store):
                    continue
                await self._turn_to(folder)
            except (PassoError, OSError) as error:
                if folder != refused:
                    _LOG.error("keeping release %s: %s", self.current.manifest.id, error)
                refused = folder

    async def _turn_to(self, folder: Path) -> None:
        serving = await self._open(folder)
        retired, self._serving = self.current, serving
        self._task(self._retire(retired))

    async def _retire(self, serving: ServedRelease) -> None:
        """Let the queries that run on the old release come to their end."""
        try:
            await asyncio.sleep(self.settings.limits.seconds + self.settings.admission.patience * 2 + 1)
        finally:
            await serving.store.stop()

    def _task(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
