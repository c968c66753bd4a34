"""The product: a wall of videos, the leaderboards beside it; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live, number
from components.tables import pill
from designs.top_k.engine.videos import WALL, title, video_id
from designs.top_k.engine.windows import WINDOW_NAMES
from designs.top_k.inside.panels import panels, partial_of
from designs.top_k.inside.views import BoardView, RankView, Snapshot
from designs.top_k.product.state import BOARDS, TopKState
from sdlab.lab import Design
from sdlab.pages.lab import lab_page

HUES = (258, 22, 205, 150, 330, 45, 280, 178)


def page(design: Design) -> rx.Component:
    """Top-k's lab."""
    return lab_page(design, product=product(), panels=panels(live(Snapshot())))


def product() -> rx.Component:
    """Videos to watch, and what is watched most."""
    snap = live(Snapshot(), newest=True)
    return rx.el.div(
        rx.el.div(
            rx.el.h2("Watch something"),
            rx.el.p("Every click is a view. ↗ sends a crowd.", class_name="sd-hint"),
            class_name="sd-wallhead",
        ),
        rx.el.ul(*[_video(snap, n) for n in range(1, WALL + 1)], class_name="sd-wall", aria_label="Videos"),
        _leaderboard(snap),
    )


def _video(snap: Snapshot, which: int) -> rx.Component:
    shown, name = snap.wall[which - 1], title(video_id(which))
    hue = HUES[(which - 1) % len(HUES)]
    return rx.el.li(
        rx.el.button(
            rx.el.span("▶", aria_hidden="true"),
            type="button",
            class_name="sd-videoface",
            aria_label=f"Watch {name}",
            style={
                "background": f"linear-gradient(135deg, hsl({hue} 62% 46%), hsl({(hue + 46) % 360} 58% 30%))"
            },
            on_click=TopKState.watch(video_id(which)),
        ),
        rx.el.span(name, class_name="sd-videotitle", title=name),
        rx.el.div(
            rx.el.span(rx.el.b(number(shown.views)), " in 1 min"),
            rx.cond(
                shown.viral,
                pill("going viral", tone="moved"),
                rx.el.button(
                    "↗",
                    type="button",
                    class_name="sd-btn icon tiny",
                    aria_label=f"Let {name} go viral",
                    title="Go viral",
                    on_click=TopKState.go_viral(video_id(which)),
                ),
            ),
            class_name="sd-videoline",
        ),
        class_name="sd-video",
    )


def _leaderboard(snap: Snapshot) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Most viewed"),
            rx.el.div(
                *[_window(name) for name in BOARDS],
                class_name="sd-seg",
                role="radiogroup",
                aria_label="Window",
            ),
            class_name="sd-boardhead",
        ),
        *[
            rx.cond(TopKState.window == window, _board(getattr(snap.boards, field)))
            for window, field in BOARDS.items()
        ],
        aria_label="Leaderboard",
    )


def _window(name: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="leaderboard-window",
            value=name,
            checked=TopKState.window == name,
            on_change=TopKState.choose(name),
        ),
        rx.el.span(WINDOW_NAMES[name]),
    )


def _board(board: BoardView) -> rx.Component:
    whole = rx.cond(board.exact, "exact", rx.el.span("estimated, at most ", number(board.bound), " too many"))
    foot = rx.el.p(
        rx.cond(board.known, rx.cond(board.partial, pill(partial_of(board), tone="error"), whole), "–"),
        rx.cond(board.age_s > 1, rx.el.span(" · ", number(board.age_s, 1), " s old")),
        rx.cond(board.problem != "", rx.el.span(" · ", board.problem)),
        class_name="sd-boardfoot",
    )
    return rx.el.div(
        rx.cond(
            board.ranks.length() > 0,
            rx.el.ol(rx.foreach(board.ranks, _rank), class_name="sd-board", aria_label="Most viewed first"),
            rx.el.p(
                rx.cond(
                    board.known,
                    "Nothing was viewed in this window. Click a video.",
                    "Not asked yet. Click a video.",
                ),
                class_name="sd-empty sd-board sd-boardfoot",
            ),
        ),
        foot,
    )


def _rank(shown: RankView) -> rx.Component:
    return rx.cond(
        shown.id != "",
        rx.el.li(
            rx.el.em(shown.rank),
            rx.el.span(shown.title, title=shown.title),
            rx.el.b(number(shown.views)),
            rx.el.button(
                "⌕",
                type="button",
                class_name="sd-btn icon tiny",
                aria_label=f"Look {shown.title} up in the sketch",
                title="Look up in the sketch",
                on_click=TopKState.look(shown.id),
            ),
            style={"--share": shown.share / 100},
        ),
    )
