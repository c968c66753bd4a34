"""The product: a rule, and clients who send requests; and the arrangement of the lab's page."""

from __future__ import annotations

from dataclasses import asdict

import reflex as rx

from components.live import live
from designs.rate_limiter.engine.strategies.client_keys import CAST
from designs.rate_limiter.inside.panels import panels
from designs.rate_limiter.inside.views import SenderView, Snapshot
from designs.rate_limiter.product.senders import RuleForm, Senders
from designs.rate_limiter.product.state import LimiterState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.live.state import LabState
from sdlab.pages.lab import lab_page


def page(design: Design) -> rx.Component:
    """The rate limiter's lab."""
    initial = Snapshot(
        config=as_mapping(design.config()),
        senders=tuple(SenderView(one.name, one.address) for one in CAST.values()),
    )
    return lab_page(
        design,
        product=product(design, live(initial, newest=True)),
        panels=panels(live(initial)),
    )


def product(design: Design, newest: Snapshot) -> rx.Component:
    """The rule, and below it who sends."""
    algorithm = next(toggle for toggle in design.toggles if toggle.id == "algorithm")
    return rx.el.div(
        RuleForm.create(
            algorithms=[{"id": one.id, "label": one.label} for one in algorithm.options],
            knobs=[asdict(knob) for knob in design.knobs],
            config=newest.config,
            on_rule=lambda knob, value: LabState.set_knob(design.slug, knob, value),
            on_algorithm=lambda toggle, option: LabState.set_toggle(design.slug, toggle, option),
        ),
        Senders.create(
            senders=newest.senders,
            now=newest.now,
            span=newest.lanes.span,
            focus=newest.focus,
            on_send=LimiterState.send,
            on_burst=LimiterState.burst,
            on_rate=LimiterState.stream,
            on_focus=LimiterState.look_at,
        ),
    )
