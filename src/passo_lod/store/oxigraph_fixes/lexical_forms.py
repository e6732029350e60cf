"""Find the values that a dump publishes otherwise than the engine gives them back.

`"10000.00"` comes back from the engine as the decimal `"10000"`, and `"-3"^^xsd:negativeInteger` as an integer: the same value, and another
term (RDF 1.1 Concepts, 3.3). Where a dump writes a value in one way alone, the engine's form is known to stand for that way.
"""

import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

MOST = 100_000
"""Values that are told apart; of a dump with more of them nothing is known."""

XSD = "http://www.w3.org/2001/XMLSchema#"
BY_VALUE = (
    *("boolean", "float", "double", "decimal", "integer", "long", "int", "short", "byte"),
    *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
    *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    *("dateTime", "dateTimeStamp", "date", "time", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
    *("duration", "yearMonthDuration", "dayTimeDuration"),
)
"""The datatypes of XML Schema of which the engine keeps the values and not the texts."""

Form = tuple[str, str]
"""How a value is written: its text, and the name of its datatype in XML Schema."""

Published = Mapping[Form, Form]
"""The values that the engine writes otherwise than the dump: by its form, the one in which the value is published."""

_LITERAL = re.compile(
    rb'"([^"\\\n]*)"[ \t]*\^\^[ \t]*<%b(%b)>' % (re.escape(XSD.encode()), "|".join(BY_VALUE).encode())
)
_PREDICATE = NamedNode("x:value")

_LOG = logging.getLogger(__name__)


class Scan:
    """Passes an N-Quads file on to who reads it, and remembers the values that stand in it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rest = b""
        self._found: set[tuple[bytes, bytes]] = set()

    def read(self, size: int = -1) -> bytes:
        """The next piece of the file."""
        data = self._file.read(size)
        if len(self._found) <= MOST:
            text = self._rest + data
            end = text.rfind(b"\n") + 1 if data else len(text)
            self._found.update(_LITERAL.findall(text, 0, end))
            self._rest = text[end:]
        return data

    def published(self) -> Published:
        """What the engine writes otherwise, when the file has been read to its end; nothing, where there is too much to look at."""
        if len(self._found) > MOST:
            _LOG.warning(
                "more than %d different values: queries are answered with numbers as the engine writes them", MOST
            )
            return {}
        return otherwise([(text.decode(), datatype.decode()) for text, datatype in self._found])


def otherwise(forms: Sequence[Form]) -> Published:
    """What the engine writes otherwise, of all forms of a dump; nothing is known of a value that has several.

    >>> otherwise([("1.0", "decimal"), ("2", "decimal"), ("2.00", "decimal"), ("-3", "negativeInteger")])
    {('-3', 'integer'): ('-3', 'negativeInteger'), ('1', 'decimal'): ('1.0', 'decimal')}
    """
    ways = defaultdict(list)
    for form, kept in _kept(forms):
        ways[kept].append(form)
    return {kept: found[0] for kept, found in sorted(ways.items()) if len(found) == 1 and found[0] != kept}


def _kept(forms: Sequence[Form]) -> Iterable[tuple[Form, Form]]:
    """Each form with the one that the engine gives back."""
    store = ox.Store()
    store.extend(
        Quad(NamedNode(f"x:{number}"), _PREDICATE, Literal(text, datatype=NamedNode(XSD + datatype)), DefaultGraph())
        for number, (text, datatype) in enumerate(forms)
    )
    for quad in store:
        assert isinstance(quad.subject, NamedNode)  # noqa: S101 - we made them
        assert isinstance(quad.object, Literal)  # noqa: S101
        kept = (quad.object.value, quad.object.datatype.value.removeprefix(XSD))
        yield forms[int(quad.subject.value[2:])], kept


def read(path: Path) -> Published:
    """What was kept in a file; nothing, where there is none."""
    if not path.is_file():
        return {}
    return {tuple(kept): tuple(form) for kept, form in json.loads(path.read_text(encoding="utf-8"))}


def keep(published: Published, path: Path) -> None:
    """Write it to a file."""
    path.write_text(json.dumps(list(published.items())), encoding="utf-8")
