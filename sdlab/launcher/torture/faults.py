"""What is done to a server: each fault with how it begins, how it ends, and why it may not be possible here."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import psutil

from sdlab.launcher.errors import LauncherError
from sdlab.launcher.torture.subject import SMALL_DISK_MB, Subject

Act = Callable[[Subject], Awaitable[None]]

STEP = 10.0  # seconds: less than anything that a lab keeps for a while only
DELAY = 0.05  # seconds, each way
LOSS = 0.05  # share of chunks, each way
STARTS_WITHIN = 30.0  # seconds of trying to start a server again
FILL = 1024 * 1024  # bytes
BALLAST = "ballast"


async def _nothing(_: Subject) -> None:
    pass


def _always(_: Subject) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Fault:
    """`begin` hurts, and `end` undoes it where it `lasts`; recovery counts from the last of them.

    `starts_again` does then what looks after a server: starts it again until it stays. `why_not` says of a
    running server why this cannot be done to it; empty when it can.
    """

    title: str
    begin: Act
    end: Act = _nothing
    lasts: bool = False
    setting: str = "plain"
    why_not: Callable[[Subject], str] = _always
    starts_again: Act | None = None


def killed(which: Callable[[Subject], list[psutil.Process]]) -> Act:
    """Kills them (SIGKILL). `LauncherError` when there is none."""
    return _signalled(which, signal.SIGKILL)


def stopped(which: Callable[[Subject], list[psutil.Process]], title: str, **more: str) -> Fault:
    """A fault that stops them where they are (SIGSTOP), and lets them go on."""
    why_not = none_of(which, more["missing"]) if "missing" in more else _always
    return Fault(
        title,
        _signalled(which, signal.SIGSTOP),
        _signalled(which, signal.SIGCONT, must=False),
        lasts=True,
        why_not=why_not,
    )


def _signalled(
    which: Callable[[Subject], list[psutil.Process]], number: signal.Signals, *, must: bool = True
) -> Act:
    async def act(subject: Subject) -> None:
        found = which(subject)
        if must and not found:
            raise LauncherError("there is no such process")
        for one in found:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)

    return act


def none_of(which: Callable[[Subject], list[psutil.Process]], missing: str) -> Callable[[Subject], str]:
    """Why not, where there is no such process."""
    return lambda subject: "" if which(subject) else missing


def worker(subject: Subject) -> list[psutil.Process]:
    """The serving process."""
    return [subject.worker()]


def valkey(subject: Subject) -> list[psutil.Process]:
    """The embedded Valkey."""
    return subject.named("valkey") or subject.named("redis-server")


def postgres(subject: Subject) -> list[psutil.Process]:
    """The head of the embedded PostgreSQL."""
    return subject.named("postgres")


def postgres_all(subject: Subject) -> list[psutil.Process]:
    """The embedded PostgreSQL with a process for each connection."""
    return [one for head in postgres(subject) for one in (head, *head.children())]


def lab_processes(subject: Subject) -> list[psutil.Process]:
    """What labs run in processes of their own."""
    return subject.lab_processes(with_nursery=False)


def nursery_and_all(subject: Subject) -> list[psutil.Process]:
    """Those, and the process that they are forked from."""
    return subject.lab_processes(with_nursery=True)


def stepped(seconds: float) -> Act:
    """Puts the wall clock that rooms ask that far from the machine's."""

    async def act(subject: Subject) -> None:
        async with (
            aiohttp.ClientSession(subject.url) as session,
            session.post("/api/bench/clock", json={"ahead": seconds}) as answer,
        ):
            answer.raise_for_status()

    return act


async def ended(subject: Subject) -> None:
    """Told to stop, and gone."""
    await subject.signal(signal.SIGTERM)


async def beheaded(subject: Subject) -> None:
    """The supervisor killed; what it leaves has to go by itself."""
    await subject.signal(signal.SIGKILL)


async def all_killed(subject: Subject) -> None:
    """Every process of the server at once, as on a machine that loses power."""
    for one in subject.parts()[::-1]:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    await subject.signal(signal.SIGKILL)


async def started(subject: Subject) -> None:
    """Started, again and again until it stays."""
    await subject.launch_until_it_stays(seconds=STARTS_WITHIN)


