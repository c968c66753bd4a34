"""A view copies the fields that its source has, and nothing is invented for those that it has not."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from sdlab.lab.views import view_of


@dataclass(frozen=True, slots=True)
class SeatView:
    id: str = ""
    price: int = 0
    free: bool = False


def test_fields_are_copied_by_name_and_overridden() -> None:
    source = SimpleNamespace(id="A1", price=20, free=True, secret="x")
    assert view_of(SeatView, source) == SeatView("A1", 20, True)
    assert view_of(SeatView, source, free=False) == SeatView("A1", 20, False)


def test_a_field_that_nobody_says_is_an_error() -> None:
    with pytest.raises(TypeError, match="price, free"):
        view_of(SeatView, SimpleNamespace(id="A1"))
    with pytest.raises(TypeError, match="secret"):
        view_of(SeatView, SimpleNamespace(id="A1", price=1, free=True), secret=1)
