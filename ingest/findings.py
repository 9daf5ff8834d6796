"""What is found in a table that is loaded: where, which rule, what was written and what would be right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its severity and its name in both languages. What breaks a rule of severity error is not
    loaded; a warning is loaded and worth a look; a note says how something was read."""

    severity: Severity
    zh: str
    en: str

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


RULES: dict[str, Rule] = {
    # files and rows
    "unreadable": Rule("error", "无法读取", "cannot be read"),
    "unknown-table": Rule("error", "不认识的表", "unknown table"),
    "not-mapped": Rule("error", "表未对应", "table without a mapping"),
    "unknown-column": Rule("error", "不认识的列", "unknown column"),
    "missing-column": Rule("error", "缺少列", "missing column"),
    "doubled-column": Rule("error", "列名重复", "column twice"),
    "ragged-row": Rule("error", "单元格数不符", "row of another length"),
    "empty": Rule("error", "缺少必填内容", "required cell is empty"),
    "bad-record": Rule("error", "记录无效", "invalid record"),
    # cells
    "bad-date": Rule("error", "日期无效", "no date"),
    "date-order": Rule("error", "先后颠倒", "dates in the wrong order"),
    "bad-number": Rule("error", "数字无效", "no number"),
    "bad-amount": Rule("error", "金额无效", "no amount"),
    "bad-boolean": Rule("error", "是非值无效", "neither true nor false"),
    "off-vocabulary": Rule("error", "不在词表内", "not in the vocabulary"),
    "bad-country": Rule("error", "国家无效", "no country"),
    "bad-identifier": Rule("error", "标识符格式不符", "identifier of another form"),
    "check-digit": Rule("error", "校验位错误", "wrong check digit"),
    "bad-id": Rule("error", "编号无效", "no id"),
    "bad-pattern": Rule("error", "与格式不符", "not of the mapping's pattern"),
    "bad-locator": Rule("error", "位置无效", "no locator"),
    "invisible-character": Rule("error", "含控制或不可见字符", "control or invisible character"),
    "too-long": Rule("error", "内容过长", "cell too long"),
    "formula-error": Rule("error", "公式出错", "formula with an error"),
    "formula": Rule("warning", "公式的结果", "computed by a formula"),
    "bad-value": Rule("error", "值无效", "invalid value"),
    # references
    "unknown-entity": Rule("error", "没有这个实体", "unknown entity"),
    "ambiguous-name": Rule("error", "名称有多种可能", "ambiguous name"),
    "namesake": Rule("warning", "同名而类别不同", "same name, another kind"),
    "queued": Rule("warning", "待判断是否相同", "queued for judgement"),
    "unknown-relation": Rule("error", "没有这种关系", "unknown relation"),
    "outside-domain": Rule("error", "主体类别不符", "subject outside the domain"),
    "outside-range": Rule("error", "客体类别不符", "object outside the range"),
    "itself": Rule("error", "与自身的关系", "relation with itself"),
    "unknown-source": Rule("error", "没有这个来源", "unknown source"),
    "bad-source": Rule("error", "来源信息无效", "invalid source"),
    # several rows, and the store
    "duplicate-row": Rule("warning", "重复的行", "duplicate row"),
    "shared-amount": Rule("warning", "一笔金额记于多个关系", "one amount of several relations"),
    "conflict-in-file": Rule("warning", "表内矛盾", "conflict inside the file"),
    "conflict-with-store": Rule("warning", "与库中矛盾", "conflict with the store"),
    "not-compared": Rule("note", "未与库比较", "not compared with the store"),
    # how something was read
    "read-as": Rule("note", "读法", "read as"),
    "left-out": Rule("note", "未载入", "left out"),
    "column-unused": Rule("note", "未用的列", "unused column"),
    "file": Rule("note", "文件", "file"),
}


