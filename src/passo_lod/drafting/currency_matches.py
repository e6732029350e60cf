"""Find the currency of the amounts of a drafted mapping: in values, a column or its name, or by other amounts or the country."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from babel.core import get_global
from babel.numbers import get_territory_currencies
from rapidfuzz import fuzz

from passo_lod.drafting.column_evidence import ColumnEvidence
from passo_lod.drafting.draft_files import TO_BE_DECIDED, SourceFacts, scalar
from passo_lod.drafting.matching import Match, Matches
from passo_lod.drafting.name_similarity import LIKELY, match_name
from passo_lod.mapping.converters.conversion import ConversionError
from passo_lod.mapping.converters.money_converters import CURRENCY_CODES, currencies_of, stated_currencies


def state_currencies(matches: Matches, columns: Sequence[ColumnEvidence], facts: SourceFacts) -> Matches:
    """Add to each line with an amount where its currency stands, or the question for it.

    Args:
        matches: the matches of all columns.
        columns: all columns.
        facts: the settings of the source, for its country.
    """
    stated = [_with_currency(each, columns, facts) for each in matches.mapped]
    used = {each.values.options.get("currency-from") for each in stated}
    left = {
        label: (why, tuple(_with_currency(each, columns, facts) for each in suggestions))
        for label, (why, suggestions) in matches.left.items()
        if label not in used
    }
    return Matches(tuple(stated), left)


def _with_currency(match: Match, columns: Sequence[ColumnEvidence], facts: SourceFacts) -> Match:
    if match.target.reads != "money":
        return match
    found = [_stated(text) for text in match.column.distinct]
    if found and all(len(each) == 1 for each in found):
        return match
    if (column := _currency_column(match, columns)) is not None:
        return _with_option(match, "currency-from", column.name, f"{column.name!r} has the currency")
    if len(named := set(_named_in(match.column.name))) == 1 and _agrees(code := named.pop(), found):
        return _with_option(match, "currency", code, f"its name says {code}")
    if len(others := set(_of_other_amounts(match, columns))) == 1 and _agrees(code := others.pop(), found):
        guess = _with_option(match, "currency", code, f"nothing says the currency, and the other amounts are in {code}")
        return replace(guess, is_sure=False)
    if (local := _currency_of_country(facts, columns)) and _agrees(local, found):
        guess = _with_option(match, "currency", local, f"nothing says the currency, and {local} is that of the country")
        return replace(guess, is_sure=False)
    example = next((text for text in match.column.distinct if len(_stated(text)) != 1), "")
    question = (
        f"in which currency are amounts such as «{example}» in {match.column.name!r}? Add to the line below currency: EUR, "
        "or the code of another one (ISO 4217)"
    )
    values = replace(match.values, questions=(*match.values.questions, question))
    return replace(match, values=values, is_sure=False)


def _with_option(match: Match, key: str, value: str, evidence: str) -> Match:
    options = {**match.values.options, key: value}
    return replace(match, values=replace(match.values, options=options), evidence=f"{match.evidence}, {evidence}")


def _stated(text: str) -> frozenset[str]:
    """The currencies that an amount may be in by its own text."""
    try:
        return stated_currencies(text)
    except ConversionError:
        return frozenset()


def _agrees(code: str, found: Sequence[frozenset[str]]) -> bool:
    """Whether a currency can be that of all amounts whose texts do not say theirs for certain."""
    return all(code in each for each in found if len(each) > 1)


def _currency_column(match: Match, columns: Sequence[ColumnEvidence]) -> ColumnEvidence | None:
    """The column with the currencies of an amount: the one beside it in a JSON object, or that with the most similar name."""
    parent = match.column.name.rpartition(".")[0]
    candidates = [each for each in columns if _has_currencies(each) and each.name not in match.labels]
    beside = [each for each in candidates if each.name.rpartition(".")[0] == parent]
    shared = beside or [each for each in candidates if "." not in each.name]
    return max(shared, key=lambda each: fuzz.ratio(each.name, match.column.name), default=None)


def _has_currencies(column: ColumnEvidence) -> bool:
    """Whether a column is called like one with currencies, or has nothing but codes and signs of them."""
    if not column.distinct:
        return False
    hints = column.known.hints
    is_called = match_name(column.name, hints.currencies, hints).score >= LIKELY
    read = [text for text in column.distinct if _names_currency(text)]
    if is_called:
        return bool(read)
    return len(read) == len(column.distinct) > 1 and all(text in CURRENCY_CODES for text in read)


def _names_currency(text: str) -> bool:
    try:
        return bool(currencies_of(text))
    except ConversionError:
        return False


def _named_in(name: str) -> Iterator[str]:
    """The currencies that the name of a column has, such as `Costo (€)` or `cost_usd`."""
    for word in re.findall(r"[^\W\d_]+|[€£₽₺₹₴₩₪]", name):
        if len(word) == 1 or word.casefold() not in ("all", "top", "try", "fr", "f", "rs", "real", "din", "lev", "won"):
            try:
                found = currencies_of(word)
            except ConversionError:
                continue
            yield from found if len(found) == 1 else ()


def _of_other_amounts(match: Match, columns: Sequence[ColumnEvidence]) -> Iterator[str]:
    """The currencies that other columns with amounts say in their names or values."""
    for column in columns:
        if column.kind == "money" and column.name not in match.labels:
            yield from _named_in(column.name)
            yield from (code for text in column.distinct for code in _stated(text))


def _currency_of_country(facts: SourceFacts, columns: Sequence[ColumnEvidence]) -> str | None:
    """The currency of the country or countries in which the places of the source lie; None if there are several or none is known."""
    currencies = {_currency_in(country) for country in _countries(facts, columns)}
    return currencies.pop() if len(currencies) == 1 else None


def _countries(facts: SourceFacts, columns: Sequence[ColumnEvidence]) -> Iterator[str | None]:
    """The code of each country: of each record's own if a column has it, else of the source; None for one that is not known."""
    places = columns[0].known.places
    if named := re.search(r"country: ([^,}]+)", facts.comparison):
        column = next((each for each in columns if scalar(each.name) == named[1]), None)
        for text in column.distinct if column else ():
            country = places.find(text, None, "country")
            yield country.code if country else None
    elif not facts.notes.get("region", "").startswith(TO_BE_DECIDED):
        place = places.by_code(facts.region)
        yield place.within if place and place.kind == "region" else facts.region


def _currency_in(country: str | None) -> str | None:
    """The currency of a country by its code of three letters (Unicode CLDR)."""
    territory = get_global("territory_aliases").get(country or "", [""])[0]
    codes = get_territory_currencies(territory) if len(territory) == 2 else []
    return codes[0] if len(codes) == 1 else None
