"""Queue queries so that cheap ones do not wait for costly ones; `query_run` takes a slot here for each query.

The text of a query does not show its cost. So every query starts in the fast queue; one that has not ended after a moment moves to the slow
queue, which has few slots and a low priority, and frees its slot in the fast one. Among waiting queries the client whose queries cost least
comes first (`client_budget.ClientBudgets.expected_cost`). (This is a multilevel feedback queue.)
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from passo_lod.errors import QueryRefused
from passo_lod.store.workers.priority_pool import PriorityPool


@dataclass(frozen=True)
class AdmissionPolicy:
    """How many queries may run and wait.

    Attributes:
        fast: slots of the fast queue; 0 means one for each worker.
        slow: slots of the slow queue.
        slow_per_client: slots of the slow queue that one client may use.
        fast_seconds: seconds after which a query moves to the slow queue.
        slice_seconds: seconds after which it does so if a query waits that comes before it.
        max_waiting: queries that may wait for a slot.
        wait_seconds: seconds that a query waits for a slot at most.
    """

    fast: int = 0
    slow: int = 4
    slow_per_client: int = 2
    fast_seconds: float = 0.3
    slice_seconds: float = 0.05
    max_waiting: int = 400
    wait_seconds: float = 4.0


class FastSlowQueues:
    """The fast and the slow queue of one worker pool."""

    def __init__(self, policy: AdmissionPolicy, workers: int) -> None:
        self.policy = policy
        self.fast = PriorityPool([None] * (policy.fast or workers))
        self.slow = PriorityPool([None] * policy.slow)
        self._slow_per_client: Counter[str] = Counter()

    async def enter_fast(self, priority: float) -> None:
        """Take a slot of the fast queue.

        Raises:
            QueryRefused: too many queries wait, or no slot became free in time.
        """
        waiting, limit = self.fast.waiting, self.policy.max_waiting
        if waiting >= limit:
            raise _unavailable(f"{waiting} queries wait for a worker; at most {limit} may", limit, waiting)
        seconds = self.policy.wait_seconds
        try:
            async with asyncio.timeout(seconds):
                await self.fast.acquire(priority)
        except TimeoutError as error:
            raise _unavailable("all workers are busy", seconds, seconds) from error

    def leave_fast(self) -> None:
        """Free the slot."""
        self.fast.release(None)

    def has_free_slow(self, client: str) -> bool:
        """Whether the client gets a slot of the slow queue without waiting."""
        return self.slow.free > 0 and self._slow_per_client[client] < self.policy.slow_per_client

    async def enter_slow(self, client: str, priority: float) -> None:
        """Take a slot of the slow queue.

        Raises:
            QueryRefused: the client uses its share of slots already, or no slot became free in time.
        """
        running, limit = self._slow_per_client[client], self.policy.slow_per_client
        if running >= limit:
            message = (
                f"{running} long queries of yours are running; at most {limit} may at once; wait until one has ended"
            )
            raise QueryRefused("over-budget", message, limit=limit, used=running + 1, retry_after=2)
        with self._counted(client):
            try:
                async with asyncio.timeout(self.policy.wait_seconds / 2):
                    await self.slow.acquire(priority)
            except TimeoutError as error:
                slots = self.policy.slow
                raise _unavailable("all places for long queries are taken", slots, slots) from error

    def leave_slow(self, client: str) -> None:
        """Free the slot."""
        self.slow.release(None)
        self._uncount(client)

    @contextmanager
    def _counted(self, client: str) -> Iterator[None]:
        """Count a query of the client, unless it fails to enter."""
        self._slow_per_client[client] += 1
        try:
            yield
        except BaseException:
            self._uncount(client)
            raise

    def _uncount(self, client: str) -> None:
        self._slow_per_client[client] -= 1
        if not self._slow_per_client[client]:
            del self._slow_per_client[client]


def _unavailable(reason: str, limit: float, used: float) -> QueryRefused:
    return QueryRefused("unavailable", f"{reason}; ask again in a moment", limit=limit, used=used, retry_after=2)
