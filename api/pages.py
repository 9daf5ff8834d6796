"""The pages: the explorer, loading, network views, API docs, and the static files they load. All of it comes
from installed packages or from our own files; a strict Content-Security-Policy keeps it so.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader

from parkgraph.api.responses import preferred_language
from parkgraph.api.routes import G
from parkgraph.graph.errors import NotFound
from parkgraph.queries.wording import names_in_chinese
from parkgraph.viz.assets import static_folder, vendor_files
from parkgraph.viz.page import render_page

_HERE = Path(__file__).resolve().parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
)
POLICY = _POLICY.format(styles="")
# Swagger UI sets styles from its scripts.
POLICY_WITH_STYLES = _POLICY.format(styles=" 'unsafe-inline'")

router = APIRouter(include_in_schema=False)
Language = Literal["zh", "en"]


@cache
def templates() -> Environment:
    return Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)


def language_of(request: Request, lang: Language | None) -> Language:
    """The language that a page is in: the one that was chosen, else the one that the browser prefers."""
    return lang if lang is not None else preferred_language(request)


def page(text: str, policy: str = POLICY, *, status: int = 200) -> HTMLResponse:
    """A page with the policy that keeps everything else out of it."""
    return HTMLResponse(text, status, headers={"Content-Security-Policy": policy})


@router.get("/")
def explorer(request: Request, lang: Language | None = None) -> Response:
    template = templates().get_template("explorer.html")
    return page(
        template.render(
            lang=language_of(request, lang),
            version=request.app.version,
            static="/static",
            names=names_in_chinese(),
        )
    )


@router.get("/load")
def load(request: Request, lang: Language | None = None) -> Response:
    """The page on which files are loaded; its script asks whether the server takes any."""
    template = templates().get_template("load.html")
    return page(
        template.render(
            lang=language_of(request, lang),
            version=request.app.version,
            static="/static",
            most=request.app.state.max_upload,
        )
    )


@router.get("/favicon.ico")
def icon() -> Response:
    """No icon; browsers ask for one without being told to."""
    return Response(status_code=204)


@router.get("/docs")
def docs(request: Request) -> Response:
    return page(
        templates().get_template("docs.html").render(version=request.app.version, static="/static"),
        POLICY_WITH_STYLES,
    )


@router.get("/view/{selection:path}")
def view(
    graph: G,
    request: Request,
    selection: Annotated[str, InPath()],
    lang: Annotated[Language | None, Query()] = None,
) -> Response:
    """A network view. The selection's own parameters may stand in the address beside `lang`."""
    given = request.query_params
    rest = "&".join(f"{quote(key)}={quote(','.join(given.getlist(key)))}" for key in given if key != "lang")
    sub = graph.subgraph(f"{selection}{'&' if '?' in selection else '?'}{rest}" if rest else selection)
    return page(render_page(sub, graph.model, lang=language_of(request, lang), quotes=graph.quotes(sub)))


@router.get("/static/{group}/{name}")
def static(group: str, name: str) -> Response:
    if group == "vendor":
        file = vendor_files().get(name)
    else:
        folder = {"viz": static_folder(), "explorer": _HERE / "static"}.get(group)
        file = {f.name: f for f in folder.iterdir() if f.is_file()}.get(name) if folder is not None else None
    if file is None:
        raise NotFound(f"there is no file {group}/{name}")
    return FileResponse(file, headers={"Cache-Control": "no-cache"})
