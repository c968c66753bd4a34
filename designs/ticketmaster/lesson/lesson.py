"""The lesson: from one seat and two buyers to a thousand at the door, a crash with the money, and a wrong search."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

BOTH_WANT_E10 = Operation("race", {"seats": ["E10"]}, "both buyers")

LESSON = Lesson(
    (
        Beat(
            "A seat is held",
            "Choose seats as **A**, hold them, and look at **B**: they have become rings that run out. Held is a promise "
            "with an end, made before anybody pays. Let one end by itself, buy another, read the ticket.",
            2,
            Do(
                restart=True,
                workload="",
                verbs=(Operation("hold", {"event": "e2", "seats": ["D10", "D11"]}, "somebody"),),
            ),
            spotlight="hall",
            expect=Expect("both seats are held", lambda s: s.hall.holding >= 2, seconds=10),
        ),
        Beat(
            "Nothing in the way",
            "Without a lock and without a unique key, both buyers press at the same moment. Read the lanes: **both looked "
            "before either sold.** Two people have a ticket for one chair.",
            2,
            Do(toggles={"holding": "none"}, verbs=(BOTH_WANT_E10,), restart=True),
            spotlight="race",
            ask=Ask(
                "Each looks first whether the seat is sold, then pays, then sells. Can it go wrong?",
                (
                    "no, both look",
                    "yes, in the time between looking and selling",
                    "only if the database is slow",
                ),
                1,
                "While one pays, the other looks, and sees a seat that is not sold yet.",
            ),
            expect=Expect(
                "one seat is sold twice, and the lanes show how",
                lambda s: s.office.doubles > 0 and s.race.doubled and violations(s, "sold_once") > 0,
                seconds=12,
            ),
        ),
        Beat(
            "A lock that ends by itself",
            "One script looks at all seats and takes all or none; each key carries its owner and its time. The loser is told "
            "at once, before any money moves. Restart the lock store from **Faults** while seats are held: the locks are "
            "gone, and the unique key still sells each seat once.",
            3,
            Do(toggles={"holding": "redis"}, verbs=(BOTH_WANT_E10,), restart=True),
            spotlight="race",
            expect=Expect(
                "they met, one was refused, and the seat was sold once",
                lambda s: s.race.met > 0 and s.office.refused > 0 and s.office.doubles == 0,
                seconds=10,
            ),
        ),
        Beat(
            "Who walks away",
            "Now the database holds seats in a status column, for 5 s, and a job frees what has expired every 20 s. Half of "
            "the buyers simply leave. Seats stay blocked for nobody until the job comes.",
            3,
            Do(
                toggles={"holding": "status"},
                knobs={"hold_s": 5, "sweep_s": 20},
                workload="abandon",
                rate=60,
                restart=True,
            ),
            spotlight="locks",
            ask=Ask(
                "A hold lasts 5 s, the job runs every 20 s. For how long is an abandoned seat blocked, on average?",
                ("5 s", "15 s", "25 s"),
                1,
                "5 s, and then half an interval. With a TTL it is 5 s.",
            ),
            expect=Expect(
                "seats were blocked for nobody",
                lambda s: s.office.swept > 0 and s.office.blocked_s > 0,
                seconds=20,
            ),
        ),
        Beat(
            "The money is taken, and the service dies",
            "Locks with a TTL again. Every payment now ends with a dead process: captured, and no booking. Watch the ledger: "
            "what is captured becomes settled a second later, because the payment carries the id of its hold.",
            3,
            Do(
                toggles={"holding": "redis"},
                knobs={"hold_s": 30, "sweep_s": 10},
                workload="failing",
                rate=30,
                faults=(Fault("booking", "crash"),),
                restart=True,
            ),
            spotlight="money",
            ask=Ask(
                "What should happen to a payment that has no booking?",
                (
                    "keep it until somebody asks",
                    "sell if the seats are there, refund if not",
                    "pay it back at once",
                ),
                1,
                "The buyer wanted the seats. Often they are still there.",
            ),
            expect=Expect(
                "no payment was booked at once, some were put right, and no money is without a ticket",
                lambda s: (
                    s.office.bookings <= s.office.reconciled
                    and s.office.reconciled >= 3
                    and violations(s, "money") == 0
                ),
                seconds=15,
            ),
        ),
        Beat(
            "A thousand at the door",
            "One event that everybody wants. Open it as A: you stand in line among a thousand. Fifty at a time are inside; "
            "who pays or takes too long leaves. Switch the waiting room off and compare how many try at the same time.",
            3,
            Do(workload="rush", rate=150, mend=True, restart=True),
            spotlight="queue",
            ask=Ask(
                "What does the waiting room protect?",
                ("seats from being sold twice", "locks and database from the crowd", "buyers from bots"),
                1,
                "Each seat is sold once without it too. It bounds how many try at a time, and makes the order fair.",
            ),
            expect=Expect(
                "many wait, a batch is inside",
                lambda s: s.queue.waiting > 100 and 0 < s.queue.inside <= s.queue.batch,
                seconds=15,
            ),
        ),
        Beat(
            "Two writes, one crash",
            "An organiser renames events. The application writes the database, then the index, and dies in between. Search "
            "for a new title: it is not there, and nothing will ever notice.",
            2,
            Do(
                toggles={"search": "dual"},
                workload="edits",
                rate=10,
                faults=(Fault("booking", "torn"),),
                restart=True,
            ),
            spotlight="index",
            expect=Expect(
                "events are wrong in the index, and nothing waits to be told",
                lambda s: s.finder.wrong > 2 and s.finder.missed > 2 and s.finder.behind == 0,
                seconds=12,
            ),
        ),
        Beat(
            "Late, and never lost",
            "The change and the news of it are one transaction now, and a worker carries it to the index. It is paused: "
            "the outbox fills. Resume it from **Faults** and watch the lag fall to nothing.",
            2,
            Do(
                toggles={"search": "cdc"},
                workload="edits",
                rate=10,
                faults=(Fault("capture", "paused"),),
                mend=True,
                restart=True,
            ),
            spotlight="index",
            expect=Expect(
                "changes wait, none is lost",
                lambda s: s.finder.behind > 5 and s.finder.missed == 0,
                seconds=12,
            ),
        ),
        Beat(
            "Fast and wrong",
            "An edge keeps answers for 30 s. Nearly everything is answered before the application is asked. Some of it is "
            "not true any more: events have been renamed since.",
            2,
            Do(toggles={"cache": "edge"}, workload="season", rate=80, mend=True, restart=True),
            spotlight="cache",
            ask=Ask(
                "Which of these may an edge not answer?",
                ("what is on in Berlin", "which seats of this event are free", "who plays in this hall"),
                1,
                "Seats change by the second and decide what somebody does next.",
            ),
            expect=Expect(
                "most answers come from the edge, and some are wrong",
                lambda s: s.cache.hit_pct > 50 and s.cache.stale > 0,
                seconds=15,
            ),
        ),
        Beat(
            "How the map hears of it",
            "Both maps poll now, and so do those who only look. Hold a seat as A and count until B sees it. Then try "
            "long polling, a WebSocket and server-sent events, and read both tables: requests, empty answers, bytes "
            "per update, delay.",
            3,
            Do(
                toggles={"cache": "lru", "delivery": "polling"},
                workload="abandon",
                rate=120,
                restart=True,
            ),
            spotlight="delivery",
            expect=Expect(
                "the map on screen changed many times",
                lambda s: (
                    s.hall.changes >= 10 and any(one.used and one.id == "polling" for one in s.deliveries)
                ),
                seconds=15,
            ),
        ),
    )
)
