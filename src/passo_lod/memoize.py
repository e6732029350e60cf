"""Cache what a function of one short text returns: names and IRIs recur from record to record, long texts rarely do."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

MAX_LENGTH = 200
"""Characters of a text whose result is cached."""

MAX_ENTRIES = 1024


def memoize_short_texts(function: Callable[[str], T]) -> Callable[[str], T]:
    """Cache the results of a pure function for texts of at most `MAX_LENGTH` characters."""
    cached = lru_cache(maxsize=MAX_ENTRIES)(function)

    @wraps(function)
    def memoized(text: str) -> T:
        return cached(text) if len(text) <= MAX_LENGTH else function(text)

    return memoized