async def filled(subject: Subject) -> None:
    """Write to the small disk until it takes nothing more."""
    assert subject.disk is not None
    await asyncio.to_thread(_fill, str(subject.disk / BALLAST))


def _fill(name: str) -> None:
    block, size = bytes(FILL), FILL
    with open(name, "wb", buffering=0) as ballast:
        for _ in range(4 * SMALL_DISK_MB):
            try:
                ballast.write(block[:size])
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                if size == 1:
                    return
                size = max(1, size // 16)


async def freed(subject: Subject) -> None:
    """Give the room back."""
    assert subject.disk is not None
    os.unlink(subject.disk / BALLAST)


async def delayed(subject: Subject) -> None:
    """Every byte between server and Valkey comes later."""
    assert subject.proxy is not None
    subject.proxy.delay = DELAY


async def lossy(subject: Subject) -> None:
    """Some of what goes between server and Valkey comes a retransmission later."""
    assert subject.proxy is not None
    subject.proxy.loss = LOSS


async def cut(subject: Subject) -> None:
    """All connections to Valkey end once."""
    assert subject.proxy is not None
    await subject.proxy.cut(refuse=False)


async def refused(subject: Subject) -> None:
    """All connections to Valkey end, and none can be made."""
    assert subject.proxy is not None
    await subject.proxy.cut(refuse=True)


async def silenced(subject: Subject) -> None:
    """Nothing comes through to Valkey or back, and nobody is told."""
    assert subject.proxy is not None
    subject.proxy.silence()


async def passed_on(subject: Subject) -> None:
    """The line to Valkey is as it was."""
    assert subject.proxy is not None
    subject.proxy.pass_on()


NO_POSTGRES = "none of these labs has PostgreSQL at work"
NO_PROCESSES = "none of these labs runs processes of its own"

FAULTS: dict[str, Fault] = {
    "nothing": Fault("nothing, to know the harness", _nothing),
    "kill-worker": Fault("worker killed", killed(worker)),
    "stop-worker": stopped(worker, "worker stopped and let go on"),
    "kill-valkey": Fault("Valkey killed", killed(valkey)),
    "stop-valkey": stopped(valkey, "Valkey stopped and let go on"),
    "kill-postgres": Fault("PostgreSQL killed", killed(postgres), why_not=none_of(postgres, NO_POSTGRES)),
    "stop-postgres": stopped(postgres_all, "PostgreSQL stopped and let go on", missing=NO_POSTGRES),
    "kill-lab-processes": Fault(
        "processes of labs killed", killed(lab_processes), why_not=none_of(lab_processes, NO_PROCESSES)
    ),
    "kill-nursery": Fault(
        "the same, with the process they are forked from",
        killed(nursery_and_all),
        why_not=none_of(nursery_and_all, NO_PROCESSES),
    ),
    "stop-lab-processes": stopped(
        lab_processes, "processes of labs stopped and let go on", missing=NO_PROCESSES
    ),
    "clock-back": Fault(f"clock {STEP:.0f} s back, and right again", stepped(-STEP), stepped(0), lasts=True),
    "clock-forward": Fault(
        f"clock {STEP:.0f} s forward, and right again", stepped(STEP), stepped(0), lasts=True
    ),
    "restart": Fault("stopped (SIGTERM) and started", ended, starts_again=started),
    "crash": Fault("supervisor killed, started until it stays", beheaded, starts_again=started),
    "power": Fault("all processes killed at once, started", all_killed, starts_again=started),
    "full-disk": Fault("disk full, and room again", filled, freed, lasts=True, setting="small disk"),
    "delay": Fault(
        f"{DELAY * 1000:.0f} ms to Valkey, each way", delayed, passed_on, lasts=True, setting="proxy"
    ),
    "loss": Fault(f"{LOSS:.0%} lost to Valkey, each way", lossy, passed_on, lasts=True, setting="proxy"),
    "cut": Fault("connections to Valkey cut once", cut, setting="proxy"),
    "refused": Fault(
        "connections to Valkey cut and refused", refused, passed_on, lasts=True, setting="proxy"
    ),
    "silence": Fault("nothing between server and Valkey", silenced, passed_on, lasts=True, setting="proxy"),
    "kill-leased": Fault("worker killed that holds leases", killed(worker), setting="proxy"),
}
