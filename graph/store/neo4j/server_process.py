"""Processes and ports of a server of one's own: which process is ours, which port is free, who answers on it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

from supplyrisk.graph.errors import StoreError


def is_running(pid: int, arguments: Path) -> bool:
    """Whether that process was started with this argument file: a process id may have gone to another since."""
    _reap(pid)
    return str(arguments) in _command_of(pid)


def _command_of(pid: int) -> str:
    """The command line of a process, empty where there is none."""
    process = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():
        command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    try:
        while not (command_line := (process / "cmdline").read_bytes()):
            # For a moment after its start a process has none; one that ended never has one again.
            if (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] in "ZX":
                return ""
            time.sleep(0.01)
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return command_line.decode(errors="replace")


def wait_for_end(pid: int, arguments: Path, seconds: float) -> bool:
    """Wait for its end, for so many seconds at most; whether it came."""
    end = time.monotonic() + seconds
    while is_running(pid, arguments):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _reap(pid: int) -> None:
    """Let go of a child that ended; a server that another process started is not ours to wait for."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def answers_bolt(port: int) -> bool:
    """Whether something speaks Bolt there: the server opens its port before it can answer."""
    with socket.socket() as talk:
        talk.settimeout(2)
        if talk.connect_ex(("127.0.0.1", port)):
            return False
        try:
            talk.sendall(bytes.fromhex("6060b017") + bytes.fromhex("00000405") + bytes(12))
            return len(talk.recv(4)) == 4
        except OSError:
            return False


def free_port(preferred: int) -> int:
    """The wanted port where it is free, else any."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StoreError("no port is free on 127.0.0.1")
