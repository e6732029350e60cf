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

_COORDINATES = """PREFIX clvapit: <https://w3id.org/italia/onto/CLV/>
PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
SELECT ?value (AVG(?lat) AS ?latitude) (AVG(?long) AS ?longitude) {
  VALUES ?value { %(values)s }
  ?place clvapit:situatedWithin* ?value ; geo:lat ?lat ; geo:long ?long .
}
GROUP BY ?value
"""
"""The middle of the municipalities and cities within a place, or its own coordinates."""


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


def coordinates_query(values: Iterable[str]) -> str:
    """Return the query for the coordinates of places, given by their IRIs."""
    return _COORDINATES % {"values": " ".join(sorted(f"<{value}>" for value in set(values)))}


def read_coordinates(solutions: Iterable[Mapping[str, str]]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of places by IRI, from the solutions of `coordinates_query`."""
    return {
        each["value"]: (float(each["longitude"]), float(each["latitude"]))
        for each in solutions
        if {"value", "longitude", "latitude"} <= set(each)
    }


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
