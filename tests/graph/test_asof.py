"""The graph as of a day and as it was known at a time, against naive implementations: every day tried
one by one, and everything done up to the time done again.
"""

from __future__ import annotations

import calendar
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import parkgraph as pg
from parkgraph.graph.asof import Held, state_on, view_of
from parkgraph.graph.canonical import canonical_lines, content_hash
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.dates import PartialDate, parse_date
from parkgraph.graph.errors import BadRequest, NotFound, ReadOnly
from parkgraph.graph.model import default_model
from parkgraph.graph.projection import preference
from parkgraph.graph.quantities import Quantity
from parkgraph.graph.recording import record, retract, retract_claims
from parkgraph.graph.store import Store, open_store
from parkgraph.graph.view import Moment, moment, view_store
from tests.graph.test_identity import CLAIMS
from tests.graph.test_identity import SOURCES as PARK_SOURCES

MODEL = default_model()
SOURCES = {
    s.id: s
    for s in (
        Source("source:2017", "论坛转载", published="2017-03-02"),
        Source("source:2018", "科技日报", published="2018-02"),
        Source("source:2019", "年鉴", published="2019"),
        Source("source:undated", "无日期"),
    )
}
TIE = Claim("park:a", "source:2018", relation="SUPPORTS", object="park:b", status="operating")
DATES = (None, "2017", "2017-02", "2017-03-01", "2018-01", "2018-03-05")


def days_of(date: PartialDate) -> Iterator[int]:
    """Every day that a partial date may mean, one by one."""
    for year in range(date.earliest // 10000, date.latest // 10000 + 1):
        for month in range(1, 13):
            for day in range(1, calendar.monthrange(year, month)[1] + 1):
                number = year * 10000 + month * 100 + day
                if date.earliest <= number <= date.latest:
                    yield number


def naive_held(claim: Claim, day: PartialDate) -> Held | None:
    """Try every day that the beginning, the end and the day asked for may be."""
    spoken = claim.as_of or SOURCES[claim.source].published
    if claim.valid_from:
        begins = list(days_of(parse_date(claim.valid_from)))
    else:  # some day up to the one that is spoken of; the first and the last will do
        begins = [0, parse_date(spoken).latest if spoken else 99999999]
    ends = list(days_of(parse_date(claim.valid_to))) if claim.valid_to else [99999999]
    then = list(days_of(day))
    worlds = [
        begin <= d <= end
        for begin in (min(begins), max(begins))
        for end in (min(ends), max(ends))
        for d in (then[0], then[-1])
    ]
    on_some_day = any(begin <= d <= end for begin in begins for end in ends for d in (then[0], then[-1]))
    if all(worlds):
        return "certain"
    return "possible" if on_some_day or any(min(begins) <= d <= max(ends) for d in then) else None


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(DATES),
    st.sampled_from(DATES),
    st.sampled_from(sorted(SOURCES)),
    st.sampled_from([None, "2017-02-10"]),
    st.sampled_from([d for d in DATES if d]),
)
def test_one_claim_holds_as_trying_every_day_says(
    start: str | None, end: str | None, source: str, as_of: str | None, asked: str
) -> None:
    if start and end and parse_date(end).latest < parse_date(start).earliest:
        return
    claim = replace(TIE, source=source, valid_from=start, valid_to=end, as_of=as_of)
    day = parse_date(asked)
    state = state_on([claim], MODEL, SOURCES, day)
    assert (state.held if state else None) == naive_held(claim, day)


