"""One form for a name, and the parts it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.graph.naming import english_words, normalise, read_name, split_pinyin, stem

NAME_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("中国北京上海高新技术产业开发区管理委员会大学学院（）()&+’-·區學開發術業 ǎé"),
        st.characters(codec="utf-8", exclude_categories=["Cs"]),
    ),
    max_size=30,
)


def parts(text: str) -> list[tuple[str, str]]:
    return [(unit.text, unit.role) for unit in read_name(text).units]


@given(NAME_TEXT)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("昆明高新技術產業開發區", "昆明高新区"),
        ("ＢＰ＆Ｃ 集团", "bp&c集团"),
        ("Xībù Kēxuéchéng", "xibu kexuecheng"),
        ("西部（成都）科学城", "西部(成都) 科学城"),
        ("昆明市科学技术局", "昆明市科技局"),
    ],
)
def test_width_script_marks_brackets_and_long_forms_make_no_difference(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_a_chinese_name_is_cut_into_place_describing_words_and_body() -> None:
    assert parts("昆明理工大学") == [("昆明", "place"), ("理工", "plain"), ("大学", "head")]
    assert parts("桂林市第二人民医院") == [
        ("桂林", "place"),
        ("市", "level"),
        ("第二", "ordinal"),
        ("人民", "plain"),
        ("医院", "head"),
    ]


def test_unknown_characters_are_one_proper_name() -> None:
    assert ("锐祺", "proper") in parts("成都锐祺科技有限公司")


def test_brackets_stand_apart_from_the_core() -> None:
    name = read_name("中国石油大学（华东）")
    assert (name.core, name.aside) == ("中国石油大学", ("华东",))


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Kūnmíng Lǐgōng Dàxué", "pinyin"),
        ("Kunming Ligong Daxue", "pinyin"),
        ("Kunming University", "en"),
        ("TCL集团", "zh"),
    ],
)
def test_a_name_is_chinese_english_or_pinyin(text: str, script: str) -> None:
    assert read_name(text).script == script


def test_english_words_meet_in_their_stems_and_names_stay_whole() -> None:
    assert stem("forestry") == stem("forest")
    assert stem("agricultural") == stem("agriculture")
    assert stem("microbiology") != stem("microwave")
    assert stem("musashino") != stem("musashimurayama")
    assert english_words("The Second Hospital of Xi'an") == ["no2", "hospital", "xian"]
    assert english_words("Laboratory on Optics") == ["laboratory", stem("optics")]


def test_pinyin_is_split_into_syllables() -> None:
    assert split_pinyin("shijiazhuang") == ("shi", "jia", "zhuang")
    assert split_pinyin("cambridge") is None
