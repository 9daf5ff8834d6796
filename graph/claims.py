"""Claims and sources: what one source says, once, and where it says it.

A claim is never edited. Its id is the hash of what it says and where, so the same statement loaded
twice is one claim; when it was recorded stays outside the hash.
"""

from __future__ import annotations

import builtins
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any

from parkgraph.graph.model import Model, Scalar
from parkgraph.graph.quantities import Quantity

ENTITY_ID = re.compile(r"[a-z][a-z0-9]*:[^\s/?#&.]{1,200}")
"""`kind:slug`, without white space and without what has a meaning in an address or a selection."""
SOURCE_ID = re.compile(r"source:[^\s/?#&]{1,200}")
_LOCATOR = re.compile(r"char=([0-9]+),([0-9]+)")
ROW_LOCATOR = re.compile(r"(?:file=[^;]{1,255};)?(?:sheet=[^;]{1,100};)?row=([1-9][0-9]{0,8})")
"""A row of a table as a spreadsheet counts them, after RFC 7111; before it the file, where the source has
several, and the sheet of a workbook."""

Value = Scalar | Quantity
Attribute = Scalar | Quantity | tuple[Scalar, ...]


# Made once: `json.dumps` makes one a call.
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no insignificant space, the same bytes for the same content."""
    return _encoder.encode(value)


def _digest(prefix: str, value: Any) -> str:
    return f"{prefix}:{hashlib.sha256(canonical_json(value).encode()).hexdigest()[:24]}"


def is_id(text: str, form: re.Pattern[str] = ENTITY_ID) -> bool:
    """Whether a text is an id of the form, without control, invisible or half characters."""
    return form.fullmatch(text) is not None and not holds_control(text)


def holds_control(text: str) -> bool:
    """Whether a text holds a character that cannot be seen: control, format or half of a pair."""
    return any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in text)


def parse_locator(text: str) -> tuple[int, int]:
    """The span of an RFC 5147 character range `char=START,END`; raises ValueError with a sentence."""
    match = _LOCATOR.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a locator; expected char=START,END as in RFC 5147")
    start, end = int(match[1]), int(match[2])
    if start >= end:
        raise ValueError(f"{text!r} is an empty span: its end is not after its start")
    return start, end


def position(locator: str | None) -> int:
    """Where a locator begins: its first character or its row; 0 without one."""
    if locator is None:
        return 0
    row = ROW_LOCATOR.fullmatch(locator)
    return int(row[1]) if row is not None else parse_locator(locator)[0]


@dataclass(frozen=True, slots=True)
class Source:
    """One article, or a register of the editors. `start` and `end` bound the article in its file.

    `length` counts characters of the file's text and `sha256` hashes its bytes.
    """

    id: str
    name: str
    publisher: str | None = None
    published: str | None = None
    published_inferred: bool = False
    kind: str = "text"
    lang: str | None = None
    url: str | None = None
    file: str | None = None
    article: int | None = None
    start: int | None = None
    end: int | None = None
    sha256: str | None = None
    length: int | None = None
    note: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return _without_defaults(self, _SOURCE)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says: `subject` `relation` `object`, or `subject` has `value` as `property`.

    `disc` tells apart two facts that share subject, relation and object. Dates are partial ISO dates;
    `as_of` is the day for which a status or figure is stated. `rank` is 1 for preferred, -1 for
    deprecated by an editor. `attributes` are the properties of a relation.

    `recorded` and `retracted` bound the time in which it was held to be said (epoch seconds, the second
    one excluded), `retraction` says by whom and why it was taken back; `earlier` holds the bounds of such
    times before, where it was retracted and said again.
    `said_subject` and `said_object` are the ids that the source used, where a judgement has put the claim
    under another (see `register.py`); the claim's own id is made from these.
    """

    subject: str
    source: str
    relation: str | None = None
    object: str | None = None
    property: str | None = None
    value: Value | None = None
    disc: str | None = None
    status: str | None = None
    modality: str = "asserted"
    valid_from: str | None = None
    valid_to: str | None = None
    as_of: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    locator: str | None = None
    context: str | None = None
    inferred: bool = False
    basis: str | None = None
    confidence: float = 1.0
    rank: int = 0
    note: str | None = None
    said_subject: str | None = field(default=None, compare=False)
    said_object: str | None = field(default=None, compare=False)
    recorded: int | None = field(default=None, compare=False)
    retracted: int | None = field(default=None, compare=False)
    retraction: str | None = field(default=None, compare=False)
    earlier: tuple[int, ...] = field(default=(), compare=False)
    _id: str | None = field(default=None, init=False, repr=False, compare=False)

    def says(self) -> dict[str, Any]:
        """Everything that makes the claim what it is: all but the recorded times, with the source's ids."""
        return _without_defaults(self.as_said(), _SAID)

    def as_said(self) -> Claim:
        """The claim with the ids that its source used."""
        if self.said_subject is None and self.said_object is None:
            return self
        return replace(
            self,
            subject=self.said_subject or self.subject,
            object=self.said_object or self.object,
            said_subject=None,
            said_object=None,
        )

    def under(self, subject: str, object: str | None) -> Claim:
        """The claim under other ends, the source's own ids kept beside them."""
        said = self.as_said()
        if (subject, object) == (said.subject, said.object):
            return said
        return replace(
            said,
            subject=subject,
            object=object,
            said_subject=said.subject if subject != said.subject else None,
            said_object=said.object if object != said.object else None,
        )

    def known_as(self, identifier: str) -> Claim:
        """The claim, told its id by a store that made it from the claim."""
        object.__setattr__(self, "_id", identifier)
        return self

    def known_at(self, time: int) -> bool:
        """Whether the claim had been recorded, and was not retracted, at a time in epoch seconds."""
        bounds = (*self.earlier, self.recorded or 0, self.retracted)
        return any(
            start is not None and start <= time and (end is None or time < end)
            for start, end in zip(bounds[::2], bounds[1::2], strict=True)
        )

    # The field `property` hides the built-in inside this class.
    @builtins.property
    def id(self) -> str:
        if self._id is None:
            # Computed once: projections ask for it often.
            object.__setattr__(self, "_id", _digest("claim", self.says()))
        assert self._id is not None
        return self._id

    def fact_id(self, model: Model) -> str:
        return fact_id(model, self.subject, self.relation, self.object, self.property, self.value, self.disc)

    def to_dict(self) -> dict[str, Any]:
        return _without_defaults(self, _CLAIM)


