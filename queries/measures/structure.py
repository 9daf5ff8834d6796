"""How the network as a whole is made up: components, communities, core and periphery, bridges; density and
reciprocity by layer, and the layers compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graspologic_native
import numpy as np
import rustworkx as rx
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from parkgraph.queries.explain import Reason
from parkgraph.queries.library import Column
from parkgraph.queries.measures.defined import SEED, WEIGHT, Computed, Context, Measure, Parameter, number
from parkgraph.queries.measures.network import DONE, PLANNED, STANDINGS, UNSTATED, Network, layer_parts
from parkgraph.queries.measures.position import undirected

_MEMBERS = Parameter(
    type="int",
    default=10,
    ge=0,
    le=1_000_000,
    description="how many members a row names, those with most ties first",
)


def ordered_labels(label: NDArray[Any]) -> NDArray[np.int64]:
    """Groups numbered 1, 2, … from the largest to the smallest; of equal ones the one with the smallest id
    first, so that the numbers do not depend on how they were found."""
    if not len(label):
        return np.empty(0, dtype=np.int64)
    _, first, of, sizes = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    new = np.empty(len(sizes), dtype=np.int64)
    new[np.lexsort((first, -sizes))] = np.arange(1, len(sizes) + 1)
    return new[of]


def _group_rows(context: Context, label: NDArray[np.int64], name: str) -> Computed:
    """One row a group, with its size, the ties within and to others, and its members."""
    net = context.network
    count = int(label.max()) if net.n else 0
    low, high = net.pairs
    inner = label[low] == label[high]
    within = np.bincount(label[low[inner]], minlength=count + 1)
    out = np.bincount(np.concatenate((label[low[~inner]], label[high[~inner]])), minlength=count + 1)
    degree = np.diff(net.adjacency().indptr)
    order = np.lexsort((np.arange(net.n), -degree, label))
    bounds = np.searchsorted(label[order], np.arange(1, count + 2))
    rows = []
    for group in range(1, min(count, context.limit) + 1):
        members = order[bounds[group - 1] : bounds[group]]
        row = {name: group, "size": len(members), "ties": int(within[group])}
        row |= {"ties_out": int(out[group])} if name == "community" else {}
        rows.append(row | {"members": [net.ids[i] for i in members[: context.values["members"]].tolist()]})
    return Computed(rows, count)


def _components(context: Context) -> Computed:
    net = context.network
    _, label = connected_components(net.adjacency(), directed=False)
    label = ordered_labels(label)
    made = _group_rows(context, label, "component")
    largest = int((label == 1).sum())
    return Computed(
        made.rows,
        made.total,
        {
            "components": made.total,
            "largest": largest,
            "share": number(largest / net.n) if net.n else None,
        },
    )


COMPONENTS = Measure(
    name="components",
    summary="The parts of the network that are not tied to each other",
    summary_zh="网络中互不相连的各个部分",
    definition="The largest sets of entities in which everyone reaches everyone by ties, without direction "
    "and through whatever entity. They are numbered by size, then by their smallest id.",
    definition_zh="彼此可经联系到达的最大主体集合，不计方向，可经过任何主体。按大小编号，同大者按最小的 id。",
    source="Wasserman & Faust 1994, p. 109",
    own={"members": _MEMBERS},
    columns={
        "component": Column(type="int", description="number of the component, 1 the largest"),
        "size": Column(type="int", description="entities in it"),
        "ties": Column(type="int", description="ties in it"),
        "members": Column(type="nodes", description="its entities, those with most ties first"),
    },
    compute=_components,
    figures={
        "components": Column(type="int", description="how many there are"),
        "largest": Column(type="int", description="entities in the largest"),
        "share": Column(
            type="float", description="share of all entities that is in the largest", nullable=True
        ),
    },
    example={"members": 4, "limit": 5},
)


# -- communities -------------------------------------------------------------------------------


def modularity(matrix: sparse.csr_array, label: NDArray[Any], resolution: float = 1.0) -> float:
    """Newman's modularity of a division of a symmetric weighted network; nan without ties."""
    total = matrix.sum()
    if total == 0:
        return float("nan")
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    inner = matrix.data[label[rows] == label[matrix.indices]].sum()
    strength = np.bincount(label, weights=np.asarray(matrix.sum(axis=1)).ravel())
    return float(inner / total - resolution * ((strength / total) ** 2).sum())


