"""The snapshots that a model is trained, validated and tested on, from the data of a workspace."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from supplyrisk import gnn
from supplyrisk.graph import (
    DataError,
    DefaultCounts,
    DefaultDefinition,
    RequestError,
    Snapshot,
    Tables,
    Workspace,
    first_day_of,
    last_day_of,
    snapshot_with_firms,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.loaders import load, read_mapping
from supplyrisk.services.progress import FEATURES, JobProgress, StagePlan, plan_stages

VALIDATION_DATA = "reading the validation data"
MARGINS_DURATION = 15.0
SNAPSHOTS_DURATION = 55.0
"""Expected durations of measuring margins and of computing the snapshots of all dates, relative to the stages of
`gnn.training_stages`."""


@dataclass(frozen=True)
class OutcomeDefinition:
    """What a PD is of: a default by the definition within horizon_days after the as-of date."""

    horizon_days: int = defaults.HORIZON_DAYS
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION

    def snapshot(self, tables: Tables, as_of: date | None = None) -> Snapshot:
        """The snapshot of a day with these outcomes; errors as in `snapshot_with_firms`."""
        return snapshot_with_firms(
            tables, as_of, horizon_days=self.horizon_days, default_definition=self.default_definition
        )

    def snapshots(self, tables: Tables, days: Sequence[date], progress: JobProgress) -> dict[date, Snapshot]:
        """The snapshots of several days."""
        by_day = {}
        for number, day in enumerate(days):
            progress(FEATURES, number, len(days))
            by_day[day] = self.snapshot(tables, day)
        return by_day


@dataclass(frozen=True)
class ValidationData:
    """A second undated data set, which the champion is chosen by.

    folder: a workspace, or a data folder. mapping, encoding and max_bad are those of `load`, for a data folder only.
    memory_limit: what DuckDB may take while its snapshot is computed.
    """

    folder: Path
    mapping: str | None = None
    encoding: str = defaults.ENCODING
    max_bad: float | None = None
    memory_limit: str = defaults.MEMORY_LIMIT

    @contextmanager
    def tables(self) -> Iterator[Tables]:
        """Its tables; a data folder is loaded into a temporary workspace, which is removed afterwards."""
        workspace = Workspace(self.folder, memory_limit=self.memory_limit)
        if workspace.has_data():
            yield workspace.tables()
            return
        mapping = read_mapping(self.mapping) if self.mapping else None
        with tempfile.TemporaryDirectory(prefix="scgraph-") as temporary:
            load(self.folder, temporary, mapping, self.encoding, self.max_bad)
            yield Workspace(temporary, memory_limit=self.memory_limit).tables()


def validation_data(
    workspace: Workspace,
    folder: str | Path | None,
    mapping: str | None,
    encoding: str,
    max_bad: float | None,
) -> ValidationData | None:
    """The second data set of a request; None where no folder is named."""
    if folder is None:
        return None
    return ValidationData(Path(folder), mapping, encoding, max_bad, workspace.memory_limit)


def check_validation_data(tables: Tables, validation: ValidationData | None) -> None:
    """Raise RequestError where dated data are to be validated on a second data set."""
    if validation is None or tables.info.undated:
        return
    how = "by folds over firms" if tables.info.labels_as_of else "and tested out of time"
    raise RequestError("--validate is for undated data", f"no --validate: these data are validated {how}")


def days_of(tables: Tables) -> tuple[date, date]:
    """The first and the last day of dated data; DataError where no row has a day."""
    first = first_day_of(tables)
    last = last_day_of(tables)
    if first is None or last is None:
        raise DataError("no row of supplies, activity, events, ... has a day", "dated rows, or undated data")
    return first, last


def dated_splits(
    tables: Tables,
    outcome: OutcomeDefinition,
    settings: gnn.TrainingSettings,
    counts: DefaultCounts,
    progress: JobProgress,
) -> gnn.DataSplits:
    """Splits by time: no outcome after a test date is known to the model that is tested on it.

    counts: of the data's defaults; they decide the stages of the training, which are stated.

    Raises
    ------
    DataError: no row has a day, or the data cover too few days.
    """
    first, last = days_of(tables)
    dates = gnn.as_of_dates(first, last, outcome.horizon_days, settings)
    tested = counts.testable and bool(dates.test)
    learned = counts.horizons[0].to_learn if tested else counts.usable
    # A default is learned from on earlier dates, or is one of those that the choice is validated on.
    forward = len(dates.train) > 1 and learned >= 2 * gnn.MIN_FIRMS
    fits = gnn.training_stages(settings, forward=forward, deploy=tested)
    plan_stages(progress, {FEATURES: SNAPSHOTS_DURATION, **fits, gnn.MARGINS: MARGINS_DURATION})
    by_day = outcome.snapshots(tables, [*dates.train, *dates.test, *dates.recent], progress)
    return gnn.DataSplits(
        train=tuple(by_day[day] for day in dates.train),
        test=tuple(by_day[day] for day in dates.test),
        known_until=dates.test[0] if dates.test else last,
        recent=tuple(by_day[day] for day in dates.recent),
        last_day=last,
    )


def labelled_splits(tables: Tables, outcome: OutcomeDefinition, progress: JobProgress) -> gnn.DataSplits:
    """The one snapshot of data whose outcomes are known by a day: that day's, in which firms are split into folds."""
    progress(FEATURES)
    return gnn.DataSplits((outcome.snapshot(tables),))


def undated_splits(
    tables: Tables,
    outcome: OutcomeDefinition,
    validation: ValidationData | None,
    progress: JobProgress,
) -> gnn.DataSplits:
    """Splits of undated data: the second data set validates; without one, `train` holds out a share of the firms.

    Firms that are in both data sets are hidden while training: their outcomes would be known in advance.
    """
    progress(FEATURES)
    first = outcome.snapshot(tables)
    if validation is None:
        return gnn.DataSplits((first,))
    progress(VALIDATION_DATA)
    with validation.tables() as second_tables:
        second = outcome.snapshot(second_tables)
    return gnn.DataSplits(
        train=(first,),
        validation=(second,),
        hidden=frozenset(firm_ids(first)) & frozenset(firm_ids(second)),
    )


def undated_stages(validation: ValidationData | None) -> StagePlan:
    """The stages of `undated_splits`."""
    return {FEATURES: 1.0, **({} if validation is None else {VALIDATION_DATA: 2.0})}


def firm_ids(snapshot: Snapshot) -> list[str]:
    """The ids of a snapshot's firms, row by row."""
    return list(snapshot.firms.column("firm_id").to_pylist())
