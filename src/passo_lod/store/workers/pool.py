"""A pool of worker processes over one release: it reuses workers, replaces those that end, and replaces the fork server if it ends."""

import asyncio
import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from passo_lod.errors import ReleaseError
from passo_lod.store.workers.priority_pool import PriorityPool
from passo_lod.store.workers.worker_process import ForkServer, ForkServers, Worker, WorkerLost

_LOG = logging.getLogger(__name__)


def default_size() -> int:
    """One worker per core, and at least two, so that one costly query does not block all others."""
    return max(2, os.cpu_count() or 1)


class WorkerPool:
    """The workers of one release, idle or busy, and their fork server."""

    def __init__(self, origin: Path, size: int, memory: int, fork_servers: ForkServers) -> None:
        """Configure the pool; `start` starts the processes.

        Args:
            origin: the dump, or the folder of its disk index, that the fork server loads.
            size: how many workers are ready.
            memory: bytes that a worker may use beyond those of the release.
            fork_servers: starts the fork server.
        """
        self._origin = origin
        self._size = size
        self._memory = memory
        self._fork_servers = fork_servers
        self._idle: PriorityPool[Worker] = PriorityPool()
        self._workers: set[Worker] = set()
        self._target_size = size
        self._starting = 0
        self._fork_server: ForkServer | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Load the dump and fork the workers; from now on the pool replaces a fork server that ends.

        Raises:
            ReleaseError: the fork server does not start, or cannot read the dump.
        """
        await self._start_fork_server()
        self._run_in_background(self._supervise())

    async def stop(self) -> None:
        """End all processes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in list(self._workers):
            self._kill(worker)
        if self._fork_server:
            await self._fork_server.stop()

    @property
    def fork_server_pid(self) -> int:
        """The process id of the fork server; 0 while none runs."""
        return self._fork_server.pid if self._fork_server else 0

    @property
    def ready(self) -> bool:
        """Whether the fork server runs."""
        return self._fork_server is not None and self._fork_server.alive

    @property
    def workers(self) -> int:
        """How many workers run."""
        return len(self._workers)

    @property
    def idle(self) -> int:
        """How many workers run no query."""
        return self._idle.free

    # -- workers in use

    async def acquire(self, priority: float, timeout: float) -> Worker:
        """Take an idle worker, to be given to `release`, `retire` or `reap`; among waiting callers the lowest priority value comes first.

        Raises:
            TimeoutError: no worker became idle within `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not (worker := await self._idle.acquire(priority)).usable:
                self.retire(worker)
        return worker

    def release(self, worker: Worker, *, retire: bool) -> None:
        """Reuse a worker that has answered, unless it is to be retired or the pool has too many."""
        if retire or not worker.usable or len(self._workers) > self._target_size:
            self.retire(worker)
        else:
            self._idle.release(worker)

    def retire(self, worker: Worker) -> None:
        """Kill a worker and replace it, in the background."""
        self._run_in_background(self.reap(worker))

    async def reap(self, worker: Worker) -> int:
        """Kill a worker, wait until it has ended, and replace it.

        Returns:
            Its exit status (negative: a signal); 0 if the fork server has ended meanwhile.
        """
        self._kill(worker)
        if worker.fork_server is not self._fork_server:
            return 0
        try:
            status = await worker.fork_server.reap(worker)
        except WorkerLost:
            return 0
        self._run_in_background(self._add_worker())
        return status

    def add_slot(self) -> None:
        """Add a worker while a slow query occupies another."""
        self._target_size += 1
        self._run_in_background(self._add_worker())

    def remove_slot(self) -> None:
        """Undo `add_slot` after the slow query."""
        self._target_size -= 1

    # -- processes

    async def _add_worker(self) -> None:
        """Fork a worker, unless there are enough."""
        fork_server = self._fork_server
        if fork_server is None or len(self._workers) + self._starting >= self._target_size:
            return
        self._starting += 1
        try:
            worker = await fork_server.fork_worker(self._memory)
            self._workers.add(worker)
            self._idle.release(worker)
        except WorkerLost:
            pass  # `_supervise` starts another fork server, with workers
        finally:
            self._starting -= 1

    def _kill(self, worker: Worker) -> None:
        worker.kill()
        self._workers.discard(worker)

    def _run_in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _supervise(self) -> None:
        """Replace the fork server when it ends; retry each second if that fails."""
        logged = ""
        while True:
            if self._fork_server:
                await self._fork_server.wait()
            self._kill_idle()
            try:
                await self._start_fork_server()
                logged = ""
            except (WorkerLost, ReleaseError, OSError) as error:
                if str(error) != logged:
                    logged = str(error)
                    _LOG.error("no query can be answered now; retrying each second: %s", error)
                await asyncio.sleep(1)

    async def _start_fork_server(self) -> None:
        if self._fork_server:
            await self._fork_server.stop()
        self._fork_server = None
        self._fork_server = await self._fork_servers.start(self._origin)
        for _ in range(self._size):
            await self._add_worker()

    def _kill_idle(self) -> None:
        for worker in self._idle.clear():
            self._kill(worker)
