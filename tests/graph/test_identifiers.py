"""Check digits of identifiers."""

from __future__ import annotations

import pytest

from parkgraph.graph.identifiers import has_valid_check
from parkgraph.graph.model import default_model, read_value


@pytest.mark.parametrize(
    ("scheme", "value"),
    [("ror", "00dn4t376"), ("uscc", "91110000600037341L"), ("lei", "213800KUD8LAJWSQ9D15")],
)
def test_a_right_check_digit_passes_and_a_wrong_one_does_not(scheme: str, value: str) -> None:
    assert has_valid_check(scheme, value)
    assert not has_valid_check(scheme, value[:-1] + ("8" if value[-1] != "8" else "7"))


def test_a_scheme_without_check_digits_takes_what_its_pattern_takes() -> None:
    assert has_valid_check("wikidata", "Q1")


def test_a_wrong_check_digit_is_refused_where_it_is_read() -> None:
    model = default_model()
    ror = model.kinds["Institution"].properties["ror"]
    assert read_value(ror, "00dn4t376", model) == "00dn4t376"
    with pytest.raises(ValueError, match="check digits are wrong"):
        read_value(ror, "00dn4t377", model)
