"""Sources whose rows have columns in other files: orders with a header and lines."""

from __future__ import annotations

import gzip
import zipfile
from collections import abc
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, read_workspace
from supplyrisk.graph.schema.strict_toml import parse_toml
from supplyrisk.loaders import LoadReport, Mapping, load, validate
from supplyrisk.loaders.read.reshaped_counts import JoinCounts

FIRMS = "firm_id\nS1\nS2\nC1\nC2\n"
ORDERS = "order_id,customer,day,status\nA,C1,2024-03-01,paid\nB,C2,2024-03-02,void\nC,C1,2024-03-03,paid\n"
ITEMS = "order_id,product,seller,price\nA,p,S1,5\nA,q,S2,7\nB,p,S1,9\n"
COLUMNS = {"supplier_id": "seller", "customer_id": "customer", "on": "day", "amount": "price"}
JOIN = {"file": "orders.csv", "on": "order_id"}


def write(folder: Path, files: abc.Mapping[str, str | bytes]) -> Path:
    for name, content in {"firms.csv": FIRMS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def mapped(**keys: object) -> Mapping:
    source = {"file": "items.csv", "table": "supplies", "columns": COLUMNS, "join": JOIN} | keys
    return Mapping.model_validate({"source": [source]})


def trades(folder: Path, mapping: Mapping) -> list[tuple[object, ...]]:
    load(folder, folder / "ws", mapping)
    rows = pq.read_table(read_workspace(folder / "ws").sources["supplies"]).to_pylist()
    names = ("supplier_id", "customer_id", "on", "amount")
    return sorted(tuple(str(row[name]) for name in names) for row in rows)


def counts(report: LoadReport, table: str = "supplies") -> tuple[int, int, int, int]:
    count = report.table(table).count
    return count.rows, count.loaded, count.quarantined, count.dropped


def joins(report: LoadReport) -> list[JoinCounts]:
    return [join for source in report.sources for join in source.joins]


THREE = [
    ("S1", "C1", "2024-03-01", "5.0"),
    ("S1", "C2", "2024-03-02", "9.0"),
    ("S2", "C1", "2024-03-01", "7.0"),
]


def test_lines_have_the_columns_of_their_header(tmp_path: Path) -> None:
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS})
    assert trades(tmp_path, mapped()) == THREE
    report = validate(tmp_path, mapped())
    assert not [name for name in report.ignored if not name.startswith("ws/")]
    (join,) = joins(report)
    assert (join.file, join.rows, join.used, join.unused, join.lines_without) == ("orders.csv", 3, 2, 1, 0)
    assert "orders.csv: 3 rows are joined: 2 with rows in items.csv, 1 without" in report.notes
    assert report.to_json()["sources"][1]["joins"] == [join.to_json()]  # type: ignore[index]


def test_columns_of_the_header_can_be_conditions_and_have_words(tmp_path: Path) -> None:
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS})
    mapping = mapped(where={"status": "paid"}, values={"supplier_id": {"S2": "S1"}})
    assert trades(tmp_path, mapping) == [
        ("S1", "C1", "2024-03-01", "5.0"),
        ("S1", "C1", "2024-03-01", "7.0"),
    ]
    assert counts(validate(tmp_path, mapping)) == (3, 2, 0, 1)


def test_rows_that_conditions_drop_need_no_header(tmp_path: Path) -> None:
    extra = "X,fee,S1,1\nY,fee,S1,1\nY,p,S1,1\nA,fee,S1,1\n"
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS + extra})
    conditions: list[dict[str, object]] = [
        {"where_not": {"product": "fee"}},
        {"where_not_like": {"product": "f*"}},
        {"where": {"#2": ["p", "q"]}},
    ]
    for condition in conditions:
        report = validate(tmp_path, mapped(**condition))
        assert counts(report) == (7, 3, 1, 3)
        (fault,) = report.faults.to_pylist()
        assert (fault["line"], fault["value"]) == (7, "Y")
        assert joins(report)[0].lines_without == 1
    # a condition on the header does not hide that there is none
    assert counts(validate(tmp_path, mapped(where={"status": "paid"}))) == (7, 3, 3, 1)


def test_a_prefix_tells_columns_of_one_name_apart(tmp_path: Path) -> None:
    items = ITEMS.replace("product", "status")
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": items})
    with pytest.raises(
        DataError, match=r"items.csv: the column status is in orders.csv as well.* state a name under as"
    ):
        validate(tmp_path, mapped())
    columns = COLUMNS | {"customer_id": "h.customer", "on": "h.day"}
    mapping = mapped(join=JOIN | {"as": "h"}, columns=columns, where={"h.status": "paid", "status": "p"})
    assert trades(tmp_path, mapping) == THREE[:1]


