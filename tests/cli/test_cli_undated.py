"""train and score where no day is given, or where the days are odd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import run, run_json, small_training
from supplyrisk import gnn


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with small_training():
        yield


@pytest.fixture(scope="module")
def undated(tmp_path_factory: pytest.TempPathFactory, small: None) -> Path:
    """Two undated data sets of which the second has ten firms of the first too."""
    place = tmp_path_factory.mktemp("undated")
    (place / "mapping.toml").write_text('name = "plain"\nundated = true\nstanding = ["*"]\n')
    for name, first, last in (("one", 0, 160), ("two", 150, 250)):
        (place / name).mkdir()
        firms = [f"F{i},{(i * 37 % 100) + 40 * (i % 3 == 0)}" for i in range(first, last)]
        (place / name / "firms.csv").write_text("\n".join(["firm_id,stress", *firms]))
        labels = [f"F{i},{int(i % 3 == 0)}" for i in range(first, last)]
        (place / name / "labels.csv").write_text("\n".join(["firm_id,defaulted", *labels]))
        links = [f"F{i},F{i + 1},owns" for i in range(first, last - 1, 2)]
        (place / name / "relations.csv").write_text("\n".join(["from_id,to_id,kind", *links]))
    args = ("load", place / "one", "-w", place / "ws", "--mapping", place / "mapping.toml")
    code, _, err = run(*args)
    assert code == 0, err
    return place


def test_undated_data_are_chosen_by_a_second_data_set(undated: Path) -> None:
    args = ("-w", undated / "ws", "--validate", undated / "two", "--mapping", undated / "mapping.toml")
    document = run_json("train", *args, "--name", "second")
    assert (document["as_of"], document["horizon_days"]) == (None, None)
    assert {row["slice"] for row in document["rows"]} == {"choosing"}
    assert document["card"]["choosing"]["firms"] == 100
    assert "cross-fitted" in document["verdict"][0]
    scores = run_json("score", "-w", undated / "ws", "--model", "second")
    assert (scores["as_of"], scores["horizon_days"]) == (None, None)
    assert (undated / "ws" / "scores" / "undated.parquet").is_file()
    assert {row["as_of"] for row in scores["rows"]} == {None}
    assert {(row["pd_low_90"], row["pd_high_90"]) for row in scores["rows"]} == {(None, None)}
    assert {(row["pd_30"], row["pd_lifetime"]) for row in scores["rows"]} == {(None, None)}
    assert scores["terms"] is None


def test_undated_data_alone_hold_firms_out(undated: Path) -> None:
    code, out, err = run("train", "-w", undated / "ws")
    assert code == 0, err
    assert "40 firms" in err
    assert [line.split()[0] for line in out.splitlines()] == ["candidate", *gnn.CANDIDATES]


def test_an_undated_model_is_judged_on_the_firms_that_were_held_out(undated: Path) -> None:
    held = run_json("train", "-w", undated / "ws", "--name", "held")
    document = run_json("evaluate", "-w", undated / "ws", "--model", "held", "--no-placebos")
    assert document["slice"] == "choosing"
    assert document["judged_rows"] == held["card"]["choosing"]["firms"] == 40
    # Own columns are seen alike; neighbours' scores were out of fold in training, which cannot be had again.
    kept = held["card"]["choosing"]["scores"]["boosted-own"]["auc"]["value"]
    found = {row["contender"]: row["metrics"]["auc"]["value"] for row in document["rows"]}
    assert found["boosted-own"] == pytest.approx(kept)


def test_a_model_of_two_data_sets_is_judged_on_both(undated: Path) -> None:
    args = ("-w", undated / "ws", "--validate", undated / "two", "--mapping", undated / "mapping.toml")
    assert run("train", *args, "--name", "two")[0] == 0
    code, _, err = run("evaluate", "-w", undated / "ws", "--model", "two", "--no-placebos")
    assert (code, "validated on a second data set" in err) == (2, True)
