"""A process that is started in a group of its own, waits for its input, and is ended as a group, whatever it has started.

Its outputs are read up to a bound, and a clock on the wall ends it. Blocks its caller: to be used in a thread, or in
a process that has nothing else to do.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: `status` is the exit status, below zero the signal; `why` is "", "wall" or "output"."""

    status: int
    why: str
    out: bytes
    err: bytes
    wall_ms: float
    cpu_ms: float

    @property
    def signal(self) -> int:
        """The signal that ended it, also where a program around it only passed that on; 0 for none."""
        if self.status < 0:
            return -self.status
        return self.status - 128 if 128 < self.status < 128 + 65 else 0


class ConfinedProcess:
    """One process with its pipes. `close` leaves nothing of its group behind."""

    def __init__(self, command: Sequence[str], *, pass_fds: Sequence[int] = ()) -> None:
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            cwd="/",
            start_new_session=True,
            pass_fds=pass_fds,
            bufsize=0,
        )

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def line(self, within_s: float) -> str:
        """The next line of its output; empty when it ended, or said nothing within that time."""
        assert self._process.stdout is not None
        found = b""
        deadline = time.perf_counter() + within_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not found.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.perf_counter())):
                    return ""
                byte = self._process.stdout.read(1)
                if not byte:
                    return ""
                found += byte
        return found.decode("utf-8", "replace").strip()

    def finish(self, given: bytes, *, wall_s: float, output_bytes: int) -> Ended:
        """Give it that input and the end of it, and read until it ends, talks too much or takes too long."""
        process, began = self._process, time.perf_counter()
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        read = {process.stdout: b"", process.stderr: b""}
        why, left = "", memoryview(given)
        os.set_blocking(process.stdin.fileno(), False)
        with selectors.DefaultSelector() as selector:
            for stream in read:
                selector.register(stream, selectors.EVENT_READ)
            selector.register(process.stdin, selectors.EVENT_WRITE)
            while any(stream in read for stream in [key.fileobj for key in selector.get_map().values()]):
                ready = selector.select(max(0.0, began + wall_s - time.perf_counter()))
                if not ready:
                    why = "wall"
                    break
                for key, _ in ready:
                    if key.fileobj is process.stdin:
                        try:
                            left = left[os.write(process.stdin.fileno(), left[:CHUNK]) :]
                        except OSError:
                            left = left[:0]
                        if not left:
                            selector.unregister(process.stdin)
                            process.stdin.close()
                        continue
                    some = os.read(key.fd, CHUNK)
                    if not some:
                        selector.unregister(key.fileobj)
                    read[key.fileobj] += some  # type: ignore[index]
                if sum(len(one) for one in read.values()) > output_bytes:
                    why = "output"
                    break
        wall_ms = (time.perf_counter() - began) * 1000
        status, cpu_ms = self._reap(why)
        out, err = (one[:output_bytes] for one in read.values())
        return Ended(status, why, out, err, wall_ms, cpu_ms)

    def _reap(self, why: str) -> tuple[int, float]:
        """End the group and take leave of it; a process whose outputs have ended has a moment to end by itself."""
        if not why:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.5)
        status = self._process.returncode
        usage_before = _children()
        self.close()
        cpu = (_children() - usage_before) * 1000
        return (self._process.returncode if status is None else status), cpu

    def close(self) -> None:
        """Nothing of its group goes on."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process.wait()


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system
