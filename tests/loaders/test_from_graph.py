"""Somebody else's graph as tables: the same as the same data from files, and nothing of it is ever changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from neo4j_server import TestServer
from supplyrisk import gnn
from supplyrisk.graph import DataError, read_workspace
from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.external_graph import Pattern, RowConsumer
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.external_neo4j import ExternalNeo4jGraph
from supplyrisk.loaders import Mapping, load, read_mapping, write_files

MAPPING = """
name = "theirs"
currency = "CNY"
[[source]]
nodes = "Company"
table = "firms"
columns = { firm_id = "id", industry = "sector", joined_on = "since" }
keep = []
[[source]]
links = "SELLS_TO"
from = "Company"
to = "Company"
table = "supplies"
columns = { supplier_id = "from.id", customer_id = "to.id", amount = "value", on = "date" }
scale = { amount = 1000 }
"""


class Fake:
    """Companies 1 -> 2 -> 3; a graph in a few lines, for what needs no server."""

    def __init__(self, companies: list[dict[str, Any]], sales: list[dict[str, Any]]) -> None:
        self.companies, self.sales = companies, sales

    def labels(self) -> set[str]:
        return {"Company", "Note"}

    def types(self) -> set[str]:
        return {"SELLS_TO"}

    def keys(self, pattern: Pattern) -> list[str]:
        return sorted({k for row in (self.sales if pattern.type else self.companies) for k in row})

    def missing_properties(self, pattern: Pattern) -> tuple[list[str], list[str]]:
        known = {k for row in self.companies for k in row}
        return [n for n in pattern.start if n not in known], [n for n in pattern.end if n not in known]

    def read(self, pattern: Pattern, take: RowConsumer) -> None:
        rows = self.sales if pattern.type else self.companies
        ends = zip(self.companies, self.companies[1:], strict=False)
        pairs = list(ends) if pattern.type else [({}, {})] * len(rows)

        def found() -> Iterator[list[Any]]:
            for row, (a, b) in zip(rows, pairs, strict=True):
                yield [
                    *(row.get(n) for n in pattern.own),
                    *(a.get(n) for n in pattern.start),
                    *(b.get(n) for n in pattern.end),
                ]

        take(iter([["half", "of", "it"]][:0]))  # a connection that broke: what was taken is taken again
        take(found())


def fake(**company: Any) -> Fake:
    day = datetime(2025, 6, 30, 22, 15, tzinfo=UTC)
    companies = [{"id": i, "sector": "ore", "since": date(2020, 1, 2)} | company for i in (1, 2, 3)]
    return Fake(companies, [{"value": 0.1, "date": day}, {"value": 7, "date": day}])


def mapping(tmp_path: Path, text: str = MAPPING) -> Mapping:
    path = tmp_path / "theirs.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def test_nodes_and_links_become_files_and_their_mapping(tmp_path: Path) -> None:
    made = write_files(fake(vector=[0.1, 0.2]), mapping(tmp_path), tmp_path)
    assert [entry.file for entry in made.sources] == ["1-nodes-Company.jsonl", "2-links-SELLS_TO.jsonl"]
    nodes, links = (
        [json.loads(line) for line in (tmp_path / e.file).read_text().splitlines()] for e in made.sources
    )
    assert nodes[0] == {"id": "1", "sector": "ore", "since": "2020-01-02"}
    # Of a point in time its day, as written there; numbers to the last digit.
    assert links == [
        {"date": "2025-06-30", "value": "0.1", "from.id": "1", "to.id": "2"},
        {"date": "2025-06-30", "value": "7", "from.id": "2", "to.id": "3"},
    ]
    report = load(tmp_path, tmp_path / "ws", made)
    assert (report.total.loaded, report.total.quarantined) == (5, 0)
    tables = read_workspace(tmp_path / "ws")
    assert pq.read_table(tables.sources["supplies"])["amount"].to_pylist() == [100.0, 7000.0]


def test_lists_that_are_asked_for_are_joined_and_a_day_that_is_none_goes_to_quarantine(
    tmp_path: Path,
) -> None:
    text = MAPPING.replace('industry = "sector"', 'roles = "tags"')
    graph = fake(tags=["merchant", "supplier"])
    graph.companies[0]["since"] = "soon"
    made = write_files(graph, mapping(tmp_path, text), tmp_path)
    with pytest.raises(DataError, match=r"1-nodes-Company\.jsonl line 1: joined_on|line 1: since 'soon'"):
        load(tmp_path, tmp_path / "ws", made)
    report = load(tmp_path, tmp_path / "ws", made, max_bad=1.0)
    # The firm, and its link to the next one: it is to a firm that is not there.
    assert (report.total.quarantined, report.total.loaded) == (2, 3)
    kept = pq.read_table(read_workspace(tmp_path / "ws").sources["firms"])
    assert kept["roles"].to_pylist() == ["merchant|supplier"] * 2


def test_all_faults_of_a_mapping_are_told_at_once(tmp_path: Path) -> None:
    text = """
        [[source]]
        nodes = "Compny"
        table = "firms"
        columns = { firm_id = "id" }
        [[source]]
        links = "SELLS_TO"
        from = "Company`) DETACH DELETE n //"
        table = "supplies"
        [[source]]
        links = "SELLS"
        table = "supplies"
        [[source]]
        links = "SELLS_TO"
        table = "supplies"
        columns = { supplier_id = "from.id", customer_id = "to.nr", amount = "valeu" }
    """
    with pytest.raises(DataError) as caught:
        write_files(fake(), mapping(tmp_path, text), tmp_path)
    said = str(caught.value)
    for fault in (
        "nodes Compny: the database has no label 'Compny', did you mean Company",
        "links SELLS_TO: the database has no label 'Company`) DETACH DELETE n //', ",
        "links SELLS: the database has no relationship type 'SELLS', did you mean SELLS_TO",
        "the mapping names column to.nr, which the file does not have; it has date, value, from.id",
        "the mapping names column valeu, which the file does not have",
        "no column on, expected all of supplier_id, customer_id, on, amount",
        "; correct the mapping file",
    ):
        assert fault in said
    assert sorted(p.name for p in tmp_path.iterdir()) == ["theirs.toml"]


def test_an_optional_entry_may_lack_its_nodes(tmp_path: Path) -> None:
    text = MAPPING + '[[source]]\nnodes = "Lawsuit"\ntable = "events"\noptional = true\n'
    made = write_files(fake(), mapping(tmp_path, text), tmp_path)
    assert [entry.table for entry in made.sources] == ["firms", "supplies"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '[[source]]\nfile = "a.csv"\nnodes = "A"\ntable = "firms"',
            "rows from file and nodes, expected one of file, database, nodes and links",
        ),
        ('[[source]]\nnodes = "A"\nfrom = "B"\ntable = "firms"', "from is 'B' without links"),
        ('[[source]]\ntable = "firms"', "rows from nowhere, expected one of file"),
        ("[[source]]\nnodes = 3\ntable = 'firms'", "nodes is 3, expected a text"),
    ],
)
def test_mapping_files_that_mix_things_up(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        mapping(tmp_path, text)


def test_a_mapping_without_firms_and_a_mapping_of_a_graph_for_files(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"no .* feeds the table firms, expected one; correct the mapping file"
    ):
        write_files(fake(), Mapping(), tmp_path)
    (tmp_path / "firms.csv").write_text("firm_id\na\n")
    with pytest.raises(DataError, match="the mapping names nodes Company of a graph"):
        load(tmp_path, tmp_path / "ws", mapping(tmp_path))


# On a real server

THEIRS = """
UNWIND $firms AS f CREATE (c:Company:Listed {id: f.id, sector: f.sector, since: date(f.since)})
SET c.name = f.name, c.vector = [0.1, 0.2]
"""
SALES = """
UNWIND $sales AS s MATCH (a:Company {id: s.a}), (b:Company {id: s.b})
CREATE (a)-[:SELLS_TO {value: s.value, date: date(s.on), note: 'x'}]->(b)
"""
EVIL = "x'}) DETACH DELETE n //"


def firms() -> list[dict[str, Any]]:
    return [
        {
            "id": f"{i:03d}",
            "sector": ["ore", "steel", None][i % 3],
            "since": f"2020-01-{1 + i % 28:02d}",
            "name": EVIL,
        }
        for i in range(40)
    ]


def sales() -> list[dict[str, Any]]:
    return [
        {"a": f"{i % 40:03d}", "b": f"{(7 * i + 1) % 40:03d}", "value": i / 7, "on": f"2025-0{1 + i % 6}-15"}
        for i in range(200)
        if i % 40 != (7 * i + 1) % 40
    ]


@pytest.fixture
def theirs(neo4j_server: TestServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A database in which another application keeps companies and their sales to each other."""
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.setenv("NEO4J_CREDENTIALS_FILE", str(neo4j_server.folder / "credentials"))
    link = neo4j_server.link()
    link.write(lambda tx: tx.run(THEIRS, firms=firms()).consume())
    link.write(lambda tx: tx.run(SALES, sales=sales()).consume())
    yield link
    link.close()


