"""Figures with a unit and a qualifier: counts, percentages and amounts of money.

A cell reads `[qualifier ]number[ unit]`: `35 park`, `more_than 20 park`, `9.5 percent`,
`5600000000 CNY`. Money is an integer in the major unit of its currency (yuan, not fen) with an
ISO 4217 code; amounts of different currencies or kinds are never added.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"(?:(?P<qualifier>[a-z_]+)\s+)?(?P<number>[+-]?\d+(?:\.\d+)?)(?:\s+(?P<unit>\S.*))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
LARGEST = 2**63 - 1
"""Neo4j's largest integer."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, its unit (None where the source states none) and how exactly it is stated."""

    value: int | float
    unit: str | None = None
    qualifier: str = "exact"

    def __str__(self) -> str:
        head = "" if self.qualifier == "exact" else f"{self.qualifier} "
        return f"{head}{self.value}{f' {self.unit}' if self.unit else ''}"


def parse_quantity(text: str, *, money: bool = False) -> Quantity:
    """Read a figure; with `money` the number is whole and the unit an ISO 4217 code.

    Raises ValueError with a sentence.
    """
    shown = "5600000000 CNY or about 500000000 CNY" if money else "35 park, more_than 20 park or 9.5 percent"
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not {'an amount' if money else 'a figure'}; expected {shown}")
    number, unit = match["number"], match["unit"]
    value: int | float = float(number) if "." in number else int(number)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if abs(value) > LARGEST:
        raise ValueError(f"{text!r} is larger than a figure can be ({LARGEST})")
    if money:
        if not isinstance(value, int):
            raise ValueError(f"{text!r}: an amount is a whole number of currency units, as in {shown}")
        if unit is None or not _CURRENCY.fullmatch(unit):
            raise ValueError(f"{text!r} names no currency; expected {shown}")
    return Quantity(value, unit, match["qualifier"] or "exact")
