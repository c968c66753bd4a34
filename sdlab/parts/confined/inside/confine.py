"""Gives up, for this process and all after it, what the code to come must not have: limits, files, system calls.

Loaded by its path in an interpreter without packages, before anything of a stranger's has been read. What is given up
cannot be taken back: hard limits, `no_new_privs`, Landlock (https://docs.kernel.org/userspace-api/landlock.html)
and seccomp (https://docs.kernel.org/userspace-api/seccomp_filter.html).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Mapping, Sequence
from typing import Any

NOBODY = 65534
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
LANDLOCK_VERSION = 1  # flag of CREATE: answer with the version of the interface
PATH_BENEATH = 1
READ_FILE, READ_DIR, EXECUTE = 1 << 2, 1 << 3, 1 << 0
FILES_V1, REFER, TRUNCATE, IOCTL_DEV = 0x1FFF, 1 << 13, 1 << 14, 1 << 15
BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
ABSTRACT_SOCKETS, SIGNALS = 1 << 0, 1 << 1

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def _call(number: int, *arguments: Any) -> int:
    answer: int = _libc.syscall(ctypes.c_long(number), *arguments)
    if answer < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return answer


def _prctl(*arguments: int) -> None:
    if _libc.prctl(*[ctypes.c_ulong(one) for one in arguments]) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def landlock_version() -> int:
    """The version of Landlock that this kernel has; 0 for none."""
    try:
        return _call(LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(LANDLOCK_VERSION))
    except OSError:
        return 0


def limit(spec: Mapping[str, Any]) -> None:
    """Hard limits of this process: `cpu_s`, `memory_mb`, `file_bytes`, `files`, `processes`. 0 is no limit."""
    for kind, amount in (
        (resource.RLIMIT_CPU, spec["cpu_s"]),
        (resource.RLIMIT_AS, spec["memory_mb"] << 20),
        (resource.RLIMIT_FSIZE, spec["file_bytes"]),
        (resource.RLIMIT_NOFILE, spec["files"]),
        (resource.RLIMIT_NPROC, spec["processes"]),
    ):
        if amount:
            resource.setrlimit(kind, (amount, amount))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent(parent: int) -> None:
    """End by SIGKILL when the process that started this one ends; `parent` is its id, 0 where that is not seen."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent and os.getppid() != parent:
        os._exit(1)


def be_nobody() -> None:
    """Who is root is nobody from now on."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def landlock(readable: Sequence[str]) -> None:
    """Below these folders files may be read; nothing else, and no TCP. `OSError` where the kernel has no Landlock."""
    version = _call(LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(LANDLOCK_VERSION))
    handled = FILES_V1
    for since, more in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        handled |= more if version >= since else 0
    rules = _Ruleset(
        handled,
        BIND_TCP | CONNECT_TCP if version >= 4 else 0,
        ABSTRACT_SOCKETS | SIGNALS if version >= 6 else 0,
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _call(LANDLOCK_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    for folder in readable:
        try:
            opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # what is not there needs no permission
        beneath = _Beneath(READ_FILE | READ_DIR | EXECUTE, opened)
        _call(LANDLOCK_ADD, ruleset, PATH_BENEATH, ctypes.byref(beneath), ctypes.c_uint32(0))
        os.close(opened)
    _prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call(LANDLOCK_RESTRICT, ruleset, ctypes.c_uint32(0))
    os.close(ruleset)


def seccomp(program: bytes) -> None:
    """Refuse system calls by that BPF program, in all threads that are still to come."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    instructions = ctypes.create_string_buffer(program, len(program))
    filtered = _Program(len(program) // 8, ctypes.cast(instructions, ctypes.c_void_p))
    if _libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filtered), 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def confine(spec: Mapping[str, Any]) -> None:
    """All that the specification says, in an order in which each step may still be done."""
    if spec["nobody"]:
        be_nobody()
    end_with_parent(spec["parent"])
    limit(spec)
    if spec["landlock"] is not None:
        landlock(spec["landlock"])
    if spec["seccomp"]:
        seccomp(bytes.fromhex(spec["seccomp"]))
