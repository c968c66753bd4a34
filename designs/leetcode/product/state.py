"""What a visitor wants: one handler for each verb of the product."""

from __future__ import annotations

from typing import Any

import orjson

from designs.leetcode.engine.engine import LeetCode, SampleRun
from designs.leetcode.engine.problems import problem_of
from sdlab.lab import LabError
from sdlab.live.state import VerbState, verbs_of

MOST_SHOWN = 400

verb = verbs_of("leetcode", LeetCode)


class LeetCodeState(VerbState):
    """What the last run against the samples gave, and the last refusal. Verdicts are in the live frames."""

    ran: dict[str, Any] = {}
    wrong: str = ""

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.wrong = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        self.wrong = error.detail

    @verb
    async def run(self, engine: LeetCode, problem: str, language: str, code: str) -> None:
        """Against the samples."""
        self.ran = {}
        self.ran = ran_view(problem, await engine.run(problem, language, code))

    @verb
    async def submit(self, engine: LeetCode, problem: str, language: str, code: str) -> None:
        """Against the hidden tests."""
        await engine.submit(problem, language, code)

    @verb
    async def attack(self, engine: LeetCode, kind: str) -> None:
        """One of the lab's own attacks."""
        await engine.attack(kind)


def ran_view(problem_id: str, one: SampleRun) -> dict[str, Any]:
    """Sample by sample: given, answered, expected."""
    problem = problem_of(problem_id)
    tests = {test.number: test for test in one.verdict.tests}
    broken = one.verdict.tests[0].error if one.verdict.tests else ""
    return {
        "problem": problem_id,
        "verdict": one.verdict.verdict,
        "passed": one.verdict.passed,
        "printed": one.printed[:MOST_SHOWN],
        "tier": one.tier,
        "samples": [
            {
                "given": ", ".join(
                    f"{name} = {_text(value)}"
                    for name, value in zip(problem.arguments, case.arguments, strict=True)
                ),
                "expected": _text(case.expected),
                "answer": _text(one.answers[number]) if number in tests and not tests[number].error else "–",
                "verdict": tests[number].verdict if number in tests else "not run",
                "error": tests[number].error if number in tests else broken,
            }
            for number, case in enumerate(problem.samples)
        ],
    }


def _text(value: object) -> str:
    return orjson.dumps(value).decode()[:MOST_SHOWN]
