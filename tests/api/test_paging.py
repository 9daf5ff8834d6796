"""Every list comes page by page by one scheme: `limit` and `cursor`, answered by `next` and a Link header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from tests.api.answers import client_of, problem_in

CHENGDU = "park:chengdu-hi-tech-zone"
LISTS: tuple[tuple[str, dict[str, Any], int, int], ...] = (
    # address, what else is asked, items a page, at least so many altogether
    ("/v1/entities", {}, 100, 400),
    ("/v1/entities", {"kind": "Fund"}, 3, 8),
    ("/v1/entities", {"as_of": "2016", "lang": "en"}, 60, 100),
    (f"/v1/entities/{CHENGDU}/facts", {}, 7, 30),
    ("/v1/facts", {}, 200, 500),
    ("/v1/facts", {"relation": ["SIGNED", "LOCATED_IN"], "status": "signed"}, 9, 20),
    ("/v1/claims", {"entity": CHENGDU, "fields": "locator"}, 30, 50),
    ("/v1/sources", {}, 2, 5),
    ("/v1/identity/candidates", {}, 2, 3),
    ("/v1/identity/judgements", {}, 1, 1),
    ("/v1/queries/partners", {"entity": CHENGDU}, 3, 7),
    ("/v1/neighbours/成都高新区", {"depth": 1}, 9, 30),
)


def items_of(page: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next(page[key] for key in ("items", "rows", "nodes") if key in page)
    return found


def pages_of(client: TestClient, address: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All pages, each by the `next` of the one before it."""
    cursor: dict[str, str] = {}
    while True:
        page = client.get(address, params=asked | cursor).json()
        yield page
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize(("address", "asked", "limit", "least"), LISTS)
def test_pages_hold_each_item_once_in_one_order(
    embedded: TestClient, address: str, asked: dict[str, Any], limit: int, least: int
) -> None:
    listed = list(pages_of(embedded, address, asked | {"limit": limit}))
    found = [item for page in listed for item in items_of(page)]
    whole = embedded.get(address, params=asked | {"limit": 1000}).json()
    assert (found, whole["next"]) == (items_of(whole), None)
    assert len(found) >= least
    assert all(len(items_of(page)) == limit for page in listed[:-1])
    assert {page["total"] for page in listed if "total" in page} <= {len(found)}


@pytest.mark.parametrize(("address", "asked", "limit", "least"), LISTS[:1] + LISTS[3:6] + LISTS[-2:])
def test_the_link_header_leads_to_the_same_page_as_next(
    embedded: TestClient, address: str, asked: dict[str, Any], limit: int, least: int
) -> None:
    del least
    first = embedded.get(address, params=asked | {"limit": limit})
    link = re.fullmatch(r'<(/[!-~]+)>; rel="next"', first.headers["link"])
    assert link is not None
    by_next = embedded.get(address, params=asked | {"limit": limit, "cursor": first.json()["next"]})
    by_link = embedded.get(link[1])
    assert by_link.json() == by_next.json()
    last = embedded.get(address, params=asked | {"limit": 1000})
    assert "link" not in last.headers


def test_the_ties_of_neighbours_come_once_each_when_both_ends_are_known(embedded: TestClient) -> None:
    whole = embedded.get("/v1/neighbours/成都高新区").json()
    known: set[str] = set()
    edges: list[str] = []
    for page in pages_of(embedded, "/v1/neighbours/成都高新区", {"limit": 4}):
        known |= {node["id"] for node in page["nodes"]}
        assert all({edge["subject"], edge["object"]} <= known for edge in page["edges"])
        edges += [edge["id"] for edge in page["edges"]]
    assert sorted(edges) == [edge["id"] for edge in whole["edges"]]


