"""What each client has had of the endpoint: a budget of processor time, not of requests, so that many cheap queries pass.

A client is an address (of IPv6 its /64, which is what one subscriber has). Its budget fills up again all the time, at the rate at
which it may be spent; what is remembered is a number for each client, and only until it is full again.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from passo_lod.errors import QueryRefused

_MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Budget:
    """What one client may have.

    Attributes:
        seconds: processor seconds in a window; 0 sets no budget.
        window: the seconds in which the budget fills up.
        queries: queries that may run and wait at once.
    """

    seconds: float = 60.0
    window: float = 60.0
    queries: int = 200


class ClientBudgets:
    """The accounts of all clients."""

    def __init__(self, budget: Budget | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget or Budget()
        self._clock = clock
        self._spent: dict[str, tuple[float, float]] = {}
        self._running: Counter[str] = Counter()

    def spent(self, client: str) -> float:
        """The processor seconds that the client has had of late."""
        seconds, when = self._spent.get(client, (0.0, 0.0))
        return max(0.0, seconds - (self._clock() - when) * self.budget.seconds / self.budget.window)

    def left(self, client: str) -> float:
        """The processor seconds that the client may still have now."""
        return max(0.0, self.budget.seconds - self.spent(client))

    @contextmanager
    def admitted(self, client: str) -> Iterator[None]:
        """Let a query of the client in.

        Raises:
            QueryRefused: the client has spent its budget, or has too many queries here.
        """
        self._refuse_spender(client)
        running, most = self._running[client], self.budget.queries
        if running >= most:
            message = f"{running} queries of yours are running or waiting, and {most} may at once"
            raise QueryRefused("over-budget", message, limit=most, used=running + 1, retry_after=1)
        self._running[client] += 1
        try:
            yield
        finally:
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]

    def bill(self, client: str, seconds: float) -> None:
        """Write down what a query has cost."""
        if self.budget.seconds:
            self._forget_the_idle()
            self._spent[client] = (self.spent(client) + seconds, self._clock())

    def _refuse_spender(self, client: str) -> None:
        spent, budget = self.spent(client), self.budget
        if budget.seconds and spent >= budget.seconds:
            message = f"your queries had {spent:.0f} seconds of processor time, and {budget.seconds:g} in {budget.window:g} are free"
            wait = max(1, ceil((spent - budget.seconds * 0.9) * budget.window / budget.seconds))
            raise QueryRefused("over-budget", message, limit=budget.seconds, used=spent, retry_after=wait)

    def _forget_the_idle(self) -> None:
        if len(self._spent) > _MOST_REMEMBERED:
            self._spent = {client: account for client, account in self._spent.items() if self.spent(client) > 0}


@lru_cache(4096)
def client_of(address: str) -> str:
    """The client that an address belongs to.

    >>> client_of("192.0.2.7"), client_of("2001:db8::1:2:3:4"), client_of("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped) if ip.ipv4_mapped else str(IPv6Network((ip, 64), strict=False))
