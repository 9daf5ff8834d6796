"""Sums over HTTP: the answer, the refusal with its subtotals, and the same on both engines."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.answers import problem_in, timeless


@pytest.mark.parametrize(
    ("figure", "params"),
    [
        ("total_size", {}),
        ("total_size", {"about": "甘肃", "status": ["signed", "operating"]}),
        ("raised", {}),
        ("amount", {"mix": "true"}),
        ("loan", {"currency": "USD", "rate": "CNY=0.14"}),
    ],
)
def test_both_engines_give_the_same_sum(
    both: tuple[TestClient, TestClient], figure: str, params: dict[str, str]
) -> None:
    first, second = (client.get(f"/v1/totals/{figure}", params=params) for client in both)
    assert first.status_code == second.status_code == 200
    assert timeless(first.json()) == timeless(second.json())


def test_a_mixed_sum_is_refused_with_its_subtotals(embedded: TestClient) -> None:
    problem = problem_in(embedded.get("/v1/totals/amount"))
    assert (problem["status"], problem["code"]) == (400, "mixed-amounts")
    assert {group["figure"]: group["total"] for group in problem["groups"]} == {
        "investment": 32_000_000,
        "loan": 2_404_000_000,
        "paid_cumulative": 60_000_000,
        "planned_size": 500_000_000,
        "total_size": 10_600_000_000,
    }
    assert problem["spans"] == ["figure", "standing"]


def test_a_sum_names_what_it_is_made_of(embedded: TestClient) -> None:
    answer = embedded.get("/v1/totals/total_size").json()
    assert answer["total"] == 10_600_000_000
    made_of = {amount["of"] for group in answer["groups"] for amount in group["amounts"]}
    assert made_of | set(answer["not_stated"]) == {node["id"] for node in answer["nodes"]}
    assert all(note["zh"] and note["en"] for note in answer["notes"])
