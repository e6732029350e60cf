"""Generate the SPARQL query for the names, positions and populations of the values of a comparison, and read its solutions."""

from collections.abc import Iterable, Mapping, Sequence

from passo_lod.comparison.answer_rows import Name

_QUERY = """PREFIX dct: <http://purl.org/dc/terms/>
PREFIX l0: <https://w3id.org/italia/onto/l0/>
PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?value ?label (LANG(?label) AS ?language) ?position ?population ?populationYear {
  VALUES ?value { %s }
  OPTIONAL { ?value skos:prefLabel|rdfs:label|dct:title ?label }
  OPTIONAL { ?value l0:positionInSequence ?position }
  OPTIONAL { ?value passo:population ?population ; passo:populationYear ?populationYear }
}
"""


def names_query(values: Iterable[str]) -> str | None:
    """Return the query for those values that are IRIs; None if there are none."""
    iris = sorted(f"<{value}>" for value in set(values) if "://" in value)
    return _QUERY % " ".join(iris) if iris else None


def read_names(solutions: Iterable[Mapping[str, str]], languages: Sequence[str]) -> dict[str, Name]:
    """The names of values in the first of some languages that they have.

    Args:
        solutions: of `names_query`.
        languages: best first.
    """
    ranks = {language: place for place, language in enumerate(languages)}
    found: dict[str, tuple[int, Name]] = {}
    for each in solutions:
        rank = ranks.get(each.get("language", ""), len(languages))
        if "label" in each and (each["value"] not in found or rank < found[each["value"]][0]):
            position = each.get("position")
            population = each.get("population")
            found[each["value"]] = (
                rank,
                Name(
                    each["label"],
                    int(position) if position else None,
                    int(population) if population else None,
                    each.get("populationYear", ""),
                ),
            )
    return {value: name for value, (_, name) in found.items()}
