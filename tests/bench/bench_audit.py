"""Seconds of an append to a long audit log, and its ratio to an append that reads every payload.

    python tests/bench/bench_audit.py [--entries 5000] [--kilobytes 60]

Baseline: the same append without the mark up to which payloads were read, which reads all of them, as every append did
before there was a mark. Both are measured in turns on one log; best of five, by the clock and in CPU seconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from unittest import mock

from supplyrisk.graph.credit import AuditLog, audit_log
from supplyrisk.graph.credit.audit_log import MARK

TIMES = 5


def long_log(folder: Path, entries: int, size: int) -> AuditLog:
    """A log with so many entries; written without verifying or syncing each, which would take hours."""
    log = AuditLog(folder)
    listed: list[audit_log.AuditEntry] = []
    with mock.patch.object(log, "_entries_to_follow", lambda: listed), mock.patch("os.fsync"):
        for _ in range(entries):
            listed.append(log.append("check", {"document": {"text": "x" * size}}))
    return log


def seconds_of(log: AuditLog, *, marked: bool) -> tuple[float, float]:
    """Clock and CPU seconds of one append."""
    if not marked:
        (log.folder / MARK).unlink(missing_ok=True)
    clock = time.perf_counter()
    cpu = time.process_time()
    log.append("check", {"document": {}})
    return time.perf_counter() - clock, time.process_time() - cpu


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=5000)
    parser.add_argument("--kilobytes", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        log = long_log(Path(place) / "audit", options.entries, 1000 * options.kilobytes)
        # In turns, so that a busy machine slows both; an append without a mark leaves one for the next.
        pairs = [(seconds_of(log, marked=False), seconds_of(log, marked=True)) for _ in range(TIMES)]
    for name, unit in enumerate(("s by the clock", "CPU s")):
        all_payloads = min(baseline[name] for baseline, _ in pairs)
        after_mark = min(marked[name] for _, marked in pairs)
        print(
            f"append to {options.entries:,} entries of {options.kilobytes} kB: {after_mark:.3f} {unit}; reading all "
            f"payloads: {all_payloads:.3f}; ratio {after_mark / all_payloads:.2f}"
        )


if __name__ == "__main__":
    main()
