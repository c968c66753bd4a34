"""An interpreter that gives up what it must not have, says that it is ready, and waits for one job.

Run as `python -I -S judged.py SPECIFICATION`. The job is a line of JSON on standard input: `code`, the name of the
function that is to be called (`call`), the arguments of each case (`cases`), and the CPU time that it has (`cpu_ms`).
Each answer is a line of JSON on what was standard output, as soon as it is known; what the code prints goes to
standard error. Expected answers are never here: whoever gave the job compares.
"""

# ruff: noqa: F401 - modules that solutions use are loaded while their files can still be read
from __future__ import annotations

import bisect
import collections
import functools
import heapq
import importlib.util
import itertools
import json
import math
import os
import random
import re
import signal
import socket
import string
import sys
import time
import typing
from collections.abc import Callable, Iterator
from importlib.machinery import ExtensionFileLoader
from typing import Any

MOST_ANSWER = 64 * 1024
MOST_SAID = 300
PEAK = "VmHWM:"
STACK = 512 * 1024

Runner = Callable[[dict[str, Any]], Iterator[dict[str, Any]]]


def _loaded(name: str, path: str) -> Any:
    loader = ExtensionFileLoader(name, path) if path.endswith(".so") else None
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Confine, wait, run, answer."""
    spec = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
    status = os.open("/proc/self/status", os.O_RDONLY)
    run = _javascript(spec) if spec["language"] == "javascript" else _python
    _loaded("confine", os.path.join(os.path.dirname(os.path.abspath(__file__)), "confine.py")).confine(spec)
    answers.write("ready\n")
    line = sys.stdin.readline()
    if not line:
        return
    job = json.loads(line)
    for answer in run(job):
        answers.write(_written(answer | {"mb": _peak_mb(status)}) + "\n")
    sys.stdout.flush()
    os._exit(0)


def _written(answer: dict[str, Any]) -> str:
    try:
        text = json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(
            {**answer, "answer": None, "error": "the answer is no plain data", "kind": "runtime"}
        )
    if len(text) > MOST_ANSWER:
        return json.dumps({**answer, "answer": None, "error": "the answer is too long", "kind": "runtime"})
    return text


def _peak_mb(status: int) -> float:
    for line in os.pread(status, 4096, 0).decode("ascii", "replace").splitlines():
        if line.startswith(PEAK):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def _begin(job: dict[str, Any]) -> None:
    """From here on CPU time counts: the kernel ends what takes more."""
    signal.setitimer(signal.ITIMER_PROF, job["cpu_ms"] / 1000)


def _said(error: BaseException) -> dict[str, Any]:
    kind = "runtime"
    if isinstance(error, MemoryError):
        kind = "memory"
    elif isinstance(error, OSError):
        kind = "forbidden"
    return {"answer": None, "error": f"{type(error).__name__}: {error}"[:MOST_SAID], "kind": kind}


def _python(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    space: dict[str, Any] = {"__name__": "solution"}
    space |= {name: getattr(typing, name) for name in ("Any", "Dict", "List", "Optional", "Set", "Tuple")}
    _begin(job)
    try:
        exec(compile(job["code"], "solution.py", "exec"), space)
        function = space[job["call"]]
    except KeyError as error:
        yield {"n": -1, "answer": None, "error": f"there is no function {error.args[0]}", "kind": "runtime"}
        return
    except BaseException as error:
        yield {"n": -1, **_said(error)}
        return
    for number, arguments in enumerate(job["cases"]):
        began = time.process_time()
        try:
            answer = {"answer": function(*arguments)}
        except BaseException as error:
            answer = _said(error)
        yield {"n": number, "ms": round((time.process_time() - began) * 1000, 3), **answer}


def _javascript(spec: dict[str, Any]) -> Runner:
    quickjs = _loaded("_quickjs", spec["quickjs"])

    def run(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
        context = quickjs.Context()
        context.set_memory_limit(max(1, spec["memory_mb"] // 2) << 20)
        context.set_max_stack_size(STACK)
        _begin(job)
        try:
            context.eval(job["code"])
            if not context.eval(f"typeof {job['call']} === 'function'"):
                yield {
                    "n": -1,
                    "answer": None,
                    "error": f"there is no function {job['call']}",
                    "kind": "runtime",
                }
                return
        except BaseException as error:
            yield {"n": -1, **_script_said(error)}
            return
        for number, arguments in enumerate(job["cases"]):
            began = time.process_time()
            try:
                text = context.eval(f"JSON.stringify({job['call']}(...{json.dumps(arguments)}))")
                answer = {"answer": None if text is None else json.loads(text)}
            except BaseException as error:
                answer = _script_said(error)
            yield {"n": number, "ms": round((time.process_time() - began) * 1000, 3), **answer}

    return run


def _script_said(error: BaseException) -> dict[str, Any]:
    text = " ".join(str(error).split())[:MOST_SAID]
    kind = "runtime"
    if "out of memory" in text or text == "null":
        kind, text = "memory", "out of memory"
    elif any(f"'{name}' is not defined" in text for name in ("require", "fetch", "process", "std", "os")):
        kind = "forbidden"
    return {"answer": None, "error": text, "kind": kind}


if __name__ == "__main__":
    main()
