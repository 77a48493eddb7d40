"""Fabricated trade in synthetic worlds: rows like all others, the truth about them, and nothing else changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError, RequestError, Workspace, read_workspace
from supplyrisk.graph.merchant.fabricated import VolumeKind
from supplyrisk.loaders import load
from supplyrisk.loaders.synthetic import synthesize
from supplyrisk.loaders.synthetic.planted_fraud import SCHEMES
from supplyrisk.loaders.synthetic.world_plan import FRAUD
from supplyrisk.services import FRAUD_SHARE, fault_shares

SIZE = {"firms": 80, "weeks": 40, "seed": 3}
SHARES = dict.fromkeys(FRAUD, 0.04)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same world without and with fabricated trade."""
    folder = tmp_path_factory.mktemp("worlds")
    synthesize(folder / "clean", **SIZE)  # type: ignore[arg-type]
    synthesize(folder / "fraud", **SIZE, fraud=SHARES)  # type: ignore[arg-type]
    return folder / "clean", folder / "fraud"


def rows_of(folder: Path, name: str) -> list[dict[str, object]]:
    return list(pq.read_table(folder / f"{name}.parquet").to_pylist())


def test_every_kind_is_planted_and_looked_for() -> None:
    assert set(FRAUD) == set(SCHEMES) == {kind.value for kind in VolumeKind}


def test_only_trades_and_shipments_are_added(worlds: tuple[Path, Path]) -> None:
    clean, fraud = worlds
    for path in clean.glob("*.parquet"):
        before = rows_of(clean, path.stem)
        after = rows_of(fraud, path.stem)
        assert after[: len(before)] == before, path.stem
        if path.stem not in ("supplies", "shipments"):
            assert len(after) == len(before), path.stem
    truth = rows_of(fraud / "truth", "fabricated")
    added = rows_of(fraud, "supplies")[len(rows_of(clean, "supplies")) :]
    assert [row["row_id"] for row in added] == [row["row_id"] for row in truth]
    assert not (clean / "truth" / "fabricated.parquet").exists()


def test_the_truth_says_which_rows_they_are(worlds: tuple[Path, Path]) -> None:
    _, fraud = worlds
    supplies = {row["row_id"]: row for row in rows_of(fraud, "supplies")}
    truth = rows_of(fraud / "truth", "fabricated")
    for row in truth:
        trade = supplies[row["row_id"]]
        assert all(trade[name] == row[name] for name in ("supplier_id", "customer_id", "on", "amount"))
        assert trade["supplier_id"] != trade["customer_id"]
    assert {row["kind"] for row in truth} == set(FRAUD)
    # each shop runs one scheme
    shops = {(row["scheme"], row["firm_id"]) for row in truth}
    assert max(Counter(firm for _, firm in shops).values()) == 1
    moved = {row["row_id"] for row in rows_of(fraud, "shipments")}
    unshipped = [row for row in truth if row["kind"] == "no_shipment"]
    assert not {str(row["row_id"]).replace("T", "S") for row in unshipped} & moved


def test_the_truth_is_not_loaded(worlds: tuple[Path, Path], tmp_path: Path) -> None:
    _, fraud = worlds
    report = load(fraud, tmp_path / "ws")
    assert not report.fault_count
    assert "fabricated" not in read_workspace(tmp_path / "ws").sources
    names = Workspace(tmp_path / "ws").snapshot().firms.column_names
    assert not [name for name in names if "fabricat" in name or "fraud" in name or "scheme" in name]


def test_the_same_arguments_give_the_same_world(worlds: tuple[Path, Path], tmp_path: Path) -> None:
    again = synthesize(tmp_path / "again", **SIZE, fraud=SHARES)  # type: ignore[arg-type]
    shares = dict(reversed(SHARES.items()))
    third = synthesize(tmp_path / "third", **SIZE, fraud=shares)  # type: ignore[arg-type]
    assert again.content_hash == third.content_hash
    assert rows_of(tmp_path / "again", "supplies") == rows_of(worlds[1], "supplies")


def test_bad_shares_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="fraud = theft"):
        synthesize(tmp_path / "a", **SIZE, fraud={"theft": 0.1})  # type: ignore[arg-type]
    with pytest.raises(DataError, match="a share of fraud"):
        synthesize(tmp_path / "b", **SIZE, fraud={"ring": 1.5})  # type: ignore[arg-type]
    assert fault_shares(["ring", "no_shipment=0.1"], "--fraud", "ring=0.02", FRAUD_SHARE) == {
        "ring": 0.02, "no_shipment": 0.1,
    }  # fmt: skip
    with pytest.raises(RequestError, match=r"--fraud 'ring=many'.*ring=0\.02"):
        fault_shares(["ring=many"], "--fraud", "ring=0.02")
