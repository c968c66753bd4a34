"""The lesson: from one comment on three screens to a stale dispatcher, in nine beats."""

from __future__ import annotations

from designs.live_comments.engine.streams import MAIN
from designs.live_comments.inside.views import Snapshot
from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _servers_down(snapshot: Snapshot) -> bool:
    return any(not one.up for one in snapshot.servers)


LESSON = Lesson(
    (
        Beat(
            "One comment, three screens",
            "Write something as the host. It is stored, put on the log, read by the server that holds the viewers, "
            "and pushed to **every screen**. Let a viewer leave, write more, and let it join again.",
            2,
            Do(
                restart=True,
                workload="",
                verbs=(
                    Operation("comment", {"stream": MAIN, "text": "Good evening, everybody"}, "the host"),
                ),
            ),
            spotlight="servers",
            expect=Expect(
                "all three have it", lambda s: all(one.seen >= 1 for one in s.demo_users), seconds=15
            ),
        ),
        Beat(
            "Asking again and again",
            "The viewers poll every two seconds. Look at the delay, and at how many polls come back empty.",
            2,
            Do(toggles={"delivery": "polling"}, workload="chatter", rate=20),
            spotlight="delay",
            ask=Ask(
                "Polling every 2 s: how late is a comment on average?",
                ("about 0.1 s", "about 1 s", "about 2 s"),
                1,
                "A comment falls anywhere into the interval: half of it, on average.",
            ),
            expect=Expect(
                "half a second at least, and empty polls",
                lambda s: s.polling.polls > 100 and s.delay.p50 > 300,
                seconds=15,
            ),
        ),
        Beat(
            "Pushed",
            "Server-sent events: one answer that does not end. The browser would reconnect by itself and name the "
            "last id that it has. Write from two screens at once: all agree on the order.",
            2,
            Do(toggles={"delivery": "sse"}, workload="chatter", rate=20, restart=True),
            spotlight="delay",
            expect=Expect(
                "a comment is everywhere within a fraction of a second",
                lambda s: s.delay.samples > 200 and s.delay.p50 < 300,
                seconds=15,
            ),
        ),
        Beat(
            "Everything to everybody",
            "Now every server hears every comment, whether anybody there watches that stream or not.",
            2,
            Do(toggles={"distribution": "everything"}, workload="chatter", rate=40, restart=True),
            spotlight="matrix",
            ask=Ask(
                "Four servers, viewers routed by stream. What share of what a server hears is for somebody?",
                ("all of it", "about half", "about a quarter"),
                2,
                "Each stream lives on one of four servers; the other three read it for nobody.",
            ),
            expect=Expect(
                "most messages are for nobody",
                lambda s: s.matrix.received > 200 and s.matrix.useful_pct < 60,
                seconds=15,
            ),
        ),
        Beat(
            "A server ends, without a log",
            "A channel per stream again, over pub/sub alone, and servers are replaced one after another. Viewers "
            "are connected again within a second.",
            2,
            Do(
                toggles={"distribution": "partitioned", "transport": "pubsub"},
                workload="deploys",
                rate=80,
                restart=True,
            ),
            spotlight="bus",
            ask=Ask(
                "What did they miss?",
                (
                    "nothing, reconnecting is quick",
                    "what was said in that second",
                    "all that was said before",
                ),
                1,
                "Pub/sub keeps nothing. The invariant names a viewer and the comments that never came.",
            ),
            expect=Expect("somebody missed a comment", lambda s: violations(s, "seen_once") > 0, seconds=20),
        ),
        Beat(
            "A server ends, with a log",
            "The same, over a log with ids. The new server reads on from where each viewer stopped. Kill one more "
            "by hand: look for a hole on any screen.",
            2,
            Do(
                toggles={"transport": "log"},
                workload="chatter",
                rate=60,
                faults=(Fault("server-1", "down"), Fault("server-2", "down")),
                restart=True,
            ),
            spotlight="servers",
            expect=Expect(
                "two servers are gone, and nobody missed anything",
                lambda s: (
                    _servers_down(s)
                    and s.totals.delivered > 500
                    and s.totals.returning == 0
                    and violations(s, "seen_once") == 0
                ),
                seconds=20,
            ),
        ),
        Beat(
            "Somebody with a poor line",
            "Five viewers read two comments per second; more are said. Their buffers are bounded: full means dropped, "
            "with a word why. They come back and read on from the log.",
            2,
            Do(
                workload="viral",
                rate=60,
                knobs={"buffer": 32},
                faults=(Fault("viewers", "slow", 2),),
                mend=True,
                restart=True,
            ),
            spotlight="buffers",
            expect=Expect(
                "slow ones are dropped, and nobody waited",
                lambda s: s.totals.dropped > 0 and violations(s, "unhindered") == 0,
                seconds=20,
            ),
        ),
        Beat(
            "Scrolling through what moves",
            "Eight people page through the history by offset, while comments are added and some are hidden.",
            2,
            Do(
                toggles={"pagination": "offset"},
                knobs={"buffer": 128},
                workload="readers",
                rate=60,
                mend=True,
                restart=True,
            ),
            spotlight="paging",
            ask=Ask(
                "Three comments come in between page one and page two. What does page two show?",
                ("the next ten", "three of page one again", "ten, with three missing"),
                1,
                "Offsets count from the top, and the top moved. A cursor names a comment, which does not move.",
            ),
            expect=Expect("comments come twice", lambda s: s.paging.duplicates > 0, seconds=15),
        ),
        Beat(
            "A stale dispatcher",
            "Cursors again. A dispatcher now decides which server gets what, from a table that servers report to. "
            "It has just stopped taking reports, and a server has ended: compare its table with who watches where.",
            3,
            Do(
                toggles={"pagination": "cursor", "distribution": "dispatcher"},
                workload="chatter",
                rate=40,
                faults=(Fault("dispatcher", "stale"), Fault("server-1", "down")),
                restart=True,
            ),
            spotlight="dispatcher",
            expect=Expect(
                "the table is wrong, and the log still gets every comment to every screen",
                lambda s: (
                    s.dispatcher.wrong > 0 and s.totals.delivered > 200 and violations(s, "seen_once") == 0
                ),
                seconds=20,
            ),
        ),
    )
)
