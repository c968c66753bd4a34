"""LeetCode, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.leetcode.api.api import router
from designs.leetcode.api.schemas import EXAMPLES
from designs.leetcode.config import Config
from designs.leetcode.engine.engine import LeetCode
from designs.leetcode.engine.traffic import LeetCodeTraffic
from designs.leetcode.inside.snapshot import build_snapshot, build_tallies
from designs.leetcode.lesson.comparisons import COMPARISONS
from designs.leetcode.lesson.concepts import CONCEPTS
from designs.leetcode.lesson.lesson import LESSON
from designs.leetcode.lesson.missions import MISSIONS
from designs.leetcode.lesson.numbers import ESTIMATE
from designs.leetcode.lesson.quiz import QUIZ
from designs.leetcode.lesson.script import SCRIPT
from designs.leetcode.toggles import KNOBS, TOGGLES
from designs.leetcode.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="leetcode",
    number=5,
    title="LeetCode",
    problem="Run code of strangers, judge it once, and show at once who leads.",
    group="Machines at work",
    question="How is code run that nobody trusts, for thousands at the same time?",
    structures="Namespaces, seccomp, Landlock, warm pool, work queue with leases, sorted set",
    teaser="Run a solution that is wrong in one case. Then let an attack read a file of the host.",
    folder=Path(__file__).parent,
    engine=LeetCode,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.leetcode.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="hard",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=LeetCodeTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    database="postgres",
)
