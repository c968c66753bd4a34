"""A server started from outside, as tests and measurements need it: own port, data and pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sdlab.launcher.environment import STARTED
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.paths import ROOT
from sdlab.launcher.serve import TETHER
from sdlab.launcher.supervisor import STOP_WITHIN

THIS = (sys.executable, "-m", "sdlab")
TEST_WEB = ".web-test"
BUILD_WITHIN = 600.0
ADDRESS = re.compile(r"sdlab: (http://\S+)")


@dataclass(slots=True)
class Server:
    """A running `python3 -m sdlab run`. It ends when this process does, however that ends."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str = ""

    @classmethod
    def launch(
        cls,
        *,
        data: Path,
        log: Path,
        port: int = 0,
        env: Mapping[str, str] | None = None,
        program: Sequence[str] = THIS,
        folder: Path = ROOT,
        workers: int = 1,
    ) -> Server:
        """Start it in `folder` without waiting; what it says goes to `log`."""
        command = [*program, "run", "--port", str(port), "--data", str(data), "--workers", str(workers)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(env),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, log)

    def wait_until_ready(self, *, seconds: float = BUILD_WITHIN) -> str:
        """Its URL, as soon as it answers. `LauncherError` when it ends or stays silent."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            ended = self.process.poll()
            if found := ADDRESS.search(self.said()):
                self.url = found[1]
                return self.url
            if ended is not None:
                raise LauncherError(f"the server ended with {ended} while starting: {self.said().strip()}")
            time.sleep(0.02)
        self.stop()
        raise LauncherError(f"the server did not answer within {seconds:g} s: {self.said().strip()}")

    def said(self) -> str:
        """Everything it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> int:
        """End it in order; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(STOP_WITHIN + 5)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            assert self.process.stdin is not None
            self.process.stdin.close()


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what configures a server, plus `changes`."""
    foreign = ("REDIS_URL", "DATABASE_URL", "BLOB_URL", STARTED, "SDLAB_DATA", "SDLAB_SUPERVISOR")
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**kept, "REFLEX_WEB_WORKDIR": TEST_WEB, "PYTHONUNBUFFERED": "1", TETHER: "1", **(changes or {})}


@contextmanager
def running_server(
    folder: Path, env: Mapping[str, str] | None = None, *, workers: int = 1
) -> Iterator[Server]:
    """A server with its data and log in `folder`, built if need be, for the block."""
    server = Server.launch(data=folder / "data", log=folder / "server.log", env=env, workers=workers)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
