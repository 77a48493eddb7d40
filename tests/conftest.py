"""Fixtures that several test files share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from neo4j_server import TestServer
    from supplyrisk import gnn
    from supplyrisk.graph import Snapshot
    from supplyrisk.graph.store.protocol import Store

# No test depends on the speed of the machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# What a fixture needs is imported where it is used: most test files need neither torch nor a server.


@pytest.fixture(scope="session", autouse=True)
def on_the_processor() -> Iterator[None]:
    """Whatever the machine has: a CUDA device would change the last digits of what tests compare."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCGRAPH_DEVICE", "cpu")
        yield


@pytest.fixture(scope="session")
def frames(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    """The small synthetic chain's tables."""
    import pyarrow.parquet as pq

    from chain import END, WEEKS, with_more_defaults
    from supplyrisk.loaders.synthetic import synthesize

    folder = tmp_path_factory.mktemp("chain") / "world"
    synthesize(folder, firms=400, weeks=WEEKS, seed=11, contagion=2.0, end=END)
    return with_more_defaults({p.stem: pq.read_table(p) for p in folder.glob("*.parquet")})


@pytest.fixture(scope="session")
def model(frames: dict[str, pa.Table]) -> gnn.RiskModel:
    """The one model that is trained on it; tests do not change it."""
    from chain import SETTINGS, opened, slices
    from supplyrisk import gnn

    return opened(gnn.train("small", slices(frames), SETTINGS))


@pytest.fixture(scope="session")
def now(frames: dict[str, pa.Table]) -> Snapshot:
    """The chain on its last day."""
    from chain import END, tables
    from supplyrisk.graph import build_snapshot

    return build_snapshot(tables(frames), END)


@pytest.fixture(scope="session")
def expert_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty firms in the folder data, and the workspace ws, scored by stated rules; tests do not change them."""
    from commands import run

    place = tmp_path_factory.mktemp("expert-world")
    run("synth", place / "data", "--firms", 60, "--weeks", 40)
    for command in (("load", place / "data"), ("train", "--expert", "--base-rate", 0.02), ("score",)):
        code, _, err = run(*command, "-w", place / "ws")
        assert code == 0, err
    return place


@pytest.fixture(scope="module")
def quick_forecasts() -> Iterator[None]:
    """Forecasts of a few trees, for tests of what is done with a forecast."""
    from functools import partial

    from supplyrisk.gnn import forecast

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forecast, "FitOptions", partial(forecast.FitOptions, rounds=3))
        yield


@pytest.fixture(scope="session")
def neo4j_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """One Neo4j for all tests of a session; it ends with the session, however that ends."""
    from neo4j_server import make

    made = make(tmp_path_factory.mktemp("neo4j"))
    yield made
    made.end()


@pytest.fixture
def neo4j_server(neo4j_session: TestServer) -> TestServer:
    """The server with an empty database."""
    neo4j_session.empty()
    return neo4j_session


@pytest.fixture(scope="module", params=("embedded", "neo4j"))
def library(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Either store with the firms of every topic of the query library; tests do not change it."""
    from library_graph import library_graph_tables
    from stores import holding

    with holding(request, request.param, library_graph_tables()) as (made, _):
        yield made


@pytest.fixture(scope="module")
def neo4j_library(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The same on Neo4j alone, for what only its plans can tell."""
    from library_graph import library_graph_tables
    from stores import holding

    with holding(request, "neo4j", library_graph_tables()) as (made, _):
        # The server counts what its indexes hold some time after a load; until then its plans are guesses.
        link = request.getfixturevalue("neo4j_session").link()
        link.rows("CALL db.prepareForReplanning(60)")
        link.close()
        yield made
