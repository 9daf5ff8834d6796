"""What a measure is: a name, a definition with its source, typed parameters, columns, and the function that
computes it on a network. `queries/measures/__init__.py` lists them all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkgraph.graph.arrays import Arrays
from parkgraph.graph.errors import BadRequest, TimedOut, UnknownName
from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.queries import library
from parkgraph.queries.explain import Reason
from parkgraph.queries.library import Column, read_value
from parkgraph.queries.measures.network import Network
from parkgraph.queries.selection import listed
from parkgraph.queries.walk import DEFAULT_FLOOR

DIGITS = 12
"""Significant digits of a result, so that what is equal but for the order of adding up is equal."""


class Parameter(library.Parameter):
    """A parameter of a measure; `several` takes a list, as texts separated by commas or repeated."""

    several: bool = False


NETWORK: Mapping[str, Parameter] = {
    "relations": Parameter(type="relation", several=True, description="only facts of these relations"),
    "layers": Parameter(type="layer", several=True, description="only facts of these layers"),
    "kinds": Parameter(type="kind", several=True, description="only entities of these kinds"),
    "status": Parameter(
        type="floor", default=DEFAULT_FLOOR, description="lowest status that counts; signed leaves only done"
    ),
    "inferred": Parameter(type="bool", default=True, description="whether inferred facts count"),
    "confidence": Parameter(
        type="float", default=0.0, ge=0, le=1, description="lowest confidence that counts"
    ),
    "ties": Parameter(
        type="str",
        default="partnership",
        choices=("partnership", "all"),
        description="partnership: only what may be a hop of a path; all: every relation",
    ),
    "fold": Parameter(
        type="kind",
        several=True,
        description="entities of these kinds (such as Agreement) become ties between their parties",
    ),
    "isolated": Parameter(
        type="bool", default=False, description="whether entities without any tie belong to the network"
    ),
    "selection": Parameter(
        type="str",
        default="all",
        description="only this part of the graph, such as neighbours:成都高新区?depth=2",
    ),
}
"""What every measure takes: which network it is computed on."""
LIMIT = Parameter(type="int", default=50, ge=1, le=1_000_000, description="how many rows at most")
WEIGHT = Parameter(
    type="str",
    default="none",
    choices=("none", "facts", "sources"),
    description="weight of a tie: none is 1, facts the number of its facts, sources the sum of their sources",
)
SEED = Parameter(type="int", default=0, ge=0, le=2**31 - 1, description="seed of what is drawn at random")


@dataclass(frozen=True, slots=True)
class Context:
    """What a measure is computed from; `values` are its own parameters, read and with defaults."""

    network: Network
    arrays: Arrays
    snapshot: Snapshot
    model: Model
    values: Mapping[str, Any]
    limit: int
    until: float
    name: str
    seconds: float

    def check(self) -> None:
        """Raises TimedOut when the time is over; called between the steps of what takes long."""
        if time.monotonic() > self.until:
            raise TimedOut(
                f"measure {self.name}: took longer than {self.seconds:g} seconds on {self.network.n} "
                f"entities and {self.network.m} ties; narrow it with selection=, kinds= or relations="
                f"{', or lower pivots=' if 'pivots' in self.values else ''}"
            )


@dataclass(frozen=True, slots=True)
class Computed:
    """Rows in their order, cut at the limit; how many there are altogether; figures of the whole network."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    figures: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[Reason] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as a function of a network.

    `source` is the work that the definition follows; `figures` describes single values about the whole
    network; `without` names parameters of NETWORK that would change nothing.
    """

    name: str
    summary: str
    summary_zh: str
    definition: str
    definition_zh: str
    source: str
    own: Mapping[str, Parameter]
    columns: Mapping[str, Column]
    compute: Callable[[Context], Computed]
    example: Mapping[str, Any]
    figures: Mapping[str, Column] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Its own parameters, then those of the network, then the limit."""
        network = {name: p for name, p in NETWORK.items() if name not in self.without}
        return {**self.own, **network, "limit": LIMIT}

    def check(self, model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values of all parameters, lists as sorted tuples. Raises UnknownName or BadRequest."""
        parameters = self.parameters
        for name in given:
            if name not in parameters:
                raise UnknownName("parameter", name, parameters, where=f"measure {self.name}")
        values: dict[str, Any] = {}
        for name, parameter in parameters.items():
            where = f"measure {self.name}: parameter {name}"
            value = given.get(name)
            if parameter.several:
                read = {read_value(where, parameter, item, model) for item in listed(value)}
                values[name] = tuple(sorted(read))
                if parameter.required and not read:
                    raise BadRequest(f"{where} is missing ({parameter.description})")
            elif value is None or value == "":
                if parameter.required:
                    raise BadRequest(f"{where} is missing ({parameter.description})")
                values[name] = parameter.default
            else:
                values[name] = read_value(where, parameter, value, model)
        return values


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values to DIGITS significant digits; what is not finite stays."""
    out = np.asarray(values, dtype=np.float64).copy()
    some = np.isfinite(out) & (out != 0)
    size = np.floor(np.log10(np.abs(out[some])))
    # Beyond 10**22 a power of ten is no exact float; such values are left as they are.
    scale = np.power(10.0, np.clip(DIGITS - 1 - size, -22, 22))
    out[some] = np.round(out[some] * scale) / scale
    return out


def ranked(
    context: Context,
    value: NDArray[Any],
    columns: Mapping[str, NDArray[Any]],
    *,
    among: NDArray[Any] | None = None,
) -> Computed:
    """One row an entity, the highest value first, then by id. `columns` are arrays over all entities;
    `among` (positions) keeps only some of them."""
    ids = context.network.ids
    chosen = np.arange(len(ids)) if among is None else np.asarray(among)
    order = chosen[np.lexsort((chosen, -value[chosen]))][: context.limit]
    lists = {name: column[order].tolist() for name, column in columns.items()}
    rows = [
        {"id": ids[i], **{name: plain(items[at]) for name, items in lists.items()}}
        for at, i in enumerate(order.tolist())
    ]
    return Computed(rows, len(chosen))


def plain(value: Any) -> Any:
    """A value for JSON: what is no number is None."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def number(value: float) -> float | None:
    """One value to DIGITS significant digits; None for what is not defined."""
    return None if not np.isfinite(value) else float(rounded(np.array([value]))[0])
