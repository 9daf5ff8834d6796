"""Layouts: the same subgraph stands at the same points, nothing drifts away, large ones do not hang."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest

import parkgraph as pg
from parkgraph.graph.subgraph import Edge, Node, Subgraph
from parkgraph.viz.layout import LARGEST_SPRING, extent, positions

PATH = "path:company:bpc-group..布鲁内尔大学"


def network(ties: list[tuple[int, int]], n: int) -> Subgraph:
    return Subgraph(
        tuple(Node(f"park:{i:05}", "Park", {"name": str(i)}) for i in range(n)),
        tuple(Edge(f"fact:{a}-{b}", f"park:{a:05}", "SIGNED", f"park:{b:05}", {}) for a, b in ties),
    )


def grown(n: int) -> Subgraph:
    """A connected network with hubs, as cooperation has them."""
    rng = random.Random(1)  # noqa: S311 - a fixed example
    ends = [0]
    ties = []
    for i in range(1, n):
        other = rng.choice(ends)
        ties.append((other, i))
        ends += [other, i]
    return network(ties, n)


@pytest.mark.parametrize("selection", ["all", "neighbours:成都高新区?depth=1", PATH])
def test_positions_do_not_depend_on_the_order_of_nodes_and_edges(
    embedded_graph: pg.Graph, selection: str
) -> None:
    sub = embedded_graph.subgraph(selection)
    nodes, edges = list(sub.nodes), list(sub.edges)
    nodes.reverse()
    edges.reverse()
    assert positions(Subgraph(tuple(nodes), tuple(edges), sub.sources, sub.meta)) == positions(sub)


def test_every_entity_has_a_finite_point_of_its_own(embedded_graph: pg.Graph) -> None:
    sub = embedded_graph.subgraph("all")
    points = positions(sub)
    assert set(points) == {node.id for node in sub.nodes}
    assert all(math.isfinite(x) and math.isfinite(y) for x, y in points.values())
    assert len(set(points.values())) == len(points)


def test_entities_of_a_small_subgraph_leave_room_for_their_names(embedded_graph: pg.Graph) -> None:
    points = positions(embedded_graph.subgraph("neighbours:成都高新区?depth=1"))
    nearest = min(math.dist(a, b) for a, b in combinations(points.values(), 2))
    assert nearest > 60


def test_a_path_runs_from_left_to_right(embedded_graph: pg.Graph) -> None:
    sub = embedded_graph.subgraph(PATH)
    points = positions(sub)
    start, end = (points[identifier][0] for identifier in sub.meta["focus"])
    between = [x for identifier, (x, _) in points.items() if identifier not in sub.meta["focus"]]
    assert start < min(between) <= max(between) < end


def test_small_components_stay_near_the_large_one() -> None:
    ties = [(0, i) for i in range(1, 30)] + [(30, 31), (32, 33), (34, 35)]
    points = positions(network(ties, 60))
    alone = extent({k: v for k, v in points.items() if k < "park:00030"})
    assert max(extent(points)) < 3 * max(alone)


def test_an_empty_subgraph_has_no_points_and_one_entity_has_one() -> None:
    assert positions(network([], 0)) == {}
    assert positions(network([], 1)) == {"park:00000": (0.0, 0.0)}


def test_what_is_too_large_for_springs_falls_back_to_rings() -> None:
    assert len(set(positions(grown(2_000)).values())) == 2_000
    points = positions(grown(LARGEST_SPRING * 4))
    assert len(set(points.values())) == LARGEST_SPRING * 4
