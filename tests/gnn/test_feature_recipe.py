"""A new feature is one record in one file: planted in a copy of the tree, it appears everywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORD = """    _feature("unpaid_capital", "registered capital - paid-in capital", "money", 1, scorecard=MODEST,
             sql="max(registered_capital - paid_in_capital)", en="capital not paid in", zh="未缴资本"),
"""
SCRIPT = """
import json
from handmade import AS_OF, features_of, firms, tables_of
from supplyrisk.gnn.explain.reasons import Wording, own_reason
from supplyrisk.gnn.baselines.expert_scorecard import scorecard_prior
from supplyrisk.gnn.network.expert_prior import expert_prior
from supplyrisk.graph import build_snapshot

snap = build_snapshot(tables_of(firms=firms("A", registered_capital=9.0, paid_in_capital=2.0)), AS_OF)
by_name = {f.name: f for f in snap.features}
name = "unpaid_capital"
reasons = [own_reason((name, ""), 7.0, None, Wording(by_name, "CNY", lang)) for lang in ("en", "zh")]
print(json.dumps({
    "value": features_of(snap, "A")[name],
    "direction": by_name[name].direction,
    "reasons": [[reason.code, reason.text] for reason in reasons],
    "scorecard": scorecard_prior((name,)).tolist(),
    "prior": expert_prior((name,)).tolist(),
}))
"""


def test_one_record_adds_a_feature(tmp_path: Path) -> None:
    package = tmp_path / "supplyrisk"
    shutil.copytree(ROOT / "graph", package / "graph")
    for folder in ("queries", "gnn"):
        (package / folder).symlink_to(ROOT / folder)
    module = package / "graph" / "snapshot" / "features" / "firms.py"
    before, roles, after = module.read_text("utf-8").partition('    _feature("roles"')
    assert roles
    module.write_text(before + RECORD + roles + after, "utf-8")
    path = os.pathsep.join((str(tmp_path), str(ROOT / "tests" / "support")))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert json.loads(done.stdout) == {
        "value": 7.0,
        "direction": 1,
        "reasons": [
            ["OWN_UNPAID_CAPITAL", "capital not paid in: 7 CNY"],
            ["OWN_UNPAID_CAPITAL", "未缴资本：7 CNY"],
        ],
        "scorecard": [0.15],
        "prior": [0.0],
    }
