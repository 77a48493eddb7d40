"""Loading a handful of firms: counts, quarantine, exit codes, the graph, and what doctor says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from commands import run, run_json, without_stages
from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph.store.embedded.embedded_store import EmbeddedStore
from supplyrisk.services import find_firm

FIRMS = "firm_id,name,region\n001,Ahn,North\n002,Beck,North\n003,Cole,South\n"
SUPPLIES = "supplier_id,customer_id,on,amount\n001,002,2025-01-10,100\n002,003,2025-02-10,50.5\n"
BAD = "001,003,2025-13-01,10\n001,009,2025-02-11,10\n"
ADDRESS = "neo4j://anna:geheim@db.example:7687"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings, and no server named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEO4J_URI", raising=False)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return folder(tmp_path / "good", SUPPLIES)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return folder(tmp_path / "bad", SUPPLIES + BAD)


def folder(path: Path, supplies: str) -> Path:
    path.mkdir()
    (path / "firms.csv").write_text(FIRMS)
    (path / "supplies.csv").write_text(supplies)
    return path


def test_validate_prints_counts_and_loads_nothing(good: Path) -> None:
    code, out, err = run("validate", good)
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["firms.csv", "firms", "3", "3", "0", "0", "-"] in lines
    assert ["supplies", "2", "2", "0", "0", "0"] in lines
    assert ["all", "5", "5", "0", "0", "-"] in lines
    assert "scgraph load" in err
    assert not Path(".scgraph").exists()


def test_validate_of_bad_rows_shows_them_and_ends_with_3(bad: Path) -> None:
    code, out, err = run("validate", bad)
    assert code == 3
    assert ["supplies", "4", "2", "2", "0", "0"] in [line.split() for line in out.splitlines()]
    assert "2025-13-01" in out
    assert "009" in out
    assert err.count("error: ") == 1
    assert "2 of 4 rows are bad" in err
    assert out.splitlines()[-3].endswith(" what to do")
    assert "write it as year-month-day, or " in out
    code, _, err = run("validate", bad, "--max-bad", "0.5")
    assert code == 0, err


def test_a_missing_column_does_not_hide_the_faults_of_rows(tmp_path: Path) -> None:
    """In the file that lacks it, and in another; what hangs on the missing column is not a fault of each row."""
    data = folder(tmp_path / "lacking", "supplier_id,customer_id,amount\n001,002,100\n001,003,much\n")
    (data / "firms.csv").write_text("firm,name,founded_on\n001,Mill,2010-01-01\n002,Shop,31/12/2015\n")
    code, out, err = run("validate", data)
    assert code == 3
    header, *rows = [line.split() for line in out.splitlines()]
    assert header[:6] == ["file", "column", "rule", "faults", "examples", "accepted"]
    assert [row[:7] for row in rows] == [
        ["firms.csv", "founded_on", "day", "1", "31/12/2015", "(line", "3)"],
        ["supplies.csv", "amount", "number", "1", "much", "(line", "3)"],
    ]
    assert without_stages(err).startswith("error: 2 faults: (1) firms.csv: no column firm_id")
    assert "(2) supplies.csv: no column on, expected" in err
    assert "rename the right column, or map it in a mapping" in err
    assert "in addition, 2 faults in rows" in err
    code, out, err = run("load", data, "-w", "ws")
    assert (code, out) == (3, "")
    assert "in addition, 2 faults in rows (scgraph validate lists them)" in err


def test_a_file_that_no_column_is_known_of_is_not_looked_at_row_by_row(tmp_path: Path) -> None:
    data = folder(tmp_path / "semi", "supplier_id;customer_id;on;amount\n001;002;2025-01-10;1,5\n")
    code, out, err = run("validate", data)
    assert (code, out) == (3, "")
    assert "it seems to be separated by ';'" in err
    assert "in addition" not in err


def test_validate_json_adds_up(bad: Path) -> None:
    code, out, _ = run("validate", bad, "--json")
    assert code == 3
    document = json.loads(out)
    assert document["schema"] == "scgraph.validate/1"
    assert document["faults"] == len(document["first_faults"]) == 2
    assert [(g["column"], g["count"], g["examples"]) for g in document["fault_groups"]] == [
        ("customer_id", 1, [{"line": 5, "value": "009"}]),
        ("on", 1, [{"line": 4, "value": "2025-13-01"}]),
    ]
    for row in document["rows"]:
        assert row["rows"] == row["loaded"] + row["quarantined"] + row["duplicates"] + row["dropped"]


def test_fifty_thousand_bad_cells_are_a_dozen_lines(tmp_path: Path) -> None:
    """One remedy, not 50,000; the quarantine still lists every cell."""
    trades = "".join(f'001,002,2025-01-10,"{i}.000,5"\n' for i in range(1, 51)) * 1000
    data = folder(tmp_path / "many", "supplier_id,customer_id,on,amount\n" + trades)
    code, out, err = run("validate", data)
    assert code == 3
    assert len(out.splitlines()) + len(err.splitlines()) <= 20
    (line,) = [line for line in out.splitlines() if "decimal" in line]
    assert "50,000" in line
    assert "1.000,5 (line 2), 2.000,5 (line 3), 3.000,5 (line 4)" in line
    assert 'set decimal = "," and thousands = "." in the mapping' in line
    run("load", data, "-w", "ws", "--no-graph")
    quarantine = (Path("ws") / "quarantine" / "quarantine.csv").read_text()
    assert quarantine.count(",number,") == 50_000


def test_twenty_kinds_of_faults_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    data = folder(tmp_path / "files", SUPPLIES)
    sources = '[[source]]\nfile = "firms.csv"\ntable = "firms"\n'
    (data / "supplies.csv").unlink()
    for number in range(1, 24):
        # columns of different names, since faults of many files that differ in nothing else are one kind
        name = f"amount_{number}"
        rows = "001,002,2025-01-10,much\n" * number
        (data / f"trades-{number:02}.csv").write_text(f"supplier_id,customer_id,on,{name}\n{rows}")
        sources += f'[[source]]\nfile = "trades-{number:02}.csv"\ntable = "supplies"\n'
        sources += f'columns = {{ amount = "{name}" }}\n'
    mapping = data / "map.toml"
    mapping.write_text(sources)
    _, out, err = run("validate", data, "--mapping", mapping)
    shown = [line.split() for line in out.splitlines() if " much " in line]
    assert [(row[0], row[3]) for row in shown] == [(f"trades-{n:02}.csv", str(n)) for n in range(23, 3, -1)]
    # those with 1, 2 and 3 faults
    assert "3 more kinds of faults (6 faults) are not shown" in err
    _, out, _ = run("validate", data, "--mapping", mapping, "--json")
    document = json.loads(out)
    assert sum(group["count"] for group in document["fault_groups"]) == document["faults"] == 276
    assert len(document["fault_groups"]) == 23


def test_of_many_files_the_first_and_the_sum_of_the_others_are_shown(tmp_path: Path) -> None:
    data = folder(tmp_path / "files", SUPPLIES)
    (data / "supplies.csv").unlink()
    for number in range(31):
        rows = "001,002,2025-01-10,much\n001,002,2025-01-11,5\n"
        (data / f"supplies-{number:02}.csv").write_text(f"supplier_id,customer_id,on,amount\n{rows}")
    _, out, _ = run("validate", data)
    lines = [line.split() for line in out.splitlines()]
    shown = [line for line in lines if line and line[0].startswith("supplies-")]
    assert [line[0] for line in shown] == [f"supplies-{n:02}.csv" for n in (0, 1, 2, 0)]
    assert ["28", "more", "files", "supplies", "56", "28", "28", "0", "-"] in lines
    # the faults of all files are one kind
    assert shown[-1][1:6] == ["and", "30", "more", "amount", "number"]
    assert shown[-1][6] == "31"


def test_a_refused_load_leaves_what_was_there_and_a_quarantine(good: Path, bad: Path) -> None:
    run("load", good, "-w", "ws", "--no-graph")
    before = (Path("ws") / "workspace.json").read_bytes()
    code, out, err = run("load", bad, "-w", "ws")
    assert (code, out) == (3, "")
    assert without_stages(err).count("\n") == 1
    assert "nothing was loaded" in err
    assert (Path("ws") / "workspace.json").read_bytes() == before
    assert "2025-13-01" in (Path("ws") / "quarantine" / "quarantine.csv").read_text()


def test_the_quarantine_is_for_spreadsheets_or_plain(tmp_path: Path) -> None:
    data = folder(tmp_path / "run", "supplier_id,customer_id,on,amount\n001,002,2025-01-10,=1+1\n")
    quarantine = Path("ws") / "quarantine" / "quarantine.csv"
    run("load", data, "-w", "ws", "--no-graph")
    assert quarantine.read_bytes().startswith(b"\xef\xbb\xbftable,")
    assert ",'=1+1," in quarantine.read_text()
    run("load", data, "-w", "ws", "--no-graph", "--plain")
    assert quarantine.read_bytes().startswith(b"table,")
    assert ",=1+1," in quarantine.read_text()


def test_load_builds_the_graph_of_the_last_day(good: Path) -> None:
    document = run_json("load", good, "-w", "ws")
    assert document["schema"] == "scgraph.load/1"
    assert document["as_of"] == "2025-02-10"
    assert document["total"] == {
        "rows": 5,
        "loaded": 5,
        "quarantined": 0,
        "duplicates": 0,
        "dropped": 0,
        "blanked": 0,
    }
    with EmbeddedStore(Path("ws/graph")) as store:
        assert store.info().nodes["Firm"] == 3
        assert store.info().edges["SUPPLIES"] == 2


def test_load_without_a_graph_says_when_an_old_one_stays(good: Path, tmp_path: Path) -> None:
    code, _, err = run("load", good, "-w", "ws", "--no-graph")
    assert code == 0
    assert "graph:" not in err
    assert not Path("ws/graph").exists()
    run("load", good, "-w", "ws")
    code, _, err = run("load", good, "-w", "ws", "--no-graph")
    assert code == 0
    assert "not rebuilt" not in err
    other = folder(tmp_path / "other", SUPPLIES + "001,003,2025-02-11,10\n" + BAD)
    code, _, err = run("load", other, "-w", "ws", "--no-graph", "--max-bad", "0.5")
    assert code == 0
    assert "not rebuilt" in err
    assert "2 faults" in err
    rows = {row["name"]: row["value"] for row in run_json("doctor", "-w", "ws")["rows"]}
    assert "load again" in rows["graph"]


def test_firms_alone_are_loaded_without_a_graph(tmp_path: Path, good: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "firms.csv").write_text("firm_id\n001\n002\n")
    code, out, err = run("load", tmp_path / "only", "-w", "ws")
    assert code == 0, err
    assert ["firms", "2", "2", "0", "0", "0"] in [line.split() for line in out.splitlines()]
    assert "no graph: no row has a day, so there is no day to show" in err
    assert "still shows" not in err
    assert not Path("ws/graph").exists()
    run("load", good, "-w", "ws")
    code, out, err = run("load", tmp_path / "only", "-w", "ws", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert (document["as_of"], document["graph"], document["total"]["loaded"]) == (None, None, 2)
    assert "it still shows the data that were loaded before" in err
    assert "--no-graph" not in err


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("cause", "code"), [("file", 1), ("pointer", 4)])
def test_a_graph_that_fails_leaves_loaded_data_and_says_so(
    cause: str, code: int, as_json: bool, good: Path
) -> None:
    Path("ws").mkdir()
    if cause == "file":
        Path("ws/graph").write_text("in the way")
    else:
        Path("ws/graph").mkdir()
        Path("ws/graph/graph.json").write_text("{")
    got, out, err = run("load", good, "-w", "ws", *(["--json"] if as_json else []))
    assert got == code, err
    assert err.splitlines()[-1].startswith("error: the data are loaded, but not the graph: ")
    assert json.loads(out)["graph"] is None if as_json else "supplies.csv" in out
    facts = {row["name"]: row["value"] for row in run_json("doctor", "-w", "ws")["rows"]}
    assert facts["rows of supplies"] == 2


def test_data_that_have_no_firm_yet_are_loaded_all_the_same(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DataError("no firm has joined")

    monkeypatch.setattr(Workspace, "snapshot", refuse)
    code, out, err = run("load", good, "-w", "ws")
    assert code == 1
    assert "supplies.csv" in out
    assert "error: the data are loaded, but not the graph: no firm has joined" in err


def test_a_folder_that_is_not_there_is_bad_data(tmp_path: Path) -> None:
    for verb in ("validate", "load"):
        code, out, err = run(verb, tmp_path / "none")
        assert (code, out) == (3, "")
        assert "no folder" in err


@pytest.mark.parametrize("named", ["environment", "flag", "file"])
def test_a_named_server_is_never_replaced_by_the_embedded_store(
    named: str, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load", good, "-w", "ws")
    if named == "environment":
        monkeypatch.setenv("NEO4J_URI", ADDRESS)
    if named == "file":
        Path("scgraph.toml").write_text(f'store = "{ADDRESS}"')
    flag = ["--store", ADDRESS] if named == "flag" else []
    for args in (["load", good], ["query", "run", "single-source"], ["score"]):
        code, out, err = run(*args, "-w", "ws", *flag)
        assert (code, out) == (4, ""), err
        assert without_stages(err).count("\n") == 1
        assert "--store embedded" in err
        assert "geheim" not in err
    assert run("query", "run", "single-source", "-w", "ws", "--store", "embedded")[0] == 0
    assert run("load", good, "-w", "other", *flag, "--no-graph")[0] == 0


def test_a_store_that_nobody_knows_is_a_wrong_command_line(good: Path) -> None:
    code, _, err = run("load", good, "--store", "kuzu")
    assert code == 2
    assert "expected embedded" in err


def test_doctor_shows_origins_and_no_secret(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("load", good, "-w", "ws")
    monkeypatch.setenv("NEO4J_PASSWORD", "geheim")
    monkeypatch.setenv("NEO4J_URI", ADDRESS)
    monkeypatch.setenv("SCGRAPH_SEED", "5")
    monkeypatch.setenv("SCGRAPH_STORE", ADDRESS)
    Path("scgraph.toml").write_text("members = 2")
    code, out, err = run("doctor", "-w", "ws", "--json")
    assert code == 0
    for text in (out, err, *run("doctor")[1:]):
        assert "geheim" not in text
    facts = {(r["section"], r["name"]): (r["value"], r["origin"]) for r in json.loads(out)["rows"]}
    assert facts["setting", "workspace"] == ("ws", "flag")
    assert facts["setting", "seed"] == (5, "SCGRAPH_SEED")
    assert facts["setting", "members"] == (2, "scgraph.toml")
    assert facts["setting", "horizon_days"] == (180, "default")
    assert facts["environment", "NEO4J_PASSWORD"] == ("set", None)
    assert facts["environment", "NEO4J_USERNAME"] == ("not set", None)
    assert facts["workspace", "rows of supplies"] == (2, None)
    assert facts["workspace", "models"] == ("none", None)
    assert "as of 2025-02-10, without scores" in facts["workspace", "graph"][0]
    assert ("machine", "CUDA") in facts


def test_doctor_shows_what_holds_of_settings_that_nobody_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    def facts() -> dict[str, tuple[object, str]]:
        rows = run_json("doctor", "-w", "ws")["rows"]
        return {r["name"]: (r["value"], r["origin"]) for r in rows if r["section"] == "setting"}

    assert facts()["max_bad"] == (0.0, "default, unless the mapping sets one")
    assert facts()["store"] == ("embedded", "default")
    assert None not in [value for value, _ in facts().values()]
    monkeypatch.setenv("SCGRAPH_MAX_BAD", "0.1")
    monkeypatch.setenv("NEO4J_URI", "neo4j://127.0.0.1:1")
    assert facts()["max_bad"] == (0.1, "SCGRAPH_MAX_BAD")
    assert facts()["store"] == ("neo4j", "NEO4J_URI")


def test_doctor_works_where_nothing_is_loaded() -> None:
    facts = {r["name"]: r["value"] for r in run_json("doctor")["rows"]}
    assert "holds no loaded data" in facts["data"]


@pytest.mark.parametrize("damaged", ["graph/graph.json", "data/*/supplies.parquet", "workspace.json"])
def test_doctor_names_what_is_damaged_and_shows_the_rest(damaged: str, good: Path) -> None:
    run("load", good, "-w", "ws")
    (path,) = Path("ws").glob(damaged)
    path.write_text("{")
    facts = {r["name"]: str(r["value"]) for r in run_json("doctor", "-w", "ws")["rows"]}
    name = {"graph.json": "graph", "supplies.parquet": "rows of supplies", "workspace.json": "data"}[
        path.name
    ]
    assert "cannot be read" in facts[name]
    assert path.name in facts[name]
    assert name == "graph" or facts["graph"].startswith("data, ")
    assert name == "data" or facts["rows of firms"] == "3"
    assert "CUDA" in facts


def test_synth_says_that_it_is_synthetic_and_is_seeded() -> None:
    args = ("--firms", 60, "--weeks", 30, "--seed", 3, "--format", "csv")
    document = run_json("synth", "one", *args)
    assert document["synthetic"] is True
    assert {row["table"]: row["rows"] for row in document["rows"]}["firms"] == 60
    code, out, err = run("synth", "two", *args)
    assert code == 0
    assert "synthetic" in err
    assert ["firms", "60"] in [line.split() for line in out.splitlines()]
    for path in sorted(Path("one").glob("*.csv")):
        assert path.read_bytes() == (Path("two") / path.name).read_bytes(), path
    code, _, err = run("synth", "one")
    assert code == 3
    assert "exists already" in err
    code, _, err = run("load", "one", "-w", "ws")
    assert code == 0
    assert "synthetic" in err


def test_find_firm_by_id_then_by_name() -> None:
    firms = pa.table({"firm_id": ["F1", "F2", "F3", "F4"], "name": ["Ahn", "Beck", "BECK", None]})
    assert find_firm("F2", firms) == 1
    assert find_firm("ahn", firms) == 0
    with pytest.raises(RequestError, match="2 firms are called Beck: F2, F3"):
        find_firm("Beck", firms)
    with pytest.raises(RequestError, match=r"did you mean .*Ahn \(F1\)"):
        find_firm("Ahm", firms)
    with pytest.raises(RequestError, match="expected a firm_id or a name"):
        find_firm("zzzzzzzz", firms)
