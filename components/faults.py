"""What can be done to the parts of a design, as plain data for the browser."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from components import live as live  # the script imports that of the live store
from components.scripts import script
from sdlab.lab import Design, NodeSpec

FAULTS = script(__name__, "faults.jsx")


def faults_of(design: Design) -> dict[str, Any]:
    """Faults by node id, and by kind for nodes that only some configuration has."""
    nodes = {spec.id: spec for config in _configs(design) for spec in design.engine.plan(config)}
    return {
        "nodes": {node_id: _specs(spec) for node_id, spec in nodes.items()},
        "kinds": {spec.kind: _specs(spec) for spec in nodes.values()},
    }


def cards_of(design: Design) -> dict[str, Any]:
    """What the boxes tell of themselves: each card once, and which is whose by node id, or by kind."""
    nodes = {spec.id: spec for config in _configs(design) for spec in design.engine.plan(config)}
    cards = list(dict.fromkeys(spec.card for spec in nodes.values()))
    by_kind = {spec.kind: cards.index(spec.card) for spec in nodes.values()}
    return {
        "cards": [asdict(card) for card in cards],
        "card_of": {**by_kind, **{node_id: cards.index(spec.card) for node_id, spec in nodes.items()}},
    }


def fault_label(design: Design, node_id: str, kind: str) -> str:
    """A fault of that node by their names, as a sentence holds it: "lock store down"."""
    node = next(one for one in design.engine.plan(design.config()) if one.id == node_id)
    return f"{node.label} {next(one.label for one in node.faults if one.kind == kind)}"


def _specs(spec: NodeSpec) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in spec.faults]


def _configs(design: Design) -> list[Any]:
    """The default configuration, and each that differs from it in one answer or one extreme number."""
    default = design.config()
    others = [{toggle.id: option.id} for toggle in design.toggles for option in toggle.options]
    numbers = [{knob.id: knob.accept(end)} for knob in design.knobs for end in (knob.minimum, knob.maximum)]
    return [default, *(replace(default, **one) for one in (*others, *numbers))]
