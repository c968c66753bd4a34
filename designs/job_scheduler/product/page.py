"""The product: a scheduler's desk; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.job_scheduler.config import Config
from designs.job_scheduler.inside.panels import panels
from designs.job_scheduler.inside.views import Snapshot
from designs.job_scheduler.product.screen import Screen
from designs.job_scheduler.product.state import JobSchedulerState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of the job scheduler."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return Screen.create(
        screen=newest.screen,
        ready=newest.screen.waiting >= 0,
        wrong=JobSchedulerState.wrong,
        on_soon=JobSchedulerState.soon,
        on_schedule=JobSchedulerState.schedule,
        on_cancel=JobSchedulerState.cancel,
        on_requeue=JobSchedulerState.requeue,
    )
