"""The bounded cache stays within its bytes and evicts the least recently used value."""

from hypothesis import given
from hypothesis import strategies as st

from passo_lod.bounded_cache import BoundedCache


def cache_of(max_bytes: int, max_value_bytes: int = 1 << 20) -> BoundedCache[str, bytes]:
    return BoundedCache(lambda key, value: len(key) + len(value), max_bytes, max_value_bytes)


def test_the_least_recently_used_value_is_evicted() -> None:
    cache = cache_of(10_000)
    for key in ("a", "b"):
        cache.put(key, b"x" * 3_000)
    assert cache.get("a") is not None
    cache.put("c", b"x" * 3_000)
    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]


def test_a_value_that_is_too_large_is_not_cached() -> None:
    cache = cache_of(10_000, max_value_bytes=1_000)
    cache.put("a", b"x" * 1_001)
    assert cache.get("a") is None


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 5_000)), max_size=40))
def test_any_values_together_stay_within_the_limit(puts: list[tuple[str, int]]) -> None:
    cache = cache_of(12_000)
    for key, size in puts:
        cache.put(key, b"x" * size)
        assert sum(len(value) for key in "abcdefgh" if (value := cache.get(key))) <= 12_000
