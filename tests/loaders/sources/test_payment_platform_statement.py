"""`payment_platform_statement`: what Alipay and WeChat Pay send for reconciliation."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import xlsxwriter

from loaded_sources import counts, loaded

# the text stands above the table since 2024, and stood below it before
ABOUT = """\
------------------------------------------------------------------------------------
导出信息：
姓名：某某
支付宝账户：shop@example.com
起始时间：[2024-03-01 00:00:00]    终止时间：[2024-03-31 23:59:59]
导出交易类型：[全部]
导出时间：[2024-04-01 09:30:00]
共6笔记录
收入：2笔 1380.50元
支出：2笔 1349.74元
不计收支：2笔 116.03元

特别提示：
1.本回单内容可表明支付宝受理了相应支付交易申请,以实际交易情况为准；
2.请勿将本回单作为收款方发货的凭据使用；
9.本明细仅供个人对账使用。

"""
TITLE = "------------------------支付宝（中国）网络技术有限公司  电子客户回单------------------------\n"
ALIPAY = """\
交易时间            ,交易分类                ,交易对方                ,对方账号                ,商品说明                ,收/支                 ,金额                  ,收/付款方式              ,交易状态                ,交易订单号     ,商家订单号           ,备注                  ,
2024-03-01 23:59:59 ,日用百货                ,布料批发              ,bul***@example.com    ,棉布 10米              ,支出                  ,"1,300.00             ",余额                  ,交易成功                ,20240301001\t,T1\t,                    ,
2024-03-02 10:00:00 ,生活服务                ,打包站                ,/                     ,纸箱                   ,支出                  ,49.74                 ,余额                  ,交易关闭                ,20240302001\t,\t,                    ,
2024-03-03 08:00:00 ,退款                    ,打包站                ,/                     ,退款-纸箱              ,不计收支              ,16.03                 ,余额                  ,退款成功                ,20240302001_1\t,\t,                    ,
2024-03-04 08:00:00 ,投资理财                ,余额宝                ,/                     ,转入                   ,不计收支              ,100.00                ,余额                  ,交易成功                ,20240304001\t,\t,                    ,
2024-03-05 12:00:00 ,商业服务                ,x4***6                ,136******12           ,连衣裙                 ,收入                  ,1380.00               ,余额                  ,交易成功                ,20240305001\t,M9\t,                    ,
2024-03-06 12:00:00 ,商业服务                ,x4***6                ,136******12           ,袜子                   ,收入                  ,0.50                  ,余额                  ,等待付款                ,20240306001\t,M10\t,                    ,
"""  # noqa: E501
WECHAT = """\
交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注
2024-03-07 09:00:00,商户消费,纽扣店,纽扣,支出,¥25.00,零钱,已退款(￥5.00),1000\t,2000\t,/
2024-03-08 09:00:00,商户消费-退款,纽扣店,纽扣,收入,¥5.00,零钱,已退款(￥5.00),1001\t,2000\t,/
2024-03-09 09:00:00,二维码收款,李*,收款方备注:二维码收款,收入,¥88.80,零钱,已收钱,1002\t,/,/
2024-03-10 09:00:00,零钱提现,某银行,/,/,¥80.00,某银行,提现已到账,1003\t,/,/
"""
WECHAT_TITLE = (
    ["微信支付账单明细"],
    ["微信昵称：[某某]"],
    ["起始时间：[2024-03-01 00:00:00] 终止时间：[2024-03-31 23:59:59]"],
    [],
    ["----------------------微信支付账单明细列表--------------------"],
)
SHOP = {"currency": "CNY"}
FROM_ALIPAY = [
    {
        "supplier_id": "shop", "customer_id": "x4***6 136******12", "on": "2024-03-05", "paid_on": "2024-03-05",
        "amount": 1380, "row_id": "20240305001", "category": "商业服务",
    },
    {
        "supplier_id": "布料批发 bul***@example.com", "customer_id": "shop", "on": "2024-03-01",
        "paid_on": "2024-03-01", "amount": 1300, "row_id": "20240301001", "category": "日用百货",
    },
    # a purchase that was closed after its refund had been paid, and the refund
    {
        "supplier_id": "打包站", "customer_id": "shop", "on": "2024-03-02", "paid_on": "2024-03-02",
        "amount": 49.74, "row_id": "20240302001", "category": "生活服务",
    },
    {
        "supplier_id": "打包站", "customer_id": "shop", "on": "2024-03-03", "amount": 0, "orders": 0,
        "row_id": "20240302001_1", "category": "退款", "returned_on": "2024-03-03", "returned_amount": 16.03,
    },
]  # fmt: skip
FROM_WECHAT = [
    {
        "supplier_id": "shop", "customer_id": "李*", "on": "2024-03-09", "paid_on": "2024-03-09", "amount": 88.8,
        "row_id": "1002", "category": "二维码收款",
    },
    {
        "supplier_id": "纽扣店", "customer_id": "shop", "on": "2024-03-07", "paid_on": "2024-03-07", "amount": 25,
        "row_id": "1000", "category": "商户消费",
    },
    {
        "supplier_id": "纽扣店", "customer_id": "shop", "on": "2024-03-08", "amount": 0, "orders": 0, "row_id": "1001",
        "category": "商户消费-退款", "returned_on": "2024-03-08", "returned_amount": 5,
    },
]  # fmt: skip


def _write_wechat(folder: Path) -> None:
    lines = [",".join([*row, *[""] * (9 - len(row))]) for row in WECHAT_TITLE]
    (folder / "微信支付账单(20240301-20240331).csv").write_text("\n".join([*lines, WECHAT]), "utf-8-sig")


def _check(folder: Path, workspace: Path, expected: list[dict[str, object]]) -> None:
    report, tables = loaded(folder, "payment_platform_statement", workspace)
    rows = [row | SHOP for row in expected]
    assert sorted(tables["supplies"], key=lambda row: str(row["row_id"])) == sorted(
        rows, key=lambda row: str(row["row_id"])
    )
    assert {"firm_id": "shop"} in tables["firms"]
    assert all(row.get("unlisted") for row in tables["firms"] if row["firm_id"] != "shop")
    assert not report.fault_count


def test_alipay_with_its_text_above_the_table(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "支付宝交易明细(20240301-20240331).csv").write_text(
        ABOUT + TITLE + ALIPAY, "gb18030", newline="\r\n"
    )
    _check(data, tmp_path / "ws", FROM_ALIPAY)
    report, _ = loaded(data, "payment_platform_statement", tmp_path / "ws")
    # six lines, of which each entry takes some; the transfer and the unpaid order are in none
    assert counts(report, "supplies") == (18, 4, 0, 0, 14)


def test_alipay_with_its_text_below_the_table(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "alipay_record_20240401_093000.csv").write_text(TITLE + ALIPAY + "\n\n" + ABOUT, "gb18030")
    _check(data, tmp_path / "ws", FROM_ALIPAY)


def test_both_platforms(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "alipay_record_20240401_093000.csv").write_text(TITLE + ALIPAY, "gb18030")
    _write_wechat(data)
    _check(data, tmp_path / "ws", [*FROM_ALIPAY, *FROM_WECHAT])


def test_wechat_as_a_workbook(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with xlsxwriter.Workbook(str(data / "微信支付账单流水文件(20240301-20240331).xlsx")) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        table = [line.split(",") for line in WECHAT.splitlines()]
        for number, row in enumerate([*WECHAT_TITLE, *table]):
            sheet.write_row(number, 0, row)
        for number, row in enumerate(table[1:], len(WECHAT_TITLE) + 1):
            sheet.write_datetime(number, 0, datetime.fromisoformat(row[0]), day)
    _check(data, tmp_path / "ws", FROM_WECHAT)
