"""A pytest plugin that keeps to one part of the tests, and to one lab, so that both parts take the same arguments."""

from __future__ import annotations

import gc
import json
import os
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from sdlab.launcher.paths import ROOT

PART = "SDLAB_TEST_PART"
LAB = "SDLAB_TEST_LAB"
QUICK = "SDLAB_TEST_QUICK"
SUMMARY = "SDLAB_TEST_SUMMARY"
BROWSER = "browser tests"
REST = "all other tests"
TESTS = ROOT / "tests"
BROWSER_TESTS = TESTS / "e2e"
SLOWEST = 20
WORKERS = "PYTEST_XDIST_WORKER_COUNT"
# Files with the longest tests: those whose tests share what was costly to make, and those whose tests are dealt out.
TOGETHER = tuple(
    TESTS / "frame" / name for name in ("test_launcher_server.py", "test_workers.py", "test_imports.py")
)
DEALT_OUT = (
    TESTS / "conformance",
    BROWSER_TESTS / "test_tour.py",
    BROWSER_TESTS / "test_every_lab.py",
    BROWSER_TESTS / "test_package.py",
    BROWSER_TESTS / "test_schema.py",
)
# What is left out where it has to be quick: labs that are played for long, are killed or starved, and servers.
LONG = (
    "conformance/test_comparisons.py",
    "conformance/test_decisions.py",
    "conformance/test_examples.py",
    "conformance/test_kill.py",
    "conformance/test_kinds.py",
    "conformance/test_lessons.py",
    "conformance/test_missions.py",
    "conformance/test_panels.py",
    "conformance/test_running.py",
    "conformance/test_samples.py",
    "conformance/test_wiring.py",
    "designs/*/test_loaded.py",
    "designs/*/test_sabotage.py",
    "designs/*/test_starved.py",
    "designs/*/engine/test_deaths.py",
    "designs/*/engine/test_failures.py",
    "api/test_classes.py",
    "api/test_control.py",
    "frame/test_any_order.py",
    "frame/test_imports.py",
    "frame/test_launcher_server.py",
    "frame/test_new.py",
    "frame/test_servers.py",
    "frame/test_torture.py",
    "frame/test_workers.py",
)


def labs() -> list[str]:
    """The slugs of all labs, without reading any of them."""
    return sorted(path.parent.name.replace("_", "-") for path in (ROOT / "designs").glob("*/design.py"))


def belongs(path: Path, part: str) -> bool:
    """Whether a test file is of that part."""
    return path.is_relative_to(BROWSER_TESTS) == (part == BROWSER)


def takes_long(path: Path) -> bool:
    """Whether a test file is left out where it has to be quick."""
    return path.is_relative_to(TESTS) and any(path.relative_to(TESTS).match(one) for one in LONG)


def of_lab_alone(path: Path, slug: str) -> bool:
    """Whether a test file is about that lab and nothing else."""
    name = slug.replace("-", "_")
    files = [TESTS / "api" / f"test_{name}.py", BROWSER_TESTS / f"test_{name}.py"]
    return path.is_relative_to(TESTS / "designs" / name) or path in files


def of_every_lab(path: Path) -> bool:
    """Whether a test file runs the same tests over all labs."""
    journey = path.parent == BROWSER_TESTS and path.name.startswith("test_every_lab")
    return journey or path.is_relative_to(TESTS / "conformance")


def lab_of_case(case: str, params: list[Any]) -> str | None:
    """The lab that a case of a test over all labs is about: a parameter is it, or the case's name begins with it."""
    known = labs()
    for one in params:
        if (slug := getattr(one, "slug", one)) in known:
            return str(slug)
    return max((slug for slug in known if f"{case}-".startswith(f"{slug}-")), key=len, default=None)


def _concerns(item: pytest.Item, slug: str) -> bool:
    if of_lab_alone(item.path, slug):
        return True
    case = getattr(item, "callspec", None)
    return (
        of_every_lab(item.path) and case is not None and lab_of_case(case.id, [*case.params.values()]) == slug
    )


def _wanted(item: pytest.Item) -> bool:
    lab = os.environ.get(LAB)
    return (
        belongs(item.path, os.environ[PART])
        and not (os.environ.get(QUICK) and takes_long(item.path))
        and (not lab or _concerns(item, lab))
    )


def pytest_load_initial_conftests() -> None:
    """All that tests are made of stays, so that looks for what is not needed are in vain until all are collected."""
    gc.disable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out, unread, the other part, files of other labs, and what takes long; unless paths were given."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or collection_path.is_dir():
        return None
    lab = os.environ.get(LAB)
    if lab and not of_lab_alone(collection_path, lab) and not of_every_lab(collection_path):
        return True
    if os.environ.get(QUICK) and takes_long(collection_path):
        return True
    return None if belongs(collection_path, os.environ[PART]) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the other part and of other labs; where processes share the rest, long ones come first."""
    mine = [item for item in items if _wanted(item)]
    others = [item for item in items if not _wanted(item)]
    if others:
        config.hook.pytest_deselected(items=others)
    items[:] = for_workers(mine, int(os.environ.get(WORKERS, "1")))


def for_workers(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same in an order of which each of so many processes gets a stretch: no long test begins when all else is done.

    Each stretch begins with its share of the long ones. Who has done all of its own takes from the ends of others.
    """
    if workers == 1:
        return items
    together = [item for item in items if item.path in TOGETHER]
    dealt = [item for item in items if any(item.path.is_relative_to(one) for one in DEALT_OUT)]
    long = {*together, *dealt}
    short = iter([item for item in items if item not in long])
    stretches = [[*(together if first == 0 else ()), *dealt[first::workers]] for first in range(workers)]
    for at, stretch in enumerate(stretches, start=1):
        room = len(items) * at // workers - sum(map(len, stretches[:at])) if at < workers else len(items)
        stretch += islice(short, max(0, room))
    return [item for stretch in stretches for item in stretch]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Hand the closing line and the slowest tests to whoever started this."""
    parts, _ = terminalreporter.build_summary_stats_line()
    reports = [
        one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)
    ]
    slowest = sorted(reports, key=lambda one: -one.duration)[:SLOWEST]
    said = {
        "summary": ", ".join(text for text, _ in parts),
        "slowest": [f"{one.duration:7.2f} s  {one.when:<8} {one.nodeid}" for one in slowest],
    }
    Path(os.environ[SUMMARY]).write_text(json.dumps(said))
