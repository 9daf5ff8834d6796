"""What a page says, in Chinese and English: its own words beside those for the graph's values."""

from __future__ import annotations

import re

from parkgraph.queries.wording import Text, both, figure, label, rows, said, value_in_words

__all__ = [
    "PAGE",
    "Text",
    "both",
    "figure",
    "label",
    "rows",
    "said",
    "texts",
    "value_in_words",
    "what_was_cut",
]

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
    "kind": ("类别", "Kind"),
    "proof_of_properties": ("这些资料是谁说的", "Who says so"),
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

_CUTS = {
    r"the first (\d+) entities": "只取前 {} 个实体",
    r"the query's limit": "达到查询的行数上限",
}


def texts() -> dict[str, dict[str, str]]:
    """The page's own words by language."""
    return {lang: {key: pair[i] for key, pair in PAGE.items()} for i, lang in enumerate(("zh", "en"))}


def what_was_cut(sentence: str) -> Text:
    """`meta["truncated"]` in both languages."""
    for pattern, zh in _CUTS.items():
        match = re.fullmatch(pattern, sentence)
        if match:
            return both(zh.format(*match.groups()), sentence)
    return sentence
