"""The projection: from all live claims that say the same thing to the one fact that is shown.

Pure and independent of order: the same claims give the same fact, however they arrived. Recorded
times play no part. The shown value is chosen by `preference`; what disagrees with it stays one step
away and marks the fact as contested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from parkgraph.graph.claims import Claim, Source, Value
from parkgraph.graph.dates import OPEN_END, UNKNOWN_START, PartialDate, parse_date
from parkgraph.graph.model import Model, Property
from parkgraph.graph.quantities import Quantity, compatible

NAMES = ("name_zh", "name_en")
"""The properties that name an entity. Another name is no contradiction; it becomes an alias."""
_BOUNDS = ("valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Fact:
    """An edge or one property of a node, as the graph shows it.

    `from_min` … `to_max` are days as yyyymmdd integers; unknown bounds are UNKNOWN_START and OPEN_END.
    Where no source states a beginning, `from_max` is the first day that a source speaks of: by then it
    had begun. `also` are the values of a property that other claims give. `held` is certain or possible
    where the fact is shown as of a day.
    """

    id: str
    subject: str
    relation: str | None
    object: str | None
    property: str | None
    value: Value | None
    disc: str | None
    status: str | None
    modality: str
    valid_from: str | None
    valid_to: str | None
    as_of: str | None
    from_min: int
    from_max: int
    to_min: int
    to_max: int
    confidence: float
    n_claims: int
    source_ids: tuple[str, ...]
    inferred: bool
    contested: bool
    attributes: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[Value, ...] = ()
    held: str | None = None

    def properties(self, model: Model) -> dict[str, Any]:
        """What is stored on the edge and on the fact's own node, flat and without nulls."""
        out: dict[str, Any] = {
            "id": self.id,
            "modality": self.modality,
            "from_min": self.from_min,
            "from_max": self.from_max,
            "to_min": self.to_min,
            "to_max": self.to_max,
            "confidence": self.confidence,
            "n_claims": self.n_claims,
            "source_ids": list(self.source_ids),
            "inferred": self.inferred,
            "contested": self.contested,
        }
        for name in ("status", "valid_from", "valid_to", "as_of", "disc", "held"):
            if getattr(self, name) is not None:
                out[name] = getattr(self, name)
        if self.relation is not None:
            properties = model.relation_properties(self.relation)
            for name, value in self.attributes.items():
                out.update(flat(properties.get(name), name, value))
        return out


def flat(prop: Property | None, name: str, value: Any) -> dict[str, Any]:
    """A value as store properties: a figure takes up to five, a date also its bounds as integers."""
    if isinstance(value, Quantity):
        out: dict[str, Any] = {name: value.value}
        if value.unit is not None:
            out[prop.unit_key if prop is not None else f"{name}_unit"] = value.unit
        if value.qualifier != "exact":
            out[f"{name}_qualifier"] = value.qualifier
        if value.high is not None:
            out[f"{name}_high"] = value.high
        if value.precision is not None:
            out[f"{name}_precision"] = value.precision
        return out
    if prop is not None and prop.type == "date" and isinstance(value, str):
        date = parse_date(value)
        return {name: value, f"{name}_min": date.earliest, f"{name}_max": date.latest}
    return {name: list(value) if isinstance(value, tuple) else value}


def stored_figure(prop: Property, properties: Mapping[str, Any]) -> Quantity:
    """The figure that `flat` laid out in stored properties."""
    name = prop.name
    return Quantity(
        properties[name],
        properties.get(prop.unit_key),
        properties.get(f"{name}_qualifier", "exact"),
        properties.get(f"{name}_high"),
        properties.get(f"{name}_precision"),
    )


def preference(model: Model, sources: Mapping[str, Source]) -> Callable[[Claim], tuple[Any, ...]]:
    """The order in which claims are believed; the first one's value is shown.

    Rank, then the day it speaks of (as-of, else when its source was published), then the higher
    status, then stated before inferred, then source id and claim id. Never the time of loading.
    """

    def key(claim: Claim) -> tuple[Any, ...]:
        return (
            -claim.rank,
            -spoken_of(claim, sources),
            -model.status_rank(status_of(claim)),
            claim.inferred,
            claim.source,
            claim.id,
        )

    return key


def spoken_of(claim: Claim, sources: Mapping[str, Source]) -> int:
    """The latest day a claim speaks of, as yyyymmdd; 0 where neither it nor its source is dated."""
    text = claim.as_of
    if text is None:
        source = sources.get(claim.source)
        text = source.published if source is not None else None
    return parse_date(text).latest if text else 0


def status_of(claim: Claim) -> str | None:
    """The status a claim gives: to a relation, or to an entity by its property `status`."""
    if claim.property == "status" and isinstance(claim.value, str):
        return claim.value
    return claim.status


def makes_fact(claim: Claim, model: Model) -> bool:
    """Whether a claim says something that is shown: neither a judgement of identity, nor a tie of an
    entity with itself."""
    if claim.relation is None:
        return True
    return claim.subject != claim.object and model.relations[claim.relation].is_tie


