"""The reconciliation service keeps to the Reconciliation Service API 0.2: the checks are of our own, written
from its text, and a client goes through the service as OpenRefine does, from the manifest on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from fastapi.testclient import TestClient

from tests.api.answers import HOME, problem_in

SERVICE = "/v1/reconcile"
CHENGDU = "park:chengdu-hi-tech-zone"
BRUNEL = "institution:brunel-university-london"
FUND = "fund:chengyu-science-mother-fund"


def asked(client: TestClient, **queries: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The candidates of each query of a batch, checked to be what the specification says they are."""
    answer = client.post(SERVICE, data={"queries": json.dumps(queries)})
    assert answer.status_code == 200, answer.text
    batch = answer.json()
    assert set(batch) == set(queries)
    for result in batch.values():
        is_result(result["result"])
    return {key: result["result"] for key, result in batch.items()}


def is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def is_result(found: Any) -> None:
    assert isinstance(found, list)
    for candidate in found:
        assert set(candidate) <= {"id", "name", "description", "type", "score", "match", "features"}
        assert is_text(candidate["id"])
        assert is_text(candidate["name"])
        assert is_text(candidate["description"])
        assert isinstance(candidate["score"], (int, float))
        assert isinstance(candidate["match"], bool)
        assert candidate["type"]
        assert all(is_text(kind["id"]) and is_text(kind["name"]) for kind in candidate["type"])
        features = candidate["features"]
        assert all(isinstance(f["value"], (bool, int, float)) for f in features)
        assert len({f["id"] for f in features}) == len(features)
    assert [c["score"] for c in found] == sorted((c["score"] for c in found), reverse=True)
    assert sum(c["match"] for c in found) <= 1


def is_extension_value(value: dict[str, Any]) -> bool:
    match value:
        case {"str": str()} | {"int": int()} | {"float": float()}:
            return len(value) == 1
        case {"id": str(), "name": str()}:
            return set(value) <= {"id", "name", "description"}
    return value == {}


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [candidate["id"] for candidate in found]


def matched(found: list[dict[str, Any]]) -> list[str]:
    return [candidate["id"] for candidate in found if candidate["match"]]


# -- the manifest ------------------------------------------------------------------------------


@pytest.fixture
def manifest(embedded: TestClient) -> dict[str, Any]:
    answer = embedded.get(SERVICE)
    assert answer.headers["content-type"] == "application/json"
    told: dict[str, Any] = answer.json()
    return told


def test_the_manifest_says_what_the_specification_asks_for(manifest: dict[str, Any]) -> None:
    assert "0.2" in manifest["versions"]
    assert is_text(manifest["name"])
    for space in ("identifierSpace", "schemaSpace", "documentation"):
        assert urlsplit(manifest[space]).scheme in ("http", "https")
    for view in (manifest["view"], manifest["preview"]):
        assert view["url"].startswith(HOME)
        assert "{{id}}" in view["url"]
    assert all(isinstance(manifest["preview"][side], int) for side in ("width", "height"))
    kinds = [kind["id"] for kind in manifest["defaultTypes"]]
    assert "Park" in kinds
    assert len(kinds) == len(set(kinds))
    assert isinstance(manifest["batchSize"], int)
    assert manifest["extend"]["property_settings"] == []


def test_every_address_of_the_manifest_answers(embedded: TestClient, manifest: dict[str, Any]) -> None:
    identifier = quote(CHENGDU, safe="")
    for view in ("view", "preview"):
        answer = embedded.get(manifest[view]["url"].replace("{{id}}", identifier))
        assert answer.status_code == 200
        assert "成都高新技术产业开发区" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    services = [*manifest["suggest"].values(), manifest["extend"]["propose_properties"]]
    for service in services:
        assert set(service) == {"service_url", "service_path"}
        answer = embedded.get(service["service_url"] + service["service_path"], params={"prefix": "p"})
        assert answer.status_code == 200
    assert embedded.get(manifest["identifierSpace"] + identifier).json()["entity"]["id"] == CHENGDU


