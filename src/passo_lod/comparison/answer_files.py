"""Write an answered comparison as CSV, JSON or Markdown: exactly the rows of the page."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping

from passo_lod.comparison.address import write_parameters
from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.messages.message_catalogue import message


def as_csv(answered: AnsweredComparison, language: str) -> str:
    """All columns and rows as CSV (RFC 4180)."""
    file = io.StringIO()
    writer = csv.DictWriter(file, answered.columns)
    writer.writeheader()
    writer.writerows(answered.rows)
    return file.getvalue()


def as_json(answered: AnsweredComparison, language: str) -> str:
    """The parameters, the query, all columns and rows, and the totals, as JSON."""
    content = {
        "parameters": list(map(list, write_parameters(answered.comparison))),
        "processes": answered.table.total.all,
        "known": answered.table.total.known,
        "inSeveralGroups": answered.table.overlapping,
        "columns": answered.columns,
        "rows": answered.rows,
        "query": answered.query,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def as_markdown(answered: AnsweredComparison, language: str) -> str:
    """The columns that say something, as a Markdown table with heads in words."""
    shown = filled_columns(answered)
    heads = [_head(each, answered, language) for each in shown]
    lines = [heads, ["---"] * len(shown), *([row[each] for each in shown] for row in answered.rows)]
    return "".join(f"| {' | '.join(map(_escaped, line))} |\n" for line in lines)


def _head(column: str, answered: AnsweredComparison, language: str) -> str:
    """What a column has, in words: the dimension of names, else its message."""
    dimension = {"groupName": answered.comparison.by, "seriesName": answered.comparison.series}.get(column)
    if dimension:
        return dimension.labels.get(language, dimension.code)
    key = re.sub("[A-Z]", lambda match: f"-{match[0].lower()}", column)
    return message(f"page.compare-head-{key}", language)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def filled_columns(answered: AnsweredComparison) -> list[str]:
    """The columns for people: without codes, and without those that are empty or zero in every row."""
    codes, rows = {"group", "series"}, answered.rows
    return [
        column
        for column in answered.columns
        if column not in codes and any(row[column] not in ("", "0") for row in rows)
    ]


WRITERS: Mapping[str, Callable[[AnsweredComparison, str], str]] = {"csv": as_csv, "json": as_json, "md": as_markdown}
"""The writer of each format by its extension; it is given the language of the reader."""
