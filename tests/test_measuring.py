"""Measures at the command line: what is listed, what is printed in either language, and what is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import parkgraph as pg
from parkgraph.cli import main
from parkgraph.queries.measures import measures

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bundled_file: Path) -> Run:
    """Run `parkgraph measure` in this process: exit code, standard output, standard error."""
    monkeypatch.setenv("PARKGRAPH_STORE", f"embedded:{bundled_file}")
    monkeypatch.setenv("PARKGRAPH_LANG", "en")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["parkgraph", "measure", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    return call


def test_without_a_name_all_measures_are_listed_in_either_language(run: Run) -> None:
    _, english, _ = run()
    _, chinese, _ = run("--lang", "zh")
    for name, measure in measures().items():
        assert name in english
        assert measure.summary in english
        assert measure.summary_zh in chinese
    _, listed, _ = run("--json")
    assert [item["name"] for item in json.loads(listed)["items"]] == list(measures())


def test_a_measure_is_printed_with_its_definition_and_what_it_was_computed_on(run: Run) -> None:
    code, out, err = run("pagerank", "kinds=Park,Agreement", "--limit", "2")
    assert (code, err.strip()) == (0, "2 of 36 rows; raise limit=")
    assert measures()["pagerank"].definition in out
    assert "kinds=Agreement,Park status=planned inferred=true" in out
    assert " done, " in out
    assert "are planned and 0 of no stated status" in out
    assert "Wuhan Consensus (agreement:wuhan-consensus)" in out
    _, chinese, _ = run("density", "--lang", "zh", "--as-of", "2019")
    assert measures()["density"].definition_zh in chinese
    assert "技术" in chinese
    assert "as_of=2019" in chinese


def test_json_is_what_python_gives(run: Run, embedded_graph: pg.Graph) -> None:
    _, out, _ = run("projection", "via=Agreement", "weight=jaccard", "limit=3", "--json")
    answer = embedded_graph.measure("projection", via="Agreement", weight="jaccard", limit=3)
    assert json.loads(out) == json.loads(json.dumps(answer.to_dict()))


def test_what_is_not_stated_is_said_in_its_column(run: Run) -> None:
    _, out, _ = run("growth", "by=layer")
    assert "not stated" in out
    assert run("growth", "--quiet")[1].startswith("  undated: ")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["pagerankk"], 2, "did you mean pagerank"),
        (["pagerank", "damping"], 2, "expected name=value"),
        (["pagerank", "dampin=0.5"], 2, "did you mean damping"),
        (["degree", "relations=SIGNED", "kinds=Person", "--fail-empty"], 1, ""),
    ],
)
def test_what_is_wrong_is_refused(run: Run, arguments: list[str], code: int, says: str) -> None:
    left, _, err = run(*arguments)
    assert left == code
    assert says in err
