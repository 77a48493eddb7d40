"""Four listed firms, A to D, and two partners in no list, X and Y: contagion between them can be computed by hand.

X sells to A and C, A sells to B, C sells to D, and B sells to Y. Y defaulted 40 days before the last day.
"""

from __future__ import annotations

from pathlib import Path

from commands import run

LISTED = "ABCD"
UNLISTED = "XY"
TRADES = "X,A,2024-06-01,30\nX,C,2024-06-01,10\nC,D,2024-06-10,20\nA,B,2024-06-20,40\nB,Y,2024-06-30,5\n"
EQUITY = {"A": 80, "B": 5, "C": 40, "D": 20}
AS_OF = "2024-06-30"


def write_unlisted(folder: Path, *, listed: str = LISTED, loans: str = "") -> Path:
    """Write the files of the data set into a folder, and return the mapping that adds partners."""
    folder.mkdir()
    (folder / "firms.csv").write_text("firm_id,industry\n" + "".join(f"{firm},steel\n" for firm in listed))
    (folder / "supplies.csv").write_text("supplier_id,customer_id,on,amount\n" + TRADES)
    statements = "".join(f"{firm},2023-12-31,{equity},50\n" for firm, equity in EQUITY.items())
    (folder / "financials.csv").write_text("firm_id,on,equity,short_term_debt\n" + statements)
    (folder / "events.csv").write_text("firm_id,on,kind\nY,2024-05-21,default\n")
    if loans:
        (folder / "loans.csv").write_text("loan_id,lender_id,firm_id,on,limit,drawn\n" + loans)
    mapping = folder.parent / f"{folder.name}.toml"
    mapping.write_text('name = "six"\npartners = "add"\n')
    return mapping


def score_unlisted(place: Path, *, loans: str = "") -> Path:
    """Load and score the data set by an expert model at a base rate of 4 %, and return its workspace."""
    mapping = write_unlisted(place / "data", loans=loans)
    workspace = place / "ws"
    for command in (
        ("load", place / "data", "--mapping", mapping),
        ("train", "--expert", "--base-rate", "0.04"),
        ("score",),
    ):
        code, _, err = run(*command, "-w", workspace)
        assert code == 0, err
    return workspace
