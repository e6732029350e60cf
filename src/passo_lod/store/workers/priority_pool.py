"""A pool of items, slots or workers, for which callers wait in the order of their priority; `admission` and `pool` use it."""

import asyncio
import heapq
from collections.abc import Iterable
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item")


class PriorityPool(Generic[Item]):
    """Free items, of which the one used last is given out first, and the callers that wait for one; the lowest priority value comes first."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._free = list(items)
        self._queue: list[tuple[float, int, asyncio.Future[Item]]] = []
        self._arrivals = count()

    @property
    def free(self) -> int:
        """How many items are free."""
        return len(self._free)

    @property
    def waiting(self) -> int:
        """How many callers wait."""
        return sum(not item.done() for _, _, item in self._queue)

    def has_waiting(self, priority: float) -> bool:
        """Whether a caller waits whose priority value is not above this one."""
        while self._queue and self._queue[0][2].done():
            heapq.heappop(self._queue)
        return bool(self._queue) and self._queue[0][0] <= priority

    async def acquire(self, priority: float) -> Item:
        """Wait for an item and take it, to be given back to `release`."""
        if self._free:
            return self._free.pop()
        item: asyncio.Future[Item] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (priority, next(self._arrivals), item))
        try:
            return await item
        except asyncio.CancelledError:
            if item.done() and not item.cancelled():
                self.release(item.result())  # it was assigned at the moment when the caller was cancelled
            raise

    def release(self, item: Item) -> None:
        """Free an item, or assign it to the first waiting caller."""
        while self._queue:
            _, _, waiting = heapq.heappop(self._queue)
            if not waiting.done():
                waiting.set_result(item)
                return
        self._free.append(item)

    def clear(self) -> list[Item]:
        """Remove and return all free items."""
        items, self._free = self._free, []
        return items
