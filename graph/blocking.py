"""Which of many parties are worth comparing: those that share a word which tells something, a spelling, an
acronym, or an identifier. Common words are taken two and three together, so that 100,000 names stay
a matter of minutes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import combinations, pairwise
from typing import Protocol

from parkgraph.graph.name_matching import (
    Part,
    is_acronym,
    is_telling,
    letter_orders,
    letters_of,
    may_be_abbreviation,
)
from parkgraph.graph.naming import Name, Unit, is_pinyin, lexicon, pinyin, read_name, renderings_of_word

# A group of this size is compared pair by pair; a larger one is divided by a second and a third word.
# The more parties, the smaller the groups: the pairs compared grow with the parties, not with their square.
_AT_ONCE = 20
_PAIRS_A_PARTY = 100_000
_DEPTH = 3
# Names that share three common words and are still more than this are compared by their equal forms only.
_TOO_MANY = 100


class Named(Protocol):
    """What blocking needs of a party."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def kinds(self) -> frozenset[str]: ...
    @property
    def identifiers(self) -> Mapping[str, str]: ...


def candidates(parties: Sequence[Named]) -> list[tuple[int, int]]:
    """Pairs of places in the sequence, each once, in order."""
    count = len(parties)
    codes: set[int] = set()
    for group in _groups(parties):
        members = sorted(group)
        for at, i in enumerate(members):
            codes.update(i * count + j for j in members[at + 1 :])
    return [divmod(code, count) for code in sorted(codes)]


def _groups(parties: Sequence[Named]) -> Iterator[Iterable[int]]:
    exact: dict[str, set[int]] = defaultdict(set)
    words: list[set[str]] = []
    first_words: list[set[str]] = []
    short: dict[str, set[int]] = defaultdict(set)
    long: list[tuple[int, Name]] = []
    letters: dict[str, set[int]] = defaultdict(set)
    for i, party in enumerate(parties):
        for scheme, value in party.identifiers.items():
            exact[f"id {scheme} {value}"].add(i)
        telling: set[str] = set()
        bodies: set[str] = set()
        for text in party.names:
            name = read_name(text)
            for key in _exact_keys(name, party.kinds):
                exact[key].add(i)
            for part in (name, *(read_name(aside) for aside in name.aside if len(aside) > 3)):
                one, other = _words(part)
                telling |= one
                bodies |= other
            if is_acronym(name):
                letters["".join(sorted(letters_of(name)))].add(i)
            else:
                long.append((i, name))
            if may_be_abbreviation(name):
                short[name.core[0] + name.core[-1]].add(i)
        first_words.append(telling)
        words.append(telling | bodies)
    for group in exact.values():
        if len(group) > 1:
            yield group
    yield from _abbreviated(short, long)
    yield from _lettered(letters, long)
    yield from _worded(first_words, words)


def _exact_keys(name: Name, kinds: frozenset[str]) -> Iterator[str]:
    yield f"name {name.key}"
    if name.script == "zh":
        yield f"pinyin {''.join(pinyin(name.core))}"
    elif name.script == "pinyin":
        yield f"pinyin {''.join(name.syllables)}"
    # A government and the parks of its place; a place and the parks named after it.
    places = ["".join(pinyin(u.text)) for u in name.units if u.role == "place"]
    last = name.units[-1].text if name.units else ""
    if places and (last == "政府" or "government" in {u.text for u in name.units}):
        yield f"seat {places[-1]}"
    if places and ("Park" in kinds or any(u.group in ("zone",) or u.text == "zone" for u in name.units)):
        yield f"seat {places[0]}"
    if kinds & {"Place", "Park"}:
        for unit in name.units:
            if unit.role in ("place", "proper"):
                yield f"place {unit.text}"


def _words(name: Name) -> tuple[set[str], set[str]]:
    """The words by which a name may be found: those that tell which body is meant, and the others."""
    telling: set[str] = set()
    others: set[str] = set()
    for unit in name.units:
        if unit.role in ("level", "legal"):
            continue
        into = telling if is_telling(unit) else others
        into |= _forms(name, unit)
    if name.script == "en":
        # Fu Wai may be written Fuwai.
        texts = [unit.text for unit in name.units]
        telling |= {a + b for a, b in pairwise(texts) if is_pinyin(a) and is_pinyin(b)}
    if name.script == "pinyin":
        # The words of a name in pinyin are anybody's guess.
        spelled = name.syllables
        telling |= {"".join(spelled[i : i + n]) for n in (2, 3) for i in range(len(spelled) - n + 1)}
    if not telling:
        return others, set()
    return telling, others