def test_a_preview_may_be_framed_and_can_do_nothing(embedded: TestClient) -> None:
    answer = embedded.get(f"{SERVICE}/preview/{quote(FUND, safe='')}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors *" in policy
    assert not re.search(r"<(script|form|iframe|img)|\son\w+=", answer.text)


# -- matching ----------------------------------------------------------------------------------


def test_names_ids_and_identifiers_match_who_bears_them_alone(client: TestClient) -> None:
    found = asked(
        client,
        zh={"query": "成都高新区"},
        en={"query": "Brunel University London"},
        id={"query": "park:haifa-science-park"},
        traditional={"query": "成都高新技術產業開發區"},
    )
    assert [matched(found[key]) for key in ("zh", "en", "id", "traditional")] == [
        [CHENGDU],
        [BRUNEL],
        ["park:haifa-science-park"],
        [CHENGDU],
    ]
    assert found["zh"][0]["name"] == "成都高新技术产业开发区"
    assert found["en"][0]["name"] == "Brunel University London"
    assert all(result[0]["score"] == 100 for result in found.values())


def test_what_several_bear_or_nearly_bear_matches_nobody(embedded: TestClient) -> None:
    found = asked(
        embedded,
        shared={"query": "张江"},
        part={"query": "高新区"},
        typo={"query": "布鲁内耳大学"},
        initials={"query": "cdgxq"},
        nobody={"query": "阿特兰蒂斯科学城"},
    )
    assert [matched(result) for result in found.values()] == [[]] * 5
    assert len([c for c in found["shared"] if c["score"] == 100]) == 2
    assert ids(found["typo"])[0] == BRUNEL
    assert found["typo"][0]["score"] < 100
    assert found["nobody"] == []


def test_a_kind_narrows_and_then_a_shared_name_may_match(embedded: TestClient) -> None:
    found = asked(
        embedded,
        one={"query": "张江", "type": "Park", "type_strict": "should"},
        two={"query": "张江", "type": ["Park", "Place"], "type_strict": "any"},
        both={"query": "Healthwatch", "type": ["Company", "Project"], "type_strict": "all"},
        neither={"query": "张江", "type": ["Park", "Place"], "type_strict": "all"},
    )
    assert matched(found["one"]) == ["park:zhangjiang-innovation-demonstration-zone"]
    assert matched(found["two"]) == []
    assert ids(found["both"])[:1] == ["company:healthwatch"]
    assert found["neither"] == []


def test_properties_are_evidence_for_and_against(embedded: TestClient) -> None:
    name = "Haifa Science Park"
    plain, agreeing, against, silent = asked(
        embedded,
        plain={"query": "Haifa Science"},
        agreeing={
            "query": "Haifa Science",
            "properties": [{"pid": "country", "v": "以色列"}, {"pid": "place", "v": {"id": "place:israel"}}],
        },
        against={"query": name, "properties": [{"pid": "country", "v": "CN"}]},
        silent={"query": name, "properties": [{"pid": "founded", "v": "1999"}]},
    ).values()
    assert agreeing[0]["id"] == plain[0]["id"]
    assert agreeing[0]["score"] > plain[0]["score"]
    assert (against[0]["score"], matched(against)) == (70, [])
    assert matched(silent) == [silent[0]["id"]]
    told = {f["id"]: f["value"] for f in agreeing[0]["features"]}
    assert told["property_country"] is told["property_place"] is True


def test_an_equal_identifier_matches_whatever_the_name(embedded: TestClient) -> None:
    ror = embedded.get(f"/v1/entities/{BRUNEL}").json()["entity"]["ror"]
    found = asked(
        embedded,
        alone={"properties": [{"pid": "ror", "v": ror}]},
        beside={"query": "清华大学", "properties": [{"pid": "ror", "v": [ror]}]},
        as_name={"query": ror},
        wrong={"query": "Brunel University London", "properties": [{"pid": "ror", "v": "00000000"}]},
    )
    assert matched(found["alone"]) == matched(found["beside"]) == matched(found["as_name"]) == [BRUNEL]
    assert matched(found["wrong"]) == []


def test_a_limit_is_kept_and_a_batch_by_get_answers_alike(embedded: TestClient) -> None:
    batch: dict[str, dict[str, Any]] = {"q0": {"query": "高新区", "limit": 2}, "q1": {"query": "高新区"}}
    found = asked(embedded, **batch)
    assert (len(found["q0"]), len(found["q1"])) == (2, 10)
    assert found["q1"][:2] == found["q0"]
    got = embedded.get(SERVICE, params={"queries": json.dumps(batch)}).json()
    assert {key: result["result"] for key, result in got.items()} == found


def test_the_page_on_search_shows_what_the_service_answers(embedded: TestClient) -> None:
    page = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")
    batch, shown, extend, values = (json.loads(b) for b in re.findall(r"```json\n(.*?)```", page, re.DOTALL))
    for key, found in asked(embedded, **batch).items():
        expected = shown[key]["result"]
        assert [{name: found[i][name] for name in e} for i, e in enumerate(expected)] == expected
    answer = embedded.post(SERVICE, data={"extend": json.dumps(extend)}).json()
    assert answer == values


# -- suggestions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "prefix", "first"),
    [
        ("entity", "Brunel", BRUNEL),
        ("entity", "布鲁", BRUNEL),
        ("entity", CHENGDU, CHENGDU),
        ("type", "园", "Park"),
        ("type", "Fund", "Fund"),
        ("property", "country", "country"),
        ("property", "所在", "place"),
        ("property", "LOCATED_IN", "LOCATED_IN"),
    ],
)
def test_what_begins_so_is_suggested(embedded: TestClient, what: str, prefix: str, first: str) -> None:
    # Clients send more than the specification has; what they send more is left alone.
    asked_so = {"prefix": prefix, "spell": "always", "limit": "5"}
    answer = embedded.get(f"{SERVICE}/suggest/{what}", params=asked_so).json()
    assert answer["result"][0]["id"] == first
    for item in answer["result"]:
        assert is_text(item["id"])
        assert is_text(item["name"])
        assert isinstance(item.get("description", ""), str)
        if what == "entity":
            assert all(is_text(kind["id"]) and is_text(kind["name"]) for kind in item["notable"])


