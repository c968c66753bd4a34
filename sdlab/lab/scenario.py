"""A scenario: seed, answers, traffic, faults and position. The one artefact behind a permalink,
a lesson, a comparison and a bug report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from sdlab.lab.errors import LabError
from sdlab.lab.workload import MAX_SECONDS, MAX_SEED

if TYPE_CHECKING:
    from sdlab.lab.design import Design

TABS = ("lab", "compare", "numbers", "notes", "quiz", "api")
MAX_FAULTS = 16
FEWEST_VARIANTS, MOST_VARIANTS = 2, 4
SHORTEST_COMPARISON, LONGEST_COMPARISON = 1.0, 120.0  # seconds
MAX_QUERY = 4000
MAX_BEAT = 99
OTHER_PARAMETERS = frozenset({"room", "panel", "question", "class", "stage"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to do to a node; no value means the fault's own default."""

    node: str
    kind: str
    value: float | None = None

    def __str__(self) -> str:
        return f"{self.node}:{self.kind}" + ("" if self.value is None else f":{_shown(self.value)}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What to set up. Only answers that differ from the defaults need to be named.

    `seed` drives both the room's chance and the traffic. `seconds` 0 means until stopped.
    """

    lab: str
    seed: int = 1
    toggles: Mapping[str, str] = field(default_factory=dict)
    knobs: Mapping[str, float] = field(default_factory=dict)
    workload: str = ""
    rate: float = 0.0
    seconds: float = 0.0
    faults: tuple[Fault, ...] = ()
    tab: str = "lab"
    beat: int = 0

    @property
    def trivial(self) -> bool:
        """Whether it sets nothing up: a plain visit, at whatever tab."""
        return self == Scenario(lab=self.lab, tab=self.tab)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back."""
        return asdict(self)

    def to_query(self) -> str:
        """The readable form for an address: defaults are left out."""
        pairs: list[tuple[str, str]] = []
        if self.seed != 1:
            pairs.append(("seed", str(self.seed)))
        pairs += [(name, str(option)) for name, option in self.toggles.items()]
        pairs += [(name, _shown(number)) for name, number in self.knobs.items()]
        if self.workload:
            pairs.append(("workload", self.workload))
        pairs += [
            (name, _shown(number))
            for name, number in (("rate", self.rate), ("seconds", self.seconds))
            if number
        ]
        pairs += [("fault", str(fault)) for fault in self.faults]
        if self.tab != "lab":
            pairs.append(("tab", self.tab))
        if self.beat:
            pairs.append(("beat", str(self.beat)))
        return urlencode(pairs, safe=":")


Notices = list[str]


def from_query(design: Design, query: str) -> tuple[Scenario, Notices]:
    """The scenario of an address. What is unknown or bad is left out, with a notice each; never an error."""
    if len(query) > MAX_QUERY:
        return Scenario(lab=design.slug), ["the address is too long to be a scenario"]
    data: dict[str, Any] = {"toggles": {}, "knobs": {}, "faults": []}
    notices: Notices = []
    toggles = {toggle.id for toggle in design.toggles}
    knobs = {knob.id for knob in design.knobs}
    for name, text in parse_qsl(query.removeprefix("?")):
        if name in toggles:
            data["toggles"][name] = text
        elif name in knobs:
            data["knobs"][name] = _number(text)
        elif name in ("seed", "rate", "seconds", "beat"):
            data[name] = _number(text)
        elif name in ("workload", "tab"):
            data[name] = text
        elif name == "fault":
            data["faults"].append(_fault(text))
        elif name not in OTHER_PARAMETERS:
            notices.append(f"{name}: unknown, ignored")
    scenario, found = from_json(design, data)
    return scenario, notices + found


def from_json(design: Design, data: Mapping[str, Any]) -> tuple[Scenario, Notices]:
    """The scenario in plain data; what is unknown or bad is left out, with a notice each."""
    reader = _Reader(design)
    scenario = Scenario(
        lab=design.slug,
        seed=int(reader.number(data, "seed", 1, 0, MAX_SEED)),
        toggles=reader.answers(data.get("toggles"), toggles=True),
        knobs=reader.answers(data.get("knobs"), toggles=False),
        workload=reader.workload(data.get("workload") or ""),
        rate=reader.number(data, "rate", 0.0, 0.0, reader.fastest),
        seconds=reader.number(data, "seconds", 0.0, 0.0, MAX_SECONDS),
        faults=reader.faults(data.get("faults") or ()),
        tab=reader.tab(data.get("tab") or "lab"),
        beat=int(reader.number(data, "beat", 0, 0, MAX_BEAT)),
    )
    return scenario, reader.notices


class _Reader:
    """Reads values one by one and notes what it leaves out."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.notices: Notices = []
        self.fastest = max((workload.maximum for workload in design.workloads), default=0.0)

    def number(self, data: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
        value = data.get(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.notices.append(f"{name}: not a number from {low:g} to {high:g}, ignored")
        return default

    def answers(self, given: Any, *, toggles: bool) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, value in (given if isinstance(given, Mapping) else {}).items():
            change = {str(name): value}
            try:
                config = self.design.changed(
                    self.design.config(), change if toggles else {}, {} if toggles else change
                )
            except LabError as error:
                self.notices.append(f"{name}: {error.detail}, ignored")
                continue
            accepted = getattr(config, name)
            if accepted != getattr(self.design.config(), name):
                kept[name] = accepted
        return kept

    def workload(self, name: Any) -> str:
        if name in ["", *(workload.id for workload in self.design.workloads)]:
            return str(name)
        self.notices.append(f"workload: there is no {name!r}, ignored")
        return ""

    def tab(self, name: Any) -> str:
        if name in TABS:
            return str(name)
        self.notices.append(f"tab: there is no {name!r}, ignored")
        return "lab"

    def faults(self, given: Any) -> tuple[Fault, ...]:
        kept: list[Fault] = []
        for one in list(given)[:MAX_FAULTS] if isinstance(given, list | tuple) else []:
            fault = one if isinstance(one, Fault) else _fault_from(one)
            if fault is None:
                self.notices.append(f"fault: {one!r} is not node:kind or node:kind:value, ignored")
            else:
                kept.append(fault)
        return tuple(kept)


def _fault(text: str) -> Fault | str:
    node, _, rest = text.partition(":")
    kind, _, value = rest.partition(":")
    amount = _number(value) if value else None
    if not node or not kind or isinstance(amount, str):
        return text
    return Fault(node, kind, amount)


def _fault_from(one: Any) -> Fault | None:
    if not isinstance(one, Mapping):
        return None
    node, kind, value = one.get("node"), one.get("kind"), one.get("value")
    if not isinstance(node, str) or not isinstance(kind, str) or isinstance(value, bool | str):
        return None
    return Fault(node, kind, value if isinstance(value, int | float) else None)


def _shown(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _number(text: str) -> float | str:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