def _forms(name: Name, unit: Unit) -> set[str]:
    if name.script == "en":
        return {unit.text}
    forms = {"".join(pinyin(unit.text))}
    for rendering in renderings_of_word(unit.text):
        # Every word of a rendering has to be met, so the longest, likely the rarest, will do.
        forms.add(max(rendering, key=lambda word: (len(word), word)))
    if unit.role == "proper" and len(unit.text) > 2:
        spelled = pinyin(unit.text)
        forms |= {"".join(spelled[i : i + 2]) for i in range(len(spelled) - 1)}
    short = lexicon().short_places.get(unit.text)
    return forms | ({"".join(pinyin(short))} if short else set())


def _abbreviated(short: Mapping[str, set[int]], long: Sequence[tuple[int, Name]]) -> Iterator[set[int]]:
    """哈工大 with the names whose first and last word hold its first and last character."""
    full: dict[str, set[int]] = defaultdict(set)
    for i, name in long:
        parts = [u.text for u in name.units if u.role != "legal" and u.text not in ("省", "市", "县", "区")]
        if name.script == "zh" and len(parts) > 1:
            for first in parts[0]:
                for last in parts[-1]:
                    if first + last in short:
                        full[first + last].add(i)
    for key in sorted(full):
        if len(full[key]) <= _TOO_MANY:
            for i in sorted(short[key]):
                for j in sorted(full[key]):
                    yield {i, j}


def _lettered(letters: Mapping[str, set[int]], long: Sequence[tuple[int, Name]]) -> Iterator[set[int]]:
    """Acronyms with the names that can give just their letters."""
    if not letters:
        return
    given: dict[str, set[int]] = defaultdict(set)
    begun = {
        "".join(some) for key in letters for size in range(len(key) + 1) for some in combinations(key, size)
    }
    for i, name in long:
        # Every order gives the same letters, but for the parent that some leave out.
        shapes = {tuple(sorted(order, key=repr)) for order in letter_orders(name)}
        for shape in shapes:
            for key in _spellable(shape, begun) & letters.keys():
                given[key].add(i)
    for key in sorted(given):
        for i in sorted(letters[key]):
            for j in sorted(given[key]):
                if i != j:
                    yield {i, j}


def _spellable(parts: Sequence[Part], begun: Set[str]) -> set[str]:
    """The letters, sorted, of every acronym that the parts may give and that may become one of those met."""
    technical = any("tech" in given for given, _ in parts)
    spelled = {""}
    for given, optional in parts:
        longer = {"".join(sorted(held + piece)) for held in spelled for piece in given} & begun
        spelled = longer | spelled if optional or (technical and "u" in given) else longer
        if not spelled:
            return set()
    return spelled - {""}


def _worded(first: Sequence[set[str]], words: Sequence[set[str]]) -> Iterator[Iterable[int]]:
    """Groups by one word, and where that is common by two or three of them."""
    count = Counter(word for held in words for word in held)
    rank = {word: at for at, (word, _) in enumerate(sorted(count.items(), key=lambda c: (c[1], c[0])))}
    ordered = [sorted(held, key=rank.__getitem__) for held in words]
    groups: dict[str, list[int]] = defaultdict(list)
    for i, held in enumerate(first):
        for word in held:
            groups[word].append(i)
    size = max(_AT_ONCE, min(_TOO_MANY, _PAIRS_A_PARTY // max(len(words), 1)))
    for word in sorted(groups, key=rank.__getitem__):
        yield from _divided(groups[word], (word,), first, ordered, rank, size)


def _divided(
    group: list[int],
    by: tuple[str, ...],
    first: Sequence[Set[str]],
    ordered: Sequence[Sequence[str]],
    rank: Mapping[str, int],
    size: int,
) -> Iterator[Iterable[int]]:
    if len(group) < 2:
        return
    if len(group) <= size or (len(by) == _DEPTH and len(group) <= 2 * size):
        yield group
        return
    if len(by) == _DEPTH:
        return
    last = rank[by[-1]]
    parts: dict[str, list[int]] = defaultdict(list)
    alone = []
    for i in group:
        # The rarest word that two share comes first, so that each pair is met in one order only.
        others = [w for w in ordered[i] if w not in by and (rank[w] > last or w not in first[i])]
        if len(ordered[i]) == len(by):
            alone.append(i)
        for word in others:
            parts[word].append(i)
    if alone and len(group) <= _TOO_MANY:
        # A name that has no other word can only be met by these.
        yield group
        return
    for word in sorted(parts, key=rank.__getitem__):
        yield from _divided(parts[word], (*by, word), first, ordered, rank, size)
