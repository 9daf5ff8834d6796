"""The graph as of a day, and as it was known at a time: which facts held then, in which state, and
whether that is certain or only possible.

A fact passes through stages, one for each status (of a property: each value) that a source gives it. A
stage begins in an interval of days: the one that its sources state, else at some time up to the first day
that they speak of. On a day the fact is in the stage that is believed most among those that have surely
begun; where none has, it is possibly in the first that may have. Partial dates, and a partial day asked
for, are intervals: certain means on every day that they may mean, possible on some.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.dates import OPEN_END, UNKNOWN_START, PartialDate, parse_date
from parkgraph.graph.model import Model
from parkgraph.graph.projection import (
    Entity,
    Fact,
    is_over,
    preference,
    project,
    project_entity,
    spoken_of,
    stated_date,
    status_of,
)
from parkgraph.graph.register import is_judgement

Held = Literal["certain", "possible"]
Interval = tuple[int, int]
"""The first and the last day on which something may have begun, as yyyymmdd integers."""
ALWAYS: Interval = (UNKNOWN_START, UNKNOWN_START)


@dataclass(frozen=True, slots=True)
class Stage:
    """A status or a value of a fact, when it began, and the claims that give it, the most believed first."""

    status: str | None
    since: Interval
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What a fact was on a day, and the claims that this rests on."""

    fact: Fact
    held: Held
    claims: tuple[Claim, ...]


def state_on(
    claims: Iterable[Claim],
    model: Model,
    sources: Mapping[str, Source],
    day: PartialDate,
    *,
    not_before: Interval = ALWAYS,
) -> State | None:
    """The state of the fact that live claims of one fact id make, or None where it did not hold.

    `not_before` is when its ends came to be: nothing done is older. What had ended is there as ended.
    """
    ordered = sorted(claims, key=preference(model, sources))
    if _is_timeless(ordered):
        fact = project(ordered, model, sources)
        return State(replace(fact, held="certain"), "certain", tuple(ordered)) if fact is not None else None
    stages = stages_of(ordered, model, sources, not_before=not_before)
    begun = [stage for stage in stages if stage.since[1] <= day.earliest]
    open_ = [s for s in stages if s.since[0] <= day.latest and not is_over(s.status, model)]
    if begun:
        stage = _believed(begun, ordered, model, sources, day)
        told = begun if ordered[0].property is None else [stage]
        chosen = [claim for s in told for claim in _spoken_by(s, model, sources, day)]
    elif open_:
        # Of what may have begun, the first to be spoken of, and the least that it may have been.
        stage = min(open_, key=lambda s: (s.since[1], _rank(s.status, model)))
        told = open_ if ordered[0].property is None else [stage]
        chosen = [claim for s in told for claim in s.claims]
    else:
        return None
    held = _held(stage, chosen, stages, ordered, model, day)
    fact = project(chosen, model, sources)
    if held is None or fact is None:
        return None
    rests_on = {claim.id for claim in chosen}
    contested = fact.contested
    if not begun and fact.property is not None:
        # Which of several values it may have been is as open as it is now.
        rests_on = {claim.id for s in open_ for claim in s.claims}
        whole = project([claim for s in open_ for claim in s.claims], model, sources)
        contested = whole is not None and whole.contested
    kept = tuple(claim for claim in ordered if claim.id in rests_on)
    status = stage.status if fact.relation is not None else fact.status
    fact = replace(fact, status=status, contested=contested, held=held, n_claims=len(kept))
    return State(fact, held, kept)


def _held(
    stage: Stage,
    chosen: Sequence[Claim],
    stages: Sequence[Stage],
    ordered: Sequence[Claim],
    model: Model,
    day: PartialDate,
) -> Held | None:
    """Whether a fact in a stage surely is on a day, possibly is, or had ended before it."""
    if is_over(stage.status, model):
        return "certain"
    surely = stage.since[1] <= day.earliest
    # An end that something more believed came after, such as a new beginning, ends nothing.
    place = {claim.id: number for number, claim in enumerate(ordered)}
    reached = min(place[claim.id] for claim in chosen) if surely else len(place)
    ends = [s for s in stages if is_over(s.status, model) and min(place[c.id] for c in s.claims) <= reached]
    end, _ = stated_date([(c.valid_to, c.rank) for c in (*chosen, *(c for s in ends for c in s.claims))])
    if end is not None and end.latest < day.earliest:
        return None
    ended = any(s.since[0] <= day.latest for s in ends) or (end is not None and end.earliest < day.latest)
    return "certain" if surely and not ended else "possible"


