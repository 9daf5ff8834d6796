"""Search by name: Chinese, English, pinyin, aliases, identifiers and ids, whatever the spacing, width,
case or brackets. The index is built in process from the snapshot, so both engines answer alike.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pypinyin import Style, lazy_pinyin

from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Node

# Bodies that write the same name in a longer and a shorter form.
_SAME = (
    ("高新技术产业开发区", "高新区"),
    ("管理委员会", "管委会"),
    ("科学技术局", "科技局"),
    ("科学技术厅", "科技厅"),
    ("自主创新示范区", "自创区"),
)


@dataclass(frozen=True, slots=True)
class Match:
    """An entity found, the name that matched, and how well (1.0 is the whole name)."""

    node: Node
    text: str
    score: float

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


def normalise(text: str) -> str:
    """Width, case, spacing, hyphens, quotes and brackets taken away; long forms shortened."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(char for char in folded if unicodedata.category(char)[0] in "LN" or char in "&+")
    for long, short in _SAME:
        kept = kept.replace(long, short)
    return kept


@dataclass(frozen=True, slots=True)
class _Entry:
    node: Node
    text: str
    key: str
    spelled: bool
    starts: frozenset[int]


class SearchIndex:
    """Every name of every entity, normalised, and spelled in pinyin where it is Chinese."""

    def __init__(self, snapshot: Snapshot, model: Model) -> None:
        self._entries = [entry for node in snapshot.nodes.values() for entry in _entries(node, model)]
        self._degree = {node: len(edges) for node, edges in snapshot.incident.items()}

    def search(self, text: str, *, kinds: Iterable[str] | None = None, limit: int = 20) -> list[Match]:
        """The best matches: a whole name before its beginning, before its middle; then by degree and id."""
        wanted = frozenset(kinds or ())
        query = normalise(text)
        if not query:
            return []
        best: dict[str, Match] = {}
        for entry in self._entries:
            if wanted and entry.node.kind not in wanted:
                continue
            score = _score(entry, query)
            held = best.get(entry.node.id)
            if score > 0 and (held is None or score > held.score):
                best[entry.node.id] = Match(entry.node, entry.text, score)
        ordered = sorted(best.values(), key=lambda m: (-m.score, -self._degree.get(m.node.id, 0), m.node.id))
        return ordered[:limit]

    def exact(self, text: str) -> list[Match]:
        """The entities that bear exactly this name."""
        return [match for match in self.search(text, limit=50) if match.score >= 0.99]


def names(node: Node, model: Model) -> Iterator[str]:
    """Every name and identifier of an entity, the shown ones first."""
    properties = node.properties
    for key in ("name_zh", "name_en"):
        if key in properties:
            yield str(properties[key])
    for key in ("alias", "former_name"):
        yield from (str(text) for text in properties.get(key, ()))
    for key, prop in model.entity_properties.items():
        if prop.type == "identifier" and key in properties:
            yield str(properties[key])
    yield node.id


def _entries(node: Node, model: Model) -> Iterator[_Entry]:
    for text in names(node, model):
        key = normalise(text)
        if not key:
            continue
        yield _Entry(node, text, key, spelled=False, starts=frozenset())
        if any("一" <= char <= "鿿" for char in key):
            syllables = lazy_pinyin(key, style=Style.NORMAL)
            starts, at = [], 0
            for syllable in syllables:
                starts.append(at)
                at += len(syllable)
            yield _Entry(node, text, "".join(syllables), spelled=True, starts=frozenset(starts))
            initials = "".join(lazy_pinyin(key, style=Style.FIRST_LETTER))
            if len(initials) > 2:
                yield _Entry(node, text, initials, spelled=True, starts=frozenset())


def _score(entry: _Entry, query: str) -> float:
    """1.0 for the whole name, less for its beginning or middle by how much of it is met; 0 for none.

    In pinyin a match must begin where a syllable does, and initials must be met from the first one.
    """
    key = entry.key
    penalty = 0.05 if entry.spelled else 0.0
    if key == query:
        return 1.0 - penalty / 8
    at = key.find(query)
    if at < 0:
        return 0.0
    if entry.spelled and entry.starts:
        while at >= 0 and at not in entry.starts:
            at = key.find(query, at + 1)
        if at < 0 or len(query) < 2:
            return 0.0
    elif entry.spelled and (at != 0 or len(query) < 3):
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
