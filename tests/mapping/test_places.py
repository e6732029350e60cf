"""Places: the tables of data/places, the lookups over them, and what is said of a place in RDF."""

import random
import shutil
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from passo_lod.errors import MappingError, VocabularyError
from passo_lod.mapping.places import TABLES, Place, Places, describe, place_iri, place_quads
from passo_lod.namespaces import curie
from passo_lod.text_folding import fold

FOLDER = Path(__file__).parents[2] / "data" / "places"
PLACES = Places.open(FOLDER)
MUNICIPALITIES = [place for place in PLACES if place.kind == "municipality"]
CURRENT = [place for place in MUNICIPALITIES if place.status == "current"]
ABOLISHED = [place for place in MUNICIPALITIES if place.status == "abolished"]

BASE = "https://example.org/"
GRAPH = NamedNode("https://example.org/graph/places")
EMILIA_ROMAGNA = "08"

NAMED_IN_RECORDS = {
    "Bastiglia": "036001",
    "Bologna": "037006",
    "Bomporto": "036002",
    "Castelfranco Emilia": "036006",
    "Cattolica": "099002",
    "Fidenza": "034014",
    "Nonantola": "036027",
    "Piacenza": "033032",
    "Ravarino": "036034",
    "Ravenna": "039014",
    "Reggiolo": "035032",
    "Rimini": "099014",
    "San Cesario Sul Panaro": "036036",
    "Vezzano Sul Crostolo": "035043",
}

MUNICIPALITIES_BY_REGION = {
    "01": 1180, "02": 74, "03": 1502, "04": 282, "05": 560, "06": 215, "07": 234, "08": 330, "09": 273, "10": 92,
    "11": 225, "12": 378, "13": 305, "14": 136, "15": 550, "16": 257, "17": 131, "18": 404, "19": 391, "20": 377,
}  # fmt: skip


def found(name: str, within: str | None = None, kind: str = "municipality") -> Place:
    place = PLACES.find(name, within, kind)
    assert place is not None, f"{name} is not found within {within}"
    return place


def region_code(place: Place) -> str:
    region = PLACES.region_of(place)
    assert region is not None
    return region.code


# --- The tables -------------------------------------------------------------------------------------------------------


def test_every_municipality_lies_in_a_province_a_region_and_a_country() -> None:
    for place in MUNICIPALITIES:
        assert [step.kind for step in PLACES.ancestry(place)] == ["municipality", "province", "region", "country"]


def test_a_current_municipality_begins_with_the_code_of_its_province() -> None:
    assert all(place.code.startswith(place.within) for place in CURRENT)


def test_codes_and_former_codes_name_one_place_each() -> None:
    codes = [code for place in PLACES for code in (place.code, *place.former_codes)]
    assert len(codes) == len(set(codes))


def test_municipalities_are_counted_as_measured() -> None:
    assert Counter(region_code(place) for place in CURRENT) == MUNICIPALITIES_BY_REGION
    assert Counter(place.kind for place in PLACES) == {
        "municipality": 7911,
        "province": 107,
        "region": 20,
        "country": 249,
    }
    assert len(ABOLISHED) == 15


def test_the_population_is_that_of_the_2011_census() -> None:
    assert sum(place.population or 0 for place in MUNICIPALITIES) == 59_433_744
    assert {place.population_year for place in MUNICIPALITIES if place.population is not None} == {2011}


def test_no_population_has_no_year() -> None:
    unknown = [place for place in MUNICIPALITIES if place.population is None]
    assert {place.population_year for place in unknown} == {None}
    assert len(unknown) == 7


def test_centroids_lie_in_italy() -> None:
    located = [(place.lat, place.lon) for place in MUNICIPALITIES if place.lat is not None and place.lon is not None]
    assert len(located) == 7898
    assert all(35 < lat < 48 and 6 < lon < 19 for lat, lon in located)


