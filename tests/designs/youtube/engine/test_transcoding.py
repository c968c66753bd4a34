"""Who does which cell, what becomes of those who die or sleep, and real runs of ffmpeg."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from designs.youtube.engine import clips, ffmpeg
from designs.youtube.engine.models import READY
from sdlab.lab import Invalid, as_user
from sdlab.launcher.paths import ROOT
from sdlab.parts.confined.inside import bounded
from tests.designs.youtube.conftest import SETTLED, Make, announced, broken, play, send
from tests.machine import budget

pytestmark = pytest.mark.virtual_time
ALWAYS_AGAIN = 1_000  # who dies may be the first to take again, many times: none becomes a dead letter
LEASES = 60
REAL = pytest.mark.skipif(not ffmpeg.installed(), reason="ffmpeg is not installed here")


@pytest.mark.parametrize(
    ("split", "workers", "most"), [("whole", 4, 1), ("segments", 1, 1), ("segments", 4, 4)]
)
async def test_a_file_is_shared_out_or_not(youtube: Make, split: str, workers: int, most: int) -> None:
    engine = await youtube(split=split, workers=workers)
    await play(engine, "alone", rate=1, seconds=2)
    videos = await engine.videos(below=None, limit=1)
    _, _, segments = await engine.video(videos[0].id)
    assert len({one.worker for one in segments}) == most


@pytest.mark.parametrize("fault", ["mid", "stopped", "down"])
async def test_a_transcoder_that_dies_or_sleeps_loses_no_cell_and_doubles_none(
    youtube: Make, fault: str
) -> None:
    engine = await youtube(tries=ALWAYS_AGAIN)
    await engine.set_fault("transcoder-1", fault)
    await play(engine, "uploads", rate=8, seconds=2)
    for _ in range(LEASES):
        if engine.counters.ready < engine.counters.uploads:
            await engine.clock.sleep(engine.config.lease_s)
    assert engine.counters.ready == engine.counters.uploads > 2
    assert broken(engine) == {}
    assert fault == "down" or engine.counters.taken_again > 0
    assert engine.counters.fenced > 0 or fault != "stopped"


async def test_without_tokens_who_wakes_up_writes_again(youtube: Make) -> None:
    engine = await youtube(fencing="off")
    await engine.set_fault("transcoder-1", "stopped")
    await play(engine, "uploads", rate=8, seconds=5)
    assert broken(engine)["once"] > 0


@REAL
async def test_what_a_visitor_brings_is_encoded_now(youtube: Make) -> None:
    engine = await youtube(encode_ms=0, lease_s=10.0)
    content = clips.prepared()[clips.SHORT].content
    video, addresses = await announced(engine, content, by="visitor")
    await engine.catalogue.change(video, source="app", real=True)
    await send(engine, addresses, content)
    await as_user("visitor", engine.complete(video.id))
    await engine.clock.sleep(SETTLED)
    found, _, segments = await engine.video(video.id)
    assert (found.state, {one.earlier for one in segments}) == (READY, {False})
    assert broken(engine) == {}


@REAL
async def test_ffmpeg_is_confined_and_says_what_is_wrong(tmp_path: Path) -> None:
    text = tmp_path / "holiday.mp4"
    text.write_bytes(clips.NO_VIDEO)
    with pytest.raises(Invalid):
        await ffmpeg.probe(text)
    playlist = tmp_path / "list.m3u8"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(Invalid):
        await ffmpeg.probe(playlist)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(clips.prepared()[clips.SHORT].content)
    found = await ffmpeg.probe(clip)
    assert (found.width, found.height, found.audio) == (320, 180, "aac")
    assert found.seconds == pytest.approx(3, abs=0.2)


@REAL
async def test_an_encoder_that_nobody_waits_for_is_gone(tmp_path: Path) -> None:
    def running() -> bool:
        return any(
            str(tmp_path) in " ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])
        )

    making = asyncio.create_task(
        ffmpeg.make_clip(tmp_path / "long.mp4", seconds=60, height=1080, rate=60, crf=18)
    )
    for _ in range(100):
        await asyncio.to_thread(time.sleep, 0.05)
        if running():
            break
    assert running()
    making.cancel()
    with suppress(asyncio.CancelledError):
        await making
    for _ in range(100):
        if not running():
            break
        await asyncio.to_thread(time.sleep, 0.05)
    assert not running()


ORPHAN = """
import asyncio, os, sys
from pathlib import Path
from designs.youtube.engine import ffmpeg
async def main():
    asyncio.create_task(ffmpeg.make_clip(Path(sys.argv[1]), seconds=60, height=1080, rate=60, crf=18))
    while not Path(sys.argv[1]).exists():
        await asyncio.sleep(0.02)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""


@REAL
@pytest.mark.skipif(sys.platform != "linux", reason="an orphan is ended by Linux alone")
def test_an_encoder_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", ORPHAN, str(tmp_path / "long.mp4")], cwd=ROOT, check=False)
    left = [
        one
        for one in psutil.process_iter(["cmdline"])
        if str(tmp_path) in " ".join(one.info["cmdline"] or ())
    ]
    _, alive = psutil.wait_procs(left, timeout=budget(5))
    assert alive == []


async def test_a_command_has_its_bounds_from_its_first_statement(tmp_path: Path) -> None:
    shows = (
        "import os, resource as r; print(r.getrlimit(r.RLIMIT_CPU), r.getrlimit(r.RLIMIT_FSIZE), os.nice(0))"
    )
    command = bounded.command(
        [sys.executable, "-c", shows], nice=3, cpu_s=7, memory_bytes=2**30, file_bytes=4096
    )
    said = await asyncio.to_thread(subprocess.check_output, command, text=True)
    assert said == f"(7, 7) (4096, 4096) {min(19, os.nice(0) + 3)}\n"


def test_only_containers_are_let_in() -> None:
    assert ffmpeg.container_of(clips.prepared()[clips.OPENING].content[:64]) == "MP4"
    assert [ffmpeg.container_of(one) for one in (b"", b"#EXTM3U\nfile:///etc/passwd", clips.NO_VIDEO)] == [
        "",
        "",
        "",
    ]