dated = st.builds(
    lambda status, source, day: replace(
        TIE,
        source=source,
        status=status,
        valid_from=None if status in ("ended", "cancelled") else day,
        valid_to=day if status in ("ended", "cancelled") else None,
    ),
    st.sampled_from(["proposed", "planned", "signed", "operating", "ended"]),
    st.sampled_from(["source:2017", "source:2018", "source:2019"]),
    st.sampled_from(["2016-05-01", "2017-01-01", "2017-06-30", "2018-03-05", "2019-01-31"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(dated, min_size=1, max_size=5), st.sampled_from(["2016-04-30", "2017-01-01", "2018", "2020"]))
def test_the_state_on_a_day_is_the_one_believed_most_of_those_that_have_begun(
    claims: list[Claim], asked: str
) -> None:
    claims = list({(c.status, c.source): c for c in claims}.values())
    first = {s: min((c for c in claims if c.status == s), key=preference(MODEL, SOURCES)) for s in
             {c.status for c in claims}}  # fmt: skip
    day = parse_date(asked)

    def begun(status: str) -> int:
        claim = first[status]
        on = parse_date(claim.valid_to or claim.valid_from or "").latest
        return on + 1 if status == "ended" else on

    state = state_on(claims, MODEL, SOURCES, day)
    believed = sorted(claims, key=preference(MODEL, SOURCES))
    there = [c for c in believed if begun(c.status or "") <= day.earliest]
    if there:
        ends = [c.valid_to for c in claims if c.valid_to]
        if there[0].status == "ended" or not ends:
            assert state is not None
            assert state.fact.status == there[0].status
            assert state.held == "certain"
    elif all(c.status == "ended" for c in claims):
        assert state is None or state.fact.status == "operating"
    elif all(begun(c.status or "") > day.latest for c in claims):
        assert state is None


def on(day: str, *claims: Claim) -> tuple[str | None, str] | None:
    state = state_on(claims, MODEL, SOURCES, parse_date(day))
    return (state.fact.status, state.held) if state else None


def test_a_plan_that_came_true_is_a_plan_before_and_done_after() -> None:
    plan = replace(TIE, source="source:2017", status="planned")
    done = replace(TIE, source="source:2018", status="operating", valid_from="2018-01-09")
    assert on("2016", plan, done) == ("planned", "possible")
    assert on("2017-03-02", plan, done) == ("planned", "certain")
    assert on("2018-01-08", plan, done) == ("planned", "certain")
    assert on("2018-01-09", plan, done) == ("operating", "certain")
    assert on("2030", plan, done) == ("operating", "certain")


def test_an_undated_report_cannot_be_older_than_what_it_grew_from() -> None:
    signed = replace(TIE, source="source:2018", status="signed", valid_from="2018-01-29")
    done = replace(TIE, source="source:2019", status="operating")
    assert on("2018-01-28", signed, done) is None
    assert on("2018-02", signed, done) == ("signed", "certain")
    assert on("2020", signed, done) == ("operating", "certain")


def test_what_ended_was_there_before_and_is_there_as_ended_after() -> None:
    over = replace(TIE, status="ended", valid_from="2014", valid_to="2017-06-30")
    assert on("2013", over) is None
    assert on("2016", over) == ("operating", "certain")
    assert on("2017-06-30", over) == ("operating", "certain")
    assert on("2017-07-01", over) == ("ended", "certain")
    assert on("2017", over) == ("operating", "possible")
    assert on("2016", replace(over, status="cancelled")) is None


def test_what_ended_some_day_may_have_ended_on_any_before_a_source_says_so() -> None:
    over = replace(TIE, source="source:undated", status="ended", as_of="2020", valid_from="2014")
    assert on("2013", over) is None
    assert on("2016", over) == ("operating", "possible")
    assert on("2020-12-31", over) == ("ended", "certain")
    kind = Claim("park:a", "source:undated", property="kind", value="Park")
    closed = replace(kind, property="status", value="ended", as_of="2020")
    for asked, shown in (("2010", ("operating", "possible")), ("2021", ("ended", "certain"))):
        view = view_of([kind, closed], MODEL, SOURCES, parse_date(asked))
        (entity,) = view.entities
        state = next(fact for fact in view.facts if fact.property == "status")
        assert (entity.properties["status"], state.held) == shown
        assert {claim.id for claim in view.claims} == {kind.id, closed.id}


@pytest.mark.parametrize("certain", [False, True])
def test_what_somebody_judged_stays_in_every_view(certain: bool) -> None:
    kinds = [Claim(park, "source:undated", property="kind", value="Park") for park in ("park:a", "park:b")]
    judged = [
        Claim("park:a", "source:undated", relation=relation.name, object="park:b", as_of="2030")
        for relation in MODEL.relations.values()
        if relation.identity is not None
    ]
    view = view_of([*kinds, *judged], MODEL, SOURCES, parse_date("2010"), certain=certain)
    assert {claim.id for claim in judged} <= {claim.id for claim in view.claims}


def test_what_comes_back_is_not_there_in_between() -> None:
    def stated(status: str, day: str) -> Claim:
        return replace(TIE, source="source:undated", status=status, as_of=day)

    rounds = (stated("operating", "2010"), stated("ended", "2015"), stated("operating", "2020"))
    assert on("2010-12-31", *rounds) == ("operating", "certain")
    assert on("2012", *rounds) == ("operating", "possible")  # it may have ended by then
    assert on("2017", *rounds) == ("ended", "certain")
    assert on("2021", *rounds) == ("operating", "certain")
    raised = [
        Claim("fund:x", "source:undated", property="raised", value=Quantity(v, "CNY"), as_of=day)
        for v, day in ((100, "2010"), (200, "2015"), (100, "2020"))
    ]
    state = state_on(raised, MODEL, SOURCES, parse_date("2017"))
    assert state is not None
    assert state.fact.value == Quantity(200, "CNY")


def test_of_a_figure_the_one_stated_by_the_day_is_shown() -> None:
    early = Claim("fund:x", "source:2017", property="raised", value=Quantity(3, "CNY"), as_of="2017")
    late = Claim("fund:x", "source:2019", property="raised", value=Quantity(5, "CNY"), as_of="2019")
    values = {}
    for day in ("2016", "2018", "2020"):
        state = state_on([early, late], MODEL, SOURCES, parse_date(day))
        assert state is not None
        values[day] = (state.fact.value, state.held)
    assert values == {
        "2016": (Quantity(3, "CNY"), "possible"),
        "2018": (Quantity(3, "CNY"), "certain"),
        "2020": (Quantity(5, "CNY"), "certain"),
    }


def test_a_property_that_no_source_dates_always_holds() -> None:
    name = Claim("park:a", "source:2018", property="name_zh", value="成都高新区")
    state = state_on([name], MODEL, SOURCES, parse_date("1999"))
    assert state is not None
    assert state.held == "certain"


# -- the whole graph, on both engines ---------------------------------------------------------------


def test_before_it_was_approved_a_zone_was_not(graph: pg.Graph) -> None:
    """CQ-029 of the competency questions, by the reading of the text."""
    then = graph.at(as_of="2015-12-31", certain=True)
    pilot = then.query("actors_of", entity="兰白科技创新改革试验区", relation="APPROVED")
    assert [(row["name"], row["valid_from"], row["held"]) for row in pilot] == [("科技部", "2014", "certain")]
    assert graph.query("actors_of", entity="兰白国家自主创新示范区", relation="APPROVED")
    later = graph.at(as_of="2015-12-31")
    assert not later.query("actors_of", entity="兰白国家自主创新示范区", relation="APPROVED")


def test_an_agreement_is_not_there_before_its_date_and_a_path_says_so(graph: pg.Graph) -> None:
    strategic = "agreement:western-science-cities-strategic-2021"
    assert strategic in {row["agreement"] for row in graph.query("agreements")}
    assert strategic not in {row["agreement"] for row in graph.query("agreements", as_of="2020")}
    ends = ("重庆市科学技术局", "成都市科学技术局")
    assert graph.paths(*ends)
    none = graph.paths(*ends, as_of="2020-12-31", certain=True)
    assert not none
    assert none.explanation is not None
    assert dict(none.explanation.none.restores)["as_of"] == 2
    assert none.to_dict()["filters"]["as_of"] == "2020-12-31"
    with pytest.raises(NotFound, match="as of 2020"):
        graph.at(as_of="2020").entity("agreement:chongqing-chengdu-cooperation-2021")


def test_every_selection_takes_a_moment_and_tells_it(graph: pg.Graph) -> None:
    then = graph.subgraph("neighbours:成都高新区?depth=1&as_of=2016&certain=true")
    now = graph.subgraph("neighbours:成都高新区?depth=1")
    assert {n.id for n in then.nodes} < {n.id for n in now.nodes}
    assert then.meta["as_of"] == "2016"
    assert graph.subgraph(then.meta["selection"]).to_dict() == then.to_dict()
    assert len(graph.subgraph("all?as_of=2016")) < len(graph.subgraph("all"))
    assert len(graph.subgraph("query:agreements?as_of=2019")) < len(graph.subgraph("query:agreements"))


def test_known_by_now_is_the_graph_itself_and_known_before_is_nothing(graph: pg.Graph) -> None:
    assert graph.at(known_at="2100-01-01").stats()["hash"] == graph.stats()["hash"]
    assert graph.at(known_at="2001").stats()["entities"] == 0


def test_a_view_cannot_be_written_to(bundled_copy: str) -> None:
    with pg.open(bundled_copy) as graph, pytest.raises(ReadOnly, match="another time"):
        graph.at(as_of="2018").retract("source:tspp-forum-2017")


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({"as_of": "2019-13"}, "as_of"),
        ({"known_at": "yesterday"}, "known_at"),
        ({"known_at": "999999999999"}, "known_at"),
        ({"certain": True}, "needs as_of"),
        ({"as_of": "2019", "certain": "perhaps"}, "true nor false"),
    ],
)
def test_a_moment_that_cannot_be_understood_is_a_sentence(
    embedded_graph: pg.Graph, given_: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadRequest, match=sentence):
        embedded_graph.at(**given_)