def test_a_line_without_a_header_is_a_fault_unless_a_rule_says_otherwise(tmp_path: Path) -> None:
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS + "X,p,S1,1\n,p,S1,1\n"})
    report = validate(tmp_path, mapped())
    assert counts(report) == (5, 3, 2, 0)
    faults = report.faults.to_pylist()
    assert [(f["file"], f["line"], f["value"], f["rule"]) for f in faults] == [
        ("items.csv", 5, "X", "join"),
        ("items.csv", 6, "", "join"),
    ]
    assert faults[0]["accepted"] == "order_id of a row in orders.csv"
    assert "unmatched" in faults[0]["remedy"]
    report = validate(tmp_path, mapped(join=JOIN | {"unmatched": "drop"}))
    assert counts(report) == (5, 3, 0, 2)
    assert "items.csv: 2 rows without a row in orders.csv are dropped" in report.notes
    report = validate(tmp_path, mapped(join=JOIN | {"unmatched": "keep"}))
    # without a day and a customer, they are no trades
    assert counts(report) == (5, 3, 2, 0)
    assert {f["rule"] for f in report.faults.to_pylist()} == {"required"}


def test_headers_of_one_key_that_differ_make_their_lines_faults(tmp_path: Path) -> None:
    more = "A,C1,2024-03-01,paid\nB,C1,2024-03-02,void\nD,C1,2024-03-02,void\nD,C2,2024-03-02,void\n,C1,,\n"
    write(tmp_path, {"orders.csv": ORDERS + more, "items.csv": ITEMS})
    report = validate(tmp_path, mapped())
    assert counts(report) == (3, 2, 1, 0)
    (fault,) = report.faults.to_pylist()
    assert (fault["line"], fault["value"], fault["rule"]) == (4, "B", "join")
    assert fault["accepted"] == "one row with this order_id in orders.csv; several (lines 3, 6) differ"
    (join,) = joins(report)
    # A twice the same, B twice different, C and D without lines, one without a key
    assert (join.rows, join.used, join.repeated, join.unused) == (8, 1, 1, 6)


def test_several_rows_of_a_key_are_merged_by_a_rule(tmp_path: Path) -> None:
    payments = (
        "order_id;paid;on;seen\nA;1.000,10;2024-03-05;x\nB;5;2024-03-06;x\nA;0,2;2024-03-07;y\nA;-;;z\n"
    )
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS, "payments.csv": payments})
    pay = {
        "file": "payments.csv", "on": "order_id", "delimiter": ";", "decimal": ",", "thousands": ".", "missing": ["-"],
        "as": "p",
    }  # fmt: skip
    columns = COLUMNS | {"amount": "p.paid", "paid_on": "p.on"}
    takes = {"paid": "sum", "on": "last"}
    mapping = mapped(join=[JOIN, pay | {"take": takes}], columns=columns, ignore=["price"])
    assert [row[3] for row in trades(tmp_path, mapping)] == ["1000.3", "5.0", "1000.3"]
    rows = pq.read_table(read_workspace(tmp_path / "ws").sources["supplies"]).to_pylist()
    assert sorted(str(row["paid_on"]) for row in rows) == ["2024-03-06", "2024-03-07", "2024-03-07"]
    join = joins(validate(tmp_path, mapping))[1]
    assert (join.rows, join.used, join.repeated, join.unused) == (4, 2, 2, 0)
    # a column that is read and not taken must agree
    partly = mapped(join=[JOIN, pay | {"take": {"paid": "first"}}], columns=columns)
    assert [f["accepted"] for f in validate(tmp_path, partly).faults.to_pylist()] == [
        "one row with this order_id in payments.csv; several (lines 2, 4, 5) differ"
    ] * 2
    with pytest.raises(DataError, match=r"payments.csv: take of the join names column amount"):
        validate(tmp_path, mapped(join=[JOIN, pay | {"take": {"amount": "sum"}}]))


