"""Measures of the network, each with its definition, its parameters and what it was computed on.

scipy does the sparse work, rustworkx the cores, bridges and blocks, graspologic-native the Leiden
algorithm; igraph, which does all of it, is under the GPL and so only checks the results in the tests.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from parkgraph.graph.arrays import Arrays, arrays_from
from parkgraph.graph.errors import UnknownName
from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Subgraph
from parkgraph.graph.view import Moment
from parkgraph.queries.explain import Reason
from parkgraph.queries.measures.defined import Computed, Context, Measure
from parkgraph.queries.measures.groups import BROKERAGE
from parkgraph.queries.measures.growth import GROWTH
from parkgraph.queries.measures.network import Network, floor_of, network_of
from parkgraph.queries.measures.position import (
    BETWEENNESS,
    CLOSENESS,
    CLUSTERING,
    CONSTRAINT,
    CORE,
    DEGREE,
    PAGERANK,
)
from parkgraph.queries.measures.projection import PROJECTION
from parkgraph.queries.measures.structure import (
    BRIDGES,
    COMMUNITIES,
    COMPONENTS,
    CORE_PERIPHERY,
    DENSITY,
    LAYERS,
)

KEPT = 64
KEPT_ROWS = 200_000
"""How many answers of a store are kept, and of how many rows altogether."""

_ALL: tuple[Measure, ...] = (
    DEGREE,
    BETWEENNESS,
    CLOSENESS,
    PAGERANK,
    CORE,
    CLUSTERING,
    CONSTRAINT,
    BROKERAGE,
    BRIDGES,
    COMPONENTS,
    COMMUNITIES,
    CORE_PERIPHERY,
    PROJECTION,
    DENSITY,
    LAYERS,
    GROWTH,
)


def measures() -> Mapping[str, Measure]:
    """All measures, by name."""
    return {measure.name: measure for measure in _ALL}


def measure_named(name: str) -> Measure:
    """Raises UnknownName with what was probably meant."""
    found = measures().get(name)
    if found is None:
        raise UnknownName("measure", name, measures(), http_status=404)
    return found


@dataclass(frozen=True, slots=True)
class MeasureAnswer:
    """Rows of a measure with all that is needed to understand and to repeat them.

    `parameters` are those used, defaults included; `network` counts what it was computed on, done and planned
    apart; `figures` are single values about it; `total` is the number of rows before the limit cut them.
    """

    measure: Measure
    rows: Sequence[Mapping[str, Any]]
    total: int
    figures: Mapping[str, Any]
    parameters: Mapping[str, Any]
    moment: Moment
    version: int
    model: str
    network: Mapping[str, int]
    notes: Sequence[Reason]
    names: Mapping[str, Mapping[str, str]]

    @property
    def truncated(self) -> bool:
        return len(self.rows) < self.total

    @property
    def selection(self) -> str:
        return str(self.parameters["selection"])

    def __len__(self) -> int:
        return len(self.rows)

    def to_dict(self) -> dict[str, Any]:
        return {
            "measure": self.measure.name,
            "definition": self.measure.definition,
            "definition_zh": self.measure.definition_zh,
            "source": self.measure.source,
            "parameters": {
                key: list(value) if isinstance(value, tuple) else value
                for key, value in self.parameters.items()
            }
            | self.moment.to_dict(),
            "selection": self.selection,
            "version": self.version,
            "model": self.model,
            "network": dict(self.network),
            "figures": dict(self.figures),
            "rows": [dict(row) for row in self.rows],
            "total": self.total,
            "truncated": self.truncated,
            "notes": [note.to_dict() for note in self.notes],
            "names": {key: dict(value) for key, value in self.names.items()},
        }


_kept: WeakKeyDictionary[Snapshot, OrderedDict[tuple[Any, ...], MeasureAnswer]] = WeakKeyDictionary()
_keeping = threading.Lock()


def measured(
    measure: Measure,
    snapshot: Snapshot,
    model: Model,
    given: Mapping[str, Any],
    *,
    moment: Moment,
    part: Callable[[str], Subgraph],
    possible: Callable[[], set[str]],
    seconds: float,
) -> MeasureAnswer:
    """Compute a measure on a snapshot, or give the answer that was computed before.

    `part` gives what a selection names, `possible` the facts that only possibly held at the moment. Raises
    UnknownName or BadRequest for parameters, TimedOut where it takes longer than `seconds`.
    """
    values = measure.check(model, given)
    values["status"] = floor_of(model, values)
    key = (measure.name, model.digest, *sorted((name, repr(value)) for name, value in values.items()))
    with _keeping:
        kept = _kept.setdefault(snapshot, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    until = time.monotonic() + seconds
    within = None
    if values["selection"] != "all":
        chosen = part(values["selection"])
        within = ([node.id for node in chosen.nodes], [edge.id for edge in chosen.edges])
    arrays = arrays_from(snapshot, model)
    network = network_of(arrays, model, values, within)
    context = Context(network, arrays, snapshot, model, values, values["limit"], until, measure.name, seconds)
    context.check()
    computed = measure.compute(context)
    answer = MeasureAnswer(
        measure,
        computed.rows,
        computed.total,
        computed.figures,
        values,
        moment,
        snapshot.version,
        model.digest,
        network.counts(),
        [*_notes(network, values), *_uncertain(network, arrays, moment, possible), *computed.notes],
        _names(measure, computed, snapshot, model),
    )
    with _keeping:
        kept[key] = answer
        while len(kept) > 1 and (len(kept) > KEPT or sum(map(len, kept.values())) > KEPT_ROWS):
            kept.popitem(last=False)
    return answer


def _notes(network: Network, values: Mapping[str, Any]) -> list[Reason]:
    """What must be known of every answer: that planned counts with done, and what was left out."""
    counts, notes = network.counts(), []
    if not counts["facts"]:
        notes.append(
            Reason(
                "这些条件下网络中没有联系",
                "with these parameters the network has no ties; fewer filters give some",
            )
        )
    if counts["planned"] or counts["unstated"]:
        notes.append(
            Reason(
                f"网络含计划中的事实 {counts['planned']} 条、状态未说明的 {counts['unstated']} 条；"
                "status=signed 只计已成者",
                f"of the {counts['facts']} facts {counts['planned']} are planned and {counts['unstated']} of "
                "no stated status; status=signed keeps only what is done",
            )
        )
    if network.loops:
        notes.append(
            Reason(
                f"{network.loops} 条主体与自身的事实未计入",
                f"{network.loops} facts of an entity with itself are left out",
            )
        )
    if values.get("fold"):
        notes.append(
            Reason(
                f"{'、'.join(values['fold'])} 已折叠为其各方之间的联系",
                f"{', '.join(values['fold'])} are folded to ties between their parties",
            )
        )
    return notes


def _uncertain(
    network: Network, arrays: Arrays, moment: Moment, possible: Callable[[], set[str]]
) -> Iterator[Reason]:
    """How many of the facts as of a day only possibly held then."""
    if moment.as_of is None or moment.certain:
        return
    only, ids = possible(), arrays.facts
    n = sum(any(i >= 0 and ids[i] in only for i in pair) for pair in network.facts.tolist())
    if n:
        day = moment.as_of.text
        yield Reason(
            f"其中 {n} 条事实在 {day} 只是可能存在：没有来源说明那时确已存在；certain=true 只计确定的",
            f"{n} of the facts only possibly held on {day}: no source says that they did; certain=true "
            "leaves them out",
        )


def _names(
    measure: Measure, computed: Computed, snapshot: Snapshot, model: Model
) -> dict[str, dict[str, str]]:
    """What the entities in the rows are called, by id, in each language."""
    one = [name for name, column in measure.columns.items() if column.type == "node"]
    several = [name for name, column in measure.columns.items() if column.type == "nodes"]
    found = {row[name] for row in computed.rows for name in one if row.get(name) is not None}
    found |= {item for row in computed.rows for name in several for item in row.get(name) or ()}
    nodes = snapshot.nodes
    return {i: {lang: nodes[i].label(lang) for lang in model.languages} for i in sorted(found)}
