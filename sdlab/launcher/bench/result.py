"""One measured number with the bar it is held to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """`value` in `unit`; `bar` is a least value when `at_least`, else a most; None when there is none."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = False
    detail: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.bar is None:
            return None
        return bool(self.value >= self.bar if self.at_least else self.value < self.bar)

    @property
    def shown(self) -> str:
        """The value as text."""
        return f"{_number(self.value)} {self.unit}"

    @property
    def bar_shown(self) -> str:
        """The bar as text."""
        if self.bar is None:
            return ""
        return f"{'≥' if self.at_least else '<'} {_number(self.bar)} {self.unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
