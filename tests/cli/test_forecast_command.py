"""`scgraph forecast`: what it prints and writes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from commands import run
from supplyrisk import services
from supplyrisk.graph import Workspace

LAST_DAY = date(2025, 9, 14)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of ten shops with the same sales every day."""
    folder = tmp_path_factory.mktemp("forecast_command")
    data = folder / "data"
    data.mkdir()
    rows = [
        f"S{shop},{LAST_DAY - timedelta(days=back)},{1000 * (shop + 1)}"
        for back in range(240)
        for shop in range(10)
    ]
    (data / "activity.csv").write_text("firm_id,on,sales\n" + "\n".join(rows) + "\n")
    (data / "firms.csv").write_text("firm_id,roles\n" + "".join(f"S{shop},merchant\n" for shop in range(10)))
    services.load(Workspace(folder / "workspace"), data, graph=False)
    return folder / "workspace"


def test_all_shops_the_largest_first(shops: Path) -> None:
    code, out, err = run("forecast", "-w", str(shops), "--top", "2")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["shop", "measure", "days", "10%", "median", "90%", "state"]
    assert lines[1].split()[0] == "S9"
    assert "910,000" in lines[1]
    assert len(lines) == 3
    assert "10 shops with a forecast, 0 with one on little history, 0 without one" in err


def test_one_shop_in_chinese(shops: Path) -> None:
    code, out, err = run("forecast", "S3", "-w", str(shops), "--lang", "zh")
    assert code == 0
    assert len(out.splitlines()) == 15  # the headings, the total and thirteen weeks
    assert "营业额" in out
    assert "合计" in out
    assert "截至 2025-09-14 的预测，营业额按销售额计" in err
    assert "现金未知，不作说明" in err


def test_files_hold_all_rows(shops: Path, tmp_path: Path) -> None:
    path = tmp_path / "forecast.parquet"
    code, out, _ = run("forecast", "-w", str(shops), "--day", "2025-08-31", "--days", "90", "-o", str(path))
    assert (code, out) == (0, "")
    table = pq.read_table(path)
    assert table.num_rows == 10 * 14
    total = next(row for row in table.to_pylist() if row["firm_id"] == "S0" and row["week"] == 0)
    assert (total["first_day"], total["last_day"]) == (date(2025, 9, 1), date(2025, 11, 29))
    assert total["p50"] == pytest.approx(90 * 1000)


def test_json_has_a_head_and_rows(shops: Path) -> None:
    code, out, _ = run("forecast", "S1", "-w", str(shops), "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["schema"], document["shop"], document["basis"]) == ("scgraph.forecast/1", "S1", "sales")
    assert [row["week"] for row in document["rows"]] == list(range(14))


def test_a_bad_calendar_is_a_fault_of_the_data(shops: Path, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("name,first_day,last_day\nfair,tomorrow,\n")
    code, _, err = run("forecast", "-w", str(shops), "--calendar", str(path))
    assert code == 3
    assert "line 2" in err
