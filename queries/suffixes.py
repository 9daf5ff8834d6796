"""Where a text begins in any of many keys, by bisection: all places where a word, a syllable or a Chinese
character begins, sorted by what follows. The index that a search by name stands on.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int32]

END = "\0"
"""What stands between two keys; keys are letters and digits."""
_PACKED = 3
"""Code points of 21 bits in one integer of 64."""
_FEW = 200
"""Places up to which each is looked at by itself."""
SORTED = 5 * _PACKED
"""How many characters the sorting heeds; what is longer is compared after that."""


class Suffixes:
    """Keys in one text, each with the positions where a match may begin.

    Places are offsets into `text`. Memory is about 8 bytes a start and 9 a character.
    """

    def __init__(self, keys: Sequence[str], starts: Sequence[Iterable[int]]) -> None:
        self.text = END.join(keys) + END
        lengths = np.fromiter((len(key) for key in keys), np.int64, len(keys))
        self.offsets: Places = (np.cumsum(lengths + 1) - lengths - 1).astype(np.int32)
        codes = np.frombuffer(self.text.encode("utf-32-le"), np.uint32)
        self.codes = codes.astype(np.min_scalar_type(int(codes.max())))
        self._key_at = np.repeat(np.arange(len(keys), dtype=np.int32), lengths + 1)
        begins = [o + s for o, of_key in zip(self.offsets.tolist(), starts, strict=True) for s in of_key]
        unsorted = np.array(begins, np.int32)
        self.is_start = np.zeros(len(self.codes), bool)
        self.is_start[unsorted] = True
        self.order: Places = unsorted[self._sorting(unsorted)]
        # What bisection reads one by one; plain integers come out of an array faster.
        self._order = array("i")
        self._order.frombytes(self.order.tobytes())

    def _sorting(self, places: Places) -> NDArray[np.int64]:
        padded = np.concatenate([self.codes.astype(np.uint64), np.zeros(SORTED + _PACKED, np.uint64)])
        packed = (padded[:-2] << np.uint64(42)) | (padded[1:-1] << np.uint64(21)) | padded[2:]
        return np.lexsort([packed[places + skip] for skip in range(SORTED - _PACKED, -1, -_PACKED)])

    def span(self, prefix: str, low: int = 0, high: int | None = None) -> tuple[int, int]:
        """The range of `order` in which places begin with the prefix, or with its first SORTED characters;
        within a range that is already known to begin with part of it."""
        text, size = self.text, min(len(prefix), SORTED)
        high = len(self._order) if high is None else high

        def at(place: int) -> str:
            return text[place : place + size]

        low = bisect_left(self._order, prefix[:size], low, high, key=at)
        if low == high or not text.startswith(prefix[:size], self._order[low]):
            return low, low
        return low, bisect_right(self._order, prefix[:size], low, high, key=at)

    def met(self, text: str, within: tuple[int, int] | None = None) -> Places:
        """The places where a text begins."""
        low, high = self.span(text, *(within or ()))
        places: Places = self.order[low:high]
        if len(text) <= SORTED:
            return places
        return self._followed_by(places, text[SORTED:], SORTED)

    def _followed_by(self, places: Places, text: str, skip: int) -> Places:
        """Those places after which, some characters on, a text stands."""
        if len(places) <= _FEW:
            there = [self.text.startswith(text, place + skip) for place in places.tolist()]
            kept: Places = places[np.array(there, bool)]
            return kept
        for number, char in enumerate(text, skip):
            places = places[places + number < len(self.codes)]
            places = places[self.codes[places + number] == ord(char)]
        return places

    def met_with_gap(self, head: str, tail: str) -> Places:
        """The places where a head, any one character and a tail begin."""
        size = len(head)
        if size >= len(tail):
            places = self.met(head)
            places = places[places + size < len(self.codes)]
            places = places[self.codes[places + size] != 0]
            return self._followed_by(places, tail, size + 1)
        places = self.met(tail) - (size + 1)
        places = places[places >= 0]
        places = places[self.is_start[places] & (self.codes[places + size] != 0)]
        return self._followed_by(places, head, 0)

    def keys_at(self, places: Places) -> Places:
        """The number of the key that each place is in."""
        keys: Places = self._key_at[places]
        return keys

    def ends_there(self, places: Places) -> NDArray[np.bool_]:
        """Whether a place is where a word ends: the end of a key or the beginning of something new."""
        ends: NDArray[np.bool_] = (self.codes[places] == 0) | self.is_start[places]
        return ends
