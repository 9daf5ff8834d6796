"""Where a text begins that is nearly the one asked for: a letter wrong, missing, too many or changed with
its neighbour; a Chinese character wrong, or one that sounds alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from parkgraph.queries.suffixes import END, Places, Suffixes

FEWEST = 4
"""Letters or Chinese characters of a text that may hold one fault; fewer are too often another name."""
FEWEST_FOR_TWO = 8
"""Letters of a text that may hold two, the first half at most one of them."""
LONGEST = 64
_SHORT = 5
"""Up to here what is nearly met must end where a word ends."""
_MOST_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class Near:
    """Places at which a text is nearly met, how many characters of the key it is met by, and the number of
    faults."""

    places: Places
    size: int
    faults: int


def near(index: Suffixes, text: str) -> Iterator[Near]:
    """Where a normalised text is nearly met, the fewest faults first. Nothing for digits alone, whose next
    neighbour is another number."""
    if not FEWEST <= len(text) <= LONGEST or text.isdecimal():
        return
    found = _near_letters(index, text) if text.isascii() else _near_characters(index, text)
    some = False
    for one in found:
        places = one.places
        if len(text) <= _SHORT and text.isascii():
            places = places[index.ends_there(places + one.size)]
        if len(places):
            some = True
            yield Near(places, one.size, one.faults)
    if not some and text.isascii() and len(text) >= FEWEST_FOR_TWO:
        yield from _two_faults(index, text)


def _near_letters(index: Suffixes, text: str) -> Iterator[Near]:
    """One fault, which never is a digit. What follows a beginning that no key has is not looked for."""
    within: tuple[int, int] = (0, len(index.order))
    for at, char in enumerate(text):
        before, after = text[:at], text[at + 1 :]
        if at:
            within = index.span(before, *within)
        if within[0] == within[1] or at > LONGEST:
            return
        if char.isdigit():
            continue
        faulty = {f"{before}{letter}{after}" for letter in ascii_lowercase if letter != char}
        faulty |= {f"{before}{letter}{char}{after}" for letter in ascii_lowercase}
        if len(text) > FEWEST:
            faulty.add(before + after)
        if after and not after[0].isdigit():
            faulty.add(f"{before}{after[0]}{char}{after[1:]}")
        for meant in sorted(faulty - {text}):
            places = index.met(meant, within)
            if len(places):
                yield Near(places, len(meant), 1)


def _near_characters(index: Suffixes, text: str) -> Iterator[Near]:
    for at, char in enumerate(text):
        before, after = text[:at], text[at + 1 :]
        if char.isdigit():
            continue
        yield Near(index.met_with_gap(before, after), len(text), 1)
        if at:
            yield Near(index.met_with_gap(before, char + after), len(text) + 1, 1)
        if len(text) > FEWEST:
            yield Near(index.met(before + after), len(text) - 1, 1)
        if after and after[0] != char:
            yield Near(index.met(f"{before}{after[0]}{char}{after[1:]}"), len(text), 1)


def _two_faults(index: Suffixes, text: str) -> Iterator[Near]:
    """Of what begins like the first half with at most one fault, what is near as a whole."""
    half = len(text) // 2
    found = [index.met(text[:half])]
    found += [one.places for one in _near_letters(index, text[:half])]
    places = np.unique(np.concatenate(found))[:_MOST_COMPARED]
    if not len(places):
        return
    sizes = range(len(text) - 2, len(text) + 3)
    beginnings = [index.text[place : place + sizes[-1]].split(END, 1)[0] for place in places.tolist()]
    # A beginning of the same length is at most two faults further off than the best one.
    same = [beginning[: len(text)] for beginning in beginnings]
    (far,) = process.cdist([text], same, scorer=OSA.distance, score_cutoff=4)
    by_size: dict[int, list[int]] = {}
    for number in np.flatnonzero(far <= 4).tolist():
        faults, _, size = min(
            (OSA.distance(text, beginnings[number][:size], score_cutoff=2), abs(size - len(text)), size)
            for size in sizes
        )
        if faults <= 2:
            by_size.setdefault(min(size, len(beginnings[number])), []).append(int(places[number]))
    for size, at in by_size.items():
        ending = np.array(at, np.int32)
        ending = ending[index.ends_there(ending + size)]
        if len(ending):
            yield Near(ending, size, 2)
