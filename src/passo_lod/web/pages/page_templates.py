"""The environment of the Jinja templates in `web/templates/`, and what all of them show the same way."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from passo_lod.visible_text import escape_controls

_TEMPLATES = Path(__file__).parents[1] / "templates"


def _show_controls(value: Any) -> Any:
    """Show the control characters of a text by their code points; a template writes `{{ text|e }}` for a text that stays as it is."""
    return escape_controls(value) if isinstance(value, str) and not isinstance(value, Markup) else value


TEMPLATES = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_show_controls,
    trim_blocks=True,
    lstrip_blocks=True,
)


def in_language(texts: Any, languages: Sequence[str]) -> str:
    """A text of the manifest or the catalogue in the first of some languages that it has: a string, or strings by language tag."""
    if not isinstance(texts, Mapping):
        return str(texts or "")
    first = next(iter(texts.values()), "")
    return str(next((texts[language] for language in languages if language in texts), first))
