"""The registry of stores: what selects a store, and what is said where nothing has that name."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from supplyrisk.graph import STORES, RequestError, Workspace
from supplyrisk.graph.store.protocol import StoreLocation
from supplyrisk.graph.store.registry import StoreModule, select_store


@pytest.fixture(autouse=True)
def no_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in STORES:
        for name in kind.variables:
            monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "embedded"),
        ("embedded", "embedded"),
        ("neo4j", "neo4j"),
        ("neo4j://db.example:7687", "neo4j"),
        ("BOLT+S://db.example", "neo4j"),
    ],
)
def test_a_name_or_an_address_selects_a_store(value: str | None, name: str) -> None:
    assert select_store(value).name == name


@pytest.mark.parametrize("variable", ["NEO4J_URI", "NEO4J_CREDENTIALS_FILE"])
def test_the_environment_selects_where_no_store_is_named(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "x")
    assert select_store(None).name == "neo4j"
    assert select_store("embedded").name == "embedded"
    monkeypatch.setenv(variable, "")
    assert select_store(None).name == "embedded"


@pytest.mark.parametrize(
    ("value", "similar"),
    [
        ("neo4", "did you mean neo4j"),
        ("embeded", "did you mean embedded?"),
        ("blot://geheim", "did you mean bolt://"),
        ("neo4js://anna:geheim@db.example", "did you mean neo4j"),
    ],
)
def test_an_unknown_store_is_refused_with_a_similar_name(value: str, similar: str) -> None:
    with pytest.raises(RequestError, match="expected embedded, neo4j or an address") as fault:
        Workspace("ws", store=value)
    assert similar in str(fault.value)
    assert "geheim" not in str(fault.value)


@pytest.mark.parametrize("kind", STORES, ids=lambda kind: kind.name)
def test_every_registered_module_opens_its_store(kind: object) -> None:
    module = next(entry for entry in STORES if entry is kind).module
    for name in ("open_store", "holds_graph"):
        expected = list(inspect.signature(getattr(StoreModule, name)).parameters)[1:]
        assert list(inspect.signature(getattr(module, name)).parameters) == expected


def test_names_and_schemes_select_one_store_each() -> None:
    selecting = [name for kind in STORES for name in (kind.name, *kind.schemes)]
    # A word and a scheme may be the same: "neo4j" and "neo4j://" select the same store.
    owners = {name: [kind for kind in STORES if name in (kind.name, *kind.schemes)] for name in selecting}
    assert all(len(kinds) == 1 for kinds in owners.values())


def test_a_workspace_opens_the_embedded_store_in_its_own_folder(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws")
    assert workspace.login() is None
    assert not workspace.has_graph()
    with workspace.open_graph(create=True):
        assert workspace.layout.graph.is_dir()
    with pytest.raises(RequestError, match=r"the embedded store, .*; expected a server: NEO4J_URI"):
        workspace.open_shared_graph()
    assert select_store(None).module.holds_graph(StoreLocation(workspace.layout.graph)) is False
