"""Amounts of money are read in the notations of many countries, with their currency; what is ambiguous is never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal

from passo_lod.mapping.converters.conversion import AmbiguityError, ConversionError
from passo_lod.mapping.converters.money_converters import (
    CURRENCY_CODES,
    currencies_of,
    money_converter,
    read_money,
    stated_currencies,
    to_amount,
)
from passo_lod.namespaces import XSD

AMOUNTS = st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2)

RIGHT = [
    ("10.000,00 €", "10000.00", "EUR"),
    ("€ 1.234,56", "1234.56", "EUR"),
    ("€ 1.234.567,8", "1234567.80", "EUR"),
    ("15.000,00 Euro", "15000.00", "EUR"),
    ("1 234,56 zł", "1234.56", "PLN"),
    ("1\u202f234,56 €", "1234.56", "EUR"),
    ("15\u00a0000 €", "15000.00", "EUR"),
    ("1'234.50 CHF", "1234.50", "CHF"),
    ("CHF 10\u2019000.00", "10000.00", "CHF"),
    ("10,000.50 USD", "10000.50", "USD"),
    ("US$ 10,000.50", "10000.50", "USD"),
    ("£1,000.00", "1000.00", "GBP"),
    ("EUR1000", "1000.00", "EUR"),
    ("1000eur", "1000.00", "EUR"),
    ("€ 100 EUR", "100.00", "EUR"),
    ("$ 100 USD", "100.00", "USD"),
    ("100 Kč", "100.00", "CZK"),
    ("R$ 1.000,50", "1000.50", "BRL"),
    ("100 franchi svizzeri", "100.00", "CHF"),
    ("1.5 mln €", "1500000.00", "EUR"),
    ("1,5 milioni di euro", "1500000.00", "EUR"),
    ("2 M€", "2000000.00", "EUR"),
    ("M€ 2,5", "2500000.00", "EUR"),
    ("2 Mio. €", "2000000.00", "EUR"),
    ("2 millions d'euros", "2000000.00", "EUR"),
    ("2 millones de euros", "2000000.00", "EUR"),
    ("1,5 Mrd. €", "1500000000.00", "EUR"),
    ("100 tys. zł", "100000.00", "PLN"),
    ("12 mila euro", "12000.00", "EUR"),
    ("15mila", "15000.00", None),
    ("15k €", "15000.00", "EUR"),
    ("15 K", "15000.00", None),
    ("€ 1,5k", "1500.00", "EUR"),
    ("100,--", "100.00", None),
    ("1'234.- Fr.", "1234.00", "CHF"),
    ("€ 1.000,=", "1000.00", "EUR"),
    ("12,34,567.50 INR", "1234567.50", "INR"),
    ("7000", "7000.00", None),
    (" 0,05 ", "0.05", None),
    ("15000.50", "15000.50", None),
    ("15000.0", "15000.00", None),
    ("1000.0000", "1000.00", None),
    ("33.3333", "33.3333", None),
    ("10,000.00", "10000.00", None),
]


@pytest.mark.parametrize(("text", "amount", "currency"), RIGHT, ids=[each[0] for each in RIGHT])
def test_an_amount_has_its_value_and_its_currency(text: str, amount: str, currency: str | None) -> None:
    assert to_amount(text) == Literal(amount, datatype=XSD.decimal)
    assert stated_currencies(text) == (frozenset({currency}) if currency else frozenset())


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("$ 100", {"USD", "CAD", "AUD"}),
        ("100 dollari", {"USD", "CAD", "AUD"}),
        ("100 kr.", {"SEK", "NOK", "DKK"}),
        ("100 franchi", {"CHF", "XOF"}),
        ("¥ 100", {"JPY"}),
    ],
)
def test_a_sign_of_several_currencies_leaves_all_of_them(text: str, codes: set[str]) -> None:
    assert codes < stated_currencies(text)


CONVENTIONS = [
    ("15.000", "comma", "15000.00"),
    ("€ 15.000", "comma", "15000.00"),
    ("15,000", "point", "15000.00"),
    ("$1,500", "point", "1500.00"),
    ("1.500 mln €", "comma", "1500000000.00"),
    ("1.500 mln €", "point", "1500000.00"),
    # The convention decides only between two readings.
    ("15000.50", "comma", "15000.50"),
    ("10,000.00", "comma", "10000.00"),
    ("10.000,00", "point", "10000.00"),
]


@pytest.mark.parametrize(("text", "mark", "amount"), CONVENTIONS)
def test_the_convention_of_the_column_decides_between_two_readings(text: str, mark: str, amount: str) -> None:
    assert money_converter(mark)(text).value == amount


@pytest.mark.parametrize("text", ["1,234", "1.500", "€ 15.000", "$1,500", "1.500 mln €", "999.000"])
def test_an_amount_with_two_readings_is_refused_without_a_convention(text: str) -> None:
    with pytest.raises(AmbiguityError, match=r"it is .* if the comma separates the decimals, and .* if the point does"):
        to_amount(text)


WRONG = [
    (None, "dieci mila", "not an amount in figures"),
    (None, "circa 100", "not an amount in figures"),
    (None, "100 bottlecaps", "not an amount in figures"),
    (None, "10.000,00 € circa", "not an amount in figures"),
    (None, "1.000.00", "not an amount in figures"),
    (None, "1.000 000", "not an amount in figures"),
    (None, "10,000.000,0", "not an amount in figures"),
    (None, "٣٤", "not an amount in figures"),
    (None, "1" * 5000, "not an amount in figures"),
    (None, "", "not an amount in figures"),
    (None, "€", "not an amount in figures"),
    ("comma", "15.000k", "can be read in two ways"),
    ("comma", "10,000", "three decimals"),
    ("point", "1.000", "three decimals"),
    (None, "2 m€", "stands for thousands and for millions"),
    (None, "10.000-15.000 €", "a range is no amount"),
    (None, "10.000 € - 15.000 €", "a range is no amount"),
    (None, "da 10.000 a 15.000 euro", "a range is no amount"),
    (None, "10k–15k", "a range is no amount"),
    (None, "10.000\n12.000", "not an amount in figures"),
    (None, "-5,00", "the amount is negative"),
    (None, "€ -5.000", "the amount is negative"),
    (None, "-€5", "the amount is negative"),
    (None, "(500,00)", "the amount is negative"),
    (None, "500,00-", "the amount is negative"),
    (None, "\u2212500,00", "the amount is negative"),
    (None, "€ 100 USD", "two currencies"),
]


@pytest.mark.parametrize(("mark", "text", "message"), WRONG, ids=[each[1][:20] for each in WRONG])
def test_what_is_no_amount_is_an_error_that_says_why(mark: str | None, text: str, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        money_converter(mark)(text)


def test_currencies_are_known_by_code_sign_and_name() -> None:
    for text in ("EUR", "eur", "€", "Euro", "euros"):
        assert currencies_of(text) == {"EUR"}
    with pytest.raises(ConversionError, match="neither the code of a currency"):
        currencies_of("Bitcoin")


# ------------------------------------------------------------------------------------------------- laws of all notations

NOTATIONS = {
    "it": ".,", "fr": "\u202f,", "fr nbsp": "\u00a0,", "plain fr": " ,", "en": ",.", "ch": "'.", "ch typographic": "\u2019.",
}  # fmt: skip
CURRENCIES = st.sampled_from(["EUR", "USD", "CHF", "PLN", "GBP", "SEK", "RON"])


def written(amount: Decimal, marks: str) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", marks))


@pytest.mark.parametrize("marks", NOTATIONS.values(), ids=NOTATIONS)
@given(amount=AMOUNTS, code=CURRENCIES, is_before=st.booleans(), blank=st.sampled_from(["", " ", "\u00a0"]))
def test_an_amount_with_cents_keeps_value_and_currency_in_every_notation(
    marks: str, amount: Decimal, code: str, is_before: bool, blank: str
) -> None:
    number = written(amount, marks)
    text = f"{code}{blank}{number}" if is_before else f"{number}{blank}{code}"
    money = read_money(text)
    assert (money.amount, money.currencies) == (amount, {code})


@given(amount=st.integers(0, 10**12), marks=st.sampled_from([".,", ",."]))
def test_a_whole_amount_is_read_by_its_convention_and_never_as_another(amount: int, marks: str) -> None:
    text = f"{amount:,}".replace(",", marks[0])
    assert read_money(text, "comma" if marks == ".," else "point").amount == amount
    try:
        assert read_money(text).amount == amount
    except AmbiguityError:
        assert 1000 <= amount < 10**6
    try:
        assert read_money(text, "point" if marks == ".," else "comma").amount == amount
    except ConversionError:
        assert 1000 <= amount < 10**6


@given(number=st.integers(0, 999), figures=st.integers(0, 99), mark=st.sampled_from(",."))
def test_an_amount_with_k_is_multiplied_by_a_thousand(number: int, figures: int, mark: str) -> None:
    assert read_money(f"{number}{mark}{figures:02}k").amount == number * 1000 + figures * 10


@given(amount=AMOUNTS, code=st.sampled_from(sorted(CURRENCY_CODES)))
def test_no_negative_amount_is_read_as_positive(amount: Decimal, code: str) -> None:
    for text in (f"-{amount} {code}", f"{code} -{amount}", f"({amount}) {code}"):
        with pytest.raises(ConversionError):
            read_money(text)
