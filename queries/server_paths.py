"""Paths in a graph that is too large to be held in memory, searched by the server (Neo4j 5.21 or newer).

`SHORTEST g GROUPS` gives every way of the g least lengths. The entities on these and the facts between them
are read, and searched as a graph that is held: up to the greatest of these lengths it has all paths that the
whole graph has, and no other. So both ways answer alike. Where that is too few paths, more groups are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parkgraph.graph.arrays import arrays_from
from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot, read_some
from parkgraph.graph.store import Store
from parkgraph.queries.library import resolve
from parkgraph.queries.paths import Found, NoPath, each_without, find_paths
from parkgraph.queries.walk import DEFAULT_FLOOR, LARGEST_MAX_HOPS, PathFilter

MOST_ENTITIES = 20_000
"""How many entities on the ways are read at most; beyond, the answer says that it was cut."""

_WAYS = """
MATCH p = SHORTEST {groups} GROUPS (a:Entity WHERE a.id IN $sources)
  ((x:Entity)-[r:REL]-(y:Entity) WHERE {conditions}){{1,{most}}}
  (b:Entity WHERE b.id IN $targets)
WITH p, length(p) AS hops
UNWIND nodes(p) AS n
RETURN n.id AS id, max(hops) AS hops, collect(DISTINCT hops) AS lengths ORDER BY id
"""


def find_on_server(
    store: Store,
    model: Model,
    sources: Sequence[str],
    targets: Sequence[str],
    rule: PathFilter,
    k: int,
    *,
    all_shortest: bool = False,
) -> tuple[Found, Snapshot]:
    """What `find_paths` finds, and the part of the graph that it lies in. Of `none` only what single filters
    restore is told."""
    found, part = _find(store, model, sources, targets, rule, k, all_shortest)
    if found.paths:
        return found, part
    restores = []
    for name, relaxed in each_without(rule):
        other, _ = _find(store, model, sources, targets, relaxed, 1, False)
        if other.paths:
            restores.append((name, len(other.paths[0])))
    free, _ = _find(store, model, sources, targets, PathFilter(max_hops=LARGEST_MAX_HOPS), 1, False)
    return replace(found, none=NoPath(bool(free.paths), tuple(restores), (), None)), part


def _find(
    store: Store,
    model: Model,
    sources: Sequence[str],
    targets: Sequence[str],
    rule: PathFilter,
    k: int,
    all_shortest: bool,
) -> tuple[Found, Snapshot]:
    groups = 1
    while True:
        rows = store.read(
            _text(model, rule, groups),
            _parameters(model, sources, targets, rule),
            max_rows=MOST_ENTITIES,
        )
        part = read_some(store, [row["id"] for row in rows] or [*sources, *targets])
        lengths = {length for row in rows for length in row["lengths"]}
        held = replace(rule, max_degree=None, max_hops=max(lengths, default=rule.max_hops))
        found = find_paths(
            arrays_from(part, model), model, sources, targets, held, k, all_shortest=all_shortest
        )
        enough = len(found.paths) >= k or (all_shortest and found.paths)
        if enough or rows.truncated or len(lengths) < groups:
            return replace(found, none=None, cut=found.cut or rows.truncated), part
        groups += 1


def _text(model: Model, rule: PathFilter, groups: int) -> str:
    conditions = [
        "passable(r)",
        "rank(r.status) >= $floor",
        # An entity of either end is an end, and nothing else.
        "(x.id IN $sources OR (through(x) AND NOT x.id IN $blocked AND NOT x.id IN $targets))",
        "NOT y.id IN $sources",
    ]
    if rule.relations is not None:
        conditions.append("type(r) IN $relations")
    if not rule.inferred:
        conditions.append("coalesce(r.inferred, false) = false")
    if rule.confidence > 0:
        conditions.append("r.confidence >= $confidence")
    if rule.layers is not None:
        conditions.append(f"({_in_layers(model)})")
    if rule.kinds is not None:
        conditions.append("(x.id IN $sources OR ANY(l IN labels(x) WHERE l IN $kinds))")
    if rule.max_degree is not None:
        partners = (
            "COUNT { MATCH (x)-[q:REL]-(z:Entity) WHERE passable(q) AND z.id <> x.id RETURN DISTINCT z.id }"
        )
        conditions.append(f"(x.id IN $sources OR {partners} <= $max_degree)")
    text = _WAYS.format(
        groups=int(groups),
        most=min(int(rule.max_hops), LARGEST_MAX_HOPS),
        conditions="\n    AND ".join(conditions),
    )
    return resolve(text, model, None)


def _in_layers(model: Model) -> str:
    """Whether a fact is in one of `$layers`: by what a source states, else by what the model derives."""
    derived = []
    for name, relation in sorted(model.ties.items()):
        if isinstance(relation.layer, dict):
            cases = " ".join(
                f"WHEN '{kind}' IN labels(endNode(r)) THEN '{layer}'"
                for kind, layer in relation.layer.items()
            )
            derived.append(f"WHEN '{name}' THEN CASE {cases} END")
        elif relation.layer is not None:
            derived.append(f"WHEN '{name}' THEN '{relation.layer}'")
    return (
        "ANY(l IN $layers WHERE l IN CASE WHEN size(coalesce(r.layer, [])) > 0 THEN r.layer "
        f"ELSE [CASE type(r) {' '.join(derived)} END] END)"
    )


def _parameters(
    model: Model, sources: Sequence[str], targets: Sequence[str], rule: PathFilter
) -> dict[str, object]:
    return {
        "sources": list(sources),
        "targets": list(targets),
        "blocked": sorted(rule.avoid),
        "floor": max(model.status_rank(rule.status), model.status_rank(DEFAULT_FLOOR)),
        "relations": sorted(rule.relations or ()),
        "confidence": rule.confidence,
        "layers": sorted(rule.layers or ()),
        "kinds": sorted(rule.kinds or ()),
        "max_degree": rule.max_degree,
    }
