"""What a claim must keep to before it is recorded: the model's names, domains and ranges, dates in
order, ends that exist, and a locator inside its source's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from parkgraph.graph.claims import (
    ROW_LOCATOR,
    SOURCE_ID,
    Attribute,
    Claim,
    Source,
    Value,
    holds_control,
    is_id,
    parse_locator,
)
from parkgraph.graph.dates import parse_date
from parkgraph.graph.model import Model, Property, read_value
from parkgraph.graph.quantities import Quantity

Problem = tuple[str, str]
"""The field at fault, and a sentence that says what was expected."""


def source_problems(source: Source, model: Model) -> Iterator[Problem]:
    """Everything wrong with a source's particulars."""
    for name in ("name", "publisher", "url", "file", "lang", "note"):
        if holds_control(getattr(source, name) or ""):
            yield name, f"{getattr(source, name)!r} holds a control or invisible character"
    if not is_id(source.id, SOURCE_ID):
        yield "id", f"{source.id!r} is not the id of a source; expected source:slug without white space"
    if source.kind not in model.source_kinds:
        yield "kind", f"{source.kind!r} is not one of {', '.join(model.source_kinds)}"
    if not source.name:
        yield "name", "a source needs a name"
    if source.published is not None:
        yield from _date("published", source.published)
    if source.kind == "text" and (source.sha256 is None or source.length is None):
        yield (
            "sha256",
            (
                "a text needs its sha256 and its length, so that a quote can be checked; "
                "a source of another kind, such as table, needs neither"
            ),
        )
    if (
        source.start is not None
        and source.end is not None
        and not (0 <= source.start < source.end <= (source.length or source.end))
    ):
        yield "end", f"the article's bounds {source.start} to {source.end} are not inside its file"


def claim_problems(
    claim: Claim, model: Model, kinds: Mapping[str, frozenset[str]], source: Source | None
) -> Iterator[Problem]:
    """Everything wrong with a claim. `kinds` gives the kinds of every entity that is or will be there."""
    for name in ("disc", "basis", "note"):
        if holds_control(getattr(claim, name) or ""):
            yield name, f"{getattr(claim, name)!r} holds a control or invisible character"
    for name in ("recorded", "retracted"):
        if (getattr(claim, name) or 0) < 0:
            yield name, f"{getattr(claim, name)} is before 1970; expected seconds since then"
    if not is_id(claim.subject):
        yield "subject", f"{claim.subject!r} is not an id; expected kind:slug such as park:my-park"
    elif claim.subject not in kinds:
        yield "subject", f"there is no entity {claim.subject!r} here or in the store"
    if (claim.relation is None) == (claim.property is None):
        yield "relation", "a claim states either a relation or a property"
    elif claim.relation is not None:
        yield from _relation_problems(claim, model, kinds)
    else:
        yield from _property_problems(claim, model, kinds)
    if claim.status is not None and claim.status not in model.statuses:
        yield "status", f"{claim.status!r} is not one of {', '.join(model.statuses)}"
    if claim.modality not in model.modalities:
        yield "modality", f"{claim.modality!r} is not one of {', '.join(model.modalities)}"
    bad_date = False
    for name in ("valid_from", "valid_to", "as_of"):
        text = getattr(claim, name)
        if text is not None:
            for problem in _date(name, text):
                bad_date = True
                yield problem
    if (
        claim.valid_from
        and claim.valid_to
        and not bad_date
        and parse_date(claim.valid_to).latest < parse_date(claim.valid_from).earliest
    ):
        yield "valid_to", f"{claim.valid_to} is before valid_from {claim.valid_from}"
    if not 0 <= claim.confidence <= 1:
        yield "confidence", f"{claim.confidence} is not between 0 and 1"
    if claim.rank not in (-1, 0, 1):
        yield "rank", f"{claim.rank} is not -1, 0 or 1"
    yield from locator_problems(claim, source)


