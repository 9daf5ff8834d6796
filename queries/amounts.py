"""The amounts of money that the graph states, each once however often it is told, and their sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from parkgraph.graph.errors import BadRequest
from parkgraph.graph.model import Model, Property
from parkgraph.graph.projection import stored_figure
from parkgraph.graph.quantities import LARGEST, Quantity, compatible
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Edge, Node

NOT_STATED = "not_stated"
STANDINGS = {
    "proposed": ("建议", "proposed"),
    "planned": ("计划或洽谈", "planned or under talks"),
    "approved": ("获批", "approved"),
    "done": ("已签或运营", "signed or operating"),
    "ended": ("终止", "ended"),
    "cancelled": ("取消", "cancelled"),
    NOT_STATED: ("状态未说明", "status not stated"),
}
"""What a sum never spans unasked, in order, each with its label (zh, en)."""


def stated(model: Model, status: str, where: str = "") -> str | None:
    """The name of a status by its name or label, None for `not_stated`. Raises UnknownName."""
    if str(status).strip().casefold() in (NOT_STATED, *STANDINGS[NOT_STATED]):
        return None
    return model.status_name(status, where)


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount that the graph states. `of` is the entity whose amount it is: the bearer of a property, or
    the object of the relations `facts` (empty for a property). `restated` are facts that say it again."""

    figure: str
    of: str
    quantity: Quantity
    status: str | None
    facts: tuple[str, ...] = ()
    ends: frozenset[str] = frozenset()
    restated: tuple[str, ...] = ()
    contested: bool = False

    def to_dict(self) -> dict[str, Any]:
        figure = self.quantity
        said = {"qualifier": figure.qualifier, "high": figure.high, "precision": figure.precision}
        return {
            "of": self.of,
            "value": figure.value,
            "currency": figure.unit,
            **{name: value for name, value in said.items() if value not in (None, "exact")},
            "status": self.status,
            "facts": list(self.facts),
            "restated": list(self.restated),
            "contested": self.contested,
        }


@dataclass(frozen=True, slots=True)
class Sum:
    """Figures added as they are stated, a range with its lower end. `low` and `high` are what their
    qualifiers and ranges allow, None where they set no bound (more_than); `precision` is the coarsest step
    that any of them is rounded to, None where none is known to be."""

    total: int
    low: int | None
    high: int | None
    precision: int | float | None


def added(figures: Iterable[Quantity], rate: Decimal = Decimal(1)) -> Sum:
    """Add figures of one currency, each taken `rate` times; halves go to the even unit. Raises BadRequest
    where the sum is larger than a figure can be."""
    total = Decimal(0)
    low: Decimal | None = Decimal(0)
    high: Decimal | None = Decimal(0)
    steps = []
    for figure in figures:
        value = Decimal(figure.value)
        least, most = figure.bounds()
        if least is None and value >= 0:
            least = Decimal(0)
        total += value
        low = None if low is None or least is None else low + least
        high = None if high is None or most is None else high + most
        if figure.precision is not None:
            steps.append(figure.precision)
    exact = total * rate
    if abs(exact) > LARGEST or (high is not None and abs(high * rate) > LARGEST):
        raise BadRequest(f"the sum {exact:.0f} is larger than a figure can be ({LARGEST})")
    step = max(steps, default=None)
    return Sum(
        int(exact.to_integral_value(ROUND_HALF_EVEN)),
        None if low is None else int((low * rate).to_integral_value(ROUND_FLOOR)),
        None if high is None else int((high * rate).to_integral_value(ROUND_CEILING)),
        step if step is None or rate == 1 else float(Decimal(str(step)) * rate),
    )


