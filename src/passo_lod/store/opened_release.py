"""Open a release for a few queries of one person, with the limits of the endpoint but without a server: for the command line and the client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from passo_lod.media_types import N_TRIPLES, RESULTS_JSON
from passo_lod.store.client_budget import Budget, ClientBudgets
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Accepted, Answer, Limits, Query
from passo_lod.store.query_service import QueryService
from passo_lod.store.release import Release
from passo_lod.store.workers.engine import WorkerEngine


@asynccontextmanager
async def opened(release: Release, limits: Limits) -> AsyncIterator[LocalStore]:
    """A release, opened with one worker."""
    loaded = LoadedRelease.open(release, StoragePolicy())
    store = LocalStore(release, loaded, WorkerEngine(loaded.origin, limits, 1))
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def ask_store(store: LocalStore, text: str) -> Answer:
    """Ask an opened release as its endpoint would.

    Raises:
        QueryRefused: the query is not answered.
    """
    service = QueryService(store, ClientBudgets(Budget(0)))
    accepted = Accepted((RESULTS_JSON,), (N_TRIPLES,))
    return await service.answer(Query(text, f"{store.release.manifest.base}sparql", accepted=accepted))
