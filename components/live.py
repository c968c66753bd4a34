"""Live vars: a design's snapshot as a typed Reflex var, fed by one WebSocket per tab and not by state."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeVar

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData

from components.scripts import script
from sdlab.lab import Frame, LabSnapshot

LIVE = script(__name__, "live.jsx")

S = TypeVar("S", bound=LabSnapshot)

_initials: dict[str, LabSnapshot] = {}


def live(initial: S, *, newest: bool = False) -> S:
    """The snapshot that the page shows, as a var of `initial`'s type; `initial` stands there until the first frame.

    Its page is built by `lab_page`, which ships `initial` once however many parts use the var.
    The var follows the dock: paused, it is the frame chosen there. With `newest` it is always the
    newest one, for what belongs to the product and not to its inside.
    """
    name = f"live_{type(initial).__name__.lower()}{'_newest' if newest else ''}"
    key = f"{type(initial).__module__}:{type(initial).__qualname__}"
    _initials[key] = initial
    return _hooked(name, type(initial), f"useLive({json.dumps(key)}, {json.dumps(newest)})", "useLive")


def live_frame() -> Frame:
    """The frame that the page shows: its sequence number, time and events."""
    return _hooked("live_frame", Frame, "useLiveFrame()", "useLiveFrame")


def number(value: Any, digits: int = 0) -> rx.Var[str]:
    """A number with thousands separators and exactly `digits` decimals."""
    return _formatted("fmt", value, f", {digits}")


def milliseconds(value: Any) -> rx.Var[str]:
    """Milliseconds with the digits that matter, without the unit."""
    return _formatted("fmtMs", value, "")


def noun(count: Any, one: str, many: str = "") -> rx.Var[str]:
    """The noun that goes with a count; `many` is the plural where that is not `one` with an s."""
    return _formatted("noun", count, f", {json.dumps(one)}, {json.dumps(many or one + 's')}")


def span(value: Any) -> rx.Var[str]:
    """Seconds as a countdown: 0:41, 12:05, 3 h 20 min."""
    return _formatted("fmtSpan", value, "")


def _formatted(function: str, value: Any, rest: str) -> rx.Var[str]:
    var = rx.Var.create(value)
    data = VarData.merge(var._get_all_var_data(), VarData(imports={LIVE: [ImportVar(tag=function)]}))
    return rx.Var(f"{function}({var!s}{rest})", _var_type=str, _var_data=data).guess_type()


def _hooked(name: str, kind: type, call: str, hook: str) -> Any:
    return rx.Var(
        _js_expr=name,
        _var_type=kind,
        _var_data=VarData(hooks={f"const {name} = {call};": None}, imports={LIVE: [ImportVar(tag=hook)]}),
    ).guess_type()


class LiveRoot(rx.Component):
    """Gives its children the snapshots that stand until the first frame."""

    library = LIVE
    tag = "LiveRoot"

    initials: rx.Var[dict]


def live_root(*children: rx.Component, package: str) -> rx.Component:
    """What holds the parts of a page whose live vars are of types defined in `package`."""
    mine = {key: asdict(one) for key, one in _initials.items() if key.startswith(f"{package}.")}
    return LiveRoot.create(*children, initials=mine)


class Known(rx.Component):
    """Shows its children as a skeleton until the first frame: no figure and no verdict before it is known."""

    library = LIVE
    tag = "Known"


class LiveConnection(rx.Component):
    """Holds the tab's connection to one lab for as long as its page is shown.

    It does not wait for the state of the page: it tells that, which room the tab is in and what of the
    address could not be done. An embedded page looks only, and leaves no trace of its room in the browser.
    """

    library = LIVE
    tag = "LiveConnection"

    lab: rx.Var[str]
    embedded: rx.Var[bool]
    on_arrive: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]


class RoomName(rx.Component):
    """Which room the tab is in, in a few characters."""

    library = LIVE
    tag = "RoomName"
