"""Performs the operations of a lab's workloads with the verbs of its engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Generic, TypeVar

from sdlab.lab.actor import acting_as
from sdlab.lab.engine import Engine
from sdlab.lab.errors import Invalid
from sdlab.lab.workload import Operation

E = TypeVar("E", bound="Engine[Any]")
Performer = Callable[[Any, Operation], Awaitable[Any]]

VERB = "_performs"


def performs(*verbs: str) -> Callable[[Performer], Performer]:
    """Marks a method of a `Traffic` as what performs the operations of these verbs."""

    def mark(method: Performer) -> Performer:
        setattr(method, VERB, verbs)
        return method

    return mark


class Traffic(Generic[E]):
    """Base of all: a design marks a method per verb with `@performs`, and says in `honours` what an answer promised.

    It stands above the engine, like a client: the engine does not know it.
    """

    performers: ClassVar[dict[str, Performer]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {verb: one for one in vars(cls).values() for verb in getattr(one, VERB, ())}
        cls.performers = {**cls.performers, **own}

    def __init__(self, engine: E) -> None:
        self.engine = engine

    async def perform(self, operation: Operation) -> Any:
        """Do one operation on behalf of its actor; plain JSON data. May raise `LabError` for a refusal.

        `Invalid` for a verb that this lab does not have.
        """
        performer = self.performers.get(operation.verb)
        if performer is None:
            raise Invalid(f"no operation {operation.verb!r}; there are {', '.join(self.performers)}")
        with acting_as(operation.actor, by_hand=False):
            return await performer(self, operation)

    async def honours(self, answer: Any) -> bool:
        """Whether what an answer of `perform` promised is still so, asked of the stores.

        True for those that promised nothing that lasts.
        """
        raise NotImplementedError
