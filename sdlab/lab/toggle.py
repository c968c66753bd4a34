"""Deep dives as data: a toggle chooses an approach, a knob sets a number, a config holds both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Protocol, TypeVar

from sdlab.lab.errors import Invalid

MAX_SHORT = 28


class Approach(Protocol):
    """Anything that can stand as an option: a class that names itself and its price."""

    label: str
    tradeoff: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a toggle."""

    id: str
    label: str
    tradeoff: str


@dataclass(frozen=True, slots=True)
class Toggle:
    """A question of the design with its possible answers.

    `short` asks it in at most `MAX_SHORT` characters. `watch` tells where on the page the difference
    shows, `panel` which panel shows it, `also` other panels that it moves, `under` the faults
    ("node:kind") without which the options do the same; `protects` names the invariant that breaks,
    and `breaks_under` the workload that breaks it, when `unprotected` is chosen; `breaks_at` are knobs
    and their numbers with which that takes no longer than somebody watches. A question that protects
    nothing names in `shown_under` the workload that shows its options apart.
    """

    id: str
    short: str
    question: str
    options: tuple[Option, ...]
    default: str
    changes: str
    watch: str
    panel: str = ""
    also: tuple[str, ...] = ()
    shown_under: str = ""
    under: tuple[str, ...] = ()
    unprotected: str = ""
    protects: str = ""
    breaks_under: str = ""
    breaks_at: tuple[tuple[str, float], ...] = ()

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels that it moves, the one that shows it first."""
        return (self.panel, *self.also)

    @property
    def traffic(self) -> str:
        """The workload that breaks what it protects, else that which shows its options apart."""
        return self.breaks_under or self.shown_under

    def option(self, option_id: str) -> Option:
        """The option of that id; `Invalid` when there is none."""
        for option in self.options:
            if option.id == option_id:
                return option
        known = ", ".join(option.id for option in self.options)
        raise Invalid(f"{self.id} is one of {known}", field=self.id)


@dataclass(frozen=True, slots=True)
class Knob:
    """A number of the running system. `minimum <= value <= maximum`, in `unit`.

    `about` is the toggle whose question it belongs to.
    """

    id: str
    label: str
    unit: str
    minimum: float
    maximum: float
    default: float
    step: float = 1
    changes: str = ""
    about: str = ""

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return float(self.step).is_integer() and isinstance(self.default, int)

    def accept(self, value: object) -> float:
        """The value as this knob stores it; `Invalid` when it is no number in range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Invalid(f"{self.id} is a number", field=self.id)
        if not self.minimum <= value <= self.maximum:
            raise Invalid(
                f"{self.id} is from {self.minimum:g} to {self.maximum:g} {self.unit}".rstrip(),
                field=self.id,
            )
        if self.whole and value != int(value):
            raise Invalid(f"{self.id} is a whole number", field=self.id)
        return int(value) if self.whole else float(value)


def options(approaches: Mapping[str, type[Approach] | Approach]) -> tuple[Option, ...]:
    """Options from a strategies table: the ids are its keys, label and trade-off the classes' own."""
    return tuple(Option(key, one.label, one.tradeoff) for key, one in approaches.items())


C = TypeVar("C")


def changed(
    config: C,
    *,
    toggles: tuple[Toggle, ...],
    knobs: tuple[Knob, ...],
    set_toggles: Mapping[str, object],
    set_knobs: Mapping[str, object],
) -> C:
    """A copy of `config` with some answers changed; `Invalid` names the first that is unacceptable."""
    questions = {toggle.id: toggle for toggle in toggles}
    numbers = {knob.id: knob for knob in knobs}
    values: dict[str, Any] = {}
    for key, value in set_toggles.items():
        if key not in questions:
            raise Invalid(f"there is no toggle {key!r}", field=key)
        values[key] = questions[key].option(str(value)).id
    for key, value in set_knobs.items():
        if key not in numbers:
            raise Invalid(f"there is no knob {key!r}", field=key)
        values[key] = numbers[key].accept(value)
    return replace(config, **values)  # type: ignore[type-var]


def as_mapping(config: Any) -> dict[str, Any]:
    """A config as plain data, for storing and for frames."""
    return asdict(config)


def from_mapping(
    kind: type[C], stored: Mapping[str, Any], *, toggles: tuple[Toggle, ...], knobs: tuple[Knob, ...]
) -> C:
    """A config from stored data; what no longer fits falls back to the default."""
    config = kind()
    known = {field.name for field in fields(config)}  # type: ignore[arg-type]
    for toggle in toggles:
        if toggle.id in stored and toggle.id in known:
            config = _kept(config, toggles, knobs, {toggle.id: stored[toggle.id]}, {})
    for knob in knobs:
        if knob.id in stored and knob.id in known:
            config = _kept(config, toggles, knobs, {}, {knob.id: stored[knob.id]})
    return config


def _kept(
    config: C,
    toggles: tuple[Toggle, ...],
    knobs: tuple[Knob, ...],
    set_toggles: Mapping[str, object],
    set_knobs: Mapping[str, object],
) -> C:
    try:
        return changed(config, toggles=toggles, knobs=knobs, set_toggles=set_toggles, set_knobs=set_knobs)
    except Invalid:
        return config
