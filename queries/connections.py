"""How two entities, or two groups of them, are connected: paths with their proof, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from parkgraph.graph.errors import BadRequest, NotFound, UnknownName
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Node
from parkgraph.graph.view import Moment
from parkgraph.queries.answers import End, Group, PathAnswer, PathHop, members
from parkgraph.queries.explain import explain_in_words
from parkgraph.queries.names import CANDIDATES, again
from parkgraph.queries.paths import LARGEST_K, Path, Whole, find_paths
from parkgraph.queries.records import Records
from parkgraph.queries.robustness import robustness as robustness_of
from parkgraph.queries.selection import boolean, is_given, listed, split_moment, whole
from parkgraph.queries.server_paths import find_on_server
from parkgraph.queries.walk import (
    DEFAULT_FLOOR,
    DEFAULT_MAX_HOPS,
    LARGEST_DEGREE,
    LARGEST_MAX_HOPS,
    PathFilter,
    as_set,
    inside,
    walk_of,
)


def _narrow(text: str) -> str:
    """A text with the signs @ and | as they are wherever a Chinese keyboard wrote the wide ones."""
    return text.translate({ord("＠"): "@", ord("｜"): "|"})


def _labels(end: End) -> dict[str, str]:
    return {lang: end.label(lang) for lang in ("zh", "en")}


class Connections(Records):
    """What leads from one to another."""

    def path_filter(self, parameters: Mapping[str, Any]) -> PathFilter:
        """A filter from parameters as texts or values; None and absent mean the default."""
        given = {key: value for key, value in parameters.items() if value is not None and value != ""}
        try:
            confidence = float(given.get("confidence", 0.0))
        except ValueError:
            raise BadRequest(f"confidence: {given['confidence']!r} is not a number") from None
        return PathFilter(
            relations=as_set(self.model.relation(name).name for name in listed(given.get("relations"))),
            layers=as_set(self.model.layer_name(name) for name in listed(given.get("layers"))),
            kinds=as_set(self.model.kind(name).name for name in listed(given.get("kinds"))),
            status=self.model.status_name(str(given.get("status", DEFAULT_FLOOR))),
            inferred=boolean("inferred", given.get("inferred", True)),
            confidence=confidence,
            via=frozenset(self.resolve(name).id for name in listed(given.get("via"))),
            avoid=frozenset(self.resolve(name).id for name in listed(given.get("avoid"))),
            max_hops=whole("max_hops", given.get("max_hops", DEFAULT_MAX_HOPS), 1, LARGEST_MAX_HOPS),
            max_degree=whole("max_degree", given["max_degree"], 1, LARGEST_DEGREE)
            if "max_degree" in given
            else None,
        )

    def end(self, asked: str | Iterable[str]) -> End:
        """An end of paths: an entity by id or name; all of a kind that are in a place, as `Park@成都`,
        `parks@Chengdu` or `园区@成都`; or several of these, in a list or as a text `A|B`. Raises NotFound,
        Ambiguous or BadRequest."""
        texts = list(asked) if not isinstance(asked, str) else [t.strip() for t in _narrow(asked).split("|")]
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
        word, at, place = _narrow(text).partition("@")
        # A name may hold the sign too (22@Barcelona), whatever stands before it.
        if not at or self._is_borne(text):
            return self._resolve_then(text)
        if not word.strip():
            raise BadRequest(f"{text}: names no kind; expected KIND@PLACE, such as Park@{place.strip()}")
        try:
            kind = self.model.kind(word, text)
        except UnknownName:
            # A word before the sign is meant as a kind; anything else is part of a name.
            if word.replace(" ", "").isalpha():
                raise
            return self._resolve_then(text)
        return self._all_in(kind.name, place)

    def _is_borne(self, text: str) -> bool:
        """Whether a name with the sign @ in it is an entity's whole name."""
        if self.is_too_large:
            try:
                return bool(self._resolve_then(text))
            except NotFound:
                return False
        # To search, a sign more or less is the same name.
        return any(match.exact and "@" in _narrow(match.text) for match in self.whole._index.borne(text))

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

    @again
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
                f"from and to share {', '.join(both[:CANDIDATES])}; a path leads from one to another"
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
