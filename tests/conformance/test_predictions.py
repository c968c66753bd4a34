"""What a class may predict in each lab: figures with names, units and a range, read one by one as together."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import pytest

from sdlab.lab import Design
from sdlab.registry import designs
from sdlab.rooms.measurable import measurables, value_now
from sdlab.rooms.wanted_predictions import MAX_FIGURE, figures_ahead, may_be

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
SLOWLY, FOR = 10.0, 2.0  # operations per second, seconds


@ALL
async def test_every_figure_of_a_lab_may_be_predicted(make_lab: Callable, design: Design) -> None:
    lab = await make_lab(design)
    fresh = {one.id for one in measurables(lab)}
    assert set(figures_ahead(design)) <= fresh
    lab.start_workload(design.workloads[0].id, rate=SLOWLY, seed=1, seconds=0)
    await asyncio.sleep(FOR)
    await lab.engine.refresh_looks(now=True)
    found = measurables(lab)
    assert len({one.id for one in found}) == len(found)
    assert {one.group for one in found} == {"traffic", "lab", "part", "claim"}
    for one in found:
        assert len(one.id) <= MAX_FIGURE, one.id
        assert may_be(design, one.id), one.id
        assert one.label.strip() == one.label != "", one.id
        assert math.isfinite(one.top), one.id
        assert one.top > 0, one.id
        assert value_now(lab, one.id) == one.value, one.id
    await lab.stop_workload()
