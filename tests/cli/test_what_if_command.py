"""`scgraph what-if`: what it prints in both languages, its document, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import run, run_json
from supplyrisk.graph import Workspace

TEXT = """
[[change]]
do = "sell_more"
share = 0.2
[[change]]
do = "hold_more_stock"
share = 5000
"""


@pytest.fixture(scope="module")
def ws(expert_world: Path) -> Path:
    return expert_world / "ws"


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The change file."""
    path = tmp_path_factory.mktemp("what-if") / "change.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def shop(ws: Path) -> str:
    """A scored shop with sales and stock."""
    workspace = Workspace(ws)
    with workspace.tables().connect() as con:
        rows = con.sql("SELECT firm_id FROM activity WHERE stock_value > 0 GROUP BY 1 ORDER BY 1").fetchall()
    scored = {row["firm_id"] for row in workspace.scores().to_pylist() if row["state"] == "scored"}
    return next(str(firm) for (firm,) in rows if firm in scored)


def test_the_terminal_shows_both_states_each_change_and_what_is_outside(
    ws: Path, shop: str, change: Path
) -> None:
    code, out, err = run("what-if", shop, change, "-w", ws, "--no-need")
    assert code == 0, err
    for line in (
        r"PD over 180 days",
        "credit limit",
        "1. sell 20.0% more over 60 days",
        "2. hold 500,000.0% more",
    ):
        assert line in out
    assert "not computed: left out" in out
    assert "* above or below all that the model has seen in training" in out
    assert "An estimate, not a promise" in err


def test_the_own_page_in_chinese_has_no_pd_and_no_limit(ws: Path, shop: str, change: Path) -> None:
    code, out, err = run("what-if", shop, change, "-w", ws, "--own-page", "--lang", "zh")
    assert code == 0, err
    assert "假设分析" in out and "1. 近 60 天销售额增加 20.0%" in out
    assert "未计算：额度取决于其他企业" in out
    assert "违约概率" not in out
    assert "仅依据本店自身记录计算" in err


def test_the_document_has_one_row_and_the_terminal_shows_its_figures(
    ws: Path, shop: str, change: Path
) -> None:
    document = run_json("what-if", shop, change, "-w", ws, "--own-page")
    assert document["schema"] == "scgraph.what-if/1"
    [row] = document["rows"]
    assert row["firm"] == shop
    assert [step["kind"] for step in row["steps"]] == ["sell_more", "hold_more_stock"]
    assert row["before"]["need"] is None and row["need_note"][1] == "未计算：预测模型使用其他企业的数据"
    assert any(feature["outside"] for feature in row["features"])


def test_a_faulty_file_and_a_change_without_rows_are_bad_data(ws: Path, shop: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('[[change]]\ndo = "sell_more"\n[[change]]\ndo = "repay"\n')
    code, _, err = run("what-if", shop, path, "-w", ws)
    assert code == 3
    assert "neither share nor amount" in err and "no loan" in err
    path.write_text('[[change]]\ndo = "lose_customer"\ncustomer = "Q"\n')
    code, _, err = run("what-if", shop, path, "-w", ws)
    assert (code, "no supplies to Q" in err) == (3, True)
