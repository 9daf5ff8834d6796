"""Every format that is read, on files as programs and people make them."""

from __future__ import annotations

import codecs
import datetime
import io
import json
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
import xlwt

from parkgraph.graph.errors import BadRequest, NotFound, TooLarge
from parkgraph.ingest.encodings import decode, line_of
from parkgraph.ingest.files import files, workspace
from parkgraph.ingest.limits import Limits
from parkgraph.ingest.readers import CHUNK, Sheet, read
from tests.ingest.making import (
    PARKS,
    encrypted,
    ods,
    ods_cell,
    ods_file,
    ods_row,
    only,
    replaced,
    rows,
    sheets,
    xls,
    xlsx,
)

READ = [(2, "park:wujin", "武进高新区", "source:a"), (3, "park:ningbo", "宁波高新区", "source:a")]
TRADITIONAL = "id,name_zh\npark:hsinchu,新竹科學園區\npark:tainan,臺南科技園區，已營運\n"
SIMPLIFIED = "id,name_zh\npark:wujin,武进高新区\npark:ningbo,宁波国家高新区，已运营\n"


def _csv(table: list[list[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\n" for row in table)


def _written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def _said(sheet: Sheet) -> list[str]:
    return [str(finding) for finding in sheet.findings]


# -- encodings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
        ("gb2312", "GB18030"),
        ("big5", "Big5"),
    ],
)
@pytest.mark.parametrize("times", [1, 20_000])
def test_a_text_is_read_in_its_encoding_which_is_said(
    encoding: str, named: str, times: int, tmp_path: Path
) -> None:
    text = TRADITIONAL if encoding == "big5" else SIMPLIFIED
    head, *lines = text.splitlines(keepends=True)
    path = _written(tmp_path / "parks.csv", head + "".join(lines) * times, encoding)
    sheet, read = only(path)
    assert sheet.read_as == f"{named}, delimiter ,"
    assert sheet.columns == ["id", "name_zh"]
    assert len(read) == sheet.rows == 2 * times
    assert read[0][2] in ("武进高新区", "新竹科學園區")


def test_utf_16_with_the_mark_of_the_other_byte_order_is_read(tmp_path: Path) -> None:
    path = tmp_path / "parks.csv"
    path.write_bytes(codecs.BOM_UTF16_BE + SIMPLIFIED.encode("utf-16-be"))
    assert only(path)[1][0] == (2, "park:wujin", "武进高新区")


@pytest.mark.parametrize("rows_before", [5, 40_000])
@pytest.mark.parametrize(
    ("encoding", "name", "named"),
    [("gb18030", "成都高新区", "GB18030"), ("big5hkscs", "臺中科學園區", "Big5")],
)
def test_a_few_hanzi_among_much_ascii_are_enough(
    encoding: str, name: str, named: str, rows_before: int, tmp_path: Path
) -> None:
    plain = "park:a,Some Park of the Kingdom\n" * rows_before
    path = _written(tmp_path / "parks.csv", f"id,name\n{plain}park:b,{name}\n{plain}", encoding)
    sheet, read = only(path)
    assert sheet.read_as == f"{named}, delimiter ,"
    assert read[rows_before][2] == name


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("gb18030", ["苏州工业园区"]),
        ("gb18030", ["北京", "上海", "天津"]),
        ("gb18030", ["中关村科技园区管理委员会"]),
        ("gb18030", ["华为技术有限公司", "京东方科技集团"]),
        ("big5hkscs", ["新竹科學工業園區"]),
        ("big5hkscs", ["台積電", "聯發科技"]),
        ("big5hkscs", ["香港科技園公司", "數碼港"]),
        ("big5hkscs", ["鴻海精密工業股份有限公司"]),
    ],
)
def test_gb18030_and_big5_are_told_apart_in_short_tables(
    encoding: str, names: list[str], tmp_path: Path
) -> None:
    path = _written(tmp_path / "parks.csv", _csv([["id", "name"], *([f"x{n}", n] for n in names)]), encoding)
    sheet, read = only(path)
    assert [row[2] for row in read] == names
    assert sheet.read_as.startswith("GB18030" if encoding == "gb18030" else "Big5")


def test_where_two_encodings_fit_both_are_said(tmp_path: Path) -> None:
    path = tmp_path / "parks.csv"
    path.write_bytes(b"id,name\nx,\xa4\xa4\xa4\xe5\n")
    assert only(path)[0].read_as == "Big5, delimiter ,"
    # The first bytes of the rows that both have for characters of daily use.
    path.write_bytes("id,name\nx,阿巴公\n".encode("gb18030"))
    sheet, read = only(path)
    assert (sheet.read_as, read[0][2]) == ("GB18030 (or Big5), delimiter ,", "阿巴公")


