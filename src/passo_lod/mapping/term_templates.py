"""Expand R2RML templates and split lists of a mapping.yaml into the texts that terms are made of, for `record_mapping`."""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from pyoxigraph import NamedNode

from passo_lod.mapping.yarrrml.mapping_terms import VARIABLE
from passo_lod.mapping.yarrrml.triples_map import Iteration
from passo_lod.memoize import memoize_short_texts


def variables_of(template: str) -> list[str]:
    """Return the names of the variables of a template.

    >>> variables_of("$(period) | $(start)")
    ['period', 'start']
    """
    return VARIABLE.findall(template)


def expand_template(
    template: str, variables: Mapping[str, str], encode: Callable[[str], str] = lambda value: value
) -> str | None:
    """Return a template with its values; None if a value is missing (R2RML, 7.3: no term is generated)."""
    if "$(" not in template:
        return template
    if any(not variables.get(name) for name in variables_of(template)):
        return None
    return VARIABLE.sub(lambda match: encode(variables[match[1]]), template)


def expand_iri(template: str, variables: Mapping[str, str], base: str) -> NamedNode | None:
    """Return a template as an IRI, its values percent-encoded (R2RML, 7.3); None if a value is missing.

    Args:
        template: an absolute IRI, or a path below `base`.
        variables: values by name.
        base: the catalogue's base IRI.
    """
    text = expand_template(template, variables, encode=_percent_encode)
    if text is None:
        return None
    return NamedNode(text if text.startswith(("http://", "https://")) else base + text)


@memoize_short_texts
def _percent_encode(value: str) -> str:
    """RFC 3986, 2.1."""
    return quote(value, safe="")


def split_list(text: str, separator: str) -> list[str]:
    """Return the items of a list without the empty ones.

    >>> split_list("a / b 1/D / ", " / ")
    ['a', 'b 1/D']
    """
    padded = f"{text.strip()} " if separator.endswith(" ") else text
    return [item.strip() for item in padded.split(separator) if item.strip()]


def item_variables(iteration: Iteration, text: str) -> Iterator[dict[str, str]]:
    """Yield the variables of each item of a field's text."""
    if iteration.item_pattern:
        yield from ({"item": match[0], **_groups(match)} for match in iteration.item_pattern.finditer(text))
        return
    if iteration.heading_pattern:
        yield from _headed_items(iteration.heading_pattern, iteration.sections, text)
        return
    for item in split_list(text, iteration.separator) if iteration.separator else [text]:
        match = iteration.group_pattern.fullmatch(item) if iteration.group_pattern else None
        yield {"item": item, **(_groups(match) if match else {})}


def _headed_items(
    headings: re.Pattern[str], sections: Mapping[str, re.Pattern[str]], text: str
) -> Iterator[dict[str, str]]:
    """Yield the variables of each part that begins with a heading and ends before the next one."""
    matches = list(headings.finditer(text))
    ends = [match.start() for match in matches[1:]] + [len(text)] * bool(matches)
    for match, end in zip(matches, ends, strict=True):
        item = {"item": text[match.start() : end].strip()}
        yield {**item, **_groups(match), **_section_texts(sections, text[match.end() : end])}


def _section_texts(sections: Mapping[str, re.Pattern[str]], text: str) -> dict[str, str]:
    """The text of each section, up to the next one, and as `text` what comes before the first; without empty ones."""
    found = ((pattern.search(text), name) for name, pattern in sections.items())
    starts = sorted((match.start(), match.end(), name) for match, name in found if match)
    ends = [*(start for start, _, _ in starts), len(text)]
    texts = {"text": text[: ends[0]]}
    texts |= {name: text[begin:end] for (_, begin, name), end in zip(starts, ends[1:], strict=True)}
    return {name: part.strip() for name, part in texts.items() if part.strip()}


def _groups(match: re.Match[str]) -> dict[str, str]:
    return {name: value.strip() for name, value in match.groupdict().items() if value}
