"""Write what answers a comparison to a file of a release, and read it; the publisher stores the default answer of each question."""

from decimal import Decimal
from typing import Any

import orjson

from passo_lod.comparison.address import write_parameters
from passo_lod.comparison.answers import FetchedComparison
from passo_lod.comparison.evidence import Amount, ProcessEvidence
from passo_lod.comparison.evidence_query import Comparison, evidence_query


def as_stored(fetched: FetchedComparison) -> bytes:
    """Write an answer as JSON (docs/releases.md): parameters, query, names, and the evidence of each process as an array."""
    document = {
        "parameters": write_parameters(fetched.comparison),
        "query": fetched.query,
        "names": fetched.names,
        "evidence": [_as_array(each) for each in fetched.evidence],
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def read_stored(data: bytes, comparison: Comparison) -> FetchedComparison | None:
    """Read an answer.

    Args:
        data: what `as_stored` wrote.
        comparison: what it should answer.

    Returns:
        None if it answers another query: another version of the program has written it.

    Raises:
        ValueError: the data are damaged.
    """
    try:
        document = orjson.loads(data)
        query = evidence_query(comparison)
        if document["query"] != query:
            return None
        evidence = [_from_array(each) for each in document["evidence"]]
        return FetchedComparison(comparison, query, evidence, document["names"])
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ValueError(f"this is no stored answer ({error!r})") from error


def _as_array(each: ProcessEvidence) -> list[Any]:
    amounts = [[str(amount.value), amount.unit, amount.node] for amount in each.amounts]
    return [each.process, sorted(each.groups), sorted(each.series), each.absence, amounts]


def _from_array(array: list[Any]) -> ProcessEvidence:
    process, groups, series, absence, amounts = array
    found = tuple(Amount(Decimal(value), unit, node) for value, unit, node in amounts)
    return ProcessEvidence(process, frozenset(groups), frozenset(series), found, absence)
