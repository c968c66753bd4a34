"""The lesson: from one click to totals that survive crashes, latecomers and forgers."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

CLICK = Operation("click", {"ad": 0}, "reader")

LESSON = Lesson(
    (
        Beat(
            "One click",
            "The link of an ad leads to us. We check the impression, log the click, and **only then** answer with a 302. "
            "An aggregator counts it; within seconds the dashboard has it.",
            2,
            Do(restart=True, workload="", verbs=(CLICK,)),
            spotlight="windows",
            expect=Expect("the click is on the dashboard", lambda s: s.screen.total > 0, 10),
        ),
        Beat(
            "A stream of them",
            "A hundred clicks a second become a row per ad and window. The watermark follows the newest click at a "
            "second's distance and closes the windows that it passes.",
            2,
            Do(workload="readers", rate=100),
            spotlight="windows",
            ask=Ask(
                "300 clicks, 12 ads, windows of 2 s. How many rows in three windows?",
                ("300", "At most 36 of each partition that an ad is in", "12"),
                1,
                "A row per window, ad and partition, however many clicks there are.",
            ),
            expect=Expect("300 clicks are in the totals", lambda s: s.totals.counted >= 300, 15),
        ),
        Beat(
            "Everybody clicks one ad",
            "Four of five clicks are on one ad, and the ad is the key: one partition gets more than its aggregator takes.",
            2,
            Do(toggles={"key": "ad"}, workload="hot_ad", rate=400),
            spotlight="partitions",
            expect=Expect("one partition is behind", lambda s: s.log.lag > 400, 20),
        ),
        Beat(
            "Share the hot ad out",
            "The same traffic. A hot ad gets a number behind its id, and with it every partition in turn.",
            2,
            Do(restart=True, toggles={"key": "spread"}, workload="hot_ad", rate=400),
            spotlight="partitions",
            expect=Expect(
                "all partitions are busy and none is far behind",
                lambda s: (
                    s.totals.counted > 500 and s.log.lag < 300 and min(p.read for p in s.log.partitions) > 30
                ),
                20,
            ),
        ),
        Beat(
            "Kill the aggregator",
            "It keeps counts in memory, and of what it holds nothing is written down but how far it has read. It is "
            "killed every two seconds.",
            2,
            Do(
                restart=True,
                toggles={"recovery": "none"},
                workload="readers",
                rate=100,
                faults=(Fault("aggregator-1", "dies"),),
            ),
            spotlight="recovery",
            ask=Ask(
                "It goes on from where it had read. What is wrong with its windows?",
                ("Nothing", "They are too low", "They are too high"),
                1,
                "What was read and counted before the crash is in nobody's memory any more.",
            ),
            expect=Expect("totals are wrong", lambda s: violations(s, "totals") > 0, 20),
        ),
        Beat(
            "Position and counts together",
            "The same crashes. A checkpoint has the position and all open windows, in one step; what the store had "
            "taken since is read again, and written over with the same numbers.",
            2,
            Do(
                restart=True,
                toggles={"recovery": "checkpoint"},
                workload="readers",
                rate=100,
                faults=(Fault("aggregator-1", "dies"),),
            ),
            spotlight="recovery",
            expect=Expect(
                "it came back twice and every total is right",
                lambda s: s.recovery.recoveries >= 2 and violations(s, "totals") == 0,
                20,
            ),
        ),
        Beat(
            "Too late",
            "One click of ten comes up to eight seconds late, and its window is closed: it is dropped.",
            2,
            Do(restart=True, toggles={"late": "drop"}, workload="out_of_order", rate=60),
            spotlight="windows",
            expect=Expect("dropped clicks are missing", lambda s: violations(s, "totals") > 0, 20),
        ),
        Beat(
            "Twice, and from nowhere",
            "Late clicks are counted as of now. Now nothing is asked of an impression's id: a double click counts twice.",
            2,
            Do(
                restart=True,
                toggles={"late": "correct", "idempotency": "none"},
                workload="duplicates",
                rate=60,
            ),
            spotlight="dedupe",
            ask=Ask(
                "Ids are remembered for ten minutes. Who still gets a click counted that never was?",
                ("Who clicks twice", "Who makes up an id", "Who has a slow phone"),
                1,
                "An id that was never seen is new. Only a signature tells that we served it.",
            ),
            expect=Expect("an impression counts twice", lambda s: violations(s, "once") > 0, 20),
        ),
        Beat(
            "Count it again",
            "Ids are signed again. The store now writes wrong totals; a batch counts the raw log once more and "
            "overrides what differs.",
            2,
            Do(
                restart=True,
                toggles={"idempotency": "signed", "reconcile": "on"},
                workload="readers",
                rate=100,
                faults=(Fault("olap", "corrupt"),),
            ),
            spotlight="reconciliation",
            expect=Expect("totals were overridden", lambda s: s.reconciliation.repaired > 0, 20),
        ),
    )
)