def test_a_cursor_serves_its_own_question_only(embedded: TestClient) -> None:
    cursor = embedded.get("/v1/entities", params={"kind": "Fund", "limit": 2}).json()["next"]
    shown = {"kind": "Fund", "cursor": cursor, "limit": 5, "fields": "name", "lang": "zh"}
    assert embedded.get("/v1/entities", params=shown).status_code == 200
    for address, asked in (
        ("/v1/entities", {"kind": "Park"}),
        ("/v1/entities", {}),
        ("/v1/entities", {"kind": "Fund", "as_of": "2019"}),
        ("/v1/facts", {"kind": "Fund"}),
        ("/v1/sources", {}),
        ("/v1/queries/funds", {}),
        ("/v1/neighbours/成都高新区", {"limit": 2}),
    ):
        problem = problem_in(embedded.get(address, params={**asked, "cursor": cursor}))
        assert problem["status"] == 400
        assert problem["code"] in ("bad-request", "unknown-name")
    for broken in (f"{cursor}x", cursor[:-2], cursor[1:], cursor.swapcase(), "x", "park:a", "é", "A" * 600):
        problem = problem_in(embedded.get("/v1/entities", params={"kind": "Fund", "cursor": broken}))
        assert (problem["status"], problem["detail"].split(":")[0]) == (400, "cursor")
    assert embedded.get("/v1/entities", params={"cursor": ""}).status_code == 200


@pytest.fixture
def editable(bundled_copy: str) -> Iterator[pg.Graph]:
    with pg.open(bundled_copy) as graph:
        yield graph


def _next(answer: httpx.Response) -> str:
    cursor: str = answer.json()["next"]
    return cursor


def test_a_cursor_survives_what_is_written_between_two_pages(editable: pg.Graph) -> None:
    client = client_of(editable)
    before = [item["id"] for item in client.get("/v1/entities", params={"limit": 1000}).json()["items"]]
    cursor = _next(client.get("/v1/entities", params={"limit": 200}))
    rows = client.get("/v1/queries/partners", params={"entity": CHENGDU, "limit": 1}).json()
    gone = client.get("/v1/queries/sources", params={"limit": 1}).json()
    version = client.get("/ready").json()["version"]
    editable.retract(gone["rows"][0]["source"])
    left = {item["id"] for item in client.get("/v1/entities", params={"limit": 1000}).json()["items"]}
    assert 0 < len(left) < len(before)
    further = client.get("/v1/entities", params={"limit": 1000, "cursor": cursor}).json()["items"]
    assert [item["id"] for item in further] == [i for i in before[200:] if i in left]
    changed = client.get("/v1/facts", params={"changed_since": version, "limit": 1000}).json()["items"]
    assert changed == [], "what was taken away is not there to be listed"
    # The row that the page of sources would go on from is gone; the one of partners may be.
    lost = client.get("/v1/queries/sources", params={"limit": 1, "cursor": gone["next"]})
    assert (problem_in(lost)["code"], lost.status_code) == ("conflict", 409)
    asked = {"entity": CHENGDU, "cursor": rows["next"]}
    assert client.get("/v1/queries/partners", params=asked).status_code in (200, 409)


def test_facts_are_listed_by_the_version_that_wrote_them(editable: pg.Graph) -> None:
    client = client_of(editable)
    version = client.get("/ready").json()["version"]
    editable.identity.judge("晋中开发区", "晋中经济开发区", "same", by="李老师")
    changed = client.get("/v1/facts", params={"changed_since": version}).json()["items"]
    every = client.get("/v1/facts", params={"limit": 1000}).json()
    assert 0 < len(changed) < every["total"]
    assert [fact for fact in every["items"] if fact in changed] == changed
    then = client.get("/v1/facts", params={"changed_since": version, "as_of": "2100"}).json()["items"]
    assert {fact["id"] for fact in then} <= {fact["id"] for fact in changed}


def test_lists_are_alike_on_both_engines(both: tuple[TestClient, TestClient]) -> None:
    for address, asked in (
        ("/v1/facts", {"relation": "LOCATED_IN", "status": ["signed", "not_stated"], "limit": 5}),
        ("/v1/facts", {"changed_since": 0, "limit": 5, "fields": "relation"}),
        ("/v1/claims", {"source": "source:tspp-forum-2017", "limit": 5, "fields": "subject,property"}),
        ("/v1/sources", {"limit": 2}),
    ):
        one, other = (
            [items_of(page) for page, _ in zip(pages_of(client, address, asked), range(3), strict=False)]
            for client in both
        )
        assert one == other
        assert one[0]
