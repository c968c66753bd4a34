"""Every verb leaves its reason, at the line of the engine that decides."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from sdlab.lab import Design
from sdlab.lab.trace import Trace
from sdlab.registry import designs
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager
from tests.conformance.test_examples import filled
from tests.conformance.watching import MakeLab, Requests, brisk, held, requests_noted

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
RATE = 60.0
# What is known to be wrong; a lab that is mended is taken out.
SILENT: set[str] = set()
NAMELESS: set[str] = set()
STAGED: set[str] = set()
# Every other request has a way that can be replayed.
ASKS_NOBODY = {"a worker ends", "a matcher ends", "deploy", "full buffer"}


@ALL
async def test_every_verb_leaves_its_deciding_line_and_every_hop_the_line_of_its_call(
    make_lab: MakeLab, manager: RoomManager, subtests: pytest.Subtests, application: FastAPI, design: Design
) -> None:
    traces: dict[str, Trace] = {}
    with requests_noted() as noted:
        lab = await make_lab(design)
        for workload in design.workloads:
            lab.start_workload(workload.id, rate=brisk(workload, RATE), seed=11, seconds=1.5)
            await lab.runner.wait()
            traces |= remembered(lab)
        await examples_called(application, design)
    with subtests.test("every verb leaves its deciding line"):
        held(silent(noted, design), design.slug, SILENT)
    with subtests.test("every hop names the line that made the call"):
        hops = [hop for trace in traces.values() for hop in trace.hops]
        assert hops
        assert {trace.kind or trace.title for trace in traces.values() if not trace.hops} <= ASKS_NOBODY
        nameless = {
            f"{one.target} {one.operation}" for one in hops if not one.file.startswith(str(design.folder))
        }
        held(nameless, design.slug, NAMELESS)


def remembered(lab: RunningLab) -> dict[str, Trace]:
    """The traces of the requests that the feed tells of."""
    told = [event.trace for event in lab.engine.feed.newest(200) if event.trace]
    return {trace: found for trace in told if (found := lab.engine.traces.get(trace))}


def silent(noted: Requests, design: Design) -> dict[str, str]:
    """Verbs that were done without a reason, or with one from outside the engine."""
    engine = str(design.folder / "engine")
    found: dict[str, str] = {}
    assert noted.decided
    for title, requests in noted.decided.items():
        without = sum(not any(place.startswith(engine) for place in places) for places in requests)
        if without:
            found[title] = f"{without} of {len(requests)}"
    return found


async def examples_called(application: FastAPI, design: Design) -> None:
    """The calls of the API, as a program makes them."""
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        client.headers["X-SDLab-Room"] = (await client.post("/api/rooms")).json()["room"]
        saved: dict[str, str] = {}
        for example in design.examples:
            headers = {name: value.format(**saved) for name, value in example.headers.items()}
            answer = await client.request(
                example.method,
                example.path.format(**saved),
                json=filled(example.body, saved),
                headers=headers,
            )
            saved |= {name: str(answer.json()[field]) for name, field in example.saves.items()}


# A race is widened by a knob that says so, or not at all


def gaps(module: ast.Module, knobs: set[str]) -> Iterator[int]:
    """Lines where a coroutine gives way between two of its steps, other than by what a knob says.

    Giving way for no time at all is always a gap; resting is one between two things that are waited
    for. A loop that rests is no step of a request, nor is one that tries again after an exception.
    """
    for function in ast.walk(module):
        if isinstance(function, ast.AsyncFunctionDef):
            waits = [one for statement in function.body for one in _waits(statement)]
            steps = [one.lineno for one in waits if not _rests(one.value)]
            for one in waits:
                if _rests(one.value) and not _by_knob(one.value, knobs):
                    between = steps and min(steps) < one.lineno < max(steps)
                    if between or ast.unparse(one.value.args[0]) == "0":
                        yield one.lineno


def _waits(statement: ast.AST) -> Iterator[ast.Await]:
    if isinstance(statement, ast.While | ast.ExceptHandler | ast.AsyncFunctionDef | ast.FunctionDef):
        return
    if isinstance(statement, ast.Await):
        yield statement
    for child in ast.iter_child_nodes(statement):
        yield from _waits(child)


def _rests(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "sleep"


def _by_knob(call: ast.expr, knobs: set[str]) -> bool:
    assert isinstance(call, ast.Call)
    return any(
        isinstance(one, ast.Attribute) and one.attr in knobs and "config" in ast.unparse(one.value)
        for argument in call.args
        for one in ast.walk(argument)
    )


@ALL
def test_nothing_waits_between_a_read_and_a_write_but_by_a_knob(design: Design) -> None:
    knobs = {knob.id for knob in design.knobs}
    found = [
        f"{path.name}:{line}"
        for path in sorted((design.folder / "engine").rglob("*.py"))
        if path.name != "traffic.py"
        for line in gaps(ast.parse(path.read_text()), knobs)
    ]
    held(found, design.slug, STAGED)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("async def f(self):\n    n = await read()\n    await asyncio.sleep(0)\n    await write(n)", [3]),
        ("async def f(self):\n    n = self.next\n    await asyncio.sleep(0)\n    self.next = n + 1", [3]),
        ("async def f(self):\n    n = await read()\n    await clock.sleep(0.001)\n    await write(n)", [3]),
        ("async def f(self):\n    await self.clock.sleep(self.due)\n    await write(1)", []),
        (
            "async def f(self):\n    n = await read()\n    await clock.sleep(self.config.gap_ms / 1e3)\n    await write(n)",
            [],
        ),
        ("async def f(self):\n    while True:\n        await clock.sleep(1)\n        await work()", []),
        (
            "async def f(self):\n    try:\n        await work()\n    except Gone:\n        await clock.sleep(1)",
            [],
        ),
    ],
)
def test_the_rule_on_gaps_finds_them(source: str, wanted: list[int]) -> None:
    assert list(gaps(ast.parse(source), {"gap_ms"})) == wanted