@pytest.mark.parametrize("kind", ["province", "region", "country"])
def test_a_nuts_code_names_one_place_of_a_kind(kind: str) -> None:
    """It is published as skos:exactMatch, which would make two places with one code the same."""
    codes = [place.nuts for place in PLACES if place.kind == kind and place.nuts]
    assert len(codes) == len(set(codes))


def test_the_nuts_codes_of_a_municipality_its_province_and_its_region_agree() -> None:
    for place in CURRENT:
        _, province, region, country = PLACES.ancestry(place)
        assert place.nuts == province.nuts
        assert region.nuts in ("", province.nuts[:4])
        assert province.nuts.startswith(country.nuts)


def test_only_trentino_alto_adige_has_no_single_nuts_2_area() -> None:
    assert [place.name for place in PLACES if place.kind == "region" and not place.nuts] == ["Trentino-Alto Adige"]


@pytest.mark.parametrize("file", [table.file for table in TABLES])
def test_a_table_is_sorted_by_code_has_unix_lines_and_stays_small(file: str) -> None:
    text = (FOLDER / file).read_bytes()
    codes = [line.split(b",")[0] for line in text.splitlines()[1:]]
    assert codes == sorted(codes)
    assert b"\r" not in text
    assert text.endswith(b"\n")
    assert len(text) < 1_000_000


def test_no_name_holds_a_damaged_letter() -> None:
    letters = {character for place in PLACES for name in place.names for character in name}
    assert not [letter for letter in letters if letter in "?\ufffd" or unicodedata.category(letter).startswith("C")]


# --- Finding by code --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("099021", "Casteldelci"),
        ("041011", "Casteldelci"),
        ("041033", "Montecopiolo"),
        ("036", "Modena"),
        ("ITA", "Italia"),
    ],
)
def test_a_code_is_resolved_whether_current_or_former(code: str, name: str) -> None:
    place = PLACES.by_code(code)
    assert place is not None
    assert place.name == name


def test_a_former_code_leads_to_the_current_place() -> None:
    assert PLACES.by_code("041011") is PLACES.by_code("099021")


def test_an_abolished_municipality_keeps_its_own_code() -> None:
    place = PLACES.by_code("041032")
    assert place is not None
    assert (place.name, place.status) == ("Monteciccardo", "abolished")


@pytest.mark.parametrize("code", ["", "36002", "999999", "it", "036002 "])
def test_an_unknown_code_is_not_guessed(code: str) -> None:
    assert PLACES.by_code(code) is None


# --- Finding by name --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "code"), NAMED_IN_RECORDS.items())
@pytest.mark.parametrize("written", [str, str.upper, str.lower, str.title], ids=lambda written: written.__name__)
def test_municipalities_named_in_the_records_resolve(name: str, code: str, written: type[str]) -> None:
    assert found(written(name), EMILIA_ROMAGNA).code == code


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Forli'", "Forlì"),
        ("FORLI’", "Forlì"),
        ("Forli`", "Forlì"),
        ("Forli´", "Forlì"),
        ("Forli", "Forlì"),
        ("Forli\u0300", "Forlì"),
        ("Sant’Agata Bolognese", "Sant'Agata Bolognese"),
        ("Sant' Agata  Bolognese", "Sant'Agata Bolognese"),
        ("Montescudo - Monte Colombo", "Montescudo-Monte Colombo"),
        ("Montescudo–Monte\u00a0Colombo", "Montescudo-Monte Colombo"),
        ("Reggio Emilia", "Reggio nell'Emilia"),
    ],
)
def test_one_name_is_found_however_it_is_written(written: str, name: str) -> None:
    assert found(written, EMILIA_ROMAGNA).name == name


def test_every_current_municipality_is_found_in_its_region_by_each_of_its_names() -> None:
    assert not [name for place in CURRENT for name in place.names if PLACES.find(name, region_code(place)) is not place]


@given(st.sampled_from(CURRENT), st.randoms(use_true_random=False))
def test_every_current_municipality_is_found_in_its_region_however_it_is_written(
    place: Place, chance: random.Random
) -> None:
    written = rewritten(place.name, chance)
    assert PLACES.find(written, region_code(place)) is place, written


