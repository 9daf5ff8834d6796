"""The dataset that ships with ParkGraph: the facts of five texts, as a Data Package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from parkgraph.graph.errors import NotFound


def bundled() -> Path:
    """The folder of the bundled Data Package."""
    folder = Path(str(files("parkgraph").joinpath("data")))
    if not (folder / "datapackage.json").is_file():
        raise NotFound(f"{folder}: the bundled dataset is missing from this installation")
    return folder
