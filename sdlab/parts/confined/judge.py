"""One job in one interpreter that is confined and waits: how it ended, and the answers that it gave.

An interpreter serves one job and ends, so that no job finds anything of another. Blocks its caller.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from sdlab.parts.confined import embedded
from sdlab.parts.confined.limits import Limits
from sdlab.parts.confined.process import ConfinedProcess, Ended
from sdlab.parts.confined.tiers import PROCESSES

EMBEDDED = "embedded"
READY_WITHIN_S = 5.0
MOST_PRINTED = 2_000
SHOWN_ANSWER = 2_000


@dataclass(frozen=True, slots=True)
class Job:
    """Code, the function that is called, and its arguments case by case."""

    language: str
    code: str
    call: str
    cases: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Judged:
    """`ended` is done, time, output, memory or crashed; `answers` are those that were given until then, in order.

    `start_ms` is how long the caller waited for an interpreter that is ready, `run_ms` how long the job took.
    """

    ended: str
    answers: tuple[dict[str, Any], ...]
    printed: str
    start_ms: float
    run_ms: float
    memory_mb: float
    said: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data; `Judged(**data)` reads it back."""
        return asdict(self)


class Unusable(RuntimeError):
    """The tier cannot be started here; the text says why."""


class Interpreter:
    """Started by its making, ready after `ready`."""

    def __init__(self, tier: str, language: str, limits: Limits) -> None:
        self.tier, self.language, self.limits = tier, language, limits
        self._process: ConfinedProcess | None = None
        self._ready = False
        if tier != EMBEDDED:
            self._process = ConfinedProcess(PROCESSES[tier].command(language, limits))

    @property
    def alive(self) -> bool:
        """Whether it may still be given a job."""
        return self._process is None or self._process.alive

    def ready(self) -> None:
        """Return when it waits for its job. `Unusable` when it does not come to that."""
        if self._ready:
            return
        if self._process is None:
            embedded.begin(self.language)
        elif self._process.line(READY_WITHIN_S) != "ready":
            ended = self._process.finish(b"", wall_s=0.2, output_bytes=4096)
            raise Unusable(ended.err.decode("utf-8", "replace").strip()[-300:] or "it did not start")
        self._ready = True

    def judge(self, job: Job, *, began: float | None = None) -> Judged:
        """Do it; the interpreter is gone afterwards. Waiting counts from `began` (of `perf_counter`)."""
        began = time.perf_counter() if began is None else began
        self.ready()
        start_ms = (time.perf_counter() - began) * 1000
        told = {"code": job.code, "call": job.call, "cases": job.cases, "cpu_ms": self.limits.cpu_ms}
        if self._process is None:
            at = time.perf_counter()
            how, answers, printed = embedded.run(job.language, told, self.limits)
            run_ms = (time.perf_counter() - at) * 1000
            return Judged(how, tuple(answers), printed[:MOST_PRINTED], start_ms, run_ms, 0.0)
        ended = self._process.finish(
            orjson.dumps(told) + b"\n", wall_s=self.limits.wall_s, output_bytes=self.limits.output_bytes
        )
        answers = _answers(ended.out, len(job.cases))
        return Judged(
            _how(ended),
            tuple(answers),
            ended.err.decode("utf-8", "replace")[:MOST_PRINTED],
            start_ms,
            ended.wall_ms,
            max((float(one.get("mb", 0.0)) for one in answers), default=0.0),
            f"signal {ended.signal}" if ended.signal else "",
        )

    def close(self) -> None:
        """End it, whatever it is at."""
        if self._process is not None:
            self._process.close()


def _how(ended: Ended) -> str:
    if ended.why == "wall" or ended.signal in (signal.SIGPROF, signal.SIGXCPU):
        return "time"
    if ended.why == "output":
        return "output"
    if ended.signal == signal.SIGKILL:
        return "memory"
    return "done" if ended.status == 0 else "crashed"


def _answers(out: bytes, cases: int) -> list[dict[str, Any]]:
    """Lines that are answers, the first for each case: what else stands there was written by the code itself."""
    found: dict[int, dict[str, Any]] = {}
    for line in out.splitlines():
        try:
            one: Mapping[str, Any] = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(one, dict) and isinstance(one.get("n"), int) and -1 <= one["n"] < cases:
            found.setdefault(
                one["n"],
                {
                    "n": one["n"],
                    "ms": max(0.0, _number(one.get("ms"))),
                    "mb": max(0.0, _number(one.get("mb"))),
                    "answer": one.get("answer"),
                    "error": str(one.get("error") or "")[:300],
                    "kind": str(one.get("kind") or "")[:20],
                },
            )
    return [found[n] for n in sorted(found)]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def judge(tier: str, job: Job, limits: Limits) -> Judged:
    """Start an interpreter for that one job."""
    one = Interpreter(tier, job.language, limits)
    try:
        return one.judge(job)
    finally:
        one.close()
