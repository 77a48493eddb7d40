"""What-ifs on a small synthetic world by stated rules: exact, on a copy, and on the own page without other firms."""

from __future__ import annotations

import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from commands import run, run_json
from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace, to_json
from supplyrisk.graph.merchant.what_if import parse_change_plan

SELL = '[[change]]\ndo = "sell_more"\nshare = 0.25\n'
PAY = '[[change]]\ndo = "pay_on_time"\n'
SUPPLIER = '[[change]]\ndo = "add_supplier"\nsupplier = "NEW1"\nshare = 0.4\nnew = true\n'


@pytest.fixture(scope="module")
def ws(expert_world: Path) -> Workspace:
    return Workspace(expert_world / "ws")


@pytest.fixture(scope="module")
def shop(ws: Workspace) -> str:
    """A scored merchant with suppliers, which paid some of them late."""
    with ws.tables().connect() as con:
        late = con.sql(
            "SELECT customer_id FROM supplies WHERE paid_on > due_on GROUP BY 1 ORDER BY count(*) DESC, 1"
        )
        sells = {firm for (firm,) in con.sql("SELECT firm_id FROM activity").fetchall()}
        scored = {row["firm_id"] for row in ws.scores().to_pylist() if row["state"] == "scored"}
        return next(str(firm) for (firm,) in late.fetchall() if firm in sells & scored)


def ask(ws: Workspace, shop: str, text: str, **options: Any) -> services.WhatIfResult:
    return services.what_if(ws, shop, parse_change_plan(text), **{"need": False, **options})


