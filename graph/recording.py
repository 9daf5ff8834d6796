"""Recording claims in a store, and retracting them: which facts and nodes they touch, and what they
become. Each batch is one transaction that ends with the graph version as compare-and-set.

A fact is shown only while its ends are entities, that is, while some live claim states their kind.
So a relation may be recorded before its ends; it appears with them and goes with them.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from parkgraph.graph import statements
from parkgraph.graph.claims import Claim, Source, claim_from_dict, source_from_dict
from parkgraph.graph.errors import Conflict, NotFound, Refused
from parkgraph.graph.model import Model
from parkgraph.graph.projection import Entity, Fact, project, project_entity
from parkgraph.graph.register import Register, is_judgement
from parkgraph.graph.store import Rows, Statement, Store

CLAIMS_PER_BATCH = 2_000
_IDS_PER_READ = 2_000
_ALL_ROWS = 50_000_000
_READ_SECONDS = 600.0
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load, a retraction or a judgement did: claims added, already there, retracted, put under
    another entity; facts and entities touched."""

    added: int = 0
    unchanged: int = 0
    retracted: int = 0
    moved: int = 0
    facts: int = 0
    entities: int = 0
    version: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.added + other.added,
            self.unchanged + other.unchanged,
            self.retracted + other.retracted,
            self.moved + other.moved,
            self.facts + other.facts,
            self.entities + other.entities,
            max(self.version, other.version),
        )


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A claim with its id, computed once; as it was said until it is placed under its entities."""

    id: str
    claim: Claim

    @classmethod
    def of(cls, claim: Claim) -> _Recorded:
        return cls(claim.id, claim)

    def placed(self, register: Register) -> _Recorded:
        """The claim under the entities that it is about."""
        return _Recorded(self.id, register.place(self.claim, self.id))


@dataclass(frozen=True, slots=True)
class _Taken:
    """Claims that are taken back, when, and by whom and why where that is said."""

    ids: Sequence[str]
    at: int
    why: str | None = None


@dataclass(frozen=True, slots=True)
class _Touched:
    """What a batch does to claims: those that begin to count, those that cease to, and those that a
    judgement moves, each as it stood before and as it stands after."""

    fresh: Sequence[_Recorded]
    gone: Sequence[_Recorded]
    left: Sequence[_Recorded]
    moved: Sequence[_Recorded]

    def __iter__(self) -> Iterator[_Recorded]:
        return itertools.chain(self.fresh, self.gone, self.left, self.moved)


def record(
    store: Store,
    model: Model,
    sources: Iterable[Source],
    claims: Iterable[Claim],
    *,
    recorded: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Record claims and the sources they name; what is there already stays as it is.

    `recorded` is the time in epoch seconds (now by default) for claims that carry none. `progress` is
    told how many claims are done. Raises Refused for a source that is there with other particulars or
    a claim whose source is unknown, StoreError where the store fails; earlier batches then stay.
    """
    at = int(time.time()) if recorded is None else recorded
    given = {source.id: source for source in sources}
    pending = [
        _Recorded.of((claim if claim.recorded is not None else replace(claim, recorded=at)).as_said())
        for claim in claims
    ]
    # Of a live and a retracted copy of one claim the live one counts, whatever their order.
    pending.sort(key=lambda item: item.claim.retracted is None)
    pending = list({item.id: item for item in pending}.values())
    # An entity's own claims together and before relations: its node is then written once.
    pending.sort(key=lambda item: (item.claim.relation is not None, item.claim.subject, item.id))
    store.ensure_schema(model)
    fresh = _fresh_sources(store, given, pending)
    if fresh:
        _retry(lambda: _put_sources(store, fresh))
    done = Outcome(version=store.version)
    so_far = 0
    for batch in _batches(pending, model):
        done += _retry(lambda batch=batch: _apply(store, model, batch))  # type: ignore[misc]
        so_far += len(batch)
        if progress is not None:
            progress(so_far)
    store.checkpoint()
    return done


def _batches(items: Sequence[_Recorded], model: Model) -> Iterator[Sequence[_Recorded]]:
    """Judgements first and by themselves: what comes after them is put in its place at once."""
    judgements = [item for item in items if is_judgement(item.claim, model)]
    others = [item for item in items if not is_judgement(item.claim, model)]
    for group in (judgements, others):
        for start in range(0, len(group), CLAIMS_PER_BATCH):
            yield group[start : start + CLAIMS_PER_BATCH]


