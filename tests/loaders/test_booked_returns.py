"""negative = "return": a negative trade is a return that is known on its day; without the key it is a fault."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, Workspace, read_workspace
from supplyrisk.loaders import load, read_mapping, validate

HEADER = "supplier_id,customer_id,on,amount"
TRADES = f"{HEADER}\nA,B,2024-01-10,400\nA,B,2024-02-10,-100.50\nA,C,2024-02-10,100\n"
KEY = 'negative = "return"\n'


def write(folder: Path, trades: str, keys: str = "") -> Path:
    (folder / "firms.csv").write_text("firm_id\nA\nB\nC\n")
    (folder / "trades.csv").write_text(trades)
    path = folder / "map.toml"
    path.write_text(f'[[source]]\nfile = "trades.csv"\ntable = "supplies"\n{keys}')
    return path


def supplies(folder: Path, mapping: Path) -> list[dict[str, object]]:
    load(folder, folder / "ws", mapping)
    path = read_workspace(folder / "ws").sources["supplies"]
    assert isinstance(path, Path)
    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def test_without_the_key_a_negative_trade_is_a_fault_that_names_it(tmp_path: Path) -> None:
    (fault,) = validate(tmp_path, write(tmp_path, TRADES)).faults.to_pylist()
    assert (fault["line"], fault["column"], fault["value"], fault["rule"]) == (
        3,
        "amount",
        "-100.50",
        "least",
    )
    assert 'negative = "return"' in fault["remedy"]


def test_a_negative_trade_is_a_return_on_its_day(tmp_path: Path) -> None:
    mapping = write(tmp_path, TRADES, KEY)
    report = validate(tmp_path, mapping)
    assert (report.table("supplies").count.loaded, report.fault_count) == (3, 0)
    assert any("1 negative trades are booked as returns" in note for note in report.notes)
    (booked,) = [row for row in supplies(tmp_path, mapping) if "returned_on" in row]
    assert booked == {
        "supplier_id": "A",
        "customer_id": "B",
        "on": date(2024, 2, 10),
        "amount": 0,
        "orders": 0,
        "returned_on": date(2024, 2, 10),
        "returned_amount": 100.5,
    }


def test_the_return_is_known_from_its_day_on(tmp_path: Path) -> None:
    """A has sold 400 before the return of 100.50, and 500 from its day on."""
    load(tmp_path, tmp_path / "ws", write(tmp_path, TRADES, KEY))
    workspace = Workspace(tmp_path / "ws")
    rates = []
    for day in (9, 10):
        firms = workspace.snapshot(date(2024, 2, day)).firms.to_pylist()
        rates.append(next(firm["delivery_return_rate"] for firm in firms if firm["firm_id"] == "A"))
    assert rates == [None, pytest.approx(100.5 / 500)]


def test_days_of_payment_are_left_to_the_trade_that_is_corrected(tmp_path: Path) -> None:
    trades = f"{HEADER},orders,category,due_on,paid_on,row_id\nA,B,2024-01-10,-5,3,steel,2024-02-10,2024-03-10,R1\n"
    (row,) = supplies(tmp_path, write(tmp_path, trades, KEY))
    assert row.keys() == {
        *HEADER.split(","), "orders", "category", "row_id", "returned_on", "returned_amount",
    }  # fmt: skip
    assert (row["amount"], row["orders"], row["category"], row["returned_amount"]) == (0, 0, "steel", 5)


@pytest.mark.parametrize(
    ("cell", "amount", "returned"), [("-0", 0, None), ("-1e2", 0, 100), ("-.5", 0, 0.5), ("7", 7, None)]
)
def test_only_amounts_below_zero_are_returns(
    tmp_path: Path, cell: str, amount: float, returned: float | None
) -> None:
    (row,) = supplies(tmp_path, write(tmp_path, f"{HEADER}\nA,B,2024-01-10,{cell}\n", KEY))
    assert (row["amount"], row.get("returned_amount")) == (amount, returned)


@pytest.mark.parametrize("cell", ["-x", "-1e400", "-1_0", "--5", "-", "-inf"])
def test_a_cell_that_is_no_number_stays_a_fault_of_its_column(tmp_path: Path, cell: str) -> None:
    mapping = write(tmp_path, f"{HEADER}\nA,B,2024-01-10,{cell}\n", KEY)
    (fault,) = validate(tmp_path, mapping).faults.to_pylist()
    assert (fault["column"], fault["value"]) == ("amount", cell)


def test_a_row_that_states_its_own_return_is_not_booked_as_one(tmp_path: Path) -> None:
    trades = f"{HEADER},returned_on,returned_amount\nA,B,2024-01-10,-5,2024-01-11,2\n"
    (fault,) = validate(tmp_path, write(tmp_path, trades, KEY)).faults.to_pylist()
    assert (fault["column"], fault["value"], fault["rule"]) == ("amount", "-5", "least")


def test_negative_amounts_are_read_in_the_form_of_the_source(tmp_path: Path) -> None:
    keys = KEY + 'minus = ["brackets", "trailing"]\ndecimal = ","\nscale = { amount = 1000 }\n'
    mapping = write(tmp_path, f'{HEADER}\nA,B,2024-01-10,"(1,5)"\nA,B,2024-01-11,2-\n', keys)
    assert [row["returned_amount"] for row in supplies(tmp_path, mapping)] == [1500, 2000]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[source]]\nfile = "x.csv"\ntable = "events"\nnegative = "return"\n', "supplies only"),
        ('[[source]]\nfile = "x.csv"\ntable = "supplies"\nnegative = "drop"\n', "expected return"),
    ],
)
def test_the_key_is_for_trades(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_mapping(path)
    assert expected in str(caught.value)
