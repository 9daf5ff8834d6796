"""The scripts and styles a page is served with: ours, and those inside installed packages.

Nothing of others is copied into this repository, and nothing comes from another host.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import fastapi_swagger
import pyvis


@cache
def vendor_files() -> dict[str, Path]:
    """Name under `/static/vendor/` to the file in the installed package."""
    vis = Path(pyvis.__file__).parent / "lib" / "vis-9.1.2"
    swagger = Path(fastapi_swagger.__file__).parent / "resources"
    files = {
        "vis-network.min.js": vis / "vis-network.min.js",
        "swagger-ui-bundle.js": swagger / "swagger-ui-bundle.js",
        "swagger-ui.css": swagger / "swagger-ui.css",
    }
    missing = [str(path) for path in files.values() if not path.is_file()]
    if missing:
        raise FileNotFoundError(f"missing: {', '.join(missing)}; reinstall pyvis and fastapi-swagger")
    return files


def static_folder() -> Path:
    """The folder of our own scripts and styles, served under `/static/viz/`."""
    return Path(__file__).parent / "static"


def template_folder() -> Path:
    return Path(__file__).parent / "templates"
