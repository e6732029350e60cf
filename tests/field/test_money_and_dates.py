"""Tables and JSON whose money and dates people write in many ways: drafted by `new-source`, corrected as it asks, then mapped."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from pyoxigraph import Literal, NamedNode

from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft import Draft, draft_source
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.drafting.hints import Hints
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.namespaces import PASSO, SCHEMA, XSD
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process

OPTIONS = DraftOptions(licence="https://creativecommons.org/licenses/by/4.0/", site="https://example.org/")


class Drafted(NamedTuple):
    """A drafted source that was written to a folder."""

    draft: Draft
    folder: Path
    context: PipelineContext

    @property
    def mapping(self) -> str:
        """The text of mapping.yaml."""
        return (self.folder / "mapping.yaml").read_text(encoding="utf-8")

    def line_of(self, label: str) -> str:
        """The line of mapping.yaml that publishes a column."""
        return next(line for line in self.mapping.splitlines() if f"from: {label}," in line and line.lstrip()[0] == "-")

    def is_sure(self, label: str) -> bool:
        """Whether the report calls the match of a column sure."""
        return next(match.is_sure for match in self.draft.ordered_matches if match.column.name == label)

    def state(self, label: str, keys: str) -> "Drafted":
        """Add keys to a column's line, as a person who answers a question does."""
        line = self.line_of(label)
        text = self.mapping.replace(line, line.replace("}", f", {keys}}}"))
        (self.folder / "mapping.yaml").write_text(text, encoding="utf-8")
        return self

    def outcomes(self) -> list[RecordOutcome]:
        """What `check` finds."""
        return list(process(SourcePipeline.open(self.folder, self.context), self.context))


@pytest.fixture(scope="module")
def known(pipeline_context: PipelineContext) -> KnownValues:
    hints = Hints.open(pipeline_context.vocabulary_quads)
    table = converters("it", "https://example.org/")
    return KnownValues(table, pipeline_context.schemes, pipeline_context.places, hints)


Draw = Callable[[Path], Drafted]


@pytest.fixture
def drafted(known: KnownValues, pipeline_context: PipelineContext, tmp_path: Path) -> Draw:
    """Drafts a source from a file."""

    def make(path: Path) -> Drafted:
        draft = draft_source("field", [path], known, OPTIONS, ())
        folder = draft.write(tmp_path / "sources", lambda each: SourcePipeline.open(each, pipeline_context))
        return Drafted(draft, folder, pipeline_context)

    return make


@pytest.fixture
def table(drafted: Draw, tmp_path: Path) -> Callable[..., Drafted]:
    """Drafts a source from a table with an id and a title, and a column with some values."""

    def make(name: str, *values: str, **more: list[str]) -> Drafted:
        path = tmp_path / "table.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Codice", "Titolo", name, *more])
            for at, value in enumerate(values):
                writer.writerow([f"A-{at}", f"Piazza numero {at}", value, *(column[at] for column in more.values())])
        return drafted(path)

    return make


def terms(outcome: RecordOutcome, predicate: NamedNode) -> list[str]:
    """The values of a property of a record, as the source wrote them."""
    assert outcome.mapped is not None
    found = (quad.object for quad in outcome.mapped.quads if quad.predicate == predicate)
    return [each.value for each in found if isinstance(each, Literal)]


def money(outcome: RecordOutcome) -> tuple[str, str] | None:
    """The amount and the currency of a record with one amount."""
    amounts, currencies = terms(outcome, SCHEMA.value), terms(outcome, SCHEMA.currency)
    assert len(amounts) == len(currencies) <= 1
    return (f"{float(amounts[0]):.2f}", currencies[0]) if amounts else None


def problems(outcome: RecordOutcome) -> list[str]:
    """What the report says of dates and money."""
    return [each.texts["en"].message for each in outcome.results if each.code in ("money", "date", "decimal", "year")]


# ----------------------------------------------------------------------------------------------------- files from the field


@pytest.mark.parametrize(
    ("file", "amounts"),
    [
        ("03-currency-column-ignored/currency.csv", [("1000.00", "USD"), ("2000.00", "PLN"), ("3000.00", "EUR")]),
        ("03-currency-column-ignored/j06-usd.json", [("10000.50", "USD"), ("10000.50", "PLN")]),
        ("04-xlsx-currency-format/x10-currency-format.xlsx", [("10000.50", "USD"), ("10000.50", "CHF")]),
        ("07-dotted-dates/n07-dots.csv", [("10000.00", "CHF"), ("25500.50", "CHF"), ("8000.00", "CHF")]),
    ],
)
def test_an_amount_has_the_currency_that_the_data_say(
    shared: Path, drafted: Draw, file: str, amounts: list[tuple[str, str]]
) -> None:
    outcomes = drafted(shared / "field" / file).outcomes()
    assert [money(each) for each in outcomes] == amounts
    assert all(each.published for each in outcomes)


