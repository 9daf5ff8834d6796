"""Real tables of others, each by a mapping of its own (`tests/mappings`): what they hold is counted again
from the raw files, without the loader. A part of each is loaded, and taken back."""

from __future__ import annotations

import csv
import datetime
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from parkgraph.graph.canonical import content_hash, live_claims
from parkgraph.graph.claims import Claim
from parkgraph.graph.model import Model, default_model, load_model
from parkgraph.graph.quantities import Quantity
from parkgraph.graph.recording import retract
from parkgraph.graph.store import Store, open_store
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.load import Options, check, load, prepared
from parkgraph.ingest.mapping import LoadMapping, parse_mapping, read_mapping
from tests.conftest import SHARED

MAPPINGS = Path(__file__).resolve().parents[1] / "mappings"
AIDDATA = "aiddata_chinese_official_flows_v1.xlsx"
AIDDATA_SHEET = "Chinese_Official_Flows"
LARGE = ("ror-organizations", "twin-cities")
Row = dict[str, str]


@pytest.fixture(scope="session")
def data() -> Path:
    """The eight sets; a visible skip where they are not at hand."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the real tables are not here (../shared/data)")
    return folder


# ---------------------------------------------------------------------- counted without the loader


@dataclass
class Counted:
    """Entities by kind and relations by type, each by what tells it from others."""

    kinds: dict[str, set[Any]] = field(default_factory=dict)
    ties: dict[str, set[Any]] = field(default_factory=dict)

    def kind(self, name: str, *keys: Any) -> None:
        self.kinds.setdefault(name, set()).update(keys)

    def tie(self, name: str, subject: Any, object_: Any, *, symmetric: bool = False) -> None:
        pair = tuple(sorted((subject, object_))) if symmetric else (subject, object_)
        self.ties.setdefault(name, set()).add(pair)

    @property
    def numbers(self) -> tuple[dict[str, int], dict[str, int]]:
        return ({k: len(v) for k, v in self.kinds.items()}, {k: len(v) for k, v in self.ties.items()})


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _name(text: str) -> str:
    """Names are one where they differ by case, width, spacing and marks."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN" or c == "&")


def _spaced(text: str) -> str:
    """An id is the same where only width and spacing differ, or a hyphen stands for a space."""
    return re.sub(r"\s+", "-", unicodedata.normalize("NFKC", text).strip())


def _ror(folder: Path) -> Counted:
    out = Counted()
    known: set[str] = set()
    lines = (folder / "names_greater_china.jsonl").read_text(encoding="utf-8").splitlines()
    named = [json.loads(line) for line in lines]
    organisations = _rows(folder / "organizations.csv")
    for types, identifier in (
        *((row["types"].split("; "), row["ror_id"]) for row in organisations),
        *((record["types"], record["ror_id"]) for record in named),
    ):
        known.add(identifier)
        out.kind("Institution", identifier)
        for word, kind in (("company", "Company"), ("government", "Government")):
            if word in types:
                out.kind(kind, identifier)
    for row in organisations:
        city = (_spaced(row["city"]), row["country"])
        out.kind("Place", city)
        out.tie("LOCATED_IN", row["ror_id"], city)
    for row in _rows(folder / "relationships.csv"):
        one, other = row["from_ror"], row["to_ror"]
        if other not in known or one == other:
            continue
        match row["relation"]:
            case "child":
                out.tie("PART_OF", other, one)
            case "parent":
                out.tie("PART_OF", one, other)
            case "related":
                out.tie("PARTNERS_WITH", one, other, symmetric=True)
    return out


def _twin_cities(folder: Path) -> Counted:
    out = Counted()
    for row in _rows(folder / "twin_cities.csv"):
        one, other = (_spaced(f"{row[f'city{i}']}, {row[f'country{i}']}") for i in "12")
        if not (row["country1"] and row["country2"]) or one == other:
            continue
        out.kind("Place", one, other, row["country1"], row["country2"])
        out.tie("PART_OF", one, row["country1"])
        out.tie("PART_OF", other, row["country2"])
        out.tie("PARTNERS_WITH", one, other, symmetric=True)
    return out