def rewritten(name: str, chance: random.Random) -> str:
    """The name as some keyboard might have written it."""
    return "".join(
        chance.choice(spellings(character, after)) for character, after in zip(name, name[1:] + " ", strict=True)
    )


def spellings(character: str, after: str) -> list[str]:
    if character in "'- ":
        return {"'": ["'", "’", "‘", "`", "´", "' "], "-": ["-", " ", "–", " - "], " ": [" ", "  ", "\u00a0"]}[
            character
        ]
    plain = unicodedata.normalize("NFD", character)[0]
    spelt = [character, character.upper(), character.lower(), plain, unicodedata.normalize("NFD", character)]
    return [*spelt, plain + "'"] if plain != character and after == " " else spelt


@pytest.mark.parametrize(
    ("name", "regions"),
    [
        ("Livo", {"03", "04"}),
        ("Samone", {"01", "04"}),
        ("Castro", {"03", "16"}),
        ("Peglio", {"03", "11"}),
        ("San Teodoro", {"19", "20"}),
        ("Calliano", {"01", "04"}),  # Calliano in Piemonte is Calliano Monferrato by now
    ],
)
def test_one_name_in_two_regions_is_found_only_within_one_of_them(name: str, regions: set[str]) -> None:
    assert PLACES.find(name) is None
    assert PLACES.find(name, "ITA") is None
    assert {region_code(place) for place in PLACES.candidates(name)} == regions
    assert all(region_code(found(name, region)) == region for region in regions)


def test_a_municipality_is_not_found_within_another_region() -> None:
    assert PLACES.find("Bomporto", "09") is None
    assert PLACES.candidates("Bomporto", "09") == ()


@pytest.mark.parametrize("within", ["036", "08", "ITA", None])
def test_a_municipality_is_found_within_its_province_its_region_and_its_country(within: str | None) -> None:
    assert found("Bomporto", within).code == "036002"


@pytest.mark.parametrize("written", ["Bolzano", "Bozen", "BOLZANO/BOZEN", "Bolzano / Bozen", "Bolzano - Bozen"])
def test_a_bilingual_name_is_found_by_its_halves_and_whole(written: str) -> None:
    assert found(written, "04").code == "021008"
    assert found(written, "04", kind="province").code == "021"


@pytest.mark.parametrize(
    ("written", "kind", "code"),
    [
        ("Emilia Romagna", "region", "08"),
        ("Tuscany", "region", "09"),
        ("Valle d’Aosta", "region", "02"),
        ("Vallée d'Aoste", "region", "02"),
        ("SÜDTIROL", "region", "04"),
        ("Forli'-Cesena", "province", "040"),
        ("Italy", "country", "ITA"),
    ],
)
def test_provinces_regions_and_countries_are_found_by_name_too(written: str, kind: str, code: str) -> None:
    assert found(written, kind=kind).code == code


def test_a_current_municipality_goes_before_an_abolished_one_of_the_same_name() -> None:
    assert {place.code for place in MUNICIPALITIES if place.name == "Sovizzo"} == {"024103", "024128"}
    assert found("Sovizzo", "05").code == "024128"


def test_an_abolished_municipality_is_found_where_no_current_one_bears_its_name() -> None:
    assert found("Monteciccardo", "11").status == "abolished"


def test_a_former_name_is_found() -> None:
    assert found("Popoli", "13").name == "Popoli Terme"


def test_an_unknown_name_is_none_and_has_suggestions() -> None:
    assert PLACES.find("Bonporto", EMILIA_ROMAGNA) is None
    assert PLACES.suggest("Bonporto", EMILIA_ROMAGNA)[0] == "Bomporto"
    assert PLACES.suggest("Castelfranco Emillia", EMILIA_ROMAGNA)[0] == "Castelfranco Emilia"


