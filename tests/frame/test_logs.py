"""The log tells each failure once with a count, and nothing that a visitor said or that lets anybody in."""

from __future__ import annotations

import io
import json
import logging

from sdlab.launcher.logs import AGAIN_AFTER, CountedLines, without_secrets
from sdlab.rooms.ids import RoomIds


def logger_to(stream: io.StringIO, clock: list[float]) -> logging.Logger:
    logger = logging.Logger("sdlab.test")
    logger.addHandler(CountedLines(stream, now=lambda: clock[0]))
    return logger


def test_a_flood_of_one_kind_is_one_line_with_a_count() -> None:
    stream, clock = io.StringIO(), [0.0]
    logger = logger_to(stream, clock)
    for number in range(10_000):
        logger.error("message %s is malformed", number)
    logger.error("something else")
    clock[0] += AGAIN_AFTER
    logger.error("message %s is malformed", "last")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["says"], one["count"]) for one in lines] == [
        ("message 0 is malformed", 1),
        ("something else", 1),
        ("message last is malformed", 10_000),
    ]


def test_kinds_are_bounded() -> None:
    stream = io.StringIO()
    logger = logger_to(stream, [0.0])
    for number in range(2000):
        logger.error(f"kind {number}")
    (handler,) = logger.handlers
    assert isinstance(handler, CountedLines)
    assert len(handler._kinds) == 500


def test_lines_cannot_be_injected() -> None:
    stream = io.StringIO()
    logger_to(stream, [0.0]).error("unknown name %s", 'x\n{"level": "error", "says": "forged"}')
    assert stream.getvalue().count("\n") == 1
    assert "forged" not in stream.getvalue()


def test_nothing_that_lets_anybody_in_is_written() -> None:
    room = RoomIds("secret").new()
    text = (
        f"room {room}, Cookie: sdlab_room={room}, token=leader.{'ab' * 16}, X-SDLab-Leader=leader.{'ab' * 16}"
    )
    assert room not in without_secrets(text)
    assert "abab" not in without_secrets(text)


def test_an_error_is_one_line_with_its_places() -> None:
    stream = io.StringIO()
    try:
        raise ValueError("no\nsuch thing")
    except ValueError as error:
        logger_to(stream, [0.0]).error("it failed", exc_info=error)
    (line,) = stream.getvalue().splitlines()
    said = json.loads(line)
    assert said["error"] == "ValueError: no"
    assert said["where"][-1].startswith("tests/frame/test_logs.py:")
