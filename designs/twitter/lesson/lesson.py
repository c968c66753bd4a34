"""The lesson: from one like in two stages to searches, pages that slip, and fingers that count twice."""

from __future__ import annotations

from designs.twitter.engine.cast import TOPICS
from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations

LESSON = Lesson(
    (
        Beat(
            "One like, two counts",
            "Like the tweet on top. **Redis** counts it at once; the **database** hears of it when the count reaches "
            "a power of two. Go on until both are equal again.",
            2,
            Do(
                restart=True,
                workload="",
                verbs=tuple(Operation("like", {"place": 0}, f"fan{n}") for n in range(5)),
            ),
            spotlight="counts",
            expect=Expect(
                "Redis is ahead of the database",
                lambda s: s.counts.exact > s.counts.flushed > 0 and s.once.presses >= 5,
            ),
        ),
        Beat(
            "A tweet goes viral",
            "Twenty people at a time like the same tweet. Both lines climb on a scale where each step doubles.",
            2,
            Do(workload="viral", rate=15, restart=True),
            spotlight="writes",
            ask=Ask(
                "A thousand likes at powers of two: how often is the row of the count written?",
                ("1,000 times", "100 times", "10 times"),
                2,
                "At 1, 2, 4, … 512: once for each doubling. A million likes are twenty writes.",
            ),
            expect=Expect(
                "hundreds of likes, a dozen writes at most",
                lambda s: (
                    s.writes.hot_likes > 500 and 0 < s.writes.hot_writes <= 12 and not violations(s, "behind")
                ),
                15,
            ),
        ),
        Beat(
            "A write for every like",
            "The same traffic with the plain rule: the row is written for each of its likes.",
            1,
            Do(toggles={"counting": "every"}, workload="viral", rate=15, restart=True),
            spotlight="writes",
            expect=Expect("hundreds of writes", lambda s: s.writes.hot_writes > 300, 15),
        ),
        Beat(
            "Redis comes back empty",
            "Powers of two again. Every sixty likes the counter is restarted with nothing in it.",
            2,
            Do(toggles={"counting": "powers"}, workload="losses", rate=60, restart=True),
            spotlight="once",
            ask=Ask(
                "How many likes are lost?",
                ("those since the last flush", "all of them", "none"),
                2,
                "Each like is a row, committed before the answer. The first press after a loss counts the rows.",
            ),
            expect=Expect(
                "counts were built again, few writes were made, and every acknowledged like is there",
                lambda s: (
                    s.once.losses > 1
                    and s.once.rebuilt > 0
                    and s.writes.saved > s.writes.writes
                    and not violations(s, "survive")
                ),
                15,
            ),
        ),
        Beat(
            "Search: the lists of the words",
            f"People search for *{TOPICS[0]}* and other topics. Each word has a list of ids; the walk begins with the "
            "shortest list, and skips.",
            2,
            Do(workload="trends", rate=60, restart=True),
            spotlight="postings",
            expect=Expect(
                "lists were walked", lambda s: s.postings.searches > 5 and len(s.postings.lists) > 0, 15
            ),
        ),
        Beat(
            "Search: every text",
            "The same searches by LIKE. The figure on the panel is what one search looks at.",
            1,
            Do(toggles={"search": "scan"}, workload="trends", rate=60, restart=True),
            spotlight="postings",
            expect=Expect("each search looks at every tweet", lambda s: s.postings.per_search > 1900, 15),
        ),
        Beat(
            "Pages that slip",
            "Busy accounts tweet while people scroll by offset.",
            2,
            Do(toggles={"search": "index", "paging": "offset"}, workload="scrollers", rate=60, restart=True),
            spotlight="paging",
            ask=Ask(
                "What does somebody see who scrolls by “skip 8, take 8” while tweets arrive?",
                ("some tweets twice", "some tweets never", "all of them, once"),
                0,
                "Each arrival pushes the last of a page onto the next one.",
            ),
            expect=Expect("tweets are shown twice", lambda s: s.paging.repeats > 0, 15),
        ),
        Beat(
            "A cursor",
            "Each page goes on behind the last tweet that was shown.",
            1,
            Do(toggles={"paging": "cursor"}, workload="scrollers", rate=60, restart=True),
            spotlight="paging",
            expect=Expect(
                "scrolls without a repeat",
                lambda s: s.paging.scrolls > 5 and not s.paging.repeats and not s.paging.gaps,
                15,
            ),
        ),
        Beat(
            "Deleted, and still found",
            "People take tweets back. Only the row goes now: nobody tells the index.",
            2,
            Do(toggles={"removal": "row"}, workload="deletes", rate=60, restart=True),
            spotlight="removal",
            expect=Expect("deleted tweets are shown", lambda s: violations(s, "gone") > 0, 15),
        ),
        Beat(
            "Impatient fingers",
            "The index hears of deletions again. Back to the likes: three hundred people press again and again. Without "
            "the set, each press counts.",
            2,
            Do(
                toggles={"removal": "purge", "once": "counter"},
                workload="presses",
                rate=120,
                restart=True,
            ),
            spotlight="once",
            expect=Expect(
                "more likes than people", lambda s: violations(s, "once") > 0 and s.once.surplus > 0, 15
            ),
        ),
    )
)