def test_suggestions_stay_inside_the_region_and_are_no_more_than_asked() -> None:
    suggested = PLACES.suggest("San Giovanni", EMILIA_ROMAGNA, n=2)
    assert len(suggested) == 2
    assert all(PLACES.find(name, EMILIA_ROMAGNA) for name in suggested)


@pytest.mark.parametrize("name", ["", "   ", "Unione del Sorbara", "zzzzzz"])
def test_what_names_no_municipality_is_not_guessed(name: str) -> None:
    assert PLACES.find(name, EMILIA_ROMAGNA) is None


@given(st.text())
def test_what_is_found_bears_the_name_that_was_asked_for(name: str) -> None:
    asked = fold(name.replace("/", " "))
    for place in PLACES.candidates(name):
        assert asked in {fold(known.replace("/", " ")) for known in place.names}


def test_an_unknown_region_is_a_wrong_call() -> None:
    with pytest.raises(MappingError, match=r"no place has the code '8'; a region has two digits"):
        PLACES.find("Bomporto", within="8")


# --- Countries, and the region a process counts under -------------------------------------------------------------------

# Spellings in the case data of Participedia (2017 and 2022) that are not the English name of the table.
COUNTRIES_IN_RECORDS = {
    "Argentinien": "ARG", "Belgique": "BEL", "België": "BEL", "Bolivien": "BOL", "Brasil": "BRA", "Cape Verde": "CPV",
    "中国": "CHN", "Czech Republic": "CZE", "Tchéquia": "CZE", "Deutschland": "DEU", "Germania": "DEU", "España": "ESP",
    "Italia": "ITA", "Mexiko": "MEX", "Myanmar (Burma)": "MMR", "Nederland": "NLD", "Republic of North Macedonia": "MKD",
    "Palestinian Territory": "PSE", "Polska": "POL", "Regno Unito": "GBR", "Stati Uniti": "USA", "Suisse": "CHE",
    "Turkey": "TUR", "Türkiye": "TUR", "Uruguai": "URY",
}  # fmt: skip

# The other spellings there.
COUNTRIES_BY_ENGLISH_NAME = (
    "Afghanistan, Albania, Argentina, Australia, Austria, Bangladesh, Belgium, Benin, Bolivia, Bosnia and Herzegovina, Brazil, "
    "Bulgaria, Cambodia, Cameroon, Canada, Chile, China, Colombia, Costa Rica, Croatia, Cyprus, Czechia, "
    "Democratic Republic of the Congo, Denmark, Dominican Republic, Ecuador, Egypt, El Salvador, Estonia, Ethiopia, Finland, "
    "France, Georgia, Germany, Ghana, Greece, Greenland, Grenada, Guatemala, Honduras, Hong Kong, Hungary, Iceland, India, "
    "Indonesia, Iran, Iraq, Ireland, Israel, Italy, Japan, Jersey, Kenya, Kuwait, Latvia, Lebanon, Lesotho, Liberia, Libya, "
    "Lithuania, Luxembourg, Macao, Madagascar, Malawi, Malaysia, Maldives, Mauritius, Mexico, Moldova, Mongolia, Morocco, "
    "Mozambique, Namibia, Nepal, Netherlands, New Zealand, Nicaragua, Niger, Nigeria, North Korea, North Macedonia, Norway, "
    "Oman, Pakistan, Panama, Paraguay, Peru, Philippines, Poland, Portugal, Puerto Rico, Romania, Russia, Rwanda, Senegal, "
    "Serbia, Sierra Leone, Singapore, Slovakia, Slovenia, Solomon Islands, Somalia, South Africa, South Korea, Spain, "
    "Sri Lanka, Sweden, Switzerland, Syria, Taiwan, Tanzania, Thailand, Tunisia, Uganda, Ukraine, United Arab Emirates, "
    "United Kingdom, United States, Uruguay, Vanuatu, Venezuela, Vietnam, Yemen, Zambia, Zimbabwe"
)

