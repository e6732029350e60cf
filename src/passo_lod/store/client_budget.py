"""Limit the processor time and the concurrent queries of each client of the SPARQL endpoint.

A client is an IP address (of IPv6 its /64 prefix, which one subscriber has). The budget counts processor seconds and not requests, so that many cheap queries
pass. It refills continuously. Among waiting queries those of the client whose queries cost least come first. The server stores three numbers for each
client, until its budget is full again.
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
_UNFINISHED_SECONDS = 10.0
"""What a query without a result counts for in the expected cost: it used less, because it was stopped, but would have used more."""
_WEIGHT = 0.2
"""Of the latest query in the expected cost."""


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


@dataclass(frozen=True)
class _Account:
    """What is known of one client.

    Attributes:
        spent: processor seconds that were not refilled at the time `when`.
        expected_cost: moving average of the seconds of its queries.
    """

    spent: float = 0.0
    when: float = 0.0
    expected_cost: float = 0.0


_NEW = _Account()


class ClientBudgets:
    """The budgets of all clients."""

    def __init__(self, budget: Budget | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget or Budget()
        self._clock = clock
        self._accounts: dict[str, _Account] = {}
        self._running: Counter[str] = Counter()

    def spent(self, client: str) -> float:
        """The processor seconds that the client has used and that have not been refilled yet."""
        account = self._accounts.get(client, _NEW)
        return max(0.0, account.spent - (self._clock() - account.when) * self.budget.seconds / self.budget.window)

    def expected_cost(self, client: str) -> float:
        """The seconds that the next query of the client is expected to use; 0 for a client without recent queries."""
        return self._accounts.get(client, _NEW).expected_cost

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

    def charge(self, client: str, seconds: float, *, finished: bool = True) -> None:
        """Subtract the processor seconds of a query from the budget of the client, and adjust its expected cost.

        Args:
            client: who sent the query.
            seconds: the processor time it used.
            finished: whether it ended by itself, and was not stopped.
        """
        before = self.expected_cost(client)
        self._subtract(client, seconds, before + _WEIGHT * ((seconds if finished else _UNFINISHED_SECONDS) - before))

    def charge_check(self, client: str, seconds: float) -> None:
        """Subtract the processor seconds of a check, which says nothing about the cost of the query."""
        self._subtract(client, seconds, self.expected_cost(client))

    def _subtract(self, client: str, seconds: float, expected_cost: float) -> None:
        self._remove_full_budgets()
        spent = self.spent(client) + seconds if self.budget.seconds else 0.0
        self._accounts[client] = _Account(spent, self._clock(), expected_cost)

    def _check_budget(self, client: str) -> None:
        spent, budget = self.spent(client), self.budget
        if budget.seconds and spent >= budget.seconds:
            message = f"your queries used {spent:.0f} seconds of processor time; {budget.seconds:g} are allowed in {budget.window:g} seconds"
            wait = max(1, ceil((spent - budget.seconds * 0.9) * budget.window / budget.seconds))
            raise QueryRefused("over-budget", message, limit=budget.seconds, used=spent, retry_after=wait)

    def _remove_full_budgets(self) -> None:
        if len(self._accounts) > _MAX_ACCOUNTS:
            earliest = self._clock() - self.budget.window
            self._accounts = {
                client: account
                for client, account in self._accounts.items()
                if self.spent(client) > 0 or account.when > earliest
            }


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
