"""The graph in memory, keyed by its version: what paths, measures and search walk.

The entities are held whole. Of relation facts only the columns are held that are walked and filtered, as
arrays; a fact itself is read from the store when it is asked for. After a write only what it changed is read
again. Both engines give the same snapshot.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, overload
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.canonical import pages
from parkgraph.graph.errors import Conflict
from parkgraph.graph.store import DEFAULT_MAX_ROWS, Store
from parkgraph.graph.subgraph import Edge, Node

KEPT_EDGES = 200_000
"""How many facts a snapshot keeps once they were read."""
LARGEST_SNAPSHOT = 10_000_000
"""How many facts, of relations and of properties, a graph on a server may have to be held in memory."""
_IDS_PER_READ = 5_000
_ALL_ROWS = 50_000_000
_ROWS_PER_PAGE = 50_000
_TRIES = 5
_SECONDS = 300.0
_LARGEST_UPDATE = 0.2
"""Which share of the graph may have changed for an update to be cheaper than reading it anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is walked and filtered of the relation facts, in the order of their ids; m facts, n entities.

    `subject` and `object` (int32) are positions in `ids`; `relation`, `status` and `layer` (int16) are codes
    into `relations`, `statuses` and `layer_sets`, where no status is None and a layer set is a tuple of those
    that a source states; `inferred` (bool), `confidence` (float64), `sources` (int32) their number, and the
    days `from_min` … `to_max` (int32, yyyymmdd) as on the fact.
    """

    ids: Sequence[str]
    facts: Sequence[str]
    subject: NDArray[np.int32]
    object: NDArray[np.int32]
    relation: NDArray[np.int16]
    status: NDArray[np.int16]
    layer: NDArray[np.int16]
    inferred: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    sources: NDArray[np.int32]
    from_min: NDArray[np.int32]
    from_max: NDArray[np.int32]
    to_min: NDArray[np.int32]
    to_max: NDArray[np.int32]
    relations: tuple[str, ...]
    statuses: tuple[str | None, ...]
    layer_sets: tuple[tuple[str, ...], ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, without the ids."""
        held = (getattr(self, item.name) for item in fields(self))
        return sum(value.nbytes for value in held if isinstance(value, np.ndarray))


_VALUES = (
    ("inferred", np.bool_),
    ("confidence", np.float64),
    ("sources", np.int32),
    ("from_min", np.int32),
    ("from_max", np.int32),
    ("to_min", np.int32),
    ("to_max", np.int32),
)
_NODE = "properties(n) AS p, labels(n) AS labels"
_TIES = "MATCH (n:Fact) WHERE n.relation IS NOT NULL"
_ROW = (
    "n.subject AS subject, n.object AS object, n.relation AS relation, n.status AS status, n.layer AS layer, "
    "n.inferred AS inferred, n.confidence AS confidence, size(n.source_ids) AS sources, "
    "n.from_min AS from_min, n.from_max AS from_max, n.to_min AS to_min, n.to_max AS to_max"
)


