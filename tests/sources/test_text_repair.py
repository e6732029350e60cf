"""Characters that no reader sees are removed and told, except where they change what is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.sources.text_repair import INVISIBLE, repair


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("Comune di Bo\u200blogna", "Comune di Bologna"),
        ("parte\u00adcipazione", "partecipazione"),
        ("Bo\ufefflogna", "Bologna"),
        ("\u200e3 marzo 2020", "3 marzo 2020"),
        ("Bo\u200d\u200clogna\u2060", "Bologna"),
        ("&shy;citt&agrave;&#8203;", "città"),
    ],
)
def test_characters_of_no_width_are_removed_and_told(text: str, repaired: str) -> None:
    found, kinds = repair(text)
    assert found == repaired
    assert INVISIBLE in kinds


@pytest.mark.parametrize(
    "text",
    [
        "\u05e9\u05dc\u05d5\u05dd (A)\u200f",  # Hebrew
        "C++\u200e \u0628\u0631\u0646\u0627\u0645\u062c",  # Arabic
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0915\u094d\u200d\u0937",  # Devanagari
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
        "\u0e2a\u0e27\u0e31\u0e2a\u200b\u0e14\u0e35",  # Thai
        "Città, perché no",
    ],
)
def test_characters_that_mean_something_stay(text: str) -> None:
    assert repair(text) == (text, ())


@given(
    st.text(
        alphabet=st.sampled_from("aé \u00ad\u200b\u200c\u200d\u200e\u200f\ufeff\u2060\u0628\u05e9\u0e2a\U0001f468"),
        max_size=20,
    )
)
def test_a_repaired_text_needs_no_repair(text: str) -> None:
    once = repair(text)[0]
    visible = [each for each in text if each in "aé\u0628\u05e9\u0e2a\U0001f468"]
    assert [each for each in once if each in visible] == visible
    if not any(each in text for each in "\u200c\u200d\u200b"):
        assert repair(once) == (once, ())