def test_what_the_columns_of_a_table_from_the_states_leave_open_is_asked_and_refused(
    shared: Path, drafted: Draw
) -> None:
    made = drafted(shared / "field/05-decimal-for-money/n15-us-ambiguous.csv")
    for label in ("Cost", "Start Date", "End Date"):
        assert not made.is_sure(label)
    assert "convert: money}" in made.line_of("Cost")
    for question in (
        "«03/05/2020» in 'Start Date' can be read in two ways. Add to the line below order: day-first or order: month-first",
        "«1,500» in 'Cost' can be read in two ways. Add to the line below decimal-mark: comma or decimal-mark: point",
        "in which currency are amounts such as «1,500» in 'Cost'?",
    ):
        assert f"# to be decided: {question}" in made.mapping
    outcomes = made.outcomes()
    assert not any(each.published for each in outcomes)
    assert [len(problems(each)) for each in outcomes] == [3, 3, 3]
    expected = [each.texts["en"].expected for each in outcomes[0].results if each.value == "03/05/2020"]
    assert "{p: schema:startDate, from: Start Date, convert: date, order: month-first}" in expected[0]


def test_the_answers_publish_it(shared: Path, drafted: Draw) -> None:
    made = drafted(shared / "field/05-decimal-for-money/n15-us-ambiguous.csv")
    made.state("Cost", "decimal-mark: point, currency: USD")
    for label in ("Start Date", "End Date"):
        made.state(label, "order: month-first")
    outcomes = made.outcomes()
    assert [money(each) for each in outcomes] == [("1500.00", "USD"), ("2500.00", "USD"), ("3500.00", "USD")]
    assert [terms(each, SCHEMA.startDate) for each in outcomes] == [["2020-03-05"], ["2020-04-06"], ["2020-05-07"]]


def test_an_amount_in_json_that_has_two_readings_is_never_taken_as_a_decimal(shared: Path, drafted: Draw) -> None:
    made = drafted(shared / "field/05-decimal-for-money/j16-num.json")
    assert "convert: decimal" not in made.mapping
    assert all(
        money(each) is None or float(str((money(each) or ("0",))[0])) not in (1.23, 1.234) for each in made.outcomes()
    )


def test_dotted_dates_are_read(shared: Path, drafted: Draw) -> None:
    made = drafted(shared / "field/07-dotted-dates/n07-dots.csv")
    assert made.is_sure("Beginn")
    outcomes = made.outcomes()
    assert [terms(each, SCHEMA.startDate) for each in outcomes] == [["2019-09-11"], ["2020-03-01"], ["2021-04-05"]]
    assert [terms(each, PASSO.startYear) for each in outcomes] == [["2019"], ["2020"], ["2021"]]


# ------------------------------------------------------------------------------------------------------- others of the kind


def test_a_value_that_shows_the_convention_decides_it_for_the_column(table: Callable[..., Drafted]) -> None:
    made = table("Costo (€)", "1.500", "15.000", "2.350,50")
    assert "decimal-mark: comma" in made.line_of("Costo (€)")
    assert "currency: EUR" in made.line_of("Costo (€)")
    assert [money(each) for each in made.outcomes()] == [("1500.00", "EUR"), ("15000.00", "EUR"), ("2350.50", "EUR")]


def test_a_day_after_the_twelfth_decides_the_order_of_the_column(table: Callable[..., Drafted]) -> None:
    made = table("Start Date", "03/05/2020", "02/21/2020", "10/01/2020")
    assert made.is_sure("Start Date")
    assert "order: month-first" in made.line_of("Start Date")
    assert [terms(each, SCHEMA.startDate) for each in made.outcomes()] == [
        ["2020-03-05"],
        ["2020-02-21"],
        ["2020-10-01"],
    ]


def test_a_column_with_both_orders_is_told_and_its_open_days_are_refused(table: Callable[..., Drafted]) -> None:
    made = table("Start Date", "03/05/2020", "02/21/2020", "21/02/2020")
    assert not made.is_sure("Start Date")
    assert "'Start Date' is written in two ways: «21/02/2020» day-first, «02/21/2020» month-first" in made.mapping
    assert [each.published for each in made.outcomes()] == [False, True, True]


