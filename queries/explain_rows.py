"""Why a question found nothing, in words: what was looked through, which parameter alone emptied the
answer, what the nearest answer would be, and which sources speak of whom was asked about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from parkgraph.graph.claims import Source
from parkgraph.graph.dates import parse_date
from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.store import Rows
from parkgraph.graph.subgraph import Node
from parkgraph.queries.explain import Reason
from parkgraph.queries.library import Query

MOST_NEIGHBOURS = 3
"""How many of an entity's relations an explanation names."""

_KNOWN_BY = frozenset(
    ("value", "amount", "property", "date", "valid_from", "year", "unit", "currency", "named", "unnamed")
)

Ask = Callable[[Mapping[str, Any]], Rows]


@dataclass(frozen=True, slots=True)
class NoRows:
    """Why there are no rows. `searched` counts what was looked through; `restores` are the parameters
    whose removal alone brings rows, with their number, the fewest first; `nearest` is the first row of the
    first of these; `sources` are the ids of the texts that speak of the entity asked about."""

    searched: int
    restores: tuple[tuple[str, int], ...]
    nearest: Mapping[str, Any] | None
    sources: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "searched": self.searched,
            "restores": [{"parameter": name, "rows": rows} for name, rows in self.restores],
            "nearest": dict(self.nearest) if self.nearest is not None else None,
            "sources": list(self.sources),
            "reasons": [reason.to_dict() for reason in self.reasons],
        }


def explain_rows(
    query: Query,
    given: Mapping[str, Any],
    ask: Ask,
    snapshot: Snapshot,
    model: Model,
    sources_of: Callable[[str], Iterable[Source]],
    whole: Snapshot,
    moment: Mapping[str, tuple[Any, Rows]] = MappingProxyType({}),
) -> NoRows:
    """Explain an empty answer. `given` are the parameters with entities as ids, `ask` runs the question
    with others, `sources_of` gives the sources that speak of an entity. `whole` is the snapshot without the
    moment that is asked about, `moment` its parts, each with the rows that there would be without it."""
    kept = {name: value for name, value in given.items() if value not in (None, "") and name != "limit"}
    optional = [
        name
        for name, value in kept.items()
        if not query.parameters[name].required and value != query.parameters[name].default
    ]
    words = _Words(query, snapshot, model, whole.nodes)
    searched, reasons = words.searched(kept)
    subject = next((kept[name] for name in kept if query.parameters[name].type == "entity"), None)
    if "property" in optional and subject is not None:
        reasons.append(words.unstated(subject, str(kept["property"])))
    found = {name: rows for name, (_, rows) in moment.items()}
    found |= {name: ask({key: value for key, value in kept.items() if key != name}) for name in optional}
    values = kept | {name: value for name, (value, _) in moment.items()}
    restores = sorted(((name, len(rows)) for name, rows in found.items() if rows), key=lambda item: item[1])
    reasons += [words.restored({name: values[name]}, found[name]) for name, _ in restores]
    nearest: Mapping[str, Any] | None = found[restores[0][0]][0] if restores else None
    if not restores and len(optional) > 1:
        rows = ask({key: value for key, value in kept.items() if key not in optional})
        if rows:
            nearest = rows[0]
            reasons.append(words.restored({name: kept[name] for name in optional}, rows))
    sources: tuple[Source, ...] = ()
    if subject is not None:
        if nearest is None:
            reasons.append(words.known_of(subject))
        sources = tuple(source for source in sources_of(subject) if source.kind != "editorial")
        reasons.append(words.read(subject, sources))
    return NoRows(searched, tuple(restores), nearest, tuple(source.id for source in sources), tuple(reasons))


