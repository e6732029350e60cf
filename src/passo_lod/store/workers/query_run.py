"""Run one query in a worker: start in the fast queue, move to the slow one after a moment, and stop the query at its limits."""

import asyncio
import signal
import time

from passo_lod.errors import QueryRefused
from passo_lod.media_types import DATASETS, GRAPHS, RESULTS
from passo_lod.store.protocol import Answer, Limits, Query
from passo_lod.store.refusal_messages import refusal_message
from passo_lod.store.workers.admission import FastSlowQueues
from passo_lod.store.workers.pool import WorkerPool
from passo_lod.store.workers.worker_process import Reply, Worker, WorkerLost

_BY_NAME = {media_type.name: media_type for media_type in (*RESULTS, *GRAPHS, *DATASETS)}


class QueryRun:
    """One query from the fast queue to its end: the worker it uses, and the queue whose slot it occupies."""

    def __init__(self, pool: WorkerPool, queues: FastSlowQueues, limits: Limits, query: Query) -> None:
        self._pool = pool
        self._queues = queues
        self._limits = limits
        self._query = query
        self._is_slow = False
        self._is_in_fast_queue = False
        self._paused_seconds = 0.0
        self._started = time.monotonic()

    async def answer(self, request: bytes) -> Answer:
        """Wait for a slot, and run the query.

        Args:
            request: the query as `fork_server` reads it.

        Raises:
            QueryRefused: the query is not answered; the error has the reason.
        """
        await self._queues.enter_fast(self._query.priority)
        self._is_in_fast_queue = True
        try:
            return await self._run(request)
        finally:
            self._leave_queue()

    async def _run(self, request: bytes) -> Answer:
        """Send the request to a worker, and release, retire or reap the worker in any case."""
        try:
            worker = await self._pool.acquire(self._queues.policy.wait_seconds)
        except TimeoutError as error:
            raise self._refused("unavailable", seconds=0.0) from error
        self._started = time.monotonic()
        try:
            header, body = await self._exchange(worker, request)
        except TimeoutError as error:
            self._pool.retire(worker)
            raise self._refused("timeout", self._limits.seconds) from error
        except WorkerLost as error:
            reason = _REASON_OF_SIGNAL.get(-await self._pool.reap(worker), "unavailable")
            raise self._refused(reason) from error
        except BaseException:
            self._pool.retire(worker)
            raise
        self._pool.release(worker, retire=bool(header["last"]) or self._is_slow)
        if "refused" in header:
            raise self._refused(header["refused"], message=header["message"], seconds=header["seconds"])
        return Answer(_BY_NAME[header["media_type"]], body, header["seconds"])

    async def _exchange(self, worker: Worker, request: bytes) -> Reply:
        limits, fast_seconds = self._limits, self._queues.policy.fast_seconds
        reply = worker.send(request, limits.result)
        try:
            done, _ = await asyncio.wait({reply}, timeout=min(fast_seconds, limits.seconds))
            if not done:
                await self._move_to_slow_queue(worker)
                await asyncio.wait({reply}, timeout=limits.seconds - self._running_seconds())
            if not reply.done():
                raise TimeoutError
            return reply.result()
        finally:
            reply.cancel()

    async def _move_to_slow_queue(self, worker: Worker) -> None:
        """Pause the worker until the slow queue has a slot; the pause does not count against the deadline."""
        if self._running_seconds() >= self._limits.seconds:
            return
        worker.pause()
        paused_at = time.monotonic()
        self._leave_fast_queue()
        try:
            await self._queues.enter_slow(self._query.client, self._query.priority)
        except QueryRefused as refused:
            refused.seconds = paused_at - self._started
            raise
        self._is_slow = True
        self._pool.add_slot()
        self._paused_seconds += time.monotonic() - paused_at
        worker.resume()

    def _running_seconds(self) -> float:
        return time.monotonic() - self._started - self._paused_seconds

    def _leave_queue(self) -> None:
        """Free the slot in the queue that the query is in."""
        self._leave_fast_queue()
        if self._is_slow:
            self._queues.leave_slow(self._query.client)
            self._pool.remove_slot()
            self._is_slow = False

    def _leave_fast_queue(self) -> None:
        if self._is_in_fast_queue:
            self._queues.leave_fast()
            self._is_in_fast_queue = False

    def _refused(
        self, reason: str, used: float | None = None, message: str = "", seconds: float | None = None
    ) -> QueryRefused:
        limits = self._limits
        limit = {"timeout": limits.seconds, "memory": limits.memory, "result-too-large": limits.result}.get(reason)
        retry = 2 if reason == "unavailable" else None
        cost = self._running_seconds() if seconds is None else seconds
        return QueryRefused(
            reason, message or refusal_message(reason, limits), limit=limit, used=used, retry_after=retry, seconds=cost
        )


_REASON_OF_SIGNAL: dict[int, str] = {
    signal.SIGSEGV: "too-complex",
    signal.SIGBUS: "too-complex",
    signal.SIGABRT: "memory",
    signal.SIGXCPU: "timeout",
}