def everything(link: Connection) -> list[Any]:
    nodes = link.rows("MATCH (n) RETURN labels(n), properties(n)")
    links = link.rows("MATCH (a)-[r]->(b) RETURN a.id, type(r), properties(r), b.id")
    return sorted(map(repr, [*nodes, *links, *link.rows("SHOW CONSTRAINTS")]))


def as_files(folder: Path) -> None:
    """The same data as files."""
    folder.mkdir()
    rows = [f'{f["id"]},{f["sector"] or ""},{f["since"]},"{EVIL}"' for f in firms()]
    (folder / "firms.csv").write_text("\n".join(["firm_id,industry,joined_on,name", *rows]))
    lines = [f"{s['a']},{s['b']},{s['value'] * 1000!r},{s['on']}" for s in sales()]
    (folder / "supplies.csv").write_text("\n".join(["supplier_id,customer_id,amount,on", *lines]))
    (folder / "m.toml").write_text('name = "theirs"\ncurrency = "CNY"\n')


def test_a_foreign_graph_is_loaded_and_scored_like_the_same_data_from_files(
    theirs: Connection, tmp_path: Path, model: gnn.RiskModel
) -> None:
    before = everything(theirs)
    mapping(tmp_path)
    as_files(tmp_path / "files")
    graph = ("--from-neo4j", "--mapping", tmp_path / "theirs.toml")
    code, _, err = run("validate", *graph, "-w", tmp_path / "a")
    assert (code, (tmp_path / "a").exists()) == (0, False), err
    code, _, err = run("load", *graph, "-w", tmp_path / "a")
    assert code == 0, err
    code, _, err = run(
        "load",
        tmp_path / "files",
        "--mapping",
        tmp_path / "files" / "m.toml",
        "-w",
        tmp_path / "b",
        "--no-graph",
    )
    assert code == 0, err
    for name, table in read_workspace(tmp_path / "b").sources.items():
        found = pq.read_table(read_workspace(tmp_path / "a").sources[name])
        assert found.equals(pq.read_table(table)), name
    scored = []
    # The foreign graph holds real data, as far as the model can tell.
    of_real_data = replace(model, card={**model.card, "synthetic": False}, tested=None)
    for ws in (tmp_path / "a", tmp_path / "b"):
        gnn.save(of_real_data, ws / "models" / "default")
        scored.append(run_json("score", "-w", ws, "--use", "network", "--no-write-back")["rows"])
    assert scored[0] == scored[1]
    assert len(scored[0]) == 40
    assert everything(theirs) == before


