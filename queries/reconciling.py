"""Names from a spreadsheet matched to entities, with the reasons: what the Reconciliation Service API calls
reconciliation queries and data extension. Strings only propose; a match is told only where a whole name
means one entity, or an identifier is equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from parkgraph.graph.countries import country_code
from parkgraph.graph.errors import BadRequest, UnknownName
from parkgraph.graph.model import Model, Property
from parkgraph.graph.naming import is_chinese, normalise
from parkgraph.graph.projection import stored_figure
from parkgraph.graph.subgraph import Node
from parkgraph.queries.graph import Graph
from parkgraph.queries.search import Match
from parkgraph.queries.search_keys import syllables

PLACE = "place"
"""The property that holds every place an entity is in, however far up."""
LARGEST_LIMIT = 100
MOST_VALUES = 20
LONGEST_QUERY = 1_000
DEFAULT_LIMIT = 10
_LOOKED_AT = 30
_SPELLED, _SIMILAR_AT_MOST = 97.0, 95.0
_CONTRADICTED, _AGREED = 30.0, 0.3
_STRICTNESS = ("any", "should", "all")
_FIELDS = {"query", "type", "limit", "properties", "type_strict"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property of the entity that is sought, and the values that it may have."""

    pid: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One reconciliation query, read and checked."""

    text: str
    kinds: tuple[str, ...]
    every_kind: bool
    limit: int
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that may be meant: `score` up to 100, and the features that it is made of."""

    node: Node
    name: str
    score: float
    match: bool
    features: Mapping[str, float | bool]


@dataclass(frozen=True, slots=True)
class Described:
    """A property that can be asked for, with its name in both languages and the kinds that bear it."""

    id: str
    zh: str
    en: str
    kinds: frozenset[str]
    description: str = ""

    @property
    def name(self) -> str:
        return both(self.en, self.zh)


def both(en: str, zh: str) -> str:
    """A name in both languages, as a service has to give one."""
    return en if en == zh else f"{en} · {zh}"


def properties_of(model: Model) -> dict[str, Described]:
    """Every property by its id: those of the model, the places, and the relations to other entities."""
    every = frozenset(model.kinds)
    described = {
        PLACE: Described(PLACE, "所在地", "place", every, "Every place it is in, however far up · 各级所在地")
    }
    for name, prop in model.entity_properties.items():
        bearing = frozenset(kind for kind in model.kinds if name in model.properties_of(kind))
        described.setdefault(name, Described(name, prop.zh, prop.en, bearing, prop.description))
    for name, tie in model.ties.items():
        described[name] = Described(name, tie.zh, tie.en, model.members(tie.domain), tie.description)
    return described


def read_query(key: str, given: Any, model: Model) -> Asked:
    """Check one query of a batch. Raises BadRequest with its key and what was expected."""
    where = f"query {key}"
    if not isinstance(given, dict):
        raise BadRequest(f"{where}: expected an object with query, type, limit, properties")
    strange = set(given) - _FIELDS
    if strange:
        raise UnknownName("field", min(strange), _FIELDS, where=where)
    text = given.get("query", "")
    if not isinstance(text, str):
        raise BadRequest(f"{where}: query is {text!r}; expected a text")
    if len(text) > LONGEST_QUERY:
        raise BadRequest(f"{where}: query has {len(text):,} characters; at most {LONGEST_QUERY} are taken")
    wanted = tuple(_wanted(where, given.get("properties") or [], model))
    if not text.strip() and not wanted:
        raise BadRequest(f"{where}: has neither query nor properties; expected at least one of them")
    kinds = given.get("type") or []
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise BadRequest(f"{where}: type is {kinds!r}; expected the id of a kind, or a list of them")
    strict = given.get("type_strict", "any")
    if strict not in _STRICTNESS:
        raise BadRequest(f"{where}: type_strict is {strict!r}; expected {', '.join(_STRICTNESS)}")
    limit = given.get("limit", DEFAULT_LIMIT)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not 1 <= limit <= LARGEST_LIMIT:
        raise BadRequest(f"{where}: limit is {limit!r}; expected a number from 1 to {LARGEST_LIMIT}")
    names = tuple(model.kind(kind, where).name for kind in kinds)
    return Asked(text.strip(), names, strict == "all", int(limit), wanted)


