"""The domain as data: reads `model.yaml` (or a user's file that extends it) into frozen objects.

Kinds, relations, properties, states, layers, identifier schemes and vocabularies come from there and
nowhere else; labels, constraints, templates, schemas, documents and colours are derived from these objects.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from parkgraph.graph.dates import parse_date
from parkgraph.graph.errors import ModelError, UnknownName
from parkgraph.graph.identifiers import has_valid_check
from parkgraph.graph.quantities import Quantity, parse_quantity
from parkgraph.graph.yaml_text import read_own_yaml

PropertyType = Literal[
    "string",
    "boolean",
    "integer",
    "date",
    "country",
    "status",
    "kind",
    "vocabulary",
    "identifier",
    "money",
    "quantity",
]
Shape = Literal["dot", "diamond", "star", "triangle", "triangleDown", "hexagon", "square"]
Scalar = str | int | float | bool

# Names that the physical model, an engine or an export format uses for itself, on nodes and on edges.
RESERVED_ON_ENTITIES = frozenset(
    [
        "id",
        "kind",
        "name",
        "title",
        "type",
        "label",
        "labels",
        "source_ids",
        "held",
        "claims",
        "claim_ids",
        "locators",
    ]
)
RESERVED_ON_RELATIONS = RESERVED_ON_ENTITIES | frozenset(
    [
        "subject",
        "relation",
        "object",
        "target",
        "key",
        "property",
        "value",
        "disc",
        "status",
        "source",
        "locator",
        "context",
        "recorded",
        "retracted",
        "fact",
        "rank",
        "confidence",
        "n_claims",
        "contested",
        "changed",
        "from_min",
        "from_max",
        "to_min",
        "to_max",
        "valid_from",
        "valid_to",
        "as_of",
        "inferred",
        "basis",
        "note",
        "modality",
        "layers_derived",
    ]
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Labelled(_Frozen):
    """Something with a label per language."""

    zh: str
    en: str
    description: str = ""

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


class Status(Labelled):
    rank: int
    done: bool = False
    terminal: bool = False
    void: bool = False
    words: tuple[str, ...] = ()


class Layer(Labelled):
    colour: str


class Scheme(Labelled):
    pattern: str
    url: str | None = None


class Property(Labelled):
    """A property of a kind or of a relation: its type, and the vocabulary or scheme of its values.

    `verbatim` holds a source's own wording; two wordings do not contradict each other. `of` names the
    property that this one qualifies; the two are always taken from the same claim. `headings` are other
    words that head its column in tables.
    """

    name: str = ""
    type: PropertyType
    multiple: bool = False
    values: dict[str, tuple[str, str]] | str | None = None
    scheme: str | None = None
    verbatim: bool = False
    of: str | None = None
    headings: tuple[str, ...] = ()

    @property
    def vocabulary(self) -> dict[str, tuple[str, str]]:
        """Code to (zh, en) label; empty where the type is no vocabulary."""
        return self.values if isinstance(self.values, dict) else {}

    @property
    def is_figure(self) -> bool:
        return self.type in ("money", "quantity")

    @property
    def unit_key(self) -> str:
        """The stored property that holds the unit of a figure."""
        return f"{self.name}_{'currency' if self.type == 'money' else 'unit'}"

    @property
    def stored(self) -> tuple[str, ...]:
        """The properties that the store has for it: a figure's unit, qualifier, end and step, a date's
        bounds."""
        if self.is_figure:
            parts = (self.unit_key, *(f"{self.name}_{part}" for part in ("qualifier", "high", "precision")))
            return (self.name, *parts)
        if self.type == "date" and not self.multiple:
            return (self.name, f"{self.name}_min", f"{self.name}_max")
        return (self.name,)


class Kind(Labelled):
    name: str = ""
    table: str
    shape: Shape = "dot"
    colour: str = Field(default="#999999", pattern=r"^#[0-9A-Fa-f]{6}$")
    through: bool = True
    groups: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    links: dict[str, str] = Field(default_factory=dict)
    words: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    properties: dict[str, Property] = Field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What the ids of this kind begin with, before the colon."""
        return self.name.lower()


class Towards(_Frozen):
    to: tuple[str, ...]


class Ends(_Frozen):
    """For each end of a relation the words that head its column in tables about the other end."""

    subject: tuple[str, ...] = ()
    object: tuple[str, ...] = ()