def joined(sums: Sequence[Sum]) -> Sum:
    lows, highs = [s.low for s in sums], [s.high for s in sums]
    total = sum(s.total for s in sums)
    if abs(total) > LARGEST:
        raise BadRequest(f"the sum {total} is larger than a figure can be ({LARGEST})")
    return Sum(
        total,
        None if None in lows else sum(low for low in lows if low is not None),
        None if None in highs else sum(high for high in highs if high is not None),
        max((s.precision for s in sums if s.precision is not None), default=None),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """The amounts of one figure, standing and currency, and their sum in that currency."""

    figure: str
    standing: str
    currency: str
    amounts: tuple[Amount, ...]
    sum: Sum

    @property
    def statuses(self) -> list[str]:
        """The statuses in it, as they are asked for."""
        return sorted({amount.status or NOT_STATED for amount in self.amounts})

    def to_dict(self) -> dict[str, Any]:
        return {
            "figure": self.figure,
            "standing": self.standing,
            "statuses": self.statuses,
            "currency": self.currency,
            "total": self.sum.total,
            "low": self.sum.low,
            "high": self.sum.high,
            "precision": self.sum.precision,
            "count": len(self.amounts),
            "amounts": [amount.to_dict() for amount in self.amounts],
        }


def standing(model: Model, status: str | None) -> str:
    """The class of a status within which amounts are added; a status of a model without the ladder's own
    rungs is a class by itself."""
    if status is None or status not in model.statuses:
        return NOT_STATED
    stated, ladder = model.statuses[status], model.statuses
    if stated.terminal:
        return "cancelled" if stated.void else "ended"
    if not {"proposed", "approved", "signed"} <= ladder.keys():
        return status
    if stated.rank <= ladder["proposed"].rank:
        return "proposed"
    if stated.rank < ladder["approved"].rank:
        return "planned"
    return "approved" if stated.rank < ladder["signed"].rank else "done"


def figures(model: Model) -> dict[str, tuple[str, str]]:
    """Every figure that can be added up, with its label (zh, en): the kinds of amounts, the amounts
    themselves whatever their kind, and the other money properties of entities."""
    found: dict[str, tuple[str, str]] = {}
    for kind in model.kinds:
        declared = model.properties_of(kind)
        for prop in _money(declared):
            found.setdefault(prop.name, (prop.zh, prop.en))
            qualifier = _kind_property(declared, prop)
            found |= {k: v for k, v in (qualifier.vocabulary if qualifier else {}).items() if k not in found}
    for relation in model.relations:
        declared = model.relation_properties(relation)
        for prop in _money(declared):
            if (qualifier := _kind_property(declared, prop)) is not None:
                found.setdefault(prop.name, (prop.zh, prop.en))
                found |= {k: v for k, v in qualifier.vocabulary.items() if k not in found}
    return found


def _money(declared: Mapping[str, Property]) -> Iterator[Property]:
    return (prop for prop in declared.values() if prop.type == "money" and not prop.multiple)


def _kind_property(declared: Mapping[str, Property], prop: Property) -> Property | None:
    """The property that says what kind of amount another one is."""
    return next((p for p in declared.values() if p.of == prop.name and p.type == "vocabulary"), None)


class Amounts:
    """Every amount of a snapshot that a figure asks for, each once however often it is told."""

    def __init__(
        self, snapshot: Snapshot, model: Model, figure: str, contested: frozenset[tuple[str, str]]
    ) -> None:
        self.snapshot, self.model, self.figure, self.contested = snapshot, model, figure, contested
        self.own = self._of_entities()
        self.told = self._of_relations()

    def all(self) -> list[Amount]:
        return sorted([*self.own.values(), *self.told], key=lambda a: (a.figure, a.of, a.facts))

    def declared_for(self, node: Node) -> Iterator[tuple[Property, Property | None]]:
        """The money properties that this entity may have and that the figure asks for, each with the
        property that says what kind of amount it is."""
        seen = set()
        for kind in sorted(self.snapshot.labels[node.id]):
            declared = self.model.properties_of(kind)
            for prop in _money(declared):
                qualifier = _kind_property(declared, prop)
                kinds = qualifier.vocabulary if qualifier is not None else {}
                if prop.name not in seen and (prop.name == self.figure or self.figure in kinds):
                    seen.add(prop.name)
                    yield prop, qualifier

    def may_have(self, node: Node, figure: str) -> bool:
        """Whether the figure is a property of this kind of entity."""
        return any(figure in self.model.properties_of(kind) for kind in self.snapshot.labels[node.id])

    def _of_entities(self) -> dict[tuple[str, str], Amount]:
        found = {}
        for node in self.snapshot.nodes.values():
            for prop, qualifier in self.declared_for(node):
                if prop.name not in node.properties:
                    continue
                figure = self._figure(prop, qualifier, node.properties)
                if self.figure in (prop.name, figure):
                    found[node.id, figure] = Amount(
                        figure,
                        node.id,
                        stored_figure(prop, node.properties),
                        node.properties.get("status"),
                        ends=frozenset([node.id]),
                        contested=(node.id, prop.name) in self.contested,
                    )
        return found

    @staticmethod
    def _figure(prop: Property, qualifier: Property | None, properties: Mapping[str, Any]) -> str:
        return str(properties.get(qualifier.name, prop.name)) if qualifier is not None else prop.name

    def _of_relations(self) -> list[Amount]:
        groups: dict[tuple[str, str], list[tuple[Edge, Amount]]] = defaultdict(list)
        for edge in self.snapshot.edges.values():
            declared = self.model.relation_properties(edge.relation)
            for prop in _money(declared):
                qualifier = _kind_property(declared, prop)
                if prop.name not in edge.properties or qualifier is None:
                    continue
                figure = self._figure(prop, qualifier, edge.properties)
                if self.figure in (prop.name, figure):
                    amount = Amount(
                        figure,
                        edge.object,
                        stored_figure(prop, edge.properties),
                        edge.status,
                        (edge.id,),
                        frozenset([edge.subject, edge.object]),
                        contested=bool(edge.properties.get("contested")),
                    )
                    groups[edge.object, figure].append((edge, amount))
        found: list[Amount] = []
        for (of, figure), told in sorted(groups.items(), key=lambda item: item[0]):
            found += self._once(of, figure, told)
        return found

    def _once(self, of: str, figure: str, told: list[tuple[Edge, Amount]]) -> list[Amount]:
        """What relations tell of one entity's figure. An amount that the entity itself has (the size of a
        fund told of each founder) is one amount, and so is one that several give jointly."""
        own = self.own.get((of, figure))
        if own is not None:
            differs = any(not compatible(own.quantity, amount.quantity) for _, amount in told)
            self.own[of, figure] = replace(
                own,
                restated=tuple(sorted(edge.id for edge, _ in told)),
                contested=own.contested or differs,
            )
            return []
        its_own = self.may_have(self.snapshot.nodes[of], figure)
        kept: list[Amount] = []
        for edge, amount in sorted(
            told, key=lambda pair: (-self.model.status_rank(pair[1].status), pair[0].id)
        ):
            joint = bool(edge.properties.get("joint"))
            same = next(
                (k for k in kept if its_own or (joint and compatible(k.quantity, amount.quantity))), None
            )
            if same is None:
                kept.append(amount)
            else:
                differs = not compatible(same.quantity, amount.quantity)
                kept[kept.index(same)] = replace(
                    same,
                    restated=tuple(sorted([*same.restated, edge.id])),
                    ends=same.ends | amount.ends,
                    contested=same.contested or amount.contested or differs,
                )
        return kept