def test_a_sum_of_what_is_no_number_is_a_fault(tmp_path: Path) -> None:
    payments = "order_id,paid\nA,1\nA,x\nB,1e300\nB,2\n"
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS, "payments.csv": payments})
    pay = {"file": "payments.csv", "on": "order_id", "take": {"paid": "sum"}}
    report = validate(
        tmp_path, mapped(join=[JOIN, pay], columns=COLUMNS | {"amount": "paid"}, ignore=["price"])
    )
    assert [(f["line"], f["value"], f["rule"]) for f in report.faults.to_pylist()] == [
        (2, "x", "number"),
        (3, "x", "number"),
        (4, "B", "join"),
    ]


def test_headers_may_differ_in_columns_that_nothing_reads(tmp_path: Path) -> None:
    write(tmp_path, {"orders.csv": ORDERS + "B,C2,2024-03-02,paid\n", "items.csv": ITEMS})
    assert trades(tmp_path, mapped()) == THREE
    assert counts(validate(tmp_path, mapped(where={"status": "paid"}))) == (3, 2, 1, 0)


def test_joins_follow_one_another(tmp_path: Path) -> None:
    sellers = "id,city\nS1,here\nS2,there\n"
    cities = "city,name,country\nhere,H,X\nthere,T,Y\n"
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS, "sellers.csv": sellers, "cities.csv": cities})
    chain = [
        JOIN,
        {"file": "sellers.csv", "on": {"seller": "id"}},
        {"file": "cities.csv", "on": ["city"], "as": "c"},
    ]
    report = validate(tmp_path, mapped(join=chain, where={"c.country": "X"}))
    assert counts(report) == (3, 2, 0, 1)
    assert [join.used for join in joins(report)] == [2, 2, 2]


def test_a_join_may_have_several_columns(tmp_path: Path) -> None:
    orders = "shop,number,customer,day\nX,1,C1,2024-03-01\nY,1,C2,2024-03-02\n"
    items = "shop,order,seller,price\nX,1,S1,5\nY,1,S1,6\nY,2,S1,7\n"
    write(tmp_path, {"orders.csv": orders, "items.csv": items})
    mapping = mapped(
        join={"file": "orders.csv", "on": {"shop": "shop", "order": "number"}, "unmatched": "drop"}
    )
    assert [(c, a) for _, c, _, a in trades(tmp_path, mapping)] == [("C1", "5.0"), ("C2", "6.0")]


def test_the_joined_file_may_be_written_otherwise(tmp_path: Path) -> None:
    orders = "Export\nNr;Kunde;Tag;Summe\nA;C1;1.3.2024;1,5\nB;\u00fc;2.3.2024;2,5\n".encode("cp1252")
    write(tmp_path, {"orders.csv": orders, "items.csv": ITEMS, "firms.csv": FIRMS + "\u00fc\n"})
    join = {
        "file": "orders.csv", "on": {"order_id": "Nr"}, "encoding": "cp1252", "delimiter": ";", "preamble": 1,
        "dates": ["%d.%m.%Y"], "decimal": ",",
    }  # fmt: skip
    columns = {"supplier_id": "seller", "customer_id": "Kunde", "on": "Tag", "amount": "price"}
    mapping = mapped(join=join, columns=columns | {"returned_amount": "Summe"})
    assert trades(tmp_path, mapping) == [
        ("S1", "C1", "2024-03-01", "5.0"),
        ("S1", "\u00fc", "2024-03-02", "9.0"),
        ("S2", "C1", "2024-03-01", "7.0"),
    ]
    rows = pq.read_table(read_workspace(tmp_path / "ws").sources["supplies"]).to_pylist()
    assert sorted(row["returned_amount"] for row in rows) == [1.5, 1.5, 2.5]


def test_the_joined_file_is_written_like_the_source_where_it_says_nothing(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "orders.csv": ORDERS.replace(",", ";")
            .replace("2024-03-0", "0")
            .replace("1;paid", "1/03/24;paid"),
            "items.csv": "from here\n" + ITEMS.replace(",", ";"),
        },
    )
    (tmp_path / "orders.csv").write_text("order_id;customer;day\nA;C1;01/03/24\nB;C2;02/03/24\n")
    mapping = mapped(delimiter=";", dates=["%d/%m/%y"], preamble=1)
    assert trades(tmp_path, mapping) == THREE


