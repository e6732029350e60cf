"""The query as something to paste: into a shell, into Python, into R. Whatever the query holds, it arrives there as it is."""

import shlex
from dataclasses import dataclass

from passo_lod.media_types import RESULTS_CSV, RESULTS_JSON, TURTLE
from passo_lod.sparql_tokens import tokens

_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


@dataclass(frozen=True)
class Snippet:
    """A piece of code in one language."""

    name: str
    title: str
    code: str


def snippets(query: str, endpoint: str) -> tuple[Snippet, ...]:
    """The query for each tool."""
    form = query_form(query)
    return (
        Snippet("curl", "curl", curl(query, endpoint, form)),
        Snippet("python", "Python (SPARQLWrapper)", python(query, endpoint, form)),
        *(Snippet(name, title, code) for name, title, code in r(query, endpoint, form)),
    )


def query_form(query: str) -> str:
    r"""Which of the four forms a query has, as far as can be told without parsing it.

    >>> query_form("PREFIX ask: <http://example.org/construct> # describe\nselect * {}")
    'SELECT'
    """
    return next((token.kind for token in tokens(query) if token.kind in _FORMS), "SELECT")


def curl(query: str, endpoint: str, form: str) -> str:
    """A command line."""
    media_type = {"SELECT": RESULTS_CSV, "ASK": RESULTS_JSON}.get(form, TURTLE)
    data = shlex.quote(f"query={query}")
    return (
        f"curl --get --header 'Accept: {media_type.name}' \\\n  --data-urlencode {data} \\\n  {shlex.quote(endpoint)}"
    )


_PYTHON_ENDINGS = {
    "SELECT": (
        'for row in endpoint.queryAndConvert()["results"]["bindings"]:\n'
        '    print({name: cell["value"] for name, cell in row.items()})'
    ),
    "ASK": 'print(endpoint.queryAndConvert()["boolean"])',
}


def python(query: str, endpoint: str, form: str) -> str:
    """A program that prints the answer."""
    wanted = "JSON" if form in _PYTHON_ENDINGS else "TURTLE"
    ending = _PYTHON_ENDINGS.get(form, "print(endpoint.queryAndConvert().decode())")
    return (
        f"from SPARQLWrapper import {wanted}, SPARQLWrapper\n\n"
        f"endpoint = SPARQLWrapper({python_text(endpoint)})\n"
        f"endpoint.setReturnFormat({wanted})\n"
        f"endpoint.setQuery({python_text(query)})\n{ending}"
    )


def r(query: str, endpoint: str, form: str) -> list[tuple[str, str, str]]:
    """Programs that read the answer: with what R has by itself where the answer is a table, and with httr2."""
    with_httr2 = (
        f"library(httr2)\n\nanswer <- request({r_text(endpoint)}) |>\n  req_url_query(query = {r_text(query)}) |>\n"
    )
    if form != "SELECT":
        kind = RESULTS_JSON if form == "ASK" else TURTLE
        return [
            (
                "httr2",
                "R (httr2)",
                f'{with_httr2}  req_headers(Accept = "{kind.name}") |>\n  req_perform()\ncat(resp_body_string(answer))',
            )
        ]
    joint = "&" if "?" in endpoint else "?"
    base = (
        f"query <- {r_text(query)}\n"
        f"address <- paste0({r_text(f'{endpoint}{joint}format=csv&query=')}, URLencode(query, reserved = TRUE))\n"
        'answer <- read.csv(address, encoding = "UTF-8")\nprint(answer)'
    )
    httr2 = (
        f'{with_httr2}  req_headers(Accept = "{RESULTS_CSV.name}") |>\n  req_perform()\n'
        "print(read.csv(text = resp_body_string(answer)))"
    )
    return [("r", "R", base), ("httr2", "R (httr2)", httr2)]


def python_text(text: str) -> str:
    """A text as Python writes it: over several lines where it has several.

    >>> print(python_text("a"))
    "a"
    """
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\0", "\\x00")
    if "\n" not in escaped:
        return '"' + escaped.replace('"', '\\"') + '"'
    escaped = escaped.replace('"""', '\\"\\"\\"')
    return '"""' + (escaped[:-1] + '\\"' if escaped.endswith('"') else escaped) + '"""'


def r_text(text: str) -> str:
    """A text as R writes it; R has no texts with a NUL in them.

    >>> print(r_text("a"))
    "a"
    """
    escaped = text.replace("\0", "").replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")
    return f'"{escaped}"'
