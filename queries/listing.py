"""The entities and relation facts of a graph in the order of their ids, read page by page, so that a page
costs what it holds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

import numpy as np

from parkgraph.graph.arrays import Arrays, bits


def entities_of(arrays: Arrays, kind: str | None) -> Sequence[str]:
    """The ids of all entities, or of those of a kind, in their order."""
    if kind is None:
        return arrays.ids
    kept: dict[str, Sequence[str]] = arrays.kept.setdefault(entities_of, {})
    if kind not in kept:
        of_kind = np.flatnonzero(arrays.labels & np.uint64(bits((kind,), arrays.kinds)))
        kept[kind] = [arrays.ids[at] for at in of_kind.tolist()]
    return kept[kind]


def after_one(ids: Sequence[str], after: str, limit: int) -> Sequence[str]:
    """Of sorted ids at most so many that come after one, which need not be among them."""
    start = bisect_right(ids, after)
    return ids[start : start + limit]


def facts_after(
    arrays: Arrays,
    after: str,
    limit: int,
    *,
    relations: Collection[str] = (),
    statuses: Collection[str | None] = (),
    among: Iterable[str] | None = None,
) -> list[str]:
    """The ids of at most so many relation facts that come after one: of some relations, in some states (None:
    not stated), and `among` ids that come in their order, which are read no further than needed."""
    wanted = np.ones(len(arrays.relations), dtype=bool), np.ones(len(arrays.statuses), dtype=bool)
    if relations:
        wanted[0][:] = [name in relations for name in arrays.relations]
    if statuses:
        wanted[1][:] = [status in statuses for status in arrays.statuses]
    if among is not None:
        known = ((fact, bisect_left(arrays.facts, fact)) for fact in among)
        found = (
            fact
            for fact, at in known
            # A fact about one entity is no relation.
            if at < len(arrays.facts)
            and arrays.facts[at] == fact
            and wanted[0][arrays.relation[at]]
            and wanted[1][arrays.status[at]]
        )
        return list(islice(found, limit))
    start = bisect_right(arrays.facts, after)
    kept = wanted[0][arrays.relation[start:]] & wanted[1][arrays.status[start:]]
    return [arrays.facts[start + at] for at in np.flatnonzero(kept)[:limit].tolist()]
