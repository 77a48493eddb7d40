"""A worker process and its wire format: frames of a JSON head and a binary body, each preceded by its length."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping
from typing import IO, Any, cast

from supplyrisk.graph.errors import CypherError, StoreError

_LENGTHS = struct.Struct(">QQ")
GRACE = 20.0
"""Seconds after a statement's timeout until a worker that does not respond is killed."""


def write_frame(out: IO[bytes], head: Mapping[str, Any], body: bytes | memoryview = b"") -> None:
    """Write one frame."""
    text = json.dumps(head, allow_nan=False).encode()
    out.write(_LENGTHS.pack(len(text), len(body)))
    out.write(text)
    out.write(body)
    out.flush()


def read_frame(source: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame; return None if the other side closed the stream, even in the middle of a frame."""
    lengths = source.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_length, body_length = _LENGTHS.unpack(lengths)
    head = source.read(head_length)
    body = source.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        return None
    return json.loads(head), body


def stdout_for_frames() -> IO[bytes]:
    """Return standard output as a stream for frames, and redirect later prints of libraries to stderr."""
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return frames


class WorkerProcess:
    """One worker process, which handles requests one after the other.

    Parameters
    ----------
    module: started as `python -m module`. Its stderr goes to a temporary file, whose last line is quoted if the
        process dies.
    """

    def __init__(self, module: str) -> None:
        self._overdue = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process runs; _stop closes it
        # -P keeps files of the user's current folder from shadowing libraries. The new session keeps Ctrl-C away from
        # the worker: the caller receives it and stops the worker.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        self._lock = threading.Lock()
        self._finalizer = weakref.finalize(self, _stop, self._process, self._log)

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the worker is still running."""
        return self._process.poll() is None

    def ask(self, op: str, *, timeout: float | None = None, **fields: object) -> tuple[dict[str, Any], bytes]:
        """Send a request and return the head and body of the response.

        Parameters
        ----------
        op: name of the request.
        timeout: seconds after which the worker stops the statement itself; GRACE seconds later it is killed. None
            (default) waits without limit.
        fields: further fields of the request.

        Raises
        ------
        CypherError, StoreError: the worker reports an error, exceeds the timeout, or died.
        """
        with self._lock:
            answer = self._exchange({"op": op, "timeout": timeout, **fields}, timeout)
        if answer is None and self._overdue:
            self.stop()
            problem = f"the statement was stopped after {timeout:g} s"
            raise CypherError(problem, None, "start from fewer nodes or allow more time")
        if answer is None:
            raise StoreError(
                f"the graph store's worker process ended ({self._exit_report()})",
                None,
                "run the command again",
            )
        head, body = answer
        if "fault" in head:
            raise (CypherError if head["fault"] == "cypher" else StoreError)(*head["parts"])
        return head, body

    def _exchange(
        self, request: dict[str, object], timeout: float | None
    ) -> tuple[dict[str, Any], bytes] | None:
        # Both pipes exist, because the process was started with PIPE.
        requests = cast("IO[bytes]", self._process.stdin)
        responses = cast("IO[bytes]", self._process.stdout)
        timer = threading.Timer(timeout + GRACE, self._kill_overdue) if timeout is not None else None
        answer = None
        complete = False
        try:
            if timer is not None:
                timer.start()
            write_frame(requests, request)
            answer = read_frame(responses)
            complete = True
        except (BrokenPipeError, ConnectionResetError):
            complete = True  # the worker died before it read the request; the caller sees that from the None
        finally:
            if timer is not None:
                timer.cancel()
            # Interrupted (Ctrl-C) between request and response: the next read would return the old response.
            if not complete:
                self.stop()
        return answer

    def _kill_overdue(self) -> None:
        """Kill the worker: the engine checks its timeout only between steps, so one long step may exceed it."""
        self._overdue = True
        self._process.kill()

    def _exit_report(self) -> str:
        """Return how the process ended, with the last line of its stderr."""
        _end(self._process)
        code = self._process.returncode
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        self.stop()
        how = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
        return f"{how}: {lines[-1]}" if lines else how

    def stop(self) -> None:
        """End the process and wait for it; it may be called twice."""
        self._finalizer()


def _stop(process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    _end(process)
    log.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the process's pipes, which makes it exit; kill it after two seconds."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # unsent data has no reader: the process has ended already
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
