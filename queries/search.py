"""Search by name: Chinese, English, pinyin, aliases, identifiers and ids, whatever the spacing, width,
case or brackets. The index is built in process from the snapshot, so both engines answer alike.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from weakref import WeakKeyDictionary

from parkgraph.graph.model import Model
from parkgraph.graph.naming import normalise
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Node

_FEWEST_LETTERS = 2
_FEWEST_INITIALS = 3
_PREFIX_AT_MOST = 0.9


@dataclass(frozen=True, slots=True)
class Match:
    """An entity found, the name that matched, and how well (1.0 is the whole name).

    `begins` where the name begins with what was searched.
    """

    node: Node
    text: str
    score: float
    begins: bool

    @property
    def exact(self) -> bool:
        """Whether the whole name was searched, as written or spelled."""
        return self.score > _PREFIX_AT_MOST

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.node.id,
            "kind": self.node.kind,
            "name_zh": self.node.properties.get("name_zh"),
            "name_en": self.node.properties.get("name_en"),
            "name": self.node.properties["name"],
            "matched": self.text,
            "score": round(self.score, 3),
        }


@dataclass(frozen=True, slots=True)
class _Entry:
    """A name as it is searched: `starts` are the places in `key` where a match may begin (a word, a
    Chinese character, a syllable). `whole` keys, ids and identifiers, are met whole or not at all."""

    node: Node
    text: str
    key: str
    starts: frozenset[int]
    spelled: bool = False
    whole: bool = False


class SearchIndex:
    """Every name of every entity, normalised, and spelled in pinyin where it is Chinese."""

    def __init__(self, snapshot: Snapshot, model: Model) -> None:
        self._entries = [entry for node in snapshot.nodes.values() for entry in _entries(node, model)]
        self._labels = snapshot.labels
        self._degree = {node: len(edges) for node, edges in snapshot.incident.items()}

    def search(self, text: str, *, kinds: Iterable[str] | None = None, limit: int = 20) -> list[Match]:
        """The best matches: a whole name before its beginning, before its middle; then by degree and id."""
        wanted = frozenset(kinds or ())
        query = normalise(text)
        if not query:
            return []
        best: dict[str, Match] = {}
        for entry in self._entries:
            if wanted and wanted.isdisjoint(self._labels[entry.node.id]):
                continue
            score = _score(entry, query)
            held = best.get(entry.node.id)
            if score > 0 and (held is None or score > held.score):
                best[entry.node.id] = Match(entry.node, entry.text, score, entry.key.startswith(query))
        ordered = sorted(best.values(), key=lambda m: (-m.score, -self._degree.get(m.node.id, 0), m.node.id))
        return ordered[:limit]


def _entries(node: Node, model: Model) -> Iterator[_Entry]:
    # Its tables take longer to read than most questions to answer.
    from pypinyin import Style, lazy_pinyin

    properties = node.properties
    names = [properties[key] for key in ("name_zh", "name_en") if key in properties]
    names += [text for key in ("alias", "former_name") for text in properties.get(key, ())]
    for text in names:
        key = normalise(text)
        if not key:
            continue
        yield _Entry(node, text, key, _word_starts(text, key))
        if any("一" <= char <= "鿿" for char in key):
            syllables = lazy_pinyin(key, style=Style.NORMAL)
            starts = frozenset(accumulate((len(s) for s in syllables[:-1]), initial=0))
            yield _Entry(node, text, "".join(syllables), starts, spelled=True)
            initials = "".join(lazy_pinyin(key, style=Style.FIRST_LETTER))
            if len(initials) >= _FEWEST_INITIALS:
                yield _Entry(node, text, initials, frozenset({0}), spelled=True)
    identifiers = [p.name for p in model.entity_properties.values() if p.type == "identifier"]
    for text in [*(properties[key] for key in identifiers if key in properties), node.id]:
        yield _Entry(node, text, normalise(text), frozenset({0}), whole=True)


def _word_starts(text: str, key: str) -> frozenset[int]:
    """Where words begin in the normalised form of a text; every Chinese character begins one."""
    folded = unicodedata.normalize("NFKC", text)
    starts = {len(normalise(folded[: word.start()])) for word in re.finditer(r"\w+", folded)}
    starts |= {i for i, char in enumerate(key) if not char.isascii()}
    # A letter after a Chinese character, or a digit after a letter, begins something new.
    starts |= {i for i in range(1, len(key)) if _class(key[i]) != _class(key[i - 1])}
    return frozenset(starts)


def _class(char: str) -> str:
    return "digit" if char.isdigit() else "latin" if char.isascii() else "other"


def _score(entry: _Entry, query: str) -> float:
    """1.0 for the whole name, less for its beginning or middle by how much of it is met; 0 for none."""
    key = entry.key
    penalty = 0.05 if entry.spelled else 0.0
    if key == query:
        return 1.0 - penalty / 8
    if entry.whole or (query.isascii() and len(query) < _FEWEST_LETTERS):
        return 0.0
    at = key.find(query)
    while at >= 0 and at not in entry.starts:
        at = key.find(query, at + 1)
    if at < 0:
        return 0.0
    share = len(query) / len(key)
    return (0.6 if at == 0 else 0.4) + 0.3 * share - penalty


_indexes: WeakKeyDictionary[Any, tuple[int, SearchIndex]] = WeakKeyDictionary()
_building = threading.Lock()


def index_of(store: Any, snapshot: Snapshot, model: Model) -> SearchIndex:
    """The index of a store at the snapshot's version."""
    with _building:
        held = _indexes.get(store)
        if held is None or held[0] != snapshot.version:
            held = (snapshot.version, SearchIndex(snapshot, model))
            _indexes[store] = held
        return held[1]
