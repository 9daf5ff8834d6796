"""The network that a measure is computed on: entities, and the facts between them that a filter leaves.

Facts between the same two entities make one tie. Folding turns entities such as agreements into ties
between their parties, two facts to a tie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from parkgraph.graph.arrays import Arrays
from parkgraph.graph.errors import BadRequest
from parkgraph.graph.model import Model
from parkgraph.queries.walk import DEFAULT_FLOOR

Weight = Literal["none", "facts", "sources"]
MAX_PAIRS = 5_000_000
"""The most pairs of parties that folding or projecting may make."""
DONE, PLANNED, UNSTATED = 0, 1, 2
STANDINGS = ("done", "planned", "unstated")
"""Done: concluded or existing by the model. Planned: proposed, intended, negotiated, approved. Unstated: no
source gives a status."""


@dataclass(frozen=True, eq=False)
class Network:
    """n entities, in the order of their ids, and m facts between two different ones of them.

    `entities` are their positions in the Arrays. For each fact: `subject` and `object` (positions among
    `ids`), `relation` (code of `relations`), `standing` (code of STANDINGS), `sources`, `layers` (bit set of
    `layer_names`), `symmetric`, days as in the Arrays, and `facts`: (m, 2) positions in the Arrays, the
    second -1 but for a folded tie.
    """

    ids: Sequence[str]
    entities: NDArray[np.int64]
    subject: NDArray[np.int64]
    object: NDArray[np.int64]
    relations: tuple[str, ...]
    relation: NDArray[np.int64]
    standing: NDArray[np.int8]
    sources: NDArray[np.int64]
    layer_names: tuple[str, ...]
    layers: NDArray[np.uint8]
    symmetric: NDArray[np.bool_]
    from_min: NDArray[np.int32]
    from_max: NDArray[np.int32]
    to_min: NDArray[np.int32]
    to_max: NDArray[np.int32]
    facts: NDArray[np.int64]
    loops: int = 0
    """Facts of an entity with itself, which are left out."""

    @property
    def n(self) -> int:
        return len(self.ids)

    @property
    def n_facts(self) -> int:
        return len(self.subject)

    @property
    def m(self) -> int:
        """Number of ties: pairs of entities with at least one fact."""
        return len(self.pairs[0])

    @cached_property
    def _made(self) -> dict[Weight, sparse.csr_array]:
        return {}

    def adjacency(self, weight: Weight = "none") -> sparse.csr_array:
        """Symmetric (n, n), without a diagonal: 1, the number of facts, or the sum of their sources."""
        if weight not in self._made:
            data = self._weights(weight)
            rows = np.concatenate((self.subject, self.object))
            cols = np.concatenate((self.object, self.subject))
            self._made[weight] = _matrix(rows, cols, np.concatenate((data, data)), self.n, weight)
        return self._made[weight]

    def arcs(self, weight: Weight = "none") -> sparse.csr_array:
        """(n, n) from subject to object; a symmetric fact goes both ways."""
        back = self.symmetric
        rows = np.concatenate((self.subject, self.object[back]))
        cols = np.concatenate((self.object, self.subject[back]))
        data = self._weights(weight)
        return _matrix(rows, cols, np.concatenate((data, data[back])), self.n, weight)

    def _weights(self, weight: Weight) -> NDArray[np.float64]:
        return self.sources.astype(np.float64) if weight == "sources" else np.ones(self.n_facts)

    @cached_property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The two ends of every tie, the smaller id first, in the order of ids."""
        made = self.adjacency()
        low = np.repeat(np.arange(self.n), np.diff(made.indptr))
        high = made.indices.astype(np.int64)
        once = low < high
        return low[once], high[once]

    @cached_property
    def tie(self) -> NDArray[np.int64]:
        """For each fact the position of its tie in `pairs`."""
        low, high = self.pairs
        wanted = np.minimum(self.subject, self.object) * self.n + np.maximum(self.subject, self.object)
        return np.asarray(np.searchsorted(low * self.n + high, wanted), dtype=np.int64)

    def part(self, facts: NDArray[Any]) -> Network:
        """The same entities with only some of the facts (a mask or positions)."""
        columns = ("subject", "object", "relation", "standing", "sources", "layers", "symmetric", "facts")
        days = ("from_min", "from_max", "to_min", "to_max")
        return replace(self, **{name: getattr(self, name)[facts] for name in (*columns, *days)}, loops=0)

    def counts(self) -> dict[str, int]:
        """What it is made of, done and planned apart."""
        by = np.bincount(self.standing, minlength=len(STANDINGS)).tolist()
        return {
            "entities": self.n,
            "ties": self.m,
            "facts": self.n_facts,
            **dict(zip(STANDINGS, by, strict=True)),
        }


