"""The small synthetic chain on which one model is trained for all tests of scores; its fixtures are in conftest."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import torch

from supplyrisk import gnn
from supplyrisk.graph import DatasetInfo, Tables, build_snapshot

WEEKS = 156
END = date(2025, 12, 28)
SETTINGS = gnn.TrainingSettings(members=2, bootstrap=50, step_days=120, least_step_days=120, device="cpu")


def tables(frames: dict[str, pa.Table]) -> Tables:
    return Tables(DatasetInfo("chain", synthetic=True, currency="CNY"), frames)


def with_more_defaults(frames: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Lawsuits and suspensions as defaults: so few firms have too few of their own to learn from."""
    events = frames["events"]
    like = pc.is_in(events["kind"], pa.array(["lawsuit", "suspension"]))
    kinds = pc.if_else(like, "default", events["kind"])
    return frames | {"events": events.set_column(events.column_names.index("kind"), "kind", kinds)}


def slices(frames: dict[str, pa.Table]) -> gnn.DataSplits:
    """Training, test and recent dates."""
    days = gnn.as_of_dates(END - timedelta(weeks=WEEKS), END, 180, SETTINGS)
    train, test, recent = (
        tuple(build_snapshot(tables(frames), day) for day in run)
        for run in (days.train, days.test, days.recent)
    )
    return gnn.DataSplits(train, test=test, recent=recent, known_until=days.test[0], last_day=END)


def opened(model: gnn.RiskModel) -> gnn.RiskModel:
    """Open the transmissions, whatever the small validation set decided: the tests are about caught."""
    for member in model.members:
        member.transmission.gate = torch.ones_like(member.transmission.gate)
    return model
