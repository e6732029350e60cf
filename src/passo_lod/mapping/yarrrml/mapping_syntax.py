"""Check the shape of YAML values for `mapping_parser`: every error names the file, the line and what is expected."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from passo_lod.errors import MappingError
from passo_lod.yaml_loader import YamlMapping, YamlSequence, YamlText


class MappingSyntax:
    """Checks of single values of one mapping.yaml; all raise MappingError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def require_mapping(self, value: Any, name: str, near: YamlMapping) -> YamlMapping:
        """Return a mapping; `near` gives the line if the value is missing."""
        if not isinstance(value, YamlMapping):
            raise self.error(near, f"{str(name)!r} should hold a mapping (key: value)")
        return value

    def require_text(self, value: Any, what: str) -> YamlText:
        """Return a text."""
        if not isinstance(value, YamlText):
            raise self.error(value, f"{what} should be one text")
        return value

    def require_list(self, value: Any, what: str) -> YamlSequence:
        """Return a list."""
        if not isinstance(value, YamlSequence):
            raise self.error(value, f"{what} should hold a list, such as [one, another]")
        return value

    def require_one_of(self, name: Any, kind: str, known: Collection[str]) -> str:
        """Return a text that is one of the known ones."""
        if self.require_text(name, f"the {kind}") not in known:
            raise self.error(name, f"unknown {kind} {str(name)!r}", known)
        return str(name)

    def require_pattern(self, text: Any) -> re.Pattern[str]:
        """Return a text as a compiled regular expression."""
        try:
            return re.compile(self.require_text(text, "a regular expression"))
        except re.error as problem:
            raise self.error(text, f"{str(text)!r} is not a regular expression: {problem}") from problem

    def check_keys(self, block: YamlMapping, known: tuple[str, ...]) -> None:
        """Raise an error for an unknown key."""
        for key in block:
            if key not in known:
                raise self.error(key, f"unknown key {str(key)!r}", known)

    def error(self, at: Any, message: str, known: Collection[str] = ()) -> MappingError:
        """Return an error with the file, the line of a YAML value, and what is known."""
        names = f"; known: {', '.join(sorted(map(str, known)))}" if known else ""
        return MappingError(f"{self.path}:{at.line}: {message}{names}")
