"""The bundled dataset agrees with the model, with itself, with the texts it was read from,
with the hand-made gold rows and with its own documentation.

The texts and the gold rows are not part of the repository. Where they are absent, the tests
that need them are skipped and say so.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from parkgraph.graph.evidence import joined
from parkgraph.graph.quantities import parse_quantity

REPO = Path(__file__).parents[2]
DATA = REPO / "data"
SHARED = Path(__file__).parents[3] / "shared"
SEEDS = SHARED / "seeds"
GOLD = SHARED / "dev-gold" / "gold_seeds.jsonl"

Row = dict[str, str]
Spec = dict[str, Any]

MODEL: dict[str, Any] = yaml.safe_load((REPO / "graph" / "model.yaml").read_text("utf-8"))
PACKAGE: dict[str, Any] = json.loads((DATA / "datapackage.json").read_text("utf-8"))
KINDS: dict[str, Any] = MODEL["kinds"]
RELATIONS: dict[str, Any] = MODEL["relations"]
KIND_OF_PREFIX = {kind.lower(): kind for kind in KINDS}
TABLE_OF_KIND: dict[str, str] = {kind: spec["table"] for kind, spec in KINDS.items()}
LINKS = {kind: list(spec.get("links", {})) for kind, spec in KINDS.items()}

CLAIM_COLUMNS = [
    "valid_from", "as_of", "modality", "inferred", "basis", "source", "locator", "context", "note",
]  # fmt: skip
FACT_COLUMNS = ["subject", "relation", "object", "disc", "status", "valid_from", "valid_to"]
DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
QUALIFIER = r"((about|more_than|at_least|up_to) )?"
STEP = r"( ~(10*|0\.0*1))?"
MONEY = re.compile(QUALIFIER + r"\d+" + STEP + r" [A-Z]{3}")
QUANTITY = re.compile(QUALIFIER + r"-?\d+(\.\d+)?" + STEP + r"( [A-Za-z]+)?")
ID = re.compile(r"[a-z]+:[a-z0-9]+(-[a-z0-9]+)*")
LOCATOR = re.compile(r"char=(\d+),(\d+)")
HAN_RUN = re.compile(r"[\u3400-\u9fff]{15,}")
EDITORIAL = "source:parkgraph-register"


def read(table: str) -> list[Row]:
    """The rows of one table of the dataset."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


SOURCES = {row["id"]: row for row in read("sources")}
ENTITY_ROWS = {kind: read(table) for kind, table in TABLE_OF_KIND.items()}
FACT_ROWS = read("relations")
KIND_OF_ID = {row["id"]: kind for kind, rows in ENTITY_ROWS.items() for row in rows}
CLAIM_ROWS: list[tuple[str, Row]] = [
    *((TABLE_OF_KIND[kind], row) for kind, rows in ENTITY_ROWS.items() for row in rows),
    *(("relations", row) for row in FACT_ROWS),
]
TEXT_CLAIMS = [(table, row) for table, row in CLAIM_ROWS if row["locator"]]


def properties(kind: str) -> dict[str, Spec]:
    return {**MODEL["common"], **KINDS[kind]["properties"]}


def relation_properties(relation: str) -> dict[str, Spec]:
    return {**MODEL["relation_common"], **RELATIONS[relation]["properties"]}


def members(kinds: list[str]) -> set[str]:
    """The kinds that a domain or a range of the model names, groups resolved."""
    found: set[str] = set()
    for name in kinds:
        if name == "any":
            found |= set(KINDS)
        elif name in KINDS:
            found.add(name)
        else:
            found |= {kind for kind, spec in KINDS.items() if name in spec.get("groups", [])}
    return found


def vocabulary(spec: Spec) -> set[str]:
    values = spec["values"]
    if values == "layers":
        return set(MODEL["layers"])
    return set(MODEL["vocabularies"][values] if isinstance(values, str) else values)


def fits(value: str, spec: Spec) -> bool:
    """Whether one value of a cell has the form that its property asks for."""
    kind = spec["type"]
    if kind == "string":
        return bool(value) and value == value.strip()
    if kind == "vocabulary":
        return value in vocabulary(spec)
    if kind == "identifier":
        return re.fullmatch(MODEL["schemes"][spec["scheme"]]["pattern"], value) is not None
    checks = {
        "date": lambda: DATE.fullmatch(value) is not None,
        "money": lambda: MONEY.fullmatch(value) is not None,
        "quantity": lambda: QUANTITY.fullmatch(value) is not None,
        "integer": lambda: value.isdigit(),
        "boolean": lambda: value in ("true", "false"),
        "status": lambda: value in MODEL["statuses"],
        "country": lambda: re.fullmatch("[A-Z]{2}", value) is not None,
        "kind": lambda: value in KINDS,
    }
    return checks[kind]()