def retract_claims(
    store: Store, model: Model, ids: Iterable[str], *, at: int | None = None, why: str | None = None
) -> Outcome:
    """Take back single claims by id; those that are unknown or no longer live are passed over. `why` may
    say who takes them back, and for what reason."""
    when = int(time.time()) if at is None else at
    wanted = list(ids)
    judged = {
        row["id"]
        for row in _each(store, "UNWIND $ids AS i MATCH (c:Judgement {id: i}) RETURN c.id AS id", wanted)
    }
    done = Outcome(version=store.version)
    # What a judgement moves is read again before it is taken back itself.
    for group in (sorted(judged), sorted(set(wanted) - judged)):
        for start in range(0, len(group), CLAIMS_PER_BATCH):
            taken = _Taken(group[start : start + CLAIMS_PER_BATCH], when, why)
            done += _retry(lambda taken=taken: _apply(store, model, [], taken))  # type: ignore[misc]
    store.checkpoint()
    return done


def retract(store: Store, model: Model, source: str, *, at: int | None = None) -> Outcome:
    """Take back everything a source says. The claims stay for the log; the graph is as if never told.

    Raises NotFound when the source is unknown.
    """
    when = int(time.time()) if at is None else at
    if not store.read("MATCH (s:Source {id: $id}) RETURN s.id AS id", {"id": source}):
        raise NotFound(f"there is no source {source!r}; parkgraph query sources lists them")
    done = Outcome(version=store.version)
    for label in ("Judgement", "Claim"):
        while rows := store.read(
            f"MATCH (s:Source {{id: $id}})<-[:STATED_IN]-(c:{label}) WHERE c.retracted IS NULL "
            f"RETURN c.id AS id ORDER BY c.id LIMIT {CLAIMS_PER_BATCH}",
            {"id": source},
            timeout=_READ_SECONDS,
        ):
            taken = _Taken([row["id"] for row in rows], when)
            done += _retry(lambda taken=taken: _apply(store, model, [], taken))  # type: ignore[misc]
    store.checkpoint()
    return done


def _retry(step: Callable[[], Outcome]) -> Outcome:
    for attempt in range(_TRIES):
        try:
            return step()
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError


def claim_from_properties(properties: Mapping[str, Any]) -> Claim:
    """A claim from its node: the inverse of `statements.claim_properties`."""
    data = {key: value for key, value in properties.items() if key not in ("id", "name", "fact")}
    if "figure" in data:
        data["value"] = json.loads(data.pop("figure"))
    if "attributes" in data:
        data["attributes"] = json.loads(data["attributes"])
    return claim_from_dict(data)


def stored_claim(properties: Mapping[str, Any]) -> Claim:
    """A claim from its node, its id believed and not computed again."""
    return claim_from_properties(properties).known_as(properties["id"])


def _each(store: Store, cypher: str, ids: Iterable[str], **parameters: Any) -> Iterator[dict[str, Any]]:
    """Rows of a read over many ids, a slice at a time."""
    listed = sorted(ids)
    for start in range(0, len(listed), _IDS_PER_READ):
        rows: Rows = store.read(
            cypher,
            {"ids": listed[start : start + _IDS_PER_READ], **parameters},
            timeout=_READ_SECONDS,
            max_rows=_ALL_ROWS,
        )
        yield from rows


def read_sources(store: Store, ids: Iterable[str]) -> dict[str, Source]:
    """Those of the sources that are in the store."""
    rows = _each(store, "UNWIND $ids AS i MATCH (s:Source {id: i}) RETURN properties(s) AS s", ids)
    return {row["s"]["id"]: source_from_dict(row["s"]) for row in rows}


def live_claims_of(store: Store, facts: Iterable[str]) -> Iterator[tuple[str, Claim]]:
    """The live claims of facts, each with its fact's id, in no order."""
    rows = _each(
        store,
        "UNWIND $ids AS i MATCH (c:Claim {fact: i}) WHERE c.retracted IS NULL RETURN properties(c) AS c",
        facts,
    )
    return ((row["c"]["fact"], claim_from_properties(row["c"])) for row in rows)


_registers: WeakKeyDictionary[Any, tuple[int, str, Register]] = WeakKeyDictionary()
_reading = threading.Lock()


