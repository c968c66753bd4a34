"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="narrow",
        title="Without a stall at 800 kbit/s",
        says="Give players a network of at most 800 kbit/s, and have them play 20 seconds without a single stall.",
        level="easy",
        goals=(
            Goal("at most 800 kbit/s", "config.bandwidth", at_most=800, unit="kbit/s"),
            Goal("20 s played", "tally.played_s", at_least=20, unit="s"),
            Goal("no stall", "tally.stalls", at_most=0),
        ),
        seconds=1,
        solution=Do(knobs={"bandwidth": 800}, workload="viewers", rate=4),
    ),
    Mission(
        id="cut",
        title="A broken line costs 5 %",
        says="Every upload loses its connection once. Complete eight, and send less than 5 % of all bytes twice.",
        level="medium",
        goals=(
            Goal("every upload breaks off", "fault.network.cut", at_least=100, unit="%"),
            Goal("8 uploads", "tally.uploads", at_least=8),
            Goal("less than 5 % twice", "tally.again_percent", at_most=5, unit="%"),
        ),
        seconds=1,
        solution=Do(knobs={"chunk_kb": 2}, workload="uploads", rate=8, faults=(Fault("network", "cut"),)),
    ),
    Mission(
        id="lost",
        title="Lose a transcoder and no cell",
        says="Transcoder 1 is killed in the middle of each segment. Eight videos become ready, each cell in them once.",
        level="medium",
        goals=(
            Goal("transcoder 1 is killed mid-segment", "fault.transcoder-1.mid", at_least=1),
            Goal("cells were taken over", "tally.taken_again", at_least=2),
            Goal("8 videos ready", "tally.ready", at_least=8),
            Goal("no cell twice", "tally.doubled", at_most=0),
            Goal("no video given up", "tally.dead", at_most=0),
        ),
        seconds=1,
        solution=Do(
            knobs={"workers": 4, "tries": 8},
            workload="uploads",
            rate=8,
            faults=(Fault("transcoder-1", "mid"),),
        ),
    ),
    Mission(
        id="ladder",
        title="Ten ladders in half an encoder's time",
        says="Transcoder 2 is dead. Ten videos become ready, half of them in at most 0.5 × the time of one encoder.",
        level="hard",
        goals=(
            Goal("transcoder 2 is killed", "fault.transcoder-2.down", at_least=1),
            Goal("10 videos ready", "tally.ready", at_least=10),
            Goal("half of them in 0.5 × one encoder", "tally.ratio", at_most=0.5, unit="×"),
            Goal("no cell twice", "tally.doubled", at_most=0),
        ),
        seconds=1,
        solution=Do(
            knobs={"workers": 4}, workload="alone", rate=0.9, faults=(Fault("transcoder-2", "down"),)
        ),
    ),
)
