"""The estimate: figures that can be worked out by hand, and answers of the quiz."""

from __future__ import annotations

import pytest

from designs.top_k.lesson.numbers import ESTIMATE
from designs.top_k.lesson.quiz import QUIZ, entries_read, slots_moved_by_a_fourth_host, wrong_winner


def value(name: str, **given: float) -> float:
    return next(one.value for one in ESTIMATE.compute(given) if one.id == name)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("views", {"views_per_day": 86_400}, 1.0),
        ("peak_views", {"views_per_day": 864_000, "peak": 3}, 30.0),
        ("hosts_rate", {"views_per_day": 864_000, "peak": 3, "copies": 2, "host_views": 50}, 2.0),
        ("exact", {"videos": 2**20, "held_slices": 2, "bytes_per_entry": 512}, 1.0),
        ("exact_hosts", {"videos": 2**20, "held_slices": 2, "bytes_per_entry": 512, "copies": 3, "host_gib": 2}, 2.0),
        ("width", {"epsilon_ppm": 1000}, 2719.0),
        ("depth", {"delta_pct": 1}, 5.0),
        ("sketch", {"epsilon_ppm": 1000, "delta_pct": 1}, 2719 * 5 * 4 / 2**20),
        ("bound", {"views_per_day": 24e6, "epsilon_ppm": 10}, 10.0),
        ("merged", {"k": 10, "hosts": 5}, entries_read()),
        ("late", {"interval_s": 60}, 60.0),
    ],
)  # fmt: skip
def test_results_by_hand(name: str, given: dict[str, float], expected: float) -> None:
    assert value(name, **given) == pytest.approx(expected)


def test_what_the_sketch_saves() -> None:
    assert value("ratio") > 10


def test_the_quiz_counts_with_the_code_that_runs() -> None:
    assert entries_read() == 14
    assert 6 <= slots_moved_by_a_fourth_host() <= 45
    assert wrong_winner() == "a instead of b"
    assert {one.id: one.answer() for one in QUIZ if one.id in ("width", "depth", "kib") and one.answer} == {
        "width": 2719,
        "depth": 5,
        "kib": 32,
    }