def files_hash(folder: Path) -> str:
    """A hash of every file of a folder, with its name."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def test_an_empty_plan_states_the_stored_score_twice_and_changes_no_file(ws: Workspace, shop: str) -> None:
    before = files_hash(ws.path)
    result = ask(ws, shop, "").what_if
    assert files_hash(ws.path) == before
    assert result.before == result.after
    assert (result.steps, result.features) == ((), ())
    [stored] = [row for row in ws.scores().to_pylist() if row["firm_id"] == shop]
    score = result.before.score
    for name in ("pd", "points", "grade", "worst_grade", "own", "context", "caught", "state"):
        assert getattr(score, name) == stored[name], name
    memo = run_json("check", shop, "--amount", 10_000, "--days", 90, "-w", ws.path, "--no-record")["rows"][0]
    limit = result.before.limit
    assert limit is not None
    assert (limit.amount, limit.binding) == (memo["limit"]["amount"], memo["limit"]["binding"])


def test_the_result_equals_loading_the_changed_data_and_scoring_them(
    expert_world: Path, quick_forecasts: None, ws: Workspace, shop: str, tmp_path: Path
) -> None:
    before = files_hash(ws.path)
    result = ask(ws, shop, SELL + PAY + SUPPLIER, need=True)
    assert files_hash(ws.path) == before
    change_files(expert_world / "data", tmp_path / "data", shop, result.what_if.as_of.isoformat())
    code, _, err = run("load", tmp_path / "data", "-w", tmp_path / "ws")
    assert code == 0, err
    shutil.copytree(ws.layout.models, tmp_path / "ws" / "models")
    code, _, err = run("score", "-w", tmp_path / "ws")
    assert code == 0, err
    [stored] = [row for row in Workspace(tmp_path / "ws").scores().to_pylist() if row["firm_id"] == shop]
    after = result.what_if.after
    for name in ("pd", "points", "own", "context", "caught"):
        assert getattr(after.score, name) == pytest.approx(stored[name], rel=1e-12), name
    assert (after.score.grade, after.score.worst_grade) == (stored["grade"], stored["worst_grade"])
    assert after.score.pd != result.what_if.before.score.pd
    check = ("check", shop, "--amount", 10_000, "--days", 90, "-w", tmp_path / "ws", "--no-record")
    limit = run_json(*check)["rows"][0]["limit"]
    assert after.limit is not None
    assert after.limit.amount == pytest.approx(limit["amount"])
    assert after.limit.binding == limit["binding"]
    [need] = services.forecast(Workspace(tmp_path / "ws"), shop).needs.to_pylist()
    assert after.need is not None
    assert (after.need.amount, after.need.cautious) == pytest.approx((need["need"], need["cautious_need"]))
    assert after.need.under_on == need["under_on"]


def change_files(data: Path, out: Path, shop: str, day: str) -> None:
    """Write SELL, PAY and SUPPLIER into copies of the files, in SQL of their own."""
    shutil.copytree(data, out)
    con = duckdb.connect()
    names = ", ".join(f'"{row[0]}"' for row in con.sql(f"DESCRIBE FROM '{data}/supplies.parquet'").fetchall())
    window = f"date '{day}' - \"on\" BETWEEN 0 AND 59"
    due = f"customer_id = '{shop}' AND date '{day}' - due_on BETWEEN 0 AND 179 AND coalesce(paid_on > due_on, true)"
    con.execute(f"""CREATE TABLE paid AS SELECT * REPLACE (
        CASE WHEN {due} THEN due_on ELSE paid_on END AS paid_on,
        amount * CASE WHEN supplier_id = '{shop}' AND {window} THEN 1.25 ELSE 1 END AS amount,
        returned_amount * CASE WHEN supplier_id = '{shop}' AND {window} THEN 1.25 ELSE 1 END AS returned_amount
        ) FROM '{data}/supplies.parquet'""")
    bought = f"customer_id = '{shop}' AND date '{day}' - \"on\" BETWEEN 0 AND 179"
    con.execute(f"""COPY (
        SELECT {names} FROM (SELECT * REPLACE (
            amount * CASE WHEN {bought} THEN .6 ELSE 1 END AS amount,
            returned_amount * CASE WHEN {bought} THEN .6 ELSE 1 END AS returned_amount) FROM paid)
        UNION ALL SELECT {names} FROM (SELECT * REPLACE ('NEW1' AS supplier_id, amount * .4 AS amount,
            returned_amount * .4 AS returned_amount, NULL AS row_id) FROM paid WHERE {bought})
        ) TO '{out}/supplies.parquet'""")
    con.execute(f"""COPY (SELECT * REPLACE (
        sales * CASE WHEN firm_id = '{shop}' AND {window} THEN 1.25 ELSE 1 END AS sales,
        refunds * CASE WHEN firm_id = '{shop}' AND {window} THEN 1.25 ELSE 1 END AS refunds)
        FROM '{data}/activity.parquet') TO '{out}/activity.parquet'""")
    con.execute(f"""COPY (SELECT * FROM '{data}/firms.parquet' UNION ALL BY NAME
        SELECT 'NEW1' AS firm_id, true AS unlisted) TO '{out}/firms.parquet'""")


def test_steps_add_up_and_a_change_of_payments_moves_features_of_payments_alone(
    ws: Workspace, shop: str
) -> None:
    result = ask(ws, shop, PAY, partners_fixed=True).what_if
    assert {f.feature.removesuffix("_peers") for f in result.features} <= {
        "pay_late_days",
        "pay_overdue_share",
    }
    [late] = [f for f in result.features if f.feature == "pay_late_days"]
    assert late.before is not None and late.after is not None and late.after < late.before
    assert late.text.zh == "付款平均逾期天数（近 180 天）"
    assert result.before.score.points is not None and result.after.score.points is not None
    assert result.after.score.points > result.before.score.points
    both = ask(ws, shop, PAY + SELL, partners_fixed=True).what_if
    swapped = ask(ws, shop, SELL + PAY, partners_fixed=True).what_if
    assert both.after == swapped.after
    assert [step.kind for step in swapped.steps] == ["sell_more", "pay_on_time"]
    for one in (both, swapped):
        gains = [step.points_change for step in one.steps]
        points = (one.before.score.points, one.after.score.points)
        assert points[0] is not None and points[1] is not None
        assert sum(gain for gain in gains if gain is not None) == pytest.approx(points[1] - points[0])


def test_a_value_beyond_the_training_data_is_marked(ws: Workspace, shop: str) -> None:
    result = ask(ws, shop, '[[change]]\ndo = "sell_more"\nshare = 2000\n', partners_fixed=True).what_if
    outside = {feature.feature: feature for feature in result.outside}
    assert "sales_60" in outside
    sales = outside["sales_60"]
    assert sales.after is not None and sales.highest is not None and sales.after > sales.highest
    mild = ask(ws, shop, '[[change]]\ndo = "sell_more"\nshare = 0.0001\n', partners_fixed=True).what_if
    assert mild.features and not mild.outside


def test_on_the_own_page_nothing_depends_on_other_firms(
    expert_world: Path, ws: Workspace, shop: str, tmp_path: Path
) -> None:
    text = SELL + PAY + SUPPLIER
    fixed = ask(ws, shop, text, partners_fixed=True)
    assert fixed.what_if.before.score.pd is None
    assert fixed.what_if.before.limit is None and fixed.what_if.limit_note is not None
    partner = change_partners(expert_world / "data", tmp_path / "data", shop)
    code, _, err = run("load", tmp_path / "data", "--no-graph", "-w", tmp_path / "ws")
    assert code == 0, err
    shutil.copytree(ws.layout.models, tmp_path / "ws" / "models")
    other = Workspace(tmp_path / "ws")
    as_of = fixed.what_if.as_of
    again = ask(other, shop, text, partners_fixed=True, as_of=as_of)
    assert to_json(again.to_json()) == to_json(fixed.to_json())
    assert sandbox_state(other, partner, as_of) == "defaulted"
    # The same data move the score that does use other firms.
    code, _, err = run("score", "--as-of", as_of, "--no-write-back", "-w", other.path)
    assert code == 0, err
    before, after = (
        [row for row in w.scores(as_of).to_pylist() if row["firm_id"] == shop] for w in (ws, other)
    )
    assert before[0]["pd"] != after[0]["pd"]


def sandbox_state(ws: Workspace, firm: str, as_of: date) -> str:
    """The state of a firm without any change; one in default has neither a PD nor a limit."""
    state = ask(ws, firm, "", as_of=as_of).what_if.before
    assert (state.score.pd is None) == (state.score.points is None)
    return state.score.state


def change_partners(data: Path, out: Path, shop: str) -> str:
    """Other data of all other firms: their sales, statements, trades with one another; a supplier that fails."""
    shutil.copytree(data, out)
    con = duckdb.connect()
    own = f"firm_id = '{shop}'"
    for name, ours, edit in (
        ("activity", own, "sales * 3 AS sales, cash - 9e6 AS cash"),
        ("financials", own, "equity - 9e6 AS equity"),
        ("supplies", f"'{shop}' IN (supplier_id, customer_id)", "amount * 7 AS amount"),
        ("firms", own, "industry || ' of another kind' AS industry"),
    ):
        path = f"'{data}/{name}.parquet'"
        con.execute(f"""COPY (SELECT * FROM {path} WHERE {ours} UNION ALL
            SELECT * REPLACE ({edit}) FROM {path} WHERE NOT ({ours})) TO '{out}/{name}.parquet'""")
    partner = con.execute(
        f"SELECT min(supplier_id) FROM '{data}/supplies.parquet' WHERE customer_id = '{shop}'"
    ).fetchall()[0][0]
    con.execute(f"""COPY (SELECT * FROM '{data}/events.parquet' UNION ALL BY NAME
        SELECT '{partner}' AS firm_id, max("on") AS "on", 'default' AS kind FROM '{data}/activity.parquet')
        TO '{out}/events.parquet'""")
    return str(partner)


def test_what_cannot_be_asked(ws: Workspace, shop: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no firm 'nobody'"):
        ask(ws, "nobody", PAY)
    with pytest.raises(RequestError, match="an amount of 0"):
        ask(ws, shop, PAY, amount=0)
    with pytest.raises(DataError, match="unknown supplier Q"):
        ask(ws, shop, '[[change]]\ndo = "add_supplier"\nsupplier = "Q"\nshare = 0.5')
    with pytest.raises(DataError, match="cannot be read"):
        services.what_if(ws, shop, tmp_path / "none.toml")