def test_the_joined_file_has_any_format(tmp_path: Path) -> None:
    write(tmp_path, {"items.csv": ITEMS})
    rows = [line.split(",") for line in ORDERS.splitlines()]
    table = pa.table({name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])})
    days = table["day"].cast(pa.date32())
    pq.write_table(table.set_column(2, "day", days), tmp_path / "orders.parquet")
    lines = [f'{{"order_id": "{o}", "buyer": {{"id": "{c}"}}, "day": "{d}"}}' for o, c, d, _ in rows[1:]]
    (tmp_path / "orders.jsonl").write_text("\n".join(lines))
    (tmp_path / "orders.json").write_text(f'{{"list": [{", ".join(lines)}]}}')
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(ORDERS.encode()))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("in/orders.csv", ORDERS)
    (tmp_path / "part-1.csv").write_text("\n".join(ORDERS.splitlines()[:2]))
    (tmp_path / "part-2.csv").write_text("\n".join([ORDERS.splitlines()[0], *ORDERS.splitlines()[2:]]))
    nested = {"columns": COLUMNS | {"customer_id": "buyer/id"}}
    for keys, more in (
        ({"file": "orders.parquet"}, {}),
        ({"file": "orders.jsonl"}, nested),
        ({"file": "orders.json", "rows": "list"}, nested),
        ({"file": "orders.csv.gz"}, {}),
        ({"file": "all.zip/in/orders.csv"}, {}),
        ({"file": "part-*.csv"}, {}),
    ):
        assert trades(tmp_path, mapped(join=JOIN | keys, **more)) == THREE, keys


def test_nested_values_of_a_joined_file_are_ignored_or_faults(tmp_path: Path) -> None:
    rows = [line.split(",") for line in ORDERS.splitlines()[1:]]
    lines = [f'{{"order_id": "{o}", "customer": "{c}", "day": "{d}", "tags": [1, 2]}}' for o, c, d, _ in rows]
    write(tmp_path, {"items.csv": ITEMS, "orders.jsonl": "\n".join(lines)})
    join = JOIN | {"file": "orders.jsonl"}
    assert trades(tmp_path, mapped(join=join, ignore=["tags"])) == THREE
    columns = COLUMNS | {"customer_id": "h.customer", "on": "h.day"}
    assert trades(tmp_path, mapped(join=join | {"as": "h"}, ignore=["h.tags"], columns=columns)) == THREE
    with pytest.raises(
        DataError, match=r"orders.jsonl: has no line that can be read; line 1: .*tags is nested"
    ):
        validate(tmp_path, mapped(join=join))


def test_header_and_lines_are_sheets_of_one_workbook(tmp_path: Path) -> None:
    write(tmp_path, {})
    orders = [["Order", "customer", "day"], [1, "C1", date(2024, 3, 1)], [2, "C2", date(2024, 3, 2)]]
    items = [["order_id", "seller", "price"], [1, "S1", 5], [1, "S2", 7], [2, "S1", 9]]
    book = openpyxl.Workbook()
    for name, rows in (("Orders", orders), ("Items", items)):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    join = {"file": "book.xlsx", "sheet": "Orders", "on": {"order_id": "Order"}}
    assert trades(tmp_path, mapped(file="book.xlsx", sheet="Items", join=join)) == THREE


def test_lines_and_headers_may_be_in_several_files_each(tmp_path: Path) -> None:
    lines = ITEMS.splitlines()
    parts = {f"items-{i}.csv": f"{lines[0]}\n{line}\n" for i, line in enumerate(lines[1:])}
    write(tmp_path, {"orders.csv": ORDERS} | parts)
    assert trades(tmp_path, mapped(file="items-*.csv")) == THREE
    report = validate(tmp_path, mapped(file="items-*.csv"))
    assert [s.file for s in report.sources if s.table == "supplies"] == sorted(parts)
    # the headers are counted once, and none of them is without lines because these are in another file
    assert [join.unused for join in joins(report)] == [1]


def test_joined_files_may_have_further_columns(tmp_path: Path) -> None:
    header, *heads = ORDERS.splitlines()
    files = {f"orders-{i}.csv": f"{header}\n{head}\n" for i, head in enumerate(heads)}
    files["orders-1.csv"] = "".join(
        f"{line},{cell}\n"
        for line, cell in zip(files["orders-1.csv"].splitlines(), ("note", "x"), strict=True)
    )
    write(tmp_path, {"items.csv": ITEMS} | files)
    assert trades(tmp_path, mapped(join=JOIN | {"file": "orders-*.csv"})) == THREE


def test_joined_files_name_their_key_alike(tmp_path: Path) -> None:
    header, *heads = ORDERS.splitlines()
    files = {f"orders-{i}.csv": f"{header}\n{head}\n" for i, head in enumerate(heads)}
    files["orders-1.csv"] = files["orders-1.csv"].replace("order_id", "number", 1)
    write(tmp_path, {"items.csv": ITEMS} | files)
    by_position = JOIN | {"file": "orders-*.csv", "on": {"order_id": "#1"}}
    with pytest.raises(
        DataError, match=r"orders-1\.csv: the column that the mapping joins by is called number"
    ):
        validate(tmp_path, mapped(join=by_position))


