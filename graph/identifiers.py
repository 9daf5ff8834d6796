"""Identifiers that carry their own check: a wrong digit is found before it joins two organisations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stdnum import lei
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def _ror(value: str) -> bool:
    """ROR: seven characters of Crockford's base 32 and two digits, ISO 7064 mod 97-10 of the number."""
    number = 0
    for char in value[:-2]:
        number = number * 32 + _CROCKFORD.index(char)
    return 98 - (number * 100) % 97 == int(value[-2:])


def _stdnum(validate: Callable[[str], str]) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            return validate(value) == value
        except ValidationError:
            return False

    return check


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "ror": _ror,
    "uscc": _stdnum(uscc.validate),
    "lei": _stdnum(lei.validate),
}


def has_valid_check(scheme: str, value: str) -> bool:
    """Whether the check characters of an identifier are right; true where its scheme has none.

    The form is checked before, by the pattern of the scheme in the model.
    """
    check = CHECKS.get(scheme)
    try:
        return check is None or check(value)
    except (ValueError, IndexError):
        return False
