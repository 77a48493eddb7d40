"""partners = "add" and firms_from: firms that are in no list of firms become unlisted or listed ones."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.loaders import LoadReport, load, read_mapping, validate

HEADER = "supplier_id,customer_id,on,amount"
ADD = 'partners = "add"\n'
Row = dict[str, object]


def write(folder: Path, keys: str = "", **tables: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    mapping = folder.parent / f"{folder.name}.toml"
    mapping.write_text(keys)
    return mapping


def rows(workspace: Path, table: str) -> list[Row]:
    path = read_workspace(workspace).sources[table]
    assert isinstance(path, Path)
    return [{k: v for k, v in row.items() if v is not None} for row in pq.read_table(path).to_pylist()]


def loaded(folder: Path, mapping: Path) -> tuple[LoadReport, list[Row]]:
    report = load(folder, folder.parent / f"{folder.name}-ws", mapping)
    return report, rows(folder.parent / f"{folder.name}-ws", "firms")


FOUR = "firm_id\nA\nB\nC\nD\n"
TRADES = (
    f"{HEADER}\nX,A,2024-01-01,1\nX,B,2024-01-02,2\nA,C,2024-01-03,4\nC,Y,2024-01-04,8\nX,A,2024-01-05,16\n"
)


def test_two_unlisted_partners_of_four_firms(tmp_path: Path) -> None:
    mapping = write(tmp_path / "data", ADD, firms=FOUR, supplies=TRADES)
    report, firms = loaded(tmp_path / "data", mapping)
    assert firms == [
        *({"firm_id": firm} for firm in "ABCD"),
        {"firm_id": "X", "unlisted": True},
        {"firm_id": "Y", "unlisted": True},
    ]
    assert (report.table("firms").count.loaded, report.table("supplies").count.loaded) == (4, 5)
    (added,) = report.added_firms
    assert added.to_json() == {
        "state": "unlisted",
        "count": 2,
        "tables": {"supplies": 2},
        "largest": [{"firm_id": "X", "trades": 3}, {"firm_id": "Y", "trades": 1}],
    }
    (note,) = [note for note in report.notes if "unlisted" in note]
    assert note == (
        'firms: 2 in no list are added as unlisted by partners = "add"; they get no score; '
        "named in supplies 2; most trades: X 3, Y 1"
    )


def test_without_the_key_a_partner_in_no_list_is_a_fault_that_names_it(tmp_path: Path) -> None:
    mapping = write(tmp_path / "data", firms=FOUR, supplies=TRADES)
    report = validate(tmp_path / "data", mapping)
    assert [fault["value"] for fault in report.faults.to_pylist()] == ["X", "X", "Y", "X"]
    assert {fault["remedy"] for fault in report.faults.to_pylist()} == {
        'add it to firms, correct the id, or set partners = "add" in the mapping'
    }
    assert report.added_firms == ()


def test_the_key_changes_no_byte_of_data_without_unlisted_firms(tmp_path: Path) -> None:
    trades = f"{HEADER}\nA,B,2024-01-01,1\n"
    with_key = write(tmp_path / "with", ADD + 'name = "x"\n', firms=FOUR, supplies=trades)
    without = write(tmp_path / "without", 'name = "x"\n', firms=FOUR, supplies=trades)
    reports = [loaded(tmp_path / path.stem, path)[0] for path in (with_key, without)]
    assert reports[0].content_hash == reports[1].content_hash
    path = read_workspace(tmp_path / "with-ws").sources["firms"]
    assert isinstance(path, Path)
    assert "unlisted" not in pq.read_schema(path).names


def test_the_order_of_rows_and_files_changes_no_byte(tmp_path: Path) -> None:
    head, *lines = TRADES.splitlines()
    shuffled = "\n".join([head, *reversed(lines)]) + "\n"
    one = write(tmp_path / "one", ADD, firms=FOUR, supplies=TRADES)
    other = write(tmp_path / "other", ADD, firms="firm_id\nD\nB\nC\nA\n", supplies=shuffled)
    reports = [loaded(tmp_path / path.stem, path)[0] for path in (one, other)]
    assert reports[0].content_hash == reports[1].content_hash
    assert reports[0].added_firms == reports[1].added_firms


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("shipments", "carrier_id,shipper_id,receiver_id,shipped_on\nX,A,Y,2024-01-01\n"),
        ("relations", "from_id,to_id,kind,since\nX,Y,owns,2024-01-01\nP,X,owns,2024-01-01\n"),
        ("events", "firm_id,on,kind\nX,2024-01-01,default\nY,2024-01-01,lawsuit\n"),
    ],
)
def test_firms_are_added_from_every_table_and_persons_are_not(tmp_path: Path, table: str, text: str) -> None:
    mapping = write(tmp_path / "data", ADD, firms=FOUR, persons="person_id\nP\n", **{table: text})
    report, firms = loaded(tmp_path / "data", mapping)
    assert [firm["firm_id"] for firm in firms if "unlisted" in firm] == ["X", "Y"]
    assert report.added_firms[0].tables == {table: 2}


def test_a_person_is_no_partner(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "data", ADD, firms=FOUR, persons="person_id\nP\n", supplies=f"{HEADER}\nP,X,2024-01-01,1\n"
    )
    report = validate(tmp_path / "data", mapping)
    # X is named by this row alone, which is in quarantine
    assert [(fault["column"], fault["value"]) for fault in report.faults.to_pylist()] == [
        ("supplier_id", "P")
    ]
    assert report.added_firms == ()


def test_a_firm_whose_row_is_in_quarantine_is_not_added(tmp_path: Path) -> None:
    firms = "firm_id,employees\nA,1\nB,many\n"
    trades = f"{HEADER}\nA,B,2024-01-01,1\nX,B,2024-01-01,1\n"
    report = validate(tmp_path / "data", write(tmp_path / "data", ADD, firms=firms, supplies=trades))
    assert [(fault["value"], fault["rule"]) for fault in report.faults.to_pylist()] == [
        ("many", "number"),
        ("B", "unknown"),
        ("B", "unknown"),
    ]
    assert "its row in firms is in quarantine" in report.faults["remedy"][1].as_py()
    assert report.added_firms == ()


def test_a_row_whose_other_reference_is_left_empty_adds_its_firms(tmp_path: Path) -> None:
    keys = (
        ADD
        + """
