"""Detection of defaults without a day, beside logistic regression on thirty ratios of the invoices.

    python tests/bench/bench_undated_labels.py DATA [--repeats 5] [--folds 5] [--members 5]

DATA holds a file per firm of invoices received and of invoices issued, and a list of firms with yes or no. Every firm
with a label is scored by models that saw the labels of the other folds only; all folds are drawn anew in each repeat.
The deployed recipe is the champion that each training chooses by its own validation. A training takes about 20 CPU s.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from supplyrisk import gnn, loaders
from supplyrisk.gnn.calibration import pd_of
from supplyrisk.graph import Snapshot, Workspace

Matrix = NDArray[np.float64]

MAPPING = "cn_vat_invoices"
RECEIVED = "credit_history_enterprise_input_invoice"
ISSUED = "credit_history_enterprise_output_invoice"
DEPLOYED = "deployed"
DRAWS = 500
RATIOS_MODEL = "logistic regression"

_INVOICES = """
INSERT INTO invoices
SELECT "企业代号" AS firm, $side AS side, "{partner}" AS partner, strptime("开票日期", '%Y/%m/%d')::DATE AS day,
    CAST("价税合计" AS DOUBLE) AS amount, "发票状态" <> '有效发票' AS void
FROM read_csv($files, all_varchar = true)
"""

# Fourteen ratios of each side (bought or sold), by days and months before the day of the labels; two more compare the
# sides.
_SIDE_RATIOS = """
WITH valid AS (
    SELECT *, CAST($as_of AS DATE) - day AS ago, date_trunc('month', day) AS month
    FROM invoices WHERE side = $side AND NOT void
), months AS (
    SELECT firm, month, sum(amount) AS total FROM valid GROUP BY ALL
), monthly AS (
    SELECT firm, count(*) AS active, stddev(total) / nullif(avg(total), 0) AS volatility,
        date_diff('month', min(month), max(month)) + 1 - count(*) AS silent, max(total) / nullif(sum(total), 0) AS peak,
        regr_slope(total, date_diff('month', DATE '2016-10-01', month)) / nullif(avg(abs(total)), 0) AS slope
    FROM months GROUP BY firm
), partners AS (
    SELECT firm, partner, sum(greatest(amount, 0)) AS total FROM valid GROUP BY ALL
), concentration AS (
    SELECT firm, sum((total / share_of) ** 2) AS hhi, max(total / share_of) AS largest, count(*) AS number
    FROM (SELECT *, nullif(sum(total) OVER (PARTITION BY firm), 0) AS share_of FROM partners) GROUP BY firm
), voids AS (
    SELECT firm, avg(CAST(void AS DOUBLE)) AS void FROM invoices WHERE side = $side GROUP BY firm
), sums AS (
    SELECT firm, ln(1 + greatest(sum(amount), 0)) AS total, ln(1 + count(*)) AS invoices, min(ago) AS last_ago,
        max(ago) - min(ago) AS span, -sum(least(amount, 0)) / nullif(sum(greatest(amount, 0)), 0) AS returned,
        coalesce(sum(amount) FILTER (WHERE ago < 365), 0) / nullif(sum(amount), 0) AS last_year,
        coalesce(sum(amount) FILTER (WHERE ago < 180), 0) / nullif(sum(amount), 0) AS last_half
    FROM valid GROUP BY firm
)
SELECT firm, total, invoices, last_ago, span, returned, last_year, last_half, active, volatility, silent, slope,
    hhi, ln(number) AS partners, void
FROM sums JOIN monthly USING (firm) JOIN concentration USING (firm) JOIN voids USING (firm)
"""


@dataclass(frozen=True)
class Bench:
    """What is compared: the snapshot, the ratios by firm, the labelled firms in order, and their outcomes."""

    snapshot: Snapshot
    ratios: Mapping[str, Matrix]
    firms: NDArray[np.str_]
    y: Matrix

    @classmethod
    def read(cls, data: Path) -> Bench:
        """Load the data, and compute the ratios as of the same day."""
        with tempfile.TemporaryDirectory() as folder:
            loaders.load(data, folder, MAPPING)
            snapshot = Workspace(folder).snapshot()
        ids = snapshot.firms["firm_id"].to_pylist()
        outcomes = snapshot.firms["outcome"].to_pylist()
        labels = {firm: failed for firm, failed in zip(ids, outcomes, strict=True) if failed is not None}
        firms = np.array(sorted(labels))
        y = np.array([float(labels[firm]) for firm in firms])
        return cls(snapshot, ratios_of(data, str(snapshot.as_of)), firms, y)

    def repeat(self, seed: int, folds: int, members: int) -> dict[str, Matrix]:
        """Return each model's PDs [firms], every firm by models that did not see its label."""
        pds: dict[str, Matrix] = {}
        drawn = StratifiedKFold(folds, shuffle=True, random_state=seed)
        settings = gnn.TrainingSettings(seed=seed, members=members)
        for train, test in drawn.split(self.firms, self.y):
            scored = self._scored(test, settings)
            regression = logistic_regression().fit(self._table(train), self.y[train])
            scored[RATIOS_MODEL] = regression.predict_proba(self._table(test))[:, 1]
            scored["base rate"] = np.full(len(test), self.y[train].mean())
            for name, pd in scored.items():
                pds.setdefault(name, np.empty(len(self.y)))[test] = pd
        return pds

    def _table(self, at: NDArray[np.int64]) -> Matrix:
        return np.array([self.ratios[firm] for firm in self.firms[at]])

    def _scored(self, test: NDArray[np.int64], settings: gnn.TrainingSettings) -> dict[str, Matrix]:
        """Train without the outcomes of some firms, and return their PDs by each candidate and by the champion."""
        hidden = without_outcomes(self.snapshot, set(self.firms[test]))
        model = gnn.train("bench", gnn.DataSplits((hidden,)), settings)
        parts = model.parts(hidden).parts
        rows = np.searchsorted(np.array(hidden.firms["firm_id"].to_pylist()), self.firms[test])
        scored = {c: pd_of(model.calibrations[c].apply(parts.hazard(c)))[rows] for c in model.candidates}
        print(f"  context {model.card['context']}, champion {model.champion}", flush=True)
        return scored | {DEPLOYED: scored[model.champion]}


