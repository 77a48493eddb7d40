"""Scores of every run, kept by day and model, and why a firm's score changed from one to the next."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from supplyrisk.cli.files import write_table
from supplyrisk.cli.workspace import SCORES
from supplyrisk.graph.credit import CAUSES, DATA, MODEL, NEIGHBOUR, UNSEPARATED

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

RUNS = "runs"
KEPT = ("firm_id", "pd", "own", "context", "caught", "base_pd", "grade", "state")
KEY = b"scgraph.run"


@dataclass(frozen=True)
class Run:
    """One run of `score`: as_of is null for undated data, digest is of the model's files, data of the tables.

    horizon_days: over which its PDs are meant; null for undated data, and where the file is of before this was noted.
    """

    number: int
    as_of: str | None
    model: str
    digest: str
    data: str
    base_rate: float | None = None
    horizon_days: int | None = None

    @property
    def scorer(self) -> tuple[str, str, float | None]:
        """Who scored: another base rate is another scorer."""
        return self.model, self.digest, self.base_rate

    def comparable(self, other: Run) -> bool:
        """Whether its PDs are over the same horizon as another's; taken for granted where one does not say."""
        return None in (self.horizon_days, other.horizon_days) or self.horizon_days == other.horizon_days


def digest_of(folder: Path) -> str:
    """A digest of a model's files."""
    found = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.name in _FILES):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


# A card that is written beside them later on changes no score.
_FILES = ("boosters.json", "model.json", "network.safetensors")


def keep_run(workspace: Path, run: Run, firms: pa.Table) -> Path:
    """Keep the scores of a run as the last one; an earlier one of the same day, data and scorer gives way to it."""
    folder = workspace / SCORES / RUNS
    folder.mkdir(parents=True, exist_ok=True)
    known = runs_of(workspace)
    same = [r.number for r in known if (r.as_of, r.data, r.scorer) == (run.as_of, run.data, run.scorer)]
    last = max((r.number for r in known), default=0)
    number = last if last in same else last + 1
    path = run_file(workspace, number)
    write_table(path, stamped(firms.select(list(KEPT)), run))
    for old in same:
        if old != number:
            run_file(workspace, old).unlink(missing_ok=True)
    return path


def stamped(table: pa.Table, run: Run) -> pa.Table:
    """The table with a note of the run that it is of, for files that are kept."""
    told = {k: v for k, v in asdict(run).items() if k != "number"}
    return table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: json.dumps(told).encode()})


def run_in(path: Path) -> Run | None:
    """The run that a kept file is of; None where it does not say, as files of before did not."""
    told = (pq.read_schema(path).metadata or {}).get(KEY)
    return None if told is None else Run(int(path.stem) if path.stem.isdigit() else 0, **json.loads(told))


def run_behind(workspace: Path, path: Path) -> Run | None:
    """The run that the kept scores of a day are of.

    Files of before do not say it: then it is the last run kept of that day by that model, None where there is none.
    """
    told = run_in(path)
    if told is not None:
        return told
    first = pq.read_table(path, columns=["as_of", "model"]).slice(0, 1).to_pylist()
    known = runs_of(workspace) if first else []
    fit = [run for run in known if (run.as_of, run.model) == (_text(first[0]["as_of"]), first[0]["model"])]
    return replace(fit[-1], number=0) if fit else None


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def run_file(workspace: Path, number: int) -> Path:
    """Where the scores of a run are kept."""
    return workspace / SCORES / RUNS / f"{number:06}.parquet"


def runs_of(workspace: Path) -> list[Run]:
    """All kept runs, by number."""
    found = [run_in(path) for path in sorted((workspace / SCORES / RUNS).glob("[!.]*.parquet"))]
    return [run for run in found if run is not None]


