"""The lesson: from one wrong case to a contest in which a runner dies."""

from __future__ import annotations

from typing import Any

from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _sent(manner: str) -> Operation:
    return Operation("submit", {"problem": "two-sum", "language": "python", "manner": manner}, "visitor")


def _attack(kind: str) -> Operation:
    return Operation("attack", {"kind": kind}, "visitor")


def _of(snapshot: Any, kind: str) -> Any:
    return next(one for one in snapshot.attacks.attacks if one.id == kind)


LESSON = Lesson(
    (
        Beat(
            "One submission",
            "Code is written down with its hash, waits in the queue, and a runner takes it. The runner hands it to an "
            "interpreter that waits in a sandbox, and compares the answers **outside**.",
            2,
            Do(restart=True, workload="", verbs=(_sent("right"), _sent("wrong"))),
            spotlight="verdicts",
            expect=Expect("two verdicts are written", lambda s: s.verdicts.judged >= 2, 10),
        ),
        Beat(
            "A contest",
            "Five hundred people send what they have. Most of it is right, some wrong, slow or broken. Whoever is simulated "
            "sends one of the lab's own programs; their verdicts are known after the first time.",
            2,
            Do(workload="contest", rate=10),
            spotlight="queue",
            expect=Expect("twenty are judged", lambda s: s.verdicts.judged >= 20, 10),
        ),
        Beat(
            "A process with limits",
            "A process of its own, with limits for CPU and memory. The attack opens a file that lies beside the runner: "
            "a secret, planted by the lab and worth nothing.",
            2,
            Do(
                restart=True,
                toggles={"isolation": "process"},
                workload="",
                verbs=(_attack("secret"), _attack("passwd")),
            ),
            spotlight="attacks",
            ask=Ask(
                "Limits bound CPU time, memory and the size of files. What of reading?",
                ("It is bounded as well", "Nothing bounds it", "Only small files can be read"),
                1,
                "Limits say how much, not what: whatever the user of the process may read, its code may read.",
            ),
            expect=Expect("the secret is read", lambda s: violations(s, "host") > 0, 10),
        ),
        Beat(
            "Namespaces",
            "The same attack. The interpreter has a root of its own, in which there are Python and nothing else, and no "
            "network. System calls that it does not need are refused.",
            2,
            Do(
                restart=True,
                toggles={"isolation": "namespaces"},
                workload="",
                verbs=(_attack("secret"), _attack("socket"), _attack("fork")),
            ),
            spotlight="attacks",
            expect=Expect(
                "three attacks, and nothing got out",
                lambda s: (
                    s.attacks.tried >= 3
                    and violations(s, "host") == 0
                    and all(_of(s, one).tier == "namespaces" for one in ("secret", "socket", "fork"))
                ),
                10,
            ),
        ),
        Beat(
            "From nothing",
            "Nothing waits any more: each job starts its interpreter. That is what a function is that scales to zero.",
            2,
            Do(restart=True, toggles={"start": "cold"}, workload="finale", rate=8),
            spotlight="sandboxes",
            ask=Ask(
                "What takes longest of a start in a sandbox?",
                ("Making the namespaces", "The interpreter itself", "Reading the code"),
                1,
                "An empty sandbox takes a few milliseconds; loading an interpreter with what solutions need takes more.",
            ),
            expect=Expect("five interpreters were started for a job", lambda s: s.sandboxes.cold >= 5, 20),
        ),
        Beat(
            "A warm pool",
            "Each runner has an interpreter waiting in its sandbox. It serves one job and ends; the next is started.",
            1,
            Do(restart=True, toggles={"start": "warm"}, workload="finale", rate=8),
            spotlight="sandboxes",
            expect=Expect("five jobs found one", lambda s: s.sandboxes.warmed >= 5, 10),
        ),
        Beat(
            "A runner dies",
            "The queue forgets what is taken, and runner 1 dies with half of what it takes in its hand.",
            2,
            Do(
                restart=True,
                toggles={"delivery": "popped"},
                workload="finale",
                rate=8,
                faults=(Fault("runner-1", "dies", 50),),
            ),
            spotlight="queue",
            ask=Ask(
                "What becomes of a submission that a dead runner had?",
                ("Another runner takes it", "Nobody judges it", "It is judged twice"),
                1,
                "Its row says queued, and no queue has it: somebody waits for a verdict that does not come.",
            ),
            expect=Expect("submissions are lost", lambda s: s.queue.lost > 0, 10),
        ),
        Beat(
            "Lease and token",
            "The same deaths, and runner 2 sleeps through its leases. What was in a dead hand comes again; "
            "who wakes up too late shows an old token, and is refused.",
            2,
            Do(
                restart=True,
                toggles={"delivery": "fenced"},
                workload="finale",
                rate=8,
                faults=(Fault("runner-1", "dies", 20), Fault("runner-2", "stopped")),
            ),
            spotlight="queue",
            expect=Expect(
                "delivered again, a late verdict refused, each judged once",
                lambda s: s.queue.again > 0 and s.queue.refused > 0 and violations(s, "once") == 0,
                10,
            ),
        ),
        Beat(
            "An old leaderboard",
            "Looks are answered out of a cache for five seconds. Meanwhile submissions are accepted.",
            2,
            Do(restart=True, toggles={"board": "ttl"}, workload="finale", rate=8),
            spotlight="board",
            expect=Expect("a board is shown that is not true", lambda s: s.board.stalest_ms > 500, 10),
        ),
        Beat(
            "A sorted set",
            "Each accepted submission moves its person in a set that is in order. A look reads its first places, and no row.",
            1,
            Do(restart=True, toggles={"board": "sorted"}, workload="finale", rate=8),
            spotlight="board",
            expect=Expect(
                "fifteen looks, no read of the database, nothing old",
                lambda s: s.board.reads >= 15 and s.board.db_reads == 0 and violations(s, "board") == 0,
                10,
            ),
        ),
    )
)
