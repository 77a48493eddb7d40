"""A model that was trained on synthetic data scores real data only if allowed, and then every result says so."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from golden_pages import LENDER, SHOP, prepare
from supplyrisk import services
from supplyrisk.graph import ModelError, Workspace
from supplyrisk.services import SYNTHETIC_MODEL

ALLOW = "--allow-synthetic-model"
DAY = "2025-12-28"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored workspace, whose model is of synthetic data, as if its data were real; not scored since."""
    place = tmp_path_factory.mktemp("real")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCGRAPH_STORE", "embedded")
        workspace = prepare(place)
        for manifest in workspace.glob("data/*/manifest.json"):
            told = json.loads(manifest.read_text(encoding="utf-8"))
            told["info"]["synthetic"] = False
            manifest.write_text(json.dumps(told), encoding="utf-8")
        assert run("store", "load", "-w", workspace)[0] == 0
    return workspace


@pytest.fixture(scope="module")
def scored(ws: Path) -> dict[str, Any]:
    """The scores of the last day and of an earlier one, allowed."""
    assert run("score", "-w", ws, "--as-of", "2025-06-30", ALLOW)[0] == 0
    return run_json("score", "-w", ws, ALLOW)


@pytest.mark.parametrize(
    "command",
    [("score",), ("score", "--from-graph"), ("explain", SHOP), ("compare", "default", "default")],
)
def test_it_is_refused_with_a_remedy(command: tuple[str, ...], ws: Path) -> None:
    code, out, err = run(*command, "-w", ws)
    assert (code, out) == (1, "")
    assert "the model default was trained on synthetic data" in err
    assert f"train one with scgraph train, or add {ALLOW}" in err


def test_it_is_refused_in_python_too(ws: Path) -> None:
    with pytest.raises(ModelError, match="trained on synthetic data"):
        services.score(Workspace(ws), write_back=False, device="cpu")


def test_synthetic_data_are_scored_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`prepare` scores them without the option."""
    monkeypatch.setenv("SCGRAPH_STORE", "embedded")
    document = run_json("score", "-w", prepare(tmp_path), "--no-write-back")
    assert (document["synthetic"], document["synthetic_model"]) == (True, True)
    _, _, err = run("explain", SHOP, "-w", tmp_path / "workspace")
    assert "synthetic: these data are made up" in err
    assert SYNTHETIC_MODEL not in err


def test_scores_say_so(scored: dict[str, Any], ws: Path, tmp_path: Path) -> None:
    assert (scored["synthetic"], scored["synthetic_model"]) == (False, True)
    assert {row["synthetic_model"] for row in scored["rows"]} == {True}
    (path,) = [run for run in Workspace(ws).score_runs().runs() if run.as_of == DAY][-1:]
    assert path.synthetic_model is True
    code, _, err = run("score", "-w", ws, ALLOW, "-o", tmp_path / "scores.csv", "--top", 1)
    assert (code, err.count(SYNTHETIC_MODEL)) == (0, 1)
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as lines:
        assert {row["synthetic_model"] for row in csv.DictReader(lines)} == {"true"}
    text = "MATCH (f:Firm) RETURN DISTINCT f.risk_synthetic_model AS model"
    assert run_json("query", "run", "--text", text, "-w", ws)["rows"] == [{"model": True}]


SCENARIO = f'[[step]]\nfirms = "{SHOP}"\n'


@pytest.mark.parametrize(
    "command",
    [
        ("explain", SHOP, ALLOW),
        ("check", SHOP, "--amount", "200000", "--days", "90", "--no-record"),
        ("portfolio", LENDER, "--replicas", "1000"),
        ("monitor", "--since", "2025-06-30"),
        ("contagion",),
        ("contagion", "--model", "debtrank"),
        ("stress", "scenario.toml"),
        ("compare", "2025-06-30", DAY),
        ("compare", "default", "default", ALLOW),
    ],
)
def test_what_rests_on_the_scores_says_so(
    command: tuple[str, ...],
    scored: dict[str, Any],
    ws: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    code, out, err = run(*command, "-w", ws, "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["synthetic_model"] is True
    said = " ".join(document["verdict"]) if command[0] == "compare" else run(*command, "-w", ws)[2]
    assert said.count(SYNTHETIC_MODEL) == 1


def test_the_exposure_of_a_firm_says_so(scored: dict[str, Any], ws: Path) -> None:
    document = run_json("stress", "--why", SHOP, "-w", ws)
    assert document["synthetic_model"] is True


def test_a_memo_says_so_in_both_languages(scored: dict[str, Any], ws: Path, tmp_path: Path) -> None:
    args = ("check", SHOP, "--amount", 200000, "--days", 90, "--no-record", "-w", ws)
    page = tmp_path / "memo.html"
    assert run(*args, "-o", page)[0] == 0
    html = page.read_text(encoding="utf-8")
    assert "Scored by a model trained on synthetic data" in html
    assert "由合成数据训练的模型评分" in html
    assert "Synthetic data: this memo" not in html
    assert "Scored by a model trained on synthetic data" in run(*args)[1]
    assert "由合成数据训练的模型评分" in run(*args, "--lang", "zh")[1]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_base_pds_in_a_file_say_so(ending: str, scored: dict[str, Any], ws: Path, tmp_path: Path) -> None:
    """Scores that were exported, and the same without the column, of which nothing is known."""
    path = tmp_path / f"pds.{ending}"
    assert run("score", "-w", ws, ALLOW, "-o", path, "--no-write-back")[0] == 0
    assert run_json("contagion", "-w", ws, "--pd", path)["synthetic_model"] is True
    if ending == "parquet":
        pq.write_table(pq.read_table(path).drop_columns(["synthetic_model"]), path)
    else:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        lines = [f"{row['firm_id']},{row['base_pd']},{row['state']}" for row in rows]
        path.write_text("\n".join(["firm_id,base_pd,state", *lines]), encoding="utf-8")
    assert run_json("contagion", "-w", ws, "--pd", path)["synthetic_model"] is False


def test_a_card_says_so(scored: dict[str, Any], ws: Path, tmp_path: Path) -> None:
    """Evaluating on known outcomes is allowed: that is how one finds out what such a model is worth."""
    page = tmp_path / "card.html"
    code, out, err = run("evaluate", "-w", ws, "--no-placebos", "--no-dip", "--page", page, "--json")
    assert code == 0, err
    document = json.loads(out)
    assert (document["synthetic"], document["synthetic_model"]) == (False, True)
    assert SYNTHETIC_MODEL in err
    assert re.search("Scored by a model trained on synthetic data", page.read_text(encoding="utf-8"))
