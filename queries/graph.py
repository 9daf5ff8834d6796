"""The graph to read: one object over a store that the command line, the API and Python ask."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import wraps
from os import PathLike
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.arrays import Arrays, arrays_from
from parkgraph.graph.canonical import content_hash, pages
from parkgraph.graph.claims import Claim, Source, position, source_from_dict
from parkgraph.graph.errors import Ambiguous, BadRequest, Conflict, ModelError, NotFound
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
from parkgraph.graph.snapshot import LARGEST_SNAPSHOT, Snapshot, is_too_large, read_some, snapshot_of
from parkgraph.graph.store import Rows, Store, Table
from parkgraph.graph.subgraph import Edge, Node, Subgraph
from parkgraph.graph.verification import Verification, verify
from parkgraph.graph.view import Moment, view_store
from parkgraph.graph.view import moment as make_moment
from parkgraph.queries.amounts import NOT_STATED
from parkgraph.queries.answers import End, EntityView, Group, PathAnswer, PathHop, Proof, members
from parkgraph.queries.cypher_guard import (
    DEFAULT_ROWS,
    DEFAULT_SECONDS,
    MOST_ROWS,
    MOST_SECONDS,
    checked_parameters,
    reading,
    seconds,
)
from parkgraph.queries.explain import explain_in_words
from parkgraph.queries.explain_rows import explain_rows
from parkgraph.queries.history import History, history_of
from parkgraph.queries.library import Query, RowPlace, library, query_named
from parkgraph.queries.listing import after_one, entities_of, facts_after
from parkgraph.queries.paths import LARGEST_K, Path, Whole, find_paths
from parkgraph.queries.robustness import robustness as robustness_of
from parkgraph.queries.search import Found, Match, SearchIndex, index_of
from parkgraph.queries.selection import (
    Selection,
    boolean,
    is_given,
    listed,
    parse_selection,
    split_moment,
    whole,
)
from parkgraph.queries.server_paths import find_on_server
from parkgraph.queries.totals import Asked, Total, add_up, read_rates
from parkgraph.queries.walk import (
    DEFAULT_FLOOR,
    DEFAULT_MAX_HOPS,
    LARGEST_DEGREE,
    LARGEST_MAX_HOPS,
    PathFilter,
    among,
    as_set,
    inside,
    walk_of,
    within,
)

P = ParamSpec("P")
T = TypeVar("T")

if TYPE_CHECKING:
    from parkgraph.queries.measures import MeasureAnswer
    from parkgraph.queries.measures.defined import Measure

OF_THE_STORE = ("Entity", "Fact", "Claim", "Source", "Meta", "REL", "STATED_IN", "ABOUT", "SUPPORTS")
MAX_DEPTH = 4
_TRIES = 5
_CANDIDATES = 8
_MEANT = 3
MAX_NODES = 20_000
"""The largest subgraph a selection gives; what is cut is said in its `meta`."""


def _again(read: Callable[P, T]) -> Callable[P, T]:
    """Read again what a write came between."""

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_TRIES - 1):
            try:
                return read(*args, **kwargs)
            except Conflict:
                continue
        return read(*args, **kwargs)

    return reading


def _strange(name: str, known: Iterable[str]) -> str:
    """That a query names a label or relation which no graph of the model has."""
    near = get_close_matches(name, [*known], 3)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"the model knows no kind or relation {name!r}, so nothing bears it{meant}"


def _counted(words: Sequence[str], codes: NDArray[np.int16]) -> dict[str, int]:
    return {words[code]: number for code, number in enumerate(np.bincount(codes).tolist()) if number}


def _labels(end: End) -> dict[str, str]:
    return {lang: end.label(lang) for lang in ("zh", "en")}


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
        self._fits: Snapshot | None = None

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
        if self.is_too_large:
            raise BadRequest(
                f"store {self.store.url}: is too large to be held in memory (more than {LARGEST_SNAPSHOT:,} "
                "facts), which this needs; paths, queries and records can be asked"
            )
        snapshot = snapshot_of(self.store)
        if snapshot is not self._fits:
            kinds = {label for labels in snapshot.labels.values() for label in labels} - set(self.model.kinds)
            relations = set(snapshot.columns.relations) - set(self.model.relations)
            if kinds or relations:
                raise ModelError(
                    f"store {self.store.url}: holds {', '.join(sorted(kinds | relations))}, which the model "
                    f"{self.model.name} does not know; open it with the model it was loaded with (--model)"
                )
            self._fits = snapshot
        return snapshot

    @property
    def _index(self) -> SearchIndex:
        return index_of(self.store, self.snapshot, self.model)

    def search(
        self, text: str, *, kinds: Iterable[str] = (), place: str | None = None, limit: int = 20
    ) -> list[Match]:
        """Entities by name in Chinese, English or pinyin, by alias, identifier or id; best first. Where no
        name is met truly, those that are but for a typo (`fuzzy`).

        `place` (id or name) keeps what is it or lies in it. Raises UnknownName, NotFound or Ambiguous.
        """
        return self._index.search(text, kinds=self._kinds(kinds), place=self._place(place), limit=limit)

    def find(
        self,
        text: str,
        *,
        kinds: Iterable[str] = (),
        place: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> Found:
        """A page of what `search` finds, the number of all matches, and those counted by kind and place."""
        return self._index.find(
            text, kinds=self._kinds(kinds), place=self._place(place), limit=limit, offset=offset
        )

    def places_of(self, entity: str) -> list[Node]:
        """The places that an entity (id or name) is in, by what is located in or part of what."""
        return self._index.places_of(self.resolve(entity).id)

    def _kinds(self, kinds: Iterable[str]) -> list[str]:
        return [self.model.kind(kind).name for kind in listed(kinds)]

    def _place(self, text: str | None) -> str | None:
        """The id of what others lie in; a name that only one place bears means the place."""
        if not text:
            return None
        places = [m.node.id for m in self._index.borne(text) if m.exact and self._index.is_place(m.node.id)]
        return places[0] if len(places) == 1 else self.resolve(text).id

    def identified(self, text: str, *, kinds: Iterable[str] = ()) -> list[Node]:
        """The entities that bear an identifier or id, whole."""
        return self._index.identified(text, kinds=self._kinds(kinds))

    def resolve(self, text: str) -> Node:
        """The one entity that is meant: by id; else by a whole name, where one that an organisation
        shares with a place or a document means the organisation; else by the only name that holds it, where
        again the only organisation counts if its name begins so.

        Raises NotFound, or Ambiguous with the candidates.
        """
        if self.is_too_large:
            return self._resolve_on_server(text)
        node = self.snapshot.nodes.get(text) or self.snapshot.nodes.get(self.register.canonical(text))
        if node is not None:
            return node
        matches = self._index.borne(text)
        if not matches:
            if self._whole is not None:
                known = self._whole.resolve(text)
                raise NotFound(
                    f"{known.label()} ({known.id}) is not there {self._moment_in_words()}; "
                    "without a date or time it is"
                )
            near = [match.node for match in self._index.search(text, limit=_MEANT)]
            meant = " or ".join(f"{node.label()} ({node.id})" for node in near)
            raise NotFound(
                f"there is no entity {text!r}; "
                + (f"did you mean {meant}?" if near else "search finds names in Chinese, English or pinyin"),
                candidates=[node.to_dict() for node in near],
            )
        exact = [match for match in matches if match.exact]
        candidates = exact or matches
        organisations = [match for match in candidates if self._is_organisation(match.node)]
        if len(organisations) == 1 and (exact or organisations[0].begins):
            candidates = organisations
        if len(candidates) > 1:
            shown = "; ".join(f"{match.node.label()} ({match.node.id})" for match in candidates[:_CANDIDATES])
            if len(candidates) > _CANDIDATES:
                shown += f"; and {len(candidates) - _CANDIDATES} more, which search lists"
            raise Ambiguous(
                f"{text!r} may mean {len(candidates)} entities: {shown}; give the id",
                candidates=[match.to_dict() for match in candidates[:_CANDIDATES]],
            )
        return candidates[0].node

    @property
    def is_too_large(self) -> bool:
        """Whether the graph is on a server and too large to be held in memory; paths are then searched on the
        server, and names must be whole."""
        return is_too_large(self.store)

    def _resolve_on_server(self, text: str) -> Node:
        rows = self.store.read(
            "MATCH (n:Entity {id: $id}) RETURN n.id AS id UNION "
            "MATCH (n:Entity) WHERE n.name_zh = $text OR n.name_en = $text OR $text IN n.alias "
            "RETURN n.id AS id",
            {"id": self.register.canonical(text), "text": text},
        )
        ids = sorted(row["id"] for row in rows)
        if not ids:
            raise NotFound(
                f"there is no entity {text!r}; a graph of this size is asked by ids or whole names"
            )
        if len(ids) > 1:
            raise Ambiguous(f"{text!r} may mean {len(ids)} entities: {'; '.join(ids)}; give the id")
        return read_some(self.store, ids).nodes[ids[0]]

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

    @_again
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

    @_again
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

    @_again
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
        states = {status if status != NOT_STATED else None for status in statuses}
        for status in states - {None}:
            self.model.status(str(status))
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
        claims = [claim_from_properties(row["c"]) for row in rows]
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

    def cypher(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        max_rows: int = DEFAULT_ROWS,
        timeout: float = DEFAULT_SECONDS,
    ) -> Table:
        """The answer to a query of your own in Cypher that only reads: at most `max_rows` rows, in at most
        `timeout` seconds. Parameters are `$name` in the text and hold what JSON can hold.

        Raises RefusedCypher for what does more than read or is not known to, BadRequest for what cannot be
        run or needs too much, TimedOut.
        """
        asked = reading(text)
        given = checked_parameters(asked.parameters, parameters or {})
        table = self.store.ask(
            asked.text,
            given,
            timeout=seconds("timeout", timeout, MOST_SECONDS),
            max_rows=whole("max_rows", max_rows, 1, MOST_ROWS),
        )
        known = {*self.model.kinds, *self.model.relations, *OF_THE_STORE}
        strange = sorted(asked.names - known)
        return replace(table, notes=tuple(_strange(name, known) for name in strange))

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

    def _named_entities(self, query: Query | Measure, parameters: Mapping[str, Any]) -> dict[str, Any]:
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
            max_degree=whole("max_degree", given["max_degree"], 1, LARGEST_DEGREE)
            if "max_degree" in given
            else None,
        )

    @property
    def arrays(self) -> Arrays:
        """The graph in arrays, at the store's version."""
        return arrays_from(self.snapshot, self.model)

    def end(self, asked: str | Iterable[str]) -> End:
        """An end of paths: an entity by id or name; all of a kind that are in a place, as `Park@成都`; or
        several of these, in a list or as a text `A|B`. Raises NotFound, Ambiguous or BadRequest."""
        texts = [part.strip() for part in asked.split("|")] if isinstance(asked, str) else list(asked)
        if len(texts) == 1:
            return self._one_end(texts[0])
        found = {node.id: node for text in texts for node in members(self._one_end(text))}
        nodes = tuple(found[identifier] for identifier in sorted(found))
        if len(nodes) == 1:
            return nodes[0]
        kinds = {node.kind for node in nodes}
        names = {
            lang: ("、" if lang == "zh" else ", ").join(node.label(lang) for node in nodes)
            for lang in self.model.languages
        }
        return Group("|".join(sorted(found)), kinds.pop() if len(kinds) == 1 else "", names, nodes)

    def _one_end(self, text: str) -> End:
        kind, at, place = text.partition("@")
        if at and kind in self.model.kinds:
            return self._all_in(kind, place)
        try:
            return self._resolve_then(text)
        except NotFound:
            # A name may hold the sign too (22@Barcelona); a word before it is meant as a kind.
            if at and kind.isalpha():
                self.model.kind(kind, text)
            raise

    def _all_in(self, kind: str, place: str) -> Group:
        """All of a kind that are in a place, or in something that is in it."""
        if not place.strip():
            raise BadRequest(f"{kind}@: names no place; expected {kind}@PLACE, by id or name")
        node, snapshot = self._resolve_then(place), self.snapshot
        ids = [i for i in inside(self.arrays, node.id) if kind in snapshot.labels[i] and i != node.id]
        spec = self.model.kinds[kind]
        if not ids:
            day = f" {self._moment_in_words()}" if self._whole is not None else ""
            raise NotFound(f"no {spec.en} is known to be in {node.label('en')} ({node.id}){day}")
        names = {
            "zh": f"{node.label('zh')}的{spec.zh}（{len(ids)}）",
            "en": f"{spec.en} in {node.label('en')} ({len(ids)})",
        }
        return Group(f"{kind}@{node.id}", kind, names, tuple(snapshot.nodes[i] for i in ids))

    @_again
    def paths(
        self,
        source: str | Iterable[str],
        target: str | Iterable[str],
        *,
        k: int = 3,
        all_shortest: Any = False,
        robustness: Any = False,
        **filters: Any,
    ) -> PathAnswer:
        """The k shortest partnership paths between two ends (see `end`), with their proof. Between groups a
        path leads from any one to any one, and passes no other of either.

        `all_shortest` gives every path of the shortest length instead; `robustness` also says how many paths
        share nothing, and what cuts the connection. Filters: relations, layers, kinds, status (floor),
        inferred, confidence, via, avoid, max_hops, max_degree; `as_of`, `known_at` and `certain` as for `at`.
        The answer is false where there is none, and then explains itself.
        """
        filters, moment = split_moment({key: value for key, value in filters.items() if value is not None})
        if is_given(moment):
            return self.at(**moment).paths(
                source, target, k=k, all_shortest=all_shortest, robustness=robustness, **filters
            )
        strange = set(filters) - set(PathFilter.__dataclass_fields__)
        if strange:
            raise BadRequest(f"paths: unknown filter {', '.join(sorted(strange))}")
        # Somebody who was not there on the day has no path then, and the answer says so.
        a, b = self.end(source), self.end(target)
        ends = ([node.id for node in members(a)], [node.id for node in members(b)])
        both = sorted(set(ends[0]) & set(ends[1]))
        if both and len(ends[0]) == len(ends[1]) == 1:
            raise BadRequest(f"{source!r} and {target!r} are the same entity, {both[0]}")
        if both:
            raise BadRequest(
                f"from and to share {', '.join(both[:_CANDIDATES])}; a path leads from one to another"
            )
        rule = self.path_filter(filters)
        k, shortest = whole("k", k, 1, LARGEST_K), boolean("all_shortest", all_shortest)
        if self.is_too_large:
            if boolean("robustness", robustness):
                raise BadRequest("robustness: a graph of this size is not held in memory, which this needs")
            found, snapshot = find_on_server(
                self.store, self.model, ends[0], ends[1], rule, k, all_shortest=shortest
            )
        else:
            snapshot = self.snapshot
            found = find_paths(
                self.arrays, self.model, *ends, rule, k, all_shortest=shortest, whole=self._wider()
            )
        ids = {i for group in (*ends, *(path.nodes for path in found.paths)) for i in group}
        explanation, robust = None, None
        if found.none is not None:
            explanation = explain_in_words(
                found.none,
                snapshot if self.is_too_large else self.whole.snapshot,
                self.model,
                (_labels(a), _labels(b)),
                len([s for s in self.all_sources() if s.kind != "editorial"]),
                cut=found.cut,
                absent=[node for node in (*ends[0], *ends[1]) if node not in snapshot.nodes],
            )
            snapshot = snapshot if self.is_too_large else self.whole.snapshot
            ids.update(found.none.near_miss)
            if found.none.nearest is not None:
                ids.update((found.none.nearest.start, found.none.nearest.end))
        elif boolean("robustness", robustness):
            walk = walk_of(self.arrays, self.model, rule)
            robust = robustness_of(walk, ends[0], ends[1], found.paths[0].nodes)
            ids |= robust.nodes
        nodes = {i: snapshot.nodes[i] for i in sorted(ids)}
        paths = self._with_proofs(found.paths, nodes, snapshot)
        return PathAnswer(
            a,
            b,
            rule,
            paths,
            tuple(min((hop.fact.status for hop in path), key=self.model.status_rank) for path in paths),
            nodes,
            explanation,
            found.cut,
            snapshot.version,
            self.moment,
            robust,
        )

    def _wider(self) -> Whole:
        """The graph without its moment, and without each part of it."""
        return Whole(
            lambda: self._known.arrays,
            {
                name: lambda part=part: self._seen(part).arrays  # type: ignore[misc]
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
        self, paths: Iterable[Path], nodes: Mapping[str, Node], snapshot: Snapshot
    ) -> tuple[tuple[PathHop, ...], ...]:
        paths = list(paths)
        wanted = list(dict.fromkeys(fact for path in paths for hop in path.hops for fact in hop.facts))
        proofs = self.proofs(wanted)
        facts = dict(zip(wanted, snapshot.edges.some(wanted), strict=True))
        return tuple(
            tuple(
                PathHop(
                    nodes[hop.start],
                    nodes[hop.end],
                    tuple(facts[fact] for fact in hop.facts),
                    {fact: proofs[fact] for fact in hop.facts},
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

    # -- measures ------------------------------------------------------------------------------

    def measures(self) -> Mapping[str, Measure]:
        """The measures that can be computed, by name."""
        from parkgraph.queries.measures import measures

        return measures()

    @_again
    def measure(self, name: str, *, timeout: float = 60, **parameters: Any) -> MeasureAnswer:
        """Compute a measure of the network, such as `graph.measure("pagerank", kinds=["Park"])`.

        Every measure takes the filters of paths (`relations`, `layers`, `kinds`, `status`, `inferred`,
        `confidence`), `ties`, `fold`, `isolated`, `selection` and `limit`, and parameters of its own (see
        `measures`); `as_of`, `known_at` and `certain` as for `at`. Raises UnknownName or BadRequest for what
        is asked, TimedOut where it takes longer than `timeout` seconds.
        """
        # What computes them takes longer to import than most questions to answer.
        from parkgraph.queries.measures import measure_named, measured

        measure = measure_named(name)
        parameters, moment = split_moment(parameters)
        if is_given(moment):
            return self.at(**moment).measure(name, timeout=timeout, **parameters)
        if parameters.get("selection"):
            seen, chosen = self.selected(str(parameters["selection"]))
            if seen is not self:
                return seen.measure(name, timeout=timeout, **{**parameters, "selection": str(chosen)})
            parameters["selection"] = str(chosen)
        return measured(
            measure,
            self.snapshot,
            self.model,
            self._named_entities(measure, parameters),
            moment=self.moment,
            part=lambda text: self._part(parse_selection(text)),
            seconds=timeout,
        )

    # -- parts of the graph --------------------------------------------------------------------

    @_again
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
        strange, moment = split_moment(moment)
        if strange:
            raise BadRequest(f"neighbours: unknown parameter {', '.join(sorted(strange))}")
        seen = self.at(**moment) if is_given(moment) else self
        return seen.proven(
            seen.near(identifier, depth=depth, relations=relations, status=status, inferred=inferred)
        )

    @_again
    def near(
        self,
        identifier: str,
        *,
        depth: int = 1,
        relations: Iterable[str] | str = (),
        status: str | None = None,
        inferred: bool = True,
    ) -> Subgraph:
        """`neighbours` without claims; `proven` adds them."""
        node = self.resolve(identifier)
        depth = whole("depth", depth, 1, MAX_DEPTH)
        wanted = as_set(self.model.relation(name).name for name in listed(relations))
        if status is not None:
            self.model.status(status)
        snapshot = self.snapshot
        seen, facts, truncated = within(
            self.arrays,
            self.model,
            node.id,
            depth,
            relations=wanted,
            floor=status,
            inferred=inferred,
            most=MAX_NODES,
        )
        edges = snapshot.edges.some(facts)
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

    @_again
    def subgraph(self, selection: str | Selection) -> Subgraph:
        """The part of the graph that a selection names, with the claims and sources of its edges."""
        seen, chosen = self.selected(selection)
        return seen._part(chosen)

    @_again
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
        # An end may not have been known at the moment that is asked for.
        known = self.snapshot.nodes
        ends = (node.id for end in (answer.source, answer.target) for node in members(end))
        ids = {identifier for identifier in ends if identifier in known}
        meta: dict[str, Any] = {"focus": sorted(ids)}
        if answer.explanation is not None:
            meta["none"] = answer.explanation.to_dict()
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
        edges = snapshot.edges.some([i for i in sorted(facts) if i in snapshot.edges])
        ids = self._nodes_in(query, rows) & set(snapshot.nodes)
        ids |= {end for edge in edges for end in (edge.subject, edge.object)}
        meta: dict[str, Any] = {"truncated": "the query's limit"} if rows.truncated else {}
        if rows.explanation is not None:
            meta["none"] = rows.explanation.to_dict()
        properties = [i for i in facts if i not in snapshot.edges]
        if properties:
            meta["left_out"] = f"{len(properties)} facts that are properties of an entity, not ties"
        return self._subgraph(ids, edges, meta) if fact_columns else self._among(sorted(ids), meta)

    def _among(self, ids: Iterable[str], meta: Mapping[str, Any]) -> Subgraph:
        """The entities and every fact between two of them."""
        kept = set(ids)
        snapshot = self.snapshot
        return self._subgraph(kept, snapshot.edges.some(among(self.arrays, kept)), meta)

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
