"""Choose where records are processed: in this process, in a pool of processes, or on a dask cluster."""

import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import Any

from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError
from passo_lod.sources.source import Source

_LARGE = 250_000
"""The size of the record files, in bytes, from which several processes are faster: each needs some seconds to start."""

_MOST_WORKERS = 4


def default_workers(catalog: Catalog) -> int:
    """Return how many processes to use for the sources of a catalogue: one a core, at most four, if there are many records."""
    size = 0
    for folder in catalog.source_folders():
        for path in Source.open(folder).paths():
            with suppress(OSError):
                size += path.stat().st_size
    return min(len(os.sched_getaffinity(0)), _MOST_WORKERS) if size >= _LARGE else 1


@contextmanager
def open_executor(workers: int = 1, cluster: str | None = None) -> Iterator[Executor | None]:
    """Open an executor for `IncrementalProcessor`; None means that this process does the work.

    Args:
        workers: how many processes of this machine to use.
        cluster: the address of a dask scheduler, whose workers are used instead.

    Raises:
        PassoError: the cluster cannot be reached, dask is not installed, or a worker process ended.
    """
    if cluster is not None:
        with _dask_executor(cluster) as executor:
            yield executor
    elif workers > 1:
        try:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
                yield executor
        except BrokenExecutor as problem:
            raise PassoError(
                f"a worker has ended ({problem}); with fewer --workers there is more memory for each"
            ) from problem
    else:
        yield None


@contextmanager
def _dask_executor(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client as UntypedClient
    except ImportError as problem:
        raise PassoError("--cluster needs dask: install passo-lod with its extra, passo-lod[cluster]") from problem
    try:
        connect: Any = UntypedClient
        client = connect(address, timeout="10s")
    except (OSError, ValueError) as problem:
        raise PassoError(f"--cluster {address}: no dask scheduler answers there ({problem})") from problem
    try:
        yield client.get_executor()
    finally:
        client.close()
