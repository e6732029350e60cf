"""The engine that answers SPARQL queries in worker processes, for the local store; implements `protocol.Engine`.

A query runs in a fork of the fork server (see `fork_server.py`), which is killed if the query costs too much. No query runs in this process.
"""

import json
from pathlib import Path

from passo_lod.store.protocol import Answer, Limits, Query
from passo_lod.store.workers.admission import AdmissionPolicy, FastSlowQueues
from passo_lod.store.workers.pool import WorkerPool, default_size
from passo_lod.store.workers.query_run import QueryRun
from passo_lod.store.workers.worker_process import ForkServers


class WorkerEngine:
    """Runs queries over one dump in a pool of workers."""

    def __init__(
        self,
        origin: Path,
        limits: Limits | None = None,
        size: int | None = None,
        admission: AdmissionPolicy | None = None,
        fork_servers: ForkServers | None = None,
    ) -> None:
        """Configure the engine; `start` starts the processes.

        Args:
            origin: the dump, or the folder of its disk index, that the fork server loads.
            limits: what one query may cost.
            size: how many workers are ready; None means one per core, and at least two.
            admission: how many queries run and wait.
            fork_servers: starts the fork server; None: without a spare one.
        """
        size = size or default_size()
        self.limits = limits or Limits()
        self.union_default_graph = True
        self._queues = FastSlowQueues(admission or AdmissionPolicy(), size)
        self._pool = WorkerPool(origin, size, self.limits.memory, fork_servers or ForkServers())

    async def start(self) -> None:
        """Load the dump and fork the workers.

        Raises:
            ReleaseError: the fork server does not start, or cannot read the dump.
        """
        await self._pool.start()

    async def stop(self) -> None:
        """End all processes."""
        await self._pool.stop()

    @property
    def fork_server_pid(self) -> int:
        """The process id of the fork server; 0 while none runs."""
        return self._pool.fork_server_pid

    @property
    def ready(self) -> bool:
        """Whether the fork server runs."""
        return self._pool.ready

    @property
    def load(self) -> dict[str, int]:
        """Numbers of workers, idle workers, waiting queries, and running and waiting slow queries, as `/status` shows them."""
        fast, slow = self._queues.fast, self._queues.slow
        return {
            "workers": self._pool.workers,
            "idle": self._pool.idle,
            "waiting": fast.waiting,
            "long": self._queues.policy.slow - slow.free,
            "waitingLong": slow.waiting,
        }

    async def run(self, query: Query) -> Answer:
        """Run a query and return its complete result.

        Raises:
            QueryRefused: the query is not answered; the error has the reason.
        """
        return await QueryRun(self._pool, self._queues, self.limits, query).answer(self._encode(query))

    def _encode(self, query: Query) -> bytes:
        """A query as the workers read it, in JSON."""
        request = {
            "query": query.text,
            "base": query.base,
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "union_default_graph": self.union_default_graph,
            "results": [media_type.name for media_type in query.accepted.results],
            "graphs": [media_type.name for media_type in query.accepted.graphs],
            "seconds": self.limits.seconds,
            "result": self.limits.result,
        }
        return json.dumps(request).encode()
