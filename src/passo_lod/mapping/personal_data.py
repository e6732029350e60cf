"""Patterns of contact details, identifiers and circumstances of persons, in Italian, English, Spanish and French, for `redaction`.

Each pattern begins at a fixed character or word and has bounded repetitions: its time is linear in the length of the text.
"""

import re
from collections.abc import Collection, Iterator

Span = tuple[int, int]
"""Begin and end of a place in a text."""

# Groups of two digits or more after a prefix of three or four; of three or more after 02 and 06, since `02-03-2020` is a day.
_LANDLINE = r"0[0-9]{1,3}\)?[\s./-]\s?(?:[0-9]{5,8}|[0-9]{3,4}(?:[ -][0-9]{2,4}){1,2})|0[0-9]{2,3}[\s./-][0-9]{2}(?:[ -][0-9]{2,3}){2,3}"
_MOBILE = r"3[0-9]{2}[\s./-]\s?(?:[0-9]{5,8}|[0-9]{2,4}(?:[ -][0-9]{2,4}){1,3})"
_FRENCH = r"0[1-79](?:[ .-][0-9]{2}){4}"
_SPANISH = r"[679][0-9]{2}(?:[ .-][0-9]{3}){2}|[679][0-9]{2}(?:[ -][0-9]{2}){3}"
_BRITISH = r"\(?0[0-9]{2,4}\)? [0-9]{3,4} [0-9]{3,4}|07[0-9]{3} [0-9]{6}"
_AMERICAN = r"\([0-9]{3}\) ?[0-9]{3}-[0-9]{4}|[2-9][0-9]{2}-[0-9]{3}-[0-9]{4}"
_NUMBER_WORDS = (
    "tel|tél|cell|fax|ph|telefono|teléfono|téléphone|telephone|phone|mobile|móvil|portable|cellulare|whatsapp|telegram|"
    "telefonare al|chiamare il|chiamare al|call|appeler le|llamar al"
)
# Not numbers of something: an amount, or a count of persons.
_NO_UNIT = r"(?!\s?(?:€|%|eur|people|person|abitant|habitant|citizen|cittadin|ciudadan|citoyen|voti|votes|votos))"

