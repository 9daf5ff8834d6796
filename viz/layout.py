"""Where the entities of a subgraph stand: a pure function of its ids and ties, so that a page, a
picture and a file of the same subgraph look alike, today and next year.

Units are the pixels of a page at full size; y grows downwards.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from parkgraph.graph.subgraph import Subgraph

LARGEST_SPRING = 2_500
"""Components above this many entities stand in rings around their hub: springs cost the square."""

WIDE, HIGH = 150.0, 84.0
"""The room an entity with its name takes: no two stand closer, as far as the rounds below reach."""

CROWD = 60
"""In components above this many entities not every name is shown, and each takes less room."""

LAYER, ROW = 205.0, 150.0
"""Steps of a path, left to right, and what stands above each other in one step."""

GAP = 170.0
"""Between two components."""

Points = NDArray[np.float64]
Ties = Sequence[tuple[int, int]]


def positions(sub: Subgraph, seed: int = 7) -> dict[str, tuple[float, float]]:
    """A point for every entity, the same for the same entities and ties in whatever order they come.

    Components are packed side by side, the largest first; entities without ties fill a grid below.
    A component that holds both ends of a `path:` selection runs from left to right. A component of
    up to `LARGEST_SPRING` entities is laid out by springs, a larger one by rings around its hub.
    """
    ids = sorted({node.id for node in sub.nodes})
    index = {identifier: i for i, identifier in enumerate(ids)}
    ties = sorted(
        {
            (min(a, b), max(a, b))
            for a, b in ((index.get(e.subject, -1), index.get(e.object, -1)) for e in sub.edges)
            if a != b and a >= 0 and b >= 0
        }
    )
    ends = [index[identifier] for identifier in sub.meta.get("focus", ()) if identifier in index]
    is_path = runs_left_to_right(sub) and len(ends) == 2

    blocks: list[tuple[list[int], Points]] = []
    alone: list[int] = []
    for members in _components(len(ids), ties):
        if len(members) == 1:
            alone.append(members[0])
            continue
        local = {node: i for i, node in enumerate(members)}
        inner = [(local[a], local[b]) for a, b in ties if a in local] if len(members) < len(ids) else ties
        if is_path and ends[0] in local and ends[1] in local:
            points = _left_to_right(len(members), inner, local[ends[0]], local[ends[1]])
        elif len(members) > LARGEST_SPRING:
            points = _rings(len(members), inner)
        else:
            points = _springs(len(members), inner, seed)
        blocks.append((members, points))
    if alone:
        blocks.append((alone, _grid(len(alone), WIDE * 1.1, HIGH * 1.2)))

    placed: dict[str, tuple[float, float]] = {}
    for (members, points), (left, top) in zip(blocks, _pack([p for _, p in blocks]), strict=True):
        for node, (x, y) in zip(members, points - points.min(axis=0), strict=True):
            placed[ids[node]] = (round(float(x) + left, 1), round(float(y) + top, 1))
    return {identifier: placed[identifier] for identifier in ids}


def runs_left_to_right(sub: Subgraph) -> bool:
    """Whether the subgraph is a path selection with a path."""
    return str(sub.meta.get("selection", "")).startswith("path:") and not sub.meta.get("none")


def _components(n: int, ties: Ties) -> list[list[int]]:
    """Connected components, the largest first, then by their first id."""
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n))
    graph.add_edges_from_no_data(list(ties))
    return sorted((sorted(c) for c in rx.connected_components(graph)), key=lambda c: (-len(c), c[0]))


def _neighbours(n: int, ties: Ties) -> list[list[int]]:
    near: list[list[int]] = [[] for _ in range(n)]
    for a, b in ties:
        near[a].append(b)
        near[b].append(a)
    return near


def _springs(n: int, ties: Ties, seed: int) -> Points:
    """Springs that start from the rings, then rounds that push apart what still overlaps."""
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n))
    graph.add_edges_from_no_data(list(ties))
    start = _rings(n, ties)
    start /= max(float(np.abs(start).max()), 1.0)
    rounds = int(min(400, max(30, 1.2e8 / n**2)))
    found = rx.spring_layout(
        graph,
        pos={i: (x, y) for i, (x, y) in enumerate(start.tolist())},
        k=1.6 / math.sqrt(n),
        num_iter=rounds,
        seed=seed,
    )
    points = np.array([found[i] for i in range(n)], dtype=np.float64)
    a, b = np.array(ties, dtype=np.intp).T
    length = float(np.median(np.hypot(*(points[a] - points[b]).T)))
    share = 1.0 if n <= CROWD else 0.7
    points *= 1.3 * share * WIDE / max(length, 1e-9)
    points = _turn_flat(points) / share
    return _apart(points, 60 if n <= 600 else 6) * share


def _turn_flat(points: Points) -> Points:
    """Turned so that the longer axis lies flat, as pages are wider than high."""
    centred = points - points.mean(axis=0)
    if len(points) < 3:
        return np.array([[0.0, 0.0], [float(np.hypot(*(points[0] - points[1]))), 0.0]])
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1]
    # An eigenvector has no sign; take the one whose largest part is positive.
    for column in range(2):
        if axes[np.abs(axes[:, column]).argmax(), column] < 0:
            axes[:, column] *= -1
    return np.asarray(centred @ axes, dtype=np.float64)


def _apart(points: Points, rounds: int) -> Points:
    """Push overlapping entities apart, all pairs at once, until none overlap or the rounds are over."""
    n = len(points)
    # Two at the very same point need a direction: their order gives it.
    x = (points[:, 0] / WIDE + np.cos(np.arange(n)) * 1e-5).astype(np.float32)
    y = (points[:, 1] / HIGH + np.sin(np.arange(n)) * 1e-5).astype(np.float32)
    for _ in range(rounds):
        dx, dy = x[:, None] - x, y[:, None] - y
        distance = np.sqrt(dx * dx + dy * dy)
        np.fill_diagonal(distance, 1.0)
        if distance.min() >= 1.0:
            break
        push = np.clip(1.0 - distance, 0.0, None) * 0.5 / distance
        x += (dx * push).sum(axis=1)
        y += (dy * push).sum(axis=1)
    return np.column_stack((x * WIDE, y * HIGH)).astype(np.float64)


def _rings(n: int, ties: Ties) -> Points:
    """A tree of shortest ways around the hub: each ring a step further, each branch its own sector."""
    near = _neighbours(n, ties)
    hub = max(range(n), key=lambda i: (len(near[i]), -i))
    order, parent, depth = [hub], {hub: hub}, {hub: 0}
    for node in order:
        for other in near[node]:
            if other not in parent:
                parent[other], depth[other] = node, depth[node] + 1
                order.append(other)
    leaves = [1] * n
    children: dict[int, list[int]] = defaultdict(list)
    for node in reversed(order[1:]):
        children[parent[node]].append(node)
    for node in reversed(order):
        leaves[node] = max(1, sum(leaves[child] for child in children[node]))
    # A crowded ring is as broad as its members need, and they stand in several rows of it.
    step = WIDE * 0.4
    crowd = Counter(depth.values())
    inner, broad = {0: 0.0}, {0: 0.0}
    for ring in range(1, len(crowd)):
        inner[ring] = inner[ring - 1] + broad[ring - 1] + WIDE
        outer = math.sqrt(inner[ring] ** 2 + crowd[ring] * step**2 / math.pi)
        broad[ring] = max(0, math.ceil((outer - inner[ring]) / step) - 1) * step
    points = np.zeros((n, 2))
    sector = {hub: (0.0, math.tau)}
    seen: Counter[int] = Counter()
    for node in order:
        low, high = sector[node]
        middle, ring = (low + high) / 2, depth[node]
        radius = inner[ring] + seen[ring] * step % (broad[ring] + step)
        seen[ring] += 1
        points[node] = (radius * math.cos(middle), radius * math.sin(middle))
        at = low
        for child in sorted(children[node]):
            share = (high - low) * leaves[child] / leaves[node]
            sector[child] = (at, at + share)
            at += share
    return points


def _left_to_right(n: int, ties: Ties, start: int, end: int) -> Points:
    """Layers by the steps from the start, the end in the last; rows ordered to cross little."""
    near = _neighbours(n, ties)
    layer = {start: 0}
    queue = [start]
    for node in queue:
        for other in near[node]:
            if other not in layer and other != end:
                layer[other] = layer[node] + 1
                queue.append(other)
    layer[end] = max(layer.values()) + 1
    for node in range(n):  # what hangs on the end only
        layer.setdefault(node, layer[end])

    # A tie over several layers keeps a row free in each, so that no entity stands on its line.
    rows: dict[int, list[int]] = defaultdict(list)
    for node in range(n):
        rows[layer[node]].append(node)
    links: dict[int, list[int]] = defaultdict(list)
    extra = n
    for a, b in ties:
        low, high = sorted((a, b), key=lambda node: layer[node])
        before = low
        for step in range(layer[low] + 1, layer[high]):
            rows[step].append(extra)
            links[before].append(extra)
            links[extra].append(before)
            before, extra = extra, extra + 1
        links[before].append(high)
        links[high].append(before)
    place = {node: float(i) - (len(row) - 1) / 2 for row in rows.values() for i, node in enumerate(row)}
    for sweep in range(8):
        for step in sorted(rows, reverse=bool(sweep % 2)):
            row = rows[step]
            row.sort(key=lambda node: (_mean([place[other] for other in links[node]], place[node]), node))
            for i, node in enumerate(row):
                place[node] = i - (len(row) - 1) / 2
    return np.array([(layer[node] * LAYER, place[node] * ROW) for node in range(n)])


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _grid(n: int, step_x: float, step_y: float) -> Points:
    columns = max(1, math.ceil(math.sqrt(n * 1.6)))
    return np.array([(i % columns * step_x, i // columns * step_y) for i in range(n)])


def _pack(blocks: Iterable[Points]) -> list[tuple[float, float]]:
    """The left top corner of each block, in shelves about as wide as the whole is to be."""
    sizes = [np.ptp(points, axis=0) + GAP for points in blocks]
    if not sizes:
        return []
    area = sum(float(w * h) for w, h in sizes)
    limit = max(math.sqrt(area * 1.6), *(float(w) for w, _ in sizes))
    corners = []
    x = y = shelf = 0.0
    for width, height in sizes:
        if x and x + width > limit:
            x, y, shelf = 0.0, y + shelf, 0.0
        corners.append((x, y))
        x += float(width)
        shelf = max(shelf, float(height))
    return corners


def extent(points: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Width and height of what `positions` gave."""
    if not points:
        return (0.0, 0.0)
    xs, ys = zip(*points.values(), strict=True)
    return (max(xs) - min(xs), max(ys) - min(ys))
