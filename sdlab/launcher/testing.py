"""`test`: everything but the browser first, then the browser tests against one server of their own.

Two processes, because Playwright's synchronous API keeps an event loop running in its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sdlab.launcher.browser import NAMED, ensure_chromium
from sdlab.launcher.pytest_part import BROWSER, PART, REST, SUMMARY
from sdlab.launcher.server import running_server

TEST_URL = "SDLAB_TEST_URL"
# every test is a visitor, all have one address, and none comes back to what an earlier one left running
LIMITS = {
    "SDLAB_ROOMS_PER_ADDRESS": "100000",
    "SDLAB_CLASSES_PER_ADDRESS": "100000",
    "SDLAB_IDLE_MINUTES": "0.25",
}
# tests wait more than they compute: on two cores four processes, and two browsers
SPREAD = {REST: 2, BROWSER: 1}
NOTHING_COLLECTED = int(pytest.ExitCode.NO_TESTS_COLLECTED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one part went."""

    part: str
    code: int
    summary: str


def run_tests(arguments: list[str]) -> int:
    """Run both parts, say how they ended, and return the worst exit code."""
    with tempfile.TemporaryDirectory(prefix="sdlab-test-") as folder:
        outcomes = [
            _part(REST, arguments, Path(folder), env={}),
            _guarded(lambda: _browser_part(arguments, Path(folder))),
        ]
    for outcome in outcomes:
        print(f"sdlab: {outcome.part}: {outcome.summary}")
    return worst([outcome.code for outcome in outcomes])


def worst(codes: list[int]) -> int:
    """0 when something ran and all of it passed; a part without tests counts only if all have none."""
    ran = [code for code in codes if code != NOTHING_COLLECTED]
    return max(ran, default=NOTHING_COLLECTED)


def _guarded(work: Callable[[], Outcome]) -> Outcome:
    from sdlab.launcher.trouble import Trouble

    try:
        return work()
    except Trouble as trouble:
        return Outcome(BROWSER, 1, str(trouble))


def _browser_part(arguments: list[str], folder: Path) -> Outcome:
    if arguments and not _collects(BROWSER, arguments, folder):
        return Outcome(BROWSER, NOTHING_COLLECTED, "nothing selected")
    chromium = ensure_chromium()
    with running_server(folder, env=LIMITS) as server:
        return _part(BROWSER, arguments, folder, env={TEST_URL: server.url, NAMED: str(chromium)})


def _collects(part: str, arguments: list[str], folder: Path) -> bool:
    """Whether the arguments select a test of that part: no server is started for none."""
    command = [*_pytest(arguments), "--collect-only", "--quiet"]
    run = subprocess.run(command, env=_environment(part, folder, {}), stdout=subprocess.DEVNULL, check=False)
    return run.returncode != NOTHING_COLLECTED


def _part(part: str, arguments: list[str], folder: Path, env: dict[str, str]) -> Outcome:
    environment = _environment(part, folder, env)
    code = subprocess.run(
        _pytest([*spread(part, arguments), *arguments]), env=environment, check=False
    ).returncode
    summary = Path(environment[SUMMARY])
    said = summary.read_text() if summary.exists() else f"pytest ended with {code}"
    return Outcome(part, code, "nothing selected" if code == NOTHING_COLLECTED else said)


def spread(part: str, arguments: list[str]) -> list[str]:
    """How a whole part is spread over processes; a selection of tests runs in one, as pytest does by itself."""
    if arguments:
        return []
    return ["-n", str(SPREAD[part] * (os.cpu_count() or 1)), "--dist", "worksteal"]


def _pytest(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "sdlab.launcher.pytest_part", *arguments]


def _environment(part: str, folder: Path, env: dict[str, str]) -> dict[str, str]:
    return {**os.environ, PART: part, SUMMARY: str(folder / f"{part}.summary"), **env}