def trajectory(workspace: Path, firm: str) -> list[dict[str, Any]]:
    """A firm's score on every day that was scored, by the last run of that day, and the cause of each change.

    change is of PD; data, neighbour, model and unseparated sum to it (null for the first day, and where the firm was
    not scored on one of the two, or their PDs are over different horizons).
    """
    known = runs_of(workspace)
    last = {run.as_of: run for run in known}
    path: list[dict[str, Any]] = []
    before: tuple[Run, Mapping[str, Any]] | None = None
    for run in sorted(last.values(), key=lambda r: (r.as_of or "", r.number)):
        row = _row(workspace, run, firm)
        if row is None:
            continue
        found: dict[str, float | None] = dict.fromkeys(CAUSES)
        if before is not None and before[0].comparable(run) and None not in (row["pd"], before[1]["pd"]):
            between = bridge(known, before[0], run)
            asked = None if between is None else _row(workspace, between, firm)
            found |= change(before, (run, row), asked)
        whole = None if found[DATA] is None else math.fsum(v for v in found.values() if v is not None)
        path.append(asdict(run) | dict(row) | {"change": whole} | found)
        before = run, row
    return path


def bridge(known: Sequence[Run], old: Run, new: Run) -> Run | None:
    """The run by which the old scorer scored the new day's data, if that was ever asked."""
    fit = [r for r in known if (r.as_of, r.data, r.scorer) == (new.as_of, new.data, old.scorer)]
    return fit[-1] if fit else None


def bridge_rows(
    workspace: Path, old: Run, new: Run, firms: Collection[str] | None = None
) -> dict[str, dict[str, Any]]:
    """By firm what the old scorer said of the new day's data; empty where one scorer gave both, or it never did."""
    between = None if old.scorer == new.scorer else bridge(runs_of(workspace), old, new)
    if between is None:
        return {}
    return {row["firm_id"]: row for row in rows_in(run_file(workspace, between.number), firms)}


def rows_in(
    path: Path, firms: Collection[str] | None = None, columns: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """The rows of some firms (None: of all) of a kept file, in the columns of these that it has."""
    wanted = None if firms is None else [("firm_id", "in", sorted(firms))]
    here = None if columns is None else [n for n in pq.read_schema(path).names if n in columns]
    rows: list[dict[str, Any]] = pq.read_table(path, columns=here, filters=wanted).to_pylist()
    return rows


def _row(workspace: Path, run: Run, firm: str) -> Mapping[str, Any] | None:
    rows = rows_in(run_file(workspace, run.number), [firm])
    return rows[0] if rows else None


def change(
    old: tuple[Run, Mapping[str, Any]],
    new: tuple[Run, Mapping[str, Any]],
    between: Mapping[str, Any] | None = None,
) -> dict[str, float]:
    """The change of PD from one run to the next by cause; between: the old scorer on the new run's data."""
    found = dict.fromkeys(CAUSES, 0.0)
    (old_run, old_row), (new_run, new_row) = old, new
    if old_run.scorer == new_run.scorer:
        return found | moved_by_data(old_row, new_row)
    if (old_run.as_of, old_run.data) == (new_run.as_of, new_run.data):
        return found | {MODEL: new_row["pd"] - old_row["pd"]}
    if between is None or between["pd"] is None:
        return found | {UNSEPARATED: new_row["pd"] - old_row["pd"]}
    return found | moved_by_data(old_row, between) | {MODEL: new_row["pd"] - between["pd"]}


def moved_by_data(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, float]:
    """One scorer's change of PD in two parts: data, from the firm's own columns, and neighbour, all the rest.

    The own hazard is the network's, or where a control scored that of the own-columns control. The parts of the hazard
    share the change of PD in proportion, so that they sum to it.
    """
    whole = [-math.log1p(-row["pd"]) for row in (old, new)]
    own = [-math.log1p(-row["base_pd"]) if row["own"] is None else row["own"] for row in (old, new)]
    data, rest = own[1] - own[0], (whole[1] - own[1]) - (whole[0] - own[0])
    moved = whole[1] - whole[0]
    per_hazard = (new["pd"] - old["pd"]) / moved if abs(moved) > 1e-12 else math.exp(-whole[0])
    return {DATA: data * per_hazard, NEIGHBOUR: rest * per_hazard}
