"""Places are found by code and by name, and an ambiguous or unknown name finds no place."""

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.errors import MappingError
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.text_folding import fold

FOLDER = Path(__file__).parents[3] / "data" / "places"
PLACES = PlaceIndex.open(FOLDER)
MUNICIPALITIES = [place for place in PLACES if place.kind == "municipality"]
CURRENT = [place for place in MUNICIPALITIES if place.status == "current"]

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


def found(name: str, within: str | None = None, kind: str = "municipality") -> Place:
    place = PLACES.find(name, within, kind)
    assert place is not None, f"{name} is not found within {within}"
    return place


def region_code(place: Place) -> str:
    region = PLACES.region_of(place)
    assert region is not None
    return region.code


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
def test_a_current_or_former_code_is_resolved(code: str, name: str) -> None:
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
def test_an_unknown_code_finds_no_place(code: str) -> None:
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
def test_a_name_is_found_in_every_spelling(written: str, name: str) -> None:
    assert found(written, EMILIA_ROMAGNA).name == name


def test_every_current_municipality_is_found_in_its_region_by_each_of_its_names() -> None:
    assert not [name for place in CURRENT for name in place.names if PLACES.find(name, region_code(place)) is not place]


@given(st.sampled_from(CURRENT), st.randoms(use_true_random=False))
def test_every_current_municipality_is_found_in_its_region_in_every_spelling(
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
def test_a_bilingual_name_is_found_by_each_name_and_by_both(written: str) -> None:
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


def test_a_current_municipality_takes_precedence_over_an_abolished_one_of_the_same_name() -> None:
    assert {place.code for place in MUNICIPALITIES if place.name == "Sovizzo"} == {"024103", "024128"}
    assert found("Sovizzo", "05").code == "024128"


def test_an_abolished_municipality_is_found_if_no_current_one_has_its_name() -> None:
    assert found("Monteciccardo", "11").status == "abolished"


def test_a_former_name_is_found() -> None:
    assert found("Popoli", "13").name == "Popoli Terme"


def test_an_unknown_name_finds_no_place_and_has_suggestions() -> None:
    assert PLACES.find("Bonporto", EMILIA_ROMAGNA) is None
    assert PLACES.suggest("Bonporto", EMILIA_ROMAGNA)[0] == "Bomporto"
    assert PLACES.suggest("Castelfranco Emillia", EMILIA_ROMAGNA)[0] == "Castelfranco Emilia"


def test_suggestions_are_inside_the_region_and_limited_in_number() -> None:
    suggested = PLACES.suggest("San Giovanni", EMILIA_ROMAGNA, n=2)
    assert len(suggested) == 2
    assert all(PLACES.find(name, EMILIA_ROMAGNA) for name in suggested)


@pytest.mark.parametrize("name", ["", "   ", "Unione del Sorbara", "zzzzzz"])
def test_a_text_that_names_no_municipality_finds_none(name: str) -> None:
    assert PLACES.find(name, EMILIA_ROMAGNA) is None


@given(st.text())
def test_a_found_place_has_the_requested_name(name: str) -> None:
    asked = fold(name.replace("/", " "))
    for place in PLACES.candidates(name):
        assert asked in {fold(known.replace("/", " ")) for known in place.names}


def test_an_unknown_region_is_an_error() -> None:
    with pytest.raises(MappingError, match=r"no place has the code '8'; a region has two digits"):
        PLACES.find("Bomporto", within="8")


# --- Countries, and the region of comparison -------------------------------------------------------------------

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
    "08": "/Bologna, /Cervia, /Parma, /Reggio Emilia, /Reggio Emilio, /Riolo Terme, Bologna/Bologna, Bologna/Zola Predosa, Emilia-Romagna/, "
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
    "": "/, /Amiata Grossetano, /Figline Valdarno, /Meledugno, /San Cassiano (Lecce), /San Marcello Pistoiese",
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
def test_a_former_country_is_not_found(name: str) -> None:
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
def test_places_of_italy_are_found_by_english_names_and_with_the_word_for_their_kind(
    name: str, kind: str, code: str
) -> None:
    assert found(name, "ITA", kind).code == code


@pytest.mark.parametrize("name", ["Province of Nowhere", "Province of", "Region", "Provincia di Bologna e Modena"])
def test_the_word_for_a_kind_names_no_place(name: str) -> None:
    assert PLACES.candidates(name, kind="province") == PLACES.candidates(name, kind="region") == ()


@pytest.mark.parametrize(
    ("code", "case"), [(code, case) for code, cases in ITALIAN_CASES.items() for case in cases.split(", ")]
)
def test_the_region_of_comparison_of_an_italian_record(code: str, case: str) -> None:
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
def test_the_region_of_comparison_is_found_or_none(
    texts: tuple[str | None, str | None, str | None], code: str | None
) -> None:
    region = PLACES.comparison_region(*texts)
    assert (region and region.code) == code


@given(st.text(), st.text())
def test_the_region_of_comparison_of_any_italian_text_is_a_region_or_none(province: str, city: str) -> None:
    region = PLACES.comparison_region("Italia", province, city)
    assert region is None or region.kind == "region"