def leiden(context: Context, matrix: sparse.csr_array, resolution: float, trials: int) -> NDArray[np.int64]:
    """The community of every entity by the Leiden algorithm, numbered as `ordered_labels` says: the best of
    some trials, each with a seed of its own. An entity without ties is one of its own."""
    n = matrix.shape[0]
    best, highest = np.arange(n, dtype=np.int64), -np.inf
    for trial in range(trials if matrix.nnz else 0):
        context.check()
        _, found = graspologic_native.leiden_csr(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float64),
            n,
            resolution=resolution,
            iterations=2,
            seed=context.values["seed"] + trial,
        )
        label = np.arange(n, dtype=np.int64) + n
        tied = np.flatnonzero(np.diff(matrix.indptr))
        label[tied] = [found[i] for i in tied.tolist()]
        label = ordered_labels(label)
        quality = modularity(matrix, label, resolution)
        if quality > highest:
            best, highest = label, quality
    return ordered_labels(best)


def _communities(context: Context) -> Computed:
    net, values = context.network, context.values
    matrix = net.adjacency(values["weight"])
    label = leiden(context, matrix, values["resolution"], values["trials"])
    figures = {
        "communities": int(label.max()) if net.n else 0,
        "modularity": number(modularity(matrix, label)),
    }
    if values["rows"] == "communities":
        made = _group_rows(context, label, "community")
        return Computed(made.rows, made.total, figures)
    degree = np.diff(net.adjacency().indptr)
    rows_, low = np.repeat(np.arange(net.n), degree), net.adjacency().indices
    within = np.bincount(rows_[label[rows_] == label[low]], minlength=net.n)
    order = np.lexsort((np.arange(net.n), -degree, label))[: context.limit]
    rows = [
        {"id": net.ids[i], "community": int(label[i]), "degree": int(degree[i]), "within": int(within[i])}
        for i in order.tolist()
    ]
    return Computed(rows, net.n, figures)


COMMUNITIES = Measure(
    name="communities",
    summary="Groups whose members are tied more among themselves than to others (Leiden)",
    summary_zh="内部联系多于对外联系的群体（Leiden 算法）",
    definition="A division of the entities that the Leiden algorithm finds by raising modularity: the "
    "share of the weight of ties that lies within communities, less resolution times what would lie there "
    "by chance given everyone's weight of ties. Each community is connected. Numbered by size, then by the "
    "smallest id. The figure modularity is that at resolution 1. Another seed may give another division as "
    "good.",
    definition_zh="Leiden 算法通过提高模块度找到的划分：群体内联系权重的份额，减去 resolution 乘以按各自权"
    "重随机时的期望。每个群体自身连通。按大小编号，同大者按最小 id。modularity 按分辨率 1 给出。换一个种子"
    "可能得到同样好的另一划分。",
    source="Traag, Waltman & van Eck 2019; modularity: Newman & Girvan 2004",
    own={
        "rows": Parameter(
            type="str",
            default="communities",
            choices=("communities", "entities"),
            description="one row a community, or one an entity",
        ),
        "members": _MEMBERS,
        "weight": WEIGHT,
        "resolution": Parameter(
            type="float",
            default=1.0,
            ge=0.001,
            le=1000,
            description="higher gives more and smaller communities",
        ),
        "trials": Parameter(
            type="int", default=3, ge=1, le=100, description="runs, of which the best counts"
        ),
        "seed": SEED,
    },
    columns={
        "community": Column(type="int", description="number of the community, 1 the largest"),
        "size": Column(type="int", description="entities in it", nullable=True),
        "ties": Column(type="int", description="ties in it", nullable=True),
        "ties_out": Column(type="int", description="ties from it to others", nullable=True),
        "members": Column(
            type="nodes", description="its entities, those with most ties first", nullable=True
        ),
        "id": Column(type="node", description="rows=entities: the entity", nullable=True),
        "degree": Column(type="int", description="rows=entities: its ties", nullable=True),
        "within": Column(type="int", description="rows=entities: those inside its community", nullable=True),
    },
    compute=_communities,
    figures={
        "communities": Column(type="int", description="how many there are"),
        "modularity": Column(type="float", description="of the division, at resolution 1", nullable=True),
    },
    example={"members": 4, "limit": 5},
)