class Snapshot:
    """All nodes by id with their labels, all edges by id, and for each node its edges in the order of their
    ids. `edges` and `incident` read what they are asked for; what is gone from the store by then raises
    Conflict."""

    def __init__(
        self,
        version: int,
        nodes: Mapping[str, Node],
        labels: Mapping[str, frozenset[str]],
        columns: Columns,
        edges: Edges,
    ) -> None:
        self.version = version
        self.nodes = nodes
        self.labels = labels
        self.columns = columns
        self.edges = edges
        self.index: Mapping[str, int] = {identifier: i for i, identifier in enumerate(columns.ids)}
        ends = np.concatenate((columns.subject, columns.object))
        facts = np.tile(np.arange(len(columns.facts), dtype=np.int32), 2)
        # A fact of an entity with itself is one of its facts, not two.
        once = np.ones(len(ends), dtype=bool)
        once[len(columns.facts) :] = columns.subject != columns.object
        ends, facts = ends[once], facts[once]
        self._incident = facts[np.lexsort((facts, ends))]
        self._starts = np.zeros(len(columns.ids) + 1, dtype=np.int64)
        np.cumsum(np.bincount(ends, minlength=len(columns.ids)), out=self._starts[1:])
        self.incident: Mapping[str, Sequence[Edge]] = _Incident(self)

    @classmethod
    def of(
        cls,
        version: int,
        nodes: Mapping[str, Node],
        labels: Mapping[str, frozenset[str]],
        edges: Iterable[Edge],
    ) -> Snapshot:
        """A snapshot of nodes and edges that are all at hand."""
        held = {edge.id: edge for edge in sorted(edges, key=lambda edge: edge.id)}
        rows = [{"id": edge.id, **_row_of(edge)} for edge in held.values()]
        ids = sorted(nodes)
        columns = _columns(ids, rows)
        return cls(version, nodes, labels, columns, Edges(None, columns.facts, held))

    def facts_of(self, identifier: str) -> NDArray[np.int32]:
        """The positions of an entity's facts in `columns`."""
        at = self.index.get(identifier)
        if at is None:
            return np.empty(0, dtype=np.int32)
        return self._incident[self._starts[at] : self._starts[at + 1]]

    @property
    def degrees(self) -> Mapping[str, int]:
        """The number of relation facts of each entity that has any."""
        counted = np.diff(self._starts)
        ids = self.columns.ids
        return {ids[i]: int(counted[i]) for i in np.flatnonzero(counted).tolist()}

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, without the ids, the nodes and the facts that are kept."""
        return self.columns.nbytes + self._incident.nbytes + self._starts.nbytes


class Edges(Mapping[str, Edge]):
    """The relation facts by id. Each is read when it is first asked for, and kept while there is room."""

    def __init__(self, store: Store | None, facts: Sequence[str], held: dict[str, Edge]) -> None:
        self._store = store
        self._facts = facts
        self._held = held

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __contains__(self, identifier: object) -> bool:
        if not isinstance(identifier, str):
            return False
        at = bisect_left(self._facts, identifier)
        return at < len(self._facts) and self._facts[at] == identifier

    def __getitem__(self, identifier: str) -> Edge:
        if identifier not in self:
            raise KeyError(identifier)
        return self.some([identifier])[0]

    def some(self, wanted: Sequence[str]) -> list[Edge]:
        """Edges by their ids, in that order. Raises Conflict where one has gone meanwhile."""
        # Another thread may make room at any time, so what is needed here is held here.
        held = self._held
        found = {identifier: held[identifier] for identifier in wanted if identifier in held}
        missing = [identifier for identifier in wanted if identifier not in found]
        if missing and self._store is not None:
            for start in range(0, len(missing), _IDS_PER_READ):
                rows = self._store.read(
                    "UNWIND $ids AS i MATCH (f:Fact {id: i}) RETURN properties(f) AS p",
                    {"ids": missing[start : start + _IDS_PER_READ]},
                )
                found |= {row["p"]["id"]: edge_from_fact(row["p"]) for row in rows}
            if len(held) + len(missing) > KEPT_EDGES:
                self._held = {}
            self._held |= {i: found[i] for i in missing[:KEPT_EDGES] if i in found}
        try:
            return [found[identifier] for identifier in wanted]
        except KeyError as gone:
            raise Conflict(f"{gone.args[0]} has changed while it was being read; ask again") from None

    def values(self) -> _Values:  # type: ignore[override]
        return _Values(self)


class _Values:
    """All edges in the order of their ids, read page by page."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges

    def __len__(self) -> int:
        return len(self._edges)

    def __iter__(self) -> Iterator[Edge]:
        facts = list(self._edges)
        for start in range(0, len(facts), _IDS_PER_READ):
            yield from self._edges.some(facts[start : start + _IDS_PER_READ])


class _Of(Sequence[Edge]):
    """The edges of one entity; their number is known before they are read."""

    def __init__(self, snapshot: Snapshot, positions: NDArray[np.int32]) -> None:
        self._snapshot = snapshot
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    def _read(self) -> list[Edge]:
        facts = self._snapshot.columns.facts
        return self._snapshot.edges.some([facts[i] for i in self._positions.tolist()])

    def __iter__(self) -> Iterator[Edge]:
        return iter(self._read())

    @overload
    def __getitem__(self, at: int) -> Edge: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Edge]: ...
    def __getitem__(self, at: int | slice) -> Edge | Sequence[Edge]:
        return self._read()[at]


