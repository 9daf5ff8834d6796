"""How a fact and an entity are drawn, the same in a page and in a picture: lines by status, widths by
evidence, sizes by ties, and which names are shown where not all have room.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Literal

from parkgraph.graph.model import Model
from parkgraph.graph.subgraph import Edge, Subgraph

Line = Literal["solid", "dashed", "dotted", "ended"]

DASHES: Mapping[Line, tuple[float, ...]] = {
    "solid": (),
    "dashed": (9.0, 5.0),
    "dotted": (2.0, 4.0),
    "ended": (12.0, 4.0, 2.0, 4.0),
}
"""On and off along a line, in pixels."""

INK = "#1d2733"
STATED = "#3d4f63"
INFERRED = "#868f98"
"""At least 3:1 against white, as WCAG asks of graphics; text is `INK`."""

OTHER_KIND = "#999999"
"""The colour of a kind that the model does not know."""

FOCUS = "#a34700"
"""The outline of what a selection is about."""

ALL_LABELLED = 60
"""Up to this many entities every name is shown at once; above it only hubs, the rest on coming near."""

MOST_LABELS = 30
LEAST_TIES = 3
"""What a hub is: among this many at most, and tied to at least this many."""

ALL_TIES_LABELLED = 25
"""Up to this many facts every line is labelled at once."""


def line_of(status: str | None, model: Model) -> Line:
    """Solid once it is agreed or runs, dashed while it is planned, dotted while only proposed.

    The ladder of the model decides: its lowest step is a proposal, the step of `signed` an agreement.
    Where no source states a status the relation itself holds, and is solid.
    """
    known = model.statuses.get(status or "")
    if known is None:
        return "solid"
    if known.terminal:
        return "ended"
    if known.rank <= min(s.rank for s in model.statuses.values()):
        return "dotted"
    agreed = model.statuses.get("signed")
    return "dashed" if agreed is not None and known.rank < agreed.rank else "solid"


def line_colour(edge: Edge) -> str:
    return INFERRED if edge.inferred else STATED


def line_width(edge: Edge) -> float:
    """Thicker with every doubling of the claims, up to four times the thinnest."""
    claims = max(1, len(edge.claims) or int(edge.properties.get("n_claims", 1)))
    return round(min(1.4 + 1.1 * math.log2(claims), 5.6), 2)


def bends(sub: Subgraph) -> dict[str, float]:
    """How far each edge bends to its left, seen from subject to object, as a part of its length.

    Single ties are straight. Of several between the same two, all are seen beside each other.
    """
    groups: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in sorted(sub.edges, key=lambda e: e.id):
        groups[min(edge.subject, edge.object), max(edge.subject, edge.object)].append(edge)
    found = {}
    for (first, _), edges in groups.items():
        for i, edge in enumerate(edges):
            bend = round((i - (len(edges) - 1) / 2) * min(0.3, 1.2 / len(edges)), 3)
            found[edge.id] = bend if edge.subject == first else -bend
    return found


def degrees(sub: Subgraph) -> Counter[str]:
    found: Counter[str] = Counter()
    for edge in sub.edges:
        found.update({edge.subject, edge.object})
    return found


def node_size(degree: int, focused: bool) -> float:
    """Radius in pixels."""
    return round(min(9 + 2.6 * math.sqrt(degree), 30) + (4 if focused else 0), 1)


def text_width(text: str, size: float) -> float:
    """About how wide a text is drawn: a Hanzi is a square, a Latin letter a good half of one."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.56 for c in text) * size


_WORD = r"[^\s\u2e80-\uffef]+"


def wrapped(text: str, width: float, size: float) -> list[str]:
    """A name on as many lines as keep it within a width: broken at spaces, Hanzi anywhere, and a word that
    is wider by itself after its dashes."""
    lines, line = [], ""
    for piece in re.findall(rf"[\u2e80-\uffef]|{_WORD}\s*|\s+", parted(text, width, size)):
        if line and text_width(line + piece.rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
        if piece.endswith("\n"):
            lines.append(line.rstrip())
            line = ""
    return [*lines, line.rstrip()]


def parted(text: str, width: float, size: float) -> str:
    """A name in which each word that is wider than a width goes on in a new line after one of its dashes,
    for what breaks lines at spaces, and a longer word anywhere."""

    def part(found: re.Match[str]) -> str:
        lines = [""]
        for piece in re.findall(r"[^-‐–—]+[-‐–—]*|[-‐–—]+", found[0]):
            if lines[-1] and text_width(lines[-1] + piece, size) > width:
                lines.append("")
            lines[-1] += piece
        return "\n".join(lines)

    return re.sub(_WORD, part, text)


class Boxes:
    """Rectangles that keep clear of each other, found by the cells of a grid they touch."""

    def __init__(self, cell: float) -> None:
        self.cell = cell
        self._cells: dict[tuple[int, int], list[tuple[float, float, float, float]]] = defaultdict(list)

    def add(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take the rectangle unless it meets one that was taken."""
        touched = [
            (i, j)
            for i in range(int(left // self.cell), int(right // self.cell) + 1)
            for j in range(int(top // self.cell), int(bottom // self.cell) + 1)
        ]
        for place in touched:
            for a, b, c, d in self._cells[place]:
                if left < c and a < right and top < d and b < bottom:
                    return False
        for place in touched:
            self._cells[place].append((left, top, right, bottom))
        return True


def labelled(
    sub: Subgraph, points: Mapping[str, tuple[float, float]], lang: str, size: float
) -> frozenset[str]:
    """The entities whose names are shown at first: all of a small subgraph, else those in focus and the
    best tied whose names, `size` high in the units of `points`, do not cover each other."""
    if len(sub) <= ALL_LABELLED:
        return frozenset(node.id for node in sub.nodes)
    degree = degrees(sub)
    focus = set(sub.meta.get("focus", ()))
    boxes = Boxes(size * 8)
    chosen: set[str] = set()
    for node in sorted(sub.nodes, key=lambda n: (n.id not in focus, -degree[n.id], n.id)):
        if node.id not in focus and (len(chosen) >= MOST_LABELS or degree[node.id] < LEAST_TIES):
            break
        x, y = points[node.id]
        half = text_width(node.label(lang), size) / 2
        below = y + node_size(degree[node.id], node.id in focus)
        if boxes.add(x - half, below, x + half, below + 1.4 * size) or node.id in focus:
            chosen.add(node.id)
    return frozenset(chosen)