# -- core and periphery ------------------------------------------------------------------------


def core_of(degree: NDArray[Any]) -> int:
    """How many of those with most ties make up the core, by the fit that `CORE_PERIPHERY` defines: with k
    in the core the faults are k(k-1)/2 + m - (the sum of their degrees), least of all for the k first by
    degree (Lip 2011); of equal fits the smallest core."""
    ordered = np.sort(degree)[::-1].astype(np.int64)
    k = np.arange(len(ordered) + 1)
    faults = k * (k - 1) // 2 - np.concatenate(([0], np.cumsum(ordered)))
    return int(np.argmin(faults))


def _core_periphery(context: Context) -> Computed:
    net = context.network
    degree = np.diff(net.adjacency().indptr).astype(np.int64)
    order = np.lexsort((np.arange(net.n), -degree))
    k = core_of(degree)
    core = np.zeros(net.n, dtype=bool)
    core[order[:k]] = True
    low, high = net.pairs
    inside, outside = int((core[low] & core[high]).sum()), int((~core[low] & ~core[high]).sum())
    rest = net.n - k
    possible = (k * (k - 1) // 2, k * rest, rest * (rest - 1) // 2)
    ties = (inside, net.m - inside - outside, outside)
    density = [number(t / p) if p else None for t, p in zip(ties, possible, strict=True)]
    # Correlation of two patterns of 0 and 1 over the pairs that are not between core and periphery.
    pairs, tied = possible[0] + possible[2], inside + outside
    spread = np.sqrt(float(possible[0]) * possible[2] * tied * (pairs - tied)) if pairs else 0.0
    fit = (pairs * float(inside) - float(possible[0]) * tied) / spread if spread else float("nan")
    to_core = np.bincount(low[core[high]], minlength=net.n) + np.bincount(high[core[low]], minlength=net.n)
    rows = [
        {
            "id": net.ids[i],
            "part": "core" if core[i] else "periphery",
            "degree": int(degree[i]),
            "to_core": int(to_core[i]),
        }
        for i in order[: context.limit].tolist()
    ]
    figures = {
        "core": k,
        "periphery": rest,
        "faults": possible[0] - inside + outside,
        "correlation": number(fit),
        "density_core": density[0],
        "density_between": density[1],
        "density_periphery": density[2],
    }
    return Computed(rows, net.n, figures)


CORE_PERIPHERY = Measure(
    name="core_periphery",
    summary="The core that is tied to each other, and the periphery that is tied to it at most",
    summary_zh="彼此相连的核心，以及至多与核心相连的外围",
    definition="The division in two that is nearest to the ideal: in the core everyone is tied to "
    "everyone, in the periphery nobody to anybody, and ties between the two do not matter. Faults are the "
    "ties lacking in the core plus those in the periphery; the core with the fewest is found exactly, and "
    "of equal ones the smallest. Correlation: of the ideal with the ties, over the pairs in either part. "
    "Ties count once, without direction.",
    definition_zh="最接近理想型的二分：核心内人人相连，外围内无人相连，核心与外围之间不论。faults 为核心内"
    "缺少的联系加外围内的联系；精确求其最少者，相等时取最小的核心。correlation 为理想型与实际联系在两部分内"
    "各对上的相关系数。",
    source="Borgatti & Everett 2000; exact by Lip 2011",
    own={},
    columns={
        "id": Column(type="node", description="the entity"),
        "part": Column(type="str", description="core or periphery"),
        "degree": Column(type="int", description="its ties"),
        "to_core": Column(type="int", description="those to entities of the core"),
    },
    compute=_core_periphery,
    figures={
        "core": Column(type="int", description="entities in the core"),
        "periphery": Column(type="int", description="entities in the periphery"),
        "faults": Column(type="int", description="pairs that differ from the ideal"),
        "correlation": Column(type="float", description="of the ideal with the ties", nullable=True),
        "density_core": Column(
            type="float", description="share of the core's pairs that are tied", nullable=True
        ),
        "density_between": Column(
            type="float", description="share of the pairs between the two", nullable=True
        ),
        "density_periphery": Column(
            type="float", description="share of the periphery's pairs", nullable=True
        ),
    },
    example={"fold": "Agreement,Alliance,Programme,Platform", "limit": 5},
)


# -- bridges -----------------------------------------------------------------------------------


def beneath(
    n: int, ends: tuple[Sequence[int], Sequence[int]], weight: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """In a forest of n nodes: for each node its parent (-1 for a root), the weight of it and all below it,
    and the weight of its tree."""
    data = np.ones(len(ends[0]))
    forest = sparse.csr_array(
        (data, (np.asarray(ends[0], dtype=int), np.asarray(ends[1], dtype=int))), shape=(n, n)
    )
    forest = (forest + forest.T).tocsr()
    count, tree = connected_components(forest, directed=False)
    parent = np.full(n, -1, dtype=np.int64)
    below = weight.astype(np.int64).copy()
    roots = np.unique(tree, return_index=True)[1]
    for root in roots.tolist():
        order, before = breadth_first_order(forest, root, directed=False)
        for node in order[:0:-1].tolist():
            parent[node] = before[node]
            below[before[node]] += below[node]
    whole = np.bincount(tree, weights=weight, minlength=count).astype(np.int64)
    return parent, below, whole[tree]


def _bridges(context: Context) -> Computed:
    return _bridging_ties(context) if context.values["what"] == "ties" else _cut_entities(context)


def _bridging_ties(context: Context) -> Computed:
    net = context.network
    found = sorted(tuple(sorted(pair)) for pair in rx.bridges(undirected(net)))
    low, high = net.pairs
    if not found:
        return Computed((), 0, {"bridges": 0, "single_fact": 0})
    ends = np.array(found, dtype=np.int64)
    bridge = np.isin(low * net.n + high, ends[:, 0] * net.n + ends[:, 1])
    kept = sparse.coo_array((np.ones((~bridge).sum()), (low[~bridge], high[~bridge])), shape=(net.n, net.n))
    count, label = connected_components(kept.tocsr(), directed=False)
    parent, below, whole = beneath(
        count, (label[ends[:, 0]].tolist(), label[ends[:, 1]].tolist()), np.bincount(label, minlength=count)
    )
    child = np.where(parent[label[ends[:, 1]]] == label[ends[:, 0]], label[ends[:, 1]], label[ends[:, 0]])
    sizes = np.stack((below[child], whole[child] - below[child]), axis=1)
    # The end on the child's side bears the child's size.
    second = child == label[ends[:, 1]]
    first_side = np.where(second, sizes[:, 1], sizes[:, 0])
    second_side = np.where(second, sizes[:, 0], sizes[:, 1])
    facts = np.bincount(net.tie, minlength=net.m)[bridge]
    order = np.lexsort((np.arange(len(ends)), -sizes.min(axis=1)))
    by_tie = np.argsort(net.tie, kind="stable")
    starts = np.searchsorted(net.tie[by_tie], np.flatnonzero(bridge))
    rows = []
    for at in order[: context.limit].tolist():
        of = by_tie[starts[at] : starts[at] + facts[at]]
        standing = np.bincount(net.standing[of], minlength=len(STANDINGS)).tolist()
        rows.append(
            {
                "a": net.ids[ends[at, 0]],
                "b": net.ids[ends[at, 1]],
                "separated": int(sizes[at].min()),
                "side_a": int(first_side[at]),
                "side_b": int(second_side[at]),
                "facts": sorted(context.arrays.facts[i] for i in net.facts[of].ravel().tolist() if i >= 0),
                **dict(zip(STANDINGS, standing, strict=True)),
            }
        )
    return Computed(rows, len(ends), {"bridges": len(ends), "single_fact": int((facts == 1).sum())})


def _cut_entities(context: Context) -> Computed:
    net = context.network
    graph = undirected(net)
    cut = np.array(sorted(rx.articulation_points(graph)), dtype=np.int64)
    if not len(cut):
        return Computed((), 0, {"cut_entities": 0})
    # The tree of blocks and cut entities (Hopcroft & Tarjan 1973): blocks weigh what lies in them alone.
    block_of = rx.biconnected_components(graph)
    ends = np.array(list(block_of), dtype=np.int64).reshape(-1, 2)
    block = np.fromiter(block_of.values(), dtype=np.int64, count=len(ends))
    _, block = np.unique(block, return_inverse=True)
    blocks = int(block.max()) + 1
    member = np.unique(np.stack((np.tile(block, 2), ends.T.ravel()), axis=1), axis=0)
    is_cut = np.isin(member[:, 1], cut)
    alone = np.bincount(member[~is_cut, 0], minlength=blocks)
    weight = np.concatenate((alone, np.ones(len(cut), dtype=np.int64)))
    tree = (member[is_cut, 0], blocks + np.searchsorted(cut, member[is_cut, 1]))
    parent, below, whole = beneath(len(weight), (tree[0].tolist(), tree[1].tolist()), weight)
    parts: list[list[int]] = [[] for _ in cut]
    for node in range(blocks):
        if parent[node] >= 0:
            parts[parent[node] - blocks].append(int(below[node]))
    for at in range(len(cut)):
        above = int(whole[blocks + at] - below[blocks + at])
        parts[at] = sorted([*parts[at], *([above] if above else [])], reverse=True)
    separated = np.array([sum(sizes[1:]) for sizes in parts])
    degree = np.diff(net.adjacency().indptr)
    order = np.lexsort((cut, -separated))[: context.limit]
    rows = [
        {
            "id": net.ids[cut[at]],
            "separated": int(separated[at]),
            "parts": parts[at],
            "degree": int(degree[cut[at]]),
        }
        for at in order.tolist()
    ]
    return Computed(rows, len(cut), {"cut_entities": len(cut)})


BRIDGES = Measure(
    name="bridges",
    summary="Ties, or entities, without which a part of the network falls off",
    summary_zh="一旦失去就会使网络断开的联系或主体",
    definition="what=ties: ties whose loss leaves their ends unconnected, with the facts that make them "
    "(with one fact only, that fact is the bridge). what=entities: entities whose loss leaves others of "
    "their component unconnected (cut vertices). separated: how many entities are then cut off from the "
    "largest part that remains. Without direction, through whatever entity.",
    definition_zh="what=ties：失去后两端不再连通的联系，及构成它的事实（只有一条时该事实即为桥）。"
    "what=entities：失去后其分量中其他主体不再连通的主体（割点）。separated：与余下最大部分断开的主体数。不"
    "计方向。",
    source="Hopcroft & Tarjan 1973; Wasserman & Faust 1994, p. 112",
    own={
        "what": Parameter(
            type="str", default="ties", choices=("ties", "entities"), description="ties or cut entities"
        )
    },
    columns={
        "a": Column(type="node", description="what=ties: one end", nullable=True),
        "b": Column(type="node", description="what=ties: the other end", nullable=True),
        "id": Column(type="node", description="what=entities: the entity", nullable=True),
        "separated": Column(type="int", description="entities cut off from the largest remaining part"),
        "side_a": Column(type="int", description="entities left with a", nullable=True),
        "side_b": Column(type="int", description="entities left with b", nullable=True),
        "facts": Column(type="list", description="ids of the facts of the tie", nullable=True),
        "done": Column(type="int", description="facts that are done", nullable=True),
        "planned": Column(type="int", description="facts that are planned", nullable=True),
        "unstated": Column(type="int", description="facts whose status no source states", nullable=True),
        "parts": Column(type="list", description="what=entities: sizes of the parts", nullable=True),
        "degree": Column(type="int", description="what=entities: its ties", nullable=True),
    },
    compute=_bridges,
    figures={
        "bridges": Column(type="int", description="ties that are bridges", nullable=True),
        "single_fact": Column(type="int", description="of these, made of one fact only", nullable=True),
        "cut_entities": Column(type="int", description="entities that are cut vertices", nullable=True),
    },
    without=("isolated",),
    example={"what": "entities", "limit": 5},
)


# -- layers ------------------------------------------------------------------------------------


def assortativity(net: Network) -> float:
    """Correlation of the numbers of ties of the two ends of a tie; nan where all are equal."""
    degree = np.diff(net.adjacency().indptr).astype(float)
    low, high = net.pairs
    return correlation(
        np.concatenate((degree[low], degree[high])), np.concatenate((degree[high], degree[low]))
    )


def correlation(x: NDArray[Any], y: NDArray[Any]) -> float:
    """Pearson's; nan where one of the two does not vary."""
    if len(x) < 2:
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    spread = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / spread if spread > 0 else float("nan")


def reciprocity(net: Network) -> tuple[int, int]:
    """Arcs of facts that have a direction, and those of them that are answered by another such."""
    one_way = ~net.symmetric
    keys = np.unique(net.subject[one_way] * net.n + net.object[one_way])
    back = (keys % max(net.n, 1)) * net.n + keys // max(net.n, 1)
    return len(keys), int(np.isin(keys, back).sum())


def _density(context: Context) -> Computed:
    net = context.network
    isolated = net.n - len(np.unique(np.concatenate(net.pairs))) if net.n else 0
    rows = [_density_row("all", net, isolated)]
    for name, part in layer_parts(net, context.values["layers"]):
        if part.n_facts:
            rows.append(_density_row(name, part, isolated))
    return Computed(rows[: context.limit], len(rows))


def _density_row(layer: str | None, net: Network, isolated: int) -> dict[str, Any]:
    n = len(np.unique(np.concatenate(net.pairs))) + isolated
    possible = n * (n - 1) // 2
    arcs, answered = reciprocity(net)
    standing = np.bincount(net.standing, minlength=len(STANDINGS))
    return {
        "layer": layer,
        "entities": n,
        "ties": net.m,
        "facts": net.n_facts,
        "done": int(standing[DONE]),
        "planned": int(standing[PLANNED]),
        "unstated": int(standing[UNSTATED]),
        "density": number(net.m / possible) if possible else None,
        "mean_degree": number(2 * net.m / n) if n else None,
        "arcs": arcs,
        "reciprocity": number(answered / arcs) if arcs else None,
        "symmetric": int(net.symmetric.sum()),
        "assortativity": number(assortativity(net)),
    }


DENSITY = Measure(
    name="density",
    summary="Density, reciprocity and assortativity of the network and of each layer",
    summary_zh="整个网络和各层面的密度、互惠性和同配性",
    definition="Density: ties divided by pairs of entities, n(n-1)/2, n being those with a tie in the "
    "layer (with isolated=true also those without any tie at all). Reciprocity: of the arcs from subject "
    "to object, the share that an arc back answers; symmetric relations are mutual by definition and "
    "counted apart. Assortativity: correlation of the number of ties at the two ends of a tie. Layers are "
    "those a source states, else the model's; a fact of two layers counts in both.",
    definition_zh="密度：联系数除以主体对数 n(n-1)/2，n 为该层面中有联系的主体（isolated=true 时加上全无联"
    "系者）。互惠性：由主语到宾语的弧中有反向弧者的份额；对称关系本为相互，另计。同配性：联系两端联系数的相"
    "关系数。一条事实属两个层面时两处都计。",
    source="Wasserman & Faust 1994, pp. 101, 129, 507; assortativity: Newman 2002",
    own={},
    columns={
        "layer": Column(
            type="str", description="the layer; all: the whole network", sought=True, nullable=True
        ),
        "entities": Column(type="int", description="entities with a tie in it"),
        "ties": Column(type="int", description="pairs of entities with a fact"),
        "facts": Column(type="int", description="facts"),
        "done": Column(type="int", description="facts that are done"),
        "planned": Column(type="int", description="facts that are planned, not done"),
        "unstated": Column(type="int", description="facts whose status no source states"),
        "density": Column(
            type="float", description="share of all pairs that are tied, 0 to 1", nullable=True
        ),
        "mean_degree": Column(type="float", description="mean number of ties of an entity", nullable=True),
        "arcs": Column(type="int", description="pairs of subject and object of relations with a direction"),
        "reciprocity": Column(type="float", description="share of the arcs that are answered", nullable=True),
        "symmetric": Column(type="int", description="facts that have no direction"),
        "assortativity": Column(
            type="float", description="-1 to 1; positive: like ties to like", nullable=True
        ),
    },
    compute=_density,
    example={},
)


def _jaccard(one: NDArray[Any], other: NDArray[Any]) -> tuple[int, float | None]:
    """Members of both, and their share of the members of either."""
    both = int(np.isin(one, other).sum())
    either = len(one) + len(other) - both
    return both, number(both / either) if either else None


def _layers(context: Context) -> Computed:
    net = context.network
    parts = [
        (name, part)
        for name, part in layer_parts(net, context.values["layers"])
        if name is not None and part.n_facts
    ]
    known = []
    for name, part in parts:
        low, high = part.pairs
        entities = np.unique(np.concatenate((low, high)))
        known.append((name, entities, low * net.n + high, np.diff(part.adjacency().indptr)))
    rows = []
    for at, (a, nodes_a, ties_a, degree_a) in enumerate(known):
        for b, nodes_b, ties_b, degree_b in known[at + 1 :]:
            shared, nodes = _jaccard(nodes_a, nodes_b)
            shared_ties, ties = _jaccard(ties_a, ties_b)
            either = np.union1d(nodes_a, nodes_b)
            rows.append(
                {
                    "a": a,
                    "b": b,
                    "entities_a": len(nodes_a),
                    "entities_b": len(nodes_b),
                    "entities_both": shared,
                    "entities_jaccard": nodes,
                    "ties_a": len(ties_a),
                    "ties_b": len(ties_b),
                    "ties_both": shared_ties,
                    "ties_jaccard": ties,
                    "degree_correlation": number(
                        correlation(degree_a[either].astype(float), degree_b[either].astype(float))
                    ),
                }
            )
    notes = []
    if len(known) < 2:
        notes.append(
            Reason(
                "有联系的层面不足两个，无可比较",
                "fewer than two layers have ties, so there is nothing to compare",
            )
        )
    return Computed(rows[: context.limit], len(rows), notes=notes)


LAYERS = Measure(
    name="layers",
    summary="Layers compared two by two: whom and what they share",
    summary_zh="各层面两两比较：共有的主体与联系",
    definition="For every two layers, the entities with a tie in both and the ties that are in both, each "
    "also as a share of those in either (Jaccard); and the correlation, over the entities in either, of "
    "the numbers of ties they have in the one and in the other. Layers are those a source states, else the "
    "model's.",
    definition_zh="对每两个层面：两者都有联系的主体、两者都有的联系，并各除以任一层面中所有者（Jaccard）；"
    "以及任一层面的主体在两个层面中联系数的相关系数。层面以来源所述为准，否则按模型。",
    source="Battiston, Nicosia & Latora 2014, Structural measures for multiplex networks",
    own={},
    columns={
        "a": Column(type="str", description="one layer"),
        "b": Column(type="str", description="the other"),
        "entities_a": Column(type="int", description="entities with a tie in a"),
        "entities_b": Column(type="int", description="entities with a tie in b"),
        "entities_both": Column(type="int", description="entities with a tie in both"),
        "entities_jaccard": Column(
            type="float", description="these as a share of those in either", nullable=True
        ),
        "ties_a": Column(type="int", description="ties in a"),
        "ties_b": Column(type="int", description="ties in b"),
        "ties_both": Column(type="int", description="ties in both"),
        "ties_jaccard": Column(
            type="float", description="these as a share of those in either", nullable=True
        ),
        "degree_correlation": Column(
            type="float", description="of the numbers of ties, -1 to 1", nullable=True
        ),
    },
    compute=_layers,
    without=("isolated",),
    example={"layers": "technology,industry,capital"},
)
