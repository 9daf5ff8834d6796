"""Queries of one's own only read: every way round that is known is refused, and what is taken answers alike
on both engines."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import parkgraph as pg
from parkgraph.graph.canonical import content_hash
from parkgraph.graph.errors import BadRequest, ParkGraphError, ReadOnly, RefusedCypher, TimedOut, UnknownName
from parkgraph.queries.cypher_guard import LONGEST_TEXT, PROCEDURES, checked_parameters, reading, tokens
from parkgraph.queries.questions import MOST_NOTES, PROPERTIES_OF_THE_STORE

WRITES = [
    "CREATE (n:Park {id: 'x'}) RETURN n",
    "create (n)",
    "CrEaTe (n)",
    "MERGE (n:Park {id: 'x'})",
    "MATCH (n) SET n.name = 'x'",
    "MATCH (n) SET n += {name: 'x'}",
    "MATCH (n) SET n:Fund",
    "MATCH (n) DELETE n",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n) NODETACH DELETE n",
    "MATCH (n) REMOVE n.name",
    "MATCH (n) REMOVE n:Park",
    "MATCH (n)/**/DELETE/**/n",
    "MATCH (n)// a comment\nDELETE n",
    "MATCH (n)// a comment\rDELETE n",
    "MATCH (n)/* // */DELETE n",
    "MATCH (n) RETURN n /* */; MATCH (n) DELETE n",
    "MATCH (n)\u3000DELETE\u00a0n",
    "MATCH (n)\u2028DELETE\u2029n",
    "MATCH (n)\x1cDELETE\x0bn",
    "MATCH (n) WITH * DELETE n",
    "MATCH (n) RETURN * SET n.x = 1",
    "MATCH (n) WITH n AS order DELETE n",
    "MATCH (n) WITH n AS `order` DELETE n",
    "MATCH (n) RETURN order SET n.x = 1",
    "MATCH (n) RETURN n AS SET SET n.x = 1",
    "MATCH (n) WHERE n:Park SET n.x = 1",
    "MATCH (n) WHERE n:SET SET n.x = 1",
    "MATCH (n) WHERE n.a = 1SET n.x = 1",
    "MATCH (n) WHERE n.a = 1.SET n.x = 1",
    "MATCH (n) WHERE n.a = .5SET n.x = 1",
    "MATCH (n) WHERE n.a = 0x1SET n.x = 1",
    "MATCH (n) WHERE n.a = $aSET n.x = 1",
    "MATCH (n) WHERE n.a = 'a'SET n.x = 1",
    "MATCH (n) WHERE n.a = $1FOREACH (x IN [1] | SET n.x = 1)",
    "MATCH (n) WHERE n.a = 'a''b' SET n.x = 1",
    "MATCH (n) WITH n LIMIT 1 CALL (n) { SET n.x = 1 }",
    "MATCH (n) WITH n LIMIT 1 CALL (n) { SET n.x = 1 } IN TRANSACTIONS OF 10 ROWS",
    "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS RETURN x",
    "MATCH (n) CALL (n) { RETURN 1 AS x } IN 2 CONCURRENT TRANSACTIONS RETURN x",
    "CALL { CREATE (n) RETURN n } RETURN n",
    "CALL () { MERGE (n:Park {id: 'x'}) RETURN n } RETURN n",
    "CALL (*) { MATCH (m) DETACH DELETE m }",
    "MATCH (n) WHERE EXISTS { MATCH (n) SET n.x = 1 } RETURN n",
    "MATCH (n) WHERE EXISTS { CREATE (m) } RETURN n",
    "MATCH (n) WHERE COUNT { MATCH (n) DELETE n } > 0 RETURN n",
    "MATCH (n) RETURN COLLECT { MATCH (m) DELETE m RETURN 1 }",
    "FOREACH (x IN [1] | CREATE (:Park))",
    "MATCH (n) FOREACH (x IN [1] | SET n.x = x)",
    "MATCH (n) RETURN 1 UNION MATCH (n) DELETE n RETURN 1",
    "RETURN 1 AS x UNION ALL CREATE (n) RETURN 1 AS x",
    "INSERT (:Park {id: 'x'})",
    "CREATE INDEX x FOR (n:Park) ON (n.name)",
    "CREATE CONSTRAINT x FOR (n:Park) REQUIRE n.id IS UNIQUE",
    "DROP INDEX entity_uscc",
    "DROP INDEX ON :Park(name)",
    "DROP CONSTRAINT entity_id IF EXISTS",
    "USING PERIODIC COMMIT 10 MATCH (n) DELETE n",
    "EXPLAIN CREATE (n)",
    "PROFILE CREATE (n) RETURN n",
    "CYPHER 5 CREATE (n)",
    "CYPHER runtime=slotted MATCH (n) DELETE n",
    "CYPHER 25 MATCH (n) DELETE n",
    "RETURN 1; CREATE (n)",
    "RETURN 1;CREATE (n);",
    "; CREATE (n)",
    "CR\\u0045ATE (n)",
    "\\u0043REATE (n)",
    "MATCH (n) \\u0053ET n.x = 1",
    "MATCH (n) WHERE n.name = 'a\\' SET n.x = 1",
    "MATCH (n) WHERE n.name = '\\\\u0027 SET n.x = 1 //' RETURN n",
    'MATCH (n) WHERE n.name = "\\u0022 SET n.x = 1 //" SET n.y = 2',
    "MATCH (n) RETURN n.`a\\u0060 SET n.x = 1 //`",
    "MATCH (n) RETURN n.`a`` SET n.x = 1",
    "MATCH (n) RETURN 1 /* SET n.x = 1",
    "\uff23\uff32\uff25\uff21\uff34\uff25 (n)",
    "MATCH (n) \u017fET n.x = 1",
    "MATCH (n) DE\u200bLETE n",
    "MATCH (n) DELETE\ufeff n",
    "\ufeffCREATE (n)",
    "MATCH (n) DELETE\x00 n",
    "MATCH (n)-[r]->\u3008m\u3009 DELETE r",
    "MATCH (n) \u2010\u2010 (m) DELETE n",
]
READS_ELSEWHERE = [
    "LOAD CSV FROM '{file}' AS row RETURN row",
    "load csv from '{file}' as row return row",
    "LOAD CSV WITH HEADERS FROM 'file://{file}' AS row RETURN row",
    "LOAD/**/CSV/**/FROM 'file://{file}' AS row RETURN row",
    "LOAD // x\nCSV FROM '{file}' AS row RETURN row",
    "LOAD\tCSV\nFROM '{file}' AS row RETURN row",
    "LOAD\u3000CSV FROM 'file://{file}' AS row RETURN row",
    "L\\u004fAD CSV FROM 'file://{file}' AS row RETURN row",
    "\\u004c\\u004f\\u0041\\u0044 CSV FROM 'file://{file}' AS row RETURN row",
    "\uff2cOAD CSV FROM 'file://{file}' AS row RETURN row",
    "RETURN 1; LOAD CSV FROM '{file}' AS row RETURN row",
    "/* x */ LOAD CSV FROM '{file}' AS row RETURN row",
    "// x\nLOAD CSV FROM '{file}' AS row RETURN row",
    "WITH 1 AS x LOAD CSV FROM 'file://{file}' AS row RETURN row",
    "WITH * LOAD CSV FROM 'file://{file}' AS row RETURN row",
    "MATCH (n) WITH n LIMIT 1 LOAD CSV FROM 'file://{file}' AS row RETURN row",
    "UNWIND [1] AS in LOAD CSV FROM 'file://{file}' AS row RETURN row",
    "CALL {{ LOAD CSV FROM 'file://{file}' AS row RETURN row }} RETURN row",
    "CALL () {{ LOAD CSV FROM 'file://{file}' AS row RETURN row }} RETURN row",
    "RETURN EXISTS {{ LOAD CSV FROM 'file://{file}' AS row RETURN row }} AS x",
    "RETURN 1 AS x UNION ALL LOAD CSV FROM 'file://{file}' AS x RETURN x",
    "EXPLAIN LOAD CSV FROM '{file}' AS row RETURN row",
    "PROFILE LOAD CSV FROM '{file}' AS row RETURN row",
    "CYPHER 5 LOAD CSV FROM 'file://{file}' AS row RETURN row",
    "USING PERIODIC COMMIT LOAD CSV FROM 'file://{file}' AS row RETURN row",
    "FOR VALID_TIME ALL LOAD CSV FROM '{file}' AS row RETURN row",
    "MATCH (n) WHERE n.x = '\\\\' LOAD CSV FROM 'file://{file}' AS row RETURN row",
    "CALL apoc.load.json('file://{file}') YIELD value RETURN value",
    "CALL apoc.load.csv('file://{file}')",
    "CALL apoc.import.csv([], [], {{}})",
    "RETURN apoc.load.json('file://{file}')",
    "RETURN file() AS x",
    "RETURN linenumber() AS x",
]
CALLS = [
    "CALL dbms.listConfig()",
    "CALL dbms.listConfig",
    "CALL dbms.killConnection('x')",
    "CALL dbms.queryJmx('*:*')",
    "CALL dbms . components()",
    "CALL /* x */ dbms.components()",
    "CALL `dbms`.`components`()",
    "CALL `dbms.components`()",
    "CALL `db`.createLabel('X')",
    "CALL db.createLabel('X')",
    "CALL DB.CREATELABEL('X')",
    "CALL db.labelsX()",
    "CALL db.labels.x()",
    "CALL `db.labels`.x()",
    "CALL db.create.setNodeVectorProperty(null, 'x', [1.0])",
    "CALL db.clearQueryCaches()",
    "CALL db.prepareForReplanning(1)",
    "CALL db.index.fulltext.queryNodes('x', 'y')",
    "CALL tx.setMetaData({a: 1})",
    "CALL apoc.cypher.doIt('CREATE (n)', {})",
    "CALL apoc.cypher.runWrite('CREATE (n)', {})",
    "CALL apoc.periodic.iterate('MATCH (n) RETURN n', 'DELETE n', {})",
    "CALL genai.vector.encodeBatch(['a'], 'OpenAI', {})",
    "RETURN genai.vector.encode('a', 'OpenAI', {})",
    "RETURN apoc.cypher.runFirstColumnSingle('CREATE (n) RETURN n', {})",
    "RETURN `apoc`.`cypher`.`x`()",
    "RETURN `apoc.cypher.x`()",
    "RETURN apoc . cypher . x ()",
    "RETURN apoc/**/.cypher/**/.x/**/()",
    "MATCH (n) WHERE apoc.x() RETURN n",
    "MATCH (n) RETURN {a: apoc.x()}",
    "MATCH (n:Park) RETURN [x IN [1] | apoc.x()]",
    "RETURN graph.byName('neo4j')",
    "RETURN shortest_path_length(1, 2)",
    "RETURN vector_score(1, 'a', [1.0])",
    "RETURN reduce(s = 'a', x IN range(1, 40) | s + s)",
    "RETURN Keys\u200b({})",
    "RETURN \u212aeys({a: 1})",
    "MATCH (n) CALL pagerank() YIELD node RETURN node",
    "CALL table.upsert({})",
    "CALL db.cdc.enable({})",
    "CALL db.temporal.declare({})",
    "CALL db.node_embeddings.set({})",
    "CALL db.embeddings.embed({})",
    "CALL list_procedures()",
    "CALL refresh_stats()",
    "OPTIONAL CALL db.createLabel('X')",
]
OTHERS = [
    "SHOW USERS",
    "SHOW PROCEDURES",
    "SHOW FUNCTIONS YIELD name RETURN name",
    "SHOW TRANSACTIONS YIELD * TERMINATE TRANSACTIONS 'x'",
    "SHOW ONTOLOGY",
    "TERMINATE TRANSACTION 'neo4j-transaction-1'",
    "STOP DATABASE neo4j",
    "START DATABASE neo4j",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
    "CREATE USER x SET PASSWORD 'aaaaaaaa'",
    "GRANT ROLE admin TO x",
    "DENY READ {*} ON GRAPH * TO x",
    "REVOKE ROLE admin FROM x",
    "RENAME USER a TO b",
    "ENABLE SERVER 'x'",
    "DEALLOCATE DATABASES FROM SERVER 'x'",
    "USE system MATCH (n) RETURN n",
    "USE graph.byName('x') MATCH (n) RETURN n",
    "CALL { USE system MATCH (n) RETURN n } RETURN n",
    "MATCH (n) USING INDEX n:Park(id) RETURN n",
    "EXPLAIN MATCH (n) RETURN n",
    "PROFILE MATCH (n) RETURN n",
    "CYPHER 25 MATCH (n) RETURN n",
    "MATCH (n) RETURN n FORMAT CSV",
    "MATCH (n) RETURN n.id format csv",
    "RETURN format CSV",
    "FOR VALID_TIME AS OF date('2019-01-01') MATCH (n) RETURN n",
    "MATCH (n) FILTER n.id = 'x' RETURN n",
    "MATCH (n) RETURN n.kind AS k, count(*) AS c HAVING c > 5",
    "MATCH (n) FINISH",
    "LET x = 1 RETURN x",
    "MATCH (n:$(x)) RETURN n",
    "MATCH (n) RETURN n WHATEVER x",
    "MATCH (n) SEARCH n IN (VECTOR INDEX x FOR [1.0] LIMIT 3) RETURN n",
    "RETURN 1; RETURN 2",
    "RETURN 'a' 'b'x",
    "RETURN #1",
    "RETURN 'a",
    "RETURN `a",
    "RETURN $",
    "RETURN $1a",
    "RETURN 'a''b' AS x",
    "CALL $procedure",
    "MATCH (n) RETURN se\u0301t",
    "RETURN (1",
    "RETURN 1)",
    "RETURN [1}",
    "RETURN '\\q'",
    "RETURN 'a\ud800'",
    "RETURN '\\ud800'",
    "RETURN `a\ud800`",
    "RETURN " + "(" * 60 + "1" + ")" * 60,
    "1",
    "'RETURN 1'",
]
"""Texts that are refused: with what they would write, read, call or rule."""

TAKEN = [
    "MATCH (n:Park) RETURN n ORDER BY n.id LIMIT 2",
    "MATCH (n:Park)-[r:SIGNED]->(m) RETURN r, [r] AS l, {a: m, type: 'x', title: 1} AS m "
    "ORDER BY r.id LIMIT 2",
    "MATCH p = (n:Park)-[r:SIGNED|MEMBER_OF]->(m) RETURN p ORDER BY r.id LIMIT 2",
    "MATCH (n:Park) WHERE n.set IS NULL AND n.`create` IS NULL "
    "RETURN {create: 1, set: n.delete} AS m LIMIT 1",
    "RETURN 'LOAD CSV FROM x; DELETE // /*' AS s, \"it's\" AS q, 'it\\'s \\\\' AS e",
    "RETURN '\\u5f20\\n' AS s",
    "RETURN 1 AS `create`, 2 AS `a``b`, 3 AS `LOAD CSV`",
    "MATCH (n:Set)-[:DELETE]->(m:`LOAD CSV`) RETURN n",
    "MATCH (n:Park) CALL (n) { MATCH (n)--(m) RETURN count(m) AS c } RETURN n.id, c ORDER BY n.id LIMIT 3",
    "MATCH (n:Park) CALL { WITH n MATCH (n)--(m) RETURN count(m) AS c } RETURN n.id, c ORDER BY n.id LIMIT 3",
    "MATCH (n:Entity) RETURN CASE WHEN n.collective = true THEN 'group' ELSE 'one' END AS k, count(*) AS n "
    "ORDER BY k DESC SKIP 0 LIMIT 5",
    "MATCH (n:Park) RETURN n {.id, .name, k: COUNT { (n)--() }} AS m ORDER BY n.id LIMIT 2",
    "MATCH (n:Park) WHERE EXISTS { MATCH (n)-[:SIGNED]->(:Agreement) } AND NOT (n)--(:Fund) "
    "RETURN n.id AS i "
    "ORDER BY i LIMIT 3",
    "MATCH (n:Park) RETURN [x IN labels(n) WHERE x <> 'Entity' | toUpper(x)] AS l, n.id AS i "
    "ORDER BY i LIMIT 2",
    "/* one\n * two */ MATCH (n:Fund) // three\nRETURN count(*) AS n;  ",
    "UNWIND range(1, 3) AS i RETURN i, i % 2 = 0 AS even, -i * 2 + 1.5e1 AS m, [1, 2, 3][0..2] AS s",
    "RETURN date('2019-01-02') AS d, datetime('2019-01-02T10:00:00Z') AS t, duration('P1M2DT3S') AS u, "
    "localdatetime('2019-01-02T10:00:00') AS l, [time('10:00:00')] AS z, date('2019-05-02').year AS y",
    "MATCH (n:Park) WHERE n.name ENDS WITH '\\u56ed' RETURN count(n) AS n",
    "RETURN 1 AS a UNION ALL RETURN 2 AS a UNION ALL RETURN 2 AS a",
    "MATCH p = shortestPath((a:Entity {id: 'park:cambridge-science-park'})-[*..4]-(b:Alliance)) "
    "RETURN [x IN nodes(p) | x.id] AS ids ORDER BY length(p), ids LIMIT 3",
    "UNWIND [] AS x RETURN x, 1.0 / 0 AS y",
    "RETURN all(x IN [1, 2] WHERE x > 0) AS a, any(x IN [] WHERE x) AS b, size('abc') AS c, 'a' || 'b' AS d",
]


@pytest.mark.parametrize("text", [*WRITES, *READS_ELSEWHERE, *CALLS, *OTHERS], ids=ascii)
def test_what_does_more_than_read_is_refused(text: str) -> None:
    with pytest.raises(RefusedCypher, match=r"line \d+, column \d+: \S+") as caught:
        reading(text)
    assert "\n" not in caught.value.message or "\r" in text
    assert caught.value.http_status == 400


@pytest.mark.parametrize(
    ("text", "word", "line", "column"),
    [
        ("MATCH (n) DELETE n", "DELETE", 1, 11),
        ("MATCH (n)\n  detach delete n", "detach", 2, 3),
        ("/* x */ LOAD CSV FROM 'x' AS r RETURN r", "LOAD", 1, 9),
        ("RETURN apoc . load('x')", "apoc.load", 1, 15),
        ("CALL `dbms`.x()", "dbms.x", 1, 6),
        ("MATCH (n) RETURN n WHATEVER x", "WHATEVER", 1, 20),
    ],
)
def test_the_refusal_names_the_word_and_its_place(text: str, word: str, line: int, column: int) -> None:
    with pytest.raises(RefusedCypher, match=f"line {line}, column {column}: .*{word}") as caught:
        reading(text)
    assert caught.value.details == {"word": word, "line": line, "column": column}


def test_an_unknown_function_is_said_with_the_one_that_was_meant() -> None:
    with pytest.raises(RefusedCypher, match="did you mean toUpper"):
        reading("RETURN toUper('a')")


@pytest.mark.parametrize("text", TAKEN, ids=ascii)
def test_what_reads_is_taken(text: str) -> None:
    asked = reading(text)
    assert reading(asked.text).text.split() == asked.text.split()


def test_the_engine_gets_no_comment_and_no_escape_that_it_could_read_otherwise() -> None:
    text = "MATCH (n) /* ' */ WHERE n.a = \"it's\\u0027 \\\\ \" // ' \nRETURN n.`a``b`;"
    assert reading(text).text == "MATCH (n)   WHERE n.a = 'it\\'s\\' \\\\ '  \nRETURN n.`a``b`"


_PIECES = st.one_of(
    st.sampled_from("()[]{}.,:;|&!+-*/%^=<>$'\"`\\_ \n\r\t\u3000\u200b\x00\u212a\u017f\uff2c"),
    st.sampled_from(
        re.findall(r"\S+", "MATCH RETURN WITH CREATE SET LOAD CSV CALL db.labels AS order in n 1 .5")
    ),
    st.sampled_from(["'a'", "`b`", "$p", "//", "/*", "*/", "\\u0027", "\\u0060", "{ ", " }", "''", "``"]),
    st.sampled_from(
        [" DELETE ", "EXISTS {", "count(", "n.set", " MATCH (n) ", " RETURN n ", " RETURN 1 AS x "]
    ),
    st.text(max_size=4),
)


@given(st.lists(_PIECES, max_size=30).map("".join))
@example("`a\\u0060 SET n.x = 1`")
@example("'" * 3)
def test_any_text_is_taken_apart_whole_or_refused(text: str) -> None:
    try:
        found = list(tokens(text))
    except RefusedCypher:
        return
    assert "".join(token.text for token in found) == text
    assert all(text.startswith(token.text, token.start) for token in found)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_what_is_taken_stays_the_same_and_holds_no_writing_word(text: str) -> None:
    try:
        asked = reading(text)
    except BadRequest:
        return
    assert reading(asked.text).text.split() == asked.text.split()
    counted = [token for token in tokens(asked.text) if token.kind != "space"]
    assert not any(token.kind == "comment" for token in counted)
    for before, token in pairwise(counted):
        written = token.kind == "word" and token.text.upper() in ("CREATE", "SET", "DELETE", "LOAD")
        assert not written or before.text in tuple(".:|&!{,(")


_GAPS = st.sampled_from([" ", "\n", "\t", "\u3000", "\u2028", "/**/", "/* ' */", '// "\n', " /*//*/ "])


@given(st.sampled_from(WRITES[:11] + READS_ELSEWHERE[:3]), st.data())
def test_no_space_comment_or_case_hides_a_word(text: str, data: st.DataObject) -> None:
    parts = []
    for token in tokens(text):
        if token.kind == "space":
            parts.append(data.draw(_GAPS))
        elif token.kind == "word":
            upper = data.draw(st.lists(st.booleans(), min_size=len(token.text), max_size=len(token.text)))
            parts.append(
                "".join(c.upper() if up else c.lower() for c, up in zip(token.text, upper, strict=True))
            )
        else:
            parts.append(token.text)
    with pytest.raises(RefusedCypher):
        reading("".join(parts))


@pytest.mark.parametrize(
    ("text", "given", "sentence"),
    [
        ("", {}, "empty"),
        (" // nothing\n", {}, "empty"),
        ("RETURN 1" + " " * LONGEST_TEXT, {}, "at most 20,000"),
        ("RETURN $a", {}, r"uses \$a"),
        ("RETURN $a", {"a": 1, "b": 2}, "unknown parameter 'b'"),
        ("RETURN $a", {"a": 2**63}, "out of bounds"),
        ("RETURN $a", {"a": float("nan")}, "no number of JSON"),
        ("RETURN $a", {"a": object()}, "is a object"),
        ("RETURN $a", {"a": b"x"}, "is a bytes"),
        ("RETURN $a", {"a": {1: 2}}, "has the key 1"),
        ("RETURN $a", {"a": "\ud800"}, "half a character"),
        ("RETURN $a", {"a": [0] * 100_001}, "at most 100,000 values"),
        ("RETURN $a", {"a": "x" * 200_000_000}, "at most 100,000 values"),
    ],
)
def test_what_cannot_be_asked_is_said(
    embedded_graph: pg.Graph, text: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadRequest, match=sentence):
        embedded_graph.cypher(text, given)


def test_a_parameter_nested_for_ever_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(BadRequest, match="within one another"):
        checked_parameters(frozenset(["a"]), {"a": deep})


def test_a_mistyped_parameter_is_named(embedded_graph: pg.Graph) -> None:
    with pytest.raises(UnknownName, match="did you mean status"):
        embedded_graph.cypher("RETURN $status", {"statsu": 1})


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("MATCH (f:Fund {k1: $s})-[r:REL {k2: 1}]->({no: 2}) RETURN f.k3, f {.k4, made: 1}", "k1 k2 k3 k4"),
        ("MATCH p = shortestPath((a {k1: 1})-[*..3]-(b {k2: 2})) RETURN p", "k1 k2"),
        ("MATCH (a) WHERE NOT EXISTS { (a {k1: 1})<--() } RETURN [(a)--(:A {k2: 4}) | a.`k3`]", "k1 k2 k3"),
        ("MATCH (n) WITH {m: n} AS m RETURN m.m.k1, size([{and: 1}]), head([{made: 1}]).made", "k1"),
        ("MATCH (:A|B {k1: 1})-[:X*1..2 {k2: $a}]-(:C {k3: {made: 1}.made}) RETURN 1", "k1 k2 k3"),
        (
            "MATCH (n:P WHERE n.k1 = {m: 1}.m) WHERE NOT ({x: 1}.x = 2) AND n.k2 IN ({y: 1}.y) RETURN n",
            "k1 k2",
        ),
        ("RETURN (CASE WHEN 1 THEN {a: 1} END).b, coalesce(null, ({d: 1}).k1), [1, ({e: 1}).k2]", "b k1 k2"),
        ("RETURN date('2020').Year, date.truncate('year', date()), duration.inDays($a, $b).DAYS, 1.5", ""),
        ("CALL db.propertyKeys", ""),
    ],
)
def test_the_properties_that_a_query_reads_are_known(text: str, read: str) -> None:
    assert reading(text).properties == frozenset(read.split())


def test_no_more_notes_are_told_than_anybody_reads(embedded_graph: pg.Graph) -> None:
    notes = embedded_graph.cypher(f"MATCH (n:Fund) RETURN {', '.join(f'n.x{i}' for i in range(50))}").notes
    assert len(notes) == MOST_NOTES + 1
    assert notes[-1] == "30 names more that the model does not know"


def test_the_model_knows_every_property_that_a_store_has(bundled_copy: str) -> None:
    with pg.open(bundled_copy) as graph:
        graph.retract("source:tspp-forum-2017")
        kept = graph.cypher("CALL db.propertyKeys() YIELD propertyKey RETURN propertyKey AS name").rows
        assert {row["name"] for row in kept} <= graph.model.stored_properties | PROPERTIES_OF_THE_STORE


def test_a_label_relation_or_property_that_is_not_there_is_told(graph: pg.Graph) -> None:
    told = graph.cypher("MATCH (f:Fnd {statsu: 'planned'})-[:SIGNES]->() RETURN f.nmae AS fund, f.id").notes
    assert [note.partition("; ") for note in told] == [
        ("the model knows no kind or relation 'Fnd', so nothing bears it", "; ", "did you mean Fund?"),
        ("the model knows no kind or relation 'SIGNES', so nothing bears it", "; ", "did you mean SIGNED?"),
        ("the model knows no property 'nmae', so nothing bears it", "; ", "did you mean name?"),
        (
            "the model knows no property 'statsu', so nothing bears it",
            "; ",
            "did you mean status or start or started?",
        ),
    ]
    known = "MATCH (c:Judgement)-[:STATED_IN]->(s) RETURN c.retraction, s.sha256, c.figure, s.value_high"
    assert graph.cypher(known).notes == ()
    assert graph.cypher("UNWIND $rows AS row RETURN row.colour", {"rows": [{"colour": 1}]}).notes == ()


def test_both_engines_answer_what_is_taken_alike(graph: pg.Graph, embedded_graph: pg.Graph) -> None:
    for text in TAKEN:
        answer = graph.cypher(text)
        assert answer == embedded_graph.cypher(text), text
        assert answer.version == graph.version


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("MATCH (n:Park) RETURN n.name AS `the name` LIMIT 1", ("the name",)),
        ("UNWIND [1] AS `a ``b` RETURN DISTINCT `a ``b` LIMIT 1;", ("a `b",)),
        (
            "MATCH (`a b`:Park) RETURN `a b`.id, `a b` {.id}, `a b`.name AS z ORDER BY `a b`.id LIMIT 1",
            ("`a b`.id", "a b", "z"),
        ),
        ("MATCH (n:Park) WITH n AS `a b` RETURN *, `a b` . `id` LIMIT 1", ("a b", "`a b` . `id`")),
        ("WITH 1 AS `a b` RETURN `a b` UNION WITH 2 AS `a b` RETURN `a b`", ("a b",)),
        ("CALL { RETURN 1 AS `a b` } RETURN `a b`, [`a b`], [1, `a b`]", ("a b", "[`a b`]", "[1, `a b`]")),
    ],
)
def test_a_column_in_backticks_is_called_alike(graph: pg.Graph, text: str, columns: tuple[str, ...]) -> None:
    answer = graph.cypher(text)
    assert answer.columns == columns
    assert all(tuple(row) == columns for row in answer)


@pytest.mark.parametrize("name", PROCEDURES)
def test_a_procedure_that_lists_names_is_called(graph: pg.Graph, name: str) -> None:
    """What it lists is each engine's own matter, also names that nothing bears any more."""
    answer = graph.cypher(f"CALL {name}()")
    assert answer.rows
    assert graph.cypher(f"CALL {name}() YIELD {answer.columns[0]} AS n RETURN count(n) AS n").rows[0]["n"] > 2