def register_of(store: Store, model: Model) -> Register:
    """The register of identity at the store's version."""
    version = store.version
    with _reading:
        held = _registers.get(store)
        if held is None or held[:2] != (version, model.digest):
            live = (claim for claim in judgements(store) if claim.retracted is None)
            held = _registers[store] = (version, model.digest, Register(live, model))
        return held[2]


def judgements(store: Store) -> Iterator[Claim]:
    """Every judgement of identity, retracted ones too, in the order of their ids."""
    rows = store.read(
        "MATCH (c:Judgement) RETURN properties(c) AS c ORDER BY c.id",
        timeout=_READ_SECONDS,
        max_rows=_ALL_ROWS,
    )
    return (claim_from_properties(row["c"]) for row in rows)


def property_claims_of(store: Store, entities: Iterable[str]) -> Iterator[Claim]:
    """The live claims about the properties of entities, in no order."""
    rows = _each(
        store,
        "UNWIND $ids AS i MATCH (c:Claim {subject: i}) "
        "WHERE c.retracted IS NULL AND c.property IS NOT NULL RETURN properties(c) AS c",
        entities,
    )
    return (claim_from_properties(row["c"]) for row in rows)


def _fresh_sources(store: Store, given: Mapping[str, Source], pending: Sequence[_Recorded]) -> list[Source]:
    """The sources to write. One that still says something cannot be described otherwise."""
    named = {item.claim.source for item in pending}
    there = read_sources(store, named | set(given))
    missing = sorted(named - set(there) - set(given))
    if missing:
        raise Refused(f"claims name a source that is not described: {', '.join(missing[:5])}")
    fresh = []
    for identifier, source in given.items():
        before = there.get(identifier)
        if before == source:
            continue
        if before is not None and says_something(store, identifier):
            differing = [
                k for k in source.to_dict() | before.to_dict() if getattr(before, k) != getattr(source, k)
            ]
            raise Refused(
                f"source {identifier} is already recorded with another {', '.join(differing)}; "
                "give the new text an id of its own, or retract the old one"
            )
        fresh.append(source)
    return fresh


def says_something(store: Store, source: str) -> bool:
    """Whether a source has a live claim."""
    return bool(
        store.read(
            "MATCH (c:Claim {source: $id}) WHERE c.retracted IS NULL RETURN c.id AS id LIMIT 1",
            {"id": source},
        )
    )


def _put_sources(store: Store, sources: Sequence[Source]) -> Outcome:
    version = store.version
    store.write([*statements.put_sources(sources), statements.bump_version(version)])
    return Outcome(version=version + 1)


