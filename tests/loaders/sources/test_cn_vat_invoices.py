"""`cn_vat_invoices`: invoices bought and sold, a file per firm, as tax software writes them."""

from __future__ import annotations

from pathlib import Path

from loaded_sources import counts, loaded
from supplyrisk.loaders import mapping_text

FIRMS = "企业代号,企业名称,信誉评级,是否违约\nE1,***商贸有限公司,A,否\nE2,***(中国)有限公司,D,是\n"
_HEADER = ",企业代号,发票号码,开票日期,{}方单位代号,金额,税额,价税合计,发票状态\n"
SOLD = {
    # a first column without a name; a sale, a void invoice (one with a space before the word), one in red
    "E1": """\
0,E1,11459356,2017/8/4,B00002,9401.71,1598.29,11000.0,有效发票
1,E1,11459357,2017/8/4,B00003,100.0,17.0,117.0,作废发票
2,E1,11459358,2017/8/9,B00003,100.0,17.0,117.0, 作废发票
3,E1,11459359,2017/12/31,B00003,-943.4,-56.6,-1000.0,有效发票
""",
    # a firm that is not in the list; the same invoice twice
    "E3": """\
0,E3,5076239,2018/1/2,B00004,50.0,8.5,58.5,有效发票
1,E3,5076239,2018/1/2,B00004,50.0,8.5,58.5,有效发票
""",
}
BOUGHT = {
    # the sale of E1 at its other end, where the seller has another id, and a purchase from outside
    "E2": """\
0,E2,11459356,2017/8/4,A00001,9401.71,1598.29,11000.0,有效发票
1,E2,3390939,2017/9/1,A00009,10.0,1.7,11.7,有效发票
""",
    # one invoice with two sellers
    "E3": """\
0,E3,50179189,2018/3/14,A00005,311.32,18.68,330.0,有效发票
1,E3,50179189,2018/3/14,A00006,311.32,18.68,330.0,有效发票
""",
}


def _write(folder: Path) -> None:
    folder.mkdir()
    (folder / "企业信息.csv").write_text(FIRMS, encoding="utf-8-sig")
    for kind, end, files in (("input", "销", BOUGHT), ("output", "购", SOLD)):
        part = folder / f"credit_history_enterprise_{kind}_invoice"
        part.mkdir()
        for firm, rows in files.items():
            (part / f"{firm}.csv").write_text(_HEADER.format(end) + rows, encoding="utf-8-sig")


def test_invoices_bought_and_sold(tmp_path: Path) -> None:
    _write(tmp_path / "data")
    mapping = tmp_path / "map.toml"
    # two of eight rows are bad here, and a thousandth in the shipped mapping
    mapping.write_text(mapping_text("cn_vat_invoices").replace("max_bad = 0.001", "max_bad = 0.25"), "utf-8")
    report, tables = loaded(tmp_path / "data", str(mapping), tmp_path / "ws")
    assert tables["firms"] == [
        {"firm_id": "A00009", "unlisted": True},
        {"firm_id": "B00003", "unlisted": True},
        {"firm_id": "B00004", "unlisted": True},
        {"firm_id": "E1", "name": "***商贸有限公司"},
        {"firm_id": "E2", "name": "***(中国)有限公司"},
        {"firm_id": "E3"},
    ]
    assert tables["labels"] == [{"firm_id": "E1", "defaulted": False}, {"firm_id": "E2", "defaulted": True}]
    assert tables["supplies"] == [
        {
            "supplier_id": "A00009", "customer_id": "E2", "on": "2017-09-01", "amount": 11.7,
            "row_id": "3390939/2017/9/1/11.7", "currency": "CNY",
        },
        {
            "supplier_id": "E1", "customer_id": "B00003", "on": "2017-12-31", "amount": 0,
            "row_id": "11459359/2017/12/31/-1000.0", "currency": "CNY", "orders": 0,
            "returned_on": "2017-12-31", "returned_amount": 1000,
        },
        {
            "supplier_id": "E1", "customer_id": "E2", "on": "2017-08-04", "amount": 11000,
            "row_id": "11459356/2017/8/4/11000.0", "currency": "CNY",
        },
        {
            "supplier_id": "E3", "customer_id": "B00004", "on": "2018-01-02", "amount": 58.5,
            "row_id": "5076239/2018/1/2/58.5", "currency": "CNY",
        },
    ]  # fmt: skip
    # ten invoices: four loaded, the pair with two sellers, a repetition and the other end of a trade, two void ones
    assert counts(report, "supplies") == (10, 4, 2, 2, 2)
    assert {fault["rule"] for fault in report.faults.to_pylist()} == {"conflict"}
