"""The lesson: from a wall that narrows to plans, copies, a merge that loses, and a shard that burns."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _show(*tags: str) -> Operation:
    return Operation("show", {"all": list(tags)}, "visitor")


LESSON = Lesson(
    (
        Beat(
            "A wall that narrows",
            "Half of all pictures were taken at **night**. Add a tag, and another: each is a list of ids, and what is left "
            "is what they have in common. Step through the walk over the lists: arcs are pointers that skip.",
            2,
            Do(restart=True, workload="", verbs=(_show("night", "red", "circle"),)),
            spotlight="postings",
            expect=Expect(
                "three lists meet",
                lambda s: len(s.walk.lists) == 3 and 0 < s.wall.found < s.walk.lists[0].total,
            ),
        ),
        Beat(
            "What the database does",
            "The same query over a table of pairs: two joins, and a walk down a tree for each. Lines in the plan are as wide "
            "as rows are many.",
            2,
            Do(toggles={"indexes": "none"}, workload="browse", rate=40),
            spotlight="plan",
            ask=Ask(
                "Both indexes are dropped now. What will the plan read?",
                ("the rows of the rarest tag", "all pairs, again for each tag", "nothing: the query fails"),
                1,
                "Without an order by tag nobody knows where a tag's pairs are.",
            ),
            expect=Expect(
                "all pairs are scanned",
                lambda s: (
                    any(one.node == "Seq Scan" for one in s.plan.steps)
                    and s.plan.looked_at >= 2 * s.pairs.pairs
                ),
                15,
            ),
        ),
        Beat(
            "(tag, item)",
            "An index with the tag first. A tag's items stand next to each other, in the order in which lists are "
            "intersected. Rows that are looked at fall to what is needed.",
            2,
            Do(toggles={"indexes": "tag_item"}),
            spotlight="plan",
            expect=Expect(
                "fewer rows than there are pairs are looked at",
                lambda s: (
                    len(s.plan.steps) > 0
                    and s.plan.looked_at < s.pairs.pairs
                    and any(one.name == "B-tree (tag, item)" for one in s.sizes)
                ),
                15,
            ),
        ),
        Beat(
            "A tree for the hot part",
            "Few pictures are active. An index over their pairs alone is small, and serves the query that says “active”.",
            2,
            Do(toggles={"hot_index": "partial", "indexes": "none"}, workload="browse", rate=40),
            spotlight="hot",
            ask=Ask(
                "Which of the two queries can use it?",
                ("both", "only the one that asks for active pictures", "the one with fewer results"),
                1,
                "Its rows are only the active ones: for any other query something would be missing.",
            ),
            expect=Expect(
                "one query uses it, the other cannot",
                lambda s: s.hot.active_uses and not s.hot.other_uses,
                15,
            ),
        ),
        Beat(
            "Four copies of one truth",
            "Pairs, arrays, bitmaps, sets: all four answer alike, and cost differently. Bitmaps answer now, from memory.",
            2,
            Do(
                toggles={"hot_index": "none", "indexes": "both", "approach": "bitmap"},
                workload="browse",
                rate=60,
            ),
            spotlight="copies",
            expect=Expect(
                "bitmaps answer, and nothing is apart",
                lambda s: (
                    any(one.id == "bitmaps" and one.answered > 20 for one in s.copies)
                    and not violations(s, "one_answer")
                ),
                15,
            ),
        ),
        Beat(
            "Torn",
            "The service now writes to each copy after its commit, and dies in between.",
            2,
            Do(toggles={"upkeep": "dual"}, workload="tagging", rate=40, faults=(Fault("service", "torn"),)),
            spotlight="copies",
            ask=Ask(
                "When do the copies agree again?",
                ("within a second", "when the service is back", "not by themselves"),
                2,
                "Nobody has written down that there was something to tell.",
            ),
            expect=Expect("copies answer differently", lambda s: violations(s, "one_answer") > 0, 15),
        ),
        Beat(
            "Merges while people tag",
            "Start over, with the outbox. Trips are tagged and merged, again and again, and nothing keeps writers and a "
            "merge apart.",
            2,
            Do(
                mend=True,
                restart=True,
                toggles={"upkeep": "outbox", "merge_lock": "off", "approach": "join"},
                workload="merge_storm",
                rate=60,
            ),
            spotlight="pairs",
            ask=Ask(
                "What happens to a pair that is written while the merge is at work?",
                ("it may be lost or doubled", "it waits", "the merge begins anew"),
                0,
                "The merge moves what was on its list.",
            ),
            expect=Expect("a pair is lost or doubled", lambda s: violations(s, "pairs_kept") > 0, 20),
        ),
        Beat(
            "A lock on the tag's row",
            "Writers share the row of their tag until they commit; a merge has it alone. The same traffic loses nothing.",
            2,
            Do(restart=True, toggles={"merge_lock": "on"}, workload="merge_storm", rate=60),
            spotlight="pairs",
            expect=Expect(
                "merges go on, and no pair is lost",
                lambda s: s.pairs.merges >= 2 and not violations(s, "pairs_kept") and s.pairs.stranded == 0,
                20,
            ),
        ),
        Beat(
            "One shard burns",
            "Bitmaps on four shards, cut by tag. Everybody uses one tag. Then cut by item: look whom a query asks.",
            2,
            Do(toggles={"approach": "bitmap", "sharding": "tag"}, workload="hot_tag", rate=60),
            spotlight="shards",
            expect=Expect(
                "most of the load is on one shard",
                lambda s: s.shards.hottest >= 60 and len(s.shards.shards) == 4,
                15,
            ),
        ),
    )
)
