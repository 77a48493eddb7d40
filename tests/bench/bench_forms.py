"""CPU seconds and memory of `scgraph load` for rows with decimal commas and three forms of days, against plain rows.

    python tests/bench/bench_forms.py [--rows 5000000] [--rounds 3]

Equal trades are written as two CSV files: plain (ISO days, decimal points), and with semicolons, `1.234,50`, and days
as `05.03.2024`, `2024/03/05` or `5-Mar-24` in turn, which a mapping describes. Each is loaded without a graph by a
process of its own, taking turns; the figures are medians, and the last line has the ratios to the plain file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import duckdb

from measure import Cost, cost_of, median_of

FIRMS = 2_000
MAPPING = """
[[source]]
file = "supplies.csv"
table = "supplies"
delimiter = ";"
decimal = ","
thousands = "."
dates = ["%d.%m.%Y", "%Y/%m/%d", "%d-%b-%y"]
"""
TRADES = f"""
SELECT 'F' || (i % {FIRMS}) AS supplier_id, 'F' || ((i * 7919 + 1) % {FIRMS}) AS customer_id,
    DATE '2023-01-01' + (i % 730)::INTEGER AS "on", (i * 37 % 9999999) / 100 AS amount, 'T' || i AS row_id
FROM range(?) AS t(i)
"""
FORMS = f"""
SELECT supplier_id, customer_id, CASE right(row_id, 1)::INTEGER % 3
        WHEN 0 THEN strftime("on", '%d.%m.%Y') WHEN 1 THEN strftime("on", '%Y/%m/%d')
        ELSE strftime("on", '%-d-%b-%y') END AS "on",
    translate(format('{{:,.2f}}', amount::DOUBLE), ',.', '.,') AS amount, row_id
FROM ({TRADES})
"""


def write(folder: Path, query: str, rows: int, delimiter: str) -> None:
    """Write the firms, and the trades of a query."""
    folder.mkdir()
    (folder / "firms.csv").write_text("firm_id\n" + "".join(f"F{i}\n" for i in range(FIRMS)))
    path = folder / "supplies.csv"
    duckdb.execute(f"COPY ({query}) TO '{path}' (HEADER, DELIMITER '{delimiter}')", [rows])


def main() -> None:
    """Write, load and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scgraph-bench-") as name:
        base = Path(name)
        write(base / "plain", TRADES, args.rows, ",")
        write(base / "forms", FORMS, args.rows, ";")
        (base / "mapping.toml").write_text(MAPPING)
        script = "from supplyrisk.cli import main; main()"
        scgraph = [sys.executable, "-c", script, "--quiet", "load", "--no-graph", "-w", str(base / "ws")]
        commands = {
            "plain": [*scgraph, str(base / "plain")],
            "forms": [*scgraph, str(base / "forms"), "--mapping", str(base / "mapping.toml")],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(args.rounds):
            for form, command in commands.items():
                costs[form].append(cost_of(command))
    plain = median_of(costs["plain"])
    forms = median_of(costs["forms"])
    print(f"plain: {plain}")
    print(f"forms: {forms}")
    print(f"ratio: CPU {forms.cpu / plain.cpu:.2f}, memory {forms.memory / plain.memory:.2f}")


if __name__ == "__main__":
    main()