def _matrix(
    rows: NDArray[Any], cols: NDArray[Any], data: NDArray[np.float64], n: int, weight: Weight
) -> sparse.csr_array:
    made = sparse.coo_array((data, (rows, cols)), shape=(n, n)).tocsr()
    made.sum_duplicates()  # also puts each row in order
    if weight == "none":
        made.data[:] = 1.0
    return made


def standings(arrays: Arrays, model: Model) -> NDArray[np.int8]:
    """For each fact the code of its standing: what has ended was done, what was called off was planned."""
    codes = [
        UNSTATED
        if status is None or status not in model.statuses
        else DONE
        if model.statuses[status].done
        or (model.statuses[status].terminal and not model.statuses[status].void)
        else PLANNED
        for status in arrays.statuses
    ]
    return np.array(codes, dtype=np.int8)[arrays.status] if codes else np.empty(0, dtype=np.int8)


def bits_of(names: Iterable[str], of: Sequence[str]) -> int:
    """The bit set of names."""
    return sum(1 << of.index(name) for name in set(names) if name in of)


def floor_of(model: Model, rule: Mapping[str, Any]) -> str:
    """The status floor; what is only proposed is never a partnership, as it is never a hop of a path."""
    asked: str = rule["status"]
    return asked if rule["ties"] == "all" else max(asked, DEFAULT_FLOOR, key=model.status_rank)


def chosen_facts(arrays: Arrays, model: Model, rule: Mapping[str, Any]) -> NDArray[np.bool_]:
    """The facts that a filter leaves, whatever their ends: relations, layers, status, inferred, confidence
    and ties, as for paths."""
    kept = arrays.rank >= model.status_rank(floor_of(model, rule))
    if rule["ties"] == "partnership":
        kept &= arrays.passable
    if rule["relations"]:
        codes = [arrays.relations.index(name) for name in rule["relations"] if name in arrays.relations]
        kept &= np.isin(arrays.relation, codes)
    if rule["layers"]:
        kept &= (arrays.layers & np.uint8(bits_of(rule["layers"], arrays.layer_names))) != 0
    if not rule["inferred"]:
        kept &= ~arrays.inferred
    if rule["confidence"]:
        kept &= arrays.confidence >= rule["confidence"]
    return np.asarray(kept, dtype=bool)


def of_kinds(arrays: Arrays, kinds: Iterable[str]) -> NDArray[np.bool_]:
    """The entities that are of one of the kinds."""
    return np.asarray((arrays.labels & np.uint64(bits_of(kinds, arrays.kinds))) != 0, dtype=bool)


def network_of(
    arrays: Arrays,
    model: Model,
    rule: Mapping[str, Any],
    within: tuple[Iterable[str], Iterable[str]] | None = None,
) -> Network:
    """The network that a filter leaves. `within` are ids of entities and of facts to keep to.

    Raises BadRequest where folding would make more than MAX_PAIRS ties.
    """
    kept = chosen_facts(arrays, model, rule)
    allowed = np.ones(len(arrays.ids), dtype=bool)
    if within is not None:
        allowed[:] = False
        allowed[[arrays.index[i] for i in within[0] if i in arrays.index]] = True
        wanted = set(within[1])
        kept &= np.fromiter((fact in wanted for fact in arrays.facts), dtype=bool, count=len(arrays.facts))
    folded = of_kinds(arrays, rule.get("fold", ())) & allowed
    if rule["kinds"]:
        allowed &= of_kinds(arrays, rule["kinds"]) | folded
    kept &= allowed[arrays.subject] & allowed[arrays.object]
    loops = int((kept & (arrays.subject == arrays.object)).sum())
    kept &= arrays.subject != arrays.object

    codes = standings(arrays, model)
    touches = folded[arrays.subject] | folded[arrays.object]
    plain = np.flatnonzero(kept & ~touches)
    left, right, at = _folded_pairs(arrays, np.flatnonzero(kept & touches), folded)
    first = np.concatenate((plain, left))
    second = np.concatenate((plain, right))
    ends = (
        np.concatenate((arrays.subject[plain], _other(arrays, left, at))),
        np.concatenate((arrays.object[plain], _other(arrays, right, at))),
    )
    used = np.unique(np.concatenate(ends))
    entities = np.flatnonzero(allowed & ~folded) if rule.get("isolated") else used
    place = np.full(len(arrays.ids), -1, dtype=np.int64)
    place[entities] = np.arange(len(entities))
    # A folded tie bears the kind that it runs through in place of a relation.
    through = [f"via {kind}" for kind in rule.get("fold", ())]
    relation = np.concatenate((arrays.relation[plain].astype(np.int64), _via(arrays, at, rule)))
    both_ways = [name in model.relations and model.relations[name].symmetric for name in arrays.relations]
    symmetric = np.array([*both_ways, *(True for _ in through)], dtype=bool)[relation]
    is_folded = np.arange(len(first)) >= len(plain)
    return Network(
        ids=[arrays.ids[i] for i in entities.tolist()],
        entities=entities.astype(np.int64),
        subject=place[ends[0]],
        object=place[ends[1]],
        relations=(*arrays.relations, *through),
        relation=relation,
        standing=_standing(codes[first], codes[second]),
        sources=np.minimum(arrays.sources[first], arrays.sources[second]).astype(np.int64),
        layer_names=arrays.layer_names,
        layers=arrays.layers[first] | arrays.layers[second],
        symmetric=symmetric,
        from_min=np.maximum(arrays.from_min[first], arrays.from_min[second]),
        from_max=np.maximum(arrays.from_max[first], arrays.from_max[second]),
        to_min=np.minimum(arrays.to_min[first], arrays.to_min[second]),
        to_max=np.minimum(arrays.to_max[first], arrays.to_max[second]),
        facts=np.stack((first, np.where(is_folded, second, -1)), axis=1).astype(np.int64),
        loops=loops,
    )


