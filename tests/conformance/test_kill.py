"""`kill -9` in the middle of writes: everything that was acknowledged is there afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from sdlab.api.server import open_rooms
from sdlab.lab import Design
from sdlab.registry import designs
from sdlab.rooms.ids import PUBLIC
from sdlab.settings import ROOT, Settings

ACKNOWLEDGED = 300


@pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
async def test_a_killed_process_loses_nothing_acknowledged(design: Design, tmp_path: Path) -> None:
    answers = _run_and_kill(design.slug, tmp_path)
    assert len(answers) >= ACKNOWLEDGED
    async with open_rooms(Settings(SDLAB_DATA=tmp_path)) as manager:  # type: ignore[call-arg]
        lab = await manager.lab(PUBLIC, design.slug)
        lost = [answer for answer in answers if not await lab.traffic.honours(answer)]
        assert lost == []


def _run_and_kill(slug: str, data: Path) -> list:
    command = [sys.executable, "-m", "tests.conformance.victim", slug, str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        lines = [process.stdout.readline() for _ in range(ACKNOWLEDGED)]
        process.kill()
        lines += process.stdout.readlines()
        process.wait()
    return [orjson.loads(line) for line in lines if line.endswith(b"\n")]
