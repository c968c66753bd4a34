"""A seccomp program, built here: which system calls a confined process gets EPERM for.

Classic BPF as in `linux/filter.h` and `linux/seccomp.h`: look at the architecture, then at the number of the call.
"""

from __future__ import annotations

import platform
import struct
from errno import ENOSYS, EPERM

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in `struct seccomp_data`
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
CLONE_THREAD = 0x00010000
X32 = 0x40000000  # from here on numbers are those of another interface of x86-64

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = 435  # its flags lie in memory, where a filter cannot look: who gets ENOSYS falls back to clone
PROCESSES = {"x86_64": (57, 58, 59, 322), "aarch64": (221, 281)}  # fork, vfork, execve, execveat
SIGNALS = {"x86_64": (62, 200, 234), "aarch64": (129, 130, 131)}  # kill, tkill, tgkill
# socket, connect, accept, bind, listen, socketpair
SOCKETS = {"x86_64": (41, 42, 43, 49, 50, 53), "aarch64": (198, 203, 202, 200, 201, 199)}
# ptrace, process_vm_readv, process_vm_writev, prlimit64, personality
OTHERS = {"x86_64": (101, 310, 311, 302, 135), "aarch64": (117, 270, 271, 261, 92)}
# mount, umount2, pivot_root, chroot, unshare, setns, open_by_handle_at, swapon
MOUNTS = {
    "x86_64": (165, 166, 155, 161, 272, 308, 304, 167),
    "aarch64": (40, 39, 41, 51, 97, 268, 265, 224),
}
# bpf, perf_event_open, keyctl, add_key, request_key, userfaultfd, init_module, finit_module, delete_module, kexec, reboot
KERNEL = {
    "x86_64": (321, 298, 250, 248, 249, 323, 175, 313, 176, 246, 169),
    "aarch64": (280, 241, 219, 217, 218, 282, 105, 273, 106, 104, 142),
}
# pidfd_send_signal, io_uring_setup, io_uring_enter, io_uring_register, pidfd_open, pidfd_getfd
COMMON = (424, 425, 426, 427, 434, 438)


def known(machine: str = "") -> bool:
    """Whether there is a table for that machine, by default for this one."""
    return (machine or platform.machine()) in ARCHITECTURES


def program(machine: str = "") -> bytes:
    """No processes, no other program, no signals, no sockets, nothing that is the kernel's own; threads may be.

    >>> len(program("x86_64")) // 8
    55
    """
    machine = machine or platform.machine()
    tables = (PROCESSES, SIGNALS, SOCKETS, OTHERS, MOUNTS, KERNEL)
    denied = sorted({number for table in tables for number in table[machine]} | set(COMMON))
    code: list[tuple[int, int | str, int | str, int]] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 0, "kill", ARCHITECTURES[machine]),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        code.append((JUMP_AT_LEAST, "kill", 0, X32))
    code.append((JUMP_EQUAL, "absent", 0, CLONE3))
    code += [(JUMP_EQUAL, "refuse", 0, number) for number in denied]
    code += [
        (JUMP_EQUAL, 0, "allow", CLONE[machine]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_SET, "allow", "refuse", CLONE_THREAD),
    ]
    ends = {"allow": ALLOW, "refuse": REFUSE | EPERM, "absent": REFUSE | ENOSYS, "kill": KILL}
    places = {name: len(code) + n for n, name in enumerate(ends)}
    code += [(RETURN, 0, 0, value) for value in ends.values()]
    return b"".join(
        struct.pack("<HBBI", operation, _offset(yes, at, places), _offset(no, at, places), value)
        for at, (operation, yes, no, value) in enumerate(code)
    )


def _offset(to: int | str, at: int, places: dict[str, int]) -> int:
    return to if isinstance(to, int) else places[to] - at - 1