def test_nodes_relationships_and_paths_are_plain_values(graph: pg.Graph) -> None:
    (row,) = graph.cypher(
        "MATCH p = (n:Park)-[r:MEMBER_OF]->(m:Alliance) RETURN n, r, p, $x AS x ORDER BY r.id LIMIT 1",
        {"x": {"type": "a", "title": ["张江", None, 2**63 - 1, 0.5, True]}},
    )
    assert row["n"]["labels"] == ["Entity", "Park"]
    assert row["n"]["id"] == row["n"]["properties"]["id"]
    assert not {"title", "type"} & set(row["n"]["properties"])
    assert row["r"]["type"] == "MEMBER_OF"
    assert row["r"]["id"].startswith("fact:")
    assert row["p"]["nodes"][0] == row["n"]
    assert row["p"]["relationships"] == [row["r"]]
    assert row["x"] == {"type": "a", "title": ["张江", None, 2**63 - 1, 0.5, True]}


def test_an_escape_for_a_quote_ends_no_string(graph: pg.Graph, tmp_path: Path) -> None:
    """Neo4j decodes it before it reads strings: as they are written, these would write and read a file."""
    canary = tmp_path / "canary.csv"
    canary.write_text("secret-canary-7391\n", encoding="utf-8")
    hidden = f" AS x UNION ALL LOAD CSV FROM \\u0027file://{canary}\\u0027 AS x RETURN x//"
    rows = graph.cypher(f"RETURN 'a\\u0027{hidden}' AS x").rows
    assert rows == [{"x": "a'" + hidden.replace("\\u0027", "'")}]
    hidden = "a\\u0027 SET n.x = 1 //"
    assert graph.cypher(f"MATCH (n) WHERE n.name = '{hidden}' RETURN n").rows == []


