"""The jobs `stress` and `stress_exposure` as a library: results, documents, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import run_json
from four_firms import load_four_firms
from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph.workspace.json_text import to_json

SCENARIO = """
name = "no ore"
[[step]]
name = "A closes"
firms = "A"
[[what_if]]
name = "B sells ore"
add_supplier = "B"
customer = "C"
share = 0.5
sector = "ore"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the four firms, and a scenario."""
    folder = tmp_path_factory.mktemp("stress_job")
    load_four_firms(folder)
    (folder / "s.toml").write_text(SCENARIO)
    return folder


@pytest.fixture(scope="module")
def workspace(place: Path) -> Workspace:
    return Workspace(place / "ws")


def test_the_document_is_that_of_the_command(workspace: Workspace, place: Path) -> None:
    result = services.stress(workspace, place / "s.toml", firm="D", base_pds=place / "pd.csv")
    printed = run_json("stress", place / "s.toml", "-w", place / "ws", "--why", "D", "--pd", place / "pd.csv")
    document = json.loads(to_json(result.to_json()))
    assert document == printed
    assert list(document) == list(printed)
    # A is a quarter of C's inputs, and C is all of D's.
    loss = dict(zip(*(result.to_frame()[name] for name in ("firm_id", "loss")), strict=True))
    assert loss == pytest.approx({"A": 1.0, "B": 0.0, "C": 0.25, "D": 0.25, "007": 0.0})
    assert result.carriers is not None
    assert [path.firms for path in result.carriers.paths] == [("A", "C", "D")]
    assert result.effects[0].what_if == "B sells ore"
    assert any("no learned transmissions" in note for note in result.notes)


def test_an_exposure_has_a_row_per_link(workspace: Workspace, place: Path) -> None:
    result = services.stress_exposure(workspace, "D", base_pds=place / "pd.csv")
    printed = run_json("stress", "-w", place / "ws", "--why", "D", "--pd", place / "pd.csv")
    document = json.loads(to_json(result.to_json()))
    assert document == printed
    assert list(document) == list(printed)
    assert result.carriers.loss == pytest.approx(0.3 + 0.2 * 0.75 + 0.1 * 0.25)
    assert result.to_json(1)["rows"] == printed["rows"][:1]
    assert result.to_frame()["supplier_id"].tolist()[0] == "C"


def test_progress_counts_closures(workspace: Workspace, place: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    services.stress_exposure(
        workspace,
        "D",
        base_pds=place / "pd.csv",
        progress=lambda text, done=0, total=0: steps.append((text, done, total)),
    )
    assert steps[0] == ("reading the network", 0, 0)
    assert steps[-1][1] == steps[-1][2] > 0


def test_what_cannot_be_run_is_refused(workspace: Workspace, place: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no file"):
        services.stress(workspace, tmp_path / "s.toml")
    with pytest.raises(RequestError, match="--eps is 1"):
        services.stress(workspace, place / "s.toml", eps=1.0)
    with pytest.raises(RequestError, match="an exposure needs base PDs"):
        services.stress_exposure(workspace, "D")
    (tmp_path / "s.toml").write_text('[[step]]\nfirms = "Z"\n')
    with pytest.raises(DataError, match=r"s\.toml: step 1: no firm Z"):
        services.stress(workspace, tmp_path / "s.toml")
    (tmp_path / "s.toml").write_text('[[step]]\nfirm = "A"\n')
    with pytest.raises(RequestError, match="unknown key firm, did you mean firms"):
        services.stress(workspace, tmp_path / "s.toml")
