"""Jobs on four listed firms and two unlisted ones: nothing shows a figure of an unlisted firm as if it were scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands import run, run_json, run_json_with_stderr
from unlisted_firms import AS_OF, score_unlisted, write_unlisted


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    loans = "L1,bank,A,2024-06-30,100,50\nL2,other,X,2024-06-30,100,50\n"
    return score_unlisted(tmp_path_factory.mktemp("six"), loans=loans)


@pytest.fixture(scope="module")
def scores(ws: Path) -> dict[str, Any]:
    return run_json("score", "-w", ws)


def test_load_counts_defaults_of_listed_firms(tmp_path: Path) -> None:
    mapping = write_unlisted(tmp_path / "data")
    document = run_json("validate", tmp_path / "data", "--mapping", mapping)
    assert document["defaults"]["total"] == 0
    assert document["added_firms"][0]["tables"] == {"supplies": 2, "events": 1}
    assert any(
        "events of 1 unlisted firms; list events under firms_from" in note for note in document["notes"]
    )


def test_scores(scores: dict[str, Any]) -> None:
    states = {row["firm_id"]: row["state"] for row in scores["rows"]}
    # the default of Y is a fact about it; of X nothing is known
    assert states == {**dict.fromkeys("ABCD", "scored"), "X": "unlisted", "Y": "defaulted"}
    for row in scores["rows"]:
        if row["firm_id"] in "XY":
            assert {row[name] for name in ("pd", "base_pd", "grade", "points", "own", "coverage")} == {None}


def test_the_terminal_counts_and_shows_listed_firms(ws: Path) -> None:
    code, out, err = run("score", "-w", ws)
    assert code == 0
    assert "the 4 riskiest firms" in err
    riskiest, spreaders = out.split("\n\n")
    assert [line.split()[0] for line in riskiest.splitlines()[1:]] == sorted(
        "ABCD", key=[line.split()[0] for line in riskiest.splitlines()[1:]].index
    )
    assert len(riskiest.splitlines()) == 5
    assert [line.split()[-1] for line in spreaders.splitlines() if line.startswith("X ")] == ["unlisted"]


def test_explain(ws: Path, scores: dict[str, Any]) -> None:
    code, out, _ = run("explain", "X", "-w", ws)
    assert code == 0
    assert out.startswith("X: unlisted, only known as a partner of others; not scored")
    assert "coverage" not in out
    (row,) = run_json("explain", "X", "-w", ws)["rows"]
    assert (row["state"], row["pd"], row["terms"], row["missing"]) == ("unlisted", None, [], [])
    assert {link["id"] for link in row["passes_on_to"]} == {"A", "C"}
    (listed,) = run_json("explain", "A", "-w", ws)["rows"]
    assert "X" in {link["id"] for link in listed["caught_from"]}


@pytest.mark.parametrize("firm", ["X", "Y"])
def test_check_refuses(ws: Path, scores: dict[str, Any], firm: str) -> None:
    code, _, err = run("check", firm, "--amount", 10, "--days", 90, "-w", ws)
    assert code == 3
    assert f"firm {firm} is unlisted: it is only known as a partner of others" in err
    assert "firms_from" in err


def test_memos_of_their_partners_say_unlisted(ws: Path, scores: dict[str, Any], tmp_path: Path) -> None:
    page = tmp_path / "memo.html"
    assert run("check", "A", "--amount", 10, "--days", 90, "-w", ws, "-o", page)[0] == 0
    _, out, _ = run("check", "A", "--amount", 10, "--days", 90, "-w", ws)
    (row,) = [line.split() for line in out.splitlines() if line.split()[:2] == ["supplier", "X"]]
    assert row[-2:] == ["-", "unlisted"]
    assert "名单外" in page.read_text()


def test_portfolio_refuses_a_book_with_unlisted_borrowers(ws: Path, scores: dict[str, Any]) -> None:
    code, _, err = run("portfolio", "other", "-w", ws)
    assert code == 3
    assert "1 borrowers are unlisted firms, which have no PD: X" in err
    assert "loans under firms_from" in err
    rows = run_json("portfolio", "bank", "-w", ws, "--replicas", 1000)["rows"]
    assert [row["firm"] for row in rows] == ["A"]


def test_monitor_does_not_watch_them(ws: Path, scores: dict[str, Any]) -> None:
    document = run_json("monitor", "--since", AS_OF, "-w", ws)
    assert document["watched"] == 1
    assert "1 borrowers are unlisted firms and are not watched" in document["notes"]


def test_contagion_takes_the_base_rate_for_a_source(ws: Path, scores: dict[str, Any], tmp_path: Path) -> None:
    """The same exposures as with base PDs in a file, in which X has the mean of A to D."""
    by_scores, err = run_json_with_stderr("contagion", "--by", "exposure", "-w", ws)
    assert "2 unlisted firms have no PD: they are sources at the base rate" in err
    pds = {row["firm_id"]: row["base_pd"] for row in scores["rows"] if row["base_pd"] is not None}
    mean = sum(pds.values()) / 4
    file = tmp_path / "pd.csv"
    lines = [f"{firm},{pd!r}\n" for firm, pd in {**pds, "X": mean, "Y": 1.0}.items()]
    file.write_text("firm_id,pd\n" + "".join(lines))
    by_file = run_json("contagion", "--by", "exposure", "-w", ws, "--pd", file)
    exposures = {row["firm_id"]: row["exposure"] for row in by_scores["rows"]}
    assert exposures == pytest.approx({row["firm_id"]: row["exposure"] for row in by_file["rows"]})
    assert exposures["A"] > 0
    shown = {row["firm_id"]: row["base_pd"] for row in by_scores["rows"]}
    assert shown == pytest.approx({**pds, "X": None, "Y": 1.0})


def test_stress_ranks_no_unlisted_firm(ws: Path, scores: dict[str, Any], tmp_path: Path) -> None:
    scenario = tmp_path / "stop.toml"
    scenario.write_text('name = "stop"\n[[step]]\nfirms = ["X"]\nshare = 1.0\n')
    rows = run_json("stress", scenario, "-w", ws)["rows"]
    pds = {row["firm_id"]: row["network_pd"] for row in rows}
    assert [pds[firm] for firm in "XY"] == [None, None]
    assert all(pds[firm] is not None for firm in "ABCD")


def test_queries_rank_listed_firms_and_know_the_property(ws: Path, scores: dict[str, Any]) -> None:
    riskiest = run_json("query", "run", "risk/riskiest", "-w", ws)["rows"]
    assert {row["firm"] for row in riskiest} == set("ABCD")
    statement = (
        "MATCH (f:Firm) WHERE f.unlisted RETURN f.firm_id AS firm, f.risk_state AS state ORDER BY firm"
    )
    rows = run_json("query", "run", "--text", statement, "-w", ws)["rows"]
    assert rows == [{"firm": "X", "state": "unlisted"}, {"firm": "Y", "state": "defaulted"}]
