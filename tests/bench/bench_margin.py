"""What the margins of conservatism cost: grades that they lower, and how well points rank compared with PDs.

    python tests/bench/bench_margin.py WORKSPACE

On the last day: the shares of the graded firms with a margin and with a lower grade than by the PD alone, by what they
lack. On the test date: the AUC of PDs and of points by the tested model, for the outcomes of the window after it, over
the graded firms. The tested model has the margins of the deployed one.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
from sklearn.metrics import roc_auc_score

from supplyrisk import gnn
from supplyrisk.graph import Tables, Workspace, build_snapshot, last_day_of


def lowered(model: gnn.RiskModel, tables: Tables) -> None:
    """Print how many grades the margins lower, and by how many grades."""
    snapshot = build_snapshot(
        tables, last_day_of(tables), model.horizon_days or 180, default_definition=model.default_definition
    )
    rows = [row for row in gnn.score(model, snapshot).firms.to_pylist() if row["grade"] is not None]
    steps = Counter(ord(row["grade"]) - ord(row["pd_grade"]) for row in rows)
    print(f"{len(rows):,} graded; with a margin {sum(row['margin'] > 1 for row in rows) / len(rows):.1%}")
    print("grades lower by", {step: f"{count / len(rows):.1%}" for step, count in sorted(steps.items())})
    print("grades by PD ", dict(sorted(Counter(row["pd_grade"] for row in rows).items())))
    print("grades       ", dict(sorted(Counter(row["grade"] for row in rows).items())))
    reasons = Counter(reason for row in rows if row["margin_for"] for reason in row["margin_for"].split("|"))
    for reason, count in reasons.most_common():
        lower = sum(reason in (row["margin_for"] or "") and row["grade"] > row["pd_grade"] for row in rows)
        print(
            f"    {reason:22} {count / len(rows):6.1%} of the firms, {lower / len(rows):6.1%} with a lower grade"
        )


def ranked(model: gnn.RiskModel, tested: gnn.RiskModel, tables: Tables) -> None:
    """Print the AUC of PDs and of points on the test date."""
    horizon = model.horizon_days or 180
    last = last_day_of(tables)
    if last is None:
        raise SystemExit("undated data have no margins")
    day = last - timedelta(days=horizon)
    snapshot = build_snapshot(tables, day, horizon, default_definition=model.default_definition)
    outcomes = dict(
        zip(
            snapshot.firms["firm_id"].to_pylist(),
            snapshot.firms["outcome"].to_pylist(),
            strict=True,
        )
    )
    scored = gnn.score(replace(tested, margins=model.margins), snapshot, use=model.champion).firms.to_pylist()
    rows = [row for row in scored if row["grade"] is not None and outcomes[row["firm_id"]] is not None]
    y = np.array([outcomes[row["firm_id"]] for row in rows], dtype=float)
    by_pd = roc_auc_score(y, [row["pd"] for row in rows])
    by_points = roc_auc_score(y, [-row["points"] for row in rows])
    print(
        f"{day}: {len(rows):,} firms, {y.sum():.0f} defaults: AUC of PDs {by_pd:.4f}, of points {by_points:.4f}"
    )
    margin = np.array([row["margin"] > 1 for row in rows])
    for name, part in (("with a margin", margin), ("without", ~margin)):
        mean = np.mean([row["pd"] for row, own in zip(rows, part, strict=True) if own])
        print(f"    {name:14} {part.sum():,} firms, mean PD {mean:.2%}, default rate {y[part].mean():.2%}")


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("workspace")
    workspace = Workspace(parser.parse_args().workspace)
    tables = workspace.tables()
    model = gnn.load(workspace.model_path())
    lowered(model, tables)
    ranked(model, gnn.load_tested(workspace.model_path()), tables)


if __name__ == "__main__":
    main()
