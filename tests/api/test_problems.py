"""Whatever is asked wrongly is answered by a problem with a sentence, and changes nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph import api
from parkgraph.graph.errors import ParkGraphError
from tests.api.answers import problem_in

PAIR = {"from": "BP&C", "to": "布鲁内尔大学"}
Case = tuple[str, dict[str, Any], int, str, tuple[str, ...]]
CASES: tuple[Case, ...] = (
    # address, parameters, status, code, words of the sentence
    ("/v1/entities/park:atlantis", {}, 404, "not-found", ("park:atlantis",)),
    ("/v1/entities/亚特兰蒂斯科技园", {}, 404, "not-found", ("亚特兰蒂斯科技园",)),
    ("/v1/entities/park:atlantis/facts", {}, 404, "not-found", ("park:atlantis",)),
    ("/v1/entities/", {}, 404, "not-found", ("''",)),
    ("/v1/entities/高新区", {}, 409, "ambiguous", ("give the id",)),
    ("/v1/neighbours/park:atlantis", {}, 404, "not-found", ("park:atlantis",)),
    ("/v1/neighbours/高新区", {}, 409, "ambiguous", ("give the id",)),
    ("/v1/facts/fact:0", {}, 404, "not-found", ("fact:0",)),
    ("/v1/facts/fact:0/history", {}, 404, "not-found", ("fact:0",)),
    ("/v1/claims/claim:0", {}, 404, "not-found", ("claim:0",)),
    ("/v1/sources/source:0", {}, 404, "not-found", ("source:0",)),
    ("/v1/queries/fnds", {}, 404, "unknown-name", ("fnds", "did you mean funds")),
    ("/v1/entities", {"kind": "Fnd"}, 400, "unknown-name", ("Fnd", "did you mean Fund")),
    ("/v1/search", {"q": "张江", "kind": ["Park", "Fnd"]}, 400, "unknown-name", ("did you mean Fund",)),
    ("/v1/paths", PAIR | {"kinds": "Fnd"}, 400, "unknown-name", ("did you mean Fund",)),
    ("/v1/paths", PAIR | {"relations": "SIGNS"}, 400, "unknown-name", ("SIGNS", "did you mean SIGNED")),
    ("/v1/neighbours/BP&C", {"relations": "SIGNS"}, 400, "unknown-name", ("did you mean SIGNED",)),
    ("/v1/paths", PAIR | {"status": "sined"}, 400, "unknown-name", ("did you mean signed",)),
    ("/v1/neighbours/BP&C", {"status": "sined"}, 400, "unknown-name", ("did you mean signed",)),
    ("/v1/paths", PAIR | {"layers": "money"}, 400, "unknown-name", ("layer", "money", "capital")),
    ("/v1/paths", PAIR | {"via": "park:atlantis"}, 404, "not-found", ("park:atlantis",)),
    ("/v1/paths", PAIR | {"avoid": "高新区"}, 409, "ambiguous", ("give the id",)),
    ("/v1/paths", PAIR | {"as_of": "2019-13"}, 400, "bad-request", ("as_of", "2019-13", "month")),
    ("/v1/paths", PAIR | {"as_of": "yesterday"}, 400, "bad-request", ("as_of", "expected 2019")),
    ("/v1/neighbours/BP&C", {"as_of": "2019-02-30"}, 400, "bad-request", ("as_of", "2019-02-30")),
    ("/v1/totals/size", {}, 400, "unknown-name", ("unknown figure 'size'", "total_size")),
    ("/v1/totals/amount", {}, 400, "mixed-amounts", ("planned size", "500,000,000 CNY", "with mix")),
    ("/v1/totals/loan", {"rate": "USD"}, 400, "bad-request", ("USD=7.1",)),
    ("/v1/totals/loan", {"about": "高新区"}, 409, "ambiguous", ("give the id",)),
    ("/v1/totals/loan", {"status": "sined"}, 400, "unknown-name", ("did you mean signed",)),
    ("/v1/paths", PAIR | {"k": "0"}, 400, "bad-request", ("parameter k", "'0'", "1")),
    ("/v1/paths", PAIR | {"k": "51"}, 400, "bad-request", ("parameter k", "50")),
    ("/v1/paths", PAIR | {"k": "many"}, 400, "bad-request", ("parameter k", "'many'", "integer")),
    ("/v1/paths", PAIR | {"max_hops": "99"}, 400, "bad-request", ("max_hops", "12")),
    ("/v1/paths", PAIR | {"confidence": "high"}, 400, "bad-request", ("confidence", "'high'", "number")),
    ("/v1/paths", PAIR | {"confidence": "nan"}, 400, "bad-request", ("confidence", "'nan'")),
    ("/v1/paths", PAIR | {"inferred": "maybe"}, 400, "bad-request", ("inferred", "'maybe'", "boolean")),
    ("/v1/paths", {"from": "BP&C"}, 400, "bad-request", ("parameter to is missing",)),
    ("/v1/paths", PAIR | {"from": "Prk@成都"}, 400, "unknown-name", ("Prk", "did you mean Park")),
    ("/v1/paths", PAIR | {"from": "Park@"}, 400, "bad-request", ("Park@PLACE",)),
    ("/v1/paths", PAIR | {"from": "Park@亚特兰蒂斯"}, 404, "not-found", ("亚特兰蒂斯",)),
    ("/v1/paths", PAIR | {"max_degree": "0"}, 400, "bad-request", ("parameter max_degree", "'0'", "1")),
    ("/v1/paths", {}, 400, "bad-request", ("parameter from is missing; parameter to is missing",)),
    ("/v1/paths", {"from": "", "to": "BP&C"}, 404, "not-found", ("''",)),
    ("/v1/paths", PAIR | {"to": "BP&C"}, 400, "bad-request", ("same entity", "company:bpc-group")),
    ("/v1/paths", PAIR | {"hops": "3"}, 400, "unknown-name", ("unknown parameter 'hops'", "max_hops")),
    ("/v1/search", {}, 400, "bad-request", ("parameter q is missing",)),
    ("/v1/search", {"q": "x" * 201}, 400, "bad-request", ("parameter q", "200")),
    ("/v1/search", {"q": ["张江", "武进"]}, 400, "bad-request", ("parameter q was given twice",)),
    ("/v1/search", {"q": "张江", "lim": "3"}, 400, "unknown-name", ("lim", "did you mean limit")),
    ("/v1/entities", {"limit": "1001"}, 400, "bad-request", ("parameter limit", "1000")),
    ("/v1/entities", {"limit": "-1"}, 400, "bad-request", ("parameter limit", "'-1'")),
    ("/v1/entities", {"after": "x"}, 400, "unknown-name", ("unknown parameter 'after'", "fields")),
    ("/v1/entities", {"cursor": "x"}, 400, "bad-request", ("cursor", "expected `next`")),
    ("/v1/entities", {"format": "xml"}, 400, "bad-request", ("format", "'xml'", "'json' or 'ndjson'")),
    ("/v1/entities", {"fields": "nam"}, 400, "unknown-name", ("field 'nam'", "did you mean name")),
    ("/v1/entities", {"fields": "name.zh"}, 400, "unknown-name", ("name.zh",)),
    ("/v1/entities", {"lang": "fr"}, 400, "bad-request", ("lang", "'fr'", "'zh' or 'en'")),
    ("/v1/entities/BP&C", {"fields": "facts.claim"}, 400, "unknown-name", ("facts.claim", "n_claims")),
    ("/v1/paths", PAIR | {"fields": "paths.hop"}, 400, "unknown-name", ("did you mean paths.hops",)),
    ("/v1/queries/funds", {"fields": "fnd"}, 400, "unknown-name", ("did you mean fund",)),
    ("/v1/queries/funds", {"cursor": "x"}, 400, "bad-request", ("cursor",)),
    ("/v1/facts", {"relation": "SIGNS"}, 400, "unknown-name", ("did you mean SIGNED",)),
    ("/v1/facts", {"status": "sined"}, 400, "unknown-name", ("did you mean signed",)),
    ("/v1/facts", {"changed_since": "-1"}, 400, "bad-request", ("changed_since", "'-1'", "0")),
    ("/v1/facts", {"fields": "relation", "as_of": "x"}, 400, "bad-request", ("as_of", "expected 2019")),
    ("/v1/claims", {"source": "source:0"}, 404, "not-found", ("source:0",)),
    ("/v1/claims", {"entity": "高新区"}, 409, "ambiguous", ("give the id",)),
    ("/v1/neighbours/BP&C", {"limit": "0"}, 400, "bad-request", ("limit", "'0'")),
    ("/v1/neighbours/BP&C", {"cursor": "x", "limit": "2"}, 400, "bad-request", ("cursor",)),
    ("/v1/identity/candidates", {"limit": "1001"}, 400, "bad-request", ("limit", "1000")),
    ("/v1/subgraph", {"selection": "all", "format": "gexf", "lang": "zh"}, 400, "bad-request", ("gexf",)),
    ("/problems/nothing", {}, 404, "unknown-name", ("nothing",)),
    ("/v1/model", {"lang": "zh"}, 400, "unknown-name", ("unknown parameter 'lang'", "none is known")),
    ("/v1/neighbours/BP&C", {"depth": "5"}, 400, "bad-request", ("parameter depth", "'5'", "4")),
    ("/v1/queries/funds", {"colour": "red"}, 400, "unknown-name", ("colour", "/v1/queries/funds")),
    ("/v1/queries/funds", {"limit": "all"}, 400, "bad-request", ("limit", "'all'")),
    ("/v1/queries/funds", {"limit": "9" * 30}, 400, "bad-request", ("limit", "at most 1000")),
    ("/v1/queries/observations", {"year": "9" * 30}, 400, "bad-request", ("year", "9" * 30)),
    ("/v1/queries/funds", {"limit": ["1", "2"]}, 400, "bad-request", ("limit was given twice",)),
    ("/v1/queries/funds", {"status": "sined"}, 400, "unknown-name", ("did you mean signed",)),
    ("/v1/queries/funds", {"founder": "park:atlantis"}, 404, "not-found", ("park:atlantis",)),
    ("/v1/queries/agreements", {"since": "20x"}, 400, "bad-request", ("since", "'20x'", "expected 2019")),
    ("/v1/queries/partners", {}, 400, "bad-request", ("partners", "entity is missing")),
    ("/v1/queries/partners", {"entity": "高新区"}, 409, "ambiguous", ("give the id",)),
    ("/v1/queries/actors_of", {"entity": "BP&C", "relation": "SIGNS"}, 400, "unknown-name", ("SIGNED",)),
    ("/v1/subgraph", {}, 400, "bad-request", ("parameter selection is missing",)),
    ("/v1/subgraph", {"selection": ""}, 400, "unknown-name", ("unknown selection", "neighbours")),
    ("/v1/subgraph", {"selection": "neighbors:BP&C"}, 400, "unknown-name", ("did you mean neighbours",)),
    ("/v1/subgraph", {"selection": "entity:"}, 400, "bad-request", ("names nothing",)),
    ("/v1/subgraph", {"selection": "all?depth=1"}, 400, "bad-request", ("all takes only as_of",)),
    ("/v1/subgraph", {"selection": "path:BP&C"}, 400, "bad-request", ("path:FROM..TO",)),
    ("/v1/subgraph", {"selection": "entity:park:atlantis"}, 404, "not-found", ("park:atlantis",)),
    ("/v1/subgraph", {"selection": "neighbours:BP&C?dept=2"}, 400, "unknown-name", ("mean depth",)),
    ("/v1/subgraph", {"selection": "neighbours:BP&C?depth=x"}, 400, "bad-request", ("depth", "'x'")),
    ("/v1/subgraph", {"selection": "neighbours:BP&C?inferred=x"}, 400, "bad-request", ("inferred",)),
    ("/v1/subgraph", {"selection": "path:BP&C..BP&C"}, 400, "bad-request", ("same entity",)),
    ("/v1/subgraph", {"selection": "query:fnds"}, 404, "unknown-name", ("did you mean funds",)),
    ("/v1/subgraph", {"selection": "query:count_kinds"}, 400, "bad-request", ("figures",)),
    ("/v1/subgraph", {"selection": "all", "format": "xls"}, 400, "unknown-name", ("xls", "graphml")),
    ("/v1/nothing", {}, 404, "not-found", ("there is nothing at /v1/nothing",)),
    ("/v1", {}, 404, "not-found", ("there is nothing at /v1",)),
    ("/v1/model/", {}, 404, "not-found", ("there is nothing at /v1/model/",)),
    ("/nothing/at/all", {}, 404, "not-found", ("there is nothing at /nothing/at/all",)),
    ("/", {"lang": "xx"}, 400, "bad-request", ("parameter lang", "'xx'", "'zh' or 'en'")),
    ("/view/all", {"lang": "xx"}, 400, "bad-request", ("parameter lang", "'xx'", "'zh' or 'en'")),
    ("/view/all", {"depth": "1"}, 400, "bad-request", ("all takes only as_of",)),
    ("/view/nothing", {}, 400, "unknown-name", ("unknown selection 'nothing'",)),
    ("/view/entity:park:atlantis", {}, 404, "not-found", ("park:atlantis",)),
    ("/view/neighbours:BP&C", {"depth": ["1", "2"]}, 400, "bad-request", ("depth", "'1,2'")),
    ("/static/viz/nothing.js", {}, 404, "not-found", ("viz/nothing.js",)),
)


@pytest.mark.parametrize(
    ("address", "parameters", "status", "code", "words"), CASES, ids=[f"{c[0]}?{c[1]}"[:70] for c in CASES]
)
def test_what_is_asked_wrongly_is_answered_by_a_sentence(
    embedded: TestClient,
    address: str,
    parameters: dict[str, Any],
    status: int,
    code: str,
    words: tuple[str, ...],
) -> None:
    answer = embedded.get(address, params=parameters)
    problem = problem_in(answer)
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert [word for word in words if word not in problem["detail"]] == [], problem["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "address", ["/health", "/v1/entities/成都高新区", "/v1/subgraph", "/v1/queries/funds"]
)
def test_another_method_than_get_is_refused(embedded: TestClient, method: str, address: str) -> None:
    answer = embedded.request(method, address)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    problem = problem_in(answer)
    assert (problem["code"], problem["detail"]) == (
        "method-not-allowed",
        f"{address} takes no {method}; use GET",
    )


@pytest.mark.parametrize(
    "address",
    ["/health", "/v1/entities/成都高新区", "/v1/subgraph?selection=all&format=gexf", "/docs", "/nothing"],
)
def test_head_is_answered_as_get_without_the_body(embedded: TestClient, address: str) -> None:
    head, get = embedded.head(address), embedded.get(address)
    assert head.content == b""
    assert get.content
    # Each request has an id of its own.
    assert head.headers.pop("x-request-id") != get.headers.pop("x-request-id")
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


HOSTILE = (
    "' OR 1=1 RETURN n //",
    "x'}) DETACH DELETE n //",
    "$limit",
    "`",
    "<script>alert(1)</script>",
    "%00",
    "%ED%A0%80",
    "%FF",
    "../../etc/passwd",
    "a/b/c",
    "a?b#c",
    "长" * 1500,
    "🦄",
    "{{7*7}}",
)


def test_hostile_names_and_values_never_break_an_answer(client: TestClient) -> None:
    for text in HOSTILE:
        for address in ("entities", "facts", "claims", "sources", "neighbours", "queries"):
            answer = client.get(f"/v1/{address}/{text.replace('?', '%3F').replace('#', '%23')}")
            assert answer.status_code in (404, 409), (address, text, answer.text)
            problem_in(answer)
        value = text if text.startswith("%") else quote(text, safe="")
        for address in (
            "/v1/paths?to=BP%26C&from=",
            "/v1/entities?kind=",
            "/v1/queries/partners?entity=",
            "/v1/subgraph?selection=",
            "/v1/subgraph?selection=all&format=",
        ):
            answer = client.get(address + value)
            assert answer.status_code in (400, 404, 409), (address, text, answer.text)
            problem_in(answer)
        found = client.get("/v1/queries/facts_of_source", params={"source": text})
        assert (found.json()["rows"], found.json()["truncated"]) == ([], False)
        assert found.json()["none"]["reasons"]


def test_nothing_that_is_asked_changes_the_store(graph: pg.Graph, client: TestClient) -> None:
    before = graph.stats()
    for address, parameters, *_ in CASES:
        client.get(address, params=parameters)
    for text in HOSTILE[:4]:
        client.get("/v1/queries/facts_of_source", params={"source": text})
        client.get("/v1/subgraph", params={"selection": f"entity:{text}"})
    for method in ("POST", "PUT", "DELETE"):
        client.request(method, "/v1/entities/成都高新区", content=b"{}")
    assert client.get("/v1/subgraph", params={"selection": "all", "format": "claims"}).status_code == 200
    assert graph.stats() == before


# -- codes ---------------------------------------------------------------------------------------

API = Path(api.__file__).parent


def answered_codes() -> set[str]:
    """The codes that the server's own code answers with, read from its source."""
    found: set[str] = set()
    for file in API.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in ("problem", "problem_body") and len(node.args) > 1:
                    found |= _texts(node.args[1])
            elif isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    found |= _texts(value) if isinstance(key, ast.Constant) and key.value == "code" else set()
            elif isinstance(node, ast.Assign) and any(_is_code(target) for target in node.targets):
                value = node.value.elts[0] if isinstance(node.value, ast.Tuple) else node.value
                found |= _texts(value)
    return found


