"""`parkgraph cypher`: a query of one's own from the command line."""

from __future__ import annotations

import io

import pytest

from tests import test_cli

run = test_cli.run
FUNDS = "MATCH (f:Fund {status: $status}) RETURN f.id AS fund, labels(f) AS labels ORDER BY fund"


def test_a_query_is_asked_with_parameters(run: test_cli.Run) -> None:
    shown = run("cypher", FUNDS, "status=planned", "--max-rows", "1")
    assert shown.code == 0
    assert "fund:china-israel-innovation-fund" in shown.out
    assert '["Entity", "Fund"]' in shown.out
    assert "there are more rows" in shown.err


def test_a_query_comes_from_the_input_and_a_parameter_is_json_or_a_text(
    run: test_cli.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("RETURN $x AS x, $y AS y"))
    answer = run("cypher", "-", 'x=[1, "a"]', "y=成都", "--json")
    assert answer.json["columns"] == ["x", "y"]
    assert answer.json["rows"] == [{"x": [1, "a"], "y": "成都"}]
    assert not answer.json["truncated"]


def test_what_is_refused_is_a_sentence_on_stderr(run: test_cli.Run) -> None:
    refused = run("cypher", "MATCH (n) DELETE n")
    assert (refused.code, refused.out) == (2, "")
    assert "line 1, column 11: DELETE writes" in refused.err
    assert run("cypher", "RETURN $a", "a").code == 2
    assert run("cypher", "RETURN 1 +").code == 2
    assert run("cypher", "RETURN 1", "--timeout", "61").code == 2
    assert run("cypher", "UNWIND [] AS x RETURN x", "--fail-empty").code == 1
