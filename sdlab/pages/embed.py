"""A lab's path or one of its panels, for a frame on somebody's page: `/embed/<slug>?panel=…`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import wraps

import reflex as rx

from components.embed import Embed
from components.live import LiveConnection, live_root
from components.strip import strip
from sdlab.lab import Design

_EMBEDDING: ContextVar[bool] = ContextVar("embedding", default=False)
MakePage = Callable[[Design], rx.Component]


def embedding() -> bool:
    """Whether the page that is being made is for a frame."""
    return _EMBEDDING.get()


def embedded(make: MakePage) -> MakePage:
    """The page function of a design, for a frame: the same panels without what is around them."""

    @wraps(make)
    def made(design: Design) -> rx.Component:
        before = _EMBEDDING.set(True)
        try:
            return make(design)
        finally:
            _EMBEDDING.reset(before)

    return made


def embed_page(design: Design, panels: Sequence[rx.Component]) -> rx.Component:
    """The panel that the address names, else the path of requests, and whose it is."""
    return rx.el.main(
        LiveConnection.create(lab=design.slug, embedded=True),
        live_root(
            Embed.create(strip(design), *panels, lab=design.slug, title=design.title),
            package=package_of(design),
        ),
        class_name="sd-page sd-embedpage",
    )


def package_of(design: Design) -> str:
    """The package of the design's folder: its views stand somewhere below."""
    parts = design.page.partition(":")[0].split(".")
    return ".".join(parts[: parts.index(design.folder.name) + 1])
