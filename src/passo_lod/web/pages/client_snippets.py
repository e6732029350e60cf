"""Write a query as code to paste into a shell, into Python and into R; any characters of the query are escaped."""

import shlex
from dataclasses import dataclass

from passo_lod.media_types import RESULTS_CSV, RESULTS_JSON, TURTLE
from passo_lod.sparql_tokens import tokens

_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


@dataclass(frozen=True)
class Snippet:
    """Code in one language.

    Attributes:
        name: for the anchor on the page.
        title: for the reader.
    """

    name: str
    title: str
    code: str


def snippets(query: str, endpoint: str) -> tuple[Snippet, ...]:
    """The code for each tool.

    Args:
        query: any text.
        endpoint: the URL of the SPARQL endpoint.
    """
    form = query_form(query)
    return (
        Snippet("curl", "curl", curl(query, endpoint, form)),
        Snippet("python", "Python (SPARQLWrapper)", python(query, endpoint, form)),
        *(Snippet(name, title, code) for name, title, code in r(query, endpoint, form)),
    )


def query_form(query: str) -> str:
    r"""The query form, guessed without parsing: the first keyword outside of IRIs, strings, comments and prefixes.

    >>> query_form("PREFIX ask: <http://example.org/construct> # describe\nselect * {}")
    'SELECT'
    """
    return next((token.kind for token in tokens(query) if token.kind in _FORMS), "SELECT")


def curl(query: str, endpoint: str, form: str) -> str:
    """A shell command."""
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
    """A program with SPARQLWrapper that prints the answer."""
    wanted = "JSON" if form in _PYTHON_ENDINGS else "TURTLE"
    ending = _PYTHON_ENDINGS.get(form, "print(endpoint.queryAndConvert().decode())")
    return (
        f"from SPARQLWrapper import {wanted}, SPARQLWrapper\n\n"
        f"endpoint = SPARQLWrapper({python_literal(endpoint)})\n"
        f"endpoint.setReturnFormat({wanted})\n"
        f"endpoint.setQuery({python_literal(query)})\n{ending}"
    )


def r(query: str, endpoint: str, form: str) -> list[tuple[str, str, str]]:
    """Programs that read the answer: with base R if the answer is a table, and with httr2."""
    with_httr2 = f"library(httr2)\n\nanswer <- request({r_literal(endpoint)}) |>\n  req_url_query(query = {r_literal(query)}) |>\n"
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
        f"query <- {r_literal(query)}\n"
        f"address <- paste0({r_literal(f'{endpoint}{joint}format=csv&query=')}, URLencode(query, reserved = TRUE))\n"
        'answer <- read.csv(address, encoding = "UTF-8")\nprint(answer)'
    )
    httr2 = (
        f'{with_httr2}  req_headers(Accept = "{RESULTS_CSV.name}") |>\n  req_perform()\n'
        "print(read.csv(text = resp_body_string(answer)))"
    )
    return [("r", "R", base), ("httr2", "R (httr2)", httr2)]


def python_literal(text: str) -> str:
    """A string literal of Python, of several lines if the text has several.

    >>> print(python_literal("a"))
    "a"
    """
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\0", "\\x00")
    if "\n" not in escaped:
        return '"' + escaped.replace('"', '\\"') + '"'
    escaped = escaped.replace('"""', '\\"\\"\\"')
    return '"""' + (escaped[:-1] + '\\"' if escaped.endswith('"') else escaped) + '"""'


def r_literal(text: str) -> str:
    """A string literal of R, without NUL characters, which R does not allow.

    >>> print(r_literal("a"))
    "a"
    """
    escaped = text.replace("\0", "").replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")
    return f'"{escaped}"'
