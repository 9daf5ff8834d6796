"""Judging identity over HTTP: who, when and why; only where the server may write; old ids lead on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from tests.api.answers import client_of, problem_in
from tests.api.test_openapi import errors_against

OLD, NEW = "park:jinzhong-development-zone", "park:jinzhong-economic-development-zone"
SAME = {"a": "晋中开发区", "b": "晋中经济开发区", "verdict": "same", "by": "李老师", "why": "同一开发区"}


@pytest.fixture
def editor(bundled_copy: str) -> Iterator[TestClient]:
    with pg.open(bundled_copy) as graph:
        yield client_of(graph, editable=True)


def test_a_merge_redirects_the_old_id_and_an_undo_takes_it_back(editor: TestClient) -> None:
    made = editor.post("/v1/identity/judgements", json=SAME)
    assert made.status_code == 201
    judgement = made.json()
    assert judgement["when"].endswith("Z")
    assert {k: judgement[k] for k in ("subject", "object", "by", "why", "live")} == {
        "subject": OLD,
        "object": NEW,
        "by": "李老师",
        "why": "同一开发区",
        "live": True,
    }
    for rest in ("", "/facts", "?as_of=2024"):
        path, _, query = rest.partition("?")
        moved = editor.get(f"/v1/entities/{OLD}{rest}")
        assert moved.status_code == 308
        assert moved.headers["location"] == f"/v1/entities/{NEW}{path}" + (f"?{query}" if query else "")
        assert moved.headers["cache-control"] == "no-store"
        assert editor.get(moved.headers["location"]).status_code == 200
    assert editor.get("/v1/entities/晋中开发区").json()["entity"]["id"] == NEW
    undone = editor.delete(f"/v1/identity/judgements/{judgement['id']}", params={"by": "王", "why": "看错"})
    assert undone.status_code == 200
    assert undone.json()["undone_why"] == "王: 看错"
    assert editor.get(f"/v1/entities/{OLD}").status_code == 200
    logged = editor.get("/v1/identity/judgements", params={"entity": OLD}).json()["items"]
    assert [item["id"] for item in logged if item["by"] == "李老师"] == [judgement["id"]]


def test_the_documents_own_examples_are_answered_as_documented(editor: TestClient) -> None:
    document = editor.get("/openapi.json").json()
    for path, schema in (("/v1/identity/judgements", "JudgementIn"), ("/v1/identity/splits", "SplitIn")):
        properties = document["components"]["schemas"][schema]["properties"]
        body = {name: entry["examples"][0] for name, entry in properties.items()}
        answer = editor.post(path, json=body)
        assert answer.status_code == 201, answer.text
        assert errors_against(document, {"$ref": "#/components/schemas/JudgementOut"}, answer.json()) == []


def test_a_judgement_that_contradicts_a_live_one_says_which(editor: TestClient) -> None:
    apart = editor.post("/v1/identity/judgements", json=SAME | {"verdict": "different"}).json()
    problem = problem_in(editor.post("/v1/identity/judgements", json=SAME))
    assert (problem["status"], problem["code"]) == (422, "refused")
    assert apart["id"] in problem["detail"]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (SAME | {"verdict": "perhaps"}, 400, "same, different, unsure"),
        (SAME | {"by": ""}, 400, "who judges"),
        (SAME | {"a": "火星高新区"}, 404, "火星高新区"),
        (SAME | {"a": "成都高新区管委会", "b": "成都高新区"}, 422, "different kinds"),
        (SAME | {"colour": "red"}, 400, "colour"),
        ({"a": "晋中开发区"}, 400, "verdict"),
        ([], 400, "dictionary"),
    ],
)
def test_what_cannot_be_judged_is_a_problem(
    editor: TestClient, body: Any, status: int, sentence: str
) -> None:
    problem = problem_in(editor.post("/v1/identity/judgements", json=body))
    assert problem["status"] == status
    assert sentence in problem["detail"]


def test_a_server_that_only_reads_says_how_to_start_one_that_writes(embedded: TestClient) -> None:
    for answer in (
        embedded.post("/v1/identity/judgements", json=SAME),
        embedded.delete("/v1/identity/judgements/claim:0", params={"by": "李"}),
    ):
        problem = problem_in(answer)
        assert problem["status"] == 403
        assert "--edit" in problem["detail"]


def test_a_server_says_whether_identity_may_be_judged_there(editor: TestClient, embedded: TestClient) -> None:
    assert editor.get("/ready").json()["editable"] is True
    assert embedded.get("/ready").json()["editable"] is False


def test_a_page_elsewhere_cannot_write(editor: TestClient) -> None:
    answer = editor.post("/v1/identity/judgements", json=SAME, headers={"Origin": "https://evil.example"})
    assert problem_in(answer)["code"] == "bad-origin"
    form = editor.post("/v1/identity/judgements", data=SAME)
    assert problem_in(form)["status"] == 400
    here = editor.post("/v1/identity/judgements", json=SAME, headers={"Origin": "http://127.0.0.1:8000"})
    assert here.status_code == 201
