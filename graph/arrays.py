"""The snapshot as the model sees it, in arrays: which facts may be hops, which entities may lie on the way,
and the neighbours of each entity. Paths and measures walk it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot, snapshot_of
from parkgraph.graph.store import Store

UNSTATED = "planned"
"""What a status that no source states counts as."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """n entities and m relation facts, each in the order of their ids.

    Entities: `labels` (uint64) the bit set of their `kinds`, `through` (bool) whether a path may pass.
    Facts: `subject` and `object` (int32) positions of entities; `relation` (int16) codes of `relations`;
    `rank` (int8) the place on the ladder, `planned` where no source states one and -1 for what is ended or
    cancelled; `status` (int16) codes of `statuses`; `layers` (uint8) the bit set of `layer_names`, stated or
    else derived; `passable` (bool) whether the model lets it be a hop; `inferred` (bool), `confidence`
    (float64), `sources` (int32) their number, and the days `from_min` … `to_max` (int32, yyyymmdd).

    Neighbours: entity i's are `others[starts[i]:starts[i + 1]]`, ascending, by the facts in `by` at the same
    places. Of several facts between two entities the strongest is first: the higher status, then what is
    stated before what is inferred, then more sources, then the id.
    """

    version: int
    ids: Sequence[str]
    index: Mapping[str, int]
    kinds: tuple[str, ...]
    labels: NDArray[np.uint64]
    through: NDArray[np.bool_]
    facts: Sequence[str]
    subject: NDArray[np.int32]
    object: NDArray[np.int32]
    relations: tuple[str, ...]
    relation: NDArray[np.int16]
    statuses: tuple[str | None, ...]
    status: NDArray[np.int16]
    rank: NDArray[np.int8]
    strength: NDArray[np.int8]
    layer_names: tuple[str, ...]
    layers: NDArray[np.uint8]
    passable: NDArray[np.bool_]
    inferred: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    sources: NDArray[np.int32]
    from_min: NDArray[np.int32]
    from_max: NDArray[np.int32]
    to_min: NDArray[np.int32]
    to_max: NDArray[np.int32]
    starts: NDArray[np.int64]
    others: NDArray[np.int32]
    by: NDArray[np.int32]
    kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict, repr=False)
    """What was made of the arrays, by what asks for it, the last that was asked for at the end."""

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, without the ids."""
        return sum(
            value.nbytes for name in self.__slots__ if isinstance(value := getattr(self, name), np.ndarray)
        )


_cache: WeakKeyDictionary[Snapshot, tuple[str, Arrays]] = WeakKeyDictionary()
_making = threading.Lock()


def arrays_of(store: Store, model: Model) -> Arrays:
    """The arrays of a store at its version. Raises StoreError where the store fails."""
    return arrays_from(snapshot_of(store), model)


def arrays_from(snapshot: Snapshot, model: Model) -> Arrays:
    """The arrays of a snapshot, made when they are first asked for."""
    with _making:
        held = _cache.get(snapshot)
        if held is None or held[0] != model.digest:
            held = (model.digest, _make(snapshot, model))
            _cache[snapshot] = held
        return held[1]


def _make(snapshot: Snapshot, model: Model) -> Arrays:
    columns = snapshot.columns
    kinds = tuple(sorted({label for labels in snapshot.labels.values() for label in labels}))
    # Entities have few combinations of kinds.
    combinations: dict[frozenset[str], int] = {}
    of = np.array(
        [combinations.setdefault(snapshot.labels[i], len(combinations)) for i in columns.ids], dtype=np.intp
    )
    bits = np.array([_bits(labels, kinds) for labels in combinations], dtype=np.uint64)
    open_ = [all(model.kinds[k].through for k in labels if k in model.kinds) for labels in combinations]
    through = np.array(open_, dtype=bool)[of] if open_ else np.empty(0, dtype=bool)
    ends = [
        i for i, identifier in enumerate(columns.ids) if snapshot.nodes[identifier].properties.get("end_only")
    ]
    through[ends] = False

    statuses = columns.statuses
    ladder = [_rank(status, model) for status in statuses]
    rank = np.array(ladder, dtype=np.int8)[columns.status] if ladder else _empty(np.int8)
    ladder = [model.status_rank(status) for status in statuses]
    strength = np.array(ladder, dtype=np.int8)[columns.status] if ladder else _empty(np.int8)

    towards = of[columns.object] if len(of) else _empty(np.intp)
    shape = (len(columns.relations), len(combinations))
    pairs = [(relation, labels) for relation in columns.relations for labels in combinations]
    passable = np.array([_may_be_hop(model, *pair) for pair in pairs], dtype=bool)
    passable = passable.reshape(shape)[columns.relation, towards]
    derived = np.array([_derived_layer(model, *pair) for pair in pairs], dtype=np.uint8)
    derived = derived.reshape(shape)[columns.relation, towards]
    layer_names = tuple(model.layers)
    stated = np.array([_bits(layers, layer_names) for layers in columns.layers], dtype=np.uint8)
    layers = stated[columns.layer] if len(stated) else _empty(np.uint8)
    layers = np.where(layers == 0, derived, layers)

    number = len(columns.facts)
    near = np.concatenate((columns.subject, columns.object))
    far = np.concatenate((columns.object, columns.subject))
    by = np.tile(np.arange(number, dtype=np.int32), 2)
    # A fact of an entity with itself leads nowhere.
    kept = near != far
    near, far, by = near[kept], far[kept], by[kept]
    order = np.lexsort(
        (by, -columns.sources[by], columns.inferred[by], -strength[by].astype(np.int16), far, near)
    )
    starts = np.zeros(len(columns.ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(near, minlength=len(columns.ids)), out=starts[1:])
    return Arrays(
        version=snapshot.version,
        ids=columns.ids,
        index=snapshot.index,
        kinds=kinds,
        labels=bits[of] if len(bits) else _empty(np.uint64),
        through=through,
        facts=columns.facts,
        subject=columns.subject,
        object=columns.object,
        relations=columns.relations,
        relation=columns.relation,
        statuses=statuses,
        status=columns.status,
        rank=rank,
        strength=strength,
        layer_names=layer_names,
        layers=layers,
        passable=passable,
        inferred=columns.inferred,
        confidence=columns.confidence,
        sources=columns.sources,
        from_min=columns.from_min,
        from_max=columns.from_max,
        to_min=columns.to_min,
        to_max=columns.to_max,
        starts=starts,
        others=far[order],
        by=by[order],
    )


def _empty(kind: Any) -> NDArray[Any]:
    return np.empty(0, dtype=kind)


def _bits(names: Sequence[str] | frozenset[str], of: Sequence[str]) -> int:
    return sum(1 << of.index(name) for name in names if name in of)


def _rank(status: str | None, model: Model) -> int:
    known = model.statuses.get(status or UNSTATED)
    return known.rank if known is not None and not known.terminal else -1


def _may_be_hop(model: Model, relation: str, labels: frozenset[str]) -> bool:
    known = model.relations.get(relation)
    return known is not None and known.passable_to(labels)


def _derived_layer(model: Model, relation: str, labels: frozenset[str]) -> int:
    known = model.relations.get(relation)
    layer = known.default_layer(labels) if known is not None else None
    return _bits([layer], tuple(model.layers)) if layer is not None else 0