def _cordis(folder: Path) -> Counted:
    kinds = {"PRC": "Company", "PUB": "Government"}
    out = Counted()
    for row in _rows(folder / "participations.csv"):
        out.kind("Project", row["projectID"])
        out.kind(kinds.get(row["activityType"], "Institution"), row["organisationID"])
        out.tie("PARTICIPATES_IN", row["organisationID"], row["projectID"])
    return out


@cache
def _aiddata_rows(path: Path) -> list[dict[str, Any]]:
    header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_name(AIDDATA_SHEET).to_python()
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def _aiddata(folder: Path) -> Counted:
    kinds = {
        "Government Agency": "Government",
        "Political Party": "Government",
        "State-Owned Company": "Company",
        "State-owned Company": "Company",
    }
    out = Counted()
    for row in _aiddata_rows(folder / AIDDATA):
        start, end = row["start_actual_isodate"], row["end_actual_isodate"]
        if start and end and end < start:
            continue
        project = int(row["project_id"])
        out.kind("Project", project)
        location = int(row["geoname_id"])
        out.kind("Place", location)
        out.tie("LOCATED_IN", project, location)
        for country in row["recipients"].split("|"):
            out.kind("Place", country.strip())
            out.tie("SUPPORTS", project, country.strip())
        for donor in row["donors"].split("|"):
            name, _, what = donor.strip().rpartition(", ")
            if what in kinds:
                out.kind(kinds[what], _name(name))
                out.tie("FUNDS", (kinds[what], _name(name)), project)
    return out


def _confucius(folder: Path) -> Counted:
    out = Counted()
    rows = _rows(folder / "confucius_institutes.csv")
    hosts = {_name(row["location_name"]): (_spaced(row["location_name"]), row["country"]) for row in rows}
    for row in rows:
        institute, host = row["id"], (_spaced(row["location_name"]), row["country"])
        out.kind("Platform", institute)
        out.kind("Institution", host)
        out.tie("LOCATED_IN", institute, host)
        out.tie("PARTICIPATES_IN", host, institute)
        for said in row["partner_uni"].split(";"):
            partner, _, other = said.partition(",")
            if other.strip() and "Geosciences" in partner:
                partner, other = said, ""
            if partner in ("", "Unknown"):
                continue
            key = hosts.get(_name(partner), _name(partner))
            out.kind("Institution", key)
            out.tie("PARTICIPATES_IN", key, institute)
            out.tie("PARTNERS_WITH", str(host), str(key), symmetric=True)
            if other.strip():
                kind = "Government" if "Commission" in other else "Company"
                out.kind(kind, _name(other))
                out.tie("PARTICIPATES_IN", _name(other), institute)
    return out


def _is_office(name: str) -> bool:
    return name.endswith(("管委会", "管理委员会", "服务中心")) or "街道" in name


def _zone_name(name: str) -> str:
    """High-tech zones are called in three ways."""
    name = unicodedata.normalize("NFKC", name)
    for long in ("高新技术产业开发区", "高新技术产业园区", "高新技术开发区", "高新技术产业区"):
        name = name.replace(long, "高新区")
    return "".join(c for c in name.replace("经济技术开发区", "经开区") if unicodedata.category(c)[0] in "LN")


def _zones(folder: Path) -> Counted:
    out = Counted()
    named: dict[str, str] = {}
    for row in _rows(folder / "township_level_zones.csv"):
        kind = "Government" if _is_office(row["名称"]) else "Park"
        place = (row["省"], row["市"], row["区县"])
        out.kind(kind, row["统计代码"])
        out.kind("Place", place)
        out.tie("LOCATED_IN", row["统计代码"], place)
        if kind == "Park":
            named[_zone_name(row["名称"])] = row["统计代码"]
    for table in ("national_hightech_zones.csv", "national_economic_development_zones.csv"):
        for row in _rows(folder / table):
            park = named.get(_zone_name(row["名称"]), _zone_name(row["名称"]))
            out.kind("Park", park)
            out.kind("Place", row["省份"])
            out.tie("LOCATED_IN", park, row["省份"])
            if row.get("批准年份"):
                out.kind("Government", "国务院")
                out.tie("APPROVED", "国务院", park)
    return out


def _universities(folder: Path) -> Counted:
    out = Counted()
    for row in _rows(folder / "cn_universities.csv"):
        place = row["所在地"].replace("\n", "")
        out.kind("Institution", row["学校标识码"])
        out.kind("Place", place)
        out.tie("LOCATED_IN", row["学校标识码"], place)
    return out