def _apply(store: Store, model: Model, new: Sequence[_Recorded], taken: _Taken | None = None) -> Outcome:
    """One batch: work out from the store what changes, and write it. Judgements come in batches of
    their own."""
    version = store.version
    gone = list(_gone(store, taken)) if taken is not None else []
    states = {
        row["id"]: row
        for row in _each(
            store,
            "UNWIND $ids AS i MATCH (c:Claim {id: i}) "
            "RETURN c.id AS id, c.recorded AS recorded, c.retracted AS retracted, c.earlier AS earlier",
            (item.id for item in new),
        )
    }
    fresh = [said for item in new if (said := _said_anew(item, states.get(item.id))) is not None]
    unchanged = len(new) - len(fresh)
    if not fresh and not gone:
        return Outcome(unchanged=unchanged, version=version)

    register = register_of(store, model)
    left: list[_Recorded] = []
    moved: list[_Recorded] = []
    if any(is_judgement(item.claim, model) for item in (*fresh, *gone)):
        before_register, register = register, _register_after(store, model, fresh, gone)
        left, moved = _moves(store, before_register, register, {item.id for item in (*gone, *fresh)})
    touched = _Touched([item.placed(register) for item in fresh], gone, left, moved)

    subjects = {item.claim.subject for item in touched if item.claim.property is not None}
    dirty_relations = {item.claim.fact_id(model) for item in touched if item.claim.relation is not None}
    dirty_properties = {item.claim.fact_id(model) for item in touched if item.claim.property is not None}

    claims = _ClaimsAfter(store, model, touched)
    claims.read_properties_of(subjects)
    before = {
        row["id"]: row["labels"]
        for row in _each(
            store,
            "UNWIND $ids AS i MATCH (n:Entity {id: i}) RETURN n.id AS id, labels(n) AS labels",
            subjects,
        )
    }
    known_sources = read_sources(store, claims.source_ids())
    property_facts: dict[str, list[Fact]] = defaultdict(list)
    for identifier, group in claims.property_groups.items():
        fact = project(group, model, known_sources)
        if fact is not None:
            property_facts[fact.subject].append(fact)
            assert fact.id == identifier
    after = {s: project_entity(property_facts.get(s, []), model) for s in subjects}
    flipped = {s for s in subjects if (s in before) != (after[s] is not None)}
    dirty_relations |= {
        row["fact"]
        for row in _each(
            store,
            "UNWIND $ids AS i MATCH (c:Claim {subject: i}) "
            "WHERE c.retracted IS NULL AND c.relation IS NOT NULL RETURN DISTINCT c.fact AS fact UNION "
            "UNWIND $ids AS i MATCH (c:Claim) "
            "WHERE c.object = i AND c.retracted IS NULL RETURN DISTINCT c.fact AS fact",
            flipped,
        )
    }
    dirty_properties |= {
        identifier
        for identifier, group in claims.property_groups.items()
        if group and group[0].subject in flipped
    }

    claims.read_relations(dirty_relations)
    known_sources |= read_sources(store, claims.source_ids() - set(known_sources))
    facts: dict[str, Fact | None] = {}
    for identifier in dirty_relations:
        facts[identifier] = project(claims.relation_groups.get(identifier, ()), model, known_sources)
    ends = {end for fact in facts.values() if fact for end in (fact.subject, fact.object or "")}
    exists = {s for s, entity in after.items() if entity is not None} | {
        row["id"]
        for row in _each(
            store, "UNWIND $ids AS i MATCH (n:Entity {id: i}) RETURN n.id AS id", ends - subjects
        )
    }
    facts = {
        i: f if f is not None and f.subject in exists and f.object in exists else None
        for i, f in facts.items()
    }
    by_id = {fact.id: fact for group in property_facts.values() for fact in group}
    for identifier in dirty_properties:
        fact = by_id.get(identifier)
        facts[identifier] = fact if fact is not None and fact.subject in exists else None

    batch = [
        *_entity_statements(before, after),
        *_claim_statements(touched, model),
        *_fact_statements(store, model, facts, version + 1),
        *statements.drop_entities(s for s in before if after[s] is None),
        statements.bump_version(version),
    ]
    store.write(batch)
    return Outcome(
        added=len(fresh),
        unchanged=unchanged,
        retracted=len(gone),
        moved=len(moved),
        facts=len(facts),
        entities=len(subjects),
        version=version + 1,
    )


def _said_anew(item: _Recorded, state: Mapping[str, Any] | None) -> _Recorded | None:
    """The claim to write: as it is where the store lacks it; live again, with the times before, where it
    was retracted; None where nothing changes."""
    if state is None:
        return item
    if state["retracted"] is None or item.claim.retracted is not None:
        return None
    earlier = (*(state["earlier"] or ()), state["recorded"] or 0, state["retracted"])
    return _Recorded(item.id, replace(item.claim, earlier=earlier))


def _gone(store: Store, taken: _Taken) -> Iterator[_Recorded]:
    """The claims that are taken back, as they stand now; those that count no longer are passed over."""
    for row in _each(
        store,
        "UNWIND $ids AS i MATCH (c:Claim {id: i}) WHERE c.retracted IS NULL RETURN properties(c) AS c",
        taken.ids,
    ):
        claim = stored_claim(row["c"])
        then = replace(claim, retracted=taken.at, retraction=taken.why).known_as(claim.id)
        yield _Recorded(then.id, then)


def _register_after(
    store: Store, model: Model, fresh: Sequence[_Recorded], gone: Sequence[_Recorded]
) -> Register:
    live = {claim.id: claim for claim in judgements(store) if claim.retracted is None}
    live |= {item.id: item.claim for item in fresh if item.claim.retracted is None}
    for item in gone:
        live.pop(item.id, None)
    return Register((claim for claim in live.values() if is_judgement(claim, model)), model)