def whole(cell: str) -> str:
    """A figure without the step of its last digit."""
    return re.sub(r" ~[0-9.]+", "", cell)


def written(row: Row) -> str | None:
    """The wording of a row's figure, as the row gives it."""
    noted = re.search(r"as written: ([^;.]*(?:\.\d[^;.]*)*)", row["note"])
    return row.get("value_text") or (noted[1] if noted else None)


def cell_values(cell: str, spec: Spec) -> list[str]:
    return cell.split("|") if spec.get("multiple") else [cell]


def span(locator: str) -> tuple[int, int]:
    match = LOCATOR.fullmatch(locator)
    assert match, locator
    return int(match[1]), int(match[2])


def place_in_table(row: Row) -> tuple[str, str, int, int]:
    start, end = span(row["locator"]) if row["locator"] else (-1, -1)
    return row.get("id") or row["subject"], row["source"], start, end


def entity_claims(kind: str, row: Row) -> int:
    """Every filled cell of an entity row that is not about the claim itself is a claim."""
    return sum(bool(row.get(name)) for name in [*properties(kind), *LINKS[kind]])


def graph_claims(kind: str, row: Row) -> int:
    """The claims that loading makes of an entity row: its kind, its links, every single value."""
    found = sum(len(cell_values(row[name], spec)) for name, spec in properties(kind).items() if row.get(name))
    return 1 + found + sum(bool(row[name]) for name in LINKS[kind])


