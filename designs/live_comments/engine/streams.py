"""The streams of a room: twelve that are live, the first of them the one on the product's screen."""

from __future__ import annotations

from dataclasses import dataclass

from sdlab.lab import NotFound


@dataclass(frozen=True, slots=True)
class Stream:
    """A live stream. `id` is what addresses name it by."""

    id: str
    title: str


STREAMS: dict[str, Stream] = {
    one.id: one
    for one in (
        Stream("harbour", "Lights over the harbour"),
        Stream("kitchen", "Noodles from scratch"),
        Stream("launch", "Countdown on the pad"),
        Stream("chess", "Blitz on the terrace"),
        Stream("garden", "Night in the greenhouse"),
        Stream("trail", "Up the north ridge"),
        Stream("studio", "Four tracks, one take"),
        Stream("forge", "A knife from a spring"),
        Stream("reef", "Under the pier"),
        Stream("loom", "Warp and weft"),
        Stream("derby", "Round seven"),
        Stream("sky", "Meteors, live"),
    )
}
MAIN = next(iter(STREAMS))


def stream(stream_id: str) -> Stream:
    """The stream of that id; `NotFound` when there is none."""
    try:
        return STREAMS[stream_id]
    except KeyError:
        raise NotFound(f"there is no stream {stream_id!r}; there are {', '.join(STREAMS)}") from None
