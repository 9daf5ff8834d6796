"""Partial dates as intervals, and figures with unit and qualifier."""

from __future__ import annotations

import calendar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.graph.dates import parse_date
from parkgraph.graph.quantities import Quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2019", 20190101, 20191231, "year"),
        ("2020-02", 20200201, 20200229, "month"),
        ("2018-01-29", 20180129, 20180129, "day"),
    ],
)
def test_a_partial_date_is_the_interval_of_days_it_may_mean(
    text: str, earliest: int, latest: int, precision: str
) -> None:
    date = parse_date(text)
    assert (date.earliest, date.latest, date.precision) == (earliest, latest, precision)


@pytest.mark.parametrize(
    "text", ["", "19", "2019-5", "2019-13", "2019-02-29", "2019-00", "0000", "2019年", "2019-05-10T00:00"]
)
def test_what_is_no_day_of_the_calendar_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a date"):
        parse_date(text)


@given(st.integers(1, 9999), st.integers(1, 12), st.integers(1, 31))
def test_finer_dates_lie_inside_coarser_ones(year: int, month: int, day: int) -> None:
    day = min(day, calendar.monthrange(year, month)[1])
    whole, part, exact = (
        parse_date(text) for text in (f"{year:04}", f"{year:04}-{month:02}", f"{year:04}-{month:02}-{day:02}")
    )
    assert whole.earliest <= part.earliest <= exact.earliest <= exact.latest <= part.latest <= whole.latest
    assert whole.compatible(exact)
    assert exact.compatible(whole)
    assert not exact.compatible(parse_date(f"{year % 9999 + 1:04}"))


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("35 park", Quantity(35, "park")),
        ("more_than 20 park", Quantity(20, "park", "more_than")),
        ("9.5 percent", Quantity(9.5, "percent")),
        ("115300000000", Quantity(115300000000)),
    ],
)
def test_a_figure_reads_as_written(text: str, quantity: Quantity) -> None:
    assert parse_quantity(text) == quantity
    assert parse_quantity(str(quantity)) == quantity


def test_money_is_whole_and_names_its_currency() -> None:
    assert parse_quantity("5600000000 CNY", money=True) == Quantity(5_600_000_000, "CNY")
    for text in ("5600000000", "56.5 CNY", "56亿 CNY", "CNY 5", "5 yuan", "9" * 20 + " CNY"):
        with pytest.raises(ValueError):
            parse_quantity(text, money=True)


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["CNY", "USD", "ILS"]))
def test_no_amount_loses_a_yuan(value: int, currency: str) -> None:
    assert parse_quantity(f"{value} {currency}", money=True) == Quantity(value, currency)
