"""Where an entity stands in the network: degree, closeness, betweenness, PageRank, core, clustering,
constraint.

rustworkx counts the shortest paths of small networks; of large ones they are counted here from a sample of
entities, in steps that can be stopped and that let other threads work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from parkgraph.queries.explain import Reason
from parkgraph.queries.library import Column
from parkgraph.queries.measures.defined import (
    SEED,
    WEIGHT,
    Computed,
    Context,
    Measure,
    Parameter,
    number,
    plain,
    ranked,
    rounded,
)
from parkgraph.queries.measures.network import DONE, PLANNED, UNSTATED, Network, layer_parts

EXACT_WORK = 10_000_000
"""Up to this product of entities and ties (counted with the entities) every shortest path is counted."""
PIVOTS = 256
_CELLS = 2_000_000
_ID = {"id": Column(type="node", description="the entity")}
_DEGREE = Column(type="int", description="how many other entities it is tied to")
_PIVOT = Parameter(
    type="int",
    ge=1,
    le=100_000,
    description="how many entities of a component paths are counted from; all where it has no more. Not "
    f"given: all up to a work (entities times ties) of {EXACT_WORK:,}, beyond that {PIVOTS}",
)


# -- degree ------------------------------------------------------------------------------------


def _degree(context: Context) -> Computed:
    net, by = context.network, context.values["by"]
    only = context.values["entity"]
    if by == "year":
        return _degree_by_year(context)
    parts: list[tuple[str | None, Network]] = [(None, net)]
    if by == "relation":
        parts = [(name, net.part(net.relation == code)) for code, name in enumerate(net.relations)]
    elif by == "layer":
        parts = layer_parts(net, context.values["layers"])
    found = []
    for name, part in parts:
        if part.n_facts or by == "total":
            table = _degree_table(part)
            table["name"] = np.array([name] * net.n, dtype=object)
            table["entity"] = np.arange(net.n)
            shown = table["facts"] > 0 if by != "total" else np.ones(net.n, dtype=bool)
            if only is not None:
                shown &= np.fromiter((i == only for i in net.ids), dtype=bool, count=net.n)
            found.append({key: column[shown] for key, column in table.items()})
    if not found:
        return Computed((), 0)
    whole = {key: np.concatenate([table[key] for table in found]) for key in found[0]}
    names = np.array([str(name) for name in whole["name"]])
    order = np.lexsort((names, whole["entity"], -whole["facts"], -whole["degree"]))[: context.limit]
    rows = []
    for at in order.tolist():
        row: dict[str, Any] = {"id": net.ids[int(whole["entity"][at])]}
        row |= {} if by == "total" else {by: whole["name"][at]}
        rows.append(row | {key: int(whole[key][at]) for key in _degree_keys})
    return Computed(rows, len(whole["entity"]))


_degree_keys = ("degree", "degree_done", "facts", "sources", "done", "planned", "unstated")


def _degree_table(net: Network) -> dict[str, NDArray[Any]]:
    """For each entity its ties and facts, done and planned apart."""
    ends = np.concatenate((net.subject, net.object))
    twice = np.tile(net.standing, 2)

    def count(of: NDArray[Any], weights: NDArray[Any] | None = None) -> NDArray[np.int64]:
        return np.bincount(of, weights=weights, minlength=net.n).astype(np.int64)

    return {
        "degree": count(np.concatenate(net.pairs)),
        "degree_done": count(np.concatenate(net.part(net.standing == DONE).pairs)),
        "facts": count(ends),
        "sources": count(ends, np.tile(net.sources, 2)),
        "done": count(ends[twice == DONE]),
        "planned": count(ends[twice == PLANNED]),
        "unstated": count(ends[twice == UNSTATED]),
    }


def _degree_by_year(context: Context) -> Computed:
    net, only = context.network, context.values["entity"]
    dated = net.from_min > 0
    if not dated.any():
        return Computed((), 0, notes=[_UNDATED_ALL])
    first, last = int(net.from_min[dated].min()) // 10_000, int(net.from_min[dated].max()) // 10_000
    undated = np.bincount(np.concatenate(net.part(~dated).pairs), minlength=net.n)
    table = []
    for year in range(first, last + 1):
        context.check()
        start, end = year * 10_000 + 101, year * 10_000 + 1231
        possible = dated & (net.from_min <= end) & (net.to_max >= start)
        certain = possible & (net.from_max <= start) & (net.to_min >= end)
        done = possible & (net.standing == DONE)
        table.append(
            [
                np.bincount(np.concatenate(net.part(m).pairs), minlength=net.n)
                for m in (possible, certain, done)
            ]
        )
    cube = np.array(table)  # years, what, entities
    entities = np.arange(net.n) if only is None else np.array([i for i in range(net.n) if net.ids[i] == only])
    entities = entities[cube[:, 0, :].max(axis=0)[entities] > 0]
    order = entities[np.lexsort((entities, -cube[:, 0, :].max(axis=0)[entities]))]
    years = range(first, last + 1)
    rows = [
        {
            "id": net.ids[i],
            "year": year,
            "degree": int(cube[at, 0, i]),
            "certain": int(cube[at, 1, i]),
            "degree_done": int(cube[at, 2, i]),
            "undated": int(undated[i]),
        }
        for i in order[: context.limit // len(years) + 1].tolist()
        for at, year in enumerate(years)
    ]
    return Computed(rows[: context.limit], len(order) * len(years))


_UNDATED_ALL = Reason("网络中没有注明起始日期的事实", "no fact of the network states when it began")

DEGREE = Measure(
    name="degree",
    summary="How many others an entity is tied to, by relation, layer or year",
    summary_zh="一个主体与多少其他主体有联系，可按关系、层面或年份分列",
    definition="The number of other entities that it is tied to by at least one fact, whichever way the fact "
    "points; beside it the number of those facts, done, planned and unstated apart, and the sum of their "
    "sources. By year: the entities it was possibly tied to on some day of the year, by facts whose start is "
    "stated and that had not ended; certain are those that held on all its days. Statuses are those of now: "
    "as_of= tells what stood on a day.",
    definition_zh="与之至少有一条事实相连的其他主体的数目，不论事实的方向；并列出事实数（已成、计划、未说明"
    "分开）和来源数之和。按年份：在该年某日可能相连的主体数，只计注明起始日期且未终止者；certain 为全年每日"
    "都相连者。",
    source="Freeman 1978, Centrality in social networks",
    own={
        "by": Parameter(
            type="str",
            default="total",
            choices=("total", "relation", "layer", "year"),
            description="one row an entity, or one for each of its relations, layers or years",
        ),
        "entity": Parameter(type="entity", description="only this entity, by id or name"),
    },
    columns={
        **_ID,
        "relation": Column(type="str", description="by=relation: the relation", nullable=True),
        "layer": Column(type="str", description="by=layer: the layer", sought=True, nullable=True),
        "year": Column(type="int", description="by=year: the year", nullable=True),
        "degree": _DEGREE,
        "degree_done": Column(type="int", description="how many of these by a fact that is done"),
        "facts": Column(type="int", description="facts that tie it", nullable=True),
        "sources": Column(type="int", description="sum of the sources of those facts", nullable=True),
        "done": Column(type="int", description="facts that are done", nullable=True),
        "planned": Column(type="int", description="facts that are planned, not done", nullable=True),
        "unstated": Column(type="int", description="facts whose status no source states", nullable=True),
        "certain": Column(type="int", description="by=year: tied on every day of the year", nullable=True),
        "undated": Column(type="int", description="by=year: tied, at a time not stated", nullable=True),
    },
    compute=_degree,
    example={"by": "relation", "relations": "SIGNED", "limit": 5},
)


# -- shortest paths ----------------------------------------------------------------------------


def _pivots(
    context: Context, label: NDArray[Any], sizes: NDArray[Any]
) -> tuple[NDArray[np.int64], list[Reason]]:
    """The entities that paths are counted from: of every component all, or a sample where it has more."""
    number_ = context.values["pivots"] or PIVOTS
    large = np.flatnonzero(sizes > number_)
    chosen = [np.flatnonzero(~np.isin(label, large))]
    draw = np.random.default_rng(context.values["seed"])
    for component in large.tolist():
        chosen.append(np.sort(draw.choice(np.flatnonzero(label == component), number_, replace=False)))
    notes = []
    if len(large):
        seed = context.values["seed"]
        notes.append(
            Reason(
                f"近似值：超过 {number_} 个主体的分量中只从 {number_} 个抽样主体（种子 {seed}）出发计算",
                f"approximate: in components of more than {number_} entities, paths are counted from "
                f"{number_} pivots only, drawn with seed {seed}",
            )
        )
    return np.concatenate(chosen), notes


def _is_small(context: Context) -> bool:
    """Whether every path is counted: nobody asked for pivots, and the work is little."""
    net = context.network
    return context.values["pivots"] is None and net.n * (net.n + net.m) <= EXACT_WORK


# rustworkx adds up in several threads from this many entities on, and so not always to the last digit.
_ONE_THREAD = 2**62


class _Walk:
    """Shortest paths from one entity: `distance` (n), -1 where there is none; `paths` (n) their number;
    `steps` the ties from one distance to the next, as (near ends, far ends)."""

    def __init__(self, adjacency: sparse.csr_array, source: int) -> None:
        n = adjacency.shape[0]
        starts, others = adjacency.indptr, adjacency.indices
        self.distance = np.full(n, -1, dtype=np.int32)
        self.paths = np.zeros(n)
        self.steps: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self.distance[source], self.paths[source] = 0, 1.0
        front = np.array([source])
        while len(front):
            number_ = starts[front + 1] - starts[front]
            ends = np.cumsum(number_)
            at = np.arange(ends[-1]) + np.repeat(starts[front] - (ends - number_), number_)
            near, far = np.repeat(front, number_), others[at]
            fresh = self.distance[far] < 0
            near, far = near[fresh], far[fresh]
            if not len(far):
                break
            self.steps.append((near, far))
            self.paths += np.bincount(far, weights=self.paths[near], minlength=n)
            self.distance[far] = len(self.steps)
            front = np.flatnonzero(np.bincount(far, minlength=n))

    def dependency(self) -> NDArray[np.float64]:
        """For each entity the sum, over all others, of the share of the paths there that pass it (n)."""
        owed = np.zeros(len(self.paths))
        for near, far in reversed(self.steps):
            share = self.paths[near] / self.paths[far] * (1.0 + owed[far])
            owed += np.bincount(near, weights=share, minlength=len(owed))
        return owed


def _betweenness(context: Context) -> Computed:
    net = context.network
    notes: list[Reason] = []
    if _is_small(context):
        found: Any = rx.betweenness_centrality(
            undirected(net), normalized=False, parallel_threshold=_ONE_THREAD
        )
        total = np.array([found[i] for i in range(net.n)], dtype=np.float64)
    else:
        adjacency = net.adjacency()
        count, label = connected_components(adjacency, directed=False)
        sizes = np.bincount(label, minlength=count)
        sources, notes = _pivots(context, label, sizes)
        share = sizes / np.bincount(label[sources], minlength=count)
        total = np.zeros(net.n)
        for source in sources.tolist():
            context.check()
            owed = _Walk(adjacency, source).dependency()
            owed[source] = 0.0
            total += owed * share[label[source]]
        # Every path was walked from both its ends.
        total /= 2
    pairs = (net.n - 1) * (net.n - 2) / 2
    value = rounded(total)
    scaled = rounded(total / pairs) if pairs > 0 else np.zeros(net.n)
    made = ranked(context, value, {"betweenness": value, "normalised": scaled})
    return Computed(made.rows, made.total, notes=notes)


BETWEENNESS = Measure(
    name="betweenness",
    summary="How often an entity lies on the shortest paths between others",
    summary_zh="一个主体有多常处在其他主体之间的最短路径上",
    definition="For every two other entities the share of the shortest paths between them that pass "
    "through it, summed. A step is a tie, whatever its weight or direction; every entity may be passed. "
    "Normalised: divided by the number of such pairs, (n-1)(n-2)/2. In large networks estimated from "
    "pivots, scaled to the size of their component.",
    definition_zh="对每两个其他主体，取其最短路径中经过该主体的份额，求和。一步即一条联系，不计权重与方向。"
    "标准化：除以这样的对数 (n-1)(n-2)/2。大网络由抽样起点估计。",
    source="Freeman 1977; Brandes 2001; pivots: Brandes & Pich 2007",
    own={"pivots": _PIVOT, "seed": SEED},
    columns={
        **_ID,
        "betweenness": Column(type="float", description="sum of shares", unit="pairs"),
        "normalised": Column(type="float", description="share of all pairs, 0 to 1"),
    },
    compute=_betweenness,
    example={"limit": 5},
)


def _closeness(context: Context) -> Computed:
    net = context.network
    notes: list[Reason] = []
    count, label = connected_components(net.adjacency(), directed=False)
    others = (np.bincount(label, minlength=count) - 1)[label]
    if _is_small(context):
        found: Any = rx.closeness_centrality(undirected(net), parallel_threshold=_ONE_THREAD)
        value = np.array([found[i] for i in range(net.n)], dtype=np.float64)
        mean = np.full(net.n, np.nan)
        mean[value > 0] = others[value > 0] / (net.n - 1) / value[value > 0]
    else:
        sources, notes = _pivots(context, label, np.bincount(label, minlength=count))
        far, reached = np.zeros(net.n), np.zeros(net.n)
        for source in sources.tolist():
            context.check()
            distance = _Walk(net.adjacency(), source).distance
            far += np.maximum(distance, 0)
            reached += distance > 0
        mean = np.divide(far, reached, out=np.full(net.n, np.nan), where=reached > 0)
        value = np.divide(others / max(net.n - 1, 1), mean, out=np.zeros(net.n), where=reached > 0)
    columns = {"closeness": rounded(value), "reached": others, "mean_distance": rounded(mean)}
    made = ranked(context, columns["closeness"], columns)
    return Computed(made.rows, made.total, notes=notes)


CLOSENESS = Measure(
    name="closeness",
    summary="How near an entity is to all others",
    summary_zh="一个主体离所有其他主体有多近",
    definition="The share of the other entities that it reaches, divided by the mean number of steps to "
    "those: (r/(n-1)) / (d/r) with r reached and d the sum of the distances. So one who reaches few is not "
    "near to all. A step is a tie, whatever its weight or direction. In large networks the mean is "
    "estimated from pivots.",
    definition_zh="能到达的其他主体所占的份额，除以到达它们的平均步数：(r/(n-1))/(d/r)。一步即一条联系，不"
    "计权重与方向。大网络的平均步数由抽样起点估计。",
    source="Wasserman & Faust 1994, p. 201; pivots: Eppstein & Wang 2004",
    own={"pivots": _PIVOT, "seed": SEED},
    columns={
        **_ID,
        "closeness": Column(type="float", description="0 for nobody reached, 1 for tied to all"),
        "reached": Column(type="int", description="entities that it reaches"),
        "mean_distance": Column(type="float", description="mean steps to those", unit="steps", nullable=True),
    },
    compute=_closeness,
    example={"limit": 5},
)


# -- PageRank ----------------------------------------------------------------------------------

_ROUNDS = 1_000


def pagerank(matrix: sparse.csr_array, damping: float, tolerance: float) -> tuple[NDArray[np.float64], int]:
    """Shares of a walk on a weighted (n, n) matrix of arcs, summing to 1, and the rounds it took: from an
    entity without arcs the walk goes on anywhere."""
    n = matrix.shape[0]
    out = np.asarray(matrix.sum(axis=1)).ravel()
    ends = np.flatnonzero(out == 0)
    # Columns sum to 1: a round is then one product.
    spread = np.repeat(np.divide(1.0, out, out=np.zeros(n), where=out > 0), np.diff(matrix.indptr))
    step = sparse.csr_array((matrix.data * spread, matrix.indices, matrix.indptr), shape=(n, n)).T.tocsr()
    share = np.full(n, 1.0 / n)
    rounds, change = 0, np.inf
    while change >= tolerance and rounds < _ROUNDS:
        before = share
        share = damping * (step @ before)
        share += (1.0 - damping + damping * before[ends].sum()) / n
        change = np.abs(share - before).sum()
        rounds += 1
    return share / share.sum(), rounds


def _pagerank(context: Context) -> Computed:
    net, values = context.network, context.values
    if net.n == 0:
        return Computed((), 0)
    matrix = net.arcs(values["weight"]) if values["directed"] else net.adjacency(values["weight"])
    share, rounds = pagerank(matrix, values["damping"], 1e-12)
    value = rounded(share)
    made = ranked(context, value, {"pagerank": value, "degree": np.diff(net.adjacency().indptr)})
    return Computed(made.rows, made.total, {"rounds": rounds})


PAGERANK = Measure(
    name="pagerank",
    summary="The share of time that a random walk along ties spends at an entity",
    summary_zh="沿联系随机游走时停留在一个主体的时间份额",
    definition="The stationary share of a walk that with probability d (damping) follows a tie of the "
    "entity it is at, a tie as likely as its weight, and else goes to any entity; the shares sum to 1. "
    "Ties are followed both ways, or with directed=true only from subject to object (a symmetric relation "
    "both ways). Computed by power iteration until a round changes less than 1e-12 in all.",
    definition_zh="随机游走的平稳份额：以概率 d（阻尼）沿所在主体的联系（按权重）前行，否则跳到任一主体；份"
    "额之和为 1。默认联系双向可行；directed=true 时只由主语到宾语（对称关系双向）。",
    source="Brin & Page 1998",
    own={
        "damping": Parameter(
            type="float", default=0.85, ge=0, le=0.99, description="probability d of following a tie"
        ),
        "weight": WEIGHT,
        "directed": Parameter(
            type="bool", default=False, description="whether ties lead only from subject to object"
        ),
    },
    columns={
        **_ID,
        "pagerank": Column(type="float", description="share of the walk; all sum to 1"),
        "degree": _DEGREE,
    },
    compute=_pagerank,
    figures={"rounds": Column(type="int", description="rounds of the iteration")},
    example={"kinds": "Park,Agreement,Alliance,Programme", "limit": 5},
)


# -- cores -------------------------------------------------------------------------------------


def undirected(net: Network) -> Any:
    """The network as a simple graph of rustworkx; node i is entity i."""
    made = rx.PyGraph(multigraph=False)
    made.add_nodes_from(range(net.n))
    made.add_edges_from_no_data(list(zip(*(side.tolist() for side in net.pairs), strict=True)))
    return made


def _core(context: Context) -> Computed:
    net = context.network
    found: Any = rx.core_number(undirected(net))
    core = np.array([found[i] for i in range(net.n)], dtype=np.int64)
    degree = np.diff(net.adjacency().indptr)
    order = np.lexsort((np.arange(net.n), -degree, -core))[: context.limit]
    rows = [{"id": net.ids[i], "core": int(core[i]), "degree": int(degree[i])} for i in order.tolist()]
    highest = int(core.max()) if net.n else 0
    return Computed(
        rows, net.n, {"highest": highest, "in_highest": int((core == highest).sum()) if net.n else 0}
    )


CORE = Measure(
    name="core",
    summary="How deep in the network's densely tied core an entity lies (k-core)",
    summary_zh="一个主体处于网络紧密核心的多深处（k-核）",
    definition="The largest k for which it belongs to a part of the network where everyone is tied to at "
    "least k others of that part. Ties count once, without direction.",
    definition_zh="使其属于“每个成员至少与其中 k 个相连”的部分的最大 k。联系只计一次，不计方向。",
    source="Seidman 1983; Batagelj & Zaveršnik 2003",
    own={},
    columns={**_ID, "core": Column(type="int", description="its core number k"), "degree": _DEGREE},
    compute=_core,
    figures={
        "highest": Column(type="int", description="the highest core number"),
        "in_highest": Column(type="int", description="entities that have it"),
    },
    example={"fold": "Agreement,Alliance,Programme,Platform", "limit": 5},
)


# -- triangles ---------------------------------------------------------------------------------


def triangles(net: Network, check: Callable[[], None]) -> Iterator[tuple[NDArray[np.int64], ...]]:
    """Every three entities that are all tied, once each, some at a time: three arrays of positions.

    Each tie is followed from the end with fewer ties, so that a hub makes no more work than others
    (Schank & Wagner 2005). `check` is called each time.
    """
    low, high = net.pairs
    degree = np.diff(net.adjacency().indptr)
    turn = np.lexsort((np.arange(net.n), degree))
    place = np.empty(net.n, dtype=np.int64)
    place[turn] = np.arange(net.n)
    near, far = np.minimum(place[low], place[high]), np.maximum(place[low], place[high])
    keys = np.sort(near * net.n + far)
    near, far = keys // max(net.n, 1), keys % max(net.n, 1)
    starts = np.searchsorted(near, np.arange(net.n + 1))
    # For each tie, those of the same start that come after it.
    after = starts[near + 1] - np.arange(len(near)) - 1
    bounds = np.concatenate(([0], np.cumsum(after)))
    begin = 0
    while begin < len(near):
        check()
        end = max(int(np.searchsorted(bounds, bounds[begin] + _CELLS, side="right")) - 1, begin + 1)
        number_ = after[begin:end]
        first = np.repeat(np.arange(begin, end), number_)
        second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(number_) - number_, number_)
        wanted = far[first] * net.n + far[second]
        at = np.searchsorted(keys, wanted)
        closed = np.flatnonzero(keys[np.minimum(at, len(keys) - 1)] == wanted)
        yield turn[near[first[closed]]], turn[far[first[closed]]], turn[far[second[closed]]]
        begin = end


def _clustering(context: Context) -> Computed:
    net = context.network
    closed = np.zeros(net.n, dtype=np.int64)
    for corners in triangles(net, context.check):
        for corner in corners:
            closed += np.bincount(corner, minlength=net.n)
    degree = np.diff(net.adjacency().indptr).astype(np.int64)
    pairs = degree * (degree - 1) // 2
    value = np.divide(closed, pairs, out=np.zeros(net.n), where=pairs > 0)
    several = degree > 1
    figures = {
        "transitivity": number(closed.sum() / pairs.sum()) if pairs.sum() else None,
        "average": number(float(value[several].mean())) if several.any() else None,
        "triangles": int(closed.sum()) // 3,
    }
    value = rounded(value)
    order = np.flatnonzero(several)
    order = order[np.lexsort((order, -closed[order], -value[order]))][: context.limit]
    rows = [
        {
            "id": net.ids[i],
            "clustering": float(value[i]),
            "triangles": int(closed[i]),
            "degree": int(degree[i]),
        }
        for i in order.tolist()
    ]
    return Computed(rows, int(several.sum()), figures)


CLUSTERING = Measure(
    name="clustering",
    summary="How many of an entity's partners are partners of each other",
    summary_zh="一个主体的伙伴之间有多少彼此也是伙伴",
    definition="The number of ties between the entities that it is tied to, divided by the number of their "
    "pairs; not defined, and no row, with fewer than two. Transitivity of the whole: three times the "
    "triangles divided by the pairs of ties that meet; average: the mean over the rows. Ties count once, "
    "without direction.",
    definition_zh="与其相连的主体之间的联系数除以这些主体的对数；不足两个则无定义、不列。整体传递性：三角形"
    "数的三倍除以相接的联系对数；average 为各行的平均。",
    source="Watts & Strogatz 1998; transitivity: Wasserman & Faust 1994, p. 243",
    own={},
    columns={
        **_ID,
        "clustering": Column(
            type="float", description="share of its pairs of partners that are tied, 0 to 1"
        ),
        "triangles": Column(type="int", description="those pairs"),
        "degree": _DEGREE,
    },
    compute=_clustering,
    figures={
        "transitivity": Column(type="float", description="of the whole network", nullable=True),
        "average": Column(type="float", description="mean of the rows", nullable=True),
        "triangles": Column(type="int", description="triangles in the network"),
    },
    without=("isolated",),
    example={"fold": "Agreement,Alliance,Programme,Platform", "limit": 5},
)


def _constraint(context: Context) -> Computed:
    net = context.network
    weighted = net.adjacency(context.values["weight"])
    strength = np.asarray(weighted.sum(axis=1)).ravel()
    rows_ = np.repeat(np.arange(net.n), np.diff(weighted.indptr))
    part = weighted.data / strength[rows_] if len(rows_) else np.empty(0)
    keys = rows_ * net.n + weighted.indices

    def of(near: NDArray[Any], far: NDArray[Any]) -> NDArray[np.int64]:
        return np.asarray(np.searchsorted(keys, near * net.n + far), dtype=np.int64)

    invested = part.copy()
    for corners in triangles(net, context.check):
        for i, through, j in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
            a, q, b = corners[i], corners[through], corners[j]
            invested += np.bincount(of(a, b), weights=part[of(a, q)] * part[of(q, b)], minlength=len(part))
    value = rounded(np.bincount(rows_, weights=invested**2, minlength=net.n).astype(np.float64))
    degree = np.diff(weighted.indptr)
    tied = np.flatnonzero(degree > 0)
    order = tied[np.lexsort((tied, value[tied]))][: context.limit]
    rows = [
        {"id": net.ids[i], "constraint": plain(float(value[i])), "degree": int(degree[i])}
        for i in order.tolist()
    ]
    return Computed(rows, len(tied))


CONSTRAINT = Measure(
    name="constraint",
    summary="How far an entity's partners are tied among themselves, leaving it no gap to broker (lowest "
    "first)",
    summary_zh="一个主体的伙伴彼此相连、使其无中介空间的程度（低者在前）",
    definition="For every entity that it is tied to, the share p of its ties that goes there, plus the "
    "product of the shares on each way there over one other; these sums are squared and summed. Low: its "
    "partners are not tied to each other, and it alone connects them.",
    definition_zh="对每个与其相连的主体：直接投入的份额 p 加上经一个第三者间接投入的份额之积，平方后求和。"
    "低者独自连接互不相连的伙伴。",
    source="Burt 1992, Structural Holes",
    own={"weight": WEIGHT},
    columns={
        **_ID,
        "constraint": Column(type="float", description="lowest first; 1 with one partner only"),
        "degree": _DEGREE,
    },
    compute=_constraint,
    without=("isolated",),
    example={"fold": "Agreement,Alliance,Programme,Platform", "limit": 5},
)