def _standing(left: NDArray[np.int8], right: NDArray[np.int8]) -> NDArray[np.int8]:
    """A tie of two facts is done where both are, planned where one is, else unstated."""
    one = (left == PLANNED) | (right == PLANNED)
    return np.where(one, PLANNED, np.maximum(left, right)).astype(np.int8)


def _other(arrays: Arrays, fact: NDArray[Any], at: NDArray[Any]) -> NDArray[np.int64]:
    """The end of facts that is not the one given."""
    other = np.where(arrays.subject[fact] == at, arrays.object[fact], arrays.subject[fact])
    return np.asarray(other, dtype=np.int64)


def _via(arrays: Arrays, at: NDArray[Any], rule: Mapping[str, Any]) -> NDArray[np.int64]:
    codes = np.zeros(len(at), dtype=np.int64)
    for number, kind in reversed(list(enumerate(rule.get("fold", ())))):
        codes[of_kinds(arrays, (kind,))[at]] = len(arrays.relations) + number
    return codes


def _folded_pairs(
    arrays: Arrays, facts: NDArray[Any], folded: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every two facts that meet in a folded entity and lead to two different others: the one fact, the other
    fact, and where they meet. A fact between two folded entities is no way to anybody."""
    one_end = facts[folded[arrays.subject[facts]] ^ folded[arrays.object[facts]]]
    at = np.where(folded[arrays.subject[one_end]], arrays.subject[one_end], arrays.object[one_end])
    order = np.lexsort((one_end, at))
    one_end, at = one_end[order].astype(np.int64), at[order].astype(np.int64)
    left, right = pairs_within(at, "fold")
    first, second, met = one_end[left], one_end[right], at[left]
    apart = _other(arrays, first, met) != _other(arrays, second, met)
    return first[apart], second[apart], met[apart]


def pairs_within(groups: NDArray[Any], what: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of every two members of the same group, of groups that stand together; the first before the
    second. Raises BadRequest where they would be more than MAX_PAIRS."""
    _, starts, sizes = np.unique(groups, return_index=True, return_counts=True)
    number = int((sizes * (sizes - 1) // 2).sum())
    if number > MAX_PAIRS:
        raise BadRequest(
            f"{what}: the largest of them has {int(sizes.max())} parties, and all make {number} pairs; "
            f"at most {MAX_PAIRS} are made; narrow it with selection=, relations= or kinds="
        )
    # For each member, all that come after it in its group.
    ends = np.repeat(starts + sizes, sizes)
    after = ends - np.arange(len(groups)) - 1
    left = np.repeat(np.arange(len(groups)), after)
    offsets = np.arange(len(left)) - np.repeat(np.cumsum(after) - after, after)
    return left, left + 1 + offsets


def layer_parts(net: Network, only: Iterable[str] = ()) -> list[tuple[str | None, Network]]:
    """The network of each layer (of those named, or of all), and under None what no layer is stated for; a
    fact of two layers is in both."""
    wanted = set(only) or set(net.layer_names)
    parts = [
        (name, net.part((net.layers & np.uint8(1 << at)) != 0))
        for at, name in enumerate(net.layer_names)
        if name in wanted
    ]
    return [*parts, (None, net.part(net.layers == 0))]
