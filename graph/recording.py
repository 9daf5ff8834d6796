"""Recording claims in a store, and retracting them: which facts and nodes they touch, and what they
become. Each batch is one transaction that ends with the graph version as compare-and-set.

A fact is shown only while its ends are entities, that is, while some live claim states their kind.
So a relation may be recorded before its ends; it appears with them and goes with them.
"""

from __future__ import annotations

import gc
import itertools
import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from parkgraph.graph import statements
from parkgraph.graph.claims import Claim, Source, claim_from_dict, source_from_dict
from parkgraph.graph.errors import Conflict, NotFound, Refused
from parkgraph.graph.model import Model
from parkgraph.graph.projection import Entity, Fact, project, project_entity
from parkgraph.graph.register import Register, is_judgement
from parkgraph.graph.store import Rows, Statement, Store

CLAIMS_PER_BATCH = 5_000
"""Claims written in one transaction."""
CLAIMS_PER_SLICE = 10_000
"""Claims of a load that are put in order together. At most two slices are held at a time."""
_IDS_PER_READ = 5_000
_ALL_ROWS = 50_000_000
_IDS_PER_RETRACTION = 200_000
_READ_SECONDS = 600.0
_TRIES = 6
_PAUSE_SECONDS = 0.2


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


class _Placed(NamedTuple):
    """A claim under the entities that it is about, with the id of the fact that it then speaks of."""

    claim: Claim
    fact: str

    @classmethod
    def by(cls, register: Register, claim: Claim, model: Model) -> _Placed:
        placed = register.place(claim, claim.id).known_as(claim.id)
        return cls(placed, placed.fact_id(model))


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

    fresh: Sequence[_Placed]
    gone: Sequence[_Placed]
    left: Sequence[_Placed]
    moved: Sequence[_Placed]

    def __iter__(self) -> Iterator[_Placed]:
        return itertools.chain(self.fresh, self.gone, self.left, self.moved)


class _Collector:
    """Holds off the collection of cycles while any thread asks for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = 0
        self._enabled = False

    @contextmanager
    def held_off(self) -> Iterator[None]:
        with self._lock:
            if not self._asking:
                self._enabled = gc.isenabled()
                gc.disable()
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1
                if self._enabled and not self._asking:
                    gc.enable()


uncollected = _Collector().held_off
"""Without the collection of cycles, for as long as a batch takes. It makes very many objects and few cycles,
and all that is held would be gone through several times: that took half the time of a load."""


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

    Claims are taken a slice at a time, so any number can stream through. `recorded` is the time in epoch
    seconds (now by default) for claims that carry none. `progress` is told how many claims are done. Raises
    Refused for a source that is there with other particulars or a claim whose source is unknown, StoreError
    where the store fails; earlier batches then stay.
    """
    at = int(time.time()) if recorded is None else recorded
    given = {source.id: source for source in sources}
    store.ensure_schema(model)
    fresh = _fresh_sources(store, given)
    done = Outcome(version=store.version)
    so_far = 0
    for taken in _slices(claims):
        pending = _in_order(taken)
        so_far += len(taken) - len(pending)
        _check_described(store, given, pending)
        if fresh:
            done += _retry(partial(_put_sources, store, fresh))
            fresh = []
        for batch in _batches(pending, model):
            done += _retry(partial(_apply, store, model, batch, at=at))
            so_far += len(batch)
            if progress is not None:
                progress(so_far)
    store.checkpoint()
    return done


def _slices(claims: Iterable[Claim]) -> Iterator[Sequence[Claim]]:
    """The claims a slice at a time; one that is empty where there are none."""
    waiting = iter(claims)

    @uncollected()
    def draw() -> Sequence[Claim]:
        return list(itertools.islice(waiting, CLAIMS_PER_SLICE))

    yield draw()
    while taken := draw():
        yield taken


@uncollected()
def _in_order(claims: Iterable[Claim]) -> Sequence[Claim]:
    """Each claim once, as it was said: an entity's own claims together and before relations, so that its
    node is written once. Of a live and a retracted copy of one claim the live one counts."""
    by_id: dict[str, Claim] = {}
    for claim in claims:
        before = by_id.get(claim.id)
        if before is None or claim.retracted is None or before.retracted is not None:
            by_id[claim.id] = claim.as_said().known_as(claim.id)
    return sorted(by_id.values(), key=lambda claim: (claim.relation is not None, claim.subject, claim.id))


