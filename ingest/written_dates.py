"""Dates as people write them in tables: 2019年5月, 2019/5/10, May 2019, an Excel serial, a span of two."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Literal

from parkgraph.graph.dates import parse_date

Order = Literal["dmy", "mdy", "ymd"]
Span = tuple[str, str | None]

_EPOCH = datetime.date(1899, 12, 30)
"""Day 0 of Excel's serial numbers from March 1900 on."""
_SERIALS = range(20_000, 80_000)
"""1954 to 2119: no other number of five digits is meant by a date."""
_CENTURY = 69
"""Two digits from here on are of the last century, as in POSIX."""
_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_HAN_NUMBER = "[〇零○一二三四五六七八九十]"
_CHINESE = re.compile(
    r"(?P<y>\d{4})\s*年度?\s*(?:(?P<m>\d{1,2})\s*月份?\s*(?:(?P<d>\d{1,2})\s*[日号]?)?"
    r"|(?:年?[初中底末]|上半年|下半年))?"
)
_YMD = re.compile(r"(?P<y>\d{4})\s*[-/.]\s*(?P<m>\d{1,2})(?:\s*[-/.]\s*(?P<d>\d{1,2}))?")
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>\d\d)?")
_TIMED = re.compile(
    r"(\d{4}[-/]\d{1,2}[-/]\d{1,2})[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
)
_DIGITAL = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{1,2})")
_WORD = r"(?P<word>[a-z]{3,9})\.?"
_ENGLISH = (
    re.compile(rf"(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+)?{_WORD},?[\s-]+(?P<y>\d{{4}}|\d{{2}})"),
    re.compile(rf"{_WORD}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})"),
)
_BETWEEN = re.compile(r"\s*(?:至|到|—+|–|~|～|\.\.+|\s-+\s|\bto\b|\buntil\b)\s*")


def read_date(text: str, order: Order | None = None) -> Span:
    """A date, or the two ends of a span, as partial ISO dates.

    `order` says how the parts of a date in digits follow each other where the year is not first. Raises
    ValueError with a sentence.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    one = _single(folded, order)
    if one is not None:
        return one, None
    parts = _BETWEEN.split(folded)
    if len(parts) != 2:
        parts = re.split(r"(?<=[\d年月日])\s*-\s*(?=\d)", folded)
    if len(parts) == 2:
        start = _single(parts[0], order)
        end = _single(parts[1], order) or (_single(f"{start[:4]}年{parts[1]}", order) if start else None)
        if start is not None and end is not None:
            if parse_date(end).latest < parse_date(start).earliest:
                raise ValueError(f"{text!r} ends before it begins")
            return start, end
    raise ValueError(f"{text!r} is not a date; expected 2019, 2019-05 or 2019-05-10")


def _single(text: str, order: Order | None) -> str | None:
    """One date, or None where the text has no form of one."""
    if timed := _TIMED.fullmatch(text):
        text = timed[1]
    if re.fullmatch(r"\d{4}\.1", text):
        raise ValueError(
            f"{text!r} may be January, or October as a number (2019.10); write 2019-01 or 2019-10"
        )
    if re.search(_HAN_NUMBER, text):
        text = _in_digits(text)
    for form in (_CHINESE, _YMD, _COMPACT):
        if match := form.fullmatch(text):
            return _iso(match["y"], match["m"], match["d"], text)
    if re.fullmatch(r"\d{4}", text):
        return parse_date(text).text
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text) and int(float(text)) in _SERIALS:
        return (_EPOCH + datetime.timedelta(days=int(float(text)))).isoformat()
    digital = _DIGITAL.fullmatch(text)
    if digital and (len(digital[3]) > 1 or order == "ymd"):
        return _in_order(digital[1], digital[2], digital[3], order, text)
    for form in _ENGLISH:
        match = form.fullmatch(text.casefold())
        if match is not None and match["word"] in _MONTHS:
            return _iso(_year(match["y"]), str(_MONTHS[match["word"]]), match["d"], text)
    return None


def _iso(year: str, month: str | None, day: str | None, text: str) -> str:
    iso = "-".join([year, *(part.zfill(2) for part in (month, day) if part is not None)])
    try:
        return parse_date(iso).text
    except ValueError as error:
        raise ValueError(str(error).replace(repr(iso), repr(text), 1)) from None


def _year(text: str) -> str:
    if len(text) == 4:
        return text
    return f"{19 if int(text) >= _CENTURY else 20}{text}"


def _in_order(first: str, second: str, third: str, order: Order | None, text: str) -> str:
    """A date whose year is not first, as 10/5/2019."""
    if order is None:
        if len(third) == 2 or (int(first) <= 12 and int(second) <= 12 and first != second):
            raise ValueError(
                f"{text!r} may be read in several ways; write 2019-05-10, or say in the mapping whether the "
                "day or the month is first (date: dmy or mdy)"
            )
        order = "dmy" if int(first) > 12 or first == second else "mdy"
    if order == "ymd":
        return _iso(_year(first.zfill(2)), second, third, text)
    day, month = (first, second) if order == "dmy" else (second, first)
    return _iso(_year(third), month, day, text)


def _in_digits(text: str) -> str:
    """Chinese numerals as digits: 二〇一九年十二月三十一日 is 2019年12月31日."""

    def number(match: re.Match[str]) -> str:
        said = match[0]
        if "十" not in said:
            return "".join(_DIGITS[c] for c in said)
        tens, _, ones = said.partition("十")
        return f"{_DIGITS.get(tens, '1') if tens else '1'}{_DIGITS.get(ones, '0') if ones else '0'}"

    return re.sub(rf"{_HAN_NUMBER}+", number, text)
