"""Targets of many firms at once are those of one firm after the other, as a check reads it from the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

import desk
import ten_loans
import worked_desk
from supplyrisk.graph import RequestError, Workspace
from supplyrisk.graph.credit import (
    LoanDesk,
    LoanRequest,
    Policy,
    as_measured,
    limit_facts,
    read_policy,
)
from supplyrisk.graph.credit.following.bulk_facts import bulk_facts
from supplyrisk.graph.credit.following.bulk_targets import bulk_targets, can_be_bulk
from supplyrisk.graph.credit.following.target_limit import TargetLimit, target_limit
from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables

SHIPPED = read_policy()
LOANS = """loan_id,lender_id,firm_id,on,product,limit,drawn,lgd,due_on,rate
C1,L1,HANGS,{day},order,40000,40000,,,
C2,L1,WEAK,{day},other,20000,20000,,{overdue},0.08
C3,L1,RING2,{day},credit,100000,20000,,{later},0.1
C4,L1,MALL,{day},credit,30000,,,{later},
C5,L2,GOOD,{day},credit,10000,4000,,,
C6,L2,ALFA,{day},,6000,0,,{later},0.05
C7,L2,RING1,{day},credit,,,,,
C8,L1,GOOD,{day},supply_chain,9000,0,,,
C9,L1,ALFA,{day},credit,25000,1000,,{later},0.05
C10,L2,HAUL,{day},credit,,,,{later},
"""
STATEMENTS = """firm_id,on,revenue,costs
GOOD,{fresh},1200000,960000
MALL,{fresh},2400000,2160000
WEAK,{fresh},500000,600000
HANGS,{old},800000,400000
RING1,{fresh},240000,180000
ALFA,{fresh},1000000,700000
"""
# A person owns ALFA, which owns half of MALL; who owns how much of GOOD is unknown; a third of RING1 is no control.
# HAUL, which owns HANGS, has a line of which no amount is known.
RELATIONS = """from_id,to_id,kind,amount,weight,since
P1,ALFA,owns,,0.9,2024-01-01
ALFA,MALL,owns,,0.5,2024-01-01
P1,GOOD,owns,,,2024-01-01
P1,RING1,owns,,0.33,2024-01-01
MALL,BETA,owns,,1,2024-01-01
HAUL,HANGS,owns,,0.6,2024-01-01
RING1,RING2,guarantees,9000,,2024-01-01
RING2,RING3,guarantees,9000,,2024-01-01
RING3,RING1,guarantees,,,2024-01-01
GOOD,P1,guarantees,2500,,2024-01-01
"""


@pytest.fixture(scope="module")
def full_desk(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The desk with statements, groups, and lines with due days, rates and unknown amounts."""
    folder = tmp_path_factory.mktemp("full")
    data = desk.write_data(folder / "data")
    day = desk.AS_OF
    loans = LOANS.format(day=day, overdue=day - timedelta(days=10), later=day + timedelta(days=200))
    (data / "loans.csv").write_text(loans)
    statements = STATEMENTS.format(fresh=day - timedelta(days=181), old=day - timedelta(days=700))
    (data / "financials.csv").write_text(statements)
    (data / "relations.csv").write_text(RELATIONS)
    (data / "persons.csv").write_text("person_id,name\nP1,One\n")
    return Workspace(desk.open_data(data, folder / "ws"))


