"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="lost",
        title="The edit that is nowhere",
        says="Show an edit that was saved and is in no version and no copy. One switch prevents it.",
        level="easy",
        goals=(Goal("an edit is lost", "tally.lost", at_least=1),),
        seconds=1,
        solution=Do(toggles={"conflict": "last"}, workload="conflicts", rate=2),
    ),
    Mission(
        id="both",
        title="Both edit, and a clock is wrong",
        says="Let both devices edit the same files while the clock of one is an hour off, and lose nothing.",
        level="medium",
        goals=(
            Goal("the clock of the desktop is wrong", "fault.desktop.skew", at_most=-30, unit="min"),
            Goal("5 conflict copies", "tally.copies", at_least=5),
            Goal("no edit is lost", "tally.lost", at_most=0),
            Goal("both end the same", "broken.same", at_most=0),
        ),
        seconds=2,
        solution=Do(workload="conflicts", rate=2, faults=(Fault("desktop", "skew", -60),)),
    ),
    Mission(
        id="halve",
        title="Halve the bytes of a folder",
        says="Store a folder of copies and versions in less than a third of its bytes.",
        level="medium",
        goals=(
            Goal("15 versions on the other device", "tally.arrived", at_least=15),
            Goal("three times what is stored", "tally.factor", at_least=3, unit="×"),
        ),
        seconds=2,
        solution=Do(workload="copies", rate=4),
    ),
    Mission(
        id="resume",
        title="Go on where it was cut",
        says="Cut uploads in the middle, and send none of their parts twice, with parts of 512 bytes.",
        level="medium",
        goals=(
            Goal("parts of 512 bytes in the mean", "config.chunk_bytes", at_most=512, unit="bytes"),
            Goal("5 uploads went on", "tally.resumed", at_least=5),
            Goal("no part was sent for nothing", "tally.again", at_most=0),
        ),
        seconds=2,
        solution=Do(knobs={"chunk_bytes": 512}, workload="cuts", rate=2),
    ),
    Mission(
        id="byte",
        title="One byte for two per cent",
        says="Put single bytes into a file, also in front, and send less than 2 % of it for each, with every claim kept.",
        level="hard",
        goals=(
            Goal("12 bytes put in", "tally.inserted", at_least=12),
            Goal("less than 2 % of the file for each", "tally.a_byte_share", at_most=2, unit="%"),
            Goal("on the other device within a second, p95", "tally.delay_p95", at_most=1000, unit="ms"),
            Goal("both end the same", "broken.same", at_most=0),
            Goal("no edit is lost", "broken.edits", at_most=0),
        ),
        seconds=2,
        solution=Do(knobs={"chunk_bytes": 256}, workload="inserts", rate=3),
    ),
)
