"""A Griffe extension for the API reference: examples in docstrings (`>>> …`) become code blocks, so that Markdown leaves them alone."""

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^( *)>>> .*(?:\n(?! *$) *\S.*)*", re.MULTILINE)
"""A doctest: from its first prompt to the next blank line."""


class DoctestBlocks(griffe.Extension):
    """Fence the doctests of every docstring."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of one module, class, function or attribute."""
        if obj.docstring:
            obj.docstring.value = _EXAMPLE.sub(r"\1```pycon\n\g<0>\n\1```", obj.docstring.value)
