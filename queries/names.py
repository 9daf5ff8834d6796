"""What all that is asked of a graph stands on: a store with its model, the moment that it is shown as of, the
snapshot of it in memory, and which entity a name means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, Self, TypeVar

from parkgraph.graph.arrays import Arrays, are_made, arrays_from
from parkgraph.graph.errors import Ambiguous, BadRequest, Conflict, ModelError, NotFound
from parkgraph.graph.evidence import SourceTexts
from parkgraph.graph.identity import Identity
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.recording import register_of
from parkgraph.graph.register import Register
from parkgraph.graph.snapshot import (
    LARGEST_SNAPSHOT,
    Snapshot,
    held_for,
    is_too_large,
    read_some,
    snapshot_of,
)
from parkgraph.graph.store import Store
from parkgraph.graph.subgraph import Node
from parkgraph.graph.view import Moment, view_store
from parkgraph.graph.view import moment as make_moment
from parkgraph.queries.library import Parameter
from parkgraph.queries.search import Found, Match, SearchIndex, index_of
from parkgraph.queries.selection import boolean, listed

P = ParamSpec("P")
T = TypeVar("T")

_TRIES = 5
CANDIDATES = 8
"""How many entities a sentence names that a name may mean."""
_MEANT = 3
_SHORTEST = 4
"""A part of a name in Latin letters that has fewer means nobody; a whole name may have as few as it likes."""


def again(read: Callable[P, T]) -> Callable[P, T]:
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


class Names:
    """A store to ask, and which of its entities are meant. `Graph` is the whole of it."""

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

    def _moment_in_words(self) -> str:
        given = self.moment.to_dict()
        words = [f"as of {given['as_of']}"] if "as_of" in given else []
        if given.get("certain"):
            words[-1] += " for certain"
        return " ".join([*words, *([f"as known at {given['known_at']}"] if "known_at" in given else [])])

    def _parts_of_the_moment(self) -> dict[str, Moment]:
        """For each part of the moment that is given, the moment without it."""
        moment = self.moment
        parts = {
            "certain": replace(moment, certain=False) if moment.certain else None,
            "as_of": replace(moment, as_of=None, certain=False) if moment.as_of is not None else None,
            "known_at": replace(moment, known_at=None) if moment.known_at is not None else None,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

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
    def arrays(self) -> Arrays:
        """The graph in arrays, at the store's version."""
        return arrays_from(self.snapshot, self.model)

    @property
    def is_too_large(self) -> bool:
        """Whether the graph is on a server and too large to be held in memory; paths are then searched on the
        server, and names must be whole."""
        return is_too_large(self.store)

    @property
    def is_at_hand(self) -> bool:
        """Whether the graph is in memory at the store's version, so that what needs no more is answered
        without waiting. Never on a server, whose version has to be asked for."""
        snapshot = held_for(self.store)
        return snapshot is not None and snapshot is self._fits and are_made(snapshot, self.model)

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
        if text.isascii() and len(text.strip()) < _SHORTEST:
            # Two or three letters begin a word of somebody's name by chance, or are the initials of one.
            matches = [match for match in matches if match.as_written]
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
            shown = "; ".join(f"{match.node.label()} ({match.node.id})" for match in candidates[:CANDIDATES])
            if len(candidates) > CANDIDATES:
                shown += f"; and {len(candidates) - CANDIDATES} more, which search lists"
            raise Ambiguous(
                f"{text!r} may mean {len(candidates)} entities: {shown}; give the id",
                candidates=[match.to_dict() for match in candidates[:CANDIDATES]],
            )
        return candidates[0].node

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

    def _resolve_then(self, text: str) -> Node:
        """The entity as it was at the moment, or as it is where it was not there."""
        try:
            return self.resolve(text)
        except NotFound:
            return self.whole.resolve(text)

    def _named_entities(
        self, taken: Mapping[str, Parameter], parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Parameters that are entities may be given by name."""
        return {
            key: self.resolve(str(value)).id
            if value and key in taken and taken[key].type == "entity"
            else value
            for key, value in parameters.items()
        }

    def _is_organisation(self, node: Node) -> bool:
        kind = self.model.kinds[node.kind]
        return kind.through and "actor" in kind.groups

    @property
    def identity(self) -> Identity:
        """Which entities are one: proposals, judgements, their log, and undoing them."""
        return Identity(self.store, self.model, lambda text: self.resolve(text).id)

    @property
    def register(self) -> Register:
        """Which ids stand for one entity."""
        return register_of(self.store, self.model)
