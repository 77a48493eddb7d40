"""Compute scores again by the kept model of a decision, from its kept data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from supplyrisk.graph import DataError, Workspace, read_parquet
from supplyrisk.graph.credit import EvidenceStore
from supplyrisk.graph.workspace.score_runs import run_noted_in
from supplyrisk.services.day_snapshot import ANY_DAY
from supplyrisk.services.score import score

TOLERANCE = 1e-6
"""Largest difference of equal PDs, relative: processors and libraries round the last digits differently."""


@dataclass(frozen=True)
class ChangedPd:
    """A firm whose PD comes out otherwise; None: it has no PD."""

    firm: str
    stored: float | None
    again: float | None


def rescored(
    workspace: Workspace, kept: EvidenceStore, model: Mapping[str, str] | None, as_of: date
) -> list[ChangedPd]:
    """Return the firms whose PDs the kept model computes otherwise than the stored scores state; sorted by id.

    Parameters
    ----------
    workspace: with the kept data and scores of the decision; its scores are replaced.
    model: SHA-256 of the kept files of the model, which are verified; None: it was not kept.

    Raises
    ------
    DataError: the model was not kept.
    """
    path = workspace.layout.scores_file(as_of)
    run = run_noted_in(path)
    if model is None or run is None:
        raise DataError("no model was kept: the scores do not note theirs", "scores of this version")
    stored = _pds(path)
    name, _, candidate = run.model.rpartition("/")
    link_model(kept, model, workspace.layout.model(name))
    score(
        workspace,
        as_of=as_of,
        model=name,
        use=candidate,
        base_rate=run.base_rate,
        write_back=False,
        beyond_days=ANY_DAY,
        # Whether it may score these data was decided when they were scored.
        allow_synthetic_model=True,
    )
    again = _pds(path)
    pairs = [(firm, stored.get(firm), again.get(firm)) for firm in sorted({*stored, *again})]
    return [ChangedPd(*pair) for pair in pairs if not _equal(pair[1], pair[2])]


def link_model(kept: EvidenceStore, files: Mapping[str, str], folder: Path) -> None:
    """Put the kept files of a model, which are verified, into a new folder."""
    kept.link({folder / name: digest for name, digest in files.items()})


def _pds(path: Path) -> dict[str, float | None]:
    table = read_parquet(path, ["firm_id", "pd"])
    return dict(zip(table["firm_id"].to_pylist(), table["pd"].to_pylist(), strict=True))


def _equal(stored: float | None, again: float | None) -> bool:
    if stored is None or again is None:
        return stored is again
    return math.isclose(stored, again, rel_tol=TOLERANCE)
