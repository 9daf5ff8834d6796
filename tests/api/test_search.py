"""Search and suggestions over HTTP: what is met is shown where it is met, and counts are filters."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.answers import problem_in


def searched(client: TestClient, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/v1/search", params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def shown(item: dict[str, Any]) -> list[str]:
    return [item["matched"][start:end] for start, end in item["highlight"]]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("zhangjiang", ["张江"]),
        ("布鲁内尔", ["布鲁内尔"]),
        ("london brunel", ["Brunel", "London"]),
        ("Brunell", ["Brunel"]),
        ("成都高新区", ["成都高新", "区"]),
    ],
)
def test_a_match_shows_what_was_met(client: TestClient, text: str, parts: list[str]) -> None:
    items = searched(client, q=text)["items"]
    assert parts in [shown(item) for item in items[:2]]
    suggested = client.get("/v1/suggest", params={"q": text}).json()["items"]
    assert [(i["id"], i["highlight"], i["fuzzy"]) for i in suggested] == [
        (i["id"], i["highlight"], i["fuzzy"]) for i in items[:8]
    ]


def test_a_page_says_how_many_there_are_and_what_they_are(embedded: TestClient) -> None:
    first = searched(embedded, q="成都", limit=4)
    assert (len(first["items"]), first["fuzzy"]) == (4, False)
    second = searched(embedded, q="成都", limit=100, cursor=first["next"])
    assert second["next"] is None
    assert len(first["items"]) + len(second["items"]) == first["total"] == second["total"]
    assert first["facets"] == second["facets"]
    assert {"value": "Park", "zh": "园区", "en": "Park", "count": 2} in first["facets"]["kind"]
    for facet in first["facets"]["place"]:
        assert searched(embedded, q="成都", place=facet["value"])["total"] == facet["count"]


def test_a_typo_is_said_to_be_one(embedded: TestClient) -> None:
    found = searched(embedded, q="zhangjaing", kind="Park")
    assert found["fuzzy"]
    assert [item["fuzzy"] for item in found["items"]] == [True]
    assert not searched(embedded, q="zhangjiang")["fuzzy"]


@pytest.mark.parametrize(
    ("parameters", "status", "code", "words"),
    [
        ({"q": "张江", "place": "亚特兰蒂斯"}, 404, "not-found", "亚特兰蒂斯"),
        ({"q": "张江", "place": "科技园"}, 409, "ambiguous", "give the id"),
        ({"q": "张江", "cursor": "4"}, 400, "bad-request", "cursor: is not one of this question"),
        ({"q": "张江", "plaec": "上海"}, 400, "unknown-name", "did you mean place"),
    ],
)
def test_a_wrong_filter_is_answered_by_a_sentence(
    embedded: TestClient, parameters: dict[str, str], status: int, code: str, words: str
) -> None:
    problem = problem_in(embedded.get("/v1/search", params=parameters))
    assert (problem["status"], problem["code"]) == (status, code)
    assert words in problem["detail"]


@pytest.mark.parametrize(
    "text", ["", " ", "<script>", "'; DROP", "%", "🦄", "a" * 200, "张" * 200, "\u0000", "a\u0301"]
)
def test_anything_may_be_typed(embedded: TestClient, text: str) -> None:
    for path in ("/v1/search", "/v1/suggest"):
        assert embedded.get(path, params={"q": text}).status_code == 200


def test_search_and_suggestions_are_as_of_the_moment_asked_for(embedded: TestClient) -> None:
    now = searched(embedded, q="成都", limit=100)
    then = searched(embedded, q="成都", limit=100, known_at="2000-01-01")
    assert now["total"] > 0
    assert (then["total"], then["items"]) == (0, [])
