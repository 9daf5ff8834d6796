"""The graph to read: one object over a store that the command line, the API and Python ask."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from os import PathLike
from typing import Any, Self

from parkgraph.graph.canonical import content_hash, pages
from parkgraph.graph.claims import Claim, Source, position, source_from_dict
from parkgraph.graph.errors import Ambiguous, BadRequest, ModelError, NotFound
from parkgraph.graph.evidence import SourceTexts
from parkgraph.graph.identity import Identity
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.recording import (
    claim_from_properties,
    live_claims_of,
    property_claims_of,
    read_sources,
    register_of,
)
from parkgraph.graph.register import Register
from parkgraph.graph.snapshot import Snapshot, snapshot_of
from parkgraph.graph.store import Rows, Store
from parkgraph.graph.subgraph import Edge, Node, Subgraph
from parkgraph.graph.verification import Verification, verify
from parkgraph.graph.view import Moment, view_store
from parkgraph.graph.view import moment as make_moment
from parkgraph.queries.amounts import NOT_STATED
from parkgraph.queries.answers import EntityView, PathAnswer, PathHop, Proof
from parkgraph.queries.explain import explain_in_words
from parkgraph.queries.explain_rows import explain_rows
from parkgraph.queries.history import History, history_of
from parkgraph.queries.library import Query, RowPlace, library, query_named
from parkgraph.queries.listing import Listing, from_the_one_after, listing_of
from parkgraph.queries.paths import (
    DEFAULT_FLOOR,
    DEFAULT_MAX_HOPS,
    LARGEST_K,
    LARGEST_MAX_HOPS,
    Path,
    PathFilter,
    Whole,
    as_set,
    find_paths,
    meets_floor,
)
from parkgraph.queries.search import Match, SearchIndex, index_of
from parkgraph.queries.selection import (
    Selection,
    boolean,
    is_given,
    listed,
    parse_selection,
    split_moment,
    whole,
)
from parkgraph.queries.totals import Asked, Total, add_up, read_rates

MAX_DEPTH = 4
_CANDIDATES = 8
MAX_NODES = 20_000
"""The largest subgraph a selection gives; what is cut is said in its `meta`."""


class Graph:
    """A store to ask. Every query file is a method: `graph.funds(place="成都")`.

    `texts` is where quotes are cut from; without it, proofs carry locators only. `moment` is what the graph
    is shown as of; see `at`.
    """

    def __init__(self, store: Store, model: Model | None = None, *, texts: SourceTexts | None = None) -> None:
        self.store = store
        self.model = model if model is not None else default_model()
        self.texts = texts
        self.moment = Moment()
        self._whole: Self | None = None
        self._fits: int | None = None

    def at(self, *, as_of: Any = None, known_at: Any = None, certain: Any = False) -> Self:
        """The graph as of a day and as it was known at a time: every read of it answers what the graph would
        have said then. It cannot be written to.

        `as_of` is a partial date: facts are shown in the state that they had on that day, each `held`
        certain or possible; with `certain` only the former. `known_at` is a date or time: only what had been
        recorded by then and was not retracted. What is not given stays as it is. Raises BadRequest.
        """
        asked, now = make_moment(as_of, known_at, False), self.moment
        asked = replace(
            asked,
            as_of=asked.as_of if asked.as_of is not None else now.as_of,
            known_at=asked.known_at if asked.known_at is not None else now.known_at,
            certain=boolean("certain", certain) or now.certain,
        )
        if asked.certain and asked.as_of is None:
            make_moment(certain=True)
        return self if asked == now else self._seen(asked)

    def _seen(self, moment: Moment) -> Self:
        if not moment:
            return self.whole
        store = view_store(self.whole.store, self.model, moment)
        seen = type(self)(store, self.model, texts=self.texts)
        seen.moment, seen._whole = moment, self.whole
        return seen

    @property
    def whole(self) -> Self:
        """The graph itself, without any moment."""
        return self._whole if self._whole is not None else self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __getattr__(self, name: str) -> Callable[..., Rows]:
        query = library().get(name)
        if query is None:
            raise AttributeError(f"a graph has no attribute and no query {name!r}")

        def ask(**parameters: Any) -> Rows:
            return self.query(name, **parameters)

        ask.__name__ = name
        ask.__doc__ = f"{query.summary}\n\n" + "\n".join(
            f"{key}: {parameter.description}" for key, parameter in query.parameters.items()
        )
        ask.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                inspect.Parameter(
                    key,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=inspect.Parameter.empty if parameter.required else parameter.default,
                )
                for key, parameter in query.parameters.items()
            ]
        )
        return ask

    def __dir__(self) -> Iterable[str]:
        return sorted({*super().__dir__(), *library()})

    # -- names ---------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        return self.store.version

    @property
    def snapshot(self) -> Snapshot:
        """The graph in memory, at the store's version. Raises ModelError where the store holds kinds or
        relations that the model does not know."""
        snapshot = snapshot_of(self.store)
        if snapshot.version != self._fits:
            kinds = {label for labels in snapshot.labels.values() for label in labels} - set(self.model.kinds)
            relations = {edge.relation for edge in snapshot.edges.values()} - set(self.model.relations)
            if kinds or relations:
                raise ModelError(
                    f"store {self.store.url}: holds {', '.join(sorted(kinds | relations))}, which the model "
                    f"{self.model.name} does not know; open it with the model it was loaded with (--model)"
                )
            self._fits = snapshot.version
        return snapshot

    @property
    def _index(self) -> SearchIndex:
        return index_of(self.store, self.snapshot, self.model)

    def search(self, text: str, *, kinds: Iterable[str] = (), limit: int = 20) -> list[Match]:
        """Entities by name in Chinese, English or pinyin, by alias, identifier or id; best first."""
        wanted = [self.model.kind(kind).name for kind in kinds]
        return self._index.search(text, kinds=wanted, limit=limit)

    def resolve(self, text: str) -> Node:
        """The one entity that is meant: by id; else by a whole name, where one that an organisation
        shares with a place or a document means the organisation; else by the only name that holds it, where
        again the only organisation counts if its name begins so.

        Raises NotFound, or Ambiguous with the candidates.
        """
        node = self.snapshot.nodes.get(text) or self.snapshot.nodes.get(self.register.canonical(text))
        if node is not None:
            return node
        matches = self.search(text, limit=len(self.snapshot.nodes))
        if not matches:
            if self._whole is not None:
                known = self._whole.resolve(text)
                raise NotFound(
                    f"{known.label()} ({known.id}) is not there {self._moment_in_words()}; "
                    "without a date or time it is"
                )
            raise NotFound(
                f"there is no entity {text!r}; parkgraph search finds names in Chinese, English or pinyin"
            )
        exact = [match for match in matches if match.exact]
        candidates = exact or matches
        organisations = [match for match in candidates if self._is_organisation(match.node)]
        if len(organisations) == 1 and (exact or organisations[0].begins):
            candidates = organisations
        if len(candidates) > 1:
            shown = "; ".join(f"{match.node.label()} ({match.node.id})" for match in candidates[:_CANDIDATES])
            raise Ambiguous(
                f"{text!r} may mean {len(candidates)} entities: {shown}; give the id",
                candidates=[match.to_dict() for match in candidates[:_CANDIDATES]],
            )
        return candidates[0].node

    @property
    def identity(self) -> Identity:
        """Which entities are one: proposals, judgements, their log, and undoing them."""
        return Identity(self.store, self.model, lambda text: self.resolve(text).id)

    @property
    def register(self) -> Register:
        """Which ids stand for one entity."""
        return register_of(self.store, self.model)

    def _moment_in_words(self) -> str:
        given = self.moment.to_dict()
        words = [f"as of {given['as_of']}"] if "as_of" in given else []
        if given.get("certain"):
            words[-1] += " for certain"
        return " ".join([*words, *([f"as known at {given['known_at']}"] if "known_at" in given else [])])

    def _resolve_then(self, text: str) -> Node:
        """The entity as it was at the moment, or as it is where it was not there."""
        try:
            return self.resolve(text)
        except NotFound:
            return self.whole.resolve(text)

    def _is_organisation(self, node: Node) -> bool:
        kind = self.model.kinds[node.kind]
        return kind.through and "actor" in kind.groups

    # -- records -------------------------------------------------------------------------------

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

    def facts_of(self, identifier: str) -> list[Edge]:
        """The relation facts of an entity (id or name) in the order of their ids. Raises NotFound or
        Ambiguous."""
        snapshot = self.snapshot
        found = {edge.id: edge for edge in snapshot.incident.get(self.resolve(identifier).id, ())}
        return [edge for _, edge in sorted(found.items())]

    def entities(self, *, kind: str | None = None, after: str = "", limit: int = 50) -> list[Node]:
        """A page of entities in the order of their ids."""
        listing, wanted = self.listing, self.model.kind(kind).name if kind is not None else None
        page = islice(from_the_one_after(listing.nodes(wanted), after), limit)
        return [listing.snapshot.nodes[i] for i in page]

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
        listing, names = self.listing, {self.model.relation(name).name for name in relations}
        states = {status if status != NOT_STATED else None for status in statuses}
        for status in states - {None}:
            self.model.status(str(status))
        ids = from_the_one_after(listing.edges, after)
        if changed_since is not None:
            ids = self._changed(changed_since, after)
        edges = listing.snapshot.edges
        found = (
            edge
            for i in ids
            if (edge := edges.get(i)) is not None
            and (not names or edge.relation in names)
            and (not states or edge.status in states)
        )
        return list(islice(found, limit))

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
        claims = [claim_from_properties(row["c"]) for row in rows]
        sources = read_sources(self.store, {claim.source for claim in claims})
        return [self._proof(claim, sources[claim.source]) for claim in claims]

    @property
    def listing(self) -> Listing:
        """The entities and relation facts in the order of their ids."""
        return listing_of(self.store, self.snapshot)

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
        return self._proof(claim_from_properties(rows[0]["c"]), source_from_dict(rows[0]["s"]))

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
            groups[row["c"]["fact"]].append(claim_from_properties(row["c"]))
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
        relations: dict[str, int] = defaultdict(int)
        statuses: dict[str, int] = defaultdict(int)
        for edge in snapshot.edges.values():
            relations[edge.relation] += 1
            statuses[edge.status or "not stated"] += 1
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

    # -- questions -----------------------------------------------------------------------------

    def query(self, name: str, **parameters: Any) -> Rows:
        """Run a query file; `as_of`, `known_at` and `certain` as for `at`. Raises UnknownName or BadRequest.

        Rows that name a claim also get its `quote` where the sources' texts are at hand; as of a day, rows
        about facts and entities say whether they are `held` certain or possible. Where there are none,
        `rows.explanation` says what was searched, what emptied it and what comes nearest.
        """
        return self.query_page(name, parameters, None)

    def query_page(self, name: str, parameters: Mapping[str, Any], after: RowPlace | None) -> Rows:
        """The page of a query's rows that follows the `next` of another; else as `query`. Raises Conflict
        where a write took the row away that it goes on from."""
        query = query_named(name)
        parameters, moment = split_moment(parameters)
        if is_given(moment):
            return self.at(**moment).query_page(name, parameters, after)
        given = self._named_entities(query, parameters)
        rows = query.run(self.store, self.model, after=after, **given)
        if self.moment.as_of is not None:
            self._say_whether_held(query, rows)
        if not rows and after is None:
            rows.explanation = explain_rows(
                query,
                given,
                lambda others: query.run(self.store, self.model, **others),
                self.snapshot,
                self.model,
                self._sources_about,
                self.whole.snapshot,
                {
                    name: (
                        value,
                        query.run(self._seen(self._parts_of_the_moment()[name]).store, self.model, **given),
                    )
                    for name, value in self.moment.to_dict().items()
                },
            )
        said = next((key for key, column in query.columns.items() if column.type == "claim"), None)
        if said is not None and self.texts is not None:
            for row in rows:
                row["quote"] = self.claim(row[said]).quote
        return rows

    def _say_whether_held(self, query: Query, rows: Rows) -> None:
        """Rows about facts or entities get `held`: possible where anything in them only possibly held."""
        snapshot = self.snapshot
        told = [key for key, column in query.columns.items() if column.type in ("fact", "node")]
        for row in rows if told else ():
            shown = [snapshot.nodes.get(row[key]) or snapshot.edges.get(row[key]) for key in told]
            held = {item.properties.get("held") for item in shown if item is not None}
            row["held"] = "possible" if "possible" in held else "certain"

    def labels(self, name: str, rows: Rows) -> dict[str, dict[str, str]]:
        """What the entities in the rows of a query are called, by id, in each language."""
        nodes = self.snapshot.nodes
        found = sorted(self._nodes_in(query_named(name), rows) & set(nodes))
        return {i: {lang: nodes[i].label(lang) for lang in self.model.languages} for i in found}

    def _nodes_in(self, query: Query, rows: Rows) -> set[str]:
        """The ids in the columns of a query that stand for entities."""
        one = [name for name, column in query.columns.items() if column.type == "node"]
        several = [name for name, column in query.columns.items() if column.type == "nodes"]
        return {row[name] for row in rows for name in one if row[name] is not None} | {
            identifier for row in rows for name in several for identifier in row[name]
        }

    def _sources_about(self, entity: str) -> list[Source]:
        """The sources with a live claim about an entity, in the order of ids."""
        rows = self.store.read("MATCH (f:Fact {subject: $id}) RETURN f.source_ids AS sources", {"id": entity})
        named = {source for row in rows for source in row["sources"]}
        for edge in self.snapshot.incident.get(entity, ()):
            named.update(edge.properties["source_ids"])
        found = read_sources(self.store, named)
        return [found[identifier] for identifier in sorted(found)]

    def _named_entities(self, query: Query, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters that are entities may be given by name."""
        return {
            key: self.resolve(str(value)).id
            if value and key in query.parameters and query.parameters[key].type == "entity"
            else value
            for key, value in parameters.items()
        }

    def path_filter(self, parameters: Mapping[str, Any]) -> PathFilter:
        """A filter from parameters as texts or values; None and absent mean the default."""
        given = {key: value for key, value in parameters.items() if value is not None and value != ""}
        status = str(given.get("status", DEFAULT_FLOOR))
        self.model.status(status)
        layers = listed(given.get("layers"))
        for layer in layers:
            if layer not in self.model.layers:
                raise BadRequest(f"layers: {layer!r} is not one of {', '.join(self.model.layers)}")
        try:
            confidence = float(given.get("confidence", 0.0))
        except ValueError:
            raise BadRequest(f"confidence: {given['confidence']!r} is not a number") from None
        return PathFilter(
            relations=as_set(self.model.relation(name).name for name in listed(given.get("relations"))),
            layers=as_set(layers),
            kinds=as_set(self.model.kind(name).name for name in listed(given.get("kinds"))),
            status=status,
            inferred=boolean("inferred", given.get("inferred", True)),
            confidence=confidence,
            via=frozenset(self.resolve(name).id for name in listed(given.get("via"))),
            avoid=frozenset(self.resolve(name).id for name in listed(given.get("avoid"))),
            max_hops=whole("max_hops", given.get("max_hops", DEFAULT_MAX_HOPS), 1, LARGEST_MAX_HOPS),
        )

    def paths(self, source: str, target: str, *, k: int = 3, **filters: Any) -> PathAnswer:
        """The k shortest partnership paths between two entities (ids or names), with their proof.

        Filters: relations, layers, kinds, status (floor), inferred, confidence, via, avoid, max_hops;
        `as_of`, `known_at` and `certain` as for `at`. The answer is false where there is none, and then
        explains itself.
        """
        filters, moment = split_moment({key: value for key, value in filters.items() if value is not None})
        if is_given(moment):
            return self.at(**moment).paths(source, target, k=k, **filters)
        strange = set(filters) - set(PathFilter.__dataclass_fields__)
        if strange:
            raise BadRequest(f"paths: unknown filter {', '.join(sorted(strange))}")
        # Somebody who was not there on the day has no path then, and the answer says so.
        a, b = self._resolve_then(source), self._resolve_then(target)
        if a.id == b.id:
            raise BadRequest(f"{source!r} and {target!r} are the same entity, {a.id}")
        rule = self.path_filter(filters)
        snapshot = self.snapshot
        found = find_paths(
            snapshot, self.model, a.id, b.id, rule, whole("k", k, 1, LARGEST_K), whole=self._wider()
        )
        explanation = None
        if found.none is not None:
            explanation = explain_in_words(
                found.none,
                self.whole.snapshot,
                self.model,
                a.id,
                b.id,
                len([s for s in self.all_sources() if s.kind != "editorial"]),
                cut=found.cut,
                absent=[node for node in (a.id, b.id) if node not in snapshot.nodes],
            )
            snapshot = self.whole.snapshot
        ids = {a.id, b.id}.union(*(path.nodes for path in found.paths))
        if found.none is not None:
            ids.update(found.none.near_miss)
        nodes = {i: snapshot.nodes[i] for i in sorted(ids)}
        return PathAnswer(
            a,
            b,
            rule,
            self._with_proofs(found.paths, nodes),
            tuple(
                min((hop.facts[0].status for hop in path.hops), key=self.model.status_rank)
                for path in found.paths
            ),
            nodes,
            explanation,
            found.cut,
            snapshot.version,
            self.moment,
        )

    def _wider(self) -> Whole:
        """The graph without its moment, and without each part of it."""
        return Whole(
            lambda: self._known.snapshot,
            {
                name: lambda part=part: self._seen(part).snapshot  # type: ignore[misc]
                for name, part in self._parts_of_the_moment().items()
            },
        )

    @property
    def _known(self) -> Self:
        """The graph without the day that is asked about, but as it was known."""
        return self._seen(Moment(known_at=self.moment.known_at))

    def _parts_of_the_moment(self) -> dict[str, Moment]:
        """For each part of the moment that is given, the moment without it."""
        moment = self.moment
        parts = {
            "certain": replace(moment, certain=False) if moment.certain else None,
            "as_of": replace(moment, as_of=None, certain=False) if moment.as_of is not None else None,
            "known_at": replace(moment, known_at=None) if moment.known_at is not None else None,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def _with_proofs(
        self, paths: Iterable[Path], nodes: Mapping[str, Node]
    ) -> tuple[tuple[PathHop, ...], ...]:
        paths = list(paths)
        proofs = self.proofs(fact.id for path in paths for hop in path.hops for fact in hop.facts)
        return tuple(
            tuple(
                PathHop(
                    nodes[hop.start],
                    nodes[hop.end],
                    hop.facts,
                    {fact.id: proofs[fact.id] for fact in hop.facts},
                )
                for hop in path.hops
            )
            for path in paths
        )

    def total(
        self,
        figure: str,
        *,
        status: Iterable[str] | str | None = None,
        currency: str | None = None,
        about: str | None = None,
        mix: bool = False,
        rates: Mapping[str, Any] | Iterable[str] | None = None,
    ) -> Total:
        """The sum of one kind of figure: a money property of entities (`total_size`, `raised`, …), a kind of
        amount (`loan`, `contract`, …), or `amount`, whatever its kind. The answer is false where no source
        states one, and then says what there is.

        `status` is one status or several, `not_stated` for none; `about` keeps the amounts of an entity (id
        or name), of what it set up, signed or is part of, and of its own relations. Amounts of several
        figures, statuses or currencies raise MixedAmounts with the subtotals: `mix` adds them all the same,
        and `rates`, such as `{"USD": 7.1}`, add currencies: in `currency`, or the one without a rate.
        """
        asked = Asked(
            figure,
            tuple(listed(status)),
            currency,
            self.resolve(about).id if about is not None else None,
            boolean("mix", mix),
            read_rates(rates),
        )
        rows = self.store.read(
            "MATCH (f:Fact {contested: true}) WHERE f.property IS NOT NULL "
            "RETURN f.subject AS subject, f.property AS property ORDER BY subject, property"
        )
        contested = frozenset((row["subject"], row["property"]) for row in rows)
        return add_up(self.snapshot, self.model, asked, contested)

    # -- parts of the graph --------------------------------------------------------------------

    def neighbours(
        self,
        identifier: str,
        *,
        depth: int = 1,
        relations: Iterable[str] | str = (),
        status: str | None = None,
        inferred: bool = True,
        **moment: Any,
    ) -> Subgraph:
        """An entity and what is tied to it within `depth` steps, by any relation or by those given.

        `status` is a floor; `as_of`, `known_at` and `certain` as for `at`.
        """
        return self.proven(
            self.near(
                identifier, depth=depth, relations=relations, status=status, inferred=inferred, **moment
            )
        )

    def near(
        self,
        identifier: str,
        *,
        depth: int = 1,
        relations: Iterable[str] | str = (),
        status: str | None = None,
        inferred: bool = True,
        **moment: Any,
    ) -> Subgraph:
        """`neighbours` without claims; `proven` adds them."""
        strange, moment = split_moment(moment)
        if strange:
            raise BadRequest(f"neighbours: unknown parameter {', '.join(sorted(strange))}")
        if is_given(moment):
            return self.at(**moment).near(
                identifier, depth=depth, relations=relations, status=status, inferred=inferred
            )
        node = self.resolve(identifier)
        depth = whole("depth", depth, 1, MAX_DEPTH)
        wanted = as_set(self.model.relation(name).name for name in listed(relations))
        if status is not None:
            self.model.status(status)
        floor = status
        snapshot = self.snapshot

        def kept(edge: Edge) -> bool:
            if wanted is not None and edge.relation not in wanted:
                return False
            if floor is not None and not meets_floor(edge.status, floor, self.model):
                return False
            return inferred or not edge.inferred

        seen = {node.id}
        frontier = [node.id]
        truncated = False
        for _ in range(depth):
            reached = set()
            for near in frontier:
                for edge in snapshot.incident.get(near, ()):
                    if kept(edge):
                        reached |= {edge.subject, edge.object}
            frontier = sorted(reached - seen)
            if len(seen) + len(frontier) > MAX_NODES:
                frontier = frontier[: MAX_NODES - len(seen)]
                truncated = True
            seen.update(frontier)
        edges = [
            e
            for i in seen
            for e in snapshot.incident.get(i, ())
            if e.subject in seen and e.object in seen and kept(e)
        ]
        given = {
            "depth": depth,
            "relations": ",".join(sorted(wanted or ())),
            "status": status,
        }
        if not inferred:
            given["inferred"] = "false"
        selection = Selection("neighbours", (node.id,), {k: str(v) for k, v in given.items() if v})
        meta = self._meta(selection) | {"focus": [node.id]}
        if truncated:
            meta["truncated"] = f"the first {MAX_NODES} entities"
        return self._subgraph(seen, edges, meta)

    def _meta(self, selection: Selection) -> dict[str, Any]:
        """What a file or a picture says of where it comes from."""
        moment = self.moment.to_dict()
        written = {key: "true" if value is True else str(value) for key, value in moment.items()}
        chosen = replace(selection, parameters={**selection.parameters, **written})
        version = self.snapshot.version
        return {"selection": str(chosen), **moment, "version": version, "model": self.model.digest}

    def subgraph(self, selection: str | Selection) -> Subgraph:
        """The part of the graph that a selection names, with the claims and sources of its edges."""
        seen, chosen = self.selected(selection)
        return seen._part(chosen)

    def outline(self, selection: str | Selection) -> tuple[Self, Subgraph]:
        """The graph as of the moment that a selection names, and the part of it without claims: what a long
        answer is read by, slice after slice, each made `proven`."""
        seen, chosen = self.selected(selection)
        return seen, seen._outline(chosen)

    def selected(self, selection: str | Selection) -> tuple[Self, Selection]:
        """The graph as of the moment that a selection names, and the selection without it."""
        chosen = parse_selection(selection) if isinstance(selection, str) else selection
        rest, moment = split_moment(chosen.parameters)
        return (self.at(**moment) if moment else self), replace(chosen, parameters=rest)

    def _part(self, chosen: Selection) -> Subgraph:
        return self.proven(self._outline(chosen))

    def _outline(self, chosen: Selection) -> Subgraph:
        snapshot = self.snapshot
        match chosen.form:
            case "all":
                nodes = sorted(snapshot.nodes)
                meta: dict[str, Any] = {}
                if len(nodes) > MAX_NODES:
                    nodes = nodes[:MAX_NODES]
                    meta["truncated"] = f"the first {MAX_NODES} entities"
                part = self._among(nodes, meta)
            case "entity":
                part = self._subgraph([self.resolve(chosen.names[0]).id], [], {})
            case "neighbours":
                options: dict[str, Any] = dict(chosen.parameters)
                if "inferred" in options:
                    options["inferred"] = boolean("inferred", options["inferred"])
                part = self.near(chosen.names[0], **options)
            case "path":
                part = self._path_subgraph(chosen)
            case _:
                part = self._query_subgraph(chosen)
        return Subgraph(part.nodes, part.edges, part.sources, {**part.meta, **self._meta(chosen)})

    def _path_subgraph(self, chosen: Selection) -> Subgraph:
        answer = self.paths(*chosen.names, **chosen.parameters)  # type: ignore[arg-type]
        meta: dict[str, Any] = {"focus": [answer.source.id, answer.target.id]}
        if answer.explanation is not None:
            meta["none"] = answer.explanation.to_dict()
        ids = {answer.source.id, answer.target.id}
        edges: dict[str, Edge] = {}
        for path in answer.paths:
            for hop in path:
                ids |= {hop.start.id, hop.end.id}
                edges |= {fact.id: fact for fact in hop.facts}
        return self._subgraph(ids, edges.values(), meta)

    def _query_subgraph(self, chosen: Selection) -> Subgraph:
        query = query_named(chosen.names[0])
        rows = self.query(query.name, **chosen.parameters)
        snapshot = self.snapshot
        node_columns = [n for n, column in query.columns.items() if column.type in ("node", "nodes")]
        fact_columns = [name for name, column in query.columns.items() if column.type == "fact"]
        if not node_columns and not fact_columns:
            raise BadRequest(f"query {query.name} answers with figures, not with a part of the graph")
        facts = {row[name] for row in rows for name in fact_columns}
        edges = [snapshot.edges[i] for i in sorted(facts & set(snapshot.edges))]
        ids = self._nodes_in(query, rows) & set(snapshot.nodes)
        ids |= {end for edge in edges for end in (edge.subject, edge.object)}
        meta: dict[str, Any] = {"truncated": "the query's limit"} if rows.truncated else {}
        if rows.explanation is not None:
            meta["none"] = rows.explanation.to_dict()
        properties = facts - set(snapshot.edges)
        if properties:
            meta["left_out"] = f"{len(properties)} facts that are properties of an entity, not ties"
        return self._subgraph(ids, edges, meta) if fact_columns else self._among(sorted(ids), meta)

    def _among(self, ids: Iterable[str], meta: Mapping[str, Any]) -> Subgraph:
        """The entities and every fact between two of them."""
        kept = set(ids)
        snapshot = self.snapshot
        return self._subgraph(
            kept, [e for e in snapshot.edges.values() if e.subject in kept and e.object in kept], meta
        )

    def _subgraph(self, ids: Iterable[str], edges: Iterable[Edge], meta: Mapping[str, Any]) -> Subgraph:
        """Entities and facts without their claims."""
        nodes, unique = self.snapshot.nodes, {edge.id: edge for edge in edges}
        return Subgraph(
            tuple(nodes[i] for i in sorted(set(ids))),
            tuple(edge for _, edge in sorted(unique.items())),
            {},
            dict(meta),
        )

    def proven(self, part: Subgraph) -> Subgraph:
        """A part of the graph with the claims of its edges and of its nodes' properties, and the sources."""
        proofs = self.proofs(edge.id for edge in part.edges)
        sources = {proof.source.id: proof.source for group in proofs.values() for proof in group}
        of_nodes: dict[str, list[Claim]] = defaultdict(list)
        for claim in property_claims_of(self.store, {node.id for node in part.nodes}):
            of_nodes[claim.subject].append(claim)
        told = {claim.source for group in of_nodes.values() for claim in group}
        sources |= read_sources(self.store, told - set(sources))
        return Subgraph(
            tuple(
                replace(
                    node,
                    claims=tuple(
                        sorted(
                            of_nodes[node.id],
                            key=lambda c: (c.property or "", c.source, position(c.locator), c.id),
                        )
                    ),
                )
                for node in part.nodes
            ),
            tuple(
                replace(edge, claims=tuple(proof.claim for proof in proofs[edge.id])) for edge in part.edges
            ),
            dict(sorted(sources.items())),
            part.meta,
        )
