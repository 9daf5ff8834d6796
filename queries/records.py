"""The records of a graph: entities, facts, claims and sources, what they say and how they came to say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.canonical import content_hash, pages
from parkgraph.graph.claims import Claim, Source, position, source_from_dict
from parkgraph.graph.errors import NotFound
from parkgraph.graph.evidence import SourceTexts
from parkgraph.graph.recording import live_claims_of, read_sources, stored_claim
from parkgraph.graph.subgraph import Edge, Node, Subgraph
from parkgraph.graph.verification import Verification, verify
from parkgraph.queries.amounts import stated
from parkgraph.queries.answers import EntityView, Proof
from parkgraph.queries.history import History, history_of
from parkgraph.queries.listing import after_one, entities_of, facts_after
from parkgraph.queries.names import Names, again


def _counted(words: Sequence[str], codes: NDArray[np.int16]) -> dict[str, int]:
    return {words[code]: number for code, number in enumerate(np.bincount(codes).tolist()) if number}


class Records(Names):
    """What a graph holds of somebody or something."""

    @again
    def entity(self, identifier: str) -> EntityView:
        """An entity by id or name, with its facts and neighbours. Raises NotFound or Ambiguous."""
        node = self.resolve(identifier)
        snapshot = self.snapshot
        edges = tuple(snapshot.incident.get(node.id, ()))
        others = {end for edge in edges for end in (edge.subject, edge.object)} - {node.id}
        rows = self.store.read(
            "MATCH (f:Fact {subject: $id}) WHERE f.property IS NOT NULL "
            "RETURN properties(f) AS f ORDER BY f.property, f.id",
            {"id": node.id},
        )
        return EntityView(
            node,
            tuple(sorted(snapshot.labels[node.id])),
            edges,
            {i: snapshot.nodes[i] for i in sorted(others)},
            tuple({k: v for k, v in row["f"].items() if k not in ("name", "changed")} for row in rows),
        )

    @again
    def facts_of(self, identifier: str) -> list[Edge]:
        """The relation facts of an entity (id or name) in the order of their ids. Raises NotFound or
        Ambiguous."""
        return list(self.snapshot.incident.get(self.resolve(identifier).id, ()))

    def entities(self, *, kind: str | None = None, after: str = "", limit: int = 50) -> list[Node]:
        """A page of entities in the order of their ids."""
        nodes = self.snapshot.nodes
        return [nodes[i] for i in after_one(self._ids_of(kind), after, limit)]

    def number_of(self, kind: str | None = None) -> int:
        """How many entities there are, or of a kind."""
        return len(self._ids_of(kind))

    def _ids_of(self, kind: str | None) -> Sequence[str]:
        return entities_of(self.arrays, self.model.kind(kind).name if kind is not None else None)

    @again
    def facts(
        self,
        *,
        relations: Iterable[str] = (),
        statuses: Iterable[str] = (),
        changed_since: int | None = None,
        after: str = "",
        limit: int = 50,
    ) -> list[Edge]:
        """A page of relation facts in the order of their ids: of some relations, in some states
        (`not_stated` for none), written after a version of the graph. What was taken away since is not there
        to be listed. Raises UnknownName."""
        names = {self.model.relation(name).name for name in relations}
        states = {stated(self.model, status) for status in statuses}
        changed = self._changed(changed_since, after) if changed_since is not None else None
        ids = facts_after(self.arrays, after, limit, relations=names, statuses=states, among=changed)
        return self.snapshot.edges.some(ids)

    def _changed(self, since: int, after: str) -> Iterator[str]:
        """The ids of facts that were written after a version of the graph."""
        rows = pages(
            self.whole.store,
            "MATCH (n:Fact) WHERE n.changed > $since",
            "n.id AS fact",
            after=after,
            since=since,
        )
        return (row["fact"] for row in rows)

    def claims(
        self, *, source: str | None = None, entity: str | None = None, after: str = "", limit: int = 50
    ) -> list[Proof]:
        """A page of live claims with their sources, in the order of their ids: of a source (id), about an
        entity (id or name) as subject or object. Raises NotFound or Ambiguous."""
        asked = {"source": self.source(source).id if source is not None else None}
        asked["entity"] = self.resolve(entity).id if entity is not None else None
        conditions = ["c.retracted IS NULL", "c.id > $after"]
        conditions += ["c.source = $source"] if source is not None else []
        conditions += ["(c.subject = $entity OR c.object = $entity)"] if entity is not None else []
        rows = self.store.read(
            f"MATCH (c:Claim) WHERE {' AND '.join(conditions)} "
            f"RETURN properties(c) AS c ORDER BY c.id LIMIT {int(limit)}",
            {"after": after, **{key: value for key, value in asked.items() if value is not None}},
        )
        claims = [stored_claim(row["c"]) for row in rows]
        sources = read_sources(self.store, {claim.source for claim in claims})
        return [self._proof(claim, sources[claim.source]) for claim in claims]

    def fact(self, identifier: str) -> dict[str, Any]:
        """A fact with its claims, their sources and, where the texts are at hand, their quotes."""
        rows = self.store.read("MATCH (f:Fact {id: $id}) RETURN properties(f) AS f", {"id": identifier})
        if not rows:
            raise NotFound(f"there is no fact {identifier!r}")
        fact = {k: v for k, v in rows[0]["f"].items() if k not in ("name", "changed")}
        return fact | {"claims": [proof.to_dict() for proof in self.proofs([identifier])[identifier]]}

    def claim(self, identifier: str) -> Proof:
        """A claim with its source, also one that was retracted."""
        rows = self.store.read(
            "MATCH (c:Claim {id: $id})-[:STATED_IN]->(s:Source) "
            "RETURN properties(c) AS c, properties(s) AS s",
            {"id": identifier},
        )
        if not rows:
            raise NotFound(f"there is no claim {identifier!r}")
        return self._proof(stored_claim(rows[0]["c"]), source_from_dict(rows[0]["s"]))

    def source(self, identifier: str) -> Source:
        found = read_sources(self.store, [identifier]).get(identifier)
        if found is None:
            raise NotFound(f"there is no source {identifier!r}; parkgraph query sources lists them")
        return found

    def all_sources(self, *, after: str = "", limit: int | None = None) -> list[Source]:
        """Every source that still says something, or a page of them, in the order of ids."""
        rows = self.store.read(
            "MATCH (s:Source) WHERE s.id > $after AND "
            "EXISTS { MATCH (s)<-[:STATED_IN]-(c:Claim) WHERE c.retracted IS NULL } "
            f"RETURN properties(s) AS s ORDER BY s.id{f' LIMIT {int(limit)}' if limit is not None else ''}",
            {"after": after},
        )
        return [source_from_dict(row["s"]) for row in rows]

    def proofs(self, facts: Iterable[str]) -> dict[str, tuple[Proof, ...]]:
        """The live claims of facts, each with its source; in the order of source date, then id."""
        wanted = list(dict.fromkeys(facts))
        claims = list(live_claims_of(self.store, wanted))
        sources = read_sources(self.store, {claim.source for _, claim in claims})
        found: dict[str, list[Proof]] = {identifier: [] for identifier in wanted}
        for fact, claim in claims:
            found[fact].append(self._proof(claim, sources[claim.source]))
        return {
            fact: tuple(
                sorted(
                    group,
                    key=lambda p: (
                        p.source.published or "9999",
                        p.source.id,
                        position(p.claim.locator),
                        p.id,
                    ),
                )
            )
            for fact, group in found.items()
        }

    def _proof(self, claim: Claim, source: Source) -> Proof:
        quote = self.texts.quote(claim, source) if self.texts is not None else None
        return Proof(claim.id, claim, source, quote)

    def history(self, fact: str) -> History:
        """The life of a fact as its sources tell it, also what was taken back. Raises NotFound."""
        found = next(self._histories("MATCH (c:Claim {fact: $id}) RETURN properties(c) AS c", fact), None)
        if found is None:
            raise NotFound(f"there is no fact {fact!r}")
        return found

    def histories(self, entity: str) -> list[History]:
        """The lives of all facts of an entity (id or name), those first that begin first. Raises NotFound
        or Ambiguous."""
        found = self._histories(
            "MATCH (c:Claim {subject: $id}) RETURN properties(c) AS c UNION "
            "MATCH (c:Claim) WHERE c.object = $id RETURN properties(c) AS c",
            self.resolve(entity).id,
        )
        return sorted(found, key=lambda history: (history.told[0].day or "", history.fact))

    def _histories(self, cypher: str, identifier: str) -> Iterator[History]:
        """A history of every fact that the claims of a read speak of."""
        groups: dict[str, list[Claim]] = defaultdict(list)
        for row in self.store.read(cypher, {"id": identifier}):
            groups[row["c"]["fact"]].append(stored_claim(row["c"]))
        sources = read_sources(self.store, {claim.source for group in groups.values() for claim in group})
        rows = self.store.read(
            "UNWIND $ids AS i MATCH (f:Fact {id: i}) RETURN f.id AS id", {"ids": sorted(groups)}
        )
        shown = {row["id"] for row in rows}
        for fact, group in groups.items():
            proofs = [self._proof(claim, sources[claim.source]) for claim in group]
            yield history_of(proofs, self.model, self.snapshot, shown=fact in shown)

    def quotes(self, sub: Subgraph) -> dict[str, str]:
        """The quotes of a subgraph's claims, by claim id, where the texts are at hand."""
        if self.texts is None:
            return {}
        told = (*(node.claims for node in sub.nodes), *(edge.claims for edge in sub.edges))
        found = {
            claim.id: self.texts.quote(claim, sub.sources[claim.source])
            for claims in told
            for claim in claims
        }
        return {identifier: quote for identifier, quote in found.items() if quote is not None}

    def stats(self) -> dict[str, Any]:
        """Counts by kind, relation and status, the graph's version, and its content hash."""
        snapshot = self.snapshot
        kinds: dict[str, int] = defaultdict(int)
        for node in snapshot.nodes.values():
            kinds[node.kind] += 1
        columns = snapshot.columns
        relations = _counted(columns.relations, columns.relation)
        statuses = _counted([status or "not stated" for status in columns.statuses], columns.status)
        counted = self.store.read(
            "MATCH (c:Claim) WHERE c.retracted IS NULL "
            "RETURN count(c) AS claims, count(DISTINCT c.source) AS sources"
        )[0]
        contested = self.store.read("MATCH (f:Fact {contested: true}) RETURN count(f) AS n")[0]["n"]
        return {
            "store": self.store.url,
            "version": snapshot.version,
            "model": self.model.digest,
            "hash": content_hash(self.store),
            "entities": len(snapshot.nodes),
            "relation_facts": len(snapshot.edges),
            "claims": counted["claims"],
            "sources": counted["sources"],
            "contested_facts": contested,
            "kinds": dict(sorted(kinds.items())),
            "relations": dict(sorted(relations.items())),
            "statuses": dict(sorted(statuses.items())),
        }

    def verify(self, sources: str | PathLike[str] | None = None) -> Verification:
        """Check every live claim against its source and everything shown against the claims. `sources`
        is a folder with the sources' texts, by default the one the graph quotes from."""
        texts = SourceTexts(sources) if sources is not None else self.texts
        return verify(self.whole.store, self.model, texts)

    def _sources_about(self, entity: str) -> list[Source]:
        """The sources with a live claim about an entity, in the order of ids."""
        rows = self.store.read("MATCH (f:Fact {subject: $id}) RETURN f.source_ids AS sources", {"id": entity})
        named = {source for row in rows for source in row["sources"]}
        for edge in self.snapshot.incident.get(entity, ()):
            named.update(edge.properties["source_ids"])
        found = read_sources(self.store, named)
        return [found[identifier] for identifier in sorted(found)]
