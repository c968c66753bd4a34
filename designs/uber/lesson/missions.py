"""What to bring about in the running system, from a double booking to a rush that nobody minds."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission

MISSIONS = (
    Mission(
        id="double",
        title="A ride with two drivers",
        says="Let two drivers be told that the same ride is theirs; then start over, and prevent it.",
        level="easy",
        goals=(Goal("a ride was given to two drivers", "broken.one_driver", at_least=1),),
        seconds=1,
        solution=Do(toggles={"offers": "all"}, knobs={"answer_ms": 100}, workload="evening", rate=12),
    ),
    Mission(
        id="night",
        title="A ride in 20 seconds at night",
        says="Before six in the morning, with at most 250 cars, have half of the riders in the car within 20 seconds.",
        level="medium",
        goals=(
            Goal("at night", "config.hour", at_most=5, unit="h"),
            Goal("at most 250 cars", "config.fleet", at_most=250),
            Goal("riders ask", "workload.id", equals="evening"),
            Goal("five rides matched", "tally.matched", at_least=5),
            Goal("median wait at most 20 s", "tally.wait", at_most=20, unit="s"),
        ),
        seconds=4,
        solution=Do(
            knobs={"hour": 3, "fleet": 250, "answer_ms": 100, "radius_m": 300}, workload="evening", rate=2
        ),
    ),
    Mission(
        id="traffic",
        title="Half the traffic",
        says="At most 30 updates a minute and car, half of what one a second is, and a mean error below 50 m.",
        level="medium",
        goals=(
            Goal("cars drive", "workload.id", equals="drive"),
            Goal("at least 5 updates per car", "tally.updates", at_least=5, unit="/min"),
            Goal("at most 30 updates per car", "tally.updates", at_most=30, unit="/min"),
            Goal("an error that was measured", "tally.error", at_least=0.1, unit="m"),
            Goal("mean error below 50 m", "tally.error", at_most=50, unit="m"),
        ),
        seconds=6,
        solution=Do(toggles={"updates": "adaptive"}, workload="drive", rate=2),
    ),
    Mission(
        id="stadium",
        title="Stadium lets out",
        says="Serve 15 requests a second from one place: half of the riders wait less than 60 s, nobody is promised twice.",
        level="hard",
        goals=(
            Goal("the stadium lets out", "workload.id", equals="stadium"),
            Goal("15 requests/s", "workload.rate", at_least=15, unit="/s"),
            Goal("40 rides matched", "tally.matched", at_least=40),
            Goal("median wait at most 60 s", "tally.wait", at_most=60, unit="s"),
            Goal("no ride given twice", "broken.one_driver", at_most=0),
            Goal("no driver asked twice", "broken.one_offer", at_most=0),
        ),
        seconds=6,
        solution=Do(
            toggles={"matching": "batch"},
            knobs={"fleet": 1500, "answer_ms": 300},
            workload="stadium",
            rate=15,
        ),
    ),
)
