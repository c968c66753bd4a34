"""The product: a rule, and people who send requests; and the arrangement of the lab's page."""

from __future__ import annotations

from dataclasses import asdict

import reflex as rx

from components.live import live
from designs.rate_limiter.design import DESIGN
from designs.rate_limiter.inside.panels import panels
from designs.rate_limiter.product.senders import RuleForm, Senders
from designs.rate_limiter.product.state import LimiterState
from designs.rate_limiter.toggles import KNOBS, TOGGLES
from designs.rate_limiter.inside.views import Snapshot
from sdlab.lab.toggle import as_mapping
from sdlab.live.state import LabState
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(DESIGN.config()))


def page() -> rx.Component:
    """The rate limiter's lab."""
    return lab_page(DESIGN, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """The rule, and below it who sends."""
    newest = live(INITIAL, newest=True)
    algorithm = next(toggle for toggle in TOGGLES if toggle.id == "algorithm")
    return rx.el.div(
        RuleForm.create(
            algorithms=[{"id": one.id, "label": one.label} for one in algorithm.options],
            knobs=[asdict(knob) for knob in KNOBS],
            config=newest.config,
            on_rule=lambda knob, value: LabState.set_knob(DESIGN.slug, knob, value),
            on_algorithm=lambda toggle, option: LabState.set_toggle(DESIGN.slug, toggle, option),
        ),
        Senders.create(
            people=newest.people,
            now=newest.now,
            span=newest.lanes.span,
            focus=newest.focus,
            on_send=LimiterState.send,
            on_burst=LimiterState.burst,
            on_rate=LimiterState.stream,
            on_focus=LimiterState.look_at,
        ),
    )