def _batches(claims: Sequence[Claim], model: Model) -> Iterator[Sequence[Claim]]:
    """Judgements first and by themselves: what comes after them is put in its place at once."""
    judgements = [claim for claim in claims if is_judgement(claim, model)]
    others = [claim for claim in claims if not is_judgement(claim, model)]
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
            done += _retry(partial(_apply, store, model, [], taken))
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
            f"RETURN c.id AS id, c.subject AS subject, c.property AS property LIMIT {_IDS_PER_RETRACTION}",
            {"id": source},
            timeout=_READ_SECONDS,
            max_rows=_IDS_PER_RETRACTION,
        ):
            # Relations before their ends, and what is said of one entity together: each is worked out once.
            rows.sort(key=lambda row: (row["property"] is not None, row["subject"], row["id"]))
            for start in range(0, len(rows), CLAIMS_PER_BATCH):
                taken = _Taken([row["id"] for row in rows[start : start + CLAIMS_PER_BATCH]], when)
                done += _retry(partial(_apply, store, model, [], taken))
    store.checkpoint()
    return done


def _retry(step: Callable[[], Outcome]) -> Outcome:
    for attempt in range(_TRIES):
        try:
            return step()
        except Conflict:
            if attempt == _TRIES - 1:
                raise
            # Whoever was first may have more to write.
            time.sleep(random.uniform(0, _PAUSE_SECONDS * 2**attempt))  # noqa: S311
    raise AssertionError


def claim_from_properties(properties: Mapping[str, Any]) -> Claim:
    """A claim from its node: the inverse of `statements.claim_properties`."""
    data = dict(properties)
    for name in ("id", "name", "fact"):
        data.pop(name, None)
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
    return ((row["c"]["fact"], stored_claim(row["c"])) for row in rows)


_registers: WeakKeyDictionary[Any, tuple[int, str, Register]] = WeakKeyDictionary()
_reading = threading.Lock()


def register_of(store: Store, model: Model) -> Register:
    """The register of identity at the store's version."""
    return _register_at(store, model, store.version)


def _register_at(store: Store, model: Model, version: int) -> Register:
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
    return (stored_claim(row["c"]) for row in rows)


def _fresh_sources(store: Store, given: Mapping[str, Source]) -> list[Source]:
    """The sources to write. One that still says something cannot be described otherwise."""
    there = read_sources(store, given)
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


def _check_described(store: Store, given: Mapping[str, Source], claims: Iterable[Claim]) -> None:
    """Raise Refused for claims of a source that neither is given nor in the store."""
    named = {claim.source for claim in claims} - given.keys()
    missing = sorted(named - read_sources(store, named).keys())
    if missing:
        raise Refused(f"claims name a source that is not described: {', '.join(missing[:5])}")


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


@uncollected()
def _apply(
    store: Store, model: Model, new: Sequence[Claim], taken: _Taken | None = None, *, at: int = 0
) -> Outcome:
    """Write one batch. Judgements come in batches of their own. `at` is when claims that carry no time are
    recorded."""
    batch = _Batch(store, model, new, taken, at)
    store.write(batch.statements())
    if batch.register is not None:
        with _reading:
            # Nobody wrote in between, else the version would have refused the batch.
            _registers[store] = (batch.outcome.version, model.digest, batch.register)
    return batch.outcome


