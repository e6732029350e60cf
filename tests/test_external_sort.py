"""Items sorted through a file come back as if they had been sorted in memory."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod import external_sort
from passo_lod.external_sort import merge_runs, open_run_file, sort_externally, write_run

Item = tuple[bytes, object]
ITEMS = st.lists(
    st.tuples(st.binary(max_size=3), st.none() | st.integers() | st.lists(st.text(max_size=3), max_size=2))
)


def key(item: tuple[object, ...]) -> object:
    return item[0]


@given(st.lists(ITEMS.filter(bool)), st.integers(1, 200))
def test_merged_runs_are_all_their_items_sorted(runs: list[list[Item]], block_bytes: int) -> None:
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as folder:
        patched.setattr(external_sort, "BLOCK_BYTES", block_bytes)
        with open_run_file(Path(folder)) as file:
            written = [write_run(run, file, key) for run in runs]
            assert list(Path(folder).iterdir()) == []
            merged, again = list(merge_runs(written, key)), list(merge_runs(written, key))
        items = [item for run in runs for item in run]
        assert [key(item) for item in merged] == sorted(map(key, items))  # type: ignore[type-var]
        assert sorted(map(repr, merged)) == sorted(map(repr, items))
        assert merged == again


@pytest.mark.parametrize("max_size", [0, 20, 1 << 20], ids=["every item a run", "several runs", "all in memory"])
@given(lines=st.lists(st.binary(max_size=10), max_size=30))
def test_items_are_sorted_however_few_of_them_memory_holds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], max_size: int
) -> None:
    folder = tmp_path_factory.mktemp("sorted")
    assert list(sort_externally(lines, folder, max_size, len, key=bytes)) == sorted(lines)
    assert list(folder.iterdir()) == []


def test_two_readers_may_read_a_run_at_the_same_time(tmp_path: Path) -> None:
    with open_run_file(tmp_path) as file:
        run = write_run([(number,) for number in range(200)], file, key)
        assert all(one == other for one, other in zip(run.read(), run.read(), strict=True))


def test_runs_that_do_not_overlap_are_read_one_after_the_other(tmp_path: Path) -> None:
    starts: list[int] = []
    pread = os.pread

    def recording_pread(file: int, size: int, start: int) -> bytes:
        starts.append(start)
        return pread(file, size, start)

    with open_run_file(tmp_path) as file, pytest.MonkeyPatch.context() as patched:
        later, earlier = write_run([(3,), (4,)], file, key), write_run([(2,), (1,)], file, key)
        patched.setattr(os, "pread", recording_pread)
        merged = merge_runs([later, earlier], key)
        assert next(merged) == (1,)
        assert min(starts) >= earlier.blocks[0][0] > later.blocks[-1][0], "the later run is not read yet"
        assert list(merged) == [(2,), (3,), (4,)]


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=60))
def test_no_block_is_much_larger_than_its_target(sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as folder:
        patched.setattr(external_sort, "BLOCK_BYTES", 1000)
        with open_run_file(Path(folder)) as file:
            run = write_run([(number, bytes(size)) for number, size in enumerate(sizes)], file, key)
            assert [len(value) for _, value in run.read()] == sizes
        assert max(size for _, size in run.blocks) <= max(2000, max(sizes) + 40)
