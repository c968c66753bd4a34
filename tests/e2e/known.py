"""What earlier answers and the pages' examples spoke of, for requests that name it: no request stands alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sdlab.lab.design import Example
from sdlab.registry import designs
from tests.conformance.test_examples import filled

KEPT = 20  # values of one name
CALLED = {"cursor": "next_cursor"}  # what is named otherwise in the answer
AS_IT_COMES, AS_SHOWN, CHANGED = (
    0.3,
    0.4,
    0.6,
)  # of all requests; of those as shown, how many are changed in places


class Known:
    """Makes a third of all requests as they come, a third of what answers had, and a third from examples."""

    def __init__(self, operations: list[Any]) -> None:
        self._values: dict[str, list[str | int | float]] = defaultdict(list)
        self._saved: dict[str, str] = {}
        self._rng = Random(7)
        self._shown = {one.label: list(_examples_of(one)) for one in operations}
        self.answered: set[str] = set()

    def lacking(self, operations: list[Any]) -> tuple[set[str], set[str]]:
        """Of those of them that a page shows as done: which never were; and all."""
        labels = {one.label for one in operations}
        shown = {label for label in labels if any(one.status < 400 for one, _ in self._shown[label])}
        return shown - self.answered, shown

    def learn(self, case: Any, answer: object) -> None:
        """Every value in the answer to a request that was done, however deep."""
        for example, _ in self._shown[case.operation.label]:
            for name, field in example.saves.items():
                if isinstance(answer, dict) and answer.get(field):
                    self._saved[name] = str(answer[field])
        for name, value in _values_in(answer):
            self._values[name] = [*self._values[name][1 - KEPT :], value]

    def use(self, case: Any, *, as_shown: bool) -> None:
        """Put what is known into a request; `as_shown`, it is one that a page shows as done, if there is one."""
        if as_shown and self._become_shown(case, done=True):
            return
        way = self._rng.random()
        if way < AS_SHOWN and self._become_shown(case) and self._rng.random() > CHANGED:
            return
        if way < 1 - AS_IT_COMES:
            self._name_known(case)

    def _become_shown(self, case: Any, *, done: bool = False) -> bool:
        """An example of its operation (one that is `done`), if there is one and what it needs is there."""
        shown = [one for one in self._shown[case.operation.label] if not done or one[0].status < 400]
        if not shown:
            return False
        example, address = self._rng.choice(shown)
        try:
            found = address.fullmatch(urlsplit(example.path.format(**self._saved)).path)
            query = dict(parse_qsl(urlsplit(example.path.format(**self._saved)).query))
            headers = {name: value.format(**self._saved) for name, value in example.headers.items()}
            body = filled(example.body, self._saved)
        except KeyError:
            return False
        assert found is not None
        case.path_parameters, case.query = found.groupdict(), query
        case.headers = {**case.headers, **headers}
        if example.body is not None:
            case.body, case.media_type = body, "application/json"
        return True

    def _name_known(self, case: Any) -> None:
        case.query = {name: value for name, value in (case.query or {}).items() if name != "room"}
        for place in (case.path_parameters, case.query, case.body):
            if isinstance(place, dict):
                for name in place:
                    found = self._values[CALLED.get(name, name)] or self._values["id"]
                    if place is case.path_parameters:
                        found = [one for one in found if "/" not in str(one)]
                    if found and self._rng.random() < CHANGED:
                        place[name] = self._rng.choice(found)


def _values_in(answer: object, name: str = "") -> Iterator[tuple[str, str | int | float]]:
    if isinstance(answer, dict):
        for key, one in answer.items():
            yield from _values_in(one, key)
    elif isinstance(answer, list):
        for one in answer[:KEPT]:
            yield from _values_in(one, name)
    elif isinstance(answer, str | int | float) and not isinstance(answer, bool) and str(answer).strip("./"):
        yield name, answer


def lab_of(operation: Any) -> str:
    """The lab that shows it; nothing for one of the frame."""
    return next((slug for slug, _, _ in _shown(operation)), "")


def place_of(operation: Any) -> int:
    """Where its lab's page shows it as done: what an example needs is made by those before it."""
    shown = (one for _, one, _ in _shown(operation) if one.status < 400)
    first = next(shown, None)
    every = [one for design in designs() for one in design.examples]
    return every.index(first) if first else len(every)


def _examples_of(operation: Any) -> Iterator[tuple[Example, re.Pattern[str]]]:
    """What pages show of it, with how its path is read."""
    yield from ((one, address) for _, one, address in _shown(operation))


def _shown(operation: Any) -> Iterator[tuple[str, Example, re.Pattern[str]]]:
    address = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path))
    for design in designs():
        for one in design.examples:
            path = re.sub(r"\{\w+\}", "x", one.path).partition("?")[0]
            if one.method == operation.method.upper() and address.fullmatch(path):
                yield design.slug, one, address
