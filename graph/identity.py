"""Judging which entities are one: merging, splitting, keeping apart, and taking each of these back.

A judgement is a claim like any other, whose source is the person who judges (`source:judge-…`), with a
reason and the time at which it was recorded. What it does to the graph follows from the live judgements
alone (see `register.py`), so that undoing one gives the graph as it would be without it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from parkgraph.graph.claims import ENTITY_ID, Claim, Source, holds_control, is_id
from parkgraph.graph.errors import BadRequest, NotFound, Refused
from parkgraph.graph.matching import Proposal, party_of, propose
from parkgraph.graph.model import Model
from parkgraph.graph.recording import (
    claim_from_properties,
    judgements,
    read_sources,
    record,
    register_of,
    retract_claims,
)
from parkgraph.graph.register import Register, Verdict
from parkgraph.graph.snapshot import Snapshot, snapshot_of
from parkgraph.graph.store import Store
from parkgraph.graph.subgraph import Node

_LONGEST_NAME = 200
_ALL_ROWS = 50_000_000
VERDICTS: tuple[Verdict, ...] = ("same", "different", "unsure")
"""What may be judged of two entities; a split is a judgement of its own."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who said what about the identity of two entities, when and why; `idle` names the judgement that it
    contradicts and that keeps it from having an effect."""

    id: str
    verdict: Verdict
    subject: str
    object: str
    by: str
    why: str | None
    recorded: int
    retracted: int | None = None
    retraction: str | None = None
    said_in: str | None = None
    of_claims: tuple[str, ...] = ()
    idle: str | None = None

    @property
    def undone_in_words(self) -> str:
        """When, by whom and why it was taken back; empty where it was not."""
        if self.retracted is None:
            return ""
        return f"{in_utc(self.retracted)} {self.retraction or ''}".strip()

    @property
    def live(self) -> bool:
        """Whether it has not been taken back."""
        return self.retracted is None

    def to_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "id": self.id,
            "verdict": self.verdict,
            "subject": self.subject,
            "object": self.object,
            "by": self.by,
            "why": self.why,
            "when": in_utc(self.recorded),
            "live": self.live,
        }
        if self.retracted is not None:
            out |= {"undone": in_utc(self.retracted), "undone_why": self.retraction}
        if self.said_in is not None:
            out["said_in"] = self.said_in
        if self.of_claims:
            out["of_claims"] = list(self.of_claims)
        if self.idle is not None:
            out["idle_because_of"] = self.idle
        return out


def in_utc(seconds: int) -> str:
    """Epoch seconds as an ISO 8601 time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal with its two entities; `unsure` is the judgement of somebody who could not decide."""

    proposal: Proposal
    a: Node
    b: Node
    unsure: str | None = None

    def to_dict(self) -> dict[str, Any]:
        proposal = self.proposal
        out: dict[str, Any] = {
            "a": _named(self.a),
            "b": _named(self.b),
            "verdict": proposal.verdict,
            "score": proposal.score,
            "certain": proposal.certain,
            "reasons": list(proposal.reasons),
            "because": {lang: proposal.sentence(lang) for lang in ("zh", "en")},
        }
        if proposal.relation is not None:
            out["relation"] = proposal.relation
        if self.unsure is not None:
            out["unsure"] = self.unsure
        return out


def _named(node: Node) -> dict[str, Any]:
    properties = node.properties
    return {
        "id": node.id,
        "kind": node.kind,
        "name": properties["name"],
        "name_zh": properties.get("name_zh"),
        "name_en": properties.get("name_en"),
    }


_proposed: WeakKeyDictionary[Any, tuple[int, list[Proposal]]] = WeakKeyDictionary()


def _places_of(identifier: str, snapshot: Snapshot) -> frozenset[str]:
    """The names of the places that an entity lies in."""
    return frozenset(
        str(place.properties[key])
        for edge in snapshot.incident.get(identifier, ())
        if edge.subject == identifier
        and edge.relation == "LOCATED_IN"
        and (place := snapshot.nodes[edge.object]).kind == "Place"
        for key in ("name_zh", "name_en")
        if key in place.properties
    )


class Identity:
    """The judgements of a store. `resolve` turns what somebody typed into the id of an entity."""

    def __init__(self, store: Store, model: Model, resolve: Callable[[str], str]) -> None:
        self._store = store
        self._model = model
        self._resolve = resolve

    # -- judging -------------------------------------------------------------------------------

    def judge(
        self,
        a: str,
        b: str,
        verdict: str,
        *,
        by: str,
        why: str | None = None,
        across_kinds: bool = False,
    ) -> Judgement:
        """Record that two entities are the `same` (the second one stays), `different`, or that one is
        `unsure`. Entities of different kinds are the same only with `across_kinds`; the one that stays is
        then also of the other's kind.

        Raises Refused where a live judgement or the kinds say otherwise, BadRequest, NotFound, Ambiguous.
        """
        if verdict not in VERDICTS:
            raise BadRequest(f"verdict: {verdict!r} is not one of {', '.join(VERDICTS)}")
        one, other = self._resolve(a), self._resolve(b)
        if one == other:
            joined = next((j for j in self.log(one) if j.live and j.verdict == "same"), None)
            raise Refused(
                f"there is nothing to judge: {a!r} and {b!r} are the same entity, {one}"
                + (f", as {joined.by} judged; undo {joined.id} to take them apart" if joined else "")
            )
        if (
            verdict == "same"
            and not across_kinds
            and set(self._kinds_of(one)).isdisjoint(self._kinds_of(other))
        ):
            self._refuse_kinds(one, other)
        said = self._register.verdict(one, other)
        if verdict == "same" and said is not None and said[0] == "different":
            before = self.judgement(said[1])
            raise Refused(f"{one} and {other} were judged different by {before.by}; undo {before.id} first")
        judged = Claim(one, "", relation=self._model.judging(verdict).name, object=other)
        return self._record(judged, by, why)

    def merge(
        self, a: str, into: str, *, by: str, why: str | None = None, across_kinds: bool = False
    ) -> Judgement:
        """Put everything that is said of an entity under another one, whose id stays. The old id still
        leads there. Raises as `judge` does."""
        return self.judge(a, into, "same", by=by, why=why, across_kinds=across_kinds)

    def merge_certain(self, *, by: str) -> list[Judgement]:
        """Merge what a register gives one checked identifier, the one with fewer facts into the other;
        what a live judgement keeps apart is left. Nothing merges by its name alone."""
        made = []
        for candidate in self.candidates(certain=True):
            one, other = candidate.a, candidate.b
            if self._degree(one.id) > self._degree(other.id):
                one, other = other, one
            try:
                made.append(self.merge(one.id, other.id, by=by, why=candidate.proposal.sentence("en")))
            except Refused:
                continue  # joined by another pair before, or of two kinds: a person has to look
        return made

    def split(
        self,
        entity: str,
        into: str,
        *,
        by: str,
        source: str | None = None,
        claims: Sequence[str] = (),
        name: str | None = None,
        why: str | None = None,
    ) -> Judgement:
        """Put what one source says of an entity, or the claims named, under another id, new or known; with
        `source`, also what that source will still say. `name` is for a new entity that they do not name.

        Raises BadRequest or Refused where the id is of another kind or nothing would be split off.
        """
        if (source is None) == (not claims):
            raise BadRequest("split: expected either a source or claims")
        whole = self._resolve(entity)
        kind = self._kind_of(whole)
        prefix = self._model.kinds[kind].prefix
        if not is_id(into, ENTITY_ID) or into.partition(":")[0] != prefix:
            raise BadRequest(f"split: {into!r} is not the id of a {kind}; expected {prefix}:slug")
        if self._register.canonical(into) == whole:
            raise Refused(f"split: {into} is {whole} itself")
        self._must_say_something(whole, source, claims)
        attributes: dict[str, Any] = {"of_claim": tuple(sorted(claims))} if claims else {"said_in": source}
        relation = self._model.judging("split").name
        said = Claim(whole, "", relation=relation, object=into, attributes=attributes)
        # Both stay what they are, whoever said so before.
        own = [(into, "kind", kind), (whole, "kind", kind)]
        if name is not None:
            named = _line("name", name)
            if not named or len(named) > _LONGEST_NAME:
                raise BadRequest(f"name: expected 1 to {_LONGEST_NAME} characters")
            is_chinese = any("一" <= char <= "鿿" for char in named)
            own.append((into, "name_zh" if is_chinese else "name_en", named))
        return self._record(said, by, why, about_new=own)

    def undo(self, judgement: str, *, by: str, why: str | None = None) -> Judgement:
        """Take a judgement back; the graph is then as if it had never been made. Raises NotFound, or
        Refused where it has been undone before."""
        before = self.judgement(judgement)
        if not before.live:
            raise Refused(f"{judgement} was undone before, at {in_utc(before.retracted or 0)}")
        rows = self._store.read(
            "MATCH (c:Claim {source: $source}) WHERE c.basis = $id AND c.retracted IS NULL "
            "RETURN c.id AS id ORDER BY c.id",
            {"source": judge_source(before.by).id, "id": judgement},
        )
        reason = f"{_name_of(by)}: {why}" if why else _name_of(by)
        ids = [judgement, *(row["id"] for row in rows)]
        retract_claims(self._store, self._model, ids, why=reason)
        return self.judgement(judgement)

    # -- reading -------------------------------------------------------------------------------

    def candidates(
        self, entity: str | None = None, *, verdict: str | None = None, certain: bool = False
    ) -> list[Candidate]:
        """Pairs that may be one (`same`), or may have a tie that no source states (`related`), best first.

        Strings only propose: nothing merges before somebody judges it. Pairs that were judged different
        are left out, unsure ones are marked. `certain` keeps those that one checked identifier joins.
        """
        if verdict not in (None, "same", "related"):
            raise BadRequest(f"verdict: {verdict!r} is neither same nor related")
        wanted = self._resolve(entity) if entity is not None else None
        nodes, register = snapshot_of(self._store).nodes, self._register
        found = []
        for proposal in self._proposals():
            judged = register.verdict(proposal.a, proposal.b)
            if (
                (wanted is None or wanted in (proposal.a, proposal.b))
                and (verdict is None or proposal.verdict == verdict)
                and (proposal.certain or not certain)
                and (judged is None or judged[0] != "different")
            ):
                unsure = judged[1] if judged is not None else None
                found.append(Candidate(proposal, nodes[proposal.a], nodes[proposal.b], unsure))
        return found

    def _proposals(self) -> list[Proposal]:
        """The proposals at the store's version; ties that are known already are none."""
        snapshot = snapshot_of(self._store)
        held = _proposed.get(self._store)
        if held is None or held[0] != snapshot.version:
            parties = [
                replace(party, places=party.places | _places_of(identifier, snapshot))
                for identifier, party in (
                    (i, party_of(i, snapshot.labels[i], node.properties, self._model))
                    for i, node in snapshot.nodes.items()
                    if not node.properties.get("collective")
                )
            ]
            tied = {frozenset((edge.subject, edge.object)) for edge in snapshot.edges.values()}
            made = [p for p in propose(parties) if p.verdict == "same" or frozenset((p.a, p.b)) not in tied]
            held = _proposed[self._store] = (snapshot.version, made)
        return held[1]

    def log(self, entity: str | None = None) -> list[Judgement]:
        """Every judgement, undone ones too, in the order of time; of one entity only those that name an id
        it is or was shown under."""
        register = self._register
        claims = list(judgements(self._store))
        sources = read_sources(self._store, {claim.source for claim in claims})
        listed = sorted((self._read(c, sources, register) for c in claims), key=lambda j: (j.recorded, j.id))
        if entity is None:
            return listed
        wanted = register.canonical(self._resolve(entity))
        return [
            j
            for j in listed
            if wanted in (j.subject, j.object)
            or wanted in (register.canonical(j.subject), register.canonical(j.object))
        ]

    def judgement(self, identifier: str) -> Judgement:
        """One judgement. Raises NotFound."""
        rows = self._store.read("MATCH (c:Judgement {id: $id}) RETURN properties(c) AS c", {"id": identifier})
        if not rows:
            raise NotFound(f"there is no judgement {identifier!r}; parkgraph identity log lists them")
        claim = claim_from_properties(rows[0]["c"])
        return self._read(claim, read_sources(self._store, [claim.source]), self._register)

    def members(self, entity: str) -> tuple[str, ...]:
        """Every id that an entity is shown under."""
        return self._register.members(self._resolve(entity))

    @property
    def _register(self) -> Register:
        return register_of(self._store, self._model)

    def _read(self, claim: Claim, sources: dict[str, Source], register: Register) -> Judgement:
        said = claim.as_said()
        verdict = self._model.relations[said.relation or ""].identity
        assert verdict is not None
        of_claims = said.attributes.get("of_claim", ())
        said_in = said.attributes.get("said_in")
        return Judgement(
            said.id,
            verdict,
            said.subject,
            said.object or "",
            sources[said.source].name,
            said.note,
            said.recorded or 0,
            said.retracted,
            said.retraction,
            str(said_in) if said_in is not None else None,
            tuple(str(item) for item in of_claims) if isinstance(of_claims, tuple) else (),
            register.idle.get(said.id),
        )

    # -- rules ---------------------------------------------------------------------------------

    def _kind_of(self, identifier: str) -> str:
        return next(iter(self._kinds_of(identifier)))

    def _kinds_of(self, identifier: str) -> list[str]:
        rows = self._store.read(
            "MATCH (n:Entity {id: $id}) RETURN n.kind AS kind, labels(n) AS labels", {"id": identifier}
        )
        if not rows:
            raise NotFound(f"there is no entity {identifier!r}")
        return [rows[0]["kind"], *sorted(set(rows[0]["labels"]) - {"Entity", rows[0]["kind"]})]

    def _degree(self, identifier: str) -> int:
        return len(snapshot_of(self._store).incident.get(identifier, ()))

    def _refuse_kinds(self, one: str, other: str) -> NoReturn:
        kinds, others = self._kinds_of(one), self._kinds_of(other)
        raise Refused(
            f"{one} is a {' and '.join(kinds)}, {other} a {' and '.join(others)}: entities of different "
            "kinds are rarely one; a relation such as ADMINISTERS or PART_OF may tie them; to join them all "
            "the same, say so (--across-kinds; across_kinds over HTTP)"
        )

    def _must_say_something(self, entity: str, source: str | None, claims: Sequence[str]) -> None:
        rows = self._store.read(
            "MATCH (c:Claim) WHERE c.subject = $id AND c.retracted IS NULL "
            "RETURN c.id AS id, c.source AS source, c.property AS property UNION "
            "MATCH (c:Claim) WHERE c.object = $id AND c.retracted IS NULL "
            "RETURN c.id AS id, c.source AS source, c.property AS property",
            {"id": entity},
            max_rows=_ALL_ROWS,
        )
        strange = sorted(set(claims) - {row["id"] for row in rows})
        if strange:
            raise NotFound(f"split: {strange[0]} is no live claim about {entity}")
        taken = [row for row in rows if row["id"] in claims or row["source"] == source]
        if not taken:
            raise NotFound(
                f"split: {source} says nothing of {entity}; parkgraph log {entity} lists its claims"
            )
        if len(taken) == len(rows):
            raise Refused(f"split: that is everything that is said of {entity}; nothing would stay")

    def _record(
        self, said: Claim, by: str, why: str | None, about_new: Iterable[tuple[str, str, str]] = ()
    ) -> Judgement:
        judge = judge_source(by)
        # However the name is spelled this time, it is the judge of before.
        judge = read_sources(self._store, [judge.id]).get(judge.id, judge)
        claim = _by(said, judge, why)
        more = [
            Claim(subject, judge.id, property=key, value=value, basis=claim.id)
            for subject, key, value in about_new
        ]
        record(self._store, self._model, [judge], [claim, *more])
        return self.judgement(claim.id)


def _by(said: Claim, judge: Source, why: str | None) -> Claim:
    return Claim(
        said.subject,
        judge.id,
        relation=said.relation,
        object=said.object,
        attributes=said.attributes,
        note=_line("why", why) if why else None,
        recorded=int(time.time()),
    )


def judge_source(by: str) -> Source:
    """The source that stands for a person who judges. Raises BadRequest for a name that is none."""
    name = _name_of(by)
    slug = re.sub(r"[\s/?#&]+", "-", name.casefold()).strip("-")
    if not slug:
        raise BadRequest(f"by: {by!r} is no name; say who judges")
    return Source(f"source:judge-{slug}", name, kind="judge")


def _name_of(by: str) -> str:
    if not by or not by.strip() or len(by) > 100:
        raise BadRequest("by: say who judges, in at most 100 characters")
    return _line("by", by)


def _line(name: str, text: str) -> str:
    if holds_control(text):
        raise BadRequest(f"{name}: {text!r} holds a control or invisible character")
    return text.strip()
