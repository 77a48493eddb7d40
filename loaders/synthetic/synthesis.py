"""Synthetic worlds in which the contagion is known: tables of the contract, and the truth behind them.

They serve demonstrations, tests, benchmarks and the evaluation of models. Nothing in them is fitted to a real economy.
docs/worlds.md describes the mechanism and its equations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from supplyrisk.graph import stored_as
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.aliases import HOMOPHILY
from supplyrisk.graph.workspace.output_files import replacing_folder
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
from supplyrisk.loaders.synthetic.planted_fraud import PlantedFraud, planted_fraud
from supplyrisk.loaders.synthetic.simulation import WorldHistory, default_weeks_without_contagion, simulate
from supplyrisk.loaders.synthetic.supply_rows import shipments_table, supplies_table, trade_pieces
from supplyrisk.loaders.synthetic.truth import Truth, compute_truth
from supplyrisk.loaders.synthetic.truth_tables import FOLDER as TRUTH_FOLDER
from supplyrisk.loaders.synthetic.truth_tables import unseen_links, write_truth
from supplyrisk.loaders.synthetic.world_files import FORMATS, TableSink, content_hash, write_whole
from supplyrisk.loaders.synthetic.world_plan import CAUSES, EPOCH, PRESETS, WorldPlan

SETTINGS = "synthetic.toml"
Progress = Callable[[str, int, int], None]
"""Called with the stage, its steps done, and its steps in all."""
FIRMS = "making firms and links"
SIMULATION = "simulating"
NO_CONTAGION_RUN = "simulating without contagion"
REPLICAS = "simulating replicas for the truth"
TABLES = "writing tables"


@dataclass(frozen=True)
class SplitHalf:
    """Rank correlation of a truth column between two halves of the replicas; None where one does not vary."""

    as_of: date
    column: str
    correlation: float | None = stored_as("split_half")


@dataclass(frozen=True)
class SynthSummary:
    """Summary of a written world.

    Parameters
    ----------
    folder: where it was written.
    first, end: first and last day of the data.
    rows: rows per table.
    defaults: number of defaults.
    firm_years: years that firms spent in the data before they exited.
    yearly_default_rate: defaults per firm-year.
    causes: defaults by their largest cause.
    without_contagion: firms that would have failed without contagion.
    reliability: agreement of the truth's columns at each as-of date.
    cpu_seconds: CPU time of the re-simulation.
    content_hash: SHA-256 over all files.
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
    reliability: tuple[SplitHalf, ...]
    cpu_seconds: float
    content_hash: str


