"""From what came out of a sandbox to a verdict: answers are compared here, outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from designs.leetcode.engine.models import ACCEPTED, FORBIDDEN, MEMORY, RUNTIME, TIME, WRONG
from designs.leetcode.engine.problems import Case
from sdlab.parts.confined.judge import Judged

KINDS = {"memory": MEMORY, "forbidden": FORBIDDEN, "runtime": RUNTIME}
ENDS = {"time": TIME, "memory": MEMORY, "output": FORBIDDEN, "crashed": RUNTIME}
SAYS = {
    "time": "it took longer than it may",
    "memory": "it was ended for its memory",
    "output": "it printed more than it may",
    "crashed": "it crashed",
}


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test: its verdict, the ms that it took, and what went wrong."""

    number: int
    verdict: str
    ms: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of a whole submission: accepted, or what the first test that failed says."""

    verdict: str
    tests: tuple[TestResult, ...]
    passed: int
    cases: int
    run_ms: float
    memory_mb: float

    @property
    def results(self) -> str:
        """The tests as JSON."""
        return orjson.dumps([asdict(one) for one in self.tests]).decode()


def same(answer: Any, expected: Any) -> bool:
    """Whether they are the same as JSON: true is not 1.

    >>> same([1, 2], (1, 2)), same(True, 1)
    (True, False)
    """
    return _plain(answer) == _plain(expected)


def _plain(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def verdict_of(judged: Judged, cases: Sequence[Case]) -> Verdict:
    """Compare what was answered with what was expected."""
    answers = {one["n"]: one for one in judged.answers}
    tests: list[TestResult] = []
    if -1 in answers:
        one = answers[-1]
        tests = [TestResult(0, KINDS.get(one["kind"], RUNTIME), 0.0, one["error"])]
    for number, case in enumerate(cases if not tests else ()):
        if number in answers:
            tests.append(_result(number, answers[number], case))
        elif judged.ended != "done":
            tests.append(TestResult(number, ENDS[judged.ended], judged.run_ms, SAYS[judged.ended]))
            break
        else:
            tests.append(TestResult(number, RUNTIME, 0.0, "it ended before it had answered"))
            break
    if judged.ended != "done" and all(one.verdict == ACCEPTED for one in tests):
        tests.append(TestResult(len(tests), ENDS[judged.ended], judged.run_ms, SAYS[judged.ended]))
    failed = next((one for one in tests if one.verdict != ACCEPTED), None)
    return Verdict(
        failed.verdict if failed else ACCEPTED,
        tuple(tests),
        sum(one.verdict == ACCEPTED for one in tests),
        len(cases),
        round(sum(one.ms for one in tests), 1),
        judged.memory_mb,
    )


def _result(number: int, answer: dict[str, Any], case: Case) -> TestResult:
    if answer.get("error"):
        return TestResult(number, KINDS.get(answer.get("kind", ""), RUNTIME), answer["ms"], answer["error"])
    right = same(answer["answer"], case.expected)
    return TestResult(number, ACCEPTED if right else WRONG, answer["ms"])
