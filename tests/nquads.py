"""The canonical dump of some quads, as plainly as can be: what the product writes piece by piece is held to it."""

from collections.abc import Iterable

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat


def n_quads_lines(quads: Iterable[Quad]) -> list[str]:
    """One N-Quads line a quad, each once, in byte order."""
    text = ox.serialize(quads, format=RdfFormat.N_QUADS) or b""
    # Only \n ends a line: str.splitlines would also cut literals at U+0085 or U+2028.
    return sorted({line + "\n" for line in text.decode().split("\n") if line})
