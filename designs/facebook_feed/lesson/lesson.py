"""The lesson: from one post on its way to a feed that forgets nothing it should forget, in ten beats."""

from __future__ import annotations

from designs.facebook_feed.engine.demo_users import AUTHOR, CELEBRITY
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.inside.views import ApproachView, Snapshot
from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations


def _approach(snapshot: Snapshot, id: str) -> ApproachView:
    return next(one for one in snapshot.approaches if one.id == id)


def _post(author: int, text: str) -> Operation:
    return Operation("post", {"text": text}, member(author).handle)


LESSON = Lesson(
    (
        Beat(
            "One post, eighty-six feeds",
            "Post as the author on the left. Lines leave the dot: each is an **entry really written** into a "
            "follower's feed. On the right a pill says that something is new. Then be the celebrity, and post again.",
            2,
            Do(
                restart=True,
                workload="",
                verbs=(_post(AUTHOR, "Good morning, everybody"),),
            ),
            spotlight="graph",
            expect=Expect(
                "every follower's feed has it",
                lambda s: (
                    bool(s.deliveries) and s.deliveries[0].state == "done" and s.deliveries[0].written > 50
                ),
                seconds=10,
            ),
        ),
        Beat(
            "The reader pays",
            "Nothing is written ahead. Every view asks for the list of each followed account and merges them.",
            2,
            Do(toggles={"fanout": "read"}, workload="everyday", rate=60, restart=True),
            spotlight="approaches",
            ask=Ask(
                "Members follow eighteen others on average. How many lists does a view read?",
                ("one", "about eighteen", "two thousand"),
                1,
                "One list per followed account, whether or not anything is in it.",
            ),
            expect=Expect(
                "many lists per view, no feed writes",
                lambda s: (one := _approach(s, "read")).views > 30 and one.per_view > 8 and one.writes == 0,
                seconds=15,
            ),
        ),
        Beat(
            "The author pays",
            "Now each post is written into all feeds before its author is answered. The most followed five post.",
            2,
            Do(toggles={"fanout": "write"}, workload="celebrity", rate=20, restart=True),
            spotlight="approaches",
            ask=Ask(
                "878 followers, 2,000 entries per second. How long does the author wait?",
                ("4 ms", "0.4 s", "4 s"),
                1,
                "878 ÷ 2,000 = 0.44 s, for every single post, before anything else goes wrong.",
            ),
            expect=Expect(
                "hundreds of writes per post, and the author waits for them",
                lambda s: (one := _approach(s, "write")).per_post > 200 and one.post_p99 > 100,
                seconds=15,
            ),
        ),
        Beat(
            "Nobody waits, and the queue grows",
            "The answer comes as soon as the post is stored; workers fill feeds. The number of writes is the same.",
            2,
            Do(toggles={"fanout": "queue"}, workload="celebrity", rate=80, restart=True),
            spotlight="queue",
            expect=Expect(
                "posting is quick, and jobs wait",
                lambda s: _approach(s, "queue").posts > 10 and s.queue.waiting > 10,
                seconds=15,
            ),
        ),
        Beat(
            "A threshold",
            "Accounts above 100 followers are not written ahead: readers merge their few lists in. Move the "
            "threshold and watch writes turn into reads.",
            2,
            Do(toggles={"fanout": "hybrid"}, workload="celebrity", rate=80, restart=True),
            spotlight="approaches",
            expect=Expect(
                "hardly any writes, a few lists per view",
                lambda s: (
                    (one := _approach(s, "hybrid")).posts > 10 and one.per_post < 10 and one.per_view > 1
                ),
                seconds=15,
            ),
        ),
        Beat(
            "A worker ends, having said that it was done",
            "Jobs now count as done when they are taken. Every half second a worker ends in the middle of one.",
            2,
            Do(
                toggles={"fanout": "queue", "ack": "before"},
                knobs={"worker_rate": 1000},
                workload="crashes",
                rate=60,
                restart=True,
            ),
            spotlight="queue",
            ask=Ask(
                "What happens to the followers whom it had not reached?",
                ("another worker writes them", "they see it later", "they never see it"),
                2,
                "The queue has forgotten the job. The claim names a post, a worker and the feeds that lack it.",
            ),
            expect=Expect("feeds miss posts", lambda s: violations(s, "delivered") > 0, seconds=20),
        ),
        Beat(
            "A worker ends, and another goes on",
            "The same, acknowledged after the writes. A job that nobody speaks for is claimed after a second and "
            "done again from the start: entries that are there already stay as they are.",
            2,
            Do(toggles={"ack": "after"}, workload="crashes", rate=60, restart=True),
            spotlight="queue",
            expect=Expect(
                "jobs were claimed, and no feed misses a post",
                lambda s: s.queue.claimed > 0 and violations(s, "delivered") == 0,
                seconds=20,
            ),
        ),
        Beat(
            "Several posts in one second",
            "The cursor is now the time alone, as it is written in many designs. Busy accounts post; readers scroll.",
            2,
            Do(
                toggles={"fanout": "hybrid", "cursor": "time"},
                knobs={"worker_rate": 2000},
                workload="scrollers",
                rate=60,
                restart=True,
            ),
            spotlight="paging",
            ask=Ask(
                "A page of eight ends in a second that has eleven posts. What becomes of the other three?",
                ("they open the next page", "they are never shown", "they come twice"),
                1,
                "“Older than that second” jumps over the rest of it. With the id in the cursor nothing is skipped.",
            ),
            expect=Expect("posts are never shown", lambda s: s.paging.never > 0, seconds=20),
        ),
        Beat(
            "Everybody reads one post",
            "Cached posts are split over three nodes by hash, and everybody reads the same one. Then switch to "
            "**replicated**: the same load, shared.",
            2,
            Do(
                toggles={"cursor": "time_id", "hot_cache": "partitioned"},
                knobs={"node_rate": 100},
                workload="storm",
                rate=300,
                verbs=(_post(CELEBRITY, "Read this"),),
                restart=True,
            ),
            spotlight="caches",
            expect=Expect(
                "one node refuses, the others idle",
                lambda s: (
                    max(one.refused for one in s.caches) > 10 and min(one.asked for one in s.caches) < 60
                ),
                seconds=15,
            ),
        ),
        Beat(
            "Unfollowed, and still there",
            "Feeds were written ahead; now people unfollow and authors take posts back, and nobody cleans up. "
            "Afterwards choose **purge and filter**.",
            2,
            Do(
                toggles={"hot_cache": "replicated", "removal": "leave"},
                knobs={"node_rate": 400},
                workload="churn",
                rate=80,
                restart=True,
            ),
            spotlight="removal",
            expect=Expect("readers see what is gone", lambda s: violations(s, "gone") > 0, seconds=20),
        ),
    )
)
