"""What contagion and stress start from: the network of a day, base PDs, and the last statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Unpack

import pyarrow as pa

from supplyrisk.graph import DataError, RequestError, Snapshot, Workspace, last_statements
from supplyrisk.graph.contagion import SupplyNetwork, base_pds, in_default
from supplyrisk.graph.contagion.input_files import read_input_table
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.schema.detection import detection_note
from supplyrisk.graph.schema.expert_mark import scored_by_expert
from supplyrisk.graph.workspace.file_hashes import checked_score_hashes
from supplyrisk.graph.workspace.score_source import ScoreSource
from supplyrisk.services.day_snapshot import DaySettings, DaySnapshot, read_day

NO_BASE_PDS = "no exposures: there are no base PDs for this day; run scgraph score first, or give --pd FILE"


@dataclass(frozen=True)
class BasePds:
    """Base PDs: PD of each firm without contagion, (n,), and the name of the file that they are from.

    expert: whether they are by the expert scorecard. synthetic_model: whether the file states that a model trained on
    synthetic data scored it. unlisted: number of unlisted firms, whose PD is the base rate: the mean of the others'.
    labels_as_of: ISO day by which outcomes without a day are known, where the PDs are the stored scores of such data;
    None for a user's own file. scored_by: the run of stored scores; None for a user's own file. days: period of the
    PDs, None where the file does not state it in a column horizon_days.
    """

    values: Floats
    source: str
    expert: bool = False
    synthetic_model: bool = False
    unlisted: int = 0
    labels_as_of: str | None = None
    scored_by: ScoreSource | None = None
    days: int | None = None

    @property
    def origin(self) -> str:
        """The run, model, day and period of stored scores, or the name of the user's own file and its period."""
        if self.scored_by is not None:
            return str(self.scored_by)
        period = "over a period that it does not state" if self.days is None else f"over {self.days} days"
        return f"{self.source}, PDs {period}"

    @property
    def notes(self) -> list[str]:
        """Whether the PDs detect and do not predict, and what stands for those that are unknown."""
        notes = [detection_note(self.labels_as_of)] if self.labels_as_of else []
        if self.unlisted:
            notes.append(
                f"{self.unlisted:,} unlisted firms have no PD: they are sources at the base rate, the mean base PD of "
                "the listed firms that are not in default"
            )
        return notes


@dataclass(frozen=True)
class NetworkOfDay(DaySnapshot):
    """The loaded tables, and the snapshot and network of a day."""

    network: SupplyNetwork

    def statements(self) -> pa.Table:
        """The last statement of each firm that was known on the day."""
        return last_statements(self.tables, self.snapshot)


@dataclass(frozen=True)
class ContagionInputs:
    """The network of a day, its base PDs (None: there are none), and the last statement of each firm."""

    snapshot: Snapshot
    network: SupplyNetwork
    base_pds: BasePds | None
    statements: pa.Table
    notes: tuple[str, ...]

    @property
    def pd_values(self) -> Floats | None:
        """PD of each firm, (n,); None where there are no base PDs."""
        return None if self.base_pds is None else self.base_pds.values

    @property
    def pd_source(self) -> str | None:
        """The file that base PDs are from."""
        return None if self.base_pds is None else self.base_pds.source

    @property
    def pd_origin(self) -> str | None:
        """The run, model and day of base PDs, or the name of the user's own file."""
        return None if self.base_pds is None else self.base_pds.origin

    @property
    def pd_days(self) -> int | None:
        """The days that the base PDs cover; None where they are not stated, or where there are none."""
        return None if self.base_pds is None else self.base_pds.days

    @property
    def scored_by(self) -> ScoreSource | None:
        """The run of base PDs that are stored scores."""
        return None if self.base_pds is None else self.base_pds.scored_by

    @property
    def expert(self) -> bool:
        """Whether base PDs are by the expert scorecard."""
        return self.base_pds is not None and self.base_pds.expert

    @property
    def synthetic_model(self) -> bool:
        """Whether the base PDs are by a model trained on synthetic data."""
        return self.base_pds is not None and self.base_pds.synthetic_model