def test_rows_are_capped_and_the_cut_is_said(graph: pg.Graph) -> None:
    text = "UNWIND range(1, 20000) AS x RETURN x"
    assert len(graph.cypher(text)) == 1_000
    assert graph.cypher(text).truncated
    assert len(graph.cypher(text, max_rows=10_000)) == 10_000
    whole = graph.cypher("UNWIND range(1, 7) AS x RETURN x", max_rows=7)
    assert (len(whole), whole.truncated) == (7, False)
    assert graph.cypher("UNWIND [] AS x RETURN x AS nothing").columns == ("nothing",)
    for cap in ({"max_rows": 0}, {"max_rows": 10_001}, {"timeout": 0}, {"timeout": 61}, {"timeout": "nan"}):
        with pytest.raises(BadRequest, match="out of bounds"):
            graph.cypher(text, **cap)


def test_a_cartesian_product_and_an_endless_walk_are_cut(graph: pg.Graph) -> None:
    began = time.monotonic()
    try:
        product = graph.cypher("MATCH (a), (b), (c) RETURN a.id, b.id, c.id", timeout=0.5)
        assert product.truncated
    except (TimedOut, BadRequest) as error:
        assert "took longer" in error.message or "goes through more than" in error.message  # noqa: PT017
    with pytest.raises((TimedOut, BadRequest), match=r"took longer|goes through more than"):
        graph.cypher("MATCH (a)-[*1..9]-(b)-[*1..9]-(c) RETURN count(*) AS n", timeout=0.5)
    assert time.monotonic() - began < 20
    assert graph.cypher("RETURN 1 AS x").rows == [{"x": 1}]