[[source]]
file = "sent.csv"
table = "shipments"
column_format = { receiver_id = { on_bad_cell = "blank" } }
"""
    )
    sent = "carrier_id,shipper_id,receiver_id,shipped_on\nX,A,P,2024-01-01\n"
    mapping = write(tmp_path / "data", keys, firms=FOUR, persons="person_id\nP\n", sent=sent)
    report, firms = loaded(tmp_path / "data", mapping)
    assert report.table("shipments").count.blanked == 1
    assert firms[4:] == [{"firm_id": "X", "unlisted": True}]


def test_rows_with_bad_cells_add_nobody(tmp_path: Path) -> None:
    trades = f"{HEADER}\nX,A,2024-01-01,much\n"
    report = validate(tmp_path / "data", write(tmp_path / "data", ADD, firms=FOUR, supplies=trades))
    assert [fault["column"] for fault in report.faults.to_pylist()] == ["amount"]
    assert report.added_firms == ()


def test_a_file_of_firms_marks_unlisted_ones_itself(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "data", firms="firm_id,unlisted\nA,0\nX,1\n", supplies=f"{HEADER}\nX,A,2024-01-01,1\n"
    )
    _, firms = loaded(tmp_path / "data", mapping)
    assert firms == [{"firm_id": "A", "unlisted": False}, {"firm_id": "X", "unlisted": True}]


ACTIVITY = "firm_id,on,sales\nX,2024-01-01,5\n"
STATEMENTS = "firm_id,on,revenue\nZ,2023-12-31,5\n"


def test_firms_with_rows_of_their_own_are_listed(tmp_path: Path) -> None:
    keys = ADD + 'firms_from = ["activity", "financials"]\n'
    mapping = write(
        tmp_path / "data", keys, firms=FOUR, supplies=TRADES, activity=ACTIVITY, financials=STATEMENTS
    )
    report, firms = loaded(tmp_path / "data", mapping)
    assert firms[4:] == [{"firm_id": "X"}, {"firm_id": "Y", "unlisted": True}, {"firm_id": "Z"}]
    assert [(added.state, added.count, added.tables) for added in report.added_firms] == [
        ("listed", 2, {"supplies": 1, "activity": 1, "financials": 1}),
        ("unlisted", 1, {"supplies": 1}),
    ]


def test_without_firms_from_they_are_unlisted_and_a_note_names_the_key(tmp_path: Path) -> None:
    mapping = write(tmp_path / "data", ADD, firms=FOUR, supplies=TRADES, activity=ACTIVITY)
    report, firms = loaded(tmp_path / "data", mapping)
    assert firms[4] == {"firm_id": "X", "unlisted": True}
    assert any(
        note.startswith("activity of 1 unlisted firms; list activity under firms_from")
        for note in report.notes
    )


def test_the_fault_of_a_table_about_one_firm_names_firms_from(tmp_path: Path) -> None:
    report = validate(tmp_path / "data", write(tmp_path / "data", firms=FOUR, activity=ACTIVITY))
    assert "list activity under firms_from in the mapping" in report.faults["remedy"][0].as_py()


def test_a_list_of_firms_may_be_absent(tmp_path: Path) -> None:
    mapping = write(tmp_path / "data", 'firms_from = ["activity"]\n', activity=ACTIVITY)
    report, firms = loaded(tmp_path / "data", mapping)
    assert firms == [{"firm_id": "X"}]
    assert report.table("firms").count.rows == 0


def test_without_a_list_and_without_good_rows_nothing_is_loaded(tmp_path: Path) -> None:
    bad = "firm_id,on,sales\nX,2024-01-01,much\n"
    mapping = write(tmp_path / "data", 'firms_from = ["activity"]\nmax_bad = 1\n', activity=bad)
    with pytest.raises(DataError, match="no row can be loaded"):
        load(tmp_path / "data", tmp_path / "ws", mapping)


def test_a_listed_firm_is_no_person(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "data", 'firms_from = ["activity"]\n', persons="person_id\nX\n", activity=ACTIVITY
    )
    assert validate(tmp_path / "data", mapping).faults["rule"].to_pylist() == ["person_is_firm"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('partners = "drop"\n', "expected add"),
        ('firms_from = ["supplies"]\n', "state firms_from in their [[source]]"),
        (
            '[[source]]\nfile = "x.csv"\ntable = "supplies"\nfirms_from = "amount"\n',
            "supplier_id, customer_id",
        ),
        ('[[source]]\nfile = "x.csv"\ntable = "persons"\nfirms_from = "person_id"\n', "it has none"),
    ],
)
def test_the_keys_refuse_what_they_cannot_mean(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_mapping(path)
    assert expected in str(caught.value)


SIDE = """
[[source]]
file = "{side}-*.csv"
table = "supplies"
firms_from = "{own}"
columns = {{ {own} = "firm", {other} = "partner", on = "day", row_id = "number" }}
"""
BOTH = (
    ADD
    + SIDE.format(side="bought", own="customer_id", other="supplier_id")
    + SIDE.format(side="sold", own="supplier_id", other="customer_id")
)
INVOICES = "firm,number,day,partner,amount\n"


def invoices(folder: Path, sold: dict[str, str], bought: dict[str, str], keys: str = BOTH) -> Path:
    files = {f"sold-{firm}": INVOICES + text for firm, text in sold.items()}
    files |= {f"bought-{firm}": INVOICES + text for firm, text in bought.items()}
    return write(folder, keys, **files)


def test_a_trade_in_the_files_of_both_firms_is_one_trade(tmp_path: Path) -> None:
    """E1 sells number 7 to E2, and 8 to b2; each knows the other by an id of its own."""
    mapping = invoices(
        tmp_path / "data",
        sold={"E1": "E1,7,2024-01-01,b1,100\nE1,8,2024-01-02,b2,50\n"},
        bought={"E2": "E2,7,2024-01-01,a1,100\n"},
    )
    report, firms = loaded(tmp_path / "data", mapping)
    assert firms == [{"firm_id": "E1"}, {"firm_id": "E2"}, {"firm_id": "b2", "unlisted": True}]
    trades = [
        (t["supplier_id"], t["customer_id"], t["row_id"]) for t in rows(tmp_path / "data-ws", "supplies")
    ]
    assert trades == [("E1", "E2", "7"), ("E1", "b2", "8")]
    count = report.table("supplies").count
    assert (count.rows, count.loaded, count.duplicates) == (3, 2, 1)
    assert "supplies: 1 trades stand in the files of both firms and are loaded once" in report.notes


def test_amounts_that_differ_at_both_ends_are_faults(tmp_path: Path) -> None:
    mapping = invoices(
        tmp_path / "data", sold={"E1": "E1,7,2024-01-01,b1,100\n"}, bought={"E2": "E2,7,2024-01-01,a1,99\n"}
    )
    assert validate(tmp_path / "data", mapping).faults["rule"].to_pylist() == ["conflict", "conflict"]


def test_a_number_that_several_firms_use_joins_nothing(tmp_path: Path) -> None:
    mapping = invoices(
        tmp_path / "data",
        sold={"E1": "E1,7,2024-01-01,b1,100\n", "E3": "E3,7,2024-01-01,b1,100\n"},
        bought={"E2": "E2,7,2024-01-01,a1,100\n"},
    )
    assert validate(tmp_path / "data", mapping).faults["rule"].to_pylist() == ["conflict"] * 3


def test_an_id_that_is_in_a_list_is_never_replaced(tmp_path: Path) -> None:
    mapping = invoices(
        tmp_path / "data",
        sold={"E1": "E1,7,2024-01-01,E3,100\n", "E3": "E3,9,2024-01-01,b1,100\n"},
        bought={"E2": "E2,7,2024-01-01,a1,100\n"},
    )
    assert validate(tmp_path / "data", mapping).faults["rule"].to_pylist() == ["conflict", "conflict"]


def test_without_row_ids_or_without_the_key_both_rows_stay(tmp_path: Path) -> None:
    sold = {"E1": "E1,7,2024-01-01,b1,100\n"}
    bought = {"E2": "E2,7,2024-01-01,a1,100\n"}
    without_id = invoices(tmp_path / "no-id", sold, bought, BOTH.replace(', row_id = "number"', ""))
    assert loaded(tmp_path / "no-id", without_id)[0].table("supplies").count.loaded == 2
    keys = BOTH.replace('firms_from = "customer_id"\n', "")
    without_key = invoices(tmp_path / "no-key", sold, bought, keys)
    assert validate(tmp_path / "no-key", without_key).faults["rule"].to_pylist() == ["conflict", "conflict"]


def test_a_trade_of_a_firm_with_itself_is_counted(tmp_path: Path) -> None:
    mapping = invoices(
        tmp_path / "data", sold={"E1": "E1,7,2024-01-01,b1,1\n"}, bought={"E1": "E1,7,2024-01-01,a1,1\n"}
    )
    report, firms = loaded(tmp_path / "data", mapping)
    assert firms == [{"firm_id": "E1"}]
    assert any(note.endswith("loaded once; in 1 of them both are the same firm") for note in report.notes)


def test_the_report_in_json_has_the_added_firms(tmp_path: Path) -> None:
    mapping = write(tmp_path / "data", ADD, firms=FOUR, supplies=TRADES)
    loaded(tmp_path / "data", mapping)
    report = json.loads((tmp_path / "data-ws" / "quarantine" / "report.json").read_text())
    assert report["added_firms"][0]["count"] == 2
