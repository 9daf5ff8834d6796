"""From tables to claims, and what is said of tables that break the model."""

from __future__ import annotations

import codecs
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from parkgraph.graph.claims import Claim, Source, canonical_json
from parkgraph.graph.errors import BadRequest, NotFound
from parkgraph.graph.model import Model
from parkgraph.graph.quantities import Quantity
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.findings import Finding, Place
from parkgraph.ingest.load import Reading, Report, check, read_path

Package = Callable[..., Path]
Tables = Mapping[str, str | bytes]

SOURCES = f"""id,name,publisher,published,kind,lang,start,end,sha256,length
source:stdaily-2018,“顶级”朋友圈,科技日报,2018-07-10,text,zh,100,3000,{"ab" * 32},4800
source:register,Editors' register,,,editorial,en,,,,
"""
PARKS = """id,name_zh,name_en,alias,country,status,count,end_only,source,locator
park:chengdu-hi-tech-zone,成都高新区,Chengdu,成都高新|蓉高,CN,operating,,,source:stdaily-2018,"char=120,160"
park:22-barcelona,巴塞罗那创新产业园,22@Barcelona,,ES,,,,source:register,
"""
ALLIANCES = """id,name_zh,source
alliance:world-class-science-parks,世界一流科技园区联盟,source:register
"""
RELATIONS = """subject,relation,object,disc,status,valid_from,amount,count,inferred,basis,source,locator
park:chengdu-hi-tech-zone,PARTNERS_WITH,park:22-barcelona,,signed,2017-11,,,,,source:stdaily-2018,"char=200,260"
park:22-barcelona,MEMBER_OF,alliance:world-class-science-parks,,,,,,true,read from a list,source:register,
"""
GOOD = {"sources": SOURCES, "parks": PARKS, "alliances": ALLIANCES, "relations": RELATIONS}


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Write a folder of tables: two parks, an alliance and two relations, with some tables replaced."""

    def write(**tables: str | bytes) -> Path:
        folder = tmp_path / "tables"
        folder.mkdir(exist_ok=True)
        for name, content in (GOOD | tables).items():
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.csv").write_bytes(data)
        return folder

    return write


def _said(reading: Reading, subject: str) -> list[Claim]:
    return [claim for claim in reading.claims if claim.subject == subject]


# -- what is read ------------------------------------------------------------------------------


def test_a_package_reads_the_same_by_its_folder_and_by_its_datapackage(model: Model) -> None:
    by_folder, by_file = read_path(bundled(), model), read_path(bundled() / "datapackage.json", model)
    assert by_folder == by_file
    assert by_folder.findings == ()
    assert len(by_folder.claims) > 3000


def test_a_folder_of_tables_needs_no_datapackage(tmp_path: Path, model: Model) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    for table in bundled().glob("*.csv"):
        shutil.copy(table, folder)
    described = {claim.id for claim in read_path(bundled(), model).claims}
    assert {claim.id for claim in read_path(folder, model).claims} == described


def test_the_bundled_dataset_has_no_findings(model: Model) -> None:
    report = check([bundled()], model)
    assert report.findings == ()
    assert report.sources == 9


def test_a_single_table_is_read_by_its_name(package: Package, model: Model) -> None:
    reading = read_path(package() / "parks.csv", model)
    assert {claim.subject for claim in reading.claims} == {"park:chengdu-hi-tech-zone", "park:22-barcelona"}
    assert reading.rows == 2


def test_every_filled_cell_of_a_row_is_a_claim_with_the_row_s_source_and_locator(
    package: Package, model: Model
) -> None:
    chengdu = _said(read_path(package() / "parks.csv", model), "park:chengdu-hi-tech-zone")
    assert [(claim.property, claim.value) for claim in chengdu] == [
        ("kind", "Park"),
        ("name_zh", "成都高新区"),
        ("name_en", "Chengdu"),
        ("alias", "成都高新"),
        ("alias", "蓉高"),
        ("country", "CN"),
        ("status", "operating"),
    ]
    assert {(claim.source, claim.locator) for claim in chengdu} == {("source:stdaily-2018", "char=120,160")}
    assert {claim.confidence for claim in chengdu} == {1.0}


def test_figures_flags_and_dates_are_read_by_the_model_s_types(package: Package, model: Model) -> None:
    folder = package(
        funds="id,name_zh,planned_size,sub_fund_count,collective,founded,source\n"
        "fund:chengyu-mother,成渝科创母基金,about 5000000000 CNY,more_than 20,TRUE,2019-05,source:register\n"
    )
    claims = {claim.property: claim.value for claim in read_path(folder / "funds.csv", model).claims}
    assert claims == {
        "kind": "Fund",
        "name_zh": "成渝科创母基金",
        "planned_size": Quantity(5_000_000_000, "CNY", "about"),
        "sub_fund_count": Quantity(20, None, "more_than"),
        "collective": True,
        "founded": "2019-05",
    }


def test_a_relation_row_is_one_claim_with_its_attributes(package: Package, model: Model) -> None:
    folder = package(
        relations="subject,relation,object,disc,status,valid_from,amount,amount_kind,layer,source,locator\n"
        "park:chengdu-hi-tech-zone,ESTABLISHED,fund:a,2017,signed,2017-11-02,300000000 CNY,planned_size,"
        'capital|industry,source:stdaily-2018,"char=200,260"\n'
    )
    (claim,) = read_path(folder / "relations.csv", model).claims
    assert claim == Claim(
        subject="park:chengdu-hi-tech-zone",
        relation="ESTABLISHED",
        object="fund:a",
        disc="2017",
        status="signed",
        valid_from="2017-11-02",
        attributes={
            "amount": Quantity(300_000_000, "CNY"),
            "amount_kind": "planned_size",
            "layer": ("capital", "industry"),
        },
        source="source:stdaily-2018",
        locator="char=200,260",
    )


def test_a_column_that_links_makes_the_relation_of_the_model(package: Package, model: Model) -> None:
    folder = package(
        observations="id,value,about,indicator,source\n"
        "observation:partners-2017,22 park,park:22-barcelona,indicator:partners,source:register\n"
    )
    reading = read_path(folder / "observations.csv", model)
    assert [(claim.relation, claim.object) for claim in reading.claims if claim.relation] == [
        ("OBSERVATION_OF", "park:22-barcelona"),
        ("MEASURES", "indicator:partners"),
    ]


def test_an_inferred_row_without_confidence_is_half_sure(package: Package, model: Model) -> None:
    stated, inferred = read_path(package() / "relations.csv", model).claims
    assert (stated.inferred, stated.confidence) == (False, 1.0)
    assert (inferred.inferred, inferred.confidence, inferred.basis) == (True, 0.5, "read from a list")


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(package: Package, model: Model) -> None:
    plain = read_path(package() / "parks.csv", model)
    excel = package(parks=codecs.BOM_UTF8 + PARKS.replace("\n", "\r\n").encode())
    assert read_path(excel / "parks.csv", model) == plain


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16", "utf-16-le", "utf-8-sig"])
def test_a_table_reads_the_same_in_every_encoding_that_it_may_have(
    encoding: str, package: Package, model: Model
) -> None:
    text = PARKS
    if encoding == "big5":
        text = "id,name_zh,alias,source\npark:hsinchu,新竹科學園區,竹科|新竹園區,source:register\n"
    plain = read_path(package(parks=text) / "parks.csv", model)
    written = package(parks=text.encode(encoding))
    assert read_path(written / "parks.csv", model) == plain


def test_people_s_own_words_are_read_as_the_model_s_and_that_is_said(package: Package, model: Model) -> None:
    folder = package(
        parks="id,name_zh,level,country,end_only,valid_from,source\n"
        "park:chengdu-hi-tech-zone,成都高新区,国家级,中国,是,2019年5月,source:register\n"
        "park:22-barcelona,巴塞罗那创新产业园,provincial,Spain,no,2000,source:register\n"
    )
    report = check([folder], model)
    assert report.errors == ()
    assert {(f.column, f.value, f.expected, f.more) for f in report.findings if f.rule == "read-as"} == {
        ("level", "国家级", "national", 0),
        ("country", "中国", "CN", 1),
        ("end_only", "是", "true", 1),
        ("valid_from", "2019年5月", "2019-05", 0),
    }
    said = {c.property: c for c in _said(read_path(folder / "parks.csv", model), "park:chengdu-hi-tech-zone")}
    assert (said["level"].value, said["country"].value, said["end_only"].value) == ("national", "CN", True)
    assert said["level"].valid_from == "2019-05"


def test_what_is_no_text_is_refused_with_a_sentence(package: Package, model: Model) -> None:
    folder = package(parks=b"id,name_zh,source\n\x00\xff\x81\x00\x9f\xfe\x00\x01\x02\x03" * 50)
    with pytest.raises(BadRequest, match=r"parks\.csv: is not UTF-8 text \(line 2\)"):
        check([folder], model)


# -- what is refused ---------------------------------------------------------------------------

_CHENGDU = 'park:chengdu-hi-tech-zone,PARTNERS_WITH,park:22-barcelona,{},source:stdaily-2018,"char=200,260"\n'


def _relation(column: str, cell: str) -> Tables:
    return {"relations": f"subject,relation,object,{column},source,locator\n{_CHENGDU.format(cell)}"}


def _park(column: str, cell: str) -> Tables:
    return {"parks": f"id,name_zh,{column},source\n" + PARK_ROWS.format(cell)}


PARK_ROWS = (
    "park:chengdu-hi-tech-zone,成都高新区,{},source:register\n"
    "park:22-barcelona,巴塞罗那创新产业园,,source:register\n"
)


def _tie(subject: str, relation: str, object_: str) -> Tables:
    return {"relations": f"subject,relation,object,source\n{subject},{relation},{object_},source:register\n"}


def _located(locator: str) -> Tables:
    return {
        "alliances": "id,name_zh,source,locator\nalliance:world-class-science-parks,"
        f'世界一流科技园区联盟,source:stdaily-2018,"{locator}"\n'
    }


def _source(row: str) -> Tables:
    header = "id,name,publisher,published,kind,lang,start,end,sha256,length\n"
    return {"sources": SOURCES + row} if not row.startswith("id") else {"sources": header + row}


FAULTS: dict[str, tuple[Tables, str, int, str, str]] = {
    "an unknown table": (
        {"partners": "id\n1\n"},
        "partners.csv",
        0,
        "",
        "expected one of sources, relations",
    ),
    "an unknown column": (_park("nickname", "蓉高"), "parks.csv", 1, "nickname", "expected id, name_zh"),
    "an unnamed column": (_park("", ""), "parks.csv", 1, "", "there is no column ''"),
    "a missing column": ({"parks": "id,name_zh\npark:a,甲\n"}, "parks.csv", 1, "source", "is missing"),
    "a doubled column": (_park("name_zh", "高新"), "parks.csv", 1, "name_zh", "is there twice"),
    "a short row": (
        {"parks": PARKS + "park:wujin,武进高新区\n"},
        "parks.csv",
        4,
        "",
        "2 cells, the header 10",
    ),
    "a long row": (_tie("park:22-barcelona", "SIGNED", "x:y,z"), "relations.csv", 2, "", "5 cells"),
    "an empty id": (
        {"parks": PARKS + ",武进高新区,,,,,,,source:register,\n"},
        "parks.csv",
        4,
        "id",
        "is empty",
    ),
    "an id of another form": (
        {"alliances": ALLIANCES + "武汉共识,武汉共识,source:register\n"},
        "alliances.csv",
        3,
        "id",
        "expected kind:slug",
    ),
    "an unknown relation": (
        _tie("park:22-barcelona", "FRIEND_OF", "park:chengdu-hi-tech-zone"),
        "relations.csv",
        2,
        "relation",
        "there is no relation 'FRIEND_OF'; known: SIGNED",
    ),
    "a property of another relation": (
        _relation("max_per_project", "500000 CNY"),
        "relations.csv",
        2,
        "max_per_project",
        "PARTNERS_WITH has no max_per_project",
    ),
    "a month 13": (_relation("valid_from", "2019-13"), "relations.csv", 2, "valid_from", "no month 13"),
    "a 30 February": (
        _relation("valid_to", "2019-02-30"),
        "relations.csv",
        2,
        "valid_to",
        "2019-02 has 28 days",
    ),
    "a date in words": (
        _relation("as_of", "去年5月"),
        "relations.csv",
        2,
        "as_of",
        "expected 2019, 2019-05",
    ),
    "an end before the beginning": (
        {
            "relations": "subject,relation,object,valid_from,valid_to,source\n"
            "park:chengdu-hi-tech-zone,PARTNERS_WITH,park:22-barcelona,2019,2017-12,source:register\n"
        },
        "relations.csv",
        2,
        "valid_to",
        "is before valid_from 2019",
    ),
    "a date of a property": (
        {"institutions": "id,founded,source\ninstitution:brunel,the sixties,source:register\n"},
        "institutions.csv",
        2,
        "founded",
        "expected 2019",
    ),
    "a number in words": (_park("count", "数十家"), "parks.csv", 2, "count", "expected 35 park"),
    "an unknown qualifier": (
        _park("count", "almost 35 park"),
        "parks.csv",
        2,
        "count",
        "is not one of exact",
    ),
    "a whole number with a fraction": (
        {"observations": "id,year,source\nobservation:a,2017.5,source:register\n"},
        "observations.csv",
        2,
        "year",
        "not a whole number",
    ),
    "a confidence in words": (
        _relation("confidence", "high"),
        "relations.csv",
        2,
        "confidence",
        "not a number",
    ),
    "a confidence above 1": (
        _relation("confidence", "1.5"),
        "relations.csv",
        2,
        "confidence",
        "between 0 and 1",
    ),
    "a rank of 2": (_relation("rank", "2"), "relations.csv", 2, "rank", "is not -1, 0 or 1"),
    "a flag that is neither": (
        _relation("inferred", "maybe"),
        "relations.csv",
        2,
        "inferred",
        "true nor false",
    ),
    "a boolean property": (_park("end_only", "也许"), "parks.csv", 2, "end_only", "neither true nor false"),
    "a word off the vocabulary": (_park("level", "超级"), "parks.csv", 2, "level", "not one of national"),
    "an unknown status": (_relation("status", "done"), "relations.csv", 2, "status", "not one of proposed"),
    "an unknown modality": (
        _relation("modality", "said"),
        "relations.csv",
        2,
        "modality",
        "not one of asserted",
    ),
    "an unknown second kind": (_park("also_kind", "Zone"), "parks.csv", 2, "also_kind", "not one of Park"),
    "a country by name": (_park("country", "中土"), "parks.csv", 2, "country", "ISO 3166-1"),
    "money without a currency": (
        {"funds": "id,raised,source\nfund:a,5000000000,source:register\n"},
        "funds.csv",
        2,
        "raised",
        "names no currency; expected 5600000000 CNY",
    ),
    "money with a fraction": (
        _relation("amount", "0.5 CNY"),
        "relations.csv",
        2,
        "amount",
        "a whole number of currency units",
    ),
    "an identifier of another form": (_park("wikidata", "P31"), "parks.csv", 2, "wikidata", "Q[1-9][0-9]*"),
    "an unknown subject": (
        _tie("park:atlantis", "PARTNERS_WITH", "park:22-barcelona"),
        "relations.csv",
        2,
        "subject",
        "there is no entity 'park:atlantis'",
    ),
    "an unknown object": (
        _tie("park:22-barcelona", "PARTNERS_WITH", "park:atlantis"),
        "relations.csv",
        2,
        "object",
        "there is no entity 'park:atlantis'",
    ),
    "an unknown entity in a linking column": (
        {"targets": "id,value,about,source\ntarget:a,18 percent,park:atlantis,source:register\n"},
        "targets.csv",
        2,
        "about",
        "there is no entity 'park:atlantis'",
    ),
    "a subject outside the domain": (
        _tie("alliance:world-class-science-parks", "MEMBER_OF", "alliance:world-class-science-parks-2"),
        "relations.csv",
        2,
        "subject",
        "outside the domain of MEMBER_OF: Park",
    ),
    "an object outside the range": (
        _tie("park:22-barcelona", "MEMBER_OF", "park:chengdu-hi-tech-zone"),
        "relations.csv",
        2,
        "object",
        "is a Park, outside the range of MEMBER_OF: Alliance, Treaty",
    ),
    "a relation with itself": (
        _tie("park:22-barcelona", "PARTNERS_WITH", "park:22-barcelona"),
        "relations.csv",
        2,
        "object",
        "with itself",
    ),
    "an unknown source": (
        {"alliances": ALLIANCES.replace("source:register", "source:hearsay")},
        "alliances.csv",
        2,
        "source",
        "there is no source 'source:hearsay'",
    ),
    "a text's claim without a locator": (_located(""), "alliances.csv", 2, "locator", "needs a locator"),
    "a locator of another form": (
        _located("120-160"),
        "alliances.csv",
        2,
        "locator",
        "expected char=START,END",
    ),
    "an empty span": (_located("char=160,160"), "alliances.csv", 2, "locator", "is an empty span"),
    "a span before the article": (
        _located("char=40,80"),
        "alliances.csv",
        2,
        "locator",
        "characters 100 to 3000",
    ),
    "a span after the article": (_located("char=2990,3010"), "alliances.csv", 2, "locator", "is outside"),
    "a text without a hash": (
        _source("source:tspp-2017,合作论坛,,2017,text,zh,,,,2000\n"),
        "sources.csv",
        4,
        "sha256",
        "needs its sha256 and its length",
    ),
    "a source's day of publication": (
        _source("source:tspp-2017,合作论坛,,2017-00,editorial,,,,,\n"),
        "sources.csv",
        4,
        "published",
        "no month 00",
    ),
    "a length in words": (
        _source("source:tspp-2017,合作论坛,,,editorial,,,,,long\n"),
        "sources.csv",
        4,
        "length",
        "not a number",
    ),
    "a length off the scale": (
        _source(f"source:tspp-2017,合作论坛,,,text,,,,{'cd' * 32},{10**30}\n"),
        "sources.csv",
        4,
        "length",
        "too large",
    ),
    "an article that ends after its file": (
        _source(f"source:tspp-2017,合作论坛,,,text,zh,0,9000,{'cd' * 32},4800\n"),
        "sources.csv",
        4,
        "end",
        "0 to 9000 are not inside its file",
    ),
    "a source described twice": (
        _source("source:register,The editors' notes,,,editorial,en,,,,\n"),
        "sources.csv",
        4,
        "id",
        "is described twice, differently",
    ),
    "an open quote": (
        {"parks": PARKS + 'park:wujin,"武进高新区,,,,,,,source:register,\n'},
        "parks.csv",
        4,
        "",
        "is not CSV: unexpected end of data",
    ),
    "text after a quote": (
        {"parks": PARKS + 'park:wujin,"武进"高新区,,,,,,,,\n'},
        "parks.csv",
        4,
        "",
        "is not CSV",
    ),
    "a broken header": ({"parks": '"id"x,source\n'}, "parks.csv", 1, "", "is not CSV"),
    "a control character": (
        _park("name_en", "Cheng\x07du"),
        "parks.csv",
        2,
        "name_en",
        "control or invisible",
    ),
    "an invisible character": (
        _park("name_en", "Cheng​du"),
        "parks.csv",
        2,
        "name_en",
        "control or invisible",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_finding_that_names_file_row_column_and_what_was_expected(
    fault: str, package: Package, model: Model
) -> None:
    tables, file, row, column, expected = FAULTS[fault]
    if fault == "a subject outside the domain":
        tables = {
            **tables,
            "alliances": ALLIANCES + "alliance:world-class-science-parks-2,二,source:register\n",
        }
    (finding,) = check([package(**tables)], model).findings
    assert (finding.place, finding.column) == (Place(file, row), column)
    assert expected in finding.message


def test_a_faulty_table_is_not_followed_by_complaints_about_what_it_held(
    package: Package, model: Model
) -> None:
    report = check([package(parks="id,name_zh,sauce\npark:22-barcelona,巴塞罗那,x\n")], model)
    assert {finding.place.file for finding in report.findings} == {"parks.csv"}
    assert {finding.column for finding in report.findings} == {"sauce", "source"}


def test_rows_are_counted_as_a_spreadsheet_counts_them(package: Package, model: Model) -> None:
    parks = (
        "id,name_zh,description,country,source\n"
        'park:22-barcelona,巴塞罗那,"第一行\n第二行\n第三行",XX1,source:register\n'
        "\n"
        "park:chengdu-hi-tech-zone,成都高新区,,China,source:register\n"
    )
    findings = check([package(parks=parks)], model).findings
    # The description's line breaks are a finding of their own: a name or a text is one line.
    assert [f.place.row for f in findings if f.column == "country"] == [2, 4]


def test_a_finding_reads_as_a_sentence_with_its_place() -> None:
    finding = Finding(Place("parks.csv", 7), "country", "'中国' is not a country code")
    assert str(finding) == "parks.csv row 7, column country: '中国' is not a country code"
    assert str(Finding(Place("parks.csv", 0), "", "is not UTF-8 text")) == "parks.csv: is not UTF-8 text"


def test_what_cannot_be_read_at_all_is_said_with_its_path(tmp_path: Path, model: Model) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadRequest, match=r"empty: holds neither datapackage\.json nor a \.csv table"):
        read_path(empty, model)
    with pytest.raises(NotFound, match=r"nowhere: there is no such file or folder"):
        read_path(tmp_path / "nowhere", model)
    (tmp_path / "mail.docx").write_bytes(b"PK")
    with pytest.raises(BadRequest, match=r"mail\.docx: expected a folder, datapackage\.json"):
        read_path(tmp_path / "mail.docx", model)
    (tmp_path / "parks.csv").write_text("id,source\n")
    with pytest.raises(BadRequest, match=r"parks\.csv: holds no rows"):
        read_path(tmp_path / "parks.csv", model)
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(BadRequest, match=r"folder\.jsonl: holds neither"):
        read_path(tmp_path / "folder.jsonl", model)
    with pytest.raises(BadRequest, match="File name too long"):
        read_path(tmp_path / ("园" * 300), model)


@pytest.mark.parametrize(
    ("resources", "error", "message"),
    [
        ([{"name": "parks", "path": "../parks.csv"}], BadRequest, "'../parks.csv' leaves the package"),
        ([{"name": "parks", "path": "/etc/passwd"}], BadRequest, "'/etc/passwd' leaves the package"),
        ([{"name": "parks", "path": "no.csv"}], NotFound, "resource parks: there is no file 'no.csv'"),
        ([{"path": "parks.csv"}], BadRequest, "is not a Data Package with named resources"),
        ("parks.csv", BadRequest, "is not a Data Package"),
        (None, BadRequest, "is not a Data Package"),
    ],
)
def test_a_datapackage_names_tables_inside_its_folder(
    resources: object, error: type[Exception], message: str, tmp_path: Path, model: Model
) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "parks.csv").write_text(PARKS, encoding="utf-8")
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))
    with pytest.raises(error) as raised:
        read_path(folder, model)
    assert str(folder / "datapackage.json") in str(raised.value)
    assert message in str(raised.value)


# -- claims files ------------------------------------------------------------------------------

REGISTER = Source("source:register", "Editors' register", kind="editorial")
PARK = Claim("park:wujin", "source:register", property="kind", value="Park")


def _lines(*records: object) -> str:
    return "".join(f"{line if isinstance(line, str) else canonical_json(line)}\n" for line in records)


SOURCE_LINE = {"record": "source"} | REGISTER.to_dict()
PARK_LINE = {"record": "claim", "id": PARK.id} | PARK.to_dict()
BASE = {"record": "claim", "subject": "park:wujin", "source": "source:register"}


def _check_lines(tmp_path: Path, model: Model, *records: object) -> Report:
    file = tmp_path / "graph.claims.jsonl"
    file.write_text(_lines(SOURCE_LINE, PARK_LINE, *records), encoding="utf-8")
    return check([file], model)


def test_a_claims_file_is_read_line_by_line(tmp_path: Path, model: Model) -> None:
    named = BASE | {"property": "name_zh", "value": "武进\u2028高新区"}
    report = _check_lines(tmp_path, model, "", named | {"value": "武进高新区"}, "   ")
    assert (report.rows, report.claims, report.sources, report.findings) == (3, 2, 1, ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"record": "claim", ', "is not JSON: Expecting property name"),
        ('{"record": "claim", "confidence": NaN}', "Out of range float values are not JSON compliant"),
        ("[1, 2]", "is not a JSON object"),
        (BASE | {"property": "kind", "value": "Park", "recorded": 10**30}, "larger than a number can be"),
        (
            {"record": "source", "id": "source:x", "name": "x", "length": -(10**30)},
            "larger than a number can be",
        ),
        ("[" * 100_000, "recursion"),
        ({"record": "fact", "id": "fact:1"}, "record 'fact' is neither source nor claim"),
        ({"id": "source:x"}, "record None is neither source nor claim"),
        ({"record": "claim", "subject": "park:wujin"}, "source is missing"),
        (BASE | {"subject": None}, "subject is missing"),
        ({"record": "source", "id": "source:x"}, "name is missing"),
        (BASE | {"property": "name_zh", "value": "武进", "mood": "good"}, "a claim has no mood"),
        ({"record": "source", "id": "source:x", "name": "x", "isbn": "1"}, "a source has no isbn"),
        (
            BASE | {"id": "claim:0123", "property": "name_zh", "value": "武进"},
            "its id is not the hash of what it says (claim:",
        ),
        (
            BASE | {"property": "kind", "value": "Park", "confidence": "high"},
            "confidence: 'high' is of the wrong",
        ),
        (BASE | {"property": "kind", "value": "Park", "inferred": 1}, "inferred: 1 is of the wrong type"),
        (BASE | {"property": "kind", "value": "Park", "rank": True}, "rank: True is of the wrong type"),
        (BASE | {"relation": "SIGNED", "object": 5}, "object: 5 is of the wrong type"),
        (
            BASE | {"relation": "SIGNED", "object": "agreement:a", "attributes": ["role"]},
            "attributes: ['role']",
        ),
        (BASE | {"property": "count", "value": {"unit": "park"}}, "a figure has no value"),
        (
            '{"record":"claim","subject":"park:\\ud800","source":"source:register"}',
            "half of a surrogate pair",
        ),
    ],
)
def test_a_faulty_line_is_one_finding_with_its_number(
    line: object, message: str, tmp_path: Path, model: Model
) -> None:
    (finding,) = _check_lines(tmp_path, model, "", line).findings
    assert finding.place == Place("graph.claims.jsonl", 4)
    assert message in finding.message


@pytest.mark.parametrize(
    ("said", "column", "message"),
    [
        ({"property": "also_kind", "value": "Zone"}, "also_kind", "not one of Park"),
        ({"property": "kind", "value": "Zone"}, "kind", "there is no kind 'Zone'"),
        ({"property": "count", "value": 35}, "count", "figure"),
        ({"property": "name_zh", "value": ["武进", "武进高新区"]}, "name_zh", "name_zh"),
        ({"property": "name_zh", "value": 35}, "name_zh", "name_zh"),
        ({"property": "end_only", "value": "true"}, "end_only", "end_only"),
        ({"property": "alias", "value": [["武进"]]}, "alias", "alias"),
        ({"property": "sector", "value": "光伏"}, "sector", "a Park has no property 'sector'"),
        ({"property": "name_zh"}, "name_zh", "has no value"),
        ({"property": "name_zh", "value": "武进", "disc": "2"}, "disc", "a property has no discriminator"),
        ({}, "relation", "either a relation or a property"),
        ({"property": "name_zh", "value": "武进", "relation": "SIGNED"}, "relation", "either a relation or"),
        ({"property": "name_zh", "value": "武进", "note": "see\x00note"}, "note", "control"),
        ({"property": "name_zh", "value": "武进", "confidence": 1.5}, "confidence", "between 0 and 1"),
    ],
)
def test_a_line_that_says_what_the_model_does_not_know_is_one_finding(
    said: dict[str, object], column: str, message: str, tmp_path: Path, model: Model
) -> None:
    (finding,) = _check_lines(tmp_path, model, BASE | said).findings
    assert finding.column == column
    assert message in finding.message


def test_a_claims_file_that_is_not_utf_8_is_a_finding(tmp_path: Path, model: Model) -> None:
    file = tmp_path / "graph.jsonl"
    file.write_bytes(_lines(SOURCE_LINE).encode() + '{"record": "高新区"}\n'.encode("gb18030"))
    (finding,) = check([file], model).findings
    assert str(finding) == "graph.jsonl: is not UTF-8 text (line 2); save it as UTF-8"
