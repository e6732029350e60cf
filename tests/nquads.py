"""The canonical dump of some quads, written in the plainest way: tests compare the product's chunked output with it."""

from collections.abc import Iterable

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat


def n_quads_lines(quads: Iterable[Quad]) -> list[str]:
    """One line of N-Quads for each quad, without duplicates, in byte order."""
    text = ox.serialize(quads, format=RdfFormat.N_QUADS) or b""
    # Only \n ends a line: str.splitlines would also cut literals at U+0085 or U+2028.
    return sorted({line + "\n" for line in text.decode().split("\n") if line})
