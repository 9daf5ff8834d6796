"""Loading over HTTP: upload, look, apply or discard. Nothing changes before `apply`, and `apply` does exactly
what the plan said.
"""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.graph.canonical import content_hash
from parkgraph.graph.errors import Conflict
from parkgraph.graph.model import Model
from parkgraph.graph.store import open_store
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.load import load
from tests.api.answers import client_of, problem_in
from tests.api.test_openapi import errors_against, example_of, schemas_in

VISITS = """园区名称,国家,合作方,签约时间,状态
成都高新区,中国,蓉城芯片有限公司,2019年5月,已签
河畔科技园,中国,湖滨软件有限公司,2021-03,洽谈
"""
WRONG = VISITS.replace("2021-03", "2021-13")
MAPPING = """
source: {id: "source:visits-2024", name: 园区走访记录}
tables:
- file: "visits*.csv"
  entities:
    park: {kind: Park, properties: {name_zh: 园区名称, country: 国家}}
    partner: {kind: Company, properties: {name_zh: 合作方}}
  relations:
  - {subject: park, relation: PARTNERS_WITH, object: partner, status: 状态, claims: {valid_from: 签约时间}}
"""
RESTS = ("refused", "planned", "applied", "failed", "discarded")
EVENTS = "text/event-stream"


@pytest.fixture
def graph_to_edit(bundled_copy: str) -> Iterator[pg.Graph]:
    with pg.open(bundled_copy) as graph:
        yield graph


@pytest.fixture
def editor(graph_to_edit: pg.Graph) -> Iterator[TestClient]:
    client = client_of(graph_to_edit, editable=True)
    yield client
    client.app.state.loads.close()  # type: ignore[attr-defined]


def begin(client: TestClient, text: str | bytes = VISITS, name: str = "visits.csv", **form: Any) -> str:
    """Upload one file; the id of the load that it became."""
    content = text.encode() if isinstance(text, str) else text
    answer = client.post("/v1/loads", files={"file": (name, content)}, data=form)
    return begun(answer)


def named(client: TestClient, name: str) -> httpx.Response:
    """Upload a file under exactly this name; an ordinary client would write it otherwise."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    answer: httpx.Response = client.post(
        "/v1/loads",
        content=f"{head}{VISITS}\r\n--b--\r\n".encode(),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    return answer


def begun(answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    identifier: str = answer.json()["id"]
    assert answer.headers["location"] == f"/v1/loads/{identifier}"
    return identifier


def rested(client: TestClient, identifier: str) -> dict[str, Any]:
    """The load once nothing happens with it any more."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found: dict[str, Any] = client.get(f"/v1/loads/{identifier}").json()
        if found["state"] in RESTS:
            return found
        time.sleep(0.02)
    raise AssertionError(f"load {identifier} never ends")


def uploaded(client: TestClient, text: str | bytes = VISITS, **how: Any) -> dict[str, Any]:
    return rested(client, begin(client, text, **how))


def again(client: TestClient, made: dict[str, Any], **how: Any) -> dict[str, Any]:
    return rested(client, begun(client.post(f"/v1/loads/{made['id']}/check", json=how)))


def rules(made: dict[str, Any], severity: str = "error") -> set[str]:
    return {found["rule"] for found in made["report"]["findings"] if found["severity"] == severity}


def events_of(client: TestClient, identifier: str) -> list[dict[str, Any]]:
    """Every event of a load until it rests."""
    told = []
    with client.stream("GET", f"/v1/loads/{identifier}/events") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(EVENTS)
        for line in answer.iter_lines():
            if line.startswith("data: "):
                told.append(json.loads(line.removeprefix("data: ")))
    return told


# -- the whole round ---------------------------------------------------------------------------


