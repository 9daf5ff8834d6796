"""One example row for each table of a template. The names and figures are made up, so that a row that is
loaded by mistake says nothing of anybody; together the rows hang together and break no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parkgraph.graph.model import Kind, Model, Property, read_value
from parkgraph.ingest.mapping import CLAIM_FIELDS

SOURCE = "source:yunxi-notes-2024"
PREFIX = "# "
"""Before the first cell of an example row; the loader leaves such rows out."""

_COMMON = {"source": SOURCE, "locator": "", "as_of": "2024-03"}

_ROWS: Mapping[str, Mapping[str, str]] = {
    "sources": {
        "id": SOURCE,
        "name": "云溪高新区走访记录",
        "publisher": "云溪观察",
        "published": "2024-03-15",
        "published_inferred": "false",
        "kind": "table",
        "lang": "zh",
        "url": "https://example.org/yunxi",
        "note": "虚构的示例 / made up",
    },
    "relations": {
        "subject": "park:yunxi",
        "relation": "PARTNERS_WITH",
        "object": "institution:yunxi-university",
        "status": "signed",
        "valid_from": "2019-05",
        "purpose": "联合实验室",
        "amount": "约500万元",
        "amount_kind": "contract",
        "layer": "technology",
    },
    "parks": {
        "id": "park:yunxi",
        "name_zh": "云溪高新区",
        "name_en": "Yunxi High-tech Zone",
        "alias": "云溪园|云溪科技园",
        "park_type": "national_htz",
        "level": "national",
        "country": "CN",
        "status": "operating",
        "valid_from": "2012",
        "layer": "technology|industry",
    },
    "governments": {
        "id": "government:yunxi-committee",
        "name_zh": "云溪高新区管委会",
        "name_en": "Yunxi High-tech Zone Committee",
        "gov_level": "park_committee",
        "country": "CN",
    },
    "institutions": {
        "id": "institution:yunxi-university",
        "name_zh": "云溪大学",
        "name_en": "Yunxi University",
        "inst_type": "university",
        "country": "CN",
        "status": "operating",
        "founded": "1958-09",
    },
    "companies": {
        "id": "company:yunxi-optics",
        "name_zh": "云溪光电有限公司",
        "name_en": "Yunxi Optics Co., Ltd.",
        "alias": "云溪光电",
        "ownership": "private",
        "sector": "光电",
        "country": "CN",
    },
    "funds": {
        "id": "fund:yunxi-venture",
        "name_zh": "云溪创业投资基金",
        "name_en": "Yunxi Venture Fund",
        "status": "operating",
        "fund_kind": "venture",
        "total_size": "5.6亿元",
        "invested": "more_than 120000000 CNY",
        "sub_fund_count": "3 fund",
        "founded": "2016-11-02",
        "region": "云溪",
    },
    "agreements": {
        "id": "agreement:yunxi-university-2019",
        "name_zh": "云溪高新区与云溪大学战略合作协议",
        "form": "strategic_cooperation",
        "status": "signed",
        "date": "2019-05-10",
        "amount": "5000000 CNY",
        "amount_kind": "contract",
        "field": "光电|生物医药",
        "field_count": "2",
    },
    "policies": {
        "id": "policy:yunxi-action-plan-2023",
        "name_zh": "云溪高新区国际合作行动计划（2023—2025年）",
        "policy_type": "action_plan",
        "issued": "2023-01",
    },
    "treaties": {
        "id": "treaty:yunxi-example",
        "name_zh": "示例自由贸易协定",
        "name_en": "Example Free Trade Agreement",
        "signed_on": "2018",
    },
    "alliances": {
        "id": "alliance:yunxi-parks",
        "name_zh": "云溪园区合作联盟",
        "alliance_type": "alliance",
        "status": "operating",
        "stated_size": "more_than 20 park",
        "founded": "2017-09",
    },
    "programmes": {
        "id": "programme:yunxi-initiative",
        "name_zh": "云溪园区合作倡议",
        "programme_type": "initiative",
        "status": "operating",
        "started": "2017",
    },
    "platforms": {
        "id": "platform:yunxi-accelerator",
        "name_zh": "云溪离岸加速器",
        "platform_type": "accelerator",
        "status": "operating",
        "city": "云溪",
        "country": "CN",
        "founded": "2020",
    },
    "projects": {
        "id": "project:yunxi-corridor",
        "name_zh": "云溪科创走廊",
        "project_type": "corridor",
        "status": "planned",
        "sector": "光电",
    },
    "events": {
        "id": "event:yunxi-forum-2023",
        "name_zh": "2023云溪园区论坛",
        "date": "2023-09-21",
        "series": "云溪园区论坛",
        "edition": "第三届",
    },
    "persons": {"id": "person:li-yun", "name_zh": "李云"},
    "places": {
        "id": "place:yunxi",
        "name_zh": "云溪市",
        "name_en": "Yunxi",
        "place_type": "city",
        "acts": "false",
    },
    "indicators": {
        "id": "indicator:yunxi-output",
        "name_zh": "高新技术产业产值",
        "name_en": "high-tech output",
        "unit": "CNY",
    },
    "observations": {
        "id": "observation:yunxi-output-2023",
        "name_zh": "云溪高新区高新技术产业产值（2023）",
        "about": "park:yunxi",
        "indicator": "indicator:yunxi-output",
        "value": "24.04亿元",
        "growth": "9.5 percent",
        "year": "2023",
    },
    "targets": {
        "id": "target:yunxi-output-2025",
        "name_zh": "云溪高新区高新技术产业产值目标（2025）",
        "about": "park:yunxi",
        "indicator": "indicator:yunxi-output",
        "value": "at_least 30亿元",
        "due": "2025",
    },
}


def example_row(table: str, columns: list[str], model: Model) -> dict[str, str]:
    """What an example row says in each of the columns, by the model; without the mark in its first cell.

    What a model of one's own does not know is left out or made from the type of the property.
    """
    if table in ("sources", "relations"):
        row = dict(_ROWS[table])
        if table == "relations":
            row = _relation_row(row, model)
        return {column: row[column] for column in columns if column in row}
    kind = next(kind for kind in model.kinds.values() if kind.table == table)
    wanted = _ROWS.get(table) or _made(kind, model)
    properties = model.properties_of(kind.name)
    row = {"id": example_id(kind), **_links(kind, model)}
    for name, text in wanted.items():
        if name in properties and _is_valid(properties[name], text, model):
            row[name] = text
    row |= {name: text for name, text in {**_COMMON, **wanted}.items() if text and name in CLAIM_FIELDS}
    return {column: row[column] for column in columns if column in row}


def example_id(kind: Kind) -> str:
    """The id of the example of a kind."""
    return _ROWS.get(kind.table, {}).get("id") or f"{kind.prefix}:yunxi"


def example_of(prop: Property, model: Model) -> str:
    """A value of a property, as it is written in a cell; empty where none can be thought of."""
    match prop.type:
        case "boolean":
            return "true"
        case "integer":
            return "2023"
        case "date":
            return "2019-05"
        case "country":
            return "CN"
        case "money":
            return "5000000 CNY"
        case "quantity":
            return "35 park"
        case "kind":
            return next(iter(model.kinds))
        case "vocabulary" | "status":
            return next(iter(prop.vocabulary), "")
        case "identifier":
            return _IDENTIFIERS.get(prop.scheme or "", "")
        case _:
            return _STRINGS.get(prop.name, "")


_STRINGS = {
    "name_zh": "云溪高新区",
    "name_en": "Yunxi High-tech Zone",
    "alias": "云溪园|云溪科技园",
    "former_name": "云溪工业园",
    "description": "一句话的说明",
    "date_text": "2019年5月",
    "due_text": "到2025年",
    "value_text": "近5亿元",
}
_IDENTIFIERS = {
    "wikidata": "Q4115189",
    "ror": "05dxps055",
    "uscc": "91350100M000100Y43",
    "lei": "5493001KJTIIGC8Y1R12",
    "zone_code": "G321001",
    "gbt2260": "320500",
    "iso3166": "CN-32",
    "amac": "SEX123",
    "document_number": "国科发〔2016〕1号",
    "project_code": "2019-320500-39-03",
}
"""Of the right form and with right check characters; they stand in notes, never in an example row."""


def _relation_row(row: dict[str, str], model: Model) -> dict[str, str]:
    """The example of a relation, as far as the model has it."""
    relation = model.relations.get(row["relation"])
    if relation is None or not {"Park", "Institution"} <= model.kinds.keys():
        return {}
    own = model.relation_properties(relation.name)
    return {
        name: text
        for name, text in {**_COMMON, **row}.items()
        if text and (name not in own or _is_valid(own[name], text, model))
    }


def _made(kind: Kind, model: Model) -> dict[str, str]:
    """An example of a kind that only the user's model has."""
    row: dict[str, str] = {"name_zh": f"云溪{kind.zh}", "name_en": f"Yunxi {kind.en}"}
    for name, prop in kind.properties.items():
        if prop.type not in ("identifier", "kind"):
            row[name] = example_of(prop, model)
    return {name: text for name, text in row.items() if text}


def _links(kind: Kind, model: Model) -> dict[str, str]:
    """For each column that links to another entity, the example of a kind that it may be."""
    out = {}
    for column, name in kind.links.items():
        wanted = _ROWS.get(kind.table, {}).get(column)
        allowed = model.members(model.relations[name].range)
        first = next((other for other in model.kinds if other in allowed and other != kind.name), None)
        if wanted is not None:
            out[column] = wanted
        elif first is not None:
            out[column] = example_id(model.kinds[first])
    return out


def _is_valid(prop: Property, text: str, model: Model) -> bool:
    parts: list[Any] = text.split("|") if prop.multiple else [text]
    try:
        for part in parts:
            read_value(prop, part, model)
    except ValueError:
        return False
    return True
