"""Synthetic worlds in which it is known who catches what from whom: tables of the contract, and the truth.

They serve demonstrations, tests, benches and the judging of models. Nothing in them is fitted to a real
economy. docs/worlds.md has the mechanism and its equations.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from supplyrisk.graph.errors import DataError
from supplyrisk.loaders.synthetic.activity_rows import activity_pieces
from supplyrisk.loaders.synthetic.data_faults import DataFaults
from supplyrisk.loaders.synthetic.default_causes import DefaultCauses, largest
from supplyrisk.loaders.synthetic.economy import Economy, build_economy
from supplyrisk.loaders.synthetic.firm_rows import (
    events_table,
    financials_table,
    firms_table,
    persons_table,
    relations_table,
)
from supplyrisk.loaders.synthetic.loan_rows import FinancedTrades, financed_trades, loan_pieces
from supplyrisk.loaders.synthetic.simulation import WorldHistory, failed_alone, simulate
from supplyrisk.loaders.synthetic.supply_rows import shipments_table, supplies_table, trade_pieces
from supplyrisk.loaders.synthetic.truth import Truth, find_truth
from supplyrisk.loaders.synthetic.truth_tables import unseen_links, write_truth
from supplyrisk.loaders.synthetic.world_files import FORMATS, TableSink, content_hash
from supplyrisk.loaders.synthetic.world_plan import CAUSES, EPOCH, PRESETS, WorldPlan

SETTINGS = "synthetic.toml"


@dataclass(frozen=True)
class SynthSummary:
    """What was made.

    rows: rows per table. firm_years: years that firms spent in the data before they stopped.
    yearly_default_rate: defaults per firm-year. causes: defaults by their largest cause. without_contagion:
    firms that would have failed had nothing passed along links. reliability: as-of day, column of the truth,
    rank correlation between two halves of the replicas (None where one half does not vary). cpu_seconds: of
    the re-simulation. content_hash: SHA-256 over all files.
    """

    folder: Path
    first: date
    end: date
    rows: Mapping[str, int]
    defaults: int
    firm_years: float
    yearly_default_rate: float
    causes: Mapping[str, int]
    without_contagion: int
    reliability: tuple[tuple[date, str, float | None], ...]
    cpu_seconds: float
    content_hash: str


def synthesize(
    out: Path, *, format: str = "parquet", preset: str | None = None, **asked: object
) -> SynthSummary:
    """Write a synthetic data set (every dated table of the contract) into a new folder.

    Beside the tables lie `synthetic.toml` (a mapping that says that the data are synthetic, and how they were
    made) and `truth/`, which no loader reads. The same arguments give the same bytes with the same versions
    of numpy, scipy and pyarrow, on any number of threads.

    Parameters
    ----------
    out: the folder, which must not exist or be empty.
    format: "parquet" or "csv", of the tables.
    preset: a name in PRESETS, whose values count where no argument is given.
    asked: fields of `Plan`:
        firms (2000), weeks (120), seed (7): size, length, and the seed of everything random.
        contagion (1.0): times the strengths of all channels; at 0 firms are independent given the shocks.
        likeness (0.5): 0 to 1, how much of demand, costs and quality is shared by industry and region.
        supplies_rows: number of rows in `supplies`; by default as the links' rates give.
        grain ("week"): "week", or "month" for monthly rows of supplies and activity.
        replicas (0): runs from each as-of date on for the truth about firms; 0: no such truth.
        forced_replicas, forced_firms (300): the same for firms that are forced to fail.
        strengths: of each channel at contagion 1. dirt: shares by kind, see `dirt`.
        end: last day; only promised and due days lie after it.

    Raises
    ------
    DataError: the folder holds something already, or an argument is outside its bounds.
    """
    plan = _plan(format, preset, asked)
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise DataError(f"{out} exists already", "a new or an empty folder", "name another one")
    out.parent.mkdir(parents=True, exist_ok=True)
    economy = build_economy(plan)
    history = simulate(economy)
    alone = (
        failed_alone(economy) if plan.contagion else np.where(history.failed, history.ended_week, plan.weeks)
    )
    truth = find_truth(economy, history)
    # written beside its place and renamed: a reader sees the whole data set or none
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as temporary:
        folder = Path(temporary) / "data"
        folder.mkdir()
        rows = _write_tables(folder, economy, history, format)
        causes = write_truth(folder, economy, history, alone, truth)
        (folder / SETTINGS).write_text(_settings(plan), encoding="utf-8")
        written = content_hash(folder)
        if out.is_dir():
            out.rmdir()
        folder.rename(out)
    return _summary((out, written), economy, history, (rows, causes, truth), int((alone < plan.weeks).sum()))


def _plan(format: str, preset: str | None, asked: Mapping[str, object]) -> WorldPlan:
    if format not in FORMATS:
        raise DataError(f"format = {format!r}", " or ".join(FORMATS), "name one of them")
    if preset is not None and preset not in PRESETS:
        raise DataError(f"preset = {preset!r}", ", ".join(PRESETS), "name one of them")
    given = PRESETS[preset] if preset else {}
    plan = WorldPlan(**{**given, **asked})  # type: ignore[arg-type]
    if "encoding" in plan.dirt and format != "csv":
        raise DataError("dirt = encoding", "the format csv: Parquet knows its encoding", "ask for csv")
    return plan


def _write_tables(folder: Path, economy: Economy, history: WorldHistory, format: str) -> dict[str, int]:
    """Write all tables; rows per table. The long ones are never held as a whole."""
    plan = economy.plan
    change = DataFaults(plan) if plan.dirt else None
    rows: dict[str, int] = {}

    def sink(name: str) -> TableSink:
        return TableSink(folder, name, format, change)

    def close(*sinks: TableSink) -> None:
        rows.update({one.name: one.close() for one in sinks})

    for name, table in (
        ("firms", firms_table(economy)),
        ("persons", persons_table(economy)),
        ("relations", relations_table(economy, history)),
        ("financials", financials_table(economy, history)),
        ("events", events_table(economy, history)),
    ):
        whole = sink(name)
        whole.add(table)
        close(whole)
    supplies, shipments = sink("supplies"), sink("shipments")
    bills = _write_trades((supplies, shipments), economy, history)
    close(supplies, shipments)
    loans, activity = sink("loans"), sink("activity")
    for piece in loan_pieces(economy, history, bills):
        loans.add(piece)
    for piece in activity_pieces(economy, history):
        activity.add(piece)
    close(loans, activity)
    if change is not None:
        change.finish(folder)
    return rows


def _write_trades(
    folder_sinks: tuple[TableSink, TableSink], economy: Economy, history: WorldHistory
) -> list[FinancedTrades]:
    """Write supplies, whose links are seen, and shipments, which carriers tell of; what loans finance of them."""
    supplies, shipments = folder_sinks
    hidden, bills = unseen_links(economy.plan, economy.links), []
    for trades in trade_pieces(economy, history):
        seen = trades.only(~hidden[trades.link])
        supplies.add(supplies_table(economy, history, seen))
        shipments.add(shipments_table(economy, history, trades))
        bills.append(financed_trades(economy, seen))
    return bills


def _settings(plan: WorldPlan) -> str:
    """The mapping file: what the data are, and the arguments that made them."""
    rows = "" if plan.supplies_rows is None else f"supplies_rows = {plan.supplies_rows}\n"
    strengths = "".join(f"{name} = {float(value)}\n" for name, value in asdict(plan.strengths).items())
    dirt = "".join(f"{name} = {float(plan.dirt[name])}\n" for name in sorted(plan.dirt))
    return (
        f'name = "synthetic-{plan.firms}-{plan.seed}"\nsynthetic = true\ncurrency = "CNY"\n\n'
        f"[parameters]\nfirms = {plan.firms}\nweeks = {plan.weeks}\nseed = {plan.seed}\n"
        f"contagion = {float(plan.contagion)}\nlikeness = {float(plan.likeness)}\n{rows}"
        f'grain = "{plan.grain}"\nreplicas = {plan.replicas}\nend = {plan.end}\n'
        f"\n[parameters.strengths]\n{strengths}" + (f"\n[parameters.dirt]\n{dirt}" if dirt else "")
    )


def _summary(
    place: tuple[Path, str],
    economy: Economy,
    history: WorldHistory,
    made: tuple[Mapping[str, int], DefaultCauses, Truth],
    alone: int,
) -> SynthSummary:
    plan, (rows, causes, truth) = economy.plan, made
    there = np.clip(history.ended_week - economy.firms.joined_week, 0, None).sum() / 52
    defaults = int(history.failed.sum())
    most = next(largest(causes, plan.firms))[history.failed]
    number = np.bincount(causes.cause[most[most >= 0]], minlength=len(CAUSES)).tolist()
    dates = [EPOCH + timedelta(days=plan.first + 7 * week - 1) for week, _, _ in truth.reliability]
    return SynthSummary(
        folder=place[0],
        first=EPOCH + timedelta(days=plan.first),
        end=plan.end,
        rows=rows,
        defaults=defaults,
        firm_years=float(there),
        yearly_default_rate=float(defaults / there),
        causes=dict(zip(CAUSES, number, strict=True)),
        without_contagion=alone,
        reliability=tuple(
            (on, name, value) for on, (_, name, value) in zip(dates, truth.reliability, strict=True)
        ),
        cpu_seconds=truth.cpu_seconds,
        content_hash=place[1],
    )
