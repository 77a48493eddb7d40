"""Write docs/memos/<name>.html: five memos from the hand-made lender's desk. `python tests/memo_examples.py`"""

from __future__ import annotations

import tempfile
from pathlib import Path

from commands import run_json
from desk import open_desk
from supplyrisk.cli.memo_page import page_of

DOCS = Path(__file__).resolve().parent.parent / "docs" / "memos"
SHOPS = {
    "sound": ("GOOD", 50_000),
    "weak": ("WEAK", 50_000),
    "failing-supplier": ("HANGS", 5_000),
    "thin-data": ("THIN", 50_000),
    "guarantee-ring": ("RING1", 5_000),
}
"""By page: the shop and what it asks for."""


def pages(workspace: Path) -> dict[str, str]:
    """Every page by its name; the data's hash is left out, since it depends on the version of the file format."""
    found = {}
    for name, (shop, amount) in SHOPS.items():
        args = (
            "check",
            shop,
            "--amount",
            amount,
            "--days",
            90,
            "-w",
            workspace,
            "--no-record",
        )
        found[name] = page_of(run_json(*args) | {"data": "0" * 64})
    return found


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in pages(open_desk(Path(folder))).items():
            (DOCS / f"{name}.html").write_text(text, encoding="utf-8")
