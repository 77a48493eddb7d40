"""Rows that plant what the topic `risk` looks for, and beside each pattern a near miss; and the scores."""

from __future__ import annotations

import pyarrow as pa

from handmade import Row, ago, event, firms, trade

EAST = ("ri-a1", "ri-a2", "ri-a3", "ri-a4", "ri-b1", "ri-b2", "ri-b3", "ri-c1", "ri-c2", "ri-c3", "ri-c4")
WEST = ("ri-d1", "ri-d2", "ri-e1", "ri-e2", "ri-f1", "ri-f2", "ri-f3")
FAILED = {"ri-a2": 60, "ri-d1": 90}
"""Days since the default."""
PD = {
    "ri-a1": 0.01, "ri-a3": 0.15, "ri-a4": 0.14, "ri-b1": 0.02, "ri-b2": 0.021, "ri-b3": 0.3, "ri-c1": 0.05,
    "ri-c2": 0.05, "ri-c3": 0.1, "ri-c4": 0.001, "ri-d2": 0.005, "ri-e1": 0.2, "ri-e2": 0.02, "ri-f1": 0.03,
    "ri-f2": 0.04, "ri-f3": 0.05,
}  # fmt: skip
CAUGHT = {"ri-c1": 0.04, "ri-c2": 0.01, "ri-c3": 0.009, "ri-a1": 0.5, "ri-d1": None}
"""Hazard caught; all others 0. Of a firm in default it is missing, as its pd is."""

BEFORE: dict[str, tuple[float, str, str | None, tuple[float, float, float, float]]] = {
    # a1 doubled by its neighbours, c3 halved by its own data, e1 doubled by a new model, f1 tripled by nobody knows
    # what, f2 doubled by its own data although its neighbours got better.
    "ri-a1": (0.005, "C", "neighbour", (0.001, 0.004, 0.0, 0.0)),
    "ri-c3": (0.2, "G", "data", (-0.15, 0.05, 0.0, 0.0)),
    "ri-e1": (0.1, "F", "model", (0.01, 0.0, 0.09, 0.0)),
    "ri-f1": (0.01, "D", "unseparated", (0.0, 0.0, 0.0, 0.02)),
    "ri-f2": (0.02, "E", "data", (0.03, -0.01, 0.0, 0.0)),
    # Near misses: b1 a quarter more, b3 much but a fifth more, c4 tenfold of next to nothing; c1 stands still.
    "ri-b1": (0.016, "D", "data", (0.004, 0.0, 0.0, 0.0)),
    "ri-b3": (0.25, "G", "neighbour", (0.01, 0.04, 0.0, 0.0)),
    "ri-c4": (0.0001, "A", "data", (0.0009, 0.0, 0.0, 0.0)),
    "ri-c1": (0.05, "E", None, (0.0, 0.0, 0.0, 0.0)),
    # a3 rose less than a2, which has failed since; a4 fell.
    "ri-a3": (0.14, "F", "data", (0.01, 0.0, 0.0, 0.0)),
    "ri-a4": (0.15, "F", "data", (-0.01, 0.0, 0.0, 0.0)),
    "ri-a2": (0.3, "G", None, (0.0, 0.0, 0.0, 0.0)),
}
"""PD, grade and weightiest cause on the day before, and what data, neighbour, model and unseparated moved."""
DAY_BEFORE = ago(30).isoformat()
GRADES = {"ri-a1": "D", "ri-c3": "F", "ri-e1": "G", "ri-f1": "E", "ri-f2": "E"}
"""Grades now, of those whose change is looked for; f2's is the same."""
PARTS = ("data", "neighbour", "model", "unseparated")


PORTRAITS: dict[str, tuple[float | None, ...]] = {
    # a1 fell by half, b1 by a fifth; d2 fell, but sells more than a year ago; c1 records no sales, and sells less to
    # firms. Near misses: b2 fell by less than a fifth, c2 has no window before, and c3 sells less to firms, but these
    # are a part of its sales, which rose.
    "ri-a1": (100.0, -0.5, -0.4, 80.0, 0.1, None, 20.0),
    "ri-b1": (50.0, -0.2, None, None, None, None, None),
    "ri-c1": (None, None, None, 30.0, -0.9, -0.8, 5.0),
    "ri-b2": (70.0, -0.19, -0.6, None, None, None, 30.0),
    "ri-c2": (70.0, None, -0.6, None, None, None, 30.0),
    "ri-c3": (70.0, 0.2, -0.6, 60.0, -0.9, -0.9, 30.0),
    "ri-d2": (10.0, -0.3, 0.5, None, None, None, 60.0),
}
"""Sales with the changes since the window before and a year ago, the same of sales to firms, and the growth index."""
PORTRAIT_COLUMNS = (
    "sales", "sales_change", "sales_yearly_change",
    "sold_to_firms", "sold_to_firms_change", "sold_to_firms_yearly_change", "index_growth",
)  # fmt: skip


def portraits() -> pa.Table:
    """The properties of portraits that queries name."""
    columns = zip(*PORTRAITS.values(), strict=True)
    values = (pa.array(column, pa.float64()) for column in columns)
    return pa.table({"firm_id": list(PORTRAITS), **dict(zip(PORTRAIT_COLUMNS, values, strict=True))})