@pytest.fixture(scope="module")
def plain_desk(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(desk.open_desk(tmp_path_factory.mktemp("plain")))


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(ten_loans.open_ten(tmp_path_factory.mktemp("ten")))


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("worked")
    return Workspace(worked_desk.open_worked_desk(folder, worked_desk.page_tables()))


def part(policy: Policy, table: str, **values: object) -> Policy:
    return policy.model_copy(update={table: getattr(policy, table).model_copy(update=values)})


ASSUMED = part(SHIPPED, "affordability", assume_margin=True, margin=0.08)
LARGE_BOOK = part(part(ASSUMED, "book", single_name=0.4, chain=0.6), "affordability", debt_share=0.9)
WHOLE_BOOK = part(part(LARGE_BOOK, "book", single_name=1.0, chain=1.0), "dependence", required=False)
LENIENT = part(part(WHOLE_BOOK, "turnover", required=False), "amount", minimum=0.0)
POLICIES = {
    "shipped": SHIPPED,
    "assumed margins": ASSUMED,
    "large book": LARGE_BOOK,
    "whole book": WHOLE_BOOK,
    "lenient": LENIENT,
}


@cache
def facts_one_by_one(folder: Path, lender: str | None) -> tuple[MemoInputs, ...]:
    """What a check of each firm of a workspace reads from the graph, which depends on no policy here."""
    request = LoanRequest(1.0, SHIPPED.follow.term_days, "credit", lender=lender)
    workspace = Workspace(folder)
    with workspace.open_graph() as store:
        loan_desk = LoanDesk(workspace, store)
        firms = sorted(workspace.scores(loan_desk.as_of)["firm_id"].to_pylist())
        return tuple(loan_desk.limit_inputs(firm, request, SHIPPED) for firm in firms)


def one_by_one(workspace: Workspace, policy: Policy, lender: str | None) -> Iterator[TargetLimit]:
    for read in facts_one_by_one(workspace.layout.root, lender):
        request = replace(read.request, days=policy.follow.term_days)
        inputs = as_measured(replace(read, request=request), policy)
        pd = inputs.scores.score.pd
        outside = pd is not None and pd >= policy.conclusion.outside_pd
        yield target_limit(inputs.shop.firm_id, limit_facts(inputs, policy), policy, pd_outside=outside)


def in_bulk(workspace: Workspace, day: date, policy: Policy, lender: str | None) -> list[TargetLimit]:
    scores = workspace.scores(day)
    everyone = scores["firm_id"].to_pylist()
    return list(bulk_targets(workspace.tables(), scores, day, policy, lender=lender, shops=everyone))


def assert_equal(targets: list[TargetLimit], expected: list[TargetLimit]) -> None:
    for target, one in zip(targets, expected, strict=True):
        assert target.total == pytest.approx(one.total, rel=1e-9), one
        assert target.exposure == pytest.approx(one.exposure, rel=1e-9), one
        assert replace(target, total=0.0, exposure=0.0) == replace(one, total=0.0, exposure=0.0)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("lender", [None, "L1"])
def test_a_desk_with_every_kind_of_fact(full_desk: Workspace, policy: Policy, lender: str | None) -> None:
    targets = in_bulk(full_desk, desk.AS_OF, policy, lender)
    assert [target.firm for target in targets] == list(desk.FIRMS)
    assert_equal(targets, list(one_by_one(full_desk, policy, lender)))


def test_the_desk_has_most_rules_binding(full_desk: Workspace) -> None:
    codes = {
        target.binding
        for policy in POLICIES.values()
        for lender in (None, "L1")
        for target in in_bulk(full_desk, desk.AS_OF, policy, lender)
    }
    assert codes >= {
        "COVERAGE",
        "GRADE",
        "EXPOSURE",
        "TURNOVER",
        "AFFORDABILITY",
        "DEPENDENCE",
        "SINGLE_NAME",
    }


def test_the_small_desks(plain_desk: Workspace, ten: Workspace, worked: Workspace) -> None:
    days = {plain_desk: desk.AS_OF, ten: desk.AS_OF, worked: worked_desk.AS_OF}
    for workspace, day in days.items():
        lender = _lender_of(workspace)
        for policy in (SHIPPED, LARGE_BOOK, LENIENT):
            targets = in_bulk(workspace, day, policy, lender)
            assert targets
            assert_equal(targets, list(one_by_one(workspace, policy, lender)))


def _lender_of(workspace: Workspace) -> str:
    with workspace.tables().connect() as con:
        row = con.execute(
            "SELECT lender_id FROM loans GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1"
        ).fetchone()
    assert row is not None
    return str(row[0])


def test_what_borrowers_behind_a_counterparty_owe(ten: Workspace) -> None:
    facts, lent, _ = bulk_facts(ten.tables(), desk.AS_OF, SHIPPED, lender="L1", shops=ten_loans.FIRMS)
    books = {read.shop.firm_id: read.book for read in facts_one_by_one(ten.layout.root, "L1")}
    rows = facts.select(["firm_id", "to_firm", "chain"]).to_pylist()
    assert len(rows) == len(ten_loans.FIRMS)
    for row in rows:
        book = books[row["firm_id"]]
        assert book is not None
        assert (row["to_firm"], row["chain"], lent) == (book.to_firm, book.chain, book.lent), row
    # B5 and B6, and B7 with a fifth, sell to ANCHOR.
    assert {row["firm_id"]: row["chain"] for row in rows}["B5"] == 100_000 + 60_000


def test_a_chain_of_borrowers_by_hand() -> None:
    # A and B buy from HUB alone and owe 10,000 and 20,000 of a book of 100,000, of which C owes the rest.
    day = desk.AS_OF
    firms = ["A", "B", "C", "HUB"]
    borrowers = {"A": 10_000.0, "B": 20_000.0, "C": 70_000.0}
    many = len(borrowers)
    tables = Tables(
        DatasetInfo(),
        {
            "firms": pa.table({"firm_id": firms, "roles": ["merchant"] * 4}),
            "activity": pa.table({"firm_id": [*borrowers], "on": [day] * many, "sales": [1e7] * many}),
            "supplies": pa.table(
                {
                    "supplier_id": ["HUB", "HUB"],
                    "customer_id": ["A", "B"],
                    "on": [day, day],
                    "amount": [500.0, 500.0],
                }
            ),
            "financials": pa.table(
                {
                    "firm_id": [*borrowers],
                    "on": [day - timedelta(days=181)] * many,
                    "revenue": [2e7] * many,
                    "costs": [1e7] * many,
                }
            ),
            "loans": pa.table(
                {
                    "loan_id": [*borrowers],
                    "lender_id": ["L1"] * many,
                    "firm_id": [*borrowers],
                    "on": [day] * many,
                    "product": ["credit"] * many,
                    "limit": [*borrowers.values()],
                    "drawn": [0.0] * many,
                }
            ),
        },
    )
    rows = [{"firm_id": f, "pd": 0.001, "grade": "A", "state": "scored", "coverage": 0.9} for f in firms]
    policy = part(part(LENIENT, "book", single_name=1.0, chain=0.4), "dependence", left_at_whole=1.0)
    by_firm = {
        target.firm: target
        for target in bulk_targets(tables, pa.Table.from_pylist(rows), day, policy, lender="L1")
    }
    # (.4 x 100,000 - 30,000) / .6 in addition to what each owes; C owes more than .4 of the book.
    assert by_firm["A"].total == pytest.approx(10_000 + 10_000 / 0.6)
    assert by_firm["B"].total == pytest.approx(20_000 + 10_000 / 0.6)
    assert by_firm["C"].total == pytest.approx(70_000)
    assert {target.binding for target in by_firm.values()} == {"COUNTERPARTY"}


def test_without_named_shops_the_borrowers_of_the_lender(full_desk: Workspace) -> None:
    targets = bulk_targets(full_desk.tables(), full_desk.scores(desk.AS_OF), desk.AS_OF, SHIPPED, lender="L1")
    # GOOD has a line that was repaid and cannot be drawn again.
    assert targets.firm.to_pylist() == ["ALFA", "HANGS", "MALL", "RING2", "WEAK"]
    assert len(targets) == len(list(targets)) == 5


def test_a_riskier_grade_never_gives_a_higher_target(full_desk: Workspace) -> None:
    scores = full_desk.scores(desk.AS_OF)
    totals = []
    for pd, grade in ((0.001, "A"), (0.008, "C"), (0.03, "E"), (0.1, "F"), (0.2, "G")):
        rows = [row | {"pd": pd, "grade": grade, "state": "scored"} for row in scores.to_pylist()]
        riskier = type(scores).from_pylist(rows, schema=scores.schema)
        targets = bulk_targets(full_desk.tables(), riskier, desk.AS_OF, LENIENT, shops=desk.FIRMS)
        totals.append(targets.total)
    for safer, worse in pairwise(totals):
        assert (worse <= safer).all()
    assert (totals[0] > totals[-1]).any()


def test_policies_whose_targets_need_more_facts_are_told_apart() -> None:
    assert can_be_bulk(SHIPPED)
    assert not can_be_bulk(part(SHIPPED, "dependence", left_in_loop=0.9))


def test_undated_data_are_refused(full_desk: Workspace) -> None:
    tables = full_desk.tables()
    undated = replace(tables, info=replace(tables.info, undated=True))
    with pytest.raises(RequestError, match="undated"):
        bulk_targets(undated, full_desk.scores(desk.AS_OF), desk.AS_OF, SHIPPED, lender="L1")


def test_every_field_of_a_target_is_a_column(full_desk: Workspace) -> None:
    targets = bulk_targets(full_desk.tables(), full_desk.scores(desk.AS_OF), desk.AS_OF, SHIPPED, lender="L1")
    assert list(asdict(next(iter(targets)))) == list(vars(targets))
