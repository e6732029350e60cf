"""A release that would lose or quarantine many records is stopped before anything is written, unless a person accepts it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.errors import ReleaseError, ReleaseStopped
from passo_lod.release.content import Content
from passo_lod.release.dataset import Dataset
from passo_lod.release.publish_policy import (
    DEFAULT,
    OPEN,
    PublishPolicy,
    RecordCounts,
    _quarantine_reasons,
    _shrink_reasons,
)
from passo_lod.release.writer import write_release
from passo_lod.report import Accounting
from tests.release.test_writer import content, quiet, releases, tree

__all__ = ["content", "releases"]


def having(content: Content, records: Mapping[str, tuple[int, int]]) -> Content:
    """The content, with sources that have so many published and quarantined records."""
    (pattern,) = content.datasets
    return replace(content, datasets=tuple(_dataset(pattern, name, *counts) for name, counts in records.items()))


def _dataset(pattern: Dataset, name: str, published: int, quarantined: int) -> Dataset:
    accounting = Accounting(published + quarantined, published, quarantined, 0)
    return replace(pattern, name=name, iri=f"https://example.org/dataset/{name}", accounting=accounting)


BEFORE = {"uno": (100, 5), "due": (50, 0)}

PASSING = [
    {"uno": (100, 5), "due": (50, 0)},
    {"uno": (95, 5), "due": (48, 0)},
    {"uno": (100, 5), "due": (50, 0), "tre": (1, 0)},
    {"uno": (140, 15), "due": (50, 0)},
]
STOPPED = [
    ({"uno": (94, 5), "due": (50, 0)}, r"Shrink: 144 records .* has 150; at most 5% .*\n    uno: 94 of 100\n"),
    ({"uno": (100, 5), "due": (0, 0)}, r"\n    due: 0 of 50\n.*--accept shrink, or for one source with --accept shrink:due"),
    ({"uno": (150, 5)}, r"Shrink: 150 records .* has 150; .*\n    due: 0 of 50\n"),
    ({"uno": (100, 20), "due": (50, 0)}, r"Quarantine: 20 of 170 records .*\(12%\).*\n    uno: 20 of 120\n.*--accept quarantine"),
    ({"uno": (10, 100), "due": (50, 0)}, r"Shrink: (.|\n)*Quarantine: "),
]  # fmt: skip


@pytest.mark.parametrize("records", PASSING)
def test_a_release_that_loses_little_passes(
    content: Content, releases: Path, records: Mapping[str, tuple[int, int]]
) -> None:
    write_release(having(content, BEFORE), releases, quiet, DEFAULT)
    assert write_release(having(content, records), releases, quiet, DEFAULT).is_dir()


@pytest.mark.parametrize(("records", "message"), STOPPED)
def test_a_release_that_loses_much_is_stopped_and_nothing_is_written(
    content: Content, releases: Path, records: Mapping[str, tuple[int, int]], message: str
) -> None:
    write_release(having(content, BEFORE), releases, quiet, DEFAULT)
    before = tree(releases)
    with pytest.raises(ReleaseStopped, match=message):
        write_release(having(content, records), releases, quiet, DEFAULT)
    assert tree(releases) == before
    assert write_release(having(content, records), releases, quiet, OPEN).is_dir()


def test_the_first_release_is_not_stopped(content: Content, releases: Path) -> None:
    assert write_release(having(content, {"uno": (1, 0)}), releases, quiet, DEFAULT).is_dir()


def test_what_is_accepted_for_one_source_is_not_accepted_for_another(content: Content, releases: Path) -> None:
    write_release(having(content, BEFORE), releases, quiet)
    for_one = PublishPolicy(accepted=frozenset({"shrink:due"}))
    with pytest.raises(ReleaseStopped, match="uno: 90 of 100"):
        write_release(having(content, {"uno": (90, 0), "due": (1, 0)}), releases, quiet, for_one)
    assert write_release(having(content, {"uno": (100, 0), "due": (1, 0)}), releases, quiet, for_one).is_dir()


@pytest.mark.parametrize("slip", ["shrnk", "shrink:tre", "all", "quarantine:"])
def test_a_typing_error_in_what_is_accepted_is_reported(content: Content, releases: Path, slip: str) -> None:
    with pytest.raises(
        ReleaseError, match=rf"--accept {slip}: not known; there are shrink and quarantine, .* due, uno"
    ):
        write_release(having(content, BEFORE), releases, quiet, PublishPolicy(accepted=frozenset({slip})))


def test_a_damaged_manifest_of_the_current_release_stops_the_next_release(content: Content, releases: Path) -> None:
    folder = write_release(having(content, BEFORE), releases, quiet)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(ReleaseStopped, match="the manifest of the current release cannot be read"):
        write_release(having(content, BEFORE), releases, quiet, DEFAULT)
    assert write_release(having(content, BEFORE), releases, quiet, OPEN).is_dir()


COUNT = st.integers(0, 1000)
COUNTS = st.lists(st.builds(RecordCounts, st.sampled_from("abc"), COUNT, COUNT, COUNT, st.just(0)), max_size=4)


@given(COUNTS)
def test_growth_is_never_stopped_and_a_total_loss_always(counts: list[RecordCounts]) -> None:
    grown = [replace(each, published=each.before + each.published) for each in counts]
    assert list(_shrink_reasons(grown, DEFAULT)) == []
    lost = [replace(each, published=0) for each in counts]
    assert bool(list(_shrink_reasons(lost, DEFAULT))) == any(each.before for each in counts)
    assert list(_shrink_reasons(lost, OPEN)) == list(_quarantine_reasons(lost, OPEN)) == []


def test_a_record_that_was_merged_with_another_is_no_loss(content: Content, releases: Path) -> None:
    write_release(having(content, BEFORE), releases, quiet, DEFAULT)
    merging = having(content, BEFORE)
    first, second = merging.datasets
    merged = replace(first, accounting=Accounting(105, 80, 5, 0, 20))
    for _ in range(2):  # against a release before the merging, and against one after it
        assert write_release(replace(merging, datasets=(merged, second)), releases, quiet, DEFAULT).is_dir()
    lost = replace(first, accounting=Accounting(85, 60, 5, 0, 20))
    with pytest.raises(ReleaseStopped, match=r"\n    uno: 80 of 100\n"):
        write_release(replace(merging, datasets=(lost, second)), releases, quiet, DEFAULT)
