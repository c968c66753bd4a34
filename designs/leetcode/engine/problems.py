"""A problem: what it asks for, what it shows, and the tests that it keeps to itself."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from designs.leetcode.engine import reference as right
from sdlab.lab import NotFound

HIDDEN = 16  # tests of each problem that nobody but the judge sees
COMPETITION = "weekly"


@dataclass(frozen=True, slots=True)
class Case:
    """Arguments and what is expected. The expected never goes to where the code runs."""

    arguments: tuple[Any, ...]
    expected: Any


@dataclass(frozen=True, slots=True)
class Problem:
    """`call` and `script_call` are the names of its function in Python and JavaScript; `drawn` makes arguments by chance."""

    id: str
    title: str
    level: str
    points: int
    asks: str
    call: str
    script_call: str
    arguments: tuple[str, ...]
    shown: tuple[tuple[Any, ...], ...]
    edges: tuple[tuple[Any, ...], ...]
    solve: Callable[..., Any]
    drawn: Callable[[Random], tuple[Any, ...]]

    def name_in(self, language: str) -> str:
        """What its function is called in that language."""
        return self.script_call if language == "javascript" else self.call

    @property
    def samples(self) -> tuple[Case, ...]:
        """The tests that are shown."""
        return tuple(Case(one, self.solve(*one)) for one in self.shown)

    @property
    def hidden(self) -> tuple[Case, ...]:
        """The tests that are not: the same for everybody, and never sent to a browser."""
        return _hidden(self.id)


@functools.cache
def _hidden(id: str) -> tuple[Case, ...]:
    problem = PROBLEMS[id]
    rng = Random(f"hidden tests of {id}")
    drawn = [problem.drawn(rng) for _ in range(HIDDEN - len(problem.edges))]
    return tuple(Case(one, problem.solve(*one)) for one in (*problem.edges, *drawn))


def problem_of(id: str) -> Problem:
    """The problem of that id. `NotFound`."""
    if id not in PROBLEMS:
        raise NotFound("there is no such problem")
    return PROBLEMS[id]


def hash_of(code: str) -> str:
    """What a code is known by."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def _numbers(rng: Random, most: int, low: int = -50, high: int = 50, fewest: int = 1) -> list[int]:
    return [rng.randint(low, high) for _ in range(rng.randint(fewest, most))]


def _pair(rng: Random) -> tuple[Any, ...]:
    numbers = rng.sample(range(-200, 200), rng.randint(3, 40))
    first, second = rng.sample(numbers, 2)
    target = first + second
    while sum(target - one in numbers and target != 2 * one for one in numbers) != 2:
        first, second = rng.sample(numbers, 2)
        target = first + second
    return numbers, target


def _brackets(rng: Random) -> tuple[Any, ...]:
    text = ""
    opened: list[str] = []
    for _ in range(rng.randint(1, 30)):
        if opened and rng.random() < 0.5:
            text += opened.pop()
        else:
            one = rng.choice("([{")
            opened.append({"(": ")", "[": "]", "{": "}"}[one])
            text += one
    text += "".join(reversed(opened))
    return ((text if rng.random() < 0.6 else text[:-1] + rng.choice(")]}([")),)


def _intervals(rng: Random) -> tuple[Any, ...]:
    found = []
    for _ in range(rng.randint(1, 20)):
        begin = rng.randint(0, 80)
        found.append([begin, begin + rng.randint(0, 12)])
    return (found,)


def _grid(rng: Random) -> tuple[Any, ...]:
    wide = rng.randint(1, 10)
    return ([[int(rng.random() < 0.45) for _ in range(wide)] for _ in range(rng.randint(1, 10))],)


def _word(rng: Random, most: int = 12, letters: str = "abcde") -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randint(0, most)))


