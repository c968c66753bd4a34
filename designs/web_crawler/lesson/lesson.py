"""The lesson: from one add to a lost one, and back."""

from __future__ import annotations

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault

LESSON = Lesson(
    (
        Beat(
            "One add",
            "Press **Add**. The counter in Valkey and the journal in SQL both go up by one.",
            1,
            Do(restart=True, workload="", verbs=(Operation("add", {}, "ann"),)),
            spotlight="total",
            expect=Expect("one is counted", lambda s: s.shown.total == s.shown.journal == 1),
        ),
        Beat(
            "Many, in one step each",
            "A crowd adds. INCRBY is one command, and the store does one command at a time.",
            2,
            Do(workload="crowd", rate=200),
            spotlight="total",
            expect=Expect(
                "more than a hundred, none lost", lambda s: s.shown.total > 100 and not s.shown.lost, 15
            ),
        ),
        Beat(
            "Two steps instead",
            "The same crowd, and now each server reads, adds, and writes back.",
            2,
            Do(toggles={"adding": "read_write"}, workload="crowd", rate=300),
            spotlight="lost",
            ask=Ask(
                "What will the counter show?",
                ("The same as the journal", "Less than the journal", "More than the journal"),
                1,
                "Two that read the same total write the same total: one of the adds is gone.",
            ),
            expect=Expect("adds are lost", lambda s: s.shown.lost > 0 and violations(s, "counted") > 0, 15),
        ),
        Beat(
            "Protected again",
            "Back to one command, with no data and the same crowd: nothing is lost.",
            1,
            Do(toggles={"adding": "atomic"}, workload="crowd", rate=300, restart=True),
            spotlight="total",
            expect=Expect(
                "more than a hundred, none lost", lambda s: s.shown.total > 100 and not s.shown.lost, 15
            ),
        ),
        Beat(
            "The store is gone",
            "Take the counter store down. Nobody is told that an add was counted.",
            1,
            Do(faults=(Fault("store", "down"),)),
            ask=Ask(
                "What does an add answer now?",
                ("201, it is counted later", "503, and nothing was added", "Nothing, it waits"),
                1,
                "What is not counted is not acknowledged.",
            ),
            expect=Expect("adds are refused", lambda s: s.traffic.failed > 0),
        ),
        Beat(
            "And back",
            "Bring it back, and begin anew.",
            1,
            Do(mend=True, restart=True, workload="steady", rate=40),
            expect=Expect(
                "it counts again, and refuses nobody",
                lambda s: s.shown.total > 5 and not s.shown.lost and not s.traffic.failed,
                15,
            ),
        ),
    )
)
