"""A pool of workers that answer SPARQL queries and are killed when a query costs too much.

The pool holds some forks of the zygote (see `zygote.py`) warm. A query borrows one; the worker comes back when it has answered, and is killed
and replaced when it has not: at the deadline, at its memory limit, at a crash. Nothing of a query ever runs in this process.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from passo_lod.errors import QueryRefused, ReleaseError
from passo_lod.media_types import DATASETS, GRAPHS, RESULTS
from passo_lod.store import query_checks as guard
from passo_lod.store.protocol import Answer, Limits, Query
from passo_lod.store.refusal_messages import refusal_message
from passo_lod.store.workers.admission import AdmissionPolicy, FastSlowQueues
from passo_lod.store.workers.worker_process import ForkServer, Reply, Worker, WorkerLost

_BY_NAME = {media_type.name: media_type for media_type in (*RESULTS, *GRAPHS, *DATASETS)}


def default_size() -> int:
    """A worker a core, and two at least, so that one heavy query does not stand in the way of all others."""
    return max(2, os.cpu_count() or 1)


class WorkerPool:
    """A pool of workers over one dump."""

    def __init__(
        self,
        origin: Path,
        limits: Limits | None = None,
        size: int | None = None,
        admission: AdmissionPolicy | None = None,
        *,
        union: bool = True,
    ) -> None:
        """A pool that is not there yet.

        Args:
            origin: what the zygote loads.
            limits: what one query may cost.
            size: how many workers stand ready.
            admission: how many queries run and wait.
            union: whether the default graph of a query that names none is the union of all graphs.
        """
        self.limits = limits or Limits()
        self._origin = origin
        self._size = size or default_size()
        self._union = union
        self.lanes = FastSlowQueues(admission or AdmissionPolicy(), self._size)
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()  # the one that is warm comes first
        self._all: set[Worker] = set()
        self._wanted = self._size
        self._coming = 0
        self._zygote: ForkServer | None = None
        self._errands: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Load the dump and hire the workers; from here on a zygote that dies is replaced."""
        await self._revive()
        self._errand(self._supervise())

    async def stop(self) -> None:
        """End all processes."""
        for task in self._errands:
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        for worker in list(self._all):
            await self._end(worker)
        if self._zygote:
            await self._zygote.stop()

    @property
    def zygote_pid(self) -> int:
        """The process id of the zygote; 0 while there is none."""
        return self._zygote.pid if self._zygote else 0

    @property
    def ready(self) -> bool:
        """Whether there is a zygote to hire from."""
        return self._zygote is not None and self._zygote.alive

    @property
    def load(self) -> dict[str, int]:
        """How many workers there are, how many have nothing to do, and how many queries wait or take long."""
        lanes = self.lanes
        return {
            "workers": len(self._all),
            "idle": self._idle.qsize(),
            "waiting": lanes.light.waiting,
            "long": lanes.admission.heavy - lanes.heavy.free,
            "waitingLong": lanes.heavy.waiting,
        }

    async def run(self, query: Query) -> Answer:
        """The whole answer to a query.

        Raises:
            QueryRefused: with the reason why there is none.
        """
        await self.lanes.enter_light(query.priority)
        run = QueryRun(self, query)
        try:
            return await run.answer()
        finally:
            run.leave()

    def request(self, query: Query) -> bytes:
        """A query as the workers read it."""
        request = {
            "query": query.text,
            "base": query.base,
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "union": self._union and not guard.names_dataset(query.text),
            "results": [media_type.name for media_type in query.accepted.results],
            "graphs": [media_type.name for media_type in query.accepted.graphs],
            "seconds": self.limits.seconds,
            "result": self.limits.result,
        }
        return json.dumps(request).encode()

    # -- coming and going

    async def borrow(self) -> Worker:
        """A worker of one's own, to be given back or let go.

        Raises:
            QueryRefused: there is none, because they are being hired.
        """
        while not self._idle.empty():
            worker = self._idle.get_nowait()
            if worker.usable:
                return worker
            self.let_go(worker)
        try:
            return await asyncio.wait_for(self._next_usable(), self.lanes.admission.patience)
        except TimeoutError as error:
            raise QueryRefused("unavailable", refusal_message("unavailable", self.limits), retry_after=2) from error

    async def _next_usable(self) -> Worker:
        while not (worker := await self._idle.get()).usable:
            self._errand(self._replace(worker))
        return worker

    def give_back(self, worker: Worker, *, retire: bool) -> None:
        """It has answered; one that has grown, or that is one too many, is retired."""
        if retire or not worker.usable or len(self._all) > self._wanted:
            self.let_go(worker)
        else:
            self._idle.put_nowait(worker)

    def let_go(self, worker: Worker) -> None:
        """End a worker and see to it that enough stand ready."""
        self._errand(self._replace(worker))

    def lend(self) -> None:
        """One works for long: another takes its place."""
        self._wanted += 1
        self._errand(self._hire())

    def take_back(self) -> None:
        """One that worked for long has ended."""
        self._wanted -= 1

    async def bury(self, worker: Worker) -> int:
        """End a worker, and see to it that enough stand ready; how it ended, where that can still be told."""
        return await self._replace(worker)

    async def _replace(self, worker: Worker) -> int:
        await self._end(worker)
        if worker.zygote is not self._zygote:
            return 0
        try:
            status = await worker.zygote.bury(worker)
        except WorkerLost:
            return 0
        self._errand(self._hire())
        return status

    async def _hire(self) -> None:
        """One more worker, unless there are enough."""
        zygote = self._zygote
        if zygote is None or len(self._all) + self._coming >= self._wanted:
            return
        self._coming += 1
        try:
            worker = await zygote.hire(self.limits.memory)
            self._all.add(worker)
            self._idle.put_nowait(worker)
        except WorkerLost:
            pass  # the zygote has ended; the next one hires for itself
        finally:
            self._coming -= 1

    async def _end(self, worker: Worker) -> None:
        worker.kill()
        self._all.discard(worker)

    def _errand(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _supervise(self) -> None:
        while True:
            if self._zygote:
                await self._zygote.ended()
            await self._forget_idle()
            with suppress(WorkerLost, ReleaseError, OSError):
                await self._revive()
                continue
            await asyncio.sleep(1)

    async def _revive(self) -> None:
        if self._zygote:
            await self._zygote.stop()
        self._zygote = None
        self._zygote = await ForkServer.start(self._origin)
        for _ in range(self._size):
            await self._hire()

    async def _forget_idle(self) -> None:
        while not self._idle.empty():
            await self._end(self._idle.get_nowait())


class QueryRun:
    """One query on its way through the lanes, with the worker it has."""

    def __init__(self, workers: WorkerPool, query: Query) -> None:
        self._workers = workers
        self._query = query
        self._is_heavy = False
        self._in_light = True
        self._paused = 0.0
        self._began = time.monotonic()

    async def answer(self) -> Answer:
        """The answer, with a worker that is given back or let go, whatever happens."""
        worker = await self._workers.borrow()
        self._began = time.monotonic()
        try:
            header, body = await self._ask(worker)
        except TimeoutError as error:
            self._workers.let_go(worker)
            raise self._refused("timeout", self._workers.limits.seconds) from error
        except WorkerLost as error:
            reason = _REASON_OF_SIGNAL.get(-await self._workers.bury(worker), "unavailable")
            raise self._refused(reason) from error
        except BaseException:
            self._workers.let_go(worker)
            raise
        self._workers.give_back(worker, retire=bool(header["last"]) or self._is_heavy)
        refused: str | None = header.get("refused")
        if refused:
            raise self._refused(refused, message=header["message"], seconds=header["seconds"])
        return Answer(_BY_NAME[header["media_type"]], body, header["seconds"])

    async def _ask(self, worker: Worker) -> Reply:
        limits, moment = self._workers.limits, self._workers.lanes.admission.moment
        asking = worker.ask(self._workers.request(self._query), limits.result)
        try:
            done, _ = await asyncio.wait({asking}, timeout=min(moment, limits.seconds))
            if not done:
                await self._move(worker)
                await asyncio.wait({asking}, timeout=limits.seconds - self._ran())
            if not asking.done():
                raise TimeoutError
            return asking.result()
        finally:
            asking.cancel()

    async def _move(self, worker: Worker) -> None:
        """To the heavy lane; the worker stands still while it waits for a place there, and so does its clock."""
        if self._ran() >= self._workers.limits.seconds:
            return
        worker.pause()
        stopped = time.monotonic()
        self._leave_light()
        try:
            await self._workers.lanes.enter_heavy(self._query.client, self._query.priority)
        except QueryRefused as refused:
            refused.seconds = stopped - self._began
            raise
        self._is_heavy = True
        self._workers.lend()
        self._paused += time.monotonic() - stopped
        worker.resume()

    def _ran(self) -> float:
        return time.monotonic() - self._began - self._paused

    def leave(self) -> None:
        """Give back the place, in whichever lane it is."""
        self._leave_light()
        if self._is_heavy:
            self._workers.lanes.leave_heavy(self._query.client)
            self._workers.take_back()
            self._is_heavy = False

    def _leave_light(self) -> None:
        if self._in_light:
            self._workers.lanes.light.leave()
            self._in_light = False

    def _refused(
        self, reason: str, used: float | None = None, message: str = "", seconds: float | None = None
    ) -> QueryRefused:
        limits = self._workers.limits
        limit = {"timeout": limits.seconds, "memory": limits.memory, "result-too-large": limits.result}.get(reason)
        retry = 2 if reason == "unavailable" else None
        cost = self._ran() if seconds is None else seconds
        return QueryRefused(
            reason, message or refusal_message(reason, limits), limit=limit, used=used, retry_after=retry, seconds=cost
        )


_REASON_OF_SIGNAL: dict[int, str] = {
    signal.SIGSEGV: "too-complex",
    signal.SIGBUS: "too-complex",
    signal.SIGABRT: "memory",
    signal.SIGXCPU: "timeout",
}
