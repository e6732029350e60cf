"""Limit the processor time and the concurrent queries of each client of the SPARQL endpoint.

A client is an IP address (of IPv6 its /64 prefix, which one subscriber has). The budget counts processor seconds and not requests, so that many cheap queries
pass. It refills continuously; the server stores one number for each client, until its budget is full again.
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

_MAX_ACCOUNTS = 10_000


@dataclass(frozen=True)
class Budget:
    """What one client may use.

    Attributes:
        seconds: processor seconds in a window; 0 means no limit.
        window: seconds in which an empty budget refills.
        queries: queries that may run or wait at once.
    """

    seconds: float = 60.0
    window: float = 60.0
    queries: int = 200


class ClientBudgets:
    """The budgets of all clients."""

    def __init__(self, budget: Budget | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget or Budget()
        self._clock = clock
        self._spent: dict[str, tuple[float, float]] = {}
        self._running: Counter[str] = Counter()

    def spent(self, client: str) -> float:
        """The processor seconds that the client has used and that have not been refilled yet."""
        seconds, when = self._spent.get(client, (0.0, 0.0))
        return max(0.0, seconds - (self._clock() - when) * self.budget.seconds / self.budget.window)

    def remaining(self, client: str) -> float:
        """The processor seconds that the client may use now."""
        return max(0.0, self.budget.seconds - self.spent(client))

    @contextmanager
    def admit(self, client: str) -> Iterator[None]:
        """Count a query of the client for the duration of the `with` block.

        Raises:
            QueryRefused: the client has spent its budget, or too many of its queries run or wait.
        """
        self._check_budget(client)
        running, limit = self._running[client], self.budget.queries
        if running >= limit:
            message = f"{running} queries of yours are running or waiting; at most {limit} may at once"
            raise QueryRefused("over-budget", message, limit=limit, used=running + 1, retry_after=1)
        self._running[client] += 1
        try:
            yield
        finally:
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]

    def charge(self, client: str, seconds: float) -> None:
        """Subtract the processor seconds of a query from the budget of the client."""
        if self.budget.seconds:
            self._remove_full_budgets()
            self._spent[client] = (self.spent(client) + seconds, self._clock())

    def _check_budget(self, client: str) -> None:
        spent, budget = self.spent(client), self.budget
        if budget.seconds and spent >= budget.seconds:
            message = f"your queries used {spent:.0f} seconds of processor time; {budget.seconds:g} are allowed in {budget.window:g} seconds"
            wait = max(1, ceil((spent - budget.seconds * 0.9) * budget.window / budget.seconds))
            raise QueryRefused("over-budget", message, limit=budget.seconds, used=spent, retry_after=wait)

    def _remove_full_budgets(self) -> None:
        if len(self._spent) > _MAX_ACCOUNTS:
            self._spent = {client: entry for client, entry in self._spent.items() if self.spent(client) > 0}


@lru_cache(4096)
def client_of(address: str) -> str:
    """The client that an IP address belongs to; other text is returned unchanged.

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
