"""ffmpeg as a process of its own, confined: no network, bounded in memory, time and output, killed as a group
and with the server.

The only place that knows where the program is. At most two run in the whole server, at low priority. Options after the
manual of ffmpeg and of its segment and mpegts muxers (https://ffmpeg.org/ffmpeg-formats.html).
"""

from __future__ import annotations

import asyncio
import csv
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sdlab.lab import FFMPEG, Invalid, LabError, Unavailable
from sdlab.parts.confined.inside import bounded
from sdlab.parts.optional_packages import optional_packages
from sdlab.settings import ROOT

OVERRIDE = "SDLAB_FFMPEG"
AT_ONCE = 2
NICE = 10
MEMORY = 2 * 1024**3
MOST_SAID = 64 * 1024  # of what it writes about itself
MOST_LINES = 2_000
MOST_PROBED_S = 120.0
MOST_SIDE = 4096
FONT = ROOT / "assets" / "fonts" / "jetbrains-mono.woff2"
GROUP_OF_PICTURES = 48
QUALITY = 33

_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ffmpeg")
Progress = Callable[[float], None]


class FfmpegFailed(Exception):
    """It ended with an error; the text is its last line."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A step of the ladder: lines of picture, and bits per second of its video."""

    name: str
    height: int
    kbits: int

    @property
    def width(self) -> int:
        """At 16:9, for the manifest."""
        return self.height * 16 // 9 // 2 * 2

    @property
    def bandwidth(self) -> int:
        """Bits per second with sound and packets, for the manifest."""
        return round((self.kbits + 64) * 1000 * 1.08)