def synthesize(
    out: Path,
    *,
    format: str = "parquet",
    preset: str | None = None,
    progress: Progress | None = None,
    **settings: object,
) -> SynthSummary:
    """Write a synthetic data set (every dated table of the contract) into a new folder.

    Beside the tables it writes `synthetic.toml` (a mapping that marks the data as synthetic and records the arguments)
    and `truth/`, which no loader reads. The same arguments give the same bytes with the same versions of numpy, scipy
    and pyarrow, on any number of threads.

    Parameters
    ----------
    out: the folder; it must not exist, or be empty.
    format: "parquet" or "csv", of the tables.
    preset: a name in PRESETS, whose values replace the defaults below.
    progress: called with each stage of `synthesis_stages`, its steps done and its steps in all.
    settings: fields of `WorldPlan`, which override the preset:
        firms (2000), weeks (120), seed (7): size, length, and the seed of all random numbers.
        contagion (1.0): factor of the strengths of all channels; at 0 firms are independent given the shocks.
        homophily (0.5): 0 to 1, how similar firms of one industry and region are in demand, costs and quality, and how
            much partners of similar quality trade with each other. Its stored name (`aliases.HOMOPHILY`) works, too.
        supplies_rows: number of rows in `supplies`; by default what the links' rates give.
        grain ("week"): "week", or "month" for monthly rows of supplies and activity.
        replicas (0): simulations from each as-of date for the truth about firms; 0: no such truth.
        forced_replicas, forced_firms (300): simulations per firm that is forced to fail, and number of these firms.
        strengths: of each channel at contagion 1; see `ContagionStrengths`.
        dirt: shares of rows by kind of data fault; see `data_faults`.
        fraud: shares of sellers by kind of fabricated trade; see `planted_fraud`.
        end: last day of the data; only promised and due days lie after it.

    Raises
    ------
    DataError: the folder is not empty, or an argument is outside its bounds.
    """
    plan = _plan(format, preset, settings)
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise DataError(f"{out} exists already", "a new or an empty folder", "name another one")
    out.parent.mkdir(parents=True, exist_ok=True)
    report = progress or (lambda _stage, _done, _steps: None)
    report(FIRMS, 0, 1)
    economy = build_economy(plan)
    report(SIMULATION, 0, 1)
    history = simulate(economy)
    if plan.contagion:
        report(NO_CONTAGION_RUN, 0, 1)
        alone = default_weeks_without_contagion(economy)
    else:
        # without contagion the world itself is that run
        alone = np.where(history.failed, history.ended_week, plan.weeks)
    if plan.replicas:
        report(REPLICAS, 0, 1)
    truth = compute_truth(economy, history)
    report(TABLES, 0, 1)
    # written beside its place and renamed: a reader sees the whole data set or none
    with replacing_folder(out) as folder:
        planted = planted_fraud(economy, history)
        rows = _write_tables(folder, economy, history, format, planted)
        causes = write_truth(folder, economy, history, alone, truth)
        if planted is not None:
            write_whole(folder / TRUTH_FOLDER, "fabricated", planted.truth)
        (folder / SETTINGS).write_text(_settings(plan), encoding="utf-8")
        digest = content_hash(folder)
    defaults = int(history.failed.sum())
    firm_years = np.clip(history.ended_week - economy.firms.joined_week, 0, None).sum() / 52
    return SynthSummary(
        folder=out,
        first=EPOCH + timedelta(days=plan.first_day),
        end=plan.end,
        rows=rows,
        defaults=defaults,
        firm_years=float(firm_years),
        yearly_default_rate=float(defaults / firm_years),
        causes=_defaults_by_cause(history, causes),
        without_contagion=int((alone < plan.weeks).sum()),
        reliability=_reliability(plan, truth),
        cpu_seconds=truth.cpu_seconds,
        content_hash=digest,
    )


def synthesis_stages(
    *, format: str = "parquet", preset: str | None = None, **settings: object
) -> dict[str, float]:
    """Return the stages that `synthesize` reports with the same arguments, with their relative durations.

    The durations were measured on a world of 10,000 firms. With replicas all of them are 0, for unknown: the replicas
    take most of the time, how much depends on all sizes.
    """
    plan = _plan(format, preset, settings)
    stages = {FIRMS: 1.0, SIMULATION: 12.0}
    if plan.contagion:
        stages[NO_CONTAGION_RUN] = 4.0
    if plan.replicas:
        return dict.fromkeys((*stages, REPLICAS, TABLES), 0.0)
    return stages | {TABLES: 45.0}


def _plan(format: str, preset: str | None, settings: Mapping[str, object]) -> WorldPlan:
    """Return the plan of a preset with settings, after checking all of them."""
    if format not in FORMATS:
        raise DataError(f"format = {format!r}", " or ".join(FORMATS), "name one of them")
    if preset is not None and preset not in PRESETS:
        raise DataError(f"preset = {preset!r}", ", ".join(PRESETS), "name one of them")
    # parameters read from a synthetic.toml have the stored name
    renamed = {"homophily" if name == HOMOPHILY else name: value for name, value in settings.items()}
    preset_values = PRESETS[preset] if preset else {}
    plan = WorldPlan(**{**preset_values, **renamed})  # type: ignore[arg-type]
    if "encoding" in plan.dirt and format != "csv":
        raise DataError(
            "dirt = encoding", "the format csv (Parquet has a fixed encoding)", "set the format to csv"
        )
    return plan


