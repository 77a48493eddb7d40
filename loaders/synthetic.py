"""A small synthetic supply chain: seeded, learnable, and with the truth about what every default came from.

It serves demonstrations, tests and benches. Nothing in it is fitted to a real economy.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from supplyrisk.graph.errors import DataError
from supplyrisk.loaders.synthetic_economy import Economy, build_economy
from supplyrisk.loaders.synthetic_plan import CAUSES, EPOCH, Plan
from supplyrisk.loaders.synthetic_records import (
    activity_table,
    events_table,
    financials_table,
    firms_table,
    persons_table,
    relations_table,
    truth_table,
)
from supplyrisk.loaders.synthetic_simulation import History, simulate
from supplyrisk.loaders.synthetic_trades import draw_trades, loans_table, shipments_table, supplies_table

FORMATS = ("parquet", "csv")
SETTINGS = "synthetic.toml"
TRUTH = "truth"


@dataclass(frozen=True)
class SynthSummary:
    """What was made.

    rows: rows per table. firm_years: years that firms spent in the data before they stopped.
    yearly_default_rate: defaults per firm-year. causes: defaults by what they came from.
    """

    folder: Path
    first: date
    end: date
    rows: Mapping[str, int]
    defaults: int
    firm_years: float
    yearly_default_rate: float
    causes: Mapping[str, int]


def synthesize(  # noqa: PLR0913 (all but the folder are named, and have defaults)
    out: Path,
    *,
    firms: int = 2000,
    weeks: int = 120,
    seed: int = 7,
    contagion: float = 1.0,
    likeness: float = 0.5,
    supplies_rows: int | None = None,
    format: str = "parquet",
    end: date = date(2025, 12, 28),
) -> SynthSummary:
    """Write a synthetic data set (every dated table of the contract) into a new folder.

    Beside the tables lie `synthetic.toml` (a mapping that says that the data are synthetic, and how they were
    made) and `truth/defaults.parquet` (firm_id, on, cause, source_id), which no loader reads. The same
    arguments give the same bytes with the same versions of numpy and pyarrow, on any number of threads.

    About 3 to 5 % of firms default in a year, so that 2,000 of them give some 70 defaults: more than in most
    books. Producers and exporters buy from suppliers that no table records, and can fail of them all the
    same. A customer does not replace a failed supplier, and carriers pass nothing on.

    Parameters
    ----------
    out: the folder, which must not exist or be empty.
    firms, weeks: size and length.
    contagion: strength of what passes along links; some 3 % default in a year at 0, 4 % at 1, 8 % at 3.
    likeness: 0 to 1, how much of distress is shared by industry, region and owner.
    supplies_rows: exact number of rows in `supplies`; by default about one per link every three weeks.
    format: "parquet" or "csv", of the tables.
    end: last day; only promised and due days lie after it.

    Raises
    ------
    DataError: the folder holds something already, or an argument is outside its bounds.
    """
    if format not in FORMATS:
        raise DataError(f"format = {format!r}", " or ".join(FORMATS), "name one of them")
    plan = Plan(firms, weeks, seed, contagion, likeness, supplies_rows, end)
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise DataError(f"{out} exists already", "a new or an empty folder", "name another one")
    out.parent.mkdir(parents=True, exist_ok=True)
    economy = build_economy(plan)
    history = simulate(economy)
    # written beside its place and renamed: a reader sees the whole data set or none
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as temporary:
        folder = Path(temporary) / "data"
        rows = _write_all(folder, economy, history, format)
        if out.is_dir():
            out.rmdir()
        folder.rename(out)
    return _summary(out, economy, history, rows)


def _write_all(folder: Path, economy: Economy, history: History, format: str) -> dict[str, int]:
    """Write tables, settings and truth; rows per table. One table is held at a time."""
    (folder / TRUTH).mkdir(parents=True)
    rows: dict[str, int] = {}

    def write(name: str, table: pa.Table) -> None:
        _write(folder / f"{name}.{format}", table)
        rows[name] = table.num_rows

    write("firms", firms_table(economy))
    write("persons", persons_table(economy))
    trades = draw_trades(economy, history)
    write("supplies", supplies_table(economy, history, trades))
    write("shipments", shipments_table(economy, history, trades))
    write("activity", activity_table(economy, history))
    write("relations", relations_table(economy, history))
    write("financials", financials_table(economy, history))
    write("loans", loans_table(economy, history, trades))
    write("events", events_table(economy, history))
    _write(folder / TRUTH / "defaults.parquet", truth_table(economy, history))
    (folder / SETTINGS).write_text(_settings(economy.plan), encoding="utf-8")
    return rows


def _write(path: Path, table: pa.Table) -> None:
    if path.suffix == ".csv":
        pa_csv.write_csv(table, path)
    else:
        pq.write_table(table, path, compression="zstd")


def _settings(plan: Plan) -> str:
    """The mapping file: what the data are, and the arguments that made them."""
    rows = "" if plan.supplies_rows is None else f"supplies_rows = {plan.supplies_rows}\n"
    return (
        f'name = "synthetic-{plan.firms}-{plan.seed}"\nsynthetic = true\ncurrency = "CNY"\n\n'
        f"[parameters]\nfirms = {plan.firms}\nweeks = {plan.weeks}\nseed = {plan.seed}\n"
        f"contagion = {float(plan.contagion)}\nlikeness = {float(plan.likeness)}\n{rows}end = {plan.end}\n"
    )


def _summary(out: Path, economy: Economy, history: History, rows: Mapping[str, int]) -> SynthSummary:
    plan = economy.plan
    there = np.clip(history.ended_week - economy.firms.joined_week, 0, None).sum() / 52
    defaults = int(history.failed.sum())
    causes = np.bincount(history.cause[history.failed], minlength=len(CAUSES)).tolist()
    return SynthSummary(
        folder=out,
        first=EPOCH + timedelta(days=plan.first),
        end=plan.end,
        rows=rows,
        defaults=defaults,
        firm_years=float(there),
        yearly_default_rate=float(defaults / there),
        causes=dict(zip(CAUSES, causes, strict=True)),
    )
