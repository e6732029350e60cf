"""Two lanes, so that no cheap query waits for a costly one.

What a query costs cannot be told from its text. So every query begins in the light lane; one that has not ended after a moment is moved to
the heavy lane, which has few places and a low priority, and frees its place in the light one. Where many wait, who has asked least of late
comes first. (Known as a multi-level feedback queue.)
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from passo_lod.errors import QueryRefused


@dataclass(frozen=True)
class AdmissionPolicy:
    """Who may enter, and for how long.

    Attributes:
        light: places of the light lane; by default as many as there are workers.
        heavy: places of the heavy lane.
        heavy_each: places of the heavy lane that one client may have.
        moment: the seconds after which a query is moved to the heavy lane.
        queue: how many queries may wait for a place.
        patience: the seconds they wait at most.
    """

    light: int = 0
    heavy: int = 4
    heavy_each: int = 2
    moment: float = 0.3
    queue: int = 400
    patience: float = 4.0


class SlotQueue:
    """Some places, and a line of those who wait for one; the lower number comes first."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._line: list[tuple[float, int, asyncio.Future[None]]] = []
        self._ticket = count()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not place.done() for _, _, place in self._line)

    @property
    def free(self) -> int:
        """How many places nobody has."""
        return self._free

    async def enter(self, priority: float, patience: float) -> None:
        """Take a place.

        Raises:
            TimeoutError: none came free in time.
        """
        if self._free:
            self._free -= 1
            return
        place = asyncio.get_running_loop().create_future()
        heapq.heappush(self._line, (priority, next(self._ticket), place))
        try:
            async with asyncio.timeout(patience):
                await place
        except BaseException:
            if place.done() and not place.cancelled():
                self.leave()  # it was given in the very moment of giving up
            raise

    def leave(self) -> None:
        """Give the place back: the first of the line has it now."""
        while self._line:
            _, _, place = heapq.heappop(self._line)
            if not place.done():
                place.set_result(None)
                return
        self._free += 1


class FastSlowQueues:
    """The light and the heavy lane of one pool."""

    def __init__(self, admission: AdmissionPolicy, light: int) -> None:
        self.admission = admission
        self.light = SlotQueue(admission.light or light)
        self.heavy = SlotQueue(admission.heavy)
        self._heavy_of: Counter[str] = Counter()

    async def enter_light(self, priority: float) -> None:
        """Take a place in the light lane.

        Raises:
            QueryRefused: too many wait, or none came free in time.
        """
        waiting, most = self.light.waiting, self.admission.queue
        if waiting >= most:
            raise _unavailable(f"{waiting} queries wait for a worker, and {most} may", most, waiting)
        try:
            await self.light.enter(priority, self.admission.patience)
        except TimeoutError as error:
            raise _unavailable("all workers are busy", self.admission.patience, self.admission.patience) from error

    async def enter_heavy(self, client: str, priority: float) -> None:
        """Take a place in the heavy lane.

        Raises:
            QueryRefused: the client has its share of it already, or none came free in time.
        """
        has, most = self._heavy_of[client], self.admission.heavy_each
        if has >= most:
            message = f"{has} long queries of yours are running, and {most} may at once; wait until one has ended"
            raise QueryRefused("over-budget", message, limit=most, used=has + 1, retry_after=2)
        with self._counted(client):
            try:
                await self.heavy.enter(priority, self.admission.patience / 2)
            except TimeoutError as error:
                heavy = self.admission.heavy
                raise _unavailable("all places for long queries are taken", heavy, heavy) from error

    def leave_heavy(self, client: str) -> None:
        """Give the place back."""
        self.heavy.leave()
        self._forget(client)

    @contextmanager
    def _counted(self, client: str) -> Iterator[None]:
        self._heavy_of[client] += 1
        try:
            yield
        except BaseException:
            self._forget(client)
            raise

    def _forget(self, client: str) -> None:
        self._heavy_of[client] -= 1
        if not self._heavy_of[client]:
            del self._heavy_of[client]


def _unavailable(why: str, limit: float, used: float) -> QueryRefused:
    return QueryRefused("unavailable", f"{why}; ask again in a moment", limit=limit, used=used, retry_after=2)
