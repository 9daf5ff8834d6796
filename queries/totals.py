"""Sums of money that never mix what a source keeps apart: one kind of figure, one standing (planned is not
done) and one currency. What spans several is refused with its subtotals, or added on request and then said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from parkgraph.graph.errors import BadRequest, UnknownName
from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Node
from parkgraph.graph.written_figures import CURRENCIES
from parkgraph.queries.amounts import (
    NOT_STATED,
    STANDINGS,
    Amount,
    Amounts,
    Group,
    Sum,
    added,
    figures,
    joined,
    standing,
)
from parkgraph.queries.explain import Reason
from parkgraph.queries.totals_in_words import (
    refusal,
    said_of_amounts,
    said_of_mixing,
    said_of_nothing,
    said_of_possible,
    said_of_silence,
    said_of_sum,
)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum, or the reasons why there is nothing to add; false where nothing is. `mixed` names what it
    spans: figure, standing, currency. `not_stated` are entities that could have the figure and of which no
    source states it; they are not counted as 0. `notes` say in both languages what a reader must know."""

    figure: str
    currency: str | None
    sum: Sum | None
    mixed: tuple[str, ...]
    groups: tuple[Group, ...]
    rates: Mapping[str, Decimal]
    not_stated: tuple[Node, ...]
    notes: tuple[Reason, ...]
    nodes: Mapping[str, Node]
    version: int

    def __bool__(self) -> bool:
        return self.sum is not None

    @property
    def total(self) -> int | None:
        """The sum in whole units of `currency`."""
        return self.sum.total if self.sum is not None else None

    @property
    def low(self) -> int | None:
        return self.sum.low if self.sum is not None else None

    @property
    def high(self) -> int | None:
        return self.sum.high if self.sum is not None else None

    def to_dict(self) -> dict[str, Any]:
        return {
            "figure": self.figure,
            "currency": self.currency,
            "total": self.total,
            "low": self.low,
            "high": self.high,
            "precision": self.sum.precision if self.sum is not None else None,
            "mixed": list(self.mixed),
            "rates": {currency: str(rate) for currency, rate in self.rates.items()},
            "groups": [group.to_dict() for group in self.groups],
            "not_stated": [node.id for node in self.not_stated],
            "notes": [note.to_dict() for note in self.notes],
            "nodes": [node.to_dict() for node in self.nodes.values()],
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be added: a figure, and what narrows it. `about` is an entity's id; `rates` are what one
    unit of a currency is worth in the currency of the sum."""

    figure: str
    statuses: tuple[str, ...] = ()
    currency: str | None = None
    about: str | None = None
    mix: bool = False
    rates: Mapping[str, Decimal] | None = None

    def check(self) -> None:
        """Raises UnknownName or BadRequest."""
        for currency in (*(self.rates or ()), *([self.currency] if self.currency is not None else ())):
            if currency not in CURRENCIES:
                raise UnknownName("currency", currency, CURRENCIES, where="total")
        if self.currency is not None and self.currency in (self.rates or {}):
            raise BadRequest(f"total: the sum is in {self.currency}, so {self.currency} has no rate")


def read_rates(given: Mapping[str, Any] | Iterable[str] | None) -> dict[str, Decimal]:
    """Rates from a mapping or from texts like `USD=7.1`. Raises BadRequest."""
    pairs: list[tuple[str, Any]] = []
    if isinstance(given, Mapping):
        pairs = list(given.items())
    else:
        for text in given or ():
            currency, _, rate = text.partition("=")
            pairs.append((currency.strip(), rate.strip()))
    found: dict[str, Decimal] = {}
    for currency, rate in pairs:
        try:
            number = Decimal(str(rate))
        except InvalidOperation:
            number = Decimal("NaN")
        if not (number.is_finite() and 0 < number < 10**9):
            raise BadRequest(f"total: {currency}={rate} is no rate; expected a number above 0, as in USD=7.1")
        if currency in found:
            raise BadRequest(f"total: the rate of {currency} is given twice")
        found[currency] = number
    return found


def add_up(
    snapshot: Snapshot, model: Model, asked: Asked, contested: frozenset[tuple[str, str]] = frozenset()
) -> Total:
    """The sum that is asked for. `contested` are properties, as (entity, name), on which sources differ.

    Raises MixedAmounts where the amounts are of several figures, standings or currencies and that was not
    asked for; UnknownName or BadRequest where the question cannot be understood.
    """
    asked.check()
    amounts = Amounts(snapshot, model, asked.figure, contested)
    every = amounts.all()
    rates = dict(asked.rates or {})
    near = _near(snapshot, model, asked.about)

    def fits(amount: Amount) -> bool:
        return (
            (not asked.statuses or (amount.status or NOT_STATED) in asked.statuses)
            and (bool(rates) or asked.currency in (None, amount.quantity.unit))
            and (
                asked.about is None or asked.about in amount.ends or (not amount.facts and amount.of in near)
            )
        )

    groups = _grouped([amount for amount in every if fits(amount)], model)
    silent = _not_stated(amounts, asked, near, {amount.of for amount in every})
    labels = figures(model)
    if not groups:
        there = {
            (amount.figure, amount.of, amount.facts): amount
            for name in labels
            for amount in Amounts(snapshot, model, name, contested).all()
            if amount.figure == name
        }
        others = _grouped([there[key] for key in sorted(there)], model)
        notes = [
            *said_of_nothing(asked.figure, labels, _grouped(every, model), others),
            *said_of_silence(silent),
        ]
        return _answer(asked, None, None, (), groups, {}, silent, notes, snapshot)
    spans = tuple(
        name
        for name in ("figure", "standing", "currency")
        if len({getattr(group, name) for group in groups}) > 1
    )
    currency = _target(asked, groups, rates)
    unrated = {group.currency for group in groups} - rates.keys() - {currency}
    refused = [n for n in spans if (n == "currency" and unrated) or (n != "currency" and not asked.mix)]
    if refused or currency is None or unrated:
        raise refusal(asked.figure, groups, refused or ["currency"], labels)
    whole = joined(
        [added((a.quantity for a in g.amounts), rates.get(g.currency, Decimal(1))) for g in groups]
    )
    used = {code: rate for code, rate in rates.items() if any(g.currency == code for g in groups)}
    notes = [
        *said_of_mixing(spans, groups, labels, used, currency),
        *said_of_sum(whole, currency),
        *said_of_amounts(groups, snapshot),
        *said_of_possible(groups, snapshot),
        *said_of_silence(silent),
    ]
    return _answer(asked, currency, whole, spans, groups, used, silent, notes, snapshot)


def _answer(
    asked: Asked,
    currency: str | None,
    whole: Sum | None,
    spans: tuple[str, ...],
    groups: tuple[Group, ...],
    rates: Mapping[str, Decimal],
    silent: tuple[Node, ...],
    notes: Iterable[Reason],
    snapshot: Snapshot,
) -> Total:
    ids = {a.of for g in groups for a in g.amounts} | {node.id for node in silent}
    nodes = {i: snapshot.nodes[i] for i in sorted(ids)}
    return Total(
        asked.figure, currency, whole, spans, groups, rates, silent, tuple(notes), nodes, snapshot.version
    )


def _near(snapshot: Snapshot, model: Model, about: str | None) -> frozenset[str]:
    """What an entity has a relation with that has a direction: it set it up, signed it, is part of it."""
    if about is None:
        return frozenset()
    return frozenset(
        end
        for edge in snapshot.incident.get(about, ())
        if not model.relations[edge.relation].symmetric
        for end in (edge.subject, edge.object)
    )


def _grouped(amounts: Iterable[Amount], model: Model) -> tuple[Group, ...]:
    found: dict[tuple[str, str, str], list[Amount]] = defaultdict(list)
    for amount in amounts:
        key = (amount.figure, standing(model, amount.status), amount.quantity.unit or "")
        found[key].append(amount)
    order = list(STANDINGS)

    def place(key: tuple[str, str, str]) -> tuple[Any, ...]:
        return (key[0], order.index(key[1]) if key[1] in order else len(order), key[1], key[2])

    return tuple(
        Group(*key, tuple(found[key]), added(amount.quantity for amount in found[key]))
        for key in sorted(found, key=place)
    )


def _not_stated(amounts: Amounts, asked: Asked, near: frozenset[str], stated: set[str]) -> tuple[Node, ...]:
    """Entities that may have the figure and meet what is asked, of which no source states it."""
    return tuple(
        node
        for identifier, node in sorted(amounts.snapshot.nodes.items())
        if identifier not in stated
        and (asked.about is None or identifier == asked.about or identifier in near)
        and (not asked.statuses or (node.properties.get("status") or NOT_STATED) in asked.statuses)
        and amounts.may_have(node, asked.figure)
    )


def _target(asked: Asked, groups: Sequence[Group], rates: Mapping[str, Decimal]) -> str | None:
    """The currency of the sum: the one asked for, else the only one that has no rate."""
    if asked.currency is not None:
        return asked.currency
    left = {group.currency for group in groups} - rates.keys()
    if not left:
        raise BadRequest(
            f"total: every amount is in a currency with a rate ({', '.join(sorted(rates))}); "
            "say in which currency the sum is to be"
        )
    return left.pop() if len(left) == 1 else None