LADDER = (Rendition("240p", 240, 150), Rendition("360p", 360, 350), Rendition("720p", 720, 900))
RENDITIONS = {one.name: one for one in LADDER}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file says of itself."""

    seconds: float
    width: int
    height: int
    video: str
    audio: str


def _found() -> str:
    named = os.environ.get(OVERRIDE, "")
    if named:
        return named if Path(named).is_file() else ""
    return _fetched() if optional_packages().status(FFMPEG).state == "ready" else ""


@cache
def _fetched() -> str:
    import imageio_ffmpeg  # type: ignore[import-untyped]

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return ""


def installed() -> bool:
    """Whether there is an ffmpeg here."""
    return bool(_found())


def ffmpeg_exe() -> str:
    """Where it is. `Unavailable` where it is not installed; says how far it is fetched."""
    if not os.environ.get(OVERRIDE):
        optional_packages().demand(FFMPEG)
    if not _found():
        raise Unavailable(
            "ffmpeg is not installed here: only the lab's own clips can be transcoded", retry_after=60
        )
    return _found()


class _Job:
    """One run, in a thread of the pool. Can be cancelled before and while it runs."""

    def __init__(
        self, args: Sequence[str], *, seconds: float, most_bytes: int, progress: Progress | None
    ) -> None:
        self._args = [ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "error", *args]
        self._seconds, self._most, self._progress = seconds, most_bytes, progress
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = False
        self._ended = ""
        self.said = ""

    def run(self) -> str:
        """What it wrote to its standard output; with `progress`, which is told of the seconds that are done, nothing."""
        if self._cancelled:
            raise FfmpegFailed("cancelled")
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                self._bounded(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
                env={"PATH": "/usr/bin:/bin", "LANG": "C"},
            )
            self._process = process
            clock = threading.Timer(self._seconds, self._too_long)
            clock.start()
            try:
                out = self._read(process)
                process.wait()
            finally:
                clock.cancel()
                process.stdout.close() if process.stdout else None
            said.seek(0)
            self.said = said.read(MOST_SAID).decode(errors="replace")
            if process.returncode:
                raise FfmpegFailed(self._ended or _last_line(self.said))
            return out

    def _read(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdout is not None
        kept: list[bytes] = []
        for line in process.stdout:
            if self._progress is None:
                kept.append(line)
                if len(kept) > MOST_LINES:
                    break
            elif line.startswith(b"out_time_us=") and line[12:13].isdigit():
                self._progress(int(line[12:]) / 1e6)
        return b"".join(kept).decode(errors="replace")

    def _too_long(self) -> None:
        self._ended = f"took longer than {self._seconds:g} s"
        self._kill()

    def _bounded(self) -> list[str]:
        return bounded.command(
            self._args,
            nice=NICE,
            cpu_s=int(self._seconds * 2) + 1,
            memory_bytes=MEMORY,
            file_bytes=self._most + 2 * MOST_SAID,  # what it says lies in a file, too
        )

    def cancel(self) -> None:
        """End it now, with whatever it has started."""
        self._cancelled = True
        self._ended = "cancelled"
        self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _last_line(said: str) -> str:
    lines = [one.strip() for one in said.splitlines() if one.strip()]
    text = lines[-1] if lines else "it said nothing"
    return re.sub(r"(/[\w.+-]+)+/", "", re.sub(r"^\[[^\]]*\]\s*", "", text))[:160]


async def _run(
    args: Sequence[str],
    *,
    seconds: float,
    most_bytes: int,
    progress: Progress | None = None,
    remarks: bool = False,
) -> str:
    """What it wrote, or with `remarks` what it said beside that."""
    job = _Job(args, seconds=seconds, most_bytes=most_bytes, progress=progress)
    running = asyncio.get_running_loop().run_in_executor(_pool, job.run)
    running.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        written = await asyncio.shield(running)
        return job.said if remarks else written
    except asyncio.CancelledError:
        job.cancel()
        raise


def _only_files(path: Path) -> list[str]:
    return ["-protocol_whitelist", "file,pipe", "-i", str(path)]


DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")
VIDEO = re.compile(r"Stream #\S+.*: Video: (\w+).*?, (\d{2,5})x(\d{2,5})")
AUDIO = re.compile(r"Stream #\S+.*: Audio: (\w+)")
# The first bytes of the containers that are taken; the name of a file proves nothing.
CONTAINERS: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyp", "MP4"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (0, b"\x47", "MPEG-TS"),
    (0, b"FLV\x01", "FLV"),
    (8, b"AVI ", "AVI"),
)


def container_of(head: bytes) -> str:
    """The container that these first bytes begin, or nothing.

    >>> container_of(b"\\x00\\x00\\x00\\x20ftypisom"), container_of(b"#!/bin/sh")
    ('MP4', '')
    """
    for at, magic, name in CONTAINERS:
        if head[at : at + len(magic)] == magic:
            return name if name != "MPEG-TS" or head[188:189] == b"\x47" else ""
    return ""


def probed(text: str) -> Probe:
    """What ffmpeg says of a file, read. `Invalid` for no video, too long or too large a one."""
    long, video, audio = DURATION.search(text), VIDEO.search(text), AUDIO.search(text)
    if video is None:
        raise Invalid("not a video: there is no picture in it", field="file")
    if long is None:
        raise Invalid("not a video: it does not say how long it is", field="file")
    seconds = int(long[1]) * 3600 + int(long[2]) * 60 + float(long[3])
    width, height = int(video[2]), int(video[3])
    if seconds > MOST_PROBED_S:
        raise Invalid(f"{seconds:,.0f} s of video; at most {MOST_PROBED_S:g} s", field="file")
    if max(width, height) > MOST_SIDE:
        raise Invalid(f"{width} × {height} pixels; at most {MOST_SIDE} on a side", field="file")
    return Probe(round(seconds, 3), width, height, video[1], audio[1] if audio else "")


async def probe(path: Path) -> Probe:
    """What is in that file. `Invalid` for what is no video that can be taken."""
    try:  # it says what is in the file, and reads one picture of it
        said = await _run(["-loglevel", "info", *_only_files(path), "-map", "0:v:0", "-frames:v", "1", "-f", "null", "-"],
                          seconds=20, most_bytes=1, remarks=True)  # fmt: skip
    except FfmpegFailed as error:
        raise Invalid(f"not a video that can be read: {error}", field="file") from None
    return probed(said)


async def split(
    path: Path, folder: Path, *, each_s: float, longest_s: float, audio: str
) -> list[tuple[Path, float]]:
    """Cut at key frames into files of about `each_s` seconds; where key frames are too rare, they are made.

    The sound becomes AAC here, once, so that no gap comes between segments that are encoded apart.
    """
    parts = await _cut(path, folder, each_s, ["-c:v", "copy"], audio)
    if max(long for _, long in parts) > longest_s:
        forced = f"expr:gte(t,n_forced*{each_s})"
        remade = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-force_key_frames", forced]
        for part, _ in parts:
            part.unlink(missing_ok=True)
        parts = await _cut(path, folder, each_s, remade, audio)
    return parts


async def _cut(
    path: Path, folder: Path, each_s: float, video: list[str], audio: str
) -> list[tuple[Path, float]]:
    sound = ["-c:a", "copy" if audio == "aac" else "aac"]
    listed = await _run(
        [
            "-y", *_only_files(path), "-map", "0:v:0", "-map", "0:a:0?", *video, *sound, "-f", "segment",
            "-segment_time", str(each_s), "-reset_timestamps", "0", "-segment_format", "matroska",
            "-segment_list", "pipe:1", "-segment_list_type", "csv", str(folder / "part-%03d.mkv"),
        ],
        seconds=90, most_bytes=512 * 1024**2,
    )  # fmt: skip
    rows = [
        (folder / name, round(float(end) - float(start), 3))
        for name, start, end in csv.reader(listed.splitlines())
    ]
    if not rows:
        raise FfmpegFailed("no segment came out")
    return rows


def encoding(rendition: Rendition) -> list[str]:
    """How a step of the ladder is encoded: one quality, and never more than the rate of its step."""
    rate = f"{rendition.kbits}k"
    return [
        "-vf", f"scale=-2:{rendition.height}", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
        "-crf", str(QUALITY), "-maxrate", rate, "-bufsize", f"{rendition.kbits // 4}k", "-g", str(GROUP_OF_PICTURES),
    ]  # fmt: skip


async def encode(
    source: Path, target: Path, rendition: Rendition, *, progress: Progress | None = None
) -> int:
    """One segment as one rendition; its size in bytes. `FfmpegFailed` also for a picture that cannot be decoded."""
    await _run(
        [
            *(["-progress", "pipe:1", "-nostats"] if progress else []),
            "-y", "-xerror", "-err_detect", "explode", "-copyts", *_only_files(source), *encoding(rendition),
            "-threads", "1", "-c:a", "copy", "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", str(target),
        ],
        seconds=60, most_bytes=64 * 1024**2, progress=progress,
    )  # fmt: skip
    return target.stat().st_size


SHAPES = (("0xe5484d", 6, 6, 5, 0), ("0x30a46c", 8, 4, 3, 4), ("0xffb224", 12, 3, 4, 2))


async def make_clip(
    target: Path,
    *,
    seconds: int,
    height: int,
    rate: int,
    crf: int,
    back: str = "0x18203c",
    says: str = "",
    preset: str = "veryfast",
    grain: int = 0,
) -> int:
    """Shapes that bounce and a clock that runs, with a key frame each second; its size in bytes."""
    width = height * 16 // 9 // 2 * 2
    inputs = ["-f", "lavfi", "-i", f"color=c={back}:s={width}x{height}:r={rate}:d={seconds}"]
    chain, before = [], "0"
    for n, (colour, part, across, down, phase) in enumerate(SHAPES, start=1):
        side = height // part // 2 * 2
        inputs += ["-f", "lavfi", "-i", f"color=c={colour}:s={side}x{side}:r={rate}:d={seconds}"]
        x = f"abs(mod({phase}*W/8+t*W/{across},2*(W-w))-(W-w))"
        y = f"abs(mod({phase}*H/9+t*H/{down},2*(H-h))-(H-h))"
        chain.append(f"[{before}][{n}]overlay=x='{x}':y='{y}'[o{n}]")
        before = f"o{n}"
    clock = f"drawtext=fontfile={FONT}:text='%{{pts\\:hms}}':fontcolor=white:fontsize={height // 8}:x=(w-tw)/2:y=(h-th)/2"
    if grain:
        clock += f",noise=alls={grain}:allf=t"
    if says:
        clock += f",drawtext=fontfile={FONT}:text='{says}':fontcolor=white:fontsize={height // 18}:x=(w-tw)/2:y=h*0.8"
    chain.append(f"[{before}]{clock}[v]")
    sound = ["-f", "lavfi", "-i", f"sine=f=330:d={seconds}"]
    await _run(
        [
            "-y", *inputs, *sound, "-filter_complex", ";".join(chain), "-map", "[v]", "-map", f"{len(SHAPES) + 1}:a",
            "-c:v", "libx264", "-preset", preset, "-crf", str(crf),
            "-g", str(rate), "-keyint_min", str(rate), "-sc_threshold", "0", "-pix_fmt", "yuv420p",
            "-c:a", "aac", "-b:a", "32k", "-ac", "1", "-t", str(seconds), "-movflags", "+faststart", str(target),
        ],
        seconds=60, most_bytes=64 * 1024**2,
    )  # fmt: skip
    return target.stat().st_size


async def version() -> str:
    """The first words of what it calls itself."""
    return " ".join((await _run(["-version"], seconds=20, most_bytes=1)).split()[:3])


def refusal(error: Exception) -> str:
    """An error of here, as a video's row says it."""
    return error.detail if isinstance(error, LabError) else str(error)
