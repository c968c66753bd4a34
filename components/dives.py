"""Options and numbers of a question, as plain data and as the script that draws their controls."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from components import controls as controls  # the script imports those of the controls and the live store
from components import live as live
from components.faults import fault_label
from components.prepared import comparison_about
from components.scripts import script
from sdlab.lab import Design, Toggle

DIVES = script(__name__, "dives.jsx")


def question_of(design: Design, toggle: Toggle) -> dict[str, Any]:
    """A question with its options, its numbers, the panels that it moves, and what breaks or shows it."""
    return {
        "id": toggle.id,
        "short": toggle.short,
        "question": toggle.question,
        "changes": toggle.changes,
        "watch": toggle.watch,
        "options": [asdict(option) for option in toggle.options],
        "default": toggle.default,
        "panels": list(toggle.panels),
        "knobs": [asdict(knob) for knob in design.knobs if knob.about == toggle.id],
        "provokes": _provokes(design, toggle),
        "compares": comparison_about(design, toggle.id),
    }


def defaults_of(design: Design) -> dict[str, Any]:
    """What is in force before the first frame says so."""
    return {
        **{toggle.id: toggle.default for toggle in design.toggles},
        **{knob.id: knob.default for knob in design.knobs},
    }


def _number_label(design: Design, knob_id: str, value: float) -> str:
    knob = next(one for one in design.knobs if one.id == knob_id)
    return f"“{knob.label}” {value:g} {knob.unit}".rstrip()


def _provokes(design: Design, toggle: Toggle) -> dict[str, Any] | None:
    if not toggle.traffic:
        return None
    workload = design.workload(toggle.traffic)
    return {
        "workload": workload.id,
        "label": workload.label,
        "rate": workload.rate,
        "terms": [
            *(_number_label(design, *one) for one in toggle.breaks_at),
            *(fault_label(design, *fault.split(":")) for fault in toggle.under),
        ],
        "unprotected": toggle.unprotected,
        "protects": toggle.protects,
        "claim": next((one.name for one in design.engine.claims if one.id == toggle.protects), ""),
    }