def _believed(
    begun: Sequence[Stage],
    ordered: Sequence[Claim],
    model: Model,
    sources: Mapping[str, Source],
    day: PartialDate,
) -> Stage:
    """Of the stages that have begun the one that is believed most by what speaks of the day or of one before;
    a claim that gives no status says nothing against one that does."""
    # An implied stage has the claims of its end, which comes first where it has begun as well.
    of = {claim.id: stage for stage in reversed(begun) for claim in stage.claims}
    there = [c for c in ordered if c.id in of]
    said = [c for c in there if _own_day(c, model, sources) <= day.earliest] or there
    stages = [of[c.id] for c in said]
    return next((s for s in stages if s.status is not None), stages[0])


def _is_timeless(claims: Sequence[Claim]) -> bool:
    """Whether it is a kind, or a property other than a status that is stated without any date."""
    name = claims[0].property
    if name in (None, "kind", "status"):
        return name == "kind"
    return not any(claim.as_of or claim.valid_from or claim.valid_to for claim in claims)


def _spoken_by(
    stage: Stage, model: Model, sources: Mapping[str, Source], day: PartialDate
) -> Sequence[Claim]:
    """Of a stage's claims those that speak of the day or of one before; all, where none does."""
    return [c for c in stage.claims if _own_day(c, model, sources) <= day.earliest] or stage.claims


def _own_day(claim: Claim, model: Model, sources: Mapping[str, Source]) -> int:
    """The day from which a claim speaks: of a beginning or an end the day of that."""
    date = claim.valid_to if is_over(status_of(claim), model) else claim.valid_from
    if date is not None:
        return max(parse_date(text).latest for text in (date, claim.as_of) if text is not None)
    return spoken_of(claim, sources) or OPEN_END


def stages_of(
    ordered: Sequence[Claim],
    model: Model,
    sources: Mapping[str, Source],
    *,
    not_before: Interval = ALWAYS,
) -> list[Stage]:
    """The stages of a fact, the most believed first; `ordered` are its claims in the order of preference."""
    groups: dict[Any, list[Claim]] = defaultdict(list)
    for claim in ordered:
        groups[claim.value if claim.property is not None else claim.status].append(claim)
    dated = {
        key: date
        for key, group in groups.items()
        if not is_over(status_of(group[0]), model)
        and (date := stated_date([(c.valid_from, c.rank) for c in group])[0]) is not None
    }
    stages = []
    for key, group in groups.items():
        status = status_of(group[0])
        if is_over(status, model):
            since = _end_of(group, ordered, model, sources)
        elif key in dated:
            since = (dated[key].earliest, dated[key].latest)
        else:
            rank = _rank(status, model)
            # What has gone further cannot be older than what it came from.
            before = (
                date.earliest for k, date in dated.items() if _rank(status_of(groups[k][0]), model) <= rank
            )
            first = min(before, default=UNKNOWN_START) if ordered[0].property is None else UNKNOWN_START
            spoken = min((d for c in group if (d := spoken_of(c, sources))), default=OPEN_END)
            since = (first, max(first, spoken))
        if status is None or model.statuses[status].done:
            since = (max(since[0], not_before[0]), max(since[1], not_before[1]))
        stages.append(Stage(status, since, tuple(group)))
    if all(is_over(stage.status, model) for stage in stages):
        stages += _implied(ordered, model)
    return stages


def _rank(status: str | None, model: Model) -> float:
    return model.status_rank(status) if status is not None else float("inf")


def _end_of(
    group: Sequence[Claim], ordered: Sequence[Claim], model: Model, sources: Mapping[str, Source]
) -> Interval:
    """When an end began to be: the day after the last one, or up to the day that a source speaks of."""
    end, _ = stated_date([(c.valid_to, c.rank) for c in group])
    if end is not None:
        return end.earliest + 1, end.latest + 1
    spoken = min((d for c in group if (d := spoken_of(c, sources))), default=OPEN_END)
    there = (spoken_of(c, sources) for c in ordered if not is_over(status_of(c), model))
    return max((day + 1 for day in there if day < spoken), default=UNKNOWN_START), spoken


def _implied(ordered: Sequence[Claim], model: Model) -> Iterator[Stage]:
    """What has ended was there before, though no source says so; what was called off never was."""
    there = max((s for s in model.statuses if not is_over(s, model)), key=model.status_rank)
    claims = [c for c in ordered if not model.statuses[status_of(c) or there].void]
    if claims:
        start, _ = stated_date([(c.valid_from, c.rank) for c in claims])
        since = (start.earliest, start.latest) if start is not None else (UNKNOWN_START, OPEN_END)
        as_there = (
            (replace(c, value=there) if c.property is not None else replace(c, status=there)).known_as(c.id)
            for c in claims
        )
        yield Stage(there, since, tuple(as_there))


# -- the whole graph -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class View:
    """Entities, facts and the claims that they rest on, as they were, with those that are not shown."""

    entities: tuple[Entity, ...]
    facts: tuple[Fact, ...]
    claims: tuple[Claim, ...]


