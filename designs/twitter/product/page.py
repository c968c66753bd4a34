"""The product, and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.twitter.config import Config
from designs.twitter.inside.panels import panels
from designs.twitter.inside.views import Snapshot
from designs.twitter.product.app import TwitterApp
from designs.twitter.product.state import TwitterState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of Twitter."""
    return lab_page(design, product=product(f"/api/{design.slug}"), panels=panels(live(INITIAL)))


def product(api: str) -> rx.Component:
    """A timeline that moves."""
    newest = live(INITIAL, newest=True)
    return TwitterApp.create(
        api=api,
        known=newest.known,
        me=newest.me,
        now=newest.now,
        people=newest.people,
        home=newest.home,
        searches=newest.searches,
        waiting=newest.waiting,
        refusal=TwitterState.refusal,
        refusals=TwitterState.refusals,
        answered=TwitterState.answered,
        on_become=TwitterState.become,
        on_post=TwitterState.post,
        on_reply=TwitterState.reply,
        on_edit=TwitterState.edit,
        on_delete=TwitterState.delete,
        on_like=TwitterState.like,
        on_retweet=TwitterState.retweet,
        on_follow=TwitterState.follow,
        on_block=TwitterState.block,
        on_accept=TwitterState.accept,
        on_private=TwitterState.set_private,
    )
