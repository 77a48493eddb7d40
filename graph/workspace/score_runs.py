"""Runs of `score`: the scores of every run stay in the workspace, with a note of the model and data behind them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.graph.workspace.day_score import DayScore
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.output_files import write_table

SCORE_COLUMNS = ("firm_id", "pd", "own", "context", "caught", "base_pd", "grade", "state")
"""Columns of the scores that are stored for every run."""
MARGIN_COLUMN = "margin"
"""Stored for every run, too; scores of earlier versions lack it."""
_RUN_KEY = b"scgraph.run"
MODEL_FILES = ("boosters.json", "model.json", "network.safetensors")
"""Files that decide what a model scores; a card that is written beside them later changes no score."""


@dataclass(frozen=True)
class ScoreRun:
    """One run of `score`.

    as_of: the scored day, ISO; None for undated data. digest: of the model's files. data: content hash of the tables.
    horizon_days: over which its PDs are meant; None for undated data, and in files from before it was noted.
    synthetic_model: whether the model was trained on synthetic data; false in files from before this was noted.
    defaults: what counts as a default, in words; None in files from before this was noted.
    """

    number: int
    as_of: str | None
    model: str
    digest: str
    data: str
    base_rate: float | None = None
    horizon_days: int | None = None
    synthetic_model: bool = False
    defaults: str | None = None

    @property
    def scorer(self) -> tuple[str, str, float | None]:
        """Model, digest and base rate: two runs with one scorer differ by their data alone."""
        return self.model, self.digest, self.base_rate

    def comparable(self, other: ScoreRun) -> bool:
        """Whether its PDs are over the same horizon as another run's; assumed where one does not state it."""
        return None in (self.horizon_days, other.horizon_days) or self.horizon_days == other.horizon_days


def model_digest(folder: Path) -> str:
    """A digest of a model's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.name in MODEL_FILES):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def with_run_note(table: pa.Table, run: ScoreRun) -> pa.Table:
    """The table with a note of its run in the schema's metadata, as it is written to files."""
    note = {key: value for key, value in asdict(run).items() if key != "number"}
    metadata = {**(table.schema.metadata or {}), _RUN_KEY: json.dumps(note).encode()}
    return table.replace_schema_metadata(metadata)


def run_noted_in(path: Path) -> ScoreRun | None:
    """The run noted in a file; None where the file has no note, as older files do not."""
    note = (pq.read_schema(path).metadata or {}).get(_RUN_KEY)
    if note is None:
        return None
    return ScoreRun(int(path.stem) if path.stem.isdigit() else 0, **json.loads(note))


def read_rows(
    path: Path, firms: Collection[str] | None = None, columns: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Rows of a stored table.

    firms: ids of the firms wanted, None for all. columns: those of these columns that the file has, None for all.
    """
    filters = None if firms is None else [("firm_id", "in", sorted(firms))]
    present = None if columns is None else [name for name in pq.read_schema(path).names if name in columns]
    rows: list[dict[str, Any]] = pq.read_table(path, columns=present, filters=filters).to_pylist()
    return rows


@dataclass(frozen=True)
class ScoreRuns:
    """The runs in a workspace."""

    layout: Layout

    def runs(self) -> list[ScoreRun]:
        """All stored runs, by number."""
        noted = [run_noted_in(path) for path in sorted(self.layout.runs.glob("[!.]*.parquet"))]
        return [run for run in noted if run is not None]

    def number_of(self, run: ScoreRun) -> int | None:
        """The number of the stored run that a file notes, None where it is no longer stored."""
        same = [known.number for known in self.runs() if replace(known, number=run.number) == run]
        return same[-1] if same else None

    def add(self, run: ScoreRun, firms: pa.Table) -> Path:
        """Store the scores of a run as the last one; it replaces an earlier one of the same day, data and scorer."""
        self.layout.runs.mkdir(parents=True, exist_ok=True)
        known = self.runs()
        same = [r.number for r in known if (r.as_of, r.data, r.scorer) == (run.as_of, run.data, run.scorer)]
        last = max((r.number for r in known), default=0)
        number = last if last in same else last + 1
        path = self.layout.run_file(number)
        stored = [name for name in (*SCORE_COLUMNS, MARGIN_COLUMN) if name in firms.column_names]
        write_table(path, with_run_note(firms.select(stored), run))
        for old in same:
            if old != number:
                self.layout.run_file(old).unlink(missing_ok=True)
        return path

    def scores(self, run: ScoreRun, firms: Collection[str] | None = None) -> dict[str, DayScore]:
        """The stored scores of a run by firm: of some firms, or of all (None)."""
        rows = read_rows(self.layout.run_file(run.number), firms)
        return {row["firm_id"]: DayScore.of_row(row) for row in rows}

    def behind(self, path: Path) -> ScoreRun | None:
        """The run that a day's scores are from.

        Older files do not note it: then it is the last stored run of that day by that model, None where there is none.
        """
        noted = run_noted_in(path)
        if noted is not None:
            return noted
        first = pq.read_table(path, columns=["as_of", "model"]).slice(0, 1).to_pylist()
        if not first:
            return None
        day: date | None = first[0]["as_of"]
        scored = (None if day is None else day.isoformat(), first[0]["model"])
        candidates = [run for run in self.runs() if (run.as_of, run.model) == scored]
        return replace(candidates[-1], number=0) if candidates else None
