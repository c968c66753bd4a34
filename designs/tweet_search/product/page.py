"""The product: a search with its results, and a place to post; and the arrangement of the lab's page."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.controls import Choice
from components.live import live, number
from components.tables import pill
from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import MOST_QUERY
from designs.tweet_search.engine.screen import FIRST_QUERY
from designs.tweet_search.engine.tweets import TEXT
from designs.tweet_search.inside.panels import panels
from designs.tweet_search.inside.views import ScreenView, Snapshot, TweetView
from designs.tweet_search.product.state import QUERY_FIELD, TEXT_FIELD, TweetSearchState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))
TRIES = ("running trains", "coffee", "sextant", "Häuser Berlin", "#jazz")


def page(design: Design) -> rx.Component:
    """The lab of tweet search."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """Search, results, post."""
    newest = live(INITIAL, newest=True)
    screen = newest.screen
    return rx.el.div(
        _search(screen),
        _results(screen),
        _post(newest),
        class_name="ts-product",
    )


def _search(screen: ScreenView) -> rx.Component:
    return rx.el.form(
        rx.el.h2("Search tweets"),
        rx.el.div(
            rx.el.div(
                rx.el.input(
                    id=QUERY_FIELD,
                    name="query",
                    type="search",
                    default_value=FIRST_QUERY,
                    max_length=MOST_QUERY,
                    auto_complete="off",
                    class_name="sd-input",
                    aria_label="Words, or a “phrase in quotation marks”",
                    aria_describedby="wrong-query",
                ),
                rx.el.p(
                    TweetSearchState.wrong_query, id="wrong-query", class_name="sd-fielderror", role="alert"
                ),
                class_name="sd-field",
            ),
            rx.el.button("Search", type="submit", class_name="sd-btn p"),
            class_name="ts-bar",
        ),
        rx.el.div(
            Choice.create(
                label="Order",
                options=[["Likes", "Most liked"], ["Time", "Newest"]],
                current=screen.sort,
                on_choose=TweetSearchState.order,
            ),
            rx.el.div(*[_try(query) for query in TRIES], class_name="ts-tries"),
            class_name="ts-line",
        ),
        on_submit=TweetSearchState.search,
        class_name="sd-productform",
        aria_label="Search tweets",
        no_validate=True,
    )


def _try(query: str) -> rx.Component:
    return rx.el.button(query, type="button", class_name="sd-btn tiny", on_click=TweetSearchState.show(query))


def _results(screen: ScreenView) -> rx.Component:
    return rx.el.section(
        rx.el.p(
            rx.cond(
                screen.known,
                rx.el.span(
                    rx.cond(screen.counted, rx.el.span(rx.el.b(number(screen.total)), " tweets for ")),
                    rx.cond(screen.query.contains('"'), screen.query, rx.el.span("“", screen.query, "”")),
                    rx.cond(
                        screen.partial != "",
                        rx.el.span(
                            " ",
                            pill(rx.el.span("partial: ", screen.partial, " does not answer"), tone="error"),
                        ),
                    ),
                    rx.cond(screen.problem != "", rx.el.span(" ", pill(screen.problem, tone="error"))),
                ),
                "–",
            ),
            class_name="ts-foot ts-state",
            aria_live="polite",
        ),
        rx.cond(
            screen.known,
            rx.el.ol(
                rx.foreach(screen.tweets, lambda one: _tweet(one, screen)),
                class_name="ts-results",
                aria_label="Results",
            ),
            rx.el.div(class_name="ts-results sd-skeleton", aria_busy="true"),
        ),
        rx.cond(
            screen.known & (screen.tweets.length() == 0),
            rx.el.p("No tweet has all these words.", class_name="sd-empty ts-foot"),
        ),
        rx.cond(
            screen.more,
            rx.el.div(
                rx.el.button(
                    "Next page", type="button", class_name="sd-btn wide", on_click=TweetSearchState.more
                ),
                class_name="ts-foot",
            ),
        ),
        aria_label="Found tweets",
    )


def _tweet(one: TweetView, screen: ScreenView) -> rx.Component:
    return rx.el.li(
        rx.el.p(one.text, lang=_code(one.language)),
        rx.el.small(
            "@", one.author, " · ", one.when, rx.cond(one.approximate, " · likes as the index knows them", "")
        ),
        rx.el.button(
            rx.el.span("♥ ", aria_hidden="true"),
            number(one.likes),
            type="button",
            class_name="sd-btn like",
            aria_label=f"Like the tweet “{one.text}”, which has {number(one.likes)}",
            on_click=TweetSearchState.like(one.id),
        ),
        class_name="ts-tweet",
        custom_attrs={"data-mine": one.id == screen.mine_id},
    )


def _code(language: Any) -> Any:
    return rx.match(language, ("german", "de"), ("spanish", "es"), ("french", "fr"), "en")


def _post(newest: Snapshot) -> rx.Component:
    screen = newest.screen
    waiting = rx.el.span("“", screen.mine, "” is a row; the index has it after the next commit, every ",
                         rx.el.b(number(newest.fresh.every_s, 1)), " s …")  # fmt: skip
    found = rx.el.span(
        "“", screen.mine, "” was found ", rx.el.b(number(screen.found_s, 1)), " s after it was posted."
    )
    return rx.el.form(
        rx.el.h2("Post a tweet"),
        rx.el.div(
            rx.el.div(
                rx.el.input(
                    id=TEXT_FIELD,
                    name="text",
                    type="text",
                    max_length=TEXT.maximum,
                    auto_complete="off",
                    placeholder="the first good coffee of the day",
                    class_name="sd-input",
                    aria_label="Text of the tweet",
                    aria_describedby="wrong-text",
                ),
                rx.el.p(
                    TweetSearchState.wrong_text, id="wrong-text", class_name="sd-fielderror", role="alert"
                ),
                class_name="sd-field",
            ),
            rx.el.button("Post", type="submit", class_name="sd-btn"),
            class_name="ts-bar",
        ),
        rx.el.p(
            rx.cond(
                screen.mine == "",
                "See how soon a search finds it.",
                rx.cond(screen.found_s < 0, waiting, found),
            ),
            class_name="sd-hint ts-state",
            aria_live="polite",
        ),
        on_submit=TweetSearchState.post,
        class_name="sd-productform",
        aria_label="Post a tweet",
        no_validate=True,
    )
