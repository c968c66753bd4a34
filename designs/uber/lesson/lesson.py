"""The lesson: from one ride to a stadium that lets out."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

ONE_RIDE = Operation(
    "request", {"u": 0.5, "v": 0.5, "to_u": 0.7, "to_v": 0.7, "around": "near", "most": 9}, "rider-1"
)

LESSON = Lesson(
    (
        Beat(
            "One ride",
            "Four hundred cars drive through the city, and one of them is yours. Somebody asks for a ride: the nearest "
            "free driver is asked, then the next. **A ride is a row with a state; an offer is a question with an end.**",
            2,
            Do(restart=True, workload="drive", rate=2, verbs=(ONE_RIDE,)),
            spotlight="offers",
            expect=Expect("somebody takes it", lambda s: s.match.matched >= 1, seconds=15),
        ),
        Beat(
            "Who is near?",
            "Positions are in Redis, in a sorted set by geohash. A search asks for circles that double until they hold "
            "enough. Look at the map: cells, and drivers found. Nobody looks at all four hundred.",
            2,
            Do(workload="evening", rate=3),
            spotlight="map",
            ask=Ask(
                "What must a search do beyond finding k drivers?",
                ("nothing", "go on until nobody nearer can be outside", "sort by rating"),
                1,
                "The k-th found may be farther than somebody in a cell that was not looked into.",
            ),
            expect=Expect(
                "rides are matched, and the nearest are found",
                lambda s: s.match.matched >= 6 and violations(s, "nearest") == 0,
                seconds=15,
            ),
        ),
        Beat(
            "The car across the street",
            "Now a search looks into its own cell alone. Whoever stands across its edge is not found, and a farther "
            "driver is asked; or nobody.",
            2,
            Do(toggles={"neighbours": "off"}, workload="evening", rate=6),
            spotlight="map",
            expect=Expect("nearer drivers are missed", lambda s: violations(s, "nearest") > 0, seconds=15),
        ),
        Beat(
            "Asked twice",
            "Cells around count again, and nothing keeps a driver any more. A stadium lets out: for many riders the same "
            "driver is the nearest, and two matchers ask at the same time.",
            3,
            Do(toggles={"neighbours": "on", "lock": "none"}, workload="stadium", rate=12),
            spotlight="locks",
            ask=Ask(
                "Each matcher writes down whom it asks, in its own memory. Is that enough?",
                ("yes", "no: two matchers do not see each other's", "only with a clock"),
                1,
                "It is enough for one matcher, until that one crashes.",
            ),
            expect=Expect(
                "a driver has two offers at a time", lambda s: violations(s, "one_offer") > 0, seconds=15
            ),
        ),
        Beat(
            "Given twice",
            "The lock is back. Now all drivers nearby are asked at once: the quickest answer wins. Each answer looks "
            "whether the ride is free, then writes.",
            3,
            Do(
                toggles={"lock": "redis", "offers": "all"},
                knobs={"answer_ms": 100},
                workload="evening",
                rate=12,
                restart=True,
            ),
            spotlight="offers",
            ask=Ask(
                "Two drivers say yes at the same moment. What are they told?",
                ("one yes, one no", "both yes", "both no"),
                1,
                "Both looked before either wrote. One by one, only one driver may answer at a time.",
            ),
            expect=Expect(
                "a ride is given to two drivers", lambda s: violations(s, "one_driver") > 0, seconds=20
            ),
        ),
        Beat(
            "A matcher ends",
            "One by one again. Matchers end in the middle of offers, and requests went straight into their memory: nobody "
            "knows of these rides any more, and their riders wait for nothing.",
            3,
            Do(
                toggles={"offers": "one", "intake": "direct"},
                knobs={"answer_ms": 500, "give_up_s": 5},
                workload="crashes",
                rate=3,
                restart=True,
            ),
            spotlight="queue",
            expect=Expect(
                "a rider waits beyond the time to give up",
                lambda s: violations(s, "in_time") > 0,
                seconds=20,
            ),
        ),
        Beat(
            "What a queue keeps",
            "The same crashes, with a queue: a ride that a matcher took stays there until it is done. Another one claims "
            "it, withdraws the old offer, and asks anew. A late yes to the old one is refused: its number no longer counts.",
            2,
            Do(toggles={"intake": "queue"}, knobs={"give_up_s": 9}, workload="crashes", rate=3, restart=True),
            spotlight="queue",
            expect=Expect(
                "rides are claimed, and none is lost",
                lambda s: s.queue.claimed > 0 and s.match.matched >= 5 and violations(s, "in_time") == 0,
                seconds=20,
            ),
        ),
        Beat(
            "Many at once",
            "A rush again. Instead of the nearest car for each ride, rides of half a second are assigned together, at the "
            "least total time along the streets. Watch pick-ups: the mean falls, and with it the worst.",
            2,
            Do(
                toggles={"matching": "batch"}, knobs={"fleet": 900}, workload="stadium", rate=15, restart=True
            ),
            spotlight="match",
            expect=Expect(
                "several rides are assigned together",
                lambda s: s.match.batch >= 3 and s.match.matched >= 10,
                seconds=20,
            ),
        ),
        Beat(
            "Who is silent",
            "Cars report by distance now, and forty percent of them lose their network. After ten seconds they do not "
            "count any more, and no ride waits for their answer.",
            2,
            Do(
                toggles={"matching": "greedy", "updates": "adaptive"},
                knobs={"fleet": 400},
                workload="evening",
                rate=3,
                faults=(Fault("cars", "offline"),),
            ),
            spotlight="updates",
            expect=Expect(
                "silent cars are known as such",
                lambda s: s.updates.silent > 100 and violations(s, "nearest") == 0,
                seconds=20,
            ),
        ),
    )
)
