"""The product: an author and a follower side by side; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.demo_users import CELEBRITY, TITLES, first_author, first_follower
from designs.facebook_feed.engine.graph import room_edges
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.inside.panels import panels
from designs.facebook_feed.inside.views import DemoUserView, Snapshot
from designs.facebook_feed.product.social import SocialFeed
from designs.facebook_feed.product.state import FeedState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page


def _user(title: str, number: int) -> DemoUserView:
    """Who acts there in a room that nobody has used; how followed they are, the room will say."""
    person = member(number)
    return DemoUserView(title=title, id=person.handle, name=person.name, number=number)


def _initial() -> Snapshot:
    first = (first_author(room_edges()), first_follower(room_edges()))
    users = tuple(_user(title, number) for title, number in zip(TITLES, first, strict=True))
    return Snapshot(config=as_mapping(Config()), users=users)


def page(design: Design) -> rx.Component:
    """The lab of the feed."""
    initial = _initial()
    return lab_page(design, product=product(initial, api=f"/api/{design.slug}"), panels=panels(live(initial)))


def product(initial: Snapshot, *, api: str) -> rx.Component:
    """Two people of the same network."""
    newest = live(initial, newest=True)
    return SocialFeed.create(
        api=api,
        users=newest.users,
        star=member(CELEBRITY).handle,
        refusal=FeedState.refusal,
        refused_side=FeedState.refused_side,
        refusals=FeedState.refusals,
        on_become=FeedState.become,
        on_post=FeedState.post,
        on_delete=FeedState.delete,
        on_follow=FeedState.follow,
    )