def test_a_table_is_uploaded_its_mapping_accepted_and_its_plan_applied(
    editor: TestClient, graph_to_edit: pg.Graph
) -> None:
    before = content_hash(graph_to_edit.store)
    made = uploaded(editor, VISITS.encode("gb18030"))
    assert (made["state"], made["files"], rules(made)) == ("refused", ["visits.csv"], {"not-mapped"})
    assert made["report"]["tables"][0]["read_as"].startswith("GB18030")
    proposed = made["proposal"]
    assert "source:visits" in proposed["mapping"]
    assert proposed["tables"][0]["sample"][1]["合作方"] == "湖滨软件有限公司"
    planned = again(editor, made, accept=True)
    assert planned["state"] == "planned"
    assert planned["sources"] == ["source:visits"]
    assert planned["report"]["errors"] == planned["refused_rows"] == 0
    assert content_hash(graph_to_edit.store) == before
    version = editor.get("/ready").json()["version"]
    assert planned["plan"]["version"] == version
    applied = rested(editor, begun(editor.post(f"/v1/loads/{made['id']}/apply")))
    assert applied["state"] == "applied"
    report, plan = applied["report"], planned["plan"]
    assert report["added"] == plan["claims"]["new"] == report["claims"]
    assert report["version"] == editor.get("/ready").json()["version"] > version
    assert applied["progress"]["done"] == applied["progress"]["total"] == report["added"]
    facts = editor.get("/v1/entities/河畔科技园/facts").json()["items"]
    assert [fact["relation"] for fact in facts] == ["PARTNERS_WITH"]
    graph_to_edit.retract("source:visits")
    assert content_hash(graph_to_edit.store) == before


def test_server_sent_events_tell_each_state_until_the_load_rests(editor: TestClient) -> None:
    identifier = begin(editor, mapping=MAPPING)
    told = events_of(editor, identifier)
    assert told[-1]["state"] == "planned"
    assert set(map(str, (one["state"] for one in told))) <= {"waiting", "checking", "planned"}
    assert told[-1] == editor.get(f"/v1/loads/{identifier}").json()
    # One that rests is told once, and the stream ends.
    assert events_of(editor, identifier) == told[-1:]
    editor.post(f"/v1/loads/{identifier}/apply")
    told = events_of(editor, identifier)
    assert told[-1]["state"] == "applied"
    done = [one["progress"]["done"] for one in told]
    assert done == sorted(done)


def test_a_plan_that_is_downloaded_is_loaded_like_any_file(
    editor: TestClient, tmp_path: Path, model: Model, graph_to_edit: pg.Graph
) -> None:
    made = uploaded(editor, mapping=MAPPING)
    answer = editor.get(f"/v1/loads/{made['id']}/plan")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.headers["content-disposition"] == 'attachment; filename="plan.jsonl"'
    (tmp_path / "plan.jsonl").write_bytes(answer.content)
    rested(editor, begun(editor.post(f"/v1/loads/{made['id']}/apply")))
    applied = content_hash(graph_to_edit.store)
    graph_to_edit.retract("source:visits-2024")
    with pytest.raises(Conflict):  # the store has moved on
        load(graph_to_edit.store, [tmp_path / "plan.jsonl"], model)
    store = open_store(f"embedded:{tmp_path / 'other.kgl'}")
    load(store, [bundled()], model)
    report = load(store, [tmp_path / "plan.jsonl"], model)
    assert report.outcome is not None
    assert report.outcome.added == made["plan"]["claims"]["new"]
    assert content_hash(store) == applied
    store.close()


def test_a_plan_that_the_graph_has_moved_past_fails_with_a_sentence_and_is_checked_again(
    editor: TestClient,
) -> None:
    first = uploaded(editor, mapping=MAPPING)
    other = uploaded(editor, VISITS.replace("湖滨", "湖畔"), mapping=MAPPING.replace("2024", "2025"))
    rested(editor, begun(editor.post(f"/v1/loads/{other['id']}/apply")))
    failed = rested(editor, begun(editor.post(f"/v1/loads/{first['id']}/apply")))
    assert failed["state"] == "failed"
    assert failed["error"]["code"] == "conflict"
    assert "others have changed since" in failed["error"]["detail"]
    planned = again(editor, failed, mapping=failed["mapping"])
    assert (planned["state"], planned["error"]) == ("planned", None)
    applied = rested(editor, begun(editor.post(f"/v1/loads/{first['id']}/apply")))
    assert applied["state"] == "applied"


