"""Project longitudes and latitudes to the drawing of a map: plate carrée, scaled by the cosine of the middle latitude."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 900.0
"""Units of the drawing."""

_SMALLEST = 1.2
"""Degrees that a map shows at least."""
_MARGIN = 0.08
_LOWEST, _HIGHEST = 0.5, 0.85
"""The least and the greatest height of a map, by its width."""

Point = tuple[float, float]
"""Longitude and latitude in degrees, or x and y on the drawing."""


@dataclass(frozen=True)
class MapFrame:
    """The part of the world on a map, in degrees."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(cls, points: Sequence[Point]) -> "MapFrame":
        """The frame of some points with a margin, neither too flat nor too high."""
        longitudes, latitudes = [x for x, _ in points], [y for _, y in points]
        middle_x, middle_y = (min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2
        factor = _longitude_factor(middle_y)
        high = max(_SMALLEST, (max(latitudes) - min(latitudes)) * (1 + 2 * _MARGIN))
        wide = max(_SMALLEST, (max(longitudes) - min(longitudes)) * factor * (1 + 2 * _MARGIN))
        wide, high = max(wide, high / _HIGHEST), max(high, wide * _LOWEST)
        half_x, half_y = wide / factor / 2, high / 2
        return cls(middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)

    @property
    def scale(self) -> float:
        """Units of the drawing for a degree of latitude."""
        return WIDTH / ((self.east - self.west) * self.longitude_factor)

    @property
    def longitude_factor(self) -> float:
        """The length of a degree of longitude by that of a degree of latitude, at the middle latitude."""
        return _longitude_factor((self.south + self.north) / 2)

    @property
    def height(self) -> float:
        """Units of the drawing."""
        return (self.north - self.south) * self.scale

    def project(self, longitude: float, latitude: float) -> Point:
        """The position on the drawing."""
        return (longitude - self.west) * self.longitude_factor * self.scale, (self.north - latitude) * self.scale


def _longitude_factor(latitude: float) -> float:
    return max(0.05, math.cos(math.radians(latitude)))
