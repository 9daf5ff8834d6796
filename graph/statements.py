"""The physical model as Cypher: schema and writes, the same text on both engines.

    (:Entity:<Kind>) -[:<RELATION>]-> (:Entity:<Kind>)      one edge a fact
    (:Fact)                                                 one node a fact, edge or property
    (:Claim) -[:STATED_IN]-> (:Source)
    (:Meta {id: 'graph'})                                   the version

Labels, relation types and property names come from the model, whose names are checked when it is
read; everything else is a parameter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from parkgraph.graph.claims import Claim, Source, canonical_json
from parkgraph.graph.model import Model
from parkgraph.graph.projection import Entity, Fact, flat
from parkgraph.graph.quantities import Quantity
from parkgraph.graph.store import Statement

ROWS_PER_STATEMENT = 5_000


def schema(model: Model) -> Iterator[str]:
    """Constraints and indexes, derived from the model, each its own statement."""
    for label in ("Entity", "Source", "Claim", "Fact", "Meta"):
        yield (f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE")
    for relation in model.ties:
        yield (
            f"CREATE CONSTRAINT {relation.lower()}_id IF NOT EXISTS "
            f"FOR ()-[r:{relation}]-() REQUIRE r.id IS UNIQUE"
        )
    for label, names in (
        ("Claim", ("fact", "source", "subject", "object")),
        ("Fact", ("subject", "object", "contested")),
        ("Entity", ("kind", *model.filter_properties())),
    ):
        for name in names:
            yield f"CREATE INDEX {label.lower()}_{name} IF NOT EXISTS FOR (n:{label}) ON (n.{name})"
    for label in ("Entity", "Fact"):
        yield (f"CREATE RANGE INDEX {label.lower()}_changed IF NOT EXISTS FOR (n:{label}) ON (n.changed)")


META = Statement(
    "MERGE (m:Meta {id: 'graph'}) ON CREATE SET m.name = 'graph', m.version = 0, m.born = randomUUID() "
    "RETURN m.version AS n"
)
"""The version, and by `born` of which graph: one that is made anew counts from 0 again."""
EDITION = "MATCH (m:Meta {id: 'graph'}) RETURN m.version AS version, m.born AS born"


def _rows(cypher: str, rows: Sequence[Mapping[str, Any]], *, counted: bool = True) -> Iterator[Statement]:
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        part = list(rows[start : start + ROWS_PER_STATEMENT])
        yield Statement(cypher, {"rows": part}, expect=len(part) if counted else None)


def put_sources(sources: Iterable[Source]) -> Iterator[Statement]:
    rows = [{"id": s.id, "p": s.to_dict() | {"kind": s.kind}} for s in sources]
    yield from _rows(
        "UNWIND $rows AS row MERGE (s:Source {id: row.id}) SET s = row.p RETURN count(s) AS n", rows
    )


def put_entities(entities: Iterable[Entity], version: int) -> Iterator[Statement]:
    """One statement for each combination of labels."""
    by_labels: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for entity in entities:
        by_labels[entity.labels].append({"id": entity.id, "p": {**entity.properties, "changed": version}})
    for labels, rows in sorted(by_labels.items()):
        sets = " ".join(f"SET n:{label}" for label in labels)
        yield from _rows(
            f"UNWIND $rows AS row MERGE (n:Entity {{id: row.id}}) SET n = row.p {sets} RETURN count(n) AS n",
            rows,
        )


def drop_labels(labels: Mapping[str, Iterable[str]]) -> Iterator[Statement]:
    """Take labels off: label to the ids of the entities that no longer are of that kind."""
    for label, ids in sorted(labels.items()):
        rows = [{"id": i} for i in sorted(ids)]
        yield from _rows(
            f"UNWIND $rows AS row MATCH (n:Entity {{id: row.id}}) REMOVE n:{label} RETURN count(n) AS n",
            rows,
        )


def drop_entities(ids: Iterable[str]) -> Iterator[Statement]:
    rows = [{"id": i} for i in sorted(ids)]
    yield from _rows(
        "UNWIND $rows AS row MATCH (n:Entity {id: row.id}) DETACH DELETE n RETURN count(*) AS n", rows
    )


def put_facts(facts: Iterable[Fact], model: Model, version: int) -> Iterator[Statement]:
    """The node of every fact, and the edge of those that are relations."""
    nodes: list[dict[str, Any]] = []
    edges: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fact in facts:
        properties = fact.properties(model)
        properties["changed"] = version
        if fact.relation is not None:
            edges[fact.relation].append({"id": fact.id, "a": fact.subject, "b": fact.object, "p": properties})
            said: dict[str, Any] = {"relation": fact.relation, "object": fact.object}
        else:
            prop = model.entity_properties.get(fact.property or "")
            value = flat(prop, "value", fact.value)
            if isinstance(fact.value, Quantity) and fact.value.unit is not None:
                value = {key: item for key, item in value.items() if not key.endswith(("_unit", "_currency"))}
                value["value_unit"] = fact.value.unit
            said = {"property": fact.property, **value}
        nodes.append({"id": fact.id, "p": properties | said | {"subject": fact.subject, "name": fact.id}})
    yield from _rows(
        "UNWIND $rows AS row MERGE (f:Fact {id: row.id}) SET f = row.p RETURN count(f) AS n", nodes
    )
    for relation, rows in sorted(edges.items()):
        yield from _rows(
            "UNWIND $rows AS row MATCH (a:Entity {id: row.a}) MATCH (b:Entity {id: row.b}) "
            f"MERGE (a)-[r:{relation} {{id: row.id}}]->(b) SET r = row.p RETURN count(r) AS n",
            rows,
        )


def drop_facts(facts: Iterable[Mapping[str, Any]]) -> Iterator[Statement]:
    """Remove facts given as rows with id, relation (or None), subject and object."""
    nodes: list[dict[str, Any]] = []
    edges: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fact in facts:
        nodes.append({"id": fact["id"]})
        if fact.get("relation"):
            edges[fact["relation"]].append({"id": fact["id"], "a": fact["subject"], "b": fact["object"]})
    for relation, rows in sorted(edges.items()):
        yield from _rows(
            "UNWIND $rows AS row "
            f"MATCH (a:Entity {{id: row.a}})-[r:{relation} {{id: row.id}}]->(b:Entity {{id: row.b}}) "
            "DELETE r RETURN count(*) AS n",
            rows,
        )
    yield from _rows(
        "UNWIND $rows AS row MATCH (f:Fact {id: row.id}) DETACH DELETE f RETURN count(*) AS n", nodes
    )


def claim_properties(claim: Claim, identifier: str, fact: str) -> dict[str, Any]:
    """A claim as flat store properties; figures and attributes are canonical JSON text."""
    out = claim.to_dict()
    if isinstance(claim.value, Quantity):
        out["figure"] = canonical_json(out.pop("value"))
    if "attributes" in out:
        out["attributes"] = canonical_json(out["attributes"])
    out["modality"], out["confidence"], out["rank"] = claim.modality, claim.confidence, claim.rank
    out["id"] = out["name"] = identifier
    out["fact"] = fact
    return out


def put_claims(rows: Sequence[Mapping[str, Any]]) -> Iterator[Statement]:
    """Rows of `claim_properties`. What a claim says is written once; its times, and the entities it stands
    under, may change."""
    yield from _rows(
        "UNWIND $rows AS row MATCH (s:Source {id: row.source}) MERGE (c:Claim {id: row.id}) SET c = row.p "
        "MERGE (c)-[:STATED_IN]->(s) RETURN count(c) AS n",
        [{"id": row["id"], "source": row["source"], "p": row} for row in rows],
    )


def mark_judgements(ids: Sequence[str]) -> Iterator[Statement]:
    """Label the claims that judge identity, so that they are found among many."""
    yield from _rows(
        "UNWIND $rows AS row MATCH (c:Claim {id: row.id}) SET c:Judgement RETURN count(c) AS n",
        [{"id": identifier} for identifier in ids],
    )


def retract_claims(ids: Sequence[str], at: int, why: str | None = None) -> Iterator[Statement]:
    for start in range(0, len(ids), ROWS_PER_STATEMENT):
        part = list(ids[start : start + ROWS_PER_STATEMENT])
        yield Statement(
            "UNWIND $ids AS i MATCH (c:Claim {id: i}) SET c.retracted = $at, c.retraction = $why "
            "RETURN count(c) AS n",
            {"ids": part, "at": at, "why": why},
            expect=len(part),
        )


def bump_version(version: int) -> Statement:
    """The last statement of every batch: compare and set; an empty answer means somebody was first.

    Neo4j locks a node when it is written, not when it is read, so it is written before the versions are
    compared: whoever comes second waits there for the first, and then sees its version.
    """
    return Statement(
        "MATCH (m:Meta {id: 'graph'}) SET m.held = true WITH m WHERE m.version = $version "
        "SET m.version = m.version + 1, m.held = null RETURN count(m) AS n",
        {"version": version},
        expect=1,
        guard=True,
    )
