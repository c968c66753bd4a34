"""What the bench measures: everything, or what concerns some labs; what is unknown is named."""

from __future__ import annotations

import pytest

from sdlab.launcher.bench.measures import MEASURES, OF_ANY_LAB, of_designs
from sdlab.launcher.bench.report import run_bench
from sdlab.launcher.errors import LauncherError
from sdlab.registry import design, designs


def test_the_measures_of_some_labs_are_theirs_alone() -> None:
    assert set(OF_ANY_LAB) <= set(MEASURES)
    everything = of_designs(designs())
    one = of_designs([design("top-k")])
    assert one
    assert one.keys() < everything.keys()
    assert len(everything) == sum(len(of_designs([each])) for each in designs())


@pytest.mark.parametrize(
    ("slugs", "only", "told"),
    [(["nothing"], [], "no lab 'nothing'"), ([], ["nothing"], "no measure 'nothing'")],
)
def test_what_is_unknown_is_named(slugs: list[str], only: list[str], told: str) -> None:
    with pytest.raises(LauncherError, match=told):
        run_bench(slugs, only=only, results=None)
