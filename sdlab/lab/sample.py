"""Sample traffic: what a lab shows of itself in a fresh room, before anybody has touched it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sdlab.lab.errors import Invalid
from sdlab.lab.workload import Workload

FASTEST = 5.0  # operations per second
LASTS = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Sample:
    """A little traffic about the very thing that is on the product's screen.

    `workload` plays at its own rate, at most `FASTEST`; its `does` is the line that the dock says.
    `on_screen` takes of a snapshot what the product shows and traffic changes: my links with their
    clicks, the seats of the hall, the comments of the stream.
    """

    workload: Workload
    on_screen: Callable[[Any], object]

    def __post_init__(self) -> None:
        if self.workload.rate > FASTEST:
            raise Invalid(f"sample traffic has at most {FASTEST:g} operations per second", field="rate")