def fact_id(
    model: Model,
    subject: str,
    relation: str | None,
    object: str | None,
    property: str | None,
    value: Value | None,
    disc: str | None,
) -> str:
    """Claims of one fact share subject, relation, object and discriminator.

    The ends of a symmetric relation have no order; a property with several values has a fact for each.
    """
    if relation is not None:
        ends = [subject, object or ""]
        if model.relations[relation].symmetric:
            ends.sort()
        return _digest("fact", [ends[0], relation, ends[1], disc])
    prop = model.entity_properties.get(property or "")
    several = prop is not None and prop.multiple
    return _digest("fact", [subject, property, _plain(value) if several else None, disc])


def _plain(value: Any) -> Any:
    """A value as JSON holds it: a figure becomes {value, unit, …} without the parts it does not have."""
    if isinstance(value, Quantity):
        out: dict[str, Any] = {"value": value.value}
        if value.unit is not None:
            out["unit"] = value.unit
        if value.qualifier != "exact":
            out["qualifier"] = value.qualifier
        if value.high is not None:
            out["high"] = value.high
        if value.precision is not None:
            out["precision"] = value.precision
        return out
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


class _Fields:
    """The fields of a record in their order, with their defaults, and what reads them all at once."""

    def __init__(self, of: type[Source | Claim], skip: Iterable[str] = ()) -> None:
        kept = [item for item in fields(of) if item.init and item.name not in skip]
        self.names = tuple(item.name for item in kept)
        self.known = frozenset(self.names)
        self.defaults: tuple[Any, ...] = tuple(
            {} if item.name == "attributes" else item.default for item in kept
        )
        self.values: Callable[[Any], tuple[Any, ...]] = attrgetter(*self.names)


_SOURCE = _Fields(Source)
_CLAIM = _Fields(Claim)
_SAID = _Fields(Claim, skip=("recorded", "retracted", "retraction", "earlier"))


def _without_defaults(record: Source | Claim, of: _Fields) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, default, value in zip(of.names, of.defaults, of.values(record), strict=True):
        if value is not default and value is not None and value != default:
            out[name] = value if type(value) is str else _plain(value)
    return out


_FIGURE = frozenset(item.name for item in fields(Quantity))


def _figure(value: Any) -> Any:
    if isinstance(value, dict):
        if "value" not in value:
            raise ValueError("a figure has no value")
        strange = sorted(value.keys() - _FIGURE)
        if strange:
            raise ValueError(f"a figure has no {', '.join(strange)}")
        return Quantity(**value)
    return tuple(value) if isinstance(value, list) else value


_TEXTS = frozenset(
    [
        "subject",
        "source",
        "relation",
        "object",
        "property",
        "disc",
        "said_subject",
        "said_object",
        "retraction",
        "status",
        "modality",
        "valid_from",
        "valid_to",
        "as_of",
        "locator",
        "context",
        "basis",
        "note",
        "id",
        "name",
        "publisher",
        "published",
        "kind",
        "lang",
        "url",
        "file",
        "sha256",
    ]
)
_WHOLE = frozenset(["rank", "recorded", "retracted", "article", "start", "end", "length"])
_FLAGS = frozenset(("inferred", "published_inferred"))
_MAYBE_FLAGS = _FLAGS | {"value"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(_FLAGS, bool),
    **dict.fromkeys(_WHOLE, int),
    "confidence": (int, float),
    "attributes": Mapping,
    "earlier": list,
}


def _check_types(data: Mapping[str, Any]) -> None:
    """Raise ValueError where a field of a record holds a value of another type."""
    for name, value in data.items():
        expected = _TYPES.get(name, object)
        # Nearly all: a question reads thousands of claims.
        if value is None or (type(value) is expected and expected is not list):
            continue
        if name == "earlier" and (len(value) % 2 or any(type(item) is not int for item in value)):
            raise ValueError(f"earlier: {value!r} is not a list of whole numbers in pairs")
        if not isinstance(value, expected) or (isinstance(value, bool) and name not in _MAYBE_FLAGS):
            raise ValueError(f"{name}: {value!r} is of the wrong type")


def claim_from_dict(data: Mapping[str, Any]) -> Claim:
    """The inverse of `Claim.to_dict`; raises ValueError for a key that no claim has."""
    if not data.keys() <= _CLAIM.known:
        raise ValueError(f"a claim has no {', '.join(sorted(data.keys() - _CLAIM.known))}")
    _check_types(data)
    values = dict(data)
    if "value" in values:
        values["value"] = _figure(values["value"])
    values["attributes"] = {key: _figure(item) for key, item in values.get("attributes", {}).items()}
    values["earlier"] = tuple(values.get("earlier", ()))
    return Claim(**values)


def source_from_dict(data: Mapping[str, Any]) -> Source:
    """The inverse of `Source.to_dict`; raises ValueError for a key that no source has."""
    if not data.keys() <= _SOURCE.known:
        raise ValueError(f"a source has no {', '.join(sorted(data.keys() - _SOURCE.known))}")
    _check_types(data)
    return Source(**data)
