"""Define `Place`: one row of the tables in data/places, for look-ups by `place_index` and RDF by `place_description`."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Place:
    """A municipality, province, region or country; `within` is the code of the place that contains it."""

    code: str
    kind: str
    name: str
    other_name: str = ""
    other_language: str = ""
    also_known_as: tuple[str, ...] = ()
    name_en: str = ""
    abbreviation: str = ""
    within: str = ""
    former_codes: tuple[str, ...] = ()
    cadastral_code: str = ""
    nuts: str = ""
    alpha2: str = ""
    population: int | None = None
    population_year: int | None = None
    lat: Decimal | None = None
    lon: Decimal | None = None
    status: str = "current"

    @property
    def names(self) -> tuple[str, ...]:
        """All distinct names, the Italian one first; of a bilingual name also the pair `name/other_name`."""
        pair = f"{self.name}/{self.other_name}" if self.other_name else ""
        names = (self.name, self.other_name, pair, *self.also_known_as, self.name_en)
        return tuple(dict.fromkeys(filter(None, names)))
