"""The shipped table that shops without a workspace are ranked against.

python tests/support/thin_reference_table.py        # about a minute; writes gnn/baselines/thin_reference.json
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from commands import run
from supplyrisk.gnn.baselines.thin_reference import ThinReference
from supplyrisk.graph import Workspace

FIRMS, SEED, BASE_RATE = 2000, 7, 0.02
TABLE = Path(__file__).resolve().parents[2] / "gnn" / "baselines" / "thin_reference.json"
SOURCE = (
    f"{FIRMS:,} firms of a synthetic world (scgraph synth --firms {FIRMS} --seed {SEED}), not of a real economy; "
    f"base rate {BASE_RATE:.0%} in 180 days, assumed"
)


def table() -> ThinReference:
    """Return the reference of the synthetic world on its last day."""
    with tempfile.TemporaryDirectory() as folder:
        for args in (
            ("synth", Path(folder) / "world", "--firms", FIRMS, "--seed", SEED),
            ("load", Path(folder) / "world", "-w", Path(folder) / "ws"),
        ):
            code, _, err = run(*args)
            assert code == 0, err
        snapshot = Workspace(Path(folder) / "ws").snapshot(None)
        return ThinReference.of_snapshot(snapshot, BASE_RATE, SOURCE)


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table().to_json(), indent=1) + "\n", encoding="utf-8")
