"""Runs a command that ends with whoever asked for it, even when the asker is killed.

The asker holds the other end of this process's standard input. Its end is noticed as end of
file, on every system; then the command and all that it started are ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

GRACE = 5.0


def run_tethered(
    command: list[str], *, cwd: Path, env: Mapping[str, str] | None = None, output: IO[str] | None = None
) -> int:
    """Run to its end and return the exit code; an exception here ends the command first."""
    leashed = subprocess.Popen(
        [sys.executable, "-I", str(Path(__file__).resolve()), *command],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        cwd=cwd,
        env=env,
        start_new_session=True,  # a Ctrl-C is for the asker, who then lets go
    )
    try:
        return leashed.wait()
    finally:
        assert leashed.stdin is not None
        leashed.stdin.close()
        leashed.wait()


def end_with_input() -> None:
    """End this process in order (SIGTERM) when its standard input ends."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="leash", daemon=True).start()


def _hold(command: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: None)  # this process ends its whole group, and itself last
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_when_let_go, args=(child,), daemon=True).start()
    code = child.wait()
    os.killpg(0, signal.SIGTERM)  # what the command left behind
    return code


def _end_when_let_go(child: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGTERM)
    try:
        child.wait(GRACE)
    finally:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(_hold(sys.argv[1:]))