def project(
    claims: Iterable[Claim], model: Model, sources: Mapping[str, Source], identifier: str | None = None
) -> Fact | None:
    """The fact that live claims of one fact id make together; the id is computed where it is not given.

    None where no claim is left, for a judgement of identity, and for a tie of an entity with itself, which
    is what a claim comes to when its two ends are judged the same.
    """
    ordered = list(claims)
    if not ordered:
        return None
    if len(ordered) > 1:
        ordered.sort(key=preference(model, sources))
        if ordered[0].property in (*NAMES, "kind"):
            # Of entities judged the same, the one that stays gives the name and the kind.
            ordered.sort(key=lambda claim: claim.said_subject is not None)
    first = ordered[0]
    subject, object_ = first.subject, first.object
    if not makes_fact(first, model):
        return None
    if first.relation is not None and model.relations[first.relation].symmetric and object_ is not None:
        subject, object_ = sorted((subject, object_))
    start, start_contested = stated_date([(c.valid_from, c.rank) for c in ordered if c.valid_from])
    end, end_contested = stated_date([(c.valid_to, c.rank) for c in ordered if c.valid_to])
    attributes, differing = _attributes(ordered, model)
    value, value_contested = _value(ordered, model)
    from_min, from_max = start_bounds(start, ordered, model, sources)
    to_min, to_max = end_bounds(end, ordered, model, sources)
    return Fact(
        id=identifier or first.fact_id(model),
        subject=subject,
        relation=first.relation,
        object=object_,
        property=first.property,
        value=value,
        disc=first.disc,
        status=next(iter([c.status for c in ordered if c.status is not None]), None),
        modality=first.modality,
        valid_from=start.text if start else None,
        valid_to=end.text if end else None,
        as_of=next(iter([c.as_of for c in ordered if c.as_of is not None]), None),
        from_min=from_min,
        from_max=from_max,
        to_min=to_min,
        to_max=to_max,
        confidence=max([c.confidence for c in ordered]),
        n_claims=len(ordered),
        source_ids=tuple(sorted({c.source for c in ordered})),
        inferred=all(c.inferred for c in ordered),
        contested=any(
            (
                start_contested,
                end_contested,
                bool(differing),
                value_contested,
                _status_contested(ordered, sources),
            )
        ),
        attributes=attributes,
        also=_also(ordered, value),
    )


def contradicted(claims: Iterable[Claim], model: Model, sources: Mapping[str, Source]) -> tuple[str, ...]:
    """In what claims of one fact contradict each other: its property, `valid_from`, `valid_to`, `status` or
    attributes of the relation."""
    ordered = sorted(claims, key=preference(model, sources))
    starts, ends = ([(date, c.rank) for c in ordered if (date := getattr(c, n))] for n in _BOUNDS)
    found = [name for name, dates in zip(_BOUNDS, (starts, ends), strict=True) if stated_date(dates)[1]]
    if _value(ordered, model)[1]:
        found.insert(0, str(ordered[0].property))
    if _status_contested(ordered, sources):
        found.append("status")
    return (*found, *_attributes(ordered, model)[1])


def _also(ordered: Sequence[Claim], value: Value | None) -> tuple[Value, ...]:
    """The other values; of a kind only those that were said of an entity judged the same."""
    first = ordered[0].as_said().subject
    others = [c for c in ordered if c.property != "kind" or c.as_said().subject != first]
    return tuple(dict.fromkeys([c.value for c in others if c.value is not None and c.value != value]))


def start_bounds(
    stated: PartialDate | None, claims: Iterable[Claim], model: Model, sources: Mapping[str, Source]
) -> tuple[int, int]:
    """The first and the last day on which a fact may have begun. Undated, it had begun by the day on which
    the first source spoke of it."""
    if stated is not None:
        return stated.earliest, stated.latest
    spoken = [spoken_of(c, sources) for c in claims if not is_over(status_of(c), model)]
    return UNKNOWN_START, min((day for day in spoken if day), default=OPEN_END)


def end_bounds(
    stated: PartialDate | None, claims: Sequence[Claim], model: Model, sources: Mapping[str, Source]
) -> tuple[int, int]:
    """The first and the last day that may be its last. Undated, something that a source calls ended had
    ended by the day of that source, and not before the day of the last one that spoke of it as there."""
    if stated is not None:
        return stated.earliest, stated.latest
    over = [c for c in claims if is_over(status_of(c), model)]
    if not over or not is_over(next(s for s in map(status_of, claims) if s is not None), model):
        return OPEN_END, OPEN_END
    ended = spoken_of(over[0], sources) or OPEN_END
    there = [spoken_of(c, sources) for c in claims if not is_over(status_of(c), model)]
    return max((day for day in there if day <= ended), default=UNKNOWN_START), ended


def is_over(status: str | None, model: Model) -> bool:
    """Whether a status says that something is no more."""
    return status in model.statuses and model.statuses[status].terminal


