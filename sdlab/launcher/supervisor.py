"""Keeps serving processes alive: holds their listening sockets, loads the application once, replaces what dies.

The application is loaded before anything serves, and the serving process is a fork of this one: a
replacement is ready as soon as its stores are, and connections that come meanwhile wait in the
socket that this process keeps open. Where a fork of loaded libraries is not safe (macOS), the
serving process loads the application itself.

The supervisor waits for everything at one place, without threads that do anything: a fork finds no
lock half taken.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

FORKS = sys.platform == "linux"
BACKLOG = 2048
STOP_WITHIN = 9.0  # seconds for a serving process to end in order; its stores take less
ORPHANS_WITHIN = 1.0
LOOK_EVERY = 0.25
MOST_DEATHS, WITHIN = 8, 60.0  # a process that dies more often than that will not be helped by another start
PR_SET_CHILD_SUBREAPER = 36
READY = "SDLAB_READY"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket at that address; `OSError` when it cannot be had."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    made.setblocking(False)  # the serving process accepts from its event loop
    return made


@dataclass(eq=False, slots=True)
class Child:
    """A process that serves on a socket: what it does there, and the module that does it where nothing forks.

    `env` is added to its environment.
    """

    name: str
    listening: socket.socket
    work: Callable[[socket.socket], None]
    module: str = "sdlab.launcher.worker"
    env: Mapping[str, str] = field(default_factory=dict)
    pid: int = 0
    status: int | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_DEATHS))

    def how(self) -> str:
        """How it ended, in words."""
        code = os.waitstatus_to_exitcode(self.status or 0)
        return f"signal {-code}" if code < 0 else f"code {code}"


class Supervisor:
    """Runs `children` until told to stop; the exit code says how that went.

    They start one `stage` after the other, each when all of the one before serve, and end in the opposite
    order. `ready` is called once, when all serve. A process that dies before that is not replaced: its
    reason is the start's reason.
    """

    def __init__(self, *stages: Sequence[Child], ready: Callable[[], None]) -> None:
        self._stages = stages
        self._started = 0  # stages
        self._expected = 0  # children of these that do not serve yet
        self._ready = ready
        self._stop = False
        self._says_ready, self._told_ready = os.pipe()
        self._wake, self._waker = os.pipe()

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; 1 when it could not go on."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        for descriptor in (self._wake, self._waker, self._says_ready):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes the wait
        self._start_stage()
        while not self._stop:
            self._wait()
            self._reap()
            gone = [one for one in self._children if one.status is not None]
            if not self._stop and not all(self._replace(one) for one in gone):
                self._end()
                return 1
        self._end()
        return 0

    @property
    def _children(self) -> list[Child]:
        return [one for stage in self._stages[: self._started] for one in stage]

    @property
    def _serve(self) -> bool:
        return self._started == len(self._stages) and not self._expected

    def _start_stage(self) -> None:
        stage = self._stages[self._started]
        self._started += 1
        self._expected = len(stage)
        for one in stage:
            self._start(one)

    def _told_to_stop(self, *_: object) -> None:
        self._stop = True

    def _wait(self) -> None:
        watched = [self._wake] if self._serve else [self._wake, self._says_ready]
        found, _, _ = select.select(watched, [], [], None)
        if self._wake in found:
            os.read(self._wake, 4096)
        if self._says_ready in found and os.read(self._says_ready, 1):
            self._expected -= 1
            if self._serve:
                self._ready()
            elif not self._expected:
                self._start_stage()

    def _start(self, child: Child) -> None:
        child.status = None
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        # A Ctrl-C in the terminal goes to all, but this process decides: the other is deaf to it.
        try:
            child.pid = self._fork(child) if FORKS else self._spawn(child)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _fork(self, child: Child) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._become(child)
        return pid

    def _become(self, child: Child) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            for descriptor in (self._wake, self._waker, self._says_ready):
                os.close(descriptor)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.environ.update({**child.env, READY: str(self._told_ready)})
            for other in {one.listening for stage in self._stages for one in stage} - {child.listening}:
                other.close()
            child.work(child.listening)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException as error:  # whatever it is, this process must not go on as a supervisor
            print(f"sdlab: the serving process failed: {error!r}", file=sys.stderr)
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _spawn(self, child: Child) -> int:
        passed = (child.listening.fileno(), self._told_ready)
        command = [sys.executable, "-m", child.module, str(child.listening.fileno())]
        env = {**os.environ, **child.env, READY: str(self._told_ready)}
        return subprocess.Popen(command, pass_fds=passed, stdin=subprocess.DEVNULL, env=env).pid

    def _reap(self) -> None:
        """Take the ends of all children: the serving processes, and what others left behind."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for one in self._children:
                if pid == one.pid:
                    one.pid, one.status = 0, status

    def _replace(self, child: Child) -> bool:
        """Start another in its place, unless that would not help."""
        now = time.monotonic()
        child.deaths.append(now)
        often = len(child.deaths) == MOST_DEATHS and now - child.deaths[0] < WITHIN
        if not self._serve or often:
            if often:
                print(f"sdlab: {child.name} dies again and again; giving up", file=sys.stderr)
            return False
        print(f"sdlab: {child.name} ended ({child.how()}); another takes over", file=sys.stderr)
        self._start(child)
        return True

    def _end(self) -> None:
        """End all in order, each stage at the latest after `STOP_WITHIN`, and what they leave."""
        self._stages[0][0].listening.close()  # who comes now is told at once that nobody serves
        for stage in reversed(self._stages[: self._started]):
            if left := self._left_of(stage, signal.SIGTERM):
                names = " and ".join(one.name for one in left)
                print(f"sdlab: {names} did not end within {STOP_WITHIN:g} s; killed", file=sys.stderr)
                self._left_of(left, signal.SIGKILL)
        self._end_orphans()

    def _left_of(self, stage: Sequence[Child], number: signal.Signals) -> list[Child]:
        """Send that to all of them; those that are there after `STOP_WITHIN`."""
        for one in stage:
            if one.pid:
                with suppress(ProcessLookupError):
                    os.kill(one.pid, number)
        until = time.monotonic() + STOP_WITHIN
        while (left := [one for one in stage if one.pid]) and time.monotonic() < until:
            select.select([self._wake], [], [], min(LOOK_EVERY, max(0.0, until - time.monotonic())))
            with suppress(BlockingIOError):
                os.read(self._wake, 4096)
            self._reap()
        return left

    def _end_orphans(self) -> None:
        """Stores and helpers of a process that could not end them come to this one; they end with it."""
        import psutil

        children = psutil.Process().children()
        _, alive = psutil.wait_procs(children, timeout=ORPHANS_WITHIN)
        for one in alive:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(alive, timeout=ORPHANS_WITHIN)
