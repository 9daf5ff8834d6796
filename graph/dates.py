"""Partial dates: a year, a month or a day, compared as the interval of days it may mean."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

UNKNOWN_START = 0
"""`from_min` of a fact whose beginning no source states (yyyymmdd as an integer)."""
OPEN_END = 99999999
"""`from_max`, `to_min` and `to_max` where no source states a bound."""

Precision = Literal["year", "month", "day"]
_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """`2019`, `2019-05` or `2019-05-10`; `earliest` and `latest` are yyyymmdd integers, both included."""

    text: str
    earliest: int
    latest: int
    precision: Precision

    def compatible(self, other: PartialDate) -> bool:
        """Whether one of the two is a finer form of the other."""
        return (self.earliest <= other.earliest and other.latest <= self.latest) or (
            other.earliest <= self.earliest and self.latest <= other.latest
        )

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=32_768)
def parse_date(text: str) -> PartialDate:
    """Read an ISO 8601 calendar date of reduced precision.

    Raises ValueError with a sentence when the text is none or no day of the calendar.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a date; expected 2019, 2019-05 or 2019-05-10")
    year, month, day = (int(g) if g else None for g in match.groups())
    assert year is not None
    if year == 0:
        raise ValueError(f"{text!r} is not a date: there is no year 0000")
    if month is None:
        return PartialDate(match[0], year * 10000 + 101, year * 10000 + 1231, "year")
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} is not a date: there is no month {month:02d}")
    last = calendar.monthrange(year, month)[1]
    base = year * 10000 + month * 100
    if day is None:
        return PartialDate(match[0], base + 1, base + last, "month")
    if not 1 <= day <= last:
        raise ValueError(f"{text!r} is not a date: {year:04d}-{month:02d} has {last} days")
    return PartialDate(match[0], base + day, base + day, "day")