def _is_code(target: ast.expr) -> bool:
    names = target.elts[:1] if isinstance(target, ast.Tuple) else [target]
    return any(isinstance(name, ast.Name) and name.id == "code" for name in names)


def _texts(node: ast.expr) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def errors_below(error: type[ParkGraphError]) -> Iterator[type[ParkGraphError]]:
    yield error
    for inner in error.__subclasses__():
        yield from errors_below(inner)


def test_every_code_that_can_be_answered_is_documented_and_no_other(embedded: TestClient) -> None:
    of_errors = {
        error.code for error in errors_below(ParkGraphError) if error.__module__.startswith("parkgraph.")
    }
    listed = {kind["code"]: kind for kind in embedded.get("/problems").json()["items"]}
    assert set(listed) == of_errors | answered_codes()
    assert {"bad-host", "method-not-allowed", "internal", "too-large"} <= answered_codes() | of_errors
    page = (API.parents[1] / "docs" / "http.md").read_text(encoding="utf-8")
    for code, kind in listed.items():
        assert kind["meaning"].endswith((".", "?")), code
        assert re.search("[\u4e00-\u9fff]", kind["title"]["zh"]), code
        assert embedded.get(kind["type"]).json() == kind
        assert f"| `{code}` |" in page, code


def test_the_type_of_a_problem_leads_to_what_it_means(embedded: TestClient) -> None:
    for address in ("/v1/entities/高新区", "/nothing", "/v1/entities?fields=nam", "/v1/totals/amount"):
        problem = problem_in(embedded.get(address))
        explained = embedded.get(problem["type"]).json()
        assert (explained["code"], explained["type"]) == (problem["code"], problem["type"])


def test_a_reader_of_chinese_gets_the_title_in_chinese(embedded: TestClient) -> None:
    for accepted, title in (("zh-CN,zh;q=0.9", "没有找到"), ("en", "not found"), ("", "not found")):
        answer = embedded.get("/v1/entities/park:atlantis", headers={"Accept-Language": accepted})
        assert problem_in(answer)["title"] == title
        assert "accept-language" in answer.headers["vary"].lower()
        assert "park:atlantis" in answer.json()["detail"]