# -- how a load is checked ---------------------------------------------------------------------


def test_refused_rows_are_left_out_when_that_is_asked_for(editor: TestClient) -> None:
    made = uploaded(editor, WRONG, mapping=MAPPING)
    assert (made["state"], rules(made), made["plan"]) == ("refused", {"bad-date"}, None)
    assert made["refused_rows"] == made["report"]["refused"] == 1
    left = editor.get(f"/v1/loads/{made['id']}/refused")
    assert left.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(left.content.decode("utf-8-sig"))))
    assert [(row["园区名称"], row["_row"]) for row in rows] == [("河畔科技园", "3")]
    assert "2021-13" in rows[0]["_problem"]
    problem = problem_in(editor.post(f"/v1/loads/{made['id']}/apply"))
    assert (problem["status"], problem["code"]) == (422, "refused")
    planned = again(editor, made, mapping=made["mapping"], skip_refused=True)
    assert (planned["state"], planned["plan"]["refused"], planned["refused_rows"]) == ("planned", 1, 1)
    assert rested(editor, begun(editor.post(f"/v1/loads/{made['id']}/apply")))["state"] == "applied"
    assert editor.get("/v1/entities/蓉城芯片有限公司").status_code == 200
    assert editor.get("/v1/entities/河畔科技园").status_code == 404
    # What was refused is mended and uploaded as it came.
    mended = left.content.decode("utf-8-sig").replace("2021-13", "2021-12")
    rest = uploaded(editor, mended, name="visits-mended.csv", mapping=MAPPING)
    assert (rest["state"], rest["plan"]["entities"]["new"]) == ("planned", 2)