_STREET = (
    r"(?i:via|viale|v\.le|piazza|p\.zza|piazzale|piazzetta|corso|c\.so|vicolo|largo|strada|borgo|contrada|località|frazione|"
    r"calle|c/|avenida|avda\.?|plaza|paseo|camino|rue|avenue|boulevard|bd|place|allée|chemin|impasse|quai)"
)
_ENGLISH_STREET = r"(?:Street|St|Road|Rd|Lane|Avenue|Ave|Drive|Close|Crescent|Court|Gardens|Terrace|Way|Square|Place)"
_ADDRESS = (
    rf"(?:{_STREET}\s[^;:()\n\d]{{1,50}}[0-9]{{1,4}}(?:\s?/\s?\w{{1,3}}|\s?[A-Za-z]\b)?"
    rf"|[0-9]{{1,4}}(?:\s?(?:bis|ter))?,?\s{_STREET}\s[^.;:()\n\d,]{{1,50}}"
    rf"|[0-9]{{1,4}}[A-Za-z]?,?\s(?:[A-Z][\w'’-]{{1,20}}\s){{1,3}}{_ENGLISH_STREET}\b)"
    r"(?:,?\s[0-9]{1,2}\.?\s?[ºª°](?:\s?[A-Z]\b)?)?(?:,?\s(?:int|interno|apt|appt|piso|flat|floor)\.?\s?[\w°º]{1,5})?(?:,?\s(?:[0-9]{5}|[A-Z]{1,2}[0-9]{1,2}\s[0-9][A-Z]{2})\b)?"
    r"(?:,?\s[A-ZÀ-Ý][\w'’-]{1,30}\b){0,2}"
)
_HOME = (
    r"(?i:\b(?:resident[ei]?|residenza|residenti|abita|abitano|abitante|abitava|abitazione|domiciliat[oa]|domicilio|vive|vivono|casa (?:sua|mia|loro|in|di)|"
    r"indirizzo (?:di casa|privato|personale|abitazione)|recapito|domicilié[es]?|habite|habitent|demeurant|réside|chez lui|chez elle|"
    r"reside|residentes?|domiciliad[oa]|viven|su casa|lives|living|resides|residing|home(?: address)?|"
    r"house|dwelling|adresse personnelle|domicile|dirección particular)\b)"
)
_DAY = (
    r"(?:[0-9]{1,2}(?:°|º|er|st|nd|rd|th)?[\s./-](?:de\s)?(?:[0-9]{1,2}|[A-Za-zéûç]{3,10})[\s./,-]{1,2}(?:de\s|del\s)?(?:19|20)?[0-9]{2}\b"
    r"|(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}|[A-Z][a-z]{2,8}\s[0-9]{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)[0-9]{2})"
)
_PLACE = r"[A-ZÀ-Ý][\w'’-]{1,25}(?:\s(?:d[ei]l?l?a?\s|d'|sur\s|in\s|de\s)?[A-ZÀ-Ý][\w'’-]{1,25}){0,3}(?:\s\([A-Za-z ]{2,20}\))?"
_CODE = r"(?=[A-Z]{0,5}[ -]?[0-9])[A-Z0-9](?:[ /-]?[A-Z0-9]){5,20}\b"
_BODY_WORDS = (
    "comun|region|provinc|citta|città|city|ville|ciudad|municip|ayunt|mairie|council|unione|union|ente|istitut|univers|scuol|school|"
    "assoc|partecip|particip|progett|proget|project|projet|proyect|osservator|observator|europ|bibliote|museo|museum|ausl|gov|parco|"
    "quartier|district|centro|forum|rete|consult|festival|fondaz|fundac|coop|comitat|comite"
)

