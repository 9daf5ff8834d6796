"""Partial dates as intervals, and figures with unit and qualifier."""

from __future__ import annotations

import calendar
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.graph.dates import parse_date
from parkgraph.graph.quantities import Quantity, compatible, parse_quantity


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
    "text",
    [
        "",
        "19",
        "2019-5",
        "2019-13",
        "2019-02-29",
        "2019-00",
        "0000",
        "2019年",
        "２０１９",
        "2019-05-10T00:00",
    ],
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
    for text in ("5600000000", "56.5 CNY", "1153亿", "5 ABC", "$5 million", "5 parks", "9" * 20 + " CNY"):
        with pytest.raises(ValueError, match=r"5600000000 CNY|larger than"):
            parse_quantity(text, money=True)


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["CNY", "USD", "ILS"]))
def test_no_amount_loses_a_yuan(value: int, currency: str) -> None:
    assert parse_quantity(f"{value} {currency}", money=True) == Quantity(value, currency)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("5亿元", "500000000 ~100000000 CNY"),
        ("24.04亿元", "2404000000 ~1000000 CNY"),
        ("1.1万亿元", "1100000000000 ~100000000000 CNY"),
        ("7797.9亿元", "779790000000 ~10000000 CNY"),
        ("6000万元", "60000000 ~10000 CNY"),
        ("5千万元", "50000000 ~10000000 CNY"),
        ("3亿5000万元", "350000000 ~10000 CNY"),
        ("3000万美元", "30000000 ~10000 USD"),
        ("about 5亿元", "about 500000000 ~100000000 CNY"),
        ("约5亿元", "about 500000000 ~100000000 CNY"),
        ("5亿元左右", "about 500000000 ~100000000 CNY"),
        ("不低于200万元", "at_least 2000000 ~10000 CNY"),
        ("超过1.2亿元", "more_than 120000000 ~10000000 CNY"),
        ("1.2亿多元", "more_than 120000000 ~10000000 CNY"),
        ("最高200万元", "up_to 2000000 ~10000 CNY"),
        ("5-8亿元", "500000000..800000000 ~100000000 CNY"),
        ("5亿至8亿元", "500000000..800000000 ~100000000 CNY"),
        ("5000万元至1亿元", "50000000..100000000 ~100000000 CNY"),
        ("二百到三百万元", "2000000..3000000 ~1000000 CNY"),
        ("５亿元", "500000000 ~100000000 CNY"),
        ("1,200万元", "12000000 ~10000 CNY"),
        ("5 亿元", "500000000 ~100000000 CNY"),
        ("56亿 CNY", "5600000000 ~100000000 CNY"),
        ("US$30 million", "30000000 ~1000000 USD"),
        ("US$5-8 million", "5000000..8000000 ~1000000 USD"),
        ("EUR 2.5bn", "2500000000 ~100000000 EUR"),
        ("no less than 5 million USD", "at_least 5000000 ~1000000 USD"),
        ("¥56亿", "5600000000 ~100000000 CNY"),
        ("RMB 5.6 billion", "5600000000 ~100000000 CNY"),
        ("5 yuan", "5 CNY"),
        ("1153亿", "115300000000 ~100000000"),
        ("两亿", "200000000 ~100000000"),
        ("三十五", "35"),
        ("一百零五家", "105"),
        ("20余家", "more_than 20"),
        ("30多个", "more_than 30"),
        ("逾100家", "more_than 100"),
        ("二十余个科技园区", "more_than 20 park"),
        ("仅35家", "35"),
        ("3～5年", "3..5 year"),
        ("近7个月", "about 7 month"),
        ("58.7%", "58.7 ~0.1 percent"),
        ("60%以上", "at_least 60 ~1 percent"),
        ("20%-30%", "20..30 ~1 percent"),
        ("九成", "90 ~10 percent"),
        ("近2/3", "about 66.7 ~0.1 percent"),
        ("半数以上", "at_least 50 percent"),
    ],
)
def test_a_figure_is_read_as_people_write_it(text: str, canonical: str) -> None:
    assert str(parse_quantity(text)) == canonical
    assert parse_quantity(canonical) == parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$5 million", "whose dollars"),
        ("5 dollars", "whose dollars"),
        ("5m", "may mean several things"),
        ("1,2000元", "groups of three"),
        ("两三家", "side by side"),
        ("三亿五", "not clear what 五 stands for"),
        ("万元", "no number stands before 万"),
        ("数十家", "begins with no number"),
        ("约20余家", "more than and about"),
        ("不低于约5亿元", "about and at_least"),
        ("8亿元-5亿元", "upper end"),
        ("5亿元-8亿美元", "in CNY and in USD"),
        ("US$5亿元", "in USD and in CNY"),
        ("超过5-8亿元", "a range may be about"),
        ("20余家米铺", "the unit '家米铺' is not known"),
        ("5²亿元", "is not known"),
        ("5e3 CNY", "is not known"),
        ("", "no number"),
    ],
)
def test_what_cannot_be_read_for_sure_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_quantity(text)


