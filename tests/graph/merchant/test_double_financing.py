"""What backs two loans, with the rows that say so: by hand, and for names in a request."""

from __future__ import annotations

from datetime import date

import pytest

from handmade import AS_OF, Row, ago, tables_of
from item_documents import pledge, sold
from supplyrisk.graph.merchant.documents import double_financing, named_pledges
from supplyrisk.graph.snapshot.as_of_views import create_known_views


def loan(loan_id: str, row_id: str, *, drawn: float = 5.0) -> Row:
    return {
        "loan_id": loan_id, "lender_id": "BANK", "firm_id": "S", "on": ago(3), "drawn": drawn,
        "financed_row_id": row_id,
    }  # fmt: skip


def twice(
    *pledges: Row, loans: list[Row] | None = None, as_of: date = AS_OF
) -> list[tuple[str, str, str, str, str]]:
    tables = tables_of(documents=sold("1", 100.0, item_id="10"), pledges=list(pledges), loans=loans or [])
    return [(o.backing, o.loan, o.row, o.other_loan, o.other_row) for o in double_financing(tables, as_of)]


def test_an_order_and_its_item() -> None:
    rows = [
        pledge("L1", 20, order_id="1", lender_id="BANK"),
        pledge("L2", 10, order_id="1", item_id="10", row_id="P7"),
    ]
    whole = "pledges loan_id L1 order_id 1 on 2024-06-11"
    assert twice(*rows) == [("order 1 item 10", "L1", whole, "L2", "pledges row_id P7")]
    assert twice(rows[0], pledge("L2", order_id="2")) == []
    assert twice(rows[1], pledge("L2", order_id="1", item_id="20")) == []


def test_one_loan_and_released_pledges_clash_with_nothing() -> None:
    first = pledge("L1", 20, order_id="1", row_id="P1")
    assert twice(first, pledge("L1", 10, order_id="1")) == []
    assert twice(first | {"released_on": ago(1)}, pledge("L2", 10, order_id="1")) == []
    # not released before the day
    assert len(twice(first | {"released_on": ago(-1)}, pledge("L2", 10, order_id="1"))) == 1
    # another firm's order of the same number
    assert twice(first, pledge("L2", 10, order_id="1") | {"firm_id": "T"}) == []


def test_an_invoice_is_pledged_with_its_item() -> None:
    rows = [
        pledge("L1", 20, reference="I1", row_id="P1"),
        pledge("L2", 10, order_id="1", item_id="10", row_id="P2"),
    ]
    assert twice(*rows) == [("order 1 item 10", "L1", "pledges row_id P1", "L2", "pledges row_id P2")]
    same = pledge("L3", 5, reference="I1", row_id="P3")
    assert ("invoice I1", "L1", "pledges row_id P1", "L3", "pledges row_id P3") in twice(*rows, same)


def test_loans_that_name_the_same_trade() -> None:
    rows = [loan("L1", "T9"), loan("L2", "T9"), loan("L3", "T8")]
    (one,) = twice(loans=rows)
    assert one == ("trade T9", "L1", f"loans loan_id L1 on {ago(3)}", "L2", f"loans loan_id L2 on {ago(3)}")
    assert twice(loans=[rows[0], loan("L2", "T9", drawn=0.0)]) == []
    assert twice(pledge("L4", financed_row_id="T8"), loans=rows[2:])[0][0] == "trade T8"


NAMES = {"1": ["L1", "L2"], "1/10": ["L1", "L2"], "1/20": ["L1"], "I1": ["L1", "L2"], "T9": ["L3"], "2": []}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_request_names(name: str) -> None:
    pledges = [pledge("L1", order_id="1"), pledge("L2", reference="I1")]
    tables = tables_of(documents=sold("1", 100.0, item_id="10"), pledges=pledges, loans=[loan("L3", "T9")])
    with tables.connect() as con:
        create_known_views(con, tables, AS_OF)
        assert [one.loan for one in named_pledges(con, "S", [name], [])] == NAMES[name]
        assert "L1" not in [one.loan for one in named_pledges(con, "S", [name], ["L1"])]
        assert named_pledges(con, "T", [name], []) == ()
