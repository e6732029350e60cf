"""Choose where records are processed: in this process, in a pool of processes, or on a dask cluster."""

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from passo_lod.errors import PassoError


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
