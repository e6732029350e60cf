"""A pool of workers that answer SPARQL queries and are killed when a query costs too much.

The pool holds some forks of the zygote (see `zygote.py`) warm. A query borrows one; the worker comes back when it has answered, and is killed
and replaced when it has not: at the deadline, at its memory limit, at a crash. Nothing of a query ever runs in this process.
"""

import asyncio
import json
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passo_lod.errors import QueryRefused, ReleaseError
from passo_lod.media_types import GRAPHS, RESULTS
from passo_lod.store import guard
from passo_lod.store.base import MEBIBYTE, Answer, Limits, Query
from passo_lod.store.processes import Lost, Worker, Zygote

_BY_NAME = {media_type.name: media_type for media_type in (*RESULTS, *GRAPHS)}


def default_size() -> int:
    """A worker a core, and two at least, so that one heavy query does not stand in the way of all others."""
    return max(2, os.cpu_count() or 1)


@dataclass(frozen=True)
class Admission:
    """How many queries may wait for a worker, and how long; beyond that they are told to come back."""

    queue: int = 20
    seconds: float = 4.0


class Workers:
    """A pool of workers over one dump."""

    def __init__(
        self,
        dump: Path,
        limits: Limits | None = None,
        size: int | None = None,
        admission: Admission | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._dump = dump
        self._size = size or default_size()
        self._admission = admission or Admission()
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._all: set[Worker] = set()
        self._waiting = 0
        self._zygote: Zygote | None = None
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

    async def run(self, query: Query) -> Answer:
        """The whole answer to a query.

        Raises:
            QueryRefused: with the reason why there is none.
        """
        worker = await self._borrow()
        try:
            header, body = await asyncio.wait_for(
                worker.ask(self._request(query), self.limits.result), self.limits.seconds
            )
        except TimeoutError as error:
            self._errand(self._replace(worker))
            raise self._timeout() from error
        except Lost as error:
            raise self._refusal(await self._replace(worker)) from error
        except BaseException:
            self._errand(self._replace(worker))
            raise
        self._give_back(worker, retire=bool(header["last"]))
        return self._answer(header, body)

    def _request(self, query: Query) -> bytes:
        request = {
            "query": query.text,
            "base": query.base,
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "union": not guard.names_dataset(query.text),
            "results": [media_type.name for media_type in query.accepted.results],
            "graphs": [media_type.name for media_type in query.accepted.graphs],
            "seconds": self.limits.seconds,
            "result": self.limits.result,
        }
        return json.dumps(request).encode()

    def _answer(self, header: dict[str, Any], body: bytes) -> Answer:
        if reason := header.get("refused"):
            raise QueryRefused(reason, header["message"] or self._why(reason))
        return Answer(_BY_NAME[header["media_type"]], body)

    # -- coming and going

    async def _borrow(self) -> Worker:
        if self._waiting >= self._admission.queue:
            raise QueryRefused("unavailable", "too many queries are waiting; ask again in a moment")
        self._waiting += 1
        try:
            return await asyncio.wait_for(self._next_usable(), self._admission.seconds)
        except TimeoutError as error:
            raise QueryRefused("unavailable", "all workers are busy; ask again in a moment") from error
        finally:
            self._waiting -= 1

    async def _next_usable(self) -> Worker:
        while not (worker := await self._idle.get()).usable:
            self._errand(self._replace(worker))
        return worker

    def _give_back(self, worker: Worker, *, retire: bool) -> None:
        if retire or not worker.usable:
            self._errand(self._replace(worker))
        else:
            self._idle.put_nowait(worker)

    async def _replace(self, worker: Worker) -> int:
        """End a worker and hire another; how it ended, where that can still be told."""
        await self._end(worker)
        if worker.zygote is not self._zygote:
            return 0
        try:
            status = await worker.zygote.bury(worker)
        except Lost:
            return 0
        self._errand(self._hire())
        return status

    async def _hire(self) -> None:
        zygote = self._zygote
        if zygote is not None:
            with suppress(Lost):
                worker = await zygote.hire(self.limits.memory)
                self._all.add(worker)
                self._idle.put_nowait(worker)

    async def _end(self, worker: Worker) -> None:
        await worker.kill()
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
            with suppress(Lost, ReleaseError, OSError):
                await self._revive()
                continue
            await asyncio.sleep(1)

    async def _revive(self) -> None:
        if self._zygote:
            await self._zygote.stop()
        self._zygote = None
        self._zygote = await Zygote.start(self._dump)
        for _ in range(self._size):
            await self._hire()

    async def _forget_idle(self) -> None:
        while not self._idle.empty():
            await self._end(self._idle.get_nowait())

    # -- refusing

    def _timeout(self) -> QueryRefused:
        return QueryRefused("timeout", self._why("timeout"))

    def _refusal(self, status: int) -> QueryRefused:
        """What the way a worker ended says about the query."""
        reason = _REASON_OF_SIGNAL.get(-status, "unavailable")
        return QueryRefused(reason, self._why(reason))

    def _why(self, reason: str) -> str:
        return _WHY[reason].format(
            seconds=self.limits.seconds,
            memory=self.limits.memory // MEBIBYTE,
            result=self.limits.result // MEBIBYTE,
        )


_REASON_OF_SIGNAL: dict[int, str] = {
    signal.SIGSEGV: "too-complex",
    signal.SIGBUS: "too-complex",
    signal.SIGABRT: "memory",
    signal.SIGXCPU: "timeout",
}

_WHY = {
    "timeout": "the query was stopped at its deadline of {seconds:g} seconds; narrow it, or take the dump",
    "memory": "the query needs more than {memory} MiB of memory; narrow it, or take the dump",
    "too-complex": "the query is nested too deep for the engine; write it flatter",
    "result-too-large": "the result has more than {result} MiB; ask for less of it, or take the dump",
    "unavailable": "the query could not be answered now; ask again in a moment",
    "malformed": "the query cannot be evaluated",
    "not-acceptable": "the result cannot be had in the media types asked for",
}
