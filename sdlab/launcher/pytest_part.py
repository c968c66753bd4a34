"""A pytest plugin that keeps to one part of the tests, so that both parts take the same arguments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sdlab.launcher.places import ROOT

PART = "SDLAB_TEST_PART"
SUMMARY = "SDLAB_TEST_SUMMARY"
BROWSER = "browser tests"
REST = "all other tests"
BROWSER_TESTS = ROOT / "tests" / "e2e"


def belongs(path: Path, part: str) -> bool:
    """Whether a test file is of that part."""
    return path.is_relative_to(BROWSER_TESTS) == (part == BROWSER)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the other part unread, unless paths were given, which must be found."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or collection_path.is_dir():
        return None
    return None if belongs(collection_path, os.environ[PART]) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the other part."""
    mine = [item for item in items if belongs(item.path, os.environ[PART])]
    others = [item for item in items if not belongs(item.path, os.environ[PART])]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = mine


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Hand the closing line to whoever started this."""
    parts, _ = terminalreporter.build_summary_stats_line()
    Path(os.environ[SUMMARY]).write_text(", ".join(text for text, _ in parts))
