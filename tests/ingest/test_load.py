"""Loading into both engines: all of it or nothing, and once is enough."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from parkgraph.graph.canonical import content_hash
from parkgraph.graph.errors import BadRequest, Refused
from parkgraph.graph.model import Model
from parkgraph.graph.recording import retract
from parkgraph.graph.store import Store
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.load import check, load

Folder = Callable[..., Path]
SOURCES = "id,name,kind\nsource:register,Editors' register,editorial\n"
PARKS = "id,name_zh,source\npark:chengdu-hi-tech-zone,成都高新区,source:register\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Write a folder of tables, by default one park and its source."""

    def write(name: str, **tables: str) -> Path:
        made = tmp_path / name
        made.mkdir()
        for table, text in tables.items():
            (made / f"{table}.csv").write_text(text, encoding="utf-8")
        return made

    return write


@pytest.fixture
def filled(store: Store, folder: Folder, model: Model) -> Store:
    """A store with one park."""
    load(store, [folder("first", sources=SOURCES, parks=PARKS)], model)
    return store


def test_a_second_load_of_the_bundled_dataset_adds_nothing(store: Store, model: Model) -> None:
    first = load(store, [bundled()], model)
    before = content_hash(store)
    second = load(store, [bundled() / "datapackage.json"], model)
    assert first.outcome is not None
    assert second.outcome is not None
    assert (first.outcome.added, first.outcome.unchanged) == (first.claims, 0)
    assert (second.outcome.added, second.outcome.unchanged) == (0, first.claims)
    assert second.outcome.version == first.outcome.version
    assert content_hash(store) == before


