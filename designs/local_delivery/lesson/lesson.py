"""The lesson: from an hour along the streets to a flash sale, a crash between two stores, and a centre that closes."""

from __future__ import annotations

from designs.local_delivery.inside.views import Snapshot
from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _had(snapshot: Snapshot, centre: str) -> int:
    """How many orders are or were with the centre of that name."""
    line = next(one for one in snapshot.promises.lines if one.name == centre)
    return line.waiting + line.picking + line.left


LESSON = Lesson(
    (
        Beat(
            "One hour, along the streets",
            "The coloured streets are those from which a courier is at the pin in time. **Drag the pin**: fast avenues "
            "stretch the reach, side streets cut it. The shelf shows what the centres in reach have together.",
            2,
            Do(restart=True, workload="looks", rate=20),
            spotlight="reach",
            expect=Expect(
                "centres are in reach, and answers come",
                lambda s: s.reach.reach >= 2 and s.answers.answers >= 20 and s.workload.running,
                seconds=8,
            ),
        ),
        Beat(
            "A circle promises too much",
            "Now centres are chosen by distance alone. Look for a red square: it is inside of the circle, and its courier is "
            "late by the streets.",
            2,
            Do(
                toggles={"reach": "distance"},
                knobs={"courier_min": 45},
                workload="evening",
                rate=10,
                restart=True,
            ),
            spotlight="reach",
            ask=Ask(
                "A circle of the courier's usual speed: which addresses are promised wrongly?",
                ("those next to the centre", "those near the rim, diagonal to the grid", "none"),
                1,
                "On a grid the diagonal is the longest way for its distance.",
            ),
            expect=Expect("promises are broken", lambda s: violations(s, "in_time") > 0, seconds=15),
        ),
        Beat(
            "Two hundred want one of twenty",
            "A flash sale, and each statement stands for itself. The lanes show it: two look, both see the same unit, "
            "both sell it. Open the red claim for the steps.",
            3,
            Do(
                toggles={"reach": "time", "ordering": "none", "picking": "first"},
                knobs={"courier_min": 35},
                workload="flash",
                rate=120,
                restart=True,
            ),
            spotlight="conflicts",
            ask=Ask(
                "Look, then sell, in separate statements. Twenty units, two hundred shoppers: how many orders?",
                ("exactly 20", "more than 20", "fewer than 20"),
                1,
                "Whoever looks between another's look and sale sees the unit, too.",
            ),
            expect=Expect(
                "units are in two orders",
                lambda s: s.conflicts.oversold > 0 and violations(s, "sold_once") > 0,
                seconds=12,
            ),
        ),
        Beat(
            "Serialisable, and begun again",
            "The same sale in SERIALIZABLE transactions, slow enough to follow: 50 ms from look to sale. Nothing is sold "
            "twice; the price is the count of 40001. All of them pick the first free unit, so they meet all the time.",
            2,
            Do(
                toggles={"ordering": "serializable"},
                knobs={"gap_ms": 50, "pick_min": 0.5},
                workload="flash",
                rate=30,
                restart=True,
            ),
            spotlight="conflicts",
            expect=Expect(
                "more than one try in four is made again, and nothing is sold twice",
                lambda s: (
                    s.conflicts.conflicts > 0
                    and s.conflicts.orders >= 15
                    and s.conflicts.retried_pct > 25
                    and s.conflicts.oversold == 0
                ),
                seconds=15,
            ),
        ),
        Beat(
            "Step over what others have in hand",
            "The same sale, just as fast, with SKIP LOCKED and a condition on each write: an order takes a unit that nobody "
            "else has in hand. Choose **the first that is free** again: the condition alone does not help.",
            2,
            Do(
                toggles={"ordering": "conditional", "picking": "skip"},
                workload="flash",
                rate=30,
                restart=True,
            ),
            spotlight="conflicts",
            ask=Ask(
                "Which of these makes sales collide less?",
                ("longer waits between tries", "taking different units", "a larger server"),
                1,
                "They collide over what they want in common. SERIALIZABLE adds what they read in common.",
            ),
            expect=Expect(
                "fewer than one try in ten is made again, and nothing is sold twice",
                lambda s: (
                    s.conflicts.orders >= 15 and s.conflicts.retried_pct < 10 and s.conflicts.oversold == 0
                ),
                seconds=15,
            ),
        ),
        Beat(
            "Dead between two stores",
            "Orders in one store, stock in another, and the service dies in the middle of four of ten orders. An order is "
            "written, and its units are still free: half an order.",
            2,
            Do(
                toggles={"ordering": "split"},
                knobs={"gap_ms": 0},
                workload="evening",
                rate=20,
                faults=(Fault("orders", "crash", 40),),
                restart=True,
            ),
            spotlight="stock",
            expect=Expect("orders are not whole", lambda s: violations(s, "whole") > 0, seconds=15),
        ),
        Beat(
            "A cart that nobody comes back for",
            "Carts are filled and left. Each reservation ends after five seconds, and the sweeper frees what is over. Then "
            "**kill the sweeper** in its box, and see what stays blocked.",
            2,
            Do(
                toggles={"ordering": "serializable"},
                knobs={"reserve_s": 5, "sweep_s": 1},
                workload="carts",
                rate=10,
                mend=True,
                restart=True,
            ),
            spotlight="carts",
            expect=Expect(
                "the sweeper frees units of carts that were left",
                lambda s: s.carts.swept > 0 and violations(s, "comes_back") == 0,
                seconds=15,
            ),
        ),
        Beat(
            "The sweeper is killed",
            "Nobody sweeps. The rows say reserved, their time is over, and nobody can buy what they keep.",
            1,
            Do(workload="carts", rate=10, faults=(Fault("sweeper", "down"),)),
            spotlight="carts",
            expect=Expect(
                "what is over is not freed",
                lambda s: s.carts.overdue > 0 and violations(s, "comes_back") > 0,
                seconds=18,
            ),
        ),
        Beat(
            "Old Town closes",
            "Promises are bound late: orders wait in one line for all centres. Old Town closes, in the middle of the city: "
            "no order is bound to it, and what waits in the line never belonged to it.",
            3,
            Do(
                toggles={"allocation": "promise"},
                knobs={"reserve_s": 30, "sweep_s": 5, "pick_min": 2.0, "courier_min": 30},
                workload="evening",
                rate=6,
                faults=(Fault("centre-2", "down"),),
                verbs=tuple(Operation("order", {"items": {"bread": 1}}, f"early {n}") for n in range(3)),
                mend=True,
                restart=True,
            ),
            spotlight="promises",
            ask=Ask(
                "Where do orders wait that are promised and not yet bound?",
                ("in the line of the nearest centre", "in one line for all", "with the courier"),
                1,
                "Whoever has a free picker and is in time takes the next.",
            ),
            expect=Expect(
                "promises are bound elsewhere, none at Old Town, and none is broken",
                lambda s: (
                    s.promises.bound >= 10
                    and _had(s, "Old Town") == 0
                    and violations(s, "in_time") == 0
                    and s.promises.left >= 5
                ),
                seconds=18,
            ),
        ),
        Beat(
            "What a minute of caching costs",
            "Answers are kept for a minute now. The shelf is as it was; what was sold meanwhile is still on it.",
            1,
            Do(
                toggles={"allocation": "rules", "availability": "cache"},
                knobs={"courier_min": 35, "pick_min": 0.5},
                workload="looks",
                rate=100,
                mend=True,
                restart=True,
            ),
            spotlight="answers",
            expect=Expect(
                "answers are wrong when they are given",
                lambda s: s.answers.stale > 0 and s.answers.hits > 0,
                seconds=15,
            ),
        ),
    )
)
