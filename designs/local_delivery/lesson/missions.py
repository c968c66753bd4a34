"""What to bring about in the running system, from a sale that goes wrong to a closed centre that breaks no promise."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="twice",
        title="Sold twice",
        says="Let two people pay for the same console.",
        level="easy",
        goals=(Goal("a unit is in two orders", "broken.sold_once", at_least=1),),
        seconds=1,
        solution=Do(toggles={"ordering": "none", "picking": "first"}, workload="flash", rate=150),
    ),
    Mission(
        id="flash",
        title="Twenty consoles, two hundred shoppers",
        says="A flash sale: all twenty are sold, and none of them twice.",
        level="medium",
        goals=(
            Goal("the flash sale runs", "workload.id", equals="flash"),
            Goal("100 shoppers/s", "workload.rate", at_least=100, unit="/s"),
            Goal("20 orders taken", "tally.orders", at_least=20),
            Goal("no console left", "tally.hot_left", at_most=0),
            Goal("nothing sold twice", "broken.sold_once", at_most=0),
        ),
        seconds=1,
        solution=Do(workload="flash", rate=100),
    ),
    Mission(
        id="retries",
        title="Serialisable, and hardly a retry",
        says="Take orders in SERIALIZABLE transactions, and let fewer than one try in ten be made again.",
        level="medium",
        goals=(
            Goal("one SERIALIZABLE transaction", "config.ordering", equals="serializable"),
            Goal("an evening of orders", "workload.id", equals="evening"),
            Goal("30 orders/s", "workload.rate", at_least=30, unit="/s"),
            Goal("60 orders taken", "tally.orders", at_least=60),
            Goal("fewer than 10 % of tries again", "tally.retried", at_most=10, unit="%"),
            Goal("nothing sold twice", "broken.sold_once", at_most=0),
        ),
        seconds=3,
        solution=Do(knobs={"pick_min": 0.5}, workload="evening", rate=40),
    ),
    Mission(
        id="answers",
        title="Fast, and hardly wrong",
        says="Answer two hundred looks a second, 99 of 100 within 50 ms, and fewer than one count in a hundred wrong.",
        level="medium",
        goals=(
            Goal("people look", "workload.id", equals="looks"),
            Goal("200 looks/s", "workload.rate", at_least=200, unit="/s"),
            Goal("100 answers compared", "tally.compared", at_least=100),
            Goal("p99 within 50 ms", "traffic.p99", at_most=50, unit="ms"),
            Goal("fewer than 1 % wrong", "tally.stale", at_most=1, unit="%"),
        ),
        seconds=3,
        solution=Do(knobs={"lag_ms": 20}, workload="looks", rate=200),
    ),
    Mission(
        id="closed",
        title="A centre closes, and no promise breaks",
        says="Close the busiest centre of a busy evening. Everybody still gets everything within the hour.",
        level="hard",
        goals=(
            Goal("Old Town is closed", "fault.centre-2.down", at_least=1),
            Goal("an evening of orders", "workload.id", equals="evening"),
            Goal("6 orders/s", "workload.rate", at_least=6, unit="/s"),
            Goal("25 orders with the courier", "tally.left", at_least=25),
            Goal("no promise broken", "broken.in_time", at_most=0),
            Goal("nothing sold twice", "broken.sold_once", at_most=0),
        ),
        seconds=4,
        solution=Do(
            toggles={"allocation": "promise"},
            knobs={"courier_min": 30, "pick_min": 2.0},
            workload="evening",
            rate=6,
            faults=(Fault("centre-2", "down"),),
        ),
    ),
)
