"""A training says how many defaults can be learned from, and refuses before it computes anything."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from commands import run, run_json
from supplyrisk import services
from supplyrisk.graph import DataError, DefaultCounts, Workspace
from supplyrisk.graph.snapshot.default_counts import HorizonCounts
from supplyrisk.services.training_refusals import refusals_with, require_defaults

FIRST = date(2023, 1, 1)
FEW = "7 defaults; 7 can be learned from (8 needed); out-of-time test at 180 days: 7 to learn from, 0 to test on"
ADVICE = "too few to learn from: load more history, or scgraph train{ws} --expert --base-rate RATE ships a scorecard"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of 30 firms over 900 days, with seven defaults, in a workspace."""
    folder = tmp_path_factory.mktemp("few")
    data = folder / "data"
    data.mkdir()
    (data / "firms.csv").write_text("firm_id\n" + "".join(f"f{number}\n" for number in range(30)))
    trades = [
        f"f{number},f{(number + 1) % 30},{FIRST + timedelta(day)},100"
        for number in range(30)
        for day in range(0, 901, 60)
    ]
    (data / "supplies.csv").write_text("supplier_id,customer_id,on,amount\n" + "\n".join(trades) + "\n")
    events = [f"f{number},{FIRST + timedelta(300 + number)},default" for number in range(7)]
    (data / "events.csv").write_text("firm_id,on,kind\n" + "\n".join(events) + "\n")
    services.load(Workspace(folder / "ws"), data, graph=False)
    return folder


def test_too_few_defaults_are_refused_before_anything_is_computed(place: Path) -> None:
    stages: list[str] = []
    lines: list[str] = []
    with pytest.raises(DataError) as refusal:
        services.train(
            Workspace(place / "ws"),
            announce=lines.append,
            progress=lambda stage, _done=0, _total=0: stages.append(stage),
        )
    assert str(refusal.value).startswith(FEW)
    assert str(refusal.value).endswith(ADVICE.format(ws=""))
    assert (stages, lines) == ([], [])
    code, out, err = run("train", "-w", place / "ws")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert FEW in err
    assert ADVICE.format(ws=f" -w {place / 'ws'}") in err


def test_an_expert_model_is_not_refused_for_too_few_defaults(place: Path) -> None:
    """These firms have no figures that a scorecard could use; what is said first is how many defaults there are."""
    lines: list[str] = []
    with pytest.raises(DataError, match="no column of the firms' own data has a stated effect"):
        services.train(Workspace(place / "ws"), expert=True, base_rate=0.02, announce=lines.append)
    assert len(lines) == 1
    assert lines[0].startswith(FEW)


def test_validate_and_load_say_it_first(place: Path, tmp_path: Path) -> None:
    _, _, err = run("validate", place / "data")
    assert f"{FEW}; at 90 days: 7 and 0; at 360 days: 7 and 0\n{ADVICE.format(ws='')}\n" in err
    _, _, err = run("load", place / "data", "--no-graph", "-w", tmp_path / "ws")
    assert ADVICE.format(ws=f" -w {tmp_path / 'ws'}") + "\n" in err
    document = run_json("validate", place / "data")
    assert document["defaults"]["total"] == 7
    assert document["defaults"]["advice"] == ADVICE.format(ws="")
    assert [row["horizon_days"] for row in document["defaults"]["horizons"]] == [180, 90, 360]
    assert run_json("load", place / "data", "-w", tmp_path / "ws")["defaults"] == document["defaults"]


def test_the_settings_say_what_is_counted(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCGRAPH_DEFAULT_KINDS", "lawsuit")
    monkeypatch.setenv("SCGRAPH_HORIZON_DAYS", "30")
    counted = run_json("validate", place / "data")["defaults"]
    assert counted["total"] == 0
    assert [row["horizon_days"] for row in counted["horizons"]] == [30, 90, 180, 360]


def test_a_later_refusal_says_it_too() -> None:
    counts = DefaultCounts(20, 12, (HorizonCounts(180, 4, 8), HorizonCounts(90, 9, 3)))
    with pytest.raises(DataError) as refusal, refusals_with(counts):
        raise DataError("no row has a day", "dated rows", "load them")
    assert str(refusal.value) == (
        f"no row has a day ({counts}); expected dated rows; load them; {counts.advice()}"
    )
    enough = DefaultCounts(20, 12, (HorizonCounts(180, 8, 4),))
    with pytest.raises(DataError) as refusal, refusals_with(enough):
        raise DataError("no row has a day")
    assert str(refusal.value) == f"no row has a day ({enough})"
    with pytest.raises(ValueError, match="other"), refusals_with(counts):
        raise ValueError("other")
    require_defaults(counts)


@pytest.mark.parametrize("verb", ["validate", "load"])
def test_counting_needs_no_torch(verb: str, place: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from supplyrisk.cli import app;"
        "r = CliRunner().invoke(app, sys.argv[1:]);"
        "print(r.exit_code, 'can be learned from' in r.stderr, [m for m in ('torch', 'lightgbm') if m in sys.modules])"
    )
    arguments = [verb, str(place / "data"), "-w", str(tmp_path / "ws")]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True, timeout=300
    )
    assert done.stdout == "0 True []\n"
