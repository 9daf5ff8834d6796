"""Figures with a unit and a qualifier: counts, percentages and amounts of money.

A cell reads `[qualifier ]number[..high][ ~precision][ unit]`: `35 park`, `more_than 20 park`,
`9.5 percent`, `5600000000 ~100000000 CNY`, `500000000..800000000 CNY`; or as people write it, `约5亿元`.
Money is an integer in the major unit of its currency (yuan, not fen) with an ISO 4217 code; amounts of
different currencies or kinds are never added.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from parkgraph.graph.written_figures import CURRENCIES, Written, is_wording, read_written

_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_FORM = re.compile(
    rf"(?:(?P<qualifier>[a-z_]+)\s+)?(?P<number>{_NUMBER})(?:\.\.(?P<high>{_NUMBER}))?"
    r"(?:\s+~(?P<precision>10*|0\.0*1))?(?:\s+(?P<unit>[^\s~].*))?"
)
LARGEST = 2**63 - 1
"""Neo4j's largest integer."""
ABOUT = Decimal("0.1")
"""How far off, as a share of the figure, a figure may be that a source calls `about`. Our reading, no
standard: it lets 约5亿 be 4.6亿 and not 6亿."""

Number = int | float
Bound = Decimal | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, its unit (None where the source states none) and how exactly it is stated.

    `high` is the upper end of a range that begins at `value`. `precision` is the step of the last digit
    as written, a power of ten: 100000000 for 56亿元. Both are None where the source has no such thing.
    """

    value: Number
    unit: str | None = None
    qualifier: str = "exact"
    high: Number | None = None
    precision: Number | None = None

    def __str__(self) -> str:
        parts = [
            None if self.qualifier == "exact" else self.qualifier,
            _plain(self.value) + (f"..{_plain(self.high)}" if self.high is not None else ""),
            f"~{_plain(self.precision)}" if self.precision is not None else None,
            self.unit,
        ]
        return " ".join(str(part) for part in parts if part)

    def bounds(self) -> tuple[Bound, Bound]:
        """The least and the greatest number that the qualifier or the range allows, None where it sets no
        bound. The rounding of the last digit is not in them: see `precision`."""
        low, high = Decimal(str(self.value)), Decimal(str(self.value if self.high is None else self.high))
        match self.qualifier:
            case "about":
                return low - abs(low) * ABOUT, high + abs(high) * ABOUT
            case "more_than" | "at_least":
                return low, None
            case "up_to":
                return None, high
            case _:
                return low, high


def compatible(a: Quantity, b: Quantity) -> bool:
    """Whether one number can be what both figures say: 56亿 and 55.8亿 can, 5亿 and 6亿 cannot, and
    more than 20 can be 22. A figure without a unit may have any."""
    if a.unit is not None and b.unit is not None and a.unit != b.unit:
        return False
    (low_a, open_low_a, high_a, open_high_a), (low_b, open_low_b, high_b, open_high_b) = _span(a), _span(b)
    return _reaches(high_a, open_high_a, low_b, open_low_b) and _reaches(
        high_b, open_high_b, low_a, open_low_a
    )


def _span(figure: Quantity) -> tuple[Bound, bool, Bound, bool]:
    """The bounds widened by half a step of the last digit, and whether each is itself left out."""
    low, high = figure.bounds()
    half = Decimal(str(figure.precision or 0)) / 2
    if figure.qualifier == "about":
        base = Decimal(str(figure.value))
        top = Decimal(str(figure.value if figure.high is None else figure.high))
        return min(low or base, base - half), False, max(high or top, top + half), half > 0
    return (
        None if low is None else low - half,
        figure.qualifier == "more_than",
        None if high is None else high + half,
        half > 0,
    )


def _reaches(high: Bound, open_high: bool, low: Bound, open_low: bool) -> bool:
    """Whether a span with this upper end goes as far as one with that lower end."""
    if high is None or low is None or high > low:
        return True
    return high == low and not open_high and not open_low


def parse_quantity(text: str, *, money: bool = False) -> Quantity:
    """Read a figure in the canonical form or as people write it (`written_figures`); with `money` the
    number is whole and the unit an ISO 4217 code. `str` of what it gives reads as the same.

    Raises ValueError with a sentence.
    """
    shown = (
        "5600000000 CNY, about 500000000 CNY or 5亿元"
        if money
        else "35 park, more_than 20 park or 9.5 percent"
    )
    try:
        written = _canonical(text.strip()) or read_written(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not {'an amount' if money else 'a figure'}: {error}; expected {shown}"
        ) from None
    for number in (written.value, written.high, written.precision):
        if number is not None and abs(number) > LARGEST:
            raise ValueError(f"{text!r} is larger than a figure can be ({LARGEST})")
    if written.high is not None and written.high <= written.value:
        raise ValueError(f"{text!r}: the upper end of a range is not above its lower end")
    if written.high is not None and written.qualifier not in ("exact", "about"):
        raise ValueError(f"{text!r}: a range may be about, but not {written.qualifier}")
    if money:
        if written.value % 1 or (written.high or 0) % 1:
            raise ValueError(f"{text!r}: an amount is a whole number of currency units, as in {shown}")
        if written.unit is None:
            raise ValueError(f"{text!r} names no currency; expected {shown}")
        if written.unit not in CURRENCIES:
            raise ValueError(f"{text!r}: {written.unit!r} is no currency of ISO 4217; expected {shown}")
    return Quantity(
        _number(written.value),
        written.unit,
        written.qualifier,
        None if written.high is None else _number(written.high),
        None if written.precision is None else _number(written.precision),
    )


def _canonical(text: str) -> Written | None:
    """The canonical form; None where the text has another, or has words as its unit that only
    `written_figures` can read."""
    match = _FORM.fullmatch(text)
    if match is None or is_wording(match["qualifier"], match["unit"]):
        return None
    return Written(
        Decimal(match["number"]),
        match["unit"],
        match["qualifier"] or "exact",
        Decimal(match["high"]) if match["high"] else None,
        Decimal(match["precision"]) if match["precision"] else None,
    )


def _number(value: Decimal) -> Number:
    return int(value) if value % 1 == 0 else float(value)


def _plain(value: Number) -> str:
    """A number without an exponent, which a cell cannot hold."""
    if isinstance(value, float) and math.isfinite(value):
        return f"{Decimal(repr(value)):f}"
    return str(value)