def _divisions(folder: Path) -> Counted:
    out = Counted()
    for row in _rows(folder / "divisions.csv"):
        if row["code"] != row["parent_code"]:
            out.kind("Place", row["code"])
            if row["parent_code"]:
                out.tie("PART_OF", row["code"], row["parent_code"])
    out.kind("Place", *(row["代码"] for row in _rows(folder / "division_codes_1980_2020s.csv")))
    return out


COUNTED: dict[str, Callable[[Path], Counted]] = {
    "aiddata-china-finance": _aiddata,
    "cn-admin-divisions": _divisions,
    "cn-development-zones": _zones,
    "cn-universities": _universities,
    "confucius-institutes": _confucius,
    "cordis-h2020-sample": _cordis,
    "ror-organizations": _ror,
    "twin-cities": _twin_cities,
}


# ---------------------------------------------------------------------- as the loader says


@dataclass
class Said:
    """What the loader says of a whole set: numbers, and findings by rule."""

    rows: int
    refused: int
    kinds: dict[str, int]
    ties: dict[str, int]
    findings: tuple[Finding, ...]
    claims: list[Claim] = field(default_factory=list)
    """None of the two large sets."""

    def count(self, rule: str) -> int:
        return sum(1 + finding.more for finding in self.findings if finding.rule == rule)

    def of(self, rule: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.rule == rule]


def _mapping(name: str, model: Model) -> LoadMapping:
    return read_mapping(MAPPINGS / f"{name}.yaml", model)


def _files(folder: Path) -> list[str | Path | Any]:
    return [path for path in sorted(folder.iterdir()) if path.suffix != ".md"]


def _counted(claims: Iterable[Claim], model: Model) -> Counted:
    out = Counted()
    for claim in claims:
        if claim.property in ("kind", "also_kind"):
            out.kind(str(claim.value), claim.subject)
        elif claim.relation is not None and claim.object is not None:
            symmetric = model.relations[claim.relation].symmetric
            out.tie(claim.relation, claim.subject, claim.object, symmetric=symmetric)
    return out


@cache
def _said(folder: Path) -> Said:
    model = default_model()
    options = Options(mapping=_mapping(folder.name, model), skip_refused=True)
    with prepared(_files(folder), model, None, options) as loading:
        if folder.name in LARGE:
            kinds, ties = _counted(loading.claims(), model).numbers
            return Said(loading.rows, loading.refused, kinds, ties, loading.findings)
        claims = list(loading.claims())
        kinds, ties = _counted(claims, model).numbers
        return Said(loading.rows, loading.refused, kinds, ties, loading.findings, claims)


@pytest.mark.parametrize("name", COUNTED)
def test_a_whole_set_says_what_is_counted_in_its_raw_files(name: str, data: Path) -> None:
    said = _said(data / name)
    assert (said.kinds, said.ties) == COUNTED[name](data / name).numbers


def test_the_sets_have_the_rows_that_their_readme_tells(data: Path) -> None:
    assert {name: _said(data / name).rows for name in COUNTED} == {
        "aiddata-china-finance": 6190,
        "cn-admin-divisions": 3351 + 6823,
        "cn-development-zones": 174 + 232 + 783,
        "cn-universities": 2631,
        "confucius-institutes": 665,
        "cordis-h2020-sample": 5149,
        "ror-organizations": 51370 + 51824 + 1048,
        "twin-cities": 25917,
    }


# ---------------------------------------------------------------------- loaded, and taken back


