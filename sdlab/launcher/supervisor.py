"""Keeps one serving process alive: holds the listening socket, loads the application once, replaces what dies.

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
from collections.abc import Callable
from contextlib import suppress
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


class Supervisor:
    """Runs `work(socket)` in a process of its own until told to stop; the exit code says how that went.

    `ready` is called once, when the first process serves. A process that dies before that is not
    replaced: its reason is the start's reason.
    """

    def __init__(
        self,
        listening: socket.socket,
        *,
        work: Callable[[socket.socket], None],
        ready: Callable[[], None],
    ) -> None:
        self._listening = listening
        self._work = work
        self._ready = ready
        self._worker = 0
        self._worker_status: int | None = None
        self._served = False
        self._stop = False
        self._deaths: deque[float] = deque(maxlen=MOST_DEATHS)
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
        self._start()
        while not self._stop:
            self._wait()
            self._reap()
            if self._worker_status is not None and not self._stop and not self._replace():
                self._end_orphans()
                return 1
        self._end()
        return 0

    def _told_to_stop(self, *_: object) -> None:
        self._stop = True

    def _wait(self) -> None:
        watched = [self._wake] if self._served else [self._wake, self._says_ready]
        found, _, _ = select.select(watched, [], [], None)
        if self._wake in found:
            os.read(self._wake, 4096)
        if self._says_ready in found and os.read(self._says_ready, 1):
            self._served = True
            self._ready()

    def _start(self) -> None:
        self._worker_status = None
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        # A Ctrl-C in the terminal goes to all, but this process decides: the other is deaf to it.
        try:
            self._worker = self._fork() if FORKS else self._spawn()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _fork(self) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._become_worker()
        return pid

    def _become_worker(self) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            for descriptor in (self._wake, self._waker, self._says_ready):
                os.close(descriptor)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.environ[READY] = str(self._told_ready)
            self._work(self._listening)
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

    def _spawn(self) -> int:
        passed = (self._listening.fileno(), self._told_ready)
        command = [sys.executable, "-m", "sdlab.launcher.worker", str(self._listening.fileno())]
        env = {**os.environ, READY: str(self._told_ready)}
        return subprocess.Popen(command, pass_fds=passed, stdin=subprocess.DEVNULL, env=env).pid

    def _reap(self) -> None:
        """Take the ends of all children: the serving process, and what others left behind."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._worker:
                self._worker, self._worker_status = 0, status

    def _replace(self) -> bool:
        """Start another serving process, unless that would not help."""
        now = time.monotonic()
        self._deaths.append(now)
        often = len(self._deaths) == MOST_DEATHS and now - self._deaths[0] < WITHIN
        if not self._served or often:
            if often:
                print("sdlab: the serving process dies again and again; giving up", file=sys.stderr)
            return False
        print(f"sdlab: the serving process ended ({self._how()}); another takes over", file=sys.stderr)
        self._start()
        return True

    def _how(self) -> str:
        code = os.waitstatus_to_exitcode(self._worker_status or 0)
        return f"signal {-code}" if code < 0 else f"code {code}"

    def _end(self) -> None:
        """End the serving process in order, at the latest after `STOP_WITHIN`, and what it leaves."""
        self._listening.close()  # who comes now is told at once that nobody serves
        if self._worker and not self._ended(self._worker, signal.SIGTERM, STOP_WITHIN):
            print(f"sdlab: the serving process did not end within {STOP_WITHIN:g} s; killed", file=sys.stderr)
            self._ended(self._worker, signal.SIGKILL, STOP_WITHIN)
        self._end_orphans()

    def _ended(self, pid: int, number: signal.Signals, within: float) -> bool:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + within
        while self._worker == pid and time.monotonic() < until:
            select.select([self._wake], [], [], min(LOOK_EVERY, max(0.0, until - time.monotonic())))
            with suppress(BlockingIOError):
                os.read(self._wake, 4096)
            self._reap()
        return self._worker != pid

    def _end_orphans(self) -> None:
        """Stores and helpers of a process that could not end them come to this one; they end with it."""
        import psutil

        children = psutil.Process().children()
        _, alive = psutil.wait_procs(children, timeout=ORPHANS_WITHIN)
        for one in alive:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(alive, timeout=ORPHANS_WITHIN)
