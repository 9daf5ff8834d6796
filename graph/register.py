"""The register of identity: which ids stand for one entity, as the live judgements have it.

A judgement is a claim of a relation that the model marks `identity`: the subject is the `same` as the
object, is `different` from it, is `split` (what one source or some claims say of it is about the object),
or somebody is `unsure`. The register is a pure function of the judgements, whatever their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from parkgraph.graph.claims import Claim
from parkgraph.graph.model import Model

Verdict = Literal["same", "different", "unsure", "split"]


def is_judgement(claim: Claim, model: Model) -> bool:
    """Whether a claim says which entities are one."""
    return claim.relation is not None and model.relations[claim.relation].identity is not None


@dataclass(frozen=True, slots=True)
class _Split:
    into: str
    source: str | None
    claims: frozenset[str]

    def takes(self, claim: Claim, identifier: str) -> bool:
        return identifier in self.claims if self.claims else claim.source == self.source


class Register:
    """What ids stand for. `idle` are the judgements without effect, each with the one it contradicts."""

    def __init__(self, judgements: Iterable[Claim], model: Model) -> None:
        by_verdict: dict[str, list[tuple[str, Claim]]] = defaultdict(list)
        for claim in judgements:
            verdict = model.relations[claim.relation or ""].identity
            if verdict is not None:
                said = claim.as_said()
                by_verdict[verdict].append((said.id, said))
        for group in by_verdict.values():
            group.sort(key=lambda item: (-item[1].rank, item[0]))
        self._splits = _splits(by_verdict["split"])
        self.idle: dict[str, str] = {}
        self._canonical = self._join(by_verdict["same"], by_verdict["different"])
        members: dict[str, list[str]] = defaultdict(list)
        for identifier, canonical in sorted(self._canonical.items()):
            members[canonical].append(identifier)
        self._members: Mapping[str, tuple[str, ...]] = {c: tuple(ids) for c, ids in members.items()}
        apart: tuple[Verdict, ...] = ("unsure", "different")
        self._verdicts = {
            frozenset((self.canonical(c.subject), self.canonical(c.object or ""))): (verdict, identifier)
            for verdict in apart
            for identifier, c in reversed(by_verdict[verdict])
        }

    def _join(
        self, same: Iterable[tuple[str, Claim]], different: Iterable[tuple[str, Claim]]
    ) -> dict[str, str]:
        """Each id that was judged to the one its group is shown under.

        A judgement that would put two into one group that are judged different stays idle: apart is the
        cautious reading. The one that stays is the object of judgements that is never a subject.
        """
        root: dict[str, str] = {}
        group: dict[str, set[str]] = {}
        apart: dict[str, dict[str, str]] = defaultdict(dict)
        for identifier, claim in different:
            apart[claim.subject].setdefault(claim.object or "", identifier)
            apart[claim.object or ""].setdefault(claim.subject, identifier)
        subjects: set[str] = set()
        for identifier, claim in same:
            ends = (claim.subject, claim.object or "")
            small, large = sorted(
                (root.setdefault(end, end) for end in ends), key=lambda r: (len(group.get(r, (r,))), r)
            )
            joining = group.get(small, {small})
            against = [
                by
                for member in joining
                for other, by in apart.get(member, {}).items()
                if root.get(other, other) == large
            ]
            if against:
                self.idle[identifier] = min(against)
                continue
            subjects.add(claim.subject)
            if small != large:
                group.setdefault(large, {large}).update(joining)
                group.pop(small, None)
                root.update(dict.fromkeys(joining, large))
        canonical = {}
        for joined in group.values():
            stays = min(joined - subjects, default=min(joined))
            canonical.update(dict.fromkeys(joined, stays))
        return canonical

    def canonical(self, identifier: str) -> str:
        """The id under which an entity is shown; the id itself where no judgement names it."""
        return self._canonical.get(identifier, identifier)

    def members(self, canonical: str) -> tuple[str, ...]:
        """All ids that are shown under one, itself among them."""
        return self._members.get(canonical, (canonical,))

    def verdict(self, a: str, b: str) -> tuple[Verdict, str] | None:
        """What was judged of two entities that are not one: the verdict and the judgement's id."""
        return self._verdicts.get(frozenset((self.canonical(a), self.canonical(b))))

    def place(self, claim: Claim, identifier: str) -> Claim:
        """A claim under the ends that it is about: splits first, then the group's id."""
        subject = self._end(claim.said_subject or claim.subject, claim, identifier)
        said_object = claim.said_object or claim.object
        object_ = self._end(said_object, claim, identifier) if said_object is not None else None
        return claim.under(subject, object_)

    def _end(self, end: str, claim: Claim, identifier: str) -> str:
        if end not in self._canonical and end not in self._splits:
            return end
        seen: set[str] = set()
        while end not in seen:
            seen.add(end)
            splits = self._splits.get(end, ())
            end = next((s.into for s in splits if s.takes(claim, identifier)), self.canonical(end))
        return self.canonical(end)

    def moved(self, other: Register) -> set[str]:
        """The ids for which the other register may place a claim elsewhere."""
        ids = {*self._canonical, *other._canonical}
        changed = {i for i in ids if self.canonical(i) != other.canonical(i)}
        for identifier in {*self._splits, *other._splits}:
            if self._splits.get(identifier) != other._splits.get(identifier):
                changed.add(identifier)
        return changed

    def places(self, identifier: str) -> set[str]:
        """Every id under which claims about an id may stand."""
        found: set[str] = set()
        waiting = [identifier]
        while waiting:
            end = waiting.pop()
            if end not in found:
                found.add(end)
                waiting += [self.canonical(end), *(s.into for s in self._splits.get(end, ()))]
        return found

    def stands_for(self, identifier: str) -> str | None:
        """The id that an old one leads to, or None where it was never joined with another."""
        canonical = self.canonical(identifier)
        return canonical if canonical != identifier else None


def _splits(judgements: Iterable[tuple[str, Claim]]) -> Mapping[str, tuple[_Split, ...]]:
    """The splits of each id, those that name claims before those that name a source."""
    found: dict[str, list[_Split]] = defaultdict(list)
    for _, claim in judgements:
        named = claim.attributes.get("of_claim")
        claims = frozenset(str(item) for item in named) if isinstance(named, tuple) else frozenset()
        source = claim.attributes.get("said_in")
        found[claim.subject].append(_Split(claim.object or "", str(source) if source else None, claims))
    return {
        identifier: tuple(sorted(group, key=lambda s: not s.claims)) for identifier, group in found.items()
    }