# Every pair of province and city of the Italian cases there, by the region it tells; the last ones tell none.
ITALIAN_CASES = {
    "01": "Piedmont/Rivalta di Torino, Piedmont/Turin, Piemonte/Ivrea, Piemonte/Torino, Piemonte/Vercelli, "
    "Torino/Rivalta di Torino, Torino/Turin",
    "02": "Aosta/Aosta",
    "03": "/Milan, /Milano, Lombardia/Bergamo, Lombardia/Desio, Lombardia/Milano, Lombardia/Sesto San Giovanni, Pavia/Pavia",
    "04": "Bolzano/bolzano, Trentino-Alto Adige/Bolzano, Trentino-Alto Adige/Trento, Trentino-South Tyrol/, "
    "Trentino-South Tyrol/Sanzeno",
    "05": "/Mira, /Venezia, /Venice, /Vicenza, Belluno/Feltre, Veneto/Mira, Veneto/Venezia",
    "06": "/Udine, Udine/Pozzuolo del Friuli",
    "07": "/Imperia, /Rialto, Genova/Genova, Liguria/, Liguria/Genova",
    "08": "/Bologna, /Cervia, /Parma, /Reggio Emilia, /Riolo Terme, Bologna/Bologna, Bologna/Zola Predosa, Emilia-Romagna/, "
    "Emilia-Romagna/Bologna, Emilia-Romagna/Cattolica, Emilia-Romagna/Faenza, Emilia-Romagna/Forli, "
    "Emilia-Romagna/Monghidoro, Emilia-Romagna/Monteveglio, Emilia-Romagna/Vignola, Forlì-Cesena/Forli, "
    "Forlì-Cesena/Forlì, Modena/Soliera, Reggio Emilia/",
    "09": "/Arezzo, /Buonconvento, /Carrara, /Certaldo, /Colle di Val d'Elsa, /Fivizzano, /Florence, /Livorno, /Massarosa, "
    "/Montale, /Montemurlo, /Piombino, /Pistoia, /Uzzano, /Vecchiano, Arezzo/Casentino, Grosseto/Scansano, Livorno/, "
    "Lucca/Forte dei Marmi, Lucca/capannori, Pistoia/Ponte Buggianese, Toscana/, Toscana/Arezzo, Toscana/Barga, "
    "Toscana/Firenze, Toscana/Livorno, Toscana/Perignano, Toscana/Sassalbo, Toscana/Signa, Tuscany/, Tuscany/Florence, "
    "Tuscany/San Casciano In Val di Pesa",
    "10": "/Foligno, Perugia/Perugia",
    "11": "/Ancona, Marche/Camerino, Marche/Fano",
    "12": "/Rome, Frosinone/Ceprano, Lazio/Roma, Lazio/Rome",
    "13": "Abruzzo/L'Aquila, L'Aquila/L'Aquila",
    "14": "/Termoli, Molise/Termoli",
    "15": "Campania/Napoli, Napoli/Naples, Napoli/Napoli",
    "16": "Apulia/, Bari/Bari, Bari/Casamassima, Lecce/Galatina, Puglia/Bari, Puglia/Bitonto, Puglia/Carapelle, "
    "Puglia/Leverano, Puglia/San Vito dei Normanni, Puglia/Taranto",
    "17": "Basilicata/Melfi",
    "19": "/Mazara del Vallo, /San Giuseppe Jato, Palermo/Palermo, Sicilia/Canicattini Bagni, Sicilia/Messina",
    "20": "/Olbia, Olbia-Tempio/Olbia, Sardegna/Cagliari, Sardegna/Sassari",
    "": "/, /Amiata Grossetano, /Figline Valdarno, /Meledugno, /Reggio Emilio, /San Cassiano (Lecce), /San Marcello Pistoiese",
}


@pytest.mark.parametrize(("name", "code"), COUNTRIES_IN_RECORDS.items())
def test_a_country_is_found_by_the_spellings_of_records(name: str, code: str) -> None:
    assert found(name, kind="country").code == code


