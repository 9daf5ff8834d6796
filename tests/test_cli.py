"""The command line as a person meets it: what it prints where, with which exit code, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import parkgraph as pg
from parkgraph.cli import app, main
from parkgraph.ingest.dataset import bundled
from parkgraph.queries.library import library
from tests.conftest import SHARED

PROGRAM = Path(sys.executable).parent / "parkgraph"
CHENGDU = "park:chengdu-hi-tech-zone"
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


class Answer:
    """What a run of the program printed, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bundled_file: Path, tmp_path: Path
) -> Run:
    """Run `parkgraph` in this process, in an empty folder, on the bundled dataset unless told otherwise."""
    for variable in [name for name in os.environ if name.startswith(("PARKGRAPH_", "LC_", "LANG"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PARKGRAPH_STORE", f"embedded:{bundled_file}")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["parkgraph", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        code = left.value.code
        return Answer(code if isinstance(code, int) else 0, printed.out, printed.err)

    return call


@pytest.fixture
def start(bundled_copy: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the installed program as a process on a copy of the bundled dataset."""
    started: list[subprocess.Popen[str]] = []
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PARKGRAPH_")}
    environment |= {
        "PARKGRAPH_STORE": bundled_copy,
        "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
        "LANG": "C.UTF-8",
    }

    def begin(*arguments: object, in_bash: bool = False, **env: str) -> subprocess.Popen[str]:
        words = [str(argument) for argument in arguments]
        process = subprocess.Popen(
            ["bash", "-o", "pipefail", "-c", *words] if in_bash else [str(PROGRAM), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=environment | env,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _one_sentence(answer: Answer, code: int, *expected: str) -> None:
    assert answer.code == code, answer.err
    assert answer.out == ""
    assert re.fullmatch(r"error: [^\n]+\n", answer.err), answer.err
    for text in expected:
        assert text in answer.err


# -- every command -----------------------------------------------------------------------------


def test_help_lists_the_commands_and_every_command_has_an_example(run: Run) -> None:
    answer = run()
    assert answer.code == 0
    assert answer.out == run("--help").out
    for name, command in COMMANDS.items():
        assert f"\n  {name} " in answer.out
        assert f"Example: parkgraph {name}" in run(name, "--help").out, name
        assert all(parameter.help for parameter in command.params if parameter.name != "help"), name


def _example(name: str) -> str:
    found = re.search(r"Example: (.+)", COMMANDS[name].help or "")
    assert found is not None
    return found[1]


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """The folder in which examples run, with what they take for granted."""
    (tmp_path / "folder-with-the-texts").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("serve", "demo")])
def test_the_example_of_a_command_runs(
    name: str, ready: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    if name in ("load", "check"):
        shutil.copytree(bundled(), ready / "my-tables")
    process = start(_example(name), in_bash=True)
    out, err = process.communicate(timeout=120)
    # A key goes to the output alone, where a script takes it.
    told = "the key of dashboard; it is shown this once:\n" if name == "token" else ""
    assert (process.returncode, err) == (0, told)
    assert out.strip()


@pytest.mark.parametrize("name", ["serve", "demo"])
def test_the_example_of_a_serving_command_runs_until_it_is_stopped(
    name: str, start: Callable[..., subprocess.Popen[str]]
) -> None:
    example = re.sub(r" --port \d+", "", _example(name)).split()[1:]
    process = start(*example, "--port", "0")
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "ParkGraph is at " in line:
            break
    address = re.search(r"http://127\.0\.0\.1:(\d+)/", printed)
    assert address is not None, process.communicate()[1]
    with socket.create_connection(("127.0.0.1", int(address[1])), timeout=10) as client:
        client.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in client.recv(15)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert "Traceback" not in err


SHAPES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "search": (("search", "zhangjiang"), {"items"}),
    "show entity": (("show", "成都高新区"), {"entity", "facts", "neighbours", "properties"}),
    "path": (
        ("path", "BP&C", "布鲁内尔大学"),
        {"from", "to", "filters", "version", "cut", "nodes", "paths", "robustness", "none"},
    ),
    "neighbours": (("neighbours", CHENGDU), {"meta", "nodes", "edges", "sources"}),
    "total": (
        ("total", "total_size", "--status", "operating"),
        {"figure", "currency", "total", "low", "high", "mixed", "groups", "not_stated", "notes"},
    ),
    "query": (("query", "funds", "status=planned"), {"rows", "truncated"}),
    "queries": (("query",), {"items"}),
    "export": (("export", "all", "-o", "all.gexf"), {"files", "nodes", "edges"}),
    "view": (("view", f"entity:{CHENGDU}", "-o", "one.html"), {"files", "nodes", "edges"}),
    "template": (("template", "parks", "-o", "blank"), {"files"}),
    "check": (
        ("check", str(bundled())),
        {"rows", "claims", "sources", "added", "unchanged", "refused", "version", "findings"},
    ),
    "stats": (("stats",), {"store", "version", "model", "hash", "entities", "relation_facts", "claims"}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_command_answers_a_person_and_in_json(name: str, run: Run) -> None:
    arguments, keys = SHAPES[name]
    plain = run(*arguments)
    for file in Path.cwd().glob("**/*.*"):
        file.unlink()
    machine = run(*arguments, "--json")
    assert (plain.code, plain.err, machine.code, machine.err) == (0, "", 0, "")
    assert plain.out.strip()
    assert keys <= machine.json.keys()


def test_a_source_a_fact_and_a_claim_are_shown_by_their_ids(run: Run) -> None:
    fact = run("show", CHENGDU, "--json").json["facts"][0]["id"]
    claim = run("show", fact, "--json").json["claims"][0]["id"]
    assert run("show", claim, "--json").json["source"]["id"].startswith("source:")
    assert run("show", "source:tspp-forum-2017", "--json").json["id"] == "source:tspp-forum-2017"
    assert f"id: {claim}" in run("show", claim).out
    assert {json.loads(line)["id"] for line in run("log", fact, "--json").out.splitlines()} == {
        c["id"] for c in run("show", fact, "--json").json["claims"]
    }


FACT_ID = r"fact:[0-9a-f]{24}"


def test_every_fact_on_the_command_line_leads_to_its_claims(run: Run, embedded_graph: pg.Graph) -> None:
    view = embedded_graph.entity(CHENGDU)
    shown = re.findall(FACT_ID, run("show", CHENGDU).out)
    every = [*(fact.properties for fact in view.facts), *view.properties]
    # Those on which sources differ stand again below the tables, with what each source says.
    differing = [str(fact["id"]) for fact in every if fact.get("contested")]
    assert differing
    assert sorted(shown) == sorted([*(str(fact["id"]) for fact in every), *differing])
    around = re.findall(FACT_ID, run("neighbours", CHENGDU).out)
    assert set(around) == {edge.id for edge in embedded_graph.neighbours(CHENGDU).edges}
    said = run("path", "BP&C", "布鲁内尔大学", "-k", "1").out
    (steps,) = embedded_graph.paths("BP&C", "布鲁内尔大学", k=1).paths
    for hop in steps:
        for claim in hop.claims:
            assert claim.locator is None or f"#{claim.locator}" in said
        assert all(fact.id in said for fact in hop.facts[1:])
    assert "claim:" in run("show", shown[0]).out
    assert shown[0] in run("log", shown[0]).out


@pytest.mark.parametrize("name", library())
def test_every_query_answers_its_own_example(name: str, run: Run) -> None:
    example = [f"{key}={value}" for key, value in library()[name].example.items()]
    columns = list(library()[name].columns)
    answer = run("query", name, *example, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["rows"]
    assert list(answer.json["rows"][0]) == columns
    shown = [
        column
        for column in columns
        if library()[name].columns[column].sought
        or any(row[column] not in (None, []) for row in answer.json["rows"])
    ]
    assert run("query", name, *example).out.split("\n", 1)[0].split() == shown


def test_a_question_without_an_answer_says_why_in_both_languages(run: Run) -> None:
    asked = ("query", "agreements", "party=甘肃省中医院", "status=signed")
    answer = run(*asked)
    assert answer.code == 0
    assert "No results" in answer.out
    assert "Without status=signed there would be 1" in answer.out
    assert "若去掉 status=signed，则有 1 个结果" in run(*asked, "--lang", "zh").out
    assert run(*asked, "--json").json["none"]["restores"][0] == {"parameter": "status", "rows": 1}
    assert run(*asked, "--fail-empty").code == 1


def test_what_no_source_states_is_said_and_never_0(run: Run) -> None:
    asked = ("query", "funds", "words=科创母基金", "status=operating")
    (row,) = run(*asked, "--json").json["rows"]
    assert (row["raised"], row["invested"], row["total_size"]) == (None, None, 5_000_000_000)
    assert run(*asked).out.count("not stated") == 4
    assert "未说明" in run(*asked, "--lang", "zh").out


def test_labels_follow_the_language_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Park" in run("search", "zhangjiang").out
    assert "园区" in run("search", "zhangjiang", "--lang", "zh").out
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "园区" in run("search", "zhangjiang").out
    assert "没有已知路径" in run("path", "张江", "武进").out


def test_a_path_shows_the_proof_of_each_hop(run: Run) -> None:
    answer = run("path", "BP&C", "布鲁内尔大学", "--lang", "zh")
    assert answer.out.startswith("路径 1")
    assert re.search(r" · 科技日报 · .*\.txt#char=\d+,\d+\n", answer.out)


def test_a_path_of_what_is_only_possible_on_a_day_points_to_what_is_certain(run: Run) -> None:
    asked = ("path", "BP&C", "布鲁内尔大学", "-k", "1", "--as-of", "2010", "--lang", "en")
    assert "hops that were only possible as of 2010, as no source settles it: 4 of 4" in run(*asked).out
    assert "when accepting facts that possibly held then" in run(*asked, "--certain").out


def test_a_path_between_groups_and_how_robust_a_connection_is_are_shown(run: Run) -> None:
    groups = run("path", "Park@以色列", "Institution@成都", "--all-shortest", "--json").json
    assert groups["from"]["members"]
    assert len(groups["paths"]) > 3
    robust = run("path", "BP&C", "布鲁内尔大学", "-k", "1", "--robustness", "--lang", "zh").out
    assert "互不共用任何一跳的路径：1" in robust
    assert "失去其一即断：中英智慧质量工程技术研究院 — 英国布鲁内尔大学" in robust
    hub = run("path", "BP&C", "布鲁内尔大学", "--max-degree", "10", "--lang", "en")
    assert "There is a path of 4 hops when passing hubs." in hub.out


@pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the source texts are not here (../shared/seeds)")
def test_with_the_texts_a_path_quotes_them(run: Run) -> None:
    answer = run("path", "BP&C", "布鲁内尔大学", "--texts", SHARED / "seeds", "--json")
    quotes = [
        c.get("quote") for h in answer.json["paths"][0]["hops"] for f in h["facts"] for c in f["claims"]
    ]
    assert any(quote and "布鲁内尔" in quote for quote in quotes)


def test_a_sum_shows_what_it_is_made_of_and_what_no_source_states(run: Run) -> None:
    shown = run("total", "total_size", "--lang", "zh").out
    assert shown.startswith("总规模: 10,600,000,000 CNY")
    assert "成渝地区双城经济圈科创母基金" in shown
    assert "未按 0 计入" in shown
    none = run("total", "raised", "--fail-empty")
    assert (none.code, none.err) == (1, "")
    assert "There is: " in none.out


def test_a_sum_of_planned_and_done_is_refused_with_its_subtotals(run: Run) -> None:
    _one_sentence(run("total", "amount"), 2, "planned size", "500,000,000 CNY", "with mix")
    answer = run("total", "amount", "--json")
    assert (answer.code, answer.out) == (2, "")
    problem = json.loads(answer.err)["error"]
    assert problem["code"] == "mixed-amounts"
    assert {"figure", "standing", "currency", "total", "count"} <= problem["groups"][0].keys()
    mixed = run("total", "amount", "--mix")
    assert mixed.code == 0
    assert "what is planned is not done" in mixed.out


def test_global_options_may_stand_anywhere(run: Run, bundled_file: Path) -> None:
    store = f"embedded:{bundled_file}"
    expected = run("stats", "--json").out
    assert expected
    for arguments in (
        ("--json", "stats"),
        ("--store", store, "stats", "--json"),
        ("stats", "--json", "--store", store),
        ("stats", f"--store={store}", "--quiet", "--json"),
    ):
        assert run(*arguments).out == expected


def test_what_follows_two_dashes_is_no_option(run: Run) -> None:
    answer = run("search", "--", "--json")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "no name matches '--json'\n"


# -- loading -----------------------------------------------------------------------------------


def test_load_without_arguments_loads_the_bundled_dataset_once(run: Run) -> None:
    first = run("--store", "embedded:new.kgl", "load")
    assert first.code == 0
    assert re.search(r"from 9 sources: (\d+) added, 0 unchanged, 0 refused; graph version \d+\n$", first.out)
    second = run("--store", "embedded:new.kgl", "load", "--json").json
    assert (second["added"], second["refused"]) == (0, 0)
    assert second["unchanged"] == second["claims"] > 3000


def test_the_progress_bar_is_on_stderr_and_the_summary_on_stdout(tmp_path: Path) -> None:
    terminal, end = pty.openpty()
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(
            [str(PROGRAM), "--store", "embedded:new.kgl", "load"],
            stdout=out,
            stderr=end,
            cwd=tmp_path,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(end)
        shown = b""
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        assert process.wait(timeout=60) == 0
    os.close(terminal)
    assert b"claims" in shown
    assert re.fullmatch(r"\d+ rows, .* graph version \d+\n", (tmp_path / "out").read_text())


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Two tables with three faults."""
    folder = tmp_path / "faulty"
    folder.mkdir()
    (folder / "sources.csv").write_text("id,name,kind\nsource:mail,邮件,editorial\n", encoding="utf-8")
    (folder / "parks.csv").write_text(
        "id,name_zh,country,source\n"
        "park:wujin-new,武进新园,中土,source:mail\n"
        "park:other-new,另一园,CN,source:gossip\n"
        "park:third-new,第三园,C9,source:mail\n",
        encoding="utf-8",
    )
    return folder


def test_a_dry_run_writes_what_is_refused_and_says_that_the_plan_lacks_it(
    run: Run, faulty: Path, tmp_path: Path
) -> None:
    refused, plan = tmp_path / "refused.csv", tmp_path / "plan.jsonl"
    store = ("--store", f"embedded:{tmp_path / 'none.kgl'}")
    answer = run(*store, "load", faulty, "--dry-run", "--refused", refused, "--plan", plan)
    assert answer.code == 1
    assert f"3 refused rows written to {refused}" in answer.err.replace("\n", "")
    assert f"the plan {plan} has only the rows that are right" in answer.err.replace("\n", " ")
    assert len(refused.read_text(encoding="utf-8-sig").splitlines()) == 1 + 3
    assert not (tmp_path / "none.kgl").exists()


def test_where_a_whole_file_is_refused_no_rows_are_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    answer = run("load", tmp_path / "empty.csv", "--refused", tmp_path / "refused.csv")
    assert (answer.code, "empty.csv: is empty" in answer.err) == (1, True)
    assert not (tmp_path / "refused.csv").exists()


def test_check_says_every_finding_and_exits_with_1(run: Run, faulty: Path) -> None:
    answer = run("check", faulty)
    assert answer.code == 1
    assert answer.out == "4 rows, 0 claims from 1 sources; 3 rows refused\n"
    assert [line.split(":")[0] for line in answer.err.splitlines()] == [
        "parks.csv row 2, column country",
        "parks.csv row 3, column source",
        "parks.csv row 4, column country",
    ]
    machine = run("check", faulty, "--json")
    assert (machine.code, machine.err) == (1, "")
    assert [finding["row"] for finding in machine.json["findings"]] == [2, 3, 4]


def test_check_needs_no_store_and_makes_none(run: Run, faulty: Path) -> None:
    assert run("--store", "embedded:none.kgl", "check", bundled()).code == 0
    assert run("--store", "embedded:none.kgl", "check", faulty).code == 1
    assert list(Path.cwd().iterdir()) == []


def test_check_counts_what_is_in_the_store(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "relations.csv"
    table.write_text(
        "subject,relation,object,source\n"
        f"{CHENGDU},PARTNERS_WITH,park:22-barcelona,source:parkgraph-register\n",
        encoding="utf-8",
    )
    assert run("check", table).code == 0
    assert run("check", table, "--store", "embedded:none.kgl").code == 1


def test_a_refused_load_lists_the_findings_and_changes_nothing(
    run: Run, faulty: Path, bundled_copy: str
) -> None:
    before = run("stats", "--json", "--store", bundled_copy).json
    answer = run("load", faulty, "--store", bundled_copy)
    assert (answer.code, answer.out) == (1, "")
    *findings, last = answer.err.splitlines()
    assert len(findings) == 3
    assert last.startswith("error: nothing was loaded: 3 rows were refused; parks.csv row 2, column country")
    assert run("stats", "--json", "--store", bundled_copy).json == before
    machine = run("load", faulty, "--store", bundled_copy, "--json")
    assert len(json.loads(machine.err)["error"]["findings"]) == 3


@pytest.mark.parametrize("arguments", [("load", "nowhere"), ("retract", "source:mail"), ("load", "{faulty}")])
def test_what_is_refused_makes_no_store(arguments: tuple[str, ...], run: Run, faulty: Path) -> None:
    answer = run("--store", "embedded:new.kgl", *(a.replace("{faulty}", str(faulty)) for a in arguments))
    assert answer.code == 1
    assert list(Path.cwd().iterdir()) == []


def test_retract_takes_back_a_source(run: Run, bundled_copy: str) -> None:
    store = ("--store", bundled_copy)
    before = run(*store, "stats", "--json").json
    retracted = run(*store, "retract", "source:tspp-forum-2017", "--json").json
    after = run(*store, "stats", "--json").json
    assert before["claims"] - after["claims"] == retracted["retracted"] > 0
    assert after["sources"] == before["sources"] - 1
    assert run(*store, "load", "--quiet").out == ""
    assert run(*store, "stats", "--json").json["hash"] == before["hash"]


# -- the log and the hash ----------------------------------------------------------------------


def test_the_canonical_log_has_the_hash_that_stats_shows(
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    shown = json.loads(start("stats", "--json").communicate(timeout=60)[0])["hash"]
    summed, _ = start("parkgraph log --canonical | sha256sum", in_bash=True).communicate(timeout=60)
    assert summed.split()[0] == shown
    # Whatever the terminal speaks, what is written is UTF-8.
    latin, err = start("log", "--canonical", PYTHONIOENCODING="latin-1").communicate(timeout=60)
    assert err == ""
    assert hashlib.sha256(latin.encode()).hexdigest() == shown


def test_the_log_has_every_live_claim(run: Run) -> None:
    lines = run("log").out.splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == run("stats", "--json").json["claims"]


def test_the_log_of_a_fact_is_a_list_of_sentences_in_both_languages(run: Run) -> None:
    post = run("show", "陈洪涛", "--json").json["facts"][0]["id"]
    chinese, english = run("log", post, "--lang", "zh").out, run("log", post, "--lang", "en").out
    assert chinese.splitlines()[0] == f"陈洪涛 — 任职 — 成都高新区管委会  {post}"
    assert chinese.splitlines()[1].startswith("  2017-12-22  全球顶级科技园区合伙人计划")
    assert "职务 党工委委员、管委会副主任" in chinese
    assert "（char=771,817）" in chinese
    assert chinese.splitlines()[-1].startswith(
        "  图中显示：运营；职务 副主任。采信《成都高新区玩转“顶级”朋友圈》的说法：说的日期更晚"
    )
    assert "is followed: it speaks of a later day; sources differ." in english.splitlines()[-1]


def test_the_log_of_an_entity_has_each_of_its_facts_and_may_begin_at_a_day(run: Run) -> None:
    shown = run("show", CHENGDU, "--json").json
    facts = {fact["id"] for fact in (*shown["facts"], *shown["properties"])}
    whole = run("log", CHENGDU).out
    assert all(fact in whole for fact in facts)
    late = run("log", CHENGDU, "--since", "2018").out
    assert 0 < len(late.splitlines()) < len(whole.splitlines())
    assert "  2017-12-22  " not in late
    claims = [json.loads(line) for line in run("log", CHENGDU, "--json").out.splitlines()]
    assert len({claim["id"] for claim in claims}) == len(claims) > len(facts)


def test_a_broken_pipe_is_quiet(start: Callable[..., subprocess.Popen[str]]) -> None:
    for command in ("log", "query", "stats --json", "--help"):
        process = start(f"set +o pipefail; parkgraph {command} | head -c 1", in_bash=True)
        out, err = process.communicate(timeout=60)
        assert (len(out), err) == (1, "")
        process = start(f"parkgraph {command} | true", in_bash=True)
        assert process.communicate(timeout=60)[1] == "", command


# -- bad input ---------------------------------------------------------------------------------

BAD_INPUT: dict[str, tuple[tuple[str, ...], int, str]] = {
    "unknown command": (("nosuch",), 2, "No such command 'nosuch'"),
    "unknown option": (("stats", "--deep"), 2, "No such option: --deep"),
    "missing argument": (("show",), 2, "parkgraph show: Missing argument 'ID'"),
    "superfluous argument": (("stats", "all"), 2, "parkgraph stats"),
    "unknown language": (("stats", "--lang", "fr"), 2, "--lang: 'fr' is neither zh nor en"),
    "unknown entity": (("show", "park:atlantis"), 1, "there is no entity 'park:atlantis'"),
    "unknown fact": (("show", "fact:0"), 1, "there is no fact 'fact:0'"),
    "unknown claim": (("show", "claim:0"), 1, "there is no claim 'claim:0'"),
    "unknown source": (("show", "source:mail"), 1, "there is no source 'source:mail'"),
    "unknown fact in the log": (("log", "fact:0"), 1, "there is no fact 'fact:0'"),
    "since without a fact": (("log", "--since", "2018"), 2, "--since is of a fact or an entity"),
    "no day to begin at": (("log", CHENGDU, "--since", "soon"), 2, "--since: 'soon' is not a date"),
    "two logs at once": (("log", "fact:0", "--canonical"), 2, "--canonical is of the whole graph"),
    "unknown kind": (("search", "张江", "--kind", "Prak"), 2, "unknown kind 'Prak'; did you mean Park"),
    "no results": (("search", "张江", "--limit", "0"), 2, "--limit"),
    "unknown relation": (("neighbours", CHENGDU, "--relation", "SIGNS"), 2, "unknown relation 'SIGNS'"),
    "unknown status": (("path", "BP&C", CHENGDU, "--status", "done"), 2, "unknown status 'done'"),
    "unknown layer": (
        ("path", "BP&C", CHENGDU, "--layer", "money"),
        2,
        "unknown layer 'money'; known: capital",
    ),
    "empty option": (("path", "BP&C", CHENGDU, "--status", ""), 2, "--status: is empty"),
    "empty option with =": (("total", "loan", "--status= "), 2, "--status: is empty"),
    "empty parameter": (("query", "funds", "status="), 2, "query funds: status is empty"),
    "empty parameter of a measure": (("measure", "degree", "layers="), 2, "measure degree: layers is empty"),
    "bad date": (("path", "BP&C", CHENGDU, "--as-of", "2019-13"), 2, "no month 13"),
    "bad number": (("path", "BP&C", CHENGDU, "--k", "many"), 2, "Invalid value for '--k'"),
    "too many paths": (("path", "BP&C", CHENGDU, "--k", "100000"), 2, "k: 100000 is out of bounds"),
    "path to itself": (("path", CHENGDU, CHENGDU), 2, "are the same entity"),
    "depth out of bounds": (("neighbours", CHENGDU, "--depth", "9"), 2, "depth: 9 is out of bounds"),
    "unknown query": (("query", "fonds"), 2, "unknown query 'fonds'; did you mean funds"),
    "unknown parameter": (("query", "funds", "statsu=planned"), 2, "query funds: unknown parameter 'statsu'"),
    "parameter without value": (("query", "funds", "planned"), 2, "'planned' is no parameter"),
    "parameter of another type": (("query", "funds", "limit=ten"), 2, "query funds: parameter limit: 'ten'"),
    "unknown selection": (("export", "some", "-o", "a.gexf"), 2, "unknown selection 'some'"),
    "unknown parameter of a selection": (
        ("export", f"neighbours:{CHENGDU}?deep=2", "-o", "a.gexf"),
        2,
        "selection neighbours: unknown parameter 'deep'",
    ),
    "selection of figures": (("export", "query:count_kinds", "-o", "a.gexf"), 2, "answers with figures"),
    "unknown ending": (("export", "all", "-o", "a.xlsx"), 2, "a.xlsx: no format ends so"),
    "unknown format": (("export", "all", "-o", "a", "--format", "gefx"), 2, "did you mean gexf"),
    "unwritable file": (("export", "all", "-o", "nowhere/a.gexf"), 1, "nowhere/a.gexf: cannot be written"),
    "unknown picture": (("view", "all", "-o", "a.bmp"), 2, "a.bmp"),
    "unwritable page": (("view", f"entity:{CHENGDU}", "-o", "nowhere/a.html"), 1, "nowhere/a.html: "),
    "unknown table": (("template", "park"), 2, "unknown table 'park'; did you mean parks"),
    "missing tables": (("check", "nowhere"), 1, "nowhere: there is no such file or folder"),
    "missing texts": (("stats", "--texts", "nowhere"), 1, "nowhere: there is no such folder"),
    "missing model": (("stats", "--model", "nowhere.yaml"), 1, "nowhere.yaml: cannot be read: No such file"),
    "unknown store": (("--store", "mysql:db", "stats"), 2, "store 'mysql:db': unknown scheme"),
    "missing store": (("--store", "embedded:none.kgl", "stats"), 1, "store none.kgl: there is no such file"),
    "a folder as store": (("--store", "embedded:/tmp", "stats"), 1, "store /tmp: is a folder"),
    "unreachable store": (("--store", "bolt://127.0.0.1:1", "stats"), 1, "store bolt://127.0.0.1:1"),
    "unreachable cluster": (("--store", "neo4j://127.0.0.1:1", "stats"), 1, "store neo4j://127.0.0.1:1"),
    "open host without key": (("serve", "--host", "0.0.0.0"), 2, "host 0.0.0.0: others could reach"),  # noqa: S104
    "no such host": (("serve", "--host", "192.0.2.1"), 2, "host 192.0.2.1"),
    "port out of range": (("serve", "--port", "70000"), 2, "--port"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_gives_one_sentence_and_leaves_nothing_behind(case: str, run: Run) -> None:
    arguments, code, expected = BAD_INPUT[case]
    _one_sentence(run(*arguments), code, expected)
    assert list(Path.cwd().iterdir()) == []
    machine = run(*arguments, "--json")
    assert (machine.code, machine.out) == (code, "")
    assert expected in json.loads(machine.err)["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "张江"),
        ("neighbours", "BP&C"),
        ("query",),
        ("query", "funds"),
        ("measure", "degree"),
        ("total", "loan"),
        ("identity", "candidates"),
        ("identity", "log"),
    ],
)
def test_tables_are_headed_in_the_language_asked_for(run: Run, arguments: tuple[str, ...]) -> None:
    def heads(lang: str) -> list[str]:
        lines = run(*arguments, "--lang", lang).out.splitlines()
        # Headings and remarks stand alone or are set in; heads stand beside each other.
        return next(line for line in lines if re.search(r"\S {2,}\S", line)).split()

    assert not re.search("[a-z]", " ".join(heads("zh")))
    assert re.search("[a-z]", " ".join(heads("en")))


def test_values_of_a_question_are_said_in_chinese_and_stay_codes_in_english(run: Run) -> None:
    asked = ("query", "partners", "entity=BP&C", "kind=Agreement")
    chinese, english = (run(*asked, "--lang", lang).out.splitlines()[1].split() for lang in ("zh", "en"))
    assert {"签署", "由它发出", "协议", "已签", "陈述", "当事方"} <= set(chinese)
    assert {"SIGNED", "out", "Agreement", "signed", "asserted", "party"} <= set(english)


def test_a_type_of_whatever_kind_is_said_in_chinese(run: Run) -> None:
    rows = run("query", "inventory", "kind=Institution", "type=大学", "--lang", "zh").out.splitlines()[1:]
    assert rows
    assert all("大学" in row.split() for row in rows)


def test_the_names_of_columns_in_a_query_of_ones_own_stay_as_they_are(run: Run) -> None:
    shown = run("cypher", "MATCH (f:Fund) RETURN f.status AS status LIMIT 1", "--lang", "zh").out
    assert shown.split()[0] == "status"


def test_an_ambiguous_name_lists_who_may_be_meant(run: Run) -> None:
    answer = run("show", "高新区")
    _one_sentence(answer, 1, "'高新区' may mean", "give the id")


def test_an_empty_store_is_said(run: Run) -> None:
    pg.open("embedded:empty.kgl").close()
    store = ("--store", "embedded:empty.kgl")
    for arguments in (
        ("stats",),
        ("search", "张江"),
        ("export", "all", "-o", "a.gexf"),
        ("serve", "--port", "0"),
    ):
        _one_sentence(run(*store, *arguments), 1, "store", "is empty")


def test_a_corrupt_store_is_said_and_left_as_it_is(run: Run) -> None:
    Path("bad.kgl").write_bytes(b"these are not the claims you are looking for" * 50)
    before = Path("bad.kgl").read_bytes()
    for arguments in (("stats",), ("load",), ("check", str(bundled()))):
        _one_sentence(run("--store", "embedded:bad.kgl", *arguments), 1, "store bad.kgl: is not a graph file")
    assert Path("bad.kgl").read_bytes() == before


def test_a_store_that_another_process_writes_is_locked_for_writing(run: Run, bundled_copy: str) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, parkgraph as pg; g = pg.open(sys.argv[1]); print('held', flush=True); input()",
            bundled_copy,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        for arguments in (("load",), ("retract", "source:tspp-forum-2017"), ("demo", "--no-serve")):
            answer = run("--store", bundled_copy, *arguments)
            _one_sentence(answer, 1, "another process is writing to it")
        assert run("--store", bundled_copy, "stats").code == 0
    finally:
        holder.communicate("\n", timeout=30)
    assert run("--store", bundled_copy, "load").code == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("extends: parkgraph\nkinds:\n  Zone: [", "own.yaml: line 3, column 10"),
        ("extends: parkgraph\nkinds:\n  zone: {table: zones, zh: 区, en: zone}\n", "own.yaml: kinds.zone"),
        (
            "extends: parkgraph\nrelations:\n  NEAR: {domain: [Moon], range: [Park], zh: 近, en: near}\n",
            "'Moon'",
        ),
        ("extends: other\n", "own.yaml: extends: 'other'"),
        ("just words", "own.yaml: expected a mapping"),
    ],
)
def test_a_broken_model_is_said_with_its_place(text: str, expected: str, run: Run) -> None:
    Path("own.yaml").write_text(text, encoding="utf-8")
    for arguments in (("stats",), ("check", str(bundled())), ("template",)):
        _one_sentence(run(*arguments, "--model", "own.yaml"), 1, expected)
    assert [path.name for path in Path.cwd().iterdir()] == ["own.yaml"]


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        (
            f'{CHENGDU},PARTNERS_WITH,park:22-barcelona,source:tspp-forum-2017,"char=1,99999999"',
            "locator",
            "is outside source:tspp-forum-2017",
        ),
        (f"{CHENGDU},MEMBER_OF,park:22-barcelona,source:parkgraph-register,", "object", "outside the range"),
        (f"{CHENGDU},LEADS,park:22-barcelona,source:parkgraph-register,", "subject", "outside the domain"),
        (f"{CHENGDU},LOVES,park:22-barcelona,source:parkgraph-register,", "relation", "no relation 'LOVES'"),
    ],
)
def test_a_claim_that_breaks_the_rules_is_refused_with_its_place(
    row: str, column: str, expected: str, run: Run, bundled_copy: str
) -> None:
    Path("relations.csv").write_text(f"subject,relation,object,source,locator\n{row}\n", encoding="utf-8")
    store = ("--store", bundled_copy)
    before = run(*store, "stats", "--json").json
    answer = run(*store, "load", "relations.csv")
    assert (answer.code, answer.out) == (1, "")
    finding, last = answer.err.splitlines()
    assert finding.startswith(f"relations.csv row 2, column {column}: ")
    assert expected in finding
    assert last == f"error: nothing was loaded: 1 row was refused; {finding}"
    assert run(*store, "stats", "--json").json == before


def test_a_port_in_use_is_said_before_anything_is_loaded(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _one_sentence(run("serve", "--port", port), 1, f"127.0.0.1 port {port}: Address already in use")
        answer = run("--store", "embedded:new.kgl", "demo", "--port", port)
        _one_sentence(answer, 1, f"cannot listen on 127.0.0.1 port {port}")
    assert list(Path.cwd().iterdir()) == []


def test_a_setting_that_cannot_be_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKGRAPH_API_KEY", "short")
    _one_sentence(run("serve"), 2, "setting PARKGRAPH_API_KEY: ", "at least 8 characters")


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "阿特兰蒂斯"),
        ("path", "张江", "武进"),
        ("query", "funds", "status=cancelled"),
    ],
)
def test_nothing_found_is_no_failure_unless_asked(arguments: tuple[str, ...], run: Run) -> None:
    assert run(*arguments).code == 0
    assert run(*arguments, "--fail-empty").code == 1
    machine = run(*arguments, "--fail-empty", "--json")
    assert machine.code == 1
    assert machine.json


def test_an_id_is_printed_as_it_is(run: Run) -> None:
    assert "'place:japan:star:[bold]'" in run("show", "place:japan:star:[bold]").err


def test_a_search_is_counted_by_kind_and_by_place_and_narrowed_by_both(run: Run) -> None:
    answer = run("search", "高新区", "--place", "四川", "--kind", "Park", "--facets")
    parks, kinds, places = answer.out.split("\n\n")
    assert "park:chengdu-hi-tech-zone" in parks
    assert "park:xian-hi-tech-zone" not in parks
    assert re.search(r"^Government +\S.* +1 *$", kinds, re.MULTILINE)
    assert "place:shaanxi" in places
    found = run("search", "高新区", "--place", "四川", "--kind", "Park", "--json").json
    assert (found["total"], found["next"], found["fuzzy"]) == (1, None, False)
    assert {"value": "Park", "zh": "园区", "en": "Park", "count": 1} in found["facets"]["kind"]


def test_a_search_says_what_is_near_and_what_the_filters_leave_out(run: Run) -> None:
    typo = run("search", "zhangjaing")
    assert "张江" in typo.out
    assert "no name matches 'zhangjaing'; these are near" in typo.err
    assert (
        "of this kind; there are 1 Agreement, 1 Park, 1 Place" in run("search", "张江", "--kind", "Fund").err
    )
    assert "there; there are 13 in place:china" in run("search", "高新区", "--place", "以色列").err
    _one_sentence(run("search", "张江", "--place", "亚特兰蒂斯"), 1, "there is no entity '亚特兰蒂斯'")


@pytest.mark.parametrize("word", ["\udcff", "", " ", "a" * 5000, "'; DROP", "%_*?", "\\", "[/]"])
def test_any_word_may_be_searched_for(word: str, run: Run) -> None:
    answer = run("search", word)
    assert answer.code in (0, 2), answer.err
    assert "Traceback" not in answer.err


def test_the_program_itself_exits_so_and_writes_there(start: Callable[..., subprocess.Popen[str]]) -> None:
    """The same through the installed program: code, stdout, stderr."""
    for arguments, code in ((("stats",), 0), (("show", "park:atlantis"), 1), (("query", "fonds"), 2)):
        process = start(*arguments)
        out, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert bool(out) == (code == 0)
        assert bool(err) == (code != 0)
        assert "Traceback" not in err
    module = subprocess.run(
        [sys.executable, "-m", "parkgraph", "--version"], capture_output=True, text=True, check=True
    )
    assert module.stdout == f"parkgraph {pg.__version__}\n"


def test_ctrl_c_is_quiet(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start("demo", "--port", "0")
    assert process.stdout is not None
    for line in process.stdout:
        if "ParkGraph is at" in line:
            break
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode in (0, 130)


# -- time and identity -------------------------------------------------------------------------------


def test_every_reading_command_takes_a_day_and_a_time(run: Run) -> None:
    zone = "兰白国家自主创新示范区"
    assert "国务院" in run("query", "approvals", f"entity={zone}", "--lang", "zh").out
    then = run("query", "approvals", f"entity={zone}", "--as-of", "2015-12-31", "--lang", "zh")
    assert "as_of=2015-12-31" in then.out
    assert run("stats", "--known-at", "2001-01-01", "--json").json["entities"] == 0
    whole = run("export", "all", "-o", "now.json", "--json").json["nodes"]
    assert run("export", "all", "-o", "then.json", "--as-of", "2016", "--json").json["nodes"] < whole
    assert run("neighbours", CHENGDU, "--as-of", "2016", "--certain", "--json").json["meta"]["certain"]
    shown = run("show", CHENGDU, "--as-of", "2018-02-01", "--lang", "zh").out
    assert "（可能）" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("stats", "--as-of", "soon"), "as_of: 'soon' is not a date"),
        (("stats", "--known-at", "once"), "known_at: 'once' is no time"),
        (("stats", "--certain"), "needs as_of"),
        (("retract", "source:tspp-forum-2017", "--as-of", "2018"), "for reading"),
        (("identity",), "Missing command"),
        (("identity", "judge", "a", "b", "maybe"), "unknown verdict 'maybe'"),
        (("identity", "merge", "a"), "expected the one that goes and the one that stays"),
        (("identity", "candidates", "--verdict", "perhaps"), "neither same nor related"),
    ],
)
def test_a_wrong_moment_or_judgement_is_a_sentence(
    run: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    answer = run(*arguments)
    assert answer.code == 2
    assert sentence in answer.err
    assert "Traceback" not in answer.err


def test_a_merge_is_logged_and_undone_without_a_trace(run: Run, bundled_copy: str) -> None:
    store = ("--store", bundled_copy)
    before = run("stats", "--json", *store).json["hash"]
    merged = run(
        "identity",
        "merge",
        "晋中开发区",
        "晋中经济开发区",
        "--by",
        "李老师",
        "--why",
        "同一开发区",
        "--json",
        *store,
    ).json
    assert run("show", merged["subject"], "--json", *store).json["entity"]["id"] == merged["object"]
    assert run("verify", "--json", *store).json["faults"] == []
    log = run("identity", "log", "晋中开发区", "--lang", "zh", *store).out
    assert "同一开发区" in log
    assert "李老师" in log
    refused = run("identity", "judge", "晋中开发区", "晋中经济开发区", "different", *store)
    assert (refused.code, merged["id"] in refused.err) == (1, True)
    assert run("identity", "undo", merged["id"], "--by", "王老师", "--why", "看错了", *store).code == 0
    assert run("stats", "--json", *store).json["hash"] == before
    logged = run("identity", "log", "--json", *store).json["items"]
    assert [j["undone_why"] for j in logged if j["id"] == merged["id"]] == ["王老师: 看错了"]
    split = run(
        "identity", "split", "白银高新区", "park:baiyin-other", "--source", "source:stdaily-2018-lanbai",
        "--name", "白银另一园区", "--by", "李老师", "--json", *store,
    )  # fmt: skip
    assert split.json["said_in"] == "source:stdaily-2018-lanbai"
    assert "白银另一园区" in run("show", "park:baiyin-other", "--lang", "zh", *store).out
    assert run("identity", "undo", split.json["id"], "--by", "李老师", *store).code == 0
    assert run("stats", "--json", *store).json["hash"] == before


def test_the_data_proposes_ties_but_no_two_of_it_as_one(run: Run) -> None:
    assert run("identity", "candidates", "--verdict", "same", "--json").json["items"] == []
    related = run("identity", "candidates", "--verdict", "related", "--json").json["items"]
    assert all(item["verdict"] == "related" and item["because"]["zh"] for item in related)
