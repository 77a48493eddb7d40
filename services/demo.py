"""Everything at once on a synthetic supply chain: make, load, train, score and query it."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from supplyrisk.graph import Workspace
from supplyrisk.graph.schema import defaults
from supplyrisk.services.demo_settings import (
    DEMO_CONTAGION,
    DEMO_FIRMS,
    DEMO_MEMBERS,
    DEMO_SEED,
    DEMO_TOP,
    DEMO_WEEKS,
)
from supplyrisk.services.documents import Document, document
from supplyrisk.services.load import LoadResult, load
from supplyrisk.services.progress import Announce, JobProgress, silent, unheard
from supplyrisk.services.score import ScoreResult, score
from supplyrisk.services.synth import SynthResult, synth
from supplyrisk.services.train import TrainResult, train

MARK = ".scgraph-demo"
"""The file that marks a folder as made by a demo: the next demo may replace it."""
QUERY = (
    "MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm) WHERE s.risk_pd IS NOT NULL AND r.amount_180 > 0 "
    "RETURN s.firm_id AS supplier, s.risk_pd AS pd, c.firm_id AS customer, s.risk_pd * r.amount_180 AS at_risk "
    "ORDER BY at_risk DESC, supplier, customer LIMIT 10"
)
"""A query to try next: purchases from risky suppliers; at_risk = supplier's PD x amount bought in 180 days."""


@dataclass(frozen=True)
class DemoResult:
    """What a demo made, and where.

    query_rows: how many rows QUERY returned.
    """

    folder: Path
    world: SynthResult
    loaded: LoadResult
    training: TrainResult
    scoring: ScoreResult
    query_rows: int

    @property
    def report_path(self) -> Path:
        """Where the report belongs."""
        return self.folder / "report.md"

    @property
    def next_command(self) -> str:
        """A command line that runs QUERY."""
        return query_command(self.loaded.workspace.path)

    def to_json(self) -> Document:
        """The riskiest firms, the model's metrics and its verdict as a JSON document."""
        scores = self.scoring.scores
        about: Document = {
            "as_of": scores.as_of,
            "model": scores.model,
            "degraded": scores.degraded,
            "synthetic": True,
            "synthetic_model": True,
        }
        return document(
            "demo",
            scores.firms.slice(0, DEMO_TOP).to_pylist(),
            about=about,
            metrics=self.training.metrics(),
            verdict=self.training.verdict,
            report=self.report_path,
            next={"cypher": QUERY},
        )


def demo(
    folder: str | Path = "demo",
    *,
    firms: int = DEMO_FIRMS,
    weeks: int = DEMO_WEEKS,
    members: int = DEMO_MEMBERS,
    seed: int = DEMO_SEED,
    contagion: float = DEMO_CONTAGION,
    announce: Announce = unheard,
    progress: JobProgress = silent,
) -> DemoResult:
    """Make a synthetic supply chain in a folder, load it, train a model, score all firms, and query the graph.

    Uses a workspace of its own inside the folder and the embedded store, with the default settings.

    Parameters
    ----------
    folder: a new or empty folder, or one that an earlier demo made, which is replaced.
    firms, weeks: the size of the synthetic world. contagion: the strength of contagion in it.
    members, seed: of training; the seed is also the world's.
    announce: called with a line at the beginning of each step, and with its result.

    Raises
    ------
    FileExistsError: the folder holds other files.
    """
    place = Path(folder)
    _clear(place)
    # The embedded store is named: the demo must not write to a server that the environment names.
    workspace = Workspace(place / "workspace", store="embedded", memory_limit=defaults.MEMORY_LIMIT)
    announce(f"1/4 making a synthetic supply chain of {firms:,} firms over {weeks} weeks")
    world = synth(place / "data", firms=firms, weeks=weeks, seed=seed, contagion=contagion, progress=progress)
    announce(world.description)
    announce("2/4 checking and loading it, building the graph")
    loaded = load(workspace, place / "data", progress=progress)
    if loaded.graph_error is not None:
        raise loaded.graph_error
    announce(f"{loaded.report.total.loaded:,} rows loaded; {loaded.graph}")
    announce("3/4 training the network and its baselines (the longest step)")
    training = train(workspace, members=members, seed=seed, announce=announce, progress=progress)
    announce("4/4 scoring every firm, writing the scores into the graph")
    scoring = score(workspace, progress=progress)
    with workspace.open_graph() as store:
        query_rows = store.run(QUERY).num_rows
    return DemoResult(place, world, loaded, training, scoring, query_rows)


def query_command(workspace: Path) -> str:
    """The command line that runs QUERY on a demo's workspace."""
    place = shlex.quote(str(workspace))
    return f"scgraph query run --store embedded --workspace {place} --text {shlex.quote(QUERY)}"


def _clear(folder: Path) -> None:
    """An empty folder with the mark in it; other files are never touched."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise FileExistsError(
            f"{folder} holds files that no demo made; expected a new or empty folder; name one with --dir"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("made by scgraph demo; the next one replaces it\n", encoding="utf-8")
    for name in ("data", "workspace"):
        shutil.rmtree(folder / name, ignore_errors=True)