def test_a_cursor_goes_on_where_the_page_ended(embedded: TestClient) -> None:
    def page(what: str, cursor: int) -> list[str]:
        parameters: dict[str, Any] = {"prefix": "e", "cursor": cursor}
        if what == "entity":
            parameters["prefix"] = "高新区"
        return [
            i["id"] for i in embedded.get(f"{SERVICE}/suggest/{what}", params=parameters).json()["result"]
        ]

    for what in ("entity", "property"):
        assert page(what, 3)[:5] == page(what, 0)[3:8]


# -- data extension ----------------------------------------------------------------------------


def test_columns_are_added_from_the_graph(client: TestClient) -> None:
    wanted = ["country", "place", "LOCATED_IN", "total_size", "alias", "status"]
    rows = [CHENGDU, FUND, "park:atlantis"]
    query = {"ids": rows, "properties": [{"id": pid} for pid in wanted]}
    answer = client.post(SERVICE, data={"extend": json.dumps(query)})
    assert answer.status_code == 200, answer.text
    extension = answer.json()
    assert [column["id"] for column in extension["meta"]] == wanted
    assert all(is_text(column["name"]) for column in extension["meta"])
    assert set(extension["rows"]) == set(rows)
    for row in extension["rows"].values():
        assert list(row) == wanted
        assert all(is_extension_value(value) for values in row.values() for value in values)
    chengdu, fund, nobody = (extension["rows"][i] for i in rows)
    assert chengdu["country"] == [{"str": "CN"}]
    assert {"id": "place:china", "name": "China · 中国"} in chengdu["place"]
    assert [value["id"] for value in chengdu["LOCATED_IN"]] == ["place:chengdu"]
    assert {"str": "成都高新区"} in chengdu["alias"]
    # A figure keeps its unit and how exactly it is stated.
    assert fund["total_size"] == [{"str": "5000000000 ~100000000 CNY"}]
    assert all(values == [] for values in nobody.values())
    assert client.get(SERVICE, params={"extend": json.dumps(query)}).json() == extension


