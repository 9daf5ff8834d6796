"""Blank tables come from the model, and filled they load."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from parkgraph.graph.errors import ParkGraphError, UnknownName
from parkgraph.graph.model import Model, load_model
from parkgraph.graph.store import Store, open_store
from parkgraph.ingest.load import SOURCE_COLUMNS, check, load
from parkgraph.ingest.mapping import CLAIM_FIELDS
from parkgraph.ingest.templates import table_names, write_templates, write_workbook

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
        expected = ["id", *kind.links, *model.properties_of(kind.name), *CLAIM_FIELDS]
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


# ---------------------------------------------------------------------- the workbook

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Rows = dict[str, list[list[str]]]


def _rows(path: Path) -> Rows:
    """The cells of every visible sheet as texts."""
    book = CalamineWorkbook.from_path(str(path))
    shown = [about.name for about in book.sheets_metadata if about.visible == SheetVisibleEnum.Visible]
    return {n: [[str(c) for c in row] for row in book.get_sheet_by_name(n).to_python()] for n in shown}


class _Parts:
    """A workbook as it is stored: the XML of its sheets, and their notes."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        book = self._xml("xl/workbook.xml")
        self.sheets = [str(sheet.get("name")) for sheet in book.iter(f"{MAIN}sheet")]
        self.states = {str(s.get("name")): s.get("state") for s in book.iter(f"{MAIN}sheet")}

    def _xml(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self._zip.read(name))  # noqa: S314 - written by ourselves

    def sheet(self, name: str) -> ElementTree.Element:
        return self._xml(f"xl/worksheets/sheet{self.sheets.index(name) + 1}.xml")

    def choices(self, name: str) -> dict[str, ElementTree.Element]:
        """The rules of a sheet by the letter of their column."""
        return {
            str(rule.get("sqref")).split(":")[0].rstrip("0123456789"): rule
            for rule in self.sheet(name).iter(f"{MAIN}dataValidation")
        }

    def notes(self, name: str) -> dict[str, str]:
        """The notes of a sheet by their cell."""
        at = self.sheets.index(name)
        number = at if self.sheets[0] in ("README", "说明") else at + 1
        return {
            str(note.get("ref")): "".join(text.text or "" for text in note.iter(f"{MAIN}t"))
            for note in self._xml(f"xl/comments{number}.xml").iter(f"{MAIN}comment")
        }

    def formats(self, name: str) -> list[str]:
        """The number format of each column of a sheet."""
        styles = self._xml("xl/styles.xml").find(f"{MAIN}cellXfs")
        assert styles is not None
        formats = [str(style.get("numFmtId")) for style in styles]
        return [
            formats[int(column.get("style", "0"))]
            for column in self.sheet(name).iter(f"{MAIN}col")
            for _ in range(int(column.get("min", "1")), int(column.get("max", "1")) + 1)
        ]


def _column(rows: Rows, sheet: str, column: str) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    at = rows[sheet][0].index(column)
    return letters[at] if at < 26 else letters[at // 26 - 1] + letters[at % 26]


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Path:
    return write_workbook(tmp_path_factory.mktemp("workbook") / "templates.xlsx", model)


def _unmarked(workbook: Path, target: Path) -> Path:
    """The workbook as somebody saves it who took the marks before the example rows away."""
    book = xlsxwriter.Workbook(str(target))
    for name, rows in _rows(workbook).items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell.removeprefix("# "))
    book.close()
    return target


def test_a_workbook_has_a_sheet_a_table_with_the_columns_of_the_csv(workbook: Path, model: Model) -> None:
    rows = _rows(workbook)
    assert list(rows) == ["README", *table_names(model)]
    for table in table_names(model):
        expected = SOURCE_COLUMNS if table == "sources" else None
        kind = next((kind for kind in model.kinds.values() if kind.table == table), None)
        if kind is not None:
            expected = ("id", *kind.links, *model.properties_of(kind.name), *CLAIM_FIELDS)
        assert expected is None or tuple(rows[table][0]) == expected
        assert len(rows[table]) == 2
        assert rows[table][1][0].startswith("# ")


def test_the_sheets_are_those_asked_for_and_the_first_is_named_in_the_language(
    tmp_path: Path, model: Model
) -> None:
    path = write_workbook(tmp_path / "new" / "mine.xlsx", model, ["parks", "sources", "parks"], lang="zh")
    assert list(_rows(path)) == ["说明", "parks", "sources"]
    said = " ".join(row[0] for row in _rows(path)["说明"])
    assert "每张工作表是一张表" in said
    assert "Each sheet is a table" in said


