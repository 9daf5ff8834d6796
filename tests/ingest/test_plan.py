"""Plan, then apply: the difference is said before anything changes, a plan does exactly that, and a load that
was stopped anywhere ends where an undisturbed one does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import parkgraph as pg
from parkgraph.graph import recording
from parkgraph.graph.canonical import content_hash
from parkgraph.graph.errors import Conflict, Refused, StoreError
from parkgraph.graph.model import Model
from parkgraph.graph.store import Store, open_store
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.load import Options, apply, check, load, prepared
from parkgraph.ingest.mapping import LoadMapping, parse_mapping
from parkgraph.ingest.plan import plan
from tests.conftest import Neo4jDatabase
from tests.neo4j_server.server import Neo4jServer

MAPPING = """
source: {id: "source:visits-2024", name: 园区走访记录, published: 2024-03}
tables:
- file: "visits*.csv"
  entities:
    park: {kind: Park, properties: {name_zh: 园区名称, country: 国家}}
    partner: {kind: Company, properties: {name_zh: 合作方}}
  relations:
  - {subject: park, relation: PARTNERS_WITH, object: partner, status: 状态, claims: {valid_from: 签约时间}}
"""
VISITS = """园区名称,国家,合作方,签约时间,状态
成都高新区,中国,蓉城芯片有限公司,2019年5月,已签
河畔科技园,中国,湖滨软件有限公司,2021-03,洽谈
"""
ROWS = 2_500


@pytest.fixture
def mapping(model: Model) -> LoadMapping:
    return parse_mapping(MAPPING, model)


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    path = tmp_path / "visits.csv"
    path.write_text(VISITS, encoding="utf-8")
    return path


def many(path: Path, rows: int = ROWS) -> Path:
    """A table of many rows, each with a park and a company of its own."""
    lines = [f"第{i}科技园,中国,第{i}软件有限公司,2019-0{i % 9 + 1},signed" for i in range(rows)]
    path.write_text("园区名称,国家,合作方,签约时间,状态\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_dry_run_says_what_is_new_changed_and_confirmed_and_changes_nothing(
    store: Store, mapping: LoadMapping, visits: Path, model: Model
) -> None:
    load(store, [bundled()], model)
    before, version = content_hash(store), store.version
    with prepared([visits], model, store, Options(mapping)) as loading:
        told = plan(loading, store, model).to_dict()
    assert (content_hash(store), store.version) == (before, version)
    assert (told["rows"], told["refused"], told["version"]) == (2, 0, version)
    assert told["claims"]["unchanged"] == 0
    # The park of Chengdu is there already; its name is confirmed by another source, its country too.
    assert told["entities"] == {"new": 3}
    assert told["facts"]["confirmed"] >= 2
    by_change = {(d["change"], d["subject"], d["name"]) for d in told["differences"]}
    assert ("new", "park:河畔科技园", "kind") in by_change
    assert ("confirmed", "park:chengdu-hi-tech-zone", "kind") in by_change
    assert ("new", "company:蓉城芯片有限公司", "PARTNERS_WITH") in by_change or (
        "new",
        "park:chengdu-hi-tech-zone",
        "PARTNERS_WITH",
    ) in by_change


def test_what_would_read_otherwise_is_shown_with_before_and_after(
    store: Store, mapping: LoadMapping, visits: Path, model: Model, tmp_path: Path
) -> None:
    load(store, [visits], model, options=Options(mapping))
    later = tmp_path / "visits-later.csv"
    later.write_text(VISITS.replace("河畔科技园,中国", "河畔科技园,以色列").replace("洽谈", "已签"), "utf-8")
    other = parse_mapping(MAPPING.replace("visits-2024", "visits-2025").replace("2024-03", "2025-03"), model)
    with prepared([later], model, store, Options(other)) as loading:
        told = plan(loading, store, model).to_dict()
    changed = {
        (d["name"], d["before"], d["after"], d["contested"])
        for d in told["differences"]
        if d["change"] == "changed"
    }
    assert ("country", "CN", "IL", True) in changed
    assert any(
        name == "PARTNERS_WITH"
        and before.startswith("negotiating")
        and after.startswith("signed")
        and not contested
        for name, before, after, contested in changed
    )


def test_what_contradicts_the_store_is_found_in_its_cell_with_who_said_the_other(
    store: Store, mapping: LoadMapping, visits: Path, model: Model, tmp_path: Path
) -> None:
    load(store, [visits], model, options=Options(mapping))
    before = content_hash(store)
    later = tmp_path / "visits-later.csv"
    later.write_text(
        "园区名称,国家,合作方,签约时间,状态\n"
        "成都高新区,中国,蓉城芯片有限公司,2019-05-10,已签\n"  # a finer date is no contradiction
        "河畔科技园,以色列,湖滨软件有限公司,2022,洽谈\n"
        "河畔科技园,新加坡,湖滨软件有限公司,2021,终止\n",
        encoding="utf-8",
    )
    other = parse_mapping(MAPPING.replace("visits-2024", "visits-2025"), model)
    report = check([later], model, store, Options(other))
    found = [f for f in report.findings if f.rule == "conflict-with-store"]
    assert [(f.place.row, f.column, f.value) for f in found] == [
        (3, "国家", "IL"),
        (3, "签约时间", "negotiating · 2022.."),
        (4, "国家", "SG"),
        (4, "状态", "ended · 2021.."),
    ]
    country = found[0]
    assert country.place.file == "visits-later.csv"
    assert country.message == "says 'IL', and the store 'CN' by source:visits-2024; both are kept"
    assert country.sentence("zh") == "此处为“IL”，库中据 source:visits-2024 为“CN”，均予保留"
    assert not report.errors
    assert content_hash(store) == before
    with prepared([later], model, store, Options(other)) as loading:
        plan(loading, store, model)
        assert loading.report().count("warning") == report.count("warning")
    # Once it is loaded it is there, and nothing new contradicts.
    load(store, [later], model, options=Options(other))
    again = check([later], model, store, Options(other))
    assert [f for f in again.findings if f.rule == "conflict-with-store"] == []


def test_two_rows_that_differ_in_one_relation_are_found(model: Model, tmp_path: Path) -> None:
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    visits = tmp_path / "visits.csv"
    visits.write_text(
        "园区名称,合作企业,签约时间,状态\n某园,一公司,2019,已签\n某园,二公司,2019,已签\n某园,一公司,2021,计划\n",
        encoding="utf-8",
    )
    found = [
        f for f in check([visits], model, store, Options(accept=True)).findings if f.severity == "warning"
    ]
    store.close()
    (finding,) = found
    assert (finding.rule, finding.place.row, finding.column) == ("conflict-in-file", 4, "签约时间")
    assert finding.message.startswith(
        "says 'planned · 2021..', and row 2 'signed · 2019..' of the same relation"
    )
    assert finding.sentence("zh").startswith("此处为“planned · 2021..”，第 2 行对同一关系为“signed · 2019..”")


def test_many_contradictions_are_listed_up_to_a_limit_and_counted(
    mapping: LoadMapping, model: Model, tmp_path: Path
) -> None:
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    load(store, [many(tmp_path / "visits.csv", 150)], model, options=Options(mapping))
    later = tmp_path / "visits-later.csv"
    later.write_text((tmp_path / "visits.csv").read_text("utf-8").replace("中国", "以色列"), "utf-8")
    other = parse_mapping(MAPPING.replace("visits-2024", "visits-2025"), model)
    found = [
        f for f in check([later], model, store, Options(other)).findings if f.rule == "conflict-with-store"
    ]
    store.close()
    assert [f.place.row for f in found] == list(range(2, 102))
    assert [f.more for f in found] == [0] * 99 + [50]


def test_what_own_tables_and_claims_say_is_held_against_the_store(model: Model, tmp_path: Path) -> None:
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    sources = tmp_path / "sources.csv"
    sources.write_text("id,name,kind\nsource:a,甲,table\nsource:b,乙,table\n", encoding="utf-8")
    parks = tmp_path / "parks.csv"
    parks.write_text("id,name_zh,country,source\npark:x,某园,CN,source:a\n", encoding="utf-8")
    load(store, [sources, parks], model)
    parks.write_text("id,name_zh,country,source\n# park:y,,,\npark:x,某园,SG,source:b\n", encoding="utf-8")
    claims = tmp_path / "claims.jsonl"
    claims.write_text(
        '{"record": "claim", "subject": "park:x", "property": "country", "value": "IL", '
        '"source": "source:b"}\n',
        encoding="utf-8",
    )
    found = check([parks, claims], model, store).findings
    store.close()
    assert [(f.rule, f.place.file, f.place.row, f.column, f.value) for f in found] == [
        ("conflict-with-store", "parks.csv", 3, "country", "SG"),
        ("conflict-with-store", "claims.jsonl", 1, "value", "IL"),
    ]


def test_conflicts_are_not_looked_for_in_very_many_rows_and_the_report_says_so(
    mapping: LoadMapping, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parkgraph.ingest.load.CHUNK", 100)
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    report = check([many(tmp_path / "visits.csv", 101)], model, store, Options(mapping))
    store.close()
    assert report.claims is None
    assert [f.rule for f in report.findings if f.rule != "read-as"] == ["not-compared"]


def test_a_plan_does_exactly_what_loading_the_files_does(
    store: Store, mapping: LoadMapping, visits: Path, model: Model, tmp_path: Path
) -> None:
    with prepared([visits], model, store, Options(mapping)) as loading:
        told = plan(loading, store, model, tmp_path / "plan.jsonl")
    report = load(store, [tmp_path / "plan.jsonl"], model)
    assert report.outcome is not None
    assert report.outcome.added == told.summary.claims["new"] == report.claims
    other = open_store(f"embedded:{tmp_path / 'other.kgl'}")
    load(other, [visits], model, options=Options(mapping))
    assert content_hash(store) == content_hash(other)
    other.close()
    with prepared([visits], model, store, Options(mapping)) as loading:
        again = plan(loading, store, model).to_dict()
    assert again["facts"] == {"new": 0, "changed": 0, "confirmed": 0}
    assert (again["claims"]["new"], again["entities"]["new"]) == (0, 0)


def test_a_plan_for_another_state_of_the_store_is_refused(
    store: Store, mapping: LoadMapping, visits: Path, model: Model, tmp_path: Path
) -> None:
    store.ensure_schema(model)
    with prepared([visits], model, store, Options(mapping)) as loading:
        plan(loading, store, model, tmp_path / "plan.jsonl")
    other = parse_mapping(MAPPING.replace("visits-2024", "others"), model)
    load(store, [many(tmp_path / "visits-others.csv", 3)], model, options=Options(other))
    before = content_hash(store)
    with pytest.raises(Conflict, match=r"others have changed since .* make it again"):
        load(store, [tmp_path / "plan.jsonl"], model)
    assert content_hash(store) == before


def test_a_plan_that_was_cut_off_or_edited_is_refused(
    store: Store, mapping: LoadMapping, visits: Path, model: Model, tmp_path: Path
) -> None:
    store.ensure_schema(model)
    file = tmp_path / "plan.jsonl"
    with prepared([visits], model, store, Options(mapping)) as loading:
        plan(loading, store, model, file)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(Refused, match="is a plan that is cut off"):
        load(store, [tmp_path / "cut.jsonl"], model)
    (tmp_path / "edited.jsonl").write_text("".join(lines).replace('"CN"', '"US"'), encoding="utf-8")
    with pytest.raises(Refused, match="its id is not the hash of what it says"):
        load(store, [tmp_path / "edited.jsonl"], model)
    assert store.version == 0


def test_a_whole_load_is_taken_back_leaving_the_hash_from_before(
    store: Store, mapping: LoadMapping, visits: Path, model: Model
) -> None:
    load(store, [bundled()], model)
    before = content_hash(store)
    report = load(store, [visits], model, options=Options(mapping))
    assert content_hash(store) != before
    again = load(store, [visits], model, options=Options(mapping))
    assert again.outcome is not None
    assert (again.outcome.added, again.outcome.unchanged) == (0, report.claims)
    graph = pg.Graph(store, model)
    graph.retract("source:visits-2024")
    assert content_hash(store) == before
    load(store, [visits], model, options=Options(mapping))
    assert content_hash(store) != before


def _start(store: str, table: Path, mapping: Path) -> subprocess.Popen[bytes]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("PARKGRAPH_")}
    return subprocess.Popen(
        [sys.executable, "-m", "parkgraph", "--store", store, "load", str(table), "--mapping", str(mapping)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=own | ({"PARKGRAPH_NEO4J_PASSWORD": os.environ.get("PARKGRAPH_NEO4J_PASSWORD", "")}),
    )


def _undisturbed(table: Path, mapping: LoadMapping, model: Model, folder: Path) -> str:
    store = open_store(f"embedded:{folder / 'undisturbed.kgl'}")
    load(store, [table], model, options=Options(mapping))
    expected = content_hash(store)
    store.close()
    return expected


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_load_that_was_stopped_resumes_and_ends_in_the_same_hash(
    stop: signal.Signals, mapping: LoadMapping, model: Model, tmp_path: Path
) -> None:
    table = many(tmp_path / "visits-many.csv")
    (tmp_path / "map.yaml").write_text(MAPPING, encoding="utf-8")
    url = f"embedded:{tmp_path / 'stopped.kgl'}"
    log = tmp_path / "stopped.kgl-wal"
    running_load = _start(url, table, tmp_path / "map.yaml")
    deadline = time.monotonic() + 120
    # At least one batch (of 4 MB) is whole in the log, and not all are.
    while time.monotonic() < deadline and not (log.exists() and log.stat().st_size > 4_500_000):
        assert running_load.poll() is None, running_load.communicate()
        time.sleep(0.005)
    running_load.send_signal(stop)
    _, said = running_load.communicate(timeout=60)
    assert running_load.returncode != 0
    if stop == signal.SIGINT:
        assert b"interrupted" in said
        assert b"Traceback" not in said
    store = open_store(url)
    partly = len(store.read("MATCH (c:Claim) RETURN c.id AS id", max_rows=10**6))
    assert 0 < partly < ROWS * 7
    report = load(store, [table], model, options=Options(mapping))
    assert report.outcome is not None
    assert report.outcome.unchanged == partly
    assert content_hash(store) == _undisturbed(table, mapping, model, tmp_path)
    store.close()


def test_a_plan_that_was_stopped_half_way_is_finished_by_loading_it_again(
    store: Store, mapping: LoadMapping, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CLAIMS_PER_BATCH", 500)
    table = many(tmp_path / "visits-many.csv", 100)
    store.ensure_schema(model)
    with prepared([table], model, store, Options(mapping)) as loading:
        plan(loading, store, model, tmp_path / "plan.jsonl")

    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        assert done <= total
        raise Stopped

    with prepared([tmp_path / "plan.jsonl"], model, store) as loading, pytest.raises(Stopped):
        apply(store, loading, model, progress=stop)
    assert store.version > 0
    load(store, [tmp_path / "plan.jsonl"], model)
    assert content_hash(store) == _undisturbed(table, mapping, model, tmp_path)


def test_a_load_into_a_database_that_dies_says_so_and_is_finished_when_it_is_back(
    neo4j: Neo4jDatabase,
    mapping: LoadMapping,
    model: Model,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del neo4j  # a server can be had here
    monkeypatch.setattr(recording, "CLAIMS_PER_BATCH", 500)
    table = many(tmp_path / "visits-many.csv", 200)
    with Neo4jServer(tmp_path / "home") as server:
        store = open_store(server.address.store)

        def kill(done: int, total: int) -> None:
            del total
            if done:
                os.kill(server.address.pid, signal.SIGKILL)
                time.sleep(0.5)

        started = time.monotonic()
        with pytest.raises(StoreError, match="no server answers there"):
            load(store, [table], model, options=Options(mapping), progress=kill)
        assert time.monotonic() - started < 60
        store.close()
        server.stop()
        server.start()
        store = open_store(server.address.store)
        assert store.version > 0
        load(store, [table], model, options=Options(mapping))
        assert content_hash(store) == _undisturbed(table, mapping, model, tmp_path)
        store.close()


def test_the_plan_s_file_is_lines_of_json_that_tell_each_difference(
    store: Store, mapping: LoadMapping, visits: Path, model: Model, tmp_path: Path
) -> None:
    with prepared([visits], model, store, Options(mapping)) as loading:
        made = plan(loading, store, model, tmp_path / "plan.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "plan.jsonl").read_text("utf-8").splitlines()]
    head, *rest = lines
    assert (head["record"], head["version"], head["model"]) == ("plan", 0, model.digest)
    kinds = [line["record"] for line in rest]
    assert kinds.count("difference") == made.summary.facts.total()
    assert kinds.count("claim") == made.claims
    assert rest[-1]["record"] == "end"
    assert rest[-1]["facts"]["new"] == made.summary.facts["new"]
