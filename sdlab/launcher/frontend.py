"""The frontend's build: made by Reflex and bun, again only when a source of it changed."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from sdlab.launcher import bundle
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.lock import alone
from sdlab.launcher.paths import ROOT, packaged, web_dir
from sdlab.launcher.progress import telling
from sdlab.launcher.tethered_process import run_tethered

SOURCES = ("rxconfig.py", "requirements.txt", "sdlab", "components", "designs", "assets")
LOCKS = ("reflex.lock",)
GENERATED = ("assets/external",)
STAMP = "sdlab-build.stamp"
UNREACHABLE = re.compile(r"ConnectionRefused|FailedToOpenSocket|ENOTFOUND|ECONNREFUSED|DNSException")


def client_dir() -> Path:
    """Where the built pages are."""
    return web_dir() / "build" / "client"


def ensure_built() -> bool:
    """Build if a source changed since the last build; whether it had to."""
    if fresh():
        return False
    with alone(ROOT, waiting="another start is building the pages; waiting for it"):
        if fresh():
            return False
        _build()
        return True


def digest(names: tuple[str, ...], *, root: Path = ROOT) -> str:
    """A fingerprint of those files and folders, without what builds themselves write there."""
    hashed = hashlib.sha256()
    for path in sorted(_files(names, root)):
        hashed.update(f"{path.relative_to(root)}\0".encode())
        hashed.update(hashlib.sha256(path.read_bytes()).digest())
    return hashed.hexdigest()


def _files(names: tuple[str, ...], root: Path) -> Iterator[Path]:
    generated = tuple(root / name for name in GENERATED)
    for name in names:
        start = root / name
        found = [start] if start.is_file() else start.rglob("*")
        for path in found:
            if "__pycache__" in path.parts or any(path.is_relative_to(one) for one in generated):
                continue
            if path.is_file():
                yield path


def _stamp_text(sources: str) -> str:
    # A build may write its lock files; the stamp holds them as they are after it.
    return f"{sources} {digest(LOCKS)}"


def fresh() -> bool:
    """Whether the pages are built from the sources as they are. A package's are."""
    if packaged():
        return True
    try:
        stamped = (web_dir() / STAMP).read_text()
    except OSError:
        return False
    return stamped == _stamp_text(digest(SOURCES)) and client_dir().is_dir()


def _build() -> None:
    with telling("building the pages", hint="again only when a source changes"):
        _export()


def _export() -> None:
    web = web_dir()
    (web / STAMP).unlink(missing_ok=True)
    sources = digest(SOURCES)
    log = ROOT / ".reflex" / f"build{web.name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        code = run_tethered(_EXPORT, cwd=ROOT, env=_environment(), output=output)
    if code:
        raise LauncherError(_why(log.read_text(encoding="utf-8", errors="replace"), log))
    bundle.finish(client_dir(), web)
    (web / STAMP).write_text(_stamp_text(sources))


_EXPORT = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]


def _environment() -> dict[str, str]:
    return {**os.environ, "REFLEX_API_URL": bundle.MARKER}


def _why(output: str, log: Path) -> str:
    if UNREACHABLE.search(output):
        return f"the JavaScript package index cannot be reached; check the network (details: {log})"
    return f"the pages cannot be built (details: {log})"