class _Incident(Mapping[str, Sequence[Edge]]):
    """The edges of every entity that has any."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def __getitem__(self, identifier: str) -> Sequence[Edge]:
        positions = self._snapshot.facts_of(identifier)
        if not len(positions):
            raise KeyError(identifier)
        return _Of(self._snapshot, positions)

    def __len__(self) -> int:
        return len(self._snapshot.degrees)

    def __iter__(self) -> Iterator[str]:
        return iter(self._snapshot.degrees)


_cache: WeakKeyDictionary[Any, tuple[str | None, Snapshot]] = WeakKeyDictionary()
"""The snapshot of each store, and of which edition it is: another graph may come to have the same version."""
_building = threading.Lock()


def snapshot_of(store: Store) -> Snapshot:
    """The snapshot at the store's version; brought up to date when the version has moved on."""
    edition = store.edition()
    of, held = _cache.get(store, (None, None))
    if held is not None and of == edition:
        return held
    with _building:
        of, held = _cache.get(store, (None, None))
        if held is None or of != edition:
            for _ in range(_TRIES):
                edition, version = store.edition(), store.version
                updated = None
                if held is not None and _is_same_graph(of, edition):
                    updated = _updated(store, held, version)
                made = updated or _read(store, version)
                # Where a write came between the reads, the parts may not fit together; read again.
                if store.edition() == edition:
                    break
            _cache[store] = edition, made
            return made
        return held


def held_for(store: Store) -> Snapshot | None:
    """The snapshot at the store's version where it is in memory and nothing needs to be asked to know so."""
    of, held = _cache.get(store, (None, None))
    edition = store.edition(wait=False) if held is not None else None
    return held if edition is not None and of == edition else None


def _is_same_graph(one: str | None, other: str | None) -> bool:
    """Whether two editions are of one graph, at whatever versions."""
    return (one or "").partition(".")[2] == (other or "").partition(".")[2]


def is_too_large(store: Store) -> bool:
    """Whether a graph on a server is too large to be held in memory. One that is held already goes on being
    held when it grows."""
    if store.engine != "neo4j" or store in _cache:
        return False
    return bool(store.read("MATCH (n:Fact) RETURN count(n) AS n")[0]["n"] > LARGEST_SNAPSHOT)


def read_some(store: Store, ids: Sequence[str]) -> Snapshot:
    """A snapshot of a part of a graph: some entities, and the facts between them."""
    nodes: dict[str, Node] = {}
    labels: dict[str, frozenset[str]] = {}
    wanted = {"ids": list(ids)}
    for row in store.read(f"UNWIND $ids AS i MATCH (n:Entity {{id: i}}) RETURN i AS id, {_NODE}", wanted):
        _take(row, nodes, labels)
    rows = store.read(
        "UNWIND $ids AS i MATCH (n:Fact {subject: i}) WHERE n.relation IS NOT NULL AND n.object IN $ids "
        "RETURN properties(n) AS p",
        wanted,
        max_rows=_ALL_ROWS,
    )
    return Snapshot.of(store.version, nodes, labels, (edge_from_fact(row["p"]) for row in rows))


def edge_from_fact(properties: Mapping[str, Any]) -> Edge:
    """An edge from the properties of its `:Fact` node."""
    rest = {
        key: value
        for key, value in properties.items()
        if key not in ("subject", "relation", "object", "name", "changed")
    }
    return Edge(properties["id"], properties["subject"], properties["relation"], properties["object"], rest)


def _row_of(edge: Edge) -> dict[str, Any]:
    """An edge as a row of `_ROW`."""
    given = edge.properties
    row = {name: given.get(name) for name in ("status", "layer", "confidence", *(n for n, _ in _VALUES[3:]))}
    row |= {"subject": edge.subject, "object": edge.object, "relation": edge.relation}
    return row | {"inferred": edge.inferred, "sources": len(given.get("source_ids", ()))}


def _read(store: Store, version: int) -> Snapshot:
    nodes: dict[str, Node] = {}
    labels: dict[str, frozenset[str]] = {}
    for row in pages(store, "MATCH (n:Entity)", _NODE):
        _take(row, nodes, labels)
    columns = _columns(list(nodes), pages(store, _TIES, _ROW, size=_ROWS_PER_PAGE))
    return Snapshot(version, nodes, labels, columns, Edges(store, columns.facts, {}))


def _take(row: Mapping[str, Any], nodes: dict[str, Node], labels: dict[str, frozenset[str]]) -> None:
    properties = {name: value for name, value in row["p"].items() if name != "changed"}
    nodes[row["id"]] = Node(row["id"], properties["kind"], properties)
    labels[row["id"]] = frozenset(row["labels"]) - {"Entity"}


