"""Every prepared comparison is well-formed, and really tells its variants apart, in the row that it names."""

from __future__ import annotations

import pytest

from sdlab.lab import Design
from sdlab.lab.comparison import check
from sdlab.registry import designs
from sdlab.rooms.compare import Comparisons, variants_of
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.report import answered, as_rows

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
PREPARED = [
    pytest.param(design, one.id, id=f"{design.slug}-{one.id}")
    for design in designs()
    for one in design.comparisons
]


@ALL
def test_comparisons_are_well_formed(design: Design) -> None:
    assert check(design.comparisons) == []
    questions = {toggle.id for toggle in design.toggles}
    for one in design.comparisons:
        assert one.toggle in questions
        assert one.rate <= design.workload(one.workload).maximum
        for alternative in one.alternatives:
            assert design.changed(design.config(), alternative.toggles, alternative.knobs)


@pytest.mark.parametrize(("design", "comparison"), PREPARED)
async def test_it_tells_its_variants_apart(manager: RoomManager, design: Design, comparison: str) -> None:
    prepared = design.comparison(comparison)
    comparisons = Comparisons(manager)
    started = await comparisons.start(
        "r", variants_of(prepared, design), seconds=prepared.seconds, prepared=prepared.id
    )
    assert started.task is not None
    await started.task
    assert (started.status, started.problem) == ("done", "")
    ids = [figure.id for figure in started.reports[0].figures]
    assert len(set(ids)) == len(ids)
    first = as_rows(started.reports, answer=prepared.answer)[0]
    told = answered(prepared, started.reports)
    assert first["answers"], told
    best = {one.name for one, run in zip(started.reports, first["runs"], strict=True) if run["best"]}
    assert best == set(prepared.best), told
    await comparisons.close()
