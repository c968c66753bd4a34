"""A worker of a lab in a process of its own, which can really be killed and stopped.

The engine asks and the worker answers, so that what it does happens when the engine's clock says
so, and what it did comes back. It dies as any process does: between two statements, with what it
had in memory.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import orjson
import psutil
from redis.asyncio import Redis

from sdlab.parts.workers.peer import Handler, Peer, PeerFailed, PeerGone
from sdlab.stores.redis import connect

ROOT = Path(__file__).resolve().parents[2]

WorkerGone = PeerGone
WorkerFailed = PeerFailed
State = Literal["running", "paused", "gone"]
LONGEST_DEATH = 5.0  # seconds of waiting for one that was killed; longer only where the system hangs


class WorkerProcess:
    """One worker; `target` is `module:function`, which makes the worker's handlers in its process.

    That function is `async def make(parent: Peer, **setup) -> dict[str, Handler]`; a handler is
    called with the fields of a question, and what it returns is the answer, both as JSON.
    `hears` answers what the worker itself asks. Its module should import little: all workers of this server
    share one process that has loaded it. After it is gone it may be started again.
    """

    at_work: weakref.WeakSet[WorkerProcess] = weakref.WeakSet()

    def __init__(self, name: str, target: str, *, hears: Mapping[str, Handler] | None = None) -> None:
        self.name = name
        self.target = target
        self.pid = 0
        self.paused = False
        self.ended = asyncio.Event()
        self.ended.set()
        self._hears = hears or {}
        self._peer: Peer | None = None
        self._listening: asyncio.Task[None] | None = None
        self._dying = False
        self._process: psutil.Process | None = None
        self._served = 0

    @property
    def state(self) -> State:
        """What the operating system says of its process."""
        if self.ended.is_set():
            return "gone"
        try:
            status = psutil.Process(self.pid).status()
        except psutil.NoSuchProcess:
            return "gone"
        if status == psutil.STATUS_STOPPED:
            return "paused"
        return "gone" if status in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD) else "running"

    @property
    def busy(self) -> bool:
        """Whether it is at something that it will end by itself: an answer, or its own death.

        While it waits for an answer of ours it is at nothing.
        """
        peer = self._peer
        return self._dying or (
            not self.paused and peer is not None and peer.waiting > peer.answering + self._served
        )

    @contextmanager
    def served(self) -> Iterator[None]:
        """Within the block one of its questions waits for us, by another way than a question of its own."""
        self._served += 1
        try:
            yield
        finally:
            self._served -= 1

    async def start(self, **setup: Any) -> None:
        """Have a new process, in which `make` was called with `setup`. `WorkerFailed` when that failed."""
        assert self.ended.is_set(), f"{self.name} is at work already"
        ours, its = socket.socketpair()
        forked = asyncio.ensure_future(asyncio.to_thread(_nursery.fork, self.name, self.target, its))

        def handed_over(done: asyncio.Future[int]) -> None:
            its.close()
            if not done.cancelled():
                done.exception()  # whoever waits for it is told; nobody else has to be

        forked.add_done_callback(handed_over)
        try:
            self.pid = await asyncio.shield(forked)  # its end stays open until then, also when nobody waits
        except BaseException:
            ours.close()  # who was forked for nobody ends by that
            raise
        self.paused = self._dying = False
        self.ended = asyncio.Event()
        with suppress(psutil.NoSuchProcess):
            self._process = psutil.Process(self.pid)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        self._peer = Peer(reader, writer, self._hears)
        self._listening = asyncio.create_task(self._listen(self._peer, self.ended), name=f"hears {self.name}")
        self.at_work.add(self)
        try:
            await self._peer.ask("begin", **setup)
        except BaseException:
            await self.close()
            raise

    async def ask(self, what: str, /, **fields: Any) -> Any:
        """Its answer. `WorkerGone` when it is gone, or goes meanwhile; while it is paused, this waits."""
        if self._peer is None:
            raise WorkerGone(f"{self.name} was never started")
        return await self._peer.ask(what, **fields)

    def kill(self) -> None:
        """End it now (SIGKILL), at whatever it is."""
        self._dying = not self.ended.is_set()
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """Stop it where it is (SIGSTOP), before its next statement: it knows nothing of the time that passes."""
        self.paused = not self.ended.is_set()
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._signal(signal.SIGCONT)
        self.paused = False

    async def close(self) -> None:
        """End it, whatever it is at, and wait until it is gone."""
        self.kill()
        if self._listening is not None:
            await self._listening
        if self._process is not None:  # a dying process closes its line a moment before it is gone
            with suppress(psutil.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, LONGEST_DEATH)
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if not self.ended.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def _listen(self, peer: Peer, ended: asyncio.Event) -> None:
        try:
            await peer.listen()
        finally:
            self._dying = self.paused = False
            self.at_work.discard(self)
            ended.set()


class _Nursery:
    """The process that workers are forked from; begun with the first of them, and anew when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def fork(self, name: str, target: str, line: socket.socket) -> int:
        """The process id of a new worker at the other end of that line. Takes milliseconds."""
        message = orjson.dumps({"name": name, "target": target})
        with self._lock:
            for again in (False, True):
                control = self._begun(anew=again)
                with suppress(OSError):
                    socket.send_fds(control, [message], [line.fileno()])
                    if answer := control.recv(4096):
                        break
            else:
                raise WorkerGone("no process to make workers from")
        if answer.startswith(b"-"):
            raise WorkerFailed(answer[1:].decode().strip())
        return int(answer)

    def begin(self) -> None:
        """Have the process, so that the first worker need not wait for it."""
        with self._lock:
            self._begun(anew=False)

    def _begun(self, *, anew: bool) -> socket.socket:
        if anew or self._process is None or self._process.poll() is not None:
            self.end()
        if self._control is None:
            ours, its = socket.socketpair()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sdlab.parts.workers.nursery"],
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
                start_new_session=True,  # a Ctrl-C is for the server, which then ends its workers
            )
            its.close()
            self._control = ours
        return self._control

    def end(self) -> None:
        """End it, and with it all workers."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


_nursery = _Nursery()
atexit.register(_nursery.end)


def begin_nursery() -> None:
    """Begin the process that workers are forked from, ahead of the first of them. May raise `OSError`."""
    _nursery.begin()


def address_of(redis: Redis) -> str:
    """Where that Redis is, for a worker to connect to."""
    options = redis.connection_pool.connection_kwargs
    if path := options.get("path"):
        return f"unix://{path}?db={options.get('db') or 0}"
    secret = (
        f"{options.get('username') or ''}:{options.get('password') or ''}@" if options.get("password") else ""
    )
    return f"redis://{secret}{options.get('host')}:{options.get('port')}/{options.get('db') or 0}"


def connected(address: str) -> Redis:
    """In a worker: a client of that Redis."""
    return connect(address)
