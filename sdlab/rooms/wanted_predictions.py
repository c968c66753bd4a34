"""What a leader asks for with a prediction, in the moment or with a step of a lesson of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sdlab.lab import Design
from sdlab.lab.text import TextRule

Kind = Literal["curve", "value"]

KINDS: tuple[Kind, ...] = ("curve", "value")
SHORTEST, LONGEST = 5.0, 120.0  # seconds of a run
USUAL_SECONDS = 30.0
MAX_CHANGE = 200
MAX_FIGURE = 128  # characters of its id

CHANGE = TextRule("change", MAX_CHANGE, minimum=0)
# Figures of all requests of the last seconds, each with label and unit; their ids begin with `traffic.`.
TRAFFIC = {
    "rate": ("Rate of requests", "/s"),
    "errors": ("Rate of failed requests", "/s"),
    "p50": ("Latency p50", "ms"),
    "p95": ("Latency p95", "ms"),
    "p99": ("Latency p99", "ms"),
}
ONLY_RUNNING = ("tally.", "part.")  # a lab says which it has of these only while it runs


@dataclass(frozen=True, slots=True)
class Wanted:
    """How it is predicted. `low` and `high` bound the sketches, in the figure's unit; None for the usual."""

    kind: Kind
    seconds: float
    change: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """A prediction that a step of a lesson will ask for."""

    figure: str
    wanted: Wanted


def part_label(label: str) -> str:
    """Of the calls of a part."""
    return f"Calls of {label}"


def claim_label(name: str) -> str:
    """Of how often a claim was broken."""
    return f"Broken: {name}"


def figures_ahead(design: Design) -> dict[str, str]:
    """Figures that a lab has before it runs, by id, with their labels: its own tallies are not among them."""
    parts = design.engine.plan(design.config())
    return {
        **{f"traffic.{id}": label for id, (label, _) in TRAFFIC.items()},
        **{f"part.{one.id}": part_label(one.label) for one in parts},
        **{f"broken.{one.id}": claim_label(one.name) for one in design.engine.claims},
    }


def may_be(design: Design, figure: str) -> bool:
    """Whether that lab may measure that figure once it runs."""
    return figure in figures_ahead(design) or figure.startswith(ONLY_RUNNING)
