"""A part of a system has one spelling, wherever somebody reads of it."""

from __future__ import annotations

from sdlab.lab import Claim, ManualClock, Monitor, cause_step, write_step
from sdlab.lab.feed import Feed
from sdlab.lab.spelling import MOST_KNOWN, Spelling

PARTS = [
    ("worker-1", "worker 1"),
    ("worker-10", "worker 10"),
    ("store", "job store"),
    ("s1", "chat server 1"),
]


def spelling() -> Spelling:
    made = Spelling()
    made.learn(PARTS)
    return made


def test_an_id_that_is_its_label_with_hyphens_is_the_label() -> None:
    assert (
        spelling().of("worker-1 hands it to worker-10; the store")
        == "worker 1 hands it to worker 10; the store"
    )


def test_nothing_else_is_rewritten() -> None:
    for text in ("co-worker-1", "worker-11", "worker-1-a", "s1", "queue-1", ""):
        assert spelling().of(text) == text


def test_what_is_known_is_bounded() -> None:
    made = Spelling()
    made.learn((f"part-{number}", f"part {number}") for number in range(MOST_KNOWN + 9))
    assert made.of("part-1 part-0") == "part 1 part 0"
    assert made.of(f"part-{MOST_KNOWN}") == f"part-{MOST_KNOWN}"


def test_evidence_has_one_lane_for_it() -> None:
    monitor = Monitor(Claim("a", "a", "A."), clock=ManualClock(), spelling=spelling())
    monitor.violated(
        [cause_step("worker 1", "has a fault: down", 1.0), write_step("worker-1", "wrote", 2.0, 2.0)]
    )
    assert {one.actor for one in monitor.view().evidence} == {"worker 1"}


def test_the_feed_says_it_the_same_way() -> None:
    feed = Feed(spelling())
    feed.say("worker-1 ended", now=1.0, why="worker-1 was killed")
    [event] = feed.newest()
    assert (event.text, event.why) == ("worker 1 ended", "worker 1 was killed")
