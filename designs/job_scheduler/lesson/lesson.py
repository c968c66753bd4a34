"""The lesson: from one job at its time to everything that can die on the way."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

SOON = Operation("schedule", {"delay_ms": 2_000, "payload": "the first"}, "visitor")
THOUGHT_MS = 20

LESSON = Lesson(
    (
        Beat(
            "One job",
            "A job is due in two seconds. Its row waits in the store; an extractor finds it when its time has come, a worker "
            "takes it from the queue, and **its callback lands in the request bin**.",
            2,
            Do(restart=True, workload="", verbs=(SOON,)),
            spotlight="firing",
            expect=Expect("a callback is in the bin", lambda s: len(s.screen.callbacks) > 0, 10),
        ),
        Beat(
            "Everybody has jobs",
            "Fifty a second. Three extractors scan four partitions each, every 250 ms; two workers call.",
            2,
            Do(workload="steady", rate=50),
            spotlight="firing",
            ask=Ask(
                "Scans are 250 ms apart. How late is a job on average?",
                ("Not at all", "About 125 ms", "About 250 ms"),
                1,
                "It falls due anywhere between two scans: half of the pause on average.",
            ),
            expect=Expect("a hundred were called", lambda s: s.doubles.kept > 100, 15),
        ),
        Beat(
            "Nothing shared out",
            "Now all three read everything that is due, and think for 20 ms before they publish. The receiver has no keys.",
            2,
            Do(
                restart=True,
                toggles={"scanning": "shared", "idempotency": "off"},
                knobs={"gap_ms": THOUGHT_MS},
                workload="steady",
                rate=50,
            ),
            spotlight="doubles",
            ask=Ask(
                "How often is each job done?",
                ("Once", "Up to three times", "It depends on the worker"),
                1,
                "Whoever reads the row before another has changed it, publishes it.",
            ),
            expect=Expect("runs are done twice", lambda s: violations(s, "once") > 0, 15),
        ),
        Beat(
            "Partitions with owners",
            "The same thought, the same jobs. A leader gives each partition to one extractor.",
            2,
            Do(restart=True, toggles={"scanning": "partitions"}, workload="steady", rate=50),
            spotlight="partitions",
            expect=Expect(
                "all is called, once",
                lambda s: s.doubles.kept > 60 and violations(s, "once") == 0,
                15,
            ),
        ),
        Beat(
            "An extractor sleeps",
            "Extractor 1 is stopped after it has read, until its lease is over and a second more. Then it goes on with what "
            "it believed. Nobody compares tokens.",
            3,
            Do(
                restart=True,
                toggles={"fencing": "off"},
                workload="steady",
                rate=50,
                faults=(Fault("extractor-1", "stopped"),),
            ),
            spotlight="partitions",
            ask=Ask(
                "It looks at its lease before it sleeps. Does that help?",
                (
                    "Yes, it was valid",
                    "No: it sleeps between the look and the write",
                    "Only with a longer lease",
                ),
                1,
                "Whatever it looks at may be over by the time it writes.",
            ),
            expect=Expect("a former owner writes", lambda s: violations(s, "owner") > 0, 20),
        ),
        Beat(
            "A token",
            "The same sleep. The transaction that publishes compares the token of the lease, and it is an old one.",
            2,
            Do(
                restart=True,
                toggles={"fencing": "on"},
                workload="steady",
                rate=50,
                faults=(Fault("extractor-1", "stopped"),),
            ),
            spotlight="partitions",
            expect=Expect(
                "it is refused",
                lambda s: s.partitions.refused > 0 and violations(s, "owner") == 0,
                20,
            ),
        ),
        Beat(
            "A worker dies",
            "Worker 1 is killed after each of its callbacks, before it can say so. What it had in its hand comes again.",
            2,
            Do(restart=True, workload="steady", rate=50, faults=(Fault("worker-1", "after"),)),
            spotlight="doubles",
            expect=Expect("runs are done twice", lambda s: violations(s, "once") > 0, 20),
        ),
        Beat(
            "A key",
            "The same deaths. Callbacks bear job and timestamp, and the receiver remembers.",
            2,
            Do(
                restart=True,
                toggles={"idempotency": "on"},
                knobs={"gap_ms": 0},
                workload="steady",
                rate=50,
                faults=(Fault("worker-1", "after"),),
            ),
            spotlight="doubles",
            expect=Expect(
                "repetitions come, and do nothing",
                lambda s: s.doubles.prevented > 0 and violations(s, "once") == 0,
                20,
            ),
        ),
        Beat(
            "A receiver that comes and goes",
            "It is down for a second and a half out of three. Each try waits twice as long as the one before.",
            2,
            Do(restart=True, workload="flapping", rate=30),
            spotlight="retries",
            expect=Expect("one is tried three times", lambda s: len(s.retries.tries) >= 3, 20),
        ),
        Beat(
            "Slow callbacks",
            "The receiver takes one at a time. The queue fills up to its threshold, and the extractors pause.",
            2,
            Do(restart=True, workload="slow", rate=60),
            spotlight="queue",
            expect=Expect("scans are held back", lambda s: s.queue.held_back > 0, 20),
        ),
    )
)
