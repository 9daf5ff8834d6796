"""The mapping language: what each key of a file does, and what is said of a file that is wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parkgraph.graph.claims import Claim
from parkgraph.graph.errors import BadRequest
from parkgraph.graph.model import Model
from parkgraph.graph.quantities import Quantity
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.load import Options, prepared
from parkgraph.ingest.mapping import Cell, parse_mapping, read_mapping

HEAD = 'source: {id: "source:list-2024", name: 合作名单}\ntables:\n'
MAPPINGS = Path(__file__).resolve().parents[1] / "mappings"


@dataclass
class Said:
    claims: list[Claim]
    findings: tuple[Finding, ...]

    def of(self, name: str) -> list[Any]:
        """The values of a property, or of a field of the claims of relations."""
        return [claim.value for claim in self.claims if claim.property == name]

    @property
    def ties(self) -> list[Claim]:
        return [claim for claim in self.claims if claim.relation is not None]

    @property
    def rules(self) -> list[str]:
        return [finding.rule for finding in self.findings if finding.severity != "note"]


Say = Callable[..., Said]


@pytest.fixture
def say(tmp_path: Path, model: Model) -> Say:
    """What a table says by the part of a mapping below `tables`."""

    def said(tables: str, content: str, *, name: str = "list.csv", **options: Any) -> Said:
        path = tmp_path / name
        path.write_text(textwrap.dedent(content), encoding="utf-8")
        mapping = parse_mapping(HEAD + textwrap.dedent(tables), model)
        with prepared([path], model, None, Options(mapping=mapping, skip_refused=True, **options)) as loading:
            return Said(list(loading.claims()), loading.findings)

    return said


def _park(cells: str, **keys: str) -> str:
    """A table of parks with an id, and some cells."""
    more = "".join(f"  {key}: {value}\n" for key, value in keys.items())
    return f'- entities:\n    park: {{kind: Park, id: "{{编号}}", properties: {{{cells}}}}}\n{more}'


def _fund(cells: str) -> str:
    return f'- entities:\n    fund: {{kind: Fund, id: "{{编号}}", properties: {{{cells}}}}}\n'


# ---------------------------------------------------------------------- errors of files


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        (
            "- entities: {a: {kind: Parc, properties: {name_zh: 名}}}",
            r"tables\.0\.entities\.a\.kind: .*'Parc'.*Park",
        ),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: 名, contry: 国}}}",
            r"tables\.0\.entities\.a\.properties\.contry: .*'contry'.*country",
        ),
        (
            "- entities: {a: {kind: Park, id: '{x}'}, b: {kind: Park, id: '{y}'}}\n"
            "  relations: [{subject: a, relation: PARTNER_WITH, object: b}]",
            r"tables\.0\.relations\.0\.relation: .*'PARTNER_WITH'.*PARTNERS_WITH",
        ),
        (
            "- entities: {park: {kind: Park, properties: {name_zh: 名}}}\n"
            "  relations: [{subject: park, relation: PARTNERS_WITH, object: prak}]",
            r"tables\.0\.relations\.0\.object: .*'prak'.*park",
        ),
        (
            "- entities: {a: {kind: Park, id: '{x}'}, b: {kind: Event, id: '{y}'}}\n"
            "  relations: [{subject: a, relation: FUNDS, object: b}]",
            r"relations\.0\.subject: a Park cannot be the subject of FUNDS; expected Fund, Government",
        ),
        (
            "- entities: {a: {kind: Park, id: '{x}'}, b: {kind: Park, id: '{y}'}}\n"
            "  relations: [{subject: a, relation: PARTNERS_WITH, object: b, properties: {purpos: 目的}}]",
            r"tables\.0\.relations\.0\.properties\.purpos: .*purpose",
        ),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: 名}}}\n  claims: {valid_form: 起}",
            r"tables\.0\.claims\.valid_form: .*valid_from",
        ),
        (
            "- entities: {a: {kind: Park, properties: {country: 国}}}",
            "expected id, or the property name_zh or name_en",
        ),
        ('- entities: {a: {id: "{x}"}}', r"tables\.0\.entities\.a\.kind: is missing"),
        ("- entities: {}", r"tables\.0\.entities: is empty"),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: {column: 名, pattern: '(.+'}}}}",
            r"name_zh: pattern: '\(\.\+' is no regular expression",
        ),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: {column: 名, pattern: '.+'}}}}",
            "has no group in brackets",
        ),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: {column: 名, value: 甲}}}}",
            "one of column, value and templ",
        ),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: {colunm: 名}}}}",
            r"name_zh\.colunm: extra inputs",
        ),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: {column: 名, date: ydm}}}}",
            r"name_zh\.date: input should",
        ),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: {column: 名, otherwise: x}}}}",
            "needs values or a pattern",
        ),
        (
            "- entities: {a: {kind: Park, properties: {name_zh: 名, country: {column: 国, split: 、}}}}",
            r"country\.split: country has one value",
        ),
        ("- entities: {a: {kind: Park, split: 、, properties: {name_zh: 名}}}", r"a\.split: needs an id"),
        (
            "- header: 0\n  entities: {a: {kind: Park, properties: {name_zh: 名}}}",
            r"tables\.0\.header: input should",
        ),
    ],
)
def test_what_the_model_or_the_language_does_not_know_is_a_sentence_with_its_place(
    tables: str, sentence: str, model: Model
) -> None:
    with pytest.raises(BadRequest, match=f"(?s)^parks.yaml: .*{sentence}"):
        parse_mapping(HEAD + tables, model, where="parks.yaml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("source: {id: a\ntables: []\n", "parks.yaml: line 2, column "),
        ("- 1\n", "parks.yaml: expected a mapping with source and tables"),
        ("source: {id: 'source:a', name: a}\ntables: []\n", "parks.yaml: tables: is empty"),
        ("source: {name: a}\ntables: []\n", r"parks.yaml: source\.id: field required"),
        ("a: &x [1]\nb: *x\n", "has YAML aliases"),
        ("", "parks.yaml: expected a mapping"),
    ],
)
def test_a_text_that_is_no_mapping_is_a_sentence(text: str, sentence: str, model: Model) -> None:
    with pytest.raises(BadRequest, match=sentence):
        parse_mapping(text, model, where="parks.yaml")


def test_a_file_that_is_not_there_or_no_text_is_a_sentence(tmp_path: Path, model: Model) -> None:
    with pytest.raises(BadRequest, match=r"none\.yaml: cannot be read: No such file"):
        read_mapping(tmp_path / "none.yaml", model)
    (tmp_path / "gbk.yaml").write_bytes("source: {id: 成都}".encode("gbk"))
    with pytest.raises(BadRequest, match=r"gbk\.yaml: is not UTF-8 text \(byte 13\)"):
        read_mapping(tmp_path / "gbk.yaml", model)


# ---------------------------------------------------------------------- cells


def test_split_cuts_a_cell_and_leaves_out_what_is_empty_or_twice(say: Say) -> None:
    said = say(_park("alias: {column: 简称, split: 、}"), "编号,简称\np1,成都高新、 蓉高、、成都高新\np2,\n")
    assert said.of("alias") == ["成都高新", "蓉高"]


@pytest.mark.parametrize("blank", [" ", "　", " \t", "\u200b"])
@pytest.mark.parametrize("others", ["CN,国家级", "{0},国家级", "{0},{0}"])
def test_a_cell_of_white_space_is_empty(blank: str, others: str, say: Say) -> None:
    clean = {"clean": "true"} if blank == "\u200b" else {}
    cells = "name_zh: 名, name_en: 英, country: 国, level: 级"
    quoted = f'"{blank}"'
    table = f"编号,名,英,国,级\np1,甲,{quoted},{others.format(quoted)}\np2,乙,B Park,CN,国家级\n"
    said = say(_park(cells, **clean), table)
    assert (said.rules, said.of("name_en")) == ([], ["B Park"])
    assert said.of("country") == ["CN"] * (1 + others.startswith("CN"))
    assert said.of("level") == ["national"] * (1 + others.endswith("国家级"))


@pytest.mark.parametrize("blank", [" ", "　", " \t"])
def test_an_id_of_white_space_is_missing_and_a_partner_of_it_is_nobody(blank: str, say: Say) -> None:
    said = say(_park("name_zh: 名"), f'编号,名\n"{blank}",甲\n"{blank}",乙\np3,丙\n')
    assert (said.rules, said.of("name_zh")) == (["empty", "empty"], ["丙"])
    ties = """\
        - entities:
            park: {kind: Park, properties: {name_zh: 名}}
            company: {kind: Company, properties: {name_zh: 企}}
          relations: [{subject: park, relation: PARTNERS_WITH, object: company}]
        """
    said = say(ties, f'名,企\n甲,"{blank}"\n乙,"{blank}"\n丙,一公司\n')
    assert (said.rules, said.of("name_zh")) == ([], ["甲", "乙", "丙", "一公司"])
    assert [claim.object for claim in said.claims if claim.relation] == ["company:一公司"]


def test_a_pattern_keeps_its_group_and_what_does_not_fit_is_refused(say: Say) -> None:
    cell = r"name_zh: {column: 名, pattern: '^(.+?)（'}"
    said = say(_park(cell), "编号,名\np1,成都高新区（四川）\np2,武进高新区\n")
    assert said.of("name_zh") == ["成都高新区"]
    (finding,) = said.findings
    assert (finding.rule, finding.place.row, finding.value) == ("bad-pattern", 3, "武进高新区")


def test_what_does_not_fit_a_pattern_says_nothing_or_another_word_where_the_mapping_says_so(say: Say) -> None:
    table = "编号,名\np1,成都高新区（四川）\np2,武进高新区\n"
    none = say(
        _park(r"name_zh: 名, former_name: {column: 名, pattern: '（(.+)）', otherwise: null, split: '|'}"),
        table,
    )
    assert (none.of("former_name"), none.rules) == (["四川"], [])
    word = say(_park(r"name_zh: 名, description: {column: 名, pattern: '（(.+)）', otherwise: 不详}"), table)
    assert word.of("description") == ["四川", "不详"]


def test_values_replace_words_null_says_nothing_and_the_rest_stays(say: Say) -> None:
    cell = "status: {column: 状态, values: {在建: planned, 未知: null}}"
    said = say(_park(cell), "编号,状态\np1,在建\np2,未知\np3,operating\np4,\n")
    assert (said.of("status"), said.rules) == (["planned", "operating"], [])


def test_otherwise_is_for_every_word_that_the_values_do_not_name(say: Say) -> None:
    table = "编号,级别\np1,国家级\np2,县级\np3,\n"
    other = say(_park("level: {column: 级别, values: {国家级: national}, otherwise: other}"), table)
    assert other.of("level") == ["national", "other"]
    none = say(_park("level: {column: 级别, values: {国家级: national}, otherwise: null}"), table)
    assert (none.of("level"), none.rules) == (["national"], [])


def test_a_pattern_that_fits_not_is_found_also_before_values(say: Say) -> None:
    cell = r"level: {column: 级别, pattern: '^(.+)级', values: {国家: national}}"
    said = say(_park(cell), "编号,级别\np1,国家级\np2,县\n")
    assert (said.of("level"), said.rules) == (["national"], ["bad-pattern"])


def test_words_that_yaml_takes_for_numbers_or_truth_are_words(say: Say) -> None:
    cell = "end_only: {column: 仅, values: {1: yes, 0: no}}, description: {value: 2014}"
    said = say(_park(cell), "编号,仅\np1,1\np2,0\n")
    assert said.of("end_only") == [True, False]
    assert said.of("description") == ["2014", "2014"]
    # `no` is false in YAML: Norway is written "NO".
    assert say(_park("country: {value: no}"), "编号\np1\n").rules == ["bad-country"]


def test_a_unit_goes_behind_numbers_and_leaves_those_that_have_one(say: Say) -> None:
    said = say(
        _fund("name_zh: 名, total_size: {column: 规模, unit: 亿元}"),
        "编号,名,规模\nf1,甲,24.04\nf2,乙,500万元\nf3,丙,约５\n",
    )
    assert said.of("total_size") == [
        Quantity(2404000000, "CNY", precision=1000000),
        Quantity(5000000, "CNY", precision=10000),
        Quantity(500000000, "CNY", "about", precision=100000000),
    ]


def test_a_decimal_comma_is_read_where_the_mapping_says_so(say: Say) -> None:
    table = '编号,名,额\nf1,甲,"1.234,50"\nf2,乙,"71429"\n'
    said = say(_fund('name_zh: 名, raised: {column: 额, unit: EUR, decimal: ",", round: true}'), table)
    assert said.of("raised") == [Quantity(1235, "EUR", precision=1), Quantity(71429, "EUR")]


def test_round_takes_half_a_unit_up_and_leaves_what_is_whole(say: Say) -> None:
    table = "编号,额\nf1,211562.5\nf2,393465.63\nf3,50000.0\nf4,1.5亿元\nf5,0.4\n"
    said = say(_fund("raised: {column: 额, unit: EUR, round: true}"), table)
    assert said.of("raised") == [
        Quantity(211563, "EUR", precision=1),
        Quantity(393466, "EUR", precision=1),
        Quantity(50000, "EUR"),
        Quantity(150000000, "CNY", precision=10000000),
        Quantity(0, "EUR", precision=1),
    ]


def test_without_round_a_fraction_of_a_unit_is_refused(say: Say) -> None:
    said = say(_fund("raised: {column: 额, unit: EUR}"), "编号,额\nf1,211562.5\n")
    assert said.rules == ["bad-amount"]


@pytest.mark.parametrize(
    ("order", "written", "read"),
    [
        ("mdy", "2/6/15", "2015-02-06"),
        ("dmy", "2/6/15", "2015-06-02"),
        ("ymd", "15/2/6", "2015-02-06"),
        ("mdy", "10/1/09", "2009-10-01"),
        ("mdy", "2019年5月", "2019-05"),
        ("mdy", "２０１９", "2019"),
        ("mdy", "２０１９-０５-０１", "2019-05-01"),
        ("dmy", "2019-05-10", "2019-05-10"),
    ],
)
def test_the_order_of_a_date_is_what_the_mapping_says(order: str, written: str, read: str, say: Say) -> None:
    said = say(_fund(f"founded: {{column: 日, date: {order}}}"), f"编号,日\nf1,{written}\n")
    assert said.of("founded") == [read]


def test_in_chinese_a_reason_and_the_words_of_a_vocabulary_are_said(say: Say) -> None:
    said = say(
        _park("level: 级, description: 述", claims="{valid_from: 年}"),
        "编号,年,级,述\np1,2021-02-30,超级,甲\u200b乙\n",
    )
    sentences = [f.sentence("zh") for f in said.findings]
    assert sentences == [
        "“2021-02-30”日期无效（2021-02 只有 28 天），应为：2019, 2019-05, 2019-05-10",
        "“超级”不在词表内，应为：国家级、省级、其他",
        "“甲\\u200b乙”含控制或不可见字符，应为：甲乙",
    ]


def test_a_date_that_may_be_read_in_two_ways_is_refused_without_an_order(say: Say) -> None:
    said = say(_fund("founded: 日"), "编号,日\nf1,2/6/2015\nf2,25/12/2015\n")
    assert (said.rules, said.of("founded")) == (["bad-date"], ["2015-12-25"])
    assert "say in the mapping whether the day or the month is first" in said.findings[0].message


def test_a_part_takes_one_end_of_a_span(say: Say) -> None:
    tables = _park(
        "name_zh: 名", claims="{valid_from: {column: 期, part: start}, valid_to: {column: 期, part: end}}"
    )
    said = say(tables, "编号,名,期\np1,甲,2019年5月至2021年\np2,乙,2019-05\n")
    assert {(c.subject, c.valid_from, c.valid_to) for c in said.claims} == {
        ("park:p1", "2019-05", "2021"),
        ("park:p2", "2019-05", None),
    }
    whole = say(_park("name_zh: 名", claims="{valid_from: 期}"), "编号,名,期\np1,甲,2019年5月至2021年\n")
    assert whole.rules == ["bad-date"]


def test_a_template_joins_cells_and_says_nothing_where_one_is_empty(say: Say) -> None:
    cell = 'name_en: {template: "{城}, {国}"}'
    said = say(_park(cell), "编号,城,国\np1, Berat ,Albania\np2,Berat,\n")
    assert said.of("name_en") == ["Berat, Albania"]


def test_a_constant_holds_for_every_row_and_is_no_contradiction(say: Say) -> None:
    said = say(_park("country: {value: CN}, level: {value: national}"), "编号,注\np1,a\np2,b\np1,c\n")
    assert said.of("country") == ["CN", "CN"]
    assert said.rules == ["duplicate-row"]


# ---------------------------------------------------------------------- rows


def test_when_chooses_rows_by_words_by_any_by_none_and_by_parts(say: Say) -> None:
    table = "编号,名\np1,成都管委会\np2,武进高新区\np3,\np4,兰州管委会服务部\n"

    def chosen(condition: str) -> list[str]:
        tables = f'- entities:\n    it: {{kind: Park, id: "{{编号}}", when: {{名: {condition}}}}}\n'
        return [claim.subject.removeprefix("park:") for claim in say(tables, table).claims]

    assert chosen("武进高新区") == ["p2"]
    assert chosen("[武进高新区, 成都管委会]") == ["p1", "p2"]
    assert chosen('"*"') == ["p1", "p2", "p4"]
    assert chosen('"-"') == ["p3"]
    assert chosen('"*管委会"') == ["p1"]
    assert chosen('"*管委会*"') == ["p1", "p4"]
    assert chosen('"!*管委会*"') == ["p2", "p3"]
    assert chosen('["*高新*", "-"]') == ["p2", "p3"]
    assert chosen('["*管委会*", "!成都*"]') == ["p4"]


def test_a_relation_is_only_in_rows_where_both_its_ends_are(say: Say) -> None:
    tables = """
    - entities:
        park: {kind: Park, id: "{编号}", when: {类: 园区}}
        city: {kind: Place, id: "{市}"}
      relations:
      - {subject: park, relation: LOCATED_IN, object: city, properties: {role: 角色}}
    """
    said = say(tables, "编号,类,市,角色\n1,园区,成都,seat\n2,公司,成都,不是角色\n")
    assert [(c.subject, c.object) for c in said.ties] == [("park:1", "place:成都")]
    # The cell of a row without the relation is not read, and refuses nothing.
    assert said.rules == []


def test_skip_leaves_rows_out_and_says_how_many(say: Say) -> None:
    said = say(_park("name_zh: 名", skip='{编号: ["合计", "-"]}'), "编号,名\np1,甲\n合计,一个\n,注\n")
    assert said.of("name_zh") == ["甲"]
    (note,) = (f for f in said.findings if f.rule == "left-out")
    assert note.message == "2 rows are left out by the mapping (skip)"


def test_clean_takes_line_breaks_and_invisible_characters_out(say: Say) -> None:
    table = '编号,名\np1,"成都高新\n区"\np2,"Chengdu Hi-tech\nZone"\np3,Rheumatol\u00adogy\n'
    plain = say(_park("name_zh: 名"), table)
    assert plain.rules == ["invisible-character"] * 3
    cleaned = say(_park("name_zh: 名", clean="true"), table)
    assert (cleaned.of("name_zh"), cleaned.rules) == (
        ["成都高新区", "Chengdu Hi-tech Zone", "Rheumatology"],
        [],
    )


def test_create_false_makes_no_entity_and_refuses_a_row_that_names_none(say: Say) -> None:
    tables = """
    - entities:
        park: {kind: Park, id: "{编号}", properties: {name_zh: 名}}
        parent: {kind: Park, id: "{上级}", create: false}
      relations: [{subject: park, relation: PART_OF, object: parent}]
    """
    said = say(tables, "编号,名,上级\n1,甲,\n2,乙,1\n3,丙,9\n")
    assert [(c.subject, c.object) for c in said.ties] == [("park:2", "park:1")]
    (finding,) = (f for f in said.findings if f.severity == "error")
    assert str(finding) == "list.csv row 4, column 上级: there is no Park 'park:9' here or in the store"
    assert [c.subject for c in said.claims if c.property == "kind"] == ["park:1", "park:2"]


def test_an_id_with_split_names_several_each_with_its_name(say: Say) -> None:
    tables = """
    - entities:
        project: {kind: Project, id: "{编号}"}
        place: {kind: Place, id: "country-{国}", split: "|", properties: {name_en: {column: 国, split: "|"}}}
      relations: [{subject: project, relation: LOCATED_IN, object: place}]
    """
    said = say(tables, "编号,国\n1,Chad| Mali\n2,Mali|\n3,\n")
    assert [(c.subject, c.object) for c in said.ties] == [
        ("project:1", "place:country-Chad"),
        ("project:1", "place:country-Mali"),
        ("project:2", "place:country-Mali"),
    ]
    assert [(c.subject, c.value) for c in said.claims if c.property == "name_en"] == [
        ("place:country-Chad", "Chad"),
        ("place:country-Mali", "Mali"),
    ]


def test_an_entity_that_several_rows_restate_is_said_once_and_its_relations_each(say: Say) -> None:
    tables = """
    - entities:
        park: {kind: Park, id: "{编号}", properties: {name_zh: 名}}
        city: {kind: Place, properties: {name_zh: 市}}
      relations: [{subject: park, relation: LOCATED_IN, object: city}]
    """
    said = say(tables, "编号,名,市\n1,甲,成都\n2,乙,成都\n1,甲,绵阳\n")
    kinds = [(c.subject, c.locator) for c in said.claims if c.property == "kind"]
    assert sorted(kinds) == [
        ("park:1", "file=list.csv;row=2"),
        ("park:2", "file=list.csv;row=3"),
        ("place:成都", "file=list.csv;row=2"),
        ("place:绵阳", "file=list.csv;row=4"),
    ]
    assert [(c.subject, c.object, c.locator) for c in said.ties] == [
        ("park:1", "place:成都", "file=list.csv;row=2"),
        ("park:2", "place:成都", "file=list.csv;row=3"),
        ("park:1", "place:绵阳", "file=list.csv;row=4"),
    ]


def test_rows_that_contradict_each_other_and_rows_twice_are_told_with_their_column(say: Say) -> None:
    said = say(_park("country: 国"), "编号,国\n1,CN\n2,SG\n1,IL\n2,SG\n")
    assert [(f.rule, f.place.row, f.column) for f in said.findings] == [
        ("conflict-in-file", 4, "国"),
        ("duplicate-row", 5, ""),
    ]


def test_what_two_columns_say_otherwise_of_one_entity_is_told_with_the_later_one(say: Say) -> None:
    parks = "\n".join(
        f"    {side}: {{kind: Park, id: '{{{side}}}', properties: {{country: 国{side}}}}}" for side in "甲乙"
    )
    said = say(
        f"- entities:\n{parks}\n  relations: [{{subject: 甲, relation: PARTNERS_WITH, object: 乙}}]",
        "甲,国甲,乙,国乙\n1,CN,2,SG\n3,IL,1,CH\n2,SG,3,IL\n",
    )
    assert [(f.rule, f.place.row, f.column, f.message) for f in said.findings] == [
        (
            "conflict-in-file",
            3,
            "国乙",
            "says otherwise of the same entity than row 2; both are kept (2 values)",
        ),
    ]


def test_every_claim_has_its_source_and_row_and_in_a_workbook_its_sheet(say: Say) -> None:
    said = say(_park("name_zh: 名"), '编号,名\n1,"甲\n\n乙"\n2,丙\n')
    # A cell with line breaks lies in one row.
    assert {(c.source, c.locator) for c in said.claims if c.subject == "park:2"} == {
        ("source:list-2024", "file=list.csv;row=3")
    }


def test_claims_say_of_every_claim_when_and_how_sure_and_a_relation_may_say_otherwise(say: Say) -> None:
    tables = """
    - claims: {as_of: 截至, modality: {value: intended}, inferred: {value: true}}
      entities:
        park: {kind: Park, id: "{编号}"}
        city: {kind: Place, id: "{市}"}
      relations:
      - subject: park
        relation: LOCATED_IN
        object: city
        status: {value: planned}
        claims: {as_of: 签约, inferred: {value: false}, confidence: {value: 0.9}}
    """
    said = say(tables, "编号,市,截至,签约\n1,成都,2024,2023-05\n")
    (kind, _) = (c for c in said.claims if c.property == "kind")
    assert (kind.as_of, kind.modality, kind.inferred, kind.confidence) == ("2024", "intended", True, 0.5)
    (tie,) = said.ties
    assert (tie.as_of, tie.modality, tie.inferred, tie.confidence, tie.status) == (
        "2023-05",
        "intended",
        False,
        0.9,
        "planned",
    )


def test_an_end_before_its_beginning_is_found_in_its_own_row_and_column(say: Say) -> None:
    tables = """
    - claims: {valid_from: 起}
      entities:
        park: {kind: Park, id: "{编号}"}
        city: {kind: Place, id: "{市}"}
      relations:
      - {subject: park, relation: LOCATED_IN, object: city, when: {类: 是}, claims: {valid_to: 止}}
    """
    said = say(tables, "编号,市,类,起,止\n1,甲,否,2030,2001\n2,乙,是,2001,2005\n3,丙,是,2010,2005\n")
    (finding,) = said.findings
    assert (finding.rule, finding.place.row, finding.column) == ("date-order", 4, "止")


def test_a_table_is_chosen_by_file_and_sheet_and_the_first_that_fits_counts(model: Model) -> None:
    one = "{entities: {a: {kind: Park, properties: {name_zh: 名}}}"
    text = (
        f"{HEAD}- {{file: '*.xlsx', sheet: 合作*, {one[1:]}}}\n- {{file: parks.csv, {one[1:]}}}\n- {one}}}\n"
    )
    mapping = parse_mapping(text, model)

    def at(file: str, sheet: str | None) -> int:
        table = mapping.for_table(file, sheet)
        assert table is not None
        return next(i for i, known in enumerate(mapping.tables) if known is table)

    assert at("表/合作.xlsx", "合作2024") == 0
    assert at("合作.xlsx", "说明") == 2
    assert at("folder/parks.csv", None) == 1


def test_a_column_that_is_not_there_is_found_with_those_that_are(say: Say) -> None:
    said = say(_park("name_zh: 名称"), "编号,名\n1,甲\n")
    (finding,) = (f for f in said.findings if f.severity == "error")
    assert (finding.rule, finding.column, said.claims) == ("missing-column", "名称", [])
    assert finding.expected == "编号, 名"


# ---------------------------------------------------------------------- as a file again


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mapping_that_is_written_reads_as_the_same(path: Path, model: Model) -> None:
    mapping = read_mapping(path, model)
    again = parse_mapping(mapping.to_yaml(), model, where=mapping.where)
    assert again == mapping
    assert again.to_yaml() == mapping.to_yaml()


def test_a_written_mapping_is_short_and_may_carry_comments(model: Model) -> None:
    mapping = parse_mapping(
        HEAD + _park("name_zh: 名, level: {column: 级, otherwise: null, values: {a: national}}"), model
    )
    text = mapping.to_yaml({"name_zh: 名": "surely"})
    assert "        name_zh: 名  # surely\n" in text
    assert parse_mapping(text, model) == mapping


def test_a_cell_that_is_only_a_column_is_written_as_its_name() -> None:
    assert Cell(column="名").short() == "名"
    assert Cell(column="名", split="、").short() == {"column": "名", "split": "、"}
