"""Split a SPARQL query into tokens, without parsing it: for checks before a worker runs it, for rewriting, and for the IRIs it names."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urljoin

from passo_lod.errors import QueryRefused

MAX_BASE_CHARACTERS = 2000
MAX_RELATIVE_IRIS = 100
"""Of the `BASE` and `PREFIX` lines of one query: resolving takes time in proportion to the number times the length of the base."""

_NUMBER = r"[+-]?(?:\d*\.\d+|\d+\.?(?=[eE][+-]?\d)|\d+)(?:[eE][+-]?\d+)?"
_MARK = r"\^\^ | << | >> | \{\| | \|\} | && | \|\| | \S"
# Each quantifier that could run over the rest of the query is possessive (`*+`), or its text is one token: scanning takes linear time.
# Three quotes never begin an empty string: a long string that is not closed would be searched to the end of the query again and again.
_TOKEN = re.compile(
    rf'''
      (?P<string>   """(?:[^"\\]++|\\.|"(?!""))*+""" | \'\'\'(?:[^'\\]++|\\.|'(?!''))*+\'\'\'
                  | "(?!"")(?:[^"\\\r\n]++|\\.)*+" | '(?!'')(?:[^'\\\r\n]++|\\.)*+' )
    | (?P<iri>      <(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*+> )
    | (?P<comment>  \#[^\r\n]* )
    | (?P<variable> [?$]\w+ )
    | (?P<blank>    _:\w(?:\.*[\w-])*+ )
    | (?P<language> @[A-Za-z0-9-]+ )
    | (?P<name>     (?:[^\W\d](?:\.*[\w-])*+)?:(?:\.*(?:[\w:-]|%[0-9A-Fa-f]{{2}}|\\[^uU\s]))*+ )
    | (?P<word>     [A-Za-z_]\w*+(?!\.*[\w-]) )
    | (?P<run>      [^\W\d](?:\.*[\w-])*+ )
    | (?P<number>   {_NUMBER} )
    | (?P<escape>   \\[uU] )
    | (?P<quote>    ["'].*+ )
    | (?P<mark>     {_MARK} )
    ''',
    re.VERBOSE | re.DOTALL,
)
_PART_OF_RUN = re.compile(rf"(?P<word>[A-Za-z_]\w*) | (?P<number>{_NUMBER}) | (?P<mark>{_MARK})", re.VERBOSE)


class Token(NamedTuple):
    r"""A terminal of the SPARQL grammar (SPARQL 1.1 Query, 19.8).

    Attributes:
        kind: `string`, `iri`, `variable`, `blank` (a labelled blank node), `language`, `name` (a prefixed name) or `number`; of a keyword
            its text in capitals, except `a`; of a bracket or operator its text. In malformed queries also `quote`, a string that is
            not closed and so goes on to the end of the query, and `escape`, a `\u` outside of strings and IRIs.
        start: offset of its first character.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.start + len(self.text)


def tokens(query: str) -> Iterator[Token]:
    """The tokens of a query, without white space and comments.

    >>> [token.kind for token in tokens("select * { x:s x:p*/^a ?o } # all")]
    ['SELECT', '*', '{', 'name', 'name', '*', '/', '^', 'a', 'variable', '}']
    """
    for match in _TOKEN.finditer(query):
        kind = match.lastgroup
        if kind == "run":
            # A dot or hyphen belongs to a name only if a colon follows: `true.SELECT` is three tokens.
            for part in _PART_OF_RUN.finditer(query, match.start(), match.end()):
                yield _token(part)
        elif kind != "comment":
            yield _token(match)


def _token(match: re.Match[str]) -> Token:
    kind, text = str(match.lastgroup), match[0]
    if kind == "word":
        kind = text if text == "a" else text.upper()
    elif kind == "mark":
        kind = text
    return Token(kind, text, match.start())


class Prologue(NamedTuple):
    """The base IRI and the prefixes of a query (SPARQL 1.1 Query, 4.1).

    Attributes:
        prefixes: the IRI of each prefix, without the colon.
    """

    base: str
    prefixes: Mapping[str, str]

    def iri(self, token: Token) -> str | None:
        """The full IRI of an `iri` or `name`; None for any other token, or if the prefix is not declared."""
        if token.kind == "iri":
            return _resolve(self.base, token)
        prefix, _, local = token.text.partition(":")
        if token.kind != "name" or prefix not in self.prefixes:
            return None
        return self.prefixes[prefix] + local.replace("\\", "")


def prologue(query_tokens: Iterable[Token], base: str = "") -> Prologue:
    """The prologue of a query.

    Args:
        query_tokens: tokens of the whole query.
        base: the base IRI that the request gives.

    Raises:
        ValueError: an IRI is malformed.
        QueryRefused: a base IRI is too long, or too many IRIs are relative.
    """
    prefixes: dict[str, str] = {}
    words = list(query_tokens)
    _check_number_of_relative_iris(words)
    base = _checked_base(base)
    for keyword, first, second in zip(words, words[1:], words[2:], strict=False):
        if keyword.kind == "BASE":
            base = _checked_base(_resolve(base, first))
        elif keyword.kind == "PREFIX":
            prefixes[first.text.removesuffix(":")] = _resolve(base, second)
    return Prologue(base, prefixes)


def _check_number_of_relative_iris(words: Sequence[Token]) -> None:
    iris = [
        second if first.kind == "BASE" else third
        for first, second, third in zip(words, words[1:], words[2:], strict=False)
        if first.kind in ("BASE", "PREFIX")
    ]
    if sum(_is_relative(iri.text[1:-1]) for iri in iris) > MAX_RELATIVE_IRIS:
        message = f"BASE and PREFIX have more than {MAX_RELATIVE_IRIS} relative IRIs; write them in full"
        raise QueryRefused("too-complex", message, limit=MAX_RELATIVE_IRIS)


def _checked_base(base: str) -> str:
    if len(base) > MAX_BASE_CHARACTERS:
        message = f"the base IRI has {len(base)} characters; it may have at most {MAX_BASE_CHARACTERS}"
        raise QueryRefused("too-complex", message, limit=MAX_BASE_CHARACTERS, used=len(base))
    return base


def _is_relative(iri: str) -> bool:
    return not re.match(r"[A-Za-z][A-Za-z0-9+.-]*+:", iri)


def _resolve(base: str, token: Token) -> str:
    """The full IRI of an `iri`; `urljoin` alone would drop a `#` at its end."""
    iri = _unescape(token.text[1:-1])
    if not _is_relative(iri):
        return iri
    without, mark = (iri[:-1], "#") if iri.endswith("#") else (iri, "")
    return urljoin(base, without) + mark


def _unescape(iri: str) -> str:
    return re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", lambda match: chr(int(match[1] or match[2], 16)), iri)
