"""What is written is true: reference pages are fresh, examples run, names in the README exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import parkgraph as pg
from parkgraph.cli import main
from parkgraph.graph.model import default_model
from parkgraph.queries.library import library
from parkgraph.reference import reference

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = Path(sys.executable).parent / "parkgraph"


@pytest.mark.parametrize("name", ["model.md", "commands.md", "http.md", "queries.md", "measures.md"])
def test_the_reference_pages_are_as_the_product_makes_them(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == reference(default_model())[name], "run: make docs"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_readme_has_the_two_commands_and_a_picture_of_the_real_page() -> None:
    assert "make demo" in README
    assert "make test" in README
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / picture).stat().st_size > 20_000, picture


def test_the_readmes_python_runs(bundled_copy: str, tmp_path: Path) -> None:
    (code,) = blocks("python")
    code = code.replace('pg.open("embedded:parkgraph.kgl")', f"pg.open({bundled_copy!r})")
    assert bundled_copy in code
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "成都高新技术产业开发区" in done.stdout
    assert list(tmp_path.glob("*.gexf"))


def test_the_readmes_commands_run(bundled_copy: str, tmp_path: Path) -> None:
    lines = [
        line.split("#", 1)[0].strip()
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith("parkgraph ")
    ]
    assert len(lines) >= 5
    own = {key: value for key, value in os.environ.items() if not key.startswith("PARKGRAPH_")}
    environment = {**own, "PARKGRAPH_STORE": bundled_copy, "PARKGRAPH_LANG": "zh"}
    for line in lines:
        words = shlex.split(line)
        if words[1] in ("serve", "demo"):
            words = [*words[:2], "--help"]
        done = subprocess.run(
            [str(COMMAND), *words[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, (line, done.stderr)


def test_the_tables_of_the_guide_load_beside_the_bundled_dataset(bundled_copy: str, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    tables = re.findall(r"`(\w+\.csv)`: .*?```csv\n(.*?)```", guide, re.DOTALL)
    assert [name for name, _ in tables] == ["sources.csv", "parks.csv", "agreements.csv", "relations.csv"]
    for name, text in tables:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pg.open(bundled_copy) as graph:
        before = graph.stats()["hash"]
        graph.load(tmp_path)
        (path,) = graph.paths("河畔科技园", "湖滨科技园", k=1).paths
        assert path[0].end.label("zh") == "河湖合作备忘录"
        assert graph.paths("河畔园", "成都高新区").weakest == ("negotiating",)
        graph.retract("source:my-notes")
        assert graph.stats()["hash"] == before


def shown_commands(page: str) -> list[tuple[str, str, str]]:
    """The page, each command of its console blocks, and what the page shows that it prints."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [
        (page, command, shown)
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]


@pytest.mark.parametrize(
    ("page", "command", "shown"),
    [
        *shown_commands("ten-minutes.md"),
        *shown_commands("ten-minutes.zh.md"),
        *shown_commands("search.md"),
    ],
)
def test_the_ten_minutes_and_the_page_on_search_show_what_their_commands_print(
    page: str, command: str, shown: str, bundled_file: Path
) -> None:
    prints(command, shown, f"embedded:{bundled_file}", "zh" if page.endswith(".zh.md") else "en")


def test_the_page_on_time_and_identity_shows_what_its_commands_print_one_after_another(
    bundled_copy: str,
) -> None:
    commands = shown_commands("time-and-identity.md")
    assert len(commands) >= 8
    for _, command, shown in commands:
        prints(command, shown, bundled_copy, "en")


MENDED = {
    "中土": "中国",
    "超级": "省级",
    "2019年13月": "2019年12月",
    "2021-2019": "2019-2021",
    "若干": "约3",
    "谈崩了": "取消",
    "浙001": "G331005",
    "\u200b": "",
    ",G331006": "滩涂科技园,G331006",
    "多一格": "",
}


