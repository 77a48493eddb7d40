"""Groups: several rows of a source, such as the lines of an order or the payments of a day, become one row."""

from __future__ import annotations

from collections import abc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.graph.schema.strict_toml import parse_toml
from supplyrisk.loaders import LoadReport, Mapping, load, validate
from supplyrisk.loaders.read.reshaped_counts import GroupCounts

PAYMENTS = (
    "shop,paid_at,amount,kind\n"
    "S1,2024-01-01T10:00:00,5.10,card\n"
    "S1,2024-01-01T23:30:00,0.20,cash\n"
    "S2,2024-01-01T12:00:00,1,card\n"
    "S1,2024-01-02T00:10:00,7,card\n"
    "S1,2024-01-01T10:00:00,5.10,card\n"
)
GROUP = {"by": "shop", "day": "paid_at", "take": {"amount": "sum"}, "count": "orders"}
COLUMNS = {"firm_id": "shop", "on": "paid_at", "sales": "amount"}


def write(folder: Path, files: abc.Mapping[str, str]) -> Path:
    for name, text in {"firms.csv": "firm_id\nS1\nS2\n", **files}.items():
        (folder / name).write_text(text)
    return folder


def mapped(group: abc.Mapping[str, object] | None = None, **keys: object) -> Mapping:
    source = {"file": "pay.csv", "table": "activity", "columns": COLUMNS, "keep": []}
    form = {"dates": ["%Y-%m-%dT%H:%M:%S"]}
    return Mapping.model_validate(
        {"source": [{**source, **form, "group": {**GROUP, **(group or {})}, **keys}]}
    )


def rows(folder: Path, mapping: Mapping) -> list[tuple[object, ...]]:
    load(folder, folder / "ws", mapping)
    stored = pq.read_table(read_workspace(folder / "ws").sources["activity"]).to_pylist()
    return sorted((row["firm_id"], str(row["on"]), row["sales"], row["orders"]) for row in stored)


def places(report: LoadReport) -> list[tuple[int, str, str]]:
    return [(f["line"], f["value"], f["rule"]) for f in report.faults.to_pylist()]


def test_payments_of_a_day_are_one_row(tmp_path: Path) -> None:
    write(tmp_path, {"pay.csv": PAYMENTS})
    # the equal payments on lines 2 and 6 are two
    assert rows(tmp_path, mapped()) == [
        ("S1", "2024-01-01", 10.4, 3),
        ("S1", "2024-01-02", 7.0, 1),
        ("S2", "2024-01-01", 1.0, 1),
    ]
    report = validate(tmp_path, mapped())
    assert [s.merged for s in report.sources if s.merged] == [GroupCounts(lines=5, groups=3)]
    assert "pay.csv: 5 rows are grouped to 3" in report.notes
    assert report.to_json()["sources"][1]["group"] == {"lines": 5, "groups": 3}  # type: ignore[index]
    assert report.table("activity").count.rows == 3


def test_rows_that_lack_a_key_stay_rows_of_their_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pay.csv": "shop,order,paid_at,amount\n"
            "S1,,2024-01-01T10:00:00,7\nS1,,2024-01-01T11:00:00,9\n"
            "S1,A,2024-01-01T10:00:00,1\nS1,A,2024-01-01T11:00:00,2\n"
        },
    )
    group = {"by": ["shop", "order"]}
    report = validate(tmp_path, mapped(group), max_bad=1.0)
    assert [s.merged for s in report.sources if s.merged] == [GroupCounts(lines=4, groups=3)]


def test_days_are_local(tmp_path: Path) -> None:
    write(tmp_path, {"pay.csv": PAYMENTS})
    shanghai: dict[str, object] = {"timezone": "Asia/Shanghai", "times_in": "UTC"}
    # 23:30 and 00:10 in UTC are in the morning of one day in Shanghai
    assert [row[1:] for row in rows(tmp_path, mapped(None, **shanghai)) if row[0] == "S1"] == [
        ("2024-01-01", 10.2, 2),
        ("2024-01-02", 7.2, 2),
    ]


