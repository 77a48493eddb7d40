"""The golden pages: what each document says on a terminal, on the stored workspace, one file per document and language.

python tests/support/golden_pages.py     # writes tests/golden again; read the differences before you commit them
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from typer.testing import CliRunner

from supplyrisk.cli import app

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests" / "fixtures" / "workspace"
GOLDEN = ROOT / "tests" / "golden"
SHOP = "F0000086"
LENDER = "L003"
SCENARIO = """name = "half of a region"
weeks = 4

[[step]]
name = "Zhejiang at half capacity"
region = "Zhejiang"
share = 0.5
"""

PAGES: Mapping[str, tuple[str, ...]] = {
    "score.en": ("score", "--top", "5"),
    "score.zh": ("score", "--top", "5", "--lang", "zh"),
    "explain.en": ("explain", "{shop}"),
    "explain.zh": ("explain", "{shop}", "--lang", "zh"),
    "check.en": (
        "check",
        "{shop}",
        "--amount",
        "200000",
        "--days",
        "90",
        "--lender",
        "{lender}",
        "--no-record",
    ),
    "check.zh": ("check", "{shop}", "--amount", "200000", "--days", "90", "--lang", "zh", "--no-record"),
    "portfolio.en": ("portfolio", "{lender}", "--replicas", "1000"),
    "monitor.en": ("monitor", "--since", "2025-06-30"),
    "contagion.en": ("contagion", "--top", "5"),
    "stress.en": ("stress", "scenario.toml"),
    "compare.en": ("compare", "2025-06-30", "2025-12-28", "--top", "5"),
    "models.en": ("compare",),
    "store.en": ("store", "info"),
}
"""By page the command whose output it is."""


def prepare(folder: Path) -> Path:
    """A copy of the stored workspace in the folder, with its graph built and its scores in it."""
    workspace = Path(shutil.copytree(FIXTURE, folder / "workspace"))
    (folder / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    # Scored again: stored reasons keep the wording of their day, and a page must not depend on another one's command.
    for command in (("store", "load"), ("score",), ("store", "contagion")):
        page_of(folder, command)
    return workspace


def page_of(folder: Path, command: tuple[str, ...]) -> str:
    """Stdout and stderr of a command in the folder, without what differs between runs."""
    words = [word.format(shop=SHOP, lender=LENDER) for word in command]
    before = Path.cwd()
    os.chdir(folder)
    try:
        result = CliRunner().invoke(app, [*words, "--workspace", "workspace"], catch_exceptions=False)
    finally:
        os.chdir(before)
    if result.exit_code != 0:
        raise RuntimeError(f"{' '.join(words)} ended with {result.exit_code}: {result.stderr}")
    text = f"$ scgraph {' '.join(words)}\n\n{result.stdout}\n--- stderr ---\n{result.stderr}"
    # Machine code is cached between runs: only a first run compiles, and says so.
    return re.sub(r"^compiling: .*\n", "", text, flags=re.MULTILINE)


def main() -> None:
    """Write all pages again."""
    os.environ["SCGRAPH_STORE"] = "embedded"
    os.environ["SCGRAPH_DEVICE"] = "cpu"
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(folder)
        for name, command in PAGES.items():
            (GOLDEN / f"{name}.txt").write_text(page_of(folder, command), encoding="utf-8")
            print(f"tests/golden/{name}.txt")


if __name__ == "__main__":
    main()