def read_network(
    workspace: Workspace, as_of: date | None, **day_settings: Unpack[DaySettings]
) -> NetworkOfDay:
    """Read the network of a day; raises as `read_day`, and DataError without a trade on that day."""
    day = read_day(workspace, as_of, **day_settings)
    return NetworkOfDay(day.tables, day.snapshot, day.notes, SupplyNetwork.from_snapshot(day.snapshot))


def read_contagion_inputs(
    workspace: Workspace, as_of: date | None, base_pd_file: Path | None, **day_settings: Unpack[DaySettings]
) -> ContagionInputs:
    """Read the network, base PDs and statements of a day; raises as `read_network` and `read_base_pds`."""
    day = read_network(workspace, as_of, **day_settings)
    pds = read_base_pds(workspace, base_pd_file, day.snapshot, day.network)
    pd_notes = pds.notes if pds else []
    return ContagionInputs(day.snapshot, day.network, pds, day.statements(), (*day.notes, *pd_notes))


def read_base_pds(
    workspace: Workspace, path: Path | None, snapshot: Snapshot, network: SupplyNetwork
) -> BasePds | None:
    """The base PDs in a file, or those of the stored scores of the snapshot's day; None where there are neither.

    Raises
    ------
    RequestError: no such file. DataError: it has no PD for some firm, or what `base_pds` raises; stored scores were
    changed since `score` wrote them.
    """
    labels_as_of = None
    is_stored = path is None
    if path is None:
        path = workspace.layout.scores_file(snapshot.as_of)
        if not path.is_file():
            return None
        checked_score_hashes(workspace.layout, snapshot.as_of, only=[path])
        labels_as_of = snapshot.info.labels_as_of
    table = read_input_table(path)
    unlisted = snapshot.unlisted
    values = base_pds(table, network, path.name, in_default(snapshot), unlisted if unlisted.any() else None)
    # A user's own file need not name a model.
    models = table["model"].unique().to_pylist() if "model" in table.column_names else []
    return BasePds(
        values,
        path.name,
        expert=any(map(scored_by_expert, models)),
        synthetic_model=_by_synthetic_model(table),
        unlisted=int(unlisted.sum()),
        labels_as_of=labels_as_of,
        scored_by=_run_of_day(workspace, snapshot, models) if is_stored else None,
        days=_period(table, path.name),
    )


def _period(table: pa.Table, name: str) -> int | None:
    """The days that the PDs of a file cover; a column of another type than whole numbers states none.

    Raises
    ------
    DataError: they are over several periods, which cannot be compared or added.
    """
    if "horizon_days" not in table.column_names:
        return None
    days = sorted({str(value) for value in table["horizon_days"].unique().to_pylist() if value is not None})
    if len(days) > 1:
        raise DataError(
            f"{name} has PDs over {', '.join(days)} days",
            "PDs over one period",
            "leave one period in the file",
        )
    return int(days[0]) if days and days[0].isdigit() else None


def _run_of_day(workspace: Workspace, snapshot: Snapshot, models: Sequence[str]) -> ScoreSource:
    return ScoreSource.of_day(workspace.layout, snapshot.as_of, models[0] if models else "")


def _by_synthetic_model(table: pa.Table) -> bool:
    """Whether the column of that name is true in any row; a CSV file may hold it as text."""
    if "synthetic_model" not in table.column_names:
        return False
    words = {str(value).lower() for value in table["synthetic_model"].unique().to_pylist()}
    return "true" in words


def require_base_pds(pds: BasePds | None, purpose: str) -> BasePds:
    """The base PDs.

    Raises
    ------
    RequestError: there are none; purpose says what needs them.
    """
    if pds is None:
        raise RequestError(
            f"{purpose} needs base PDs", "--pd FILE, or scores of this day", "run scgraph score first"
        )
    return pds


def check_eps(eps: float | None) -> None:
    """Check the stopping criterion; None: the default.

    Raises
    ------
    RequestError: it is not in (0, 1).
    """
    if eps is not None and not 0 < eps < 1:
        raise RequestError(f"--eps is {eps:g}", "a share between 0 and 1, such as 0.01 or 1e-8")


def substitution_note(substitution: bool) -> str:
    """Whether other suppliers replace a lost one."""
    return "others of an industry replace a lost supplier" if substitution else "no substitution of suppliers"
