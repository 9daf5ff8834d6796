"""Countries by their codes of ISO 3166-1 and their names in Chinese and English (source: CLDR)."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from functools import cache

from babel import Locale
from babel.core import get_global

# Source: ISO 3166-1, the short names in English before and beside those of today.
_COUNTRIES_ALSO = {
    "burma": "MM",
    "cabo verde": "CV",
    "czech republic": "CZ",
    "east timor": "TL",
    "ivory coast": "CI",
    "lao pdr": "LA",
    "macedonia": "MK",
    "republic of korea": "KR",
    "russian federation": "RU",
    "swaziland": "SZ",
    "turkey": "TR",
    "viet nam": "VN",
}


@cache
def _countries() -> dict[str, str]:
    """Names of countries in Chinese and English, and codes, each with its code of ISO 3166-1."""
    found: dict[str, str] = {}
    for lang in ("zh", "en", "zh_Hant"):
        for code, name in Locale.parse(lang).territories.items():
            if re.fullmatch(r"[A-Z]{2}", code) and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"):
                found.setdefault(name.casefold(), code)
                found.setdefault(name.casefold().removesuffix("特别行政区"), code)
                found[code.casefold()] = code
    found = {_bare(name): code for name, code in (_COUNTRIES_ALSO | found).items()}
    for alias, codes in get_global("territory_aliases").items():
        if len(codes) == 1 and codes[0].casefold() in found:
            found.setdefault(alias.casefold(), codes[0])
    for code, name in (("HK", "香港"), ("MO", "澳门"), ("TW", "台湾")):
        found[name] = found[f"中国{name}"] = code
    return found


def _bare(text: str) -> str:
    """A name without case, accents and the form of its quotes, & as and."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(char for char in folded if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", bare).replace("’", "'").replace("&", "and")


@cache
def country_codes() -> list[str]:
    """All codes, in order."""
    return sorted(set(_countries().values()))


def country_code(text: str) -> str | None:
    """The code of a country by its code or its name in any case; None for what is neither."""
    return _countries().get(_bare(text.strip()))


def countries_like(text: str, cutoff: float = 0.6) -> list[str]:
    """The codes of up to three countries whose names are nearest, the nearest first."""
    near = get_close_matches(_bare(text.strip()), _countries(), n=3, cutoff=cutoff)
    return list(dict.fromkeys(_countries()[name] for name in near))
