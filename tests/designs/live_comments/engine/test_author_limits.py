"""What is no comment, and what is one too many, is refused."""

from __future__ import annotations

import pytest

from designs.live_comments.engine.streams import MAIN
from sdlab.lab import Invalid, NotFound, TooMany, as_user
from tests.designs.live_comments.helpers import MakeLive


@pytest.mark.parametrize("text", ["", "   ", "\n", "x" * 501, "a\x00b"])
async def test_what_is_no_comment_is_refused(live: MakeLive, text: str) -> None:
    engine = await live()
    with pytest.raises(Invalid):
        await engine.comment(text, stream_id=MAIN)
    with pytest.raises(NotFound):
        await engine.comment("x", stream_id="nowhere")
    assert engine.writer.tails[MAIN] == 0


async def test_an_author_is_held_to_the_limit_and_others_are_not(live: MakeLive) -> None:
    engine = await live(author_limit=2)
    for _ in range(2):
        await as_user("ana", engine.comment("x", stream_id=MAIN))
    with pytest.raises(TooMany) as refused:
        await as_user("ana", engine.comment("x", stream_id=MAIN))
    assert 4 < (refused.value.retry_after or 0) <= 5
    assert (await as_user("ben", engine.comment("x", stream_id=MAIN))).seq == 3
