"""Search, entities, facts, claims, sources, neighbours and the model, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from parkgraph.graph.model import Model
from tests.api.answers import timeless

ZHANGJIANG = {"park:zhangjiang-innovation-demonstration-zone", "place:zhangjiang"}


def every_entity(client: TestClient, limit: int, **filters: str) -> Iterator[dict[str, Any]]:
    """All pages, one after another."""
    further: dict[str, str] = {}
    while True:
        page = client.get("/v1/entities", params={"limit": limit, **filters, **further}).json()
        assert len(page["items"]) <= limit
        yield from page["items"]
        if page["next"] is None:
            return
        further = {"cursor": page["next"]}


SPELLINGS = (
    "张江",
    " 张 江 ",
    "zhangjiang",
    "Zhang Jiang",
    "ZHANGJIANG",
    "ｚｈａｎｇｊｉａｎｇ",
    "zhang-jiang",
    "zhang　jiang",
)


def test_search_answers_alike_on_both_engines(both: tuple[TestClient, TestClient]) -> None:
    for text in (*SPELLINGS, "高新区", "高新技术产业开发区", "BP&C", "布鲁内尔", "chengdu", "cdgxq"):
        one, other = (client.get("/v1/search", params={"q": text, "limit": 100}).json() for client in both)
        assert one == other
        assert one["items"], text


def test_zhangjiang_is_found_however_it_is_written(embedded: TestClient) -> None:
    found = [
        {match["id"] for match in embedded.get("/v1/search", params={"q": text}).json()["items"]}
        for text in SPELLINGS
    ]
    assert found[0] >= ZHANGJIANG
    assert all(ids == found[0] for ids in found)


def test_a_long_form_of_a_name_finds_the_same_as_its_short_form(embedded: TestClient) -> None:
    short, long = (
        embedded.get("/v1/search", params={"q": text, "limit": 100}).json()
        for text in ("高新区", "高新技术产业开发区")
    )
    assert short == long
    assert {"park:chengdu-hi-tech-zone", "park:xian-hi-tech-zone"} <= {m["id"] for m in short["items"]}


def test_search_keeps_to_the_kinds_and_the_number_asked_for(embedded: TestClient) -> None:
    found = embedded.get("/v1/search", params={"q": "成都", "kind": ["Park", "Place"], "limit": 100}).json()
    assert {match["kind"] for match in found["items"]} == {"Park", "Place"}
    assert len(embedded.get("/v1/search", params={"q": "成都", "limit": 2}).json()["items"]) == 2
    assert embedded.get("/v1/search", params={"q": "张江", "kind": ""}).json()["items"]
    nothing = embedded.get("/v1/search", params={"q": "  "}).json()
    assert (nothing["items"], nothing["total"], nothing["next"]) == ([], 0, None)


@pytest.mark.parametrize("limit", [1, 7, 50, 1000])
def test_paging_visits_every_entity_exactly_once(embedded: TestClient, limit: int) -> None:
    visited = [node["id"] for node in every_entity(embedded, limit)]
    whole = embedded.get("/v1/subgraph", params={"selection": "all"}).json()
    assert visited == sorted(node["id"] for node in whole["nodes"])
    assert len(set(visited)) == len(visited) > 400


def test_pages_are_full_until_the_last_whose_end_is_told(embedded: TestClient) -> None:
    funds = [node["id"] for node in every_entity(embedded, 1000, kind="Fund")]
    page = embedded.get("/v1/entities", params={"kind": "Fund", "limit": len(funds)}).json()
    assert ([node["id"] for node in page["items"]], page["next"]) == (funds, None)
    page = embedded.get("/v1/entities", params={"kind": "Fund", "limit": len(funds) - 1}).json()
    assert page["next"] is not None


def test_every_entity_is_the_same_on_both_engines_and_keeps_to_the_models_schema(
    both: tuple[TestClient, TestClient], model: Model
) -> None:
    schema = both[0].get("/v1/model/schema").json()
    Draft202012Validator.check_schema(schema)
    one, other = (list(every_entity(client, 1000)) for client in both)
    assert one == other
    faults = []
    for name in model.kinds:
        validator = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})
        faults += [
            f"{node['id']}: {error.json_path} {error.message}"
            for node in one
            if node["kind"] == name
            for error in validator.iter_errors(node)
        ]
    assert faults == []
    assert {node["kind"] for node in one} <= set(model.kinds)


def test_every_relation_fact_keeps_to_the_models_schema(client: TestClient, model: Model) -> None:
    schema = client.get("/v1/model/schema").json()
    edges = client.get("/v1/subgraph", params={"selection": "all"}).json()["edges"]
    validators = {
        name: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})
        for name in model.relations
    }
    assert len(edges) > 500
    assert [
        f"{edge['id']}: {error.json_path} {error.message}"
        for edge in edges
        for error in validators[edge["relation"]].iter_errors(edge)
    ] == []


def test_the_model_is_served_whole(embedded: TestClient, model: Model) -> None:
    served = embedded.get("/v1/model").json()
    digest = served.pop("digest")
    assert digest == model.digest
    assert list(served["kinds"]) == list(model.kinds)
    assert list(served["relations"]) == list(model.relations)
    assert served["kinds"]["Park"]["zh"]
    assert Model.model_validate(served).digest == digest


def test_an_entity_shows_its_facts_with_both_ends_and_its_properties(client: TestClient) -> None:
    shown = client.get("/v1/entities/成都高新区").json()
    assert shown["entity"]["id"] == "park:chengdu-hi-tech-zone"
    assert client.get("/v1/entities/成都高新区/facts").json()["items"] == shown["facts"]
    known = {shown["entity"]["id"], *(node["id"] for node in shown["neighbours"])}
    assert {end for fact in shown["facts"] for end in (fact["subject"], fact["object"])} == known
    assert "name_zh" in {fact["property"] for fact in shown["properties"]}


def test_from_an_entity_to_fact_claim_and_source_each_leads_to_the_next(client: TestClient) -> None:
    facts = client.get("/v1/entities/BP&C/facts").json()["items"]
    properties = client.get("/v1/entities/BP&C").json()["properties"]
    assert facts
    assert properties
    for listed in (*facts, *properties):
        fact = client.get(f"/v1/facts/{listed['id']}").json()
        assert fact["subject"] == listed["subject"]
        assert len(fact["claims"]) == fact["n_claims"] >= 1
        for claim in fact["claims"]:
            assert client.get(f"/v1/claims/{claim['id']}").json() == claim
            assert client.get(f"/v1/sources/{claim['source']['id']}").json() == claim["source"]


def test_sources_are_those_that_claims_name(both: tuple[TestClient, TestClient]) -> None:
    one, other = (client.get("/v1/sources").json() for client in both)
    assert one == other
    ids = [source["id"] for source in one["items"]]
    assert ids == sorted(ids)
    assert "source:tspp-forum-2017" in ids
    assert all(len(source["sha256"]) == 64 for source in one["items"] if source.get("file"))


def test_neighbours_are_the_same_on_both_engines_and_grow_with_depth(
    both: tuple[TestClient, TestClient],
) -> None:
    sizes = []
    for depth in (1, 2, 3):
        one, other = (
            timeless(client.get("/v1/neighbours/成都高新区", params={"depth": depth}).json())
            for client in both
        )
        assert one == other
        sizes.append(len(one["nodes"]))
        ids = {node["id"] for node in one["nodes"]}
        assert all({edge["subject"], edge["object"]} <= ids for edge in one["edges"])
        named = {claim["source"] for shown in (*one["edges"], *one["nodes"]) for claim in shown["claims"]}
        assert named == {source["id"] for source in one["sources"]}
    assert sizes == sorted(set(sizes))


def test_neighbours_keep_to_relation_status_date_and_what_is_stated(embedded: TestClient) -> None:
    def edges(**filters: Any) -> list[dict[str, Any]]:
        found = embedded.get("/v1/neighbours/成都高新区", params=filters).json()
        return list(found["edges"])

    whole = edges()
    assert {edge["relation"] for edge in edges(relations=["SIGNED", "LOCATED_IN"])} == {
        "SIGNED",
        "LOCATED_IN",
    }
    assert {edge["status"] for edge in edges(status="operating")} == {"operating"}
    stated = edges(inferred=False)
    assert not any(edge["inferred"] for edge in stated)
    own = [
        e for e in whole if not e["inferred"] and "park:chengdu-hi-tech-zone" in (e["subject"], e["object"])
    ]
    assert len(own) > 10
    assert all(edge in stated for edge in own)
    assert 0 < len(edges(as_of="2010")) < len(whole)
    assert edges(status="", as_of="", relations="") == whole


@pytest.mark.parametrize("name", ["park:chengdu-hi-tech-zone", "BP&C", "Chengdu Hi-tech Zone"])
def test_ids_and_names_stand_percent_encoded_in_a_path(embedded: TestClient, name: str) -> None:
    for shown in (quote(name), quote(name, safe=""), quote(name, safe=":&")):
        assert embedded.get(f"/v1/entities/{shown}").status_code == 200
        assert embedded.get(f"/v1/entities/{shown}/facts").status_code == 200
        assert embedded.get(f"/v1/neighbours/{shown}").status_code == 200
