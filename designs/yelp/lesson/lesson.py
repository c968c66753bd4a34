"""The lesson: from words in a circle to a storm of ratings, a lost message, and a search without its index."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

LESSON = Lesson(
    (
        Beat(
            "Coffee around here",
            "The map shows what is within 600 m and has the word. **Drag it**: list, circle and cells follow. Squares are "
            "the cells of the geohash that were asked for; pale dots were measured in vain.",
            2,
            Do(restart=True, workload="searches", rate=20),
            spotlight="map",
            expect=Expect(
                "places are found, from cells that cover the circle",
                lambda s: (
                    len(s.explorer.hits) > 0 and s.explorer.cells_asked > 1 and s.candidates.worked >= 20
                ),
                seconds=10,
            ),
        ),
        Beat(
            "Every row, with every word",
            "Now plain SQL: LIKE and a box of coordinates. Read the plan below: all rows of the table are compared for a "
            "page of answers. Three things tell searches apart: what is looked at, what is measured, what is found.",
            2,
            Do(toggles={"search": "like", "cache": "none"}, workload="searches", rate=20, restart=True),
            spotlight="candidates",
            ask=Ask(
                "How many rows does LIKE compare to find the coffee within 600 m?",
                ("those in the box", "those with the word", "all of them"),
                2,
                "There is no index that it could use: neither for a word inside a text, nor for the box.",
            ),
            expect=Expect(
                "each search looked at far more rows than it measured",
                lambda s: (
                    s.candidates.worked >= 10 and s.candidates.touched_each > 5 * s.candidates.candidates_each
                ),
                seconds=12,
            ),
        ),
        Beat(
            "Our own lists",
            "A grid of cells and inverted lists, walked in the open. The shortest list leads, the others are skipped. "
            "Play the walk. A search engine does the same, in Rust.",
            2,
            Do(toggles={"search": "grid"}, workload="searches", rate=20, restart=True),
            spotlight="candidates",
            expect=Expect(
                "a walk over the words' lists and the cells",
                lambda s: len(s.candidates.steps) > 3 and len(s.candidates.lists) >= 2,
                seconds=10,
            ),
        ),
        Beat(
            "Across the edge",
            "The prefix of the own cell, and no neighbours: one look-up. A full scan beside it counts what was missed. Some "
            "of it was nearer than everything that was found.",
            2,
            Do(toggles={"search": "engine", "candidates": "own"}, workload="searches", rate=30, restart=True),
            spotlight="map",
            ask=Ask(
                "Can a place ten metres away be missed?",
                ("no, it shares the prefix", "yes, if an edge is between", "only at a pole"),
                1,
                "Cells have edges, and somebody always stands beside one.",
            ),
            expect=Expect(
                "a full scan found what the search did not",
                lambda s: s.explorer.cells_asked == 1 and violations(s, "found_all") > 0,
                seconds=12,
            ),
        ),
        Beat(
            "One score, taken apart",
            "Nearness counts for everything now. Press a place of the list to see its points. Then sort by **relevance**, "
            "turn the weights until **Kettle & Crane** comes first, and say why.",
            3,
            Do(
                toggles={"candidates": "circle", "sort": "distance", "cache": "lru"},
                workload="searches",
                rate=20,
                restart=True,
            ),
            spotlight="score",
            expect=Expect(
                "the score is nearness alone",
                lambda s: len(s.score.parts) == 3 and s.score.parts[0].points == 0 < s.score.parts[1].points,
                seconds=10,
            ),
        ),
        Beat(
            "A storm of ratings",
            "A place is in the news: 64 people rate it at once. Each reads count and sum, thinks for 20 ms, writes back. "
            "The rows are all there; read how many the **stored** average lacks.",
            3,
            Do(
                toggles={"sort": "relevance", "average": "naive"},
                knobs={"gap_ms": 20},
                workload="storm",
                rate=60,
                restart=True,
            ),
            spotlight="average",
            ask=Ask(
                "All ratings are acknowledged and stored as rows. Can the average be wrong?",
                ("no", "yes, two may write back the same sums", "only after a crash"),
                1,
                "Both read before either wrote. One of the two ratings is lost in the sums.",
            ),
            expect=Expect(
                "the stored sums lack ratings",
                lambda s: s.average.off > 0 and violations(s, "average") > 0,
                seconds=20,
            ),
        ),
        Beat(
            "A version decides",
            "Rating and sums are one transaction, and the sums are written only where the version is still the one that was "
            "read. Who finds another begins again. Watch the tries that were undone: that is the price, and nothing is lost.",
            3,
            Do(toggles={"average": "optimistic"}, workload="storm", rate=60, restart=True),
            spotlight="average",
            expect=Expect(
                "many ratings, some tries undone, and no average wrong",
                lambda s: s.average.first > 20 and s.average.off == 0 and violations(s, "average") == 0,
                seconds=20,
            ),
        ),
        Beat(
            "Twice at once",
            "A double click. The application looks whether there is a rating, sees none, twice, and inserts, twice. "
            "Only a unique key has the last word.",
            2,
            Do(toggles={"unique": "look"}, workload="doubles", rate=40, restart=True),
            spotlight="ratings",
            expect=Expect(
                "people with two ratings of one place",
                lambda s: s.ratings.doubles > 0 and violations(s, "one_each") > 0,
                seconds=12,
            ),
        ),
        Beat(
            "A message is lost",
            "Owners rename their places. A message goes to the index behind each commit, and every third is lost on its way. "
            "Nobody notices but those who search. Then read the changes from the outbox instead: late, and complete.",
            3,
            Do(
                toggles={"unique": "key", "sync": "queue"},
                workload="edits",
                rate=20,
                faults=(Fault("service", "drop"),),
                restart=True,
            ),
            spotlight="index",
            ask=Ask(
                "The queue is fast and the index is up. What finds a lost message?",
                ("the queue", "nothing", "the next edit of another place"),
                1,
                "Nobody compares. A nightly rebuild would; an outbox needs none.",
            ),
            expect=Expect(
                "edits were not found in time",
                lambda s: s.lag.lost > 0 and violations(s, "fresh") > 0,
                seconds=15,
            ),
        ),
        Beat(
            "The index is down",
            "Captured changes again, and the index is killed. Searches go on: the database stands in, slower, row by row. "
            "Bring it back from **Faults**; what waited in the outbox is in it a moment later.",
            2,
            Do(
                toggles={"sync": "capture"},
                workload="searches",
                rate=20,
                faults=(Fault("index", "down"),),
                mend=True,
                restart=True,
            ),
            spotlight="index",
            expect=Expect(
                "the database answers, and nothing is missed",
                lambda s: s.lag.fallback >= 5 and violations(s, "found_all") == 0,
                seconds=12,
            ),
        ),
    )
)
