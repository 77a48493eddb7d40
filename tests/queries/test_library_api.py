"""The query library from Python, and its statements' plans."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from library_graph import answers
from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.store.protocol import Store
from supplyrisk.queries import QueryError, QueryParam, bind_query_params, get_query, list_queries
from supplyrisk.queries import library as queries
from supplyrisk.queries.params import read_value

RUNAWAY = "MATCH (a:Firm), (b:Firm), (c:Firm), (d:Firm), (e:Firm) RETURN max(a.firm_id + b.firm_id + e.firm_id) AS n"
# The topic shop needs scores, which these graphs have not: test_library_shop looks at its plans.
FROM_ONE = [
    q.name
    for q in list_queries()
    if q.topic != "shop" and {"firm", "lender"} & {p.name for p in q.params if p.default is None}
]


def test_run_gives_a_frame(library: Store) -> None:
    frame = _run("dependents", library, firm="ex-shop", least=0.0, top=1)
    assert list(frame.columns) == ["customer", "name", "industry", "region", "of_purchases", "of_sales"]
    assert frame.to_dict("records")[0]["customer"] == "ex-retail"
    assert frame["region"].isna().all()
    assert [frame[name].dtype.type for name in ("customer", "of_purchases")] == [str, float]


def _run(name: str, store: Store, **params: object) -> pd.DataFrame:
    return queries.run(name, store, **params)


def test_values_and_their_texts_give_the_same_frame(library: Store) -> None:
    given = {"firms": ["co-b1", "co-b2", "co-b3"], "members": 2, "least": 0.05}
    texts = {"firms": "co-b1, co-b2,co-b3", "members": "2", "least": ".05"}
    frame = _run("hidden-common-supplier", library, **given)
    pd.testing.assert_frame_equal(frame, _run("concentration/hidden-common-supplier", library, **texts))
    rows = answers(library, "hidden-common-supplier", firms="co-b1,co-b2,co-b3")
    for number, name in enumerate(frame.columns):
        assert [None if value is pd.NA else value for value in frame[name]] == [row[number] for row in rows]
    assert frame["behind"][0] == ["co-b1", "co-b2", "co-b3"]


def test_no_rows_still_have_columns(library: Store) -> None:
    frame = _run("single-source", library, region="nowhere")
    assert len(frame) == 0
    assert list(frame.columns) == ["supplier", "customer", "region", "category", "amount"]


def test_all_faults_of_a_call_are_one_message(library: Store) -> None:
    with pytest.raises(QueryError) as caught:
        _run("hidden-common-supplier", library, top=True, leest=0.1, members="x")
    assert str(caught.value) == (
        "hidden-common-supplier has no parameter leest; did you mean least? - "
        "hidden-common-supplier needs firms (ids of the firms of the portfolio, joined by commas); "
        "give it as firms=... - "
        "parameter members is 'x'; expected a whole number - parameter top is True; expected a whole number"
    )
    with pytest.raises(QueryError, match="no query is called sole-sorce; did you mean sole-source"):
        _run("sole-sorce", library)


def test_a_runaway_query_is_stopped_and_the_store_lives_on(library: Store) -> None:
    endless = (
        "MATCH (a:Firm), (b:Firm), (c:Firm), (d:Firm), (e:Firm) RETURN count(a.firm_id + b.firm_id) AS n"
    )
    with pytest.raises(CypherError, match=r"stopped after 0\.3 s; start from fewer nodes or allow more time"):
        library.run(endless + " ORDER BY n", timeout=0.3)
    assert len(answers(library, "dependents", firm="ex-shop")) == 2


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "x", "x"), ("whole", 3, 3), ("number", 2, 2.0), ("day", date(2024, 2, 29), "2024-02-29"),
        ("flag", False, False), ("list", ("b", "a"), ["b", "a"]), ("list", {"b", "a"}, ["a", "b"]),
    ],
)  # fmt: skip
def test_values_of_each_kind(kind: str, value: object, expected: object) -> None:
    found = read_value(QueryParam("p", kind, None, ""), value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 42), ("whole", True), ("whole", 1.5), ("number", float("nan")), ("number", None), ("day", 20240229),
        ("flag", 1), ("list", ["a", 1]), ("list", 5), ("text", None),
    ],
)  # fmt: skip
def test_values_that_are_not_of_their_kind(kind: str, value: object) -> None:
    with pytest.raises(QueryError, match=r"parameter p is .*; expected"):
        read_value(QueryParam("p", kind, None, ""), value)


def test_none_is_null_where_null_is_the_default() -> None:
    assert read_value(QueryParam("p", "text", "null", ""), None) is None


# Plans


@pytest.mark.parametrize("name", FROM_ONE)
def test_a_query_from_one_node_starts_at_an_index(neo4j_library: Store, name: str) -> None:
    query = get_query(name)
    given = {param.name: "ex-shop" for param in query.params if param.default is None}
    plan = neo4j_library.explain(query.cypher, bind_query_params(query, given)).to_pylist()
    operations = {row["operation"] for row in plan}
    assert operations & {"NodeUniqueIndexSeek", "NodeIndexSeek"}, operations
    assert not operations & {"AllNodesScan", "NodeByLabelScan"}, operations


def test_plans_of_both_stores_have_the_same_columns(library: Store) -> None:
    query = get_query("dependents")
    plan = library.explain(query.cypher, bind_query_params(query, {"firm": "ex-shop"}))
    assert plan.column_names == ["step", "operation", "details", "estimated_rows"]
    assert plan["step"].to_pylist() == list(range(1, plan.num_rows + 1))
    assert plan.num_rows > 2
    assert all(plan["operation"].to_pylist())
    with pytest.raises(CypherError, match="did you mean Firm"):
        library.explain("MATCH (f:Frim) RETURN f")


def test_a_plan_is_not_run(library: Store) -> None:
    assert library.explain(RUNAWAY).num_rows > 1