def _relation_problems(claim: Claim, model: Model, kinds: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    relation = model.relations.get(claim.relation or "")
    if relation is None:
        yield "relation", f"there is no relation {claim.relation!r}; known: {', '.join(model.relations)}"
        return
    if claim.object is None or not is_id(claim.object):
        yield "object", f"{claim.object!r} is not an id; expected kind:slug such as park:my-park"
        return
    if claim.object not in kinds:
        yield "object", f"there is no entity {claim.object!r} here or in the store"
    if claim.object == claim.subject:
        yield "object", f"{claim.relation} of {claim.subject} with itself"
    for side, end, allowed in (
        ("subject", claim.subject, relation.domain),
        ("object", claim.object, relation.range),
    ):
        have = kinds.get(end)
        if have is not None and have.isdisjoint(model.members(allowed)):
            place = "domain" if side == "subject" else "range"
            yield (
                side,
                (
                    f"{end} is a {' and '.join(sorted(have))}, "
                    f"outside the {place} of {claim.relation}: {', '.join(allowed)}"
                ),
            )
    properties = model.relation_properties(relation.name)
    for name, value in claim.attributes.items():
        if name not in properties:
            yield name, f"{claim.relation} has no property {name!r}; it has {', '.join(properties)}"
        else:
            yield from _value_problems(properties[name], name, value, model)


def _property_problems(claim: Claim, model: Model, kinds: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    name = claim.property or ""
    if claim.disc is not None:
        yield "disc", "a property has no discriminator"
    if claim.attributes:
        yield "attributes", "a property has no attributes"
    if name == "kind":
        prefixes = {model.kinds[kind].prefix for kind in kinds.get(claim.subject, ()) if kind in model.kinds}
        if claim.value not in model.kinds:
            yield "kind", f"there is no kind {claim.value!r}; known: {', '.join(model.kinds)}"
        elif is_id(claim.subject) and claim.subject.partition(":")[0] not in prefixes:
            prefix = model.kinds[str(claim.value)].prefix
            yield "subject", f"the id of a {claim.value} begins with {prefix}:, but this is {claim.subject!r}"
        return
    have = kinds.get(claim.subject, frozenset())
    properties = {k: p for kind in have for k, p in model.properties_of(kind).items()}
    if have and name not in properties:
        yield name, f"a {' and '.join(sorted(have))} has no property {name!r}"
    elif isinstance(claim.value, tuple):
        yield name, f"{name}: a claim has one value; say several in claims of their own"
    elif name in properties:
        yield from _value_problems(properties[name], name, claim.value, model)


def _value_problems(
    prop: Property, name: str, value: Value | Attribute | None, model: Model
) -> Iterator[Problem]:
    if value is None:
        yield name, f"{name} has no value"
        return
    for item in value if isinstance(value, tuple) else (value,):
        text = ("true" if item else "false") if isinstance(item, bool) else str(item)
        if prop.is_figure != isinstance(item, Quantity):
            yield name, f"{name}: {item!r} is {'no' if prop.is_figure else 'a'} figure"
            continue
        if holds_control(text):
            yield name, f"{name}: {text!r} holds a control or invisible character"
            continue
        try:
            read = read_value(prop, text, model)
        except ValueError as error:
            yield name, str(error)
            continue
        if read != item or isinstance(read, bool) != isinstance(item, bool):
            yield name, f"{name}: {item!r} is not written as a {prop.type} is, {read!r}"


def _date(name: str, text: str) -> Iterator[Problem]:
    try:
        parse_date(text)
    except ValueError as error:
        yield name, str(error)


def locator_problems(claim: Claim, source: Source | None) -> Iterator[Problem]:
    """What is wrong with where a claim says it is said: its source, its locator and its context."""
    if source is None:
        yield "source", f"there is no source {claim.source!r} here or in the store"
        return
    if claim.locator is None:
        if source.kind == "text":
            yield (
                "locator",
                (
                    f"a claim of the text {source.id} needs a locator, such as char=410,487; "
                    "a source of another kind, such as table, needs none"
                ),
            )
        return
    for name in ("locator", "context"):
        text = getattr(claim, name)
        if text is None or (source.kind != "text" and ROW_LOCATOR.fullmatch(text)):
            continue
        try:
            start, end = parse_locator(text)
        except ValueError as error:
            yield name, str(error)
            continue
        first, last = source.start or 0, source.end if source.end is not None else source.length
        if start < first or (last is not None and end > last):
            yield name, f"{text} is outside {source.id}, which is characters {first} to {last}"
