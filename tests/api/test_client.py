"""A client that is generated from the OpenAPI document works against the application."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from tests.api.answers import HOME, client_of, problem_in

PACKAGE = "parkgraph_client"
KEY = "correct-horse-battery"


@pytest.fixture(scope="module")
def api(bundled_file: Path) -> Iterator[TestClient]:
    with pg.open(f"embedded:{bundled_file}", readonly=True) as graph:
        yield client_of(graph, api_key=KEY)


@pytest.fixture(scope="module")
def generated(api: TestClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The package that openapi-python-client makes of the document, and its client with the key."""
    folder = tmp_path_factory.mktemp("client")
    document = folder / "openapi.json"
    document.write_bytes(api.get("/openapi.json", headers={"X-API-Key": KEY}).content)
    made = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", str(document), "--output-path", str(folder / PACKAGE)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module(f"{PACKAGE}.client")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def client(api: TestClient, generated: Any) -> Any:
    made = generated.AuthenticatedClient(base_url=HOME, token=KEY)
    api.headers["Authorization"] = f"Bearer {KEY}"
    return made.set_httpx_client(api)


def operation(tag: str, name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.api.{tag}.{name}")


def test_every_operation_has_its_function(client: Any, api: TestClient) -> None:
    del client
    document = api.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for described in methods.values():
            tag, name = described["tags"][0].replace(" ", "_"), described["operationId"]
            module = operation(tag, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())
            assert callable(module.sync_detailed), path


def test_an_entity_its_facts_and_their_claims_are_typed(client: Any) -> None:
    shown = operation("entities", "get_entity").sync("成都高新区", client=client)
    assert (shown.entity.id, shown.entity.kind) == ("park:chengdu-hi-tech-zone", "Park")
    assert shown.entity.name_zh == "成都高新技术产业开发区"
    fact = operation("evidence", "get_fact").sync(shown.facts[0].id, client=client)
    assert fact.claims[0].source.name


def test_paths_come_with_their_proof(client: Any) -> None:
    found = operation("questions", "find_paths").sync(client=client, from_="BP&C", to="布鲁内尔大学", k=1)
    (path,) = found.paths
    assert path.length == len(path.hops)
    assert all(fact.claims for hop in path.hops for fact in hop.facts)


def test_each_question_is_a_function_with_its_parameters_and_columns(client: Any) -> None:
    answer = operation("questions", "query_funds").sync(client=client, limit=2)
    assert len(answer.rows) == 2
    assert answer.rows[0].fund.startswith("fund:")
    following = operation("questions", "query_funds").sync(client=client, limit=2, cursor=answer.next_)
    assert {row.fund for row in following.rows}.isdisjoint(row.fund for row in answer.rows)


def test_a_list_is_read_page_by_page(client: Any) -> None:
    listing = operation("entities", "list_entities")
    fund = listing.ListEntitiesKind.FUND
    seen: list[str] = []
    page = listing.sync(client=client, kind=fund, limit=4)
    while page.next_ is not None:
        seen += [node.id for node in page.items]
        page = listing.sync(client=client, kind=fund, limit=4, cursor=page.next_)
    seen += [node.id for node in page.items]
    assert len(seen) == len(set(seen)) == page.total > 4


def test_a_problem_is_typed_too(client: Any, api: TestClient) -> None:
    problem = operation("entities", "get_entity").sync("高新区", client=client)
    assert (problem.status, problem.code) == (409, "ambiguous")
    assert problem.additional_properties["candidates"]
    assert problem_in(api.get(problem.type_ + "x"))["code"] == "unknown-name"
    assert json.loads(api.get(problem.type_).content)["code"] == "ambiguous"
