"""Make an expert model from the data of a workspace: which snapshots it is made from, and tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from supplyrisk import gnn
from supplyrisk.graph import RequestError, Snapshot, Tables
from supplyrisk.services.progress import FEATURES, JobProgress, plan_stages
from supplyrisk.services.training_splits import OutcomeDefinition, days_of

WEIGHING = "weighing outcomes"
TESTING = "testing"


@dataclass(frozen=True)
class ExpertRequest:
    """A request for an expert model: its name, the base rate that the user expects, and what a PD is of."""

    name: str
    base_rate: float
    outcome: OutcomeDefinition


def check_expert_options(expert: bool, base_rate: float | None, validate: object) -> None:
    """Check the options of an expert model.

    Raises
    ------
    RequestError: one of --expert and --base-rate without the other, a base rate out of range, or --validate.
    """
    if expert and base_rate is None:
        raise RequestError(
            "--expert needs --base-rate",
            "the expected share of firms that default within the horizon, such as 0.02",
            "scgraph train --expert --base-rate 0.02",
        )
    if base_rate is None:
        return
    if not expert:
        raise RequestError(
            "--base-rate is of an expert model only",
            "--expert with it, or neither",
            "a trained model learns its base rate; scgraph score --base-rate states another one",
        )
    if not 0 < base_rate < 1:
        raise RequestError(f"--base-rate is {base_rate:g}", "a share between 0 and 1")
    if validate is not None:
        raise RequestError(
            "--validate chooses a champion", "no --validate: an expert model is the only candidate"
        )


def make_expert_model(
    request: ExpertRequest, tables: Tables, settings: gnn.TrainingSettings, progress: JobProgress
) -> gnn.RiskModel:
    """Make the expert model of a data set.

    Dated data: ranks are taken among the firms of the last day; outcome windows a horizon long tile the time after the
    first history_days, the last of them still open, so that each default counts once. The test date lies a horizon
    before the last day: a second expert model, made from what was known by then, is tested on it, where there is enough
    history before it. Where outcomes have no day, those that are known count, on one day.

    Raises
    ------
    DataError: no row has a day, every firm is in default, or no column has a stated effect.
    """
    plan_stages(progress, dict.fromkeys((FEATURES, WEIGHING, TESTING, gnn.MARGINS), 0.0))
    if not tables.info.has_window:
        progress(FEATURES)
        snapshot = request.outcome.snapshot(tables)
        progress(WEIGHING)
        return _fit(request, snapshot, [snapshot], settings)
    first, last = days_of(tables)
    horizon = request.outcome.horizon_days
    earliest = first + timedelta(days=settings.history_days)
    test = last - timedelta(days=horizon)
    windows = window_starts(earliest, last, horizon)
    days = sorted({*windows, last, *((test,) if test >= earliest else ())})
    by_day = request.outcome.snapshots(tables, days, progress)
    progress(WEIGHING)
    model = _fit(request, by_day[last], [by_day[day] for day in windows], settings)
    if test < earliest:
        return model
    known = [by_day[day] for day in window_starts(earliest, test, horizon)]
    progress(TESTING)
    return gnn.with_expert_test(model, _fit(request, by_day[test], known, settings), by_day[test])


def window_starts(earliest: date, last: date, horizon_days: int) -> list[date]:
    """The as-of dates of outcome windows that follow each other from the earliest day on.

    The last one may still be open on the last day, of which MIN_OBSERVED_DAYS were observed at least.
    """
    min_days = min(gnn.MIN_OBSERVED_DAYS, horizon_days)
    count = max((last - earliest).days - min_days + horizon_days, 0) // horizon_days
    return [earliest + timedelta(days=horizon_days * number) for number in range(count)]


def _fit(
    request: ExpertRequest, latest: Snapshot, known: Sequence[Snapshot], settings: gnn.TrainingSettings
) -> gnn.RiskModel:
    data = gnn.ExpertData(latest, request.base_rate, tuple(known), latest.as_of)
    return gnn.fit_expert(request.name, data, settings)
