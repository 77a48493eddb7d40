"""The defaults that the report of a check and of a load counts."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from supplyrisk.graph import DefaultDefinition, default_counts_of, read_workspace
from supplyrisk.loaders import CountedDefaults, load, validate

FIRST = date(2023, 1, 1)
DAYS = (100, 250, 400, 560, 600)
"""Days of the defaults of the first firms; the data end on day 700."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    place.mkdir()
    (place / "firms.csv").write_text("firm_id\n" + "".join(f"f{number}\n" for number in range(20)))
    trades = "".join(f"f0,f1,{FIRST + timedelta(day)},100\n" for day in (0, 350, 700))
    (place / "supplies.csv").write_text("supplier_id,customer_id,on,amount\n" + trades)
    rows = [f"e{number},f{number},{FIRST + timedelta(day)},default" for number, day in enumerate(DAYS)]
    # None of these is a default: another kind, a firm that does not exist, a bad day, and a repetition.
    rows += ["x1,f10,2024-01-01,lawsuit", "x2,g,2024-01-01,default", "x3,f11,2024-13-01,default", rows[0]]
    (place / "events.csv").write_text("row_id,firm_id,on,kind\n" + "\n".join(rows) + "\n")
    (place / "loans.csv").write_text(
        "loan_id,lender_id,firm_id,on,drawn,days_past_due\n"
        f"l1,b,f12,{FIRST + timedelta(650)},100,95\nl2,b,f13,{FIRST + timedelta(650)},100,30\n"
    )
    return place


def test_the_reports_count_the_rows_that_are_loaded(folder: Path, tmp_path: Path) -> None:
    checked = validate(folder, max_bad=1.0)
    loaded = load(folder, tmp_path / "ws", max_bad=1.0)
    assert loaded.total.quarantined == 2
    counts = loaded.default_counts
    # f0 defaults too early; f12 by its loan; the test date at 180 days is day 520.
    assert (counts.total, counts.usable) == (6, 5)
    assert (counts.horizons[0].to_learn, counts.horizons[0].to_test) == (2, 3)
    assert checked.default_counts == counts
    assert default_counts_of(read_workspace(tmp_path / "ws")) == counts
    assert loaded.to_json()["defaults"] == checked.to_json()["defaults"] == counts.to_json()


def test_the_definition_and_the_horizon_are_those_that_are_asked_for(folder: Path, tmp_path: Path) -> None:
    definition = DefaultDefinition(("lawsuit",), None)
    counted = CountedDefaults(definition, 400)
    checked = validate(folder, max_bad=1.0, counted=counted)
    loaded = load(folder, tmp_path / "ws", max_bad=1.0, counted=counted)
    assert (checked.default_counts.total, checked.default_counts.horizons[0].horizon_days) == (1, 400)
    assert loaded.default_counts == checked.default_counts
    assert default_counts_of(read_workspace(tmp_path / "ws"), definition, 400) == loaded.default_counts


def test_defaults_are_counted_where_a_load_would_be_refused(folder: Path) -> None:
    report = validate(folder, max_bad=0.0)
    assert report.breaches
    assert report.default_counts.total == 6


def test_undated_data_count_labels(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    (place / "firms.csv").write_text("firm_id\n" + "".join(f"f{number}\n" for number in range(20)))
    rows = "".join(f"f{number},{str(number < 9).lower()}\n" for number in range(19))
    (place / "labels.csv").write_text("firm_id,defaulted\n" + rows)
    (tmp_path / "mapping.toml").write_text("undated = true\n")
    counts = validate(place, tmp_path / "mapping.toml").default_counts
    assert (counts.total, counts.usable, counts.sound, counts.horizons) == (9, 9, 10, ())
    assert counts.learnable