def test_notes_and_faults_name_the_file_that_a_pattern_fits(tmp_path: Path) -> None:
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS + "X,p,S1,1\n"})
    join = JOIN | {"file": "order?.csv"}
    report = validate(tmp_path, mapped(join=join))
    assert [j.file for j in joins(report)] == ["orders.csv"]
    assert [f["accepted"] for f in report.faults.to_pylist()] == ["order_id of a row in orders.csv"]
    write(tmp_path, {"orderX.csv": ORDERS.splitlines()[0]})
    assert [j.file for j in joins(validate(tmp_path, mapped(join=join)))] == ["order?.csv"]


def test_bad_lines_of_a_joined_file_are_in_the_quarantine_under_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"orders.csv": ORDERS + "B\nE,C1,2024-03-01,paid\n", "items.csv": ITEMS})
    report = validate(tmp_path, mapped())
    (fault,) = report.faults.to_pylist()
    assert (fault["file"], fault["line"], fault["rule"], fault["value"]) == ("orders.csv", 5, "cells", "B")
    assert counts(report) == (4, 3, 1, 0)
    assert report.breaches
    (join,) = joins(report)
    assert (join.rows, join.bad_lines, join.used, join.unused) == (5, 1, 2, 2)
    assert report.fault_groups[0].file == "orders.csv"


def test_empty_keys_match_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"orders.csv": ORDERS + "-,C1,2024-03-01,paid\n", "items.csv": ITEMS + "-,p,S1,1\n"})
    assert counts(validate(tmp_path, mapped())) == (4, 4, 0, 0)
    assert counts(validate(tmp_path, mapped(missing=["-"]))) == (4, 3, 1, 0)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"file": "nowhere.csv"}, "the mapping names nowhere.csv, which the folder does not have"),
        ({"on": "number"}, "orders.csv: the mapping joins by column number, which the file does not have"),
        ({"on": {"number": "order_id"}}, "items.csv: the mapping joins orders.csv by column number"),
        ({"sheet": "S"}, "orders.csv: the mapping sets sheet"),
        ({"file": "broken.csv"}, "broken.csv: the record that starts on line 2"),
    ],
)
def test_a_join_that_does_not_fit_the_files_is_an_error(
    tmp_path: Path, keys: dict[str, object], message: str
) -> None:
    write(tmp_path, {"orders.csv": ORDERS, "items.csv": ITEMS, "broken.csv": 'order_id,x\n"a'})
    with pytest.raises(DataError, match=message):
        validate(tmp_path, mapped(join=JOIN | keys))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("on = 5", "on is 5, expected a column, a list of columns, or a table of them"),
        ("on = {}", "on is {}, expected a column"),
        ("", "join.0.on is missing|no join.0.on|expected the columns to join by"),
        ("on = 'a'\nfile = '../x.csv'", "inside the data folder"),
        ("on = 'a'\nunmatched = 'ignore'", "expected drop or keep"),
        ("on = 'a'\ntake = {x = 'mean'}", "expected first, last or sum"),
        ("on = 'a'\ndates = ['unix']", "join orders.csv: dates has unix without timezone"),
        ("on = 'a'\nwhere = {a = 'b'}", "unknown key"),
    ],
)
def test_a_join_that_is_wrong_in_itself_is_an_error(keys: str, message: str) -> None:
    file = "" if "file" in keys else "file = 'orders.csv'\n"
    source = "[[source]]\nfile = 'x.csv'\ntable = 'supplies'\n[[source.join]]\n"
    with pytest.raises(DataError, match=message):
        parse_toml(source + file + keys, Mapping, "mapping")


@pytest.mark.parametrize("key", ["join = {file = 'o.csv', on = 'a'}", "group = {by = 'a'}"])
@pytest.mark.parametrize("origin", ["nodes = 'Firm'", "database = 'postgresql'\ndb_table = 'firms'"])
def test_rows_are_put_together_from_files_alone(key: str, origin: str) -> None:
    with pytest.raises(
        DataError, match=rf"{key[:4]}\w* beside {origin[:5]}\w*, expected it beside file only"
    ):
        parse_toml(f"[[source]]\ntable = 'firms'\n{origin}\n{key}", Mapping, "mapping")
