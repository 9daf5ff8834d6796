"""Which rows a condition of a mapping is for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from parkgraph.ingest.mapping import Condition


def holds(condition: Condition) -> pl.Expr:
    """Whether a row meets a condition."""
    held = pl.lit(value=True)
    for column, words in condition.items():
        text = pl.col(column).str.strip_chars()
        text = pl.when(text == "").then(None).otherwise(text)
        wanted = [word for word in words if not _is_denied(word)]
        if wanted:
            held = held & _is_one_of(text, wanted)
        denied = [word[1:] for word in words if _is_denied(word)]
        if denied:
            held = held & ~_is_one_of(text, denied)
    return held


def _is_denied(word: str) -> bool:
    return len(word) > 1 and word.startswith("!")


def _is_one_of(text: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """Whether a text is one of the words; `*` is any, `-` none, and within a word any characters."""
    one = text.is_in([word for word in words if "*" not in word and word != "-"]).fill_null(value=False)
    for word in words:
        if word == "-":
            one = one | text.is_null()
        elif word.strip("*") == "":
            one = one | text.is_not_null()
        elif "*" in word:
            form = "(?s)^" + ".*".join(re.escape(part) for part in word.split("*")) + "$"
            one = one | text.str.contains(form).fill_null(value=False)
    return one


def part_of(frame: pl.DataFrame, *conditions: Condition) -> tuple[pl.DataFrame, Sequence[int]]:
    """The rows that meet every condition, and their positions."""
    if not any(conditions):
        return frame, range(len(frame))
    met = frame.select(pl.all_horizontal([holds(when) for when in conditions if when]).alias("met"))["met"]
    return frame.filter(met), met.arg_true().to_list()
