"""The process that workers are forked from: what they need is loaded once, so that each is there in milliseconds.

Run as a program, with a socket as its standard input; each message on it names a worker and brings
its socket. It ends with whoever holds the other end, and its workers end with it, also those that are stopped.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from typing import Any

import orjson
import redis.asyncio  # noqa: F401 - loaded once, for all workers

from sdlab.parts.workers.peer import Handler, Peer

MOST_BYTES = 64 * 1024  # of a message: a name and where its code is
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


def main() -> None:
    """Fork a worker for each message, and answer with its process id, or with a minus and what is wrong."""
    control = socket.socket(fileno=0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a worker ended, so none stays as a zombie
    nursery = os.getpid()
    while True:
        message, sockets, _, _ = socket.recv_fds(control, MOST_BYTES, 1)
        if not message:
            os._exit(0)
        asked = orjson.loads(message)
        try:
            importlib.import_module(asked["target"].partition(":")[0])
        except Exception:
            traceback.print_exc()
            os.close(sockets[0])
            control.sendall(f"-cannot load {asked['target']}\n".encode())
            continue
        gc.freeze()  # pages that all share are not written by the collection of garbage
        worker = os.fork()
        if worker == 0:
            control.close()
            _be(asked["name"], asked["target"], sockets[0], nursery)
        os.close(sockets[0])
        control.sendall(f"{worker}\n".encode())


def _be(name: str, target: str, line: int, nursery: int) -> None:
    """Be that worker until the other end of its line is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        system = ctypes.CDLL(None)
        system.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        system.prctl(PR_SET_NAME, name.encode()[:15])
        if os.getppid() != nursery:
            os._exit(0)
    try:
        asyncio.run(_work(target, socket.socket(fileno=line)))
    except BaseException:
        traceback.print_exc()
    os._exit(0)


async def _work(target: str, line: socket.socket) -> None:
    module, _, name = target.partition(":")
    make = getattr(importlib.import_module(module), name)
    reader, writer = await asyncio.open_unix_connection(sock=line)
    handlers: dict[str, Handler] = {}
    peer = Peer(reader, writer, handlers)

    async def begin(**setup: Any) -> None:
        handlers.update(await make(peer, **setup))

    handlers["begin"] = begin
    await peer.listen()


if __name__ == "__main__":
    main()
