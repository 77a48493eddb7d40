"""Example memos: docs/memos/<kind>.html from the demo's world, docs/memos/desk/<kind>.html from the hand-made desk.

    python tests/support/memo_examples.py                      # makes the demo's world first: about three CPU minutes
    python tests/support/memo_examples.py --demo demo          # a folder that `scgraph demo` made

Shops of the demo's world are found by what they are, the first by id of each kind, with the network scoring.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import run, run_json
from desk import open_desk
from supplyrisk.graph import Workspace, to_json
from supplyrisk.graph.credit import LoanDesk, LoanRequest, read_policy
from supplyrisk.services import CheckResult
from supplyrisk.web import render_memo

DOCS = Path(__file__).resolve().parents[2] / "docs" / "memos"
DESK = DOCS / "desk"
SHOPS = {
    "sound": ("GOOD", 50_000),
    "weak": ("WEAK", 50_000),
    "failing-supplier": ("HANGS", 5_000),
    "thin-data": ("THIN", 50_000),
    "guarantee-ring": ("RING1", 5_000),
}
"""By page of the hand-made desk: the shop and what it asks for."""
AMOUNT, DAYS = 10_000, 90
"""What shops of the demo's world ask for."""
BOUNDS = read_policy().conclusion
PREPARED = {"at": "2025-07-01T01:30:00+00:00", "by": "analyst@desk"}
Row = dict[str, Any]


def page_of(document: Row) -> str:
    """The page of a document.

    The hashes of data and model are left out, since they depend on versions of file formats, and so are time and user.
    """
    source = document["scored_by"] | {"digest": "0" * 16}
    fixed = {"data": "0" * 64, "scored_by": source, "prepared": PREPARED}
    return render_memo(CheckResult.from_json(document | fixed))


def pages(workspace: Path) -> dict[str, str]:
    """The hand-made desk's pages."""
    texts = {}
    for name, (shop, amount) in SHOPS.items():
        args = ("check", shop, "--amount", amount, "--days", DAYS, "-w", workspace, "--no-record")
        texts[name] = page_of(run_json(*args))
    return texts


@dataclass(frozen=True)
class Kind:
    """A kind of shop: a test of its stored score, which is cheap and comes first, and a test of its memo."""

    scored: Callable[[Row], bool]
    memo: Callable[[Row], bool]


def _first_reason(row: Row) -> str:
    return str(row["reasons"][0]["code"]) if row["reasons"] else ""


def _word(memo: Row) -> str:
    return str(memo["conclusion"]["word"])


def _codes(memo: Row) -> list[str]:
    return [finding["code"] for finding in memo["conclusion"]["findings"]]


def _hangs(memo: Row) -> bool:
    """Referred, all its purchases from the one that its first reason names, which is failing, and sound by itself."""
    only = memo["chain"]["suppliers"][:1]
    if _word(memo) != "refer" or "SOLE" not in _codes(memo) or not only or only[0]["share"] < 0.999:
        return False
    risk = memo["risk"]
    alone = -math.expm1(-(risk["own"] + risk["context"]))
    failing = only[0]["defaulted"] or (only[0]["pd"] or 0.0) >= BOUNDS.refer_sole_pd
    return failing and only[0]["other"] in risk["reasons"][0]["text"] and alone < BOUNDS.refer_pd


KINDS = {
    "sound": Kind(
        lambda row: row["state"] == "scored" and row["coverage"] >= 0.8,
        lambda memo: _word(memo) == "within policy",
    ),
    "weak": Kind(
        lambda row: _first_reason(row).startswith("OWN_") and row["pd"] >= BOUNDS.outside_pd,
        lambda memo: _word(memo) == "outside policy" and _codes(memo)[0] == "PD_OUTSIDE",
    ),
    "failing-supplier": Kind(lambda row: _first_reason(row) == "CAUGHT_SUPPLIER", _hangs),
    "thin-data": Kind(
        lambda row: row["state"] == "insufficient", lambda memo: _word(memo) == "insufficient evidence"
    ),
    "guarantee-ring": Kind(
        lambda row: row["state"] == "scored" and row["pd"] < BOUNDS.refer_pd,
        lambda memo: _word(memo) == "refer" and _codes(memo)[0] == "RING",
    ),
}


def search(workspace: Path) -> dict[str, tuple[int, Row | None]]:
    """By kind how many shops were tried, and the document of the first by id that is of it (None: there is none)."""
    opened = Workspace(workspace, store="embedded")
    rows = sorted(opened.scores().to_pylist(), key=lambda row: row["firm_id"])
    policy = read_policy()
    results: dict[str, tuple[int, Row | None]] = {}
    with opened.open_graph() as store:
        desk = LoanDesk(opened, store)
        for name, kind in KINDS.items():
            tried = 0
            document = None
            for row in filter(kind.scored, rows):
                tried += 1
                result = CheckResult(desk.memo(row["firm_id"], LoanRequest(AMOUNT, DAYS), policy))
                checked = json.loads(to_json(result.to_json()))
                if kind.memo(checked["rows"][0]):
                    document = checked
                    break
            results[name] = (tried, document)
    return results


def demo_pages(workspace: Path) -> dict[str, str]:
    """The pages of the demo's world, as they are now."""
    results = search(workspace)
    return {name: page_of(doc) for name, (_, doc) in results.items() if doc is not None}


def score_by_network(demo: Path) -> Path:
    """The workspace of a demo, scored by the network whoever is champion."""
    workspace = demo / "workspace"
    args = ("score", "-w", workspace, "--store", "embedded", "--use", "network")
    code, _, err = run(*args)
    assert code == 0, err
    return workspace


def main() -> None:
    """Write both sets of pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--demo", type=Path, help="a folder that scgraph demo made")
    parser.add_argument("--only-desk", action="store_true", help="leave the demo's world alone")
    args = parser.parse_args()
    DESK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in pages(open_desk(Path(folder))).items():
            (DESK / f"{name}.html").write_text(text, encoding="utf-8")
        if args.only_desk:
            return
        demo = args.demo or Path(folder) / "demo"
        if args.demo is None:
            code, _, err = run("demo", "--dir", demo)
            assert code == 0, err
        results = search(score_by_network(demo))
        for name, (tried, document) in results.items():
            shop = "no shop" if document is None else document["rows"][0]["shop"]["firm"]
            print(f"{name}: {shop}, after {tried} shops")
            if document is not None:
                text = page_of(document)
                (DOCS / f"{name}.html").write_text(text, encoding="utf-8")
        missing = [name for name, (_, document) in results.items() if document is None]
        if missing:
            sys.exit(
                f"no shop is of the kind {', '.join(missing)}: the pages of these are of an earlier world"
            )


if __name__ == "__main__":
    main()