def test_all_is_said_with_the_upload_or_later_and_comes_to_the_same(editor: TestClient) -> None:
    at_once = uploaded(editor, WRONG, accept="true", skip_refused="true", queue="true", kind="Park")
    later = again(editor, uploaded(editor, WRONG), accept=True, skip_refused=True, queue=True, kind="Park")
    by_hand = again(editor, uploaded(editor, WRONG), mapping=later["proposal"]["mapping"], skip_refused=True)
    for made in (at_once, later):
        assert made["state"] == "planned"
        assert (made["accept"], made["skip_refused"], made["queue"]) == (True, True, True)
        assert made["kind"] == "Park"
    assert at_once["plan"] == later["plan"] == by_hand["plan"]
    # What was first proposed stays to be looked at.
    assert by_hand["proposal"] == later["proposal"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_mapping_may_be_uploaded_as_a_file(editor: TestClient, mark: str) -> None:
    files = {"file": ("visits.csv", VISITS), "mapping": ("visits.yaml", mark + MAPPING)}
    made = rested(editor, begun(editor.post("/v1/loads", files=files)))
    assert (made["state"], made["mapping"]) == ("planned", MAPPING)
    assert made["sources"] == uploaded(editor, mapping=MAPPING)["sources"]


def test_a_mapping_with_an_error_is_refused_with_a_sentence_and_changes_nothing(editor: TestClient) -> None:
    made = uploaded(editor)
    for wrong, words in (
        (MAPPING.replace("kind: Company", "kind: Firm"), "Firm"),
        (MAPPING.replace("valid_from", "valid_form"), "valid_form"),
        ("tables: [", "line 1"),
        ("[]", "expected a mapping with source and tables"),
    ):
        problem = problem_in(editor.post(f"/v1/loads/{made['id']}/check", json={"mapping": wrong}))
        assert problem["status"] == 400, problem
        assert words in problem["detail"]
        assert problem_in(
            editor.post("/v1/loads", files={"file": ("visits.csv", VISITS)}, data={"mapping": wrong})
        )
        as_file = {"file": ("visits.csv", VISITS), "mapping": ("visits.yaml", wrong)}
        assert words in problem_in(editor.post("/v1/loads", files=as_file))["detail"]
    for content, words in ((b"\xff\xfe", "is not UTF-8 text (byte 0)"), (b"#" * 4_000_001, "bytes; at most")):
        in_bytes = {"file": ("visits.csv", VISITS.encode()), "mapping": ("visits.yaml", content)}
        assert words in problem_in(editor.post("/v1/loads", files=in_bytes))["detail"]
    assert editor.get(f"/v1/loads/{made['id']}").json() == made
    assert [one["id"] for one in editor.get("/v1/loads").json()["items"]] == [made["id"]]
    assert again(editor, made, mapping=MAPPING)["state"] == "planned"


def test_an_ambiguous_name_is_refused_or_kept_apart_until_it_is_judged(editor: TestClient) -> None:
    twins = "id,name_zh,name_en,source\npark:a,双子园,Twin A,source:t\npark:b,双子园,Twin B,source:t\n"
    sources = "id,name,kind\nsource:t,登记,table\n"
    both = [("file", ("parks.csv", twins)), ("file", ("sources.csv", sources))]
    made = rested(editor, begun(editor.post("/v1/loads", files=both)))
    rested(editor, begun(editor.post(f"/v1/loads/{made['id']}/apply")))
    text = VISITS.replace("河畔科技园", "双子园")
    refused = uploaded(editor, text, mapping=MAPPING)
    assert (refused["state"], rules(refused)) == ("refused", {"ambiguous-name"})
    queued = again(editor, refused, mapping=MAPPING, queue=True)
    assert (queued["state"], rules(queued, "warning")) == ("planned", {"queued"})
    assert queued["plan"]["identities"]["queued"] == 1


def test_several_files_and_a_zip_are_one_load(editor: TestClient) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("visits-old.csv", VISITS.replace("湖滨", "江边"))
    both = [("file", ("visits.csv", VISITS)), ("file", ("old.zip", packed.getvalue()))]
    made = rested(editor, begun(editor.post("/v1/loads", files=both, data={"mapping": MAPPING})))
    assert (made["state"], made["files"], made["plan"]["rows"]) == ("planned", ["visits.csv", "old.zip"], 4)


def test_what_cannot_be_read_fails_with_a_sentence(editor: TestClient) -> None:
    for name, content in (
        ("empty.csv", b""),
        ("visits.xlsx", b"no workbook"),
        ("visits.zip", b"PK\x03\x04cut"),
    ):
        made = uploaded(editor, content, name=name)
        said = (
            made["error"]["detail"] if made["state"] == "failed" else made["report"]["findings"][0]["message"]
        )
        assert made["state"] in ("failed", "refused")
        assert said
        assert "Traceback" not in said
        # Where files lie on the server is nobody's business.
        assert "parkgraph-loads" not in said
        assert name in said or made["report"]["findings"][0]["file"] == name
        assert made["plan"] is None


# -- reports -----------------------------------------------------------------------------------


def test_the_report_lists_everything_where_the_state_lists_the_first(editor: TestClient) -> None:
    rows = "".join(f"第{i}园,中国,第{i}公司,2021-13,已签\n" for i in range(130))
    made = uploaded(editor, VISITS + rows, mapping=MAPPING)
    report = made["report"]
    assert (report["errors"], len(report["findings"])) == (130, 100)
    whole = editor.get(f"/v1/loads/{made['id']}/report", params={"format": "json"}).json()
    assert len(whole["findings"]) == report["listed"] == 130 + report["notes"] - _more(whole)
    assert whole["findings"][:100] == report["findings"]


def _more(report: dict[str, Any]) -> int:
    return sum(int(found["more"]) for found in report["findings"])


def test_a_report_is_given_as_json_csv_and_one_page(editor: TestClient) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    made = uploaded(editor, WRONG.replace("2021-13", hostile), mapping=MAPPING)
    address = f"/v1/loads/{made['id']}/report"
    told = editor.get(address)
    assert told.headers["content-type"] == "application/json"
    assert [f["value"] for f in told.json()["findings"] if f["severity"] == "error"] == [hostile]
    table = editor.get(address, params={"format": "csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == 'attachment; filename="report.csv"'
    assert table.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert len(rows) == len(told.json()["findings"])
    assert [(row["row"], row["value"]) for row in rows if row["severity"] == "error"] == [("3", hostile)]
    for lang, tag in (("zh", 'lang="zh'), ("en", 'lang="en')):
        page = editor.get(address, params={"format": "html", "lang": lang})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["content-disposition"] == 'attachment; filename="report.html"'
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert tag in page.text[:200]
        assert hostile not in page.text
        assert "&lt;img src=x" in page.text
    for wrong in ({"format": "pdf"}, {"lang": "fr"}, {"colour": "red"}):
        assert problem_in(editor.get(address, params=wrong))["status"] == 400


# -- who may, and in which state ---------------------------------------------------------------


def test_a_load_is_discarded_with_its_files_and_what_was_applied_stays(editor: TestClient) -> None:
    made = uploaded(editor, mapping=MAPPING)
    folder = Path(editor.app.state.loads.get(made["id"]).folder)  # type: ignore[attr-defined]
    assert folder.is_dir()
    assert editor.delete(f"/v1/loads/{made['id']}").json()["state"] == "discarded"
    assert not folder.exists()
    assert editor.get("/v1/loads").json() == {"items": [], "next": None, "total": 0}
    assert editor.get("/v1/entities/河畔科技园").status_code == 404
    other = uploaded(editor, mapping=MAPPING)
    rested(editor, begun(editor.post(f"/v1/loads/{other['id']}/apply")))
    assert editor.delete(f"/v1/loads/{other['id']}").json()["state"] == "applied"
    assert editor.get(f"/v1/loads/{other['id']}").status_code == 404
    assert editor.get("/v1/entities/河畔科技园").status_code == 200


def test_a_load_that_is_not_there_is_404_everywhere(editor: TestClient) -> None:
    for method, rest in (
        ("GET", ""),
        ("GET", "/events"),
        ("GET", "/report"),
        ("GET", "/refused"),
        ("GET", "/plan"),
        ("POST", "/check"),
        ("POST", "/apply"),
        ("DELETE", ""),
    ):
        for identifier in ("nope", "0" * 16, "..%2f..%2fetc"):
            given: dict[str, str] | None = {} if method == "POST" else None
            answer = editor.request(method, f"/v1/loads/{identifier}{rest}", json=given)
            assert problem_in(answer)["status"] == 404, (method, rest)


def test_what_a_state_does_not_allow_is_refused(editor: TestClient) -> None:
    made = uploaded(editor)
    assert problem_in(editor.get(f"/v1/loads/{made['id']}/plan"))["status"] == 404
    # No row is refused, only the table: there is nothing to mend.
    assert made["refused_rows"] == 0
    assert problem_in(editor.get(f"/v1/loads/{made['id']}/refused"))["status"] == 404
    problem = problem_in(editor.post(f"/v1/loads/{made['id']}/apply"))
    assert (problem["status"], problem["code"]) == (422, "refused")
    assert "is refused; expected one that is failed or planned" in problem["detail"]
    again(editor, made, accept=True)
    rested(editor, begun(editor.post(f"/v1/loads/{made['id']}/apply")))
    for step in ("apply", "check"):
        problem = problem_in(editor.post(f"/v1/loads/{made['id']}/{step}", json={}))
        assert (problem["status"], problem["code"]) == (422, "refused")
        assert "is applied" in problem["detail"]


def test_a_load_waits_while_another_is_running(editor: TestClient) -> None:
    rows = "".join(f"第{i}园,中国,第{i}公司,2021-03,已签\n" for i in range(500))
    first = begin(editor, VISITS + rows, mapping=MAPPING)
    second = begin(editor, mapping=MAPPING)
    seen = set()
    while True:
        states = {one["id"]: one["state"] for one in editor.get("/v1/loads").json()["items"]}
        seen.add((states[first], states[second]))
        assert not states[first] == states[second] == "checking"
        if states[second] in RESTS:
            break
        time.sleep(0.01)  # asking without a pause keeps the loads from their work
    assert ("checking", "waiting") in seen
    assert states == {first: "planned", second: "planned"}
    # One that has not ended is neither applied, checked nor discarded.
    begun(editor.post(f"/v1/loads/{first}/apply"))
    begun(editor.post(f"/v1/loads/{second}/check", json={"mapping": MAPPING}))
    for answer in (
        editor.post(f"/v1/loads/{second}/apply"),
        editor.post(f"/v1/loads/{second}/check", json={}),
        editor.delete(f"/v1/loads/{second}"),
    ):
        assert problem_in(answer)["status"] == 422
    assert rested(editor, first)["state"] == "applied"
    assert rested(editor, second)["plan"]["entities"]["new"] == 0


def test_a_server_that_only_reads_takes_no_files(embedded: TestClient) -> None:
    for answer in (
        embedded.get("/v1/loads"),
        embedded.post("/v1/loads", files={"file": ("visits.csv", VISITS)}),
        embedded.get("/v1/loads/0"),
        embedded.get("/v1/loads/0/events"),
        embedded.post("/v1/loads/0/apply"),
        embedded.delete("/v1/loads/0"),
    ):
        problem = problem_in(answer)
        assert (problem["status"], problem["code"]) == (403, "read-only")
        assert "--edit" in problem["detail"]


def test_a_page_elsewhere_cannot_load(editor: TestClient) -> None:
    made = uploaded(editor, mapping=MAPPING)
    elsewhere = {"Origin": "https://evil.example"}
    for answer in (
        editor.post("/v1/loads", files={"file": ("visits.csv", VISITS)}, headers=elsewhere),
        editor.post(f"/v1/loads/{made['id']}/apply", headers=elsewhere),
        editor.post(f"/v1/loads/{made['id']}/check", json={}, headers=elsewhere),
        editor.delete(f"/v1/loads/{made['id']}", headers=elsewhere),
    ):
        assert (answer.status_code, problem_in(answer)["code"]) == (403, "bad-origin")
    assert editor.get(f"/v1/loads/{made['id']}").json()["state"] == "planned"


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(graph_to_edit: pg.Graph) -> None:
    client = client_of(graph_to_edit, editable=True, max_upload=1_000)

    def unread() -> Iterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = client.post("/v1/loads", content=unread(), headers={"Content-Length": "1001"})
    problem = problem_in(answer)
    assert (problem["status"], problem["code"]) == (413, "too-large")
    assert "1,001 bytes; at most 1,000" in problem["detail"]
    small = client.post("/v1/loads", files={"file": ("visits.csv", VISITS)})
    assert small.status_code == 202
    rested(client, small.json()["id"])
    client.app.state.loads.close()  # type: ignore[attr-defined]


def test_an_upload_says_how_large_it_is(editor: TestClient) -> None:
    answer = editor.post("/v1/loads", content=iter([b"no length"]))
    assert (answer.status_code, problem_in(answer)["code"]) == (411, "length-required")
    wrong = editor.post("/v1/loads", content=b"x", headers={"Content-Length": "-1"})
    assert problem_in(wrong)["status"] == 411


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/visits.csv", "visits.csv"),
        ("C:\\Users\\李\\visits.csv", "visits.csv"),
        ("/absolute/园区.csv", "园区.csv"),
        ("a\u0007\u202evisits.csv", "avisits.csv"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_of_a_file_s_name_the_last_part_is_kept_without_what_cannot_be_seen(
    editor: TestClient, given: str, kept: str
) -> None:
    made = rested(editor, begun(named(editor, given)))
    assert made["files"] == [kept]
    assert [table["file"] for table in made["report"]["tables"]] == [kept]


@pytest.mark.parametrize("name", ["..", "a/", "\u0007", "."])
def test_a_file_without_a_name_is_refused(editor: TestClient, name: str) -> None:
    problem = problem_in(named(editor, name))
    assert (problem["status"], problem["code"]) == (400, "bad-request")
    assert editor.get("/v1/loads").json() == {"items": [], "next": None, "total": 0}


def test_two_files_of_one_name_are_refused(editor: TestClient) -> None:
    both = [("file", ("a/visits.csv", VISITS)), ("file", ("b/visits.csv", VISITS))]
    problem = problem_in(editor.post("/v1/loads", files=both))
    assert problem["status"] == 400
    assert "two are called visits.csv" in problem["detail"]


def test_an_upload_of_nothing_or_of_what_is_unknown_is_a_problem(editor: TestClient) -> None:
    assert "file" in problem_in(editor.post("/v1/loads", data={"accept": "true"}))["detail"]
    made = uploaded(editor)
    wrong = editor.post(f"/v1/loads/{made['id']}/check", json={"colour": "red"})
    assert problem_in(wrong)["status"] == 400
    unknown = again(editor, made, kind="Firm")
    assert unknown["state"] in ("failed", "refused")


# -- the document ------------------------------------------------------------------------------


def test_the_documents_own_examples_are_answered_as_documented(editor: TestClient) -> None:
    document = editor.get("/openapi.json").json()
    made = uploaded(editor, WRONG)
    properties = document["components"]["schemas"]["LoadIn"]["properties"]
    body = {name: entry["examples"][0] for name, entry in properties.items()}
    assert again(editor, made, **body)["state"] == "refused"
    planned = again(editor, made, **body | {"skip_refused": True})
    assert planned["state"] == "planned"
    asked = []
    for path, methods in document["paths"].items():
        if not path.startswith("/v1/loads") or "get" not in methods:
            continue
        operation = methods["get"]
        address = path.replace("{id}", made["id"])
        query = [p for p in operation.get("parameters", []) if p["in"] == "query"]
        for extra in ({}, *({p["name"]: example_of(p)} for p in query)):
            answer = editor.get(address, params=extra)
            assert answer.status_code == 200, (path, extra)
            media_type = answer.headers["content-type"].split(";")[0]
            content = operation["responses"]["200"]["content"]
            assert media_type in content, path
            shape = answer.json() if media_type == "application/json" else answer.text
            assert errors_against(document, content[media_type]["schema"], shape) == [], path
            asked.append(path)
    assert len(set(asked)) == 6
    out = {"$ref": "#/components/schemas/LoadOut"}
    for method, rest in (("POST", "/apply"), ("DELETE", "")):
        answer = editor.request(method, f"/v1/loads/{made['id']}{rest}")
        operation = document["paths"][f"/v1/loads/{{id}}{rest}"][method.lower()]
        content = operation["responses"][str(answer.status_code)]["content"]
        assert content == {"application/json": {"schema": out}}
        assert errors_against(document, out, answer.json()) == []
        if rest:
            rested(editor, made["id"])
    upload = document["paths"]["/v1/loads"]["post"]
    assert list(upload["requestBody"]["content"]) == ["multipart/form-data"]
    (form,) = schemas_in(upload["requestBody"])
    named = document["components"]["schemas"][form["$ref"].rsplit("/", 1)[-1]]["properties"]
    assert set(named) == {"file", "mapping", "accept", "queue", "skip_refused", "kind"}
    assert all(entry.get("description") for entry in named.values())
