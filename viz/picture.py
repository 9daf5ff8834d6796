"""Static pictures: the same subgraph as PNG or SVG, drawn like the page and always the same bytes."""

from __future__ import annotations

import threading
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path

from parkgraph.graph.errors import BadRequest
from parkgraph.graph.model import Model
from parkgraph.graph.subgraph import Edge, Subgraph
from parkgraph.viz import style, wording
from parkgraph.viz.layout import extent, positions

FORMATS = (".png", ".svg")

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Noto Serif CJK SC",
)

DPI = 150
_MARKERS = {
    "dot": "o",
    "diamond": "D",
    "star": "*",
    "triangle": "^",
    "triangleDown": "v",
    "hexagon": "h",
    "square": "s",
}
_settings = threading.Lock()
"""matplotlib's settings for a file are global; one file at a time sets them."""

Points = Mapping[str, tuple[float, float]]


def render_picture(sub: Subgraph, model: Model, path: str | FilePath, *, lang: str = "zh") -> None:
    """Write the picture; the suffix of `path`, `.png` or `.svg`, says the format.

    Raises BadRequest for another suffix. Warns where no font with Chinese is installed.
    """
    path = FilePath(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise BadRequest(f"{path.name}: a picture is written as {' or '.join(FORMATS)}")
    families = _families(sub, lang)
    settings: dict[str, Any] = {
        "font.family": families,
        "svg.fonttype": "none",
        "svg.hashsalt": "parkgraph",
        "axes.unicode_minus": False,
    }
    with _settings, matplotlib.rc_context(settings):  # type: ignore[arg-type]
        figure = _figure(sub, model, lang)
        FigureCanvasAgg(figure)
        blank = {"Date": None, "Creator": None} if suffix == ".svg" else {"Software": None}
        figure.savefig(path, format=suffix[1:], metadata=blank)


def _families(sub: Subgraph, lang: str) -> list[str]:
    installed = set(font_manager.get_font_names())
    chinese = [name for name in CHINESE_FONTS if name in installed]
    # A Chinese legend needs such a font even where no name does.
    if not chinese and (
        lang == "zh" or any("\u4e00" <= c <= "\u9fff" for n in sub.nodes for c in n.label(lang))
    ):
        warnings.warn(
            "no font with Chinese characters is installed, so they are drawn as boxes; "
            "install Noto Sans CJK SC (Debian: apt install fonts-noto-cjk)",
            stacklevel=3,
        )
    return [*chinese, "DejaVu Sans"]


def _figure(sub: Subgraph, model: Model, lang: str) -> Figure:
    points = positions(sub)
    wide, high = extent(points)
    margin = 130.0
    # Small subgraphs at full size; large ones shrink to a page on which hubs can be read.
    inches = (wide + 2 * margin) / 85, (high + 2 * margin) / 85
    shrink = min(1.0, 15 / max(inches))
    width, height = max(5.0, inches[0] * shrink), max(2.6, inches[1] * shrink)
    legend = _legend(sub, model, lang)
    figure = Figure(figsize=(width, height + 0.28 * len(legend) / max(1, width // 1.7) + 0.35), dpi=DPI)
    figure.set_facecolor("white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    if not sub.nodes:
        _note(axes, 0.5, _words("empty", lang))
        return figure
    xs, ys = zip(*points.values(), strict=True)
    # Units of the layout for one inch, the same both ways; the legend has the room below.
    unit = max((wide + 2 * margin) / width, (high + 2 * margin) / height)
    middle, top = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2 - height * unit / 2
    axes.set_xlim(middle - width * unit / 2, middle + width * unit / 2)
    axes.set_ylim(top + figure.get_figheight() * unit, top)
    # Points of print for one unit of the layout.
    point = 72 / unit
    radii = _draw_entities(axes, sub, model, points, point)
    _draw_facts(axes, sub, model, points, radii, point)
    _draw_names(axes, sub, points, radii, point, lang)
    if len(sub.edges) <= style.ALL_TIES_LABELLED:
        _draw_relations(axes, sub, model, points, lang)
    if sub.meta.get("none"):
        sentence = f"{_words('none', lang)}. " + next((r[lang] for r in sub.meta["none"]["reasons"]), "")
        _note(axes, 0.95, sentence)
    figure.legend(
        handles=legend,
        loc="lower center",
        ncols=max(1, int(width // 1.7)),
        frameon=False,
        fontsize=8,
        labelcolor=style.INK,
    )
    return figure


def _note(axes: Axes, height: float, sentence: str) -> None:
    axes.text(
        0.5, height, sentence, transform=axes.transAxes, ha="center", va="top", fontsize=9, wrap=True,
        color=style.INK, parse_math=False,
    )  # fmt: skip


def _draw_entities(axes: Axes, sub: Subgraph, model: Model, points: Points, point: float) -> dict[str, float]:
    """Draw the entities; gives the radius of each in units of the layout."""
    degree = style.degrees(sub)
    focus = set(sub.meta.get("focus", ()))
    radii = {
        node.id: max(style.node_size(degree[node.id], node.id in focus), 2.6 / point) for node in sub.nodes
    }
    groups: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for node in sub.nodes:
        groups[node.kind, node.id in focus].append(node.id)
    for (kind, focused), members in sorted(groups.items()):
        known = model.kinds.get(kind)
        axes.scatter(
            [points[i][0] for i in members],
            [points[i][1] for i in members],
            s=[(2 * radii[i] * point) ** 2 * 0.85 for i in members],
            c=known.colour if known else style.OTHER_KIND,
            marker=_MARKERS[known.shape if known else "dot"],
            edgecolors=style.FOCUS if focused else style.INK,
            linewidths=2.2 if focused else 0.7,
            zorder=3,
        )
    return radii


def _draw_facts(
    axes: Axes, sub: Subgraph, model: Model, points: Points, radii: Mapping[str, float], point: float
) -> None:
    """Lines by status and evidence, with the head of an arrow at the object."""
    bend = style.bends(sub)
    lines: dict[style.Line, list[tuple[Path, float, str]]] = defaultdict(list)
    heads: list[Any] = []
    head_colours: list[str] = []
    for edge in sub.edges:
        start, end = np.array(points[edge.subject]), np.array(points[edge.object])
        between = end - start
        length = float(np.hypot(*between))
        if not length:
            continue
        middle = _middle(start, end, bend[edge.id])
        colour = style.line_colour(edge)
        lines[style.line_of(edge.status, model)].append(
            (
                Path([start, 2 * middle - (start + end) / 2, end], [Path.MOVETO, Path.CURVE3, Path.CURVE3]),
                style.line_width(edge),
                colour,
            )
        )
        relation = model.relations.get(edge.relation)
        if relation is None or not relation.symmetric:
            into = end - (2 * middle - (start + end) / 2)
            into /= max(float(np.hypot(*into)), 1e-9)
            tip, size = end - into * radii[edge.object], max(9.0, 4 / point)
            side = np.array([-into[1], into[0]]) * size * 0.38
            heads.append([tip, tip - into * size + side, tip - into * size - side])
            head_colours.append(colour)
    thin = min(1.0, max(0.35, point * 1.2))
    for line, drawn in sorted(lines.items()):
        paths, widths, colours = zip(*drawn, strict=True)
        axes.add_collection(
            PathCollection(
                paths,
                facecolors="none",
                edgecolors=colours,
                linewidths=[width * thin * 0.8 for width in widths],
                linestyles=[_linestyle(line)],
                zorder=1,
            )
        )
    if heads:
        axes.add_collection(PolyCollection(heads, facecolors=head_colours, edgecolors="none", zorder=2))


def _middle(start: Any, end: Any, bend: float) -> Any:
    """The middle of a line that bends to its left by a part of its length."""
    between = end - start
    return (start + end) / 2 + np.array([between[1], -between[0]]) * bend * 0.5


def _draw_names(
    axes: Axes, sub: Subgraph, points: Points, radii: Mapping[str, float], point: float, lang: str
) -> None:
    """Each name where it covers none: below, above, right or left; in large subgraphs hubs only."""
    size = 8.0
    unit = size / point
    shown = style.labelled(sub, points, lang, unit)
    degree = style.degrees(sub)
    taken = style.Boxes(unit * 8)
    all_shown = len(shown) == len(sub)
    for node in sorted(sub.nodes, key=lambda n: (-degree[n.id], n.id)):
        if all_shown:
            x, y = points[node.id]
            taken.add(
                x - radii[node.id] * 0.7,
                y - radii[node.id] * 0.7,
                x + radii[node.id] * 0.7,
                y + radii[node.id] * 0.7,
            )
    for node in sorted(sub.nodes, key=lambda n: (-degree[n.id], n.id)):
        if node.id not in shown:
            continue
        lines = style.wrapped(node.label(lang), 14 * unit if all_shown else 30 * unit, unit)
        x, y = points[node.id]
        half = max(style.text_width(line, unit) for line in lines) / 2
        tall, gap = 1.3 * unit * len(lines), radii[node.id] + 0.3 * unit
        places = (
            (x, y + gap, "center", "top", (x - half, y + gap, x + half, y + gap + tall)),
            (x, y - gap, "center", "bottom", (x - half, y - gap - tall, x + half, y - gap)),
            (x + gap, y, "left", "center", (x + gap, y - tall / 2, x + gap + 2 * half, y + tall / 2)),
            (x - gap, y, "right", "center", (x - gap - 2 * half, y - tall / 2, x - gap, y + tall / 2)),
        )
        place = next((p for p in places if taken.add(*p[4])), places[0] if all_shown else None)
        if place is not None:
            x, y, across, along, _ = place
            _write(axes, x, y, "\n".join(lines), size, style.INK, across, along)


def _write(
    axes: Axes, x: float, y: float, text: str, size: float, colour: str, across: str, along: str
) -> None:
    """A text on a white ground, taken as it is: no dollar sign makes it a formula. (An outline would
    turn the letters of an SVG into shapes, which nobody can search or copy.)"""
    axes.text(
        x, y, text, fontsize=size, color=colour, ha=across, va=along, parse_math=False, linespacing=1.15,
        zorder=5, bbox={"facecolor": "white", "alpha": 0.72, "edgecolor": "none", "pad": 0.3},
    )  # fmt: skip


def _draw_relations(axes: Axes, sub: Subgraph, model: Model, points: Points, lang: str) -> None:
    bend = style.bends(sub)
    for edge in sub.edges:
        x, y = _middle(np.array(points[edge.subject]), np.array(points[edge.object]), bend[edge.id])
        _write(axes, x, y, wording.said(_relation(edge, model), lang), 6.5, "#44515f", "center", "center")


def _legend(sub: Subgraph, model: Model, lang: str) -> list[Line2D]:
    kinds = Counter(node.kind for node in sub.nodes)
    handles = [
        Line2D(
            [], [], linestyle="none", marker=_MARKERS[kind.shape], markersize=6, markeredgewidth=0.7,
            markerfacecolor=kind.colour, markeredgecolor=style.INK, label=f"{kind.label(lang)} {kinds[name]}",
        )
        for name, kind in model.kinds.items()
        if kinds[name]
    ]  # fmt: skip
    drawn: dict[style.Line, list[str]] = defaultdict(list)
    for status in sorted({e.status for e in sub.edges}, key=lambda s: (model.status_rank(s), s or "")):
        known = model.statuses.get(status or "")
        name = known.label(lang) if known else status or _words("not_stated", lang)
        drawn[style.line_of(status, model)].append(name)
    for line in style.DASHES:
        if line in drawn:
            look = _linestyle(line)
            handles.append(
                Line2D(
                    [], [], color=style.STATED, linewidth=1.2, linestyle=look, label=" / ".join(drawn[line])
                )
            )
    if any(edge.inferred for edge in sub.edges):
        handles.append(Line2D([], [], color=style.INFERRED, linewidth=1.2, label=_words("inferred", lang)))
    return handles


def _linestyle(line: style.Line) -> Any:
    """The dashes of a line as matplotlib takes them: in multiples of its width."""
    dashes = tuple(d / 2.2 for d in style.DASHES[line])
    return (0, dashes) if dashes else "solid"


def _relation(edge: Edge, model: Model) -> wording.Text:
    return wording.label(model.relations.get(edge.relation), edge.relation)


def _words(key: str, lang: str) -> str:
    return wording.PAGE[key][0 if lang == "zh" else 1]