def _moves(
    store: Store, before: Register, after: Register, written: set[str]
) -> tuple[list[_Recorded], list[_Recorded]]:
    """The claims that stand elsewhere after judgements change: as they stood, and as they will stand; but
    for those that the batch writes anyway."""
    places = set().union(*(before.places(i) for i in before.moved(after)))
    rows = itertools.chain.from_iterable(
        _each(
            store,
            f"UNWIND $ids AS i MATCH (c:Claim) WHERE c.{end} = i RETURN properties(c) AS c",
            places,
        )
        for end in ("subject", "object")
    )
    left: dict[str, _Recorded] = {}
    moved: dict[str, _Recorded] = {}
    for row in rows:
        identifier = row["c"]["id"]
        if identifier in written or identifier in left:
            continue
        stood = _Recorded(identifier, claim_from_properties(row["c"]))
        stands = stood.placed(after)
        if (stands.claim.subject, stands.claim.object) != (stood.claim.subject, stood.claim.object):
            left[identifier], moved[identifier] = stood, stands
    return list(left.values()), list(moved.values())


class _ClaimsAfter:
    """The live claims of the touched facts as they will be after the batch, grouped by fact."""

    def __init__(self, store: Store, model: Model, touched: _Touched) -> None:
        self._store = store
        self._fresh = [
            (item.claim.fact_id(model), item.claim)
            for item in (*touched.fresh, *touched.moved)
            if item.claim.retracted is None
        ]
        self._gone = {item.id for item in (*touched.gone, *touched.left)}
        self.property_groups: dict[str, list[Claim]] = defaultdict(list)
        self.relation_groups: dict[str, list[Claim]] = defaultdict(list)

    def read_properties_of(self, subjects: set[str]) -> None:
        rows = _each(
            self._store,
            "UNWIND $ids AS i MATCH (c:Claim {subject: i}) "
            "WHERE c.retracted IS NULL AND c.property IS NOT NULL RETURN properties(c) AS c",
            subjects,
        )
        self._group(rows, self.property_groups, lambda claim, _: claim.property is not None)

    def read_relations(self, facts: set[str]) -> None:
        rows = _each(
            self._store,
            "UNWIND $ids AS i MATCH (c:Claim {fact: i}) WHERE c.retracted IS NULL RETURN properties(c) AS c",
            facts,
        )
        self._group(rows, self.relation_groups, lambda _, fact: fact in facts)

    def _group(
        self,
        rows: Iterable[Mapping[str, Any]],
        groups: dict[str, list[Claim]],
        wanted: Callable[[Claim, str], bool],
    ) -> None:
        for row in rows:
            if row["c"]["id"] not in self._gone:
                groups[row["c"]["fact"]].append(stored_claim(row["c"]))
        for fact, claim in self._fresh:
            if wanted(claim, fact):
                groups[fact].append(claim)

    def source_ids(self) -> set[str]:
        groups = [*self.property_groups.values(), *self.relation_groups.values()]
        return {claim.source for group in groups for claim in group}


def _entity_statements(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Entity | None]
) -> Iterator[Statement]:
    stale: dict[str, list[str]] = defaultdict(list)
    for identifier, labels in before.items():
        entity = after[identifier]
        if entity is not None:
            for label in set(labels) - {"Entity", *entity.labels}:
                stale[label].append(identifier)
    yield from statements.drop_labels(stale)
    yield from statements.put_entities(entity for entity in after.values() if entity is not None)


def _claim_statements(touched: _Touched, model: Model) -> Iterator[Statement]:
    yield from statements.put_claims(
        [
            statements.claim_properties(item.claim, item.id, item.claim.fact_id(model))
            for item in (*touched.fresh, *touched.moved)
        ]
    )
    yield from statements.mark_judgements(
        [item.id for item in touched.fresh if is_judgement(item.claim, model)]
    )
    by_time: dict[tuple[int, str | None], list[str]] = defaultdict(list)
    for item in touched.gone:
        by_time[item.claim.retracted or 0, item.claim.retraction].append(item.id)
    for (at, why), ids in by_time.items():
        yield from statements.retract_claims(ids, at, why)


def _fact_statements(
    store: Store, model: Model, facts: Mapping[str, Fact | None], version: int
) -> Iterator[Statement]:
    there = {
        row["f"]["id"]: row["f"]
        for row in _each(store, "UNWIND $ids AS i MATCH (f:Fact {id: i}) RETURN properties(f) AS f", facts)
    }
    yield from statements.drop_facts(there[i] for i in sorted(facts) if facts[i] is None and i in there)
    yield from statements.put_facts((f for _, f in sorted(facts.items()) if f is not None), model, version)