def test_bad_rows_of_a_graph_are_quarantined_and_can_be_looked_up(theirs: Connection, tmp_path: Path) -> None:
    bad = "MATCH (:Company {id: '001'})-[r:SELLS_TO]->() SET r.value = 'much'"
    theirs.write(lambda tx: tx.run(bad).consume())
    mapping(tmp_path)
    args = ("load", "--from-neo4j", "--mapping", tmp_path / "theirs.toml", "-w", tmp_path / "ws")
    code, _, err = run(*args)
    assert code == 3
    assert "2-links-SELLS_TO.jsonl line" in err and "value 'much'" in err
    assert f"the rows that were read are in {tmp_path / 'ws' / 'quarantine' / 'from-neo4j'}" in err
    code, _, err = run(*args, "--max-bad", "0.1")
    assert code == 0, err
    kept = tmp_path / "ws" / "quarantine" / "from-neo4j" / "2-links-SELLS_TO.jsonl"
    assert kept.read_text().count("much") == 5
    theirs.write(lambda tx: tx.run("MATCH ()-[r:SELLS_TO {value: 'much'}]->() DELETE r").consume())
    assert run(*args)[0] == 0
    assert not kept.exists()


def test_names_are_checked_against_the_database_before_they_stand_in_a_statement(theirs: Connection) -> None:
    graph = ExternalNeo4jGraph(theirs)
    before = everything(theirs)
    evil = "Company`) DETACH DELETE x //"
    for pattern in (
        Pattern(evil),
        Pattern("", evil),
        Pattern("", "SELLS_TO", evil),
        Pattern("", "SELLS_TO", "", evil),
    ):
        for act in (graph.keys, graph.missing_properties, lambda p: graph.read(p, list)):
            with pytest.raises(StoreError, match="a label or type of the database"):
                act(pattern)
    # A label of that name may well be there: then it is read, and does nothing else.
    theirs.write(lambda tx: tx.run("CREATE (:`Company``) DETACH DELETE x //` {`a``b]`: 1})").consume())
    taken: list[Any] = []
    graph.read(Pattern(evil, own=("a`b]", "x) RETURN 1 //")), taken.extend)
    assert taken == [[1, None]]
    theirs.write(lambda tx: tx.run("MATCH (n) WHERE NOT n:Company DELETE n").consume())
    assert everything(theirs) == before


def test_what_is_asked_of_a_server_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEO4J_URI", "NEO4J_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    mapping(tmp_path)
    args = ("load", "--from-neo4j", "-w", tmp_path / "ws")
    for more, fault in (
        ((), "--from-neo4j needs --mapping FILE"),
        (
            ("--mapping", tmp_path / "theirs.toml"),
            "expected a server: NEO4J_URI",
        ),
        ((tmp_path,), "expected a folder DIR or --from-neo4j, one of them"),
    ):
        code, _, err = run(*args, *more)
        assert (code, err.count("error: ")) == (2, 1)
        assert fault in err.splitlines()[-1]
