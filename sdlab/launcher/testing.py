"""`test`: everything but the browser first, then the browser tests against one server of their own.

Two processes, because Playwright's synchronous API keeps an event loop running in its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sdlab.launcher.browser import NAMED, ensure_chromium
from sdlab.launcher.errors import LauncherError
from sdlab.launcher.machine import FACTOR, measure
from sdlab.launcher.pytest_part import BROWSER, LAB, PART, QUICK, REST, SUMMARY, labs
from sdlab.launcher.server import running_server

TEST_URL = "SDLAB_TEST_URL"
IDLE_MINUTES = "SDLAB_IDLE_MINUTES"
# every test is a visitor, all have one address, and none comes back to what an earlier one left running
LIMITS = {
    "SDLAB_ROOMS_PER_ADDRESS": "100000",
    "SDLAB_CLASSES_PER_ADDRESS": "100000",
    IDLE_MINUTES: "0.1",
    "SDLAB_WARM_UP": "off",  # a machine that tests need
}
# tests wait more than they compute: on two cores four processes, and two browsers
SPREAD = {REST: 2, BROWSER: 1}
LONGEST = 300.0  # seconds that a test may take on the reference machine: what hangs is ended, and has failed
NOTHING_COLLECTED = int(pytest.ExitCode.NO_TESTS_COLLECTED)


@dataclass(frozen=True, slots=True)
class SuiteRequest:
    """What is to be tested: all, or one lab; all of it, or in minutes and without the browser; the rest is for pytest."""

    lab: str = ""
    quick: bool = False
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one part went, how many seconds it took, and a line for each of its slowest tests."""

    part: str
    code: int
    summary: str
    seconds: float = 0.0
    slowest: tuple[str, ...] = ()


def suite_request(arguments: list[str]) -> SuiteRequest:
    """What the command line asks for. `LauncherError` for a lab that is not there."""
    parser = argparse.ArgumentParser(prog="python3 -m sdlab test", add_help=False, allow_abbrev=False)
    parser.add_argument("--lab", metavar="SLUG", default="")
    parser.add_argument("--quick", action="store_true")
    own, rest = parser.parse_known_args(arguments)
    if own.lab and own.lab not in labs():
        raise LauncherError(f"there is no lab {own.lab!r}; there are {', '.join(labs())}")
    return SuiteRequest(own.lab, own.quick, tuple(rest))


def run_tests(arguments: list[str]) -> int:
    """Run what is asked for, say how it went, and return the worst exit code."""
    request = suite_request(arguments)
    rest = list(request.arguments)
    os.environ[LAB] = request.lab
    os.environ[QUICK] = "yes" if request.quick and not request.lab and not rest else ""
    os.environ[FACTOR] = f"{measure():g}"
    print(f"sdlab: this machine takes {os.environ[FACTOR]} times as long as the reference", flush=True)
    with tempfile.TemporaryDirectory(prefix="sdlab-test-") as folder:
        outcomes = [_timed(lambda: _part(REST, rest, Path(folder), env={}))]
        if not request.quick:
            outcomes.append(_timed(lambda: _guarded(lambda: _browser_part(rest, Path(folder)))))
    print("\n".join(report(outcomes)))
    return worst([outcome.code for outcome in outcomes])


def _timed(work: Callable[[], Outcome]) -> Outcome:
    began = time.monotonic()
    return replace(work(), seconds=time.monotonic() - began)


def report(outcomes: list[Outcome]) -> list[str]:
    """The slowest tests of each part, then a line for each part."""
    lines: list[str] = []
    for one in outcomes:
        if one.slowest:
            lines += [f"sdlab: slowest {one.part}:", *one.slowest]
    return lines + [f"sdlab: {one.part}: {one.summary} in {one.seconds:.0f} s" for one in outcomes]


def worst(codes: list[int]) -> int:
    """0 when something ran and all of it passed; a part without tests counts only if all have none."""
    ran = [code for code in codes if code != NOTHING_COLLECTED]
    return max(ran, default=NOTHING_COLLECTED)


def _guarded(work: Callable[[], Outcome]) -> Outcome:
    try:
        return work()
    except LauncherError as trouble:
        return Outcome(BROWSER, 1, str(trouble))


def _browser_part(arguments: list[str], folder: Path) -> Outcome:
    if (arguments or os.environ.get(LAB)) and not _collects(BROWSER, arguments, folder):
        return Outcome(BROWSER, NOTHING_COLLECTED, "nothing selected")
    chromium = ensure_chromium()
    with running_server(folder, env=_limits()) as server:
        return _part(BROWSER, arguments, folder, env={TEST_URL: server.url, NAMED: str(chromium)})


def _limits() -> dict[str, str]:
    """On a slow machine a page that stalls for a moment must find its lab again."""
    patience = max(1.0, float(os.environ[FACTOR]))
    return {**LIMITS, IDLE_MINUTES: f"{float(LIMITS[IDLE_MINUTES]) * patience:g}"}


def _collects(part: str, arguments: list[str], folder: Path) -> bool:
    """Whether the arguments select a test of that part: no server is started for none."""
    command = [*pytest_command(arguments), "--collect-only", "--quiet"]
    run = subprocess.run(command, env=_environment(part, folder, {}), stdout=subprocess.DEVNULL, check=False)
    return run.returncode != NOTHING_COLLECTED


def _part(part: str, arguments: list[str], folder: Path, env: dict[str, str]) -> Outcome:
    environment = _environment(part, folder, env)
    code = subprocess.run(
        pytest_command([*spread(part, arguments), *arguments]), env=environment, check=False
    ).returncode
    summary = Path(environment[SUMMARY])
    said = json.loads(summary.read_text()) if summary.exists() else {}
    closing = said.get("summary", f"pytest ended with {code}")
    if code == NOTHING_COLLECTED:
        closing = "nothing selected"
    return Outcome(part, code, closing, slowest=tuple(said.get("slowest", ())))


def spread(part: str, arguments: list[str]) -> list[str]:
    """How a part, of all labs or of one, is spread over processes; pytest's own selections run in one."""
    if arguments:
        return []
    return ["-n", str(round(SPREAD[part] * (os.cpu_count() or 1))), "--dist", "worksteal"]


def pytest_command(arguments: list[str]) -> list[str]:
    """Runs tests with those arguments; the process of one that takes longer than it may is ended, and names it."""
    longest = LONGEST * float(os.environ.get(FACTOR, "1"))
    limit = [f"--timeout={longest:.0f}", "--timeout-method=thread"]
    return [sys.executable, "-m", "pytest", "-p", "sdlab.launcher.pytest_part", *limit, *arguments]


def _environment(part: str, folder: Path, env: dict[str, str]) -> dict[str, str]:
    return {**os.environ, PART: part, SUMMARY: str(folder / f"{part}.summary"), **env}
