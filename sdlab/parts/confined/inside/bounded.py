"""Becomes a command that is bounded from its first statement on, and ends with the process that started it.

Run as a program in an interpreter without packages: `bounded.py PARENT NICE CPU_S MEMORY FILE COMMAND...`; memory and
the largest file in bytes. Between fork and exec nothing may be done that needs a lock, and a limit that is
set from outside comes after the command has begun: so this is a program of its own.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1


def command(program: list[str], *, nice: int, cpu_s: int, memory_bytes: int, file_bytes: int) -> list[str]:
    """The command line that runs `program` so. On Linux it ends when the thread ends that has started it."""
    bounds = (os.getpid(), nice, cpu_s, memory_bytes, file_bytes)
    return [sys.executable, "-I", "-S", __file__, *map(str, bounds), *program]


def _run(bounds: list[int], program: list[str]) -> None:
    parent, nice, cpu_s, memory_bytes, file_bytes = bounds
    os.nice(nice)
    for kind, most in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # macOS bounds no memory
            resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)  # it was gone before we could ask
    os.execv(program[0], program)


if __name__ == "__main__":
    _run([int(one) for one in sys.argv[1:6]], sys.argv[6:])
