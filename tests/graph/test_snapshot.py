"""The snapshot: the same whether it is read at once or follows the writes, and on both engines."""

from __future__ import annotations

import random
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from parkgraph.graph import snapshot as snapshots
from parkgraph.graph.arrays import arrays_from
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import Conflict
from parkgraph.graph.model import Model
from parkgraph.graph.recording import record, retract
from parkgraph.graph.snapshot import Columns, Snapshot, snapshot_of
from parkgraph.graph.store import Store

PARKS = [f"park:{letter}" for letter in "abcdefghij"]


def contents(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot with its codes as words."""
    columns = snapshot.columns
    out: dict[str, Any] = {"ids": list(columns.ids), "facts": list(columns.facts)}
    for name, words in (("relation", "relations"), ("status", "statuses"), ("layer", "layers")):
        out[name] = [getattr(columns, words)[code] for code in getattr(columns, name)]
    for item in fields(Columns):
        value = getattr(columns, item.name)
        if isinstance(value, np.ndarray) and item.name not in out:
            out[item.name] = value.tolist()
    out["nodes"] = {i: dict(node.properties) for i, node in snapshot.nodes.items()}
    out["labels"] = dict(snapshot.labels)
    out["edges"] = [edge.to_dict() for edge in snapshot.edges.values()]
    out["incident"] = {i: [edge.id for edge in edges] for i, edges in snapshot.incident.items()}
    return out


def a_source(number: int, rng: random.Random) -> tuple[Source, list[Claim]]:
    """A source that names some parks, gives one of them an alias, and says some are partners."""
    source = Source(f"source:{number}", f"来源{number}", published=str(2000 + number))
    said = rng.sample(PARKS, 5)
    claims = [Claim(park, source.id, property="kind", value="Park") for park in said]
    claims += [Claim(park, source.id, property="name_zh", value=f"{park[-1]}科技园") for park in said]
    claims.append(Claim(said[0], source.id, property="alias", value=f"别名{number}"))
    for _ in range(4):
        a, b = rng.sample(said, 2)
        claims.append(
            Claim(
                a,
                source.id,
                relation=rng.choice(["PARTNERS_WITH", "SUPPORTS"]),
                object=b,
                status=rng.choice(["planned", "signed", None]),
            )
        )
    return source, claims


def test_a_snapshot_that_follows_the_writes_is_that_which_is_read_at_once(
    store: Store, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_LARGEST_UPDATE", 10.0)
    followed = []
    update = snapshots._updated

    def following(*args: Any) -> Snapshot | None:
        made = update(*args)
        followed.append(made is not None)
        return made

    monkeypatch.setattr(snapshots, "_updated", following)
    rng = random.Random(5)  # noqa: S311
    store.ensure_schema(model)
    snapshot_of(store)
    there: list[str] = []
    for number in range(12):
        if number % 4 == 3:
            retract(store, model, there.pop(rng.randrange(len(there))))
        else:
            source, claims = a_source(number, rng)
            record(store, model, [source], claims)
            there.append(source.id)
        snapshot = snapshot_of(store)
        fresh = snapshots._read(store, store.version)
        assert contents(snapshot) == contents(fresh)
        made, read = arrays_from(snapshot, model), arrays_from(fresh, model)
        for name in ("starts", "others", "passable", "rank", "layers", "through"):
            assert getattr(made, name).tolist() == getattr(read, name).tolist(), name
        assert [made.facts[i] for i in made.by] == [read.facts[i] for i in read.by]
    # What is gone leaves no trace, so that a retraction is read anew; everything else is followed.
    assert followed.count(True) == 8


def test_a_fact_that_went_while_it_was_read_is_a_conflict_and_not_a_hole(store: Store, model: Model) -> None:
    store.ensure_schema(model)
    source, claims = a_source(1, random.Random(1))  # noqa: S311
    record(store, model, [source], claims)
    snapshot = snapshot_of(store)
    retract(store, model, source.id)
    with pytest.raises(Conflict, match="changed while it was being read"):
        list(snapshot.edges.values())


def test_facts_are_read_when_asked_for_and_kept_only_while_there_is_room(
    store: Store, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "KEPT_EDGES", 3)
    store.ensure_schema(model)
    for number in range(3):
        source, claims = a_source(number, random.Random(number))  # noqa: S311
        record(store, model, [source], claims)
    snapshot = snapshot_of(store)
    assert len(snapshot.edges._held) == 0
    edges = list(snapshot.edges.values())
    assert [edge.id for edge in edges] == list(snapshot.edges)
    assert len(edges) > 3
    assert len(snapshot.edges._held) <= 3
    assert snapshot.edges[edges[0].id] == edges[0]
    assert edges[0].id in snapshot.edges
    assert "fact:none" not in snapshot.edges
    with pytest.raises(KeyError):
        snapshot.edges["fact:none"]
    for park, degree in snapshot.degrees.items():
        assert len(snapshot.incident[park]) == degree == len(list(snapshot.incident[park]))