def _write_tables(
    folder: Path, economy: Economy, history: WorldHistory, format: str, planted: PlantedFraud | None
) -> dict[str, int]:
    """Write all tables, and return their numbers of rows; the long ones are never in memory as a whole."""
    plan = economy.plan
    faults = DataFaults(plan) if plan.dirt else None
    rows: dict[str, int] = {}

    def sink(name: str) -> TableSink:
        return TableSink(folder, name, format, faults)

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
    # supplies and shipments grow together, piece by piece
    supplies = sink("supplies")
    shipments = sink("shipments")
    financed = _write_trades(supplies, shipments, economy, history)
    if planted is not None:
        supplies.add(planted.supplies)
        shipments.add(planted.shipments)
    close(supplies, shipments)
    loans = sink("loans")
    activity = sink("activity")
    for piece in loan_pieces(economy, history, financed):
        loans.add(piece)
    for piece in activity_pieces(economy, history):
        activity.add(piece)
    close(loans, activity)
    if faults is not None:
        faults.finish(folder)
    return rows


def _write_trades(
    supplies: TableSink, shipments: TableSink, economy: Economy, history: WorldHistory
) -> list[FinancedTrades]:
    """Write supplies and shipments, and return the trades that loans finance.

    Links that are unseen on request are missing from supplies only: carriers report what they moved, which is the one
    trace that such links leave.
    """
    hidden = unseen_links(economy.plan, economy.links)
    financed = []
    for trades in trade_pieces(economy, history):
        seen = trades.where(~hidden[trades.link])
        supplies.add(supplies_table(economy, history, seen))
        shipments.add(shipments_table(economy, history, trades))
        financed.append(financed_trades(economy, seen))
    return financed


def _settings(plan: WorldPlan) -> str:
    """Return the mapping file: name, currency, that the data are synthetic, and the arguments."""
    rows = "" if plan.supplies_rows is None else f"supplies_rows = {plan.supplies_rows}\n"
    # floats as Python writes them: the shortest text that reads back as the same number
    strengths = "".join(f"{name} = {float(value)}\n" for name, value in asdict(plan.strengths).items())
    dirt = "".join(f"{name} = {float(plan.dirt[name])}\n" for name in sorted(plan.dirt))
    fraud = "".join(f"{name} = {float(plan.fraud[name])}\n" for name in sorted(plan.fraud))
    return (
        f'name = "synthetic-{plan.firms}-{plan.seed}"\nsynthetic = true\ncurrency = "CNY"\n\n'
        f"[parameters]\nfirms = {plan.firms}\nweeks = {plan.weeks}\nseed = {plan.seed}\n"
        f"contagion = {float(plan.contagion)}\n{HOMOPHILY} = {float(plan.homophily)}\n{rows}"
        f'grain = "{plan.grain}"\nreplicas = {plan.replicas}\nend = {plan.end}\n'
        f"\n[parameters.strengths]\n{strengths}"
        + (f"\n[parameters.dirt]\n{dirt}" if dirt else "")
        + (f"\n[parameters.fraud]\n{fraud}" if fraud else "")
    )


def _defaults_by_cause(history: WorldHistory, causes: DefaultCauses) -> dict[str, int]:
    """Count defaults by their largest cause."""
    main = next(largest(causes, len(history.failed)))[history.failed]
    # -1: all of the firm's causes are below the smallest share that is kept
    number = np.bincount(causes.cause[main[main >= 0]], minlength=len(CAUSES)).tolist()
    return dict(zip(CAUSES, number, strict=True))


def _reliability(plan: WorldPlan, truth: Truth) -> tuple[SplitHalf, ...]:
    """Return the reliability of the truth's columns by as-of date."""
    first = EPOCH + timedelta(days=plan.first_day)
    return tuple(
        SplitHalf(first + timedelta(days=7 * row.week - 1), row.column, row.correlation)
        for row in truth.reliability
    )