def test_nothing_that_is_refused_changes_the_graph_where_it_is_sent_all_the_same(graph: pg.Graph) -> None:
    """The second fence: a read session. Left out is what rules the server rather than writes the graph."""
    before = content_hash(graph.store)
    for text in [*WRITES, *CALLS[:1]]:
        with pytest.raises(RefusedCypher):
            graph.cypher(text)
        try:
            graph.store.ask(text, {}, timeout=5, max_rows=5)
        except (ParkGraphError, UnicodeEncodeError):
            continue
    assert content_hash(graph.store) == before
    with pytest.raises(ReadOnly):
        graph.store.ask("CREATE (n:Park {id: 'x', name: 'x'})", {}, timeout=5, max_rows=5)


def test_no_file_is_read(graph: pg.Graph, tmp_path: Path) -> None:
    canary = tmp_path / "canary.csv"
    canary.write_text("secret-canary-7391\n", encoding="utf-8")
    for text in READS_ELSEWHERE:
        with pytest.raises(RefusedCypher) as caught:
            graph.cypher(text.format(file=canary))
        assert "7391" not in caught.value.message


def test_the_embedded_engine_could_not_open_a_file_if_it_were_asked_to(
    embedded_graph: pg.Graph, tmp_path: Path
) -> None:
    canary = tmp_path / "canary.csv"
    canary.write_text("secret-canary-7391\n", encoding="utf-8")
    text = f"LOAD CSV FROM '{canary}' AS row RETURN row"
    assert embedded_graph.store.read(text)[0]["row"] == ["secret-canary-7391"], "the engine reads no files"
    with pytest.raises(BadRequest, match="cannot open") as caught:
        embedded_graph.store.ask(text, {}, timeout=5, max_rows=5)
    assert "7391" not in caught.value.message


def test_a_query_that_asks_for_all_memory_takes_nothing_down(embedded_graph: pg.Graph) -> None:
    text = "RETURN size(replace(replace($a, 'a', $a), 'a', $b)) AS n"
    with pytest.raises(BadRequest, match="needs more memory"):
        embedded_graph.cypher(text, {"a": "a" * 1_000, "b": "a" * 5_000})
    assert embedded_graph.cypher("RETURN 1 AS x").rows == [{"x": 1}]


def test_a_query_is_asked_as_of_a_day(graph: pg.Graph) -> None:
    text = "MATCH (n:Entity) RETURN count(n) AS n"
    then, now = graph.at(as_of="2015").cypher(text).rows[0]["n"], graph.cypher(text).rows[0]["n"]
    assert 0 < then < now


def test_what_was_just_written_is_read(bundled_copy: str) -> None:
    with pg.open(bundled_copy) as graph:
        text = "MATCH (j:Judgement) RETURN count(j) AS n"
        before = graph.cypher(text).rows[0]["n"]
        graph.identity.judge("晋中开发区", "晋中经济开发区", "different", by="test")
        assert graph.cypher(text).rows[0]["n"] == before + 1
