"""A query plan as a tree: what each step takes, how many rows come out of it, and where the time goes."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

PLAN_TREE = script(__name__, "plan_tree.jsx")


class PlanTree(rx.Component):
    """Boxes of a plan, the root on the left."""

    library = PLAN_TREE
    tag = "PlanTree"

    steps: rx.Var[Any]
    label: rx.Var[str]


def plan_tree(steps: Any, *, label: str) -> rx.Component:
    """Steps in the order of EXPLAIN, each with `parent` (the number of the step above, -1 for the first).

    A step has `node`, `on`, `condition`, `rows`, `removed`, `loops`, `ms` (all loops), `share` (of the
    time, its own, 0..100 %), `hit` and `read` (pages), and `scan`: whether it reads a table or an index.
    """
    return PlanTree.create(steps=steps, label=label)