def stated_date(stated: Sequence[tuple[str | None, int]]) -> tuple[PartialDate | None, bool]:
    """The preferred date in the finest form that claims of its rank give of it, and whether any claim
    contradicts it. Takes texts with the ranks of their claims, the preferred one first."""
    dates = [(parse_date(text), rank) for text, rank in stated if text]
    if not dates:
        return None, False
    first, first_rank = dates[0]
    if len(dates) == 1:
        return first, False
    inside = [
        date
        for date, rank in dates
        if rank == first_rank and first.earliest <= date.earliest and date.latest <= first.latest
    ]
    chosen = min(inside, key=lambda d: (d.latest - d.earliest, d.earliest))
    return chosen, any(not chosen.compatible(date) for date, _ in dates)


def _attributes(ordered: Sequence[Claim], model: Model) -> tuple[dict[str, Any], list[str]]:
    """For each attribute the preferred claim's value: several values united, dates in their finest form,
    and what qualifies another attribute taken from the claim that gave that one; and those of which
    claims contradict each other."""
    out: dict[str, Any] = {}
    names = sorted({name for claim in ordered for name in claim.attributes})
    contested: list[str] = []
    if not names:
        return out, contested
    relation = ordered[0].relation
    properties = model.relation_properties(relation) if relation is not None else {}
    for name in names:
        prop = properties.get(name)
        said = [claim for claim in ordered if name in claim.attributes]
        values = [claim.attributes[name] for claim in said]
        if prop is not None and prop.multiple:
            united = {item for value in values for item in (value if isinstance(value, tuple) else (value,))}
            out[name] = tuple(sorted(united, key=str))
            continue
        if prop is not None and prop.type == "date":
            date, differs = stated_date([(str(claim.attributes[name]), claim.rank) for claim in said])
            out[name] = date.text if date else values[0]
            if differs:
                contested.append(name)
            continue
        verbatim = prop is not None and prop.verbatim
        if not verbatim and _contradict((claim.attributes[name], claim.as_of) for claim in said):
            contested.append(name)
        if prop is not None and prop.of in names:
            giver = next(claim for claim in ordered if prop.of in claim.attributes)
            if name not in giver.attributes:
                continue
            values = [giver.attributes[name]]
        out[name] = values[0]
    return out, contested


def _value(ordered: Sequence[Claim], model: Model) -> tuple[Value | None, bool]:
    """The shown value of a property fact, and whether another claim contradicts it."""
    name = ordered[0].property
    if name is None:
        return None, False
    values = [claim.value for claim in ordered]
    prop = model.entity_properties.get(name)
    if prop is not None and prop.type == "date":
        date, contested = stated_date([(str(c.value), c.rank) for c in ordered])
        return (date.text if date else None), contested
    if name == "status" or name in NAMES or (prop is not None and prop.verbatim):
        return values[0], False
    if name == "kind":
        ordered = [claim for claim in ordered if claim.said_subject is None] or ordered
    return values[0], _contradict((claim.value, claim.as_of) for claim in ordered)


def _contradict(said: Iterable[tuple[Any, str | None]]) -> bool:
    """Whether two values, each with the day it is stated for, cannot both be so. Figures that a common
    number fits can, and so can what is stated for two days."""
    different = dict.fromkeys(said)
    return len(different) > 1 and any(
        (day is None or other_day is None or day == other_day)
        and (not compatible(a, b) if isinstance(a, Quantity) and isinstance(b, Quantity) else a != b)
        for (a, day), (b, other_day) in combinations(different, 2)
    )


def _status_contested(ordered: Sequence[Claim], sources: Mapping[str, Source]) -> bool:
    """Two statuses contradict when they speak of the same day; otherwise the later one moved on."""
    seen: dict[int, str] = {}
    for claim in ordered:
        status = status_of(claim)
        if status is not None and seen.setdefault(spoken_of(claim, sources), status) != status:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Entity:
    """A node: its kind, all its kinds as labels, and its properties as stored."""

    id: str
    kind: str
    labels: tuple[str, ...]
    properties: Mapping[str, Any]


def project_entity(facts: Iterable[Fact], model: Model) -> Entity | None:
    """The node that the property facts of one subject make, or None where none states its kind."""
    by_name: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.property is not None:
            by_name.setdefault(fact.property, []).append(fact)
    if "kind" not in by_name:
        return None
    kind_fact = by_name.pop("kind")[0]
    kind = str(kind_fact.value)
    identifier = kind_fact.subject
    properties: dict[str, Any] = {}
    for name, group in sorted(by_name.items()):
        prop = model.entity_properties.get(name)
        if prop is not None and prop.multiple:
            properties[name] = sorted(str(fact.value) for fact in group)
        else:
            properties.update(flat(prop, name, group[0].value))
    names = {str(value) for key in NAMES for fact in by_name.get(key, ()) for value in fact.also}
    names -= {str(properties[key]) for key in NAMES if key in properties}
    if names:
        properties["alias"] = sorted(names.union(properties.get("alias", ())))
    name = next(
        (properties[key] for key in NAMES if key in properties),
        next(iter(properties.get("alias", [])), identifier),
    )
    others = dict.fromkeys([*properties.get("also_kind", []), *map(str, kind_fact.also)])
    labels = (kind, *(k for k in others if k != kind))
    properties |= {"id": identifier, "kind": kind, "name": name}
    return Entity(identifier, kind, labels, properties)
