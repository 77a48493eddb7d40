"""`scgraph query` on both stores: formats, plans, and what a user can get wrong."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from commands import run, run_json
from library_graph import answers, library_graph_tables
from stores import ENGINES, holding
from supplyrisk.cli import app
from supplyrisk.graph.store.embedded.embedded_store import EmbeddedStore
from supplyrisk.graph.store.protocol import Store
from supplyrisk.queries import QueryError, check_own_params

RUNAWAY = "MATCH (a:Firm), (b:Firm), (c:Firm), (d:Firm), (e:Firm) RETURN max(a.firm_id + b.firm_id + e.firm_id) AS n"


@pytest.fixture(scope="module", params=ENGINES)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, Path]]:
    """A store with the library's firms, and a workspace from which commands reach it."""
    workspace: Path = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NEO4J_URI", raising=False)
        if request.param == "embedded":
            with EmbeddedStore(workspace / "graph", create=True) as store:
                store.rebuild(library_graph_tables())
                yield store, workspace
            return
        with holding(request, "neo4j", library_graph_tables()) as (server, _):
            login = request.getfixturevalue("neo4j_session").login
            for name in ("uri", "username", "password"):
                patch.setenv(f"NEO4J_{name.upper()}", getattr(login, name))
            yield server, workspace


def test_parquet_goes_into_a_pipe_and_into_a_file(place: tuple[Store, Path], tmp_path: Path) -> None:
    store, ws = place
    args = ("query", "run", "dependents", "--param", "firm=ex-shop", "-w", str(ws))
    piped = CliRunner().invoke(app, [*args, "--format", "parquet"], catch_exceptions=False)
    assert piped.exit_code == 0, piped.stderr
    code, out, _ = run(*args, "-o", tmp_path / "rows.parquet")
    assert (code, out) == (0, "")
    for source in (io.BytesIO(piped.stdout_bytes), tmp_path / "rows.parquet"):
        rows = [tuple(row.values()) for row in pq.read_table(source).to_pylist()]
        assert rows == answers(store, "dependents", firm="ex-shop")


def test_explain_prints_the_plan(place: tuple[Store, Path]) -> None:
    _, ws = place
    found = run_json("query", "run", "dependents", "--param", "firm=ex-shop", "--explain", "-w", ws)
    assert found["schema"] == "scgraph.query.plan/1"
    assert found["columns"] == ["step", "operation", "details", "estimated_rows"]
    assert [row["step"] for row in found["rows"]] == list(range(1, len(found["rows"]) + 1))
    assert run("query", "run", "--text", RUNAWAY, "--explain", "-w", ws)[0] == 0


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--text", RUNAWAY, "--timeout", "0.3"), 1, ["was stopped after 0.3 s", "start from fewer nodes"]),
        (("--text", "MATCH (f:Firm) SET f.name = 'x'"), 1, ["the statement writes", "expected a statement that only"]),
        (("--text", "MATCH (f:Frim) RETURN f"), 1, ["did you mean Firm"]),
        (("single-sorce",), 2, ["no query is called single-sorce", "did you mean single-source"]),
        (("dependents", "--param", "frm=x", "--param", "top=many"), 2,
         ["no parameter frm; did you mean firm?", "needs firm", "top is 'many'; expected a whole number"]),
        (("dependents", "--param", "firm=a", "--param", "firm=b"), 2, ["--param firm is given more than once"]),
        (("--text", "MATCH (f:Firm {firm_id: $firm}) RETURN f.name", "--param", "frm=x"), 2,
         ["the statement has no parameter frm; did you mean firm?", "the statement needs firm; give it as firm=..."]),
        (("--text", "MATCH (f:Firm) RETURN f.name; MATCH (f:Firm) RETURN f.firm_id"), 1,
         ["the text holds more than one statement; expected one statement; run them one by one"]),
        (("--text", "MATCH (f:Firm) RETURN f.name; MATCH (f:Firm) SET f.name = 'x'", "--write"), 1,
         ["the text holds more than one statement"]),
        (("--text", "CREATE (:Firm {firm_id: 'ex-shop', name: 'x'})", "--write"), 1, ["firm_id", "ex-shop"]),
    ],
)  # fmt: skip
def test_faults_are_one_line_and_leave_the_store_unharmed(
    place: tuple[Store, Path], args: tuple[str, ...], code: int, words: list[str]
) -> None:
    store, ws = place
    got, out, err = run("query", "run", *args, "-w", ws)
    assert (got, out, err.count("\n")) == (code, "", 1)
    assert all(word in err for word in words), err
    assert [row[0] for row in answers(store, "dependents", firm="ex-shop")] == ["ex-retail", "ex-drop"]
    names = store.run("MATCH (f:Firm) WHERE f.firm_id = $firm RETURN f.name AS name", {"firm": "ex-shop"})
    assert names.to_pylist() == [{"name": "EX-SHOP"}]


def test_list_and_show_give_the_whole_header() -> None:
    topics = {row["topic"] for row in run_json("query", "list")["rows"]}
    assert {"concentration", "exposure", "risk"} <= topics
    row = run_json("query", "show", "blast-radius")["rows"][0]
    assert row["term"].startswith("blast radius")
    assert row["pattern"][0].startswith("($firm)")
    assert row["cost"]
    code, out, _ = run("query", "show", "blast-radius")
    assert code == 0
    assert all(text in out for text in (row["term"], row["cost"], row["pattern"][0], row["cypher"]))
    code, _, err = run("query", "list", "--topic", "expsure")
    assert (code, "expected one of concentration, exposure" in err) == (2, True)


def test_a_statement_s_own_parameters_are_those_outside_texts_names_and_comments() -> None:
    text = """MATCH (f:Firm) // not $a
    WHERE f.name <> '$b' AND f.name <> "it\\"s $c" /* nor $d */ AND f.firm_id = $e AND f.`$f` = $`g h` AND $e > 0
    RETURN f.name;"""
    check_own_params(text, ["e", "g h"])
    with pytest.raises(QueryError, match=r"^the statement has no parameter b; it has e, g h$"):
        check_own_params(text, ["b", "e", "g h"])
    with pytest.raises(QueryError, match=r"^the statement has no parameter zz; it has none$"):
        check_own_params("RETURN 1", ["zz"])


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.cypher"
    path.write_bytes("MATCH (f:Firm {region: '浙江'}) RETURN f.name".encode("gb18030"))
    code, _, err = run("query", "run", path, "-w", tmp_path)
    assert (code, err.count("\n")) == (2, 1)
    assert "mine.cypher is not UTF-8 at byte 24; save it as UTF-8" in err