def test_properties_are_proposed_by_kind_and_each_can_be_asked_for(embedded: TestClient) -> None:
    proposed = embedded.get(f"{SERVICE}/properties", params={"type": "Fund", "limit": 100}).json()
    assert (proposed["type"], proposed["limit"]) == ("Fund", 100)
    names = [prop["id"] for prop in proposed["properties"]]
    assert {"raised", "name_zh", "place", "FUNDS"} <= set(names)
    assert not {"ror", "LEADS"} & set(names)
    query = {"ids": [FUND], "properties": [{"id": name, "settings": {}} for name in names]}
    assert embedded.post(SERVICE, data={"extend": json.dumps(query)}).status_code == 200
    few = embedded.get(f"{SERVICE}/properties", params={"type": "Fund", "limit": 2}).json()
    assert few["properties"] == proposed["properties"][:2]


# -- what is refused ---------------------------------------------------------------------------


def batch(*queries: Any) -> dict[str, str]:
    return {"queries": json.dumps({f"q{i}": query for i, query in enumerate(queries)})}


WRONG: list[tuple[dict[str, str], int, str]] = [
    ({"queries": "{"}, 400, "queries: is no JSON"),
    ({"queries": "[]"}, 400, "queries: expected a JSON object"),
    ({"nothing": "1"}, 400, "neither queries nor extend"),
    (batch("张江"), 400, "query q0: expected an object"),
    (batch({}), 400, "query q0: has neither query nor properties"),
    (batch({"query": ""}), 400, "query q0: has neither query nor properties"),
    (batch({"properties": []}), 400, "query q0: has neither query nor properties"),
    (batch({"query": "a", "propertys": []}), 400, "did you mean properties"),
    (batch({"query": "a", "limit": 0}), 400, "query q0: limit is 0"),
    (batch({"query": "a", "limit": "5"}), 400, "query q0: limit is '5'"),
    (batch({"query": "a"}, {"query": "b", "type": "Prak"}), 400, "query q1: unknown kind 'Prak'"),
    (batch({"query": "a", "type_strict": "maybe"}), 400, "type_strict is 'maybe'"),
    (batch({"query": "a", "properties": [{"pid": "country"}]}), 400, "expected an object with pid and v"),
    (batch({"query": "a", "properties": [{"pid": "contry", "v": 1}]}), 400, "did you mean country"),
    (batch({"query": "a", "properties": [{"pid": "country", "v": {}}]}), 400, "{} is no value"),
    (batch(*[{"query": "a"}] * 201), 413, "at most 200"),
    (batch({"query": "长" * 1_500_000}), 413, "at most 1,048,576 are taken"),
    ({"extend": "{}"}, 400, "extend: ids is missing"),
    ({"extend": '{"ids": [], "properties": ["country"]}'}, 400, "extend: properties is missing"),
    ({"extend": '{"ids": [], "properties": [{"id": "contry"}]}'}, 400, "did you mean country"),
    ({"extend": json.dumps({"ids": ["a"] * 1001, "properties": []})}, 413, "at most 1,000"),
]


@pytest.mark.parametrize(("form", "status", "words"), WRONG, ids=[w for _, _, w in WRONG])
def test_a_wrong_form_is_answered_by_a_sentence(
    embedded: TestClient, form: dict[str, str], status: int, words: str
) -> None:
    problem = problem_in(embedded.post(SERVICE, data=form))
    assert problem["status"] == status
    assert words in problem["detail"]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda client: client.post(SERVICE, json={"queries": {}}), "the body is application/json"),
        (lambda client: client.post(SERVICE), "the body is of no type"),
        (lambda client: client.get(SERVICE, params={"callback": "f"}), "callback (JSONP) is not offered"),
        (lambda client: client.get(f"{SERVICE}/suggest/type"), "parameter prefix is missing"),
    ],
)
def test_another_way_of_asking_is_refused(
    embedded: TestClient, ask: Callable[[TestClient], Any], words: str
) -> None:
    problem = problem_in(ask(embedded))
    assert problem["status"] == 400
    assert words in problem["detail"]
