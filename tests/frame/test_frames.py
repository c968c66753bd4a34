"""Frames: sent when something changed, whole or as a change that makes the whole again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import orjson

from sdlab.lab import EventView, Frame, LabSnapshot
from sdlab.rooms.frames import BEAT_EVERY, NOBODY, FrameWriter


@dataclass(frozen=True, slots=True)
class Picture(LabSnapshot):
    """Something to show."""

    now: float = 0.0
    total: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ageing(LabSnapshot):
    """Something that gets older by itself."""

    things: tuple[dict[str, Any], ...] = ()
    one: dict[str, Any] | None = None


def applied(before: dict, change: dict) -> dict:
    """What a page does with a change."""
    events = [*change["events"], *before["events"][: change["kept"]]]
    snapshot = patched(before["snapshot"], {"~": change["snapshot"]})
    return {"seq": change["seq"], "t": change["t"], "snapshot": snapshot, "events": events}


def patched(before: Any, told: Any) -> Any:
    if not isinstance(told, dict) or "~" not in told:
        return told
    made = list(before) if isinstance(before, list) else dict(before)
    for name, one in told["~"].items():
        key = int(name) if isinstance(made, list) else name
        made[key] = patched(before[key], one)
    return made


def events(*numbers: int) -> tuple[EventView, ...]:
    return tuple(EventView(id=str(one), text=f"event {one}") for one in numbers)


def test_a_change_on_top_of_the_frame_before_is_the_frame() -> None:
    writer = FrameWriter()
    first = Frame(1, 10.0, Picture(now=10.0, total=1, names=("a",) * 100), events(2, 1))
    frames = [
        first,
        replace(first, seq=2, t=10.2, snapshot=replace(first.snapshot, total=2, seed=2)),
        replace(first, seq=3, t=10.4, events=events(4, 3, 2, 1)),
        replace(first, seq=4, t=10.6, events=events(5, 4, 3)),
        replace(first, seq=5, t=10.8, events=events(9, 8)),
        replace(first, seq=6, t=11.0, events=()),
    ]
    shown: dict = {}
    for number, frame in enumerate(frames):
        sent = writer.write(frame, now=frame.t)
        assert sent is not None
        assert sent.base == (NOBODY if not number else frames[number - 1].seq)
        whole = orjson.loads(sent.whole)
        assert whole == orjson.loads(orjson.dumps(frame))
        shown = applied(shown, orjson.loads(sent.change)) if number else whole
        assert shown == whole
        assert not number or len(sent.change) < len(sent.whole) / 2


def test_while_nothing_but_the_time_changes_a_beat_a_second_is_all() -> None:
    writer = FrameWriter()
    frame = Frame(1, 10.0, Picture(now=10.0, total=1), events(1))
    assert writer.write(frame, now=0.0)
    later = replace(frame, seq=2, t=10.2, snapshot=replace(frame.snapshot, now=10.2, uptime=3.0))
    assert writer.write(later, now=0.2) is None
    beat = writer.write(later, now=BEAT_EVERY)
    assert beat is not None
    assert orjson.loads(beat.change)["beat"] is True
    assert orjson.loads(beat.change)["snapshot"] == {"now": 10.2, "uptime": 3.0}
    assert len(beat.change) < 200
    news = writer.write(replace(later, seq=3, snapshot=replace(later.snapshot, total=2, seed=2)), now=1.01)
    assert news is not None
    assert "beat" not in orjson.loads(news.change)


def test_what_only_ages_waits_for_the_beat_and_travels_as_a_patch() -> None:
    writer = FrameWriter()
    ages = tuple({"name": f"a thing of a long name {one}", "age": 1.0} for one in range(50))
    frame = Frame(1, 10.0, Ageing(things=ages, one={"a": [1, 2]}), events(1))
    first = writer.write(frame, now=0.0)
    assert first is not None
    older = ({**ages[0], "age": 1.2}, *ages[1:])
    later = replace(frame, seq=2, snapshot=replace(frame.snapshot, things=older, one={"a": [1, 3]}))
    assert writer.write(later, now=0.2) is None
    sent = writer.write(later, now=BEAT_EVERY)
    assert sent is not None
    change = orjson.loads(sent.change)
    assert "beat" not in change
    assert applied(orjson.loads(first.whole), change) == orjson.loads(sent.whole)
    assert len(sent.change) < 250
