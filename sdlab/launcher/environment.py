"""The virtual environment: made once, filled from pinned requirements, again only when they change."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from sdlab.launcher.errors import LauncherError
from sdlab.launcher.lock import alone
from sdlab.launcher.paths import ROOT, command, packaged, venv, venv_python
from sdlab.launcher.progress import telling
from sdlab.launcher.tethered_process import run_tethered

RUN = "requirements.txt"
TEST = "requirements-dev.txt"
EXTRAS = "requirements-extras.txt"  # large, and of few labs: fetched when first wanted, or all at once
STARTED = "SDLAB_STARTED"
UNREACHABLE = re.compile(
    r"ConnectionError|NewConnectionError|Retrying \(|ConnectTimeout|ReadTimeout|name resolution|Errno -[23]\b"
)


def enter(requirements: str, argv: list[str]) -> None:
    """Return inside the environment with those requirements installed; restarts the command if need be."""
    os.environ.setdefault(STARTED, repr(time.time()))
    if packaged():
        _complete(requirements)
        return
    if not _installed(requirements):
        with alone(ROOT, waiting="another start is preparing the packages; waiting for it"):
            if not _installed(requirements):
                _make()
                _install(requirements)
    elif inside():
        return
    os.execv(venv_python(), [str(venv_python()), "-m", "sdlab", *argv])


def _complete(requirements: str) -> None:
    """What a package lacks of those requirements. What tests need, it never has."""
    if requirements == TEST:
        raise LauncherError(f"an installed package has no tests; `{command()} --help` says what it can do")
    if requirements == EXTRAS and not _installed(requirements):
        _install(requirements)


def inside() -> bool:
    """Whether this interpreter is the environment's."""
    return Path(sys.prefix).resolve() == venv().resolve()


def seconds_since_start() -> float:
    """How long ago the command was given, seconds."""
    return time.time() - float(os.environ.get(STARTED, time.time()))


def ready(requirements: str = RUN) -> bool:
    """Whether the environment exists and holds what the file asks for."""
    return packaged() or _installed(requirements)


def digest(requirements: str) -> str:
    """A fingerprint of the file, of the files it includes, and of this Python's version."""
    hashed = hashlib.sha256(f"{sys.version_info[:2]} {sys.platform}".encode())
    _add(hashed, ROOT / requirements)
    if locked(requirements):
        hashed.update(lock_of(requirements).read_bytes())
    return hashed.hexdigest()


def lock_of(requirements: str) -> Path:
    """The file that names every package of those requirements with the hashes of its files."""
    return (ROOT / requirements).with_suffix(".lock")


def mark_of(requirements: str) -> str:
    """The first line of a lock: which requirements it was made from."""
    hashed = hashlib.sha256()
    _add(hashed, ROOT / requirements)
    return f"# locked from {requirements} {hashed.hexdigest()[:16]}"


def locked(requirements: str) -> bool:
    """Whether there is a lock, and it was made from the requirements as they are."""
    try:
        with lock_of(requirements).open(encoding="utf-8") as lock:
            return lock.readline().strip() == mark_of(requirements)
    except OSError:
        return False


def _add(hashed: hashlib._Hash, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    hashed.update(text.encode())
    for included in re.findall(r"^-r\s+(\S+)", text, re.MULTILINE):
        _add(hashed, path.parent / included)


def _stamp(requirements: str) -> Path:
    return venv() / f"sdlab-{requirements}.stamp"


def _installed(requirements: str) -> bool:
    try:
        stamped = _stamp(requirements).read_text()
    except OSError:
        return False
    return stamped == digest(requirements) and venv_python().exists()


def _make() -> None:
    if venv_python().exists():
        return
    print(f"sdlab: making {venv().name}", flush=True)
    arguments = ["--clear"] if importlib.util.find_spec("ensurepip") else ["--clear", "--without-pip"]
    made = subprocess.run(
        [sys.executable, "-m", "venv", *arguments, str(venv())], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise LauncherError(f"cannot make {venv()}: {_last_line(made.stderr or made.stdout)}")


def _install(requirements: str) -> None:
    log = venv() / "sdlab-install.log"
    step = telling(f"installing {requirements}", hint="once, about half a minute")
    with step, log.open("w", encoding="utf-8") as output:
        # Requirements that somebody changed and has not locked again are taken as they are.
        wanted = ["--require-hashes", "-r", str(lock_of(requirements))] if locked(requirements) else None
        code = run_tethered(
            [*pip_command(), "install", *QUIET, *(wanted or ["-r", str(ROOT / requirements)])],
            cwd=ROOT,
            output=output,
        )
        if code:
            raise LauncherError(
                f"{why_not_installed(log.read_text(encoding='utf-8', errors='replace'))} (details: {log})"
            )
    _stamp(requirements).write_text(digest(requirements))


QUIET = (
    "--disable-pip-version-check",
    "--no-input",
    "--quiet",
    "--progress-bar=off",
    "--retries=1",
    "--timeout=15",
)


def pip_command() -> list[str]:
    """The environment's pip, or this Python's working on the environment."""
    if any(venv().glob("lib/python*/site-packages/pip/__main__.py")):
        return [str(venv_python()), "-m", "pip"]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(venv_python())]
    raise LauncherError(
        "this Python has neither ensurepip nor pip; on Debian and Ubuntu: apt install python3-venv"
    )


def why_not_installed(output: str) -> str:
    """What pip's output comes to, in one line."""
    if UNREACHABLE.search(output):
        return "the package index cannot be reached; check the network or PIP_INDEX_URL"
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    return f"packages cannot be installed: {_last_line(errors[0] if errors else output)}"


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"