_ALL: Sequence[Problem] = (
    Problem(
        "two-sum", "Two Sum", "easy", 1,
        "Two different places of the list add up to the target. Give the two places, the smaller first. "
        "There is exactly one answer, and no place may be used twice.",
        "two_sum", "twoSum", ("nums", "target"),
        (([2, 7, 11, 15], 9), ([3, 2, 4], 6)), (([0, -1, 1], 0), ([-3, 4, 90, 3], 0)),
        right.two_sum, _pair,
    ),
    Problem(
        "brackets", "Balanced Brackets", "easy", 1,
        "The text has round, square and curly brackets. Say whether each is closed by its own kind, in the right order.",
        "balanced", "balanced", ("text",),
        (("()[]{}",), ("(]",), ("([)]",)), (("",), ("(((",), ("]",)),
        right.balanced, _brackets,
    ),
    Problem(
        "best-trade", "One Good Trade", "easy", 1,
        "A price for each day. Buy on one day and sell on a later one; give the most that can be earned, or 0.",
        "best_trade", "bestTrade", ("prices",),
        (([7, 1, 5, 3, 6, 4],), ([7, 6, 4, 3, 1],)), (([5],), ([1, 1, 1],)),
        right.best_trade, lambda rng: (_numbers(rng, 60, 1, 100),),
    ),
    Problem(
        "merge-intervals", "Merge Intervals", "medium", 2,
        "Pairs of begin and end. Join those that touch or overlap, and give the rest in order.",
        "merge", "merge", ("intervals",),
        (([[1, 3], [2, 6], [8, 10], [15, 18]],), ([[1, 4], [4, 5]],)), (([[1, 9], [2, 3]],), ([[5, 5]],)),
        right.merge, _intervals,
    ),
    Problem(
        "longest-run", "Longest Run Without Repetition", "medium", 2,
        "How long is the longest stretch of the text in which no letter comes twice?",
        "longest_run", "longestRun", ("text",),
        (("abcabcbb",), ("bbbbb",), ("pwwkew",)), (("",), ("abba",)),
        right.longest_run, lambda rng: (_word(rng, 60, "abcdefgh"),),
    ),
    Problem(
        "products", "Product of the Others", "medium", 2,
        "For each place give the product of all numbers at the other places. Do not divide: there may be zeros.",
        "products", "products", ("nums",),
        (([1, 2, 3, 4],), ([-1, 1, 0, -3, 3],)), (([0, 0],), ([5, 0],)),
        right.products, lambda rng: (_numbers(rng, 12, -9, 9, 2),),
    ),
    Problem(
        "coins", "Fewest Coins", "medium", 2,
        "Coins of some kinds, as many as you like of each. Give how few make up the amount, or -1 where none do.",
        "fewest_coins", "fewestCoins", ("coins", "amount"),
        (([1, 2, 5], 11), ([2], 3)), (([7], 0), ([5, 6], 9)),
        right.fewest_coins,
        lambda rng: (sorted(rng.sample(range(1, 30), rng.randint(1, 5))), rng.randint(0, 250)),
    ),
    Problem(
        "islands", "Number of Islands", "medium", 2,
        "A grid of 1 for land and 0 for water. Land that meets at an edge is one island. How many are there?",
        "islands", "islands", ("grid",),
        (([[1, 1, 0], [0, 1, 0], [0, 0, 1]],), ([[0, 0], [0, 0]],)), (([[1]],), ([[1, 0, 1]],)),
        right.islands, _grid,
    ),
    Problem(
        "rain", "Trapped Rain", "hard", 3,
        "Walls of some heights, each one wide. How much water stands between them after the rain?",
        "trapped", "trapped", ("heights",),
        (([0, 1, 0, 2, 1, 0, 1, 3, 2, 1, 2, 1],), ([4, 2, 0, 3, 2, 5],)), (([3],), ([5, 4, 3],)),
        right.trapped, lambda rng: (_numbers(rng, 50, 0, 20),),
    ),
    Problem(
        "edit-distance", "Edit Distance", "hard", 3,
        "How many letters must be put in, taken out or replaced, at the least, to make the second word of the first?",
        "distance", "distance", ("first", "second"),
        (("horse", "ros"), ("kitten", "sitting")), (("", "abc"), ("same", "same")),
        right.distance, lambda rng: (_word(rng), _word(rng)),
    ),
)  # fmt: skip

PROBLEMS = {one.id: one for one in _ALL}
