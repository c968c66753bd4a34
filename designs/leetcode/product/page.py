"""The product: problems and an editor; and the arrangement of the lab's page."""

from __future__ import annotations

from typing import Any

import orjson
import reflex as rx

from components.live import live
from designs.leetcode.config import Config
from designs.leetcode.engine.problems import PROBLEMS, Problem
from designs.leetcode.engine.solutions import ATTACKS, LANGUAGES, starter
from designs.leetcode.inside.panels import panels
from designs.leetcode.inside.views import Snapshot
from designs.leetcode.product.screen import Screen
from designs.leetcode.product.state import LeetCodeState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of the judge."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return Screen.create(
        screen=newest.screen,
        ready=newest.screen.rows >= 0,
        problems=[problem_view(one) for one in PROBLEMS.values()],
        attacks=[{"id": one.id, "label": one.label, "tries": one.tries} for one in ATTACKS.values()],
        ran=LeetCodeState.ran,
        wrong=LeetCodeState.wrong,
        on_run=LeetCodeState.run,
        on_submit=LeetCodeState.submit,
        on_attack=LeetCodeState.attack,
    )


def problem_view(one: Problem) -> dict[str, Any]:
    """What the browser knows of a problem: samples, and no hidden test."""
    return {
        "id": one.id,
        "title": one.title,
        "level": one.level,
        "points": one.points,
        "asks": one.asks,
        "samples": [
            {
                "given": ", ".join(
                    f"{name} = {_text(value)}"
                    for name, value in zip(one.arguments, case.arguments, strict=True)
                ),
                "expected": _text(case.expected),
            }
            for case in one.samples
        ],
        "starters": {language: starter(one.id, language) for language in LANGUAGES},
    }


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
