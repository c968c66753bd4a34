"""The lab's own clips, and what an earlier run made of them: found again by the hash of the source.

`python -m designs.youtube.engine.clips` makes them anew with the ffmpeg that is installed. A room opens with one of
them, and traffic uploads the short ones, so that neither waits for an encoder. Nothing of this serves a visitor's upload
where ffmpeg is installed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from designs.youtube.engine import ffmpeg
from designs.youtube.engine.ffmpeg import LADDER
from sdlab.lab import Room, Unavailable

FILE = Path(__file__).with_name("clips.zip")
OPENING, SHORT, POISON = "opening", "short", "poison"
EACH_S = 1.0
SPOILT = 1  # the segment of the poisoned clip that no decoder gets through


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and its ladder. `cells` is a segment's bytes by (rendition, seq), or the words with which it failed."""

    name: str
    content: bytes
    sha256: str
    seconds: float
    segments: tuple[float, ...]
    cells: Mapping[tuple[str, int], bytes | str]
    made_with: str


@cache
def prepared() -> Mapping[str, Clip]:
    """All of them, by name."""
    with zipfile.ZipFile(FILE) as packed:
        meta = json.loads(packed.read("clips.json"))
        return {name: _clip(packed, name, one, meta["made_with"]) for name, one in meta["clips"].items()}


def _clip(packed: zipfile.ZipFile, name: str, meta: Mapping[str, object], made_with: str) -> Clip:
    content = packed.read(f"{name}.mp4")
    lengths = tuple(float(one) for one in meta["segments"])  # type: ignore[attr-defined]
    failed: Mapping[str, str] = meta["failed"]  # type: ignore[assignment]
    cells: dict[tuple[str, int], bytes | str] = {}
    for rendition in LADDER:
        for seq in range(len(lengths)):
            at = f"{rendition.name}/{seq}"
            cells[rendition.name, seq] = failed[at] if at in failed else packed.read(f"{name}/{at}.ts")
    return Clip(name, content, fingerprint(content), sum(lengths), lengths, cells, made_with)


def known(sha256: str) -> Clip | None:
    """The clip with that hash, if it is one of ours."""
    return next((one for one in prepared().values() if one.sha256 == sha256), None)


def fingerprint(content: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


NO_VIDEO = b"This is a text that somebody has renamed to holiday.mp4. " * 300
SPOILT_FILES: Mapping[str, Callable[[], bytes]] = {
    "poison": lambda: prepared()[POISON].content,
    "text": lambda: NO_VIDEO,
}
FRESH_S, FRESH_HEIGHT, FRESH_RATE, FRESH_CRF = 8, 480, 24, 28
BACKS = ("0x18203c", "0x2a1b3d", "0x10302c", "0x3a2418", "0x1d2433")


async def fresh(room: Room, now: float) -> bytes:
    """A clip that was never there before: the time of day stands in its picture. `Unavailable` without ffmpeg."""
    said = datetime.fromtimestamp(now, UTC)
    folder = room.blobs.folder(f"{room.id}/{room.slug}/work/clips")
    target = folder / f"{said:%H%M%S%f}-{secrets.token_hex(4)}.mp4"
    try:
        await ffmpeg.make_clip(
            target, seconds=FRESH_S, height=FRESH_HEIGHT, rate=FRESH_RATE, crf=FRESH_CRF,
            back=BACKS[said.second % len(BACKS)], says=f"made at {said:%H.%M.%S} UTC", preset="ultrafast",
        )  # fmt: skip
        return await asyncio.to_thread(target.read_bytes)
    except ffmpeg.FfmpegFailed as error:
        raise Unavailable(f"the clip could not be made: {error}", retry_after=5) from None
    finally:
        target.unlink(missing_ok=True)


async def make(target: Path) -> None:
    """Make the clips and their ladders with the ffmpeg that is installed."""
    with tempfile.TemporaryDirectory() as place, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        folder, clips = Path(place), {}
        opening, short = folder / "opening.mp4", folder / "short.mp4"
        await ffmpeg.make_clip(opening, seconds=6, height=720, rate=24, crf=30, grain=13)
        await ffmpeg.make_clip(short, seconds=3, height=180, rate=12, crf=32, back="0x1d3a2f")
        for name, path in ((OPENING, opening), (SHORT, short)):
            clips[name] = await _ladder(packed, name, path, folder)
        poison = folder / "poison.mp4"
        poison.write_bytes(_spoilt(short.read_bytes()))
        clips[POISON] = await _ladder(packed, POISON, poison, folder)
        said = {"made_with": await ffmpeg.version(), "clips": clips}
        packed.writestr("clips.json", json.dumps(said))


async def _ladder(packed: zipfile.ZipFile, name: str, path: Path, folder: Path) -> dict[str, object]:
    packed.write(path, f"{name}.mp4")
    found = await ffmpeg.probe(path)
    parts = await ffmpeg.split(path, folder, each_s=EACH_S, longest_s=4 * EACH_S, audio=found.audio)
    failed: dict[str, str] = {}
    for seq, (part, _) in enumerate(parts):
        for rendition in LADDER:
            out = folder / "out.ts"
            try:
                await ffmpeg.encode(part, out, rendition)
            except ffmpeg.FfmpegFailed as error:
                failed[f"{rendition.name}/{seq}"] = str(error)
            else:
                packed.write(out, f"{name}/{rendition.name}/{seq}.ts")
    return {"segments": [long for _, long in parts], "failed": failed}


def _spoilt(content: bytes) -> bytes:
    """The same clip with noise where the pictures of its second second are."""
    at = content.index(b"mdat") + 4
    begin = at + (len(content) - at) * 2 // 5
    noise = hashlib.shake_256(b"poison").digest(1200)
    return content[:begin] + noise + content[begin + len(noise) :]


if __name__ == "__main__":
    asyncio.run(make(FILE))
    for one in prepared().values():
        errors = sorted({cell for cell in one.cells.values() if isinstance(cell, str)})
        print(one.name, len(one.content), one.segments, errors, sum(len(c) for c in one.cells.values()))
