"""Wall seconds, CPU seconds and peak memory of a command with all the processes that it starts."""

from __future__ import annotations

import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import psutil

_EVERY = 0.1


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, seconds of CPU, and MB: the largest sum over its processes, shared pages divided."""

    seconds: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, CPU {self.cpu:.1f} s, peak {self.memory:.0f} MB"


def cost_of(command: Sequence[str]) -> Cost:
    """Run a command to its end; CalledProcessError where it fails."""
    before, start = _cpu(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak, done = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(psutil.Process(process.pid), peak, done))
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - start
    done.set()
    watcher.join()
    if code:
        raise subprocess.CalledProcessError(code, command)
    return Cost(seconds, _cpu() - before, peak[0])


def median_of(costs: Sequence[Cost]) -> Cost:
    """Each figure's median."""
    return Cost(*(median(getattr(c, name) for c in costs) for name in ("seconds", "cpu", "memory")))


def _cpu() -> float:
    """CPU seconds of all children that have ended, and of theirs that they waited for."""
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def _watch(process: psutil.Process, peak: list[float], done: threading.Event) -> None:
    while not done.wait(_EVERY):
        peak[0] = max(peak[0], sum(_megabytes(p) for p in _tree(process)))


def _tree(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:  # it has just ended
        return []


def _megabytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0
