"""Values of the graph put into words, in Chinese and English: names from the model, figures as stated.

A text that is the same in both languages is one string, else `{"zh": …, "en": …}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from parkgraph.graph.model import Labelled, Model, Property
from parkgraph.graph.projection import stored_figure
from parkgraph.graph.quantities import Quantity
from parkgraph.graph.yaml_text import read_own_yaml

Text = str | dict[str, str]
_UNITS = {"percent": ("%", "%"), "CNY": ("元", " CNY")}


@cache
def names_in_chinese() -> dict[str, dict[str, str]]:
    """What `columns`, `figures`, `choices` and `heads` are called; see words_zh.yaml."""
    text = files("parkgraph.queries").joinpath("words_zh.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = read_own_yaml(text)
    return found


def both(zh: str, en: str) -> Text:
    return zh if zh == en else {"zh": zh, "en": en}


def said(text: Text, lang: str) -> str:
    """A text in one language."""
    return text if isinstance(text, str) else text[lang]


def label(labelled: Labelled | None, name: str) -> Text:
    """The labels of something of the model, or its bare name where the model does not know it."""
    return both(labelled.zh, labelled.en) if labelled is not None else name


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
