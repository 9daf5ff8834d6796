"""Quotes: cut from the text whose hash is the source's, and from no other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import NotFound
from parkgraph.graph.evidence import SourceTexts, joined

TEXT = "张江与兰白\n结对。The science\npark of  Chengdu"
CLAIM = Claim("park:a", "source:a", property="name_zh", value="张江", locator="char=0,8")


def source(text: str) -> Source:
    return Source("source:a", "甲", sha256=hashlib.sha256(text.encode()).hexdigest(), length=len(text))


def test_a_quote_is_the_span_of_the_text_with_that_hash(tmp_path: Path) -> None:
    (tmp_path / "any-name.txt").write_text(TEXT, encoding="utf-8", newline="")
    (tmp_path / "other.bin").write_bytes(b"\xff\xfe")
    texts = SourceTexts(tmp_path)
    assert texts.quote(CLAIM, source(TEXT)) == "张江与兰白结对"
    assert texts.quote(CLAIM, source(TEXT + "。")) is None


def test_a_claim_without_locator_has_no_quote(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8", newline="")
    bare = Claim("park:a", "source:a", property="name_zh", value="张江")
    assert SourceTexts(tmp_path).quote(bare, source(TEXT)) is None


def test_a_wrap_between_words_is_a_space_and_between_characters_nothing() -> None:
    assert joined("科技园区命\n\n运共同体") == "科技园区命运共同体"
    assert joined("the science\npark  of\nChengdu") == "the science park of Chengdu"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such folder"):
        SourceTexts(tmp_path / "none")
