"""GET /v1/paths: how two entities are connected with the proof of each hop, or why they are not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.answers import problem_in, timeless

BPC = "company:bpc-group"
BRUNEL = "institution:brunel-university-london"
CHENGDU = "park:chengdu-hi-tech-zone"
ZHANGJIANG = "park:zhangjiang-innovation-demonstration-zone"
WUJIN = "park:wujin-hi-tech-zone"


def ask(client: TestClient, source: str, target: str, **filters: Any) -> dict[str, Any]:
    answer = client.get("/v1/paths", params={"from": source, "to": target, **filters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ways(answer: dict[str, Any]) -> list[list[str]]:
    return [path["nodes"] for path in answer["paths"]]


@pytest.mark.parametrize(
    ("address", "given", "labelled"),
    [
        ("/v1/paths", {"status": "signed", "layers": "technology"}, {"status": "已签", "layers": "技术"}),
        ("/v1/paths", {"relations": "MEMBER_OF"}, {"relations": "成员"}),
        (
            "/v1/subgraph",
            {"selection": "neighbours:BP%26C?status=signed"},
            {"selection": "neighbours:BP%26C?status=已签"},
        ),
        ("/v1/facts", {"status": "planned"}, {"status": "计划"}),
        ("/v1/facts", {"status": "not_stated"}, {"status": "状态未说明"}),
        ("/v1/totals/total_size", {"status": "operating"}, {"status": "运营"}),
        ("/v1/queries/by_status", {"status": "signed"}, {"status": "已签"}),
        (
            "/v1/queries/by_status",
            {"status": "signed", "relation": "FUNDS"},
            {"status": "已签", "relation": "资助"},
        ),
        ("/v1/measures/degree", {"layers": "capital"}, {"layers": "资本"}),
    ],
)
def test_filters_go_by_name_or_label(
    client: TestClient, address: str, given: dict[str, Any], labelled: dict[str, Any]
) -> None:
    ends = {"from": "BP&C", "to": "布鲁内尔大学"} if address == "/v1/paths" else {}
    whole = {"selection": "neighbours:BP%26C"} if address == "/v1/subgraph" else {"limit": 500}
    always = ends | (whole if address in ("/v1/subgraph", "/v1/facts") else {})
    if address == "/v1/queries/by_status":
        always["entity"] = "BP&C"

    def ask_for(filters: dict[str, Any]) -> dict[str, Any]:
        answer = client.get(address, params={**always, **filters})
        assert answer.status_code == 200, answer.text
        # A part of the graph tells its selection as it was asked for.
        return {**timeless(answer.json()), "graph": None}

    found = ask_for(given)
    assert found == ask_for(labelled)
    assert found != ask_for({})


def test_bpc_reaches_brunel_through_chengdu_with_proof_on_every_hop(client: TestClient) -> None:
    answer = ask(client, "BP&C", "布鲁内尔大学")
    assert (answer["from"]["id"], answer["to"]["id"], answer["none"]) == (BPC, BRUNEL, None)
    first = answer["paths"][0]
    assert first["nodes"] == [
        BPC,
        "agreement:chengdu-bpc-zhongsheng-mou-2018",
        CHENGDU,
        "institution:sino-british-smart-quality-institute",
        BRUNEL,
    ]
    known = {node["id"]: node for node in answer["nodes"]}
    assert [path["length"] for path in answer["paths"]] == sorted(path["length"] for path in answer["paths"])
    for path in answer["paths"]:
        assert CHENGDU in path["nodes"]
        assert len(set(path["nodes"])) == len(path["nodes"]) == path["length"] + 1 == len(path["hops"]) + 1
        assert set(path["nodes"]) <= set(known)
        for hop, start, end in zip(path["hops"], path["nodes"], path["nodes"][1:], strict=False):
            assert (hop["from"], hop["to"]) == (start, end)
            assert hop["facts"]
            for fact in hop["facts"]:
                assert {fact["subject"], fact["object"]} == {start, end}
                assert len(fact["claims"]) == fact["n_claims"] >= 1
                assert {claim["source"]["id"] for claim in fact["claims"]} == set(fact["source_ids"])
                for claim in fact["claims"]:
                    assert re.fullmatch(r"char=\d+,\d+", claim["locator"])
                    assert claim["source"]["name"]
    assert first["hops"][0]["facts"][0]["claims"][0]["source"]["name"] == "成都高新区玩转“顶级”朋友圈"


def test_zhangjiang_and_wujin_are_not_connected_and_the_answer_says_why(client: TestClient) -> None:
    answer = ask(client, "张江", "武进")
    assert (answer["from"]["id"], answer["to"]["id"], answer["paths"]) == (ZHANGJIANG, WUJIN, [])
    none = answer["none"]
    assert none["connected"] is False
    assert none["restores"] == []
    assert none["reach"]["from"] > none["reach"]["to"] > 0
    assert none["near_miss"][0] == ZHANGJIANG
    assert none["near_miss"][-1] == WUJIN
    assert set(none["near_miss"]) <= {node["id"] for node in answer["nodes"]}
    for lang, names in (("zh", ("上海张江", "武进")), ("en", ("Zhangjiang", "Wujin"))):
        said = " ".join(reason[lang] for reason in none["reasons"])
        assert all(name in said for name in names)
    assert "sources were read" in none["reasons"][1]["en"]


@pytest.mark.parametrize(
    ("filters", "restored"),
    [
        ({"status": "signed"}, "status"),
        ({"relations": ["SIGNED"]}, "relations"),
        ({"layers": ["technology"]}, "layers"),
        ({"kinds": ["Park"]}, "kinds"),
        ({"avoid": ["成都高新区"]}, "avoid"),
        ({"via": ["张江"]}, "via"),
        ({"max_hops": 2}, "max_hops"),
        ({"as_of": "2018", "certain": True}, "as_of"),
    ],
)
def test_a_filter_that_removes_the_last_path_is_named(
    embedded: TestClient, filters: dict[str, Any], restored: str
) -> None:
    answer = ask(embedded, "BP&C", "布鲁内尔大学", **filters)
    assert answer["paths"] == []
    assert answer["none"]["connected"] is True
    assert {"filter": restored, "hops": 4} in answer["none"]["restores"]
    assert answer["none"]["reasons"][0]["en"].startswith("There is a path of 4 hops when ")


def test_filters_that_leave_a_path_shape_it(embedded: TestClient) -> None:
    agreement = "agreement:chengdu-bpc-zhongsheng-mou-2018"
    both_ways = ask(embedded, BPC, BRUNEL, k=50)
    assert all(CHENGDU in way for way in ways(both_ways))
    assert {len(way) for way in ways(ask(embedded, BPC, BRUNEL, k=50, max_hops=4))} == {5}
    assert ways(ask(embedded, BPC, BRUNEL, k=1)) == ways(both_ways)[:1]
    assert all(agreement not in way for way in ways(ask(embedded, BPC, BRUNEL, avoid=agreement)))
    assert all(agreement in way for way in ways(ask(embedded, BPC, BRUNEL, k=50, via=[agreement])))
    # The memorandum is of January 2018; before it that way did not exist.
    assert any(agreement in way for way in ways(both_ways))
    assert all(agreement not in way for way in ways(ask(embedded, BPC, BRUNEL, k=50, as_of="2010")))
    stated = ask(embedded, BPC, BRUNEL, k=50, inferred=False)
    assert not any(
        fact["inferred"] for path in stated["paths"] for hop in path["hops"] for fact in hop["facts"]
    )
    assert any(
        fact["inferred"] for path in both_ways["paths"] for hop in path["hops"] for fact in hop["facts"]
    )


def test_both_engines_answer_alike_also_when_asked_the_other_way_round(
    both: tuple[TestClient, TestClient],
) -> None:
    questions: list[dict[str, Any]] = [
        {"from": "BP&C", "to": "布鲁内尔大学", "k": 20},
        {"from": "布鲁内尔大学", "to": "BP&C", "k": 20},
        {"from": "张江", "to": "武进"},
        {"from": "BP&C", "to": "布鲁内尔大学", "status": "signed", "as_of": "2018"},
        {"from": "成都高新区", "to": "西安高新区", "inferred": False, "max_hops": 12},
    ]
    for question in questions:
        one, other = (timeless(client.get("/v1/paths", params=question).json()) for client in both)
        assert one == other
    there, back = (both[0].get("/v1/paths", params=question).json() for question in questions[:2])
    assert sorted(ways(there)) == sorted(way[::-1] for way in ways(back))


def test_ids_and_names_in_either_language_mean_the_same(embedded: TestClient) -> None:
    by_id = ask(embedded, BPC, BRUNEL)
    for source, target in (("BP&C", "布鲁内尔大学"), ("ＢＰ＆Ｃ group", "Brunel University London")):
        assert ask(embedded, source, target) == by_id


def test_an_ambiguous_name_gives_the_candidates(embedded: TestClient) -> None:
    answer = embedded.get("/v1/paths", params={"from": "高新区", "to": "BP&C"})
    assert answer.status_code == 409
    problem = problem_in(answer)
    assert problem["code"] == "ambiguous"
    assert "give the id" in problem["detail"]
    candidates = {candidate["id"]: candidate for candidate in problem["candidates"]}
    assert candidates[CHENGDU]["name_zh"] == "成都高新技术产业开发区"
    for candidate in candidates:
        assert embedded.get(f"/v1/entities/{candidate}").status_code == 200


@pytest.mark.parametrize(
    ("source", "target"), [("BP&C", "BP&C"), ("成都高新区", "CDHT"), (CHENGDU, "成都高新区")]
)
def test_an_entity_has_no_path_to_itself(embedded: TestClient, source: str, target: str) -> None:
    answer = embedded.get("/v1/paths", params={"from": source, "to": target})
    assert answer.status_code == 400
    assert "are the same entity" in problem_in(answer)["detail"]


def test_groups_all_shortest_hubs_and_robustness_are_asked_over_http(embedded: TestClient) -> None:
    answer = ask(embedded, "Park@以色列", "Institution@成都", all_shortest="true")
    assert answer["to"]["id"] == "Institution@place:chengdu"
    assert {way[-1] for way in ways(answer)} <= set(answer["to"]["members"])
    assert len({len(way) for way in ways(answer)}) == 1
    assert ask(embedded, answer["from"]["id"], answer["to"]["id"], all_shortest="true") == answer
    robust = ask(embedded, BPC, BRUNEL, robustness="true", k=1)["robustness"]
    assert (robust["hop_disjoint"], robust["critical_nodes"][0]) == (1, CHENGDU)
    assert ask(embedded, BPC, BRUNEL)["robustness"] is None
    none = ask(embedded, BPC, BRUNEL, max_degree=10)["none"]
    assert {"filter": "max_degree", "hops": 4} in none["restores"]
    assert set(none["nearest"]) == {"from", "to", "hops", "away"}
    shared = embedded.get("/v1/paths", params={"from": f"{BPC}|{CHENGDU}", "to": f"{CHENGDU}|{BRUNEL}"})
    assert shared.status_code == 400
    assert CHENGDU in problem_in(shared)["detail"]
    nowhere = embedded.get("/v1/paths", params={"from": "Treaty@成都", "to": BRUNEL})
    assert nowhere.status_code == 404
    assert "place:chengdu" in problem_in(nowhere)["detail"]
