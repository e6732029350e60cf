"""Write a number of a workbook as the text that its cell shows, in a form that can be read in only one way; for `xlsx_reader`.

A cell has a number and a format code (ECMA-376 Part 1, 18.8.31); currency, percent sign and leading zeros are in the format only.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_CODES = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "ANG",
        "AOA",
        "ARS",
        "AUD",
        "AWG",
        "AZN",
        "BAM",
        "BBD",
        "BDT",
        "BGN",
        "BHD",
        "BIF",
        "BMD",
        "BND",
        "BOB",
        "BRL",
        "BSD",
        "BTN",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CRC",
        "CUP",
        "CVE",
        "CZK",
        "DJF",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ERN",
        "ETB",
        "EUR",
        "FJD",
        "FKP",
        "GBP",
        "GEL",
        "GHS",
        "GIP",
        "GMD",
        "GNF",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HRK",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "IQD",
        "IRR",
        "ISK",
        "ITL",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KGS",
        "KHR",
        "KMF",
        "KPW",
        "KRW",
        "KWD",
        "KYD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "LTL",
        "LVL",
        "LYD",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MRU",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SBD",
        "SCR",
        "SDG",
        "SEK",
        "SGD",
        "SHP",
        "SLE",
        "SOS",
        "SRD",
        "SSP",
        "STN",
        "SVC",
        "SYP",
        "SZL",
        "THB",
        "TJS",
        "TMT",
        "TND",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VES",
        "VND",
        "VUV",
        "WST",
        "XAF",
        "XCD",
        "XOF",
        "XPF",
        "YER",
        "ZAR",
        "ZMW",
        "ZWL",
    ]
)
"""The codes of ISO 4217."""

_SYMBOLS: dict[str, str] = dict(
    pair.split("=")
    for pair in [
        "€=EUR",
        "£=GBP",
        "¥=JPY",
        "￥=JPY",
        "円=JPY",
        "元=CNY",
        "zł=PLN",
        "kč=CZK",
        "ft=HUF",
        "lei=RON",
        "лв=BGN",
        "лв.=BGN",
        "kn=HRK",
        "fr.=CHF",
        "sfr.=CHF",
        "sfr=CHF",
        "₽=RUB",
        "руб.=RUB",
        "р.=RUB",
        "₺=TRY",
        "₹=INR",
        "₩=KRW",
        "₪=ILS",
        "₴=UAH",
        "r$=BRL",
        "s/=PEN",
        "s/.=PEN",
        "₱=PHP",
        "₫=VND",
        "฿=THB",
        "us$=USD",
        "$=USD",
        "ca$=CAD",
        "c$=CAD",
        "au$=AUD",
        "a$=AUD",
        "nz$=NZD",
        "hk$=HKD",
        "s$=SGD",
        "nt$=TWD",
        "$u=UYU",
        "din.=RSD",
        "дин.=RSD",
        "ден.=MKD",
        "₣=FRF",
        "₤=ITL",
        "euro=EUR",
        "₸=KZT",
        "₾=GEL",
        "₼=AZN",
    ]
)
"""Signs of currencies in small letters; those that several currencies share are in `_SHARED_SIGNS` too."""

_CROWNS: dict[int | str, str] = {
    **{0x41D: "SEK", 0x81D: "SEK", 0x406: "DKK", 0x438: "DKK", 0x46F: "DKK", 0x414: "NOK", 0x814: "NOK", 0x40F: "ISK"},
    **{"SE": "SEK", "DK": "DKK", "NO": "NOK", "IS": "ISK"},
}

_SHARED_SIGNS: dict[str, dict[int | str, str]] = {
    "$": {
        **{0x1009: "CAD", 0xC0C: "CAD", 0xC09: "AUD", 0x1409: "NZD", 0x4809: "SGD", 0x1004: "SGD", 0xC04: "HKD"},
        **{0x3C09: "HKD", 0x404: "TWD", 0x80A: "MXN", 0x2C0A: "ARS", 0x340A: "CLP", 0x240A: "COP", 0x380A: "UYU"},
        **{0x2809: "BZD", 0x2009: "JMD", 0x2C09: "TTD"},
        **{"CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "TW": "TWD", "MX": "MXN", "AR": "ARS"},
        **{"CL": "CLP", "CO": "COP", "UY": "UYU"},
    },
    "¥": {0x804: "CNY", "CN": "CNY"},
    "￥": {0x804: "CNY", "CN": "CNY"},
    "kr": _CROWNS,
    "kr.": _CROWNS,
}
"""The currency of a sign by the locale of the format: a Windows language id, or the region of a language tag."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*].|\[\$(?P<sign>[^\]-]*+)(?:-(?P<locale>[^\]]*+))?+(?:\]|\Z)|\[[^\]]*+(?:\]|\Z)|(?P<code>[0#?.,%@]|[Ee][+-])'
    r"|(?P<plain>.)",
    re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"?|\\.|[_*].|\[[^\]]*+(?:\]|\Z)|[^;"\\_*\[]|[_*\\\["])*+', re.DOTALL)


@dataclass(frozen=True)
class NumberFormat:
    """What a section of a format code adds to a number.

    Attributes:
        codes: its placeholders in their order, such as `#,##0.00`.
        pattern: placeholders and literal texts in their order, as (is_code, text).
        currency: the code of ISO 4217, or a sign that stands for several currencies; empty if there is none.
    """

    codes: str
    pattern: tuple[tuple[bool, str], ...]
    currency: str

    @property
    def is_percent(self) -> bool:
        """Whether the number is shown a hundredfold, with a percent sign."""
        return "%" in self.codes

    @property
    def has_percent_text(self) -> bool:
        """Whether a percent sign is only written after the number."""
        return any("%" in text for is_code, text in self.pattern if not is_code)

    @property
    def decimals(self) -> int:
        """How many decimals are always shown."""
        return self.codes.partition(".")[2].count("0")

    @property
    def has_leading_zeros(self) -> bool:
        """Whether it is a pattern of figures, such as `000` or `000-00`."""
        return re.fullmatch("0{2,}", self.codes) is not None

    @classmethod
    def parse(cls, section: str) -> "NumberFormat":
        """Parse one section of a format code."""
        pattern: list[tuple[bool, str]] = []
        currency = ""
        for token in _TOKEN.finditer(section):
            is_code = token["code"] is not None
            text = next((each for each in token.group("code", "quoted", "escaped", "sign", "plain") if each), "")
            if token["sign"]:
                currency = currency or _currency(text, token["locale"] or "")
            if text and pattern and pattern[-1][0] == is_code:
                pattern[-1] = (is_code, pattern[-1][1] + text)
            elif text:
                pattern.append((is_code, text))
        literals = (text for is_code, text in pattern if not is_code)
        currency = currency or next(filter(None, (_currency(text, "") for text in literals)), "")
        return cls("".join(text for is_code, text in pattern if is_code), tuple(pattern), currency)


def _currency(text: str, locale: str) -> str:
    """The currency that a literal text of a format stands for; empty if it stands for none."""
    sign = text.strip(" \xa0\u202f()-+").casefold()
    if sign.upper() in _CODES and text.strip().isupper():
        return sign.upper()
    return (
        _SHARED_SIGNS.get(sign, {}).get(_locale(locale))
        or _SYMBOLS.get(sign)
        or (sign if sign in _SHARED_SIGNS else "")
    )


def _locale(text: str) -> int | str:
    """A Windows language id, or the region of a language tag."""
    if re.fullmatch(r"[0-9A-Fa-f]{1,8}", text):
        return int(text, 16) & 0xFFFF
    return text.rpartition("-")[2].upper()


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[NumberFormat, ...]:
    """The sections of a format code: of positive numbers, of negative ones, of zero."""
    sections, at = list[NumberFormat](), 0
    while at <= len(code) and len(sections) < 3:
        end = _SECTION.match(code, at).end()  # type: ignore[union-attr]
        sections.append(NumberFormat.parse(code[at:end]))
        at = end + 1
    return tuple(sections)


def formatted_text(value: float, code: str) -> str:
    r"""The text of a cell that holds a number.

    >>> formatted_text(10000.5, "[$$-409]#,##0.00"), formatted_text(10000.5, "#,##0.00 [$CHF]")
    ('10000.50 USD', '10000.50 CHF')
    >>> formatted_text(7, "000"), formatted_text(0.2857, "0.00%"), formatted_text(-5, '_-* #,##0\\ "€"_-;-* #,##0\\ "€"_-')
    ('007', '28.57%', '-5 EUR')

    Args:
        value: the number.
        code: the format code of its cell.
    """
    positive, *others = _sections(code)
    section = others[0] if value < 0 and others else others[1] if value == 0 and len(others) > 1 else positive
    currency = section.currency or positive.currency
    if currency:
        return f"{_with_decimals(number_text(value), section.decimals)} {currency}"
    if section.has_leading_zeros and value >= 0 and value == int(value):
        return _fill(section, str(int(value)))
    text = number_text(value, percent=positive.is_percent)
    return text + "%" if positive.has_percent_text and not positive.is_percent else text


def _with_decimals(text: str, count: int) -> str:
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(count, '0')}" if decimals or count else whole


def _fill(section: NumberFormat, figures: str) -> str:
    """Write figures into the zeros of a pattern from the right; what is left over goes before them."""
    rest = figures.zfill(len(section.codes))
    parts: list[str] = []
    zeros_left = len(section.codes)
    for is_code, text in reversed(section.pattern):
        if not is_code:
            parts.append(text)
            continue
        zeros_left -= len(text)
        cut = len(rest) - len(text) if zeros_left else 0
        parts.append(rest[cut:])
        rest = rest[:cut]
    return "".join(reversed(parts)).strip()


def number_text(value: float, *, percent: bool = False) -> str:
    """A number of a workbook as text that can be read in only one way.

    >>> number_text(15000.0), number_text(28.57), number_text(0.2857, percent=True)
    ('15000', '28.57', '28.57%')

    Three decimals would pass for thousands, so a zero is added:

    >>> number_text(15.125)
    '15.1250'
    """
    # A spreadsheet computes with 15 digits: it may store 12.340000000000002 for what it shows as 12.34.
    number = Decimal(f"{value:.15g}") * (100 if percent else 1)
    if number == number.to_integral_value():
        text = f"{int(number)}"
    else:
        text = f"{number.normalize():f}"
        text += "0" if re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{3}", text) else ""
    return text + ("%" if percent else "")


def date_precision(code: str) -> str:
    r"""What a date format shows: `day`, or only the `month` or `year`.

    >>> date_precision("yyyy-mm-dd"), date_precision("[$-410]mmm\\-yy;@"), date_precision("yyyy")
    ('day', 'month', 'year')
    """
    letters = "".join(
        token["plain"] or ""
        for token in _TOKEN.finditer(_SECTION.match(code)[0])  # type: ignore[index]
    ).casefold()
    if "y" not in letters or set(letters) & set("dhs"):
        return "day"
    return "month" if "m" in letters else "year"
