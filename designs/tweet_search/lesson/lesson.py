"""The lesson: from reading everything to lists, commits, likes, pages and a lost shard."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _show(query: str, sort: str = "Likes") -> Operation:
    return Operation("show", {"query": query, "sort": sort}, "visitor")


LESSON = Lesson(
    (
        Beat(
            "Read everything",
            "Search for “sextant”, which few tweets have. Nothing is indexed yet: every word of every tweet is compared. "
            "Look at what the search cost.",
            2,
            Do(
                toggles={"approach": "scan", "hot": "off"},
                restart=True,
                workload="",
                verbs=(_show("sextant"),),
            ),
            spotlight="cost",
            expect=Expect(
                "thousands of entries were looked at for a handful of tweets",
                lambda s: s.screen.query == "sextant" and s.cost.per_search > 5_000,
            ),
        ),
        Beat(
            "Lists of words",
            "Now each word has a list of its tweets. A search for two words walks over both lists, the shorter one first, "
            "and jumps where a pointer leads. Press play under the lists.",
            2,
            Do(toggles={"approach": "own"}, verbs=(_show("good coffee"),)),
            spotlight="postings",
            ask=Ask(
                "With which list does the walk begin?",
                ("the longest", "the shortest", "the first word's"),
                1,
                "Nothing can be found that is not in the shortest list: its entries are looked for in the others.",
            ),
            expect=Expect(
                "two lists, and tweets that are in both",
                lambda s: len(s.lists.lists) == 2 and s.lists.matches > 0,
            ),
        ),
        Beat(
            "Other forms of a word",
            "Search for “running trains”. Words are indexed as stems, in each tweet's language, so “run” and “train” are "
            "found, too. A query names no language: it is read in all of them.",
            2,
            Do(verbs=(_show("running trains"),)),
            spotlight="postings",
            expect=Expect(
                "the lists are those of stems",
                lambda s: {one.label for one in s.lists.lists} == {"run", "train"} and s.lists.readings > 1,
            ),
        ),
        Beat(
            "Found after the commit",
            "A search engine in two shards, and people who post and like. A tweet is a row at once, and is found after the "
            "next commit, which writes a segment. Post one yourself, and wait for it.",
            3,
            Do(
                toggles={"approach": "engine"},
                workload="mixed",
                rate=60,
                verbs=(_show("good coffee", "Time"),),
            ),
            spotlight="fresh",
            expect=Expect(
                "tweets were found, and segments were written",
                lambda s: s.fresh.found > 3 and s.segments.total > 2,
                seconds=15,
            ),
        ),
        Beat(
            "A promise that is broken",
            "Commits cost time, so somebody makes one every ten seconds: well within the thirty that were promised. Now five "
            "are promised.",
            2,
            Do(toggles={"commit": "ten"}, knobs={"promise_s": 5}, workload="mixed", rate=60),
            spotlight="fresh",
            ask=Ask(
                "What does the author of a new tweet see?",
                ("an error", "a search that does not find it", "the tweet, a little later than usual"),
                1,
                "Nothing is lost and nothing fails. The search is whole, as of the last commit.",
            ),
            expect=Expect("tweets are late", lambda s: violations(s, "found") > 0, seconds=20),
        ),
        Beat(
            "What the index hears of likes",
            "Commits are quick again. Two hundred likes a second; the index hears only of powers of two. The plot shows what "
            "it knows: never more than the truth, never less than half.",
            2,
            Do(toggles={"commit": "one"}, knobs={"promise_s": 30}, workload="likes", rate=200, restart=True),
            spotlight="likes",
            expect=Expect(
                "a commit each second, far fewer index writes than likes, and the first page is true",
                lambda s: (
                    s.segments.commits >= 3
                    and violations(s, "found") == 0
                    and s.likes.given > 3 * s.likes.told > 0
                    and s.likes.judged
                    and violations(s, "first_page") == 0
                ),
                seconds=15,
            ),
        ),
        Beat(
            "Powers of two, as they are",
            "What if nobody asked for exact likes? Tweets with 1,025 and 2,047 likes rank alike, and the newer comes first.",
            2,
            Do(toggles={"likes": "floors"}, workload="likes", rate=200),
            spotlight="likes",
            ask=Ask(
                "What is wrong with the first page?",
                ("nothing", "its order, and who is on it", "only the numbers beside the tweets"),
                1,
                "Within a power of two the order is by chance, and at the end of the page that decides who is on it.",
            ),
            expect=Expect(
                "the first page is not the true one", lambda s: violations(s, "first_page") > 0, seconds=15
            ),
        ),
        Beat(
            "Pages that move",
            "Exact likes are back. Readers take page after page by time, each page a search of its own, while tweets arrive. "
            "The list moves under them.",
            3,
            Do(toggles={"likes": "powers", "pages": "again"}, workload="readers", rate=20),
            spotlight="pages",
            expect=Expect("a reader sees a tweet twice", lambda s: violations(s, "pages") > 0, seconds=20),
        ),
        Beat(
            "A shard is lost",
            "Pages are on shared lists again, below an id. Shard 1 goes down. Half of all tweets cannot be found, and every "
            "answer says so. Give each shard a second copy among the numbers, and nothing is missing.",
            3,
            Do(
                toggles={"pages": "chronological"},
                workload="searches",
                rate=40,
                faults=(Fault("shard-1", "down"),),
            ),
            spotlight="shards",
            expect=Expect(
                "answers lack a shard, and say so",
                lambda s: s.cost.partial > 0 and any(one.state == "down" for one in s.shards),
                seconds=15,
            ),
        ),
    )
)