def test_western_text_of_windows_is_read(tmp_path: Path) -> None:
    path = _written(tmp_path / "parks.csv", "nom;ville\nSociété Générale;Orléans\nGröße;Åbo\n", "cp1252")
    sheet, read = only(path)
    assert sheet.read_as == "Windows-1252, delimiter ;"
    assert read[0] == (2, "Société Générale", "Orléans")


@pytest.mark.parametrize("lines", [30, 60_000])
def test_a_byte_that_breaks_utf_8_is_said_with_its_line_and_not_read_as_another_encoding(
    lines: int, tmp_path: Path
) -> None:
    path = tmp_path / "parks.csv"
    path.write_bytes(b"id,name\n" + "park:x,成都高新区\n".encode() * lines + b"park:y,\xb3\xc9\nz,a\n")
    with pytest.raises(BadRequest, match=rf"parks\.csv: is not UTF-8 text \(line {lines + 2}\)"):
        only(path)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_byte_that_breaks_another_encoding_is_a_finding_with_its_line(
    encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "parks.csv"
    good = ("id,name\n" + "park:x,成都高新区\n" * 60_000).encode(encoding)
    bad = b"park:y,\xff\xff\n" if encoding == "gb18030" else b"\x00\xdc\n\x00\x00\xdc"
    path.write_bytes(good + bad)
    sheet, read = only(path)
    (finding,) = sheet.findings
    assert read == []
    assert finding.rule == "unreadable"
    assert "text (line 60002)" in finding.message


def test_nul_bytes_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "parks.csv"
    for content, line in ((b"id,name\nx,\0y\n", 2), (b"\0" * 5000, 1), (b"a,b\n" * 200_000 + b"\0", 200_001)):
        path.write_bytes(content)
        with pytest.raises(BadRequest, match=rf"is not UTF-8 text \(line {line}\)"):
            only(path)


def test_the_line_of_a_bad_byte_is_found_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("园\n".encode() * 600_000 + b"\xe5\x9b")
    with pytest.raises(BadRequest, match=r"\(line 600001\)"):
        decode(path, "a.csv")
    path.write_bytes("园\n".encode() * 600_000 + b"\xff")
    assert line_of(path, "utf-8") == 600_001


# -- delimiters and rows -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delimiter", "shown"), [(",", ","), ("\t", "tab"), (";", ";"), ("|", "|"), ("，", "，"), ("；", "；")]
)
def test_a_delimiter_is_found_and_said(delimiter: str, shown: str, tmp_path: Path) -> None:
    table = [["id", "alias", "note"], ["a", "甲|乙", f'"x{delimiter}y, or ""z"""'], ["b", "丙", "1,5; 2"]]
    if delimiter in ",;":
        table[2][2] = f'"{table[2][2]}"'
    if delimiter == "|":
        table[1][1] = '"甲|乙"'
    sheet, read = only(_written(tmp_path / "a.txt", _csv(table, delimiter)))
    assert sheet.read_as == f"UTF-8, delimiter {shown}"
    assert read == [(2, "a", "甲|乙", f'x{delimiter}y, or "z"'), (3, "b", "丙", "1,5; 2")]


def test_a_table_may_have_one_column(tmp_path: Path) -> None:
    sheet, read = only(_written(tmp_path / "a.csv", "name\n甲园\n乙园|丙园\n丁园\n戊园\n"))
    assert sheet.columns == ["name"]
    assert read == [(2, "甲园"), (3, "乙园|丙园"), (4, "丁园"), (5, "戊园")]


