"""Budgets follow the measured machine."""

from __future__ import annotations

import pytest

from sdlab.launcher import machine
from tests.machine import budget


@pytest.mark.parametrize(
    ("said", "seconds"), [("2.5", 5.0), ("1", 2.0), ("0.3", 2.0)], ids=["slow", "reference", "quicker"]
)
def test_a_budget_follows_what_the_test_command_measured(
    monkeypatch: pytest.MonkeyPatch, said: str, seconds: float
) -> None:
    monkeypatch.setenv(machine.FACTOR, said)
    machine.factor.cache_clear()
    assert budget(2) == seconds
    monkeypatch.undo()
    machine.factor.cache_clear()


@pytest.mark.parametrize("said", [None, "", "fast"])
def test_without_a_usable_factor_it_is_measured_once(
    monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    measured = iter([3.0])
    monkeypatch.setattr(machine, "measure", lambda: next(measured))
    monkeypatch.delenv(machine.FACTOR, raising=False)
    if said is not None:
        monkeypatch.setenv(machine.FACTOR, said)
    machine.factor.cache_clear()
    assert (budget(1), budget(2)) == (3.0, 6.0)
    monkeypatch.undo()
    machine.factor.cache_clear()


def test_a_slower_machine_measures_more(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, *(n * 0.01 for n in range(1, 1000))])
    monkeypatch.setattr(machine.time, "perf_counter", lambda: next(ticks))
    monkeypatch.setattr(machine, "REFERENCE", 500.0)
    assert machine.measure(0.5) == pytest.approx(5.0, rel=0.05)
