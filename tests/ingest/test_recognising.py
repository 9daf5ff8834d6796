"""What the names of columns make likely: a mapping that is proposed, and refused until somebody takes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parkgraph.graph.model import Model
from parkgraph.ingest.load import Options, Report, check
from parkgraph.ingest.mapping import TableMapping, parse_mapping

ROWS = "青禾科技园,中国,蓝石生物有限公司,东川大学,2019年5月,{amount},已签\n"
Propose = Callable[[str], Report]


@pytest.fixture
def proposed(tmp_path: Path, model: Model) -> Propose:
    def of(content: str) -> Report:
        path = tmp_path / "台账.csv"
        path.write_text(content, encoding="utf-8")
        return check([path], model)

    return of


def table_of(report: Report, model: Model) -> TableMapping:
    assert report.proposal is not None
    return parse_mapping(report.proposal.to_yaml(), model).tables[0]


def test_the_lower_row_of_a_header_of_two_says_what_a_column_is(proposed: Propose, model: Model) -> None:
    about, partner, what = "园区信息/园区名称,园区信息/国家", "合作方/企业名称,合作方/高校名称", "合作内容/"
    head = f"{about},{partner},{what}签约时间,{what}金额（亿元）,{what}状态\n"
    report = proposed(head + ROWS.format(amount="约5"))
    table = table_of(report, model)
    park, company, institution = table.entities.values()
    assert (park.kind, company.kind, institution.kind) == ("Park", "Company", "Institution")
    assert [tie.relation for tie in table.relations] == ["PARTNERS_WITH", "PARTNERS_WITH"]
    assert table.relations[0].properties["amount"].unit == "亿元"
    assert [f.rule for f in report.findings] == ["not-mapped"]


@pytest.mark.parametrize(
    ("heading", "cells", "unit", "decimal"),
    [
        ("Amount (EUR m)", ("12.5", "7"), "million EUR", "."),
        ("Amount (EUR m)", ('"12,5"', '"1.250,0"', "7"), "million EUR", ","),
        ("Amount (USD bn)", ("1.5",), "billion USD", "."),
        ("金额（亿元）", ('"1,250"', "3"), "亿元", "."),
        ("金额（USD）", ("1250000",), "USD", "."),
    ],
)
def test_a_heading_says_the_unit_and_the_cells_the_decimal_mark(
    heading: str, cells: tuple[str, ...], unit: str, decimal: str, proposed: Propose, model: Model
) -> None:
    rows = "".join(ROWS.format(amount=cell) for cell in cells)
    table = table_of(proposed(f"园区名称,国家,合作企业,合作高校,签约时间,{heading},状态\n{rows}"), model)
    (first, *_) = (tie.properties["amount"] for tie in table.relations)
    assert (first.unit, first.decimal) == (unit, decimal)


def test_a_table_that_is_not_recognised_has_its_columns_listed(proposed: Propose) -> None:
    (finding,) = proposed("甲,乙,丙\n1,2,3\n").findings
    assert finding.rule == "unknown-table"
    assert finding.message.endswith("its columns are 甲, 乙, 丙")
    assert finding.sentence("zh").endswith("其各列为：甲、乙、丙")


def test_an_amount_of_several_partners_is_said_of_each_with_a_warning(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "台账.csv"
    path.write_text(
        "园区名称,合作企业,合作高校,签约时间,金额（亿元）\n"
        "青禾科技园,蓝石生物有限公司,,2019,1\n"
        "青禾科技园,蓝石生物有限公司、北岭软件有限公司,东川大学,2020,5\n"
        "南屏高新区,,东川大学,2020,\n"
        "南屏高新区,海帆材料有限公司,东川大学,2021,3\n",
        encoding="utf-8",
    )
    found = [f for f in check([path], model, None, Options(accept=True)).findings if f.severity == "warning"]
    assert [(f.rule, f.place.row, f.column, f.value, f.more) for f in found] == [
        ("shared-amount", 3, "金额（亿元）", "5", 1)
    ]
    assert "each of 3 relations" in found[0].message
    assert found[0].sentence("zh") == "“5”记于该行的 3 个关系，合计时会计 3 次（另有 1 处）"
