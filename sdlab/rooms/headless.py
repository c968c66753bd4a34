"""A scenario from a file, played to its end without a browser: for a lesson, a check, a bug report."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from sdlab.api.server import open_rooms
from sdlab.lab import LabError
from sdlab.lab.scenario import MAX_QUERY, Notices, Scenario, from_json, from_query
from sdlab.registry import design
from sdlab.rooms.play import run
from sdlab.rooms.report import Report, as_json, as_text
from sdlab.settings import Settings

HOLDS, BROKEN, UNUSABLE = 0, 1, 2


def play_file(path: Path, *, machine_readable: bool = False) -> int:
    """Play, print the table and the verdicts. 0 when every claim held, 1 when one broke, 2 for no scenario."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        chosen = design(str(data["lab"]))
    except (OSError, ValueError, KeyError, TypeError, LabError) as error:
        print(f"sdlab: {path} is no scenario: {error}", file=sys.stderr)
        return UNUSABLE
    scenario, notices = from_json(chosen, data)
    if "query" in data:
        scenario, notices = from_query(chosen, str(data["query"])[:MAX_QUERY])
    report, more = asyncio.run(_play(scenario))
    for notice in notices + more:
        print(f"sdlab: {notice}", file=sys.stderr)
    print(json.dumps(as_json([report]), indent=2) if machine_readable else as_text([report]))
    return HOLDS if report.holds else BROKEN


async def _play(scenario: Scenario) -> tuple[Report, Notices]:
    with tempfile.TemporaryDirectory(prefix="sdlab-") as folder:
        async with open_rooms(Settings(SDLAB_DATA=Path(folder))) as manager:
            return await run(manager, scenario)
