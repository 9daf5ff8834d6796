"""The graph to read: one object over a store that the command line, the API and Python ask.

It is put together in the order of what needs what: names, records, connections, questions, and here measures
and parts of the graph.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from parkgraph.graph.canonical import pages
from parkgraph.graph.claims import Claim, position
from parkgraph.graph.errors import BadRequest
from parkgraph.graph.recording import property_claims_of, read_sources
from parkgraph.graph.store import Rows
from parkgraph.graph.subgraph import Edge, Subgraph
from parkgraph.queries.answers import members
from parkgraph.queries.library import library, query_named
from parkgraph.queries.names import again
from parkgraph.queries.questions import Questions
from parkgraph.queries.selection import (
    Selection,
    boolean,
    is_given,
    listed,
    parse_selection,
    split_moment,
    whole,
)
from parkgraph.queries.walk import among, as_set, within

if TYPE_CHECKING:
    from parkgraph.queries.measures import MeasureAnswer
    from parkgraph.queries.measures.defined import Measure

MAX_DEPTH = 4
MAX_NODES = 20_000
"""The largest subgraph a selection gives; what is cut is said in its `meta`."""


class Graph(Questions):
    """A store to ask. Every query file is a method: `graph.funds(place="成都")`.

    `texts` is where quotes are cut from; without it, proofs carry locators only. `moment` is what the graph
    is shown as of; see `at`.
    """

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

    def measures(self) -> Mapping[str, Measure]:
        """The measures that can be computed, by name."""
        from parkgraph.queries.measures import measures

        return measures()

    @again
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
            self._named_entities(measure.parameters, parameters),
            moment=self.moment,
            part=lambda text: self._part(parse_selection(text)),
            possible=self._possible_facts,
            seconds=timeout,
        )

    def _possible_facts(self) -> set[str]:
        """The facts that only possibly held at the moment that is asked about."""
        return {row["id"] for row in pages(self.store, "MATCH (n:Fact {held: 'possible'})", "n.held AS held")}

    @again
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

    @again
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
            status = self.model.status_name(status)
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

    @again
    def subgraph(self, selection: str | Selection) -> Subgraph:
        """The part of the graph that a selection names, with the claims and sources of its edges."""
        seen, chosen = self.selected(selection)
        return seen._part(chosen)

    @again
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

    def _meta(self, selection: Selection) -> dict[str, Any]:
        """What a file or a picture says of where it comes from."""
        moment = self.moment.to_dict()
        written = {key: "true" if value is True else str(value) for key, value in moment.items()}
        chosen = replace(selection, parameters={**selection.parameters, **written})
        version = self.snapshot.version
        return {"selection": str(chosen), **moment, "version": version, "model": self.model.digest}

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
