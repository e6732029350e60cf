"""Converters turn source texts into typed RDF terms, or say what is wrong with the text."""

import calendar
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.converters import date_converters, number_converters
from passo_lod.mapping.converters.conversion import ConversionError
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.namespaces import XSD
from passo_lod.sources.table_files.xlsx_reader import number_text

SITE = "https://www.osservatoriopartecipazione.it/"
TABLE = converters("it", SITE)
AMOUNTS = st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2)


def italian(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_example_of_every_converter_converts(name: str) -> None:
    assert TABLE[name].convert(TABLE[name].example) is not None


RIGHT = [
    ("euro", "10.000,00 €", "10000.00", "decimal"),
    ("euro", "7000", "7000.00", "decimal"),
    ("euro", "€ 1.234.567,8", "1234567.80", "decimal"),
    ("euro", "15.000,00 Euro", "15000.00", "decimal"),
    ("euro", " 0,05 ", "0.05", "decimal"),
    ("euro", "15k €", "15000.00", "decimal"),
    ("euro", "15 K", "15000.00", "decimal"),
    ("euro", "€ 1,5k", "1500.00", "decimal"),
    ("euro", "15.000", "15000.00", "decimal"),
    ("euro", "€ 15.000", "15000.00", "decimal"),
    ("euro", "15 000,00", "15000.00", "decimal"),
    ("euro", "15\u00a0000 €", "15000.00", "decimal"),
    ("euro", "15000.50", "15000.50", "decimal"),
    ("euro", "15000.0", "15000.00", "decimal"),
    ("euro", "10.00 €", "10.00", "decimal"),
    ("euro", "10,000.00", "10000.00", "decimal"),
    ("decimal", "44.494887", "44.494887", "decimal"),
    ("decimal", "11,3426", "11.3426", "decimal"),
    ("decimal", "-0,5", "-0.5", "decimal"),
    ("decimal", "\u22121", "-1.0", "decimal"),
    ("decimal", "1.234,5", "1234.5", "decimal"),
    ("decimal", "1,234.5", "1234.5", "decimal"),
    ("decimal", "15.125", "15.125", "decimal"),
    ("percentage", "30%", "30.0", "decimal"),
    ("percentage", "28,57", "28.57", "decimal"),
    ("percentage", "28.57 %", "28.57", "decimal"),
    ("percentage", "100", "100.0", "decimal"),
    ("date-it", "21/02/2020", "2020-02-21", "date"),
    ("date-it", "1/2/2020", "2020-02-01", "date"),
    ("date-it", "29/02/2020", "2020-02-29", "date"),
    ("date-iso", "2004-01-11", "2004-01-11", "date"),
    ("date-iso", "2004-01-11T16:00:00", "2004-01-11", "date"),
    ("date-iso", "2004-01-11T23:30:00.000Z", "2004-01-11", "date"),
    ("date-iso", "2004-01-11 00:30:00 +0200", "2004-01-11", "date"),
    ("date-iso", "2018-07-23 22:49:51.353904", "2018-07-23", "date"),
    ("date-iso", "2020-2-1", "2020-02-01", "date"),
    ("date", "21/02/2020", "2020-02-21", "date"),
    ("date", "2020-02-21T00:00", "2020-02-21", "date"),
    ("year-of-date-it", "21/02/2020", "2020", "gYear"),
    ("year-of-date", "21/02/2020", "2020", "gYear"),
    ("year-of-date", "2020-02-21", "2020", "gYear"),
    ("year", "2020.0", "2020", "gYear"),
    ("year", "2019", "2019", "gYear"),
    ("integer", "100", "100", "integer"),
    ("integer", "1.200", "1200", "integer"),
    ("integer", "007", "7", "integer"),
    ("integer", "100.0", "100", "integer"),
    ("integer", "1 200", "1200", "integer"),
    ("integer", "100.000", "100000", "integer"),
    ("months", "9", "P9M", "duration"),
    ("position", "2", "2", "integer"),
    ("rating-value", "28 / 30", "28", "integer"),
    ("rating-best", "28 / 30", "30", "integer"),
    ("rating-value", "28/30", "28", "integer"),
    ("string", "036002", "036002", "string"),
]


@pytest.mark.parametrize(("name", "text", "value", "datatype"), RIGHT, ids=[f"{each[0]} {each[1]}" for each in RIGHT])
def test_what_is_right_becomes_a_typed_literal(name: str, text: str, value: str, datatype: str) -> None:
    assert TABLE[name].convert(text) == Literal(value, datatype=XSD[datatype])


WRONG = [
    ("euro", "dieci mila", "not written in figures"),
    ("euro", "circa 100", "not written in figures"),
    ("euro", "15mila", "not written in figures"),
    ("euro", "15.000k", "not written in figures"),
    ("euro", "10,000", "not written in figures"),
    ("euro", "1.000.00", "not written in figures"),
    ("euro", "1.000 000", "not written in figures"),
    ("euro", "10,000.000", "not written in figures"),
    ("euro", "15.1250", "not written in figures"),
    ("euro", "$ 100", "not written in figures"),
    ("euro", "-5,00", "the amount is negative"),
    ("euro", "€ -5.000", "the amount is negative"),
    ("integer", "-3", "the number is negative"),
    ("euro", "10.000,00 € circa", "not written in figures"),
    ("euro", "10.000\n12.000", "not written in figures"),
    ("euro", "٣٤", "not written in figures"),
    ("euro", "1" * 5000, "not written in figures"),
    ("euro", "", "not written in figures"),
    ("percentage", "trenta", "not a number"),
    ("percentage", "3٤", "not a number"),
    ("percentage", "30 %%", "not a number"),
    ("date-it", "31/02/2020", "no such day"),
    ("date-it", "29/02/2021", "no such day"),
    ("date-it", "00/00/0000", "no such day"),
    ("date-it", "2020-02-21", "not written dd/mm/yyyy"),
    ("date-it", "21 febbraio 2020", "not written dd/mm/yyyy"),
    ("date-it", "21/02/20", "not written dd/mm/yyyy"),
    ("date-it", "٢١/02/2020", "not written dd/mm/yyyy"),
    ("year", "20", "not a year in four figures"),
    ("year", "3020", "not a year in four figures"),
    ("year", "2٣٤٥", "not a year in four figures"),
    ("integer", "cento circa", "not a whole number"),
    ("integer", "1,5", "not a whole number"),
    ("integer", "1.5", "not a whole number"),
    ("integer", "15.1250", "not a whole number"),
    ("integer", "1.200.0", "not a whole number"),
    ("integer", "dieci mila", "not a whole number"),
    ("integer", "1200 circa", "not a whole number"),
    ("decimal", "circa 100", "not a number in figures"),
    ("decimal", "1.234.567", "not a number in figures"),
    ("decimal", "1e5", "not a number in figures"),
    ("date-iso", "21/02/2020", "not written yyyy-mm-dd"),
    ("date-iso", "2020-02-30", "no such day"),
    ("date-iso", "2020-02-21 25:00", "not written yyyy-mm-dd"),
    ("date-iso", "2020", "not written yyyy-mm-dd"),
    ("date", "21 febbraio 2020", "neither dd/mm/yyyy nor yyyy-mm-dd"),
    ("date", "31/02/2020", "no such day"),
    ("year-of-date", "2020", "neither dd/mm/yyyy nor yyyy-mm-dd"),
    ("year", "2020.5", "not a year in four figures"),
    ("integer", "9" * 5000, "not a whole number"),
    ("months", "nove", "not a whole number"),
    ("rating-value", "28", "not two whole numbers"),
    ("rating-best", "28 su 30", "not two whole numbers"),
    ("rating-value", "1" * 5000 + " / 30", "not two whole numbers"),
    ("web-page", "www.comune.example.it", "does not|not an address"),
    ("web-page", "javascript:alert(1)", "not an address"),
    ("web-page", "http://", "not an address"),
    ("web-page", "https://example.org/a b", "not a web address"),
    ("web-page", "https://example.org/%zz", "not a web address"),
    ("web-page", "https://example.org/<script>", "not a web address"),
    ("file-address", "https://[example/a.pdf", "not a web address"),
]


@pytest.mark.parametrize(("name", "text", "message"), WRONG, ids=[f"{each[0]} {each[1][:20]}" for each in WRONG])
def test_a_text_in_another_notation_is_an_error_that_says_why(name: str, text: str, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        TABLE[name].convert(text)


IRIS = [
    ("file-address", "odp_files/unione.jpg", SITE + "odp_files/unione.jpg"),
    ("file-address", "media/a b.pdf /", SITE + "media/a%20b.pdf"),
    ("file-address", "/media/è.pdf", SITE + "media/%C3%A8.pdf"),
    ("file-address", "media/100%.pdf", SITE + "media/100%25.pdf"),
    ("file-address", "media/a?b#c.pdf", SITE + "media/a%3Fb%23c.pdf"),
    ("file-address", "https://example.org/a b.pdf", "https://example.org/a%20b.pdf"),
    ("file-address", "https://example.org/a%20b.pdf", "https://example.org/a%20b.pdf"),
    ("file-address", "https://example.org/<x>", "https://example.org/%3Cx%3E"),
    ("file-address", "relazione.pdf", None),
    ("file-address", "media/a.jpg\nmedia/b.jpg", None),
    ("media-type", "PDF", "https://www.iana.org/assignments/media-types/application/pdf"),
    ("media-type", "xyz", None),
    ("media-type-of-file", "media/relazione finale.docx /", "https://www.iana.org/assignments/media-types/application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("media-type-of-file", "Presa d'atto dell'Unione", None),
    ("web-page", "https://www.comune.example.it/a?b=c#d", "https://www.comune.example.it/a?b=c#d"),
    ("web-page", " http://città.example.it/ ", "http://città.example.it/"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "iri"), IRIS, ids=[f"{each[0]} {each[1]}" for each in IRIS])
def test_paths_and_addresses_become_iris_or_no_term(name: str, text: str, iri: str | None) -> None:
    assert TABLE[name].convert(text) == (NamedNode(iri) if iri else None)


TITLES = [
    ("media/relazione finale.pdf /", "relazione finale"),
    ("Documento di proposta partecipata", "Documento di proposta partecipata"),
    ("Presa d'atto n. 12", "Presa d'atto n. 12"),
    ("a  b.PDF", "a b"),
]


@pytest.mark.parametrize(("text", "title"), TITLES)
def test_a_files_title_is_its_name(text: str, title: str) -> None:
    assert TABLE["file-title"].convert(text) == Literal(title, language="it")


def test_a_text_is_in_the_language_of_its_source() -> None:
    assert TABLE["text"].convert(" Orto ") == Literal("Orto", language="it")
    assert TABLE["text"].convert("  ") is None


# --- Properties of converters ---------------------------------------------------------------------------------------------------------------


@given(amount=AMOUNTS, sign=st.sampled_from(["", " €", "€", " euro", " EUR"]))
def test_an_amount_keeps_its_value(amount: Decimal, sign: str) -> None:
    assert Decimal(number_converters.to_euro(italian(amount) + sign).value) == amount


NOTATIONS = {"it": ".,", "es": ".,", "fr": "\u202f,", "plain fr": " ,", "en": ",."}


@pytest.mark.parametrize("marks", NOTATIONS.values(), ids=NOTATIONS)
@given(amount=AMOUNTS)
def test_an_amount_with_cents_keeps_its_value_in_every_notation(marks: str, amount: Decimal) -> None:
    text = f"{amount:,.2f}".translate(str.maketrans(",.", marks))
    assert Decimal(number_converters.to_euro(text).value) == amount
    assert Decimal(number_converters.to_decimal(text).value) == amount


@given(number=st.integers(0, 999), figures=st.integers(0, 99))
def test_an_amount_with_k_is_multiplied_by_a_thousand(number: int, figures: int) -> None:
    assert Decimal(number_converters.to_euro(f"{number},{figures:02}k").value) == number * 1000 + figures * 10


@given(number=st.decimals(0, 10**9, places=5))
def test_a_number_of_a_workbook_keeps_its_value_or_is_an_error(number: Decimal) -> None:
    text = number_text(float(number))
    assert Decimal(number_converters.to_decimal(text).value) == number
    for convert in (number_converters.to_integer, number_converters.to_euro):
        try:
            assert Decimal(convert(text).value) == number
        except ConversionError:
            assert number != int(number)


@given(moment=st.datetimes())
def test_the_day_of_a_date_and_time_keeps_its_value(moment: datetime) -> None:
    for text in (moment.isoformat(), moment.isoformat(" "), moment.date().isoformat()):
        assert date_converters.to_iso_date(text) == date_converters.to_date(text)
        assert date_converters.to_iso_date(text).value == moment.date().isoformat()
        assert int(date_converters.to_year_of_date(text).value) == moment.year


@given(amount=AMOUNTS)
def test_dots_for_thousands_may_be_missing(amount: Decimal) -> None:
    assert number_converters.to_euro(italian(amount).replace(".", "")) == number_converters.to_euro(italian(amount))


@given(day=st.dates())
def test_an_italian_day_keeps_its_value(day: date) -> None:
    text = f"{day.day:02}/{day.month:02}/{day.year:04}"
    assert date_converters.to_italian_date(text).value == day.isoformat()
    assert int(date_converters.to_year_of_italian_date(text).value) == day.year


@given(day=st.integers(0, 40), month=st.integers(0, 15), year=st.integers(1000, 2999))
def test_a_day_is_converted_exactly_if_the_calendar_has_it(day: int, month: int, year: int) -> None:
    exists = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    try:
        date_converters.to_italian_date(f"{day}/{month}/{year}")
    except ConversionError:
        assert not exists
    else:
        assert exists


@given(whole=st.integers(0, 10**15))
def test_a_whole_number_keeps_its_value_with_or_without_dots(whole: int) -> None:
    dotted = f"{whole:,}".replace(",", ".")
    assert number_converters.to_integer(str(whole)).value == number_converters.to_integer(dotted).value == str(whole)


@given(points=st.integers(0, 999), best=st.integers(0, 999))
def test_a_rating_has_points_and_a_maximum(points: int, best: int) -> None:
    text = f"{points} / {best}"
    assert (number_converters.to_rating_value(text).value, number_converters.to_best_rating(text).value) == (
        str(points),
        str(best),
    )


@pytest.mark.parametrize("name", sorted(TABLE))
@given(text=st.text(max_size=60) | st.from_regex(r"https?://\S{0,20}|[0-9./, €%]{0,30}", fullmatch=True))
def test_every_text_gives_a_term_or_an_error_with_a_message(name: str, text: str) -> None:
    try:
        term = TABLE[name].convert(text)
    except ConversionError as problem:
        term, why = None, str(problem)
    else:
        why = "it is right"
    assert why
    assert term is None or isinstance(term, NamedNode | Literal)
