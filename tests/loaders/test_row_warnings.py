"""Warnings about rows and firms: each with data that need it and data that must not raise it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk import services
from supplyrisk.graph import DataError, Workspace, read_workspace
from supplyrisk.loaders import load, validate
from supplyrisk.loaders.check.data_warnings.data_warning import ColumnCount
from warned_folders import FIRMS, firms, warned

SELF_LINKS = {
    "firms.csv": FIRMS,
    "supplies.csv": "supplier_id,customer_id,on,amount\nA,A,2024-01-01,7\nA,B,2024-01-02,1\nC,C,2024-01-03,2\n",
    "documents.csv": "seller_id,buyer_id,order_id,kind,on\nA,A,1,order,2024-01-01\nA,B,1,order,2024-01-01\n",
    "relations.csv": "from_id,to_id,kind,since\nA,B,guarantees,2023-01-01\nB,B,guarantees,2023-01-01\n",
    "shipments.csv": "carrier_id,shipper_id,receiver_id,shipped_on,units\nA,A,,2024-01-01,5\nA,B,B,2024-01-02,3\n"
    "A,,,2024-01-02,1\nA,A,B,2024-01-02,2\nB,B,B,2024-01-02,4\n",
}


def test_links_of_a_firm_to_itself(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, SELF_LINKS).values()
    assert warning.code == "self_links"
    # a carrier that serves a firm between two of its places works for another firm
    assert [str(p) for p in warning.places] == ["supplies 2", "documents 1", "relations 1", "shipments 2"]
    assert "left out of the graph" in warning.problem


def test_links_of_a_firm_to_itself_are_stored_and_in_no_feature_and_no_graph(tmp_path: Path) -> None:
    for name, text in SELF_LINKS.items():
        (tmp_path / name).write_text(text)
    load(tmp_path, tmp_path / "ws")
    sources = read_workspace(tmp_path / "ws").sources
    assert [pq.read_table(str(sources[name])).num_rows for name in ("supplies", "relations")] == [3, 2]
    snapshot = Workspace(tmp_path / "ws").snapshot()
    assert [(t["supplier_id"], t["customer_id"]) for t in snapshot.trades.to_pylist()] == [("A", "B")]
    pairs = {
        kind: list(zip(edges["source"].to_pylist(), edges["target"].to_pylist(), strict=True))
        for (_, kind, _), edges in snapshot.edges.items()
    }
    assert pairs == {"supplies": [(0, 1)], "guarantees": [(0, 1)], "carries_for": [(0, 1)]}
    by_firm = {row["firm_id"]: row for row in snapshot.firms.to_pylist()}
    # A carried 3 for B, 1 for nobody named, and 2 from itself to B
    assert by_firm["A"]["carried_units_180"] == 6
    assert by_firm["B"]["carried_units_180"] is None
    assert by_firm["C"]["deliveries_180"] == 0
    # a trade with itself is no evidence of C, which has no other row
    assert by_firm["C"]["coverage"] == 0


def test_loans_drawn_above_their_limit(tmp_path: Path) -> None:
    states = (
        "loan_id,lender_id,firm_id,on,limit,drawn\nL1,B,A,2024-01-31,100,150\nL2,B,A,2024-01-31,100,100.05\n"
    )
    states += (
        "L3,B,A,2024-01-31,100,101\nL4,B,A,2024-01-31,,50\nL5,B,A,2024-01-31,100,\nL6,B,A,2024-01-31,0,1\n"
    )
    warnings = warned(tmp_path, {"firms.csv": FIRMS, "loans.csv": states})
    assert warnings["drawn_above_limit"].places == (ColumnCount("loans", "drawn", 3),)
    assert warnings["drawn_above_limit"].examples == ("L1: 150 of 100", "L6: 1 of 0", "L3: 101 of 100")


def currencies(*codes: str) -> dict[str, str]:
    rows = (f"A,B,2024-01-01,{i},{code}" for i, code in enumerate(codes, 1))
    return {
        "firms.csv": FIRMS,
        "supplies.csv": "\n".join(["supplier_id,customer_id,on,amount,currency", *rows, ""]),
    }


def test_names_of_one_currency_are_one(tmp_path: Path) -> None:
    warnings = warned(tmp_path, currencies("CNY", "RMB", "CNH", "RMB", ""))
    assert warnings["one_currency"].places == (ColumnCount("supplies", "currency", 3),)
    assert 'values = { currency = { "CNH" = "CNY", "RMB" = "CNY" } }' in warnings["one_currency"].remedy
    load(tmp_path, tmp_path / "ws")
    workspace = read_workspace(tmp_path / "ws")
    assert workspace.info.currency == "CNY"
    table = pq.read_table(str(workspace.sources["supplies"]))
    assert sorted(table["amount"].to_pylist()) == [1, 2, 3, 4, 5]
    assert set(table["currency"].to_pylist()) == {"CNY"}


@pytest.mark.parametrize(("first", "then"), [("CNY", "RMB"), ("RMB", "CNY")])
def test_appended_trades_may_name_the_currency_in_another_way(tmp_path: Path, first: str, then: str) -> None:
    for folder, code in (("a", first), ("b", then)):
        (tmp_path / folder).mkdir()
        for name, text in currencies(code).items():
            (tmp_path / folder / name).write_text(
                text.replace("2024-01-01", f"2024-01-0{'ab'.index(folder) + 1}")
            )
    assert load(tmp_path / "a", tmp_path / "ws").warnings == ()
    (warning,) = load(tmp_path / "b", tmp_path / "ws", append=True).warnings
    assert warning.code == "one_currency"
    assert f'values = {{ currency = {{ "{then}" = "{first}" }} }}' in warning.remedy
    workspace = read_workspace(tmp_path / "ws")
    assert workspace.info.currency == first
    assert pq.read_table(str(workspace.sources["supplies"]))["currency"].to_pylist() == [first] * 2


def test_one_name_of_a_currency_is_no_warning_and_two_currencies_are_an_error(tmp_path: Path) -> None:
    assert warned(tmp_path, currencies("RMB", "RMB")) == {}
    with pytest.raises(DataError) as raised:
        warned(tmp_path, currencies("CNY", "RMB", "USD"))
    assert "supplies are in CNY, RMB, USD" in str(raised.value)
    assert (
        'set default and rates under [currency] in a mapping, and values = { currency = { "RMB" = "CNY" } }'
        in str(raised.value)
    )


@pytest.mark.parametrize("mapping", ["", 'currency = "CNY"\n'])
def test_a_sign_in_place_of_a_currency_names_the_key(tmp_path: Path, mapping: str) -> None:
    for name, text in currencies("CNY", "¥").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping)
    (fault,) = validate(tmp_path, tmp_path / "map.toml", max_bad=1.0).faults.to_pylist()
    assert 'values = { currency = { "¥" = "CNY" } }' in fault["remedy"]


def test_the_named_key_makes_currencies_one(tmp_path: Path) -> None:
    values = 'values = { currency = { "RMB" = "CNY", "¥" = "CNY" } }'
    mapping = f'[[source]]\nfile = "supplies.csv"\ntable = "supplies"\n{values}\n'
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    for name, text in currencies("CNY", "RMB", "¥").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = validate(tmp_path, tmp_path / "map.toml")
    assert (report.currency, report.warnings, report.fault_count) == ("CNY", (), 0)


def test_firms_with_one_name_at_one_place_or_one_legal_code(tmp_path: Path) -> None:
    columns = "firm_id,name,region,address,统一社会信用代码"
    rows = [
        "A,Acme Trading Ltd.,north,,91330106MA2CFLDG4R",
        "B,ACME-Trading (Ltd),north,,91330106MA2CFLDG4X",
        "C,深圳市甲（集团）公司,,Main St 1,91330106ma2cfldg4r",
        "D,深圳市甲(集团)公司,south,Main St 1,",
        "E,Acme Trading Ltd.,south,,",
    ]
    warnings = warned(tmp_path, firms(*rows, columns=columns))
    assert warnings["same_name_and_place"].count == 4
    assert set(warnings["same_name_and_place"].examples) == {"A and B", "C and D"}
    assert warnings["same_legal_code"].count == 2
    assert warnings["same_legal_code"].examples == ("A and C",)


def test_company_numbers_count_with_their_register(tmp_path: Path) -> None:
    rows = [
        "A,HRB 1234,Berlin",
        "B,HRB1234,Berlin",
        "C,HRB 1234,Hamburg",
        "D,HRB 1234,",
        "E,,Berlin",
        "F,,Berlin",
    ]
    warnings = warned(tmp_path, firms(*rows, columns="firm_id,company_number,register"))
    assert warnings["same_legal_code"].examples == ("A and B",)
    assert warnings["same_legal_code"].count == 2


def test_firms_with_one_name_elsewhere_are_different(tmp_path: Path) -> None:
    # a name alone never counts; signs are no name
    rows = ["A,Acme,north", "B,Acme,south", "C,Acme,", "D,***,north", "E,*-*,north", "F,,north", "G,,north"]
    assert warned(tmp_path, firms(*rows, columns="firm_id,name,region")) == {}


def test_a_synthetic_world_raises_no_warning(tmp_path: Path) -> None:
    services.synth(tmp_path / "world", firms=200, weeks=30)
    assert validate(tmp_path / "world").warnings == ()