def _wanted(where: str, given: Any, model: Model) -> Iterator[Wanted]:
    known = properties_of(model)
    if not isinstance(given, list):
        raise BadRequest(f"{where}: properties is {given!r}; expected a list of objects with pid and v")
    for item in given:
        if not isinstance(item, dict) or set(item) != {"pid", "v"} or not isinstance(item["pid"], str):
            raise BadRequest(f"{where}: {item!r} is no property; expected an object with pid and v")
        if item["pid"] not in known:
            raise UnknownName("property", item["pid"], known, where=where)
        values = item["v"] if isinstance(item["v"], list) else [item["v"]]
        if len(values) > MOST_VALUES:
            raise BadRequest(
                f"{where}: {item['pid']} has {len(values)} values; at most {MOST_VALUES} are taken"
            )
        yield Wanted(item["pid"], tuple(_text(where, value) for value in values if value not in ("", None)))


def _text(where: str, value: Any) -> str:
    """A value to compare: of one that was itself reconciled, its id."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return str(value["id"])
    if isinstance(value, (str, int, float)):
        return str(value).strip()
    raise BadRequest(f"{where}: {value!r} is no value; expected a text, a number, true, false or an id")


# -- candidates ---------------------------------------------------------------------------------


def candidates(graph: Graph, asked: Asked) -> list[Candidate]:
    """Who may be meant, the best first. One is told to match where it alone bears the whole name as it is
    written, or an identifier or the id, and no property that is known contradicts."""
    matches = graph.search(asked.text, kinds=asked.kinds, limit=max(asked.limit, _LOOKED_AT))
    nodes = {match.node.id: match.node for match in matches}
    by_name = {match.node.id: match for match in matches}
    identified = {node.id: node for node in _identified(graph, asked)}
    nodes |= identified
    if asked.every_kind:
        labels = graph.snapshot.labels
        nodes = {i: node for i, node in nodes.items() if labels[i].issuperset(asked.kinds)}
    evidence = {i: _evidence(graph, node, asked.wanted) for i, node in nodes.items()}
    whole = [i for i, match in by_name.items() if match.as_written and i in nodes]
    sure = set(identified) & set(nodes) or set(whole)
    found = []
    for i, node in nodes.items():
        agreed = sum(told is True for told in evidence[i].values())
        contradicted = sum(told is False for told in evidence[i].values())
        match = by_name.get(i)
        similarity = 100.0 if i in identified else _similarity(asked.text, match)
        given = max(len(evidence[i]), 1)
        score = similarity + (100.0 - similarity) * _AGREED * agreed / given
        score = max(score - _CONTRADICTED * contradicted / given, 0.0)
        features: dict[str, float | bool] = {
            "name_similarity": round(similarity, 1),
            "whole_name": match is not None and match.as_written,
            "identifier_equal": i in identified
            or (match is not None and match.as_written and match.is_identifier),
            "facts": float(len(graph.snapshot.incident.get(i, ()))),
        }
        features |= {f"property_{pid}": told for pid, told in evidence[i].items() if told is not None}
        certain = len(sure) == 1 and i in sure and not contradicted
        found.append(Candidate(node, called(node, asked.text), round(score, 1), certain, features))
    return sorted(found, key=lambda candidate: -candidate.score)[: asked.limit]


def _identified(graph: Graph, asked: Asked) -> Iterator[Node]:
    """Those of the kinds asked for that bear one of the identifiers among the properties."""
    for wanted in asked.wanted:
        prop = graph.model.entity_properties.get(wanted.pid)
        if prop is None or prop.type != "identifier":
            continue
        for value in wanted.values:
            for node in graph.identified(value, kinds=asked.kinds):
                if normalise(str(node.properties.get(wanted.pid, ""))) == normalise(value):
                    yield node


def called(node: Node, text: str) -> str:
    """The name in the language of the question."""
    return node.label("zh" if is_chinese(text) else "en")


def _similarity(text: str, match: Match | None) -> float:
    """How alike a name and the one that was met are, up to 100, which only a whole name gets."""
    if match is None:
        return 0.0
    if match.as_written:
        return 100.0
    if match.exact:
        return _SPELLED
    query, key = normalise(text), normalise(match.text)
    alike = [fuzz.ratio(query, key), fuzz.token_sort_ratio(text.casefold(), match.text.casefold())]
    if is_chinese(key):
        alike.append(fuzz.ratio("".join(syllables(query)), "".join(syllables(key))))
    return min(max(alike), _SIMILAR_AT_MOST)


# -- evidence -----------------------------------------------------------------------------------


def _evidence(graph: Graph, node: Node, wanted: Sequence[Wanted]) -> dict[str, bool | None]:
    """For each property asked for whether the entity has one of its values; None where nothing is known."""
    return {item.pid: _agrees(graph, node, item) for item in wanted if item.values}


def _agrees(graph: Graph, node: Node, wanted: Wanted) -> bool | None:
    prop = graph.model.entity_properties.get(wanted.pid)
    if wanted.pid == PLACE or prop is None:
        others = graph.places_of(node.id) if wanted.pid == PLACE else _objects(graph, node, wanted.pid)
        if not others:
            return None
        meant = {normalise(value) for value in wanted.values}
        return any(not meant.isdisjoint(_names(other)) for other in others)
    held = node.properties.get(prop.name)
    if held is None:
        return None
    values = held if isinstance(held, (list, tuple)) else [held]
    return any(_is_value(prop, one, value) for one in values for value in wanted.values)


def _names(node: Node) -> Iterator[str]:
    yield normalise(node.id)
    for key in ("name_zh", "name_en", "alias", "former_name"):
        held = node.properties.get(key, ())
        yield from (normalise(text) for text in ([held] if isinstance(held, str) else held))


def _objects(graph: Graph, node: Node, relation: str) -> list[Node]:
    snapshot = graph.snapshot
    return [
        snapshot.nodes[edge.object]
        for edge in snapshot.incident.get(node.id, ())
        if edge.relation == relation and edge.subject == node.id
    ]


def _is_value(prop: Property, held: Any, given: str) -> bool:
    match prop.type:
        case "country":
            return str(held) == country_code(given)
        case "boolean":
            return str(held).casefold() == given.casefold()
        case "date":
            return str(held).startswith(given) or given.startswith(str(held))
        case "vocabulary" | "status":
            labels = (str(held), *prop.vocabulary.get(str(held), ()))
            return normalise(given) in {normalise(label) for label in labels}
        case _:
            return normalise(str(held)) == normalise(given)


# -- values -------------------------------------------------------------------------------------


def values_of(graph: Graph, identifier: str, pids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The values of an entity's properties as a data extension has them; none for an id that nobody has. The
    id of what was judged the same as another gives the values of that one."""
    nodes = graph.snapshot.nodes
    node = nodes.get(identifier) or nodes.get(graph.register.canonical(identifier))
    return {pid: list(_values(graph, node, pid)) if node is not None else [] for pid in pids}


def _values(graph: Graph, node: Node, pid: str) -> Iterator[dict[str, Any]]:
    prop = graph.model.entity_properties.get(pid)
    if prop is None:
        others = graph.places_of(node.id) if pid == PLACE else _objects(graph, node, pid)
        for other in others:
            if other.id != node.id:
                yield {"id": other.id, "name": both(other.label("en"), other.label("zh"))}
        return
    held = node.properties.get(pid)
    for value in held if isinstance(held, (list, tuple)) else [held]:
        if value is None:
            continue
        if prop.is_figure:
            # With its qualifier and its unit: figures of different units are not one column of numbers.
            yield {"str": str(stored_figure(prop, node.properties))}
        elif isinstance(value, bool):
            yield {"str": "true" if value else "false"}
        elif isinstance(value, int):
            yield {"int": value}
        else:
            yield {"str": str(value)}
