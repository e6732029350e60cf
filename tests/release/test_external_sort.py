"""What is sorted in a file comes back as if it had been sorted in memory."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.release import external_sort as runs

ITEMS = st.lists(
    st.tuples(st.binary(max_size=3), st.none() | st.integers() | st.lists(st.text(max_size=3), max_size=2))
)


def key(item: runs.Item) -> object:
    return item[0]


@given(st.lists(ITEMS.filter(bool)), st.integers(1, 200))
def test_runs_together_are_all_their_items_sorted(parts: list[list[runs.Item]], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as folder:
        patched.setattr(runs, "CHUNK", at_once)
        with runs.unnamed_file(Path(folder)) as file:
            written = [runs.write(part, file, key) for part in parts]
            assert list(Path(folder).iterdir()) == []
            found, again = list(runs.merged(written, key)), list(runs.merged(written, key))
        everything = [item for part in parts for item in part]
        assert [key(item) for item in found] == sorted(map(key, everything))
        assert sorted(map(repr, found)) == sorted(map(repr, everything))
        assert found == again


def test_two_may_read_a_run_at_the_same_time(tmp_path: Path) -> None:
    with runs.unnamed_file(tmp_path) as file:
        run = runs.write([(number,) for number in range(200)], file, key)
        assert all(one == other for one, other in zip(run.read(), run.read(), strict=True))


def test_runs_that_follow_on_one_another_are_read_one_after_the_other(tmp_path: Path) -> None:
    read: list[int] = []
    pread = os.pread

    def noted(file: int, size: int, start: int) -> bytes:
        read.append(start)
        return pread(file, size, start)

    with runs.unnamed_file(tmp_path) as file, pytest.MonkeyPatch.context() as patched:
        later, earlier = runs.write([(3,), (4,)], file, key), runs.write([(2,), (1,)], file, key)
        patched.setattr(runs.os, "pread", noted)
        reading = runs.merged([later, earlier], key)
        assert next(reading) == (1,)
        assert min(read) >= earlier.chunks[0][0] > later.chunks[-1][0], "the later run is not touched yet"
        assert list(reading) == [(2,), (3,), (4,)]


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=60))
def test_no_chunk_is_much_larger_than_it_should_be(sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as folder:
        patched.setattr(runs, "CHUNK", 1000)
        with runs.unnamed_file(Path(folder)) as file:
            run = runs.write([(number, bytes(size)) for number, size in enumerate(sizes)], file, key)
            assert [len(value) for _, value in run.read()] == sizes
        assert max(size for _, size in run.chunks) <= max(2000, max(sizes) + 40)
