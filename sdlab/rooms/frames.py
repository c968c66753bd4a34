"""What travels to viewers: a frame when something changed, whole or as what is other than in the one before."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import orjson

from sdlab.lab import EventView, Frame

CLOCKS = frozenset({"now", "uptime"})  # parts of a snapshot that change by themselves
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
        news = bool(changed.keys() - CLOCKS) or frame.events != self._events
        if not news and now - self._at < BEAT_EVERY:
            return None
        head = b'{"seq":%d,"t":%s' % (frame.seq, _json(frame.t))
        whole = b'%s,"snapshot":%s,"events":%s}' % (head, _object(parts), _json(frame.events))
        sent = Sent(frame.seq, whole, self._change(head, changed, frame.events, beat=not news), self._seq)
        self._seq, self._parts, self._events, self._at = frame.seq, parts, frame.events, now
        return sent

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
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
