"""The report of a load or a check as a file: one page to look at and to pass on, a table, or JSON.

The page is in Chinese and English, asks for nothing from anywhere, and needs no JavaScript to be read.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from parkgraph.graph.errors import BadRequest, ParkGraphError
from parkgraph.graph.matching import Proposal as Pair
from parkgraph.graph.model import Labelled, Model
from parkgraph.ingest.findings import RULES, SEVERITIES, Finding
from parkgraph.ingest.load import Report
from parkgraph.ingest.plan import Plan
from parkgraph.ingest.recognising import Proposal

LISTED = 5_000
"""How many findings a page lists; the CSV and the JSON have them all."""
FORMATS = (".html", ".csv", ".json")
CSV_COLUMNS = (
    "severity",
    "rule",
    "file",
    "sheet",
    "row",
    "column",
    "value",
    "expected",
    "message_en",
    "message_zh",
)
# Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_SAMPLE = 160

Both = tuple[str, str]
"""A text in Chinese and in English."""

WORDS: dict[str, Both] = {
    "language": ("语言", "Language"),
    "outcome": ("结果", "Outcome"),
    "by_rule": ("按规则汇总", "By rule"),
    "findings": ("发现的问题", "What was found"),
    "severity": ("级别", "Severity"),
    "rule": ("规则", "Rule"),
    "count": ("数量", "Count"),
    "all": ("全部", "all"),
    "filter": ("筛选文字", "Text"),
    "no_match": ("没有符合筛选的条目。", "Nothing fits the filter."),
    "nothing_found": ("没有发现任何问题。", "Nothing was found."),
    "where": ("位置", "Where"),
    "row": ("行", "Row"),
    "column": ("列", "Column"),
    "value": ("值", "Value"),
    "wrong": ("问题", "What is wrong"),
    "right": ("应为（或读作）", "What would be right (or how it is read)"),
    "plan": ("计划：载入会带来的变化", "Plan: what loading would change"),
    "differences": ("前若干处变化", "The first differences"),
    "change": ("变化", "Change"),
    "subject": ("主体", "Subject"),
    "fact": ("事实", "Fact"),
    "object": ("客体", "Object"),
    "before": ("原为", "Before"),
    "after": ("将为", "After"),
    "contested": ("来源说法不一", "sources differ"),
    "identities": ("可能相同的实体", "Entities that may be one"),
    "identities_hint": (
        "名称相近不会自动合并；请在载入后判断。",
        "Nothing is merged because of a name; judge them after loading.",
    ),
    "one": ("实体", "Entity"),
    "other": ("另一实体", "Other entity"),
    "proposed": ("建议", "Proposed"),
    "because": ("依据", "Because"),
    "tables": ("读取的文件与工作表", "Files and sheets that were read"),
    "file": ("文件", "File"),
    "sheet": ("工作表", "Sheet"),
    "read_as": ("读取方式", "Read as"),
    "header": ("表头行", "Header row"),
    "rows": ("行数", "Rows"),
    "columns": ("列", "Columns"),
    "columns_unit": ("列", "columns"),
    "mapping": ("建议的映射", "Proposed mapping"),
    "mapping_hint": (
        "根据列名推测，未经确认不会使用。核对后保存为文件，用 --mapping 载入；或用 --accept 直接采用。",
        "Guessed from the names of columns, and not used unless you say so. Check it, save it as a file and "
        "load with --mapping, or take it as it is with --accept.",
    ),
    "taken_as": ("读作", "Read as"),
    "sample": ("前几行", "First rows"),
    "not_used": ("未用", "not used"),
    "as_yaml": ("映射文件（YAML）", "As a mapping file (YAML)"),
    "foot": (
        "此页不含任何外部内容，可离线查看、转发和打印。",
        "This page asks for nothing from outside: read it offline, pass it on, print it.",
    ),
}
_SEVERITY: dict[str, tuple[str, str, str]] = {
    "error": ("✗", "错误", "error"),
    "warning": ("!", "警告", "warning"),
    "note": ("·", "说明", "note"),
}
_CHANGES: dict[str, tuple[str, str, str]] = {
    "new": ("+", "新增", "new"),
    "changed": ("≠", "改变", "changed"),
    "confirmed": ("✓", "新增来源", "confirmed"),
}
_VERDICTS: dict[str, Both] = {
    "same": ("相同", "the same"),
    "related": ("相关", "related"),
    "unsure": ("不确定", "unsure"),
}
_READ_AS: dict[str, str] = {
    r" with a byte order mark\b": "（带字节序标记）",
    r" \(or (\w+)\)": r"（或 \1）",
    r"\bdelimiter tab\b": "以制表符分隔",
    r"\bdelimiter (\S)": r"以“\1”分隔",
    r"\bheader of two rows\b": "表头占两行",
    r"\bhidden sheet\b": "隐藏的工作表",
    r"\bworkbook\b": "工作簿",
    r"\bclaims\b": "陈述",
    r"\bplan\b": "计划",
    r"\bJSON lines\b": "JSON（每行一条）",
    r", ": "，",
}


def report_format(target: Path) -> str:
    """The suffix that decides the format. Raises BadRequest for any other than .html, .csv and .json."""
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise BadRequest(
            f"{target}: a report is written as {', '.join(FORMATS)}; end its name in one of these"
        )
    return suffix


def write_report(
    report: Report, target: Path, *, model: Model, lang: str = "en", plan: Plan | None = None
) -> None:
    """Write a report as .html, .csv or .json, as the suffix says; what was there is replaced.

    Raises BadRequest for another suffix, ParkGraphError where the file cannot be written.
    """
    match report_format(target):
        case ".html":
            content = html_report(report, lang=lang, plan=plan, model=model).encode()
        case ".csv":
            content = csv_report(report).encode("utf-8-sig")
        case _:
            content = json_report(report, plan=plan).encode()
    try:
        target.write_bytes(content)
    except OSError as error:
        raise ParkGraphError(f"{target}: cannot be written: {error.strerror}") from error


def json_report(report: Report, *, plan: Plan | None = None) -> str:
    """The report as JSON, with `plan` and `proposal` where they are there."""
    data = report.to_dict()
    if plan is not None:
        data["plan"] = plan.to_dict()
    return _encodable(json.dumps(data, ensure_ascii=False, indent=2, default=str)) + "\n"


def csv_report(report: Report) -> str:
    """The findings as CSV, one a row.

    A text that a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a carriage
    return) gets an apostrophe before it, so that a report on a hostile table runs nothing in Excel.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for finding in report.findings:
        place = finding.place
        cells = (
            finding.severity,
            finding.rule,
            place.file,
            place.sheet,
            place.row or None,
            finding.column,
            finding.value,
            finding.expected,
            finding.sentence("en"),
            finding.sentence("zh"),
        )
        writer.writerow([_unlike_formula(cell) for cell in cells])
    return out.getvalue()


