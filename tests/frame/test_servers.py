"""The same code on servers: PostgreSQL instead of SQLite, a given Redis instead of the embedded one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sdlab.api.server import open_rooms
from sdlab.lab import Design, LabError, Operation, Unavailable
from sdlab.registry import designs
from sdlab.rooms.lab import RunningLab
from sdlab.settings import Settings
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.redis import EmbeddedRedis


@pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
async def test_a_lab_runs_on_servers(
    valkey: EmbeddedRedis, postgres: EmbeddedPostgres, design: Design, tmp_path: Path
) -> None:
    settings = Settings(SDLAB_DATA=tmp_path, REDIS_URL=valkey.url, DATABASE_URL=postgres.url)
    async with open_rooms(settings) as manager:
        room = await manager.rooms.new_room("10.0.0.1")
        lab = await manager.lab(room, design.slug)
        operations = lab.design.workloads[0].sequence(1, 120)
        answers, refused = await performed(lab, operations)
        assert len(answers) >= 20
        broken = [(one.id, one.evidence) for one in lab.invariants() if not one.holds]
        assert not broken
        assert all(await asyncio.gather(*[lab.traffic.honours(one) for one in _plain(answers)]))
        assert lab.snapshot().traffic.failed <= refused
        assert await manager.rows(room) >= 0
    async with open_rooms(settings) as again:
        lab = await again.lab(room, design.slug)
        for answer in _plain(answers):
            assert await lab.traffic.honours(answer), answer
        await again.remove(room)
        assert await again.rows(room) == 0


async def performed(lab: RunningLab, operations: list[Operation]) -> tuple[list[Any], int]:
    """The answers, and how many were refused, as some of a crowd are."""
    answers, refused = [], 0
    for one in operations:
        try:
            answers.append(await lab.traffic.perform(one))
            refused += _verdicts(answers[-1]).count(False)
        except Unavailable:
            raise
        except LabError:
            refused += 1
    return answers, refused


def _verdicts(answer: Any) -> list[bool]:
    """A rate limiter's answer says itself whether it is a refusal."""
    return [one.get("allowed", True) for one in _listed(answer) if isinstance(one, dict)]


def _listed(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def _plain(answers: list) -> list:
    import orjson

    return [orjson.loads(orjson.dumps(one)) for one in answers[-40:]]
