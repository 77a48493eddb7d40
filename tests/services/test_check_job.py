"""The job `check` on the hand-made desk: what a memo says beside its conclusion, what the job returns."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import run_json
from desk import AS_OF, BASE, caught, memo, open_desk, pd
from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace, to_json, write_table
from supplyrisk.graph.workspace.layout import Layout


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def own(ws: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(ws, tmp_path / "own"))


# The firm and its chain


def test_sources_have_a_day_and_an_age(ws: Path) -> None:
    shop = memo(ws, "GOOD")["shop"]
    by_name = {s["source"]: (s["last_on"], s["age_days"]) for s in shop["sources"]}
    assert by_name["activity"] == by_name["purchases"] == (str(AS_OF), 0)
    assert by_name["statements"] == (None, None)
    assert (shop["missing"], shop["missing_zh"]) == (["statements"], ["财务报表"])


def test_rings_of_trade_are_listed_beside_those_of_guarantees(ws: Path) -> None:
    chain = memo(ws, "RING1")["chain"]
    assert chain["trade_rings"] == [{"firms": 3, "ring": ["RING1", "RING2", "RING3"], "amount": 5_400.0}]
    assert memo(ws, "GOOD")["chain"]["trade_rings"] == []


def test_paths_of_what_is_caught_by_hand(ws: Path) -> None:
    # RING1 catches from RING2 in round 2 what RING2 had in round 1: its own, and what it caught from RING3 by then.
    first = caught("RING3", "RING2", pd(BASE["RING3"]))
    handed = caught("RING2", "RING1", pd(BASE["RING2"] + first))
    paths = {tuple(p["chain"]): p for p in memo(ws, "RING1")["chain"]["paths"]}
    short, long = paths["RING2", "RING1"], paths["RING3", "RING2", "RING1"]
    assert short["hazard"] == pytest.approx(handed * BASE["RING2"] / (BASE["RING2"] + first), rel=1e-9)
    assert long["hazard"] == pytest.approx(handed * first / (BASE["RING2"] + first), rel=1e-9)
    assert short["share"] + long["share"] == pytest.approx(1.0)
    assert long["links"] == ["supplier", "supplier"]
    (dead,) = memo(ws, "HANGS")["chain"]["paths"]
    assert (dead["chain"], dead["defaulted"], dead["share"]) == (["DEAD", "HANGS"], True, 1.0)


def test_each_part_of_the_chain_names_a_query_that_shows_it_again(ws: Path) -> None:
    chain = memo(ws, "RING1")["chain"]
    assert None not in chain["shown_by"].values()
    queries = [*chain["shown_by"].values(), *(query for path in chain["paths"] for query in path["seen_by"])]
    for query in {json.dumps(query, sort_keys=True): query for query in queries}.values():
        params = [part for name, value in query["params"].items() for part in ("--param", f"{name}={value}")]
        run_json("query", "run", query["name"], *params, "-w", ws)
    query = chain["shown_by"]["trade_rings"]
    params = [part for name, value in query["params"].items() for part in ("--param", f"{name}={value}")]
    assert run_json("query", "run", query["name"], *params, "-w", ws)["rows"] == chain["trade_rings"]


def test_existing_lines_are_shown_by_product(ws: Path) -> None:
    assert memo(ws, "RING2")["loss"]["lines"] == [
        {"product": "credit", "lines": 1, "drawn": 20_000.0, "ead": 80_000.0}
    ]
    assert memo(ws, "GOOD")["loss"]["lines"] == []  # an order that was repaid is gone


# Reasons


def test_reasons_stored_in_one_language_are_shown_in_it(own: Path) -> None:
    path = Layout(own).scores_file(AS_OF)
    table = pq.read_table(path)
    reasons = [
        row and [{n: r[n] for n in ("code", "text", "share")} for r in row]
        for row in table["reasons"].to_pylist()
    ]
    write_table(path, table.set_column(table.column_names.index("reasons"), "reasons", pa.array(reasons)))
    (reason,) = memo(own, "GOOD")["risk"]["reasons"]
    assert (reason["text"], reason["text_zh"]) == ("by hand", "by hand")


# The job


def test_the_document_is_that_of_the_command(ws: Path) -> None:
    result = services.check(
        Workspace(ws), "good shop", amount=1e4, days=90, lender="L1", lgd=0.2, product="credit", record=False
    )
    terms = ("--amount", 1e4, "--days", 90, "--lender", "L1", "--lgd", 0.2, "--product", "credit")
    printed = run_json("check", "GOOD", *terms, "-w", ws, "--no-record")
    document = json.loads(to_json(result.to_json()))
    assert document.pop("prepared")["by"] == printed.pop("prepared")["by"]
    assert document == printed
    assert list(document) == list(printed)
    assert result.record is None
    assert (result.memo.as_of, result.memo.model) == (AS_OF, "hand/network")


def test_a_recorded_check_has_the_number_of_its_entry(own: Path) -> None:
    workspace = Workspace(own)
    records = [services.check(workspace, "GOOD", amount=1e4, days=90).record for _ in range(2)]
    assert records == [1, 2]
    assert services.verify_audit(workspace).intact


def test_bad_requests_are_refused(ws: Path, tmp_path: Path) -> None:
    workspace = Workspace(ws)
    with pytest.raises(RequestError, match="expected more than 0"):
        services.check(workspace, "GOOD", amount=0, days=90)
    with pytest.raises(RequestError, match="2 firms are called twin"):
        services.check(workspace, "twin", amount=1, days=90)
    with pytest.raises(RequestError, match=r"'NO ONE'.*query run shop/named --param 'firm=NO ONE'"):
        services.check(workspace, "NO ONE", amount=1, days=90)
    with pytest.raises(DataError, match="cannot be read"):
        services.check(workspace, "GOOD", amount=1, days=90, policy=tmp_path / "none.toml")


def test_a_check_imports_nothing_that_takes_long(ws: Path) -> None:
    program = (
        "import sys; from supplyrisk import graph, services;"
        "services.check(graph.Workspace(sys.argv[1]), 'GOOD', amount=1.0, days=1, record=False).to_json();"
        "print(*{'torch', 'lightgbm', 'numba', 'pandas', 'duckdb', 'scipy', 'sklearn'} & set(sys.modules))"
    )
    args = [sys.executable, "-c", program, str(ws)]
    done = subprocess.run(args, check=True, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == ""


def test_a_query_line_is_quoted_for_a_shell() -> None:
    assert services.query_line("risk/riskiest", {}) == "scgraph query run risk/riskiest"
    line = services.query_line("shop/named", {"firm": "A B", "top": 5})
    assert line == "scgraph query run shop/named --param 'firm=A B' --param top=5"
