"""Manifests as text: HTTP Live Streaming, RFC 8216."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Protocol

from designs.youtube.engine.ffmpeg import LADDER

NAME = re.compile(r"(\d{1,4})(?:\.(\d{1,3}))?\.ts")


class Listed(Protocol):
    """What a master manifest needs of a segment."""

    @property
    def rendition(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def seconds(self) -> float: ...


def master_key(video: str) -> str:
    """Where the master manifest lies in the store."""
    return f"v/{video}/master.m3u8"


def index_key(video: str, rendition: str) -> str:
    """Where the manifest of a rendition lies in the store."""
    return f"v/{video}/{rendition}.m3u8"


def segment_name(seq: int, copy_number: int) -> str:
    """How a manifest names a segment."""
    return f"{seq}.{copy_number}.ts" if copy_number else f"{seq}.ts"


def parsed(name: str) -> tuple[int, int] | None:
    """Number and copy of a segment's name.

    >>> parsed("3.ts"), parsed("3.1.ts"), parsed("../3.ts")
    ((3, 0), (3, 1), None)
    """
    found = NAME.fullmatch(name)
    return (int(found[1]), int(found[2] or 0)) if found else None


def index_text(segments: Sequence[tuple[int, int, float]], *, ended: bool) -> str:
    """The manifest of a rendition: (number, copy, seconds) in order."""
    longest = math.ceil(max((long for *_, long in segments), default=1))
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{longest}", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for seq, copy_number, long in segments:
        lines += [f"#EXTINF:{long:.3f},", segment_name(seq, copy_number)]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ended else []), ""])


def names_in(text: str) -> list[str]:
    """The segments that a manifest names, in its order."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def master_text(rows: Sequence[Listed]) -> str:
    """The master manifest: for each rendition the rate that its heaviest segment needs."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3"]
    for one in LADDER:
        rates = [row.size * 8 / max(row.seconds, 0.1) for row in rows if row.rendition == one.name]
        rate = round(max(rates, default=one.bandwidth))
        mean = round(sum(rates) / len(rates)) if rates else rate
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={rate},AVERAGE-BANDWIDTH={mean},RESOLUTION={one.width}x{one.height}",
            f"{one.name}/index.m3u8",
        ]
    return "\n".join([*lines, ""])