def normalised(text: str) -> str:
    """Text with widths, quotation marks, brackets, dashes, case and hard wraps made equal."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[\s\"“”‘’《》]", "", text)
    return re.sub(r"[—–―－‒-]+", "-", text).lower()


def names_of_entities() -> dict[str, set[str]]:
    names: dict[str, set[str]] = {entity: set() for entity in KIND_OF_ID}
    for rows in ENTITY_ROWS.values():
        for row in rows:
            cells = [row.get("name_zh"), row.get("name_en"), row.get("code")]
            for cell in [*cells, *(row.get("alias") or "").split("|")]:
                if cell and len(normalised(cell)) > 1:
                    names[row["id"]].add(normalised(cell))
    return names


NAMES = names_of_entities()
# What a figure is about and what it measures: a row that adds only a year names neither.
FIGURE_LINKS: dict[str, set[str]] = {}
for _kind in ("Observation", "Target"):
    for _row in ENTITY_ROWS[_kind]:
        linked = {_row[link] for link in LINKS[_kind] if _row[link]}
        FIGURE_LINKS.setdefault(_row["id"], set()).update(linked)


def entities_of(row: Row) -> set[str]:
    """What a row speaks of: its entity, or both ends of its relation, and what a figure is about."""
    ends = {row["id"]} if "id" in row else {row["subject"], row["object"]}
    return ends | {linked for entity in ends for linked in FIGURE_LINKS.get(entity, ())}


def facts(subject: str = "", relation: str = "", object_: str = "") -> list[Row]:
    return [
        row
        for row in FACT_ROWS
        if (not subject or row["subject"] == subject)
        and (not relation or row["relation"] == relation)
        and (not object_ or row["object"] == object_)
    ]


# --- the tables and the model -------------------------------------------------------------


def test_the_package_describes_every_table_column_by_column() -> None:
    tables = ["sources", *TABLE_OF_KIND.values(), "relations"]
    assert [resource["name"] for resource in PACKAGE["resources"]] == tables
    assert {f"{table}.csv" for table in tables} == {path.name for path in DATA.glob("*.csv")}
    for resource in PACKAGE["resources"]:
        assert resource["path"] == f"{resource['name']}.csv"
        assert resource["encoding"] == "utf-8"
        with (DATA / resource["path"]).open(encoding="utf-8", newline="") as handle:
            header = next(csv.reader(handle))
        assert header == [field["name"] for field in resource["schema"]["fields"]]
        assert all(field["description"] for field in resource["schema"]["fields"])
    assert PACKAGE["name"] == "parkgraph-dataset"
    assert [licence["name"] for licence in PACKAGE["licenses"]] == ["CC-BY-4.0"]


def test_every_file_is_utf8_with_line_feeds_and_sorted_rows() -> None:
    for path in DATA.glob("*.csv"):
        raw = path.read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in raw
        assert raw.endswith(b"\n")
    assert list(SOURCES) == sorted(SOURCES)
    for rows in [*ENTITY_ROWS.values(), FACT_ROWS]:
        places = [place_in_table(row) for row in rows]
        assert places == sorted(places)


def test_every_column_is_named_by_the_model_and_is_used() -> None:
    for kind, rows in ENTITY_ROWS.items():
        allowed = ["id", *properties(kind), *LINKS[kind], *CLAIM_COLUMNS]
        assert set(rows[0]) <= set(allowed), kind
        for column in set(rows[0]) - set(CLAIM_COLUMNS):
            assert any(row[column] for row in rows), (kind, column)
    known = {name for relation in RELATIONS for name in relation_properties(relation)}
    assert set(FACT_ROWS[0]) <= {*FACT_COLUMNS, *known, *CLAIM_COLUMNS}


def test_every_id_is_its_kind_and_a_slug() -> None:
    assert all(ID.fullmatch(source) and source.startswith("source:") for source in SOURCES)
    for kind, rows in ENTITY_ROWS.items():
        for row in rows:
            assert ID.fullmatch(row["id"]), row["id"]
            assert KIND_OF_PREFIX[row["id"].split(":")[0]] == kind


def test_every_cell_has_the_form_its_property_asks_for() -> None:
    for kind, rows in ENTITY_ROWS.items():
        for row in rows:
            for name, spec in properties(kind).items():
                for value in cell_values(row[name], spec) if row.get(name) else []:
                    assert fits(value, spec), (row["id"], name, value)
    for row in FACT_ROWS:
        for name in set(row) - {*FACT_COLUMNS, *CLAIM_COLUMNS}:
            if not row[name]:
                continue
            known = relation_properties(row["relation"])
            assert name in known, (row["relation"], name)
            for value in cell_values(row[name], known[name]):
                assert fits(value, known[name]), (row["relation"], name, value)
        assert row["status"] in MODEL["statuses"]
        assert all(DATE.fullmatch(row[name]) for name in ("valid_from", "valid_to") if row[name])


def test_every_relation_keeps_to_its_domain_and_range() -> None:
    for row in FACT_ROWS:
        spec = RELATIONS[row["relation"]]
        assert KIND_OF_ID[row["subject"]] in members(spec["domain"]), row
        assert KIND_OF_ID[row["object"]] in members(spec["range"]), row
        assert row["subject"] != row["object"]


def test_every_reference_resolves() -> None:
    for table, row in CLAIM_ROWS:
        assert row["source"] in SOURCES, (table, row)
    for row in FACT_ROWS:
        assert {row["subject"], row["object"]} <= set(KIND_OF_ID), row
    for kind in ("Observation", "Target"):
        for row in ENTITY_ROWS[kind]:
            assert not row["about"] or row["about"] in KIND_OF_ID, row
            assert not row["indicator"] or KIND_OF_ID[row["indicator"]] == "Indicator", row


def test_every_row_says_something_and_where_it_is_said() -> None:
    for kind, rows in ENTITY_ROWS.items():
        assert all(entity_claims(kind, row) for row in rows)
    for table, row in CLAIM_ROWS:
        editorial = SOURCES[row["source"]]["kind"] == "editorial"
        assert editorial == (row["source"] == EDITORIAL) == (not row["locator"]), (table, row)
        assert row["modality"] in MODEL["modalities"]
        assert not row["as_of"] or DATE.fullmatch(row["as_of"])


def test_no_row_stands_twice() -> None:
    rows = Counter(
        (table, *sorted((name, value) for name, value in row.items() if value)) for table, row in CLAIM_ROWS
    )
    assert [row for row, count in rows.items() if count > 1] == []
    said = Counter(
        (row["subject"], row["relation"], row["object"], row["disc"], row["source"], row["locator"])
        for row in FACT_ROWS
    )
    assert [key for key, count in said.items() if count > 1] == []


def test_what_is_inferred_says_why_and_what_is_not_needs_no_reason() -> None:
    for table, row in CLAIM_ROWS:
        assert row["inferred"] in ("", "true")
        assert bool(row["inferred"]) == bool(row["basis"]), (table, row)


def test_only_a_recommendation_is_proposed() -> None:
    for table, row in CLAIM_ROWS:
        if row.get("status"):
            assert (row["status"] == "proposed") == (row["modality"] == "recommended"), (table, row)


def test_every_entity_has_one_chinese_name_and_is_told_by_a_text() -> None:
    names: dict[str, set[str]] = {}
    english: dict[str, set[str]] = {}
    for rows in ENTITY_ROWS.values():
        for row in rows:
            names.setdefault(row["id"], set()).update({row["name_zh"]} - {""})
            english.setdefault(row["id"], set()).update({row["name_en"]} - {""})
    assert {entity: found for entity, found in names.items() if len(found) != 1} == {}
    assert {entity: found for entity, found in english.items() if len(found) > 1} == {}
    unnamed = {entity for entity, found in english.items() if not found}
    assert {KIND_OF_ID[entity] for entity in unnamed} <= {"Company"}
    told = {entity for _, row in TEXT_CLAIMS for entity in entities_of(row)}
    assert set(KIND_OF_ID) - told == set()


def test_observations_and_targets_say_what_they_are_about() -> None:
    for kind in ("Observation", "Target"):
        for row in ENTITY_ROWS[kind]:
            links = {KIND_OF_ID[entity] for entity in FIGURE_LINKS[row["id"]]}
            assert len(links) == 2 or row["id"] == "target:hefei-future-science-city", row["id"]
            assert not row["value"] or row["source"] != EDITORIAL


def test_a_collective_is_counted_unless_its_text_gives_no_number() -> None:
    rows = [row for rows in ENTITY_ROWS.values() for row in rows]
    collective = {row["id"] for row in rows if row.get("collective")}
    counted = {row["id"] for row in rows if row.get("count")}
    assert counted <= collective
    assert collective - counted == {
        "company:chengyu-state-venture-investors",
        "government:chuanyu-science-departments",
    }


def test_no_collective_has_all_its_members_listed() -> None:
    rows = [row for rows in ENTITY_ROWS.values() for row in rows]
    assert all((row.get("listed") == "false") == bool(row.get("collective")) for row in rows)
    others = {column for row in rows for column, cell in row.items() if cell == "false"}
    assert others == {"listed"}


def test_being_counted_together_is_no_path() -> None:
    rows = [row for rows in ENTITY_ROWS.values() for row in rows]
    collective = {row["id"] for row in rows if row.get("collective")}
    end_only = {row["id"] for row in rows if row.get("end_only")}
    groups = {row["object"] for row in facts(relation="PART_OF")} & collective
    assert groups
    assert groups <= end_only
    assert {"programme:belt-and-road", "government:most", "government:state-council"} <= end_only


def test_the_fund_sizes_are_the_three_that_the_texts_state() -> None:
    sizes = {
        (row["id"], name): whole(row[name])
        for row in ENTITY_ROWS["Fund"]
        for name in ("planned_size", "total_size", "raised", "invested")
        if row.get(name)
    }
    assert sizes == {
        ("fund:gansu-shanghai-venture-funds-2015", "total_size"): "5600000000 CNY",
        ("fund:chengyu-science-mother-fund", "total_size"): "5000000000 CNY",
        ("fund:china-israel-innovation-fund", "planned_size"): "500000000 CNY",
    }


def test_the_signed_agreements_with_named_parties_are_four() -> None:
    collective = {row["id"] for rows in ENTITY_ROWS.values() for row in rows if row.get("collective")}
    dates = {row["id"]: row["date"] for row in ENTITY_ROWS["Agreement"] if row["date"]}
    named = {
        row["object"]
        for row in facts(relation="SIGNED")
        if row["status"] == "signed" and not row["inferred"] and row["subject"] not in collective
    }
    assert Counter(dates[agreement][:4] for agreement in named) == {"2018": 1, "2020": 1, "2021": 2}


def test_the_quality_institute_has_exactly_its_stated_neighbours() -> None:
    institute = "institution:sino-british-smart-quality-institute"
    assert {row["object"] for row in facts(institute)} | {
        row["subject"] for row in facts(object_=institute)
    } == {
        "park:chengdu-hi-tech-zone",
        "platform:sino-british-institute-rd-centre",
        "institution:brunel-university-london",
        "institution:national-physical-laboratory",
        "company:mingxin-energy-group",
        "person:liu-jingan",
        "park:sino-british-hi-tech-park",
    }


# --- contradictions -----------------------------------------------------------------------

Side = tuple[str, dict[str, str]]
_TSPPP = {"id": "programme:tsppp"}
_CENTRE = {"id": "platform:chengdu-israel-innovation-centre"}
_SEAT = {"subject": _CENTRE["id"], "object": "park:chengdu-hi-tech-zone"}
_FOUNDS = {"relation": "ESTABLISHED", "object": _CENTRE["id"], "inferred": "true"}
_INSTITUTE = "institution:sino-british-smart-quality-institute"
_POST = {"subject": "person:chen-hongtao", "object": "government:chengdu-hi-tech-zone-committee"}
_OUTLINE = {"id": "policy:chengyu-plan-outline-2021"}
_DEMO = "park:lanbai-innovation-demonstration-zone"
_PILOT = "park:lanbai-reform-pilot-zone"
_PAIR = {"id": "agreement:zhangjiang-lanbai-pairing-2014", "effective_from": "2014"}
_FUND = {"id": "fund:chengyu-science-mother-fund"}
_CONSENSUS = {"relation": "SIGNED", "object": "agreement:wuhan-consensus"}

# Section 11 of the domain model: number of the contradiction, and the rows that are its sides.
CONTRADICTIONS: dict[int, list[Side]] = {
    1: [
        ("programmes", {**_TSPPP, "started": "2017-05", "locator": "char=268,355"}),
        ("programmes", {**_TSPPP, "started": "2017-07", "locator": "char=1112,1174"}),
        ("observations", {"id": "observation:tsppp-months", "value": "about 7 month"}),
    ],
    2: [
        ("platforms", {**_CENTRE, "status": "planned", "locator": "char=410,486"}),
        ("platforms", {**_CENTRE, "status": "signed", "locator": "char=1176,1272"}),
        ("platforms", {**_CENTRE, "status": "operating", "locator": "char=1303,1423"}),
        ("relations", {**_SEAT, "status": "signed", "locator": "char=410,486"}),
        ("relations", {**_SEAT, "status": "operating", "locator": "char=1176,1272"}),
    ],
    3: [
        ("relations", {**_FOUNDS, "subject": "company:bpc-group", "locator": "char=410,486"}),
        ("relations", {**_FOUNDS, "subject": "company:zhongsheng-group"}),
    ],
    4: [
        ("institutions", {"id": _INSTITUTE, "status": "operating", "locator": "char=1818,1934"}),
        (
            "relations",
            {"subject": _INSTITUTE, "relation": "PARTNERS_WITH", "status": "planned"},
        ),
    ],
    5: [
        ("observations", {"id": "observation:alliance-partners-2017", "value": "22 park"}),
        (
            "observations",
            {"id": "observation:tsppp-initiators-2017", "value": "more_than 20 park"},
        ),
    ],
    6: [
        ("relations", {**_POST, "role": "党工委委员、管委会副主任", "locator": "char=771,817"}),
        ("relations", {**_POST, "role": "副主任", "locator": "char=726,835"}),
    ],
    7: [
        ("companies", {"id": "company:healthwatch", "also_kind": "Project"}),
        ("parks", {"id": "park:cetc-shanxi-electronics-park", "also_kind": "Project"}),
        ("parks", {"id": "park:crcc-maglev-park", "also_kind": "Project"}),
    ],
    8: [
        ("observations", {"id": "observation:shanxi-signed", "value": "872 project"}),
        ("observations", {"id": "observation:shanxi-signed-emerging", "value": "442 project"}),
        ("observations", {"id": "observation:shanxi-begun", "value": "556 project"}),
        ("observations", {"id": "observation:shanxi-operating", "value": "375 project"}),
    ],
    9: [
        ("relations", {"amount_kind": "total_size", "amount": "5600000000 CNY"}),
        ("relations", {"amount_kind": "loan", "amount": "2404000000 CNY"}),
        ("relations", {"amount_kind": "investment", "amount": "32000000 CNY", "inferred": "true"}),
    ],
    10: [
        ("relations", {"relation": "APPROVED", "valid_from": "2014", "date_text": "2014年底"}),
        ("relations", {"relation": "PARTNERS_WITH", "valid_from": "2014", "date_text": "2014年"}),
        ("agreements", {**_PAIR, "date_text": "2014年底"}),
        ("agreements", {**_PAIR, "date_text": "2014年"}),
    ],
    11: [
        ("observations", {"id": "observation:lanbai-tech-firms", "about": _PILOT}),
        ("parks", {"id": _DEMO, "status": "approved", "as_of": "2018-02-01"}),
    ],
    12: [
        ("policies", {**_OUTLINE, "issued": "2021-10-20", "locator": "char=134,204"}),
        ("policies", {**_OUTLINE, "issued": "2021-10", "locator": "char=1577,1648"}),
    ],
    13: [
        ("parks", {"id": "park:western-science-city", "locator": "char=2422,2444"}),
        (
            "relations",
            {
                "subject": "park:mianyang-science-city",
                "object": "alliance:innovation-golden-triangle",
                "locator": "char=2445,2564",
            },
        ),
    ],
    14: [
        ("platforms", {"id": f"platform:{slug}", "status": "approved", "locator": "char=2033,2095"})
        for slug in (
            "national-ai-pilot-zone",
            "national-pig-innovation-centre",
            "national-sichuan-tibet-railway-centre",
            "national-applied-mathematics-centre",
        )
    ],
    15: [
        ("funds", {**_FUND, "status": "operating", "founded": "", "locator": "char=2222,2317"}),
        ("funds", {**_FUND, "total_size": "5000000000 CNY", "raised": "", "invested": ""}),
    ],
    16: [
        ("parks", {"id": "park:eight-national-hi-tech-zones", "count": "8 park"}),
        ("relations", {**_CONSENSUS, "subject": "park:zhongguancun", "inferred": "true"}),
        ("relations", {**_CONSENSUS, "subject": "park:suzhou-industrial-park", "inferred": "true"}),
    ],
    17: [
        ("observations", {"id": "observation:htz-returnee-over-1-2019", "value": "35 park"}),
        (
            "observations",
            {"id": "observation:htz-rank-of-1-percent-2019", "value": "up_to 20 percent"},
        ),
        ("observations", {"id": "observation:htz-returnee-under-05-2019", "value": "108 park"}),
        (
            "observations",
            {
                "id": "observation:htz-returnee-under-05-portion-2019",
                "value": "about 66.7 percent",
            },
        ),
    ],
    18: [
        ("observations", {"id": "observation:xian-trade-2014", "value": "115300000000"}),
        (
            "observations",
            {"id": "observation:xian-revenue-2014", "value": "1100000000000 CNY"},
        ),
    ],
    19: [("sources", {"id": "source:tspp-forum-2017", "published": "2017-12-22"})],
}


def matching(table: str, cells: dict[str, str]) -> list[Row]:
    """Rows whose cells are as given; a column that the table lacks counts as empty."""
    return [
        row for row in read(table) if all(whole(row.get(name, "")) == value for name, value in cells.items())
    ]


@pytest.mark.parametrize("number", CONTRADICTIONS)
def test_both_sides_of_a_contradiction_are_kept(number: int) -> None:
    for table, cells in CONTRADICTIONS[number]:
        assert matching(table, cells), (table, cells)


def test_mianyang_is_no_part_of_the_western_science_city() -> None:
    assert facts("park:mianyang-science-city", object_="park:western-science-city") == []


def test_the_day_of_the_wuhan_consensus_is_not_stated() -> None:
    assert all(not row["valid_from"] for row in facts(object_="agreement:wuhan-consensus"))
    rows = [row for row in ENTITY_ROWS["Agreement"] if row["id"] == "agreement:wuhan-consensus"]
    assert rows
    assert not any(row["date"] for row in rows)


# --- the texts ----------------------------------------------------------------------------

needs_texts = pytest.mark.skipif(
    not SEEDS.is_dir(), reason=f"the five texts are not here ({SEEDS}); locators are not checked"
)
needs_gold = pytest.mark.skipif(
    not (SEEDS.is_dir() and GOLD.is_file()), reason=f"the gold rows are not here ({GOLD})"
)


def text_of(source: str) -> str:
    return (SEEDS / SOURCES[source]["file"]).read_text("utf-8")


def text_sources() -> list[Row]:
    return [row for row in SOURCES.values() if row["kind"] == "text"]


@needs_texts
def test_each_source_is_the_file_it_says_it_is() -> None:
    assert {row["file"] for row in text_sources()} == {path.name for path in SEEDS.glob("*.txt")}
    for row in text_sources():
        raw = (SEEDS / row["file"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == row["sha256"]
        assert len(raw.decode("utf-8")) == int(row["length"])


@needs_texts
def test_the_articles_of_a_file_follow_one_another() -> None:
    for name in {row["file"] for row in text_sources()}:
        articles = sorted(
            (int(row["article"]), int(row["start"]), int(row["end"]), int(row["length"]))
            for row in text_sources()
            if row["file"] == name
        )
        assert [article for article, *_ in articles] == list(range(1, len(articles) + 1))
        for (_, start, end, length), following in zip(articles, [*articles[1:], None], strict=True):
            assert 0 <= start < end <= length
            assert following is None or following[1] >= end


@needs_texts
def test_every_span_lies_in_the_article_of_its_source() -> None:
    for table, row in TEXT_CLAIMS:
        source = SOURCES[row["source"]]
        for locator in filter(None, (row["locator"], row["context"])):
            start, end = span(locator)
            assert int(source["start"]) <= start < end <= int(source["end"]), (table, row)


# Rows in which no name of the dataset stands near, by (table, id or subject, locator).
_COUNTED = "a counted group; the text counts it in other words than its name"
_DESCRIBED = "its name is the editor's; the text describes it"
NOT_NAMED_NEARBY: dict[tuple[str, str, str], str] = {
    ("agreements", "agreement:bofujiang-gansu-tcm-hospital-intent", "char=2553,2599"): _DESCRIBED,
    ("agreements", "agreement:chengdu-israel-centre-move-ins-2018", "char=1516,1594"): _DESCRIBED,
    ("agreements", "agreement:jing-jin-ji-framework-proposed", "char=3321,3391"): (
        "written in the same words as the signed agreement of 2020, which it must not meet"
    ),
    ("agreements", "agreement:zhangjiang-lanbai-pairing-2014", "char=2636,2686"): _DESCRIBED,
    ("agreements", "agreement:zhangjiang-lanbai-pairing-2014", "char=3354,3409"): _DESCRIBED,
    ("companies", "company:five-listed-firms", "char=3480,3523"): _COUNTED,
    ("companies", "company:twenty-neeq-firms", "char=3480,3523"): _COUNTED,
    ("funds", "fund:gansu-shanghai-venture-funds-2015", "char=3411,3479"): _COUNTED,
    ("parks", "park:sino-british-hi-tech-park", "char=1936,1993"): _DESCRIBED,
    ("programmes", "programme:jing-jin-ji-joint-conference", "char=3392,3433"): (
        "written in the same words as the existing conference of Chongqing and Sichuan"
    ),
    ("projects", "project:eight-mutual-services", "char=2332,2396"): _COUNTED,
}


@needs_texts
def test_every_span_names_what_it_speaks_of_or_its_context_does() -> None:
    missing = []
    for table, row in TEXT_CLAIMS:
        text = text_of(row["source"])
        start, end = span(row["locator"])
        near = normalised(text[max(0, start - 120) : end + 120])
        if row["context"]:
            first, last = span(row["context"])
            near += "\n" + normalised(text[first:last])
        if not any(name in near for entity in entities_of(row) for name in NAMES[entity]):
            missing.append((table, row.get("id") or row["subject"], row["locator"]))
    assert sorted(set(missing)) == sorted(NOT_NAMED_NEARBY)


@needs_texts
def test_a_name_read_in_a_text_stands_in_its_span() -> None:
    for kind in ENTITY_ROWS:
        for row in ENTITY_ROWS[kind]:
            if not row["locator"]:
                continue
            start, end = span(row["locator"])
            said = normalised(text_of(row["source"])[start:end])
            for name in (row["name_zh"], row["name_en"], *(row.get("alias") or "").split("|")):
                assert not name or normalised(name) in said, (row["id"], name, row["locator"])


@needs_texts
def test_no_cell_holds_a_sentence_of_a_text() -> None:
    texts = ["".join(text_of(row["id"]).split()) for row in text_sources()]
    titles = {"name_zh", "name_en", "alias", "former_name", "computed_by"}
    tables = [*CLAIM_ROWS, *(("sources", row) for row in SOURCES.values())]
    for table, row in tables:
        for column, cell in row.items():
            if column in titles or (table == "sources" and column == "name"):
                continue
            for run in HAN_RUN.findall(cell or ""):
                pieces = (run[i : i + 15] for i in range(len(run) - 14))
                copied = any(piece in text for piece in pieces for text in texts)
                assert not copied, (table, column, cell)


# --- the gold rows ------------------------------------------------------------------------

# Kinds that the gold rows put under another type.
SUBKINDS = {"policy_document": "Policy", "treaty": "Treaty"}
# The eight zones are counted parks, like the other counted groups of parks.
KIND_DIFFERS = {"八家国家高新区": "Park"}
# The gold rows date the consensus by its publication; the dataset gives it no date.
UNDATED = {"武汉共识"}


def gold_rows(kind: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
    return [row for row in rows if row["kind"] == kind]


def gold_ids() -> dict[str, str]:
    """The entity of each gold name: canonical names are equal in the gold and in the dataset."""
    by_name = {row["name_zh"]: row["id"] for rows in ENTITY_ROWS.values() for row in rows if row["name_zh"]}
    return {row["name"]: by_name[row["name"]] for row in gold_rows("entity")}


def overlapping(rows: list[Row], gold: dict[str, Any]) -> list[Row]:
    found = []
    for row in rows:
        if row["locator"] and SOURCES[row["source"]]["file"] == gold["doc"]:
            start, end = span(row["locator"])
            if start < gold["end"] and gold["start"] < end:
                found.append(row)
    return found


@needs_gold
def test_every_gold_entity_is_represented_where_the_gold_found_it() -> None:
    ids = gold_ids()
    for gold in gold_rows("entity"):
        entity = ids[gold["name"]]
        kind = SUBKINDS.get(gold["props"].get("subkind", ""), gold["type"])
        assert KIND_OF_ID[entity] == KIND_DIFFERS.get(gold["name"], kind), gold
        rows = [row for row in ENTITY_ROWS[KIND_OF_ID[entity]] if row["id"] == entity]
        rows += [*facts(entity), *facts(object_=entity)]
        assert overlapping(rows, gold), gold


def gold_status(gold: dict[str, Any]) -> str:
    props = gold["props"]
    if props.get("modality") == "proposed":
        return "proposed"
    if props.get("stage") == "approved" and gold["type"] != "APPROVED":
        return "approved"
    return str(props.get("status", "operating"))


@needs_gold
def test_every_gold_relation_is_represented_with_its_status_date_and_amount() -> None:
    ids = gold_ids()
    for gold in gold_rows("relation"):
        props = gold["props"]
        rows = facts(ids[gold["source"]], gold["type"], ids[gold["target"]])
        rows = [row for row in overlapping(rows, gold) if row["status"] == gold_status(gold)]
        assert rows, gold
        date = props.get("date") or props.get("date_from")
        if date and gold["target"] not in UNDATED:
            dates = [row["valid_from"] or row["as_of"] for row in rows]
            assert any(found.startswith(date) for found in dates), (gold, dates)
        if "amount" in props:
            assert any(whole(row["amount"]) == f"{props['amount']} CNY" for row in rows), gold
            assert any(row["amount_kind"] == props["amount_kind"] for row in rows), gold
        for name in ("role", "form", "act"):
            if name in props:
                assert any(row[name] == props[name] for row in rows), (gold, name)
        if "count" in props:
            assert any(row["count"].split(" ")[0] == str(props["count"]) for row in rows), gold
        if props.get("inferred"):
            assert all(row["inferred"] for row in rows), gold


# What the wording does not say by itself: a cap, two ends of a range, a rank, a multiple.
READ_WITH_ITS_SENTENCE = {
    "observation:chuanyu-plan-cap",
    "observation:zhongguancun-new-firms-ratio-2014",
    "target:changzhou-foreign-max-2018",
    "target:changzhou-foreign-min-2018",
    "target:changzhou-top-20",
}


@needs_texts
def test_every_figure_is_what_its_wording_in_the_text_reads_as() -> None:
    read_alike = 0
    columns = {"funds": ("planned_size", "total_size"), "relations": ("amount",)}
    for table in ("funds", "observations", "targets", "relations"):
        for row in read(table):
            wording = written(row)
            for name in columns.get(table, ("value",)):
                if not row[name] or wording is None or row.get("id") in READ_WITH_ITS_SENTENCE:
                    continue
                start, end = span(row["locator"])
                text = joined(text_of(row["source"])[start:end])
                assert wording.replace(" ", "") in text.replace(" ", ""), row
                cell, figure = parse_quantity(row[name]), parse_quantity(wording)
                # A classifier does not say what it counts; its sentence does.
                assert figure == replace(cell, unit=figure.unit), row
                assert figure.unit in (None, cell.unit), row
                read_alike += 1
    assert read_alike > 90


# --- the documentation --------------------------------------------------------------------


def test_the_documentation_counts_what_the_tables_hold() -> None:
    page = (REPO / "docs" / "dataset.md").read_text("utf-8")
    expected = []
    for kind, rows in ENTITY_ROWS.items():
        claims = sum(entity_claims(kind, row) for row in rows)
        expected.append(f"| {kind} | {len({row['id'] for row in rows})} | {len(rows)} | {claims} |")
    keys = {(row["subject"], row["relation"], row["object"], row["disc"]) for row in FACT_ROWS}
    for relation in sorted({row["relation"] for row in FACT_ROWS}):
        number = sum(key[1] == relation for key in keys)
        expected.append(f"| {relation} | {number} | {len(facts(relation=relation))} |")
    for status, number in Counter(row["status"] for row in FACT_ROWS).items():
        expected.append(f"| {status} | {number} |")
    for source in SOURCES:
        entities = sum(row["source"] == source for rows in ENTITY_ROWS.values() for row in rows)
        relations = sum(row["source"] == source for row in FACT_ROWS)
        expected.append(f"| `{source}` | {entities} | {relations} |")
    entity_rows = sum(len(rows) for rows in ENTITY_ROWS.values())
    property_claims = sum(entity_claims(kind, row) for kind, rows in ENTITY_ROWS.items() for row in rows)
    loaded = len(FACT_ROWS) + sum(
        graph_claims(kind, row) for kind, rows in ENTITY_ROWS.items() for row in rows
    )
    inferred = [row for _, row in CLAIM_ROWS if row["inferred"]]
    expected += [
        f"{len(KIND_OF_ID)} entities",
        f"{len(keys)} relations",
        f"{entity_rows} entity rows",
        f"{len(FACT_ROWS)} relation rows",
        f"{property_claims + len(FACT_ROWS)} claims",
        f"{len(inferred)} rows are inferred",
        f"({sum('subject' in row for row in inferred)} of them relation rows)",
        f"{sum(row['source'] == EDITORIAL for _, row in CLAIM_ROWS)} rows come from the register",
        f"A graph counts {loaded} claims",
    ]
    assert [line for line in expected if line not in page] == []


def test_the_documentation_shows_where_each_contradiction_stands() -> None:
    page = (REPO / "docs" / "dataset.md").read_text("utf-8")
    for number in CONTRADICTIONS:
        assert re.search(rf"^\| {number} \|", page, re.MULTILINE), number