@pytest.mark.parametrize(("page", "lang"), [("loading.md", "en"), ("loading.zh.md", "zh")])
def test_the_page_on_loading_goes_from_a_faulty_file_to_a_loaded_one_and_back(
    page: str, lang: str, bundled_copy: str, tmp_path: Path
) -> None:
    with pg.open(bundled_copy, readonly=True) as graph:
        before = graph.stats()["hash"]
    shutil.copy(ROOT / "docs" / "examples" / "园区合作.csv", tmp_path)
    commands = shown_commands(page)
    assert [command for _, command, _ in commands] == [c for _, c, _ in shown_commands("loading.md")]
    for _, command, shown in commands:
        prints(command, shown, bundled_copy, lang, folder=tmp_path)
        refused, mended = tmp_path / "refused.csv", tmp_path / "mended.csv"
        if refused.exists() and not mended.exists():
            text = refused.read_text(encoding="utf-8-sig")
            for wrong, right in MENDED.items():
                assert wrong in text
                text = text.replace(wrong, right)
            mended.write_text(text, encoding="utf-8-sig", newline="")
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (shown_mapping,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    written = (tmp_path / "cooperation.yaml").read_text(encoding="utf-8")
    assert written.split("\n", 1)[1] == shown_mapping
    with pg.open(bundled_copy, readonly=True) as graph:
        assert graph.stats()["hash"] == before


STORIES = ("stories.md", "stories.zh.md")


@pytest.mark.parametrize(
    ("page", "command", "shown"), [case for page in STORIES for case in shown_commands(page)]
)
def test_the_stories_show_what_their_commands_print(
    page: str,
    command: str,
    shown: str,
    bundled_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In this process, for they are many; a refusal, which prints nothing else, by its sentence."""
    for variable in [name for name in os.environ if name.startswith("PARKGRAPH_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PARKGRAPH_STORE", f"embedded:{bundled_file}")
    monkeypatch.setenv("PARKGRAPH_LANG", "zh" if page.endswith(".zh.md") else "en")
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main()
    printed, complained = capsys.readouterr()
    refused = shown.startswith("error: ")
    assert left.value.code in ((1, 2) if refused else (None, 0)), complained
    compares(command, complained if refused else printed, shown)
    named = re.search(r" -o (\S+)\.(\w+)$", command)
    assert {file.name for file in tmp_path.iterdir()} == (
        set()
        if named is None
        else {f"{named[1]}.nodes.csv", f"{named[1]}.edges.csv"}
        if named[2] == "csv"
        else {f"{named[1]}.{named[2]}"}
    )


def test_the_stories_are_the_same_in_both_languages_and_have_readable_pictures() -> None:
    english, chinese = ([command for _, command, _ in shown_commands(page)] for page in STORIES)
    assert english == chinese
    assert len(english) >= 25
    for page in STORIES:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
        assert pictures == [f"pictures/story-{number}.png" for number in (1, 2, 3)]
        for picture in pictures:
            assert 20_000 < (ROOT / "docs" / picture).stat().st_size < 150_000, picture
        headings = [heading.lower() for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)]
        anchors = [re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings]
        assert re.findall(r"\]\(#([^)]+)\)", text) == anchors


def prints(command: str, shown: str, store: str, lang: str, *, folder: Path | None = None) -> None:
    """Run a command and hold what it prints to what a page shows; in a folder also what goes to stderr."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("PARKGRAPH_")}
    done = subprocess.run(
        [str(COMMAND), *shlex.split(command)[1:]],
        env={**own, "PARKGRAPH_STORE": store, "PARKGRAPH_LANG": lang},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if folder is None else subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in ((0,) if folder is None else (0, 1)), done.stderr or done.stdout
    compares(command, done.stdout, shown)


def compares(command: str, printed: str, shown: str) -> None:
    """Hold what was printed to what a page shows."""
    # Tables are as wide as their cells, so runs of spaces count as one; … stands for anything.
    got, expected = (re.sub(r" *\n *", "\n", re.sub(" +", " ", text)) for text in (printed, shown))
    pattern = re.escape(expected).replace("…", ".*?")
    assert re.fullmatch(pattern, got, re.DOTALL), f"{command} prints\n{printed}"


def test_the_ten_minutes_teach_in_both_languages_by_the_same_commands() -> None:
    english, chinese = (
        [command for _, command, _ in shown_commands(page)]
        for page in ("ten-minutes.md", "ten-minutes.zh.md")
    )
    assert english == chinese
    assert len(english) >= 8


def test_every_document_that_is_linked_exists() -> None:
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    for page in [*pages, *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_every_query_is_documented_in_both_languages() -> None:
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    for query in library().values():
        assert f"## {query.name}\n" in text
        assert re.search(r"[一-鿿]", query.summary_zh)


def test_nothing_tracked_names_a_registry_or_a_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout, so what is tracked cannot be listed")
    forbidden = re.compile(
        r"pypi\.org/simple|files\.pythonhosted|repo1?\.maven|registry\.npmjs|" + "/(?:work|root|home)/[a-z]"
    )
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if name and path.is_file() and path.suffix not in (".png", ".kgl") and not path.is_symlink():
            found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, (name, found)


def test_constraints_are_exact_and_complete() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
    assert len(lines) > 50
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line), line