def test_progress_ends_with_every_claim(store: Store, model: Model) -> None:
    seen: list[tuple[int, int]] = []
    report = load(store, [bundled()], model, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (report.claims, report.claims)


@pytest.mark.parametrize("fault", ["a bad cell", "an unknown end", "a broken table"])
def test_a_load_with_a_finding_changes_nothing(
    fault: str, filled: Store, folder: Folder, model: Model
) -> None:
    before, version = content_hash(filled), filled.version
    good = "park:wujin-hi-tech-zone,武进高新区,CN,source:register\n"
    tables = {
        "a bad cell": {"parks": f"id,name_zh,country,source\n{good}park:b,乙园,中土,source:register\n"},
        "an unknown end": {
            "parks": f"id,name_zh,country,source\n{good}",
            "relations": "subject,relation,object,source\n"
            "park:wujin-hi-tech-zone,PARTNERS_WITH,park:atlantis,source:register\n",
        },
        "a broken table": {
            "parks": f"id,name_zh,country,source\n{good}",
            "companies": "id\ncompany:a\n",
        },
    }[fault]
    bad = folder("bad", **tables)
    with pytest.raises(Refused) as refused:
        load(filled, [bad], model)
    assert str(refused.value).startswith("nothing was loaded: 1 row was refused; ")
    assert len(refused.value.findings) == 1
    assert list(check([bad], model, filled).findings) == list(refused.value.findings)
    assert (content_hash(filled), filled.version) == (before, version)


def test_a_relation_may_lead_to_an_entity_that_is_only_in_the_store(
    filled: Store, folder: Folder, model: Model
) -> None:
    second = folder(
        "second",
        parks="id,name_zh,source\npark:22-barcelona,巴塞罗那创新产业园,source:register\n",
        relations="subject,relation,object,status,source\n"
        "park:22-barcelona,PARTNERS_WITH,park:chengdu-hi-tech-zone,signed,source:register\n",
    )
    alone = check([second], model)
    assert {finding.column for finding in alone.findings} == {"source", "object"}
    assert check([second], model, filled).findings == ()
    load(filled, [second], model)
    rows = filled.read("MATCH (a:Park)-[r:PARTNERS_WITH]->(b:Park) RETURN a.name AS a, b.name AS b")
    assert rows == [{"a": "巴塞罗那创新产业园", "b": "成都高新区"}]


def test_a_kind_in_the_store_is_held_against_the_range(filled: Store, folder: Folder, model: Model) -> None:
    wrong = folder(
        "wrong",
        companies="id,name_zh,source\ncompany:bpc,BP&C公司,source:register\n",
        relations="subject,relation,object,source\n"
        "company:bpc,MEMBER_OF,park:chengdu-hi-tech-zone,source:register\n",
    )
    (finding,) = check([wrong], model, filled).findings
    assert (finding.place.file, finding.place.row, finding.column) == ("relations.csv", 2, "object")
    assert "park:chengdu-hi-tech-zone is a Park, outside the range of MEMBER_OF" in finding.message


def test_a_source_with_other_particulars_is_a_finding(filled: Store, folder: Folder, model: Model) -> None:
    before = content_hash(filled)
    other = folder(
        "other",
        sources="id,name,publisher,kind\nsource:register,The register,科技日报,editorial\n",
        parks=PARKS,
    )
    (finding,) = check([other], model, filled).findings
    assert str(finding) == (
        "sources.csv row 2, column name: source source:register is already recorded with another name, "
        "publisher; give the new text an id of its own, or retract the old one"
    )
    with pytest.raises(Refused, match="already recorded with another name, publisher"):
        load(filled, [other], model)
    assert content_hash(filled) == before


def test_after_a_retraction_the_source_may_be_described_anew(
    filled: Store, folder: Folder, model: Model
) -> None:
    retract(filled, model, "source:register")
    other = folder("other", sources=SOURCES.replace("Editors' register", "The register"), parks=PARKS)
    assert check([other], model, filled).findings == ()
    load(filled, [other], model)


def test_a_table_of_sources_may_be_loaded_first(store: Store, folder: Folder, model: Model) -> None:
    load(store, [folder("sources", sources=SOURCES)], model)
    load(store, [folder("parks", parks=PARKS) / "parks.csv"], model)


def test_several_paths_are_one_load(store: Store, folder: Folder, model: Model) -> None:
    sources = folder("sources", sources=SOURCES) / "sources.csv"
    report = load(store, [folder("parks", parks=PARKS), sources], model)
    assert (report.rows, report.sources, report.claims) == (2, 1, 2)


def test_a_report_says_what_was_found_row_by_row(folder: Folder, model: Model) -> None:
    bad = "park:wujin,武进高新区,中土,2019-13,source:register\n"
    report = check([folder("bad", sources=SOURCES, parks=f"id,name_zh,country,as_of,source\n{bad}")], model)
    assert report.refused == 1
    said = report.to_dict()
    findings = said.pop("findings")
    assert said == {
        "rows": 2,
        "claims": 0,
        "sources": 1,
        "added": 0,
        "unchanged": 0,
        "refused": 1,
        "version": None,
        "errors": 2,
        "warnings": 0,
        "unlisted": 0,
        "tables": [
            {
                "file": f"{name}.csv",
                "sheet": None,
                "read_as": "UTF-8, delimiter ,",
                "header": 1,
                "rows": 1,
                "columns": columns,
            }
            for name, columns in (
                ("parks", ["id", "name_zh", "country", "as_of", "source"]),
                ("sources", ["id", "name", "kind"]),
            )
        ],
    }
    assert [(f["file"], f["row"], f["column"], f["rule"], f["value"], f["severity"]) for f in findings] == [
        ("parks.csv", 2, "country", "bad-country", "中土", "error"),
        ("parks.csv", 2, "as_of", "bad-date", "2019-13", "error"),
    ]
    assert [f["message"] for f in findings] == [finding.message for finding in report.findings]
    assert findings[1]["expected"] == "2019, 2019-05, 2019-05-10"
    assert findings[1]["message_zh"] == "“2019-13”日期无效（没有 13 月），应为：2019, 2019-05, 2019-05-10"
    assert all(isinstance(finding, Finding) for finding in report.findings)


def test_an_empty_folder_is_refused_before_the_store_is_touched(
    filled: Store, tmp_path: Path, model: Model
) -> None:
    version = filled.version
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadRequest, match="holds neither"):
        load(filled, [bundled(), empty], model)
    assert filled.version == version


def test_tables_of_a_copied_package_give_the_same_graph_in_any_order(
    store: Store, tmp_path: Path, model: Model, bundled_file: Path
) -> None:
    copy = tmp_path / "package"
    shutil.copytree(bundled(), copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "datapackage.json").unlink()
    for table in ("relations.csv", "parks.csv"):
        header, *rows = (copy / table).read_text(encoding="utf-8").splitlines(keepends=True)
        (copy / table).write_text(header + "".join(reversed(rows)), encoding="utf-8")
    load(store, [copy], model)
    from parkgraph.graph.store import open_store

    expected = open_store(f"embedded:{bundled_file}", readonly=True)
    assert content_hash(store) == content_hash(expected)