PATTERNS: dict[str, re.Pattern[str]] = {
    "e-mail address": re.compile(
        r"(?<![\w.+%-])[\w.+-]+(?:@|＠|%40|&#64;)[\w-]+(?:\.[\w-]+)+"
        r"|(?<![\w.+-])[\w.+-]{1,64}\s?(?:[\[({<]\s?(?i:a|at|chiocciola|arroba|arobase|@)\s?[\])}>]|\s@\s|@\s|\s@)\s?"
        r"[\w-]{1,63}(?:\s?(?:\.|[\[({<]\s?(?i:dot|punto|point|\.)\s?[\])}>])\s?[\w-]{1,63}){1,4}"
        r"|(?<![\w.+-])(?:[\w.+-]{1,64}\s(?i:dot|punto|point)\s)?[\w.+-]{1,64}\s(?i:at|chiocciola|arroba|arobase)\s[\w-]{1,63}(?:\s(?i:dot|punto|point)\s[\w-]{1,63}){1,4}"
        r"|(?<![\w.+-])[\w.+-]{1,64}_(?:AT|at|Q)_[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
        r"|(?<![\w.+-])[\w.+-]{1,64}\s(?i:chiocciola|arroba|arobase)\s[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
    ),
    "fiscal code": re.compile(
        r"\b[A-Z]{3}[\s-]?[A-Z]{3}[\s-]?[0-9LMNP-V]{2}[\s-]?[A-EHLMPRST][\s-]?[0-9LMNP-V]{2}[\s-]?[A-Z][\s-]?[0-9LMNP-V]{3}[\s-]?[A-Z]\b",
        re.IGNORECASE,
    ),
    "IBAN": re.compile(
        r"\bIT[0-9]{2}\s?[A-Z]\s?(?:[0-9]\s?){10}(?:[A-Z0-9]\s?){11}[A-Z0-9]\b"
        r"|\b(?:AT|BE|CH|DE|ES|FR|GB|IE|LU|MT|NL|PT|SM)[0-9]{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b"
    ),
    "telephone number": re.compile(
        rf"\b(?:{_NUMBER_WORDS})\b[.:]?(?:\s?(?:n\.|numero|number|numéro|número))?\s*[+(]?[0-9][0-9\s./()-]{{4,18}}[0-9]"
        rf"|\(?(?:\+[1-9][0-9]{{0,2}}|\b00(?:39|33|34|44|1|41|49|43|32|351|353|355|40|212|216|221|380))\)?[\s.-]?\(?[0-9][0-9\s./()-]{{5,14}}[0-9]{_NO_UNIT}"
        rf"|(?<![\w/.,-])\(?(?:{_LANDLINE}|{_MOBILE})(?![\w/]|[.,][0-9])"
        rf"|(?<![\w/.,-])(?:{_FRENCH}|{_SPANISH}|{_BRITISH}|{_AMERICAN})(?![\w/-]|[.,][0-9]|\s[0-9]){_NO_UNIT}"
        r"|(?<![\w/.,-])(?:3[0-9]{8,9}|0[0-9]{8,9})(?![\w/]|[.,][0-9])"
        r"|\b(?:https?://)?(?:wa\.me|api\.whatsapp\.com/send|chat\.whatsapp\.com|web\.whatsapp\.com)[/?][\w?=+&%-]{5,60}"
        r"|\b(?:tel|sms|callto):\+?[0-9()-]{6,20}",
        re.IGNORECASE,
    ),
    "identity document": re.compile(
        r"(?i:\b(?:carta (?:d.\s?)?identit[àa]|c\.i\.|cie|documento d.identità|documento di riconoscimento|passaporto|patente|tessera sanitaria|"
        r"permesso di soggiorno|tessera elettorale|passport|identity card|id card|driving licen[cs]e|driver.s licen[cs]e|national insurance|"
        r"social security|nhs number|ni (?:number|no\.?)|carte d.identité|cni|passeport|permis de conduire|titre de séjour|numéro de sécurité sociale|sécurité sociale|"
        r"documento de identidad|dni|nie|nif|pasaporte|permiso de conducir|seguridad social)(?!\w))"
        rf"[^;\n]{{0,24}}?\b{_CODE}"
        r"|\b[A-Z]{2}[0-9]{5}[A-Z]{2}\b"
        r"|\b(?:[0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3})[ -]?[A-HJ-NP-TV-Z]\b|\b[XYZ]-?[0-9]{7}-?[A-Z]\b"
        r"|\b[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b"
        r"|\b[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?[0-9]{2} ?[0-9]{3} ?[0-9]{3}(?: ?[0-9]{2})?\b"
    ),
    "number plate": re.compile(
        r"\b[A-HJ-NPR-TV-Z]{2}[ -]?[0-9]{3}[ -]?[A-HJ-NPR-TV-Z]{2}\b"
        r"|(?i:\b(?:targa|targat[oa]|plate|registration|matr[íi]cula|immatricul\w{1,8}|plaque|coche|veh[íi]culo|furgoneta|voiture|véhicule|auto|veicolo|car|van)\b)[^.;\n]{0,20}?"
        r"\b(?:[0-9]{1,4} [A-Z]{2,3} [0-9]{2}|[0-9]{4}[ -]?[B-DF-HJ-NP-TV-Z]{3}|[A-Z]{2}[0-9]{2} ?[A-Z]{3}|[A-Z]{2}[ -]?[0-9]{3,6}(?:[ -]?[A-Z]{2})?)\b"
    ),
    "birth": re.compile(
        r"(?i:\b(?:(?:data|luogo|data e luogo|luogo e data) di nascita|date of birth|place of birth|birth date|dob|date de naissance|lieu de naissance|"
        r"fecha de nacimiento|lugar de nacimiento)\b)[\s:]{0,3}(?:(?i:il|in|a|the|le|el|on)\s)?"
        rf"(?:{_DAY}|{_PLACE})(?:,?\s(?:(?i:il|on|le|el|a|in|à|en)\s)?(?:{_DAY}|{_PLACE}))?"
        r"|(?i:\b(?:nat[oa]|born|née?|nacid[oa])\b)"
        rf"(?:,?\s(?i:a|ad|in|at|à|en)\s{_PLACE})?,?\s(?:(?i:il|l'|on|the|le|el)\s?(?:d[ií]a\s|giorno\s)?)?{_DAY}(?:,?\s(?i:a|ad|in|at|à|en)\s{_PLACE})?"
    ),
    "home address": re.compile(rf"{_HOME}[^;\n]{{0,40}}?[\s:]{_ADDRESS}"),
    "social profile": re.compile(
        r"(?i:\b(?:https?://)?(?:(?:www|m|it|es|fr|en)\.)?\b(?:facebook|fb|instagram|linkedin|twitter|x|tiktok|threads|t|telegram|snapchat|pinterest|bsky|mastodon|youtube)\."
        r"(?:com|me|social|app|net|ly)/(?:in/|people/|pub/|profile/|@|profile\.php\?id=|channel/|user/|c/)?)"
        rf"(?!(?i:share|sharer|watch|playlist|results|embed|hashtag|events?|groups|company|school|intent|p/|reel|v/)\b)(?!(?i:[\w.-]{{0,30}}(?:{_BODY_WORDS})))"
        r"[\w.%+-]{3,60}"
        r"|(?i:\b(?:facebook|instagram|linkedin|twitter|tiktok|telegram|skype|profilo|profile|profil|perfil|account|nickname|ig|fb|discord))"
        rf"(?:\s?:)?\s?(?i:(?:di|su|on|sur|en|id)\s)?[:(]?\s?@(?!(?i:[\w.-]{{0,30}}(?:{_BODY_WORDS})))[\w.]{{3,40}}"
        r"|(?i:\bskype\s?:\s?)[\w.-]{4,40}"
    ),
    "IP address": re.compile(
        r"(?<![\w.:/-])(?!(?:[0-9]\.){3}[0-9]\b)(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?![\w-]|\.[0-9])"
        r"|(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?![\w:])|(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){2,6}:(?:[0-9A-Fa-f]{1,4}:){0,4}[0-9A-Fa-f]{1,4}(?![\w:])"
    ),
    "coordinates": re.compile(
        r"(?<![\w.,-])-?[0-9]{1,2}[.,][0-9]{4,10}°?\s?[NS]?\s?[,;/ ]\s?(?i:(?:e|and|y|et|lon|long|lng|longitudine|longitude)[:\s]\s?)?-?[0-9]{1,3}[.,][0-9]{4,10}°?(?:\s?[EWO]\b)?(?![0-9]|\.[0-9])"
        r"|(?<![\w.])[0-9]{1,2}°\s?[0-9]{1,2}['’′]\s?(?:[0-9]{1,2}(?:[.,][0-9]{1,4})?[\"”″]?['’′]{0,2}\s?)?[NS],?\s?[0-9]{1,3}°\s?[0-9]{1,2}['’′]\s?(?:[0-9]{1,2}(?:[.,][0-9]{1,4})?[\"”″]?['’′]{0,2}\s?)?[EWO]\b"
        r"|\bgeo:-?[0-9]{1,2}\.[0-9]{1,10},-?[0-9]{1,3}\.[0-9]{1,10}"
        r"|(?i:\b(?:lat|latitud[e]?|latitudine)[.:]?\s?-?[0-9]{1,2}[.,][0-9]{3,10}[^.\n]{1,20}?(?:lon|long|lng|longitud[e]?|longitudine)[.:]?\s?-?[0-9]{1,3}[.,][0-9]{3,10})"
    ),
    "minor": re.compile(
        r"(?i:\b(?:alunn[oa]|bambin[oa]|ragazz[oa]|student(?:e|essa)|figli[oa]|nipote|minore|minorenne|pupil|boy|girl|son|daughter|student|child|"
        r"élève|garçon|fille|fils|enfant|collégien(?:ne)?|alumn[oa]|niñ[oa]|chic[oa]|hij[oa])\b)"
        r"(?i:[^.;:()\n\d]{0,20}?[ (,](?:1[0-7]|[3-9])\s?-?(?:anni|years?|ans|años|year-old)\b)"
        r"(?i:[^.;\n]{0,60}?\b(?:scuola|classe|liceo|istituto|elementari|medie|school|class|grade|école|collège|lycée|escuela|colegio|instituto|clase|curso)\b[^.,;\n()]{0,50})"
    ),
}
"""By kind of personal data."""

