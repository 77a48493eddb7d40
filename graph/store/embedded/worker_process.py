"""A worker process and the frames by which it is spoken to: a JSON head and a body, each with its length."""

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
from typing import IO, Any

from supplyrisk.graph.errors import CypherError, StoreError

_LENGTHS = struct.Struct(">QQ")
GRACE = 20.0
"""Seconds past a statement's deadline after which a worker that does not answer is killed."""


def write_frame(out: IO[bytes], head: Mapping[str, Any], body: bytes | memoryview = b"") -> None:
    """Send one frame."""
    text = json.dumps(head, allow_nan=False).encode()
    out.write(_LENGTHS.pack(len(text), len(body)))
    out.write(text)
    out.write(body)
    out.flush()


def read_frame(source: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Receive one frame; None when the other side is gone, in the middle of a frame too."""
    lengths = source.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_length, body_length = _LENGTHS.unpack(lengths)
    head, body = source.read(head_length), source.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        return None
    return json.loads(head), body


def stdout_for_frames() -> IO[bytes]:
    """Standard output as a stream of frames; whatever libraries print from now on goes to stderr."""
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return frames


class WorkerProcess:
    """One worker process: requests go in turn, an answer or an error comes back for each.

    module is started as `python -m module`; its own prints and remarks go to a file that is quoted when it
    dies.
    """

    def __init__(self, module: str) -> None:
        self._overdue = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        # -P: a file of the user's current folder must not shadow a library. A session of its own: Ctrl-C is
        # for the caller, who stops the worker in its own time.
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
        """Whether it still runs."""
        return self._process.poll() is None

    def ask(self, op: str, *, timeout: float | None = None, **fields: object) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer.

        timeout: seconds that the worker gives itself; GRACE seconds later it is killed. None waits for ever.

        Raises
        ------
        CypherError, StoreError: what the worker reports, or that it died.
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
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101
        timer = threading.Timer(timeout + GRACE, self._kill_overdue) if timeout is not None else None
        answer, complete = None, False
        try:
            if timer is not None:
                timer.start()
            write_frame(self._process.stdin, request)
            answer = read_frame(self._process.stdout)
            complete = True
        except (BrokenPipeError, ConnectionResetError):
            complete = True  # it died before it read: the missing answer says so
        finally:
            if timer is not None:
                timer.cancel()
            # Interrupted between the two: the pipe is out of step, so the worker cannot be used again.
            if not complete:
                self.stop()
        return answer

    def _kill_overdue(self) -> None:
        """The engine looks at its deadline only between steps: one long step is ended from outside."""
        self._overdue = True
        self._process.kill()

    def _exit_report(self) -> str:
        _end(self._process)
        code = self._process.returncode
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        self.stop()
        how = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
        return f"{how}: {lines[-1]}" if lines else how

    def stop(self) -> None:
        """End it and wait for its end; safe to call twice."""
        self._finalizer()


def _stop(process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    _end(process)
    log.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close its pipes, which is how it is asked to leave; kill it if it does not."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # what was still to be sent has no reader: it is gone already
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
