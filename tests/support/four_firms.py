"""Four firms in a chain, and a fifth that does not trade: their contagion can be computed by hand."""

from __future__ import annotations

from pathlib import Path

from commands import run

SECTORS = {"A": "ore", "B": "coal", "C": "steel", "D": "trade", "007": ""}
TRADES = "A,C,2025-06-01,1\nB,C,2025-06-01,3\nC,D,2025-06-30,4\nD,A,2024-06-30,9\n"
PDS = "firm_id,pd\nA,0.1\nB,0.2\nC,0.3\nD,0.4\n007,0.5\n"


def load_four_firms(place: Path) -> None:
    """Load them into place/ws, with base PDs beside it in pd.csv: A sells 1 to C, B sells 3 to C, C sells 4 to D."""
    data = place / "data"
    data.mkdir()
    firms = "\n".join(f"{firm},{sector}" for firm, sector in SECTORS.items())
    (data / "firms.csv").write_text("firm_id,industry\n" + firms)
    (data / "supplies.csv").write_text("supplier_id,customer_id,on,amount\n" + TRADES)
    (place / "pd.csv").write_text(PDS)
    assert run("load", data, "-w", place / "ws", "--no-graph")[0] == 0
