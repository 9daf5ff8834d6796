"""The snapshot as the model sees it, in arrays: which facts may be hops, which entities may lie on the way,
and the neighbours of each entity. Paths and measures walk it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Columns, Snapshot, snapshot_of
from parkgraph.graph.store import Store

UNSTATED = "planned"
"""What a status that no source states counts as."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrays(Columns):
    """The columns, and what the model says of them; n entities and m relation facts, each in the order of
    their ids.

    Entities: `labels` (uint64) the bit set of their `kinds`, `through` (bool) whether a path may pass.
    Facts: `rank` (int8) the place on the ladder, `planned` where no source states one and -1 for what is
    ended or cancelled; `strength` (int8) the same for putting facts in order, -1 where none is stated;
    `layers` (uint8) the bit set of `layer_names`, stated or else derived; `passable` (bool) whether the model
    lets it be a hop.

    Neighbours: entity i's are `others[starts[i]:starts[i + 1]]`, ascending, by the facts in `by` at the same
    places. Of several facts between two entities the strongest is first: the higher status, then what is
    stated before what is inferred, then more sources, then the id. `loops` are the facts of an entity with
    itself, which lead nowhere.
    """

    version: int
    index: Mapping[str, int]
    kinds: tuple[str, ...]
    labels: NDArray[np.uint64]
    through: NDArray[np.bool_]
    rank: NDArray[np.int8]
    strength: NDArray[np.int8]
    layer_names: tuple[str, ...]
    layers: NDArray[np.uint8]
    passable: NDArray[np.bool_]
    starts: NDArray[np.int64]
    others: NDArray[np.int32]
    by: NDArray[np.int32]
    loops: NDArray[np.int32]
    kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict, repr=False)
    """What was made of the arrays, by what asks for it, the last that was asked for at the end."""


_cache: WeakKeyDictionary[Snapshot, tuple[str, Arrays]] = WeakKeyDictionary()
_making = threading.Lock()


def arrays_of(store: Store, model: Model) -> Arrays:
    """The arrays of a store at its version. Raises StoreError where the store fails."""
    return arrays_from(snapshot_of(store), model)


def arrays_from(snapshot: Snapshot, model: Model) -> Arrays:
    """The arrays of a snapshot, made when they are first asked for."""
    held = _cache.get(snapshot)
    if held is not None and held[0] == model.digest:
        return held[1]
    with _making:
        held = _cache.get(snapshot)
        if held is None or held[0] != model.digest:
            held = (model.digest, _make(snapshot, model))
            _cache[snapshot] = held
        return held[1]


def are_made(snapshot: Snapshot, model: Model) -> bool:
    """Whether the arrays of a snapshot are in memory."""
    return _cache.get(snapshot, ("",))[0] == model.digest


def _make(snapshot: Snapshot, model: Model) -> Arrays:
    columns = snapshot.columns
    kinds = tuple(sorted({label for labels in snapshot.labels.values() for label in labels}))
    # Entities have few combinations of kinds.
    combinations: dict[frozenset[str], int] = {}
    of = np.array(
        [combinations.setdefault(snapshot.labels[i], len(combinations)) for i in columns.ids], dtype=np.intp
    )
    set_bits = [bits(labels, kinds) for labels in combinations]
    open_ = [all(model.kinds[k].through for k in labels if k in model.kinds) for labels in combinations]
    through = _each(open_, of, np.bool_)
    ends = [
        i for i, identifier in enumerate(columns.ids) if snapshot.nodes[identifier].properties.get("end_only")
    ]
    through[ends] = False
    strength = _each([model.status_rank(status) for status in columns.statuses], columns.status, np.int8)

    towards = of[columns.object] if len(of) else _empty(np.intp)
    shape = (len(columns.relations), len(combinations))
    pairs = [(relation, labels) for relation in columns.relations for labels in combinations]
    passable = np.array([_may_be_hop(model, *pair) for pair in pairs], dtype=bool)
    passable = passable.reshape(shape)[columns.relation, towards]
    derived = np.array([_derived_layer(model, *pair) for pair in pairs], dtype=np.uint8)
    derived = derived.reshape(shape)[columns.relation, towards]
    layer_names = tuple(model.layers)
    stated = _each([bits(layers, layer_names) for layers in columns.layer_sets], columns.layer, np.uint8)
    layers = np.where(stated == 0, derived, stated)

    number = len(columns.facts)
    near = np.concatenate((columns.subject, columns.object))
    far = np.concatenate((columns.object, columns.subject))
    by = np.tile(np.arange(number, dtype=np.int32), 2)
    kept = near != far
    near, far, by = near[kept], far[kept], by[kept]
    order = np.lexsort(
        (by, -columns.sources[by], columns.inferred[by], -strength[by].astype(np.int16), far, near)
    )
    starts = np.zeros(len(columns.ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(near, minlength=len(columns.ids)), out=starts[1:])
    return Arrays(
        **{item.name: getattr(columns, item.name) for item in fields(Columns)},
        version=snapshot.version,
        index=snapshot.index,
        kinds=kinds,
        labels=_each(set_bits, of, np.uint64),
        through=through,
        rank=_each([_rank(status, model) for status in columns.statuses], columns.status, np.int8),
        strength=strength,
        layer_names=layer_names,
        layers=layers,
        passable=passable,
        starts=starts,
        others=far[order],
        by=by[order],
        loops=np.flatnonzero(columns.subject == columns.object).astype(np.int32),
    )


def _each(words: Sequence[Any], codes: NDArray[Any], kind: Any) -> NDArray[Any]:
    """For each code what it stands for."""
    return np.array(words, dtype=kind)[codes] if words else _empty(kind)


def _empty(kind: Any) -> NDArray[Any]:
    return np.empty(0, dtype=kind)


def bits(names: Iterable[str], of: Sequence[str]) -> int:
    """The bit set of names: bit i is the i-th of those there are."""
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
    return bits([layer], tuple(model.layers)) if layer is not None else 0