def _part(folder: Path, to: Path, rows: int) -> Path:
    """The first rows of every table of a set."""
    to = to / folder.name
    to.mkdir()
    for path in sorted(folder.iterdir()):
        if path.suffix == ".csv":
            _part_of_csv(path, to / path.name, rows)
        elif path.suffix == ".jsonl":
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            (to / path.name).write_text("".join(lines[: rows // 10]), encoding="utf-8")
        elif path.suffix == ".xlsx":
            _part_of_workbook(path, to / path.name, rows)
    return to


def _part_of_csv(path: Path, to: Path, rows: int) -> None:
    header, *lines = list(csv.reader(path.open(encoding="utf-8-sig", newline="")))
    if path.name == "relationships.csv":
        kept = {row["ror_id"] for row in _rows(to.parent / "organizations.csv")}
        lines = [line for line in lines if line[0] in kept and (line[2] in kept or line[1] == "successor")]
    else:
        lines = lines[:rows]
    with to.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *lines])


def _part_of_workbook(path: Path, to: Path, rows: int) -> None:
    source = CalamineWorkbook.from_path(path)
    workbook = xlsxwriter.Workbook(to)
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    for name in source.sheet_names:
        sheet = workbook.add_worksheet(name)
        for at, cells in enumerate(source.get_sheet_by_name(name).to_python()[: rows + 1]):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(at, column, cell, day)
                elif cell != "":
                    sheet.write(at, column, cell)
    workbook.close()


PARTS = {
    "aiddata-china-finance": 300,
    "cn-admin-divisions": 250,
    "cn-development-zones": 120,
    "cn-universities": 300,
    "cordis-h2020-sample": 500,
    "ror-organizations": 300,
    "twin-cities": 250,
}


def _in_store(store: Store, model: Model) -> tuple[dict[str, int], dict[str, int]]:
    kinds, ties = {}, {}
    for kind in model.kinds:
        ((number,),) = (row.values() for row in store.read(f"MATCH (n:{kind}) RETURN count(n) AS n"))
        if number:
            kinds[kind] = number
    for tie in model.ties:
        ((number,),) = (
            row.values() for row in store.read(f"MATCH (:Entity)-[r:{tie}]->(:Entity) RETURN count(r) AS n")
        )
        if number:
            ties[tie] = number
    return kinds, ties


def _goes_in_and_out(store: Store, folder: Path, model: Model) -> None:
    """Load a part of a set, count it, load it again, and take it back."""
    store.ensure_schema(model)
    before = content_hash(store)
    mapping = _mapping(folder.name, model)
    options = Options(mapping=mapping, skip_refused=True)
    first = load(store, _files(folder), model, options=options)
    assert _in_store(store, model) == COUNTED[folder.name](folder).numbers
    loaded, version = content_hash(store), store.version
    again = load(store, _files(folder), model, options=options)
    assert first.outcome is not None
    assert again.outcome is not None
    assert (again.outcome.added, again.outcome.version, again.claims) == (0, version, first.claims)
    assert content_hash(store) == loaded
    retract(store, model, mapping.source.id)
    assert content_hash(store) == before
    assert _in_store(store, model) == ({}, {})


@pytest.mark.parametrize("name", PARTS)
def test_a_set_is_loaded_once_and_taken_back(name: str, data: Path, tmp_path: Path, model: Model) -> None:
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    _goes_in_and_out(store, _part(data / name, tmp_path, PARTS[name]), model)
    store.close()


def test_the_confucius_institutes_are_the_same_on_both_engines(
    store: Store, data: Path, tmp_path: Path, model: Model
) -> None:
    _goes_in_and_out(store, _part(data / "confucius-institutes", tmp_path, 60), model)


# ---------------------------------------------------------------------- facts of each set


def _claims(name: str, data: Path, tmp_path: Path, rows: int, model: Model) -> list[Claim]:
    folder = _part(data / name, tmp_path, rows)
    with prepared(
        _files(folder), model, None, Options(mapping=_mapping(name, model), skip_refused=True)
    ) as loading:
        return list(loading.claims())


def _of(claims: list[Claim], subject: str) -> dict[str, Any]:
    return {claim.property: claim.value for claim in claims if claim.subject == subject and claim.property}


def test_relations_of_ror_that_lead_nowhere_are_found_one_by_one(data: Path) -> None:
    said = _said(data / "ror-organizations")
    known = {row["ror_id"] for row in _rows(data / "ror-organizations" / "organizations.csv")}
    nowhere = [
        (number, row["to_ror"])
        for number, row in enumerate(_rows(data / "ror-organizations" / "relationships.csv"), start=2)
        if row["to_ror"] not in known
    ]
    found = said.of("unknown-entity")
    assert len(found) == 7969
    assert [(f.place.row, f.value) for f in found] == [(row, f"institution:{i}") for row, i in nowhere]
    assert {(f.place.file, f.column) for f in found} == {("relationships.csv", "to_ror")}
    assert found[0].message == "there is no Institution 'institution:056cwrs58' here or in the store"


def test_ror_has_three_relations_of_an_organisation_with_itself(data: Path, tmp_path: Path) -> None:
    # One is of a kind that the model has, and two say who came before.
    (one,) = _said(data / "ror-organizations").of("itself")
    assert (one.place.row, one.value) == (36106, "institution:02ek9wp67")
    own = tmp_path / "model.yaml"
    own.write_text(
        "extends: parkgraph\nname: ror\nversion: '1'\nrelations:\n  SUCCEEDS: {domain: [Institution], "
        "range: [Institution], passable: false, zh: 继承, en: succeeds, properties: {}}\n",
        encoding="utf-8",
    )
    wider = load_model(own)
    text = (MAPPINGS / "ror-organizations.yaml").read_text(encoding="utf-8")
    tie = "  - {subject: from, relation: PART_OF, object: to, when: {relation: parent}}\n"
    assert tie in text
    both = tie + tie.replace("PART_OF", "SUCCEEDS").replace("parent", "[successor, predecessor]")
    folder = tmp_path / "ror-organizations"
    folder.mkdir()
    selves = [r for r in _rows(data / folder.name / "relationships.csv") if r["from_ror"] == r["to_ror"]]
    known = {row["from_ror"] for row in selves}
    for table, rows in (
        ("relationships.csv", selves),
        (
            "organizations.csv",
            [r for r in _rows(data / folder.name / "organizations.csv") if r["ror_id"] in known],
        ),
    ):
        with (folder / table).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    mapping = parse_mapping(text.replace(tie, both), wider)
    report = check(_files(folder), wider, None, Options(mapping=mapping))
    assert [f.rule for f in report.errors] == ["itself"] * 3


def test_an_organisation_of_ror_keeps_its_identifiers_and_its_other_kinds(
    data: Path, tmp_path: Path, model: Model
) -> None:
    claims = _claims("ror-organizations", data, tmp_path, 300, model)
    assert _of(claims, "institution:0006s4z66") == {
        "kind": "Institution",
        "also_kind": "Government",
        "name_en": "Bureau of Justice Statistics",
        "ror": "0006s4z66",
        "wikidata": "Q3791513",
        "country": "US",
        "founded": "1979",
        "status": "operating",
    }
    own = [c for c in claims if c.subject == "institution:0006s4z66" and c.property]
    assert {(c.source, c.locator) for c in own} == {("source:ror", "file=organizations.csv;row=2")}
    names = [c.value for c in claims if c.subject == "institution:02n7p8p77" and c.property == "name_zh"]
    assert names == ["山东高等技术研究院"]


def test_a_year_of_three_digits_is_mapped_and_a_soft_hyphen_cleaned(data: Path) -> None:
    assert {f.rule for f in _said(data / "ror-organizations").findings} == {
        "unknown-entity",
        "itself",
        "column-unused",
    }
    assert _said(data / "ror-organizations").refused == 7969 + 1


def test_twin_cities_without_a_country_or_with_themselves_are_refused(data: Path) -> None:
    said = _said(data / "twin-cities")
    rows = list(enumerate(_rows(data / "twin-cities" / "twin_cities.csv"), start=2))
    lacking = {number for number, row in rows if not (row["country1"] and row["country2"])}
    assert {f.place.row for f in said.of("empty")} == lacking
    assert [f.value for f in said.of("itself")] == [
        "place:Nienburg,-Germany",
        "place:Stryi,-Ukraine",
        "place:Dobřany,-Czech-Republic",
    ]
    assert said.refused == len(lacking) + 3


def test_two_cities_of_one_name_are_two_and_their_countries_tell_them_apart(
    data: Path, tmp_path: Path, model: Model
) -> None:
    claims = _claims("twin-cities", data, tmp_path, 3, model)
    partners = [c for c in claims if c.relation == "PARTNERS_WITH"]
    assert [(c.subject, c.object, c.locator) for c in partners] == [
        ("place:Berat,-Albania", "place:Amasya,-Turkey", "row=2"),
        ("place:Berat,-Albania", "place:Bağcılar,-Turkey", "row=3"),
        ("place:Berat,-Albania", "place:Bérat,-France", "row=4"),
    ]
    # What three rows say of Berat is said once.
    assert [c.locator for c in claims if c.subject == "place:Berat,-Albania" and c.property == "kind"] == [
        "row=2"
    ]


def test_amounts_of_cordis_are_whole_euros_with_a_note_where_they_were_rounded(
    data: Path, tmp_path: Path, model: Model
) -> None:
    rows = _rows(data / "cordis-h2020-sample" / "participations.csv")
    broken = sum(1 for row in rows if Decimal(row["netEcContribution"]) % 1)
    said = _said(data / "cordis-h2020-sample")
    assert (said.refused, said.count("read-as")) == (0, broken) == (0, 2240)
    claims = _claims("cordis-h2020-sample", data, tmp_path, 10, model)
    first = {c.locator: c.attributes for c in claims if c.relation == "PARTICIPATES_IN"}
    assert first["row=2"]["amount"] == Quantity(50000, "EUR")
    assert first["row=5"]["amount"] == Quantity(211563, "EUR", precision=1)
    assert first["row=5"]["value_text"] == "211562,5"
    assert first["row=2"]["role"] == "coordinator"


def test_total_costs_with_a_decimal_comma_are_read_and_never_taken_for_thousands(
    data: Path, model: Model
) -> None:
    text = (MAPPINGS / "cordis-h2020-sample.yaml").read_text(encoding="utf-8")
    own = "{column: netEcContribution, unit: EUR, round: true}"
    assert text.count(own) == 3
    mapping = parse_mapping(
        text.replace(own, '{column: totalCost, unit: EUR, round: true, decimal: ","}'), model
    )
    folder = data / "cordis-h2020-sample"
    rows = _rows(folder / "participations.csv")
    options = Options(mapping=mapping)
    with prepared(_files(folder), model, None, options) as loading:
        read = {
            int(str(c.locator).removeprefix("row=")): Decimal(c.attributes["amount"].value)  # type: ignore[union-attr]
            for c in loading.claims()
            if c.relation == "PARTICIPATES_IN" and "amount" in c.attributes
        }
        assert not loading.has_errors
    said = {n: Decimal(r["totalCost"].replace(",", ".")) for n, r in enumerate(rows, 2) if r["totalCost"]}
    assert len(said) == 5149 - 4
    assert {n: abs(value - read[n]) <= Decimal("0.5") for n, value in said.items()} == dict.fromkeys(
        said, True
    )


def test_the_codes_of_the_union_for_britain_and_greece_are_those_of_iso(data: Path) -> None:
    claims = _said(data / "cordis-h2020-sample").claims
    codes = {claim.value for claim in claims if claim.property == "country"}
    assert codes >= {"GB", "GR", "DE"}
    assert codes.isdisjoint({"UK", "EL"})


def test_a_commitment_of_zero_is_no_amount(data: Path) -> None:
    rows = _aiddata_rows(data / "aiddata-china-finance" / AIDDATA)
    unknown = {int(row["project_id"]) for row in rows if row["total_commitments"] == 0}
    assert sum(1 for row in rows if row["total_commitments"] == 0) == 2220
    funds = [c for c in _said(data / "aiddata-china-finance").claims if c.relation == "FUNDS"]
    bare = {
        int(str(c.object).removeprefix("project:aiddata-")) for c in funds if "amount" not in c.attributes
    }
    assert bare <= unknown
    assert len(bare) > 1000
    amounts = [c.attributes["amount"] for c in funds if "amount" in c.attributes]
    assert min(a.value for a in amounts) > 0  # type: ignore[union-attr]
    assert {a.unit for a in amounts} == {"USD"}  # type: ignore[union-attr]
    # The commitment stands in every row of a project, and is said once for each donor.
    assert len(funds) == len({(c.subject, c.object) for c in funds})


def test_dates_of_the_workbook_are_those_that_excel_shows(data: Path) -> None:
    folder = data / "aiddata-china-finance"
    (wrong,) = _said(folder).of("date-order")
    assert str(wrong) == (
        f"{AIDDATA} sheet {AIDDATA_SHEET} row 4467, column end_actual_isodate: 2014-02-10 is before "
        "valid_from 2014-11-10"
    )
    number, first = next(
        (number, row)
        for number, row in enumerate(_aiddata_rows(folder / AIDDATA), start=2)
        if row["start_actual_isodate"]
    )
    (claim,) = (
        claim
        for claim in _said(folder).claims
        if claim.relation == "FUNDS" and claim.locator == f"sheet={AIDDATA_SHEET};row={number}"
    )
    assert claim.valid_from == first["start_actual_isodate"].isoformat()[:10]
    assert claim.source == "source:aiddata-v1"


def test_a_header_without_rows_and_a_codebook_are_left_out_and_said_so(data: Path) -> None:
    left = _said(data / "aiddata-china-finance").of("left-out")
    assert {f.place.sheet for f in left} == {"2014-2021 Input", "Codebook"}


def test_american_dates_of_two_digits_are_read_as_the_mapping_says(
    data: Path, tmp_path: Path, model: Model
) -> None:
    claims = _claims("confucius-institutes", data, tmp_path, 3, model)
    (founded,) = (c for c in claims if c.property == "founded")
    assert (founded.subject, founded.value, founded.as_of, founded.locator) == (
        "platform:confucius-3",
        "2015-02-06",
        "2022-04",
        "row=4",
    )


def test_partners_are_split_without_breaking_a_name_that_holds_a_comma(data: Path) -> None:
    said = _said(data / "confucius-institutes").claims
    names = {str(claim.value) for claim in said if claim.property == "name_en"}
    assert names >= {
        "China University of Geosciences, Wuhan",
        "Hebei Normal University",
        "Shijiazhuang Vocational College of Science & Technology",
        "Sichuan University",
        "Chongqing Education Commission",
        "Phoenix publishing & media group",
    }
    assert names.isdisjoint({"Unknown", "Wuhan", "Sichuan University, Chongqing Education Commission"})


def test_a_park_on_both_national_lists_is_one_park(data: Path) -> None:
    claims = _said(data / "cn-development-zones").claims
    suzhou = [c for c in claims if c.property == "park_type" and c.subject == "park:苏州工业园区"]
    assert {c.value for c in suzhou} == {"national_htz", "economic_zone"}
    (approved,) = (c for c in claims if c.relation == "APPROVED" and c.object == "park:中关村科技园区")
    assert (approved.subject, approved.valid_from, approved.locator) == (
        "government:国务院",
        "1988",
        "file=national_hightech_zones.csv;row=2",
    )


def test_a_code_of_ten_digits_stays_text_and_a_name_that_is_broken_is_whole_again(
    data: Path, tmp_path: Path, model: Model
) -> None:
    claims = _claims("cn-universities", data, tmp_path, 100, model)
    assert _of(claims, "institution:4111010001")["name_zh"] == "北京大学"
    assert "北京北大方正软件职业技术学院" in {claim.value for claim in claims if claim.property == "name_zh"}
    (seat,) = (c for c in claims if c.relation == "LOCATED_IN" and c.subject == "institution:4111010001")
    assert (seat.object, seat.locator, seat.attributes) == ("place:北京市", "row=2", {"role": "seat"})


def test_a_division_lies_in_the_one_whose_code_it_names(data: Path) -> None:
    said = _said(data / "cn-admin-divisions")
    # 东莞, 中山 and 儋州 have no counties: the table puts them into themselves.
    assert [f.value for f in said.of("itself")] == ["place:441900", "place:442000", "place:460400"]
    claims = said.claims
    assert _of(claims, "place:130100") == {
        "kind": "Place",
        "name_zh": "石家庄市",
        "gbt2260": "130100",
        "place_type": "city",
    }
    (parent,) = (c for c in claims if c.relation == "PART_OF" and c.subject == "place:130100")
    assert (parent.object, parent.source) == ("place:130000", "source:cn-divisions")


def test_a_code_that_went_out_of_use_keeps_its_years(data: Path) -> None:
    claims = _said(data / "cn-admin-divisions").claims
    former = [c for c in claims if c.subject == "place:120110" and c.property == "former_name"]
    assert [(c.value, c.valid_from, c.valid_to) for c in former] == [("东郊区", "1981", "1992")]


def test_the_evidence_of_a_loaded_fact_is_its_row(data: Path, tmp_path: Path, model: Model) -> None:
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    folder = _part(data / "twin-cities", tmp_path, 20)
    load(store, _files(folder), model, options=Options(mapping=_mapping("twin-cities", model)))
    found = [
        (claim.source, claim.locator)
        for claim in live_claims(store)
        if claim.relation == "PARTNERS_WITH" and claim.object == "place:Bérat,-France"
    ]
    assert found == [("source:twin-cities", "row=4")]
    store.close()
