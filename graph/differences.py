"""What claims would change in a store, before they are recorded: the facts that would be new, those that
would read otherwise, and those that would only gain a source.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Generic, Literal, TypeVar

from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.model import Model
from parkgraph.graph.projection import Fact, contradicted, makes_fact, preference, project
from parkgraph.graph.recording import live_claims_of, read_sources, register_of
from parkgraph.graph.store import Store

SLICE = 100_000
_IDS_PER_READ = 2_000
_COMPARED = 20
"""With so many claims of one relation that are given before it a claim is compared."""
Change = Literal["new", "changed", "confirmed"]
Where = TypeVar("Where")
"""Where a claim stands, as whoever gives it says it."""


@dataclass(frozen=True, slots=True)
class Contradiction(Generic[Where]):
    """A claim that contradicts one that the store holds, or of a relation one that is given before it: where
    it stands, in what the two differ (the name of a property, `status`, `valid_from`, `valid_to`), what each
    says, and the source of the other; `beside` is where that stands, None in the store."""

    where: Where
    claim: Claim
    names: tuple[str, ...]
    said: str
    held: str
    source: str
    beside: Where | None = None


@dataclass(frozen=True, slots=True)
class Difference(Generic[Where]):
    """What happens to one fact: it is `new`, it is `changed` (another value, status or date is shown, or its
    sources begin to differ), or it is `confirmed` by a further source."""

    change: Change
    fact: str
    subject: str
    name: str
    object: str | None
    before: str | None
    after: str | None
    contested: bool
    conflicts: tuple[Contradiction[Where], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "change": self.change,
            "fact": self.fact,
            "subject": self.subject,
            "name": self.name,
            "object": self.object,
            "before": self.before,
            "after": self.after,
            "contested": self.contested,
        }


@dataclass(slots=True)
class Summary:
    """How many claims and facts would be new, changed, confirmed or unchanged, and how many entities new."""

    claims: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)
    entities: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "claims": {name: self.claims[name] for name in ("new", "unchanged")},
            "facts": {name: self.facts[name] for name in ("new", "changed", "confirmed")},
            "entities": {"new": self.entities},
        }


def differences(
    store: Store,
    model: Model,
    sources: Iterable[Source],
    claims: Iterable[tuple[Where, Claim]],
    summary: Summary,
) -> Iterator[Difference[Where]]:
    """The difference that claims would make, a slice at a time; counts go into `summary`.

    A fact that claims far apart speak of is compared for the first of them.
    """
    register = register_of(store, model)
    known = {source.id: source for source in sources}
    seen_facts: set[str] = set()
    seen_claims: set[str] = set()
    waiting = iter(claims)
    while batch := list(islice(waiting, SLICE)):
        placed: dict[str, Claim] = {}
        stands: dict[str, Where] = {}
        for where, claim in batch:
            said = claim.as_said()
            identifier = said.id
            if identifier not in seen_claims:
                placed[identifier] = register.place(said, identifier)
                stands.setdefault(identifier, where)
        seen_claims |= placed.keys()
        live = _live(store, placed)
        summary.claims["unchanged"] += len(live)
        summary.claims["new"] += len(placed) - len(live)
        fresh: dict[str, list[Claim]] = defaultdict(list)
        for identifier, claim in placed.items():
            if identifier not in live and makes_fact(claim, model):
                fresh[claim.fact_id(model)].append(claim.known_as(identifier))
        before: dict[str, list[Claim]] = defaultdict(list)
        for fact, claim in live_claims_of(store, fresh):
            before[fact].append(claim)
        known |= read_sources(
            store, {c.source for group in (*before.values(), *fresh.values()) for c in group} - known.keys()
        )
        for fact, group in fresh.items():
            if fact in seen_facts:
                continue
            seen_facts.add(fact)
            found: Difference[Where] | None = _compared(fact, before.get(fact, []), group, model, known)
            if found is not None:
                if found.contested:
                    conflicts = _conflicts(before.get(fact, []), group, stands, model, known)
                    found = replace(found, conflicts=tuple(conflicts))
                summary.facts[found.change] += 1
                summary.entities += found.change == "new" and found.name == "kind"
                yield found


def _live(store: Store, identifiers: Iterable[str]) -> set[str]:
    """Those of the claims that the store holds to be said."""
    listed = sorted(identifiers)
    live: set[str] = set()
    for start in range(0, len(listed), _IDS_PER_READ):
        rows = store.read(
            "UNWIND $ids AS i MATCH (c:Claim {id: i}) WHERE c.retracted IS NULL RETURN c.id AS id",
            {"ids": listed[start : start + _IDS_PER_READ]},
        )
        live |= {row["id"] for row in rows}
    return live


def _compared(
    identifier: str, before: list[Claim], fresh: list[Claim], model: Model, sources: Mapping[str, Source]
) -> Difference[Where] | None:
    old = project(before, model, sources)
    new = project([*before, *fresh], model, sources)
    if new is None:
        return None
    name = new.relation or new.property or ""
    shown = (_shown(old) if old is not None else None, _shown(new))
    if old is None:
        change: Change = "new"
    elif shown[0] != shown[1] or new.contested != old.contested:
        change = "changed"
    else:
        change = "confirmed"
    return Difference(change, identifier, new.subject, name, new.object, *shown, new.contested)


def _conflicts(
    before: list[Claim],
    fresh: list[Claim],
    stands: Mapping[str, Where],
    model: Model,
    sources: Mapping[str, Source],
) -> Iterator[Contradiction[Where]]:
    """For each claim that contradicts another the most believed of those that are held, else the first that
    is given; what is given of one property is compared cell by cell, where it is read."""
    held = sorted(before, key=preference(model, sources))
    for number, claim in enumerate(fresh):
        given = fresh[: min(number, _COMPARED)] if claim.relation is not None else []
        for position, other in enumerate((*held, *given)):
            names = contradicted((claim, other), model, sources)
            if names:
                said, says = (project([one], model, sources) for one in (claim, other))
                assert said is not None
                assert says is not None
                beside = stands[other.id] if position >= len(held) else None
                yield Contradiction(
                    stands[claim.id], claim, names, _shown(said), _shown(says), other.source, beside
                )
                break


def _shown(fact: Fact) -> str:
    """What is shown of a fact, in one line."""
    parts: list[Any] = [
        fact.value if fact.property is not None else None,
        fact.status,
        f"{fact.valid_from or ''}..{fact.valid_to or ''}" if fact.valid_from or fact.valid_to else None,
        *(f"{k}={_plain(v)}" for k, v in sorted(fact.attributes.items())),
    ]
    return " · ".join(str(part) for part in parts if part is not None)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
