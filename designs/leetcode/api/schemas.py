"""What the API takes and gives, and the calls that the page shows. Hidden tests are in none of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from designs.leetcode.engine.engine import MOST_CODE, SampleRun
from designs.leetcode.engine.leaderboard import Leader
from designs.leetcode.engine.problems import COMPETITION, Problem
from designs.leetcode.engine.solutions import LANGUAGES, TWO_SUM_STARTER, starter
from designs.leetcode.engine.submission_store import Submission
from sdlab.api.kit import StrictModel
from sdlab.lab import Example

BASE = "/api/leetcode"
RIGHT = (
    "def two_sum(nums, target):\n    seen = {}\n    for place, number in enumerate(nums):\n"
    "        if target - number in seen:\n            return [seen[target - number], place]\n"
    "        seen[number] = place\n"
)


class CodeIn(StrictModel):
    """Code in a language: "python" or "javascript", at most 64 KiB."""

    language: str = Field(min_length=1, max_length=20, examples=["python"])
    code: str = Field(min_length=1, max_length=MOST_CODE, examples=[RIGHT])


class ProblemOut(BaseModel):
    """A problem in the list."""

    id: str = Field(examples=["two-sum"])
    title: str
    level: str
    points: int


class SampleOut(BaseModel):
    """A test that is shown."""

    arguments: list[Any]
    expected: Any


class WholeProblemOut(ProblemOut):
    """A problem with its samples and what the editor opens with."""

    asks: str
    function: dict[str, str]
    samples: list[SampleOut]
    starters: dict[str, str]


class SentOut(BaseModel):
    """A submission that was accepted to be judged."""

    id: str = Field(examples=["a1b2c3d4e5f6"])
    code_hash: str
    state: str


class TestOut(BaseModel):
    """A hidden test: only its number, its verdict and its time."""

    number: int
    verdict: str
    ms: float


class SubmissionOut(SentOut):
    """A submission of yours; `verdict` is empty until it is judged."""

    problem: str
    language: str
    verdict: str
    passed: int
    cases: int
    run_ms: float
    memory_mb: float
    tier: str
    tests: list[TestOut]
    error: str
    sent_at: datetime
    judged_at: datetime | None


class SampleResultOut(SampleOut):
    """What a sample was answered."""

    answer: Any
    verdict: str
    ms: float
    error: str


class RunOut(BaseModel):
    """What running against the samples gave."""

    verdict: str
    passed: int
    samples: list[SampleResultOut]
    printed: str
    tier: str


class LeaderOut(BaseModel):
    """Somebody on the leaderboard."""

    rank: int
    person: str
    points: int


class LeadersOut(BaseModel):
    """The first ones."""

    items: list[LeaderOut]


def problem_out(one: Problem) -> ProblemOut:
    """In the list."""
    return ProblemOut(id=one.id, title=one.title, level=one.level, points=one.points)


def whole_problem_out(one: Problem) -> WholeProblemOut:
    """With its samples."""
    return WholeProblemOut(
        **problem_out(one).model_dump(),
        asks=one.asks,
        function={language: one.name_in(language) for language in LANGUAGES},
        samples=[SampleOut(arguments=list(case.arguments), expected=case.expected) for case in one.samples],
        starters={language: starter(one.id, language) for language in LANGUAGES},
    )


def sent_out(one: Submission) -> SentOut:
    """What was accepted."""
    return SentOut(id=one.id, code_hash=one.code_hash, state=one.state)


def submission_out(one: Submission) -> SubmissionOut:
    """A row, as it travels."""
    tests = one.tests
    return SubmissionOut(
        id=one.id,
        code_hash=one.code_hash,
        state=one.state,
        problem=one.problem,
        language=one.language,
        verdict=one.verdict,
        passed=one.passed,
        cases=one.cases,
        run_ms=one.run_ms,
        memory_mb=one.memory_mb,
        tier=one.tier,
        tests=[TestOut(number=test["number"], verdict=test["verdict"], ms=test["ms"]) for test in tests],
        error=next((test["error"] for test in tests if test["error"]), ""),
        sent_at=datetime.fromtimestamp(one.sent_ms / 1000, UTC),
        judged_at=datetime.fromtimestamp(one.judged_ms / 1000, UTC) if one.judged_ms else None,
    )


def run_out(problem: Problem, one: SampleRun) -> RunOut:
    """Samples with what was answered beside what was expected."""
    tests = {test.number: test for test in one.verdict.tests}
    first = one.verdict.tests[0] if one.verdict.tests else None
    samples = []
    for number, case in enumerate(problem.samples):
        test = tests.get(number)
        samples.append(
            SampleResultOut(
                arguments=list(case.arguments),
                expected=case.expected,
                answer=one.answers[number],
                verdict=test.verdict if test else "not run",
                ms=test.ms if test else 0.0,
                error=test.error if test else (first.error if first else ""),
            )
        )
    return RunOut(
        verdict=one.verdict.verdict,
        passed=one.verdict.passed,
        samples=samples,
        printed=one.printed,
        tier=one.tier,
    )


def leader_out(one: Leader) -> LeaderOut:
    """A place, as it travels."""
    return LeaderOut(rank=one.rank, person=one.person, points=one.points)


EXAMPLES = (
    Example("The problems", "GET", f"{BASE}/problems?limit=3"),
    Example("One of them, with its samples", "GET", f"{BASE}/problems/two-sum"),
    Example(
        "Run the starter against the samples",
        "POST",
        f"{BASE}/problems/two-sum/run",
        body={"language": "python", "code": TWO_SUM_STARTER["python"]},
        note="It is wrong in one of them.",
    ),
    Example(
        "Submit something right",
        "POST",
        f"{BASE}/problems/two-sum/submit",
        body={"language": "python", "code": RIGHT},
        status=202,
        saves={"submission": "id"},
    ),
    Example("Ask for its verdict", "GET", f"{BASE}/submissions/{{submission}}"),
    Example(
        "In a language that is not spoken here",
        "POST",
        f"{BASE}/problems/two-sum/submit",
        body={"language": "cobol", "code": "MOVE A TO B."},
        status=422,
    ),
    Example("Who leads", "GET", f"{BASE}/competitions/{COMPETITION}/leaderboard?limit=5"),
)
