"""The lesson: from one map on one host to a sketch, a killed host, and an answer that is late but right."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _click(video: str) -> Operation:
    return Operation("view", {"video": video}, "visitor")


LESSON = Lesson(
    (
        Beat(
            "Three clicks",
            "Click a video three times. Each click is a request of its own: it is counted on a host, written to a log, "
            "and only then acknowledged. Watch the leaderboard and the packet.",
            2,
            Do(
                toggles={"counting": "one_host"},
                knobs={"replicas": 1},
                restart=True,
                workload="",
                verbs=(_click("v3"), _click("v3"), _click("v5")),
            ),
            spotlight="path",
            expect=Expect(
                "the night train leads, and one host holds both videos",
                lambda s: (
                    len(s.boards.minute.ranks) == 2
                    and s.boards.minute.ranks[0].id == "v3"
                    and [one.videos for one in s.fleet.hosts] == [2]
                ),
            ),
        ),
        Beat(
            "Memory grows with every video",
            "One hash map, one heap. Traffic begins: a few videos are popular, and many are seen once. Look at the "
            "host's memory, not at its views.",
            2,
            Do(workload="zipf", rate=200),
            spotlight="fleet",
            ask=Ask(
                "What makes the map grow?",
                ("every view", "every different video", "every question"),
                1,
                "A second view of a video only raises a number. A new video needs an entry in every slice of every window.",
            ),
            expect=Expect(
                "the host holds a hundred videos",
                lambda s: s.fleet.on and sum(one.videos for one in s.fleet.hosts) > 100,
                seconds=15,
            ),
        ),
        Beat(
            "Any host may count",
            "Three hosts, and each view goes to any of them. The load is even. But a video's count is in three pieces: "
            "look how many entries the merger has to add up for ten ranks.",
            2,
            Do(toggles={"counting": "random"}, workload="zipf", rate=200),
            spotlight="answer",
            expect=Expect(
                "the merger reads far more than ten entries",
                lambda s: s.boards.hour.read > 100,
                seconds=10,
            ),
        ),
        Beat(
            "A video belongs to a host",
            "Now the id decides. Each host sends its own ten best, and a k-way merge reads heads of lists only. "
            "Send one video viral from the wall: its host heats up alone.",
            2,
            Do(toggles={"counting": "partitioned"}, workload="viral_spike", rate=200),
            spotlight="fleet",
            expect=Expect(
                "few entries are merged, and one host is hot",
                lambda s: 0 < s.boards.hour.read <= 40 and any(one.hot for one in s.fleet.hosts),
                seconds=15,
            ),
        ),
        Beat(
            "Kill a host",
            "Each count exists once. Host 1 is about to be killed, with everything that it has in memory.",
            2,
            Do(workload="zipf", rate=200, faults=(Fault("host-1", "down"),)),
            spotlight="fleet",
            ask=Ask(
                "What do viewers of the leaderboard see?",
                (
                    "an error",
                    "a leaderboard without the videos of host 1",
                    "the right leaderboard, from the log",
                ),
                1,
                "The merger takes what it gets. Views of these videos are refused, and what was counted is gone for good.",
            ),
            expect=Expect(
                "its counts are gone and its slots are missing",
                lambda s: s.fleet.lost_views > 0 and s.boards.minute.missing > 0,
                seconds=15,
            ),
        ),
        Beat(
            "Two copies",
            "The host is back, the counts are taken from the log once more, and each is kept on two hosts. Kill host 1 "
            "again: nothing is missing, and when it comes back it copies from its neighbours.",
            2,
            Do(
                mend=True,
                restart=True,
                knobs={"replicas": 2},
                workload="zipf",
                rate=200,
                faults=(Fault("host-1", "down"),),
            ),
            spotlight="fleet",
            expect=Expect(
                "all slots answer, and nothing is lost",
                lambda s: (
                    s.boards.minute.views > 100
                    and s.boards.minute.missing == 0
                    and s.fleet.lost_views == 0
                    and any(one.state == "down" for one in s.fleet.hosts)
                ),
                seconds=15,
            ),
        ),
        Beat(
            "Two views, one count",
            "All hosts are up. Now a counter is read, and written a moment later with one more. Most views are of the "
            "same video.",
            2,
            Do(mend=True, toggles={"counters": "read_then_write"}, workload="viral_spike", rate=300),
            spotlight="fleet",
            ask=Ask(
                "Which videos lose views?",
                ("all alike", "the popular ones", "the rare ones"),
                1,
                "Two views must meet at the same counter at the same moment. That is what popular means.",
            ),
            expect=Expect(
                "the hosts count fewer than were acknowledged",
                lambda s: violations(s, "counted_once") > 0,
                seconds=15,
            ),
        ),
        Beat(
            "Memory that does not grow",
            "One host again, with a count-min sketch of four rows. Every video has a cell per row and shares them. Look "
            "up a rare video: its cells hold the views of others. The error stands under its bound.",
            3,
            Do(
                restart=True,
                toggles={"counting": "sketch", "counters": "atomic", "sketch_update": "plain"},
                knobs={"width": 64},
                workload="flat",
                rate=300,
                verbs=(Operation("look", {"video": "v7"}, "visitor"),),
            ),
            spotlight="sketch",
            ask=Ask(
                "An estimate is wrong. In which direction?",
                ("too large", "too small", "either"),
                0,
                "Whoever shares a cell only adds to it. The least of four cells is still at least the truth.",
            ),
            expect=Expect(
                "a quarter of the memory answers: estimates are too large, none is too small",
                lambda s: (
                    s.sketch.role == "answers" and (s.sketch.max_error or 0) > 0 and s.sketch.under == 0
                ),
                seconds=15,
            ),
        ),
        Beat(
            "Exact, but late",
            "The log is cut into intervals. Each partition is counted into a file, the files are added up, a job ranks "
            "them. Kill an aggregator: it reads again from where its last file ends, and nothing is lost or counted "
            "twice. The price is on the panel: seconds.",
            3,
            Do(
                toggles={"counting": "batch", "sketch_update": "conservative"},
                knobs={"width": 256},
                workload="zipf",
                rate=200,
            ),
            spotlight="pipeline",
            expect=Expect(
                "batches are counted, and the answer is seconds old",
                lambda s: s.pipeline.batches >= 2 and s.pipeline.counted > 0 and s.boards.minute.age_s > 0.5,
                seconds=20,
            ),
        ),
    )
)
