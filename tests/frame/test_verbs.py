"""Handlers of product states: the engine comes typed, refusals become the notice, Reflex sees the rest."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import reflex as rx

from sdlab.lab import LabError
from sdlab.live.state import VerbState, verbs_of
from sdlab.rooms import manager as manager_module
from sdlab.rooms.manager import RoomManager
from tests.frame.toy import TOY, Counter

verb = verbs_of("toy", Counter)


class ToyState(VerbState):
    """A product of one verb and some that cannot be."""

    wrong: str = ""
    wrong_pane: int = -1

    @verb
    async def add(self, engine: Counter, times: int, names: list[str]) -> list[Any]:
        """Add so often."""
        for _ in range(times):
            await engine.add()
        return [rx.set_value("field", ""), *names]

    @verb
    def look(self, engine: Counter) -> None:
        """Look at a node that there is not."""
        engine.node("nowhere")

    @verb(unusable="the rate is a number")
    async def rate(self, engine: Counter, rate: str) -> None:
        """A number in words."""
        float(rate)


class BesideState(ToyState):
    """Says refusals beside a pane."""

    @verb
    def look_in(self, engine: Counter, pane: int) -> None:
        """Look from a pane."""
        engine.node("nowhere")

    @verb
    def see(self, engine: Counter) -> None:
        """Look at a node that there is."""
        engine.node("store")

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.wrong, self.wrong_pane = "", -1

    def _refused(self, error: LabError, given: dict[str, Any]) -> Any:
        self.wrong, self.wrong_pane = error.detail, given.get("pane", -1)
        return rx.set_focus("field")


@pytest.fixture
async def room(manager: RoomManager, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)
    return await manager.rooms.new_room("10.0.0.1")


def state_in(kind: type[VerbState], room: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(kind, "_enter", lambda self: room)
    return kind(_reflex_internal_init=True)  # type: ignore[call-arg]


async def call(state: Any, name: str, *args: Any, **named: Any) -> Any:
    return await type(state).event_handlers[name].fn(state, *args, **named)


async def test_a_verb_reaches_the_engine_and_passes_events_on(
    room: str, manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = state_in(ToyState, room, monkeypatch)
    events = await call(state, "add", times=2, names=["a"])
    assert events[1:] == ["a"]
    engine = (await manager.lab(room, "toy")).engine
    assert isinstance(engine, Counter)
    assert engine.total == 2
    assert state.notice == ""
    assert state.answered == 1


async def test_a_refusal_becomes_the_notice(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_in(ToyState, room, monkeypatch)
    await call(state, "look")
    assert "nowhere" in state.notice
    await call(state, "rate", "many")
    assert state.notice == "the rate is a number"
    assert state.answered == 2


async def test_a_product_may_say_refusals_elsewhere(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_in(BesideState, room, monkeypatch)
    focus = await call(state, "look_in", pane=1)
    assert focus is not None
    assert (state.wrong_pane, state.notice) == (1, "")
    await call(state, "see")
    assert (state.wrong, state.wrong_pane) == ("", -1)


def test_reflex_sees_the_arguments_without_the_engine() -> None:
    handler = ToyState.event_handlers["add"]
    assert list(handler.get_parameters()) == ["self", "times", "names"]
    assert handler._get_type_hints()["names"] == list[str]
    assert "engine" not in handler._get_type_hints()
    assert inspect.getdoc(handler.fn) == "Add so often."
    assert handler.fn.__name__ == "add"
    spec = ToyState.add(3, ["x"])  # type: ignore[call-arg, arg-type]
    assert [str(name) for name, _ in spec.args] == ["times", "names"]


def test_a_generator_is_no_verb() -> None:
    with pytest.raises(TypeError, match="generator"):

        @verb
        def streaming(self: Any, engine: Counter) -> Any:
            yield