class _Words:
    """The sentences, for one question over one graph."""

    def __init__(self, query: Query, snapshot: Snapshot, model: Model, nodes: Mapping[str, Node]) -> None:
        self._query = query
        self._snapshot = snapshot
        self._model = model
        self._nodes = nodes

    def searched(self, kept: Mapping[str, Any]) -> tuple[int, list[Reason]]:
        """How much was looked through: the facts of the entity that must be given, else the entities of
        the kind, the facts of the relation or all entities that the question's text starts from."""
        snapshot, query = self._snapshot, self._query
        required = next(
            (name for name, p in query.parameters.items() if p.required and p.type == "entity"), None
        )
        if required is not None:
            node = snapshot.nodes[kept[required]]
            number = len(snapshot.incident.get(node.id, ()))
            return number, [
                Reason(
                    f"查看了“{node.label('zh')}”与其他实体的 {number} 条事实及其属性，没有符合的。",
                    f"{node.label('en')} has {number} facts with other entities, and its own properties; "
                    "none fits.",
                )
            ]
        label = re.search(r"\(\w*:(\w+)", query.text)
        relation = re.search(r"\[\w*:([A-Z_]+)\]", query.text.split("\n")[0])
        kind = self._model.kinds.get(label[1]) if label else None
        if kind is not None and label is not None:
            number = sum(label[1] in labels for labels in snapshot.labels.values())
            zh, en = f"个{kind.zh}", f"entities of the kind {kind.en}"
        elif relation is not None and relation[1] in self._model.relations:
            number = sum(edge.relation == relation[1] for edge in snapshot.edges.values())
            spec = self._model.relations[relation[1]]
            zh, en = f"条“{spec.zh}”事实", f"facts of the relation “{spec.en}”"
        elif label is not None and label[1] in ("Fact", "Claim"):
            number = len(snapshot.edges)
            zh, en = "条关系事实", "relation facts"
        else:
            number = len(snapshot.nodes)
            zh, en = "个实体", "entities"
        return number, [
            Reason(
                f"查找了 {number} {zh}，没有一个符合全部条件。",
                f"{number} {en} were looked through; none meets every condition.",
            )
        ]

    def restored(self, dropped: Mapping[str, Any], rows: Rows) -> Reason:
        """What the answer would be without some parameters."""
        many = f"{len(rows)}+" if rows.truncated else str(len(rows))
        zh, en = (
            join.join(f"{name}={self._value(name, value, lang)}" for name, value in dropped.items())
            for lang, join in (("zh", "、"), ("en", " and "))
        )
        return Reason(
            f"若去掉 {zh}，则有 {many} 个结果，最接近的是：{self._row(rows[0], 'zh')}。",
            f"Without {en} there would be {many}; the nearest is: {self._row(rows[0], 'en')}.",
        )

    def unstated(self, subject: str, name: str) -> Reason:
        node, prop = self._snapshot.nodes[subject], self._model.entity_properties[name]
        return Reason(
            f"没有来源说明“{node.label('zh')}”的{prop.zh}。",
            f"No source states the {prop.en} of {node.label('en')}.",
        )

    def known_of(self, subject: str) -> Reason:
        """What else is known of an entity, by its commonest relations."""
        node = self._snapshot.nodes[subject]
        counted = Counter(edge.relation for edge in self._snapshot.incident.get(subject, ()))
        most = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MOST_NEIGHBOURS]
        if not most:
            return Reason(
                f"除名称等属性外，对“{node.label('zh')}”没有已知的事实。",
                f"Nothing but its own properties is known of {node.label('en')}.",
            )
        relations = self._model.relations
        zh = "、".join(f"{relations[name].zh}（{number}）" for name, number in most)
        en = ", ".join(f"{relations[name].en} ({number})" for name, number in most)
        return Reason(
            f"对“{node.label('zh')}”已知的是：{zh}。", f"What is known of {node.label('en')}: {en}."
        )

    def read(self, subject: str, sources: tuple[Source, ...]) -> Reason:
        """Which sources were read, and by when what they do not date must have been so."""
        node = self._snapshot.nodes[subject]
        dates = sorted((s.published for s in sources if s.published), key=lambda d: parse_date(d).latest)
        by_zh = f"，最早的发布于 {dates[0]}，其中已成之事不晚于此" if dates else ""
        by_en = f"; the first is of {dates[0]}, and what it tells as done was done by then" if dates else ""
        return Reason(
            f"谈到“{node.label('zh')}”的来源有 {len(sources)} 个{by_zh}。",
            f"Sources that speak of {node.label('en')}: {len(sources)}{by_en}.",
        )

    def _value(self, name: str, value: Any, lang: str) -> str:
        parameter = self._query.parameters.get(name)
        if parameter is not None and parameter.type == "entity" and value in self._snapshot.nodes:
            return self._snapshot.nodes[value].label(lang)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _row(self, row: Mapping[str, Any], lang: str) -> str:
        """A row by what a reader knows it by: its entities, relation, status, figure and date."""
        model, nodes = self._model, self._nodes
        parts: list[str] = []
        for name, column in self._query.columns.items():
            value = row[name]
            if value is None:
                continue
            if column.type == "node" and value in nodes:
                parts.append(nodes[value].label(lang))
            elif name == "relation" and value in model.relations:
                parts.append(model.relations[value].label(lang))
            elif name in ("status", "says") and value in model.statuses:
                parts.append(model.statuses[value].label(lang))
            elif name in _KNOWN_BY:
                parts.append(str(value))
        return " · ".join(parts)
