"""Generate the SPARQL query for the names, positions and populations of the values of a comparison, and read its solutions."""

from collections.abc import Iterable, Mapping, Sequence

from passo_lod.comparison.answer_rows import Name

_QUERY = """PREFIX clvapit: <https://w3id.org/italia/onto/CLV/>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX l0: <https://w3id.org/italia/onto/l0/>
PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?value ?label (LANG(?label) AS ?language) ?position ?population ?populationYear {
  VALUES ?value { %(values)s }
  OPTIONAL { ?value skos:prefLabel|rdfs:label|dct:title ?label }
  OPTIONAL { ?value l0:positionInSequence ?position }%(populations)s
}
"""
_POPULATIONS = """
  OPTIONAL {
    SELECT ?value (SUM(?people) AS ?population) (MIN(?year) AS ?populationYear) {
      VALUES ?value { %(values)s }
      ?place clvapit:situatedWithin* ?value ; passo:population ?people ; passo:populationYear ?yearOfCensus .
      BIND (STR(?yearOfCensus) AS ?year)
    }
    GROUP BY ?value
    HAVING (MIN(?year) = MAX(?year))
  }"""
"""The population of a place: its own, or that of the municipalities within, if all are of one year."""


def names_query(values: Iterable[str], populations: bool = False) -> str | None:
    """Return the query for those values that are IRIs; None if there are none.

    Args:
        values: of the dimensions of a comparison.
        populations: whether to compute the populations of places, which takes longer.
    """
    iris = " ".join(sorted(f"<{value}>" for value in set(values) if "://" in value))
    if not iris:
        return None
    return _QUERY % {"values": iris, "populations": _POPULATIONS % {"values": iris} if populations else ""}


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
