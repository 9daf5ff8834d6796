"""What an entity is searched by: its names as written and as spelled in pinyin, its identifiers and its id.
And the way back from what was met in such a key to the characters of the name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal

from rapidfuzz.distance import Levenshtein

from parkgraph.graph.model import Model
from parkgraph.graph.naming import normalise, pypinyin
from parkgraph.graph.subgraph import Node

_FEWEST_INITIALS = 2
Form = Literal["written", "pinyin", "initials", "whole"]


@dataclass(frozen=True, slots=True)
class Key:
    """A text as it is searched. `starts` are the positions in `key` where a match may begin (a word, a
    Chinese character, a syllable). `whole` keys, ids and identifiers, are met whole or not at all."""

    text: str
    key: str
    form: Form
    starts: Sequence[int] = (0,)


def keys_of(node: Node, identifiers: Sequence[str]) -> Iterator[Key]:
    """The keys of an entity, those of one name together; `identifiers` are the properties that hold some."""
    properties = node.properties
    names = [properties[key] for key in ("name_zh", "name_en") if key in properties]
    names += [text for key in ("alias", "former_name") for text in properties.get(key, ())]
    for text in names:
        key = normalise(text)
        if not key:
            continue
        yield Key(text, key, "written", _word_starts(text, key))
        if _has_pinyin(key):
            spelled = syllables(key)
            starts = tuple(accumulate((len(s) for s in spelled[:-1]), initial=0))
            yield Key(text, "".join(spelled), "pinyin", starts)
            initials = "".join(_initials(key, spelled))
            if len(initials) >= _FEWEST_INITIALS:
                yield Key(text, initials, "initials")
    for text in [*(properties[key] for key in identifiers if key in properties), node.id]:
        yield Key(text, normalise(text), "whole")


def identifier_properties(model: Model) -> list[str]:
    return [p.name for p in model.entity_properties.values() if p.type == "identifier"]


def _has_pinyin(key: str) -> bool:
    return any("一" <= char <= "鿿" for char in key)


def syllables(key: str) -> list[str]:
    """The syllable of every Chinese character; what stands between them in one piece."""
    pypinyin()
    from pypinyin.seg.simpleseg import seg

    return [syllable for word in seg(key) for syllable in _spelled(word)]


@lru_cache(maxsize=1 << 16)
def _spelled(word: str) -> tuple[str, ...]:
    # Names are made of few words, and looking one up is what takes long.
    tables = pypinyin()
    return tuple(tables.lazy_pinyin(word, style=tables.Style.NORMAL))


def _initials(key: str, spelled: Sequence[str]) -> Iterator[str]:
    if len(key) == len(spelled):
        yield from (syllable[:1] for syllable in spelled)
        return
    for (start, end), syllable in zip(_characters(key, spelled), spelled, strict=True):
        yield syllable if key[start:end] == syllable else syllable[:1]


def _characters(key: str, spelled: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The characters that each syllable is of."""
    at = 0
    for syllable in spelled:
        size = len(syllable) if key.startswith(syllable, at) else 1
        yield at, at + size
        at += size


def _word_starts(text: str, key: str) -> Sequence[int]:
    """Where words begin in the normalised form of a text; every Chinese character begins one."""
    classes = [_class(char) for char in key]
    if _OTHER in classes and len(set(classes)) == 1:
        return range(len(key))
    # A letter after a Chinese character, or a digit after a letter, begins something new.
    starts = {
        at
        for at, (kind, before) in enumerate(zip(classes, ["", *classes], strict=False))
        if kind == _OTHER or kind != before
    }
    folded = unicodedata.normalize("NFKC", text)
    if not folded.isalnum():
        starts |= {len(normalise(folded[: word.start()])) for word in re.finditer(r"\w+", folded)}
        starts.discard(len(key))
    return tuple(sorted(starts))


_OTHER = "other"


def _class(char: str) -> str:
    return "digit" if char.isdigit() else "latin" if char.isascii() else _OTHER


# -- back to the name ---------------------------------------------------------------------------

Range = tuple[int, int]


def ranges_in(text: str, met: Sequence[tuple[Form, int, int]]) -> list[Range]:
    """The ranges [start, end) of a name that were met, given for each form of its key by start and end.

    A range goes over what the key leaves out (spaces, brackets) but not over a long form that it shortens.
    """
    key = normalise(text)
    places = _places(text, key)
    shown: set[int] = set()
    for form, start, end in met:
        if form == "whole":
            return [(0, len(text))]
        for at in _in_key(key, form, start, end):
            shown.update(places[at])
    ranges: list[Range] = []
    for place in sorted(shown):
        between = text[ranges[-1][1] : place] if ranges else "-"
        if ranges and not normalise(between):
            ranges[-1] = (ranges[-1][0], place + 1)
        else:
            ranges.append((place, place + 1))
    return ranges


def _in_key(key: str, form: Form, start: int, end: int) -> Iterator[int]:
    """The characters of the written key that a stretch of another form is of."""
    if form == "written":
        yield from range(start, end)
        return
    spelled = syllables(key)
    pieces = spelled if form == "pinyin" else list(_initials(key, spelled))
    at = 0
    for piece, (first, last) in zip(pieces, _characters(key, spelled), strict=True):
        if last - first == len(piece):  # what is written as it is spelled is met letter by letter
            yield from (first + i for i in range(len(piece)) if start <= at + i < end)
        elif at < end and at + len(piece) > start:
            yield from range(first, last)
        at += len(piece)


def _places(text: str, key: str) -> list[list[int]]:
    """For each character of a key the characters of its text that it stands for."""
    folded: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        for kept in normalise(char):
            folded.append(kept)
            origin.append(at)
    places: list[list[int]] = [[] for _ in key]
    for part in Levenshtein.opcodes(folded, key):
        if part.tag in ("equal", "replace"):
            for step in range(part.src_end - part.src_start):
                places[part.dest_start + step].append(origin[part.src_start + step])
    return places
