"""Portraits as a job: what is stored and read again, for whom there is none, and that no score depends on one."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import supplyrisk.graph
from commands import run, run_json
from desk import AS_OF, write_data
from supplyrisk import services
from supplyrisk.graph import DataError, DefaultDefinition, RequestError, Workspace, build_snapshot, to_json
from supplyrisk.graph.merchant.portrait import INDICATORS, INDICES, FigureState
from supplyrisk.graph.schema.contract import TABLES


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("portraits")
    path = folder / "workspace"
    code, _, err = run("load", str(write_data(folder / "data")), "--workspace", str(path))
    assert code == 0, err
    return Workspace(path)


def stamp(workspace: Workspace) -> int:
    return workspace.layout.portraits_file(AS_OF).stat().st_mtime_ns


def test_a_portrait_of_the_desk(workspace: Workspace) -> None:
    result = services.portrait(workspace, "good shop")
    portrait = result.portrait
    assert (portrait.firm_id, portrait.as_of, portrait.window_days) == ("GOOD", AS_OF, 60)
    # Two months of 100,000 lie in 60 days, and two months of 60,000 and 40,000 bought.
    assert (portrait.indicator("sales").value, portrait.indicator("sales").change) == (200_000, 0)
    assert (portrait.indicator("purchases").value, portrait.indicator("suppliers").value) == (200_000, 2)
    assert portrait.indicator("cash").state is FigureState.MISSING
    document = result.to_json()
    assert (document["schema"], document["as_of"]) == ("scgraph.portrait/1", AS_OF)
    assert json.loads(to_json(document))["rows"][0]["groups"][0]["name"] == ["Trade", "交易"]


def test_stored_portraits_are_read_again_while_they_hold(workspace: Workspace) -> None:
    table = services.portraits(workspace).table()
    first = stamp(workspace)
    assert services.portraits(workspace).table().equals(table)
    assert services.portraits(workspace, as_of=AS_OF).table().equals(table)
    assert stamp(workspace) == first
    services.portraits(workspace, window_days=30)
    assert stamp(workspace) != first
    second = stamp(workspace)
    services.portraits(workspace, default_definition=DefaultDefinition(("lawsuit",)))
    assert stamp(workspace) != second
    assert services.portraits(workspace).table().equals(table)


def test_a_damaged_file_is_computed_again(workspace: Workspace) -> None:
    table = services.portraits(workspace).table()
    workspace.layout.portraits_file(AS_OF).write_bytes(b"no Parquet")
    assert services.portraits(workspace).table().equals(table)
    pq.write_table(pa.table({"firm_id": ["A"]}), workspace.layout.portraits_file(AS_OF))
    assert services.portraits(workspace).table().equals(table)


def test_of_other_data_they_are_computed_again(workspace: Workspace, tmp_path: Path) -> None:
    services.portraits(workspace)
    path = workspace.layout.portraits_file(AS_OF)
    stored = pq.read_table(path)
    note = json.loads(stored.schema.metadata[b"scgraph.portraits"])
    other = stored.replace_schema_metadata(
        {b"scgraph.portraits": json.dumps(note | {"content_hash": "other"})}
    )
    pq.write_table(other.set_column(2, "industry", pa.array(["other"] * other.num_rows)), path)
    assert set(services.portraits(workspace).table()["industry"].to_pylist()) == {"makers", "shops"}


def test_of_other_indicators_they_are_computed_again(workspace: Workspace) -> None:
    services.portraits(workspace)
    path = workspace.layout.portraits_file(AS_OF)
    stored = pq.read_table(path)
    note = json.loads(stored.schema.metadata[b"scgraph.portraits"]) | {"definitions": "of an earlier version"}
    other = stored.drop_columns(["sales"]).replace_schema_metadata({b"scgraph.portraits": json.dumps(note)})
    pq.write_table(other, path)
    assert services.portrait(workspace, "GOOD").portrait.indicator("sales").value == 200_000


def test_an_earlier_day_knows_less(workspace: Workspace) -> None:
    early = services.portrait(workspace, "GOOD", as_of=AS_OF - timedelta(days=130)).portrait
    assert early.indicator("sales").value == 100_000, "the row of 150 days before the last day alone"


def test_a_shop_without_data_gets_a_clear_answer(workspace: Workspace) -> None:
    result = services.portrait(workspace, "HAUL")
    assert not result.portrait.has_data
    assert "no source has a row about HAUL" in result.notes[0].en
    assert "没有任何数据涉及 HAUL" in result.notes[0].zh
    assert all(index.value is None for index in result.portrait.indices)


@pytest.mark.parametrize(("days", "text"), [(6, "7 to 180 days"), (181, "7 to 180 days")])
def test_a_window_out_of_range(workspace: Workspace, days: int, text: str) -> None:
    with pytest.raises(RequestError, match=text):
        services.portrait(workspace, "GOOD", window_days=days)


def test_an_unknown_shop_and_a_day_after_the_data(workspace: Workspace) -> None:
    with pytest.raises(RequestError, match="no firm 'GOOF' on that day; did you mean GOOD"):
        services.portrait(workspace, "GOOF")
    with pytest.raises(DataError, match="40 days after the last day of the data"):
        services.portrait(workspace, "GOOD", as_of=AS_OF + timedelta(days=40))
    assert (
        services.portrait(workspace, "GOOD", as_of=AS_OF + timedelta(days=2)).notes[0].en.startswith("as of")
    )


def test_portraits_change_neither_snapshot_nor_scores(workspace: Workspace) -> None:
    """A model reads snapshots: they are the same with portraits stored, and nothing of a score reads a portrait."""
    before = build_snapshot(workspace.tables(), AS_OF).firms
    services.portraits(workspace)
    after = build_snapshot(workspace.tables(), AS_OF).firms
    assert after.equals(before)
    assert not {f"index.{key}" for key in INDICES} & set(after.column_names)
    root = Path(supplyrisk.graph.__file__).parents[1]
    folders = ("gnn/data", "gnn/network", "gnn/baselines", "graph/snapshot", "graph/credit")
    readers = [
        *(root / "gnn").glob("*.py"),
        *(path for name in folders for path in (root / name).rglob("*.py")),
    ]
    assert len(readers) > 100
    assert not [path for path in readers if "merchant.portrait" in path.read_text(encoding="utf-8")]


def test_the_portraits_of_the_desk_go_into_the_graph(workspace: Workspace) -> None:
    plan = services.write_portraits_to_store(workspace, dry_run=True)
    change = services.write_portraits_to_store(workspace)
    assert plan.parts == change.parts
    with workspace.open_graph() as store:
        rows = store.run(
            "MATCH (f:Firm {firm_id: 'GOOD'}) RETURN f.portrait_sales AS sales, f.portrait_days AS days"
        )
    assert rows.to_pylist() == [{"sales": 200_000.0, "days": 60}]
    with pytest.raises(DataError, match="the graph shows"):
        services.write_portraits_to_store(workspace, as_of=AS_OF - timedelta(days=1))


# The commands


def command(workspace: Workspace, *arguments: str) -> tuple[int, str, str]:
    return run("portrait", *arguments, "--workspace", str(workspace.path))


def test_the_command_shows_a_shop_in_both_languages(workspace: Workspace) -> None:
    code, out, err = command(workspace, "GOOD")
    assert code == 0, err
    for text in (
        "Good Shop (GOOD): portrait of the 60 days up to 2025-06-30",
        "Stability",
        "sales",
        "missing: ",
    ):
        assert text in out
    code, out, _ = command(workspace, "GOOD", "--lang", "zh", "--window", "90")
    assert code == 0
    assert "近 90 天画像" in out
    assert "销售额" in out
    assert "sales" not in out


def test_the_command_writes_all_portraits(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("all.csv", "all.parquet", "all.json", "all.xlsx"):
        code, _, err = command(workspace, "--all", "-o", str(tmp_path / name))
        assert code == 0, err
    table = pq.read_table(tmp_path / "all.parquet")
    assert set(INDICATORS) <= set(table.column_names)
    assert json.loads((tmp_path / "all.json").read_text())["rows"] == table.to_pylist()
    assert (tmp_path / "all.csv").read_text(encoding="utf-8-sig").count("\n") == 1 + table.num_rows
    code, out, _ = command(workspace, "--all")
    assert code == 0
    assert "12 firms: portraits of the 60 days up to 2025-06-30" in out
    document = run_json("portrait", "--all", "--workspace", str(workspace.path))
    assert (document["schema"], len(document["rows"])) == ("scgraph.portraits/1", 12)


@pytest.mark.parametrize("arguments", [(), ("GOOD", "--all"), ("GOOD", "-o", "x.csv")])
def test_a_shop_or_all(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    assert command(workspace, *arguments)[0] == 2


def test_store_portraits(workspace: Workspace) -> None:
    code, out, err = run("store", "portraits", "--workspace", str(workspace.path))
    assert code == 0, err
    assert "portrait_sales" in out + err
    assert set(TABLES) >= {indicator.rows.table for indicator in INDICATORS.values()}