class _Batch:
    """What a batch changes, worked out from the store while it is written: an embedded store lets nobody else
    write meanwhile, and a server writes the claims while it is asked what they come to. Afterwards `outcome`
    says what was done, and `register` who means whom from then on, None where nothing changes."""

    def __init__(
        self, store: Store, model: Model, new: Sequence[Claim], taken: _Taken | None, at: int
    ) -> None:
        self._store = store
        self._model = model
        self._new = new
        self._taken = taken
        self._at = at
        self.outcome = Outcome()
        self.register: Register | None = None

    def statements(self) -> Iterator[Statement]:
        store, model = self._store, self._model
        version = store.version
        touched = self._touched(version)
        if touched is None:
            return
        yield from _claim_statements(touched, model, self._at)
        derived = _derive(store, model, touched)
        yield from _entity_statements(derived.labels, derived.entities, version + 1)
        yield from _fact_statements(store, model, derived.facts, version + 1)
        yield from statements.drop_entities(i for i in derived.labels if derived.entities[i] is None)
        yield statements.bump_version(version)
        self.outcome = replace(
            self.outcome, facts=len(derived.facts), entities=len(derived.entities), version=version + 1
        )

    def _touched(self, version: int) -> _Touched | None:
        """The claims that begin or cease to count, or move; None where there are none."""
        store, model, new = self._store, self._model, self._new
        gone = list(_gone(store, self._taken)) if self._taken is not None else []
        states = {
            row["id"]: row
            for row in _each(
                store,
                "UNWIND $ids AS i MATCH (c:Claim {id: i}) "
                "RETURN c.id AS id, c.recorded AS recorded, c.retracted AS retracted, c.earlier AS earlier",
                (claim.id for claim in new),
            )
        }
        fresh = [said for claim in new if (said := _said_anew(claim, states.get(claim.id))) is not None]
        left: list[_Placed] = []
        moved: list[_Placed] = []
        if fresh or gone:
            register = _register_at(store, model, version)
            judged = [*fresh, *(item.claim for item in gone)]
            if any(is_judgement(claim, model) for claim in judged):
                before, register = register, _register_after(store, model, fresh, gone)
                left, moved = _moves(store, model, before, register, {claim.id for claim in judged})
            self.register = register
        self.outcome = Outcome(
            added=len(fresh),
            unchanged=len(new) - len(fresh),
            retracted=len(gone),
            moved=len(moved),
            version=version,
        )
        if self.register is None:
            return None
        return _Touched([_Placed.by(self.register, claim, model) for claim in fresh], gone, left, moved)


class _Derived(NamedTuple):
    """What the claims of a batch come to: the labels that entities of its subjects bear before; each of its
    subjects, and each fact it touches, as it will be, None where it will not be."""

    labels: Mapping[str, Sequence[str]]
    entities: Mapping[str, Entity | None]
    facts: Mapping[str, Fact | None]


def _derive(store: Store, model: Model, touched: _Touched) -> _Derived:
    """Work out what the batch comes to, from what the store holds before it."""
    subjects = {claim.subject for claim, _ in touched if claim.property is not None}
    dirty_relations = {fact for claim, fact in touched if claim.relation is not None}
    dirty_properties = {fact for claim, fact in touched if claim.property is not None}

    claims = _ClaimsAfter(store, touched)
    told_of = claims.read_properties_of(subjects)
    # Only what some claim calls a kind is an entity.
    before = {
        row["id"]: row["labels"]
        for row in _each(
            store,
            "UNWIND $ids AS i MATCH (n:Entity {id: i}) RETURN n.id AS id, labels(n) AS labels",
            told_of,
        )
    }
    known_sources = read_sources(store, claims.source_ids())
    property_facts: dict[str, list[Fact]] = defaultdict(list)
    for identifier, group in claims.property_groups.items():
        fact = project(group, model, known_sources, identifier)
        if fact is not None:
            property_facts[fact.subject].append(fact)
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
        group = claims.relation_groups.get(identifier, [])
        facts[identifier] = project(group, model, known_sources, identifier)
    ends = {end for fact in facts.values() if fact for end in (fact.subject, fact.object or "")}
    absent = {s for s, entity in after.items() if entity is None} | {
        row["id"]
        for row in _each(
            store,
            "UNWIND $ids AS i OPTIONAL MATCH (n:Entity {id: i}) WITH i, n WHERE n IS NULL RETURN i AS id",
            ends - subjects,
        )
    }
    facts = {
        i: f if f is not None and f.subject not in absent and f.object not in absent else None
        for i, f in facts.items()
    }
    by_id = {fact.id: fact for group in property_facts.values() for fact in group}
    for identifier in dirty_properties:
        fact = by_id.get(identifier)
        facts[identifier] = fact if fact is not None and fact.subject not in absent else None
    return _Derived(before, after, facts)


def _said_anew(claim: Claim, state: Mapping[str, Any] | None) -> Claim | None:
    """The claim to write: as it is where the store lacks it; live again, with the times before, where it
    was retracted; None where nothing changes."""
    if state is None:
        return claim
    if state["retracted"] is None or claim.retracted is not None:
        return None
    earlier = (*(state["earlier"] or ()), state["recorded"] or 0, state["retracted"])
    return replace(claim, earlier=earlier).known_as(claim.id)


def _gone(store: Store, taken: _Taken) -> Iterator[_Placed]:
    """The claims that are taken back, as they stand now; those that count no longer are passed over."""
    for row in _each(
        store,
        "UNWIND $ids AS i MATCH (c:Claim {id: i}) WHERE c.retracted IS NULL RETURN properties(c) AS c",
        taken.ids,
    ):
        claim = stored_claim(row["c"])
        then = replace(claim, retracted=taken.at, retraction=taken.why).known_as(claim.id)
        yield _Placed(then, row["c"]["fact"])