def test_numbers_are_added_in_their_form(tmp_path: Path) -> None:
    text = PAYMENTS.replace(",5.10,", ',"1.000,10 €",').replace(",0.20,", ',"(0,2)",').replace(",7,", ",-,")
    write(tmp_path, {"pay.csv": text})
    form: dict[str, object] = {
        "decimal": ",", "thousands": ".", "currency_signs": ["€"], "minus": ["brackets"], "missing": ["-"],
    }  # fmt: skip
    assert [row[2] for row in rows(tmp_path, mapped(None, **form))] == [2000.0, None, 1.0]
    scaled = mapped(None, **form, scale={"sales": 10.0})
    assert [row[2] for row in rows(tmp_path, scaled)] == [20000.0, None, 10.0]


def test_a_cell_that_is_no_number_is_a_fault_of_its_group(tmp_path: Path) -> None:
    write(tmp_path, {"pay.csv": PAYMENTS.replace("0.20", "much")})
    report = validate(tmp_path, mapped())
    assert places(report) == [(2, "much", "number")]
    assert report.table("activity").count.quarantined == 1


@pytest.mark.parametrize("amount", ["1e300", "-1e21", "9" * 40])
def test_a_number_that_is_too_large_to_add_up_is_a_fault(tmp_path: Path, amount: str) -> None:
    write(tmp_path, {"pay.csv": PAYMENTS.replace("0.20", amount)})
    report = validate(tmp_path, mapped())
    assert places(report) == [(2, amount, "sum")]
    write(tmp_path, {"pay.csv": PAYMENTS.replace("0.20", "9" * 20)})
    assert rows(tmp_path, mapped())[0][2] == 1e20


def test_a_time_in_no_stated_form_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, {"pay.csv": PAYMENTS.replace("2024-01-02T00:10:00", "soon")})
    report = validate(tmp_path, mapped())
    assert places(report) == [(5, "soon", "day")]
    assert "dates" in report.faults.to_pylist()[0]["remedy"]


def test_rows_of_a_group_agree_or_a_rule_says_which_cell_counts(tmp_path: Path) -> None:
    write(tmp_path, {"pay.csv": PAYMENTS})
    report = validate(tmp_path, mapped({"take": {}}))
    assert places(report) == [(2, "0.20, 5.10", "differs")]
    assert "take" in report.faults.to_pylist()[0]["remedy"]
    for how, amount in (("first", 5.1), ("last", 5.1)):
        assert rows(tmp_path, mapped({"take": {"amount": how}}))[0][2] == amount
    swapped = "\n".join([*PAYMENTS.splitlines()[:-1], PAYMENTS.splitlines()[2]])
    write(tmp_path, {"pay.csv": swapped})
    assert rows(tmp_path, mapped({"take": {"amount": "last"}}))[0][2] == 0.2


def test_conditions_select_groups(tmp_path: Path) -> None:
    write(tmp_path, {"pay.csv": PAYMENTS})
    report = validate(tmp_path, mapped(where={"kind": "card"}))
    assert places(report) == [(2, "card, cash", "differs")]
    by_kind = mapped({"by": ["shop", "kind"]}, where={"kind": "card"})
    assert rows(tmp_path, by_kind)[0] == ("S1", "2024-01-01", 10.2, 2)
    count = validate(tmp_path, by_kind).table("activity").count
    assert (count.rows, count.loaded, count.dropped) == (4, 3, 1)


