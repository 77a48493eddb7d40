"""The jobs `contagion` and `debt_contagion` as a library: results, what is stored, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from commands import run_json
from four_firms import load_four_firms
from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph.schema.detection import detection_note
from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.services.contagion_inputs import BasePds

DAY = date(2025, 6, 30)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the four firms."""
    folder = tmp_path_factory.mktemp("contagion_job")
    load_four_firms(folder)
    return folder


@pytest.fixture(scope="module")
def workspace(place: Path) -> Workspace:
    return Workspace(place / "ws")


def test_notes_on_base_pds_begin_with_what_they_are() -> None:
    pds = BasePds(np.full(3, 0.1), "scores.parquet", unlisted=2, labels_as_of="2024-06-30")
    first, second = pds.notes
    assert first == detection_note("2024-06-30")
    assert second.startswith("2 unlisted firms have no PD")
    assert BasePds(pds.values, "pd.csv").notes == []


def test_the_document_is_that_of_the_command(workspace: Workspace, place: Path) -> None:
    result = services.contagion(workspace, base_pds=place / "pd.csv", rank_by="exposure")
    printed = run_json("contagion", "-w", place / "ws", "--pd", place / "pd.csv", "--by", "exposure")
    document = json.loads(to_json(result.to_json()))
    assert document == printed
    assert list(document) == list(printed)
    assert result.to_json(2)["rows"] == result.firms.slice(0, 2).to_pylist()
    assert result.to_frame()["firm_id"].tolist()[:2] == ["A", "B"]
    assert any("base PD (pd.csv, PDs over a period that it does not state)" in note for note in result.notes)


def test_the_result_is_stored(workspace: Workspace, place: Path) -> None:
    result = services.contagion(workspace, base_pds=place / "pd.csv")
    stored = workspace.contagion()
    assert stored.firms.to_pylist() == result.firms.to_pylist()
    assert (stored.as_of, stored.content_hash) == (DAY, workspace.info().content_hash)
    assert stored.head == json.loads(to_json(result.about()))
    with pytest.raises(DataError, match="run scgraph contagion"):
        workspace.contagion(date(2020, 1, 1))


def test_progress_counts_closures(workspace: Workspace) -> None:
    steps: list[tuple[str, int, int]] = []
    services.contagion(workspace, progress=lambda text, done=0, total=0: steps.append((text, done, total)))
    assert steps[0][0] == "reading the network"
    assert steps[-1][1:] == (5, 5)


def test_what_cannot_be_computed_is_a_request_error(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="--eps is 2"):
        services.contagion(workspace, eps=2.0)
    with pytest.raises(RequestError, match="expected one of them"):
        services.contagion(workspace, eps=0.1, converged=True)
    with pytest.raises(RequestError, match="needs base PDs"):
        services.contagion(workspace, rank_by="exposure")
    with pytest.raises(RequestError, match="no file"):
        services.contagion(workspace, base_pds=tmp_path / "pd.csv")
    with pytest.raises(RequestError, match=r"expected \.csv or \.parquet"):
        services.contagion(workspace, essentiality=tmp_path / "roles.txt")
    with pytest.raises(RequestError, match="model is 'flood'"):
        services.debt_contagion(workspace, "flood")
    with pytest.raises(DataError, match="no claims"):
        services.debt_contagion(workspace)
