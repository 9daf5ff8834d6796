"""How much one caller may ask: requests in a time, bytes of a body, length of an address."""

from __future__ import annotations

import ipaddress
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

MAX_URL = 16_384
"""Bytes of path and query together; longer than any browser's address that works everywhere."""
MAX_CALLERS = 10_000
"""Callers that are remembered; who has not asked for longest is forgotten first."""
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `600/minute`. Raises ValueError with what was expected."""
        found = re.fullmatch(r"([1-9]\d{0,8})\s*/\s*(second|minute|hour)", text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no rate; expected 600/minute, 10/second, 5000/hour, or off")
        return cls(int(found[1]), _SECONDS[found[2]])


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether a request may pass, how many more may at once, and in how many seconds one may again (where
    none may now) and all may again."""

    allowed: bool
    remaining: int
    retry_after: int
    reset: int


class RateLimiter:
    """A token bucket a caller: full at first, one token back every `seconds / requests`.

    Kept as one number, the moment at which the bucket is full again (the "theoretical arrival time" of the
    generic cell rate algorithm, ITU-T I.371), in units of a nanosecond over `requests`, so that everything
    is a whole number and no request is gained or lost by rounding.
    """

    def __init__(self, rate: Rate, *, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self.rate = rate
        self._clock = clock
        self._full_at: OrderedDict[str, int] = OrderedDict()
        self._token = rate.seconds * 1_000_000_000
        self._bucket = self._token * rate.requests

    def ask(self, caller: str) -> Allowance:
        """Take a token of this caller, where there is one."""
        units = self.rate.requests
        now = self._clock() * units
        full_at = max(self._full_at.pop(caller, now), now)
        over = full_at + self._token - now - self._bucket
        allowed = over <= 0
        if allowed:
            full_at += self._token
        self._full_at[caller] = full_at
        if len(self._full_at) > MAX_CALLERS:
            self._full_at.popitem(last=False)
        taken = full_at - now
        second = 1_000_000_000 * units
        return Allowance(
            allowed, (self._bucket - taken) // self._token, -(-max(over, 0) // second), -(-taken // second)
        )

    def headers(self, found: Allowance) -> dict[str, str]:
        """What the caller is told, in the form of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"requests";q={self.rate.requests};w={self.rate.seconds}',
            "RateLimit": f'"requests";r={found.remaining};t={found.reset}',
        } | ({} if found.allowed else {"Retry-After": str(max(found.retry_after, 1))})


def address_of(host: str | None) -> str:
    """The caller behind an address; a network of IPv6 (/64) is one, as one customer has all of it."""
    try:
        found = ipaddress.ip_address(host or "")
    except ValueError:
        return host or ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