@given(
    st.decimals("0.01", 9999, places=2),
    st.sampled_from([("万", 10**4), ("亿", 10**8), ("万亿", 10**12), (" million ", 10**6), ("bn ", 10**9)]),
    st.sampled_from([("元", "CNY"), ("美元", "USD"), ("EUR", "EUR")]),
)
def test_a_multiplier_is_exact(
    number: Decimal, multiplier: tuple[str, int], currency: tuple[str, str]
) -> None:
    read = parse_quantity(f"{number}{multiplier[0]}{currency[0]}", money=True)
    assert read == Quantity(int(number * multiplier[1]), currency[1], precision=multiplier[1] // 100)


@given(
    st.text(alphabet="0159.,-~+ ％$¥元亿万千百十两三零成分之余多几约不低于至家个USDmbnapo/%　"), st.booleans()
)
def test_any_text_is_a_figure_that_comes_back_or_is_refused_in_a_sentence(text: str, money: bool) -> None:
    figure, refusal = None, ""
    try:
        figure = parse_quantity(text, money=money)
    except ValueError as error:
        refusal = str(error)
    assert repr(text) in refusal if figure is None else parse_quantity(str(figure), money=money) == figure


figures = st.builds(
    Quantity,
    st.integers(-(10**18), 10**18) | st.decimals(-(10**6), 10**6, places=3).map(float),
    st.sampled_from([None, "CNY", "USD", "park", "percent", "square kilometre"]),
    st.sampled_from(["exact", "about", "more_than", "at_least", "up_to"]),
    precision=st.none() | st.integers(-6, 12).map(lambda e: 10**e),
) | st.builds(
    lambda low, by, unit, qualifier: Quantity(low, unit, qualifier, low + by),
    st.integers(-(10**9), 10**9),
    st.integers(1, 10**9),
    st.sampled_from([None, "CNY", "park"]),
    st.sampled_from(["exact", "about"]),
)


@given(figures)
def test_the_canonical_form_reads_as_the_same_figure(figure: Quantity) -> None:
    assert parse_quantity(str(figure)) == figure


@given(figures, figures)
def test_whether_two_figures_agree_has_no_order_and_each_agrees_with_itself(a: Quantity, b: Quantity) -> None:
    assert compatible(a, b) == compatible(b, a)
    assert compatible(a, a)


@pytest.mark.parametrize(
    ("a", "b", "agree"),
    [
        ("56亿元", "55.8亿元", True),
        ("5亿元", "6亿元", False),
        ("5亿元", "500000000 CNY", True),
        ("5亿元", "503000000 CNY", True),
        ("500000000 CNY", "503000000 CNY", False),
        ("more_than 20 park", "22 park", True),
        ("more_than 20 park", "20 park", False),
        ("at_least 20 park", "20 park", True),
        ("at_least 20 park", "19 park", False),
        ("up_to 200万元", "150万元", True),
        ("up_to 200万元", "300万元", False),
        ("约5亿元", "5.4亿元", True),
        ("约5亿元", "6亿元", False),
        ("about 7 month", "8 month", False),
        ("5-8亿元", "6亿元", True),
        ("5-8亿元", "9亿元", False),
        ("more_than 20 park", "up_to 30 park", True),
        ("more_than 30 park", "up_to 30 park", False),
        ("1153亿", "1153亿元", True),
        ("5 CNY", "5 USD", False),
        ("58.7%", "58.72 percent", True),
        ("58.7%", "59 percent", False),
    ],
)
def test_two_figures_contradict_only_where_no_number_fits_both(a: str, b: str, agree: bool) -> None:
    assert compatible(parse_quantity(a), parse_quantity(b)) is agree
