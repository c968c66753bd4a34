"""What travels to viewers: a frame when something changed, whole or as what is other than in the one before."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import orjson

from sdlab.lab import EventView, Frame, LabSnapshot

CLOCKS = frozenset({"now", "uptime"})  # parts of a snapshot that change by themselves
# Parts of every snapshot that change when something happens, the rates of the last seconds among them.
# What else changes then is news at once; alone it ages (a countdown, the age of an answer), and can wait.
TELLING = frozenset(one.name for one in fields(LabSnapshot)) - CLOCKS
BEAT_EVERY = (
    1.0  # seconds after which a frame is sent though nothing changed: who watches knows that it is live
)
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame as it travels. `change` is for whoever has the frame `base`; with the beat alone, it says so."""

    seq: int
    whole: bytes
    change: bytes = b""
    base: int = NOBODY


class FrameWriter:
    """Writes one frame after another, and remembers how the parts of the last one were written."""

    def __init__(self) -> None:
        self._seq = NOBODY
        self._parts: dict[str, bytes] = {}
        self._events: tuple[EventView, ...] = ()
        self._at = float("-inf")

    def write(self, frame: Frame, *, now: float) -> Sent | None:
        """The frame as it travels; None when nothing changed and the last one is young. `now` in seconds."""
        parts = {one.name: _json(getattr(frame.snapshot, one.name)) for one in fields(frame.snapshot)}
        changed = {name: text for name, text in parts.items() if self._parts.get(name) != text}
        news = bool(changed.keys() & TELLING) or frame.events != self._events
        if not news and now - self._at < BEAT_EVERY:
            return None
        head = b'{"seq":%d,"t":%s' % (frame.seq, _json(frame.t))
        whole = b'%s,"snapshot":%s,"events":%s}' % (head, _object(parts), _json(frame.events))
        told = changed if news else {name: self._aged(name, text) for name, text in changed.items()}
        beat = not news and not changed.keys() - CLOCKS
        sent = Sent(frame.seq, whole, self._change(head, told, frame.events, beat=beat), self._seq)
        self._seq, self._parts, self._events, self._at = frame.seq, parts, frame.events, now
        return sent

    def _aged(self, name: str, text: bytes) -> bytes:
        """A part as a patch of what it was, where that is shorter."""
        before = self._parts.get(name)
        if before is None:
            return text
        patch = _json(patch_of(orjson.loads(before), orjson.loads(text)))
        return patch if len(patch) < len(text) else text

    def _change(
        self, head: bytes, changed: dict[str, bytes], events: tuple[EventView, ...], *, beat: bool
    ) -> bytes:
        fresh, kept = _fresh(events, self._events)
        told = b',"beat":true' if beat else b""
        return b'%s,"base":%d%s,"snapshot":%s,"events":%s,"kept":%d}' % (
            head,
            self._seq,
            told,
            _object(changed),
            _json(fresh),
            kept,
        )


def patch_of(before: Any, now: Any) -> Any:
    """What makes `now` of `before`: `{"~": {key or index: patch}}`, or the value itself.

    >>> patch_of({"a": [1, 2], "b": 3}, {"a": [1, 5], "b": 3})
    {'~': {'a': {'~': {1: 5}}}}
    """
    if isinstance(now, dict) and isinstance(before, dict) and now.keys() == before.keys():
        return {"~": {key: patch_of(before[key], one) for key, one in now.items() if one != before[key]}}
    if isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        pairs = enumerate(zip(before, now, strict=True))
        return {"~": {at: patch_of(old, new) for at, (old, new) in pairs if old != new}}
    return now


def _fresh(now: tuple[EventView, ...], before: tuple[EventView, ...]) -> tuple[tuple[EventView, ...], int]:
    """Those that are new, newest first, and how many of the ones before follow them."""
    if before:
        for count, one in enumerate(now):
            if one == before[0]:
                kept = len(now) - count
                return (now[:count], kept) if now[count:] == before[:kept] else (now, 0)
    return now, 0


def _object(parts: dict[str, bytes]) -> bytes:
    return b"{%s}" % b",".join(b'"%s":%s' % (name.encode(), text) for name, text in parts.items())


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