def test_the_example_rows_load_with_no_error_when_their_mark_is_taken_away(
    workbook: Path, tmp_path: Path, model: Model
) -> None:
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    report = load(store, [_unmarked(workbook, tmp_path / "filled.xlsx")], model)
    assert report.errors == ()
    kinds = {row["kind"] for row in store.read("MATCH (n:Entity) UNWIND labels(n) AS kind RETURN kind")}
    assert set(model.kinds) <= kinds
    assert store.read("MATCH (p:Park)-[r:PARTNERS_WITH]-(i:Institution) RETURN r.status AS status") == [
        {"status": "signed"}
    ]
    store.close()


def test_an_unfilled_workbook_says_nothing_and_has_no_error(workbook: Path, model: Model) -> None:
    report = check([workbook], model)
    assert report.errors == ()
    assert report.claims == 0
    assert [(f.place.sheet, f.rule) for f in report.findings] == [("README", "left-out")]


def test_what_is_filled_in_below_the_example_row_loads(tmp_path: Path, model: Model) -> None:
    blank = write_workbook(tmp_path / "blank.xlsx", model, ["sources", "parks"])
    filled = {
        "sources": {"id": "source:mine", "name": "My notes", "kind": "table"},
        "parks": {"id": "park:mine", "name_zh": "我的园区", "level": "国家级", "source": "source:mine"},
    }
    book = xlsxwriter.Workbook(str(tmp_path / "filled.xlsx"))
    for name, rows in _rows(blank).items():
        sheet = book.add_worksheet(name)
        if name in filled:
            rows = [*rows, [filled[name].get(column, "") for column in rows[0]]]
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
    book.close()
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    report = load(store, [tmp_path / "filled.xlsx"], model)
    assert report.errors == ()
    assert store.read("MATCH (p:Park) RETURN p.id AS id, p.level AS level") == [
        {"id": "park:mine", "level": "national"}
    ]
    store.close()


def test_columns_with_codes_have_a_drop_down_of_them(workbook: Path, model: Model) -> None:
    parts, rows = _Parts(workbook), _rows(workbook)
    expected = {
        ("parks", "level"): ["national", "provincial", "other"],
        ("parks", "status"): list(model.statuses),
        ("parks", "end_only"): ["true", "false"],
        ("parks", "also_kind"): list(model.kinds),
        ("parks", "layer"): list(model.layers),
        ("parks", "modality"): list(model.modalities),
        ("relations", "status"): list(model.statuses),
        ("relations", "inferred"): ["true", "false"],
        ("sources", "kind"): list(model.source_kinds),
    }
    for (sheet, column), codes in expected.items():
        rule = parts.choices(sheet)[_column(rows, sheet, column)]
        assert rule.get("type") == "list"
        assert rule.findtext(f"{MAIN}formula1") == f'"{",".join(codes)}"'
        assert str(rule.get("sqref")).endswith("1048576")
        # A label of either language is read too, so nothing is stopped.
        assert rule.get("errorStyle") == "warning" or rule.get("showErrorMessage") is None


def test_choices_that_are_too_long_for_excel_stand_in_a_hidden_sheet_that_the_loader_leaves_out(
    tmp_path: Path,
) -> None:
    codes = [f"a_very_long_code_number_{n}" for n in range(40)]
    values = ", ".join(f"{code}: [码{n}, code {n}]" for n, code in enumerate(codes))
    more = "\n".join(f"  RUN_BY_{n}: {{domain: [Desk], range: [Park], zh: 甲, en: a}}" for n in range(30))
    (tmp_path / "own.yaml").write_text(
        "extends: parkgraph\nkinds:\n  Desk:\n    table: desks\n    zh: 工位\n    en: desk\n"
        f"    properties:\n      form: {{type: vocabulary, zh: 形, en: form, values: {{{values}}}}}\n"
        f"relations:\n{more}\n",
        encoding="utf-8",
    )
    own = load_model(tmp_path / "own.yaml")
    path = write_workbook(tmp_path / "own.xlsx", own, ["sources", "desks", "parks", "relations"])
    parts, rows = _Parts(path), _rows(path)
    assert parts.states["lists"] == "veryHidden"
    hidden = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("lists").to_python()
    for at, (sheet, column, wanted) in enumerate(
        (("desks", "form", codes), ("relations", "relation", list(own.relations)))
    ):
        rule = parts.choices(sheet)[_column(rows, sheet, column)]
        letter = "AB"[at]
        assert rule.findtext(f"{MAIN}formula1") == f"lists!${letter}$2:${letter}${len(wanted) + 1}"
        assert [row[at] for row in hidden][1 : len(wanted) + 1] == wanted
    assert check([path], own).errors == ()
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    whole = write_workbook(tmp_path / "whole.xlsx", own)
    assert load(store, [_unmarked(whole, tmp_path / "filled.xlsx")], own).errors == ()
    store.close()


