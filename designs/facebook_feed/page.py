"""The product: an author and a follower side by side; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.facebook_feed.cast import CELEBRITY, SEATS, first_author, first_follower
from designs.facebook_feed.design import DESIGN
from designs.facebook_feed.graph import member, room_ties
from designs.facebook_feed.panels import panels
from designs.facebook_feed.product.social import SocialFeed
from designs.facebook_feed.state import FeedState
from designs.facebook_feed.views import SeatView, Snapshot
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page


def _seat(title: str, number: int) -> SeatView:
    person, ties = member(number), room_ties()
    return SeatView(
        title=title,
        id=person.handle,
        name=person.name,
        number=number,
        followers=len(ties.followers(number)),
        following=len(ties.followees(number)),
    )


def _initial() -> Snapshot:
    who = (first_author(room_ties()), first_follower(room_ties()))
    seats = tuple(_seat(title, number) for title, number in zip(SEATS, who, strict=True))
    return Snapshot(config=as_mapping(DESIGN.config()), seats=seats)


def page() -> rx.Component:
    """The lab of the feed."""
    initial = _initial()
    return lab_page(DESIGN, product=product(initial), panels=panels(live(initial)))


def product(initial: Snapshot) -> rx.Component:
    """Two people of the same network."""
    newest = live(initial, newest=True)
    return SocialFeed.create(
        api=f"/api/{DESIGN.slug}",
        seats=newest.seats,
        star=member(CELEBRITY).handle,
        wrong=FeedState.wrong,
        wrong_seat=FeedState.wrong_seat,
        on_act=FeedState.act,
        on_post=FeedState.post,
        on_delete=FeedState.delete,
        on_follow=FeedState.follow,
    )
