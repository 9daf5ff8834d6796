"""Blank tables to fill in, derived from the model: one a kind, one for relations, one for sources; as CSV, or
as one workbook with drop-downs, notes on every column and an example row a sheet.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.utility import xl_col_to_name

from parkgraph.graph.errors import ParkGraphError, UnknownName
from parkgraph.graph.model import Model, Property
from parkgraph.ingest.examples import PREFIX, example_of, example_row
from parkgraph.ingest.load import table_columns

_LAST_ROW = 1_048_575
_LONGEST_LIST = 255
"""Characters of a list of choices that Excel takes where it is not a range of cells."""
_LISTS = "lists"
_TEXT = 49
"""Excel's own number format for text, @."""
_MESSAGE = 255

Both = tuple[str, str]
"""A text in Chinese and in English."""


def table_names(model: Model) -> list[str]:
    """Every table there is a template for."""
    return ["sources", "relations", *(kind.table for kind in model.kinds.values())]


def template(table: str, model: Model) -> str:
    """The header line of a table. Raises UnknownName."""
    if table not in table_names(model):
        raise UnknownName("table", table, table_names(model))
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(table_columns(table, model))
    return out.getvalue()


def write_templates(folder: str | Path, model: Model, tables: list[str] | None = None) -> list[Path]:
    """Write blank tables into a folder; a file that is there is never overwritten."""
    folder = Path(folder)
    blank = {folder / f"{table}.csv": template(table, model) for table in tables or table_names(model)}
    there = [str(path) for path in blank if path.exists()]
    if there:
        raise ParkGraphError(f"{', '.join(there)}: is there already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in blank.items():
            with path.open("x", encoding="utf-8-sig", newline="") as stream:
                stream.write(text)
    except OSError as error:
        raise ParkGraphError(f"{folder}: cannot be written: {error.strerror}") from error
    return list(blank)


# ---------------------------------------------------------------------- the workbook


def write_workbook(
    path: str | Path, model: Model, tables: Sequence[str] | None = None, *, lang: str = "en"
) -> Path:
    """Write one workbook to fill in, a sheet a table; a file that is there is never overwritten.

    `lang` (zh or en) decides which language stands first in notes and messages, and names the first sheet.
    Raises UnknownName for a table that the model does not have, ParkGraphError where nothing can be written.
    """
    path = Path(path)
    wanted = list(dict.fromkeys(tables or table_names(model)))
    for table in wanted:
        template(table, model)
    if path.exists():
        raise ParkGraphError(f"{path}: is there already; nothing was written")
    content = BytesIO()
    try:
        _Book(content, model, zh_first=lang == "zh").write(wanted)
    except XlsxWriterException as error:
        raise ParkGraphError(f"{path}: cannot be written as a workbook: {error}") from error
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
        with path.open("xb") as stream:
            stream.write(content.getvalue())
    except OSError as error:
        raise ParkGraphError(f"{path}: cannot be written: {error.strerror}") from error
    return path


@dataclass(frozen=True, slots=True)
class _About:
    """What a note says of a column: its label, what is written in it, an example, whether it is required,
    and the codes that it has, each with its label. `text` where a spreadsheet must leave it alone."""

    label: Both
    type: Both
    example: str = ""
    required: bool = False
    codes: Mapping[str, Both] = field(default_factory=dict)
    multiple: bool = False
    text: bool = True
    help: str = ""
    hint: Both | None = None


_TYPES: dict[str, Both] = {
    "string": ("文字", "text"),
    "boolean": ("是非：true 或 false（也可写 是、否）", "true or false"),
    "integer": ("整数", "a whole number"),
    "date": ("日期：2019、2019-05 或 2019-05-10", "a date: 2019, 2019-05 or 2019-05-10"),
    "country": (
        "国家：ISO 3166-1 代码，如 CN、IL，或国家名称",
        "a country: its ISO 3166-1 code, such as CN or IL, or its name",
    ),
    "status": ("状态，从列表中选", "a status from the list"),
    "kind": ("类别，从列表中选", "a kind from the list"),
    "vocabulary": ("从列表中选", "one of the list"),
    "money": (
        "金额，须有币种：5600000000 CNY、约5亿元、5-8亿元",
        "an amount with its currency: 5600000000 CNY, about 500000000 CNY, US$30 million",
    ),
    "quantity": (
        "数量与单位：35 park、20余家、9.5%",
        "a figure and its unit: 35 park, more_than 20 park, 9.5 percent",
    ),
    "id": ("编号：类别:短名，如 park:yunxi；一经使用不再更改", "an id, kind:short-name; it never changes"),
    "source": ("来源的编号：source:短名", "the id of a source: source:short-name"),
    "number": ("数字", "a number"),
}
_DATE_HINT: Both = ("写作 2019、2019-05 或 2019-05-10。", "Write 2019, 2019-05 or 2019-05-10.")
_ID_HINT: Both = (
    "类别、冒号和自选短名，如 {0}；不含空格和 / ? # & .",
    "The kind, a colon and a short name of your choice, such as {0}; without spaces and / ? # & .",
)
_CLAIMS: dict[str, tuple[Both, str, str]] = {
    "valid_from": (("起始：何时开始成立", "since when it holds"), "date", "2019-05"),
    "valid_to": (("终止：何时不再成立", "until when it holds"), "date", "2024"),
    "as_of": (("截至：状态或数字所指的日期", "the day for which it is stated"), "date", "2024-03"),
    "modality": (("语气", "modality"), "vocabulary", "asserted"),
    "inferred": (("是否推断而来", "read between the lines"), "boolean", "false"),
    "basis": (("推断的依据", "why it is inferred"), "string", "由管委会名称推断"),
    "confidence": (("置信度，0 到 1", "confidence, 0 to 1"), "number", "0.8"),
    "rank": (("1 优先，-1 弃用", "1 to prefer it, -1 to deprecate it"), "number", "1"),
    "source": (("来源：谁说的", "who says it"), "source", "source:yunxi-notes-2024"),
    "locator": (("在原文中的位置", "where in the text"), "string", "char=410,487"),
    "context": (("第二处位置", "a second place in the text"), "string", "char=320,380"),
    "note": (("注", "your own words"), "string", "原文作“约5亿”"),
}
_SOURCES: dict[str, tuple[Both, str, str]] = {
    "id": (("来源的编号", "id of the source"), "source", "source:yunxi-notes-2024"),
    "name": (("标题或名称", "title or name"), "string", "云溪高新区走访记录"),
    "publisher": (("发布者", "publisher"), "string", "云溪观察"),
    "published": (("发布日期", "date of publication"), "date", "2024-03-15"),
    "published_inferred": (("发布日期是否推断", "whether that date is inferred"), "boolean", "false"),
    "kind": (
        ("来源种类（不填为 text）", "kind of source (text where it is empty)"),
        "vocabulary",
        "table",
    ),
    "lang": (("语言", "language"), "string", "zh"),
    "url": (("网址", "address"), "string", "https://example.org/yunxi"),
    "file": (("文件名（text 类）", "file (of a text)"), "string", "yunxi.txt"),
    "article": (("文件内第几篇", "number of the article in its file"), "number", "1"),
    "start": (("文章起点（字符）", "where the article begins (characters)"), "number", "0"),
    "end": (("文章终点（字符）", "where the article ends (characters)"), "number", "4801"),
    "sha256": (("文件的 SHA-256（text 类必填）", "SHA-256 of the file (a text needs it)"), "string", ""),
    "length": (("文件字符数（text 类必填）", "length in characters (a text needs it)"), "number", "4801"),
    "note": (("注", "your own words"), "string", ""),
}
_ENDS: dict[str, tuple[Both, str]] = {
    "subject": (("主体的编号", "id of the subject"), "park:yunxi"),
    "object": (("客体的编号", "id of the object"), "institution:yunxi-university"),
}
_REQUIRED = {"sources": ("id", "name"), "relations": ("subject", "relation", "object", "source")}


def about_columns(table: str, model: Model) -> dict[str, _About]:
    """For each column of a table what its note says."""
    kind = next((kind for kind in model.kinds.values() if kind.table == table), None)
    required = _REQUIRED.get(table, ("id", "source"))
    examples = example_row(table, table_columns(table, model), model)
    if kind is not None:
        properties = model.properties_of(kind.name)
    else:
        properties = {n: p for r in model.relations for n, p in model.relation_properties(r).items()}
    out = {}
    for column in table_columns(table, model):
        if table == "sources":
            label, of, example = _SOURCES.get(column, ((column, column), "string", ""))
            codes = {code: (one.zh, one.en) for code, one in model.source_kinds.items()}
            about = _plain(label, of, example, codes if column == "kind" else None)
        elif column in _CLAIMS and column not in properties:
            label, of, example = _CLAIMS[column]
            codes = {code: (one.zh, one.en) for code, one in model.modalities.items()}
            about = _plain(label, of, example, codes if column == "modality" else None)
        elif column in _ENDS and kind is None:
            about = _plain(_ENDS[column][0], "id", _ENDS[column][1])
        elif column == "relation" and kind is None:
            ties = {name: (tie.zh, tie.en) for name, tie in model.relations.items()}
            about = _plain(("关系", "relation"), "vocabulary", next(iter(ties)), ties)
        elif column == "status" and kind is None:
            statuses = {name: (one.zh, one.en) for name, one in model.statuses.items()}
            about = _plain(("状态", "status"), "status", "signed", statuses)
        elif column == "disc":
            label = ("区分同一关系的两个事实", "tells two facts of the same ends and relation apart")
            about = _plain(label, "string", "2019")
        elif kind is not None and column in kind.links:
            relation = model.relations[kind.links[column]]
            about = _plain((relation.zh, relation.en), "id", examples.get(column, ""))
        elif column in properties:
            about = _of_property(properties[column], examples.get(column), model)
        else:
            about = _plain(("编号", "id"), "id", examples.get(column, ""))
        out[column] = replace(about, required=column in required)
    return out


def _plain(label: Both, of: str, example: str, codes: Mapping[str, Both] | None = None) -> _About:
    hint = None
    if of == "date":
        hint = _DATE_HINT
    elif of in ("id", "source"):
        hint = (_ID_HINT[0].format(example or "park:yunxi"), _ID_HINT[1].format(example or "park:yunxi"))
    choices = codes if codes is not None else _YES_NO if of == "boolean" else {}
    return _About(label, _TYPES[of], example, False, choices, text=of != "number", hint=hint)


_YES_NO: dict[str, Both] = {"true": ("是", "yes"), "false": ("否", "no")}


def _of_property(prop: Property, example: str | None, model: Model) -> _About:
    codes: Mapping[str, Both] = {}
    match prop.type:
        case "boolean":
            codes = _YES_NO
        case "vocabulary" | "status":
            codes = prop.vocabulary
        case "kind":
            codes = {name: (kind.zh, kind.en) for name, kind in model.kinds.items()}
    if prop.type == "identifier":
        scheme = model.schemes[prop.scheme or ""]
        of = (f"标识符，格式 {scheme.pattern}", f"{scheme.en}, of the form {scheme.pattern}")
    else:
        of = _TYPES[prop.type]
    return _About(
        (prop.zh, prop.en),
        of,
        example or example_of(prop, model),
        codes=codes,
        multiple=prop.multiple,
        text=prop.type != "integer",
        help=prop.description,
        hint=_DATE_HINT if prop.type == "date" else None,
    )


_README: tuple[tuple[Both, bool], ...] = (
    (("ParkGraph 数据表模板", "ParkGraph: tables to fill in"), True),
    (
        (
            "每张工作表是一张表，每行是一个来源在一处所说的话；每个填写的单元格成为一条陈述。不用的列和工作表可以删去或留空。",
            "Each sheet is a table. A row is what one source says at one place; every filled cell becomes a "
            "claim. Columns and sheets that you do not need may be deleted or left empty.",
        ),
        False,
    ),
    (
        (
            "深色表头的列必填。把鼠标放在表头上可看到说明、格式和示例；有列表的列可以从下拉列表中选择。",
            "Headings in dark blue are required. Point at a heading to see what it means, its format and an "
            "example; columns with a list have a drop-down.",
        ),
        False,
    ),
    (
        (
            "灰色斜体的示例行以 # 开头，内容是虚构的，载入时会略去；可以删除，也可以留着。",
            "The example row in grey italics begins with # and is made up; the loader leaves it out, so "
            "delete it or let it stand.",
        ),
        False,
    ),
    (
        (
            "先在 sources 表中登记来源，再在其他表的 source 列写上它的编号。多个值用 | 分隔。",
            "Describe your sources in the sheet sources first, and give their ids in the column source of "
            "the other sheets. Several values are separated by |.",
        ),
        False,
    ),
    (
        (
            "检查：parkgraph check 文件.xlsx　载入：parkgraph load 文件.xlsx。有任何错误时什么都不会载入。",
            "Check it with parkgraph check FILE.xlsx, load it with parkgraph load FILE.xlsx. Nothing is "
            "loaded while anything is wrong.",
        ),
        False,
    ),
)


class _Book:
    """Writes the workbook."""

    def __init__(self, target: BytesIO, model: Model, *, zh_first: bool) -> None:
        self._model = model
        self._zh = zh_first
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(target, {"in_memory": True, **plain})
        self._book.set_properties({"title": "ParkGraph", "comments": "parkgraph template"})
        heading = {"bold": True, "border": 1, "border_color": "#8AA9BF", "valign": "vcenter"}
        add = self._book.add_format
        self._required = add({**heading, "bg_color": "#0B5A8A", "font_color": "#FFFFFF"})
        self._optional = add({**heading, "bg_color": "#D6E7F2", "font_color": "#0A4265"})
        self._text = add({"num_format": _TEXT})
        self._number = add({"num_format": "General"})
        self._example = add({"num_format": _TEXT, "italic": True, "font_color": "#6B7580"})
        self._lists: dict[tuple[str, ...], str] = {}

    def write(self, tables: Sequence[str]) -> None:
        self._readme()
        for table in tables:
            self._sheet(table)
        self._hidden_lists()
        self._book.close()

    def _both(self, text: Both, between: str = "\n") -> str:
        first, second = text if self._zh else text[::-1]
        return first if first == second else f"{first}{between}{second}"

    def _readme(self) -> None:
        sheet = self._book.add_worksheet("说明" if self._zh else "README")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 110)
        sheet.set_tab_color("#0B5A8A")
        title = self._book.add_format({"bold": True, "font_size": 14, "font_color": "#0B5A8A"})
        body = self._book.add_format({"text_wrap": True, "valign": "top"})
        row = 0
        for side in (0, 1) if self._zh else (1, 0):
            for text, is_title in _README:
                sheet.write_string(row, 0, text[side], title if is_title else body)
                lines = 1 if is_title else -(-_width(text[side]) // 108)
                sheet.set_row(row, 24 if is_title else 16 * lines + 2)
                row += 1
            sheet.set_row(row, 12)
            row += 1
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _sheet(self, table: str) -> None:
        model = self._model
        sheet = self._book.add_worksheet(table)
        kind = next((kind for kind in model.kinds.values() if kind.table == table), None)
        sheet.set_tab_color(kind.colour if kind is not None else "#1D2733")
        columns = about_columns(table, model)
        example = example_row(table, list(columns), model)
        sheet.set_row(0, 22)
        for at, (column, about) in enumerate(columns.items()):
            sheet.write_string(0, at, column, self._required if about.required else self._optional)
            self._note(sheet, at, about)
            width = max(len(column) + 3, min(28, _width(example.get(column, "")) + 4), 11)
            sheet.set_column(at, at, width, self._text if about.text else self._number)
            self._choices(sheet, at, about)
        for at, column in enumerate(columns):
            said = example.get(column, "")
            if example and at == 0:
                sheet.write_string(1, 0, f"{PREFIX}{said}", self._example)
            elif said:
                sheet.write_string(1, at, said, self._example)
        sheet.freeze_panes(1, 1)
        letter = xl_col_to_name(len(columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{letter}{_LAST_ROW + 1}"})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def _note(self, sheet: Any, at: int, about: _About) -> None:
        """What a heading means, as a note on its cell."""
        lines = [
            self._both(about.label, " · "),
            self._both(("必填", "required") if about.required else ("可不填", "optional"), " · "),
            self._both(about.type),
        ]
        if about.multiple:
            lines.append(self._both(("多个值用 | 分隔", "several are separated by |")))
        lines += [f"{code} = {self._both(label, ' · ')}" for code, label in about.codes.items()]
        if about.example:
            lines.append(f"{self._both(('例', 'example'), ' · ')}: {about.example}")
        if about.help:
            lines.append(about.help)
        text = "\n".join(lines)
        shown = sum(max(1, -(-_width(line) // 50)) for line in text.split("\n"))
        size = {"width": 330, "height": min(560, 18 * shown + 14)}
        sheet.write_comment(0, at, text, {"author": "ParkGraph", "font_size": 9, **size})

    def _choices(self, sheet: Any, at: int, about: _About) -> None:
        """A drop-down where there are codes, else a message on how to write it; nothing is stopped, for the
        loader reads labels of both languages and says itself what is wrong."""
        rules: dict[str, Any] = {}
        if about.codes:
            rules = {"validate": "list", "source": self._source(tuple(about.codes))}
            if about.multiple:
                rules["show_error"] = False
            else:
                said = ("不在列表中；中英文名称也可以。", "It is not in the list; labels are read as well.")
                rules |= {"error_type": "warning", "error_message": self._both(said, " ")[:_MESSAGE]}
        elif about.hint is not None:
            rules = {"validate": "any", "input_message": self._both(about.hint)[:_MESSAGE]}
        if rules:
            sheet.data_validation(1, at, _LAST_ROW, at, rules)

    def _source(self, codes: tuple[str, ...]) -> list[str] | str:
        """Choices as a list, or where Excel does not take it as one, as a range of the hidden sheet."""
        if len(",".join(codes)) <= _LONGEST_LIST and not any(set(',"') & set(code) for code in codes):
            return list(codes)
        if codes not in self._lists:
            letter = xl_col_to_name(len(self._lists))
            self._lists[codes] = f"={_LISTS}!${letter}$2:${letter}${len(codes) + 1}"
        return self._lists[codes]

    def _hidden_lists(self) -> None:
        if not self._lists:
            return
        sheet = self._book.add_worksheet(_LISTS)
        for at, codes in enumerate(self._lists):
            # Under a heading of its own, so that no code is taken for the name of a column.
            for row, text in enumerate((f"list {at + 1}", *codes)):
                sheet.write_string(row, at, text)
        sheet.very_hidden()


def _width(text: str) -> int:
    """How wide a text is in letters; a Chinese character takes two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