@pytest.mark.parametrize("name", COUNTRIES_BY_ENGLISH_NAME.split(", "))
def test_a_country_is_found_by_its_english_name(name: str) -> None:
    assert found(name, kind="country").name_en == name


@pytest.mark.parametrize("name", ["England", "Scotland", "Galles", "Irlanda del Nord", "UK", "GB", "gbr"])
def test_parts_of_the_united_kingdom_and_its_codes_resolve_to_it(name: str) -> None:
    assert found(name, kind="country").code == "GBR"


@pytest.mark.parametrize("name", ["", "Europe", "European Union", "Atlantis", "Tuscany", "Yugoslavia"])
def test_what_is_no_country_of_today_is_not_one(name: str) -> None:
    assert PLACES.find(name, kind="country") is None


def test_every_country_is_found_by_each_of_its_names_and_codes() -> None:
    for country in (place for place in PLACES if place.kind == "country"):
        for name in (*country.names, country.code, country.alpha2):
            assert found(name, kind="country") is country


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("Tuscany", "region", "09"),
        ("Toscana", "region", "09"),
        ("Regione Toscana", "region", "09"),
        ("Tuscany Region", "region", "09"),
        ("Sicily", "region", "19"),
        ("Piedmont", "region", "01"),
        ("Lombardy", "region", "03"),
        ("Apulia", "region", "16"),
        ("Friuli Venezia Giulia", "region", "06"),
        ("Lucca", "province", "046"),
        ("Province of Bologna", "province", "037"),
        ("Provincia di Bologna", "province", "037"),
        ("Città metropolitana di Bologna", "province", "037"),
        ("Provincia autonoma di Trento", "province", "022"),
        ("Florence", "province", "048"),
        ("Florence", "municipality", "048017"),
        ("Turin", "municipality", "001272"),
    ],
)
def test_places_of_italy_are_found_by_english_names_and_with_their_kind(name: str, kind: str, code: str) -> None:
    assert found(name, "ITA", kind).code == code


@pytest.mark.parametrize("name", ["Province of Nowhere", "Province of", "Region", "Provincia di Bologna e Modena"])
def test_the_word_for_a_kind_names_no_place(name: str) -> None:
    assert PLACES.candidates(name, kind="province") == PLACES.candidates(name, kind="region") == ()


@pytest.mark.parametrize(
    ("code", "case"), [(code, case) for code, cases in ITALIAN_CASES.items() for case in cases.split(", ")]
)
def test_an_italian_case_counts_under_the_region_its_texts_tell(code: str, case: str) -> None:
    province, city = case.split("/")
    region = PLACES.comparison_region("Italy", province, city)
    assert (region.code if region else "") == code


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (("Canada", "British Columbia", "Vancouver"), "CAN"),
        (("Regno Unito", "England", None), "GBR"),
        (("Belgique", None, "Modena"), "BEL"),
        (("", "Toscana", "Firenze"), None),
        ((None, None, None), None),
        (("Europe", None, "Bologna"), None),
        (("Italy", None, None), None),
        (("Italy", None, "Castro"), None),  # one in Lombardia, one in Puglia
        (("Italy", "Lecce", "Castro"), "16"),
        (("Italy", "Olbia-Tempio", "Olbia"), "20"),  # a province that is no more: the city tells
        (("Italy", "Tuscany", "Bologna"), "09"),  # the larger place goes first
    ],
)
def test_a_region_is_told_or_not_known(texts: tuple[str | None, str | None, str | None], code: str | None) -> None:
    region = PLACES.comparison_region(*texts)
    assert (region and region.code) == code


@given(st.text(), st.text())
def test_whatever_an_italian_record_says_the_answer_is_a_region_or_nothing(province: str, city: str) -> None:
    region = PLACES.comparison_region("Italia", province, city)
    assert region is None or region.kind == "region"


