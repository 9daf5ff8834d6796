"""Blank tables come from the model, and filled they load."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from parkgraph.graph.errors import ParkGraphError, UnknownName
from parkgraph.graph.model import Model, load_model
from parkgraph.graph.store import Store
from parkgraph.ingest.load import load
from parkgraph.ingest.tables import CLAIM_COLUMNS, SOURCE_COLUMNS
from parkgraph.ingest.templates import table_names, write_templates

OWN_MODEL = """extends: parkgraph
kinds:
  Incubator:
    table: incubators
    zh: 孵化器
    en: incubator
    groups: [actor]
    links: {run_by: RUN_BY}
    properties:
      desks: {type: quantity, zh: 工位, en: desks}
relations:
  RUN_BY: {domain: [Incubator], range: [Park], passable: true, zh: 运营方, en: run by}
"""


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream))


def test_there_is_a_template_for_every_kind_and_for_relations_and_sources(
    tmp_path: Path, model: Model
) -> None:
    written = write_templates(tmp_path / "blank", model)
    assert [path.stem for path in written] == table_names(model)
    assert set(table_names(model)) == {"sources", "relations", *(k.table for k in model.kinds.values())}


def test_a_template_s_columns_are_the_model_s_properties(tmp_path: Path, model: Model) -> None:
    write_templates(tmp_path, model)
    assert tuple(_header(tmp_path / "sources.csv")) == SOURCE_COLUMNS
    for kind in model.kinds.values():
        expected = ["id", *kind.links, *model.properties_of(kind.name), *CLAIM_COLUMNS]
        assert _header(tmp_path / f"{kind.table}.csv") == expected
    attributes = {name for relation in model.relations for name in model.relation_properties(relation)}
    assert attributes < set(_header(tmp_path / "relations.csv"))


def test_a_template_carries_a_byte_order_mark_so_that_excel_keeps_hanzi(tmp_path: Path, model: Model) -> None:
    (path,) = write_templates(tmp_path, model, ["parks"])
    assert path.read_bytes().startswith("\ufeffid,".encode())
    assert path.read_bytes().endswith(b"\r\n")


def test_a_user_s_own_kind_gets_a_template_which_loads_when_filled(store: Store, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN_MODEL, encoding="utf-8")
    own = load_model(tmp_path / "own.yaml")
    tables = tmp_path / "tables"
    rows = {
        "sources": {"id": "source:register", "name": "Editors' register", "kind": "editorial"},
        "parks": {"id": "park:wujin", "name_zh": "武进高新区", "source": "source:register"},
        "incubators": {
            "id": "incubator:wujin-first",
            "name_zh": "武进第一孵化器",
            "desks": "about 120 desk",
            "run_by": "park:wujin",
            "source": "source:register",
        },
    }
    for path in write_templates(tables, own, list(rows)):
        with path.open("a", encoding="utf-8", newline="") as stream:
            csv.DictWriter(stream, _header(path)).writerow(rows[path.stem])
    report = load(store, [tables], own)
    assert (report.rows, report.findings) == (3, ())
    assert store.read(
        "MATCH (i:Incubator)-[:RUN_BY]->(p:Park) RETURN i.name AS i, i.desks AS desks, p.name AS p"
    ) == [{"i": "武进第一孵化器", "desks": 120, "p": "武进高新区"}]


def test_a_file_that_is_there_is_left_alone_and_nothing_is_written(tmp_path: Path, model: Model) -> None:
    (tmp_path / "relations.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ParkGraphError, match=r"relations\.csv: is there already; nothing was written"):
        write_templates(tmp_path, model, ["parks", "relations"])
    assert [path.name for path in tmp_path.iterdir()] == ["relations.csv"]
    assert (tmp_path / "relations.csv").read_text(encoding="utf-8") == "mine"


def test_an_unknown_table_is_refused_with_what_was_meant_and_nothing_is_written(
    tmp_path: Path, model: Model
) -> None:
    with pytest.raises(UnknownName, match="unknown table 'park'; did you mean parks"):
        write_templates(tmp_path / "blank", model, ["funds", "park"])
    assert not (tmp_path / "blank").exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, model: Model) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ParkGraphError, match=r"file/blank: cannot be written: Not a directory"):
        write_templates(tmp_path / "file" / "blank", model)
