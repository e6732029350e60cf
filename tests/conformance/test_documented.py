"""`docs/conformance.md` and `SECURITY.md` agree with the tests: numbers, deviations, updates and threats."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.test_queries import COUNTS, DEVIATIONS, OTHER_FORMS
from tests.conformance.test_sparql_protocol import UPDATES
from tests.hostile.corpus import GROUPS
from tests.hostile.test_corpus import THREATS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
THREATS_TO_SERVER = SECURITY.partition("## Threats to the server")[2].partition("## Threats to the publisher")[0]


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
    assert set(re.findall(r"\bT\d+\b", THREATS_TO_SERVER)) == THREATS | {"T8", "T15"}


def test_every_test_that_the_page_on_security_names_exists() -> None:
    files = re.findall(r"`(tests/[\w/.]+)`", SECURITY)
    assert len(files) > 20
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("group", [group.__name__ for group in GROUPS])
def test_every_group_of_attacks_is_documented(group: str) -> None:
    assert f"`{group}`" in THREATS_TO_SERVER
