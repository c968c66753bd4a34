"""The API tab: the lab's endpoints as commands that run as shown, in the visitor's own room."""

from __future__ import annotations

import json

import reflex as rx

from components.shell import Curl
from sdlab.lab import Design, Example


def examples(design: Design) -> rx.Component:
    """All examples of the design, in order."""
    return rx.el.div(
        rx.el.section(
            rx.el.h2("API"),
            rx.el.p(
                "Each command runs as shown against this server and works on the data of your room, so that "
                "what it does is to be seen in the Lab tab. ",
                rx.el.a("All operations", href=f"/docs#/{design.slug}", target="_blank"),
                " are documented and can be tried in the browser.",
            ),
            class_name="sd-intro",
        ),
        rx.el.ol(*[rx.el.li(_example(one)) for one in design.examples], class_name="sd-examples"),
        class_name="sd-api",
    )


def _example(example: Example) -> rx.Component:
    return rx.el.section(
        rx.el.header(
            rx.el.span(
                example.method, class_name="sd-method mono", custom_attrs={"data-method": example.method}
            ),
            rx.el.code(example.path),
            rx.el.span(f"→ {example.status}", class_name="sd-unit mono"),
        ),
        rx.el.h3(example.title),
        rx.el.p(example.note) if example.note else rx.fragment(),
        _saves(example),
        Curl.create(
            title=example.title,
            method=example.method,
            path=example.path,
            body=json.dumps(example.body, ensure_ascii=False) if example.body is not None else "",
            saves=dict(example.saves),
            headers=dict(example.headers),
        ),
        class_name="sd-card sd-example",
    )


def _saves(example: Example) -> rx.Component:
    if not example.saves:
        return rx.fragment()
    said = ", ".join(f"{{{name}}} is its {field}" for name, field in example.saves.items())
    return rx.el.p(f"Below, {said}.", class_name="sd-unit")