def _register_after(store: Store, model: Model, fresh: Sequence[Claim], gone: Sequence[_Placed]) -> Register:
    live = {claim.id: claim for claim in judgements(store) if claim.retracted is None}
    live |= {claim.id: claim for claim in fresh if claim.retracted is None}
    for claim, _ in gone:
        live.pop(claim.id, None)
    return Register((claim for claim in live.values() if is_judgement(claim, model)), model)


def _moves(
    store: Store, model: Model, before: Register, after: Register, written: set[str]
) -> tuple[list[_Placed], list[_Placed]]:
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
    left: dict[str, _Placed] = {}
    moved: dict[str, _Placed] = {}
    for row in rows:
        identifier = row["c"]["id"]
        if identifier in written or identifier in left:
            continue
        stood = _Placed(stored_claim(row["c"]), row["c"]["fact"])
        stands = _Placed.by(after, stood.claim, model)
        if (stands.claim.subject, stands.claim.object) != (stood.claim.subject, stood.claim.object):
            left[identifier], moved[identifier] = stood, stands
    return list(left.values()), list(moved.values())


class _ClaimsAfter:
    """The live claims of the touched facts as they will be after the batch, grouped by fact."""

    def __init__(self, store: Store, touched: _Touched) -> None:
        self._store = store
        self._fresh = [item for item in (*touched.fresh, *touched.moved) if item.claim.retracted is None]
        self._gone = {claim.id for claim, _ in (*touched.gone, *touched.left)}
        self.property_groups: dict[str, list[Claim]] = defaultdict(list)
        self.relation_groups: dict[str, list[Claim]] = defaultdict(list)

    def read_properties_of(self, subjects: set[str]) -> set[str]:
        """The subjects of which the store holds properties."""
        rows = _each(
            self._store,
            "UNWIND $ids AS i MATCH (c:Claim {subject: i}) "
            "WHERE c.retracted IS NULL AND c.property IS NOT NULL RETURN properties(c) AS c",
            subjects,
        )
        return self._group(rows, self.property_groups, lambda claim, _: claim.property is not None)

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
    ) -> set[str]:
        subjects = set()
        for row in rows:
            subjects.add(row["c"]["subject"])
            if row["c"]["id"] not in self._gone:
                groups[row["c"]["fact"]].append(stored_claim(row["c"]))
        for claim, fact in self._fresh:
            if wanted(claim, fact):
                groups[fact].append(claim)
        return subjects

    def source_ids(self) -> set[str]:
        groups = [*self.property_groups.values(), *self.relation_groups.values()]
        return {claim.source for group in groups for claim in group}


def _entity_statements(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Entity | None], version: int
) -> Iterator[Statement]:
    stale: dict[str, list[str]] = defaultdict(list)
    for identifier, labels in before.items():
        entity = after[identifier]
        if entity is not None:
            for label in set(labels) - {"Entity", *entity.labels}:
                stale[label].append(identifier)
    yield from statements.drop_labels(stale)
    yield from statements.put_entities((entity for entity in after.values() if entity is not None), version)


def _claim_statements(touched: _Touched, model: Model, at: int) -> Iterator[Statement]:
    rows = [
        statements.claim_properties(claim, claim.id, fact) for claim, fact in (*touched.fresh, *touched.moved)
    ]
    for row in rows:
        row.setdefault("recorded", at)
    yield from statements.put_claims(rows)
    yield from statements.mark_judgements(
        [claim.id for claim, _ in touched.fresh if is_judgement(claim, model)]
    )
    by_time: dict[tuple[int, str | None], list[str]] = defaultdict(list)
    for claim, _ in touched.gone:
        by_time[claim.retracted or 0, claim.retraction].append(claim.id)
    for (when, why), ids in by_time.items():
        yield from statements.retract_claims(ids, when, why)


def _fact_statements(
    store: Store, model: Model, facts: Mapping[str, Fact | None], version: int
) -> Iterator[Statement]:
    missing = [identifier for identifier, fact in facts.items() if fact is None]
    rows = _each(store, "UNWIND $ids AS i MATCH (f:Fact {id: i}) RETURN properties(f) AS f", missing)
    yield from statements.drop_facts(row["f"] for row in rows)
    yield from statements.put_facts((f for _, f in sorted(facts.items()) if f is not None), model, version)