# What an English sentence says beyond the rule, in Chinese.
_REASONS = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        (r"there is no month 0*(\d+)", r"没有 \1 月"),
        (r"there is no year 0000", "没有 0000 年"),
        (r"(\d{4}-\d\d) has (\d+) days", r"\1 只有 \2 天"),
        (r"ends before it begins", "结束早于开始"),
        (r"may be read in several ways", "日与月孰先不明，可在映射中写明 date: dmy 或 mdy"),
        (r"may be January, or October", "可能是 1 月或 10 月"),
        (r"is a span of two dates", "是一段时间，请以 part 取其一端"),
        (r"names no currency", "未写明币种，可在映射中以 unit 写明"),
        (r"does not say whose dollars|does not say whose", "未写明是哪国的元"),
        (r"begins with no number|it has no number", "开头不是数字"),
        (r"do not set off groups of three digits", "逗号不是千分位；若是小数点，请在映射中写 decimal: ','"),
        (r"the unit '(.*?)' is not known", r"不认识单位“\1”"),
        (r"the upper end of a range is not above", "范围的上端不大于下端"),
        (r"a spreadsheet has made a number of it", "电子表格已将其变为数字并丢失末几位，请将该列设为文本"),
    )
)


def _visible(text: str) -> str:
    """A text in which what cannot be seen is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _reason(message: str) -> str | None:
    """What an English sentence gives as the reason, in Chinese; None where it has none that is known."""
    for english, chinese in _REASONS:
        found = english.search(message)
        if found is not None:
            return found.expand(chinese)
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record was read: file, sheet and row, counted as a spreadsheet counts (the first row is 1).

    A cell with line breaks lies in one row; in a file of claims a row is a line. 0 is the whole file.
    """

    file: str
    row: int
    sheet: str | None = None

    def __str__(self) -> str:
        return self.in_words("en")

    def in_words(self, lang: str) -> str:
        """The place in `zh` or `en`."""
        zh = lang == "zh"
        sheet = (f" 工作表 {self.sheet}" if zh else f" sheet {self.sheet}") if self.sheet else ""
        row = (f" 第 {self.row} 行" if zh else f" row {self.row}") if self.row else ""
        return f"{self.file}{sheet}{row}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found: where, by which rule, what was written, what would be right.

    `message` is the English sentence; `expected` is what would be right, in codes or examples that need no
    language. `more` counts further ones of the same rule and column, where only the first is listed. `zh` is
    the Chinese sentence where the rule, the value and what is expected do not make one.
    """

    place: Place
    column: str
    message: str
    rule: str = "bad-value"
    value: str | None = None
    expected: str | None = None
    more: int = 0
    zh: str | None = None

    @property
    def severity(self) -> Severity:
        return RULES[self.rule].severity

    @property
    def detail(self) -> str | None:
        """What the Chinese sentence says beyond the rule, the value and what is expected."""
        return self.zh if self.zh is not None else _reason(self.message)

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        more = f" (and {self.more} more such)" if self.more else ""
        return f"{self.place}{column}: {self.message}{more}"

    def sentence(self, lang: str) -> str:
        """What is wrong, without the place, in `zh` or `en`."""
        if lang != "zh":
            return self.message + (f" (and {self.more} more such)" if self.more else "")
        value = f"“{_visible(self.value)}”" if self.value else ""
        if self.rule == "read-as":
            return f"{value}读作 {self.expected}" + (f"（另有 {self.more} 处）" if self.more else "")
        expected = f"，应为：{self.expected}" if self.expected else ""
        more = f"（另有 {self.more} 处）" if self.more else ""
        if self.zh is not None:
            return self.zh + more
        reason = f"（{self.detail}）" if self.detail else ""
        return f"{value}{RULES[self.rule].zh}{reason}{expected}{more}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "severity": self.severity,
            "rule": self.rule,
            "file": self.place.file,
            "sheet": self.place.sheet,
            "row": self.place.row,
            "column": self.column,
            "value": self.value,
            "expected": self.expected,
            "message": self.message,
            "message_zh": self.sentence("zh"),
            "more": self.more,
        }