def test_a_date_alone_is_known_by_its_last_second() -> None:
    assert moment(known_at="2026-11-24").known_at == moment(known_at="2026-11-24T23:59:59Z").known_at
    assert moment(known_at="2026-11-24T08:00:00+08:00") == moment(known_at="2026-11-24T00:00:00")
    assert moment(known_at="1795478400").to_dict() == {"known_at": "2026-11-24T00:00:00Z"}


# -- what was known: everything done up to a time, done again ----------------------------------------

JUDGED = [
    Claim("park:a", "source:judge-li", relation="SAME_AS", object="park:b"),
    Claim("park:c", "source:judge-li", relation="SAME_AS", object="park:b"),
    Claim(
        "park:d",
        "source:judge-li",
        relation="SPLIT_INTO",
        object="park:e",
        attributes={"said_in": "source:table"},
    ),
]
ALL_SOURCES = [*PARK_SOURCES, Source("source:judge-li", "李老师", kind="judge")]
events = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sets(st.sampled_from(range(len(CLAIMS))), min_size=1, max_size=12)),
        st.tuples(st.just("judge"), st.sets(st.sampled_from(range(len(JUDGED))), min_size=1)),
        st.tuples(st.just("undo"), st.sets(st.sampled_from(range(len(JUDGED))), min_size=1)),
        st.tuples(st.just("retract"), st.sampled_from([s.id for s in PARK_SOURCES])),
    ),
    min_size=1,
    max_size=7,
)


