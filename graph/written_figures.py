"""Figures as people write them, in Chinese and English: `24.04亿元`, `不低于200万元`, `20余家`, `5-8亿元`,
`１,２００万元`, `US$30 million`, `两亿`, `58.7%`, `九成`.

Numbers are decimal, so that 24.04亿 is 2404000000 to the yuan. Nothing is guessed: an amount without a
currency has none, a bare $ may be anybody's and is refused. ¥ and 元 are the yuan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

# Source: ISO 4217, list one, the codes of currencies in use.
CURRENCIES = frozenset((
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CIE", "CLP", "CNY",
    "COP", "CRC", "CUP", "CUR", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD",
    "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS",
    "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD",
    "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU",
    "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN",
    "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "REN", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG",
    "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND",
    "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VES", "VND", "VUV", "WST", "XAF",
    "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW",
))  # fmt: skip
_CURRENCY_WORDS = {
    "元": "CNY", "人民币": "CNY", "元人民币": "CNY", "RMB": "CNY", "yuan": "CNY", "¥": "CNY", "CN¥": "CNY",
    "美元": "USD", "美金": "USD", "US$": "USD", "US dollars": "USD", "欧元": "EUR", "€": "EUR",
    "euro": "EUR", "euros": "EUR", "英镑": "GBP", "£": "GBP", "日元": "JPY", "JP¥": "JPY", "港元": "HKD",
    "港币": "HKD", "HK$": "HKD", "新台币": "TWD", "NT$": "TWD", "新加坡元": "SGD", "S$": "SGD",
    "澳元": "AUD", "A$": "AUD", "加元": "CAD", "C$": "CAD", "韩元": "KRW", "₩": "KRW", "卢布": "RUB",
    "₽": "RUB", "瑞士法郎": "CHF", "新谢克尔": "ILS", "谢克尔": "ILS", "₪": "ILS", "₹": "INR",
}  # fmt: skip
_MONEY_WORDS = sorted((*_CURRENCY_WORDS, *CURRENCIES), key=len, reverse=True)
_DOLLARS = ("$", "dollar", "dollars")

# What is counted. A bare classifier (家, 个) does not say of what, so the figure has no unit.
_CLASSIFIERS = ("家", "个", "支", "只", "项", "名", "位", "件", "所", "座", "户", "次", "条", "种", "大")
_UNITS = {
    "%": "percent", "percent": "percent", "per cent": "percent", "年": "year", "月": "month", "天": "day",
    "日": "day", "人": "person", "园区": "park", "科技园区": "park", "科技园": "park", "高新区": "park",
    "企业": "company", "公司": "company", "项目": "project", "基金": "fund", "平台": "platform",
    "专利": "patent", "集群": "cluster", "机构": "institution", "高校": "university",
}  # fmt: skip

_BEFORE = {
    "about": ("约为", "大约", "大概", "约", "接近", "将近", "近", "about", "around", "approximately",
              "approx.", "approx", "nearly", "roughly", "circa", "some", "≈"),
    "more_than": ("超过", "超", "逾", "多于", "高于", "大于", "突破", "more than", "over", "above", ">"),
    "at_least": ("不低于", "不少于", "不小于", "至少", "最低", "最少", "at least", "no less than",
                 "not less than", "no fewer than", "≥", ">="),
    "up_to": ("前", "不超过", "不高于", "不多于", "至多", "最高", "最多", "不足", "不到", "低于", "少于",
              "up to", "at most", "no more than", "not more than", "less than", "below", "under",
              "≤", "<=", "<"),
    "exact": ("达到", "达", "共计", "总计", "合计", "累计", "仅", "共"),
}  # fmt: skip
_AFTER = {
    "about": ("左右", "上下", "or so"),
    "more_than": ("+",),
    "at_least": ("及以上", "以上", "or more"),
    "up_to": ("及以下", "以下", "以内", "or less"),
}
_WORDS_BEFORE = sorted(((w, q) for q, ws in _BEFORE.items() for w in (q, *ws)), key=lambda p: -len(p[0]))
_WORDS_AFTER = sorted(((w, q) for q, ws in _AFTER.items() for w in ws), key=lambda p: -len(p[0]))

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}
_ENGLISH = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "mln": 10**6, "mn": 10**6,
    "bln": 10**9, "bn": 10**9, "trn": 10**12, "tn": 10**12,
}  # fmt: skip
# One letter may also be a metre or a byte: read only directly behind the digits of an amount of money.
_LETTERS = {"k": 10**3, "K": 10**3, "m": 10**6, "M": 10**6, "b": 10**9, "B": 10**9}

_ARABIC = r"[0-9]+(?:,[0-9]+)*(?:\.[0-9]+)?"
_HAN = "".join((*_DIGITS, *_SMALL, *_LARGE))
_TOKEN = re.compile(rf"{_ARABIC}|[{_HAN}]")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_SIDE = re.compile(
    rf"(?P<sign>[+-]?)(?P<amount>(?:{_ARABIC}|[{_HAN}])+)(?P<over>[余多几])?(?P<rest>[十百千万亿]*)"
    rf"(?:(?P<english>\s*(?:{'|'.join(_ENGLISH)})(?![a-z])|[kKmMbB](?![A-Za-z])))?\s*(?P<unit>.*)"
)
_APART = re.compile(rf"(?<=[0-9{_HAN}余多])\s+(?=[余多]?[十百千万亿])")
_RANGE = re.compile(
    rf"(?P<low>.*?[^\s.])\s*(?:\.\.|至|到|[-–—~〜]|\bto\b)\s*(?P<high>[^0-9{_HAN}\s]{{0,3}}\s?[0-9{_HAN}].*)"
)
_HALVES = ("半数", "一半", "半")
# The full-width forms of ASCII, and the ideographic space. Not NFKC: that makes 5² into 52.
_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5, 0x2212: 0x2D}


@dataclass(frozen=True, slots=True)
class Written:
    """A figure as read: exact decimals, the unit or currency code, the qualifier, the upper end of a
    range, and the step of the last digit."""

    value: Decimal
    unit: str | None = None
    qualifier: str = "exact"
    high: Decimal | None = None
    precision: Decimal | None = None


def is_wording(qualifier: str | None, unit: str | None) -> bool:
    """Whether a qualifier or a unit is in words that are read here; others stand as they were written."""
    if qualifier not in _BEFORE and any(qualifier == word for word, _ in _WORDS_BEFORE):
        return True
    if unit is None:
        return False
    unit = unit.translate(_WIDTHS)
    first = unit.split()[0]
    return (
        first in _ENGLISH
        or first in _CURRENCY_WORDS
        or first in _DOLLARS
        or unit in ("%", "per cent", "US dollars")
        or first[0] in _HAN
        or first[0] in "余多几"
        or first.startswith(_CLASSIFIERS)
        or first in _UNITS.keys() - {"percent"}
        or any(unit.endswith(word) for word, _ in _WORDS_AFTER)
    )


def read_written(text: str) -> Written:
    """Read a figure as people write it. Raises ValueError with what is wrong, without the text."""
    rest, qualifier = _qualified(_APART.sub("", text.translate(_WIDTHS).strip()))
    share = _share(rest)
    if share is not None:
        return replace(share, qualifier=qualifier)
    if not rest:
        raise ValueError("it has no number")
    ends = _RANGE.fullmatch(rest)
    if ends is None:
        side = _side(rest)
        over = "more_than" if side.over else qualifier
        if side.over and qualifier not in ("exact", "more_than"):
            raise ValueError(f"it says both more than and {qualifier}")
        return Written(side.value, side.unit, over, None, side.precision)
    high = _side(ends["high"])
    low = _side(ends["low"], shared=high)
    if low.over or high.over:
        raise ValueError("an end of a range is more than something")
    if low.unit is not None and high.unit is not None and low.unit != high.unit:
        raise ValueError(f"the ends of the range are in {low.unit} and in {high.unit}")
    steps = [step for step in (low.precision, high.precision) if step is not None]
    unit = high.unit if high.unit is not None else low.unit
    return Written(low.value, unit, qualifier, high.value, max(steps, default=None))


def _qualified(text: str) -> tuple[str, str]:
    """The text without the words that say how exactly it is meant, and the qualifier."""
    found: set[str] = set()
    stripped = True
    while stripped:
        stripped = False
        for word, qualifier in _WORDS_BEFORE:
            if text.casefold().startswith(word) and not (
                word[-1].isascii() and word[-1].isalpha() and text[len(word) : len(word) + 1].isalpha()
            ):
                text, stripped = text[len(word) :].strip(), True
                found.add(qualifier)
                break
        for word, qualifier in _WORDS_AFTER:
            if text.endswith(word):
                text, stripped = text[: -len(word)].strip(), True
                found.add(qualifier)
                break
    found.discard("exact")
    if len(found) > 1:
        raise ValueError(f"it says both {' and '.join(sorted(found))}")
    return text, next(iter(found), "exact")


def _share(text: str) -> Written | None:
    """Half, tenths (九成) and fractions (2/3, 三分之二, 百分之五) as percent, or None."""
    if text in _HALVES:
        return Written(Decimal(50), "percent")
    tenths = re.fullmatch(rf"({_ARABIC}|[{_HAN}]+)成(半)?", text)
    if tenths is not None:
        value = 10 * _evaluate(tenths[1]).value + (5 if tenths[2] else 0)
        return Written(value, "percent", precision=Decimal(1 if tenths[2] else 10))
    parts = re.fullmatch(rf"([{_HAN}]+)分之([{_HAN}]+)", text)
    slash = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    if parts is not None:
        whole, part = _evaluate(parts[1]).value, _evaluate(parts[2]).value
    elif slash is not None:
        part, whole = Decimal(slash[1]), Decimal(slash[2])
    else:
        return None
    if not 0 < part <= whole:
        raise ValueError("it is no part of a whole")
    percent = part * 100 / whole
    if percent % 1 == 0:
        return Written(percent, "percent")
    tenth = Decimal("0.1")
    return Written(percent.quantize(tenth), "percent", precision=tenth)


@dataclass(frozen=True, slots=True)
class _Side:
    """One number with its unit; see `_Number` for `scale` and `large`."""

    value: Decimal
    unit: str | None
    precision: Decimal | None
    over: bool
    scale: Decimal
    large: Decimal


def _side(text: str, *, shared: _Side | None = None) -> _Side:
    """Read one number with its unit. `shared` is the upper end of a range, whose multiplier and unit a
    bare lower end has too: 5-8亿元."""
    text, before = _currency_before(text.strip())
    match = _SIDE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} begins with no number")
    number = _evaluate(match["amount"] + match["rest"])
    value, precision = number.value, number.step
    unit = _unit(match["unit"].strip())
    if before is not None and unit is not None and before != unit:
        raise ValueError(f"it is in {before} and in {unit}")
    unit = before or unit
    factor = Decimal(1)
    if match["english"]:
        word = match["english"].strip()
        if word in _LETTERS and (unit or (shared.unit if shared else None)) not in CURRENCIES:
            raise ValueError(f"{word!r} may mean several things; write the word or the number in full")
        factor = Decimal({**_ENGLISH, **_LETTERS}[word])
    elif shared is not None and number.large == 1 and not match["unit"].strip():
        factor = shared.large if number.composed else shared.scale
    if factor != 1:
        precision = (precision or Decimal(1)) * factor
    if (unit or (shared.unit if shared else None)) == "percent":
        precision = precision or Decimal(1)
    return _Side(
        value * factor * (-1 if match["sign"] == "-" else 1),
        unit,
        precision,
        match["over"] is not None,
        number.scale * factor,
        number.large * factor,
    )


def _currency_before(text: str) -> tuple[str, str | None]:
    """The text without the currency before its number, and the code of that currency."""
    if text[:1] in _HAN or text[:1].isdigit():
        return text, None
    for word in _MONEY_WORDS:
        rest = text[len(word) :].lstrip()
        if text.startswith(word) and rest and (rest[0] in "0123456789" or rest[0] in _HAN):
            return rest, _CURRENCY_WORDS.get(word, word)
    if text.startswith("$"):
        raise ValueError("a bare $ does not say whose dollars; write US$ or another")
    return text, None


def _unit(text: str) -> str | None:
    """The unit or the code of the currency that stands behind a number; None where none does."""
    if not text:
        return None
    if text in CURRENCIES:
        return text
    if text in _CURRENCY_WORDS:
        return _CURRENCY_WORDS[text]
    if text in _DOLLARS:
        raise ValueError("it does not say whose dollars; write USD or another")
    if text in _UNITS:
        return _UNITS[text]
    for classifier in _CLASSIFIERS:
        if text == classifier:
            return None
        if text.startswith(classifier) and text[len(classifier) :] in _UNITS:
            return _UNITS[text[len(classifier) :]]
    if re.fullmatch(r"[A-Za-z][A-Za-z _-]*", text):
        return text
    raise ValueError(f"the unit {text!r} is not known; leave it out, or write it in English after a space")


@dataclass(frozen=True, slots=True)
class _Number:
    """A number, and the step of its last digit (None for a plain whole number, which is a count).

    `scale` is what its last digit is multiplied by, 千万 in 5千万; `large` the part of that from 万 on.
    `composed` says that it has 十, 百 or 千 of its own.
    """

    value: Decimal
    step: Decimal | None
    scale: Decimal
    large: Decimal
    composed: bool


def _evaluate(text: str) -> _Number:
    """A number in digits, Chinese numerals and Chinese multipliers."""
    total = section = Decimal(0)
    number: Decimal | None = None
    step = scale = product = Decimal(1)
    large = 0
    pieces = _TOKEN.findall(text)
    for piece in pieces:
        if piece in _SMALL:
            by = _SMALL[piece]
            section += (Decimal(1) if number is None else number) * by
            step = (Decimal(1) if number is None else step) * by
            scale, number = Decimal(1 if piece == "十" else by), None
        elif piece in _LARGE:
            by = _LARGE[piece]
            section += number or 0
            if by > large > 0 and not section and 0 < total < _LARGE["亿"]:  # 万亿
                total *= by
            elif section <= 0 or (large and by >= large):
                raise ValueError(f"no number stands before {piece}")
            else:
                total += section * by
            product = by * (Decimal(1) if section else product)
            section, number, large = Decimal(0), None, by
            step, scale = step * by, scale * by
        elif piece in ("零", "〇") and len(pieces) > 1:
            continue
        elif number is not None:
            raise ValueError("two numbers stand side by side")
        else:
            number = Decimal(_DIGITS[piece]) if piece in _DIGITS else _arabic(piece)
            step = Decimal(1).scaleb(min(0, int(number.as_tuple().exponent)))
            scale = Decimal(1)
    if number is not None and len(pieces) > 1 and pieces[-2] not in ("十", "零", "〇"):
        raise ValueError(f"it is not clear what {pieces[-1]} stands for after {pieces[-2]}")
    return _Number(
        total + section + (number or 0),
        step if large or step < 1 else None,
        scale,
        product,
        not _SMALL.keys().isdisjoint(pieces),
    )


def _arabic(piece: str) -> Decimal:
    if "," in piece and not _GROUPED.fullmatch(piece):
        raise ValueError(f"the commas in {piece} do not set off groups of three digits")
    return Decimal(piece.replace(",", ""))
