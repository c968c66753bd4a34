"""Fetches a large package when a lab first wants it: once, by its hash, in the background.

Whoever needs it is told how far it is; a lab goes on without it as far as it can. Once it is there no network is needed.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sdlab.lab.errors import Unavailable
from sdlab.lab.optional_package import OptionalPackage
from sdlab.launcher.environment import EXTRAS, QUIET, lock_of, pip_command, why_not_installed
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.paths import command
from sdlab.stores.folder_size import bytes_in

State = Literal["ready", "missing", "fetching", "failed"]
AGAIN_AFTER = 60.0  # seconds after a failure during which nobody tries again
LONGEST = 900.0  # seconds that a fetch may take
LOOK_EVERY = 0.3  # seconds between two looks at how far it is
MEGABYTE = 1_000_000
OFFLINE = "this server fetches nothing by itself (SDLAB_FETCH=off); `{} run --all` does"


@dataclass(frozen=True, slots=True)
class PackageStatus:
    """Where a package is: `share` of it has been fetched, 0 to 1; `why` it could not be."""

    state: State
    share: float = 0.0
    why: str = ""


class OptionalPackages:
    """Those of this process. `installed` says whether a module can be imported, `command` how a file of
    requirements is installed; both are told apart so that tests need no network."""

    def __init__(
        self,
        *,
        allowed: bool = True,
        installed: Callable[[str], bool] | None = None,
        command: Callable[[Path], Sequence[str]] | None = None,
    ) -> None:
        self._allowed = allowed
        self._installed = installed or can_be_imported
        self._command = command or _pip_install
        self._ready: set[str] = set()
        self._fetches: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, tuple[float, str]] = {}
        self._shares: dict[str, float] = {}

    def status(self, package: OptionalPackage) -> PackageStatus:
        """Where it is now. Fetches nothing."""
        if package.name in self._fetches:  # half of it may be importable already
            return PackageStatus("fetching", self._shares.get(package.name, 0.0))
        if self._is_ready(package):
            return PackageStatus("ready", 1.0)
        if package.name in self._failures:
            return PackageStatus("failed", 0.0, self._failures[package.name][1])
        return PackageStatus("missing", 0.0, "" if self._allowed else OFFLINE.format(command()))

    def want(self, package: OptionalPackage) -> PackageStatus:
        """Begin to fetch it, if it is not there; called in a running event loop. Where it is now."""
        failed_at, _ = self._failures.get(package.name, (-AGAIN_AFTER, ""))
        due = self._allowed and time.monotonic() - failed_at >= AGAIN_AFTER
        if due and package.name not in self._fetches and not self._is_ready(package):
            self._failures.pop(package.name, None)
            self._shares[package.name] = 0.0
            fetch = asyncio.create_task(self._fetch(package), name=f"fetches {package.name}")
            self._fetches[package.name] = fetch
        return self.status(package)

    def demand(self, package: OptionalPackage) -> None:
        """Nothing when it is there; else `Unavailable` with where it is, and its fetch is begun."""
        now = self.want(package)
        if now.state == "fetching":
            raise Unavailable(f"{package.title} is being fetched: {now.share:.0%}", retry_after=2)
        if now.state != "ready":
            raise Unavailable(f"{package.title} is not installed: {now.why}", retry_after=AGAIN_AFTER)

    async def settled(self, package: OptionalPackage) -> PackageStatus:
        """Where it is when its fetch, if there is one, has ended."""
        if fetch := self._fetches.get(package.name):
            await asyncio.wait({fetch})
        return self.status(package)

    async def close(self) -> None:
        """End what is under way; what is half fetched is thrown away."""
        for fetch in list(self._fetches.values()):
            fetch.cancel()
        await asyncio.gather(*self._fetches.values(), return_exceptions=True)

    def _is_ready(self, package: OptionalPackage) -> bool:
        if package.name not in self._ready and self._installed(package.module):
            self._ready.add(package.name)
        return package.name in self._ready

    async def _fetch(self, package: OptionalPackage) -> None:
        try:
            why = await self._install(package)
            if not why and not self._is_ready(package):
                why = f"what was installed as {package.name} cannot be imported"
        except (LauncherError, OSError, LookupError) as trouble:
            why = str(trouble)
        finally:
            self._fetches.pop(package.name, None)
        if why:
            self._failures[package.name] = (time.monotonic(), why)

    async def _install(self, package: OptionalPackage) -> str:
        """Install it; why it could not be, or nothing."""
        with tempfile.TemporaryDirectory(prefix="sdlab-fetch-") as name:
            folder = Path(name)
            wanted, log = folder / "requirements.txt", folder / "log"
            wanted.write_text(locked_part(lock_of(EXTRAS).read_text(encoding="utf-8"), package.name))
            (folder / "files").mkdir()
            with log.open("wb") as output:
                process = await asyncio.create_subprocess_exec(
                    *self._command(wanted),
                    stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
                    env={**os.environ, "TMPDIR": str(folder / "files")},
                    start_new_session=True,
                )  # fmt: skip
            try:
                code = await asyncio.wait_for(self._watched(process, package, folder / "files"), LONGEST)
            except TimeoutError:
                return f"it was not there after {LONGEST / 60:.0f} minutes"
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                    await process.wait()
            return why_not(package, log.read_text(encoding="utf-8", errors="replace")) if code else ""

    async def _watched(
        self, process: asyncio.subprocess.Process, package: OptionalPackage, folder: Path
    ) -> int:
        ended = asyncio.ensure_future(process.wait())
        whole = package.megabytes * MEGABYTE
        while not ended.done():
            share = min(0.99, await asyncio.to_thread(bytes_in, folder) / whole)
            self._shares[package.name] = max(self._shares[package.name], share)
            await asyncio.wait({ended}, timeout=LOOK_EVERY)
        return ended.result()


def can_be_imported(module: str) -> bool:
    """Whether that module can be imported now, also when it came while this process ran."""
    importlib.invalidate_caches()
    return importlib.util.find_spec(module) is not None


def locked_part(lock: str, name: str) -> str:
    """The lines of a lock that name one package and the hashes of its files. `LookupError` when it is not in it."""
    lines = lock.splitlines()
    begins = next((at for at, line in enumerate(lines) if line.startswith(f"{name}==")), None)
    if begins is None:
        raise LookupError(f"{name} is not in the lock of the optional packages")
    ends = begins + 1
    while ends < len(lines) and lines[ends].startswith(" "):
        ends += 1
    return "\n".join(lines[begins:ends]) + "\n"


def why_not(package: OptionalPackage, output: str) -> str:
    """What the installer's output comes to, in one line."""
    if "No matching distribution" in output:
        return f"there is no {package.title} for this system ({platform.machine()}, {sys.platform})"
    return why_not_installed(output)


def _pip_install(requirements: Path) -> list[str]:
    only = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(requirements)]
    return [*pip_command(), "install", *QUIET, *only]


_ours: OptionalPackages | None = None


def optional_packages() -> OptionalPackages:
    """Those of this process; made with the first question, as the settings have it."""
    global _ours  # noqa: PLW0603 - one per process, as the packages themselves are
    if _ours is None:
        from sdlab.settings import settings

        _ours = OptionalPackages(allowed=settings().fetch)
    return _ours