def test_a_country_is_described() -> None:
    assert statements("BEL") >= {
        (curie("rdf:type"), curie("clvapit:Country")),
        (curie("skos:prefLabel"), Literal("Belgio", language="it")),
        (curie("skos:prefLabel"), Literal("Belgium", language="en")),
        (curie("skos:altLabel"), Literal("België")),
        (curie("skos:altLabel"), Literal("BE")),
        (curie("skos:notation"), Literal("BEL")),
        (curie("skos:exactMatch"), NamedNode("http://publications.europa.eu/resource/authority/country/BEL")),
        (curie("skos:exactMatch"), NamedNode("http://data.europa.eu/nuts/code/BE")),
    }


# --- Folding ----------------------------------------------------------------------------------------------------------


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_folding_does_not_depend_on_the_unicode_form(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


# --- Errors of the tables ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("regions.csv", "08,Emilia", "8,Emilia", r"regions\.csv, line 9: '8' is not the code of a region"),
        ("regions.csv", "09,Toscana", "08,Toscana", r"regions\.csv, line 10: the code 08 is already that of .*line 9"),
        (
            "regions.csv",
            "nuts2",
            "nuts",
            r"regions\.csv, line 1: the columns are 'code .* nuts'; expected 'code .* nuts2'",
        ),
        ("provinces.csv", ",MO,08,", ",MO,88,", r"provinces\.csv, line 37: the region '88' is in no table"),
        ("provinces.csv", ",MO,08,", ",08,", r"provinces\.csv, line 37: 7 cells; expected 8"),
        ("countries.csv", "ABW,AW", "Abw,AW", r"countries\.csv, line 2: 'Abw' is not the code of a country"),
        ("countries.csv", ",Aruba,", ", ,", r"countries\.csv, line 2: name is empty"),
        ("municipalities.csv", ",2644,", ",many,", r"municipalities\.csv, line 2: population 'many' is no such number"),
        ("municipalities.csv", ",45.3659,", ",453659,", r"municipalities\.csv, line 2: lat '453659' is no such number"),
        ("municipalities.csv", ",45.3659,", ",NaN,", r"municipalities\.csv, line 2: lat 'NaN' is no such number"),
        ("municipalities.csv", ",abolished", ",gone", r"status 'gone'; expected one of current, abolished"),
        ("municipalities.csv", "Agliè", "Agli\udce8", r"municipalities\.csv: byte \d+ is not UTF-8"),
    ],
)
def test_a_wrong_line_is_named(file: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "places"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(VocabularyError, match=message):
        Places.open(folder)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"countries\.csv: missing; the places need countries\.csv, regions\.csv"):
        Places.open(tmp_path)


# --- RDF --------------------------------------------------------------------------------------------------------------


def statements(code: str) -> set[tuple[NamedNode, object]]:
    place = PLACES.by_code(code)
    assert place is not None
    return {(triple.predicate, triple.object) for triple in describe(BASE, place)}


@pytest.mark.parametrize(
    ("code", "local_name"),
    [
        ("036002", "istat-036002"),
        ("036", "istat-036"),
        ("08", "istat-08"),
        ("ITA", "country-ita"),
        ("041011", "istat-099021"),
    ],
)
def test_a_place_has_an_iri_made_of_its_code(code: str, local_name: str) -> None:
    place = PLACES.by_code(code)
    assert place is not None
    assert place_iri(BASE, place).value == f"https://example.org/id/place/{local_name}"


def test_a_municipality_is_described() -> None:
    assert statements("036002") == {
        (curie("rdf:type"), curie("clvapit:City")),
        (curie("rdf:type"), curie("dct:Location")),
        (curie("rdf:type"), curie("skos:Concept")),
        (curie("skos:prefLabel"), Literal("Bomporto", language="it")),
        (curie("skos:notation"), Literal("036002")),
        (curie("clvapit:situatedWithin"), NamedNode("https://example.org/id/place/istat-036")),
        (curie("geo:lat"), Literal("44.7528", datatype=curie("xsd:decimal"))),
        (curie("geo:long"), Literal("11.0472", datatype=curie("xsd:decimal"))),
        (curie("passo:population"), Literal("9761", datatype=curie("xsd:integer"))),
        (curie("passo:populationYear"), Literal("2011", datatype=curie("xsd:gYear"))),
        (curie("skos:exactMatch"), NamedNode("http://dati.isprambiente.it/id/place/36002")),
    }


