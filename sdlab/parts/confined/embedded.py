"""Interpreters that know no system calls: Monty for a large part of Python, QuickJS for JavaScript.

They are embedded in the process that asks. Nothing of the operating system confines them: what they cannot do, they
were never given. https://github.com/pydantic/monty, https://bellard.org/quickjs/.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from sdlab.parts.confined.limits import Limits

MOST_SAID = 300
STACK = 512 * 1024
UNKNOWN = ("require", "fetch", "process", "std", "os")

Answers = list[dict[str, Any]]


def absent(language: str) -> str:
    """Why there is no such interpreter for that language; empty when there is one."""
    try:
        if language == "python":
            import pydantic_monty  # noqa: F401
        else:
            import _quickjs  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        return f"no embedded interpreter for {language} is installed"
    return ""


def run(language: str, job: Mapping[str, Any], limits: Limits) -> tuple[str, Answers, str]:
    """How it ended ("done" or "time" or "output"), an answer for each case as `judged` gives them, and what was printed."""
    return (_python if language == "python" else _javascript)(job, limits)


@functools.cache
def _monty() -> Any:
    from pydantic_monty import Monty

    return Monty().__enter__()  # a pool that lasts as long as this process


def begin(language: str) -> float:
    """Have the interpreter there; ms that it took."""
    began = time.perf_counter()
    if language == "python":
        _monty()
    else:
        import _quickjs

        _quickjs.Context()
    return (time.perf_counter() - began) * 1000


class _Talks(Exception):
    """It printed more than it may."""


def _python(job: Mapping[str, Any], limits: Limits) -> tuple[str, Answers, str]:
    printed: list[str] = []
    left = [limits.output_bytes, limits.cpu_ms]

    def heard(_stream: str, text: str) -> None:
        left[0] -= len(text.encode("utf-8", "replace"))
        if left[0] < 0:
            raise _Talks
        printed.append(text)

    answers: Answers = []
    bounds = {"max_feed_duration_secs": limits.cpu_ms / 1000, "max_memory": limits.memory_mb << 20}
    with _monty().checkout(limits=bounds) as session:
        ended, said, _ = _fed(partial(session.feed_run, job["code"], print_callback=heard))
        if left[0] < 0:
            return "output", answers, "".join(printed)
        if ended == "raised":
            return "done", [{"n": -1, **said}], "".join(printed)
        if ended != "done":
            return ended, answers, "".join(printed)
        for number, arguments in enumerate(job["cases"]):
            names = [f"argument_{n}" for n in range(len(arguments))]
            call = f"{job['call']}({', '.join(names)})"
            inputs = dict(zip(names, arguments, strict=True))
            began = time.perf_counter()
            ended, said, answer = _fed(partial(session.feed_run, call, inputs=inputs, print_callback=heard))
            took = (time.perf_counter() - began) * 1000
            left[1] -= int(took)
            if left[0] < 0:
                return "output", answers, "".join(printed)
            if ended == "time" or left[1] < 0:
                return "time", answers, "".join(printed)
            answers.append(
                {"n": number, "ms": round(took, 3), **(said if ended == "raised" else {"answer": answer})}
            )
    return "done", answers, "".join(printed)


def _fed(feed: Callable[[], Any]) -> tuple[str, dict[str, Any], Any]:
    try:
        answer = feed()
        return "done", {}, orjson.loads(orjson.dumps(answer))
    except TypeError:
        return "raised", {"answer": None, "error": "the answer is no plain data", "kind": "runtime"}, None
    except Exception as error:
        text = " ".join(str(error).split())
        if text.startswith("TimeoutError"):
            return "time", {}, None
        kind = "runtime"
        if text.startswith("MemoryError"):
            kind = "memory"
        elif text.startswith(("PermissionError", "OSError", "FileNotFoundError", "ModuleNotFoundError")) or (
            "module 'os' has no attribute" in text
        ):
            kind = "forbidden"
        return "raised", {"answer": None, "error": text[:MOST_SAID], "kind": kind}, None


def _javascript(job: Mapping[str, Any], limits: Limits) -> tuple[str, Answers, str]:
    import _quickjs

    context = _quickjs.Context()
    context.set_memory_limit(max(1, limits.memory_mb // 2) << 20)
    context.set_max_stack_size(STACK)
    context.set_time_limit(limits.cpu_ms / 1000)
    answers: Answers = []
    began = time.process_time()
    try:
        context.eval(job["code"])
        if not context.eval(f"typeof {job['call']} === 'function'"):
            return "done", [_failed(-1, "runtime", f"there is no function {job['call']}")], ""
        for number, arguments in enumerate(job["cases"]):
            at = time.process_time()
            try:
                text = context.eval(f"JSON.stringify({job['call']}(...{orjson.dumps(arguments).decode()}))")
            except Exception as error:
                if "interrupted" in str(error):
                    return "time", answers, ""
                answers.append(_failed(number, *_script_said(error)))
                continue
            took = (time.process_time() - at) * 1000
            answers.append(
                {"n": number, "ms": round(took, 3), "answer": None if text is None else orjson.loads(text)}
            )
            if (time.process_time() - began) * 1000 > limits.cpu_ms:
                return "time", answers, ""
    except Exception as error:
        if "interrupted" in str(error):
            return "time", answers, ""
        return "done", [_failed(-1, *_script_said(error))], ""
    return "done", answers, ""


def _script_said(error: Exception) -> tuple[str, str]:
    text = " ".join(str(error).split())[:MOST_SAID]
    if "out of memory" in text or text == "null":
        return "memory", "out of memory"
    if any(f"'{name}' is not defined" in text for name in UNKNOWN):
        return "forbidden", text
    return "runtime", text


def _failed(number: int, kind: str, text: str) -> dict[str, Any]:
    return {"n": number, "ms": 0.0, "answer": None, "error": text, "kind": kind}
