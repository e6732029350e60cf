"""Read amounts of money with their currencies, for mapping.yaml's `convert: money`: the one reader of money."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from pathlib import Path

from babel.core import get_global
from pyoxigraph import Literal

from passo_lod import yaml_loader
from passo_lod.errors import VocabularyError
from passo_lod.mapping.converters.conversion import Convention, ConversionError
from passo_lod.mapping.converters.number_converters import (
    DECIMAL_MARK,
    DECIMAL_MARKS,
    readings,
    scale_of,
    scaled,
    shown_mark,
)
from passo_lod.memoize import memoize_short_texts
from passo_lod.namespaces import XSD
from passo_lod.yaml_loader import YamlMapping

CURRENCY_CODES = frozenset(get_global("all_currencies"))
"""The codes of ISO 4217, those of former currencies included."""

_AMOUNT = re.compile("(?P<before>[^0-9]*)(?P<number>[0-9](?:.*[0-9])?)(?P<after>[^0-9]*)", re.DOTALL)
_NO_CENTS = re.compile("(?P<mark>[.,]) ?(?:[-\u2013\u2014\u2212]{1,2}|=)(?P<after>.*)", re.DOTALL)
_MINUS = "-\u2212\u2013"
_SCALE = re.compile("(?P<scale>[^\\W\\d_]{1,12})\\.?(?P<rest>.*)", re.DOTALL)
_LINK = re.compile("(?:(?:di|de|of|von) |d['\u2019] ?)(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
_BETWEEN = re.compile("[-\u2013\u2014/]|\\b(?:a|ai|al|ad|e|ed|to|and|bis|und|à|et|y|do|i)\\b", re.IGNORECASE)
_NOT_NUMBER = re.compile("[^0-9., '\u2019\u00a0\u202f]")
_EXACT = Context(prec=80)


@dataclass(frozen=True)
class Money:
    """An amount, and the currencies that its text may mean.

    Attributes:
        amount: zero or more.
        currencies: codes of ISO 4217; none if the text names no currency, several for a sign such as `$`.
    """

    amount: Decimal
    currencies: frozenset[str]


@memoize_short_texts
def currencies_of(name: str) -> frozenset[str]:
    """The currencies that a code, sign or name may mean.

    >>> sorted(currencies_of("eur")), sorted(currencies_of("kr."))
    (['EUR'], ['DKK', 'ISK', 'NOK', 'SEK'])

    Raises:
        ConversionError: it is none.
    """
    folded = " ".join(name.split()).casefold()
    for each in (folded, folded.removesuffix(".")):
        if each.upper() in CURRENCY_CODES and len(each) == 3:
            return frozenset({each.upper()})
        if each in _names():
            return _names()[each]
    if " " in folded:
        return _common(map(currencies_of, folded.split()))
    raise ConversionError("convert.not-currency", {"text": name})


@cache
def _load() -> YamlMapping:
    return yaml_loader.load(Path(__file__).with_name("currencies.yaml"), VocabularyError)


@cache
def _names() -> dict[str, frozenset[str]]:
    """The currencies by each sign and word of currencies.yaml."""
    block = _load()
    names = {str(name).casefold(): frozenset({str(code)}) for code, listed in block["signs"].items() for name in listed}
    shared = ((name, entry["codes"]) for entry in block["shared"] for name in entry["names"])
    return names | {str(name).casefold(): frozenset(map(str, codes)) for name, codes in shared}


def _common(found: Iterable[frozenset[str]]) -> frozenset[str]:
    """The currencies that all parts of a text may mean."""
    first, *others = found
    common = first.intersection(*others)
    if not common:
        raise ConversionError("convert.two-currencies")
    return common


def read_money(text: str, decimal_mark: str | None = None) -> Money:
    """Read an amount of money.

    >>> read_money("CHF 10'000.50").amount, read_money("1,5 milioni di euro").amount
    (Decimal('10000.50'), Decimal('1500000.0'))

    Args:
        text: the amount, in figures, with its currency before or after it or without one.
        decimal_mark: `comma` or `point`, for an amount that can be read in two ways.

    Raises:
        AmbiguityError: it can be read in two ways, and no mark is given.
        ConversionError: it is no amount.
    """
    parts = _parts(text)
    if parts.is_negative:
        raise ConversionError("convert.negative-amount")
    return Money(_amount(parts, decimal_mark), parts.currencies)


@dataclass(frozen=True)
class _Side:
    """What stands before or after a number: a factor such as that of `mln`, a currency, and whether there is a minus sign."""

    scale: int
    currency: str
    is_negative: bool


@dataclass(frozen=True)
class _Parts:
    """A text taken apart."""

    number: str
    scale: int
    currencies: frozenset[str]
    is_negative: bool


def _parts(text: str) -> _Parts:
    match = _AMOUNT.fullmatch(" ".join(text.split(" ")).strip())
    if match is None:
        raise ConversionError("convert.not-amount")
    number, before, after = match["number"], match["before"].strip(), match["after"].strip()
    if no_cents := _NO_CENTS.fullmatch(after):
        number, after = f"{number}{no_cents['mark']}00", no_cents["after"].strip()
    if not readings(number):
        raise ConversionError("convert.amounts" if _is_range(number) else "convert.not-amount")
    is_in_brackets = before.endswith("(") and after.startswith(")")
    sides = [_side(before.removesuffix("(")), _side(after[1:])] if is_in_brackets else [_side(before), _side(after)]
    scales, currencies = (
        [side.scale for side in sides if side.scale],
        [side.currency for side in sides if side.currency],
    )
    minus_signs = is_in_brackets + sum(side.is_negative for side in sides)
    if len(scales) > 1 or minus_signs > 1:
        raise ConversionError("convert.not-amount")
    named = _common(map(_named_currencies, currencies)) if currencies else frozenset()
    return _Parts(number, scales[0] if scales else 1, named, minus_signs == 1)


def _side(text: str) -> _Side:
    text, scale = text.strip(), 0
    bare = text[1:] if text[:1] in _MINUS else text
    bare = (bare[:-1] if bare[-1:] in _MINUS else bare).strip()
    is_negative = len(bare) < len(text)
    if (match := _SCALE.fullmatch(bare)) and (scale := scale_of(match["scale"])):
        bare = match["rest"].strip()
        link = _LINK.fullmatch(bare)
        bare = link["rest"] if link else bare
    return _Side(scale, bare, is_negative)


def _named_currencies(text: str) -> frozenset[str]:
    try:
        return currencies_of(text)
    except ConversionError as error:
        is_other_word = error.problem.key == "convert.not-currency"
        raise (ConversionError("convert.not-amount") if is_other_word else error) from error


def _is_range(number: str) -> bool:
    """Whether a text between two figures has two amounts, such as `10.000 € - 15.000`."""
    amounts = [_NOT_NUMBER.sub("", part).strip() for part in _BETWEEN.split(number)]
    return len(amounts) == 2 and all(map(readings, amounts))


def _amount(parts: _Parts, decimal_mark: str | None) -> Decimal:
    number = scaled(parts.number, parts.scale, decimal_mark)
    is_ambiguous = len(set(readings(parts.number).values())) > 1
    if parts.scale == 1 and is_ambiguous and DECIMAL_MARKS[decimal_mark or "comma"] in parts.number:
        raise ConversionError("convert.three-decimals", {"mark": decimal_mark or ""})
    return number


def stated_currencies(text: str) -> frozenset[str]:
    """The currencies that the text of an amount may mean; none if it names no currency.

    >>> stated_currencies("10.000 €"), stated_currencies("10.000")
    (frozenset({'EUR'}), frozenset())
    """
    return _parts(text).currencies


def money_converter(decimal_mark: str | None = None) -> Callable[[str], Literal]:
    """Return the converter from an amount of money to a decimal with at least two decimals.

    >>> to_amount("10.000,00 €")
    <Literal value=10000.00 datatype=<NamedNode value=http://www.w3.org/2001/XMLSchema#decimal>>
    >>> [to_amount(text).value for text in ("15k €", "1,5 k", "15 000,00", "$15000.5", "15,000.00", "100,--")]
    ['15000.00', '1500.00', '15000.00', '15000.50', '15000.00', '100.00']
    >>> money_converter("comma")("15.000").value
    '15000.00'
    """

    def convert(text: str) -> Literal:
        amount = read_money(text, decimal_mark).amount
        in_cents = amount.quantize(Decimal("0.01"), context=_EXACT)
        return Literal(f"{in_cents if in_cents == amount else amount.normalize(_EXACT):f}", datatype=XSD.decimal)

    return convert


to_amount = money_converter()


def _shown_mark(text: str) -> str | None:
    try:
        return shown_mark(_parts(text).number)
    except ConversionError:
        return None


MONEY_CONVENTION = Convention(DECIMAL_MARK, {mark: money_converter(mark) for mark in DECIMAL_MARKS}, _shown_mark)
