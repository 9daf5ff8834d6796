"""The entities and relation facts of a graph in the order of their ids, to be read page by page: made once
for each version of the graph, so that a page costs what it holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.store import Store


class Listing:
    """Sorted ids of a snapshot: of all entities, of those of a kind, and of all relation facts."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.edges: Sequence[str] = sorted(snapshot.edges)
        self._nodes: Sequence[str] = sorted(snapshot.nodes)
        self._kinds: dict[str, Sequence[str]] = {}

    def nodes(self, kind: str | None) -> Sequence[str]:
        """The ids of the entities, or of those of a kind."""
        if kind is None:
            return self._nodes
        if kind not in self._kinds:
            labels: Mapping[str, frozenset[str]] = self.snapshot.labels
            self._kinds[kind] = [i for i in self._nodes if kind in labels[i]]
        return self._kinds[kind]


def from_the_one_after(ids: Sequence[str], after: str) -> Iterator[str]:
    """Sorted ids from the first that comes after one, which need not be among them."""
    return (ids[place] for place in range(bisect_right(ids, after), len(ids)))


_listings: WeakKeyDictionary[Any, Listing] = WeakKeyDictionary()


def listing_of(store: Store, snapshot: Snapshot) -> Listing:
    """The listing of a store's snapshot."""
    held = _listings.get(store)
    if held is None or held.snapshot is not snapshot:
        held = _listings[store] = Listing(snapshot)
    return held
