"""Static pictures: readable files, always the same bytes."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib import font_manager

import parkgraph as pg
from parkgraph.graph.errors import BadRequest
from parkgraph.graph.model import Model
from parkgraph.graph.subgraph import Node, Subgraph
from parkgraph.viz.picture import CHINESE_FONTS, render_picture

PATH = "path:company:bpc-group..布鲁内尔大学"
has_chinese = bool(set(CHINESE_FONTS) & set(font_manager.get_font_names()))
pytestmark = pytest.mark.filterwarnings("ignore:no font with Chinese", "ignore:Glyph")


def size_of_png(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def words_of_svg(path: Path) -> str:
    tree = ElementTree.parse(path)  # noqa: S314 - written by ourselves
    return " ".join("".join(e.itertext()) for e in tree.iter("{http://www.w3.org/2000/svg}text"))


def test_a_png_is_wide_enough_to_read(embedded_graph: pg.Graph, model: Model, tmp_path: Path) -> None:
    render_picture(embedded_graph.subgraph(PATH), model, tmp_path / "path.png")
    width, height = size_of_png(tmp_path / "path.png")
    assert 600 <= width <= 4000
    assert 300 <= height <= 4000


def test_an_svg_holds_names_as_text_in_the_language_asked_for(
    embedded_graph: pg.Graph, model: Model, tmp_path: Path
) -> None:
    sub = embedded_graph.subgraph(PATH)
    render_picture(sub, model, tmp_path / "zh.svg", lang="zh")
    render_picture(sub, model, str(tmp_path / "en.svg"), lang="en")
    assert "英国布鲁内尔大学" in words_of_svg(tmp_path / "zh.svg")
    assert "签署" in words_of_svg(tmp_path / "zh.svg")
    assert "计划" in words_of_svg(tmp_path / "zh.svg")
    assert "Brunel" in words_of_svg(tmp_path / "en.svg")


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_same_subgraph_gives_the_same_bytes(
    embedded_graph: pg.Graph, model: Model, tmp_path: Path, suffix: str
) -> None:
    sub = embedded_graph.subgraph("neighbours:成都高新区?depth=1")
    first, second = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    render_picture(sub, model, first)
    render_picture(sub, model, second)
    assert first.read_bytes() == second.read_bytes()


def test_the_whole_dataset_fits_on_a_picture(embedded_graph: pg.Graph, model: Model, tmp_path: Path) -> None:
    render_picture(embedded_graph.subgraph("all"), model, tmp_path / "all.png")
    assert max(size_of_png(tmp_path / "all.png")) < 5000


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_and_no_path_are_said_in_the_picture(
    embedded_graph: pg.Graph, model: Model, tmp_path: Path, lang: str
) -> None:
    render_picture(Subgraph((), ()), model, tmp_path / "empty.svg", lang=lang)
    assert {"zh": "没有任何实体", "en": "no entity"}[lang] in words_of_svg(tmp_path / "empty.svg")
    render_picture(embedded_graph.subgraph("path:张江..武进"), model, tmp_path / "none.svg", lang=lang)
    assert {"zh": "没有已知的路径", "en": "No known path"}[lang] in words_of_svg(tmp_path / "none.svg")


def test_a_name_with_dollar_signs_is_no_formula(model: Model, tmp_path: Path) -> None:
    name = r"$\frac{a$ & <b> $x$"
    render_picture(
        Subgraph((Node("park:a", "Park", {"name": name}),), ()), model, tmp_path / "a.svg", lang="en"
    )
    assert "$x$" in words_of_svg(tmp_path / "a.svg")


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.svgz"])
def test_another_suffix_is_refused_with_a_sentence(model: Model, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRequest, match=r"written as \.png or \.svg"):
        render_picture(Subgraph((), ()), model, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_missing_chinese_font_is_told(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parkgraph.viz.picture.CHINESE_FONTS", ("No Such Font",))
    with pytest.warns(UserWarning, match="no font with Chinese characters is installed"):
        render_picture(Subgraph((), ()), model, tmp_path / "a.png", lang="zh")


@pytest.mark.skipif(not has_chinese, reason="no font with Chinese characters is installed here")
def test_with_a_chinese_font_every_character_is_drawn(
    embedded_graph: pg.Graph, model: Model, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        render_picture(embedded_graph.subgraph("all"), model, tmp_path / "all.png", lang="zh")