def test_rows_are_counted_as_a_spreadsheet_counts(tmp_path: Path) -> None:
    text = 'id,note\r\n\r\na,"two\r\nlines"\r\n,\r\n  , \r\nb,x\r\n'
    sheet, read = only(_written(tmp_path / "a.csv", text))
    assert read == [(3, "a", "two\r\nlines"), (6, "b", "x")]
    assert (sheet.header, sheet.rows, sheet.findings) == (1, 2, [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_line(end: str, tmp_path: Path) -> None:
    assert only(_written(tmp_path / "a.csv", _csv(PARKS).replace("\n", end)))[1] == READ
    assert only(_written(tmp_path / "b.csv", _csv(PARKS).rstrip("\n").replace("\n", end)))[1] == READ


def test_a_row_of_another_length_is_a_finding_and_the_others_are_read(tmp_path: Path) -> None:
    sheet, read = only(_written(tmp_path / "a.csv", "a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,,\n4,5,6\n"))
    assert read == [(2, "1", "2", "3"), (5, "1", "2", "3"), (6, "4", "5", "6")]
    assert _said(sheet) == [
        "a.csv row 3: the row has 2 cells, the header 3",
        "a.csv row 4: the row has 4 cells, the header 3",
    ]
    assert sheet.rows == 5


def test_of_very_many_bad_rows_only_so_many_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.csv", "a,b\n" + "1,2,3\n" * 100 + "1,2\n")
    sheet, read = only(path, Limits(findings=10))
    assert read == [(102, "1", "2")]
    assert len(sheet.findings) == 10
    assert sum(1 + finding.more for finding in sheet.findings) == 100
    assert sheet.rows == 101


def test_headings_without_a_name_or_twice_are_told_apart(tmp_path: Path) -> None:
    sheet, read = only(_written(tmp_path / "a.csv", "id,,name,name,,,\n1,2,3,4,,,\n"))
    assert sheet.columns == ["id", "#2", "name", "name (4)"]
    assert read == [(2, "1", "2", "3", "4")]
    assert [(f.rule, f.column) for f in sheet.findings] == [("doubled-column", "name")]
    sheet, _ = only(_written(tmp_path / "b.csv", "#row,name (2),name,name,name\n1,2,3,4,5\n"))
    assert len(set(sheet.columns)) == 5


def test_title_rows_above_the_header_are_passed_over(tmp_path: Path) -> None:
    text = "各园区情况一览表,,,\n2019年,,单位：个,\n\n"
    text += "序号,园区,省份,成立\n1,武进高新区,江苏,1996\n2,宁波高新区,浙江,1999\n"
    sheet, read = only(_written(tmp_path / "a.csv", text))
    assert sheet.header == 4
    assert sheet.columns == ["序号", "园区", "省份", "成立"]
    assert read[0] == (5, "1", "武进高新区", "江苏", "1996")


def test_the_header_s_row_may_be_said(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.csv", "x,y\n" * 70 + "id,name\n1,2\n")
    with sheets(path, header=lambda _: 71) as (sheet,):
        assert (sheet.columns, rows(sheet)) == (["id", "name"], [(72, "1", "2")])
    with sheets(path, header=lambda _: 100) as (sheet,):
        assert _said(sheet) == ["a.csv row 100: has no row with the names of columns"]


def test_what_is_no_csv_ends_the_rows_with_a_finding(tmp_path: Path) -> None:
    sheet, read = only(_written(tmp_path / "a.csv", 'a,b\n1,2\n"x"y,3\n4,5\n'))
    assert read == [(2, "1", "2")]
    assert _said(sheet) == ["a.csv row 3: is not CSV: ',' expected after '\"'"]
    sheet, read = only(_written(tmp_path / "b.csv", 'a,b\n1,2\n"x,3\n' + "4,5\n" * 40_000))
    assert read == [(2, "1", "2")]
    assert "a quote is not closed" in sheet.findings[0].message


def test_a_cell_that_is_too_long_is_a_finding(tmp_path: Path) -> None:
    sheet, read = only(_written(tmp_path / "a.csv", f"a,b\n1,{'x' * 40_000}\n2,{'x' * 32_767}\n"))
    assert [row[0] for row in read] == [3]
    assert _said(sheet) == ["a.csv row 2, column b: the cell has 40,000 characters; at most 32,767 are read"]


def test_a_long_table_comes_in_chunks(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.csv", "a,b\n" + "".join(f"{i},x\n" for i in range(2 * CHUNK + 5)))
    with sheets(path) as (sheet,):
        chunks = list(sheet.chunks())
        assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, 5]
        assert chunks[2].row(4) == (2 * CHUNK + 6, str(2 * CHUNK + 4), "x")
        assert len(sheet.first(3)) == 3


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n ,\n"])
def test_an_empty_text_has_no_columns(text: str, tmp_path: Path) -> None:
    sheet, read = only(_written(tmp_path / "a.csv", text))
    assert (sheet.columns, sheet.rows, read) == ([], 0, [])


# -- workbooks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_a_workbook_is_read_sheet_by_sheet(suffix: str, tmp_path: Path) -> None:
    make = {"xlsx": xlsx, "xls": xls, "ods": ods}[suffix]
    title: list[list[object]] = [["园区名单", None, None], [None, None, None]]
    title += [list[object](row) for row in PARKS]
    tables: dict[str, list[Any]] = {"园区": PARKS, "Second": title, "nothing": []}
    path = make(tmp_path / f"book.{suffix}", tables)
    with sheets(path) as found:
        first, second = found
        assert (first.sheet, first.table, first.read_as) == ("园区", "园区", "workbook")
        assert rows(first) == READ
        assert (second.sheet, second.header) == ("Second", 3)
        assert rows(second) == [(row + 2, *cells) for row, *cells in READ]
        assert not first.findings
        assert not second.findings


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_values_are_read_as_text_as_they_are_meant(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"book.{suffix}"
    day, time = datetime.datetime(2019, 5, 10), datetime.datetime(2019, 5, 10, 8, 30)
    heads = ["date", "time", "serial", "flag", "id", "whole", "part", "lines"]
    credit = "91110108551385082Q"
    values = [day, time, 43595, True, credit, 12.0, 0.1 + 0.2, "a\nb"]
    if suffix == "xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, heads)
            sheet.write_row(1, 0, values)
            sheet.write_datetime(1, 0, day, book.add_format({"num_format": "yyyy年m月d日"}))
            sheet.write_datetime(1, 1, time, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    elif suffix == "xls":
        old = xlwt.Workbook(encoding="utf-8")
        page = old.add_sheet("a")
        for i, (head, value) in enumerate(zip(heads, values, strict=True)):
            page.write(0, i, head)
            form = {0: "yyyy-mm-dd", 1: "yyyy-mm-dd hh:mm"}.get(i, "General")
            page.write(1, i, value, xlwt.easyxf(num_format_str=form))
        old.save(str(path))
    else:
        cells = [
            '<table:table-cell office:value-type="date" office:date-value="2019-05-10"/>',
            '<table:table-cell office:value-type="date" office:date-value="2019-05-10T08:30:00"/>',
            ods_cell(43595),
            '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
            ods_cell(credit),
            ods_cell(12.0),
            ods_cell(0.1 + 0.2),
            '<table:table-cell office:value-type="string"><text:p>a</text:p><text:p>b</text:p>'
            "</table:table-cell>",
        ]
        ods_file(path, {"a": ods_row(*(ods_cell(head) for head in heads)) + ods_row(*cells)})
    _, ((_, *read),) = only(path)
    assert read == ["2019-05-10", "2019-05-10T08:30:00", "43595", "true", credit, "12", "0.3", "a\nb"]


def test_long_numbers_are_read_exactly_where_they_are_text_and_never_guessed(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", {"a": [["id", "number"], ["110108198001011234", 110108198001011234]]})
    assert only(path)[1] == [(2, "110108198001011234", "1.10108198001011e+17")]
    _, read = only(_written(tmp_path / "a.csv", "id\n110108198001011234\n007\n1e5\n"))
    assert [row[1] for row in read] == ["110108198001011234", "007", "1e5"]


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_merged_cells_have_one_value_and_headers_of_two_rows_one_name(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    top = ["园区", "省份", "投资", None]
    under = [None, None, "计划", "完成"]
    body: list[list[Any]] = [["武进", "江苏", 5, 6], ["苏州", None, 7, 8], ["宁波", "浙江", 9, 1]]
    merged = {(0, 0): (2, 1), (0, 1): (2, 1), (0, 2): (1, 2), (2, 1): (2, 1)}
    table: list[list[Any]] = [top, under, *body]
    if suffix == "xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for r, row in enumerate(table):
                for c, value in enumerate(row):
                    if (r, c) in merged:
                        high, wide = merged[r, c]
                        sheet.merge_range(r, c, r + high - 1, c + wide - 1, value)
                    elif value is not None:
                        sheet.write(r, c, value)
    elif suffix == "xls":
        old = xlwt.Workbook(encoding="utf-8")
        page = old.add_sheet("a")
        for r, row in enumerate(table):
            for c, value in enumerate(row):
                if (r, c) in merged:
                    high, wide = merged[r, c]
                    page.write_merge(r, r + high - 1, c, c + wide - 1, value)
                elif value is not None:
                    page.write(r, c, value)
        old.save(str(path))
    else:
        xml = ""
        for r, row in enumerate(table):
            cells = []
            for c, value in enumerate(row):
                high, wide = merged.get((r, c), (1, 1))
                spans = f'table:number-rows-spanned="{high}" table:number-columns-spanned="{wide}"'
                covered = "<table:covered-table-cell/>"
                cells.append(covered if value is None else ods_cell(value, spans if high * wide > 1 else ""))
            xml += ods_row(*cells)
        ods_file(path, {"a": xml})
    sheet_, read = only(path)
    assert sheet_.columns == ["园区", "省份", "投资/计划", "投资/完成"]
    assert (sheet_.header, sheet_.read_as) == (2, "workbook, header of two rows")
    assert read == [
        (3, "武进", "江苏", "5", "6"),
        (4, "苏州", "江苏", "7", "8"),
        (5, "宁波", "浙江", "9", "1"),
    ]


def test_a_title_merged_over_the_table_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "园区名单（2019年）")
        for number, row in enumerate(PARKS, start=1):
            sheet.write_row(number, 0, row)
    sheet_, read = only(path)
    assert (sheet_.header, sheet_.columns) == (2, PARKS[0])
    assert [row[1] for row in read] == ["park:wujin", "park:ningbo"]


def test_a_table_may_begin_anywhere_on_the_sheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(PARKS):
            sheet.write_row(number + 4, 2, row)
        sheet.write_formula(5, 3, "=1+1", None, "武进高新区")
    sheet_, read = only(path)
    assert (sheet_.header, sheet_.columns) == (5, ["#1", "#2", *PARKS[0]])
    assert read[0] == (6, None, None, "park:wujin", "武进高新区", "source:a")
    assert [(f.place.row, f.column, f.rule) for f in sheet_.findings] == [(6, "name_zh", "formula")]


@pytest.mark.parametrize("how", ["hide", "very_hidden"])
def test_a_hidden_sheet_is_read_and_that_is_said(how: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("seen", "unseen"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, PARKS[0])
            sheet.write_row(1, 0, PARKS[1])
        getattr(sheet, how)()
        book.add_chartsheet("chart")
    with sheets(path) as found:
        assert [(s.sheet, s.read_as) for s in found] == [
            ("seen", "workbook"),
            ("unseen", "workbook, hidden sheet"),
        ]


def test_a_hidden_sheet_of_ods_is_said(tmp_path: Path) -> None:
    table = ods_row(ods_cell("id")) + ods_row(ods_cell("a"))
    with sheets(ods_file(tmp_path / "a.ods", {"one": table, "two": table}, hidden=["two"])) as found:
        assert [s.read_as for s in found] == ["workbook", "workbook, hidden sheet"]


def test_formulas_are_a_warning_and_their_errors_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("甲")
        sheet.write_row(0, 0, ["id", "sum", "rate"])
        for row in range(1, 2001):
            sheet.write(row, 0, f"x{row}")
            sheet.write_formula(row, 1, "=1+1", None, 2)
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 2, "=NA()", None, "#N/A")
    sheet_, read = only(path)
    assert read[0] == (2, "x1", "2", None)
    assert [(f.rule, f.severity, f.place.row, f.column, f.more) for f in sheet_.findings] == [
        ("formula", "warning", 2, "sum", 1999),
        ("formula-error", "error", 2, "rate", 0),
        ("formula-error", "error", 3, "rate", 0),
    ]


def test_formulas_of_ods_are_found_too(tmp_path: Path) -> None:
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    xml = ods_row(ods_cell("id"), ods_cell("n"), ods_cell("m"))
    xml += ods_row(ods_cell("a"), ods_cell(2, 'table:formula="of:=1+1"'), error)
    sheet, _ = only(ods_file(tmp_path / "a.ods", {"a": xml}))
    assert [(f.rule, f.place.row, f.column) for f in sheet.findings] == [
        ("formula", 2, "n"),
        ("formula-error", 2, "m"),
    ]


def test_the_empty_rest_of_an_ods_sheet_costs_nothing(tmp_path: Path) -> None:
    rest = '<table:table-cell table:number-columns-repeated="16381"/>'
    xml = "".join(ods_row(*(ods_cell(v) for v in row), rest) for row in PARKS)
    xml += ods_row(
        '<table:table-cell table:number-columns-repeated="16384"/>',
        attributes='table:number-rows-repeated="1048573"',
    )
    assert only(ods_file(tmp_path / "a.ods", {"a": xml}))[1] == READ


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_an_empty_workbook_has_no_tables(suffix: str, tmp_path: Path) -> None:
    path = {"xlsx": xlsx, "xls": xls, "ods": ods}[suffix](tmp_path / f"a.{suffix}", {"a": []})
    with sheets(path) as found:
        assert found == []


@pytest.mark.parametrize("content", ["xlsx", "xls", "ods", "csv", "parquet"])
@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.xlsx", "a.ods", "a.txt"])
def test_a_file_is_what_its_content_is_whatever_its_name(content: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if content == "csv":
        _written(path, _csv(PARKS))
    elif content == "parquet":
        pl.DataFrame(PARKS[1:], schema=PARKS[0], orient="row").write_parquet(path)
        assert [row[1:] for row in only(path)[1]] == [row[1:] for row in READ]
        return
    else:
        {"xlsx": xlsx, "xls": xls, "ods": ods}[content](path, {"a": PARKS})
    assert only(path)[1] == READ


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv", "a.parquet", "a.zip"])
@pytest.mark.parametrize(
    "content",
    [
        b"<html><table><tr><td>id</td></tr></table></html>\n",
        b"\n <!DOCTYPE html>\n<p>",
        b"\xef\xbb\xbf<?xml?>\n",
    ],
)
def test_a_web_page_under_the_name_of_a_table_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadRequest, match=r"is a web page or XML"):
        only(tmp_path / name)


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods", "a.parquet", "a.zip"])
def test_what_is_nothing_that_is_read_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(BadRequest, match=r"is empty and no"):
        only(tmp_path / name)
    (tmp_path / name).write_bytes(bytes(range(256)))
    with pytest.raises(BadRequest, match=r"is something else and no"):
        only(tmp_path / name)


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
def test_an_encrypted_workbook_is_refused(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=rf"a\.{suffix}: is protected by a password"):
        only(encrypted(tmp_path / f"a.{suffix}"))


def test_a_workbook_without_references_is_read(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", {"a": PARKS})
    replaced(
        path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b' r="A1"', b"").replace(b' r="1"', b"")
    )
    assert only(path)[1] == READ


# -- JSON --------------------------------------------------------------------------------------

_OBJECTS = [dict(zip(PARKS[0], row, strict=True)) for row in PARKS[1:]]


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(_OBJECTS),
        json.dumps(_OBJECTS, indent=2, ensure_ascii=False),
        json.dumps({"total": 2, "note": ["x"], "data": _OBJECTS}),
        json.dumps({"meta": {"a": [1]}, "empty": [], "data": _OBJECTS}, indent=1),
        "\n\n" + "\n\n".join(json.dumps(one) for one in _OBJECTS) + "\n",
        "".join(json.dumps(one, ensure_ascii=False) + "\r\n" for one in _OBJECTS),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_json_is_read_in_each_of_its_forms(written: str, encoding: str, tmp_path: Path) -> None:
    sheet, read = only(_written(tmp_path / "a.json", written, encoding))
    assert [row[1:] for row in read] == [row[1:] for row in READ]
    assert sheet.columns == PARKS[0]


@pytest.mark.parametrize(("name", "expected"), [("a.json", ["x"]), ("a.jsonl", ["items.x"])])
def test_an_object_on_one_line_is_a_line_where_the_file_says_so(
    name: str, expected: list[str], tmp_path: Path
) -> None:
    sheet, _ = only(_written(tmp_path / name, '{"items": [{"x": 1}, {"x": 2}]}'))
    assert sheet.columns == expected


def test_a_single_object_is_one_row(tmp_path: Path) -> None:
    sheet, read = only(_written(tmp_path / "a.json", '{\n "id": "a",\n "alias": ["甲", "乙"]\n}'))
    assert (sheet.columns, read) == (["id", "alias"], [(1, "a", "甲|乙")])


def test_nested_values_get_dotted_names_and_lists_are_joined(tmp_path: Path) -> None:
    record = {
        "id": 110108198001011234567,
        "amount": 12.50,
        "exact": 0.1234567890123456789,
        "place": {"city": "成都", "at": {"lon": 104.06}},
        "alias": ["甲", None, "乙"],
        "people": [{"name": "王"}, {"name": "李", "post": "主任"}],
        "flag": True,
        "none": None,
        "empty": "",
    }
    text = json.dumps([record]).replace("0.12345678901234568", "0.1234567890123456789")
    sheet, ((_, *cells),) = only(_written(tmp_path / "a.json", text))
    assert dict(zip(sheet.columns, cells, strict=True)) == {
        "id": "110108198001011234567",
        "amount": "12.5",
        "exact": "0.1234567890123456789",
        "place.city": "成都",
        "place.at.lon": "104.06",
        "alias": "甲|乙",
        "people.name": "王|李",
        "people.post": "主任",
        "flag": "true",
    }


def test_a_bad_line_is_a_finding_and_the_others_are_read(tmp_path: Path) -> None:
    lines = [
        '{"id": "a"}',
        '{"id": ',
        "[1]",
        '{"id": "\\ud800"}',
        f'{{"id": {"9" * 5000}}}',
        "[" * 5000,
        '{"id": "b"}',
    ]
    sheet, read = only(_written(tmp_path / "a.jsonl", "\n".join(lines)))
    assert [row for row in read if row[0] != 5] == [(1, "a"), (7, "b")]
    assert [f.place.row for f in sheet.findings] == [2, 3, 4, 6]
    assert sheet.rows == 7


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[1, 2]", "expected a list of JSON objects"),
        ('"a"', "expected a list of JSON objects"),
        ("", "expected a list of JSON objects"),
        ('[{"a": 1},\n{"a": }]', r"is not JSON: Expecting value \(line 2\)"),
        ('[{"a": 1}', r"is not JSON: expected , or \], found the end \(line 1\)"),
        ('[{"a": 1}] x', "something follows after its end"),
        ('{"a": 1,}\n', "is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"a":' * 100_000, "nested too deeply"),
        ('{"a": ' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(written: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=said):
        only(_written(tmp_path / "a.json", written))


def test_a_long_list_is_read_a_piece_at_a_time(tmp_path: Path) -> None:
    objects = [{"id": i, "note": "园" * (i % 700), "n": 123} for i in range(3000)]
    _, read = only(_written(tmp_path / "a.json", json.dumps(objects, ensure_ascii=False)))
    assert len(read) == 3000
    assert read[2999] == (3000, "2999", "园" * (2999 % 700), "123"), "the order is that of the first record"
    _, read = only(_written(tmp_path / "b.json", json.dumps({"x": 1, "data": objects}, indent=1)))
    assert len(read) == 3000


# -- Parquet -----------------------------------------------------------------------------------


def test_parquet_is_read_as_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "name": ["成都", None],
            "n": [1, 2],
            "rate": [0.5, float("nan")],
            "whole": [3.0, -0.0],
            "day": [datetime.date(2019, 5, 10), None],
            "at": [datetime.datetime(2019, 5, 10, 8, 30), None],
            "flag": [True, False],
            "tags": [["甲", "乙"], []],
            "raw": [b"\x01\xff", None],
            "part": [{"a": 1}, {"a": 2}],
            "null": [None, None],
            "kind": pl.Series(["x", "y"], dtype=pl.Categorical),
            "price": pl.Series(["1.50", "2"]).cast(pl.Decimal(10, 2)),
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    sheet, read = only(tmp_path / "a.parquet")
    first, second = (dict(zip(["#", *sheet.columns], row, strict=True)) for row in read)
    assert first == {
        "#": 1,
        "name": "成都",
        "n": "1",
        "rate": "0.5",
        "whole": "3",
        "day": "2019-05-10",
        "at": "2019-05-10T08:30:00",
        "flag": "true",
        "tags": "甲|乙",
        "raw": "01ff",
        "part": '{"a":1}',
        "null": None,
        "kind": "x",
        "price": "1.50",
    }
    assert (second["rate"], second["whole"], second["flag"]) == (None, "0", "false")
    assert sheet.read_as == "Parquet"


def test_long_cells_of_parquet_are_findings_and_many_rows_come_in_chunks(tmp_path: Path) -> None:
    number = 2 * CHUNK + 1
    names = ["x"] * number
    names[CHUNK + 3] = "y" * 40_000
    pl.DataFrame({"id": range(number), "name": names}).write_parquet(tmp_path / "a.parquet")
    with sheets(tmp_path / "a.parquet") as (sheet,):
        read = rows(sheet)
        assert (len(read), sheet.rows) == (number - 1, number)
        assert read[-1] == (number, str(number - 1), "x")
        assert [(f.rule, f.place.row, f.column) for f in sheet.findings] == [("too-long", CHUNK + 4, "name")]


# -- folders, packages, zips, standard input ---------------------------------------------------


def _package(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    _written(folder / "data" / "园区.csv", _csv(PARKS))
    described = {"resources": [{"name": "parks", "path": "data/园区.csv"}]}
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    _written(folder / "other.csv", "x\n1\n")


def test_a_folder_is_read_file_by_file_whatever_their_format(tmp_path: Path) -> None:
    _written(tmp_path / "a.csv", _csv(PARKS))
    xlsx(tmp_path / "b.xlsx", {"one": PARKS, "two": PARKS})
    _written(tmp_path / "c.jsonl", json.dumps({"id": "a"}))
    _written(tmp_path / "~$b.xlsx", "lock")
    _written(tmp_path / "readme.md", "# no table")
    (tmp_path / "inner").mkdir()
    with sheets(tmp_path) as found:
        assert [(s.file, s.table) for s in found] == [
            ("a.csv", "a"),
            ("b.xlsx", "one"),
            ("b.xlsx", "two"),
            ("c.jsonl", "c"),
        ]


def test_a_data_package_names_its_tables_in_a_folder_and_in_a_zip(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    _package(folder)
    packed = tmp_path / "package.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"top/{file.relative_to(folder)}")
    for path in (folder, folder / "datapackage.json", packed):
        sheet, read = only(path)
        assert (sheet.table, read) == ("parks", READ)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(folder / "datapackage.json", "datapackage.json")
    with pytest.raises(NotFound, match=r"resource parks: there is no file 'data/园区\.csv'"):
        only(packed)


def test_the_names_in_a_zip_of_windows_in_china_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("xxxx.csv", "yyyy.csv"):
            archive.writestr(name, _csv(PARKS))
    data = path.read_bytes().replace(b"xxxx", "园区".encode("gbk")).replace(b"yyyy", "公司".encode("gbk"))
    path.write_bytes(data)
    with sheets(path) as found:
        assert sorted((s.file, s.table) for s in found) == [
            ("a.zip/公司.csv", "公司"),
            ("a.zip/园区.csv", "园区"),
        ]


def test_the_names_in_a_zip_of_macos_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xxxxxx.csv", _csv(PARKS))
        archive.writestr("__MACOSX/._xxxxxx.csv", b"\0")
    path.write_bytes(path.read_bytes().replace(b"xxxxxx", "园区".encode()))
    assert only(path)[0].file == "a.zip/园区.csv"


def test_a_zip_holds_tables_of_every_format(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("f/a.csv", _csv(PARKS))
        archive.write(xlsx(tmp_path / "b.xlsx", {"s": PARKS}), "f/b.xlsx")
        archive.writestr("f/readme.pdf", b"%PDF")
    with sheets(path) as found:
        assert [(s.file, s.sheet) for s in found] == [("a.zip/f/a.csv", None), ("a.zip/f/b.xlsx", "s")]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.pdf", b"%PDF")
    with pytest.raises(BadRequest, match=r"a\.zip: holds no file that is read"):
        only(path)


@pytest.mark.parametrize("content", ["csv", "json", "xlsx", "parquet", "zip"])
def test_standard_input_is_read_by_its_content(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{content}"
    if content == "csv":
        _written(path, _csv(PARKS, "\t"))
    elif content == "json":
        _written(path, json.dumps(_OBJECTS))
    elif content == "xlsx":
        xlsx(path, {"s": PARKS})
    elif content == "parquet":
        pl.DataFrame(PARKS[1:], schema=PARKS[0], orient="row").write_parquet(path)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", _csv(PARKS))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    sheet, read = only(Path("-"))
    assert [row[1:] for row in read] == [row[1:] for row in READ]
    assert sheet.file.startswith("stdin")


def test_empty_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(BadRequest, match="standard input: is empty"):
        only(Path("-"))


def test_a_file_that_is_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    with workspace(Limits(file=10)) as space, pytest.raises(TooLarge, match=r"a\.csv: has 0\.0 MiB; at most"):
        files(_written(tmp_path / "a.csv", "a,b\n" * 10), space)


def test_a_workbook_may_repeat_a_text_as_people_do(tmp_path: Path) -> None:
    note = "说明：" + "园区管理委员会批准，" * 30
    table = [["id", "note", "kind"], *([f"x{i}", note, "甲"] for i in range(20_000))]
    _, read = only(xlsx(tmp_path / "a.xlsx", {"a": table}))
    assert len(read) == 20_000
    assert read[-1] == (20_001, "x19999", note, "甲")


def test_every_data_package_of_a_zip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder in ("a", "b"):
            described = {"resources": [{"name": f"{folder}-parks", "path": "t.csv"}]}
            archive.writestr(f"{folder}/datapackage.json", json.dumps(described))
            archive.writestr(f"{folder}/t.csv", f"id,name\n{folder},园\n")
    with workspace() as space:
        found = {file.table: read(file, space)[0].first(1)["id"][0] for file in files(path, space)}
    assert found == {"a-parks": "a", "b-parks": "b"}


def test_a_zip_with_two_files_of_one_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("甲", "乙"):
            archive.writestr("t.csv", f"id,name\nx,{name}\n")
    with workspace() as space, pytest.raises(BadRequest, match=r"holds two files called 't\.csv'"):
        files(path, space)
