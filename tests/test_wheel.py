"""The wheel holds what is tracked: every module, query, template, table and static file."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Two processes would build in the same folder.
pytestmark = pytest.mark.xdist_group("wheel")
FOLDERS = ("graph", "queries", "ingest", "viz", "export", "api", "data")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    out = tmp_path_factory.mktemp("wheel")
    shutil.rmtree(ROOT / "build", ignore_errors=True)  # what an older build left would get in
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-2000:]
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}


def test_the_wheel_holds_exactly_the_files_of_the_folders(wheel_names: set[str]) -> None:
    expected = {
        f"parkgraph/{path.relative_to(ROOT).as_posix()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected |= {f"parkgraph/{path.name}" for path in (ROOT / "parkgraph").iterdir() if path.is_file()}
    assert wheel_names == expected


def test_what_the_product_needs_is_in_the_wheel(wheel_names: set[str]) -> None:
    for name in (
        "graph/model.yaml",
        "queries/funds.cypher",
        "data/datapackage.json",
        "data/relations.csv",
        "api/templates/explorer.html",
        "queries/words_zh.yaml",
        "viz/templates/view.html",
        "py.typed",
    ):
        assert f"parkgraph/{name}" in wheel_names
