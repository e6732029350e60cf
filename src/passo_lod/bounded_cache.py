"""A least-recently-used cache with a limit in bytes, for values of one release: answers of queries and HTTP responses."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

MEBIBYTE = 1024 * 1024
_OVERHEAD = 1024
"""Bytes that an entry needs beside its content."""


class BoundedCache(Generic[Key, Value]):
    """Values by key, at most so many bytes of them; the least recently used is evicted.

    A cache belongs to one release, which never changes, so nothing is ever invalidated. Only the event loop may use it.
    """

    def __init__(
        self,
        size_of: Callable[[Key, Value], int],
        max_bytes: int = 64 * MEBIBYTE,
        max_value_bytes: int = 4 * MEBIBYTE,
    ) -> None:
        """Create an empty cache.

        Args:
            size_of: the bytes of an entry.
            max_bytes: of all entries.
            max_value_bytes: of one entry; a larger one is not cached.
        """
        self._size_of = size_of
        self._max_bytes = max_bytes
        self._max_value_bytes = max_value_bytes
        self._bytes = 0
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The cached value, if there is one."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Cache a value, unless it is too large, and evict others until all fit."""
        size = self._size_of(key, value)
        if size > self._max_value_bytes or key in self._values:
            return
        self._values[key] = value
        self._bytes += size + _OVERHEAD
        while self._bytes > self._max_bytes:
            self._bytes -= self._size_of(*self._values.popitem(last=False)) + _OVERHEAD
