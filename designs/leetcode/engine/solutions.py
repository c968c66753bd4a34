"""The lab's own programs: starters, solutions for simulated submitters, and attacks. Whatever is not here is a stranger's."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass

from designs.leetcode.engine import reference
from designs.leetcode.engine.problems import PROBLEMS, Problem, hash_of

LANGUAGES = ("python", "javascript")
MANNERS = ("right", "wrong", "slow", "crash", "hog", "forbidden")

TWO_SUM_STARTER = {
    "python": """def two_sum(nums, target):
    places = {number: place for place, number in enumerate(nums)}
    for place, number in enumerate(nums):
        if target - number in places:
            return sorted([place, places[target - number]])
    return []
""",
    "javascript": """function twoSum(nums, target) {
  const places = new Map(nums.map((number, place) => [number, place]));
  for (let place = 0; place < nums.length; place++) {
    const other = places.get(target - nums[place]);
    if (other !== undefined) return [place, other].sort((a, b) => a - b);
  }
  return [];
}
""",
}

SCRIPTS = {
    "two-sum": """function twoSum(nums, target) {
  const seen = new Map();
  for (let place = 0; place < nums.length; place++) {
    if (seen.has(target - nums[place])) return [seen.get(target - nums[place]), place];
    if (!seen.has(nums[place])) seen.set(nums[place], place);
  }
  return [];
}
""",
    "brackets": """function balanced(text) {
  const closes = { ")": "(", "]": "[", "}": "{" };
  const opened = [];
  for (const one of text) {
    if (closes[one]) {
      if (opened.pop() !== closes[one]) return false;
    } else opened.push(one);
  }
  return opened.length === 0;
}
""",
    "best-trade": """function bestTrade(prices) {
  let lowest = prices[0], best = 0;
  for (const price of prices) {
    lowest = Math.min(lowest, price);
    best = Math.max(best, price - lowest);
  }
  return best;
}
""",
    "merge-intervals": """function merge(intervals) {
  const found = [];
  for (const [begin, end] of [...intervals].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = found[found.length - 1];
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([begin, end]);
  }
  return found;
}
""",
}


@dataclass(frozen=True, slots=True)
class Attack:
    """Code that tries what it must not. `path` and `port` in its text are the room's own file and its own door."""

    id: str
    label: str
    tries: str
    body: str


ATTACKS = {
    one.id: one
    for one in (
        Attack(
            "secret",
            "Read a file of the host",
            "opens a file that lies beside the runner",
            'return open("{path}").read()',
        ),
        Attack(
            "passwd", "Read /etc/passwd", "opens the list of users", 'return open("/etc/passwd").read(200)'
        ),
        Attack(
            "socket",
            "Open a socket",
            "connects to a door on this machine",
            'import socket\n    s = socket.socket()\n    s.connect(("127.0.0.1", {port}))\n    '
            's.sendall(b"{word}")\n    return "connected"',
        ),
        Attack(
            "write",
            "Write outside /tmp",
            "writes over a file beside the runner",
            'open("{canary}", "w").write("{word}")\n    return "written"',
        ),
        Attack("loop", "Infinite loop", "never ends", "while True:\n        pass"),
        Attack(
            "fork",
            "Fork bomb",
            "starts processes until it is refused, forty at most",
            "import os, time\n    made = 0\n    for _ in range(40):\n        if os.fork() == 0:\n"
            "            time.sleep(3)\n            os._exit(0)\n        made += 1\n    return made",
        ),
        Attack("memory", "Memory hog", "wants a thousand million numbers", "return len([0] * 10**9)"),
        Attack("flood", "Endless output", "prints without end", 'while True:\n        print("x" * 1000)'),
        Attack(
            "parent",
            "Kill the parent",
            "sends SIGKILL to whoever started it",
            'import os\n    os.kill(os.getppid(), 9)\n    return "killed"',
        ),
    )
}


def attack_code(attack: Attack, *, path: str, canary: str, port: int, word: str) -> str:
    """Its text, about this room's own file and door; sent as a solution of Two Sum."""
    body = (
        attack.body.replace("{path}", path)
        .replace("{canary}", canary)
        .replace("{port}", str(port))
        .replace("{word}", word)
    )
    return f"def two_sum(nums, target):\n    {body}\n"


def _renamed(function: Callable[..., object]) -> str:
    source = inspect.getsource(function)
    header, _, body = source.partition('"""')
    header = header.split("->", maxsplit=1)[0].split("(", maxsplit=1)[0]
    names = ", ".join(inspect.signature(function).parameters)
    _, _, body = body.partition('"""\n')
    lines = [line.replace(": list[str]", "").replace(": list[list[int]]", "") for line in body.splitlines()]
    for kind in (": dict[int, int]", ": dict[str, int]", ": set[tuple[int, int]]"):
        lines = [line.replace(kind, "") for line in lines]
    if "CLOSES" in body:
        lines = ['    CLOSES = {")": "(", "]": "[", "}": "{"}', *lines]
    return f"{header}({names}):\n" + "\n".join(lines) + "\n"


def _python(problem: Problem, manner: str) -> str:
    head = f"def {problem.call}({', '.join(problem.arguments)}):\n    "
    return {
        "right": lambda: _renamed(getattr(reference, problem.call)),
        "wrong": lambda: head + f"return {problem.arguments[0]}\n",
        "slow": lambda: head + "while True:\n        pass\n",
        "crash": lambda: head + "return [][1]\n",
        "hog": lambda: head + "return len([0] * 10**9)\n",
        "forbidden": lambda: head + 'return open("/etc/hostname").read()\n',
    }[manner]()


def _script(problem: Problem, manner: str) -> str:
    head = f"function {problem.script_call}({', '.join(problem.arguments)}) {{\n  "
    return {
        "right": lambda: SCRIPTS[problem.id],
        "wrong": lambda: head + f"return {problem.arguments[0]};\n}}\n",
        "slow": lambda: head + "for (;;) {}\n}\n",
        "crash": lambda: head + 'throw new Error("no");\n}\n',
        "hog": lambda: head + "const all = [];\n  for (;;) all.push(new Array(100000).fill(1));\n}\n",
        "forbidden": lambda: head + 'return require("fs").readFileSync("/etc/hostname");\n}\n',
    }[manner]()


@functools.cache
def preset(problem_id: str, language: str, manner: str) -> str:
    """The code of a simulated submitter. `KeyError` for a right solution in JavaScript that the lab does not have."""
    problem = PROBLEMS[problem_id]
    return _script(problem, manner) if language == "javascript" else _python(problem, manner)


@functools.cache
def starter(problem_id: str, language: str) -> str:
    """What the editor opens with. That of Two Sum is wrong in one case."""
    if problem_id == "two-sum":
        return TWO_SUM_STARTER[language]
    problem = PROBLEMS[problem_id]
    if language == "javascript":
        return f"function {problem.script_call}({', '.join(problem.arguments)}) {{\n  // your code\n  return null;\n}}\n"
    return f"def {problem.call}({', '.join(problem.arguments)}):\n    # your code\n    return None\n"


@functools.cache
def own() -> frozenset[str]:
    """Hashes of everything that the lab has written itself, the attacks apart."""
    texts = [starter(id, language) for id in PROBLEMS for language in LANGUAGES]
    for id in PROBLEMS:
        for language in LANGUAGES:
            texts += [
                preset(id, language, manner)
                for manner in MANNERS
                if language == "python" or manner != "right" or id in SCRIPTS
            ]
    return frozenset(hash_of(one) for one in texts)
