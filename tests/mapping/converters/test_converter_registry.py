"""Converters turn source texts into typed RDF terms, or say what is wrong with the text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.converters import number_converters
from passo_lod.mapping.converters.conversion import ConversionError, UncertainError
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.namespaces import XSD
from passo_lod.sources.table_files.number_formats import number_text

SITE = "https://www.osservatoriopartecipazione.it/"
TABLE = converters("it", SITE)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_example_of_every_converter_converts(name: str) -> None:
    assert TABLE[name].convert(TABLE[name].example) is not None


RIGHT = [
    ("decimal", "44.494887", "44.494887", "decimal"),
    ("decimal", "11,3426", "11.3426", "decimal"),
    ("decimal", "-0,5", "-0.5", "decimal"),
    ("decimal", "\u22121", "-1.0", "decimal"),
    ("decimal", "1.234,5", "1234.5", "decimal"),
    ("decimal", "1,234.5", "1234.5", "decimal"),
    ("decimal", "1.234.567", "1234567.0", "decimal"),
    ("decimal", "15.1250", "15.1250", "decimal"),
    ("percentage", "30%", "30.0", "decimal"),
    ("percentage", "28,57", "28.57", "decimal"),
    ("percentage", "28.57 %", "28.57", "decimal"),
    ("percentage", "100", "100.0", "decimal"),
    ("start-year", "2011-01-01T09:00:00", "2011", "gYear"),
    ("start-year", "2010-12-31", "2010", "gYear"),
    ("start-year", "2010-12-31T09:00:00", "2010", "gYear"),
    ("start-year", "2010-12-31T21:00:00+01:00", "2010", "gYear"),
    ("start-year", "2010-12-30T21:00:00", "2010", "gYear"),
    ("year", "2010-12-31T21:00:00", "2010", "gYear"),
    ("year", "2020.0", "2020", "gYear"),
    ("year", "2019", "2019", "gYear"),
    ("year", "21/02/2020", "2020", "gYear"),
    ("year", "03/05/2020", "2020", "gYear"),
    ("year", "settembre 2020", "2020", "gYear"),
    ("first-year", "2019/2020", "2019", "gYear"),
    ("last-year", "2019/2020", "2020", "gYear"),
    ("last-year", "2019-20", "2020", "gYear"),
    ("last-year", "1999/00", "2000", "gYear"),
    ("last-year", "dal 2019 al 2021", "2021", "gYear"),
    ("first-year", "2019", "2019", "gYear"),
    ("integer", "100", "100", "integer"),
    ("integer", "1,200", "1200", "integer"),
    ("integer", "1'200", "1200", "integer"),
    ("integer", "12,34,567", "1234567", "integer"),
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
    ("integer", "-3", "the number is negative"),
    ("percentage", "trenta", "not a number"),
    ("percentage", "3٤", "not a number"),
    ("percentage", "30 %%", "not a number"),
    ("year", "20", "not written as a day"),
    ("year", "2019/2020", "a period is no date"),
    ("year", "2٣٤٥", "not written as a day"),
    ("first-year", "2020/2019", "neither a year"),
    ("last-year", "2019-12", "neither a year"),
    ("integer", "cento circa", "not a whole number"),
    ("integer", "1,5", "not a whole number"),
    ("integer", "1.5", "not a whole number"),
    ("integer", "15.1250", "not a whole number"),
    ("integer", "1.200.0", "not a whole number"),
    ("integer", "dieci mila", "not a whole number"),
    ("integer", "1200 circa", "not a whole number"),
    ("decimal", "circa 100", "not a number in figures"),
    ("decimal", "1.234", "it is 1234 if the comma separates the decimals, and 1.234 if the point does"),
    ("decimal", "1,500", "it is 1.5 if the comma separates the decimals, and 1500 if the point does"),
    ("decimal", "1e5", "not a number in figures"),
    ("year", "2020.5", "not written as a day"),
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


@pytest.mark.parametrize("text", ["2010-12-31T21:00:00", "1986-12-31 12:00"])
def test_the_evening_of_the_last_day_of_a_year_gives_no_start_year(text: str) -> None:
    with pytest.raises(UncertainError, match="elsewhere that is 1 January"):
        TABLE["start-year"].convert(text)


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


@given(number=st.decimals(0, 10**9, places=5))
def test_a_number_of_a_workbook_keeps_its_value_or_is_an_error(number: Decimal) -> None:
    text = number_text(float(number))
    assert Decimal(number_converters.to_decimal(text).value) == number
    try:
        assert Decimal(number_converters.to_integer(text).value) == number
    except ConversionError:
        assert number != int(number)


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
