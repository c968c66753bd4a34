"""Which tiers this host really has: each is tried at first need, by code that attempts to get out."""

from __future__ import annotations

import functools
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sdlab.parts.confined import embedded
from sdlab.parts.confined.judge import EMBEDDED, Job, Unusable, judge
from sdlab.parts.confined.limits import Limits
from sdlab.parts.confined.tiers import LANGUAGES, PROCESSES, quickjs_path

STRONGEST_FIRST = ("namespaces", "landlock", EMBEDDED)
SECRET = "planted for the probe"
ESCAPES = """
def escape(path):
    got = []
    try:
        with open(path) as secret:
            got.append("file " + secret.read())
    except Exception:
        pass
    try:
        import socket
        socket.socket()
        got.append("socket")
    except Exception:
        pass
    try:
        import os
        if os.fork() == 0:
            os._exit(0)
        got.append("fork")
    except Exception:
        pass
    return got
"""
EMBEDDED_ESCAPE = """
def escape(path):
    return open(path).read()
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A tier as it was found: the `languages` that it may run, and why not more."""

    tier: str
    languages: tuple[str, ...]
    why: str
    start_ms: float = 0.0

    @property
    def usable(self) -> bool:
        """Whether anything may run there."""
        return bool(self.languages)


@functools.cache
def probe(tier: str) -> Found:
    """Try to get out of that tier; it is usable when nothing got out. Asked once in the life of this process."""
    return _embedded() if tier == EMBEDDED else _process(tier)


def _process(tier: str) -> Found:
    if why := PROCESSES[tier].absent():
        return Found(tier, (), why)
    handle, path = tempfile.mkstemp(prefix="sdlab-probe-")
    try:
        os.write(handle, SECRET.encode())
        os.fchmod(handle, 0o644)
        found = judge(tier, Job("python", ESCAPES, "escape", [[path]]), Limits())
    except (Unusable, OSError) as error:
        return Found(tier, (), " ".join(str(error).split())[-200:])
    finally:
        os.close(handle)
        Path(path).unlink(missing_ok=True)
    if found.ended != "done" or not found.answers or found.answers[0]["kind"]:
        return Found(tier, (), f"the probe ended with {found.ended}")
    got = found.answers[0]["answer"]
    if PROCESSES[tier].strong and got:
        return Found(tier, (), f"the probe got out: {', '.join(got)}")
    languages = tuple(one for one in LANGUAGES if one != "javascript" or quickjs_path())
    return Found(
        tier, languages, "" if PROCESSES[tier].strong else f"the probe got: {len(got)} of 3", found.start_ms
    )


def _embedded() -> Found:
    whys = {one: embedded.absent(one) for one in LANGUAGES}
    there = [one for one in LANGUAGES if not whys[one]]
    if "python" in there:
        tried = judge(EMBEDDED, Job("python", EMBEDDED_ESCAPE, "escape", [["/etc/hostname"]]), Limits())
        if not tried.answers or tried.answers[0].get("kind") != "forbidden":
            there.remove("python")
            whys["python"] = "the probe got out"
    return Found(EMBEDDED, tuple(there), "; ".join(why for why in whys.values() if why))


def strongest(language: str, *, first: str = "") -> Found | None:
    """The tier for a stranger's code in that language: `first` if it is strong and there, else the strongest; or none."""
    order = [first, *STRONGEST_FIRST] if first in STRONGEST_FIRST else list(STRONGEST_FIRST)
    for tier in order:
        found = probe(tier)
        if language in found.languages:
            return found
    return None
