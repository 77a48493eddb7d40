"""A payment platform's statement as people download it: text above and below, padded cells, tabs behind ids."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from supplyrisk.graph import read_workspace
from supplyrisk.loaders import load, validate

STATEMENT = """\
支付平台交易记录明细查询
账号:[shop@example.com]
起始日期:[2024-03-01 00:00:00]    终止日期:[2024-04-01 00:00:00]
---------------------------------交易记录明细列表------------------------------------
交易号                  ,商户号     ,交易创建时间              ,交易对方 ,金额（元）,收/支     ,交易状态    ,
2024030122001\t,S1\t,2024-03-01 09:15:00 ,B1       ,"1,250.00  ",支出       ,交易成功    ,
2024030522002\t,S1\t,2024-03-05 23:59:59 ,B2       ,80.50   ,支出       ,交易关闭    ,
2024030922003\t,S1\t,2024-03-09 00:00:00 ,B2       ,¥99.90   ,支出       ,交易成功    ,
2024031022004\t,S1\t,2024-03-10 12:00:00 ,B1       ,-50.00   ,收入       ,交易成功    ,
------------------------------------------------------------------------------------
共4笔记录
已收入:1笔,50.00元
导出时间:[2024-04-02 10:00:00]    用户:店主
"""
MAPPING = """
[[source]]
file = "statement-*.csv"
table = "supplies"
encoding = "gb18030"
header_starts_with = "交易号"
footer_starts_with = "------"
trim = true
thousands = ","
currency_signs = ["¥"]
dates = ["%Y-%m-%d %H:%M:%S"]
where = { "交易状态" = "交易成功" }
negative = "return"
[source.columns]
row_id = "交易号"
customer_id = "商户号"
supplier_id = "交易对方"
on = "交易创建时间"
amount = "金额（元）"
"""


def test_a_platform_statement_loads_by_its_mapping_alone(tmp_path: Path) -> None:
    (tmp_path / "statement-03.csv").write_text(STATEMENT, encoding="gb18030")
    (tmp_path / "firms.csv").write_text("firm_id\nS1\nB1\nB2\n")
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    report = load(tmp_path, tmp_path / "ws", mapping)
    count = report.table("supplies").count
    assert (count.rows, count.loaded, count.dropped) == (4, 3, 1)
    path = read_workspace(tmp_path / "ws").sources["supplies"]
    assert isinstance(path, Path)
    columns = ["row_id", "supplier_id", "customer_id", "on", "amount", "returned_amount"]
    rows = [tuple(row.values()) for row in pq.read_table(path, columns=columns).to_pylist()]
    assert sorted(rows) == [
        ("2024030122001", "B1", "S1", date(2024, 3, 1), 1250, None),
        ("2024030922003", "B2", "S1", date(2024, 3, 9), 99.9, None),
        ("2024031022004", "B1", "S1", date(2024, 3, 10), 0, 50),
    ]
    # another line of text above does not matter
    (tmp_path / "statement-03.csv").write_text("通知\n" + STATEMENT, encoding="gb18030")
    assert validate(tmp_path, mapping).table("supplies").count == count
