"""What counts as a default, from the settings to the graph and to scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import KINDS, run, run_json, small_training
from supplyrisk.loaders.synthetic import synthesize

FILES = {
    "firms": "firm_id\nA\nB\nC\nD\n",
    "events": "firm_id,on,kind\nA,2024-02-01,default\n",
    "loans": (
        "loan_id,lender_id,firm_id,on,drawn,days_past_due,restructured,written_off\n"
        "1,bank,A,2024-03-31,10,120,0,\n"
        "2,bank,B,2024-03-31,10,61,1,\n"
        "2,bank,B,2024-04-30,10,91,1,\n"
        "3,bank,C,2024-04-30,0,,,7.5\n"
        "4,bank,D,2024-04-30,10,89,1,0\n"
    ),
}
CYPHER = (
    "MATCH (f:Firm) OPTIONAL MATCH (:Lender)-[r:LENDS_TO]->(f) "
    "RETURN f.firm_id AS firm, f.defaulted_on AS defaulted_on, r.days_past_due AS past_due, "
    "r.restructured AS restructured, f.f_loan_days_past_due AS feature ORDER BY firm"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SCGRAPH_DEFAULT_KINDS", "SCGRAPH_DEFAULT_DAYS_PAST_DUE", "NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name, text in FILES.items():
        (tmp_path / "data" / f"{name}.csv").write_text(text)
    return tmp_path


def defaults_in_the_graph() -> dict[str, str | None]:
    rows = run_json("query", "run", "--text", CYPHER)["rows"]
    assert [(row["firm"], row["past_due"], row["restructured"], row["feature"]) for row in rows] == [
        ("A", 120, False, 120),
        ("B", 91, True, 91),
        ("C", None, None, None),
        ("D", 89, True, 89),
    ]
    return {row["firm"]: row["defaulted_on"] for row in rows}


def test_the_graph_shows_defaults_by_the_definition_of_the_settings(folder: Path) -> None:
    code, _, err = run("load", "data")
    assert code == 0, err
    assert "loans: 3 firms have a loan 90 days past due or written off" in err
    assert defaults_in_the_graph() == {"A": "2024-02-01", "B": "2024-04-30", "C": "2024-04-30", "D": None}
    for text, expected in (
        ("[default]\ndays_past_due = 60\n", {"B": "2024-03-31", "D": "2024-04-30"}),
        ("default_days_past_due = 0\n", {"B": None, "C": None}),
        ('[default]\nkinds = ["fraud"]\n', {"A": "2024-03-31"}),
    ):
        (folder / "scgraph.toml").write_text(text)
        assert run("store", "load")[0] == 0
        found = defaults_in_the_graph()
        assert {firm: found[firm] for firm in expected} == expected, text


@pytest.fixture(scope="module")
def lender_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small world whose defaults are states of loans and no events, as a lender's own data have them."""
    data = tmp_path_factory.mktemp("lender") / "data"
    synthesize(data, firms=200, weeks=160)
    events = pq.read_table(data / "events.parquet").to_pylist()
    failed = [row for row in events if row["kind"] in KINDS.split(",")]
    pq.write_table(
        pa.Table.from_pylist([row for row in events if row not in failed]), data / "events.parquet"
    )
    # Every row has the column: Arrow takes the columns from the first one.
    loans = [row | {"days_past_due": 0} for row in pq.read_table(data / "loans.parquet").to_pylist()]
    loans += [
        {
            "loan_id": f"late {i}",
            "lender_id": "bank",
            "firm_id": row["firm_id"],
            "on": row["on"],
            "days_past_due": 90,
        }
        for i, row in enumerate(failed)
    ]
    pq.write_table(pa.Table.from_pylist(loans), data / "loans.parquet")
    with small_training() as _, pytest.MonkeyPatch.context() as patch:
        patch.delenv("SCGRAPH_DEFAULT_KINDS")
        yield data


def test_a_model_learns_from_loans_in_default(
    lender_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = tmp_path / "ws"
    assert run("load", lender_data, "-w", ws)[0] == 0
    code, _, err = run("train", "-w", ws, "--days-past-due", 0)
    assert code == 3, err
    trained = run_json("train", "-w", ws)
    assert trained["rows"]
    scored = run_json("score", "-w", ws, "--use", "network")
    assert (scored["default_kinds"], scored["days_past_due"]) == (["default", "bankruptcy"], 90)
    late = {
        row["firm_id"]
        for row in pq.read_table(lender_data / "loans.parquet").to_pylist()
        if (row["days_past_due"] or 0) >= 90
    }
    in_default = {row["firm_id"] for row in scored["rows"] if row["state"] == "defaulted"}
    assert in_default == late
    monkeypatch.setenv("SCGRAPH_DEFAULT_DAYS_PAST_DUE", "60")
    _, _, err = run("score", "-w", ws, "--use", "network", "--no-write-back")
    assert "default means default, bankruptcy, a loan 90 days past due or written off (as in training)" in err
    assert "60 days past due" in err
    # The graph is loaded by the settings, and scored by a model that learned another definition.
    assert run("store", "load", "-w", ws)[0] == 0
    _, _, err = run("score", "-w", ws, "--use", "network", "--from-graph")
    assert "a loan 60 days past due or written off in the graph" in err
    monkeypatch.delenv("SCGRAPH_DEFAULT_DAYS_PAST_DUE")
    assert run("store", "load", "-w", ws)[0] == 0
    _, _, err = run("score", "-w", ws, "--use", "network", "--from-graph")
    assert "in the graph" not in err