def test_a_province_is_described() -> None:
    assert statements("036") == {
        (curie("rdf:type"), curie("clvapit:Province")),
        (curie("rdf:type"), curie("dct:Location")),
        (curie("rdf:type"), curie("skos:Concept")),
        (curie("skos:prefLabel"), Literal("Modena", language="it")),
        (curie("skos:altLabel"), Literal("MO")),
        (curie("skos:notation"), Literal("036")),
        (curie("clvapit:situatedWithin"), NamedNode("https://example.org/id/place/istat-08")),
        (
            curie("skos:exactMatch"),
            NamedNode("https://w3id.org/italia/controlled-vocabulary/territorial-classifications/provinces/036"),
        ),
        (curie("skos:exactMatch"), NamedNode("http://data.europa.eu/nuts/code/ITH54")),
    }


def test_a_region_has_labels_in_its_languages_and_lies_in_the_country() -> None:
    said = statements("02")
    assert (curie("skos:prefLabel"), Literal("Valle d'Aosta", language="it")) in said
    assert (curie("skos:prefLabel"), Literal("Aosta Valley", language="en")) in said
    assert (curie("skos:altLabel"), Literal("Vallée d'Aoste", language="fr")) in said
    assert (curie("clvapit:situatedWithin"), NamedNode("https://example.org/id/place/country-ita")) in said


def test_the_country_matches_the_european_authority_table() -> None:
    country = NamedNode("http://publications.europa.eu/resource/authority/country/ITA")
    assert (curie("skos:exactMatch"), country) in statements("ITA")


def test_former_codes_and_other_names_are_said() -> None:
    assert (curie("passo:formerCode"), Literal("041011")) in statements("099021")
    assert (curie("skos:altLabel"), Literal("Bozen", language="de")) in statements("021008")
    assert (curie("skos:altLabel"), Literal("Popoli")) in statements("068033")


def test_exactly_the_abolished_ones_are_deprecated(quads: list[Quad]) -> None:
    deprecated = {quad.subject for quad in quads if quad.predicate == curie("owl:deprecated")}
    assert deprecated == {place_iri(BASE, place) for place in ABOLISHED}


def test_quads_have_no_blank_nodes_and_one_graph(quads: list[Quad]) -> None:
    assert not [quad for quad in quads if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)]
    assert {quad.graph_name for quad in quads} == {GRAPH}


def test_the_same_places_give_the_same_quads_in_the_same_order(quads: list[Quad]) -> None:
    assert list(place_quads(BASE, Places.open(FOLDER), GRAPH)) == quads


def test_no_statement_is_made_twice(quads: list[Quad]) -> None:
    assert len(quads) == len(set(quads))


def test_every_own_place_a_statement_points_to_is_described(quads: list[Quad]) -> None:
    described = {quad.subject for quad in quads}
    pointed = {
        quad.object for quad in quads if isinstance(quad.object, NamedNode) and quad.object.value.startswith(BASE)
    }
    assert pointed <= described


def test_a_place_has_one_preferred_label_in_a_language_and_no_other_label_repeats_it(quads: list[Quad]) -> None:
    preferred = [(quad.subject, quad.object) for quad in quads if quad.predicate == curie("skos:prefLabel")]
    other = {(quad.subject, quad.object) for quad in quads if quad.predicate == curie("skos:altLabel")}
    languages = Counter((subject, label.language) for subject, label in preferred if isinstance(label, Literal))
    assert set(languages.values()) == {1}
    assert not other & set(preferred)


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(place_quads(BASE, PLACES, GRAPH))