def view_of(
    claims: Iterable[Claim],
    model: Model,
    sources: Mapping[str, Source],
    day: PartialDate | None,
    *,
    certain: bool = False,
) -> View:
    """The graph that claims (each placed under its entities) make, as of a day or, without one, as it is.

    With `certain` only what surely held. An entity whose beginning (the model says by which property)
    lies after the day is left out, unless a status tells that it was under way.
    """
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.fact_id(model)].append(claim)
    properties: dict[str, list[str]] = defaultdict(list)
    relations: list[str] = []
    for identifier, group in groups.items():
        if group[0].property is not None:
            properties[group[0].subject].append(identifier)
        else:
            relations.append(identifier)

    states: dict[str, State] = {}
    entities: dict[str, Entity] = {}
    began: dict[str, Interval] = {}

    def put(identifier: str, not_before: Interval) -> State | None:
        state = _state(groups[identifier], model, sources, day, not_before)
        if state is not None and (state.held == "certain" or not certain):
            states[identifier] = state
            return state
        return None

    for subject, identifiers in properties.items():
        own = [groups[i] for i in identifiers]
        began[subject], over = _life(own, model, sources)
        found = [state for i in identifiers if (state := put(i, began[subject])) is not None]
        entity = project_entity([state.fact for state in found], model)
        if entity is not None and day is not None:
            there = _there(began[subject], over, found, own, day)
            entity = replace(entity, properties={**entity.properties, "held": there}) if there else None
            if certain and there == "possible":
                entity = None
        if entity is not None:
            entities[subject] = entity
        else:
            for identifier in identifiers:
                states.pop(identifier, None)
    for identifier in relations:
        first = groups[identifier][0]
        ends = (first.subject, first.object or "")
        if all(end in entities for end in ends):
            state = put(identifier, (max(began[e][0] for e in ends), max(began[e][1] for e in ends)))
            # A tie is no more certain than what it ties.
            if state is not None and any(entities[e].properties.get("held") == "possible" for e in ends):
                weak = replace(state.fact, held="possible")
                states[identifier] = State(weak, "possible", state.claims)
    shown = sorted(states.items())
    # Claims that are not shown stay in a graph without a day; judgements always do, for ids to lead on.
    others = [
        claim
        for identifier, group in groups.items()
        if identifier not in states and (day is None or is_judgement(group[0], model))
        for claim in group
    ]
    return View(
        tuple(entity for _, entity in sorted(entities.items())),
        tuple(state.fact for _, state in shown),
        (*(claim for _, state in shown for claim in state.claims), *others),
    )


def _state(
    group: Sequence[Claim],
    model: Model,
    sources: Mapping[str, Source],
    day: PartialDate | None,
    not_before: Interval,
) -> State | None:
    if day is not None:
        return state_on(group, model, sources, day, not_before=not_before)
    fact = project(group, model, sources)
    return State(fact, "certain", tuple(group)) if fact is not None else None


def _life(
    own: Iterable[Sequence[Claim]], model: Model, sources: Mapping[str, Source]
) -> tuple[Interval, Interval | None]:
    """When an entity began, and when it ended where that is stated, by the properties of its kind."""
    telling = {"kind"}.union(*((*kind.begins, *kind.ends) for kind in model.kinds.values()))
    facts: dict[str | None, Fact] = {
        name: fact
        for group in own
        if (name := group[0].property) in telling and (fact := project(group, model, sources)) is not None
    }
    kind = model.kinds.get(str(facts["kind"].value)) if "kind" in facts else None
    if kind is None:
        return ALWAYS, None
    return _first_of(kind.begins, facts) or ALWAYS, _first_of(kind.ends, facts)


def _first_of(names: Sequence[str], facts: Mapping[str | None, Fact]) -> Interval | None:
    for name in names:
        if name in facts:
            date = parse_date(f"{facts[name].value:0>4}")
            return date.earliest, date.latest
    return None


def _there(
    began: Interval,
    over: Interval | None,
    states: Sequence[State],
    own: Iterable[Sequence[Claim]],
    day: PartialDate,
) -> Held | None:
    """Whether an entity was there on a day. One that a source gives a status was there in that status, also
    before it began (a plan); one that has neither a beginning nor a status always was."""
    if over is not None and over[1] < day.earliest:
        return None
    ends = over is None or over[0] >= day.latest
    status = next((state for state in states if state.fact.property == "status"), None)
    if status is not None:
        return "certain" if status.held == "certain" and ends else "possible"
    if began[0] > day.latest:
        return None
    stated = any(group[0].property == "status" for group in own)
    return "certain" if began[1] <= day.earliest and ends and not (stated and began == ALWAYS) else "possible"
