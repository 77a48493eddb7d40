"""What Neo4j, its users and its data must not be able to do: write, inject, mislead, or show a password."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from neo4j_server import TestServer
from supplyrisk.cli import app
from supplyrisk.graph.errors import CypherError, StoreError
from supplyrisk.graph.store.graph_tables import GraphTables, NodeTable
from supplyrisk.graph.store.neo4j import connection as neo4j_link
from supplyrisk.graph.store.neo4j import own_server as neo4j_server
from supplyrisk.graph.store.neo4j.login import NAMES, Login, read_login
from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore

EVIL = "x'}) DETACH DELETE n //"
FIRMS = {
    "firm_id": ["a", EVIL, "b"],
    "name": ["A`}) SET n.x = 1 //", "'; MATCH (n) DETACH DELETE n; //", "B"],
}


@pytest.fixture
def store(neo4j_session: TestServer) -> Iterator[Neo4jStore]:
    graph_tables = GraphTables(
        (NodeTable("Firm", pa.table(FIRMS)),), (), {"data": "evil", "as_of": None, "synthetic": True}
    )
    neo4j_session.holding("evil", lambda empty: empty.rebuild(graph_tables))
    with neo4j_session.store() as made:
        yield made


def firms(store: Neo4jStore) -> list[dict[str, Any]]:
    return list(store.run("MATCH (f:Firm) RETURN f.firm_id, f.name ORDER BY f.firm_id").to_pylist())


# Statements


@pytest.mark.parametrize(
    "cypher",
    [
        "CREATE (:Firm {firm_id: 'z'})",
        "MATCH (f:Firm) SET f.name = 'x' RETURN f.name",
        "MATCH (f:Firm) CALL (f) { DETACH DELETE f } RETURN 1 AS x",
        "CREATE INDEX FOR (f:Firm) ON (f.name)",
        "CALL db.createLabel('Other')",
        "EXPLAIN MATCH (f:Firm) DELETE f",
        "PROFILE MATCH (f:Firm) DELETE f",
        "// MATCH\n/* RETURN */ MATCH (f:Firm) REMOVE f.name",
        "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
        "MATCH (f:Firm) CALL (f) { SET f.name = 'x' } IN TRANSACTIONS",
    ],
)
def test_what_writes_is_refused_and_changes_nothing(store: Neo4jStore, cypher: str) -> None:
    before = firms(store)
    with pytest.raises(
        CypherError, match=r"the statement writes; expected a statement that only reads|leave out PROFILE"
    ):
        store.run(cypher)
    assert firms(store) == before
    assert store.connection.rows(
        "SHOW INDEXES YIELD labelsOrTypes, owningConstraint WHERE owningConstraint IS NULL "
        "AND labelsOrTypes = ['Firm'] RETURN count(*)"
    ) == [[0]]


def test_the_transaction_itself_refuses_writes_too(store: Neo4jStore) -> None:
    with pytest.raises(CypherError, match="the statement writes"):
        store.connection.read(lambda tx: tx.run("CREATE (:Firm {firm_id: 'z'})").consume())
    assert len(firms(store)) == 3


def test_values_are_data_wherever_they_come_from(store: Neo4jStore) -> None:
    assert [row["f.firm_id"] for row in firms(store)] == sorted(FIRMS["firm_id"])
    found = store.run(
        "MATCH (f:Firm) WHERE f.name = $name RETURN f.firm_id AS id", {"name": FIRMS["name"][1]}
    )
    assert found["id"].to_pylist() == [EVIL]
    evil = "pd` = 1 DETACH DELETE n //"
    store.write_scores(pa.table({"firm_id": [EVIL], evil: [0.5]}))
    assert store.info().scores == (f"risk_{evil}",)
    store.write_scores(pa.table({"firm_id": ["a"], "pd": [0.5]}))
    assert len(firms(store)) == 3


# Logins


def login(server: TestServer, **changed: Any) -> Login:
    return replace(server.login, **changed)


def test_a_wrong_password_a_wrong_database_and_a_dead_server(neo4j_session: TestServer) -> None:
    for changed, message in (
        (
            {"password": "geheim-falsch"},
            "refused user neo4j; expected a valid user and password; check NEO4J_",
        ),
        ({"database": "nope"}, "has no database nope that is online; .*check NEO4J_DATABASE"),
        ({"uri": "bolt://127.0.0.1:1"}, "bolt://127.0.0.1:1 does not answer; .*--store embedded"),
    ):
        with pytest.raises(StoreError, match=message) as caught:
            Neo4jStore(login(neo4j_session, **changed))
        assert not isinstance(caught.value, CypherError)
        assert "geheim" not in str(caught.value)


def test_a_version_that_is_too_old(neo4j_session: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_link, "OLDEST_VERSION", 6)
    with pytest.raises(StoreError, match=r"is version 5\.26\.30; expected 6\.0 or later"):
        Neo4jStore(neo4j_session.login)


def test_a_login_shows_no_secret() -> None:
    shown = repr(Login("bolt+s://db.example:7687", "me", "geheim", "d"))
    assert "geheim" not in shown and "me" in shown
    assert Login("bolt+s://db.example:7687", "me", "geheim").place == "bolt+s://db.example:7687"


def test_logins_from_the_environment_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "aura.txt"
    path.write_text(
        "# Wait 60 seconds\nNEO4J_URI=neo4j+s://x.example\nNEO4J_PASSWORD=a=b c\nOTHER=1\n", encoding="utf-8"
    )
    path.chmod(0o600)
    found = read_login({"NEO4J_CREDENTIALS_FILE": str(path), "NEO4J_DATABASE": "d"})
    assert (found.uri, found.username, found.password, found.database) == (
        "neo4j+s://x.example",
        "neo4j",
        "a=b c",
        "d",
    )
    path.chmod(0o640)
    with pytest.raises(StoreError, match="can be read by others; expected mode 600; chmod 600"):
        read_login({"NEO4J_CREDENTIALS_FILE": str(path)})


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "no Neo4j server is named"),
        ({"NEO4J_URI": "bolt://x"}, "no password for Neo4j; expected NEO4J_PASSWORD"),
        ({"NEO4J_URI": "http://geheim", "NEO4J_PASSWORD": "p"}, r"cannot be used; expected neo4j, neo4j\+s"),
        ({"NEO4J_URI": "bolt://me:geheim@x", "NEO4J_PASSWORD": "p"}, "holds a user or a password"),
        ({"NEO4J_URI": "bolt://x:port", "NEO4J_PASSWORD": "p"}, "cannot be used"),
        ({"NEO4J_CREDENTIALS_FILE": "/nowhere/x"}, "there is no file /nowhere/x"),
    ],
)
def test_logins_that_do_not_do(environment: dict[str, str], message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        read_login(environment)
    assert "geheim" not in str(caught.value)


# The server itself


def test_the_server_is_private(neo4j_session: TestServer) -> None:
    folder = neo4j_session.folder
    running = neo4j_server.status(folder)
    assert running is not None
    assert neo4j_server.start(folder) == running  # asked twice, it stays
    for name in ("credentials", "server.args"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert not (folder / "password.args").exists()
    password = neo4j_session.login.password
    assert len(password) >= 32
    if Path("/proc/self").exists():
        for part in ("cmdline", "environ"):
            assert password.encode() not in Path(f"/proc/{running.pid}/{part}").read_bytes()
    logs = b"".join(path.read_bytes() for path in (folder / "logs").rglob("*") if path.is_file())
    assert password.encode() not in logs
    assert "127.0.0.1" in (folder / "conf" / "neo4j.conf").read_text(encoding="utf-8")


def test_a_process_of_another_kind_is_never_stopped(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(json.dumps({"pid": os.getpid(), "bolt": 7687, "http": None}))
    assert neo4j_server.status(tmp_path) is None
    assert neo4j_server.stop(tmp_path) is False


# The command line


@pytest.fixture
def run(neo4j_session: TestServer, store: Neo4jStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A command with the server in its environment; (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    found = neo4j_session.login
    for name, value in zip(NAMES, (found.uri, found.username, found.password, found.database), strict=True):
        monkeypatch.setenv(name, str(value))

    def invoke(*args: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, list(args))
        assert found.password not in done.output
        return done.exit_code, done.stdout, done.stderr

    return invoke


def test_commands_use_the_server_that_is_named(run: Any) -> None:
    code, out, _ = run("query", "run", "--text", "MATCH (f:Firm) RETURN count(f) AS n", "--format", "csv")
    assert (code, out) == (0, '"n"\n3\n')
    code, out, _ = run("store", "info", "--json")
    rows = {row["name"]: row["value"] for row in json.loads(out)["rows"]}
    assert (code, rows["kind"], rows["data"], rows["Firm"]) == (0, "neo4j", "evil", 3)
    facts = {
        r["name"]: r["value"]
        for r in json.loads(run("doctor", "--json")[1])["rows"]
        if r["section"] == "neo4j"
    }
    assert (facts["version"], facts["database"], facts["ours: Firm"]) == ("5.26.30 community", "neo4j", 3)
    assert facts["graph"].startswith("evil, None, as of None, with")


def test_exit_codes(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = run("query", "run", "--text", "MATCH (f:Firm) DETACH DELETE f")
    assert (code, out) == (1, "")
    assert "the statement writes" in err
    monkeypatch.setenv("NEO4J_PASSWORD", "geheim-falsch")
    code, out, err = run("query", "run", "single-source")
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert "geheim" not in err
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    for args in (["query", "run", "single-source"], ["store", "info"], ["store", "clean", "--yes"]):
        code, out, err = run(*args)
        assert (code, out, err.count("\n")) == (4, "", 1)
        assert "does not answer" in err


def test_cleaning_asks_first(run: Any, store: Neo4jStore, neo4j_session: TestServer) -> None:
    code, out, err = run("store", "clean", "--dry-run")
    assert code == 0
    assert "Firm" in out and "nothing was written (--dry-run)" in err
    code, _, err = run("store", "clean")
    assert code == 2
    assert "add --yes" in err
    assert len(firms(store)) == 3
    neo4j_session.content = None
    assert run("store", "clean", "--yes")[0] == 0
    assert store.connection.rows("MATCH (n) RETURN count(n)") == [[0]]
    assert run("store", "clean", "--yes")[0] == 0
