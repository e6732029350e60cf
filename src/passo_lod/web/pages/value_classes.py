"""Divide numbers into at most five classes with about as many numbers in each, for the shades of maps and tables, and for their legends."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

SHADES = 5
_ONLY = 3
"""The shade of a single class."""


@dataclass(frozen=True)
class ValueClass:
    """Numbers with one shade.

    Attributes:
        lowest: of the numbers.
        highest: of the numbers.
        count: how many they are.
        shade: from 1, the lightest, to `SHADES`.
    """

    lowest: Decimal
    highest: Decimal
    count: int
    shade: int


def classify(numbers: Iterable[Decimal]) -> tuple[ValueClass, ...]:
    """The classes of some numbers, lowest first; equal numbers are in one class.

    >>> [(str(each.lowest), str(each.highest), each.shade) for each in classify(map(Decimal, [1, 1, 2, 9]))]
    [('1', '1', 1), ('2', '2', 3), ('9', '9', 5)]
    """
    values = sorted(numbers)
    distinct = sorted(set(values))
    if len(distinct) <= SHADES:
        ends = distinct
    else:
        ends = sorted({values[ceil(len(values) * part / SHADES) - 1] for part in range(1, SHADES + 1)})
    found = []
    for place, end in enumerate(ends):
        within = [each for each in values if each <= end and (not place or each > ends[place - 1])]
        shade = _ONLY if len(ends) == 1 else 1 + round(place * (SHADES - 1) / (len(ends) - 1))
        found.append(ValueClass(within[0], end, len(within), shade))
    return tuple(found)


def shade_of(number: Decimal | None, classes: tuple[ValueClass, ...]) -> int:
    """The shade of a number; 0 for none."""
    if number is None or not classes:
        return 0
    return classes[min(bisect_left([each.highest for each in classes], number), len(classes) - 1)].shade