def _updated(store: Store, held: Snapshot, version: int) -> Snapshot | None:
    """The snapshot with what was written since, or None where reading all of it is simpler: much has
    changed, or something is gone (what is gone leaves no trace in the store)."""
    most = min(DEFAULT_MAX_ROWS, int(_LARGEST_UPDATE * (len(held.nodes) + len(held.columns.facts))))
    rows, touched = (
        store.read(
            f"MATCH (n:{label}) WHERE n.changed > $version RETURN n.id AS id, {returns} LIMIT {most + 1}",
            {"version": held.version},
            timeout=_SECONDS,
        )
        for label, returns in (("Fact", _ROW), ("Entity", _NODE))
    )
    if max(len(rows), len(touched)) > most:
        return None
    nodes, labels = dict(held.nodes), dict(held.labels)
    for row in touched:
        _take(row, nodes, labels)
    fresh = {row["id"]: row for row in rows if row["relation"] is not None}
    counted = [
        store.read(f"{match} RETURN count(n) AS n", timeout=_SECONDS)[0]["n"]
        for match in ("MATCH (n:Entity)", _TIES)
    ]
    added = sum(identifier not in held.edges for identifier in fresh)
    if counted != [len(nodes), len(held.columns.facts) + added]:
        return None
    ids = sorted(nodes)
    columns = _merged(held.columns, _columns(ids, [fresh[i] for i in sorted(fresh)]))
    kept = {i: edge for i, edge in held.edges._held.items() if i not in fresh}
    return Snapshot(version, nodes, labels, columns, Edges(store, columns.facts, kept))


def _columns(ids: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Columns:
    """Columns from rows in the order of their ids. What ends at an entity that is not there is left out: a
    write came between two reads."""
    index = {identifier: i for i, identifier in enumerate(ids)}
    words: dict[str, dict[Any, int]] = {"relation": {}, "status": {}, "layer": {}}
    values: dict[str, list[Any]] = {name: [] for name, _ in _VALUES}
    facts: list[str] = []
    ends: tuple[list[int], list[int]] = ([], [])
    codes: dict[str, list[int]] = {name: [] for name in words}
    defaults = {"inferred": False, "confidence": 1.0, "sources": 0, "from_min": 0}
    for row in rows:
        subject, object_ = index.get(row["subject"]), index.get(row["object"])
        if subject is None or object_ is None:
            continue
        facts.append(row["id"])
        ends[0].append(subject)
        ends[1].append(object_)
        for name, known in words.items():
            word = tuple(row["layer"] or ()) if name == "layer" else row[name]
            codes[name].append(known.setdefault(word, len(known)))
        for name, column in values.items():
            value = row[name]
            column.append(defaults.get(name, 99_999_999) if value is None else value)
    arrays: dict[str, Any] = {name: np.array(values[name], dtype=kind) for name, kind in _VALUES}
    arrays |= {name: np.array(column, dtype=np.int16) for name, column in codes.items()}
    return Columns(
        ids=ids,
        facts=facts,
        subject=np.array(ends[0], dtype=np.int32),
        object=np.array(ends[1], dtype=np.int32),
        relations=tuple(words["relation"]),
        statuses=tuple(words["status"]),
        layer_sets=tuple(words["layer"]),
        **arrays,
    )


def _merged(held: Columns, fresh: Columns) -> Columns:
    """The held columns with the fresh ones in place of those of the same id and beside the rest."""
    replaced = set(fresh.facts)
    kept = np.array([fact not in replaced for fact in held.facts], dtype=bool)
    facts = np.array([*(f for f in held.facts if f not in replaced), *fresh.facts], dtype=object)
    order = np.argsort(facts, kind="stable")
    index = {identifier: i for i, identifier in enumerate(fresh.ids)}
    moved = np.array([index[identifier] for identifier in held.ids], dtype=np.int32)
    out: dict[str, Any] = {"ids": fresh.ids, "facts": list(facts[order])}
    for name in ("subject", "object"):
        out[name] = np.concatenate((moved[getattr(held, name)][kept], getattr(fresh, name)))[order]
    for name, words in (("relation", "relations"), ("status", "statuses"), ("layer", "layer_sets")):
        known = {word: code for code, word in enumerate(getattr(held, words))}
        codes = np.array([known.setdefault(w, len(known)) for w in getattr(fresh, words)], dtype=np.int16)
        new = codes[getattr(fresh, name)] if len(codes) else getattr(fresh, name)
        out[name] = np.concatenate((getattr(held, name)[kept], new))[order]
        out[words] = tuple(known)
    for name, _ in _VALUES:
        out[name] = np.concatenate((getattr(held, name)[kept], getattr(fresh, name)))[order]
    return Columns(**out)
