"""Run one query in a worker: start in the fast queue, move to the slow one after a moment, and stop the query at its limits."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager

from passo_lod.errors import QueryRefused
from passo_lod.media_types import DATASETS, GRAPHS, RESULTS
from passo_lod.store.protocol import Answer, Limits, Query
from passo_lod.store.refusal_messages import refusal_message
from passo_lod.store.workers.admission import FastSlowQueues
from passo_lod.store.workers.pool import WorkerPool
from passo_lod.store.workers.worker_process import Reply, Worker, WorkerLost

_BY_NAME = {media_type.name: media_type for media_type in (*RESULTS, *GRAPHS, *DATASETS)}


class QueryRun:
    """One query from the fast queue to its end: the queue whose slot it occupies, and the worker that runs it.

    A query that has to wait for the slow queue gives up its worker and starts again when it has a slot, so that waiting queries hold no worker.
    """

    def __init__(self, pool: WorkerPool, queues: FastSlowQueues, limits: Limits, query: Query) -> None:
        self._pool = pool
        self._queues = queues
        self._limits = limits
        self._query = query
        self._is_slow = False
        self._is_repeated = False
        self._seconds_before = 0.0
        self._started = time.monotonic()

    async def answer(self, request: bytes) -> Answer:
        """Wait for a slot, and run the query.

        Args:
            request: the query as `fork_server` reads it.

        Raises:
            QueryRefused: the query is not answered; the error has the reason.
        """
        try:
            async with self._slot_of_fast_queue() as leave:
                answer = await self._run(request, leave)
            if answer is None:
                await self._enter_slow_queue()
                answer = await self._run(request, None)
            assert answer is not None  # noqa: S101 - only a query in the fast queue is interrupted
            return answer
        finally:
            self._leave_slow_queue()

    @asynccontextmanager
    async def _slot_of_fast_queue(self) -> AsyncIterator[Callable[[], None]]:
        """A slot of the fast queue; yields a function that frees it before the end of the block."""
        await self._queues.enter_fast(self._query.priority)
        with ExitStack() as slot:
            slot.callback(self._queues.leave_fast)
            yield slot.close

    async def _run(self, request: bytes, leave_fast: Callable[[], None] | None) -> Answer | None:
        """Send the request to a worker, and release, retire or reap the worker in any case.

        If a worker of the fast queue or the fork server is killed, the query is run once more.

        Args:
            request: the query as `fork_server` reads it.
            leave_fast: frees the slot of the fast queue; None in the slow queue.

        Returns:
            The answer; None if the query has to wait for the slow queue.
        """
        try:
            worker = await self._pool.acquire(self._query.priority, self._queues.policy.wait_seconds)
        except TimeoutError as error:
            raise self._refused("unavailable", seconds=self._seconds_before) from error
        self._started = time.monotonic()
        try:
            if self._is_slow:
                worker.lower_priority()
            reply = await self._exchange(worker, request, leave_fast)
        except TimeoutError as error:
            self._pool.retire(worker)
            raise self._refused("timeout", self._limits.seconds) from error
        except WorkerLost as error:
            reason = _REASON_OF_SIGNAL.get(-await self._pool.reap(worker), "unavailable")
            if reason == "unavailable" and leave_fast and not (self._is_slow or self._is_repeated):
                self._is_repeated = True
                return await self._run(request, leave_fast)
            raise self._refused(reason) from error
        except BaseException:
            self._pool.retire(worker)
            raise
        return self._finish(worker, reply)

    def _finish(self, worker: Worker, reply: Reply | None) -> Answer | None:
        """Release or retire the worker, and read its reply; None if the query has to wait for the slow queue."""
        if reply is None:
            self._seconds_before = self._running_seconds()
            self._pool.retire(worker)
            return None
        header, body = reply
        seconds = self._seconds_before + header["seconds"]
        self._pool.release(worker, retire=bool(header["last"]) or self._is_slow)
        if "refused" in header:
            raise self._refused(header["refused"], message=header["message"], seconds=seconds)
        return Answer(_BY_NAME[header["media_type"]], body, seconds)

    async def _exchange(self, worker: Worker, request: bytes, leave_fast: Callable[[], None] | None) -> Reply | None:
        reply = worker.send(request, self._limits.result)
        try:
            if leave_fast and not await self._ends_in_fast_queue(reply):
                if self._running_seconds() >= self._limits.seconds:
                    raise TimeoutError
                if not self._queues.has_free_slow(self._query.client):
                    return None
                await self._enter_slow_queue()
                leave_fast()
                worker.lower_priority()
            await asyncio.wait({reply}, timeout=self._limits.seconds - self._running_seconds())
            if not reply.done():
                raise TimeoutError
            return reply.result()
        finally:
            reply.cancel()

    async def _ends_in_fast_queue(self, reply: asyncio.Future[Reply]) -> bool:
        """Wait until the query has ended, its time in the fast queue is over, or a query waits that comes before it."""
        policy = self._queues.policy
        while (
            not reply.done() and (left := min(policy.fast_seconds, self._limits.seconds) - self._running_seconds()) > 0
        ):
            await asyncio.wait({reply}, timeout=min(left, policy.slice_seconds))
            if self._queues.fast.has_waiting(self._query.priority) and self._running_seconds() >= policy.slice_seconds:
                break
        return reply.done()

    async def _enter_slow_queue(self) -> None:
        """Take a slot of the slow queue, and have the pool start a worker for it."""
        try:
            await self._queues.enter_slow(self._query.client, self._query.priority)
        except QueryRefused as refused:
            refused.seconds = self._seconds_before or self._running_seconds()
            raise
        self._is_slow = True
        self._pool.add_slot()

    def _leave_slow_queue(self) -> None:
        if self._is_slow:
            self._queues.leave_slow(self._query.client)
            self._pool.remove_slot()

    def _running_seconds(self) -> float:
        return time.monotonic() - self._started

    def _refused(
        self, reason: str, used: float | None = None, message: str = "", seconds: float | None = None
    ) -> QueryRefused:
        limits = self._limits
        limit = {"timeout": limits.seconds, "memory": limits.memory, "result-too-large": limits.result}.get(reason)
        retry = 2 if reason == "unavailable" else None
        cost = self._seconds_before + self._running_seconds() if seconds is None else seconds
        return QueryRefused(
            reason, message or refusal_message(reason, limits), limit=limit, used=used, retry_after=retry, seconds=cost
        )


_REASON_OF_SIGNAL: dict[int, str] = {
    signal.SIGSEGV: "too-complex",
    signal.SIGBUS: "too-complex",
    signal.SIGABRT: "memory",
    signal.SIGXCPU: "timeout",
}
