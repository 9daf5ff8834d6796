"""Large graphs for benchmarks: facts drawn with hubs of power-law degree, put into a store as the projection
would leave them, without the claims behind them. The same arguments give the same graph.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parkgraph.graph import statements
from parkgraph.graph.dates import OPEN_END, UNKNOWN_START
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.projection import Entity, Fact
from parkgraph.graph.store import Statement, Store, open_store

KINDS = (
    ("Company", 0.4),
    ("Institution", 0.15),
    ("Park", 0.1),
    ("Government", 0.05),
    ("Agreement", 0.15),
    ("Platform", 0.05),
    ("Alliance", 0.02),
    ("Fund", 0.03),
    ("Place", 0.05),
)
TIES = (
    # relation, kinds of the subject, kinds of the object, share
    ("PARTNERS_WITH", ("Park", "Institution", "Company"), ("Park", "Institution", "Company"), 0.3),
    ("SIGNED", ("Park", "Institution", "Company", "Government"), ("Agreement",), 0.3),
    ("PARTICIPATES_IN", ("Institution", "Company", "Park"), ("Platform",), 0.1),
    ("MEMBER_OF", ("Park", "Institution", "Company"), ("Alliance",), 0.05),
    ("FUNDS", ("Fund",), ("Company",), 0.05),
    ("LOCATED_IN", ("Company", "Institution", "Park"), ("Place", "Park"), 0.2),
)
STATUSES = ("proposed", "planned", "signed", "operating", "ended", None)
SHARES = (0.05, 0.15, 0.3, 0.4, 0.05, 0.05)
BATCH = 50_000


def entities(number: int, seed: int = 7) -> list[Entity]:
    """So many entities of the kinds above, with names in both languages."""
    kinds = np.random.default_rng(seed).choice(len(KINDS), size=number, p=[share for _, share in KINDS])
    out = []
    for i, code in enumerate(kinds.tolist()):
        kind = KINDS[code][0]
        properties = {"id": f"{kind.lower()}:{i:07}", "kind": kind, "name_zh": f"第{i}号{kind}"}
        properties |= {"name": properties["name_zh"], "name_en": f"{kind} No. {i}"}
        out.append(Entity(properties["id"], kind, (kind,), properties))
    return out


def facts(entities: list[Entity], number: int, seed: int = 7) -> Iterator[Fact]:
    """So many relation facts between entities, in the model's relations, some parallel, with hubs."""
    rng = np.random.default_rng(seed + 1)
    by_kind = {kind: [e.id for e in entities if e.kind == kind] for kind, _ in KINDS}
    made = 0
    for relation, subjects, objects, share in TIES:
        count = round(number * share) if relation != TIES[-1][0] else number - made
        made += count
        ends = []
        for kinds in (subjects, objects):
            pool = [identifier for kind in kinds for identifier in by_kind[kind]]
            rng.shuffle(pool)
            # The n-th is drawn with a weight of n to the power of -0.6: hubs of some thousands.
            weights = np.arange(1, len(pool) + 1) ** -0.6
            drawn = rng.choice(len(pool), size=count, p=weights / weights.sum())
            ends.append([pool[i] for i in drawn.tolist()])
        status = rng.choice(len(STATUSES), size=count, p=SHARES).tolist()
        year = rng.integers(1995, 2026, size=count).tolist()
        stated = (rng.random(count) < 0.5).tolist()
        inferred = (rng.random(count) < 0.1).tolist()
        confidence = rng.choice([0.5, 0.8, 1.0], size=count).tolist()
        sources = rng.integers(1, 4, size=count).tolist()
        for i in range(count):
            a, b = ends[0][i], ends[1][i]
            if a == b:
                b = ends[1][(i + 1) % count]
            if relation == "PARTNERS_WITH" and b < a:
                a, b = b, a
            yield Fact(
                id=f"fact:{relation.lower()}:{i:07}",
                subject=a,
                relation=relation,
                object=b,
                property=None,
                value=None,
                disc=str(i),
                status=STATUSES[status[i]],
                modality="asserted",
                valid_from=str(year[i]) if stated[i] else None,
                valid_to=None,
                as_of=None,
                from_min=year[i] * 10_000 + 101 if stated[i] else UNKNOWN_START,
                from_max=year[i] * 10_000 + 1231,
                to_min=OPEN_END,
                to_max=OPEN_END,
                confidence=confidence[i],
                n_claims=sources[i],
                source_ids=tuple(f"source:{(i + s) % 10_000}" for s in range(sources[i])),
                inferred=inferred[i],
                contested=False,
            )


def statements_of(number: int, ties: int, model: Model, seed: int = 7) -> Iterator[Statement]:
    """The writes that put such a graph into a store, as version 1."""
    drawn = entities(number, seed)
    yield from statements.put_entities(drawn, 1)
    waiting: list[Fact] = []
    for fact in facts(drawn, ties, seed):
        waiting.append(fact)
        if len(waiting) == BATCH:
            yield from statements.put_facts(waiting, model, 1)
            waiting = []
    yield from statements.put_facts(waiting, model, 1)


def fill(store: Store, number: int, ties: int, seed: int = 7) -> None:
    """Fill an empty store, in batches."""
    model = default_model()
    store.ensure_schema(model)
    for statement in statements_of(number, ties, model, seed):
        store.write([statement])
    store.write([statements.bump_version(store.version)])


def large(url: str, number: int, ties: int, seed: int = 7) -> Store:
    """A store with such a graph; one that is there already is taken as it is."""
    store = open_store(url)
    if store.version == 0:
        fill(store, number, ties, seed)
        store.checkpoint()
    return store
