"""Which option and number of each setting was in force since when, so that evidence can name one as the cause."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

from sdlab.lab.clock import Clock, time_of_day
from sdlab.lab.invariant import cause_step
from sdlab.lab.snapshot import EvidenceView
from sdlab.lab.toggle import Knob, Toggle, as_mapping

CHANGES_KEPT = 16  # of each setting, the newest


@dataclass(frozen=True, slots=True)
class InForce:
    """A setting had this value from `since` on (seconds of the room's clock).

    `until` is when another came; none while it is in force. Not `exact`: it had it by `since`, and how long
    before is not known.
    """

    value: Any
    since: float
    exact: bool = True
    until: float | None = None


class SettingsRecord:
    """The settings of a lab in a room, by their ids: each with its newest values and since when it had them.

    What it says is what it was told when a setting was applied; of a time before that it says nothing.
    """

    def __init__(self, config: Any, *, clock: Clock) -> None:
        self._clock = clock
        now = clock.time()
        self._kept = {
            id: deque([InForce(value, now)], maxlen=CHANGES_KEPT) for id, value in _values(config).items()
        }
        self._toggles: dict[str, Toggle] = {}
        self._knobs: dict[str, Knob] = {}

    def name(self, toggles: Iterable[Toggle], knobs: Iterable[Knob]) -> None:
        """Call settings and their values what the page calls them; without that they have their ids."""
        self._toggles = {one.id: one for one in toggles}
        self._knobs = {one.id: one for one in knobs}

    def applied(self, config: Any) -> None:
        """From now on this is in force."""
        now = self._clock.time()
        for id, value in _values(config).items():
            if self._kept[id][-1].value != value:
                self._kept[id].append(InForce(value, now))

    def since(self) -> dict[str, float]:
        """Since when each has the value that it has; of those alone of which that is known."""
        return {id: kept[-1].since for id, kept in self._kept.items() if kept[-1].exact}

    def recall(self, since: Mapping[str, float]) -> None:
        """It is as it was when the lab was last at work here; of what is not in `since` no one knows how long."""
        for id, kept in self._kept.items():
            now = kept[-1]
            kept[-1] = InForce(now.value, min(since.get(id, now.since), now.since), exact=id in since)

    def adopt(self, other: SettingsRecord) -> None:
        """Go on where that one is: the same settings, of an engine that was made anew."""
        self._kept = {id: deque(kept, maxlen=CHANGES_KEPT) for id, kept in other._kept.items()}

    def between(self, id: str, since: float, until: float) -> list[InForce]:
        """What was in force at some time between these two, the newest first."""
        found, ended = [], None
        for one in reversed(self._kept[id]):
            if one.since <= until and (ended is None or ended > since):
                found.append(replace(one, until=ended))
            ended = one.since
        return found

    def missing(self, claim: str, since: float, until: float) -> list[EvidenceView]:
        """As causes: options in force between these two with which what protects this claim is taken away."""
        protecting = {one.id: one.unprotected for one in self._toggles.values() if one.protects == claim}
        return setting_steps(self, since, until, **protecting)

    def step(self, id: str, one: InForce, since: float, until: float) -> EvidenceView:
        """It as a cause in a history between these two; one that was set before that is shown at its beginning."""
        return cause_step("setting", self._words(id, one, until), min(max(one.since, since), until))

    def _words(self, id: str, one: InForce, seen: float) -> str:
        toggle, knob = self._toggles.get(id), self._knobs.get(id)
        label = toggle.short if toggle else knob.label if knob else id
        value = str(one.value)
        if toggle:
            value = next((each.label for each in toggle.options if each.id == one.value), value)
        elif knob:
            value = f"{one.value:,g} {knob.unit}".rstrip()
        began = time_of_day(one.since, seen=seen) + ("" if one.exact else " or longer")
        if one.until is None:
            return f"“{label}” is “{value}” since {began}"
        return f"“{label}” was “{value}” since {began}, until {time_of_day(one.until, seen=seen)}"


def _values(config: Any) -> dict[str, Any]:
    """By their ids; a part that is at work alone may have no config."""
    return as_mapping(config) if is_dataclass(config) else {}


def setting_steps(record: SettingsRecord, since: float, until: float, **values: object) -> list[EvidenceView]:
    """The settings, by their ids, that had these `values` at some time between the two: they were the cause.

    Several values of one are a tuple. For what was decided at one moment, both times are that.
    """
    found = []
    for id, wanted in values.items():
        allowed = wanted if isinstance(wanted, tuple) else (wanted,)
        was = record.between(id, since, until)
        found += [record.step(id, one, since, until) for one in was if one.value in allowed][:1]
    return found