def test_lines_of_an_order_with_one_seller_are_one_trade(tmp_path: Path) -> None:
    orders = "order_id,customer,day\nA,C,2024-01-01\nB,C,2024-01-02\n"
    items = "order_id,seller,price\nA,S1,1\nA,S2,2\nA,S1,3\nB,S1,4\n"
    write(tmp_path, {"orders.csv": orders, "items.csv": items, "firms.csv": "firm_id\nS1\nS2\nC\n"})
    source = {
        "file": "items.csv",
        "table": "supplies",
        "columns": {"supplier_id": "seller", "customer_id": "customer", "on": "day", "amount": "price"},
        "join": {"file": "orders.csv", "on": "order_id"},
        "group": {"by": ["order_id", "seller"], "take": {"price": "sum"}},
    }
    report = load(tmp_path, tmp_path / "ws", Mapping.model_validate({"source": [source]}))
    stored = pq.read_table(read_workspace(tmp_path / "ws").sources["supplies"]).to_pylist()
    assert sorted((row["supplier_id"], str(row["on"]), row["amount"]) for row in stored) == [
        ("S1", "2024-01-01", 4.0),
        ("S1", "2024-01-02", 4.0),
        ("S2", "2024-01-01", 2.0),
    ]
    assert [join.used for s in report.sources for join in s.joins] == [2]


@pytest.mark.parametrize("column", ["shop", "#1"])
def test_cells_are_filled_down_before_rows_are_grouped(tmp_path: Path, column: str) -> None:
    merged = PAYMENTS.replace("S1,2024-01-01T23:30", ",2024-01-01T23:30")
    write(tmp_path, {"pay.csv": merged})
    # without fill_down, the cell is a group without a shop
    assert places(validate(tmp_path, mapped())) == [(3, "", "required")]
    assert rows(tmp_path, mapped(fill_down=[column]))[0] == ("S1", "2024-01-01", 10.4, 3)


def test_a_group_may_go_on_in_the_next_file(tmp_path: Path) -> None:
    header, *lines = PAYMENTS.splitlines()
    files = {f"pay-{i}.csv": f"{header}\n{line}\n" for i, line in enumerate(lines)}
    write(tmp_path, files)
    mapping = mapped(file="pay-*.csv")
    assert rows(tmp_path, mapping)[0] == ("S1", "2024-01-01", 10.4, 3)
    report = validate(tmp_path, mapping)
    assert [s.count.rows for s in report.sources if s.table == "activity"] == [1, 0, 1, 1, 0]


def test_stored_numbers_and_times_are_grouped(tmp_path: Path) -> None:
    write(tmp_path, {})
    header, *lines = (line.split(",") for line in PAYMENTS.splitlines())
    table = pa.table({name: [line[i] for line in lines] for i, name in enumerate(header)})
    times = table["paid_at"].cast(pa.timestamp("s"))
    table = table.set_column(1, "paid_at", times).set_column(2, "amount", table["amount"].cast(pa.float64()))
    pq.write_table(table, tmp_path / "pay.parquet")
    assert rows(tmp_path, mapped(file="pay.parquet"))[0] == ("S1", "2024-01-01", 10.4, 3)


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (
            {"by": ["shop", "till"]},
            "pay.csv: the group of the mapping names column till, which the file does not have",
        ),
        ({"day": "day"}, "names column day"),
        ({"take": {"price": "sum"}}, "names column price"),
        ({"count": "kind"}, "count of the group has the name of a column, kind"),
    ],
)
def test_a_group_that_does_not_fit_the_file_is_an_error(
    tmp_path: Path, group: dict[str, object], message: str
) -> None:
    write(tmp_path, {"pay.csv": PAYMENTS})
    with pytest.raises(DataError, match=message):
        validate(tmp_path, mapped(group))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("count = 'n'", "no group.by, expected the columns that tell the groups apart"),
        ("by = 'a'\ntake = {a = 'last'}", "take names a, expected a column besides by and day"),
        ("by = 'a'\ntake = {b = 'mean'}", "expected first, last or sum"),
        (
            "by = 'a'\n[source.event_log]\ncase = 'a'\nactivity = 'b'\ntime = 'c'\nsteps = {on = 'd'}",
            "both event_log",
        ),
    ],
)
def test_a_group_that_is_wrong_in_itself_is_an_error(keys: str, message: str) -> None:
    source = "[[source]]\nfile = 'x.csv'\ntable = 'supplies'\n[source.group]\n"
    with pytest.raises(DataError, match=message):
        parse_toml(source + keys, Mapping, "mapping")
