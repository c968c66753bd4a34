"""Wiring only: pages, API and the process's life, put together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial, wraps
from importlib import import_module

import reflex as rx
from reflex.event import EventSpec

from sdlab.api.problems import STORE_ERRORS
from sdlab.api.server import build_api, lifespan
from sdlab.concepts import concepts
from sdlab.lab import Design
from sdlab.pages.catalogue import catalogue
from sdlab.pages.concepts import concept_page, concepts_page
from sdlab.pages.embed import embedded
from sdlab.pages.join import join
from sdlab.pages.lessons import lessons
from sdlab.pages.not_found import not_found
from sdlab.pages.operator import operator
from sdlab.pages.sheets import stylesheets
from sdlab.pages.shell import HEAD
from sdlab.pages.taught import taught
from sdlab.pages.teach import teach
from sdlab.registry import designs

log = logging.getLogger("sdlab.events")


def handler_failed(exception: Exception) -> EventSpec:
    """What a visitor is told when an event could not be handled; the log has one line of each kind."""
    if isinstance(exception, STORE_ERRORS):
        log.error("a store did not answer: %s", type(exception).__name__)
        return rx.toast.error("A store does not answer just now. Please try again in a moment.")
    log.error("an event failed", exc_info=exception)
    return rx.toast.error("Something went wrong here, and it is logged.")


api = build_api()
app = rx.App(
    api_transformer=api,
    backend_exception_handler=handler_failed,
    html_lang="en",
    stylesheets=stylesheets(),
    head_components=HEAD,
)
app.register_lifespan_task(lifespan)
if app.sio is not None:
    app.sio.eio.cors_allowed_origins = []  # the door looks at where a call comes from; a list here shuts own pages out

app.add_page(
    catalogue,
    route="/",
    title="sdlab: see inside systems while they run",
    description="Use classic system designs as real products and see their insides move.",
)
app.add_page(
    join, route="/join", title="Join a class · sdlab", description="Join a class with the code on the screen."
)
app.add_page(lessons, route="/lessons", title="Lessons of your own · sdlab")
app.add_page(operator, route="/operator", title="Operator · sdlab")
app.add_page(taught, route="/taught/[class_room]", title="What we saw · sdlab")
app.add_page(teach, route="/teach/[class_room]", title="Teaching · sdlab")
app.add_page(not_found, route="404", title="Not found · sdlab")


def page_of(make: Callable[[Design], rx.Component], design: Design) -> Callable[[], rx.Component]:
    """The page function of one design. It keeps its module's name: the bundle is split by that."""

    @wraps(make)
    def made() -> rx.Component:
        return make(design)

    return made


for design in designs():
    module, _, name = design.page.partition(":")
    app.add_page(
        page_of(getattr(import_module(module), name), design),
        route=f"/labs/{design.slug}",
        title=f"{design.title} · sdlab",
        description=design.problem,
    )
    app.add_page(
        page_of(embedded(getattr(import_module(module), name)), design),
        route=f"/embed/{design.slug}",
        title=f"{design.title}, live · sdlab",
    )

app.add_page(
    concepts_page,
    route="/concepts",
    title="Concepts · sdlab",
    description="Each structure and pattern of the labs, once: the idea, and the real thing at work.",
)
for one in concepts():
    app.add_page(
        partial(concept_page, one),
        route=f"/concepts/{one.id}",
        title=f"{one.title} · sdlab",
        description=one.title,
    )