def _unlike_formula(cell: str | int | None) -> str:
    text = _encodable("" if cell is None else str(cell))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _encodable(text: str) -> str:
    """Half a surrogate pair, which is no character, as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


# ---------------------------------------------------------------------- the page


def html_report(report: Report, *, lang: str, plan: Plan | None = None, model: Model) -> str:
    """The report as one page that holds everything it needs, first in `lang` (zh or en)."""
    environment, parts = _parts()
    lang = "zh" if lang == "zh" else "en"
    return _encodable(
        environment.get_template("report.html").render(
            lang=lang, which=0 if lang == "zh" else 1, words=WORDS, page=_page(report, plan, model), **parts
        )
    )


@cache
def _parts() -> tuple[Environment, dict[str, Any]]:
    """The template, its style and script, and the policy that admits only these two."""
    folder = Path(__file__).with_name("pages")
    code = {
        name: _inline(folder / f"report.{suffix}") for name, suffix in (("style", "css"), ("script", "js"))
    }
    policy = (
        f"default-src 'none'; style-src {_hash(code['style'])}; script-src {_hash(code['script'])}; "
        "base-uri 'none'; form-action 'none'"
    )
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, trim_blocks=False, keep_trailing_newline=True
    )
    return environment, {name: Markup(text) for name, text in code.items()} | {"policy": policy}  # noqa: S704 - our own files


def _inline(path: Path) -> str:
    """Code as a browser reads it back: one kind of line end; refused if it could end its element."""
    code = path.read_text(encoding="utf-8").replace("\r\n", "\n").replace("\r", "\n")
    if "</script" in code.lower() or "</style" in code.lower():
        raise ValueError("a script or style that holds its own end tag cannot stand inside a page")
    return code


def _hash(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def _page(report: Report, plan: Plan | None, model: Model) -> dict[str, Any]:
    """The content of the page as plain data; a text that differs between languages is a pair."""
    ranked = sorted(report.findings, key=lambda finding: SEVERITIES.index(finding.severity))
    proposal = report.proposal
    return {
        "title": ("检查报告", "Check report") if report.outcome is None else ("载入报告", "Load report"),
        "files": [_seen(file) for file in dict.fromkeys(str(table["file"]) for table in report.tables)],
        "headline": _headline(report),
        "verdict": _verdict(report),
        "severities": [_severity(name) for name in SEVERITIES if any(f.severity == name for f in ranked)],
        "rules": _by_rule(report),
        "unlisted": (
            f"另有 {report.unlisted:,} 处错误未列出。",
            f"{report.unlisted:,} more errors are not listed.",
        )
        if report.unlisted
        else None,
        "findings": [_finding(finding) for finding in ranked[:LISTED]],
        "cut": (
            f"共 {len(ranked):,} 条，此页列出前 {LISTED:,} 条；其余见 CSV 或 JSON。",
            f"The first {LISTED:,} of {len(ranked):,} are listed here; the CSV and the JSON have them all.",
        )
        if len(ranked) > LISTED
        else None,
        "tables": [_table(table) for table in report.tables],
        "plan": _plan(plan, model) if plan is not None else None,
        "proposal": _proposal(proposal) if proposal is not None and proposal.mapping is not None else None,
    }


@dataclass(frozen=True, slots=True)
class _Rows:
    """How many rows were read, how many of them are refused or could be loaded, and how many tables are
    left out whole because nobody knows them or their columns."""

    read: int
    right: int
    refused: int
    whole: int


def _rows(report: Report) -> _Rows:
    heads = {(str(t["file"]), t.get("sheet")): t.get("header") or 0 for t in report.tables}
    whole = {
        (f.place.file, f.place.sheet, f.place.row)
        for f in report.errors
        if f.place.row in (0, heads.get((f.place.file, f.place.sheet), 0))
    }
    refused = report.refused - len(whole)
    return _Rows(
        sum(int(table.get("rows") or 0) for table in report.tables) or report.rows,
        max(0, report.rows - refused) if report.claims else 0,
        max(0, refused),
        len({(file, sheet) for file, sheet, _ in whole}),
    )


def _headline(report: Report) -> list[dict[str, Any]]:
    rows = _rows(report)
    right = (
        ("行已载入", "rows loaded") if report.outcome is not None else ("行可载入", "rows could be loaded")
    )
    figures: list[tuple[Both, int, str]] = [
        (("行已读取", "rows read"), rows.read, ""),
        (right, rows.right, ""),
        (("行被拒绝", "rows refused"), rows.refused, "error"),
        (("处警告", "warnings"), report.count("warning"), "warning"),
    ]
    if rows.whole:
        figures.insert(3, (("张表整体未读入", "tables refused whole"), rows.whole, "error"))
    return [
        {"label": label, "number": f"{number:,}", "severity": severity if number else ""}
        for label, number, severity in figures
    ]


def _verdict(report: Report) -> dict[str, Any]:
    """What became of it, or would, in a sentence."""
    outcome, rows = report.outcome, _rows(report)
    if outcome is not None:
        zh = (
            f"已载入：新增陈述 {outcome.added:,} 条，{outcome.unchanged:,} 条已有；图版本 {outcome.version}。"
        )
        en = (
            f"Loaded: {_many(outcome.added, 'claim')} added, {outcome.unchanged:,} were there already; "
            f"graph version {outcome.version}."
        )
        if report.refused:
            zh += "被拒绝的行未载入。"
            en += " The rows that are refused were left out."
        return _said("warning" if report.refused else "good", zh, en)
    if not report.refused:
        if report.claims is None:
            return _said("good", "没有错误；可以载入。", "Nothing is wrong; it can be loaded.")
        return _said(
            "good",
            f"没有错误；可以载入，得到 {report.claims:,} 条陈述。",
            f"Nothing is wrong; it can be loaded, and makes {_many(report.claims, 'claim')}.",
        )
    if all(finding.rule == "not-mapped" for finding in report.errors):
        return _said(
            "warning",
            "列名已识别，但尚未确认，未载入任何内容；请核对下方建议的映射。",
            "The columns are recognised, but nobody has confirmed it, so nothing is loaded; look at the "
            "mapping that is proposed below.",
        )
    zh, en = "只要有一处错误，就不会载入任何内容。", "Nothing is loaded as long as there is an error."
    if rows.right:
        zh += f"也可先载入其余 {rows.right:,} 行（--refused），被拒绝的行另存为文件，改正后再载入。"
        en += (
            f" The other {_many(rows.right, 'row')} can be loaded alone (--refused); what is refused is then "
            "written to a file, to be mended and loaded."
        )
    return _said("error", zh, en)


def _said(state: str, zh: str, en: str) -> dict[str, Any]:
    return {"state": state, "sign": {"error": "✗", "warning": "!"}.get(state, "✓"), "text": (zh, en)}


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _severity(name: str) -> dict[str, Any]:
    sign, zh, en = _SEVERITY[name]
    return {"name": name, "sign": sign, "word": (zh, en)}


def _by_rule(report: Report) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    for finding in report.findings:
        counts[finding.rule] += 1 + finding.more
    order = sorted(counts, key=lambda rule: (SEVERITIES.index(RULES[rule].severity), -counts[rule], rule))
    return [
        {
            "name": rule,
            "severity": _severity(RULES[rule].severity),
            "label": (RULES[rule].zh, RULES[rule].en),
            "count": f"{counts[rule]:,}",
        }
        for rule in order
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    """A row of the table. The sentence is English; in Chinese the rule, the value and what would be right
    say the same, and where there is no value the sentence stands there too."""
    rule = RULES[finding.rule]
    return {
        "severity": _severity(finding.severity),
        "rule": finding.rule,
        "label": (rule.zh, rule.en),
        "file": _seen(finding.place.file),
        "sheet": _seen(finding.place.sheet),
        "row": finding.place.row,
        "column": _seen(finding.column),
        "value": _seen(finding.value),
        "detail": _seen(finding.message),
        "detail_zh": _seen(finding.detail),
        "telling": not finding.value,
        "expected": _seen(finding.expected),
        "more": (f"另有 {finding.more:,} 处", f"and {finding.more:,} more such") if finding.more else None,
    }


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    read_as = str(table.get("read_as") or "")
    return {
        "file": _seen(str(table["file"])),
        "sheet": _seen(table.get("sheet")),
        "read_as": (_seen(read_as_in_chinese(read_as)), _seen(read_as)),
        "header": table.get("header") or "",
        "rows": f"{table.get('rows', 0):,}",
        "columns": [_seen(str(column)) for column in table.get("columns") or ()],
    }


def read_as_in_chinese(read_as: str) -> str:
    """How a table was read, in Chinese."""
    said, mended, file = read_as.partition(", mended rows in ")
    for english, chinese in _READ_AS.items():
        said = re.sub(english, chinese, said)
    return f"{said}，补正的行，文件：{file}" if mended else said


def _plan(plan: Plan, model: Model) -> dict[str, Any]:
    told = plan.to_dict()
    facts, claims, identities = told["facts"], told["claims"], told["identities"]
    proposed = identities["proposed"]
    counts: list[tuple[Both, int | None]] = [
        (("新事实", "new facts"), facts["new"]),
        (("改变的事实", "changed facts"), facts["changed"]),
        (("新增来源的事实", "confirmed facts"), facts["confirmed"]),
        (("新陈述", "new claims"), claims["new"]),
        (("不变的陈述", "unchanged claims"), claims["unchanged"]),
        (("新实体", "new entities"), told["entities"]["new"]),
        (("待判断的名称", "identities queued"), identities["queued"]),
        (("可能相同的实体对", "identities proposed"), proposed),
    ]
    every = sum(facts.values())
    return {
        "version": (
            f"以图版本 {plan.version} 为准；尚未作任何改动。",
            f"Made for graph version {plan.version}; nothing has been changed.",
        ),
        "counts": [
            {"label": label, "number": ("过多，未比较", "too many to compare") if n is None else f"{n:,}"}
            for label, n in counts
        ],
        "differences": [_difference(difference, model) for difference in told["differences"]],
        "cut": (
            f"共 {every:,} 处，此处列出前 {len(plan.listed):,} 处；计划文件列出全部。",
            f"The first {len(plan.listed):,} of {every:,}; the plan's file has them all.",
        )
        if every > len(plan.listed)
        else None,
        "pairs": [_pair(pair) for pair in (plan.identities or ())[: len(identities["pairs"])]],
    }


def _difference(told: Mapping[str, Any], model: Model) -> dict[str, Any]:
    name = str(told["name"])
    known: Labelled | None = model.relations.get(name) or model.entity_properties.get(name)
    sign, zh, en = _CHANGES[str(told["change"])]
    label = (
        ("类别", "kind") if name == "kind" else (known.zh, known.en) if known is not None else (name, name)
    )
    return {
        "change": told["change"],
        "sign": sign,
        "word": (zh, en),
        "name": label,
        "contested": told["contested"],
        **{key: _seen(told[key]) for key in ("subject", "object", "before", "after")},
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "a": _seen(pair.a),
        "b": _seen(pair.b),
        "verdict": _VERDICTS.get(pair.verdict, (pair.verdict, pair.verdict)),
        "score": f"{pair.score:.2f}",
        "because": (_seen(pair.sentence("zh")), _seen(pair.sentence("en"))),
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    tables = []
    for name, guesses in proposal.guesses.items():
        meant = {guess.column: (guess.zh, guess.en) for guess in guesses}
        samples = proposal.samples.get(name, [])
        columns = [
            {
                "column": _seen(column),
                "meant": meant.get(column),
                "sample": _seen(" · ".join(str(row[column]) for row in samples if row.get(column))[:_SAMPLE]),
            }
            for column in [*meant, *proposal.unknown.get(name, ())]
        ]
        tables.append({"name": _seen(name), "columns": columns})
    return {"tables": tables, "yaml": (proposal.to_yaml("zh"), proposal.to_yaml("en"))}


def _seen(text: str | None) -> str:
    """A text with what cannot be seen written out, so that it neither hides nor turns the page around."""
    if text is None:
        return ""
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char
        for char in text
    )
