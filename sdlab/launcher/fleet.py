"""`run --workers N`: several serving processes behind one that has the address and the stores.

The supervisor holds all listening sockets: that of the address, and one in the file system for each
serving process. So nobody is refused while one of them is replaced.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sdlab.launcher.commands import MOST_WORKERS
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.supervisor import BACKLOG, Child
from sdlab.settings import Settings

FRONT = "SDLAB_FRONT"
MEMORY_OF_ONE = 600 * 1024 * 1024  # bytes that a serving process takes with some dozens of labs at work


def workers_here() -> int:
    """One for each core when there are more than two, as far as the memory goes; else one for all."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    if cores <= 2:  # stores and browser want one, too
        return 1
    fit: int = psutil.virtual_memory().available // MEMORY_OF_ONE
    return max(1, min(cores, MOST_WORKERS, fit))


def shared_stores_missing(chosen: Settings) -> str:
    """Why several processes cannot share stores here, or nothing."""
    from sdlab.stores import postgres

    if chosen.postgres_folder is None:
        return ""
    try:
        postgres.check()
    except (postgres.PostgresMissing, OSError) as error:
        return str(error)
    return ""


@contextmanager
def fleet(chosen: Settings, listening: socket.socket, workers: int) -> Iterator[list[list[Child]]]:
    """The processes, stage by stage; from here on the environment names the stores that they share.

    `LauncherError` where several cannot share any.
    """
    if missing := shared_stores_missing(chosen):
        raise LauncherError(f"several workers need PostgreSQL: {missing}")
    from sdlab.balancer.stores import SharedStores

    stores = SharedStores.of(chosen)
    with ExitStack() as kept:
        folder = Path(tempfile.mkdtemp(prefix="sdlab-"))  # short enough for the address of a socket
        kept.callback(shutil.rmtree, folder, ignore_errors=True)
        sockets = [kept.enter_context(_listen(folder / str(place))) for place in range(workers)]
        front = {
            "sockets": [str(folder / str(place)) for place in range(workers)],
            "stores": stores.to_json(),
            "trust_proxy": chosen.trust_proxy,
        }
        os.environ.update(
            REDIS_URL=stores.redis_url, DATABASE_URL=stores.database_url, SDLAB_TRUST_PROXY="true"
        )
        yield [
            [Child("the process in front", listening, serve_front, __name__, {FRONT: json.dumps(front)})],
            [
                Child(f"worker {place + 1}", one, _serve, env={"SDLAB_WORKER": str(place)})
                for place, one in enumerate(sockets)
            ],
        ]


def _listen(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    made.listen(BACKLOG)
    made.setblocking(False)
    return made


def _serve(listening: socket.socket) -> None:
    from sdlab.launcher import worker
    from sdlab.settings import settings

    settings.cache_clear()  # this process has a place of its own
    worker.serve(listening)


def serve_front(listening: socket.socket) -> None:
    """Pass on what comes over that socket until SIGTERM, and keep the stores."""
    from sdlab.balancer.app import in_front
    from sdlab.balancer.stores import SharedStores
    from sdlab.launcher import worker
    from sdlab.settings import settings

    said: dict[str, Any] = json.loads(os.environ[FRONT])
    chosen = settings().model_copy(update={"trust_proxy": said["trust_proxy"]})
    worker.end_with_supervisor()
    application = in_front(
        [Path(one) for one in said["sockets"]], SharedStores.from_json(said["stores"]), chosen
    )
    worker.with_granian(worker.OneLineFailure(application), listening)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as passed:
        serve_front(passed)
