"""Figures in words, exactly as they are stated."""

from __future__ import annotations

import pytest

from parkgraph.graph.model import Model
from parkgraph.graph.quantities import parse_quantity
from parkgraph.viz.wording import figure, said


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("24.04亿元", "24.04 亿元", "2,404,000,000 CNY"),
        ("约5亿元", "约 5 亿元", "about 500,000,000 CNY"),
        ("5-8亿元", "5 亿–8 亿元", "500,000,000–800,000,000 CNY"),
        ("20%-30%", "20–30%", "20–30%"),
        ("20余家", "超过 20", "more than 20"),
    ],
)
def test_a_figure_is_shown_with_its_qualifier_its_range_and_its_unit(
    model: Model, text: str, zh: str, en: str
) -> None:
    shown = figure(parse_quantity(text), model)
    assert (said(shown, "zh"), said(shown, "en")) == (zh, en)