def test_a_sign_of_several_currencies_is_decided_by_the_column_beside_it(table: Callable[..., Drafted]) -> None:
    made = table("Cost", "$1,500.50", "$ 2,000.00", "$7.50", Currency=["CAD", "USD", "EUR"])
    assert "currency-from: Currency" in made.line_of("Cost")
    outcomes = made.outcomes()
    assert [money(each) for each in outcomes] == [("1500.50", "CAD"), ("2000.00", "USD"), None]
    assert problems(outcomes[2]) == ["The value cannot be used: “Currency” says that the currency is another (EUR)."]


@pytest.mark.parametrize("text", ["$1,500.50", "100 kr", "100 franchi"])
def test_a_sign_of_several_currencies_is_asked(table: Callable[..., Drafted], text: str) -> None:
    made = table("Cost", text, "100.00")
    assert f"in which currency are amounts such as «{text}» in 'Cost'?" in made.mapping
    (first, second) = made.outcomes()
    assert (money(first), money(second)) == (None, None)
    assert "is that of several currencies" in problems(first)[0]
    assert problems(second) == ["The value cannot be used: nothing says in which currency the amount is."]


def test_a_currency_is_guessed_by_the_country_of_the_places_and_called_a_guess(table: Callable[..., Drafted]) -> None:
    made = table("Costo", "1500,50", "200", Comune=["Bologna", "Modena"])
    assert not made.is_sure("Costo")
    assert re.search(r"# guess: 'Costo' .* nothing says the currency, and EUR is that of the country", made.mapping)
    assert [money(each) for each in made.outcomes()] == [("1500.50", "EUR"), ("200.00", "EUR")]


@pytest.mark.parametrize("text", ["10.000-15.000 €", "-500,00 €", "circa 100 €", "2 m€"])
def test_what_is_no_amount_keeps_its_record_out(table: Callable[..., Drafted], text: str) -> None:
    made = table("Costo", *(f"{number},50 €" for number in range(100, 110)), text)
    *others, last = made.outcomes()
    assert all(each.published for each in others)
    assert not last.published
    assert len(problems(last)) == 1


DATES = [
    ("2019", XSD.gYear, "2019"),
    ("settembre 2019", XSD.gYearMonth, "2019-09"),
    ("09/2019", XSD.gYearMonth, "2019-09"),
    ("11 września 2019", XSD.date, "2019-09-11"),
    ("2019-09-11T10:00:00+02:00", XSD.date, "2019-09-11"),
]


def test_a_start_is_stated_as_exactly_as_it_is_known(table: Callable[..., Drafted]) -> None:
    outcomes = table("Data inizio", *(text for text, _, _ in DATES)).outcomes()
    for outcome, (_, datatype, value) in zip(outcomes, DATES, strict=True):
        assert outcome.published
        assert outcome.mapped is not None
        found = [quad.object for quad in outcome.mapped.quads if quad.predicate == SCHEMA.startDate]
        assert found == [Literal(value, datatype=datatype)]
        assert terms(outcome, PASSO.startYear) == ["2019"]


@pytest.mark.parametrize("year", ["0001-01-01", "1820-05-05", "2999-12-31"])
def test_an_implausible_year_is_a_result(table: Callable[..., Drafted], year: str) -> None:
    (first, _) = table("Data inizio", year, "2020-02-21").outcomes()
    assert any("between 1900 and 2049" in str(each.texts["en"].expected) for each in first.results)


def test_a_period_is_no_date_and_its_years_have_converters(table: Callable[..., Drafted]) -> None:
    made = table("Data inizio", *(f"2020-02-{day}" for day in range(10, 21)), "2019/2020")
    assert "a period is no date" in problems(made.outcomes()[-1])[0]
    text = made.mapping.replace(
        made.line_of("Data inizio"), "      - {p: passo:closingYear, from: Data inizio, convert: last-year}"
    )
    text = re.sub(
        r".*p: passo:startYear.*\n", "      - {p: passo:startYear, from: Data inizio, convert: first-year}\n", text
    )
    (made.folder / "mapping.yaml").write_text(text, encoding="utf-8")
    last = made.outcomes()[-1]
    assert (terms(last, PASSO.startYear), terms(last, PASSO.closingYear)) == (["2019"], ["2020"])
