"""Check that the values of a comparison's filters occur in the data, so that a typing error is not taken for an empty answer."""

from collections.abc import Sequence
from difflib import get_close_matches

from passo_lod.comparison.address import WrongComparison, read_comparison
from passo_lod.comparison.answer_rows import Name, code_of, label_of, ordered
from passo_lod.comparison.answers import AnsweredComparison, Ask, answer
from passo_lod.comparison.declarations import Declarations
from passo_lod.comparison.evidence_query import Comparison

_MOST_LISTED = 8


async def check_filter_values(
    comparison: Comparison, declared: Declarations, ask: Ask, languages: Sequence[str]
) -> dict[str, Name]:
    """Ask for the values of each dimension that filters.

    Returns:
        The names of the values of these dimensions.

    Raises:
        WrongComparison: no process has a value that a filter names; the message lists values that there are.
    """
    found: dict[str, Name] = {}
    for each in comparison.filters:
        counted = await answer(read_comparison([("by", each.dimension.code)], declared), ask, languages)
        names = {code_of(value): label_of(value, counted.names) for value in counted.table.groups}
        for value in each.values:
            if value not in names:
                raise WrongComparison(
                    f"{each.dimension.code}={value}: no process has this value; {_existing(value, names, counted)}"
                )
        found.update(counted.names)
    return found


def _existing(value: str, names: dict[str, str], counted: AnsweredComparison) -> str:
    """The values that a wrong one is near to, and those of most processes."""
    table = counted.table
    by_size = sorted(ordered(table.groups, counted.names, table.by_group), key=lambda each: -table.by_group[each].all)
    listed = [_named(code_of(each), names) for each in by_size[:_MOST_LISTED]]
    more = f" and {len(by_size) - _MOST_LISTED} more" if len(by_size) > _MOST_LISTED else ""
    near = _nearest(value, names)
    hint = f"perhaps {_named(near, names)}; " if near else ""
    return f"{hint}there are {', '.join(listed)}{more}"


def _nearest(value: str, names: dict[str, str]) -> str | None:
    """The code that is written nearly so, or whose name is."""
    known = {text.casefold(): code for code, name in names.items() for text in (code, name)}
    return next((known[each] for each in get_close_matches(value.casefold(), known, n=1)), None)


def _named(code: str, names: dict[str, str]) -> str:
    return code if names[code] == code else f"{code} ({names[code]})"
