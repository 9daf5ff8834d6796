"""How the network grew: facts and entities that are new in each year, with what bears no year apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkgraph.queries.library import Column
from parkgraph.queries.measures.defined import Computed, Context, Measure, Parameter
from parkgraph.queries.measures.network import STANDINGS, Network, layer_parts

NO_YEAR = 0


def years_of(net: Network) -> NDArray[np.int64]:
    """The year in which each fact began, NO_YEAR where it is not stated or may be one of several."""
    year = (net.from_min // 10_000).astype(np.int64)
    return np.where(year == net.from_max // 10_000, year, NO_YEAR)


def _growth(context: Context) -> Computed:
    net, by = context.network, context.values["by"]
    parts: list[tuple[str | None, Network]] = [(None, net)]
    if by == "relation":
        parts = [(name, net.part(net.relation == code)) for code, name in enumerate(net.relations)]
    elif by == "layer":
        parts = layer_parts(net, context.values["layers"])
    elif by == "standing":
        parts = [(name, net.part(net.standing == code)) for code, name in enumerate(STANDINGS)]
    rows = []
    for name, part in parts:
        if part.n_facts:
            rows += [({} if by == "total" else {by: name}) | row for row in _years(part)]
    undated = int((years_of(net) == NO_YEAR).sum())
    return Computed(rows[: context.limit], len(rows), {"undated": undated})


def _years(net: Network) -> list[dict[str, Any]]:
    """A row for every year from the first to the last, then one for what bears no year."""
    year = years_of(net)
    ends, twice = np.concatenate((net.subject, net.object)), np.tile(year, 2)
    # An entity is new in the first year that a fact of it bears.
    first = np.full(net.n, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(first, ends[twice != NO_YEAR], twice[twice != NO_YEAR])
    touched = np.bincount(ends, minlength=net.n) > 0
    never = int((touched & (first == np.iinfo(np.int64).max)).sum())
    known = np.unique(year[year != NO_YEAR])
    rows: list[dict[str, Any]] = []
    facts = entities = 0
    for when in range(int(known[0]), int(known[-1]) + 1) if len(known) else ():
        new = year == when
        arrived = int((first == when).sum())
        facts, entities = facts + int(new.sum()), entities + arrived
        rows.append(
            {
                "year": when,
                "facts": int(new.sum()),
                **_standing(net, new),
                "entities": arrived,
                "facts_so_far": facts,
                "entities_so_far": entities,
            }
        )
    without = year == NO_YEAR
    if without.any():
        last = {"year": None, "facts": int(without.sum()), **_standing(net, without), "entities": never}
        rows.append({**last, "facts_so_far": None, "entities_so_far": None})
    return rows


def _standing(net: Network, mask: NDArray[np.bool_]) -> dict[str, int]:
    counts = np.bincount(net.standing[mask], minlength=len(STANDINGS)).tolist()
    return dict(zip(STANDINGS, counts, strict=True))


GROWTH = Measure(
    name="growth",
    summary="New facts and entities in each year, done and planned apart",
    summary_zh="每年新增的事实与主体，已成与计划分开",
    definition="A fact is new in the year in which it began; one whose beginning is not stated, or may lie "
    "in several years, is in the row without a year and never spread over others. An entity is new in the "
    "first year that a fact of it bears; one of undated facts only is in the row without a year. So far: "
    "sums of the years up to this one.",
    definition_zh="事实计入其开始之年；开始时间未说明或可能跨年者列在无年份一行，绝不摊入他年。主体计入其事"
    "实的最早之年；只有无日期事实者列在无年份一行。so_far 为至该年的累计。",
    source="counts",
    own={
        "by": Parameter(
            type="str",
            default="total",
            choices=("total", "relation", "layer", "standing"),
            description="years of the whole network, or of each of these",
        )
    },
    columns={
        "relation": Column(type="str", description="by=relation: the relation", nullable=True),
        "layer": Column(type="str", description="by=layer: the layer", sought=True, nullable=True),
        "standing": Column(type="str", description="by=standing: done, planned or unstated", nullable=True),
        "year": Column(type="int", description="the year", sought=True, nullable=True),
        "facts": Column(type="int", description="facts that began in it"),
        "done": Column(type="int", description="of these, done (as they stand now)"),
        "planned": Column(type="int", description="planned, not done"),
        "unstated": Column(type="int", description="whose status no source states"),
        "entities": Column(type="int", description="entities that are new in it"),
        "facts_so_far": Column(type="int", description="facts up to it", nullable=True),
        "entities_so_far": Column(type="int", description="entities up to it", nullable=True),
    },
    compute=_growth,
    figures={"undated": Column(type="int", description="facts without a year")},
    without=("isolated",),
    example={"limit": 20},
)
