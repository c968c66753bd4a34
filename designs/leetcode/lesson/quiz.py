"""Questions about the judge; numbers are computed by the code that runs."""

from __future__ import annotations

from designs.leetcode.engine.leaderboard import score
from designs.leetcode.lesson.numbers import ESTIMATE
from sdlab.lab import Choice, Question
from sdlab.parts.confined import seccomp


def _estimated(id: str) -> float:
    return next(one.value for one in ESTIMATE.compute({}) if one.id == id)


def polls() -> float:
    """Reads of the leaderboard per second, of the estimate."""
    return _estimated("polls")


def submissions() -> float:
    """Submissions per second, of the estimate."""
    return _estimated("average")


def instructions() -> float:
    """Instructions of the filter of system calls."""
    return len(seccomp.program("x86_64")) / 8


def difference() -> float:
    """By how much one point more raises the score of the sorted set."""
    return float(score(3, 5) - score(2, 5))


QUIZ = (
    Question(
        id="limits",
        text="A process has limits for CPU time, memory and file size. What can its code still do?",
        explanation="Limits say how much. What may be opened is a question of rights, and those are the server's.",
        choices=(
            Choice("Read whatever the server's user may read", "Nothing hides a file.", right=True),
            Choice("Nothing outside of its own memory", "It opens files as any process does."),
            Choice("Only use more CPU time", "That is what is bounded."),
        ),
    ),
    Question(
        id="expected",
        text="Where should expected answers be compared with given ones?",
        explanation="Whatever lies within the sandbox, the code can read, and print as its own answer.",
        choices=(
            Choice(
                "Within the sandbox, it is faster", "Then the code reads what is expected and returns it."
            ),
            Choice("In the browser", "Then everybody has the hidden tests."),
            Choice("Outside, by the runner", "Only arguments go in, and only answers come out.", right=True),
        ),
    ),
    Question(
        id="once",
        text="An interpreter has served one job. Why not give it the next one?",
        explanation="Code can leave behind what it likes: a changed module, a thread, a function that lies to the next.",
        choices=(
            Choice("Its memory is full", "It may be nearly empty."),
            Choice(
                "The next job would find what the last one left", "So each has one of its own.", right=True
            ),
            Choice("Interpreters cannot run twice", "They can."),
        ),
    ),
    Question(
        id="stopped",
        text="A runner is stopped for longer than its lease, wakes up, and writes its verdict. What keeps it from that?",
        explanation="The row bears the token of the newest delivery, and the statement that writes compares it.",
        choices=(
            Choice(
                "Its lease: it looks before it writes", "It may be stopped between the look and the write."
            ),
            Choice("The token in the row", "Its own is lower by then.", right=True),
            Choice("Nothing; verdicts are the same anyway", "Times, and sometimes verdicts, are not."),
        ),
    ),
    Question(
        id="popped",
        text="The queue forgets a submission as it is taken. When is that the right choice?",
        explanation="At most once is fine where a lost one does no harm: running the samples again is one press.",
        choices=(
            Choice(
                "For running samples on a press of a button",
                "Who pressed sees that nothing came.",
                right=True,
            ),
            Choice("For submissions of a contest", "Somebody waits for a verdict that counts."),
            Choice("Never", "Not everything needs a lease."),
        ),
    ),
    Question(
        id="board",
        text="A cache of five seconds stands before the query of the leaderboard. What is the most that one can see too old?",
        explanation="An answer is used until it is five seconds old, and whoever polls adds the time to the next poll.",
        choices=(
            Choice("Five seconds, and the interval of the poll", "One waits for both at worst.", right=True),
            Choice("Two and a half seconds", "That is about the average of the cache alone."),
            Choice("Nothing: the cache is cleared by each verdict", "Then it would not be one with a time."),
        ),
    ),
    Question(
        id="polls",
        text="100,000 people are in a contest, half of them look at the leaderboard every 3 s. How many reads a second?",
        explanation="100,000 × 0.5 ÷ 3.",
        answer=polls,
        unit="/s",
    ),
    Question(
        id="submissions",
        text="100,000 people send 20 submissions each within 90 minutes. How many a second, on average?",
        explanation="100,000 × 20 ÷ 5,400 s.",
        answer=submissions,
        unit="/s",
    ),
    Question(
        id="filter",
        text="How many instructions has the program that filters system calls here, on x86-64?",
        explanation="One load and one comparison for the machine, one of each for calls, and four ends.",
        answer=instructions,
        unit="instructions",
        tolerance=0.25,
    ),
    Question(
        id="score",
        text="The score of the sorted set holds points and the number of the last submission. What does one more point add?",
        explanation="So much that no number of a submission reaches it: points count first, then who was earlier.",
        answer=difference,
        unit="",
    ),
)
