"""A graph that is too large to be held is searched by the server, with the same answers."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import pytest

import parkgraph as pg
from parkgraph.graph import snapshot as snapshots
from parkgraph.graph.errors import BadRequest

PAIRS = [
    ("成都高新区", "英国布鲁内尔大学"),
    ("BP&C集团", "海法大学"),
    ("上海张江", "BP&C集团"),
    ("上海张江", "常州武进国家高新区"),
]
FILTERS: list[dict[str, Any]] = [
    {},
    {"status": "signed"},
    {"inferred": False, "k": 1},
    {"relations": "SIGNED,PARTNERS_WITH", "k": 5},
    {"layers": "technology"},
    {"kinds": "Park,Agreement", "max_hops": 5},
    {"avoid": "成都高新区", "k": 2},
    {"via": "中英智慧质量工程技术研究院", "max_hops": 5},
    {"max_degree": 8, "max_hops": 6},
    {"all_shortest": True},
    {"confidence": 0.9},
]


# The embedded engine holds every graph in memory.
on_neo4j = pytest.mark.parametrize("graph", ["neo4j"], indirect=True)


def ways(answer: pg.PathAnswer) -> list[Any]:
    return [
        [(hop.start.id, hop.end.id, [f.id for f in hop.facts], [c.id for c in hop.claims]) for hop in path]
        for path in answer
    ]


@pytest.fixture
def server(graph: pg.Graph, monkeypatch: pytest.MonkeyPatch) -> pg.Graph:
    """The bundled dataset on Neo4j, taken for one that is too large."""
    monkeypatch.setattr(snapshots, "LARGEST_SNAPSHOT", 0)
    # What other tests hold of it counts for nothing.
    monkeypatch.setattr(snapshots, "_cache", WeakKeyDictionary())
    return graph


@on_neo4j
def test_the_server_finds_the_paths_that_are_found_in_memory(
    server: pg.Graph, embedded_graph: pg.Graph
) -> None:
    assert server.is_too_large
    for number, (a, b) in enumerate(PAIRS):
        for filters in FILTERS[number::6]:
            here, there = embedded_graph.paths(a, b, **filters), server.paths(a, b, **filters)
            assert ways(there) == ways(here), (a, b, filters)
            if not here:
                assert here.explanation is not None
                assert there.explanation is not None
                known, told = here.explanation.none, there.explanation.none
                assert (told.connected, told.restores) == (known.connected, known.restores), (a, b, filters)
                assert told.reach is None


@on_neo4j
def test_what_must_be_held_in_memory_is_refused_with_a_sentence(server: pg.Graph) -> None:
    with pytest.raises(BadRequest, match="not held in memory"):
        server.paths("BP&C集团", "英国布鲁内尔大学", robustness=True)
    with pytest.raises(BadRequest, match="too large"):
        server.neighbours("成都高新区")
