"""What a page says, in Chinese and English: its own words, and values of the graph put into words.

A text that is the same in both languages is one string, else `{"zh": …, "en": …}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from parkgraph.graph.model import Labelled, Model, Property
from parkgraph.graph.projection import stored_figure
from parkgraph.graph.quantities import Quantity

Text = str | dict[str, str]

PAGE: dict[str, tuple[str, str]] = {
    "title": ("合作网络", "Cooperation network"),
    "entities": ("个实体", "entities"),
    "facts": ("条事实", "facts"),
    "language": ("语言", "Language"),
    "picture": ("网络图", "Network"),
    "picture_label": (
        "网络图：{nodes} 个实体，{facts} 条事实。旁边的表格列出同样的事实。",
        "Network of {nodes} entities and {facts} facts. The table beside it lists the same facts.",
    ),
    "kinds": ("类别", "Kinds"),
    "lines": ("状态", "Status"),
    "legend_hint": ("点击可隐藏或显示", "Click to hide or show"),
    "inferred_lines": ("推断", "inferred"),
    "not_stated": ("未说明", "not stated"),
    "zoom_in": ("放大", "Zoom in"),
    "zoom_out": ("缩小", "Zoom out"),
    "fit": ("显示全部", "Show all"),
    "near": ("放大后显示更多名称。", "More names appear as you zoom in."),
    "details": ("证据", "Proof"),
    "hint": (
        "点击图中的连线或表中的一行，查看谁说的、在哪里、何时；点击节点查看其资料。",
        "Click a line or a row to see who says so, where and when; click a node to see what is known of it.",
    ),
    "close": ("关闭", "Close"),
    "table": ("事实", "Facts"),
    "subject": ("主体", "Subject"),
    "relation": ("关系", "Relation"),
    "object": ("客体", "Object"),
    "status": ("状态", "Status"),
    "since": ("起始", "Since"),
    "until": ("终止", "Until"),
    "as_of": ("截至", "As of"),
    "sources": ("来源", "Sources"),
    "filter": ("筛选表格", "Filter the table"),
    "filter_hint": ("名称、关系、状态或年份", "name, relation, status or year"),
    "shown": ("显示 {shown} / {all} 条", "{shown} of {all} shown"),
    "no_rows": ("没有符合的事实。", "No fact matches."),
    "more": ("再显示 {n} 条", "Show {n} more"),
    "open_fact": ("查看证据", "Show the proof"),
    "claims": ("说法", "Claims"),
    "publisher": ("发布者", "Publisher"),
    "published": ("发布日期", "Published"),
    "published_inferred": ("（推断）", "(inferred)"),
    "no_date": ("日期不详", "no date"),
    "locator": ("位置", "Place in the text"),
    "inferred": ("推断", "inferred"),
    "basis": ("依据", "Basis"),
    "note": ("注", "Note"),
    "context": ("上下文", "Context"),
    "contested": ("来源说法不一", "sources differ"),
    "confidence": ("置信度", "Confidence"),
    "modality": ("语气", "Modality"),
    "name_zh": ("中文名称", "Chinese name"),
    "name_en": ("英文名称", "English name"),
    "id": ("标识", "Id"),
    "ties": ("它的事实", "Its facts"),
    "nothing": ("（无）", "(none)"),
    "empty": ("这个选择没有任何实体。", "This selection holds no entity."),
    "none": ("没有已知的路径", "No known path"),
    "truncated": ("内容有删减", "Not everything is shown"),
    "no_script": ("此页面需要 JavaScript。", "This page needs JavaScript."),
    "source_page": ("打开来源", "Open the source"),
}
"""The page's own words, (zh, en)."""

_UNITS = {"percent": ("%", "%"), "CNY": ("元", " CNY")}
_CUTS = {
    r"the first (\d+) entities": "只取前 {} 个实体",
    r"the query's limit": "达到查询的行数上限",
}


def texts() -> dict[str, dict[str, str]]:
    """The page's own words by language."""
    return {lang: {key: pair[i] for key, pair in PAGE.items()} for i, lang in enumerate(("zh", "en"))}


def both(zh: str, en: str) -> Text:
    return zh if zh == en else {"zh": zh, "en": en}


def said(text: Text, lang: str) -> str:
    """A text in one language."""
    return text if isinstance(text, str) else text[lang]


def label(labelled: Labelled | None, name: str) -> Text:
    """The labels of something of the model, or its bare name where the model does not know it."""
    return both(labelled.zh, labelled.en) if labelled is not None else name


def what_was_cut(sentence: str) -> Text:
    """`meta["truncated"]` in both languages."""
    for pattern, zh in _CUTS.items():
        match = re.fullmatch(pattern, sentence)
        if match:
            return both(zh.format(*match.groups()), sentence)
    return sentence


def figure(quantity: Quantity, model: Model) -> Text:
    """A figure with its qualifier and unit, or a range with both ends, exactly as stated: only whole 亿 and
    万 are shortened."""
    qualifier = model.qualifiers.get(quantity.qualifier)
    head_zh, head_en = (
        (qualifier.zh, f"{qualifier.en} ") if qualifier and quantity.qualifier != "exact" else ("", "")
    )
    unit_zh, unit_en = _UNITS.get(quantity.unit or "", (f" {quantity.unit or ''}".rstrip(),) * 2)
    ends = [quantity.value] if quantity.high is None else [quantity.value, quantity.high]
    plain = "–".join(f"{end:,}" for end in ends)
    zh = "–".join(_in_yi(end) if quantity.unit == "CNY" else f"{end:,}" for end in ends)
    return both(f"{head_zh}{' ' if head_zh else ''}{zh}{unit_zh}", f"{head_en}{plain}{unit_en}")


def _in_yi(amount: int | float) -> str:
    """An amount in 亿 or 万 where that loses nothing."""
    if isinstance(amount, int):
        for power, word in ((10**8, " 亿"), (10**4, " 万")):
            if abs(amount) >= power and amount * 100 % power == 0:
                return f"{amount / power:g}{word}"
    return f"{amount:,}"


def value_in_words(prop: Property | None, value: Any, model: Model) -> Text:
    """A value of a property: codes by their label, figures with their unit, lists joined."""
    if isinstance(value, (list, tuple)):
        parts = [value_in_words(prop, item, model) for item in value]
        return both("、".join(said(p, "zh") for p in parts), "; ".join(said(p, "en") for p in parts))
    if isinstance(value, Quantity):
        return figure(value, model)
    if isinstance(value, bool):
        return both("是" if value else "否", "yes" if value else "no")
    if prop is not None and value in prop.vocabulary:
        return both(*prop.vocabulary[value])
    if prop is not None and prop.type == "kind":
        return label(model.kinds.get(str(value)), str(value))
    return str(value)


def rows(
    stored: Mapping[str, Any],
    declared: Mapping[str, Property],
    model: Model,
    skip: frozenset[str] = frozenset(),
) -> list[dict[str, Text]]:
    """Properties as label and value, in the order of the model; a figure is put together from what
    is stored as value, unit and qualifier."""
    found: list[dict[str, Text]] = []
    for name, prop in declared.items():
        value = stored.get(name)
        if value is None or value == "" or name in skip:
            continue
        if prop.is_figure and not isinstance(value, Quantity):
            value = stored_figure(prop, stored)
        found.append({"label": label(prop, name), "value": value_in_words(prop, value, model)})
    return found
