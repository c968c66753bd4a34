"""The program of a runner, a process of its own: interpreters wait in their sandboxes, one job is judged at a time."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sdlab.parts.confined import embedded
from sdlab.parts.confined.judge import EMBEDDED, Interpreter, Job, Unusable
from sdlab.parts.confined.limits import Limits
from sdlab.parts.workers.peer import Handler, Peer

Kind = tuple[str, str]  # tier and language


class Runner:
    """An interpreter serves one job; those that wait are started ahead, and are thrown away when the limits change."""

    def __init__(self) -> None:
        self._waiting: dict[Kind, list[Interpreter]] = defaultdict(list)
        self._limits = Limits()

    async def judge(
        self,
        *,
        tier: str,
        language: str,
        code: str,
        call: str,
        cases: Sequence[Sequence[Any]],
        limits: dict[str, Any],
        warm: int,
    ) -> dict[str, Any]:
        """Do that job; what came out, the hash of the code that was run, and how many wait afterwards."""
        self._heed(Limits(**limits))
        began = time.perf_counter()
        interpreter = self._waiting_one((tier, language)) if warm else None
        cold = interpreter is None
        interpreter = interpreter or Interpreter(tier, language, self._limits)
        try:
            judged = interpreter.judge(Job(language, code, call, cases), began=began)
        finally:
            interpreter.close()
        self._fill((tier, language), warm)
        return {
            **judged.to_json(),
            "hash": hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest(),
            "cold": cold,
            "waiting": self._count(),
        }

    def _heed(self, limits: Limits) -> None:
        if limits != self._limits:
            self._close_all()
            self._limits = limits

    def _waiting_one(self, kind: Kind) -> Interpreter | None:
        while self._waiting[kind]:
            one = self._waiting[kind].pop(0)
            if one.alive:
                return one
            one.close()
        return None

    def _fill(self, kind: Kind, warm: int) -> None:
        """So many of that kind wait, and none of another tier; starting them takes place beside the next job."""
        for other in [one for one in self._waiting if one[0] != kind[0] or not warm]:
            for interpreter in self._waiting.pop(other):
                interpreter.close()
        if kind[0] == EMBEDDED:
            embedded.begin(kind[1])
            return
        while len(self._waiting[kind]) > warm:
            self._waiting[kind].pop().close()
        while len(self._waiting[kind]) < warm:
            self._waiting[kind].append(Interpreter(*kind, self._limits))

    def _count(self) -> int:
        return sum(len(some) for some in self._waiting.values())

    async def prepare(self, *, tier: str, language: str, limits: dict[str, Any], warm: int) -> int:
        """Have interpreters waiting before the first job comes."""
        self._heed(Limits(**limits))
        try:
            self._fill((tier, language), warm)
        except (Unusable, OSError):
            return 0
        return self._count()

    async def cool(self) -> int:
        """Nobody comes: nothing waits any more."""
        self._close_all()
        return 0

    def _close_all(self) -> None:
        for some in self._waiting.values():
            for one in some:
                one.close()
        self._waiting.clear()


async def make(parent: Peer, **setup: Any) -> dict[str, Handler]:
    """What a runner can be asked."""
    runner = Runner()
    return {"judge": runner.judge, "prepare": runner.prepare, "cool": runner.cool}
