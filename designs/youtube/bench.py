"""What YouTube measures: a ladder, cell by cell, against one plain ffmpeg command; uploads against a plain streaming PUT."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import aiohttp

from designs.youtube.config import Config
from designs.youtube.engine import ffmpeg
from designs.youtube.engine.engine import Youtube
from designs.youtube.engine.models import FAILED, READY
from designs.youtube.engine.traffic import signed_of
from sdlab.launcher.bench.bare import bare_server
from sdlab.launcher.bench.harness import BenchStores, bench_room, bench_stores
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

SECONDS, HEIGHT, RATE = 20, 720, 30
CHUNK = 1024 * 1024
FILE_MB = 64
AT_ONCE = 3
PIECE = 64 * 1024
ROUNDS = 3
PATIENCE_S = 120.0


@asynccontextmanager
async def _engine(stores: BenchStores, config: Config, *, name: str) -> AsyncIterator[Youtube]:
    async with bench_room(stores, "youtube", name=name) as room:
        engine = Youtube(room, config)
        await engine.start()
        try:
            yield engine
        finally:
            await engine.close()


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]


async def _uploaded(engine: Youtube, content: bytes) -> str:
    """The id of a video whose chunks are stored, sent a few at a time, as the page does."""
    parts = [content[n : n + CHUNK] for n in range(0, len(content), CHUNK)]
    made = await engine.announce(
        "bench", len(content), CHUNK, [hashlib.sha256(one).hexdigest() for one in parts]
    )
    waiting = list(enumerate(made.addresses))

    async def lane() -> None:
        while waiting:
            n, address = waiting.pop()
            await engine.put(signed_of(address), _pieces(parts[n]))

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return made.video.id


def _plain(source: Path, folder: Path) -> float:
    """Seconds of one ffmpeg command that decodes once and makes the same renditions in segments, at the same priority."""
    split = "".join(f"[i{n}]" for n in range(len(ffmpeg.LADDER)))
    scales = ";".join(f"[i{n}]scale=-2:{one.height}[o{n}]" for n, one in enumerate(ffmpeg.LADDER))
    args = [ffmpeg.ffmpeg_exe(), "-y", "-nostdin", "-loglevel", "error", "-i", str(source)]
    args += ["-filter_complex", f"[0:v]split={len(ffmpeg.LADDER)}{split};{scales}"]
    for n, one in enumerate(ffmpeg.LADDER):
        rate, half = f"{one.kbits}k", f"{one.kbits // 4}k"
        args += [
            "-map", f"[o{n}]", "-map", "0:a", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
            "-crf", str(ffmpeg.QUALITY), "-maxrate", rate, "-bufsize", half, "-g", str(ffmpeg.GROUP_OF_PICTURES),
            "-force_key_frames", "expr:gte(t,n_forced*2)", "-c:a", "copy", "-f", "hls", "-hls_time", "2",
            "-hls_playlist_type", "vod", str(folder / f"{one.name}.m3u8"),
        ]  # fmt: skip
    began = time.perf_counter()
    with subprocess.Popen(args, stdin=subprocess.DEVNULL) as process:
        os.setpriority(os.PRIO_PROCESS, process.pid, ffmpeg.NICE)
        if process.wait() != 0:
            raise RuntimeError("the plain command failed")
    return time.perf_counter() - began


async def _ours(stores: BenchStores, content: bytes, name: str) -> float:
    """Seconds from the completed upload to "ready"."""
    config = Config(workers=ffmpeg.AT_ONCE, encode_ms=0, lease_s=10.0)
    async with _engine(stores, config, name=name) as engine:
        id = await _uploaded(engine, content)
        began = time.perf_counter()
        await engine.complete(id)
        async with asyncio.timeout(PATIENCE_S):
            while (video := await engine.catalogue.video(id, source="app")).state != READY:
                if video.state == FAILED:
                    raise RuntimeError(video.why)
                await asyncio.sleep(0.02)
        return time.perf_counter() - began


def ladder(subject: Subject) -> Iterator[Result]:
    """A 20 s clip of 720p to three renditions: cut, queued, encoded by two transcoders, packaged; and one plain command."""
    folder = subject.folder / "ladder"
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "source.mp4"
    asyncio.run(ffmpeg.make_clip(source, seconds=SECONDS, height=HEIGHT, rate=RATE, crf=23, grain=6))
    content = source.read_bytes()
    ours, theirs = [], []
    with bench_stores() as stores:
        for turn in range(ROUNDS):
            theirs.append(_plain(source, folder))
            ours.append(asyncio.run(_ours(stores, content, f"ladder-{turn}")))
    mine, plain = sorted(ours)[ROUNDS // 2], sorted(theirs)[ROUNDS // 2]
    detail = f"{mine:.2f} s against {plain:.2f} s, medians of {ROUNDS}; {SECONDS} s of 720p, three renditions"
    yield Result("ladder / one ffmpeg command", mine / plain, "x", bar=1.25, detail=detail)


async def _sent(url: str, room: str, content: bytes) -> float:
    """Seconds of an upload over the network: fingerprints, announcement, chunks a few at a time, by their addresses."""
    base, headers = "/api/youtube", {"X-SDLab-Room": room}
    began = time.perf_counter()
    parts = [content[n : n + CHUNK] for n in range(0, len(content), CHUNK)]
    prints = [hashlib.sha256(one).hexdigest() for one in parts]
    async with aiohttp.ClientSession(url, headers=headers) as session:
        body = {"title": "bench", "size": len(content), "chunk_size": CHUNK, "fingerprints": prints}
        async with session.post(f"{base}/upload", json=body) as answer:
            answer.raise_for_status()
            waiting = list(zip(parts, (await answer.json())["addresses"], strict=True))

        async def lane() -> None:
            while waiting:
                part, address = waiting.pop()
                async with session.put(address, data=part) as answer:
                    answer.raise_for_status()

        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return time.perf_counter() - began


async def _put(url: str, content: bytes) -> float:
    """Seconds of one streaming PUT of all of it."""
    began = time.perf_counter()
    async with (
        aiohttp.ClientSession(url) as session,
        session.put("/api/bench/object", data=_pieces(content)) as answer,
    ):
        answer.raise_for_status()
    return time.perf_counter() - began


def upload(subject: Subject) -> Iterator[Result]:
    """64 MB over the network: chunks three at a time, compared and marked; beside one PUT to a server that only stores."""
    content = os.urandom(FILE_MB * 1024 * 1024)
    with bare_server() as bare:
        runs = [
            (asyncio.run(_sent(subject.url, subject.new_room(), content)), asyncio.run(_put(bare, content)))
            for _ in range(ROUNDS)
        ]
    ours, theirs = (len(content) / 1e6 / median(column) for column in zip(*runs, strict=True))
    detail = f"{ours:,.0f} MB/s against {theirs:,.0f} MB/s, the client's fingerprints included"
    yield Result("upload / plain streaming PUT", ours / theirs, "x", bar=0.5, at_least=True, detail=detail)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "youtube-ladder": ladder,
    "youtube-upload": upload,
}
