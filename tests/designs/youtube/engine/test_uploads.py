"""What is announced, sent, cut, corrupted and completed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.youtube.engine import clips
from designs.youtube.engine.models import FAILED, READY, SPLITTING
from designs.youtube.engine.traffic import signed_of
from designs.youtube.engine.uploads import ConnectionCut, TooLarge
from sdlab.lab import Conflict, Forbidden, Invalid, as_user
from tests.designs.youtube.conftest import SETTLED, Make, announced, broken, cut_up, pieces, send

pytestmark = pytest.mark.virtual_time
SHORT = clips.prepared()[clips.SHORT].content


async def test_a_file_becomes_a_video(youtube: Make) -> None:
    engine = await youtube()
    video, addresses = await announced(engine, SHORT)
    with pytest.raises(Conflict):
        await as_user("ann", engine.complete(video.id))
    await send(engine, addresses, SHORT)
    assert (await as_user("ann", engine.complete(video.id))).state == SPLITTING
    await engine.clock.sleep(SETTLED)
    done, chunks, segments = await engine.video(video.id)
    assert (done.state, {one.state for one in chunks}, len(segments)) == (READY, {"verified"}, 9)
    assert broken(engine) == {}
    assert all(engine.monitors[name].view().checked for name in ("bytes", "once", "whole", "resume"))


async def test_an_address_is_good_for_its_chunk_its_bytes_and_its_time(youtube: Make) -> None:
    engine = await youtube()
    _, addresses = await announced(engine, SHORT)
    first, second = (signed_of(one) for one in addresses[:2])
    part = cut_up(SHORT, 8192)[0]
    for wrong in (
        replace(first, size=first.size + 1),
        replace(first, key=second.key),
        replace(first, expires=first.expires + 60),
        replace(first, signature="0" * 64),
    ):
        with pytest.raises(Forbidden):
            await engine.put(wrong, pieces(part))
    with pytest.raises(TooLarge):
        await engine.put(first, pieces(part + b"more"))
    with pytest.raises(Invalid):
        await engine.put(first, pieces(part[:-1] + b"?"))
    await engine.put(first, pieces(part))
    with pytest.raises(Conflict):
        await engine.put(first, pieces(part))
    await engine.clock.sleep(3_700)
    with pytest.raises(Forbidden):
        await engine.put(second, pieces(part))


@pytest.mark.parametrize(("resume", "missing"), [("on", 2), ("off", 4)])
async def test_after_a_broken_line_the_rest_is_missing_or_all(
    youtube: Make, resume: str, missing: int
) -> None:
    engine = await youtube(resume=resume)
    await engine.set_fault("network", "cut")
    video, addresses = await announced(engine, SHORT)
    with pytest.raises(ConnectionCut):
        await send(engine, addresses, SHORT)
    _, _, again = await as_user("ann", engine.upload(video.id))
    assert len(again) == missing
    await send(engine, again, SHORT)
    await engine.clock.sleep(SETTLED)
    assert broken(engine) == ({} if resume == "on" else {"resume": 2})


async def test_an_upload_is_its_owners(youtube: Make) -> None:
    engine = await youtube()
    video, _ = await announced(engine, SHORT)
    for work in (engine.upload, engine.complete, engine.abandon):
        with pytest.raises(Forbidden):
            await as_user("bob", work(video.id))


async def test_what_is_no_video_is_refused_and_a_poisoned_one_is_a_dead_letter(youtube: Make) -> None:
    engine = await youtube()
    video, addresses = await announced(engine, clips.NO_VIDEO)
    await send(engine, addresses, clips.NO_VIDEO)
    with pytest.raises(Invalid):
        await as_user("ann", engine.complete(video.id))
    poison = clips.prepared()[clips.POISON].content
    other, addresses = await announced(engine, poison)
    await send(engine, addresses, poison)
    await as_user("ann", engine.complete(other.id))
    await engine.clock.sleep(SETTLED)
    found, _, _ = await engine.video(other.id)
    assert found.state == FAILED
    assert "segment" in found.why
    assert engine.counters.dead >= 1
    assert (await engine.queue.read()).ready == 0


async def test_after_a_restart_what_was_under_way_goes_on(youtube: Make) -> None:
    engine = await youtube(encode_ms=1000)
    video, addresses = await announced(engine, SHORT)
    await send(engine, addresses, SHORT)
    await as_user("ann", engine.complete(video.id))
    await engine.clock.sleep(0.5)
    await engine.close()
    again = await youtube(room=engine.room.id)
    await again.clock.sleep(10)
    found, _, segments = await again.video(video.id)
    assert (found.state, len(segments)) == (READY, 9)
