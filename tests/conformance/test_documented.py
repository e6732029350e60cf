"""`docs/conformance.md` agrees with the tests: numbers, deviations, updates and threats."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.test_queries import COUNTS, DEVIATIONS, OTHER_FORMS
from tests.conformance.test_sparql_protocol import UPDATES
from tests.hostile.test_corpus import THREATS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "conformance.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("suite", COUNTS)
def test_the_numbers_of_a_suite_are_documented(suite: str) -> None:
    other, deviating = (Counter(name.partition("/")[0] for name in names)[suite] for names in (OTHER_FORMS, DEVIATIONS))
    found = re.search(rf"^\| `{suite}` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
    assert found
    assert tuple(map(int, found.groups())) == (COUNTS[suite], COUNTS[suite] - other - deviating, other, deviating)


@pytest.mark.parametrize("name", sorted([*DEVIATIONS, *UPDATES]))
def test_every_deviation_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_threat_is_documented() -> None:
    assert set(re.findall(r"\bT\d+\b", PAGE.partition("## The threats")[2])) == THREATS | {"T8", "T15"}
