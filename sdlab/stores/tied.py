"""Becomes a command that ends with whoever started it, and that is not run as root.

Run as a program: `tied.py PARENT SIGNAL COMMAND...`. On Linux the system sends the signal when the
parent is gone. A database server refuses to run as root: then it runs as `nobody`, who keeps one
right of root's, to walk through folders, because the program or its data may lie in root's home.
A program of its own and no function between fork and exec: the parent may have threads by then.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import struct
import sys

NOBODY = "nobody"
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def command(program: list[str], *, signal_number: int) -> list[str]:
    """The command line that runs `program` so; on Linux it gets the signal when this process ends."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(signal_number)), *program]


def owner() -> tuple[int, int] | None:
    """User and group that a program started so runs as; none when that is this process's own.

    `KeyError` when this is root and there is no user to be instead.
    """
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(NOBODY)
    return entry.pw_uid, entry.pw_gid


def _become(user: int, group: int) -> None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is not None:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if libc is not None:
        _keep_one_right(libc)


def _keep_one_right(libc: ctypes.CDLL) -> None:
    """Where that fails, the program runs with what `nobody` may, and says what it cannot read."""
    right = 1 << CAP_DAC_OVERRIDE
    libc.capset(struct.pack("Ii", CAPABILITY_VERSION_3, 0), struct.pack("6I", right, right, right, 0, 0, 0))
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def _run(parent: int, signal_number: int, program: list[str]) -> None:
    os.setsid()  # a Ctrl-C in the terminal is for the parent, which then ends this in order
    other = owner()
    if other is not None:
        _become(*other)
    if sys.platform == "linux":  # after the change of user, which would undo it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        sys.exit(1)  # it was gone before we could ask
    os.execv(program[0], program)


if __name__ == "__main__":
    _run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
