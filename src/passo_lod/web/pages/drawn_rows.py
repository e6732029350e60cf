"""Choose the rows of a comparison that a drawing shows, the figure of each, and what the drawing says of the others."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from passo_lod.comparison.answer_rows import AnswerRow, answer_rows, label_of
from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.comparison.declarations import MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.comparison.figures import SMALL
from passo_lod.comparison.profile import headline
from passo_lod.messages.message_catalogue import message
from passo_lod.web.pages.drawing_legend import AxisTick
from passo_lod.web.pages.figure_texts import compact_amount
from passo_lod.web.pages.value_formatting import format_number


@dataclass(frozen=True)
class DrawnRows:
    """The rows of an answer for a drawing in one language.

    Attributes:
        answered: the comparison.
        language: of the reader.
    """

    answered: AnsweredComparison
    language: str

    @property
    def kind(self) -> MeasureKind:
        """The kind of the measure."""
        return self.answered.comparison.measure.kind

    @cached_property
    def every(self) -> list[AnswerRow]:
        """All rows of the answer."""
        return answer_rows(self.answered.table, self.answered.comparison, self.answered.names)

    @cached_property
    def all(self) -> list[AnswerRow]:
        """The rows whose groups are values, not reasons, and of which something is known."""
        is_rate = self.kind is MeasureKind.RATE
        return [
            row
            for row in self.every
            if not {row.group, row.series} & set(REASONS) and row.figure.known and not (is_rate and row.rate is None)
        ]

    @cached_property
    def unit(self) -> str:
        """The currency of most processes, the only one that is drawn; empty for other numbers."""
        known: Counter[str] = Counter()
        for row in self.all:
            if row.summary:
                known[row.summary.unit] += row.summary.known
        return max(known, key=lambda unit: (known[unit], unit), default="")

    @cached_property
    def drawable(self) -> list[AnswerRow]:
        """The rows in that currency."""
        return [row for row in self.all if row.summary is None or row.summary.unit == self.unit]

    def headline(self, row: AnswerRow) -> Decimal | None:
        """The figure of a row; None if there is none, as where few answers are known."""
        return headline(row, self.kind)

    def is_few(self, row: AnswerRow) -> bool:
        """Whether fewer than ten processes are behind the figure; a number of processes is never an estimate from few."""
        if self.kind is MeasureKind.PROCESSES:
            return False
        return self.known(row) < SMALL

    def known(self, row: AnswerRow) -> int:
        """How many known values are behind the figure."""
        return row.summary.known if row.summary and self.kind is not MeasureKind.SHARE else row.figure.known

    def amount(self, number: Decimal | float) -> str:
        """A number with its currency, without decimals that say nothing."""
        return compact_amount(Decimal(number), self.unit, self.language)

    def ticks(self, scale: Sequence[float], position: Callable[[float], float]) -> tuple[AxisTick, ...]:
        """The numbers of an axis at their positions; of processes only whole ones."""
        sign = " %" if self.kind is MeasureKind.SHARE else ""
        whole = self.kind is MeasureKind.PROCESSES
        shown = [number for number in scale if not whole or number == int(number)]
        return tuple(AxisTick(f"{self.amount(number)}{sign}", position(number)) for number in shown)

    def figure(self, row: AnswerRow) -> str:
        """The figure of a row in words: a number, a percentage, or of few answers how many are yes."""
        if self.kind is MeasureKind.SHARE:
            if row.percent is not None:
                return f"{self.amount(row.percent)} %"
            yes, known = (format_number(str(each), self.language) for each in (row.yes, row.figure.known))
            return message("page.compare-yes-of", self.language, yes=yes, known=known)
        number = self.headline(row)
        return "" if number is None else self.amount(number)

    def count(self, row: AnswerRow) -> str:
        """How many values the figure is of; empty where the figure says it."""
        if self.kind is MeasureKind.PROCESSES or (self.kind is MeasureKind.SHARE and row.percent is None):
            return ""
        return f"n = {format_number(str(self.known(row)), self.language)}"

    def label(self, value: str) -> str:
        """The name of a group, with a capital letter."""
        text = label_of(value, self.answered.names)
        return text[:1].upper() + text[1:]

    def title(self, row: AnswerRow) -> str:
        """A row in one line: its names, its figure, and of how many values."""
        names = " · ".join(self.label(each) for each in (row.group, row.series) if each)
        parts = [part for part in (self.figure(row), self.count(row)) if part]
        return f"{names}: {', '.join(parts)}"

    def notes(self, left_out: int) -> tuple[str, ...]:
        """What the drawing shows, and what it leaves out: groups, and amounts in other currencies."""
        return tuple(self._notes(left_out))

    def _notes(self, left_out: int) -> Iterator[str]:
        yield message(f"page.compare-drawn-{self.kind}", self.language)
        others = sorted({row.summary.unit for row in self.all if row.summary} - {self.unit})
        if others:
            units = ", ".join(others)
            yield message("page.compare-other-units", self.language, unit=self.unit, others=units)
        if left_out > 0:
            yield message("page.compare-not-drawn", self.language, count=left_out)
