"""Telling those who must know without knowing them: a list of listeners that keeps none of them alive."""

from __future__ import annotations

from collections.abc import Callable
from inspect import ismethod
from typing import Any
from weakref import WeakMethod


class Signal:
    """Calling it calls every listener, in the order in which they were connected.

    A bound method is kept by a weak reference, so that telling never makes a circle of objects: a
    listener that is gone is forgotten. Listeners take no arguments and must not raise.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[], Callable[[], Any] | None]] = []

    def connect(self, listener: Callable[[], Any]) -> None:
        """From now on `listener` is called too."""
        self._listeners.append(WeakMethod(listener) if ismethod(listener) else lambda: listener)

    def __call__(self) -> None:
        gone = False
        for reference in self._listeners:
            listener = reference()
            if listener is None:
                gone = True
            else:
                listener()
        if gone:
            self._listeners = [one for one in self._listeners if one() is not None]