class Relation(Labelled):
    name: str = ""
    domain: tuple[str, ...]
    range: tuple[str, ...]
    symmetric: bool = False
    passable: bool | Towards = False
    derived: bool = False
    identity: Literal["same", "different", "unsure", "split"] | None = None
    layer: str | dict[str, str] | None = None
    headings: Ends = Ends()
    properties: dict[str, Property] = Field(default_factory=dict)

    def passable_to(self, object_kinds: frozenset[str]) -> bool:
        """Whether a partnership path may use this relation towards an object of these kinds."""
        if isinstance(self.passable, Towards):
            return not object_kinds.isdisjoint(self.passable.to)
        return self.passable

    @property
    def is_tie(self) -> bool:
        """Whether its claims make facts; judgements of identity are heeded instead, unless unsure."""
        return self.identity in (None, "unsure")

    def default_layer(self, object_kinds: frozenset[str]) -> str | None:
        """The layer where the source states none."""
        if isinstance(self.layer, dict):
            return next((layer for kind, layer in self.layer.items() if kind in object_kinds), None)
        return self.layer


class Model(_Frozen):
    """A whole model. Look up with `kind`, `relation` and `property_of`; they raise UnknownName."""

    name: str
    version: str
    languages: dict[str, str]
    source_kinds: dict[str, Labelled]
    statuses: dict[str, Status]
    layers: dict[str, Layer]
    qualifiers: dict[str, Labelled]
    modalities: dict[str, Labelled]
    schemes: dict[str, Scheme]
    common: dict[str, Property]
    kinds: dict[str, Kind]
    vocabularies: dict[str, dict[str, tuple[str, str]]]
    relations: dict[str, Relation]
    relation_common: dict[str, Property]

    @model_validator(mode="before")
    @classmethod
    def _name_the_entries(cls, data: Any) -> Any:
        """Give every entry its own key as `name` and put named vocabularies in place."""
        if not isinstance(data, dict):
            return data
        vocabularies = dict(data.get("vocabularies") or {})
        for listed in ("statuses", "layers"):
            vocabularies.setdefault(
                listed,
                {
                    k: (v.get("zh"), v.get("en"))
                    for k, v in (data.get(listed) or {}).items()
                    if isinstance(v, dict)
                },
            )

        def properties(block: Any) -> Any:
            if not isinstance(block, dict):
                return block
            out = {}
            for key, entry in block.items():
                if isinstance(entry, dict):
                    entry = {**entry, "name": key}
                    named = entry.get("values")
                    if isinstance(named, str) and named in vocabularies:
                        entry["values"] = vocabularies[named]
                    if entry.get("type") == "status":
                        entry["values"] = vocabularies["statuses"]
                out[key] = entry
            return out

        out = {**data, "vocabularies": vocabularies}
        for group in ("common", "relation_common"):
            out[group] = properties(data.get(group))
        for group in ("kinds", "relations"):
            block = data.get(group)
            if isinstance(block, dict):
                out[group] = {
                    key: {**entry, "name": key, "properties": properties(entry.get("properties") or {})}
                    if isinstance(entry, dict)
                    else entry
                    for key, entry in block.items()
                }
        return out

    @model_validator(mode="after")
    def _hang_together(self) -> Model:
        groups = {group for kind in self.kinds.values() for group in kind.groups}
        for name, kind in self.kinds.items():
            _check_name(f"kinds.{name}", name, r"[A-Z][A-Za-z0-9]*", "a capital letter and letters or digits")
            for column, relation in kind.links.items():
                if relation not in self.relations:
                    raise ValueError(f"kinds.{name}.links.{column}: there is no relation {relation!r}")
            self._check_properties(f"kinds.{name}.properties", kind.properties, RESERVED_ON_ENTITIES)
            for side in ("begins", "ends"):
                for item in getattr(kind, side):
                    if item not in kind.properties or kind.properties[item].type not in ("date", "integer"):
                        raise ValueError(f"kinds.{name}.{side}: {item!r} is no date or year of the kind")
        taken: dict[str, str] = {}
        for name, kind in self.kinds.items():
            other = taken.setdefault(kind.table, name)
            if other != name:
                raise ValueError(f"kinds.{name}.table: {kind.table!r} is already the table of {other}")
        self._check_properties("common", self.common, RESERVED_ON_ENTITIES)
        self._check_shared_names()
        self._check_properties("relation_common", self.relation_common, RESERVED_ON_RELATIONS)
        for name, tie in self.relations.items():
            _check_name(f"relations.{name}", name, r"[A-Z][A-Z0-9_]*", "capital letters, digits and _")
            self._check_properties(f"relations.{name}.properties", tie.properties, RESERVED_ON_RELATIONS)
            for side in ("domain", "range"):
                for item in getattr(tie, side):
                    if item not in self.kinds and item not in groups and item != "any":
                        raise ValueError(f"relations.{name}.{side}: {item!r} is neither a kind nor a group")
            if isinstance(tie.passable, Towards):
                for item in tie.passable.to:
                    if item not in self.kinds:
                        raise ValueError(f"relations.{name}.passable.to: {item!r} is no kind")
                if tie.symmetric:
                    raise ValueError(f"relations.{name}.passable: a symmetric relation has no direction")
            layers = tie.layer.values() if isinstance(tie.layer, dict) else [tie.layer]
            for layer in layers:
                if layer is not None and layer not in self.layers:
                    raise ValueError(f"relations.{name}.layer: there is no layer {layer!r}")
        return self

    def _check_shared_names(self) -> None:
        """Kinds that share the name of a property share its type, for an entity may bear both kinds."""
        first = {name: ("common", prop) for name, prop in self.common.items()}
        for kind in self.kinds.values():
            for name, prop in kind.properties.items():
                where, other = first.setdefault(name, (f"kinds.{kind.name}", prop))
                if (other.type, other.multiple) != (prop.type, prop.multiple):
                    raise ValueError(
                        f"kinds.{kind.name}.properties.{name}: properties of one name have one type, "
                        f"and {where} has it as {'several ' if other.multiple else ''}{other.type}"
                    )

    def _check_properties(
        self, where: str, properties: Mapping[str, Property], reserved: frozenset[str]
    ) -> None:
        for name, prop in properties.items():
            here = f"{where}.{name}"
            _check_name(here, name, r"[a-z][a-z0-9_]*", "a small letter and small letters, digits or _")
            if name in reserved:
                raise ValueError(f"{here}: the name {name!r} is used by the store itself")
            if prop.type in ("vocabulary", "status") and not prop.vocabulary:
                raise ValueError(f"{here}.values: a vocabulary needs its values, or the name of one")
            if prop.type == "identifier" and prop.scheme not in self.schemes:
                raise ValueError(f"{here}.scheme: there is no identifier scheme {prop.scheme!r}")

    @cached_property
    def digest(self) -> str:
        """A short hash of the whole model; two graphs are comparable only under the same one."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def as_json(self) -> dict[str, Any]:
        """The model as JSON holds it, with its digest."""
        return self.model_dump(mode="json", by_alias=True) | {"digest": self.digest}

    @cached_property
    def _members(self) -> dict[str, frozenset[str]]:
        members: dict[str, set[str]] = {"any": set(self.kinds)}
        for name, kind in self.kinds.items():
            members[name] = {name}
            for group in kind.groups:
                members.setdefault(group, set()).add(name)
        return {key: frozenset(value) for key, value in members.items()}

    def members(self, names: tuple[str, ...]) -> frozenset[str]:
        """The kinds that a domain or range stands for."""
        return frozenset().union(*(self._members[name] for name in names))

    def kind(self, name: str, where: str = "") -> Kind:
        """A kind by its name, its table, its label or another word for it, in any case, an English one also
        in the plural. Raises UnknownName, also for a label or word that several kinds share."""
        found = self._kind_names.get(name.strip().casefold(), ())
        if len(found) != 1:
            narrower = {word.casefold(): (k.name,) for k in self.kinds.values() for word in k.headings}
            spelled = {**narrower, **self._kind_names}
            raise UnknownName("kind", name, self.kinds, where=where, spelled=spelled)
        return self.kinds[found[0]]

    @cached_property
    def _kind_names(self) -> dict[str, tuple[str, ...]]:
        """The kinds that a word in small letters may mean; the names of kinds, and then those of tables, mean
        their own alone."""
        names: dict[str, tuple[str, ...]] = {}
        for name, kind in self.kinds.items():
            labels = (kind.zh, kind.en, *kind.words)
            for text in (*labels, *(_plural(label) for label in labels if label.isascii())):
                told = names.get(text.casefold(), ())
                names[text.casefold()] = told if name in told else (*told, name)
        tables = {kind.table.casefold(): (name,) for name, kind in self.kinds.items()}
        return names | tables | {name.casefold(): (name,) for name in self.kinds}

    def relation(self, name: str, where: str = "") -> Relation:
        """A relation by its name or label in any case. Raises UnknownName, also for a label of several."""
        return self.relations[name_meant("relation", name, _labels(self.relations), where)]

    def status_name(self, name: str, where: str = "") -> str:
        """The name of a status by its name or label in any case. Raises UnknownName."""
        return name_meant("status", name, _labels(self.statuses), where)

    def layer_name(self, name: str, where: str = "") -> str:
        """The name of a layer by its name or label in any case. Raises UnknownName."""
        return name_meant("layer", name, _labels(self.layers), where)

    def properties_of(self, kind: str) -> dict[str, Property]:
        """Common properties and the kind's own, in the model's order."""
        return {**self.common, **self.kinds[kind].properties}

    def relation_properties(self, relation: str) -> dict[str, Property]:
        return {**self.relations[relation].properties, **self.relation_common}

    def vocabulary(self, properties: Iterable[str]) -> dict[str, tuple[str, str]] | None:
        """The codes that properties may hold, each with its label (zh, en); None where one of them may hold
        any text. A property is `Kind.name`, `RELATION.name`, or a name wherever it is declared."""
        declared = self._declared(properties)
        if not declared or any(prop.type != "vocabulary" for prop in declared):
            return None
        return {code: labels for prop in declared for code, labels in prop.vocabulary.items()}

    def code(self, properties: Iterable[str], text: str, where: str = "") -> str:
        """The code that a text is or is the label of, in any case, among those that properties may hold; the
        text itself where they may hold any. Raises UnknownName."""
        declared = self._declared(properties)
        labels = {code: pair for prop in declared for code, pair in prop.vocabulary.items()}
        try:
            return name_meant("value", text, labels, where)
        except UnknownName:
            if any(prop.type != "vocabulary" for prop in declared) or not declared:
                return text
            raise

    def _declared(self, properties: Iterable[str]) -> list[Property]:
        blocks = {key: kind.properties for key, kind in self.kinds.items()}
        blocks |= {key: relation.properties for key, relation in self.relations.items()}
        every = (self.common, self.relation_common, *blocks.values())
        found = []
        for path in properties:
            of, _, name = path.rpartition(".")
            found += [block[name] for block in ([blocks.get(of, {})] if of else every) if name in block]
        return found

    @cached_property
    def entity_properties(self) -> dict[str, Property]:
        """Every property an entity may bear, by name; where kinds share a name they share its type."""
        merged = dict(self.common)
        for kind in self.kinds.values():
            for name, prop in kind.properties.items():
                merged.setdefault(name, prop)
        return merged

    @cached_property
    def stored_properties(self) -> frozenset[str]:
        """Every property that the model gives to the entities and facts in the store."""
        of_relations = (self.relation_properties(name) for name in self.relations)
        given = (self.entity_properties, *of_relations)
        stored = {name for properties in given for prop in properties.values() for name in prop.stored}
        return RESERVED_ON_RELATIONS | stored

    def status_rank(self, status: str | None) -> int:
        return self.statuses[status].rank if status in self.statuses else -1

    @property
    def relation_pattern(self) -> str:
        """All relation types of facts joined by `|`: the REL of the query files."""
        return "|".join(self.ties)

    @cached_property
    def ties(self) -> dict[str, Relation]:
        """The relations whose claims make facts."""
        return {name: relation for name, relation in self.relations.items() if relation.is_tie}

    def judging(self, verdict: str) -> Relation:
        """The relation that records a judgement `same`, `different`, `unsure` or `split`."""
        for relation in self.relations.values():
            if relation.identity == verdict:
                return relation
        raise ModelError(f"model {self.name}: no relation has identity: {verdict}")

    def filter_properties(self) -> Iterator[str]:
        """Entity properties that are looked up by value and so deserve an index."""
        for name, prop in self.entity_properties.items():
            if prop.type in ("identifier", "status", "vocabulary") and not prop.multiple:
                yield name


def name_meant(of: str, text: str, labels: Mapping[str, tuple[str, str]], where: str = "") -> str:
    """The name that a text is, or else is the label of, in any case; `labels` are (zh, en) by name. Raises
    UnknownName, also for a label of several."""
    spelled: dict[str, tuple[str, ...]] = {}
    for name, pair in labels.items():
        for label in {label.casefold() for label in pair}:
            spelled[label] = (*spelled.get(label, ()), name)
    spelled.update({name.casefold(): (name,) for name in labels})
    found = spelled.get(str(text).strip().casefold(), ())
    if len(found) != 1:
        raise UnknownName(of, text, labels, where=where, spelled=spelled)
    return found[0]


def _labels(entries: Mapping[str, Labelled]) -> dict[str, tuple[str, str]]:
    return {name: (entry.zh, entry.en) for name, entry in entries.items()}


def _plural(word: str) -> str:
    """The plural of an English noun that forms it by the rule."""
    if re.search(r"[^aeiou]y$", word, re.IGNORECASE):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|z|ch|sh)$", word, re.IGNORECASE) else f"{word}s"


def _check_name(where: str, name: str, pattern: str, expected: str) -> None:
    if not re.fullmatch(pattern, name):
        raise ValueError(f"{where}: the name {name!r} is not {expected}")


def read_value(prop: Property, text: str, model: Model) -> Scalar | Quantity:
    """Turn the text of a cell into a value of the property's type.

    Raises ValueError with a sentence that says what was expected.
    """
    text = text.strip()
    if not text:
        raise ValueError(f"{prop.name} is empty")
    match prop.type:
        case "boolean":
            if text.casefold() not in ("true", "false"):
                raise ValueError(f"{prop.name}: {text!r} is neither true nor false")
            return text.casefold() == "true"
        case "integer":
            if not re.fullmatch(r"[+-]?\d{1,18}", text):
                raise ValueError(f"{prop.name}: {text!r} is not a whole number")
            return int(text)
        case "date":
            return parse_date(text).text
        case "country":
            if not re.fullmatch(r"[A-Z]{2}", text):
                raise ValueError(
                    f"{prop.name}: {text!r} is not a country code of ISO 3166-1, such as CN or IL"
                )
            return text
        case "vocabulary" | "status":
            if text not in prop.vocabulary:
                raise ValueError(f"{prop.name}: {text!r} is not one of {', '.join(prop.vocabulary)}")
            return text
        case "kind":
            if text not in model.kinds:
                raise ValueError(f"{prop.name}: {text!r} is not one of {', '.join(model.kinds)}")
            return text
        case "identifier":
            assert prop.scheme is not None
            scheme = model.schemes[prop.scheme]
            if not re.fullmatch(scheme.pattern, text):
                raise ValueError(
                    f"{prop.name}: {text!r} is no {scheme.en}; expected the form {scheme.pattern}"
                )
            if not has_valid_check(prop.scheme, text):
                raise ValueError(
                    f"{prop.name}: {text!r} is no {scheme.en}; its check digits are wrong, so it is mistyped"
                )
            return text
        case "money" | "quantity":
            quantity = parse_quantity(text, money=prop.type == "money")
            if quantity.qualifier not in model.qualifiers:
                raise ValueError(
                    f"{prop.name}: {quantity.qualifier!r} is not one of {', '.join(model.qualifiers)}"
                )
            return quantity
        case "string":
            return text


@lru_cache(maxsize=1)
def default_model() -> Model:
    """The model that ships with ParkGraph."""
    return _build(_default_data(), "model.yaml")


def load_model(path: str | Path | None = None) -> Model:
    """The default model, or a user's YAML file, which may begin with `extends: parkgraph`.

    Raises ModelError with the file, the place and what was expected there.
    """
    if path is None:
        return default_model()
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    data = _parse(text, str(path))
    base = data.pop("extends", None)
    if base == "parkgraph":
        data = _extend(_default_data(), data)
    elif base is not None:
        raise ModelError(f"{path}: extends: {base!r} is not a model; expected parkgraph")
    return _build(data, str(path))


def _default_data() -> dict[str, Any]:
    text = files("parkgraph.graph").joinpath("model.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = read_own_yaml(text)
    return data


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ModelError(f"{where}: {place}{getattr(error, 'problem', None) or 'is not YAML'}") from error
    if not isinstance(data, dict):
        raise ModelError(f"{where}: expected a mapping with kinds and relations")
    return data


def _extend(base: dict[str, Any], own: dict[str, Any], depth: int = 3) -> dict[str, Any]:
    """Add or replace: a mapping is merged, down to the properties of an entry; anything else replaces."""
    return base | {
        key: _extend(base[key], value, depth - 1)
        if depth and isinstance(value, dict) and isinstance(base.get(key), dict)
        else value
        for key, value in own.items()
    }


def _build(data: dict[str, Any], where: str) -> Model:
    try:
        return Model.model_validate(data)
    except ValidationError as error:
        lines = []
        for problem in error.errors()[:5]:
            place = ".".join(str(part) for part in problem["loc"])
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{place}: {message}" if place else message)
        raise ModelError(f"{where}: {'; '.join(lines)}") from error