_DIGIT = re.compile("[0-9]")
_NECESSARY = {
    "e-mail address": (
        "@",
        "＠",
        "%40",
        "&#64;",
        " at ",
        "at]",
        "at)",
        "at }",
        "at ]",
        "at )",
        "at}",
        "at>",
        "_at_",
        "_q_",
        "(a)",
        "[a]",
        "chiocciola",
        "arroba",
        "arobase",
    ),
    "birth": ("nat", "nascita", "born", "birth", "dob", "né", "naissance", "nacid", "nacimiento"),
    "home address": (
        "resid",
        "réside",
        "abita",
        "domicil",
        "viv",
        "casa",
        "indirizzo",
        "recapito",
        "habit",
        "demeur",
        "chez",
        "adresse",
        "direcci",
        "liv",
        "home",
        "house",
        "dwelling",
    ),
    "minor": (" anni", " year", "-year", " ans", " años"),
    "social profile": ("@", "skype", ".com/", ".me/", ".social/", ".app/", ".net/", ".ly/"),
}
"""Texts of which each kind needs one: searching for them is fast, and most texts have none."""
_WITHOUT_DIGIT = frozenset({"e-mail address", "social profile"})

_PUBLIC_PLACE = re.compile(
    r"(?i)\b(?:sede|municipio|comune|ufficio|sportello|piazza|parco|biblioteca|scuola|cantiere|area|town hall|office|square|park|library|site|"
    r"ayuntamiento|plaza|oficina|parque|mairie|place|bureau|parc|bibliothèque|headquarters|incontro|meeting|reunión|réunion)\b"
)
_HOME_WORD = re.compile(
    r"(?i)\b(?:casa|abitazione|home|house|dwelling|domicilio|domicile|vive|lives|habite|chez|residenza|vivienda|maison)\b"
)
_BODY = re.compile(
    r"(?i)\b(?:associazione|progetto|comitato|percorso|gruppo|idea|iniziativa|rete|forum|fondazione|ente|unione|consorzio|cooperativa|legge|patto|"
    r"association|project|committee|group|initiative|network|foundation|law|council|asociación|proyecto|comité|grupo|red|ley|fundación|"
    r"projet|groupe|réseau|loi|fondation|sede|seat|siège|municipio|ufficio|comune)\b"
)


def find_patterns(text: str, kinds: Collection[str]) -> Iterator[tuple[Span, str]]:
    """Yield the places of some kinds of `PATTERNS` in a text, with their kinds."""
    has_digit, lower = _DIGIT.search(text) is not None, text.lower()
    for kind, pattern in PATTERNS.items():
        if kind not in kinds or not (has_digit or kind in _WITHOUT_DIGIT):
            continue
        if any(each in lower for each in _NECESSARY.get(kind, ("",))):
            for match in pattern.finditer(text):
                if not _is_public(text, kind, match):
                    yield match.span(), kind


def _is_public(text: str, kind: str, match: re.Match[str]) -> bool:
    """Whether the words before or in a match say that it is about a body or a public place."""
    before = text[max(0, match.start() - 60) : match.start()]
    sentence = re.split(r"[.;\n]", before)[-1]
    if kind == "coordinates":
        return _PUBLIC_PLACE.search(sentence) is not None and _HOME_WORD.search(sentence) is None
    if kind == "home address":
        return (
            re.search(r"(?i)\b(?:sede|comune|municipio|ufficio|seat|office|siège|oficina)\b", sentence + match[0])
            is not None
        )
    return kind == "birth" and _BODY.search(sentence) is not None
