"""The dock: what must hold, time, traffic, faults, restart."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import claims as claims  # the script imports that of the claims
from components import lens as lens
from components import sheets as sheets
from components import shell as shell
from components import tape as tape  # as of the tape, of sheets and of tabs
from components.faults import faults_of
from components.scripts import script
from sdlab.lab import Design
from sdlab.live.state import LabState

DOCK = script(__name__, "dock.jsx")


class Dock(rx.Component):
    """The controls at the bottom of a lab's page. Time needs no server: it moves in the kept frames."""

    library = DOCK
    tag = "Dock"

    lab: rx.Var[str]
    title: rx.Var[str]
    workloads: rx.Var[list]
    faults: rx.Var[dict]
    on_start: rx.EventHandler[rx.event.passthrough_event_spec(str, float, int)]
    on_stop: rx.EventHandler[rx.event.no_args_event_spec]
    on_stop_sample: rx.EventHandler[rx.event.no_args_event_spec]
    on_fault: rx.EventHandler[rx.event.passthrough_event_spec(str, str, float)]
    on_mend: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_restart: rx.EventHandler[rx.event.passthrough_event_spec(int)]


def dock(design: Design) -> rx.Component:
    """The dock of that design."""
    slug = design.slug
    return Dock.create(
        lab=slug,
        title=design.title,
        workloads=_workloads(design),
        faults=faults_of(design),
        on_start=lambda workload, rate, seed: LabState.start_workload(slug, workload, rate, seed),
        on_stop=LabState.stop_workload(slug),
        on_stop_sample=LabState.stop_sample(slug),
        on_fault=lambda node, kind, value: LabState.set_fault(slug, node, kind, value),
        on_mend=lambda node, kind: LabState.clear_fault(slug, node, kind),
        on_restart=lambda seed: LabState.restart(slug, seed),
    )


def _workloads(design: Design) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "label": one.label,
            "does": one.does,
            "rate": one.rate,
            "maximum": one.maximum,
            "unit": one.unit,
        }
        for one in design.workloads
    ]
