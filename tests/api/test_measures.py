"""Measures over HTTP: the same as in Python, with the definition and the parameters used."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.queries.measures import measures
from tests.api.answers import problem_in


def test_the_list_of_measures_has_their_definitions_and_parameters(embedded: TestClient) -> None:
    listed = embedded.get("/v1/measures").json()["items"]
    assert [item["name"] for item in listed] == list(measures())
    for item in listed:
        assert item["definition"]
        assert item["definition_zh"]
        assert item["params"]["status"]["default"] == "planned"
        assert {key for key, p in item["params"].items() if p["required"]} <= set(item["example"])


@pytest.mark.parametrize("name", list(measures()))
def test_every_measure_answers_as_in_python(
    name: str, embedded: TestClient, embedded_graph: pg.Graph
) -> None:
    example = dict(measures()[name].example)
    answer = embedded.get(f"/v1/measures/{name}", params=example)
    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(json.dumps(embedded_graph.measure(name, **example).to_dict()))


def test_lists_may_be_repeated_or_separated_by_commas(embedded: TestClient) -> None:
    one = embedded.get("/v1/measures/degree", params={"kinds": ["Park", "Agreement"]}).json()
    two = embedded.get("/v1/measures/degree", params={"kinds": "Agreement,Park"}).json()
    assert one == two
    assert one["parameters"]["kinds"] == ["Agreement", "Park"]


def test_a_day_may_be_asked_for(embedded: TestClient) -> None:
    then = embedded.get("/v1/measures/density", params={"as_of": "2016"}).json()
    assert then["parameters"]["as_of"] == "2016"
    assert then["network"]["facts"] < embedded.get("/v1/measures/density").json()["network"]["facts"]


@pytest.mark.parametrize(
    ("path", "params", "status", "says"),
    [
        ("/v1/measures/pagerankk", {}, 404, "did you mean pagerank"),
        ("/v1/measures/pagerank", {"dampin": "1"}, 400, "did you mean damping"),
        ("/v1/measures/pagerank", {"timeout": "9"}, 400, "unknown parameter 'timeout'"),
        ("/v1/measures/pagerank", {"damping": ["0.5", "0.6"]}, 400, "given twice"),
        ("/v1/measures/pagerank", {"damping": "x"}, 400, "expected a number"),
        ("/v1/measures/degree", {"entity": "不存在的园区"}, 404, "there is no entity"),
        ("/v1/measures", {"limit": "1"}, 400, "unknown parameter 'limit'"),
    ],
)
def test_what_is_wrong_is_a_problem(
    embedded: TestClient, path: str, params: dict[str, str], status: int, says: str
) -> None:
    problem = problem_in(embedded.get(path, params=params))
    assert problem["status"] == status
    assert says in problem["detail"]
