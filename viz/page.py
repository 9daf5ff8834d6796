"""The network page: a picture of a subgraph, its facts in a table, and the proof of each.

`view_model` is the whole content as plain data, in both languages; `render_page` puts it into one page
through pyvis. Whatever comes from data stays data: it travels as JSON and reaches the page as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from pyvis.network import Network

from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.model import Model, Property
from parkgraph.graph.subgraph import Edge, Node, Subgraph
from parkgraph.viz import style, wording
from parkgraph.viz.assets import static_folder, template_folder, vendor_files
from parkgraph.viz.layout import extent, positions, runs_left_to_right

PICTURE_WIDTH = 640
"""About the width in pixels a picture first has: names are sized to be read at it."""

LEAST_RADIUS = 3.4
"""No entity is first drawn smaller than this, in pixels."""

NAME_WIDTH, NAME_SIZE = 150, 15
"""Of the names of a small network: how wide their lines may be, and how high their letters are."""

IN_FOCUS = " in focus"
"""Marks the drawing group of entities in focus. A colour of a single node would be lost with the first
update, because vis-network then takes its group's."""

_NAMES = frozenset(("name_zh", "name_en"))


def view_model(
    sub: Subgraph, model: Model, lang: str = "zh", *, quotes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The content of a page: `nodes`, `edges` (how facts are drawn), `facts` (what they say, with
    claims), `sources`, `legend`, `notices`, `none` (why there is no path) and `texts`.

    `quotes` gives the words of a claim by its id, where the source's text is at hand.
    """
    points = positions(sub)
    degree = style.degrees(sub)
    focus = set(sub.meta.get("focus", ()))
    none = sub.meta.get("none")
    few = len(sub) <= style.ALL_LABELLED
    return {
        "lang": lang,
        "languages": dict(model.languages),
        "selection": str(sub.meta.get("selection", "")),
        "version": sub.meta.get("version"),
        "focus": list(sub.meta.get("focus", ())),
        "flow": runs_left_to_right(sub),
        "few": few,
        "nodes": [
            _node(node, model, points[node.id], degree[node.id], node.id in focus, quotes or {})
            | (_parted_name(node) if few else {})
            for node in sub.nodes
        ],
        "edges": [_drawn(edge, model, bend) for edge, bend in _with_bends(sub)],
        "facts": [_fact(edge, model, quotes or {}) for edge in sub.edges],
        "sources": {source.id: _source(source) for source in sub.sources.values()},
        "legend": _legend(sub, model),
        "notices": [wording.what_was_cut(str(sub.meta["truncated"]))] if sub.meta.get("truncated") else [],
        "none": list(none["reasons"]) if none else None,
        "texts": wording.texts(),
    }


def _node(
    node: Node,
    model: Model,
    point: tuple[float, float],
    degree: int,
    focused: bool,
    quotes: Mapping[str, str],
) -> dict[str, Any]:
    declared = model.properties_of(node.kind) if node.kind in model.kinds else {}
    return {
        "id": node.id,
        "kind": node.kind,
        "kind_label": wording.label(model.kinds.get(node.kind), node.kind),
        "name": wording.both(node.label("zh"), node.label("en")),
        "names": {key: str(node.properties[key]) for key in sorted(_NAMES) if node.properties.get(key)},
        "x": point[0],
        "y": point[1],
        "size": style.node_size(degree, focused),
        "focus": focused,
        "properties": wording.rows(node.properties, declared, model, skip=_NAMES),
        "claims": [_property_claim(claim, model, declared, quotes) for claim in node.claims],
    }


def _parted_name(node: Node) -> dict[str, Any]:
    """What is drawn in place of a name with a word that is too long for a line, which would be broken
    anywhere."""
    names = [node.label(lang) for lang in ("zh", "en")]
    lines = [style.parted(name, NAME_WIDTH, NAME_SIZE) for name in names]
    return {"lines": wording.both(*lines)} if lines != names else {}


def _property_claim(
    claim: Claim, model: Model, declared: Mapping[str, Property], quotes: Mapping[str, str]
) -> dict[str, Any]:
    """A claim about a property: what it says stands as its only figure."""
    name = claim.property or ""
    if name == "kind":
        says = wording.both(*wording.PAGE["kind"]), wording.label(model.kinds.get(str(claim.value)), name)
    else:
        prop = declared.get(name)
        says = wording.label(prop, name), wording.value_in_words(prop, claim.value, model)
    said = _claim(claim, model, declared, quotes.get(claim.id))
    return said | {"figures": [{"label": says[0], "value": says[1]}]}


def _with_bends(sub: Subgraph) -> list[tuple[Edge, float]]:
    bend = style.bends(sub)
    return [(edge, bend[edge.id]) for edge in sub.edges]


def _drawn(edge: Edge, model: Model, bend: float) -> dict[str, Any]:
    relation = model.relations.get(edge.relation)
    return {
        "id": edge.id,
        "from": edge.subject,
        "to": edge.object,
        "label": wording.label(relation, edge.relation),
        "line": style.line_of(edge.status, model),
        "colour": style.line_colour(edge),
        "width": style.line_width(edge),
        "bend": bend,
        "symmetric": bool(relation and relation.symmetric),
    }


def _fact(edge: Edge, model: Model, quotes: Mapping[str, str]) -> dict[str, Any]:
    stored = edge.properties
    declared = model.relation_properties(edge.relation) if edge.relation in model.relations else {}
    return {
        "id": edge.id,
        "subject": edge.subject,
        "object": edge.object,
        "relation": wording.label(model.relations.get(edge.relation), edge.relation),
        "status": edge.status,
        "status_label": wording.label(model.statuses.get(edge.status or ""), edge.status or ""),
        "line": style.line_of(edge.status, model),
        "since": stored.get("valid_from"),
        "until": stored.get("valid_to"),
        "as_of": stored.get("as_of"),
        "inferred": edge.inferred,
        "contested": bool(stored.get("contested")),
        "figures": wording.rows(stored, declared, model),
        "sources": list(dict.fromkeys(claim.source for claim in edge.claims)),
        "claims": [_claim(claim, model, declared, quotes.get(claim.id)) for claim in edge.claims],
    }


def _claim(claim: Claim, model: Model, declared: Mapping[str, Any], quote: str | None) -> dict[str, Any]:
    said = {
        "id": claim.id,
        "source": claim.source,
        "status": wording.label(model.statuses.get(claim.status or ""), claim.status or ""),
        "modality": wording.label(model.modalities.get(claim.modality), claim.modality)
        if claim.modality != "asserted"
        else "",
        "since": claim.valid_from,
        "until": claim.valid_to,
        "as_of": claim.as_of,
        "locator": claim.locator,
        "context": claim.context,
        "inferred": claim.inferred,
        "basis": claim.basis,
        "confidence": claim.confidence if claim.confidence != 1.0 else None,
        "note": claim.note,
        "figures": wording.rows(claim.attributes, declared, model),
        "quote": quote,
    }
    return {key: value for key, value in said.items() if value not in (None, "", [], False)}


def _source(source: Source) -> dict[str, Any]:
    shown = ("name", "publisher", "published", "published_inferred", "lang", "url", "note")
    return {key: value for key, value in source.to_dict().items() if key in shown}


def _legend(sub: Subgraph, model: Model) -> dict[str, Any]:
    kinds = Counter(node.kind for node in sub.nodes)
    statuses = Counter(edge.status for edge in sub.edges)
    inferred = sum(edge.inferred for edge in sub.edges)
    order = {name: i for i, name in enumerate([*model.statuses, None])}
    return {
        "kinds": [
            {
                "kind": name,
                "label": wording.label(kind, name),
                "colour": kind.colour,
                "shape": kind.shape,
                "count": kinds[name],
            }
            for name, kind in model.kinds.items()
            if kinds[name]
        ]
        + [
            {"kind": name, "label": name, "colour": style.OTHER_KIND, "shape": "dot", "count": kinds[name]}
            for name in sorted(kinds)
            if name not in model.kinds
        ],
        "statuses": [
            {
                "status": status or "",
                "label": wording.label(model.statuses.get(status), status)
                if status
                else wording.both(*wording.PAGE["not_stated"]),
                "line": style.line_of(status, model),
                "count": statuses[status],
            }
            for status in sorted(statuses, key=lambda s: order.get(s, len(order)))
        ],
        "inferred": inferred,
        "colours": {"stated": style.STATED, "inferred": style.INFERRED},
        "dashes": {name: list(dashes) for name, dashes in style.DASHES.items()},
    }


def render_page(
    sub: Subgraph,
    model: Model,
    *,
    lang: str = "zh",
    self_contained: bool = False,
    static: str = "/static",
    quotes: Mapping[str, str] | None = None,
) -> str:
    """The page as HTML, first in `lang`, with a switch to the other language.

    Scripts and styles come from `{static}/vendor/` and `{static}/viz/`; with `self_contained` they are
    inside the page, which then carries a policy that admits exactly these by their hashes.
    """
    view = view_model(sub, model, lang, quotes=quotes)
    net = _network(sub, view)
    parts = _parts() if self_contained else None
    net.templateEnv.globals.update(
        view=view, parts=parts, static=static.rstrip("/"), texts=view["texts"][lang]
    )
    net.path = "view.html"
    return str(net.generate_html("view.html"))


LABEL_WIDTH, LABEL_HEIGHT = 70, 16
"""About how much room the label of a line takes, in the units of the drawing."""


def _network(sub: Subgraph, view: Mapping[str, Any]) -> Network:
    """The drawing as pyvis holds it. Its lists are filled directly: `add_node` and `add_edge` search
    all that is there for every single one."""
    lang = view["lang"]
    net = Network(directed=True)
    net.templateEnv = Environment(loader=FileSystemLoader(template_folder()), autoescape=True)
    net.templateEnv.filters["script_json"] = _script_json
    points = {node["id"]: (node["x"], node["y"]) for node in view["nodes"]}
    width, height = extent(points)
    # One unit is drawn this small when the whole is shown; names of hubs grow against it.
    scale = min(1.0, PICTURE_WIDTH / max(width, height * 1.2, 1.0))
    larger = max(1.0, LEAST_RADIUS / scale / style.node_size(1, False))
    at_first = style.labelled(sub, points, lang, NAME_SIZE / scale)
    name_size = NAME_SIZE if view["few"] else round(min(14 / scale, 160))
    # What is drawn last lies on top: the entities whose names are shown.
    net.nodes = [
        _vis_node(node, lang, larger, name_size if node["id"] in at_first else None)
        for node in sorted(view["nodes"], key=lambda node: node["id"] in at_first)
    ]
    net.edges = [_vis_edge(edge, lang, larger) for edge in view["edges"]]
    if len(net.edges) <= style.ALL_TIES_LABELLED:
        _part_labels(net.edges, points)
    net.options = _options(view)
    return net


def _vis_node(node: Mapping[str, Any], lang: str, larger: float, name_size: int | None) -> dict[str, Any]:
    drawn = {
        "id": node["id"],
        "label": wording.said(node.get("lines", node["name"]), lang),
        "group": f"{node['kind']}{IN_FOCUS}" if node["focus"] else node["kind"],
        "x": node["x"],
        "y": node["y"],
        "size": round(node["size"] * larger, 1),
    }
    if name_size is not None:
        drawn["font"] = {"size": name_size, "strokeWidth": round(name_size * 0.3)}
        # A name is drawn from the nearness at which its letters reach this many pixels.
        drawn["scaling"] = {"label": {"drawThreshold": 2}}
    return drawn


def _vis_edge(edge: Mapping[str, Any], lang: str, larger: float) -> dict[str, Any]:
    drawn = {
        "id": edge["id"],
        "from": edge["from"],
        "to": edge["to"],
        "label": wording.said(edge["label"], lang),
        "width": round(edge["width"] * larger, 2),
        "color": edge["colour"],
    }
    if style.DASHES[edge["line"]]:
        drawn["dashes"] = list(style.DASHES[edge["line"]])
    if edge["symmetric"]:
        drawn["arrows"] = ""
    if edge["bend"]:
        way = "curvedCCW" if edge["bend"] > 0 else "curvedCW"
        drawn["smooth"] = {"enabled": True, "type": way, "roundness": abs(edge["bend"])}
    return drawn


def _part_labels(edges: list[dict[str, Any]], points: Mapping[str, tuple[float, float]]) -> None:
    """Lines that cross in their middles would print their labels on one spot; move the later one down."""
    taken: list[tuple[float, float]] = []
    for edge in edges:
        if "smooth" in edge:
            continue
        (x1, y1), (x2, y2) = points[edge["from"]], points[edge["to"]]
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        moved = 0
        while any(abs(x - a) < LABEL_WIDTH and abs(y + moved - b) < LABEL_HEIGHT for a, b in taken):
            moved += LABEL_HEIGHT
        taken.append((x, y + moved))
        if moved:
            edge["font"] = {"vadjust": moved}


def _options(view: Mapping[str, Any]) -> dict[str, Any]:
    few = bool(view["few"])
    few_ties = len(view["edges"]) <= style.ALL_TIES_LABELLED
    font = {
        "color": style.INK,
        "face": "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif",
    }
    return {
        "autoResize": True,
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False, "randomSeed": 7},
        "interaction": {
            "hover": True,
            "tooltipDelay": 150,
            "hideEdgesOnDrag": len(view["edges"]) > 800,
            "keyboard": {"enabled": True, "bindToWindow": False},
        },
        "nodes": {
            "borderWidth": 1.5,
            "labelHighlightBold": False,
            **({"widthConstraint": {"maximum": NAME_WIDTH}} if few else {}),
            "font": {**font, "size": NAME_SIZE, "strokeWidth": 4, "strokeColor": "#ffffff"},
            "scaling": {"label": {"drawThreshold": 4 if few else 11, "maxVisible": 17}},
        },
        "edges": {
            "arrows": {"to": {"enabled": True, "scaleFactor": 0.55}},
            "smooth": {"enabled": False, "type": "continuous", "roundness": 0},
            "selectionWidth": 2,
            "hoverWidth": 1,
            "font": {
                **font,
                "size": 12,
                "color": "#44515f",
                "strokeWidth": 3,
                "strokeColor": "#ffffff",
                "align": "horizontal",
            },
            "scaling": {"label": {"drawThreshold": 4 if few_ties else 11, "maxVisible": 14}},
            "color": {"inherit": False},
        },
        "groups": {
            "useDefaultGroups": False,
            **{
                f"{kind['kind']}{suffix}": _vis_group(kind, focused=bool(suffix))
                for kind in view["legend"]["kinds"]
                for suffix in ("", IN_FOCUS)
            },
        },
    }


def _vis_group(kind: Mapping[str, Any], *, focused: bool) -> dict[str, Any]:
    fill, pointed = kind["colour"], "#b00020"
    return {
        "shape": kind["shape"],
        "borderWidth": 4 if focused else 1.5,
        "color": {
            "background": fill,
            "border": style.FOCUS if focused else style.INK,
            "highlight": {"background": fill, "border": pointed},
            "hover": {"background": fill, "border": pointed},
        },
    }


def _script_json(value: Any) -> Markup:
    """JSON that may stand inside a script element: nothing in it can end or open one."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - see above


def _parts() -> dict[str, Any]:
    """The scripts and styles of a page in one file, and the policy that admits only these."""
    scripts = [
        _inline(path.read_text(encoding="utf-8"))
        for path in (vendor_files()["vis-network.min.js"], static_folder() / "view.js")
    ]
    styles = [_inline((static_folder() / "view.css").read_text(encoding="utf-8"))]
    policy = (
        "default-src 'none'; "
        f"script-src {' '.join(map(_hash, scripts))}; style-src {' '.join(map(_hash, styles))}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return {"scripts": [Markup(s) for s in scripts], "styles": [Markup(s) for s in styles], "policy": policy}  # noqa: S704 - our own files


def _inline(code: str) -> str:
    """Code as a browser reads it back: one kind of line end; refused if it could end its element."""
    code = code.replace("\r\n", "\n").replace("\r", "\n")
    if "</script" in code.lower() or "</style" in code.lower():
        raise ValueError("a script or style that holds its own end tag cannot stand inside a page")
    return code


def _hash(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
