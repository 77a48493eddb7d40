"""Processes and ports of a local server: whether a process is the server, whether a port is free or speaks Bolt."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

from supplyrisk.graph.errors import StoreError


def is_running(pid: int, arguments: Path) -> bool:
    """Return whether a process is the server, recognised by its argument file: process ids are reused."""
    _reap(pid)
    return str(arguments) in _command_of(pid)


def _command_of(pid: int) -> str:
    """Return the command line of a process, empty where it does not run."""
    process = Path("/proc") / str(pid)
    # macOS has no /proc.
    if not Path("/proc/self").exists():
        command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    try:
        while not (command_line := (process / "cmdline").read_bytes()):
            # A process has no command line for a moment after its start, and none at all once it ended (state Z or
            # X): wait in the first case only.
            if (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] in "ZX":
                return ""
            time.sleep(0.01)
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return command_line.decode(errors="replace")


def wait_for_end(pid: int, arguments: Path, seconds: float) -> bool:
    """Wait up to `seconds` for the server's end; return whether it ended."""
    end = time.monotonic() + seconds
    while is_running(pid, arguments):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _reap(pid: int) -> None:
    """Reap the process if it is an ended child of this one; do nothing if another process started it."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def answers_bolt(port: int) -> bool:
    """Return whether a Bolt server responds on a port; Neo4j opens the port before it can respond."""
    with socket.socket() as connection:
        connection.settimeout(2)
        if connection.connect_ex(("127.0.0.1", port)):
            return False
        try:
            # Bolt's handshake: the magic number, then four proposed versions (5.4 and three empty ones).
            connection.sendall(bytes.fromhex("6060b017") + bytes.fromhex("00000405") + bytes(12))
            return len(connection.recv(4)) == 4
        except OSError:
            return False


def free_port(preferred: int) -> int:
    """Return the preferred port if it is free, or any free port."""
    # Port 0 lets the operating system choose.
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StoreError("no port is free on 127.0.0.1", None, "end a program that listens on a port")
