"""A new baseline is one module and one line of the registry: trained, stored, explained and evaluated as others."""

from __future__ import annotations

import json
from pathlib import Path

from package_copy import PackageCopy

MODULE = """
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.gnn.baselines.baseline_protocol import BaselineFit, Explanation
from supplyrisk.gnn.data.panel import stacked
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.smooth_score import SmoothScore, fit_smooth


@dataclass(frozen=True)
class RidgeOwn:
    description = "ridge regression on own columns"
    interval = None
    stages = frozenset()
    own_only = True
    score: SmoothScore

    @classmethod
    def fit(cls, rows):
        outcomes = RowOutcomes.of_graphs(rows.graphs)
        fit = fit_smooth(stacked(rows.graphs, "x"), outcomes, rows.settings.seed)
        return BaselineFit(cls(fit.score), np.exp(fit.log_hazards)[None])

    def hazards(self, rows):
        return np.exp(self.score.predict(rows.x))[None]

    def explain(self, rows):
        x = rows.x
        return Explanation([x], [self.score.predict], lambda at: self.score.parts(x[at]), self.score.constant)

    def column_gains(self, columns):
        return self.score.column_sizes

    def save(self):
        return self.score.to_json()

    @classmethod
    def load(cls, stored, boosters):
        return cls(SmoothScore.from_json(stored))
"""
LINE = '    "ridge-own": Registered("ridge_own", "RidgeOwn"),\n'
SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np
import pyarrow as pa
from supplyrisk import gnn
from supplyrisk.gnn.evaluation.candidates import evaluation_rows_of
from supplyrisk.graph import DatasetInfo, Tables, build_snapshot

firms = 150
rng = np.random.default_rng(0)
capital = rng.permutation(firms) + 1.0
ids = [f"F{i:03}" for i in range(firms)]
tables = {
    "firms": pa.table({"firm_id": ids, "registered_capital": capital}),
    "supplies": pa.table({"supplier_id": ids, "customer_id": [*ids[1:], ids[0]], "amount": np.full(firms, 5.0)}),
    "labels": pa.table({"firm_id": ids, "defaulted": rng.random(firms) < 0.5 * (1 - capital / firms)}),
}
snapshot = build_snapshot(Tables(DatasetInfo("copy", undated=True), tables))
splits = gnn.DataSplits((snapshot,))
settings = gnn.TrainingSettings(members=1, contexts=("none",), bootstrap=10, device="cpu")
trained = gnn.train("copy", splits, settings)
folder = Path(sys.argv[1])
gnn.save(trained, folder)
model = gnn.load(folder)
scores = gnn.score(model, snapshot, use="ridge-own")
tested = gnn.load_tested(folder)
same = [
    gnn.score(m, snapshot, use="ridge-own").firms["pd"].to_pylist() for m in (trained, model)
]
print(json.dumps({
    "candidates": model.candidates,
    "scoring": gnn.SCORING,
    "model": scores.model,
    "saved to the same bit": same[0] == same[1],
    "reason": scores.firms["reasons"][0].as_py()[0]["code"],
    "calibrated": "ridge-own" in model.card["calibrations"],
    "compared": "ridge-own" in tested.card["choosing"]["network_minus"],
    "evaluated": sorted(evaluation_rows_of(tested, splits).pds),
}))
"""


def test_one_module_and_one_line_add_a_baseline(tmp_path: Path) -> None:
    copy = PackageCopy(tmp_path / "copy")
    copy.write("gnn/baselines/ridge_own.py", MODULE)
    copy.insert("gnn/baselines/baseline_registry.py", '    "counts-only"', LINE)
    candidates = ["network", "boosted-own", "boosted-neighbours", "ridge-own"]
    assert json.loads(copy.python(SCRIPT, tmp_path / "model")) == {
        "candidates": candidates,
        "scoring": [*candidates, "expert"],
        "model": "copy/ridge-own",
        "saved to the same bit": True,
        "reason": "OWN_REGISTERED_CAPITAL",
        "calibrated": True,
        "compared": True,
        "evaluated": sorted([*candidates, "counts-only", "network-caught-off"]),
    }
