"""A rule to edit, and clients who send requests."""

from __future__ import annotations

import reflex as rx

from components import live as live
from components.scripts import script
from designs.rate_limiter.inside import limits as limits  # the script imports theirs

SENDERS = script(__name__, "senders.jsx")

ONE = rx.event.passthrough_event_spec(str)


class RuleForm(rx.Component):
    """The rule as a sentence with fields."""

    library = SENDERS
    tag = "RuleForm"

    algorithms: rx.Var[list]
    knobs: rx.Var[list]
    config: rx.Var[dict]
    on_rule: rx.EventHandler[rx.event.passthrough_event_spec(str, float)]
    on_algorithm: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]


class Senders(rx.Component):
    """Clients who send requests, each with the answers so far."""

    library = SENDERS
    tag = "Senders"

    senders: rx.Var[list]
    now: rx.Var[float]
    span: rx.Var[float]
    focus: rx.Var[str]
    on_send: rx.EventHandler[ONE]
    on_burst: rx.EventHandler[ONE]
    on_rate: rx.EventHandler[rx.event.passthrough_event_spec(str, float)]
    on_focus: rx.EventHandler[ONE]
