"""The places that entities are in, up the relations that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.queries.walk import PLACE_DEPTH, lying

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_LOCATED = "LOCATED_IN"


def place_kinds(model: Model) -> frozenset[str]:
    """The kinds of places: where something may be located and no path passes through."""
    relation = model.relations.get(_LOCATED)
    members = model.members(relation.range) if relation is not None else frozenset()
    return frozenset(kind for kind in members if not model.kinds[kind].through)


class Whereabouts:
    """Entities by their position in the columns of a snapshot and the places that they are in, as
    `inside(…)` of the query files has it: at most PLACE_DEPTH steps, and everything is inside itself."""

    def __init__(self, snapshot: Snapshot, model: Model) -> None:
        from scipy.sparse import coo_array

        below, above = lying(snapshot.columns)
        size = len(snapshot.columns.ids)
        self._up: csr_array[Any] = coo_array(
            (np.ones(len(below), np.int32), (below, above)), (size, size)
        ).tocsr()
        kinds = place_kinds(model)
        labels = map(snapshot.labels.__getitem__, snapshot.columns.ids)
        self.places = np.array([at for at, of in enumerate(labels) if not kinds.isdisjoint(of)], np.int64)
        columns = np.zeros(size, np.int32)
        columns[self.places] = 1
        reached = self._in_places(columns)
        self._indices, self._starts = reached.indices, reached.indptr

    def _in_places(self, columns: NDArray[np.int32]) -> Any:
        """For each entity the places that it is in, itself among them."""
        from scipy.sparse import coo_array

        size = len(columns)
        diagonal = coo_array((columns[self.places], (self.places, self.places)), (size, size)).tocsr()
        reached = diagonal
        for _ in range(PLACE_DEPTH):
            reached = ((self._up @ reached + diagonal) > 0).astype(np.int32)
        return reached.tocsr()

    def places_of(self, number: int) -> list[int]:
        """The places that an entity is in."""
        return sorted(self._indices[self._starts[number] : self._starts[number + 1]].tolist())

    def counted(self, entities: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many of the entities are in each place, by its number."""
        begins, sizes = self._starts[entities], self._starts[entities + 1] - self._starts[entities]
        ends = np.cumsum(sizes)
        steps = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        return np.bincount(
            self._indices[np.repeat(begins, sizes) + steps], minlength=self._up.shape[0]
        ).astype(np.int64)