def do(store: Store, event: tuple[str, Any], at: int) -> None:
    what, which = event
    if what == "record":
        record(store, MODEL, ALL_SOURCES, [CLAIMS[i] for i in sorted(which)], recorded=at)
    elif what == "judge":
        record(store, MODEL, ALL_SOURCES, [JUDGED[i] for i in sorted(which)], recorded=at)
    elif what == "undo":
        retract_claims(store, MODEL, [JUDGED[i].id for i in sorted(which)], at=at)
    elif store.read("MATCH (s:Source {id: $id}) RETURN s.id AS id", {"id": which}):
        retract(store, MODEL, which, at=at)


def replayed(done: list[Any], store: Store) -> None:
    times = range(100, 100 + 10 * len(done), 10)
    for event, at in zip(done, times, strict=True):
        do(store, event, at)
    for number, at in enumerate(times, start=1):
        with tempfile.TemporaryDirectory() as folder:
            again = open_store(f"embedded:{Path(folder) / 'again.kgl'}")
            for event, then in itertools.islice(zip(done, times, strict=True), number):
                do(again, event, then)
            view = view_store(store, MODEL, Moment(known_at=at + 5))
            assert list(canonical_lines(view)) == list(canonical_lines(again))
            again.close()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(events)
def test_what_was_known_is_what_doing_it_all_again_up_to_then_gives(done: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"embedded:{Path(folder) / 'graph.kgl'}")
        replayed(done, store)
        store.close()


def test_what_was_known_on_both_engines(store: Store) -> None:
    replayed(
        [
            ("record", set(range(len(CLAIMS)))),
            ("judge", {0, 2}),
            ("retract", "source:daily"),
            ("undo", {0}),
            ("record", set(range(8))),
            ("judge", {0, 1}),
        ],
        store,
    )


def test_a_claim_said_again_keeps_the_times_in_which_it_counted(store: Store) -> None:
    record(store, MODEL, ALL_SOURCES, CLAIMS, recorded=100)
    whole = content_hash(store)
    retract(store, MODEL, "source:daily", at=200)
    record(store, MODEL, ALL_SOURCES, CLAIMS, recorded=300)
    for time, same in ((150, True), (250, False), (350, True)):
        assert (content_hash(view_store(store, MODEL, Moment(known_at=time))) == whole) == same


def test_neighbours_as_they_were_known_come_with_the_claims_of_then(
    bundled_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pg.open(bundled_copy) as graph:
        before = graph.neighbours("成都高新区")
        then = max(claim.recorded for edge in before.edges for claim in edge.claims if claim.recorded)
        monkeypatch.setattr("time.time", lambda: then + 3600.0)
        graph.retract("source:stdaily-2018-chengdu")
        assert len(graph.neighbours("成都高新区").edges) < len(before.edges)
        known = graph.neighbours("成都高新区", known_at=str(then + 60))
    assert [(e.id, [c.id for c in e.claims]) for e in known.edges] == [
        (e.id, [c.id for c in e.claims]) for e in before.edges
    ]
    assert [(n.id, [c.id for c in n.claims]) for n in known.nodes] == [
        (n.id, [c.id for c in n.claims]) for n in before.nodes
    ]