def test_dates_and_ids_are_text_so_that_a_spreadsheet_leaves_2019_05_alone(workbook: Path) -> None:
    parts, rows = _Parts(workbook), _rows(workbook)
    for sheet, columns in {
        "agreements": ("id", "date", "amount", "valid_from", "source"),
        "companies": ("uscc", "lei"),
        "relations": ("subject", "object", "as_of"),
        "sources": ("id", "published"),
    }.items():
        formats = parts.formats(sheet)
        for column in columns:
            assert formats[rows[sheet][0].index(column)] == "49"
    assert parts.formats("observations")[rows["observations"][0].index("year")] == "0"


def test_every_heading_has_a_note_in_both_languages(workbook: Path, model: Model) -> None:
    parts, rows = _Parts(workbook), _rows(workbook)
    for table in table_names(model):
        assert len(parts.notes(table)) == len(rows[table][0])
    level = parts.notes("parks")[f"{_column(rows, 'parks', 'level')}1"]
    assert level.startswith("level · 级别\noptional · 可不填\none of the list")
    assert "national = national · 国家级" in level
    assert "example · 例: national" in level
    assert "required · 必填" in parts.notes("parks")["A1"]
    assert "required · 必填" in parts.notes("relations")["B1"]
    chinese = _Parts(write_workbook(workbook.with_name("zh.xlsx"), model, ["parks"], lang="zh"))
    assert chinese.notes("parks")["A1"].startswith("编号 · id\n必填 · required")


def test_ids_and_dates_are_explained_where_they_are_typed_and_nothing_is_stopped(workbook: Path) -> None:
    parts, rows = _Parts(workbook), _rows(workbook)
    identifier = parts.choices("parks")["A"]
    assert identifier.get("type") is None
    assert "such as park:yunxi" in str(identifier.get("prompt"))
    date = parts.choices("agreements")[_column(rows, "agreements", "date")]
    assert "2019-05" in str(date.get("prompt"))


def test_the_header_stays_in_sight(workbook: Path, model: Model) -> None:
    parts = _Parts(workbook)
    for table in table_names(model):
        (pane,) = parts.sheet(table).iter(f"{MAIN}pane")
        assert (pane.get("state"), pane.get("topLeftCell")) == ("frozen", "B2")


def test_a_user_s_own_kind_has_a_sheet_whose_example_loads(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN_MODEL, encoding="utf-8")
    own = load_model(tmp_path / "own.yaml")
    path = write_workbook(tmp_path / "own.xlsx", own, ["sources", "parks", "incubators"])
    row = dict(zip(*_rows(path)["incubators"], strict=True))
    assert (row["id"], row["run_by"], row["name_zh"]) == ("# incubator:yunxi", "park:yunxi", "云溪孵化器")
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    assert load(store, [_unmarked(path, tmp_path / "filled.xlsx")], own).errors == ()
    store.close()


def test_a_workbook_that_is_there_is_left_alone(tmp_path: Path, model: Model) -> None:
    (tmp_path / "mine.xlsx").write_text("mine", encoding="utf-8")
    with pytest.raises(ParkGraphError, match=r"mine\.xlsx: is there already; nothing was written"):
        write_workbook(tmp_path / "mine.xlsx", model)
    assert (tmp_path / "mine.xlsx").read_text(encoding="utf-8") == "mine"


def test_a_workbook_that_cannot_be_is_refused_with_a_sentence(tmp_path: Path, model: Model) -> None:
    with pytest.raises(UnknownName, match="unknown table 'park'; did you mean parks"):
        write_workbook(tmp_path / "a.xlsx", model, ["park"])
    (tmp_path / "own.yaml").write_text(
        OWN_MODEL.replace("incubators", "incubators/and accelerators"), encoding="utf-8"
    )
    with pytest.raises(ParkGraphError, match=r"a\.xlsx: cannot be written as a workbook: Invalid Excel char"):
        write_workbook(tmp_path / "a.xlsx", load_model(tmp_path / "own.yaml"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ParkGraphError, match=r"file/a\.xlsx: cannot be written: Not a directory"):
        write_workbook(tmp_path / "file" / "a.xlsx", model)
    assert not (tmp_path / "a.xlsx").exists()
