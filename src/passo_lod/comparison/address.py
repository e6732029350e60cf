"""Read a comparison from the parameters of an address, and write it as parameters: `measure=…&by=…&and=…&region=…&from=…&to=…`."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeVar

from passo_lod.comparison.declarations import Declarations, Dimension, MeasureKind
from passo_lod.comparison.evidence_query import Comparison, Filter, Years
from passo_lod.errors import PassoError

YEAR = "year"
"""The code of the dimension that `from` and `to` limit."""

_OWN = ("measure", "by", "and", "from", "to")

Parameters = Sequence[tuple[str, str]]
_Declared = TypeVar("_Declared")


class WrongComparison(PassoError):
    """A parameter names no measure, dimension or year; the message says which there are."""


def read_comparison(parameters: Parameters, declared: Declarations) -> Comparison:
    """Read a comparison. Parameters that are neither its own nor a dimension belong to the page and are not read.

    Raises:
        WrongComparison: a value is not known.
    """
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        if value:
            values.setdefault(name, []).append(value)
    measure = _known(values.get("measure", ["processes"])[-1], "measure", declared.measures)
    by = _known(values.get("by", ["region"])[-1], "by", declared.dimensions)
    series = _known(values["and"][-1], "and", declared.dimensions) if "and" in values else None
    if measure.kind is MeasureKind.RATE and series is not None:
        raise WrongComparison(f"and={series.code}: {measure.code} is by one dimension of places only; leave `and` out")
    return Comparison(
        measure=measure,
        operands=declared.operands(measure),
        by=by,
        series=None if series == by else series,
        filters=tuple(_filters(values, declared.dimensions)),
        years=Years(_year(values, "from"), _year(values, "to")),
        year=declared.dimensions.get(YEAR),
    )


def check_names(parameters: Parameters, declared: Declarations) -> None:
    """Check the names of parameters that are all of a comparison, unlike those of the address of a page.

    Raises:
        WrongComparison: a name is none of a comparison's own and no dimension.
    """
    for name, _ in parameters:
        if name not in _OWN:
            _known(name, "where", declared.dimensions)


def write_parameters(comparison: Comparison) -> Parameters:
    """The parameters of a comparison; `read_comparison` reads the same from them."""
    found = [("measure", comparison.measure.code), ("by", comparison.by.code)]
    if comparison.series:
        found.append(("and", comparison.series.code))
    found += [(each.dimension.code, value) for each in comparison.filters for value in each.values]
    years = (("from", comparison.years.first), ("to", comparison.years.last))
    return [*found, *((name, f"{year:04}") for name, year in years if year is not None)]


def _filters(values: Mapping[str, list[str]], dimensions: Mapping[str, Dimension]) -> Iterator[Filter]:
    for code, dimension in dimensions.items():
        if code in values and code not in _OWN:
            yield Filter(dimension, tuple(sorted(set(values[code]))))


def _known(code: str, parameter: str, known: Mapping[str, _Declared]) -> _Declared:
    if code in known:
        return known[code]
    near = get_close_matches(code, known, n=1)
    hint = f"perhaps {near[0]}; " if near else ""
    raise WrongComparison(
        f"{parameter}={code}: there is no such {_WORDS[parameter]}; {hint}there are {', '.join(known)}"
    )


_WORDS = {"measure": "measure", "by": "dimension", "and": "dimension", "where": "dimension"}


def _year(values: Mapping[str, list[str]], parameter: str) -> int | None:
    if parameter not in values:
        return None
    text = values[parameter][-1]
    if not (text.isascii() and text.isdecimal() and len(text) == 4):
        raise WrongComparison(f"{parameter}={text}: a year has four figures, such as 2020")
    return int(text)
