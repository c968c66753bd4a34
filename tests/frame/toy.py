"""The smallest design there can be: a counter on one node, to test the frame without any lab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from fastapi import APIRouter

from sdlab.lab import (
    Ask,
    Beat,
    Claim,
    Cut,
    Design,
    Do,
    Engine,
    Estimate,
    EvidenceView,
    Expect,
    FaultSpec,
    Knob,
    LabSnapshot,
    Lesson,
    Line,
    Node,
    NodeSpec,
    Operation,
    Option,
    Sample,
    Script,
    Toggle,
    Traffic,
    Workload,
    performs,
)
from sdlab.lab.node import STANDARD_FAULTS
from sdlab.lab.scenario import Fault


@dataclass(frozen=True)
class Config:
    step: str = "one"
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Snapshot(LabSnapshot):
    total: int = 0


class Counter(Engine[Config]):
    claims = (Claim("below_limit", "below the limit", "the total stays below the limit"),)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        wipe = FaultSpec("wipe", "wiped", "forgets its total", momentary=True)
        return (NodeSpec("store", "store", "store", 1, faults=(*STANDARD_FAULTS, wipe)),)

    async def open(self) -> None:
        self.total = int(await self.room.redis.get(self.room.key("total")) or 0)

    async def add(self) -> int:
        async with self.request("POST add") as trace:
            step = 1 if self.config.step == "one" else 2
            self.decide(f"the step is {step}")
            self.total = await self.nodes["store"].call(
                "incrby", lambda: self.room.redis.incrby(self.room.key("total"), step), source="visitor"
            )
            self._check()
            trace.sentence = f"POST add: the total is {self.total}"
            return self.total

    def _check(self) -> None:
        if self.total < self.config.limit:
            self.monitors["below_limit"].passed()
        else:
            self.monitors["below_limit"].violated([EvidenceView(0.0, "store", f"total {self.total}")])

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        await self.room.redis.delete(self.room.key("total"))
        self.total = 0
        return "the store forgot its total"


class Adding(Traffic[Counter]):
    @performs("add")
    async def add(self, operation: Operation) -> int:
        return await self.engine.add()

    async def honours(self, answer: Any) -> bool:
        return int(await self.engine.room.redis.get(self.engine.room.key("total")) or 0) >= answer


def build_snapshot(engine: Counter) -> Snapshot:
    return Snapshot(**engine.common(), total=engine.total)


def operations(rng: Random) -> Iterator[Operation]:
    while True:
        yield Operation("add", {"nonce": rng.randrange(1000)})


STEP = Toggle(
    "step",
    "How far?",
    "How far at once?",
    (Option("one", "1", "slow"), Option("two", "2", "coarse")),
    "one",
    changes="the step",
    watch="the total",
)

LESSON = Lesson(
    (
        Beat("Count", "One by one.", 1, expect=Expect("nothing yet", lambda s: s.total == 0)),
        Beat(
            "Once", "Add one.", 1, Do(verbs=(Operation("add"),)), expect=Expect("one", lambda s: s.total >= 1)
        ),
        Beat(
            "Ask",
            "How far does it go now?",
            2,
            Do(toggles={"step": "two"}, verbs=(Operation("add"),)),
            spotlight="total",
            ask=Ask("How far?", ("one", "two"), 1, "The step is two."),
            expect=Expect("further", lambda s: s.total >= 3),
        ),
        Beat(
            "Traffic",
            "Many.",
            1,
            Do(workload="steady", rate=50),
            expect=Expect("many", lambda s: s.total > 10),
        ),
        Beat(
            "Break",
            "Down.",
            1,
            Do(faults=(Fault("store", "down"),)),
            expect=Expect("down", lambda s: s.faults != ()),
        ),
        Beat(
            "Mend",
            "Up.",
            1,
            Do(mend=True, workload=""),
            tab="notes",
            expect=Expect("up", lambda s: s.faults == ()),
        ),
    )
)

SCRIPT = Script(
    lines=tuple(Line(f"Say {one}.", f"Not {one}.", f"Why {one}?", f"On from {one}.") for one in range(1, 7)),
    cuts=(Cut(20, (1, 3, 4)), Cut(40, (1, 2, 3, 4), (3,)), Cut(60, (1, 2, 3, 4, 5, 6), (3,), (2,))),
)

TOY = Design(
    slug="toy",
    number=99,
    title="Toy",
    problem="Count.",
    group="Web basics",
    question="How far?",
    structures="a counter",
    teaser="Count to ten",
    folder=Path(__file__).parent,
    engine=Counter,
    config=Config,
    toggles=(STEP,),
    knobs=(Knob("limit", "Limit", "", 1, 10_000, 100),),
    workloads=(Workload("steady", "Steady", "adds", operations, rate=50, maximum=500),),
    sample=Sample(
        Workload("sample", "Sample traffic", "adds", operations, rate=5),
        on_screen=lambda snapshot: snapshot.total,
    ),
    examples=(),
    estimate=Estimate((), lambda values: ()),
    quiz=(),
    page="tests.frame.toy:page",
    router=APIRouter,
    lesson=LESSON,
    script=SCRIPT,
    traffic=Adding,
    snapshot=build_snapshot,
)
