"""The log: one JSON object a line, one line for each kind of failure with a count, nothing of a visitor's.

OWASP Logging Cheat Sheet: what a visitor sent may be written to inject lines; tokens, cookies and ids
of rooms let whoever reads the log in.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

AGAIN_AFTER = 10.0  # seconds in which the same kind of failure is counted, not written
MAX_KINDS = 500
MAX_TEXT = 300
MAX_FRAMES = 12
ROOT = Path(__file__).resolve().parents[2]

# Rooms (24 letters of base 32), rights and marks (hexadecimal), signed tokens, and what names them.
_SECRET = re.compile(
    r"\b[a-z2-7]{24}\b|\b[0-9a-fA-F]{16,}\b|\beyJ[\w.-]+|(?i:(?:cookie|authorization|token|secret)\S*[=:]\s*\S+)"
)


def write_counted_lines(stream: TextIO | None = None) -> None:
    """Send all warnings and errors of this process there (standard error), in counted lines."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    root.addHandler(CountedLines(stream or sys.stderr))
    root.setLevel(logging.WARNING)


def take_over() -> None:
    """Libraries that have given their loggers handlers of their own write with everybody else from now on."""
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and logger.handlers:
            logger.handlers.clear()
            logger.propagate = True


class CountedLines(logging.Handler):
    """Writes the first of each kind at once, and later ones together, at most one line per kind and ten seconds.

    A kind is where it was said, in which words before anything was filled in, and about which error.
    """

    def __init__(self, stream: TextIO, *, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._stream = stream
        self._now = now
        self._kinds: OrderedDict[tuple[str, str, str], list[float]] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Write, or count."""
        try:
            error = record.exc_info[1] if record.exc_info else None
            kind = (record.name, str(record.msg)[:MAX_TEXT], type(error).__name__ if error else "")
            count = self._due(kind)
            if count:
                self._stream.write(_line(record, error, count))
                self._stream.flush()
        except Exception:
            self.handleError(record)

    def _due(self, kind: tuple[str, str, str]) -> int:
        """How many the line to be written stands for; 0 when it is too soon for another."""
        now = self._now()
        written, waiting = self._kinds.pop(kind, [float("-inf"), 0.0])
        soon = now - written < AGAIN_AFTER
        self._kinds[kind] = [written, waiting + 1] if soon else [now, 0.0]
        while len(self._kinds) > MAX_KINDS:
            self._kinds.popitem(last=False)
        return 0 if soon else int(waiting) + 1


def _line(record: logging.LogRecord, error: BaseException | None, count: int) -> str:
    said: dict[str, object] = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
        "level": record.levelname.lower(),
        "from": record.name,
        "says": without_secrets(record.getMessage()),
        "count": count,
    }
    if error is not None:
        said["error"] = f"{type(error).__name__}: {without_secrets(str(error))}"
        said["where"] = [
            f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
        ]
    return json.dumps(said) + "\n"


def _short(filename: str) -> str:
    """A path of the project, or of an installed package, without where that lies."""
    if filename.startswith(f"{ROOT}/"):
        return filename.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
    return filename.rpartition("site-packages/")[2]


def without_secrets(text: str) -> str:
    """One line of at most 300 characters, with nothing that lets anybody in.

    >>> without_secrets("room abcdefghijklmnopqrstuvwx has no Cookie: sdlab_leader=leader.0123")
    'room … has no …'
    """
    return _SECRET.sub("…", text.partition("\n")[0])[:MAX_TEXT]
