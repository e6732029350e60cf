"""Limit the open connections of each client and of all clients, and let the process open as many files as the system allows."""

import resource
from collections import Counter
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from passo_lod.errors import PassoError
from passo_lod.store.client_budget import client_of

CONNECTIONS_PER_CLIENT = 256
"""A browser opens six; the clients behind one address of a university share these."""
CONNECTIONS = 8192
"""Of all clients together; fewer if the system allows the process fewer open files."""

_OTHER_FILES = 256
"""Open files beside the connections: of the release, of the workers, and those that are being sent."""

Network = IPv4Network | IPv6Network


class ConnectionLimits:
    """Counts the open connections, by client.

    All connections through a proxy have its address, so that only the total limits those of a trusted proxy.

    Attributes:
        per_client: the most that one client may have open.
        total: the most that all clients together may have open.
    """

    def __init__(
        self, proxies: str | None = None, *, per_client: int = CONNECTIONS_PER_CLIENT, total: int = CONNECTIONS
    ) -> None:
        """Set the limits.

        Args:
            proxies: IP addresses or networks of trusted proxies, separated by commas; `*` trusts all.
            per_client: the most connections of one client.
            total: the most connections of all clients.

        Raises:
            PassoError: an entry of `proxies` is no address.
        """
        self.per_client = per_client
        self.total = total
        self._proxies = parse_networks(proxies or "")
        self._open: Counter[str] = Counter()

    def admit(self, address: str) -> str | None:
        """Count a new connection; if its client or all clients have too many, return which, without counting it."""
        client = client_of(address)
        if self._open.total() >= self.total:
            return f"all clients together have {self.total} connections open, which is the most"
        if self._open[client] >= self.per_client and not self._is_proxy(address):
            return f"your address has {self.per_client} connections open, which is the most for one client; close some"
        self._open[client] += 1
        return None

    def release(self, address: str) -> None:
        """Count an admitted connection no longer."""
        client = client_of(address)
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]

    def _is_proxy(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._proxies)


def parse_networks(text: str) -> tuple[Network, ...]:
    """The networks of a list of addresses.

    >>> [str(network) for network in parse_networks("10.0.0.1, fd00::/8")]
    ['10.0.0.1/32', 'fd00::/8']

    Raises:
        PassoError: an entry is no address.
    """
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    if "*" in entries:
        return IPv4Network("0.0.0.0/0"), IPv6Network("::/0")
    return tuple(map(_parse_network, entries))


def _parse_network(entry: str) -> Network:
    try:
        return ip_network(entry, strict=False)
    except ValueError as error:
        example = "an entry is an IP address or a network, such as 10.0.0.1 or 10.0.0.0/8"
        raise PassoError(f"--proxy: {entry!r} is no address; {example}") from error


def raise_open_files_limit() -> int:
    """Raise the soft limit of open files (RLIMIT_NOFILE) to the hard limit.

    Returns:
        The number of connections that the limit leaves room for, at most `CONNECTIONS`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (ValueError, OSError):  # macOS has a limit below an infinite hard limit
            pass
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(1, min(CONNECTIONS, soft - _OTHER_FILES))