def supplies() -> list[Row]:
    rows: list[tuple[str, str, int, float, Row]] = [
        # a1, sound, buys 60 of 100 from one in default and from one of pd .15, 40 from one of .14; b1 sells a fifth to
        # a failing one, c4 less than a fifth. b2 is not sound enough. Long ago a1 bought all from b3.
        ("ri-a2", "ri-a1", 170, 35, {}), ("ri-a3", "ri-a1", 100, 25, {}), ("ri-a4", "ri-a1", 100, 40, {}),
        ("ri-b3", "ri-a1", 300, 900, {}),
        ("ri-b1", "ri-b3", 100, 20, {}), ("ri-b1", "ri-c1", 100, 80, {}), ("ri-b2", "ri-b3", 100, 100, {}),
        ("ri-c4", "ri-b3", 100, 19, {}), ("ri-c4", "ri-c1", 100, 81, {}),
        # c1 and c2 catch and hand on: c1 all of d2's and half of e2's purchases, c2 the other half; c3 catches too
        # little; a1 catches most and has no customers.
        ("ri-c1", "ri-d2", 100, 10, {}), ("ri-c1", "ri-e2", 100, 30, {}), ("ri-c2", "ri-e2", 100, 30, {}),
        ("ri-c3", "ri-e1", 100, 30, {}),
        # d1 in default owes d2 of 50 the 20 that it never paid, not yet due in part; e1 owes d2 as well but lives.
        ("ri-d2", "ri-d1", 150, 30, {"paid_on": ago(120)}), ("ri-d2", "ri-d1", 140, 15, {"due_on": ago(110)}),
        ("ri-d2", "ri-d1", 140, 5, {"due_on": ago(-40), "category": "wood"}),
        ("ri-d2", "ri-e1", 140, 50, {"due_on": ago(110)}),
        # Two in default: neither is a firm that its partner's default would hit.
        ("ri-a2", "ri-d1", 200, 70, {}), ("ri-f1", "ri-f1", 100, 70, {}), ("ri-f2", "ri-e1", 100, 7, {}),
    ]  # fmt: skip
    dealt = []
    for supplier, customer, days, amount, fields in rows:
        paid = {} if "due_on" in fields else {"due_on": ago(days - 30), "paid_on": ago(days - 30)}
        dealt.append(trade(supplier, customer, days, amount, **(paid | fields)))
    return dealt


def loans() -> list[Row]:
    """f1 has two lines, f2 one with nothing drawn, f3 one of unknown use; a1 and f3 have a statement as well."""
    lines = [("ri-f1", 100.0), ("ri-f1", 50.0), ("ri-f2", 0.0), ("ri-f3", None), ("ri-a1", 700.0)]
    return [
        {"loan_id": f"ri-l{i}", "lender_id": "ri-bank", "firm_id": firm, "on": ago(20), "drawn": drawn}
        for i, (firm, drawn) in enumerate(lines)
    ]


COVERAGE = {"ri-f1": 0.1, "ri-f2": 0.3, "ri-f3": 0.3, "ri-a1": 0.5, "ri-d1": 0.1}
"""Coverage of the firms of which little is known."""


def scores() -> pa.Table:
    names = sorted(PD.keys() | CAUGHT.keys() | FAILED.keys())
    pds = [PD.get(name) for name in names]
    return pa.table(
        {
            "firm_id": names,
            "pd": pds,
            "pd_low": [None if pd is None else pd / 2 for pd in pds],
            "pd_high": [None if pd is None else pd * 2 for pd in pds],
            "own": [None if pd is None else pd / 4 for pd in pds],
            "caught": [CAUGHT.get(name, 0.0) for name in names],
            "coverage": [COVERAGE.get(name, 0.9) for name in names],
            "grade": [GRADES.get(name, "D") for name in names],
            **_history(names),
        }
    )


def _history(names: list[str]) -> dict[str, pa.Array]:
    """The columns that an earlier day's scores add; a2 failed since, and nothing is told of what moved it."""
    found = [BEFORE.get(name) for name in names]
    moved = [None if name in FAILED else row for name, row in zip(names, found, strict=True)]
    told = {
        "pd_before": [row and row[0] for row in found],
        "grade_before": [row and row[1] for row in found],
        "before_as_of": [row and DAY_BEFORE for row in found],
        "moved_by": [row and row[2] for row in moved],
    }
    parts = {f"moved_by_{part}": [row and row[3][i] for row in moved] for i, part in enumerate(PARTS)}
    kinds = {"grade_before": pa.string(), "before_as_of": pa.string(), "moved_by": pa.string()}
    return {name: pa.array(values, kinds.get(name, pa.float64())) for name, values in (told | parts).items()}


def tables() -> dict[str, list[Row]]:
    statement = {"on": ago(200), "published_on": ago(100), "revenue": 1000.0}
    return {
        "firms": [
            *firms(*EAST, region="East", joined_on=ago(900)),
            *firms(*WEST, region="West", joined_on=ago(900)),
        ],
        "supplies": supplies(),
        "loans": loans(),
        "financials": [{"firm_id": firm} | statement for firm in ("ri-a1", "ri-f3")],
        "events": [event(firm, days, "default") for firm, days in FAILED.items()],
    }
