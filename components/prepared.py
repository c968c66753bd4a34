"""Prepared comparisons of a lab: one press each, with what to expect."""

from __future__ import annotations

from typing import Any

from components import live as live  # the script imports that of the live store
from components.faults import fault_label
from components.scripts import script
from sdlab.lab import Design

PREPARED = script(__name__, "prepared.jsx")


def prepared_of(design: Design) -> list[dict[str, Any]]:
    """What the page needs of each."""
    return [
        {
            "id": one.id,
            "question": one.question,
            "toggle": one.toggle,
            "names": [alternative.name for alternative in one.alternatives],
            "workload": design.workload(one.workload).label,
            "rate": one.rate,
            "seconds": one.seconds,
            "faults": [fault_label(design, fault.node, fault.kind) for fault in one.faults],
            "expect": one.expect,
            "counts": list(one.counts),
        }
        for one in design.comparisons
    ]


def comparison_about(design: Design, toggle_id: str) -> str:
    """The id of the prepared comparison about that deep dive; empty where there is none."""
    return next((one.id for one in design.comparisons if one.toggle == toggle_id), "")
