"""Search by name: Chinese, English, pinyin, aliases, identifiers and ids, whatever the spacing, width,
case or brackets, and with typos where nothing is truly met. The index is built in process from the
snapshot, so both engines answer alike.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.model import Model
from parkgraph.graph.naming import is_chinese, normalise
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Node
from parkgraph.queries.search_keys import Form, Range, identifier_properties, keys_of, ranges_in, syllables
from parkgraph.queries.suffixes import Places, Suffixes
from parkgraph.queries.typos import Near, near
from parkgraph.queries.walk import lying_in
from parkgraph.queries.whereabouts import Whereabouts, place_kinds

_FEWEST_LETTERS = 2
_PREFIX_AT_MOST = 0.9
_MOST_WORDS = 12
MOST_PLACES = 50
"""How many places are counted one by one, those with most matches."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entity found, the name that matched, and how well (1.0 is the whole name, less than 0.2 a typo).

    `begins` where the name begins with what was searched; `fuzzy` where it is only nearly met.
    """

    node: Node
    text: str
    score: float
    begins: bool
    fuzzy: bool = False
    met: tuple[tuple[Form, int, int], ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the whole name was searched, as written or spelled."""
        return self.score > _PREFIX_AT_MOST

    @property
    def as_written(self) -> bool:
        """Whether the whole name was searched as it is written, or an identifier or the id."""
        return self.score == 1.0

    @property
    def is_identifier(self) -> bool:
        """Whether it was met by an identifier or the id."""
        return any(form == "whole" for form, _, _ in self.met)

    @property
    def highlight(self) -> list[Range]:
        """The ranges [start, end) of `text`, in characters, that were met."""
        return ranges_in(self.text, self.met)

    def to_suggestion(self) -> dict[str, Any]:
        """What is offered while a name is typed."""
        return {
            "id": self.node.id,
            "kind": self.node.kind,
            "name_zh": self.node.properties.get("name_zh"),
            "name_en": self.node.properties.get("name_en"),
            "name": self.node.properties["name"],
            "matched": self.text,
            "highlight": self.highlight,
            "fuzzy": self.fuzzy,
        }

    def to_dict(self) -> dict[str, Any]:
        return {**self.to_suggestion(), "score": round(self.score, 3)}


@dataclass(frozen=True, slots=True)
class Facet:
    """One kind or one place, its labels, and how many matches it would leave as a filter."""

    value: str
    zh: str
    en: str
    count: int

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def to_dict(self) -> dict[str, Any]:
        return {"value": self.value, "zh": self.zh, "en": self.en, "count": self.count}


@dataclass(frozen=True)
class Found:
    """A page of matches, the number of all, and those counted by kind and by place: `kinds` among the
    matches in the place asked for, `places` among those of the kinds asked for, the most first."""

    items: list[Match]
    total: int
    kinds: list[Facet] = field(default_factory=list)
    places: list[Facet] = field(default_factory=list)
    offset: int = 0

    @property
    def fuzzy(self) -> bool:
        """Whether nothing was truly met, so that the matches are only near."""
        return any(match.fuzzy for match in self.items)

    @property
    def next(self) -> int | None:
        """The offset of the next page; None after the last."""
        end = self.offset + len(self.items)
        return end if self.items and end < self.total else None

    def to_dict(self) -> dict[str, Any]:
        return {
            "items": [match.to_dict() for match in self.items],
            "total": self.total,
            "next": self.next,
            "fuzzy": self.fuzzy,
            "facets": {
                "kind": [facet.to_dict() for facet in self.kinds],
                "place": [facet.to_dict() for facet in self.places],
            },
        }


@dataclass(frozen=True)
class _Hits:
    """Keys that were met, by number: how well, from where and over how many characters."""

    keys: Places
    scores: NDArray[np.float64]
    starts: Places
    sizes: Places
    fuzzy: bool = False
    parts: tuple[_Hits, ...] = ()
    """The hits of each word, where the words were met one by one."""

    @classmethod
    def together(cls, parts: Sequence[_Hits], *, fuzzy: bool = False) -> _Hits:
        if not parts:
            none = np.zeros(0, np.int32)
            return cls(none, np.zeros(0), none, none, fuzzy)
        return cls(
            np.concatenate([part.keys for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.starts for part in parts]),
            np.concatenate([part.sizes for part in parts]),
            fuzzy,
        )

    def __len__(self) -> int:
        return len(self.keys)


