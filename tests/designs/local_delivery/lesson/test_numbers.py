"""The estimate: the source's figures, and what really follows from them."""

from __future__ import annotations

import pytest

from designs.local_delivery.lesson.numbers import ESTIMATE


def value(id: str, **values: float) -> float:
    return next(one.value for one in ESTIMATE.compute(values) if one.id == id)


def test_a_million_orders_a_day_are_twelve_a_second() -> None:
    assert value("mean") == pytest.approx(11.6, abs=0.1)
    assert value("peak_orders") == pytest.approx(50, abs=1)


def test_twenty_thousand_looks_need_ten_million_orders() -> None:
    assert value("looks", peak=1.0) == pytest.approx(2_315, rel=0.01)
    assert value("looks", peak=1.0, orders=1e7) == pytest.approx(23_148, rel=0.01)
