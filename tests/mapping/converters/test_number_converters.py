"""Whole numbers are read in figures, or with a word that multiplies them; nothing is rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.mapping.converters.conversion import ConversionError
from passo_lod.mapping.converters.money_converters import read_money
from passo_lod.mapping.converters.number_converters import to_integer, to_months, to_position


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,2k", "1200"),
        ("1.2 k", "1200"),
        ("1.5 mila", "1500"),
        ("3 mln", "3000000"),
        ("3 mln.", "3000000"),
        ("2,5 milioni", "2500000"),
        ("1 M", "1000000"),
        ("12 tys.", "12000"),
        ("1.234.567", "1234567"),
        ("1.000 mila", None),
        ("1,2345k", None),
        ("1,234k", None),
        ("1,234 mln", None),
        ("2 m", None),
        ("3 mln di persone", None),
        ("-1,2k", None),
        ("k", None),
        ("1,2", None),
        ("1,2 kg", None),
        ("10-15 mila", None),
    ],
)
def test_a_count_is_whole_or_refused(text: str, value: str | None) -> None:
    if value is not None:
        assert to_integer(text).value == value
        return
    with pytest.raises(ConversionError):
        to_integer(text)


@given(st.integers(0, 10**6), st.integers(0, 99), st.sampled_from(["k", "mila", "mln", "mld"]), st.sampled_from(",."))
def test_a_count_with_a_factor_is_the_amount_of_money_that_is_written_so(
    whole: int, hundredths: int, word: str, mark: str
) -> None:
    text = f"{whole}{mark}{hundredths:02} {word}"
    amount = read_money(text).amount
    assert to_integer(text).value == str(int(amount))
    assert Decimal(to_integer(text).value) == amount


@pytest.mark.parametrize("text", ["1k", "1 mila"])
def test_months_and_positions_are_written_in_figures(text: str) -> None:
    for converter in (to_months, to_position):
        with pytest.raises(ConversionError):
            converter(text)