class SearchIndex:
    """Every name of every entity, normalised, and spelled in pinyin where it is Chinese."""

    def __init__(self, snapshot: Snapshot, model: Model) -> None:
        self._snapshot, self._model = snapshot, model
        self._nodes = [snapshot.nodes[i] for i in snapshot.columns.ids]
        self._texts: list[str] = []
        self._forms: list[Form] = []
        self._whole: dict[str, list[int]] = {}
        written: list[str] = []
        starts: list[Sequence[int]] = []
        owners: list[int] = []
        names: list[int] = []
        whole: list[tuple[int, str, str]] = []
        identifiers = identifier_properties(model)
        name = -1
        for number, node in enumerate(self._nodes):
            for key in keys_of(node, identifiers):
                if key.form == "whole":
                    whole.append((number, key.text, key.key))
                    continue
                name += key.form == "written"
                self._add(key.text, key.form, number, name, owners, names)
                written.append(key.key)
                starts.append(key.starts)
        self._suffixes = Suffixes(written, starts)
        sizes = [len(key) for key in written]
        for number, text, key_text in whole:
            name += 1
            self._whole.setdefault(key_text, []).append(len(self._texts))
            self._add(text, "whole", number, name, owners, names)
            sizes.append(len(key_text))
        self._owner, self._name = np.array(owners, np.int32), np.array(names, np.int32)
        self._size = np.array(sizes, np.int32)
        self._in_pinyin = np.array([form == "pinyin" for form in self._forms], bool)
        self._spelled = self._in_pinyin | np.array([form == "initials" for form in self._forms], bool)
        self._turn = self._turns()

    def _add(
        self, text: str, form: Form, number: int, name: int, owners: list[int], names: list[int]
    ) -> None:
        self._texts.append(text)
        self._forms.append(form)
        owners.append(number)
        names.append(name)

    def _turns(self) -> NDArray[np.int64]:
        """The place of each entity among equals: more facts first, then by id."""
        degrees = self._snapshot.degrees
        ordered = sorted(
            range(len(self._nodes)),
            key=lambda n: (-degrees.get(self._nodes[n].id, 0), n),
        )
        turns = np.empty(len(ordered), np.int64)
        turns[ordered] = np.arange(len(ordered))
        return turns

    @cached_property
    def _whereabouts(self) -> Whereabouts:
        return Whereabouts(self._snapshot, self._model)

    @cached_property
    def _kinds(self) -> tuple[list[frozenset[str]], NDArray[np.int64]]:
        """The sets of kinds that entities bear, and for each entity the number of its own."""
        sets: dict[frozenset[str], int] = {}
        labels = self._snapshot.labels
        of_each = [sets.setdefault(labels[node.id], len(sets)) for node in self._nodes]
        return list(sets), np.array(of_each, np.int64)

    # -- asking --------------------------------------------------------------------------------

    def borne(self, text: str) -> list[Match]:
        """All whose name, or its beginning or middle, is this one truly: what a name may mean."""
        hits = self._truly(normalise(text))
        return self._best(hits, self._entities(hits), 0, None)

    def identified(self, text: str, *, kinds: Iterable[str] = ()) -> list[Node]:
        """The entities of some kinds, or of any, that bear an identifier or id, whole."""
        wanted, labels = frozenset(kinds), self._snapshot.labels
        found = {self._owner[key] for key in self._whole.get(normalise(text), ())}
        nodes = [self._nodes[number] for number in sorted(found)]
        return [node for node in nodes if not wanted or not wanted.isdisjoint(labels[node.id])]

    def search(
        self, text: str, *, kinds: Iterable[str] = (), place: str | None = None, limit: int = 20
    ) -> list[Match]:
        """The best matches: a whole name before its beginning, before its middle, before its words in another
        order; what is only nearly met where nothing is. Then by the number of facts, and by id."""
        hits = self._hits(text)
        return self._best(hits, self._entities(hits, kinds, place), 0, limit)

    def find(
        self,
        text: str,
        *,
        kinds: Iterable[str] = (),
        place: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> Found:
        """The same with the number of all matches, and those counted by kind and by place. `kinds` are names
        of the model, `place` is the id of anything that others lie in."""
        hits = self._hits(text)
        kept = self._entities(hits, kinds, place)
        return Found(
            self._best(hits, kept, offset, limit),
            len(kept),
            self._kind_facets(self._entities(hits, (), place)),
            self._place_facets(self._entities(hits, kinds, None)),
            offset,
        )

    def is_place(self, identifier: str) -> bool:
        return not place_kinds(self._model).isdisjoint(self._snapshot.labels[identifier])

    def places_of(self, identifier: str) -> list[Node]:
        """The places that an entity is in."""
        number = self._snapshot.index.get(identifier)
        return [self._nodes[n] for n in self._whereabouts.places_of(number)] if number is not None else []

    def _entities(
        self, hits: _Hits, kinds: Iterable[str] = (), place: str | None = None
    ) -> NDArray[np.int64]:
        """The numbers of the entities met, of the kinds and in the place."""
        met = np.zeros(len(self._nodes), bool)
        met[self._owner[hits.keys]] = True
        wanted = frozenset(kinds)
        if wanted:
            sets, of_each = self._kinds
            met &= np.array([not wanted.isdisjoint(labels) for labels in sets], bool)[of_each]
        if place is not None:
            met &= lying_in(self._snapshot.columns, self._snapshot.index[place])
        return np.flatnonzero(met)

    def _kind_facets(self, entities: NDArray[np.int64]) -> list[Facet]:
        sets, of_each = self._kinds
        counts: Counter[str] = Counter()
        for labels, count in zip(sets, np.bincount(of_each[entities], minlength=len(sets)), strict=True):
            counts.update(dict.fromkeys(labels, int(count)))
        return [
            Facet(name, self._model.kinds[name].zh, self._model.kinds[name].en, count)
            for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            if count
        ]

    def _place_facets(self, entities: NDArray[np.int64]) -> list[Facet]:
        counts = self._whereabouts.counted(entities)
        shown = sorted(np.flatnonzero(counts).tolist(), key=lambda n: (-counts[n], self._nodes[n].id))
        return [
            Facet(node.id, node.label("zh"), node.label("en"), int(counts[number]))
            for number in shown[:MOST_PLACES]
            for node in [self._nodes[number]]
        ]

    # -- meeting -------------------------------------------------------------------------------

    def _hits(self, text: str) -> _Hits:
        query = normalise(text)
        truly = self._truly(query)
        words = _words(text)
        if len(words) > 1:
            truly = self._with(truly, self._in_any_order(words))
        return truly if len(truly) else self._nearly(query, words)

    def _truly(self, query: str) -> _Hits:
        """Where a whole query is met: the whole of a key, its beginning or its middle."""
        if not query:
            return _Hits.together([])
        places = self._suffixes.met(query)
        keys = self._suffixes.keys_at(places)
        starts = places - self._suffixes.offsets[keys]
        sizes = self._size[keys]
        exact = (starts == 0) & (sizes == len(query))
        if query.isascii() and len(query) < _FEWEST_LETTERS:
            keys, starts, sizes, exact = keys[exact], starts[exact], sizes[exact], exact[exact]
        # The share of a spelled name that is met is that of its spelling.
        penalty = 0.05 * self._spelled[keys]
        share = len(query) / np.maximum(sizes, 1)
        scores: NDArray[np.float64] = np.where(starts == 0, 0.6, 0.4) + 0.3 * share - penalty
        scores[exact] = 1.0 - penalty[exact] / 8
        text = _Hits(keys, scores, starts, np.full(len(keys), len(query), np.int32))
        numbers = np.array(self._whole.get(query, ()), np.int32)
        zeros = np.zeros(len(numbers), np.int32)
        whole = _Hits(numbers, np.ones(len(numbers)), zeros, zeros + np.int32(len(query)))
        return _Hits.together([text, whole])

    def _in_any_order(self, words: Sequence[str]) -> _Hits:
        """Names in which every word is met, wherever: below what is met as a whole."""
        return self._all_of([self._truly(word) for word in words], floor=0.2, fuzzy=False)

    def _all_of(self, parts: Sequence[_Hits], *, floor: float, fuzzy: bool) -> _Hits:
        """One hit for each name that every part meets, from its floor up by the share that is met."""
        size = int(self._name[-1]) + 1 if len(self._name) else 0
        rarest = min(parts, key=len)
        common = np.zeros(size, bool)
        common[self._name[rarest.keys]] = True
        kept = []
        for part in parts:
            there = common[self._name[part.keys]]
            part = _Hits(part.keys[there], part.scores[there], part.starts[there], part.sizes[there])
            common = np.zeros(size, bool)
            common[self._name[part.keys]] = True
            kept.append(part)
        names = np.flatnonzero(common)
        covered, first = np.zeros(size), np.zeros(size, np.int32)
        for part in kept:
            share = np.zeros(size)
            np.maximum.at(share, self._name[part.keys], part.sizes / np.maximum(self._size[part.keys], 1))
            covered[names] += share[names]
            backwards = part.keys[::-1]
            first[self._name[backwards]] = backwards
        keys = first[names]
        zeros = np.zeros(len(keys), np.int32)
        scores = floor + 0.09 * np.minimum(covered[names], 1.0)
        return _Hits(keys, scores, zeros, zeros, fuzzy, tuple(kept))

    def _with(self, truly: _Hits, words: _Hits) -> _Hits:
        """What is met as a whole, and after it what is met by its words."""
        together = _Hits.together([truly, words])
        return _Hits(
            together.keys, together.scores, together.starts, together.sizes, words.fuzzy, words.parts
        )

    def _nearly(self, query: str, words: Sequence[str]) -> _Hits:
        """What is met but for a typo, also in one of several words."""
        whole = _Hits.together([*self._near(query), *self._alike(query)], fuzzy=True)
        if len(words) < 2:
            return whole
        parts = []
        for word in words:
            truly = self._truly(word)
            parts.append(
                truly if len(truly) else _Hits.together([*self._near(word), *self._alike(word)], fuzzy=True)
            )
        return self._with(whole, self._all_of(parts, floor=0.08, fuzzy=True))

    def _near(self, query: str) -> Iterator[_Hits]:
        for found in near(self._suffixes, query):
            yield self._fuzzy(found)

    def _alike(self, query: str) -> Iterator[_Hits]:
        """Chinese names that sound alike."""
        if len(query) < 2 or not is_chinese(query):
            return
        sound = "".join(syllables(query))
        places = self._suffixes.met(sound)
        places = places[self._suffixes.ends_there(places + len(sound))]
        places = places[self._in_pinyin[self._suffixes.keys_at(places)]]
        yield self._fuzzy(Near(places, len(sound), 1))

    def _fuzzy(self, found: Near) -> _Hits:
        places: Places = found.places
        keys = self._suffixes.keys_at(places)
        starts = places - self._suffixes.offsets[keys]
        share = np.minimum(found.size / np.maximum(self._size[keys], 1), 1.0)
        scores = np.where(starts == 0, 0.14, 0.12) + 0.04 * share - 0.04 * (found.faults - 1)
        # Of two ways to read a typo, the one that makes a word.
        scores += 0.01 * self._suffixes.ends_there(places + found.size)
        return _Hits(keys, scores, starts, np.full(len(keys), found.size, np.int32), fuzzy=True)

    # -- the best ------------------------------------------------------------------------------

    def _best(self, hits: _Hits, entities: NDArray[np.int64], offset: int, limit: int | None) -> list[Match]:
        """The best hit of each of the entities, in order, from the offset on."""
        if not len(entities):
            return []
        owners = self._owner[hits.keys]
        best = np.full(len(self._nodes), -1.0)
        np.maximum.at(best, owners, hits.scores)
        # Higher scores first, then the turn; both in one integer.
        worse = (1 << 30) - np.rint(best[entities] * (1 << 29)).astype(np.int64)
        order = (worse << 32) + self._turn[entities]
        end = len(entities) if limit is None else min(offset + limit, len(entities))
        if end < len(entities):
            first = np.argpartition(order, end)[:end]
            chosen = first[np.argsort(order[first])]
        else:
            chosen = np.argsort(order)
        shown = entities[chosen][offset:end]
        # The first name of several that are met equally well.
        wanted = np.zeros(len(self._nodes), bool)
        wanted[shown] = True
        there = np.flatnonzero(wanted[owners])
        there = there[hits.scores[there] == best[owners[there]]]
        there = there[np.argsort(hits.keys[there], kind="stable")][::-1]
        hit_of = dict(zip(owners[there].tolist(), there.tolist(), strict=True))
        return [self._match(hits, hit_of[number], number) for number in shown.tolist()]

    def _match(self, hits: _Hits, hit: int, number: int) -> Match:
        key = int(hits.keys[hit])
        start, size = int(hits.starts[hit]), int(hits.sizes[hit])
        met = ((self._forms[key], start, start + size),) if size else tuple(self._by_words(hits, key))
        begins = bool(size) and start == 0
        return Match(self._nodes[number], self._texts[key], float(hits.scores[hit]), begins, hits.fuzzy, met)

    def _by_words(self, hits: _Hits, key: int) -> Iterator[tuple[Form, int, int]]:
        """Where each of the words is met in the name of a key."""
        for part in hits.parts:
            here = np.flatnonzero(self._name[part.keys] == self._name[key])
            if len(here):
                first = here[0]
                start = int(part.starts[first])
                yield self._forms[int(part.keys[first])], start, start + int(part.sizes[first])


def _words(text: str) -> list[str]:
    """The words of what was typed, normalised; those of one letter say nothing."""
    words = (normalise(word) for word in re.findall(r"[^\s,，、;；/|]+", text[:1000]))
    return [word for word in dict.fromkeys(words) if len(word) > 1 or not word.isascii()][:_MOST_WORDS]


class _Held:
    """The index of a snapshot of a store, and who is building the next."""

    def __init__(self) -> None:
        self.building = threading.Lock()
        self.snapshot: Snapshot | None = None
        self.index: SearchIndex | None = None


_held: WeakKeyDictionary[Any, _Held] = WeakKeyDictionary()
_holding = threading.Lock()


def index_of(store: Any, snapshot: Snapshot, model: Model) -> SearchIndex:
    """The index of a store at the snapshot's version. Who asks first builds it; who asks for the same one
    meanwhile waits, and nobody else."""
    with _holding:
        held = _held.setdefault(store, _Held())
    with held.building:
        if held.index is None or held.snapshot is not snapshot:
            held.index, held.snapshot = SearchIndex(snapshot, model), snapshot
        return held.index