def main() -> None:
    """Print AUC and Brier score of each model, and the differences from the regression."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--members", type=int, default=5)
    asked = parser.parse_args()
    bench = Bench.read(asked.data)
    width = len(next(iter(bench.ratios.values())))
    print(f"{len(bench.y)} firms with a label, {bench.y.sum():.0f} defaulted; {width} ratios", flush=True)
    runs: dict[str, list[Matrix]] = {}
    for seed in range(asked.repeats):
        for name, pd in bench.repeat(seed, asked.folds, asked.members).items():
            runs.setdefault(name, []).append(pd)
            auc, brier = roc_auc_score(bench.y, pd), np.mean((pd - bench.y) ** 2)
            print(f"repeat {seed} {name}: AUC {auc:.3f}, Brier {brier:.4f}", flush=True)
    report(runs, bench.y)


def without_outcomes(snapshot: Snapshot, firm_ids: set[str]) -> Snapshot:
    """Return a snapshot in which the outcomes of some firms are unknown."""
    ids = snapshot.firms["firm_id"].to_pylist()
    outcomes = snapshot.firms["outcome"].to_pylist()
    kept = [None if firm in firm_ids else outcome for firm, outcome in zip(ids, outcomes, strict=True)]
    place = snapshot.firms.column_names.index("outcome")
    return replace(snapshot, firms=snapshot.firms.set_column(place, "outcome", pa.array(kept, pa.bool_())))


def logistic_regression() -> Pipeline:
    """Return ridge logistic regression on the ranks of the ratios; its penalty is chosen by inner folds."""
    ridge = GridSearchCV(
        LogisticRegression(max_iter=2000), {"C": np.logspace(-3, 1, 9)}, cv=5, scoring="neg_log_loss"
    )
    return make_pipeline(QuantileTransformer(n_quantiles=30), StandardScaler(), ridge)


def ratios_of(data: Path, as_of: str) -> dict[str, Matrix]:
    """Return the ratios of each firm with invoices; a missing one is the mean of the others."""
    sides = []
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE invoices (firm TEXT, side TEXT, partner TEXT, day DATE, amount DOUBLE, void BOOLEAN)"
        )
        for folder, partner in ((RECEIVED, "销方单位代号"), (ISSUED, "购方单位代号")):
            con.execute(
                _INVOICES.format(partner=partner), {"side": folder, "files": str(data / folder / "*.csv")}
            )
            rows = con.execute(_SIDE_RATIOS, {"side": folder, "as_of": as_of}).fetchall()
            sides.append({row[0]: row[1:] for row in rows})
    bought, sold = sides
    nothing = (np.nan,) * len(next(iter(sold.values())))
    firms = sorted({*bought, *sold})
    table = np.array([[*bought.get(f, nothing), *sold.get(f, nothing)] for f in firms], dtype=float)
    # Of both sides: bought over sold, in money and in invoices, as differences of logarithms.
    table = np.hstack([table, table[:, :2] - table[:, len(nothing) : len(nothing) + 2]])
    table = np.where(np.isnan(table), np.nanmean(table, axis=0), table)
    return dict(zip(firms, table, strict=True))


def report(runs: Mapping[str, list[Matrix]], y: Matrix) -> None:
    """Print means over the repeats, and differences from the regression with 95 % intervals that resample firms."""
    draws = [np.random.default_rng(n).integers(0, len(y), len(y)) for n in range(DRAWS)]
    draws = [at for at in draws if 0 < y[at].sum() < len(at)]
    everything = np.arange(len(y))
    for name, pds in runs.items():
        line = f"{name}: AUC {mean_auc(pds, y, everything):.3f}, Brier {mean_brier(pds, y, everything):.4f}"
        for label, measure in (("AUC", mean_auc), ("Brier", mean_brier)):
            gains = [measure(pds, y, at) - measure(runs[RATIOS_MODEL], y, at) for at in (everything, *draws)]
            low, high = np.quantile(gains[1:], (0.025, 0.975))
            line += f"; {label} minus regression {gains[0]:+.4f} [{low:+.4f}, {high:+.4f}]"
        print(line)


def mean_auc(pds: Sequence[Matrix], y: Matrix, at: NDArray[np.int64]) -> float:
    """Return the mean AUC over repeats, of some firms."""
    return float(np.mean([roc_auc_score(y[at], pd[at]) for pd in pds]))


def mean_brier(pds: Sequence[Matrix], y: Matrix, at: NDArray[np.int64]) -> float:
    """Return the mean Brier score over repeats, of some firms."""
    return float(np.mean([np.mean((pd[at] - y[at]) ** 2) for pd in pds]))


if __name__ == "__main__":
    main()
